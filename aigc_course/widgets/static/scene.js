// The picture of the game in the plane. Draws on any 2-D context it is handed.

import { COLOURS, arrow, arrowLength, contour, viewport } from "./geometry.js";

const LONGEST = 40; // pixels, of an arrow
const LATTICE = 2; // every so many lines of the lattice are drawn

// scene: {bounds, real, fake, surface, lattice, starts, slopes}, all points as flat
// [x0, y0, x1, y1, ...]. options: {shows: {...}, paint(surface), cursor}.
export function drawScene(ctx, scene, size, options = {}) {
  const shows = options.shows ?? {};
  const at = viewport(scene.bounds, size, size);
  ctx.clearRect(0, 0, size, size);
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, size, size);
  if (scene.surface && shows.surface !== false) {
    options.paint?.(ctx, scene.surface, size);
    drawBorder(ctx, scene.surface, size);
  }
  if (scene.lattice && shows.lattice !== false) drawLattice(ctx, scene.lattice, at);
  if (scene.real) drawReal(ctx, scene.real, at);
  if (scene.fake) drawFake(ctx, scene.fake, at);
  if (scene.slopes && shows.arrows !== false) drawArrows(ctx, scene, at);
  if (options.cursor) drawCursor(ctx, options.cursor, at);
}

// Where D is undecided: a dashed line, so that it is seen without colour as well.
export function drawBorder(ctx, surface, size) {
  const { values, rows, cols, border } = surface;
  if (border === null || border === undefined) return;
  const right = size / (cols - 1);
  const up = size / (rows - 1);
  ctx.strokeStyle = COLOURS.black;
  ctx.lineWidth = 1.2;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  for (const [x0, y0, x1, y1] of contour(values, rows, cols, border)) {
    ctx.moveTo(x0 * right, size - y0 * up);
    ctx.lineTo(x1 * right, size - y1 * up);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

// What G makes of a square lattice of latents: both families of lines.
export function drawLattice(ctx, { points, rows, cols }, at) {
  ctx.strokeStyle = "rgba(60, 60, 60, 0.45)";
  ctx.lineWidth = 1;
  ctx.beginPath();
  const place = (row, col) => {
    const i = 2 * (row * cols + col);
    return [at.x(points[i]), at.y(points[i + 1])];
  };
  for (let row = 0; row < rows; row += LATTICE) {
    for (let col = 0; col < cols; col++) {
      ctx[col ? "lineTo" : "moveTo"](...place(row, col));
    }
  }
  for (let col = 0; col < cols; col += LATTICE) {
    for (let row = 0; row < rows; row++) {
      ctx[row ? "lineTo" : "moveTo"](...place(row, col));
    }
  }
  ctx.stroke();
}

// Real points: hollow blue circles.
export function drawReal(ctx, points, at) {
  ctx.strokeStyle = COLOURS.blue;
  ctx.lineWidth = 1.3;
  ctx.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [at.x(points[i]), at.y(points[i + 1])];
    ctx.moveTo(x + 3, y);
    ctx.arc(x, y, 3, 0, 2 * Math.PI);
  }
  ctx.stroke();
}

// Generated points: filled vermilion triangles.
export function drawFake(ctx, points, at) {
  ctx.fillStyle = COLOURS.vermilion;
  ctx.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [at.x(points[i]), at.y(points[i + 1])];
    ctx.moveTo(x, y - 3.6);
    ctx.lineTo(x + 3.3, y + 2.4);
    ctx.lineTo(x - 3.3, y + 2.4);
    ctx.closePath();
  }
  ctx.fill();
}

// Where the loss pulls generated points: black arrows, as long as the pull is strong.
export function drawArrows(ctx, { starts, slopes, bounds }, at) {
  const half = 1 / (bounds[1] - bounds[0]); // slope that gives half the length
  ctx.strokeStyle = COLOURS.black;
  ctx.lineWidth = 1.1;
  ctx.beginPath();
  for (let i = 0; i < starts.length; i += 2) {
    const [dx, dy] = [slopes[i], -slopes[i + 1]]; // y points down on the canvas
    const length = arrowLength(Math.hypot(dx, dy), LONGEST, half);
    const shape = arrow(at.x(starts[i]), at.y(starts[i + 1]), dx, dy, length);
    if (!shape) continue;
    ctx.moveTo(...shape.from);
    ctx.lineTo(...shape.tip);
    ctx.moveTo(...shape.barbs[0]);
    ctx.lineTo(...shape.tip);
    ctx.lineTo(...shape.barbs[1]);
  }
  ctx.stroke();
}

// The cross with which points are drawn from the keyboard.
export function drawCursor(ctx, [x, y], at) {
  const [px, py] = [at.x(x), at.y(y)];
  ctx.strokeStyle = COLOURS.black;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(px - 9, py);
  ctx.lineTo(px + 9, py);
  ctx.moveTo(px, py - 9);
  ctx.lineTo(px, py + 9);
  ctx.stroke();
}
