// The game of aigc_course/widgets/engine.py: D's step and G's step, move by move.

import { GAMES, sigmoid } from "./games.js";
import { Workspace } from "./kernel.js";
import { Network, numbersOf } from "./net.js";

export const BATCH = 128;
const BETAS = [0.5, 0.9];
const MOST = 2560; // rows that are looked at together, when modes are counted

export class Duel {
  // points: flat [x0, y0, ...]. rules: {loss, lr_g, lr_d, d_steps}.
  constructor(points, draws, { width = 64, batch = BATCH, fast = true, ...rules }) {
    Object.assign(this, { points, draws, batch });
    const sizes = { g: [2, width, width, 2], d: [2, width, width, 1] };
    const numbers = 2 * numbersOf(sizes.g, MOST) + 64;
    const workspace = new Workspace(numbers, fast);
    this.generator = new Network(workspace, sizes.g, MOST);
    this.discriminator = new Network(workspace, sizes.d, MOST);
    this.indices = new Int32Array(batch);
    this.latents = new Float64Array(2 * batch);
    this.between = new Float64Array(batch);
    // kept from round to round, so that a round makes no garbage
    for (const name of ["real", "fake", "places"]) this[name] = new Float64Array(2 * batch);
    this.logits = columns(batch);
    Object.assign(this, { rounds: 0, dMoves: 0, gMoves: 0, readings: {} });
    this.change(rules);
    this.generator.start(draws.even ?? (() => 0.5));
    this.discriminator.start(draws.even ?? (() => 0.5));
  }

  change({ loss, lr_g, lr_d, d_steps }) {
    Object.assign(this, { game: GAMES[loss], lrG: lr_g, lrD: lr_d, dSteps: d_steps });
  }

  round() {
    for (let i = 0; i < this.dSteps; i++) this.dStep();
    this.gStep();
    this.rounds += 1;
  }

  // One step of D on a real and a generated batch; G stays as it is.
  dStep() {
    const { batch, discriminator: D, game } = this;
    const [real, fake, dReal, dFake] = this.logits;
    this.drawReal();
    this.drawFake();
    put(D.inputs, this.real, 0);
    put(D.inputs, this.fake, batch);
    const out = D.forward(2 * batch);
    take(out, real, 0);
    take(out, fake, batch);
    let loss = game.discriminator(real, fake, dReal, dFake);
    const { gradient } = D.layers.at(-1);
    gradient.fill(0, 0, 8 * batch);
    give(gradient, dReal, 0);
    give(gradient, dFake, batch);
    D.backward(2 * batch);
    if (game.penalty) loss += this.penalty(game.penalty);
    D.descend(this.lrD, BETAS);
    this.dMoves += 1;
    Object.assign(this.readings, { D: loss, "D(x)": belief(real), "D(G(z))": belief(fake) });
  }

  // D's slope at places between real and generated points is to have the length 1.
  penalty(weight) {
    const { batch, discriminator: D, real, fake, places } = this;
    this.draws.uniforms(batch, this.between);
    for (let i = 0; i < 2 * batch; i++) {
      places[i] = fake[i] + this.between[i >> 1] * (real[i] - fake[i]);
    }
    put(D.inputs, places, 0);
    return D.slopePenalty(batch, weight);
  }

  // One step of G against D as it is.
  gStep() {
    const { batch, generator: G, discriminator: D } = this;
    this.drawFake();
    const loss = this.generatorSlopes(this.fake, batch);
    const { gradient } = G.layers.at(-1);
    gradient.set(D.slopes.subarray(0, 4 * batch));
    G.backward(batch);
    G.descend(this.lrG, BETAS);
    this.gMoves += 1;
    this.readings.G = loss;
  }

  // G's loss on points, and in D.slopes its slopes in these points.
  generatorSlopes(points, n) {
    const { discriminator: D, game } = this;
    const [real, fake, dFake, unused] = n === this.batch ? this.logits : columns(n);
    if (game.compares) {
      put(D.inputs, this.drawReal(n), 0);
      take(D.forward(n), real, 0);
    }
    put(D.inputs, points, 0);
    take(D.forward(n), fake, 0);
    const loss = game.generator(fake, dFake, real, unused);
    const { gradient } = D.layers.at(-1);
    gradient.fill(0, 0, 4 * n);
    give(gradient, dFake, 0);
    D.backward(n, { weights: false, inputs: true });
    return loss;
  }

  drawReal(n = this.batch) {
    const [real, indices] =
      n === this.batch ? [this.real, this.indices] : [new Float64Array(2 * n), new Int32Array(n)];
    this.draws.indices(n, this.points.length / 2, indices);
    for (let i = 0; i < n; i++) {
      real[2 * i] = this.points[2 * indices[i]];
      real[2 * i + 1] = this.points[2 * indices[i] + 1];
    }
    return real;
  }

  drawFake() {
    this.draws.normals(2 * this.batch, this.latents);
    this.generate(this.latents, this.fake);
  }

  // What G makes of latents [n, 2], flat, in `found`; n is at most 2,560.
  generate(latents, found = new Float64Array(latents.length)) {
    put(this.generator.inputs, latents, 0);
    return pairs(this.generator.forward(latents.length / 2), found);
  }

  // D's logits at places [n, 2], flat.
  judge(places) {
    const n = places.length / 2;
    put(this.discriminator.inputs, places, 0);
    const found = new Float64Array(n);
    take(this.discriminator.forward(n), found, 0);
    return found;
  }

  // The way that G's loss asks each point to go: -n dL_G/dx.
  pulls(points) {
    const n = points.length / 2;
    this.generatorSlopes(points, n);
    return pairs(this.discriminator.slopes, new Float64Array(2 * n)).map((slope) => -n * slope);
  }
}

// Rows of two into rows of four, from row `first` on.
function put(inputs, points, first) {
  const n = points.length / 2;
  for (let i = 0; i < n; i++) {
    inputs[4 * (first + i)] = points[2 * i];
    inputs[4 * (first + i) + 1] = points[2 * i + 1];
  }
}

const columns = (n) => Array.from({ length: 4 }, () => new Float64Array(n));

// The first two of every four, for as many rows as `found` has.
function pairs(rows, found) {
  for (let i = 0; i < found.length / 2; i++) {
    found[2 * i] = rows[4 * i];
    found[2 * i + 1] = rows[4 * i + 1];
  }
  return found;
}

function take(rows, column, first) {
  for (let i = 0; i < column.length; i++) column[i] = rows[4 * (first + i)];
}

function give(rows, column, first) {
  for (let i = 0; i < column.length; i++) rows[4 * (first + i)] = column[i];
}

function belief(logits) {
  let total = 0;
  for (const logit of logits) total += sigmoid(logit);
  return total / logits.length;
}
