// What the player does with keys, and what is shown when play stops.

import assert from "node:assert/strict";
import { test } from "node:test";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const { Player } = await import(new URL("player.js", at));
const { Ticker } = await import(new URL("ticker.js", at));

// Keys: what the player does with an event, without a page around it.
function press(key, { inside = "", ...event } = {}) {
  const done = [];
  const player = Object.assign(Object.create(Player.prototype), {
    takes: () => false,
    toggle: () => done.push("toggle"),
    step: (name) => done.push(name),
    reset: () => done.push("reset"),
  });
  const target = { closest: (names) => (inside && names.includes(inside)) || null };
  const quiet = {
    stopPropagation: () => done.push("kept"),
    preventDefault: () => done.push("prevented"),
  };
  player.key({ key, target, ...quiet, ...event });
  return done;
}

test("keys are buttons", () => {
  assert.deepEqual(press(" "), ["kept", "prevented", "toggle"]);
  assert.deepEqual(press("D"), ["kept", "prevented", "d"]);
  assert.deepEqual(press("g"), ["kept", "prevented", "g"]);
  assert.deepEqual(press("r"), ["kept", "prevented", "reset"]);
});

test("keys of the browser and of fields are left alone", () => {
  assert.deepEqual(press(" ", { inside: "button" }), ["kept"]);
  assert.deepEqual(press("d", { inside: "select" }), ["kept"]);
  assert.deepEqual(press("d", { inside: "input" }), ["kept"]);
  assert.deepEqual(press("x"), ["kept"]);
});

test("keys with Control, Command or Alt go on to the notebook", () => {
  assert.deepEqual(press("s", { ctrlKey: true }), []);
  assert.deepEqual(press("r", { metaKey: true }), []);
  assert.deepEqual(press("d", { altKey: true }), []);
});

// A player whose pictures may not be drawn yet: the reader asked for less motion.
function calm() {
  const pictures = [];
  const seen = [];
  const ticker = new Ticker({
    send: () => {},
    draw: () => player.drawAndTell(),
    later: (paint) => pictures.push(paint),
    now: () => 0,
  });
  const player = Object.assign(Object.create(Player.prototype), {
    ticker,
    state: { rounds: 0 },
    play: {},
    mayDraw: () => false,
    mayTell: () => false,
    view: () => seen.push("picture"),
    write: () => seen.push("line"),
    tell: (urgent) => seen.push(urgent ? "told at once" : "told"),
  });
  return { ticker, player, seen, pictures };
}

test("the last picture after a pause is drawn and told, however rare they are", () => {
  const { ticker, player, pictures, seen } = calm();
  ticker.play();
  ticker.answered(0);
  pictures.shift()();
  assert.deepEqual(seen, []);
  player.pause();
  assert.deepEqual(seen, ["line"]); // the answer under way brings the rest
  ticker.answered(1);
  pictures.shift()();
  assert.deepEqual(seen, ["line", "picture", "told at once"]);
});

test("a pause with no answer under way is told at once", () => {
  const { ticker, player, seen } = calm();
  ticker.play();
  ticker.answered(0);
  ticker.answered(1); // not drawn yet, so nothing more was asked for
  player.pause();
  assert.deepEqual(seen, ["picture", "told at once"]);
});
