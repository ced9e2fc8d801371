// The field lab: particles in an exact velocity field and in a learned one.

import { button, canvas, checkbox, make, select } from "./controls.js";
import { drawField, endsSentence, fieldWords } from "./field_view.js";
import { follow } from "./lab_panel.js";
import { legend } from "./legend.js";
import { Player } from "./player.js";

const PLANE = 328; // CSS pixels: two fit beside each other in a website's page
const DATA_NAMES = {
  two: "two normals",
  ring: "ring of 8",
  grid: "grid of 9",
  points: "5 points",
};
const FIELDS = { exact: "Exact field", learned: "Learned field" };

class FieldLab extends Player {
  build() {
    this.shows = { arrows: true, paths: true, data: true };
    this.planes = {};
    const stage = make("div", { class: "aigc-stage" });
    for (const [name, title] of Object.entries(FIELDS)) {
      this.planes[name] = canvas(PLANE, PLANE, title);
      const caption = make("p", { class: "aigc-help" }, title);
      stage.append(make("div", {}, caption, this.planes[name].element));
    }
    const fields = this.fields();
    this.chosen = fields;
    const choices = make("div", { class: "aigc-row" }, ...Object.values(fields));
    return [this.row(), choices, stage, legend("field")];
  }

  row() {
    this.play = button("Play", () => this.toggle(), { class: "aigc-play" });
    this.play.title = "Play or pause (space bar)";
    const show = (text, part) => checkbox(text, true, (on) => this.show(part, on));
    return make(
      "div",
      { class: "aigc-row" },
      this.play,
      button("Next solver step", () => this.step("step"), { shortcut: "n" }),
      button("Train 100 steps", () => this.step("train"), { shortcut: "t" }),
      button("Reset", () => this.reset(), { shortcut: "r" }),
      checkbox("train while playing", false, (train) => this.change({ train })),
      show("arrows", "arrows"),
      show("paths", "paths"),
      show("data", "data"),
    );
  }

  fields() {
    const offer = this.model.get("offer");
    const field = (name, label, read = String) => {
      const values = offer[name].map((v) => [String(v), DATA_NAMES[v] ?? String(v)]);
      const change = (value) => this.change({ [name]: read(value) });
      return select(label, values, undefined, change);
    };
    return {
      data: field("data", "data"),
      solver: field("solver", "solver"),
      steps: field("steps", "steps", Number),
      label: field("label", "label"),
      guidance: field("guidance", "guidance", Number),
    };
  }

  actions() {
    return {
      " ": () => this.toggle(),
      n: () => this.step("step"),
      t: () => this.step("train"),
      r: () => this.reset(),
    };
  }

  receive(message, buffers) {
    super.receive(message, buffers);
    if (message.done && this.ticker.playing) this.pause(); // the particles have arrived
  }

  // Particles that have arrived start anew.
  toggle() {
    if (!this.ticker.playing && this.state?.done) this.send("move", { name: "start" });
    super.toggle();
  }

  show(part, shown) {
    this.shows[part] = shown;
    this.view();
  }

  view() {
    if (!this.state) return;
    const { bounds, settings, t } = this.state;
    for (const [name, wrapped] of Object.entries(this.chosen)) {
      follow(wrapped, settings[name]);
    }
    const { real, places } = this.arrays;
    for (const name of Object.keys(FIELDS)) {
      const [field, paths] = [this.arrays[name], this.arrays[`${name}Paths`]];
      const scene = { bounds, real, places, field, paths, steps: settings.steps, t };
      drawField(this.planes[name].ctx, scene, PLANE, this.shows);
    }
  }

  line(state, rate) {
    const words = fieldWords(state);
    return state.playing ? `${words} (${rate.toFixed(0)} pictures/s)` : words;
  }

  words(state) {
    for (const [name, title] of Object.entries(FIELDS)) {
      const told = `${title}. ${endsSentence(name, state)}`;
      this.planes[name].element.setAttribute("aria-label", told);
    }
    return fieldWords(state);
  }
}

function render({ model, el }) {
  const lab = new FieldLab(model, el, "Field lab");
  return () => lab.remove();
}

export default { render };
