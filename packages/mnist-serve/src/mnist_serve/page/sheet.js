// What is on the sheet, and the way back: strokes, or a picture, one state for each thing done.
//
// A state is { id, strokes, picture }. States of one drawing share an id, which the history goes by.
// "change" events tell whether the drawing was `replaced` by another one or only grew, its answer where it is known,
// and the state that was there `before`.

import { extend } from "./strokes.js";

export class Sheet extends EventTarget {
  #newest = 1;
  #states = [{ id: 1, strokes: [], picture: null }];
  #penDown = false;

  get current() {
    return this.#states.at(-1);
  }

  get isBlank() {
    return !this.current.strokes.length && !this.current.picture;
  }

  get canUndo() {
    return this.#states.length > 1;
  }

  get isPenDown() {
    return this.#penDown;
  }

  /** Puts the pen down at a point; on a picture, that begins another drawing. */
  begin(point) {
    const { id, strokes, picture } = this.current;
    this.#penDown = true;
    this.#push({ id: picture ? ++this.#newest : id, strokes: [...strokes, [point]], picture: null }, Boolean(picture));
  }

  /** Moves the pen, if it is down. */
  move(points) {
    if (!this.#penDown) return;
    for (const point of points) extend(this.current.strokes.at(-1), point);
    this.#changed(this.current, false);
  }

  /** Lifts the pen. */
  end() {
    this.#penDown = false;
  }

  clear() {
    if (!this.isBlank) this.#replace({ id: ++this.#newest, strokes: [], picture: null });
  }

  place(picture, answer) {
    this.#replace({ id: ++this.#newest, strokes: [], picture }, answer);
  }

  /** Puts an earlier drawing back, to look at or to go on with. */
  recall({ id, strokes, picture, answer, hasGrown }) {
    this.#replace({ id, strokes, picture }, hasGrown ? undefined : answer);
  }

  undo() {
    if (!this.canUndo) return;
    this.#penDown = false;
    this.#changed(this.#states.pop(), true);
  }

  #replace(state, answer) {
    this.#penDown = false;
    this.#push(state, true, answer);
  }

  #push(state, replaced, answer) {
    const before = this.current;
    this.#states.push(state);
    this.#changed(before, replaced, answer);
  }

  #changed(before, replaced, answer) {
    this.dispatchEvent(new CustomEvent("change", { detail: { before, replaced, answer } }));
  }
}
