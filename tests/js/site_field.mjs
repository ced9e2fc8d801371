// Trains the website's field lab with the draws that Python made, and follows its fields.
// Standard input: {data, steps, weights, draws, places, t, noise, solves: [[field, label,
// guidance, steps, method], ...], fast}.

import { readFileSync } from "node:fs";

import { FieldDesk } from "../../site/labs/field_desk.js";
import { FieldLearner } from "../../site/labs/field_learner.js";
import { trajectory } from "../../site/labs/flow_path.js";
import { WORLDS } from "../../site/labs/mixture.js";

const given = JSON.parse(readFileSync(0, "utf-8"));
let next = 0;

function copy(n, out) {
  const drawn = given.draws[next++];
  if (drawn.length !== n) throw new Error(`${drawn.length} draws where ${n} are asked for`);
  for (let i = 0; i < n; i++) out[i] = drawn[i];
}

const draws = { indices: (n, limit, out) => copy(n, out), normals: copy, uniforms: copy };
const learner = new FieldLearner(given.data, draws, given.options);
given.weights.forEach((layer, l) => learner.network.set(l, layer));
for (let i = 0; i < given.steps; i++) learner.step();

const desk = new FieldDesk(() => 0);
desk.settings.data = given.data;
desk.learner = learner;
const noise = Float64Array.from(given.noise);
const ends = given.solves.map(([field, label, guidance, steps, method]) => {
  Object.assign(desk.settings, { label, guidance });
  return Array.from(trajectory(desk.velocity(field), noise, steps, method).at(-1));
});
const found = { weights: learner.network.get(), loss: learner.loss, ends, used: next };
process.stdout.write(JSON.stringify({ ...found, worlds: WORLDS }));
