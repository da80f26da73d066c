// What a pen leaves: a stroke is a list of points [x, y], from 0 to SIDE each way.

export const SIDE = 280; // pixels of the picture that the server gets
export const PEN = 14;

const near = ([x, y], [u, v]) => Math.hypot(x - u, y - v) < 0.5;

/** Appends a point, unless the pen has hardly moved. */
export function extend(stroke, point) {
  if (!stroke.length || !near(stroke.at(-1), point)) stroke.push(point);
}

/** SVG path data of a stroke, round at the points where the pen was seen. */
export function pathOf(stroke) {
  const [first, ...rest] = stroke.map(([x, y]) => [x.toFixed(1), y.toFixed(1)]);
  if (!rest.length) return `M${first}h.01`; // a dot
  let path = `M${first}`;
  for (let i = 1; i < stroke.length - 1; i++) {
    const [[x, y], [u, v]] = [stroke[i], stroke[i + 1]];
    path += `Q${rest[i - 1]} ${((x + u) / 2).toFixed(1)},${((y + v) / 2).toFixed(1)}`;
  }
  return `${path}L${rest.at(-1)}`;
}

/** Paints strokes over the whole of a square canvas. */
export function paint(context, strokes, ink) {
  const scale = context.canvas.width / SIDE;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = ink;
  for (const stroke of strokes) context.stroke(new Path2D(pathOf(stroke)));
}

const sent = document.createElement("canvas");
sent.width = sent.height = SIDE;
const context = sent.getContext("2d", { willReadFrequently: true });

/** Strokes as a PNG file, black on white. The server does the rest, as for any other picture. */
export function toPicture(strokes) {
  context.resetTransform();
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE, SIDE);
  paint(context, strokes, "black");
  return new Promise((done) => sent.toBlob(done, "image/png"));
}
