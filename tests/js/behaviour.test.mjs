// Who works when, what is said, and what a drawing sends.

import assert from "node:assert/strict";
import { test } from "node:test";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const { Ticker, every } = await import(new URL("ticker.js", at));
const { unpack } = await import(new URL("frames.js", at));
const pad = await import(new URL("pad.js", at));
const words = await import(new URL("words.js", at));
const { Player } = await import(new URL("player.js", at));

// A ticker whose clock and pictures are worked by hand.
function rig() {
  const sent = [];
  const pictures = [];
  const silences = [];
  const clock = { time: 0 };
  let drawn = 0;
  const ticker = new Ticker({
    send: (id) => sent.push(id),
    draw: () => drawn++,
    later: (paint) => pictures.push(paint),
    now: () => clock.time,
    silent: (quiet) => silences.push(quiet),
  });
  return { ticker, sent, pictures, silences, clock, drawn: () => drawn };
}

test("nothing is asked for before play, one tick after it", () => {
  const { ticker, sent } = rig();
  assert.deepEqual(sent, []);
  ticker.play();
  ticker.play();
  assert.deepEqual(sent, [0]);
});

test("the next tick is asked for while the picture is drawn, but only one ahead", () => {
  const { ticker, sent, pictures, drawn } = rig();
  ticker.play();
  ticker.answered(0);
  assert.deepEqual(sent, [0, 1]);
  ticker.answered(1); // the first picture is not drawn yet
  assert.deepEqual(sent, [0, 1]);
  assert.equal(pictures.length, 1);
  pictures.shift()();
  assert.deepEqual(sent, [0, 1, 2]);
  assert.equal(drawn(), 1);
});

test("a page that draws nothing, because nobody sees it, asks for nothing", () => {
  const { ticker, sent } = rig();
  ticker.play();
  for (let id = 0; id < 10; id++) ticker.answered(id);
  assert.equal(sent.length, 2);
});

test("after a pause nothing more is asked for, and play goes on", () => {
  const { ticker, sent, pictures } = rig();
  ticker.play();
  ticker.pause();
  ticker.answered(0);
  pictures.shift()();
  assert.deepEqual(sent, [0]);
  ticker.play();
  assert.deepEqual(sent, [0, 1]);
});

test("play while the last tick is still under way asks for no second one", () => {
  const { ticker, sent } = rig();
  ticker.play();
  ticker.pause();
  ticker.play();
  assert.deepEqual(sent, [0]);
});

test("answers to other views are ignored", () => {
  const { ticker, sent, pictures } = rig();
  ticker.play();
  ticker.answered(7);
  ticker.answered(null);
  assert.deepEqual([sent.length, pictures.length], [1, 0]);
});

test("a kernel that does not answer is noticed once, and so is its return", () => {
  const { ticker, silences, clock } = rig();
  ticker.play();
  clock.time = 2000;
  ticker.check();
  assert.deepEqual(silences, []);
  clock.time = 4000;
  ticker.check();
  ticker.check();
  ticker.answered(0);
  assert.deepEqual(silences, [true, false]);
});

test("a forgotten tick leaves the way free for another", () => {
  const { ticker, sent } = rig();
  ticker.play();
  ticker.forget();
  ticker.play();
  assert.deepEqual(sent, [0, 1]);
});

test("the rate counts pictures", () => {
  const { ticker, pictures, clock } = rig();
  ticker.play();
  for (let id = 0; id < 11; id++) {
    clock.time = 50 * id;
    ticker.answered(id);
    pictures.shift()();
  }
  assert.equal(ticker.rate(), 20);
});

test("every() lets one through in its time, 0 lets all through", () => {
  const clock = { time: 0 };
  const once = every(1000, () => clock.time);
  const all = every(0, () => clock.time);
  assert.deepEqual([once(), once(), all(), all()], [true, false, true, true]);
  clock.time = 1000;
  assert.ok(once());
});

test("arrays are read from any place in a message", () => {
  const whole = new ArrayBuffer(13);
  const view = new DataView(whole, 1, 12);
  [1.5, -2, 3].forEach((value, i) => view.setFloat32(4 * i, value, true));
  const header = { arrays: [["fake", "f"]] };
  assert.deepEqual([...unpack(header, [view]).fake], [1.5, -2, 3]);
});

test("a screen reader hears the state in whole sentences", () => {
  const readings = { "D(x)": 0.617, "D(G(z))": null };
  const state = { playing: false, rounds: 1234, readings, probability: true };
  const heard = words.announcement({ ...state, modes: 8, covered: 6, quality: 0.714 });
  assert.equal(
    heard,
    "Paused after 1,234 rounds. The generator covers 6 of 8 modes; 71 % of its points" +
      " are of high quality. D gives real points 0.62 and generated ones – on average.",
  );
  assert.match(words.announcement({ ...state, modes: 0 }), /no separate modes/);
});

test("announcements are rare while playing and prompt after a button", () => {
  const said = [];
  const clock = { time: 0 };
  const options = { gap: 6000, now: () => clock.time };
  const herald = new words.Herald((text) => said.push(text), options);
  for (const step of Array(100).keys()) {
    clock.time = 100 * step;
    herald.tell(`state ${step}`);
  }
  assert.equal(said.length, 2);
  herald.tell("paused", { urgent: true });
  herald.tell("paused", { urgent: true });
  assert.deepEqual(said.slice(2), ["paused"]);
});

test("the cross moves by arrow keys and stays on the plane", () => {
  const bounds = [-1, 1, -1, 1];
  let place = [0, 0];
  for (let i = 0; i < 99; i++) place = pad.moved(place, [1, -1], bounds);
  assert.deepEqual(place, [1, -1]);
});

test("a cloud lies around its place", () => {
  const points = pad.cloud([2, 3], 0.1, 12);
  assert.equal(points.length, 24);
  for (let i = 0; i < 24; i += 2) {
    assert.ok(Math.hypot(points[i] - 2, points[i + 1] - 3) <= 0.1);
  }
});

// Keys: what the player does with an event, without a page around it.
function press(key, { inside = "", ...event } = {}) {
  const done = [];
  const player = {
    takes: () => false,
    toggle: () => done.push("toggle"),
    step: (name) => done.push(name),
    reset: () => done.push("reset"),
  };
  const target = { closest: (names) => (inside && names.includes(inside)) || null };
  const quiet = { stopPropagation() {}, preventDefault: () => done.push("prevented") };
  Player.prototype.key.call(player, { key, target, ...quiet, ...event });
  return done;
}

test("keys are buttons", () => {
  assert.deepEqual(press(" "), ["prevented", "toggle"]);
  assert.deepEqual(press("D"), ["prevented", "d"]);
  assert.deepEqual(press("g"), ["prevented", "g"]);
  assert.deepEqual(press("r"), ["prevented", "reset"]);
});

test("keys of the browser and of fields are left alone", () => {
  assert.deepEqual(press("r", { ctrlKey: true }), []);
  assert.deepEqual(press(" ", { inside: "button" }), []);
  assert.deepEqual(press("d", { inside: "select" }), []);
  assert.deepEqual(press("d", { inside: "input" }), []);
  assert.deepEqual(press("x"), []);
});
