// A WebAssembly module written by hand: the product of kernel.js, two numbers at once,
// two rows and four columns side by side. Exports product(a, b, c, m, n, k): addresses in
// bytes, then sizes; n and k are multiples of four.

const I32 = 0x7f;
const V128 = 0x7b;

// Numbers in LEB128, as WebAssembly writes them.
function unsigned(value) {
  const bytes = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
}

function signed(value) {
  const bytes = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const done = (value === 0 && !(low & 0x40)) || (value === -1 && low & 0x40);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const get = (local) => [0x20, ...unsigned(local)];
const set = (local) => [0x21, ...unsigned(local)];
const tee = (local) => [0x22, ...unsigned(local)];
const constant = (value) => [0x41, ...signed(value)];
const ADD = [0x6a];
const SUBTRACT = [0x6b];
const MULTIPLY = [0x6c];
const SHIFT = [0x74];
const simd = (code) => [0xfd, ...unsigned(code)];
const load = (offset) => [...simd(0x00), 0x04, offset]; // v128.load, aligned to 16
const store = [...simd(0x0b), 0x03, 0x00]; // v128.store, to 8
const lane = (i) => [...simd(0x21), i]; // f64x2.extract_lane
const splat = simd(0x14); // f64x2.splat
const replace = (i) => [...simd(0x22), i]; // f64x2.replace_lane
const timesPlus = simd(0x107); // f64x2.relaxed_madd: one rounding where the CPU can
const timesPairs = simd(0xf2); // f64x2.mul
const plusPairs = simd(0xf0); // f64x2.add
const plusNumbers = [0xa0]; // f64.add

// locals: parameters 0 to 5, then counters and addresses, then sums of pairs
const [A, B, C, M, N, K] = [0, 1, 2, 3, 4, 5];
const [I, J, L, ROW, STRIDE, X, Y] = [6, 7, 8, 9, 10, 11, 12];
const COLUMNS = 13; // where four columns of b stand: 13 to 16
const SUMS = 17; // two rows of four sums: 17 to 24
const VALUES = 25; // what was loaded: one of each row of a, one of b

// Body of the innermost loop: rows of a times four columns of b, two steps of 16 bytes.
function step(rows, fused) {
  const code = [];
  for (const offset of [0, 16]) {
    for (let r = 0; r < rows; r++) {
      code.push(...get(r ? Y : X), ...load(offset), ...set(VALUES + r));
    }
    for (let c = 0; c < 4; c++) {
      code.push(...get(COLUMNS + c), ...load(offset), ...set(VALUES + 2));
      for (let r = 0; r < rows; r++) {
        const sum = SUMS + 4 * r + c;
        const pair = [...get(VALUES + r), ...get(VALUES + 2)];
        if (fused) code.push(...pair, ...get(sum), ...timesPlus, ...set(sum));
        else code.push(...get(sum), ...pair, ...timesPairs, ...plusPairs, ...set(sum));
      }
    }
  }
  for (const place of [X, ...(rows > 1 ? [Y] : []), 13, 14, 15, 16]) {
    code.push(...get(place), ...constant(32), ...ADD, ...set(place));
  }
  return code;
}

function loop(counter, by, body) {
  // do { body; counter -= by } while (counter)
  const again = [...get(counter), ...constant(by), ...SUBTRACT, ...tee(counter)];
  return [0x03, 0x40, ...body, ...again, 0x0d, 0x00, 0x0b];
}

// The four sums of row r, each the sum of its pair, to c.
function result(r) {
  const code = [];
  for (let half = 0; half < 2; half++) {
    code.push(...get(C));
    if (r) code.push(...get(N), ...constant(3), ...SHIFT, ...ADD);
    if (half) code.push(...constant(16), ...ADD);
    const pair = [0, 1].map((i) => SUMS + 4 * r + 2 * half + i);
    const total = (sum) => [...get(sum), ...lane(0), ...get(sum), ...lane(1), ...plusNumbers];
    code.push(...total(pair[0]), ...splat, ...total(pair[1]), ...replace(1), ...store);
  }
  return code;
}

// All columns for `rows` rows of a that begin at ROW; C moves along.
function block(rows, fused) {
  const zero = [...simd(0x0c), ...new Array(16).fill(0)]; // v128.const 0
  const start = [...get(ROW), ...set(X)];
  if (rows > 1) start.push(...get(ROW), ...get(STRIDE), ...ADD, ...set(Y));
  for (let i = 0; i < 4 * rows; i++) start.push(...zero, ...set(SUMS + i));
  for (let c = 1; c < 4; c++) {
    start.push(...get(COLUMNS + c - 1), ...get(STRIDE), ...ADD, ...set(COLUMNS + c));
  }
  const columns = [
    ...start,
    ...get(K),
    ...set(L),
    ...loop(L, 4, step(rows, fused)),
    ...Array.from({ length: rows }, (_, r) => result(r)).flat(),
    // the last of the four has come to where the next four begin
    ...get(COLUMNS + 3),
    ...set(COLUMNS),
    ...get(C),
    ...constant(32),
    ...ADD,
    ...set(C),
  ];
  return [...get(B), ...set(COLUMNS), ...get(N), ...set(J), ...loop(J, 4, columns)];
}

// ROW moves by so many rows; after two rows C stands at the end of the first.
function onward(rows) {
  const code = [...get(ROW), ...get(STRIDE)];
  if (rows > 1) code.push(...constant(rows), ...MULTIPLY);
  code.push(...ADD, ...set(ROW));
  if (rows > 1) code.push(...get(C), ...get(N), ...constant(3), ...SHIFT, ...ADD, ...set(C));
  return code;
}

function body(fused) {
  const pairs = [...get(M), ...constant(1), 0x76, ...tee(I)]; // I = M >>> 1, if not 0
  const odd = [...get(M), ...constant(1), 0x71]; // M & 1
  return [
    ...get(K),
    ...constant(3),
    ...SHIFT,
    ...set(STRIDE),
    ...get(A),
    ...set(ROW),
    ...pairs,
    ...[0x04, 0x40, ...loop(I, 1, [...block(2, fused), ...onward(2)]), 0x0b],
    ...odd,
    ...[0x04, 0x40, ...block(1, fused), 0x0b],
    0x0b,
  ];
}

const section = (id, content) => [id, ...unsigned(content.length), ...content];
const text = (word) => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];

// The bytes of the module.
export function productBytes(fused) {
  const locals = [2, 11, I32, 11, V128]; // 6 to 16, and 17 to 27
  const code = [...locals, ...body(fused)];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...text("js"), ...text("memory"), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("product"), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

let compiled;

// The compiled module; null where the browser cannot run it.
export function productModule() {
  if (compiled !== undefined) return compiled;
  compiled = null;
  for (const fused of [false, true]) {
    try {
      compiled = new WebAssembly.Module(productBytes(fused));
    } catch {
      break; // an older browser: without the fused step, or without WebAssembly
    }
  }
  return compiled;
}
