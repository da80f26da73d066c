// The invitation on a blank sheet: digits write themselves, one after the other.

import { BOX, GLYPHS, drawing } from "./digits.js";

export function inviteOn(place) {
  let digit = 3;
  const svg = drawing([GLYPHS[digit]], BOX, 8);
  const line = svg.firstElementChild;
  line.addEventListener("animationiteration", () => {
    digit = (digit + 1) % GLYPHS.length;
    line.setAttribute("d", GLYPHS[digit]);
  });
  place.append(svg);
}
