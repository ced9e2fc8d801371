// What the lab shows of a frame from the kernel. Pure but for `painter`.

import { columns } from "./frames.js";
import { COLOURS, surfacePixels } from "./geometry.js";

const HISTORY = ["rounds", "D", "G", "covered", "quality"];

// The scene of a frame; stroke: points that are being drawn, not sent yet.
export function sceneOf({ bounds, surface, lattice }, arrays, stroke = []) {
  const { real, fake, values, points, starts, slopes } = arrays;
  return {
    bounds,
    real: stroke.length ? [...real, ...stroke] : real,
    fake,
    surface: { ...surface, values },
    lattice: { ...lattice, points },
    starts,
    slopes,
  };
}

export function lossChart({ history }) {
  const { rounds, D, G } = columns(history, HISTORY);
  const series = [
    { x: rounds, y: D, colour: COLOURS.blue },
    { x: rounds, y: G, colour: COLOURS.vermilion, dash: [6, 3] },
  ];
  return { series, xlabel: "rounds", ylabel: "loss" };
}

export function shareChart({ history }) {
  const { rounds, covered, quality } = columns(history, HISTORY);
  const series = [
    { x: rounds, y: covered, colour: COLOURS.green },
    { x: rounds, y: quality, colour: COLOURS.black, dash: [2, 3] },
  ];
  return { series, xlabel: "rounds", ylabel: "share", yRange: [-0.03, 1.03] };
}

// A function that paints a surface over a whole canvas, by way of a small one.
export function painter() {
  const sheet = document.createElement("canvas");
  return (ctx, { values, rows, cols }, size) => {
    Object.assign(sheet, { width: cols, height: rows });
    const image = new ImageData(surfacePixels(values, rows, cols), cols, rows);
    sheet.getContext("2d").putImageData(image, 0, 0);
    // the outermost values lie on the edges of the plane: half a cell goes over them
    const [over, up] = [size / (cols - 1), size / (rows - 1)];
    ctx.drawImage(sheet, -over / 2, -up / 2, size + over, size + up);
  };
}
