// A small network that learns a velocity by conditional flow matching, step by step, as
// `PointLearner` of aigc_course/widgets/field_game.py does.

import { Workspace } from "./kernel.js";
import { WORLDS } from "./mixture.js";
import { Network, numbersOf } from "./net.js";

const BETAS = [0.9, 0.999];
const UNTOLD = 0.25; // share of the points whose label the network is not told
const MOST = 512; // rows that are looked at together

export class FieldLearner {
  // name: a key of WORLDS.
  constructor(name, draws, { width = 64, batch = 128, rate = 3e-3, fast = true } = {}) {
    Object.assign(this, { world: WORLDS[name], draws, batch, rate, steps: 0, loss: null });
    const sizes = [5, width, width, width, 2];
    this.network = new Network(new Workspace(numbersOf(sizes, MOST), fast), sizes, MOST);
    this.network.start(draws.even ?? (() => 0.5));
    this.rows = new Int32Array(batch);
    for (const part of ["spread", "noise"]) this[part] = new Float64Array(2 * batch);
    for (const part of ["times", "hidden"]) this[part] = new Float64Array(batch);
  }

  // One step of Adam on mean (v(x_t, t) - (x1 - x0))^2 (Lipman et al. 2023, equation 9).
  step() {
    const { batch, network } = this;
    const target = this.fill();
    const out = network.forward(batch);
    const { gradient } = network.layers.at(-1);
    gradient.fill(0, 0, 4 * batch);
    let loss = 0;
    for (let i = 0; i < batch; i++) {
      for (const d of [0, 1]) {
        const off = out[4 * i + d] - target[2 * i + d];
        loss += (off * off) / (2 * batch);
        gradient[4 * i + d] = off / batch;
      }
    }
    network.backward(batch);
    network.descend(this.rate, BETAS);
    this.steps += 1;
    this.loss = this.loss === null ? loss : 0.98 * this.loss + 0.02 * loss;
  }

  // Draws a batch: x_t, t and labels go to the network's inputs; gives x1 - x0.
  fill() {
    const { batch, draws, world, noise, times } = this;
    draws.indices(batch, world.means.length, this.rows);
    draws.normals(2 * batch, this.spread);
    draws.normals(2 * batch, noise);
    draws.uniforms(batch, times);
    draws.uniforms(batch, this.hidden);
    const target = new Float64Array(2 * batch);
    const at = new Float64Array(2 * batch);
    const label = (i) => (this.hidden[i] < UNTOLD ? -1 : world.classes[this.rows[i]]);
    for (let j = 0; j < 2 * batch; j++) {
      const i = j >> 1;
      const x1 = world.means[this.rows[i]][j % 2] + world.std * this.spread[j];
      target[j] = x1 - noise[j];
      at[j] = (1 - times[i]) * noise[j] + times[i] * x1;
    }
    this.put(at, (i) => times[i], label);
    return target;
  }

  put(points, time, label) {
    const { inputs } = this.network;
    for (let i = 0; i < points.length / 2; i++) {
      const row = [points[2 * i], points[2 * i + 1], time(i), label(i) === 0, label(i) === 1];
      inputs.set(row.map(Number), 8 * i);
    }
  }

  // The learned velocity at points, flat; label: 0, 1, or -1 for none.
  velocity(points, t, label) {
    const n = points.length / 2;
    this.put(points, () => t, () => label);
    const out = this.network.forward(n);
    return Float64Array.from(points, (_, j) => out[4 * (j >> 1) + (j % 2)]);
  }
}
