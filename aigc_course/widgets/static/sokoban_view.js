// The rules of Sokoban, and what the lab shows and says. No DOM, no state.

import { COLOURS } from "./geometry.js";

export const MOVES = { l: [0, -1], r: [0, 1], u: [-1, 0], d: [1, 0] };
const ARROWS = { ArrowLeft: "l", ArrowRight: "r", ArrowUp: "u", ArrowDown: "d" };
const SIDES = { l: "left", r: "right", u: "above", d: "below" };
const FLOOR = "#ffffff";
const WALLS = "#5c5c5c";

// XSB text to {walls, goals, boxes: sets of "row,column", player, rows, columns}.
export function readLevel(text) {
  const lines = text.split("\n");
  const level = { walls: new Set(), goals: new Set(), boxes: new Set(), player: null };
  level.rows = lines.length;
  level.columns = Math.max(...lines.map((line) => line.length));
  lines.forEach((line, row) =>
    [...line].forEach((tile, column) => {
      const cell = `${row},${column}`;
      if (tile === "#") level.walls.add(cell);
      if (".*+".includes(tile)) level.goals.add(cell);
      if ("$*".includes(tile)) level.boxes.add(cell);
      if ("@+".includes(tile)) level.player = cell;
    }),
  );
  return level;
}

// The cell that lies so many steps from a cell in a direction l, r, u or d.
export function beside(cell, direction, steps = 1) {
  const [row, column] = cell.split(",").map(Number);
  const [down, right] = MOVES[direction];
  return `${row + steps * down},${column + steps * right}`;
}

// The level after one step, {level, pushed}; null where the step is not possible.
export function afterStep(level, direction) {
  const cell = beside(level.player, direction);
  if (level.walls.has(cell)) return null;
  if (!level.boxes.has(cell)) return { level: { ...level, player: cell }, pushed: false };
  const far = beside(level.player, direction, 2);
  if (level.walls.has(far) || level.boxes.has(far)) return null;
  const boxes = new Set(level.boxes);
  boxes.delete(cell);
  boxes.add(far);
  return { level: { ...level, player: cell, boxes }, pushed: true };
}

// How many boxes stand on goals.
export function home(level) {
  return [...level.boxes].filter((box) => level.goals.has(box)).length;
}

export function isSolved(level) {
  return home(level) === level.boxes.size;
}

// The direction that a key asks for; null for other keys.
export function directionOf(key) {
  return ARROWS[key] ?? null;
}

// What lies around the player, for a line beneath and for a screen reader.
export function around(level) {
  const told = Object.keys(MOVES).map((direction) => {
    const cell = beside(level.player, direction);
    const thing = level.walls.has(cell)
      ? "a wall"
      : level.boxes.has(cell)
        ? "a box"
        : level.goals.has(cell)
          ? "a goal"
          : "floor";
    return `${SIDES[direction]} ${thing}`;
  });
  return `Around the player: ${told.join(", ")}.`;
}

// A cell in words; rows and columns count from 1.
export function cellWords(cell) {
  const [row, column] = cell.split(",").map(Number);
  return `row ${row + 1} column ${column + 1}`;
}

// The whole level in words.
export function levelWords(level) {
  const boxes = [...level.boxes].map(
    (box) => cellWords(box) + (level.goals.has(box) ? " on a goal" : ""),
  );
  const goals = [...level.goals].map(cellWords);
  return (
    `${level.rows} rows, ${level.columns} columns. The player is at ` +
    `${cellWords(level.player)}. Boxes: ${boxes.join("; ")}. Goals: ${goals.join("; ")}.`
  );
}

function plural(n, single, several) {
  return `${n} ${n === 1 ? single : several}`;
}

// The state of the game in one line. game: {level, moves, pushes, shortest}.
export function gameWords({ level, moves, pushes, shortest }) {
  const of = `${home(level)} of ${level.boxes.size} boxes on goals`;
  const best = shortest ? ` A shortest solution has ${shortest} moves.` : "";
  const solved = isSolved(level) ? "Solved: " : "";
  const made = [plural(moves, "move", "moves"), plural(pushes, "push", "pushes")];
  return `${solved}${of}, ${made.join(", ")}.${best}`;
}

// Draws walls grey, boxes square (green on goals), goals as rings, the player as a disc.
export function drawLevel(ctx, level, size) {
  const side = size / Math.max(level.rows, level.columns);
  const placed = (cells, draw) =>
    cells.forEach((cell) => {
      const [row, column] = cell.split(",").map(Number);
      draw(column * side, row * side);
    });
  ctx.fillStyle = WALLS; // beside a level that is not square nothing can be walked on
  ctx.fillRect(0, 0, size, size);
  ctx.fillStyle = FLOOR;
  ctx.fillRect(0, 0, level.columns * side, level.rows * side);
  ctx.fillStyle = WALLS;
  // a tile reaches one pixel into the next one: no line shows between two walls
  placed(level.walls, (x, y) => ctx.fillRect(x, y, side + 1, side + 1));
  placed(level.boxes, (x, y) => {
    const set = level.goals.has(`${Math.round(y / side)},${Math.round(x / side)}`);
    ctx.fillStyle = set ? COLOURS.green : COLOURS.orange;
    ctx.fillRect(x + 0.15 * side, y + 0.15 * side, 0.7 * side, 0.7 * side);
  });
  const disc = (x, y, share) => {
    ctx.beginPath();
    ctx.arc(x + side / 2, y + side / 2, share * side, 0, 2 * Math.PI);
  };
  ctx.fillStyle = COLOURS.blue;
  placed([level.player], (x, y) => {
    disc(x, y, 0.3);
    ctx.fill();
  });
  ctx.strokeStyle = COLOURS.vermilion;
  ctx.lineWidth = 3;
  placed(level.goals, (x, y) => {
    disc(x, y, 0.16);
    ctx.stroke();
  });
}
