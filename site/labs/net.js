// A network of linear layers and leaky ReLUs: forward, backward, and Adam. Written out,
// since a page has no PyTorch; `tests/test_site_game.py` compares the two.
//
// Sizes are filled up to multiples of four with zeros, for the product's sake. A weight
// that is 0 and gets no gradient stays 0, so this changes nothing. A layer's weights stand
// as [inputs, outputs], so that a row of outputs lies in memory side by side.

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
    this.zeros = workspace.array(Math.max(...this.wide));
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
        part.weight[i * this.wide[l + 1] + o] = weight[o * inputs + i];
      }
    }
  }

  // The same the other way round: [{weight, bias}, ...].
  get() {
    return this.layers.map((part, l) => {
      const [inputs, outputs] = [this.sizes[l], this.sizes[l + 1]];
      const weight = Array.from({ length: inputs * outputs }, (_, at) => {
        const o = Math.floor(at / inputs);
        return part.weight[(at - o * inputs) * this.wide[l + 1] + o];
      });
      return { weight, bias: Array.from(part.bias.subarray(0, outputs)) };
    });
  }

  // Outputs for the first n rows of `inputs`: a view [n, wide outputs].
  forward(n) {
    let before = this.inputs;
    for (let l = 0; l < this.layers.length; l++) {
      const { weight, bias, out } = this.layers[l];
      const slope = l + 1 < this.layers.length ? SLOPE : 1;
      const more = { row: this.wide[l], start: bias, slope };
      this.workspace.product(before, weight, out, [n, this.wide[l + 1], this.sizes[l]], more);
      before = out;
    }
    return before.subarray(0, n * this.wide.at(-1));
  }

  // From the loss's slopes in the outputs (in `gradient` of the last layer) back to the
  // weights (added to grad and gradb) and to the inputs (`slopes`).
  backward(n, { weights = true, inputs = false } = {}) {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const part = this.layers[l];
      const [k, width] = [this.wide[l], this.wide[l + 1]];
      if (weights) {
        this.toWeights(l, this.before(l), n);
        columnSums(part.gradient, part.gradb, n, width);
      }
      if (l === 0 && !inputs) return;
      const target = l ? this.layers[l - 1].gradient : this.slopes;
      transposed(part.weight, part.turned, k, width);
      const bent = l ? { mask: this.layers[l - 1].out, slope: SLOPE } : {};
      const more = { row: width, start: this.zeros, ...bent };
      this.workspace.product(part.gradient, part.turned, target, [n, k, this.sizes[l + 1]], more);
    }
  }

  before(l) {
    return l ? this.layers[l - 1].out : this.inputs;
  }

  // Adds before^T gradient, a sum over the n rows, to grad where `add` is true.
  toWeights(l, before, n, add = false) {
    const { grad, gradient } = this.layers[l];
    const [k, width] = [this.wide[l], this.wide[l + 1]];
    const start = add ? { start: grad, startRow: width } : { start: this.zeros };
    this.workspace.product(before, gradient, grad, [k, width, n], { row: 1, step: k, ...start });
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
    let [tangent, next] = [this.tangent, this.tangents];
    for (const [l, part] of this.layers.entries()) {
      const [k, width] = [this.wide[l], this.wide[l + 1]];
      this.toWeights(l, tangent, n, true);
      if (l + 1 === this.layers.length) break;
      const more = { row: k, start: this.zeros, mask: part.out, slope: SLOPE };
      this.workspace.product(tangent, part.weight, next, [n, width, this.sizes[l]], more);
      [tangent, next] = [next, tangent];
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
  for (const name of ["weight", "turned", "grad", "m", "v"]) {
    part[name] = workspace.array(k * width);
  }
  for (const name of ["bias", "gradb", "mb", "vb"]) part[name] = workspace.array(width);
  for (const name of ["out", "gradient"]) {
    part[name] = workspace.array(rows * width);
  }
  return part;
}

// Numbers that a network needs: for Workspace.
export function numbersOf(sizes, rows) {
  const wide = sizes.map(filled);
  const most = Math.max(...wide);
  const layers = wide.slice(1).map((width, l) => 5 * wide[l] * width + width * (4 + 2 * rows));
  return layers.reduce((a, b) => a + b, 0) + rows * (2 * wide[0] + 2 * most) + most + 64;
}

// sums [width] of the columns of rows [n, width]; width: a multiple of four.
function columnSums(rows, sums, n, width) {
  for (let o = 0; o < width; o += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let at = o; at < n * width; at += width) {
      s0 += rows[at];
      s1 += rows[at + 1];
      s2 += rows[at + 2];
      s3 += rows[at + 3];
    }
    sums[o] = s0;
    sums[o + 1] = s1;
    sums[o + 2] = s2;
    sums[o + 3] = s3;
  }
}

function adam(w, g, m, v, size, root, first, second) {
  for (let i = 0; i < w.length; i++) {
    m[i] = first * m[i] + (1 - first) * g[i];
    v[i] = second * v[i] + (1 - second) * g[i] * g[i];
    w[i] -= (size * m[i]) / (Math.sqrt(v[i]) * root + EPSILON);
  }
}
