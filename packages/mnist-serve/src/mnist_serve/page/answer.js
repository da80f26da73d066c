// Shows an answer: the digit in the page's own hand, how sure the model is, ten bars, and what the model saw.

import { BOX, GLYPHS, WORDS, drawing } from "./digits.js";

const SEEN = 28; // pixels of the model's input, each way
const SURE = 0.6; // below, the answer is a question

/** A probability for people: 99.8 %, never 100 %. */
export function percent(probability) {
  if (probability > 0.999) return "over 99.9\u00a0%";
  if (probability < 0.001) return "under 0.1\u00a0%";
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
  #digit = null;

  constructor(panel) {
    this.#panel = panel;
    const find = (id) => panel.querySelector(`#${id}`);
    this.#parts = { glyph: find("glyph"), word: find("word"), sure: find("sure"), other: find("other") };
    this.#parts.seen = find("seen").getContext("2d");
    this.#meters = WORDS.map((_, digit) => makeMeter(digit));
    find("bars").append(...this.#meters.map((meter) => meter.parentElement));
    this.clear();
  }

  /** Before there is anything to read. */
  clear() {
    this.#panel.classList.remove("old");
    this.#panel.classList.add("empty");
    this.#tell(null, "", "", "As you draw, the answer appears here.");
    this.#bars(Array(10).fill(0), null);
    this.#parts.seen.clearRect(0, 0, SEEN, SEEN);
  }

  /** Dims the answer while another drawing's is on its way. */
  setOld() {
    this.#panel.classList.add("old");
  }

  show({ digit, confidence, probabilities, reason, seen }) {
    this.#panel.classList.remove("old", "empty");
    if (digit === null) {
      this.#tell(null, "No digit", "", reason);
      this.#bars(Array(10).fill(0), null);
    } else {
      const unsure = confidence < SURE;
      this.#panel.classList.toggle("unsure", unsure);
      this.#tell(digit, WORDS[digit] + (unsure ? "?" : ""), `${percent(confidence)} sure`, doubt(digit, probabilities));
      this.#bars(probabilities, digit);
    }
    this.#seen(Uint8Array.from(atob(seen), (character) => character.charCodeAt(0)));
  }

  #tell(digit, word, sure, other) {
    const { glyph } = this.#parts;
    if (digit !== this.#digit) glyph.replaceChildren(...(digit === null ? [] : [drawing([GLYPHS[digit]], BOX, 13)]));
    this.#digit = digit;
    this.#parts.word.textContent = word;
    this.#parts.sure.textContent = sure;
    this.#parts.other.textContent = other;
  }

  #bars(probabilities, best) {
    this.#meters.forEach((meter, digit) => {
      const probability = probabilities[digit];
      meter.setAttribute("aria-valuenow", probability.toFixed(4));
      meter.setAttribute("aria-valuetext", best === null ? "no answer" : percent(probability));
      meter.firstElementChild.style.transform = `scaleY(${probability})`;
      meter.parentElement.classList.toggle("best", digit === best);
    });
  }

  #seen(pixels) {
    const image = new ImageData(SEEN, SEEN);
    pixels.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    this.#parts.seen.putImageData(image, 0, 0);
  }
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
