// Who works when, what is said, and what a drawing sends.

import assert from "node:assert/strict";
import { test } from "node:test";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const { Ticker, every } = await import(new URL("ticker.js", at));
const { unpack } = await import(new URL("frames.js", at));
const pad = await import(new URL("pad.js", at));
const { pointed } = await import(new URL("controls.js", at));
const words = await import(new URL("words.js", at));

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

// A herald whose clock is worked by hand.
function herald() {
  const said = [];
  const waiting = []; // [when, what to do], of what is held back
  let time = 0;
  const speaker = new words.Herald((text) => said.push(text), {
    gap: 6000,
    now: () => time,
    later: (f, ms) => waiting.push([time + ms, f]),
  });
  const pass = (ms) => {
    time += ms;
    while (waiting.length && waiting[0][0] <= time) waiting.shift()[1]();
  };
  return { said, speaker, pass };
}

test("announcements are rare while playing and prompt after a button", () => {
  const { said, speaker, pass } = herald();
  for (let step = 0; step < 100; step++) {
    speaker.tell(`state ${step}`);
    pass(100);
  }
  assert.deepEqual(said, ["state 0", "state 59"]);
  speaker.tell("paused", { urgent: true });
  speaker.tell("paused", { urgent: true });
  pass(6000);
  assert.deepEqual(said.slice(2), ["paused"]);
});

test("the last of many changes is told, even if nothing follows it", () => {
  const { said, speaker, pass } = herald();
  for (const text of ["10 %", "11 %", "12 %"]) speaker.tell(text);
  assert.deepEqual(said, ["10 %"]);
  pass(6000);
  assert.deepEqual(said, ["10 %", "12 %"]);
});

test("a pointer is found on a canvas that a narrow window shows smaller", () => {
  const event = { offsetX: 60, offsetY: 30 };
  assert.deepEqual(pointed(event, { width: 400, clientWidth: 200 }), [120, 60]);
  assert.deepEqual(pointed(event, { width: 400, clientWidth: 400 }), [60, 30]);
  globalThis.devicePixelRatio = 2; // a canvas has more pixels than it is wide
  assert.deepEqual(pointed(event, { width: 800, clientWidth: 200 }), [120, 60]);
  delete globalThis.devicePixelRatio;
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
