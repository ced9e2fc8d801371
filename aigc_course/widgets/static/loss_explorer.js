// Every loss and its slope against the logit; one slider says how sure D is.

import { drawChart } from "./chart.js";
import { canvas, guarded, liveRegion, make, select, slider } from "./controls.js";
import { COLOURS } from "./geometry.js";
import { Herald, percent, reading } from "./words.js";

const CHART = [375, 260];
const VIEWS = {
  generator: "G's loss on a generated point",
  real: "D's loss on a real point",
  fake: "D's loss on a generated point",
};
// colour and line for each loss; those that coincide show through each other's gaps
const LOOKS = [
  [COLOURS.blue, []],
  [COLOURS.orange, [10, 4]],
  [COLOURS.green, [8, 3, 2, 3]],
  [COLOURS.vermilion, [2, 3]],
  [COLOURS.purple, [14, 4]],
  [COLOURS.black, [5, 2]],
];

// The logit at which D = sigmoid(logit) has this value.
export function logit(confidence) {
  return Math.log(confidence / (1 - confidence));
}

// y at `place`, on the straight line between the two neighbours in an even grid x.
export function between(x, y, place) {
  const share = (place - x[0]) / (x[x.length - 1] - x[0]);
  const at = Math.min(Math.max(share, 0), 1) * (x.length - 1);
  const i = Math.min(Math.floor(at), x.length - 2);
  return y[i] + (at - i) * (y[i + 1] - y[i]);
}

// [[name, loss, slope], ...] at a logit. table: {logits, views}.
export function rowsAt(table, view, place) {
  const { logits, views } = table;
  return Object.entries(views[view]).map(([name, { loss, slope }]) => [
    name,
    between(logits, loss, place),
    between(logits, slope, place),
  ]);
}

// The two charts' contents; part: "loss" or "slope".
export function explorerChart(table, view, part, place) {
  const { logits, views } = table;
  const series = Object.values(views[view]).map((curves, i) => {
    const [colour, dash] = LOOKS[i % LOOKS.length];
    return { x: logits, y: curves[part], colour, dash };
  });
  const dots = series.map(({ colour, y }) => ({
    x: place,
    y: between(logits, y, place),
    colour,
  }));
  const yRange = part === "loss" ? [-7, 7] : [-2.2, 2.2];
  const xlabel = "logit";
  return { series, dots, marks: [place], yRange, xlabel, ylabel: part };
}

export function explorerWords(table, view, confidence) {
  const rows = rowsAt(table, view, logit(confidence));
  const slopes = rows.map(([name, , slope]) => `${name} ${reading(slope)}`).join(", ");
  return `D is ${percent(confidence)} sure that the point is real. Slopes: ${slopes}.`;
}

class Explorer {
  constructor(model, el) {
    this.table = model.get("offer");
    this.view = "generator";
    this.confidence = this.table.confidence;
    this.loss = canvas(...CHART, "Losses over the logit");
    this.slope = canvas(...CHART, "Slopes over the logit");
    this.live = liveRegion();
    this.herald = new Herald((text) => (this.live.textContent = text), { gap: 1000 });
    this.body = make("tbody");
    const attributes = { role: "group", "aria-label": "Loss explorer" };
    const root = make("div", { class: "aigc-lab", ...attributes }, this.controls());
    this.remove = guarded(root);
    const { loss, slope } = this;
    root.append(
      make("div", { class: "aigc-stage" }, loss.element, slope.element),
      this.figures(),
      this.live,
    );
    el.append(root);
    this.draw();
  }

  controls() {
    const sure = (c) => `${percent(c)} real, logit ${reading(logit(c))}`;
    const span = { min: 0.005, max: 0.995, step: 0.005, value: this.confidence };
    const row = make("div", { class: "aigc-row" });
    row.append(
      select("look at", Object.entries(VIEWS), this.view, (view) => {
        this.view = view;
        this.draw();
      }),
      slider("D's confidence", span, sure, (confidence) => {
        this.confidence = confidence;
        this.draw();
      }),
    );
    return row;
  }

  figures() {
    const head = ["line", "loss", "value", "slope in the logit"].map((text) =>
      make("th", { scope: "col" }, text),
    );
    const table = make("table", { class: "aigc-figures" });
    table.append(make("thead", {}, make("tr", {}, ...head)), this.body);
    return table;
  }

  draw() {
    const { table, view, confidence } = this;
    const place = logit(confidence);
    drawChart(this.loss.ctx, explorerChart(table, view, "loss", place), ...CHART);
    drawChart(this.slope.ctx, explorerChart(table, view, "slope", place), ...CHART);
    const words = explorerWords(table, view, confidence);
    this.loss.element.setAttribute("aria-label", `${VIEWS[view]}. ${words}`);
    this.slope.element.setAttribute("aria-label", words);
    this.body.replaceChildren(...rowsAt(table, view, place).map(tableRow));
    this.herald.tell(words);
  }
}

function tableRow([name, loss, slope], i) {
  const [colour, dash] = LOOKS[i % LOOKS.length];
  const sign = make("td");
  sign.innerHTML =
    '<svg viewBox="0 0 40 10" width="40" height="10" aria-hidden="true">' +
    `<path d="M0 5 H40" stroke="${colour}" stroke-width="3" ` +
    `stroke-dasharray="${dash.join(" ")}"/></svg>`;
  const cells = [loss, slope].map((value) => make("td", {}, reading(value)));
  return make("tr", {}, sign, make("th", { scope: "row" }, name), ...cells);
}

function render({ model, el }) {
  const explorer = new Explorer(model, el);
  return () => explorer.remove();
}

export default { render };
