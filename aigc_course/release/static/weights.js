// From the text in the page to the layers of the network. `packing.py` writes it.

const CHARACTERS = 91; // two of them hold 13 bits, for 91 * 91 >= 2^13
const BITS = 13;

/** Text of 91 printable characters to bytes. Line ends are passed over. */
export function fromText(text, alphabet, length) {
  const value = new Uint8Array(128);
  for (let i = 0; i < CHARACTERS; i++) value[alphabet.charCodeAt(i)] = i;
  const bytes = new Uint8Array(length);
  let [held, bits, at, first] = [0, 0, 0, -1];
  for (let i = 0; i < text.length && at < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 33) continue;
    if (first < 0) {
      first = value[code];
      continue;
    }
    held = ((held << BITS) | (first * CHARACTERS + value[code])) & 0x1fffff;
    bits += BITS;
    first = -1;
    for (; bits >= 8 && at < length; bits -= 8) bytes[at++] = held >>> (bits - 8);
  }
  return bytes;
}

/** What DEFLATE compressed, whole again: the browser does it. */
export async function inflated(bytes) {
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The layers as `network.js` computes with them: weights and biases as floats. */
export function layers(described, bytes) {
  let at = 0;
  const take = (size) => bytes.subarray(at, (at += size));
  return described.map((layer) => {
    const weight = whole(layer, take);
    const bias = new Float32Array(take(4 * layer.outputs).slice().buffer);
    return { ...layer, weight, bias };
  });
}

/** Weights that are whole numbers times a step: high bytes, then the low bits. */
function whole({ weights: count, step, low }, take) {
  const bytes = take(count);
  const high = new Int8Array(bytes.buffer, bytes.byteOffset, count);
  const numbers = new Int32Array(high);
  for (let plane = 0; plane < low; plane++) {
    const bits = take(Math.ceil(count / 8));
    for (let i = 0; i < count; i++) {
      numbers[i] = (numbers[i] << 1) | ((bits[i >> 3] >> (7 - (i & 7))) & 1);
    }
  }
  return Float32Array.from(numbers, (number) => number * step);
}
