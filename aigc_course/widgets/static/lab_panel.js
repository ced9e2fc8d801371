// The lab's controls and the keys to its pictures.

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

// lab: what the controls act on. choices: {data, loss, lr, d_steps, width}, the values
// on offer. follow(settings) shows what the kernel says; playing(flag) names the button.
export function controlPanel(lab, choices) {
  const play = button("Play", () => lab.toggle(), { class: "aigc-play" });
  play.title = "Play or pause (space bar)";
  const buttons = make(
    "div",
    { class: "aigc-row" },
    play,
    button("One D step", () => lab.step("d"), { shortcut: "d" }),
    button("One G step", () => lab.step("g"), { shortcut: "g" }),
    button("Reset", () => lab.reset(), { shortcut: "r" }),
    checkbox("D's surface", true, (on) => lab.show("surface", on)),
    checkbox("G's grid", true, (on) => lab.show("lattice", on)),
    checkbox("arrows", true, (on) => lab.show("arrows", on)),
  );
  const hint = make("p", { class: "aigc-row", hidden: "" }, HINT);
  hint.append(button("Clear the drawing", () => lab.clear()));
  const fields = settingFields(lab, choices);
  const row = make("div", { class: "aigc-row" });
  row.append(...Object.values(fields));
  return {
    element: make("div", {}, buttons, row, hint),
    playing: (on) => (play.textContent = on ? "Pause" : "Play"),
    follow: (settings) => {
      hint.hidden = settings.data !== "drawn";
      for (const [name, field] of Object.entries(fields)) follow(field, settings[name]);
    },
  };
}

function settingFields(lab, choices) {
  const numbers = ["lr_g", "lr_d", "d_steps", "width"];
  const field = (name, label) => {
    const offer = choices[name].map((v) => [String(v), NAMES[v] ?? String(v)]);
    const read = numbers.includes(name) ? Number : String;
    return select(label, offer, undefined, (v) => lab.change({ [name]: read(v) }));
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
function follow(wrapped, value) {
  const field = wrapped.querySelector("select");
  if (field.dataset.told === String(value)) return;
  field.dataset.told = String(value);
  field.value = String(value);
}

const DRAWN = {
  circle: '<circle cx="8" cy="8" r="4" fill="none" stroke="#0072B2" stroke-width="2"/>',
  triangle: '<path d="M8 3 L13 12 L3 12 Z" fill="#D55E00"/>',
  pale:
    '<rect width="8" height="16" fill="#F3BE6E"/>' +
    '<rect x="8" width="8" height="16" fill="#78B4DC"/>',
  dashed: '<path d="M0 8 H16" stroke="#000" stroke-width="2" stroke-dasharray="4 3"/>',
  mesh: '<path d="M0 5 H16 M0 11 H16 M5 0 V16 M11 0 V16" stroke="#777" fill="none"/>',
  arrow: '<path d="M1 8 H14 M10 4 L14 8 L10 12" stroke="#000" fill="none"/>',
  blue: '<path d="M0 8 H16" stroke="#0072B2" stroke-width="3"/>',
  red: '<path d="M0 8 H16" stroke="#D55E00" stroke-width="3" stroke-dasharray="6 3"/>',
  green: '<path d="M0 8 H16" stroke="#009E73" stroke-width="3"/>',
  dotted: '<path d="M0 8 H16" stroke="#000" stroke-width="3" stroke-dasharray="2 3"/>',
};

const LEGENDS = {
  plane: [
    ["circle", "real"],
    ["triangle", "generated"],
    ["pale", "D's surface: takes for generated, for real"],
    ["dashed", "D is undecided"],
    ["mesh", "grid of latents bent by G"],
    ["arrow", "where the loss pulls"],
  ],
  losses: [
    ["blue", "loss of D"],
    ["red", "loss of G"],
  ],
  shares: [
    ["green", "modes covered"],
    ["dotted", "high quality (within 3 σ of a mode)"],
  ],
};

// What the signs of a picture mean, as text beside the signs.
export function legend(name) {
  const items = LEGENDS[name].map(([shape, text]) => {
    const item = make("li");
    const sign = `<svg viewBox="0 0 16 16" aria-hidden="true">${DRAWN[shape]}</svg>`;
    item.innerHTML = sign;
    item.append(text);
    return item;
  });
  return make("ul", { class: "aigc-legend" }, ...items);
}
