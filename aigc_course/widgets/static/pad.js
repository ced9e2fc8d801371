// Drawing a data set on the plane, with the pointer or with keys.

import { pointed } from "./controls.js";

const CLOUD = 12; // points that Enter places
const SPREAD = 0.03; // of the plane's width, of these
const STEP = 0.04; // of the plane's width, that an arrow key moves the cross
const GAP = 0.012; // of the plane's width, between points along a stroke

export const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

// A place moved by (dx, dy) steps that stays inside the bounds.
export function moved([x, y], [dx, dy], [left, right, bottom, top]) {
  const step = STEP * (right - left);
  const inside = (v, low, high) => Math.min(high, Math.max(low, v));
  return [inside(x + dx * step, left, right), inside(y + dy * step, bottom, top)];
}

// A cloud of points around a place, even over a disc (a sunflower's seeds).
export function cloud([x, y], radius, n = CLOUD) {
  const points = [];
  for (let i = 0; i < n; i++) {
    const r = radius * Math.sqrt((i + 0.5) / n);
    const angle = i * Math.PI * (3 - Math.sqrt(5));
    points.push(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  return points;
}

// Whether a place is far enough from the last point of a stroke.
export function farEnough(stroke, [x, y], gap) {
  if (!stroke.length) return true;
  const [lastX, lastY] = stroke.slice(-2);
  return Math.hypot(x - lastX, y - lastY) >= gap;
}

// enabled(), at(), bounds(): the state of the plane. moved(): draw again.
// done(points): a stroke is complete.
export class DrawingPad {
  constructor(element, plane) {
    Object.assign(this, { element, plane });
    this.stroke = []; // flat, while the pointer is down
    this.cursor = null; // where the keys' cross is; null until a key moves it
    this.down = false;
    element.addEventListener("pointerdown", (event) => this.start(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", () => this.finish());
    element.addEventListener("pointercancel", () => this.finish());
    element.addEventListener("blur", () => this.hideCross());
  }

  start(event) {
    if (!this.plane.enabled()) return;
    this.element.setPointerCapture?.(event.pointerId);
    this.down = true;
    this.move(event);
  }

  move(event) {
    if (!this.down) return;
    const place = this.plane.at().back(...pointed(event, this.element));
    const [left, right] = this.plane.bounds();
    if (!farEnough(this.stroke, place, GAP * (right - left))) return;
    this.stroke.push(...place);
    this.plane.moved();
  }

  finish() {
    this.down = false;
    if (this.stroke.length) this.plane.done(this.stroke);
    this.stroke = [];
  }

  // Whether this key belongs to the drawing; acts on it if so.
  takes(event) {
    if (!this.plane.enabled() || event.target !== this.element) return false;
    const bounds = this.plane.bounds();
    const middle = [(bounds[0] + bounds[1]) / 2, (bounds[2] + bounds[3]) / 2];
    const place = this.cursor ?? middle;
    if (ARROWS[event.key]) {
      this.cursor = moved(place, ARROWS[event.key], bounds);
      this.plane.moved();
    } else if (event.key === "Enter") {
      this.cursor = place;
      this.plane.done(cloud(place, SPREAD * (bounds[1] - bounds[0])));
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  hideCross() {
    this.cursor = null;
    if (this.plane.enabled()) this.plane.moved();
  }
}
