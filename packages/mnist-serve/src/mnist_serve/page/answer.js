// Shows an answer: the digit in the page's own hand, how sure the model is, ten bars, what the model saw, and how it came
// about.

import { BOX, GLYPHS, WORDS, drawing } from "./digits.js";
import { StepsView } from "./steps.js";

const SEEN = 28; // pixels of the model's input, each way
const SURE = 0.6; // below, the answer is a question

/** A probability for people, as `predict` has it: what is nearly certain is not said to be certain. */
export function percent(probability) {
  if (probability >= 0.9995) return ">\u00a099.9\u00a0%";
  if (probability < 0.0005) return "<\u00a00.1\u00a0%";
  return `${(100 * probability).toFixed(1)}\u00a0%`;
}

/** An answer in words, for who listens to the page. */
export function inWords(answer) {
  return answer.digit === null ? answer.reason : `${WORDS[answer.digit]}, ${percent(answer.confidence)} sure`;
}

export class AnswerView {
  #panel;
  #parts;
  #meters;
  #steps;
  #digit = null;

  constructor(panel) {
    this.#panel = panel;
    const find = (id) => panel.querySelector(`#${id}`);
    this.#parts = { glyph: find("glyph"), word: find("word"), sure: find("sure"), other: find("other") };
    this.#parts.seen = find("seen").getContext("2d");
    this.#meters = WORDS.map((_, digit) => makeMeter(digit));
    find("bars").append(...this.#meters.map((meter) => meter.parentElement));
    this.#steps = new StepsView(find("steps"));
    this.clear();
  }

  /** Whether answers are to come with their explanation. */
  get explains() {
    return this.#steps.isOpen;
  }

  /** Before there is anything to read. */
  clear() {
    this.#panel.classList.remove("old");
    this.#panel.classList.add("empty");
    this.#tell(null, "", "", "As you draw, the answer appears here.");
    this.#bars(null, null);
    this.#parts.seen.clearRect(0, 0, SEEN, SEEN);
    this.#steps.clear();
  }

  /** Dims the answer while another drawing's is on its way. */
  setOld() {
    this.#panel.classList.add("old");
  }

  show({ digit, confidence, probabilities, reason, seen, explanation }) {
    this.#panel.classList.remove("old", "empty");
    const unsure = digit !== null && confidence < SURE;
    this.#panel.classList.toggle("none", digit === null);
    this.#panel.classList.toggle("unsure", unsure);
    if (digit === null) {
      this.#tell(null, "No digit", "", reason);
    } else {
      this.#tell(digit, WORDS[digit] + (unsure ? "?" : ""), `${percent(confidence)} sure`, doubt(digit, probabilities));
    }
    this.#bars(probabilities, digit);
    const image = toImage(seen);
    this.#parts.seen.putImageData(image, 0, 0);
    this.#steps.show(explanation, image);
  }

  #tell(digit, word, sure, other) {
    const { glyph } = this.#parts;
    if (digit !== this.#digit) glyph.replaceChildren(...(digit === null ? [] : [drawing([GLYPHS[digit]], BOX, 13)]));
    this.#digit = digit;
    this.#parts.word.textContent = word;
    this.#parts.sure.textContent = sure;
    this.#parts.other.textContent = other;
  }

  /** Sets the bars: null for no probabilities, as of a blank picture, and null for no best one. */
  #bars(probabilities, best) {
    this.#meters.forEach((meter, digit) => {
      const probability = probabilities?.[digit] ?? 0;
      meter.setAttribute("aria-valuenow", probability.toFixed(4));
      meter.setAttribute("aria-valuetext", probabilities ? percent(probability) : "no answer");
      meter.firstElementChild.style.transform = `scaleY(${probability})`;
      meter.parentElement.classList.toggle("best", digit === best);
    });
  }
}

/** What the model saw, as the server sends it, as ImageData. */
function toImage(seen) {
  const image = new ImageData(SEEN, SEEN);
  [...atob(seen)].forEach((character, i) => {
    const value = character.charCodeAt(0);
    image.data.set([value, value, value, 255], 4 * i);
  });
  return image;
}

/** A bar in its list item: the meter holds the bar, the digit stands below. */
function makeMeter(digit) {
  const item = document.createElement("li");
  const meter = document.createElement("div");
  meter.setAttribute("role", "meter");
  meter.setAttribute("aria-label", String(digit));
  meter.setAttribute("aria-valuemin", "0");
  meter.setAttribute("aria-valuemax", "1");
  meter.append(document.createElement("div"));
  const label = document.createElement("span");
  label.setAttribute("aria-hidden", "true");
  label.textContent = digit;
  item.append(meter, label);
  return meter;
}

/** The second guess, where there is one worth a word. */
function doubt(best, probabilities) {
  const ranked = probabilities.map((probability, digit) => ({ probability, digit })).filter((one) => one.digit !== best);
  const { probability, digit } = ranked.reduce((a, b) => (b.probability > a.probability ? b : a));
  return probability < 0.05 ? "" : `Or perhaps ${WORDS[digit].toLowerCase()}: ${percent(probability)}.`;
}
