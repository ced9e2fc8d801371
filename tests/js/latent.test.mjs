// The latent explorer: what it draws, asks and says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { recorder, times } from "./recorder.mjs";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const view = await import(new URL("latent_view.js", at));
const page = await import(new URL("latent_explorer.js", at));

const SCENE = {
  bounds: [-3, 3, -3, 3],
  codes: [-3, 3, 0, 0],
  labels: [4, 9],
  cursor: [3, -3],
};

test("codes are drawn as their digits, at their places", () => {
  const ctx = recorder();
  view.drawLatents(ctx, { ...SCENE, shows: { map: false, codes: true } }, 300);
  const texts = ctx.calls.filter(([name]) => name === "fillText");
  assert.deepEqual(texts, [
    ["fillText", "4", 0, 0],
    ["fillText", "9", 150, 150],
  ]);
});

test("the cross is drawn last, and map and codes only where asked for", () => {
  const ctx = recorder();
  const painted = [];
  const scene = { ...SCENE, shows: { map: true, codes: false } };
  view.drawLatents(ctx, scene, 300, (_, size) => painted.push(size));
  assert.deepEqual(painted, [300]);
  assert.equal(times(ctx, "fillText"), 0);
  assert.deepEqual(ctx.calls.at(-1), ["stroke"]);
  const ends = ctx.calls.filter(([name]) => name === "lineTo");
  assert.deepEqual(ends.at(-1), ["lineTo", 300, 309]);
});

test("the picture is white ink on black, the map pale ink on white", () => {
  assert.deepEqual([...view.inkPixels([0, 1])], [0, 0, 0, 255, 255, 255, 255, 255]);
  const map = [...view.mapPixels([0, 255])];
  assert.deepEqual(map.slice(0, 4), [255, 255, 255, 255]);
  assert.ok(map[4] > 100 && map[4] < 200 && map[4] === map[5] && map[7] === 255);
  assert.equal(view.inkPixels([-0.1, 1.2])[4], 255);
});

test("a place is told in words, with the latents' own numbers", () => {
  const seen = { z: [0.5, -1.234], digit: 7, sure: 0.931 };
  assert.equal(
    view.placeWords(seen, [3, 11]),
    "latent 3 at 0.50, latent 11 at -1.23: read as 7, 93 % sure.",
  );
});

// A seeker whose clock is worked by hand.
function rig() {
  const sent = [];
  const clock = { time: 0 };
  const send = (place, id) => sent.push([place, id]);
  const seeker = new view.Seeker(send, { now: () => clock.time, patience: 3000 });
  return { sent, clock, seeker };
}

test("one picture is under way at a time, and only the newest wish is kept", () => {
  const { sent, seeker } = rig();
  for (let i = 0; i < 50; i++) seeker.want([i, 0]);
  assert.deepEqual(sent, [[[0, 0], 0]]);
  assert.ok(seeker.answered(0));
  assert.deepEqual(sent.at(-1), [[49, 0], 1]);
  assert.ok(seeker.answered(1));
  assert.equal(sent.length, 2); // nothing more was wished for
});

test("answers to others are ignored", () => {
  const { sent, seeker } = rig();
  seeker.want([1, 1]);
  assert.ok(!seeker.answered(7) && !seeker.answered(null));
  seeker.want([2, 2]);
  assert.equal(sent.length, 1);
});

test("a kernel that never answered does not block the way for ever", () => {
  const { sent, clock, seeker } = rig();
  seeker.want([1, 1]);
  clock.time = 2999;
  seeker.want([2, 2]);
  assert.equal(sent.length, 1);
  clock.time = 3000;
  seeker.want([3, 3]);
  assert.deepEqual(sent.at(-1), [[3, 3], 1]);
});

test("arrow keys move the cross, Home brings it back, others do nothing", () => {
  const bounds = [-3, 3, -3, 3];
  const [x, y] = page.keyed("ArrowRight", [0, 0], bounds);
  assert.ok(x > 0.1 && y === 0);
  assert.ok(page.keyed("ArrowUp", [0, 0], bounds)[1] > 0);
  assert.deepEqual(page.keyed("ArrowLeft", [-3, 1], bounds), [-3, 1]);
  assert.deepEqual(page.keyed("Home", [2, 2], bounds), [0, 0]);
  assert.equal(page.keyed("Enter", [0, 0], bounds), null);
});
