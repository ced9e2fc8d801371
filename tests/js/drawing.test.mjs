// Pictures of the labs, drawn on a context that remembers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { numbers, recorder, times } from "./recorder.mjs";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const geometry = await import(new URL("geometry.js", at));
const scene = await import(new URL("scene.js", at));
const chart = await import(new URL("chart.js", at));
const view = await import(new URL("lab_view.js", at));
const line = await import(new URL("game_1d.js", at));
const losses = await import(new URL("loss_explorer.js", at));

const near = (a, b, slack = 1e-9) => assert.ok(Math.abs(a - b) <= slack, `${a} ${b}`);

test("the corners of the plane are the corners of the picture", () => {
  const view = geometry.viewport([-1, 3, -2, 2], 400, 400);
  assert.deepEqual([view.x(-1), view.y(2)], [0, 0]);
  assert.deepEqual([view.x(3), view.y(-2)], [400, 400]);
  const [x, y] = view.back(view.x(0.3), view.y(-1.1));
  near(x, 0.3);
  near(y, -1.1);
});

test("a contour lies where the surface has the level", () => {
  // v = x + 2 y on a 5 x 4 grid: the level 3 is the line x + 2 y = 3
  const values = [];
  for (let y = 0; y < 4; y++) for (let x = 0; x < 5; x++) values.push(x + 2 * y);
  const pieces = geometry.contour(values, 4, 5, 3.1);
  assert.ok(pieces.length >= 4);
  for (const [x0, y0, x1, y1] of pieces) {
    near(x0 + 2 * y0, 3.1);
    near(x1 + 2 * y1, 3.1);
  }
});

test("a contour around a hill is closed", () => {
  const values = [];
  for (let y = -6; y <= 6; y++) for (let x = -6; x <= 6; x++) values.push(x * x + y * y);
  const ends = new Map();
  const note = (x, y) => {
    const end = `${x.toFixed(6)},${y.toFixed(6)}`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  };
  for (const [x0, y0, x1, y1] of geometry.contour(values, 13, 13, 13.5)) {
    note(x0, y0);
    note(x1, y1);
  }
  assert.ok(ends.size > 8 && [...ends.values()].every((n) => n === 2));
});

test("no contour where the surface never has the level", () => {
  assert.deepEqual(geometry.contour([1, 1, 1, 1], 2, 2, 0.5), []);
});

test("belief is orange, white or blue, and lighter towards the middle", () => {
  assert.deepEqual(geometry.beliefColour(0.5), [255, 255, 255]);
  const [r0, , b0] = geometry.beliefColour(0);
  const [r1, , b1] = geometry.beliefColour(1);
  assert.ok(r0 > b0 && b1 > r1);
  assert.deepEqual(geometry.beliefColour(NaN), [255, 255, 255]);
  assert.deepEqual(geometry.beliefColour(7), geometry.beliefColour(1));
});

test("the first row of a surface is the bottom row of pixels", () => {
  const pixels = geometry.surfacePixels([0, 0, 1, 1], 2, 2);
  assert.deepEqual([...pixels.slice(0, 3)], geometry.beliefColour(1));
  assert.deepEqual([...pixels.slice(8, 11)], geometry.beliefColour(0));
});

test("an arrow grows with the slope, never beyond the longest, and vanishes with it", () => {
  const lengths = [0, 0.1, 1, 10, Infinity].map((g) => geometry.arrowLength(g, 40, 0.5));
  assert.equal(lengths[0], 0);
  assert.equal(lengths[4], 40);
  for (let i = 1; i < 5; i++) assert.ok(lengths[i] > lengths[i - 1]);
  assert.equal(geometry.arrow(0, 0, 0, 0, 0), null);
});

test("an arrow points where the slope points", () => {
  const { from, tip, barbs } = geometry.arrow(10, 20, 3, -4, 25);
  assert.deepEqual(from, [10, 20]);
  near(tip[0], 25);
  near(tip[1], 0);
  const back = barbs.map(([x, y]) => Math.hypot(x - 10, y - 20));
  assert.ok(back.every((d) => d < 25));
});

test("marks of an axis are round and lie inside", () => {
  assert.deepEqual(geometry.ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(geometry.ticks(-0.03, 1.03, 4), [0, 0.5, 1]);
});

const plane = {
  bounds: [-1, 1, -1, 1],
  real: [0, 0, 0.5, 0.5],
  fake: [0.2, 0.1, -0.5, 0.3, 0.9, -0.9],
  surface: { values: [0, 0, 1, 1], rows: 2, cols: 2, border: 0.5 },
  lattice: { points: new Float32Array(18), rows: 3, cols: 3 },
  starts: [0, 0, 0.5, 0.5],
  slopes: [1, 0, 0, 0],
};

test("a scene holds a circle for each real point and a triangle for each fake", () => {
  const ctx = recorder();
  const painted = [];
  scene.drawScene(ctx, plane, 400, { paint: (...what) => painted.push(what) });
  assert.equal(times(ctx, "arc"), 2);
  assert.equal(times(ctx, "closePath"), 3);
  assert.equal(painted.length, 1);
  assert.ok(numbers(ctx, "moveTo", "lineTo", "arc").every(Number.isFinite));
});

test("what is switched off is not drawn", () => {
  const full = recorder();
  scene.drawScene(full, plane, 400, {});
  for (const part of ["surface", "lattice", "arrows"]) {
    const less = recorder();
    scene.drawScene(less, plane, 400, { shows: { [part]: false } });
    assert.ok(times(less, "stroke") < times(full, "stroke"), part);
  }
});

test("a critic has no border", () => {
  const ctx = recorder();
  scene.drawBorder(ctx, { ...plane.surface, border: null }, 400);
  assert.equal(ctx.calls.length, 0);
});

test("upwards in the plane is upwards in the picture", () => {
  const ctx = recorder();
  const at = geometry.viewport(plane.bounds, 400, 400);
  const up = { bounds: plane.bounds, starts: [0, 0], slopes: [0, 1] };
  scene.drawArrows(ctx, up, at);
  const [, x, y] = ctx.calls.find(([name]) => name === "lineTo");
  near(x, 200);
  assert.ok(y < 200);
});

test("a stroke that is being drawn is seen before it is sent", () => {
  const arrays = { real: [1, 2], fake: [], values: [], points: [] };
  const seen = view.sceneOf({ bounds: [], surface: {}, lattice: {} }, arrays, [3, 4]);
  assert.deepEqual(seen.real, [1, 2, 3, 4]);
});

test("curves interrupt where a value is no number", () => {
  const ctx = recorder();
  const curve = { x: [0, 1, 2, 3, 4], y: [1, 2, NaN, 3, 4], colour: "#000" };
  chart.drawLine(ctx, curve, { x: (x) => x, y: (y) => y });
  assert.equal(times(ctx, "moveTo"), 2);
  assert.equal(times(ctx, "lineTo"), 2);
});

test("a chart without any value is drawn all the same", () => {
  const ctx = recorder();
  const empty = view.lossChart({ history: new Float32Array(0) });
  chart.drawChart(ctx, empty, 300, 150);
  assert.ok(numbers(ctx, "moveTo", "lineTo", "fillRect").every(Number.isFinite));
});

test("history comes row by row and goes into curves", () => {
  const history = [0, 1.4, 0.7, 0.25, 0.1, 5, 1.3, 0.8, 0.5, 0.2];
  const [d, g] = view.lossChart({ history }).series;
  assert.deepEqual([d.x, d.y, g.y], [[0, 5], [1.4, 1.3], [0.7, 0.8]]);
  const [covered, quality] = view.shareChart({ history }).series;
  assert.deepEqual([covered.y, quality.y], [[0.25, 0.5], [0.1, 0.2]]);
});

test("every pair of curves differs in more than colour", () => {
  const arrays = { x: [0, 1], p: [0, 1], q: [1, 0], learnt: [0, 1], best: [1, 0] };
  const pairs = [line.densityChart(arrays).series, line.beliefChart(arrays).series];
  pairs.push(view.lossChart({ history: [] }).series);
  pairs.push(view.shareChart({ history: [] }).series);
  for (const series of pairs) {
    const looks = series.map(({ dash, width }) => `${dash} ${width}`);
    assert.equal(new Set(looks).size, series.length);
  }
});

test("the explorer reads between the places of its table", () => {
  near(losses.logit(0.5), 0);
  near(losses.between([0, 1, 2], [0, 10, 40], 1.5), 25);
  near(losses.between([0, 1, 2], [0, 10, 40], 9), 40);
  const logits = [-6, 0, 6];
  const views = { generator: { a: { loss: [6, 0, 6], slope: [-1, 0, 1] } } };
  assert.deepEqual(losses.rowsAt({ logits, views }, "generator", 3), [["a", 3, 0.5]]);
  const words = losses.explorerWords({ logits, views }, "generator", 0.5);
  assert.match(words, /50 % sure.*a 0\.00/);
});
