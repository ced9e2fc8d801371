// Play a level: arrow keys or buttons; undo, start again, and the moves of a solution.

import { button, canvas, chord, guarded, liveRegion, make, select } from "./controls.js";
import {
  afterStep,
  around,
  directionOf,
  drawLevel,
  gameWords,
  isSolved,
  levelWords,
  readLevel,
} from "./sokoban_view.js";
import { Herald } from "./words.js";

const BOARD = 320;
const HELP =
  "Arrow keys move the player; a box moves when you walk into it. Keys: U undo, R start " +
  "again, N next move of a solution, W where everything is.";

class SokobanLab {
  constructor(model, el) {
    this.offer = model.get("offer");
    this.build(el);
    this.open(0);
  }

  build(el) {
    const told = this.offer.levels.map(({ title }, i) => [String(i), title]);
    const choose = select("level", told, "0", (value) => this.open(Number(value)));
    this.board = canvas(BOARD, BOARD, "The level");
    this.board.element.tabIndex = 0;
    this.status = make("p", { class: "aigc-status" });
    this.live = liveRegion();
    this.herald = new Herald((text) => (this.live.textContent = text), { gap: 400 });
    const moves = [
      ["left", "l"],
      ["up", "u"],
      ["down", "d"],
      ["right", "r"],
    ].map(([word, direction]) => button(word, () => this.walk(direction)));
    const rest = [
      button("undo", () => this.undo(), { shortcut: "u" }),
      button("start again", () => this.open(this.number), { shortcut: "r" }),
      button("next move of a solution", () => this.guide(), { shortcut: "n" }),
      button("where is everything", () => this.tell(), { shortcut: "w" }),
    ];
    const root = make("div", { class: "aigc-lab", role: "group", "aria-label": "Sokoban" });
    root.append(make("div", { class: "aigc-row" }, choose));
    root.append(make("div", { class: "aigc-stage aigc-row" }, this.board.element));
    root.append(make("div", { class: "aigc-row" }, ...moves, ...rest));
    root.append(this.status, make("p", { class: "aigc-help" }, HELP), this.live);
    root.addEventListener("keydown", (event) => this.key(event));
    this.unguard = guarded(root);
    el.append(root);
  }

  open(number) {
    this.number = number;
    const { text, solution, shortest } = this.offer.levels[number];
    this.past = [];
    this.solution = solution;
    this.followed = 0; // moves of the solution that were made, -1 when the path was left
    this.game = { level: readLevel(text), moves: 0, pushes: 0, shortest };
    this.draw(`${gameWords(this.game)} ${levelWords(this.game.level)}`);
  }

  walk(direction, guided = false) {
    const step = afterStep(this.game.level, direction);
    if (!step) return this.say(`That way is blocked. ${around(this.game.level)}`);
    this.past.push([this.game, this.followed]);
    const { moves, pushes } = this.game;
    const pushed = pushes + Number(step.pushed);
    this.game = { ...this.game, level: step.level, moves: moves + 1, pushes: pushed };
    if (!guided) this.followed = -1;
    this.draw(`${gameWords(this.game)} ${around(this.game.level)}`);
  }

  undo() {
    if (!this.past.length) return this.say("There is nothing to undo.");
    [this.game, this.followed] = this.past.pop();
    this.draw(gameWords(this.game));
  }

  // The next move of the solver's solution; from the start where the path was left.
  guide() {
    if (!this.solution) return this.say("The solver found no solution of this level.");
    if (isSolved(this.game.level) || this.followed < 0) return this.open(this.number);
    const direction = this.solution[this.followed].toLowerCase();
    this.walk(direction, true);
    this.followed += 1;
  }

  tell() {
    this.say(`${levelWords(this.game.level)} ${around(this.game.level)}`);
  }

  draw(text) {
    drawLevel(this.board.ctx, this.game.level, BOARD);
    const words = `The level. ${levelWords(this.game.level)}`;
    this.board.element.setAttribute("aria-label", words);
    this.say(text);
  }

  say(text) {
    this.status.textContent = text;
    this.herald.tell(text, { urgent: true });
  }

  key(event) {
    if (chord(event)) return;
    event.stopPropagation();
    if (event.target.tagName === "SELECT") return; // there the arrow keys choose
    const direction = directionOf(event.key);
    const letters = {
      u: () => this.undo(),
      r: () => this.open(this.number),
      n: () => this.guide(),
      w: () => this.tell(),
    };
    const act = direction ? () => this.walk(direction) : letters[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  remove() {
    this.unguard();
  }
}

function render({ model, el }) {
  const lab = new SokobanLab(model, el);
  return () => lab.remove();
}

export default { render };
