// One product of matrices, on which the most time is spent, with what a layer does to it:
// c[i][j] = bent(start[i][j] + sum_l a[i][l] b[l][j]). In WebAssembly where the browser
// has it (two numbers at once), else in JavaScript; both add in 64 bits.

import { productModule } from "./assembly.js";

const PAGE = 65536; // bytes of a page of WebAssembly memory
const BYTES = 8; // of a number

// Memory for the arrays of one game, and the product on them.
export class Workspace {
  constructor(numbers, fast = true) {
    const pages = Math.ceil((BYTES * numbers) / PAGE) + 1;
    this.used = 2 * BYTES; // the address 0 stands for no mask
    const module = fast ? productModule() : null;
    const memory = module ? new WebAssembly.Memory({ initial: pages }) : null;
    this.buffer = memory ? memory.buffer : new ArrayBuffer(pages * PAGE);
    this.compiled = module
      ? new WebAssembly.Instance(module, { js: { memory } }).exports.product
      : null;
  }

  // A new array of zeros.
  array(length) {
    const made = new Float64Array(this.buffer, this.used, length);
    this.used += BYTES * (length + (length % 2)); // each begins at a multiple of 16 bytes
    return made;
  }

  // a[i][l] stands at i * row + l * step of a; b is [k, n]; c is [m, n], with room for a
  // multiple of four rows. start[i][j] stands at i * startRow + j. What is not above 0,
  // in mask [m, n] or without one in c itself, is multiplied by slope. n: a multiple of 4.
  product(a, b, c, [m, n, k], { row = k, step = 1, start, startRow = 0, mask, slope = 1 }) {
    const given = [row, step, start, startRow, mask, slope];
    if (!this.compiled) return product(a, b, c, [m, n, k], given);
    this.compiled(
      a.byteOffset,
      b.byteOffset,
      c.byteOffset,
      m,
      n,
      k,
      BYTES * row,
      BYTES * step,
      start.byteOffset,
      BYTES * startRow,
      mask ? mask.byteOffset : 0,
      slope,
    );
  }
}

// The same in JavaScript; four columns at a time, so that each number of a is read once.
export function product(a, b, c, [m, n, k], [row, step, start, startRow, mask, slope]) {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j += 4) {
      const first = i * startRow + j;
      let [s0, s1, s2, s3] = [start[first], start[first + 1], start[first + 2], start[first + 3]];
      for (let l = 0, x = i * row, y = j; l < k; l++, x += step, y += n) {
        const value = a[x];
        s0 += value * b[y];
        s1 += value * b[y + 1];
        s2 += value * b[y + 2];
        s3 += value * b[y + 3];
      }
      const at = i * n + j;
      const told = mask ?? c;
      c[at] = s0;
      c[at + 1] = s1;
      c[at + 2] = s2;
      c[at + 3] = s3;
      for (let o = at; o < at + 4; o++) if (!(told[o] > 0)) c[o] *= slope;
    }
  }
}

// out [columns, rows] = the transpose of a [rows, columns]; columns: a multiple of four.
// Four columns at a time: whole columns far apart would push each other out of the cache.
export function transposed(a, out, rows, columns) {
  for (let j = 0; j < columns; j += 4) {
    const [o0, o1, o2, o3] = [j * rows, (j + 1) * rows, (j + 2) * rows, (j + 3) * rows];
    for (let i = 0, at = j; i < rows; i++, at += columns) {
      out[o0 + i] = a[at];
      out[o1 + i] = a[at + 1];
      out[o2 + i] = a[at + 2];
      out[o3 + i] = a[at + 3];
    }
  }
}
