// What the field lab draws and says. Pure functions.

import { COLOURS, arrow, arrowLength, viewport } from "./geometry.js";
import { drawFake, drawReal } from "./scene.js";
import { count, percent, reading } from "./words.js";

const TRAILS = 60; // paths that are drawn: with all of them nothing could be told apart
const LONGEST_ARROW = 20; // pixels, of an arrow
const HALF_SPEED = 2; // speed that gives half of it

// Where particles are at time t, flat: on lines between the solver's times. paths: flat
// [times, particles, 2].
export function particlesAt(paths, steps, t) {
  const each = paths.length / (steps + 1);
  const place = t * steps;
  const k = Math.min(steps - 1, Math.floor(place));
  const found = new Float64Array(each);
  for (let i = 0; i < each; i++) {
    const [from, to] = [paths[k * each + i], paths[(k + 1) * each + i]];
    found[i] = from + (place - k) * (to - from);
  }
  return found;
}

// scene: {bounds, real, places, field, paths, steps, t}, all points flat.
export function drawField(ctx, scene, size, shows) {
  const at = viewport(scene.bounds, size, size);
  ctx.clearRect(0, 0, size, size);
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, size, size);
  const now = particlesAt(scene.paths, scene.steps, scene.t);
  if (shows.arrows) drawVelocities(ctx, scene, at);
  if (shows.data) drawReal(ctx, scene.real, at);
  if (shows.paths) drawTrails(ctx, scene, now, at);
  drawFake(ctx, now, at);
  return at;
}

// The velocity at each place: an arrow that is long where the speed is high.
export function drawVelocities(ctx, { places, field }, at) {
  ctx.strokeStyle = COLOURS.grey;
  ctx.lineWidth = 1.1;
  ctx.beginPath();
  for (let i = 0; i < places.length; i += 2) {
    const [dx, dy] = [field[i], -field[i + 1]]; // y points down on the canvas
    const length = arrowLength(Math.hypot(dx, dy), LONGEST_ARROW, HALF_SPEED);
    const shape = arrow(at.x(places[i]), at.y(places[i + 1]), dx, dy, length);
    if (!shape) continue;
    ctx.moveTo(...shape.from);
    ctx.lineTo(...shape.tip);
    ctx.moveTo(...shape.barbs[0]);
    ctx.lineTo(...shape.tip);
    ctx.lineTo(...shape.barbs[1]);
  }
  ctx.stroke();
}

// The ways of some particles so far.
export function drawTrails(ctx, { paths, steps, t }, now, at) {
  const each = paths.length / (steps + 1);
  const passed = Math.min(steps - 1, Math.floor(t * steps));
  ctx.strokeStyle = "rgba(60, 60, 60, 0.55)";
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let i = 0; i < Math.min(2 * TRAILS, each); i += 2) {
    ctx.moveTo(at.x(paths[i]), at.y(paths[i + 1]));
    for (let k = 1; k <= passed; k++) {
      ctx.lineTo(at.x(paths[k * each + i]), at.y(paths[k * each + i + 1]));
    }
    ctx.lineTo(at.x(now[i]), at.y(now[i + 1]));
  }
  ctx.stroke();
}

// What one field does with the particles. name: "exact" or "learned".
export function endsSentence(name, { apart, near }) {
  return (
    `In the ${name} field particles end ${reading(apart[name])} from the exact flow's ` +
    `ends on average; ${percent(near[name])} end within 3 σ of a mode.`
  );
}

export function trainedSentence({ trained, gap, loss }) {
  if (!trained) return "The network has not learned yet.";
  return (
    `After ${count(trained)} training steps the learned field differs from the exact ` +
    `one by ${reading(gap)} (root mean square); the loss is ${reading(loss)}.`
  );
}

// The state of the lab, for a screen reader and for the line beneath.
export function fieldWords(state) {
  const { playing, settings, t, evaluations } = state;
  const steps = settings.steps === 1 ? "1 step" : `${settings.steps} steps`;
  const asked =
    settings.label === "none"
      ? ""
      : ` Label ${settings.label} with guidance ${settings.guidance}.`;
  return [
    `${playing ? "Playing" : "Paused"} at t = ${reading(t)}. ` +
      `${steps} of ${settings.solver}: ${count(evaluations)} evaluations.${asked}`,
    endsSentence("exact", state),
    endsSentence("learned", state),
    trainedSentence(state),
  ].join(" ");
}
