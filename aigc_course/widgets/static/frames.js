// What the kernel sends: a header in JSON and raw arrays behind it.

const TYPES = { f: Float32Array, b: Uint8Array };

// header.arrays: [[name, "f" or "b"], ...] in the order of the buffers (DataViews).
// Gives {name: typed array}. Copies, since a view may start at an odd address.
export function unpack(header, buffers) {
  const arrays = {};
  header.arrays.forEach(([name, kind], i) => {
    const { buffer, byteOffset, byteLength } = asView(buffers[i]);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    arrays[name] = new TYPES[kind](bytes);
  });
  return arrays;
}

function asView(part) {
  return part instanceof ArrayBuffer ? new DataView(part) : part;
}

// Every column of a table that was sent row by row.
export function columns(table, names) {
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < table.length; i++) {
    found[names[i % names.length]].push(table[i]);
  }
  return found;
}
