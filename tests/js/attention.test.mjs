// The attention explorer: what it draws, moves and says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { recorder, times } from "./recorder.mjs";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const view = await import(new URL("attention_view.js", at));

// two layers, two heads, three tokens; the value tells where it stands
const SHAPE = { layers: 2, heads: 2, n: 3 };
const WEIGHTS = Float32Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => i / 100);

test("a query's row is found among layers and heads", () => {
  const row = view.queryRow(WEIGHTS, SHAPE, { layer: 1, head: 0, query: 2 });
  assert.deepEqual(row.map((w) => Math.round(100 * w)), [24, 25, 26]);
});

test("tokens are split at spaces, and letters where there are none", () => {
  assert.deepEqual(view.split("  a  bc d ", false), ["a", "bc", "d"]);
  assert.deepEqual(view.split("abc", true), ["a", "b", "c"]);
  assert.deepEqual(view.split("abc", false), ["abc"]);
  assert.deepEqual(view.split("a b", true), ["a", "b"]);
  assert.deepEqual(view.split("   ", true), []);
});

test("a token moves, the others keep their order", () => {
  const tokens = ["a", "b", "c", "d"];
  assert.deepEqual(view.reordered(tokens, 0, 2), ["b", "c", "a", "d"]);
  assert.deepEqual(view.reordered(tokens, 3, 0), ["d", "a", "b", "c"]);
  assert.deepEqual(tokens, ["a", "b", "c", "d"]);
});

test("heavy weights are dark, and shades stay in their range", () => {
  assert.equal(view.shade(0), "rgb(255,255,255)");
  assert.equal(view.shade(1), "rgb(0,0,0)");
  assert.equal(view.shade(7), "rgb(0,0,0)");
  assert.equal(view.shade(-1), "rgb(255,255,255)");
});

test("the table has a square for each pair, labels, and a frame round the query", () => {
  const ctx = recorder();
  const chosen = { layer: 0, head: 1, query: 1 };
  view.drawWeights(ctx, ["x", "y", "z"], WEIGHTS, SHAPE, chosen, 324);
  assert.equal(times(ctx, "fillRect"), 9);
  assert.deepEqual(ctx.calls.at(-1), ["strokeRect", 25, 125, 298, 98]);
  const first = ctx.calls.find(([name]) => name === "fillStyle=");
  assert.equal(first[1], view.shade(WEIGHTS[9]));
  assert.equal(times(ctx, "fillText"), 6);
});

test("many tokens have no labels, and take the whole table", () => {
  const ctx = recorder();
  const n = 30;
  const weights = new Float32Array(n * n);
  const chosen = { layer: 0, head: 0, query: 29 };
  view.drawWeights(ctx, Array(n).fill("a"), weights, { heads: 1, n }, chosen, 300);
  assert.equal(times(ctx, "fillText"), 0);
  assert.deepEqual(ctx.calls.at(-1), ["strokeRect", 1, 291, 298, 8]);
});

test("the pointer chooses the row under it, inside the table", () => {
  assert.equal(view.queryAt(24, 3, 324), 0);
  assert.equal(view.queryAt(323, 3, 324), 2);
  assert.equal(view.queryAt(5, 3, 324), 0);
  assert.equal(view.queryAt(130, 3, 324), 1);
});

test("the strongest keys come first, the earlier one where two are even", () => {
  assert.deepEqual(view.strongest([0.2, 0.5, 0.2, 0.1], 2), [
    [1, 0.5],
    [0, 0.2],
  ]);
});

test("a query is told in words", () => {
  const words = view.queryWords(
    ["a", "b", "a"],
    [0.7, 0.298, 0.002],
    [["b", 0.91]],
    { layer: 1, head: 0, query: 2 },
  );
  assert.equal(
    words,
    "Layer 2, head 1. The token at position 2 (a) looks: 70 % at position 0 (a), " +
      "30 % at position 1 (b). The model expects next: b 91 %.",
  );
});

test("arrow keys, Home and End choose; other keys do nothing", () => {
  assert.equal(view.stepped("ArrowRight", 1, 3), 2);
  assert.equal(view.stepped("ArrowDown", 2, 3), 2);
  assert.equal(view.stepped("ArrowLeft", 0, 3), 0);
  assert.equal(view.stepped("Home", 2, 3), 0);
  assert.equal(view.stepped("End", 0, 3), 2);
  assert.equal(view.stepped("x", 0, 3), null);
});
