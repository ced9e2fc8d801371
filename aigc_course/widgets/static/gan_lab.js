// The GAN lab: two networks play, the reader holds the whistle.

import { drawChart } from "./chart.js";
import { canvas, liveRegion, make, reducedMotion } from "./controls.js";
import { unpack } from "./frames.js";
import { viewport } from "./geometry.js";
import { controlPanel, legend } from "./lab_panel.js";
import { lossChart, painter, sceneOf, shareChart } from "./lab_view.js";
import { DrawingPad } from "./pad.js";
import { drawScene } from "./scene.js";
import { Ticker, every } from "./ticker.js";
import { Herald, announcement, modesSentence, reading, statusLine } from "./words.js";

const SIZE = 460; // CSS pixels of the plane
const CHART = [400, 165];
const CALM = 1000; // ms between pictures where the reader asked for less motion
const EMPTY = "Draw some points on the plane first.";
const UNANSWERED = "The kernel is busy or has stopped; waiting for it.";

class GanLab {
  constructor(model, el) {
    this.model = model;
    this.state = null; // the newest header from the kernel
    this.arrays = {}; // and the arrays behind it
    this.shows = { surface: true, lattice: true, arrows: true };
    this.pressed = false; // a button was pressed and its effect not yet told
    this.build(el);
    const now = () => performance.now();
    this.ticker = new Ticker({
      send: (id) => this.send("tick", { id }),
      later: (next) => requestAnimationFrame(next),
      now,
      silent: (quiet) => this.silence(quiet),
    });
    this.herald = new Herald((text) => (this.live.textContent = text));
    this.mayDraw = every(reducedMotion() ? CALM : 0, now);
    this.mayTell = every(250, now);
    this.listen = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.listen);
    this.watch = setInterval(() => this.ticker.check(), 1000);
    this.send("hello");
  }

  build(el) {
    this.plane = canvas(SIZE, SIZE, "The plane of the data");
    this.plane.element.tabIndex = 0;
    this.paint = painter();
    this.losses = canvas(...CHART, "Losses over rounds");
    this.shares = canvas(...CHART, "Modes covered and quality over rounds");
    this.status = make("p", { class: "aigc-status" }, "Waiting for the kernel …");
    this.live = liveRegion();
    this.panel = controlPanel(this, this.model.get("offer"));
    this.pad = new DrawingPad(this.plane.element, {
      enabled: () => this.state?.settings.data === "drawn",
      at: () => viewport(this.state.bounds, SIZE, SIZE),
      bounds: () => this.state.bounds,
      moved: () => this.draw(),
      done: (points) => this.send("draw", { points }),
    });
    const { losses, shares, status } = this;
    const side = make("div", { class: "aigc-side" });
    side.append(losses.element, legend("losses"), shares.element, legend("shares"));
    const left = make("div", {}, this.plane.element, legend("plane"));
    const stage = make("div", { class: "aigc-stage" }, left, side);
    // JupyterLab's one-letter commands must not act on the notebook from in here
    const attributes = { role: "group", "data-lm-suppress-shortcuts": "true" };
    this.root = make("div", { class: "aigc-lab", ...attributes });
    this.root.setAttribute("aria-label", "GAN lab");
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.append(this.panel.element, stage, status, this.live);
    el.append(this.root);
  }

  send(kind, content = {}) {
    this.model.send({ kind, ...content });
  }

  receive(message, buffers) {
    if (message.kind === "refused") return this.refuse(message.text);
    if (message.kind !== "frame") return;
    Object.assign(this.arrays, unpack(message, buffers));
    this.state = message;
    this.panel.follow(message.settings);
    const answersTick = message.id !== null && this.ticker.playing;
    if (!answersTick || this.mayDraw()) this.draw();
    if (!answersTick || this.mayTell()) this.tell();
    this.ticker.answered(message.id);
  }

  // The kernel said no, or the page knows better than to ask.
  refuse(text) {
    this.ticker.forget();
    this.panel.playing(false);
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

  // What the buttons do

  toggle() {
    if (this.ticker.playing) return this.pause();
    if (this.isEmpty()) return this.refuse(EMPTY);
    this.ticker.play();
    this.panel.playing(true);
    this.tell(true);
  }

  pause() {
    this.ticker.pause();
    this.panel.playing(false);
    this.draw();
    this.tell(true);
  }

  step(name) {
    if (this.isEmpty()) return this.refuse(EMPTY);
    this.ask("move", { name });
  }

  // Something whose effect is told at once.
  ask(kind, content) {
    this.pressed = true;
    this.send(kind, content);
  }

  reset() {
    this.ask("reset");
  }

  change(settings) {
    this.ask("set", { settings });
  }

  clear() {
    this.pause();
    this.ask("clear");
  }

  show(part, shown) {
    this.shows[part] = shown;
    this.draw();
  }

  isEmpty() {
    return this.state?.settings.data === "drawn" && !this.arrays.real?.length;
  }

  // Keys: space plays and pauses; d, g and r are the buttons of these letters. In a
  // field the keys belong to the field, on the plane of a drawing to the drawing.
  key(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select") || this.pad.takes(event)) return;
    const key = event.key.toLowerCase();
    if (key === " " && event.target.closest("button")) return; // presses the button
    const actions = {
      " ": () => this.toggle(),
      d: () => this.step("d"),
      g: () => this.step("g"),
      r: () => this.reset(),
    };
    if (!actions[key]) return;
    event.preventDefault();
    actions[key]();
  }

  // What is seen and said

  draw() {
    if (!this.state) return;
    const scene = sceneOf(this.state, this.arrays, this.pad.stroke);
    const { shows, paint } = this;
    drawScene(this.plane.ctx, scene, SIZE, { shows, paint, cursor: this.pad.cursor });
    drawChart(this.losses.ctx, lossChart(this.arrays), ...CHART);
    drawChart(this.shares.ctx, shareChart(this.arrays), ...CHART);
  }

  tell(urgent = false) {
    if (!this.state) return;
    const state = { ...this.state, playing: this.ticker.playing };
    this.status.textContent = statusLine(state, this.ticker.rate());
    const words = announcement(state);
    const name = (element, text) => element.setAttribute("aria-label", text);
    name(this.plane.element, `The plane of the data. ${words}`);
    name(this.shares.element, modesSentence(state) || "Modes: not counted yet.");
    const { D, G } = state.readings;
    name(this.losses.element, `Losses: D ${reading(D)}, G ${reading(G)}.`);
    this.herald.tell(words, { urgent: urgent || this.pressed });
    this.pressed = false;
  }

  remove() {
    clearInterval(this.watch);
    this.ticker.forget();
    this.model.off("msg:custom", this.listen);
  }
}

function render({ model, el }) {
  const lab = new GanLab(model, el);
  return () => lab.remove();
}

export default { render };
