// What the attention explorer shows and says. No DOM, no state.

import { COLOURS } from "./geometry.js";
import { percent } from "./words.js";

const NAMED = 3; // keys that are told in words
const LABELLED = 24; // tokens with labels at the table's edges
const MARGIN = 24;

// Tokens of a text: separated by spaces or, where every known token is one letter and
// no space stands between, letter by letter.
export function split(text, letters) {
  const parts = text.trim().split(/\s+/).filter(Boolean);
  return letters && parts.length === 1 ? [...parts[0]] : parts;
}

// One query's weights over all keys. weights: flat [layers, heads, n, n].
export function queryRow(weights, { heads, n }, { layer, head, query }) {
  const start = ((layer * heads + head) * n + query) * n;
  return Array.from(weights.subarray(start, start + n));
}

// A copy in which the token at `from` stands at `to`; what is between moves over.
export function reordered(tokens, from, to) {
  const moved = [...tokens];
  const [token] = moved.splice(from, 1);
  moved.splice(to, 0, token);
  return moved;
}

// A grey from white (0) to black (1), as CSS.
export function shade(weight) {
  const level = Math.round(255 * (1 - Math.min(1, Math.max(0, weight))));
  return `rgb(${level},${level},${level})`;
}

// Pixels kept free for labels; with many tokens they would run together.
export function labelMargin(n) {
  return n <= LABELLED ? MARGIN : 0;
}

// A head's table: a row for each query, darker where it looks; the query is framed.
export function drawWeights(ctx, tokens, weights, shape, chosen, size) {
  const { n } = shape;
  const margin = labelMargin(n);
  const side = (size - margin) / n;
  ctx.clearRect(0, 0, size, size);
  for (let query = 0; query < n; query++) {
    const row = queryRow(weights, shape, { ...chosen, query });
    row.forEach((weight, key) => {
      ctx.fillStyle = shade(weight);
      ctx.fillRect(margin + key * side, margin + query * side, side, side);
    });
  }
  if (margin) drawLabels(ctx, tokens, margin, side);
  ctx.strokeStyle = COLOURS.vermilion;
  ctx.lineWidth = 2;
  const top = margin + chosen.query * side + 1;
  ctx.strokeRect(margin + 1, top, size - margin - 2, Math.max(side - 2, 1));
}

function drawLabels(ctx, tokens, margin, side) {
  ctx.fillStyle = COLOURS.black;
  ctx.font = "12px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  tokens.forEach((token, i) => {
    const middle = margin + (i + 0.5) * side;
    ctx.fillText(token, middle, margin / 2, side);
    ctx.fillText(token, margin / 2, middle, margin);
  });
}

// The query whose row lies at this height of the table.
export function queryAt(y, n, size) {
  const margin = labelMargin(n);
  const row = Math.floor(((y - margin) / (size - margin)) * n);
  return Math.min(n - 1, Math.max(0, row));
}

// Keys in the order of their weights: [[position, weight], ...].
export function strongest(row, count = NAMED) {
  return row
    .map((weight, key) => [key, weight])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, count);
}

// The chosen query in words, for the line beneath and for a screen reader.
export function queryWords(tokens, row, next, { layer, head, query }) {
  const looks = strongest(row)
    .filter(([, weight]) => weight >= 0.005)
    .map(([key, weight]) => `${percent(weight)} at position ${key} (${tokens[key]})`)
    .join(", ");
  const follows = next.map(([word, share]) => `${word} ${percent(share)}`).join(", ");
  return (
    `Layer ${layer + 1}, head ${head + 1}. The token at position ${query} ` +
    `(${tokens[query]}) looks: ${looks}. The model expects next: ${follows}.`
  );
}

// Where an arrow key, Home or End leads from a query; null for other keys.
export function stepped(key, query, n) {
  const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (!(key in steps)) return null;
  return Math.min(n - 1, Math.max(0, query + steps[key]));
}
