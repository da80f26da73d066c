// The sheet on the screen: shows it, and draws on it with mouse, finger or pen.

import { SIDE, paint } from "./strokes.js";

export function showSheet(sheet, canvas, image) {
  const context = canvas.getContext("2d");
  let due = false;

  function show() {
    due = false;
    const { strokes, picture } = sheet.current;
    context.resetTransform();
    context.clearRect(0, 0, canvas.width, canvas.height);
    paint(context, strokes, getComputedStyle(canvas).color);
    image.hidden = !picture;
    if (picture && image.src !== picture.url) image.src = picture.url;
  }

  function showSoon() {
    if (!due) requestAnimationFrame(show);
    due = true;
  }

  new ResizeObserver(() => {
    canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio);
    show();
  }).observe(canvas);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", showSoon); // the ink has another colour
  }
  sheet.addEventListener("change", showSoon);
}

export function drawByPointer(sheet, canvas) {
  let pointer = null; // the one that draws; a second finger is ignored

  function at({ clientX, clientY }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    canvas.focus({ preventScroll: true });
    sheet.begin(at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents(); // all that the pen did since the last frame
    sheet.move((passed.length ? passed : [event]).map(at));
  });
  canvas.addEventListener("lostpointercapture", () => {
    pointer = null;
    sheet.end();
  });
}
