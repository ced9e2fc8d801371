// Where things are and what colour they have. No DOM, no canvas, no state.

// Okabe & Ito 2008: colours that colour-blind readers can tell apart
export const COLOURS = {
  black: "#000000",
  orange: "#E69F00",
  sky: "#56B4E9",
  green: "#009E73",
  blue: "#0072B2",
  vermilion: "#D55E00",
  purple: "#CC79A7",
  grey: "#767676",
};

// Maps between the plane of the data and the pixels of a picture.
// bounds: [left, right, bottom, top] of what is shown; y points up there, down here.
export function viewport(bounds, width, height, pad = 0) {
  const [left, right, bottom, top] = bounds;
  const across = (width - 2 * pad) / (right - left);
  const down = (height - 2 * pad) / (top - bottom);
  return {
    x: (x) => pad + (x - left) * across,
    y: (y) => height - pad - (y - bottom) * down,
    back: (px, py) => [
      left + (px - pad) / across,
      bottom + (height - pad - py) / down,
    ],
    scale: Math.min(across, down),
  };
}

// A number in [0, 1] as a pale colour: orange (generated), white, blue (real).
// The ends differ in hue and the middle in lightness, so that both are seen.
export function beliefColour(value) {
  const v = Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0.5));
  const strength = Math.abs(2 * v - 1) ** 0.8;
  const end = v < 0.5 ? [243, 190, 110] : [120, 180, 220];
  return end.map((channel) => Math.round(255 + strength * (channel - 255)));
}

// RGBA pixels of a surface of values 0..1, rows from the bottom of the plane upwards.
export function surfacePixels(values, rows, cols) {
  const pixels = new Uint8ClampedArray(4 * rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const rgb = beliefColour(values[row * cols + col]);
      pixels.set([...rgb, 255], 4 * ((rows - 1 - row) * cols + col));
    }
  }
  return pixels;
}

// Straight pieces of the line on which a surface has the value `level`
// (marching squares). Corners lie at whole numbers: [col0, row0, col1, row1] each.
export function contour(values, rows, cols, level) {
  const pieces = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let col = 0; col + 1 < cols; col++) {
      const at = row * cols + col;
      const square = [at, at + 1, at + cols + 1, at + cols].map((i) => values[i]);
      const below = square.filter((value) => value < level).length;
      if (below === 0 || below === 4) continue; // the line goes elsewhere
      const cuts = edgeCuts(square, col, row, level);
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        pieces.push([...cuts[i], ...cuts[i + 1]]);
      }
    }
  }
  return pieces;
}

const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

// Where the line crosses the edges of one square, counter-clockwise.
function edgeCuts(square, col, row, level) {
  const cuts = [];
  for (let i = 0; i < 4; i++) {
    const j = (i + 1) % 4;
    if (square[i] < level === square[j] < level) continue;
    const t = (level - square[i]) / (square[j] - square[i]);
    const [x0, y0] = CORNERS[i];
    const [x1, y1] = CORNERS[j];
    cuts.push([col + x0 + t * (x1 - x0), row + y0 + t * (y1 - y0)]);
  }
  return cuts;
}

// Length of an arrow for a slope g: grows with g, never above `longest`, and a slope
// that vanishes gives an arrow that vanishes. `half` is the slope that gives half.
export function arrowLength(g, longest, half) {
  return Number.isFinite(g) ? (longest * g) / (g + half) : longest;
}

// Start, end and two barbs of an arrow, in pixels; null when it is too short to see.
export function arrow(x, y, dx, dy, length) {
  const slope = Math.hypot(dx, dy);
  if (!(slope > 0) || length < 1.5) return null;
  const [ux, uy] = [dx / slope, dy / slope];
  const barb = Math.min(5, 0.35 * length);
  const [tipX, tipY] = [x + ux * length, y + uy * length];
  const [backX, backY] = [tipX - barb * ux, tipY - barb * uy];
  return {
    from: [x, y],
    tip: [tipX, tipY],
    barbs: [
      [backX - 0.6 * barb * uy, backY + 0.6 * barb * ux],
      [backX + 0.6 * barb * uy, backY - 0.6 * barb * ux],
    ],
  };
}

// Lowest and highest of the finite numbers, widened a little; [0, 1] without any.
export function range(lists, margin = 0.05) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  const room = margin * (high - low) || 0.5;
  return [low - room, high + room];
}

// Round places for the marks of an axis: at most `most`, steps of 1, 2 or 5.
export function ticks(low, high, most = 5) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const places = [];
  for (let i = first; i <= last; i++) places.push(Number((i * step).toPrecision(12)));
  return places;
}
