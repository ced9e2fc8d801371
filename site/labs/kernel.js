// One product of matrices, on which all the time is spent: c[i][j] = sum_k a[i][k] b[j][k].
// Rows of both lie in memory one behind the other. In WebAssembly where the browser has
// it (two numbers at once), else in JavaScript; both add in 64 bits.

import { productModule } from "./assembly.js";

const PAGE = 65536; // bytes of a page of WebAssembly memory

// Memory for the arrays of one game, and the product on them.
export class Workspace {
  constructor(numbers, fast = true) {
    const pages = Math.ceil((8 * numbers) / PAGE) + 1;
    this.used = 0;
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
    this.used += 8 * (length + (length % 2)); // each begins at a multiple of 16 bytes
    return made;
  }

  // c [m, n] = a [m, k] times the transpose of b [n, k].
  product(a, b, c, m, n, k) {
    if (this.compiled && k % 4 === 0 && n % 4 === 0) {
      this.compiled(a.byteOffset, b.byteOffset, c.byteOffset, m, n, k);
    } else {
      product(a, b, c, m, n, k);
    }
  }
}

// The same in JavaScript; four columns at a time, so that each number of a is read once.
export function product(a, b, c, m, n, k) {
  for (let i = 0; i < m; i++) {
    const row = i * k;
    let j = 0;
    for (; j + 3 < n; j += 4) {
      const [b0, b1, b2, b3] = [j * k, (j + 1) * k, (j + 2) * k, (j + 3) * k];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let l = 0; l < k; l++) {
        const x = a[row + l];
        s0 += x * b[b0 + l];
        s1 += x * b[b1 + l];
        s2 += x * b[b2 + l];
        s3 += x * b[b3 + l];
      }
      const at = i * n + j;
      c[at] = s0;
      c[at + 1] = s1;
      c[at + 2] = s2;
      c[at + 3] = s3;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[row + l] * b[j * k + l];
      c[i * n + j] = sum;
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
