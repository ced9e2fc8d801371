// Philox4x32-10 and Box-Muller, the same numbers as aigc_course/release/counters.py.

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const STEPS = [0x9e3779b9, 0xbb67ae85]; // of the key, each round
const LN2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;
const QUARTER_TURN = 1.5707963267948966;

/** High 32 bits of a product of two words: by halves, for numbers have 53 bits. */
function high(a, b) {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = ah * bl + ((al * bl) >>> 16);
  const rest = al * bh + (middle % 0x10000);
  return (ah * bh + Math.floor(middle / 0x10000) + Math.floor(rest / 0x10000)) >>> 0;
}

/** Four words of a counter of four words and a key of two. */
export function philox([c0, c1, c2, c3], [k0, k1]) {
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = [high(MULTIPLIERS[0], c0), high(MULTIPLIERS[1], c2)];
    const [low0, low2] = [Math.imul(MULTIPLIERS[0], c0), Math.imul(MULTIPLIERS[1], c2)];
    [c0, c1, c2, c3] = [b ^ c1 ^ k0, low2, a ^ c3 ^ k1, low0];
    k0 = (k0 + STEPS[0]) | 0;
    k1 = (k1 + STEPS[1]) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** d standard normal numbers of a picture, as a Float32Array. */
export function normals(seed, picture, d) {
  const key = [seed % 0x100000000 | 0, Math.floor(seed / 0x100000000) | 0];
  const numbers = new Float32Array(Math.ceil(d / 4) * 4);
  for (let block = 0; 4 * block < d; block++) {
    const words = philox([block, picture | 0, 0, 0], key);
    const u = words.map((word) => (word + 0.5) / 0x100000000);
    for (const i of [0, 2]) {
      const radius = Math.sqrt(-2 * logarithm(u[i]));
      const [cosine, sine] = circle(u[i + 1]);
      numbers[4 * block + i] = radius * cosine;
      numbers[4 * block + i + 1] = radius * sine;
    }
  }
  return numbers.slice(0, d);
}

/** ln x for 0 < x < 1, of + - * / alone. */
export function logarithm(x) {
  let [m, e] = [x, 0];
  while (m < SQRT_HALF) [m, e] = [2 * m, e - 1];
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let total = 0;
  for (let power = 21; power > 0; power -= 2) total = total * square + 1 / power;
  return e * LN2 + 2 * s * total;
}

/** cos and sin of 2 pi turns, 0 < turns < 1, of + - * / alone. */
export function circle(turns) {
  const quarters = Math.floor(4 * turns + 0.5);
  const angle = (4 * turns - quarters) * QUARTER_TURN;
  const square = angle * angle;
  let [cosine, sine] = [1, 1];
  for (let k = 16; k > 0; k -= 2) {
    cosine = 1 - (square / (k * (k - 1))) * cosine;
    sine = 1 - (square / (k * (k + 1))) * sine;
  }
  sine = angle * sine;
  const quarter = quarters % 4;
  const [turned, other] = quarter % 2 ? [sine, cosine] : [cosine, sine];
  return [
    quarter === 1 || quarter === 2 ? -turned : turned,
    quarter >= 2 ? -other : other,
  ];
}
