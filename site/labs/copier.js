// A Transformer of attention alone, forward: the weights of its heads, and what it expects
// next. `tests/test_site_attention.py` compares it with aigc_course.attention.

const EPSILON = 1e-5;

// Half-precision numbers in base64 as floats.
export function halves(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const found = new Float64Array(bytes.length / 2);
  for (let i = 0; i < found.length; i++) found[i] = half(bytes[2 * i] | (bytes[2 * i + 1] << 8));
  return found;
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export class Copier {
  // document: {words, shape, weights: {name: {shape, half}}}.
  constructor({ words, shape, weights }) {
    Object.assign(this, { words, shape });
    this.weights = Object.fromEntries(
      Object.entries(weights).map(([name, part]) => [name, halves(part.half)]),
    );
  }

  // tokens: ids. {weights: flat [layers, heads, T, T], shares: [T][words]}.
  read(tokens) {
    const { width, layers } = this.shape;
    let rows = tokens.map((id) =>
      this.weights["embed.weight"].subarray(id * width, (id + 1) * width),
    );
    const maps = [];
    for (let layer = 0; layer < layers; layer++) {
      const gathered = this.attend(layer, rows, maps);
      rows = rows.map((row, t) => row.map((value, i) => value + gathered[t][i]));
    }
    const normed = rows.map((row) => rms(row, this.weights["norm.weight"]));
    const shares = normed.map((row) => softmax(times(this.weights["head.weight"], row)));
    return { weights: Float64Array.from(maps.flat(2)), shares };
  }

  attend(layer, rows, maps) {
    const part = (name) => this.weights[`blocks.${layer}.${name}.weight`];
    const { width, heads, base } = this.shape;
    const size = width / heads;
    const read = rows.map((row) => rms(row, part("attend_norm")));
    const of = (name) => read.map((row) => times(part(`attend.${name}`), row));
    const [query, key, value] = [of("query"), of("key"), of("value")];
    const out = rows.map(() => new Float64Array(width));
    for (let head = 0; head < heads; head++) {
      const cut = (row) => row.slice(head * size, (head + 1) * size);
      const q = query.map((row, t) => turned(cut(row), t, base));
      const k = key.map((row, t) => turned(cut(row), t, base));
      const table = q.map((row, t) => looks(row, k, t));
      table.forEach((weights, t) => {
        weights.forEach((weight, s) => {
          for (let i = 0; i < size; i++) out[t][head * size + i] += weight * value[s][head * size + i];
        });
      });
      maps.push(...table.map((weights) => [weights]));
    }
    return out.map((row) => times(part("attend.out"), row));
  }
}

// softmax over the places up to t of q k / sqrt(d); nothing of those after it.
function looks(query, keys, t) {
  const scale = 1 / Math.sqrt(query.length);
  const scores = keys.map((key, s) => (s > t ? -Infinity : scale * dot(query, key)));
  return softmax(scores);
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// matrix [outputs, inputs], flat, times a row.
function times(matrix, row) {
  const inputs = row.length;
  return Float64Array.from({ length: matrix.length / inputs }, (_, o) =>
    dot(matrix.subarray(o * inputs, (o + 1) * inputs), row),
  );
}

function softmax(scores) {
  const most = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

// Root mean square normalisation (Zhang & Sennrich 2019).
function rms(row, scale) {
  const mean = dot(row, row) / row.length;
  const factor = 1 / Math.sqrt(mean + EPSILON);
  return Float64Array.from(row, (value, i) => value * factor * scale[i]);
}

// Pairs of neighbouring coordinates turned by the place (Su et al. 2021, RoPE).
function turned(row, place, base) {
  const found = new Float64Array(row.length);
  for (let i = 0; i < row.length; i += 2) {
    const angle = place * base ** (-i / row.length);
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    found[i] = row[i] * cosine - row[i + 1] * sine;
    found[i + 1] = row[i] * sine + row[i + 1] * cosine;
  }
  return found;
}
