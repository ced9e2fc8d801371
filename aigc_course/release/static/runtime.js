// The engine of a page with ONNX Runtime Web: the library, its WebAssembly and the model
// lie in the page as compressed text, so nothing is fetched.

const SIZE = 28 * 28;

async function bytesOf(text) {
  const packed = atob(text.trim());
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** From rows (latents, then the digit's mark) to pictures; `text` reads an element. */
export async function open(facts, text) {
  const names = ["runtime", "wasm", "weights"];
  const [code, wasm, model] = await Promise.all(names.map((name) => bytesOf(text(name))));
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const library = await import(address);
  URL.revokeObjectURL(address);
  library.env.wasm.wasmBinary = wasm.buffer;
  library.env.wasm.numThreads = 1; // more need a page that is served with two headers
  const session = await library.InferenceSession.create(model);
  let last = Promise.resolve();
  return (rows) => {
    const found = last.then(() => run(library, session, facts, rows)); // one at a time
    last = found.catch(() => null);
    return found;
  };
}

async function run(library, session, { latent, labels, inputs, output }, rows) {
  const z = new Float32Array(rows.length * latent);
  rows.forEach((row, i) => z.set(row.subarray(0, latent), i * latent));
  const feeds = { [inputs[0]]: new library.Tensor("float32", z, [rows.length, latent]) };
  if (labels) {
    const digits = rows.map((row) => BigInt(place(row.subarray(latent))));
    feeds[inputs[1]] = new library.Tensor("int64", BigInt64Array.from(digits), [rows.length]);
  }
  const { data } = (await session.run(feeds))[output];
  return rows.map((_, i) => data.subarray(SIZE * i, SIZE * (i + 1)));
}

/** Where the largest number stands. */
const place = (numbers) => numbers.indexOf(Math.max(...numbers));
