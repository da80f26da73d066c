// The last ten digits, in the boxes of a form. A click brings one back.

import { PEN, SIDE, pathOf } from "./strokes.js";
import { drawing } from "./digits.js";
import { inWords } from "./answer.js";

const BOXES = 10;

export class History {
  #list;
  #recall;
  #entries = []; // { id, strokes, picture, answer, hasGrown }, oldest first

  constructor(list, recall) {
    this.#list = list;
    this.#recall = recall;
    this.#show();
  }

  /** Keeps a drawing with its answer, in one box from the first stroke to the last. */
  keep({ id, strokes, picture }, answer) {
    const entry = { id, strokes: copy(strokes), picture, answer, hasGrown: false };
    if (!this.#renew(entry)) {
      this.#entries = [...this.#entries, entry].slice(-BOXES);
      this.#show();
    }
    this.mark(id);
  }

  /** Keeps what was drawn since the last answer, as a drawing leaves the sheet whose next answer nobody waits for. */
  complete({ id, strokes }) {
    const entry = this.#entries.find((kept) => kept.id === id);
    if (!entry || entry.picture || size(entry.strokes) === size(strokes)) return;
    this.#renew({ ...entry, strokes: copy(strokes), hasGrown: true });
  }

  /** Forgets a drawing that has become blank or has no digit. */
  drop(id) {
    if (!this.#entries.some((entry) => entry.id === id)) return;
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#show();
  }

  /** Marks the box of the drawing that is on the sheet. */
  mark(id) {
    for (const button of this.#list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.dataset.id === String(id)));
    }
  }

  /** Puts an entry into the place of an older one of the same drawing, if there is one. */
  #renew(entry) {
    const place = this.#entries.findIndex((kept) => kept.id === entry.id);
    if (place < 0) return false;
    this.#entries[place] = entry;
    this.#list.children[place].replaceChildren(this.#button(entry));
    return true;
  }

  #show() {
    const items = Array.from({ length: BOXES }, (_, place) => {
      const item = document.createElement("li");
      if (this.#entries[place]) item.append(this.#button(this.#entries[place]));
      else item.setAttribute("aria-hidden", "true");
      return item;
    });
    this.#list.replaceChildren(...items);
  }

  #button(entry) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = entry.id;
    button.setAttribute("aria-label", `${inWords(entry.answer)}. Bring it back`);
    if (entry.picture) {
      const image = document.createElement("img");
      image.src = entry.picture.url;
      image.alt = "";
      button.append(image);
    } else button.append(drawing(entry.strokes.map(pathOf), frame(entry.strokes), PEN));
    const digit = document.createElement("span");
    digit.textContent = entry.answer.digit;
    button.append(digit);
    button.addEventListener("click", () => this.#recall(entry));
    return button;
  }
}

const copy = (strokes) => strokes.map((stroke) => [...stroke]);
const size = (strokes) => strokes.flat().length;

/** The square around a drawing; a small one stays small. */
function frame(strokes) {
  const points = strokes.flat();
  const [low, high] = [Math.min, Math.max].map((end) => [0, 1].map((axis) => end(...points.map((point) => point[axis]))));
  const side = Math.max(high[0] - low[0], high[1] - low[1], SIDE / 3) + PEN;
  return `${(low[0] + high[0] - side) / 2} ${(low[1] + high[1] - side) / 2} ${side} ${side}`;
}
