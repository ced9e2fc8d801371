// The forward pass: latents in, 28 x 28 pixels out. No library.

const ACTIVATIONS = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  half: (x) => Math.tanh(x / 2), // 2 sigmoid(x) - 1: a probability in [-1, 1]
};

/** The output of all layers for one picture: numbers in [-1, 1], row by row. */
export function forward(layers, z) {
  let x = Float64Array.from(z);
  for (const layer of layers) {
    x = layer.kind === "linear" ? linear(x, layer) : up(x, layer);
    activate(x, layer);
  }
  return x;
}

/** Numbers in [-1, 1] as pixels 0 to 255. */
export function pixels(x) {
  return Uint8ClampedArray.from(x, (value) => Math.round((value + 1) * 127.5));
}

/** y = W x + b. Weights lie input by input; an input of 0 costs nothing. */
function linear(x, { weight, bias, outputs }) {
  const y = Float64Array.from(bias);
  const active = [];
  for (let k = 0; k < x.length; k++) if (x[k]) active.push(k);
  while (active.length % 4) active.push(-1); // four at a time: y is read less often
  for (let i = 0; i < active.length; i += 4) {
    const [k0, k1, k2, k3] = active.slice(i, i + 4).map((k) => Math.max(k, 0));
    const [x0, x1, x2, x3] = active.slice(i, i + 4).map((k) => (k < 0 ? 0 : x[k]));
    const [w0, w1, w2, w3] = [k0 * outputs, k1 * outputs, k2 * outputs, k3 * outputs];
    for (let j = 0; j < outputs; j++) {
      y[j] +=
        x0 * weight[w0 + j] +
        x1 * weight[w1 + j] +
        x2 * weight[w2 + j] +
        x3 * weight[w3 + j];
    }
  }
  return y;
}

/** A transposed convolution: each input pixel adds its kernel to the output. */
function up(x, { weight, bias, inputs, outputs, side, kernel, stride, padding, extra }) {
  const size = (side - 1) * stride - 2 * padding + kernel + extra;
  const y = new Float64Array(outputs * size * size);
  for (let o = 0; o < outputs; o++) y.fill(bias[o], o * size * size, (o + 1) * size * size);
  let at = 0; // weights lie [input, output, row, column]
  for (let c = 0; c < inputs; c++) {
    const map = x.subarray(c * side * side, (c + 1) * side * side);
    for (let o = 0; o < outputs; o++) {
      for (let a = -padding; a < kernel - padding; a++) {
        for (let b = -padding; b < kernel - padding; b++) {
          spread(map, y, o * size * size, size, side, stride, a, b, weight[at++]);
        }
      }
    }
  }
  return y;
}

/** y[s i + a, s j + b] += w x[i, j] wherever that lies in the map. */
function spread(map, y, start, size, side, stride, a, b, w) {
  const [first, last] = [Math.ceil(-b / stride), Math.floor((size - 1 - b) / stride)];
  const [from, to] = [Math.max(first, 0), Math.min(last, side - 1)];
  for (let i = 0; i < side; i++) {
    const row = stride * i + a;
    if (row < 0 || row >= size) continue;
    const place = start + row * size + b;
    for (let j = from; j <= to; j++) y[place + stride * j] += w * map[i * side + j];
  }
}

function activate(x, { activation, slope }) {
  if (activation === "leaky") {
    for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] *= slope;
    return;
  }
  const f = ACTIVATIONS[activation];
  if (activation !== "none") for (let i = 0; i < x.length; i++) x[i] = f(x[i]);
}
