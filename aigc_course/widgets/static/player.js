// What every lab with a game does: ask and answer, buttons and keys, what is said.
// A lab adds build() -> [elements], view() (draws), words(state) and line(state).

import { button, chord, guarded, liveRegion, make, reducedMotion } from "./controls.js";
import { unpack } from "./frames.js";
import { Ticker, every } from "./ticker.js";
import { Herald } from "./words.js";

const CALM = 1000; // ms between pictures where the reader asked for less motion
const UNANSWERED = "The kernel is busy or has stopped; waiting for it.";

export class Player {
  constructor(model, el, name) {
    this.model = model;
    this.state = null; // the newest header from the kernel
    this.arrays = {}; // and the arrays behind it
    this.pressed = false; // a button was pressed and its effect not yet told
    this.status = make("p", { class: "aigc-status" }, "Waiting for the kernel …");
    this.live = liveRegion();
    this.herald = new Herald((text) => (this.live.textContent = text));
    const now = () => performance.now();
    this.mayDraw = every(reducedMotion() ? CALM : 0, now);
    this.mayTell = every(250, now);
    this.ticker = new Ticker({
      send: (id) => this.send("tick", { id }),
      draw: () => this.drawAndTell(),
      later: (next) => requestAnimationFrame(next),
      now,
      silent: (quiet) => this.silence(quiet),
    });
    this.root = make("div", { class: "aigc-lab", role: "group", "aria-label": name });
    this.guard = guarded(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.append(...this.build(), this.status, this.live);
    el.append(this.root);
    this.listen = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.listen);
    this.watch = setInterval(() => this.ticker.check(), 1000);
    this.send("hello");
  }

  // Play, single steps and reset, as a row to which a lab adds its own.
  buttons(...more) {
    this.play = button("Play", () => this.toggle(), { class: "aigc-play" });
    this.play.title = "Play or pause (space bar)";
    const row = make("div", { class: "aigc-row" }, this.play);
    row.append(
      button("One D step", () => this.step("d"), { shortcut: "d" }),
      button("One G step", () => this.step("g"), { shortcut: "g" }),
      button("Reset", () => this.reset(), { shortcut: "r" }),
      ...more,
    );
    return row;
  }

  send(kind, content = {}) {
    this.model.send({ kind, ...content });
  }

  // Something whose effect is told at once.
  ask(kind, content) {
    this.pressed = true;
    this.send(kind, content);
  }

  receive(message, buffers) {
    if (message.kind === "refused") return this.refuse(message.text);
    if (message.kind !== "frame") return;
    Object.assign(this.arrays, unpack(message, buffers));
    this.state = message;
    if (message.id !== null) return this.ticker.answered(message.id);
    this.view();
    this.tell();
  }

  // One of many pictures: fewer are drawn where less motion is asked for, and figures
  // change no faster than they can be read. The last one stays, so it is always shown.
  drawAndTell() {
    const last = this.ticker.resting;
    if (last || this.mayDraw()) this.view();
    if (last || (this.ticker.playing && this.mayTell())) this.tell(last);
  }

  // The kernel said no, or the page knows better than to ask.
  refuse(text) {
    this.ticker.forget();
    this.play.textContent = "Play";
    this.say(text);
  }

  silence(quiet) {
    this.root.classList.toggle("aigc-waiting", quiet);
    if (quiet) this.say(UNANSWERED);
    else this.tell(true);
  }

  say(text) {
    this.status.textContent = text;
    this.herald.tell(text, { urgent: true });
  }

  tell(urgent = false) {
    if (!this.state) return;
    this.write();
    const words = this.words(this.shown());
    this.herald.tell(words, { urgent: urgent || this.pressed });
    this.pressed = false;
  }

  // The line beneath the lab, which nobody is told of.
  write() {
    if (!this.state) return;
    this.status.textContent = this.line(this.shown(), this.ticker.rate());
  }

  shown() {
    return { ...this.state, playing: this.ticker.playing };
  }

  // A sentence that says why nothing can be played, "" when all is well.
  obstacle() {
    return "";
  }

  toggle() {
    if (this.ticker.playing) return this.pause();
    const reason = this.obstacle();
    if (reason) return this.refuse(reason);
    this.ticker.play();
    this.play.textContent = "Pause";
    this.tell(true);
  }

  pause() {
    this.ticker.pause();
    this.play.textContent = "Play";
    if (this.ticker.resting) this.drawAndTell();
    else this.write(); // the rest follows with the answer that is under way
  }

  step(name) {
    const reason = this.obstacle();
    if (reason) return this.refuse(reason);
    this.ask("move", { name });
  }

  reset() {
    this.ask("reset");
  }

  change(settings) {
    this.ask("set", { settings });
  }

  // Whether a key is for something special; a lab may act on it then.
  takes() {
    return false;
  }

  // Keys: space plays and pauses; letters are the buttons that name them.
  actions() {
    return {
      " ": () => this.toggle(),
      d: () => this.step("d"),
      g: () => this.step("g"),
      r: () => this.reset(),
    };
  }

  // In a field the keys belong to the field. Those with Control, such as saving, are
  // passed on to the notebook; no other is.
  key(event) {
    if (chord(event)) return;
    event.stopPropagation();
    if (event.target.closest("input, select") || this.takes(event)) return;
    const key = event.key.toLowerCase();
    if (key === " " && event.target.closest("button")) return; // presses the button
    const actions = this.actions();
    if (!actions[key]) return;
    event.preventDefault();
    actions[key]();
  }

  remove() {
    clearInterval(this.watch);
    this.guard();
    this.ticker.forget();
    this.model.off("msg:custom", this.listen);
  }
}
