// What the latent explorer shows and says. Pure but for `sheetPainter`.

import { COLOURS, viewport } from "./geometry.js";
import { drawCursor } from "./scene.js";
import { percent, reading } from "./words.js";

const PALE = 0.5; // how dark the map's ink is: codes and cross must stand out on it
// Okabe & Ito's colours, darkened where digits in them had less than 4.5:1 on white
const INKS = [COLOURS.blue, "#B04C00", "#00785A", COLOURS.black, "#A34C7D"];

// RGBA pixels of a decoded picture, white ink on black. ink: numbers in [0, 1].
export function inkPixels(ink) {
  return greys(ink, (value) => 255 * Math.min(1, Math.max(0, value)));
}

// RGBA pixels of the map, pale ink on white. sheet: bytes.
export function mapPixels(sheet) {
  return greys(sheet, (value) => 255 - PALE * value);
}

function greys(values, shade) {
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    const grey = Math.round(shade(values[i]));
    pixels.set([grey, grey, grey, 255], 4 * i);
  }
  return pixels;
}

// scene: {bounds, codes (flat), labels, cursor, shows: {map, codes}}. paint(): puts the
// map over the whole canvas.
export function drawLatents(ctx, scene, size, paint = () => {}) {
  const at = viewport(scene.bounds, size, size);
  ctx.clearRect(0, 0, size, size);
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, size, size);
  if (scene.shows.map) paint(ctx, size);
  if (scene.shows.codes) drawCodes(ctx, scene, at);
  drawCursor(ctx, scene.cursor, at);
  return at;
}

// Each code as its digit, so that nothing rests on colour.
export function drawCodes(ctx, { codes, labels }, at) {
  ctx.font = "bold 11px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  labels.forEach((label, i) => {
    ctx.fillStyle = INKS[label % INKS.length];
    ctx.fillText(String(label), at.x(codes[2 * i]), at.y(codes[2 * i + 1]));
  });
}

// A place and what is decoded there, for the line beneath and for a screen reader.
export function placeWords({ z, digit, sure }, axes) {
  const names = axes.map((axis, i) => `latent ${axis} at ${reading(z[i])}`).join(", ");
  return `${names}: read as ${digit}, ${percent(sure)} sure.`;
}

// Asks for one picture at a time. While one is under way only the newest wish is kept,
// so that the pointer may be faster than the kernel. One that is never answered is
// forgotten after `patience` ms.
export class Seeker {
  constructor(send, { now = () => performance.now(), patience = 3000 } = {}) {
    Object.assign(this, { send, now, patience });
    this.waiting = null; // id of what is under way
    this.asked = 0;
    this.wish = null;
    this.next = 0;
  }

  want(place) {
    if (this.waiting !== null && this.now() - this.asked < this.patience) {
      this.wish = place;
      return;
    }
    this.wish = null;
    this.waiting = this.next++;
    this.asked = this.now();
    this.send(place, this.waiting);
  }

  // Whether this is the answer that was waited for; asks for the newest wish if so.
  answered(id) {
    if (id === null || id !== this.waiting) return false;
    this.waiting = null;
    if (this.wish) this.want(this.wish);
    return true;
  }
}

// A function that paints pixels over a square of this size, by way of a small canvas.
export function sheetPainter() {
  const small = document.createElement("canvas");
  return (ctx, pixels, rows, cols, size, smooth) => {
    Object.assign(small, { width: cols, height: rows });
    small.getContext("2d").putImageData(new ImageData(pixels, cols, rows), 0, 0);
    ctx.imageSmoothingEnabled = smooth;
    ctx.drawImage(small, 0, 0, size, size);
  };
}
