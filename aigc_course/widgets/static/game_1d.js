// A game on a line: what D has learnt beside what it should learn, p / (p + q).

import { drawChart } from "./chart.js";
import { canvas, checkbox, make, select } from "./controls.js";
import { COLOURS } from "./geometry.js";
import { legend } from "./legend.js";
import { Player } from "./player.js";
import { count, reading } from "./words.js";

const WIDE = [700, 190];

// arrays: {x, p, q, learnt, best}, all of one length.
export function densityChart({ x, p, q }) {
  const top = 1.15 * p.reduce((a, b) => Math.max(a, b), 0);
  const series = [
    { x, y: p, colour: COLOURS.blue },
    { x, y: q, colour: COLOURS.vermilion, dash: [6, 3] },
  ];
  // a collapsed q is a needle: the scale stays that of the data
  return { series, yRange: [0, 2 * top], ylabel: "density" };
}

export function beliefChart({ x, learnt, best }) {
  const series = [
    { x, y: x.map(() => 0.5), colour: "#999999", width: 1 },
    { x, y: best, colour: COLOURS.green, dash: [6, 3], width: 2.5 },
    { x, y: learnt, colour: COLOURS.black },
  ];
  return { series, yRange: [-0.03, 1.03], xlabel: "x", ylabel: "D(x)" };
}

export function gapSentence({ gap }) {
  return `Where data are dense, D is ${reading(gap)} from p / (p + q) on average.`;
}

export function lineWords({ playing, rounds, d_moves, gap, distance }) {
  return (
    `${playing ? "Playing" : "Paused"} after ${count(rounds)} rounds and ` +
    `${count(d_moves)} steps of D. ${gapSentence({ gap })} ` +
    `The Jensen–Shannon divergence between p and q is ${reading(distance)}.`
  );
}

class Game1D extends Player {
  build() {
    this.densities = canvas(...WIDE, "The densities p and q");
    this.beliefs = canvas(...WIDE, "D as learnt and at its best");
    const still = checkbox("hold G still", false, (hold) => this.change({ hold }));
    const steps = this.model.get("offer").d_steps.map((n) => [String(n), String(n)]);
    const change = (value) => this.change({ d_steps: Number(value) });
    const label = "D steps a round";
    const chosen = String(this.model.get("offer").chosen);
    const row = this.buttons(still, select(label, steps, chosen, change));
    return [
      row,
      this.densities.element,
      legend("densities"),
      this.beliefs.element,
      legend("beliefs"),
    ];
  }

  view() {
    if (!this.state) return;
    drawChart(this.densities.ctx, densityChart(this.arrays), ...WIDE);
    drawChart(this.beliefs.ctx, beliefChart(this.arrays), ...WIDE);
  }

  line(state, rate) {
    const pace = `${count(Math.round(state.speed))} rounds/s, ${rate.toFixed(0)}`;
    return state.playing && state.speed
      ? `${lineWords(state)} (${pace} pictures/s)`
      : lineWords(state);
  }

  words(state) {
    const words = lineWords(state);
    this.densities.element.setAttribute("aria-label", `p and q. ${words}`);
    this.beliefs.element.setAttribute("aria-label", gapSentence(state));
    return words;
  }
}

function render({ model, el }) {
  const game = new Game1D(model, el, "GAN on a line");
  return () => game.remove();
}

export default { render };
