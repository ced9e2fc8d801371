// The GAN lab's controls.

import { button, checkbox, make, select } from "./controls.js";

const NAMES = {
  ring: "ring of 8",
  grid: "grid of 25",
  spiral: "spiral",
  moons: "two moons",
  drawn: "your own drawing",
};

const HINT =
  "Drag on the plane to place points. With keys: arrows move the cross," +
  " Enter places points around it.";

// lab: what the controls act on. offer: {data, loss, lr_g, lr_d, d_steps, width}, the
// values to choose from. follow(settings) shows what the kernel says.
export function labPanel(lab, offer) {
  const show = (text, part) => checkbox(text, true, (on) => lab.show(part, on));
  const buttons = lab.buttons(
    show("D's surface", "surface"),
    show("G's grid", "lattice"),
    show("arrows", "arrows"),
  );
  const fields = settingFields(lab, offer);
  const row = make("div", { class: "aigc-row" }, ...Object.values(fields));
  const hint = make("p", { class: "aigc-row", hidden: "" }, HINT);
  hint.append(button("Clear the drawing", () => lab.clear()));
  return {
    elements: [buttons, row, hint],
    follow: (settings) => {
      hint.hidden = settings.data !== "drawn";
      for (const [name, field] of Object.entries(fields)) follow(field, settings[name]);
    },
  };
}

function settingFields(lab, offer) {
  const numbers = ["lr_g", "lr_d", "d_steps", "width"];
  const field = (name, label) => {
    const values = offer[name].map((v) => [String(v), NAMES[v] ?? String(v)]);
    const read = numbers.includes(name) ? Number : String;
    return select(label, values, undefined, (v) => lab.change({ [name]: read(v) }));
  };
  return {
    data: field("data", "data"),
    loss: field("loss", "loss"),
    lr_g: field("lr_g", "G's learning rate"),
    lr_d: field("lr_d", "D's learning rate"),
    d_steps: field("d_steps", "D steps a round"),
    width: field("width", "width"),
  };
}

// Show the kernel's value when it changes: a choice that is on its way stays.
export function follow(wrapped, value) {
  const field = wrapped.querySelector("select");
  if (field.dataset.told === String(value)) return;
  field.dataset.told = String(value);
  field.value = String(value);
}
