// A WebAssembly module written by hand: the product of kernel.js, two numbers at once,
// four rows and four columns side by side. Exports product(a, b, c, m, n, k, row, step,
// start, startRow, mask, slope): addresses and distances in bytes, m, n, k in numbers.
// n is a multiple of four. m is taken up to one: c has room for these rows.

const I32 = 0x7f;
const F64 = 0x7c;
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
const UNSHIFT = [0x76];
const IF = [0x04, 0x40];
const ELSE = [0x05];
const END = [0x0b];
const simd = (code) => [0xfd, ...unsigned(code)];
const load = (offset) => [...simd(0x00), 0x03, offset]; // v128.load, aligned to 8
const store = (offset) => [...simd(0x0b), 0x03, offset]; // v128.store
const loadTwice = [...simd(0x0a), 0x03, 0x00]; // v128.load64_splat
const twice = simd(0x14); // f64x2.splat
const timesPlus = simd(0x107); // f64x2.relaxed_madd: one rounding where the CPU can
const timesPairs = simd(0xf2); // f64x2.mul
const plusPairs = simd(0xf0); // f64x2.add
const above = simd(0x4a); // f64x2.gt
const choose = simd(0x52); // v128.bitselect
const ONES = [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]; // the bytes of 1
const both = (bytes) => [...simd(0x0c), ...bytes, ...bytes]; // v128.const
const NOTHING = both(new Array(8).fill(0));

// locals: parameters 0 to 11, then counters and addresses, then pairs of numbers
const [A, B, C, M, N, K, ROW, STEP, FROM, FROM_ROW, MASK, FACTOR] = Array(12).keys();
const [I, J, L, WIDE, COLUMN, Y, PLACE, MASKED] = [12, 13, 14, 15, 16, 17, 18, 19];
const X = 20; // where four rows of a stand: 20 to 23
const SUMS = 24; // four rows of two pairs: 24 to 31
const [FIRST, SECOND, VALUE, BENT] = [32, 33, 34, 35];
const ROWS = [0, 1, 2, 3];
const HALVES = [0, 1];
const sum = (row, half) => SUMS + 2 * row + half;

const move = (local, distance) => [...get(local), ...distance, ...ADD, ...set(local)];
const each = (list, code) => list.flatMap(code);

// do { body; counter -= by } while (counter)
function loop(counter, by, body) {
  const again = [...get(counter), ...constant(by), ...SUBTRACT, ...tee(counter)];
  return [0x03, 0x40, ...body, ...again, 0x0d, 0x00, ...END];
}

// Body of the innermost loop: a number of each of four rows times four columns of b.
function step(fused) {
  const times = (row, half) => {
    const [total, pair] = [sum(row, half), [...get(VALUE), ...get(half ? SECOND : FIRST)]];
    if (fused) return [...pair, ...get(total), ...timesPlus, ...set(total)];
    return [...get(total), ...pair, ...timesPairs, ...plusPairs, ...set(total)];
  };
  return [
    ...[...get(Y), ...load(0), ...set(FIRST), ...get(Y), ...load(16), ...set(SECOND)],
    ...each(ROWS, (row) => [
      ...[...get(X + row), ...loadTwice, ...set(VALUE)],
      ...times(row, 0),
      ...times(row, 1),
    ]),
    ...each(ROWS, (row) => move(X + row, get(STEP))),
    ...move(Y, get(WIDE)),
  ];
}

// Address of a row that is `distance` behind the one before it, from local `from` on.
function place(from, distance, row) {
  return [...get(row ? PLACE : from), ...(row ? [...get(distance), ...ADD] : [])];
}

// The sums begin with what stands at FROM, which may be the same for every row.
function begin() {
  return each(ROWS, (row) => [
    ...[...place(FROM, FROM_ROW, row), ...set(PLACE)],
    ...each(HALVES, (half) => [...get(PLACE), ...load(16 * half), ...set(sum(row, half))]),
  ]);
}

// The four sums of each row to c, times the slope where they, or the mask, are not > 0.
function results() {
  const bend = (total, told) => [
    ...[...get(total), ...both(ONES), ...get(BENT)],
    ...[...told, ...NOTHING, ...above, ...choose, ...timesPairs, ...set(total)],
  ];
  const every = (code) => each(ROWS, (row) => each(HALVES, (half) => code(row, half)));
  const masked = each(ROWS, (row) => [
    ...[...place(MASK, WIDE, row), ...set(PLACE)],
    ...each(HALVES, (half) => bend(sum(row, half), [...get(PLACE), ...load(16 * half)])),
  ]);
  const own = every((row, half) => bend(sum(row, half), get(sum(row, half))));
  return [
    ...[...get(MASKED), ...IF, ...masked, ...ELSE, ...own, ...END],
    ...each(ROWS, (row) => [
      ...[...place(C, WIDE, row), ...set(PLACE)],
      ...each(HALVES, (half) => [...get(PLACE), ...get(sum(row, half)), ...store(16 * half)]),
    ]),
  ];
}

// Four columns of the result for four rows of a.
function tile(fused) {
  return [
    ...begin(),
    ...each(ROWS, (row) => [
      ...(row ? [...get(X + row - 1), ...get(ROW), ...ADD] : get(A)),
      ...set(X + row),
    ]),
    ...[...get(COLUMN), ...set(Y), ...get(K), ...set(L)],
    ...loop(L, 1, step(fused)),
    ...results(),
    ...each([COLUMN, FROM, C, MASK], (local) => move(local, constant(32))),
  ];
}

function body(fused) {
  const rows = (distance, count) => [...get(distance), ...constant(count), ...MULTIPLY];
  const fours = [
    ...[...get(B), ...set(COLUMN), ...get(N), ...set(J)],
    ...loop(J, 4, tile(fused)),
    // c stands at the end of the first of its four rows
    ...each([C, MASK], (local) => move(local, rows(WIDE, 3))),
    ...move(FROM, [...rows(FROM_ROW, 4), ...get(WIDE), ...SUBTRACT]),
    ...move(A, rows(ROW, 4)),
  ];
  return [
    ...[...get(N), ...constant(3), ...SHIFT, ...set(WIDE)],
    ...[...get(MASK), ...set(MASKED), ...get(FACTOR), ...twice, ...set(BENT)],
    ...[...get(M), ...constant(3), ...ADD, ...constant(2), ...UNSHIFT, ...set(I)],
    ...loop(I, 1, fours),
    ...END,
  ];
}

const section = (id, content) => [id, ...unsigned(content.length), ...content];
const text = (word) => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];

// The bytes of the module.
export function productBytes(fused) {
  const locals = [2, 12, I32, 12, V128]; // 12 to 23, and 24 to 35
  const code = [...locals, ...body(fused)];
  const parameters = [12, ...new Array(11).fill(I32), F64];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...parameters, 0]),
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
