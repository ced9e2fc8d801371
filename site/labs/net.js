// A network of linear layers and leaky ReLUs: forward, backward, and Adam. Written out,
// since a page has no PyTorch; `tests/test_site_game.py` compares the two.
//
// Sizes are filled up to multiples of four with zeros, for the product's sake. A weight
// that is 0 and gets no gradient stays 0, so this changes nothing.

import { transposed } from "./kernel.js";

const SLOPE = 0.2; // of the leaky ReLU, below 0
const EPSILON = 1e-8; // of Adam

export const filled = (size) => 4 * Math.ceil(size / 4);

export class Network {
  // sizes: [inputs, hidden, ..., outputs]. rows: most rows that a batch has.
  constructor(workspace, sizes, rows) {
    this.workspace = workspace;
    this.sizes = sizes;
    this.rows = rows;
    this.wide = sizes.map(filled);
    this.layers = sizes.slice(1).map((_, l) => layer(workspace, this.wide, l, rows));
    this.inputs = workspace.array(rows * this.wide[0]);
    this.slopes = workspace.array(rows * this.wide[0]); // of the loss in the inputs
    this.tangent = workspace.array(rows * Math.max(...this.wide));
    this.tangents = workspace.array(rows * Math.max(...this.wide));
    this.steps = 0; // that Adam has taken
  }

  // Weights and biases as nn.Linear begins with, evenly within 1/sqrt(inputs).
  start(uniform) {
    for (const [l, part] of this.layers.entries()) {
      const bound = 1 / Math.sqrt(this.sizes[l]);
      const draw = () => bound * (2 * uniform() - 1);
      this.set(l, { weight: this.shaped(l, draw), bias: this.shaped(l, draw, true) });
      for (const name of ["m", "v", "mb", "vb"]) part[name].fill(0);
    }
    this.steps = 0;
  }

  shaped(l, draw, isBias = false) {
    const [inputs, outputs] = [this.sizes[l], this.sizes[l + 1]];
    return Array.from({ length: isBias ? outputs : inputs * outputs }, draw);
  }

  // weight: flat [outputs, inputs] as PyTorch keeps it. bias: [outputs].
  set(l, { weight, bias }) {
    const [inputs, outputs] = [this.sizes[l], this.sizes[l + 1]];
    const part = this.layers[l];
    for (let o = 0; o < outputs; o++) {
      part.bias[o] = bias[o];
      for (let i = 0; i < inputs; i++) {
        part.weight[o * this.wide[l] + i] = weight[o * inputs + i];
      }
    }
  }

  // The same the other way round: [{weight, bias}, ...].
  get() {
    return this.layers.map((part, l) => {
      const [inputs, outputs] = [this.sizes[l], this.sizes[l + 1]];
      const rows = Array.from({ length: outputs }, (_, o) =>
        Array.from(part.weight.subarray(o * this.wide[l], o * this.wide[l] + inputs)),
      );
      return { weight: rows.flat(), bias: Array.from(part.bias.subarray(0, outputs)) };
    });
  }

  // Outputs for the first n rows of `inputs`: a view [n, wide outputs].
  forward(n) {
    let before = this.inputs;
    this.layers.forEach((part, l) => {
      const [k, width] = [this.wide[l], this.wide[l + 1]];
      this.workspace.product(before, part.weight, part.out, n, width, k);
      finish(part.out, part.bias, n, width, l + 1 < this.layers.length);
      before = part.out;
    });
    return before.subarray(0, n * this.wide.at(-1));
  }

  // From the loss's slopes in the outputs (in `gradient` of the last layer) back to the
  // weights (added to grad and gradb) and to the inputs (`slopes`).
  backward(n, { weights = true, inputs = false, add = false } = {}) {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const part = this.layers[l];
      const [k, width] = [this.wide[l], this.wide[l + 1]];
      if (l + 1 < this.layers.length) bend(part.gradient, part.out, n * width);
      if (weights) this.toWeights(l, this.before(l), n, add, true);
      if (l === 0 && !inputs) return;
      const target = l ? this.layers[l - 1].gradient : this.slopes;
      transposed(part.weight, part.turned, width, k);
      this.workspace.product(part.gradient, part.turned, target, n, k, width);
    }
  }

  before(l) {
    return l ? this.layers[l - 1].out : this.inputs;
  }

  // grad = gradient^T before, a sum over the n rows.
  toWeights(l, before, n, add, bias) {
    const part = this.layers[l];
    const [k, width] = [this.wide[l], this.wide[l + 1]];
    transposed(part.gradient, part.columns, n, width);
    transposed(before, this.tangents, n, k);
    const made = add ? part.sum : part.grad;
    this.workspace.product(part.columns, this.tangents, made, width, k, n);
    if (add) for (let i = 0; i < width * k; i++) part.grad[i] += part.sum[i];
    if (!bias) return;
    if (!add) part.gradb.fill(0);
    for (let o = 0; o < width; o++) {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += part.columns[o * n + row];
      part.gradb[o] += sum;
    }
  }

  // Adds the gradient of weight mean (|slope of the output in row i| - 1)^2, taken at the
  // n rows of `inputs`, and gives its value (Gulrajani et al. 2017, equation 3).
  slopePenalty(n, weight) {
    this.forward(n);
    const last = this.layers.at(-1);
    last.gradient.fill(0, 0, n * this.wide.at(-1));
    for (let row = 0; row < n; row++) last.gradient[row * this.wide.at(-1)] = 1;
    this.backward(n, { weights: false, inputs: true });
    const value = this.pulled(n, weight);
    // the slope is a product of matrices, cut where a unit is bent: go through it forwards
    for (const [l, part] of this.layers.entries()) {
      const [k, width] = [this.wide[l], this.wide[l + 1]];
      this.toWeights(l, this.tangent, n, true, false);
      if (l + 1 === this.layers.length) break;
      this.workspace.product(this.tangent, part.weight, this.tangents, n, width, k);
      this.tangent.set(this.tangents.subarray(0, n * width));
      bend(this.tangent, part.out, n * width);
    }
    return value;
  }

  // The penalty, and in `tangent` its slopes in the slopes.
  pulled(n, weight) {
    const wide = this.wide[0];
    let total = 0;
    for (let row = 0; row < n; row++) {
      let square = 0;
      for (let i = 0; i < wide; i++) square += this.slopes[row * wide + i] ** 2;
      const norm = Math.sqrt(square);
      total += (norm - 1) ** 2;
      const scale = norm > 0 ? (2 * weight * (norm - 1)) / (norm * n) : 0;
      for (let i = 0; i < wide; i++) {
        this.tangent[row * wide + i] = scale * this.slopes[row * wide + i];
      }
    }
    return (weight * total) / n;
  }

  // A step of Adam (Kingma & Ba 2015, algorithm 1).
  descend(rate, [first, second]) {
    this.steps += 1;
    const size = rate / (1 - first ** this.steps);
    const root = 1 / Math.sqrt(1 - second ** this.steps);
    for (const part of this.layers) {
      adam(part.weight, part.grad, part.m, part.v, size, root, first, second);
      adam(part.bias, part.gradb, part.mb, part.vb, size, root, first, second);
    }
  }
}

function layer(workspace, wide, l, rows) {
  const [k, width] = [wide[l], wide[l + 1]];
  const part = {};
  for (const name of ["weight", "turned", "grad", "sum", "m", "v"]) {
    part[name] = workspace.array(k * width);
  }
  for (const name of ["bias", "gradb", "mb", "vb"]) part[name] = workspace.array(width);
  for (const name of ["out", "gradient", "columns"]) {
    part[name] = workspace.array(rows * width);
  }
  return part;
}

// Numbers that a network needs: for Workspace.
export function numbersOf(sizes, rows) {
  const wide = sizes.map(filled);
  const most = Math.max(...wide);
  const layers = wide.slice(1).map((width, l) => 6 * wide[l] * width + width * (4 + 3 * rows));
  return layers.reduce((a, b) => a + b, 0) + rows * (2 * wide[0] + 2 * most) + 64;
}

function finish(out, bias, n, width, bent) {
  for (let row = 0; row < n; row++) {
    const at = row * width;
    for (let o = 0; o < width; o++) {
      const value = out[at + o] + bias[o];
      out[at + o] = bent && value < 0 ? SLOPE * value : value;
    }
  }
}

// Times the slope of the leaky ReLU that made `out`.
function bend(gradient, out, length) {
  for (let i = 0; i < length; i++) if (!(out[i] > 0)) gradient[i] *= SLOPE;
}

function adam(w, g, m, v, size, root, first, second) {
  for (let i = 0; i < w.length; i++) {
    m[i] = first * m[i] + (1 - first) * g[i];
    v[i] = second * v[i] + (1 - second) * g[i] * g[i];
    w[i] -= (size * m[i]) / (Math.sqrt(v[i]) * root + EPSILON);
  }
}
