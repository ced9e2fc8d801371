// The Sokoban lab: its rules, what it draws and what it says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { recorder, times } from "./recorder.mjs";

const at = new URL("../../aigc_course/widgets/static/", import.meta.url);
const view = await import(new URL("sokoban_view.js", at));

const TEXT = "#######\n#@$ . #\n#  $* #\n#     #\n#######";

function played(text, moves) {
  let level = view.readLevel(text);
  let pushes = 0;
  for (const letter of moves) {
    const step = view.afterStep(level, letter);
    if (!step) return null;
    level = step.level;
    pushes += Number(step.pushed);
  }
  return { level, pushes };
}

test("a level is read: walls, boxes, goals and the player", () => {
  const level = view.readLevel(TEXT);
  assert.equal(level.player, "1,1");
  assert.deepEqual([...level.boxes], ["1,2", "2,3", "2,4"]);
  assert.deepEqual([...level.goals], ["1,4", "2,4"]);
  assert.equal(level.rows, 5);
  assert.equal(level.columns, 7);
});

test("a box is pushed, and the level that was there stays", () => {
  const level = view.readLevel(TEXT);
  const step = view.afterStep(level, "r");
  assert.ok(step.pushed && step.level.boxes.has("1,3"));
  assert.equal(step.level.player, "1,2");
  assert.ok(level.boxes.has("1,2") && level.player === "1,1");
});

test("walls and second boxes stop a step", () => {
  assert.equal(played(TEXT, "u"), null);
  assert.equal(played(TEXT, "l"), null);
  assert.equal(played(TEXT, "drr"), null); // two boxes in a row
  assert.equal(played(TEXT, "rrrr"), null); // a box at the wall
});

test("a solved level is recognised", () => {
  const text = "######\n#@$. #\n######";
  assert.ok(!view.isSolved(view.readLevel(text)));
  assert.ok(view.isSolved(played(text, "r").level));
  assert.ok(!view.isSolved(played(text, "rr").level));
});

test("arrow keys are directions", () => {
  assert.equal(view.directionOf("ArrowUp"), "u");
  assert.equal(view.directionOf("x"), null);
});

test("the state is told in words", () => {
  const level = view.readLevel(TEXT);
  const words = view.levelWords(level);
  assert.ok(words.includes("The player is at row 2 column 2"));
  assert.ok(words.includes("row 3 column 5 on a goal"));
  assert.equal(
    view.around(level),
    "Around the player: left a wall, right a box, above a wall, below floor.",
  );
  const game = { level, moves: 3, pushes: 1, shortest: 9 };
  assert.equal(
    view.gameWords(game),
    "1 of 3 boxes on goals, 3 moves, 1 push. A shortest solution has 9 moves.",
  );
});

test("everything is drawn", () => {
  const ctx = recorder();
  view.drawLevel(ctx, view.readLevel(TEXT), 70);
  assert.equal(times(ctx, "fillRect"), 2 + 20 + 3); // all, floor, walls, boxes
  assert.equal(times(ctx, "arc"), 3); // the player and two goals
});
