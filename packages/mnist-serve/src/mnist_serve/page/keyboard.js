// Drawing with keys: arrows move a cursor on the sheet, Space or Enter puts the pen down and lifts it.

import { SIDE } from "./strokes.js";

const STEP = 8; // of SIDE, each press or repeat of an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const inside = (value) => Math.min(Math.max(value, 0), SIDE);

export function drawByKeys(sheet, canvas, cursor, say) {
  const held = new Set(); // two arrows at once go aslant
  let place = [SIDE / 2, SIDE / 2];

  function show() {
    cursor.style.left = `${(place[0] / SIDE) * 100}%`;
    cursor.style.top = `${(place[1] / SIDE) * 100}%`;
    cursor.classList.toggle("down", sheet.isPenDown);
  }

  function turnPen() {
    if (sheet.isPenDown) sheet.end();
    else sheet.begin(place);
    say(sheet.isPenDown ? "Pen down" : "Pen up");
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      held.add(event.key);
      for (const key of held) place = place.map((value, axis) => inside(value + STEP * ARROWS[key][axis]));
      sheet.move([place]);
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) turnPen();
    } else return;
    event.preventDefault();
    cursor.hidden = false;
    show();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("focus", () => {
    cursor.hidden = !canvas.matches(":focus-visible");
    show();
  });
  canvas.addEventListener("pointerdown", () => (cursor.hidden = true));
  canvas.addEventListener("blur", () => {
    held.clear();
    if (!cursor.hidden) sheet.end();
    cursor.hidden = true;
  });
  sheet.addEventListener("change", show);
}
