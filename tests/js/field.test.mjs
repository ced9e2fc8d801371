// The field lab: where particles are, what is drawn and said, and its desk.

import assert from "node:assert/strict";
import { test } from "node:test";

import { recorder, times } from "./recorder.mjs";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const view = await import(new URL("field_view.js", at));

// two particles, two steps
const PATHS = Float32Array.from([0, 0, 1, 1, 2, 0, 1, 3, 2, 2, 1, 5]);
const SCENE = {
  bounds: [-3, 3, -3, 3],
  real: [0, 0],
  places: [0, 0, 1, 1],
  field: [1, 0, 0, 0],
  paths: PATHS,
  steps: 2,
  t: 0.25,
};
const ALL = { arrows: true, paths: true, data: true };

test("particles move on lines between the solver's times", () => {
  assert.deepEqual([...view.particlesAt(PATHS, 2, 0)], [0, 0, 1, 1]);
  assert.deepEqual([...view.particlesAt(PATHS, 2, 0.25)], [1, 0, 1, 2]);
  assert.deepEqual([...view.particlesAt(PATHS, 2, 0.75)], [2, 1, 1, 4]);
  assert.deepEqual([...view.particlesAt(PATHS, 2, 1)], [2, 2, 1, 5]);
});

test("a field is drawn with what is switched on", () => {
  const all = recorder();
  view.drawField(all, SCENE, 300, ALL);
  assert.equal(times(all, "closePath"), 2); // a triangle for each particle
  assert.equal(times(all, "arc"), 1);
  assert.equal(times(all, "stroke"), 3); // arrows, data, paths
  const bare = recorder();
  view.drawField(bare, SCENE, 300, {});
  assert.deepEqual([times(bare, "stroke"), times(bare, "closePath")], [0, 2]);
});

test("a point where nothing moves has no arrow", () => {
  const ctx = recorder();
  const plane = { x: (x) => 50 * x, y: (y) => -50 * y };
  view.drawVelocities(ctx, SCENE, plane);
  assert.equal(times(ctx, "lineTo"), 3);
});

test("the state is told in whole sentences", () => {
  const settings = { solver: "heun", steps: 1, label: "A", guidance: 2 };
  const words = view.fieldWords({
    playing: false,
    t: 0.5,
    settings,
    evaluations: 4,
    apart: { exact: 0.071, learned: 0.5 },
    near: { exact: 0.96, learned: 0.4 },
    trained: 1200,
    gap: 0.3,
    loss: 1.8,
  });
  assert.equal(
    words,
    "Paused at t = 0.50. 1 step of heun: 4 evaluations. Label A with guidance 2. " +
      "In the exact field particles end 0.07 from the exact flow's ends on average; " +
      "96 % end within 3 σ of a mode. In the learned field particles end 0.50 from the " +
      "exact flow's ends on average; 40 % end within 3 σ of a mode. After 1,200 " +
      "training steps the learned field differs from the exact one by 0.30 (root mean " +
      "square); the loss is 1.80.",
  );
  assert.match(view.trainedSentence({ trained: 0 }), /has not learned yet/);
});
