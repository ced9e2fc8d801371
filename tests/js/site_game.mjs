// Plays a game of the website with the draws that Python made, and prints its weights.
// Standard input: {settings, rounds, points, weights: {g, d}, draws: [[...], ...]}.

import { readFileSync } from "node:fs";

import { Duel } from "../../site/labs/duel.js";

const given = JSON.parse(readFileSync(0, "utf-8"));
let next = 0;

// hands out Python's draws one after another
const draws = {
  copy(n, out) {
    const drawn = given.draws[next++];
    if (drawn.length !== n) throw new Error(`${drawn.length} draws where ${n} are asked for`);
    for (let i = 0; i < n; i++) out[i] = drawn[i];
  },
  indices(n, limit, out) {
    this.copy(n, out);
  },
  normals(n, out) {
    this.copy(n, out);
  },
  uniforms(n, out) {
    this.copy(n, out);
  },
};

const duel = new Duel(Float64Array.from(given.points), draws, given.settings);
for (const [name, network] of [["g", duel.generator], ["d", duel.discriminator]]) {
  given.weights[name].forEach((layer, l) => network.set(l, layer));
}
for (let i = 0; i < given.rounds; i++) duel.round();
const places = Float64Array.from([0.3, -0.2, 1.1, 0.4]);
const found = {
  g: duel.generator.get(),
  d: duel.discriminator.get(),
  readings: duel.readings,
  pulls: given.settings.loss === "relativistic" ? [] : Array.from(duel.pulls(places)),
  used: next,
};
process.stdout.write(JSON.stringify(found));
