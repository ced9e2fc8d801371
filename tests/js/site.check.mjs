// The website's own scripts that need no browser: search, language switch, labs' parts.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import { productModule } from "../../site/labs/assembly.js";
import { toy, toyModes, uniform } from "../../site/labs/draws.js";
import { FieldDesk } from "../../site/labs/field_desk.js";
import { softplus } from "../../site/labs/games.js";
import { Workspace, product } from "../../site/labs/kernel.js";
import { PlaneDesk, countModes } from "../../site/labs/plane_desk.js";

const require = createRequire(import.meta.url);
const search = require("../../site/static/course_search.js");
const { cellAt } = require("../../site/static/language.js");

const INDEX = {
  pages: [
    { name: "06_fail", title: "06 · When GANs fail" },
    { name: "08_vae", title: "08 · The VAE" },
    { name: "api", title: "The package", weight: 0.4 },
  ],
  sections: [
    [0, "06-a", "Mode collapse", "The generator covers one mode of eight. 模式崩溃"],
    [1, "08-a", "Sampling", "A mode is mentioned once in a text on the posterior."],
    [2, "", "Mode collapse", "def collapsed(modes)"],
  ],
};

const first = (query) => search.search(search.prepare(INDEX), query)[0]?.section.place;

test("a heading counts more than a mention, an index page less", () => {
  assert.equal(first("mode collapse"), "06-a");
  const order = search.search(search.prepare(INDEX), "mode collapse");
  assert.deepEqual(
    order.map((f) => f.section.page.name),
    ["06_fail", "api", "08_vae"],
  );
});

test("endings, accents, Chinese and unfinished words are found", () => {
  assert.equal(first("collapsing modes"), "06-a");
  assert.equal(first("崩溃"), "06-a");
  assert.equal(first("poster"), "08-a");
  assert.equal(first("zebra"), undefined);
  assert.deepEqual(search.words("Fréchet"), search.words("Frechet"));
});

test("an excerpt shows the place that fits", () => {
  const text = `${"word ".repeat(100)} the posterior stands here ${"word ".repeat(100)}`;
  assert.match(search.excerpt(text, "posterior"), /^… .*posterior stands here.* …$/);
});

test("the language switch finds the cell that is being read", () => {
  const places = [["a", -900], ["b", -20], ["c", 700]];
  assert.equal(cellAt(places, 300), "b");
  assert.equal(cellAt(places, 800), "c");
  assert.equal(cellAt([["a", 500]], 300), "");
});

test("the product in WebAssembly is the product in JavaScript", () => {
  assert.ok(productModule());
  const even = uniform(1);
  const ways = [
    [4, 4, 4, false, false],
    [5, 8, 3, true, false],
    [128, 64, 64, true, true],
    [64, 64, 128, false, true],
  ];
  for (const [m, n, k, turned, masked] of ways) {
    const room = 4 * Math.ceil(m / 4);
    const space = new Workspace(room * (k + 2 * n) + n * k + 64);
    const [a, b, c, mask] = [room * k, n * k, room * n, room * n].map((s) => space.array(s));
    for (const part of [a, b, c, mask]) part.forEach((_, i) => (part[i] = even() - 0.5));
    const [row, step] = turned ? [1, room] : [k, 1];
    const [start, startRow] = turned ? [c, n] : [b, 0];
    const more = { row, step, start, startRow, slope: 0.2, mask: masked ? mask : undefined };
    const want = c.slice();
    const kept = turned ? want : b;
    product(a, b, want, [m, n, k], [row, step, kept, startRow, more.mask, 0.2]);
    space.product(a, b, c, [m, n, k], more);
    assert.ok(c.subarray(0, m * n).every((value, i) => Math.abs(value - want[i]) < 1e-12));
  }
});

test("toy sets lie where they should, and a seed repeats them", () => {
  assert.deepEqual(toy("ring", 50, 3), toy("ring", 50, 3));
  assert.notDeepEqual(toy("ring", 50, 3), toy("ring", 50, 4));
  for (const name of ["ring", "spiral", "moons"]) {
    const most = Math.max(...toy(name, 500, 0).map(Math.abs));
    assert.ok(most > 0.7 && most < 1.8, `${name} ${most}`);
  }
  const report = countModes(toy("grid", 2500, 0), toyModes("grid"), 0.15);
  assert.equal(report.covered, 25);
  assert.ok(report.quality > 0.97); // within 3 σ in the plane: 98.9 %
});

test("a desk answers like a kernel: frames, moves, refusals, a new game", () => {
  let clock = 0;
  const desk = new PlaneDesk(() => (clock += 10));
  const [hello, arrays] = desk.answer({ kind: "hello" });
  assert.equal(hello.rounds, 0);
  assert.equal(arrays.real.length, 600);
  assert.equal(arrays.values.length, 1600);
  const [moved] = desk.answer({ kind: "move", name: "d" });
  assert.deepEqual([moved.d_moves, moved.g_moves, moved.modes], [1, 0, 8]);
  const [ticked, seen] = desk.answer({ kind: "tick", id: 7 });
  assert.equal(ticked.id, 7);
  assert.ok(ticked.rounds >= 1 && !("real" in seen));
  const [set] = desk.answer({ kind: "set", settings: { data: "drawn" } });
  assert.deepEqual([set.rounds, set.modes], [0, 0]);
  assert.equal(desk.answer({ kind: "tick", id: 8 })[0].kind, "refused");
  desk.answer({ kind: "draw", points: [0.5, 0.5, -0.5, 0.2] });
  assert.equal(desk.answer({ kind: "tick", id: 9 })[0].kind, "frame");
});

test("a tick does more work where pictures come early, less where they come late", () => {
  let clock = 0;
  let step = 1;
  const desk = new PlaneDesk(() => (clock += step));
  const first = desk.work;
  for (let id = 0; id < 20; id++) {
    desk.answer({ kind: "tick", id });
    clock += 1;
  }
  assert.ok(desk.work > first && desk.work <= 26);
  step = 10;
  for (let id = 0; id < 40; id++) {
    desk.answer({ kind: "tick", id });
    clock += 60;
  }
  assert.equal(desk.work, 4);
});

test("a game covers modes of the ring", () => {
  const desk = new PlaneDesk();
  for (let i = 0; i < 300; i++) desk.duel.round();
  const { covered, quality } = desk.count();
  assert.ok(covered >= 3, `${covered} modes, ${quality}`);
});

test("softplus neither overflows nor loses small values", () => {
  assert.equal(softplus(1000), 1000);
  assert.ok(Math.abs(softplus(-40) / Math.exp(-40) - 1) < 1e-12);
});

test("the field lab's desk: paths, clock, training, other data", () => {
  let clock = 0;
  const desk = new FieldDesk(() => (clock += 10));
  const [hello, arrays] = desk.answer({ kind: "hello" });
  assert.deepEqual([hello.t, hello.trained, hello.evaluations], [0, 0, 8]);
  assert.equal(arrays.exactPaths.length, 9 * 400);
  assert.equal(arrays.real.length, 400);
  assert.equal(desk.answer({ kind: "move", name: "step" })[0].t, 1 / 8);
  const [ticked, seen] = desk.answer({ kind: "tick", id: 7 });
  assert.ok(ticked.t > 1 / 8 && ticked.id === 7 && !("exactPaths" in seen));
  const [trained] = desk.answer({ kind: "move", name: "train" });
  assert.equal(trained.trained, 100);
  assert.ok(trained.gap < 0.7 * hello.gap);
  const asked = { label: "B", guidance: 2, solver: "rk4", steps: 16 };
  const [set] = desk.answer({ kind: "set", settings: asked });
  assert.equal(set.evaluations, 128);
  assert.ok(set.near.exact > 0.9 && set.apart.exact < 0.01);
  desk.t = 1;
  assert.ok(desk.answer({ kind: "hello" })[0].done);
  assert.equal(desk.answer({ kind: "tick", id: 8 })[0].t, 1);
  assert.equal(desk.answer({ kind: "move", name: "start" })[0].t, 0);
  assert.equal(desk.answer({ kind: "set", settings: { data: "two" } })[0].trained, 0);
});
