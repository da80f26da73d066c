// Shows how the picture became what the model saw. The server tells it when it is asked to, which it is while this is open.

const SMALL = 100; // pixels: a picture of fewer shows them

export class StepsView {
  #details;

  constructor(details) {
    this.#details = details;
  }

  get isOpen() {
    return this.#details.open;
  }

  clear() {
    this.#details.classList.add("untold"); // which hides the pictures
    const canvas = this.#details.querySelector("canvas");
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  /** Shows an answer's explanation, where it has one, and the model's input, which is ImageData. */
  show(explanation, seen) {
    if (!explanation) return this.clear();
    const { size, grey, ink, box } = explanation;
    const [width, height] = size;
    const all = (selector) => this.#details.querySelectorAll(selector);
    for (const svg of all("svg")) {
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.classList.toggle("small", Math.max(width, height) < SMALL);
    }
    for (const whole of all("image, .found")) place(whole, [0, 0, width, height]);
    for (const image of all(".grey")) image.setAttribute("href", `data:image/png;base64,${grey}`);
    for (const image of all(".ink")) image.setAttribute("href", `data:image/png;base64,${ink}`);
    for (const frame of all(".frame")) place(frame, box ?? [0, 0, 0, 0]); // without a size, it is not drawn
    this.#details.querySelector("canvas").getContext("2d").putImageData(seen, 0, 0);
    this.#details.classList.remove("untold");
  }
}

function place(element, [left, top, right, bottom]) {
  const place = { x: left, y: top, width: right - left, height: bottom - top };
  for (const [name, value] of Object.entries(place)) element.setAttribute(name, value);
}
