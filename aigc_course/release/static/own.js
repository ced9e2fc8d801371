// The engine of an ordinary page: its weights, and our own forward pass.

import { forward } from "./network.js";
import { fromText, inflated, layers } from "./weights.js";

/** From rows (latents, then the digit's mark) to pictures; `text` reads an element. */
export async function open(facts, text) {
  const bytes = await inflated(fromText(text("weights"), facts.alphabet, facts.bytes));
  const network = layers(facts.layers, bytes);
  if (network.some(({ bias, outputs }) => bias.length !== outputs)) throw Error();
  return (rows) => rows.map((row) => forward(network, row));
}
