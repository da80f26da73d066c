// The page's own handwriting: each digit as one line in a box of 100 x 140.

export const BOX = "0 0 100 140";

export const WORDS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

export const GLYPHS = [
  "M52 12C26 10 15 40 15 71C15 101 26 128 50 128C74 128 85 101 85 70C85 40 75 14 52 12",
  "M27 39C40 33 49 25 55 12V128",
  "M18 44C18 25 32 12 50 12C68 12 82 25 82 44C82 68 54 86 17 127H86",
  "M18 31C24 19 36 12 50 12C67 12 79 23 79 39C79 56 65 65 45 66C69 66 85 78 85 97C85 116 69 128 49 128C33 128 20 121 15 108",
  "M65 128V12L13 93H90",
  "M80 13H30L24 64C31 57 40 53 50 53C71 53 85 69 85 90C85 113 69 128 48 128C33 128 21 121 15 109",
  "M74 13C40 31 16 60 16 91C16 113 30 128 50 128C70 128 84 113 84 92C84 71 70 57 51 57C34 57 21 66 17 84",
  "M15 13H85C64 48 48 86 42 128",
  "M78 33C74 20 63 12 50 12C33 12 21 23 21 38C21 69 85 63 85 98C85 116 70 128 50 128C30 128 15 116 15 98C15 66 77 66 79 38",
  "M83 56C79 74 66 83 49 83C30 83 16 69 16 48C16 27 30 12 50 12C70 12 84 27 84 49C84 80 60 109 27 127",
];

const SVG = "http://www.w3.org/2000/svg";

/** An <svg> of lines; none of it is read out, as its place has words of its own. */
export function drawing(paths, viewBox, width) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("stroke-width", width);
    path.setAttribute("pathLength", "1"); // so that the style can write it from 0 to 1
    svg.append(path);
  }
  return svg;
}
