// The GAN lab: two networks play in the plane, the reader holds the whistle.

import { drawChart } from "./chart.js";
import { canvas, make } from "./controls.js";
import { viewport } from "./geometry.js";
import { labPanel } from "./lab_panel.js";
import { lossChart, painter, sceneOf, shareChart } from "./lab_view.js";
import { legend } from "./legend.js";
import { DrawingPad } from "./pad.js";
import { Player } from "./player.js";
import { drawScene } from "./scene.js";
import { announcement, modesSentence, reading, statusLine } from "./words.js";

const SIZE = 410; // CSS pixels of the plane
const CHART = [350, 158];
const EMPTY = "Draw some points on the plane first.";

class GanLab extends Player {
  build() {
    this.shows = { surface: true, lattice: true, arrows: true };
    this.plane = canvas(SIZE, SIZE, "The plane of the data");
    this.plane.element.tabIndex = 0;
    this.paint = painter();
    this.losses = canvas(...CHART, "Losses over rounds");
    this.shares = canvas(...CHART, "Modes covered and quality over rounds");
    this.panel = labPanel(this, this.model.get("offer"));
    this.pad = new DrawingPad(this.plane.element, {
      enabled: () => this.state?.settings.data === "drawn",
      at: () => viewport(this.state.bounds, SIZE, SIZE),
      bounds: () => this.state.bounds,
      moved: () => this.view(),
      done: (points) => this.draw(points),
    });
    const { plane, losses, shares, panel } = this;
    const side = make("div", { class: "aigc-side" });
    side.append(losses.element, legend("losses"), shares.element, legend("shares"));
    const left = make("div", {}, plane.element, legend("plane"));
    return [...panel.elements, make("div", { class: "aigc-stage" }, left, side)];
  }

  obstacle() {
    const drawing = this.state?.settings.data === "drawn";
    return drawing && !this.arrays.real?.length ? EMPTY : "";
  }

  takes(event) {
    return this.pad.takes(event);
  }

  // They count as drawn at once: the reader may press Play before the kernel answers.
  draw(points) {
    this.arrays.real = Float32Array.from([...(this.arrays.real ?? []), ...points]);
    this.send("draw", { points });
  }

  clear() {
    this.pause();
    this.ask("clear");
  }

  show(part, shown) {
    this.shows[part] = shown;
    this.view();
  }

  view() {
    if (!this.state) return;
    this.panel.follow(this.state.settings);
    const scene = sceneOf(this.state, this.arrays, this.pad.stroke);
    const { shows, paint } = this;
    drawScene(this.plane.ctx, scene, SIZE, { shows, paint, cursor: this.pad.cursor });
    this.viewCharts();
  }

  // The curves grow far more slowly than pictures are drawn.
  viewCharts() {
    const news = String(this.arrays.history.slice(-5));
    if (news === this.charted) return;
    this.charted = news;
    drawChart(this.losses.ctx, lossChart(this.arrays), ...CHART);
    drawChart(this.shares.ctx, shareChart(this.arrays), ...CHART);
  }

  line(state, rate) {
    return statusLine(state, rate);
  }

  // What is spoken, and on the way what the pictures are called.
  words(state) {
    const words = announcement(state);
    const { D, G } = state.readings;
    const name = ({ element }, text) => element.setAttribute("aria-label", text);
    name(this.plane, `The plane of the data. ${words}`);
    name(this.losses, `Losses: D ${reading(D)}, G ${reading(G)}.`);
    name(this.shares, modesSentence(state) || "Modes: not counted yet.");
    return words;
  }
}

function render({ model, el }) {
  const lab = new GanLab(model, el, "GAN lab");
  return () => lab.remove();
}

export default { render };
