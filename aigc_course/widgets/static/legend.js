// What the signs of the pictures mean, as text beside the signs.

import { make } from "./controls.js";

const DRAWN = {
  circle: '<circle cx="8" cy="8" r="4" fill="none" stroke="#0072B2" stroke-width="2"/>',
  triangle: '<path d="M8 3 L13 12 L3 12 Z" fill="#D55E00"/>',
  pale:
    '<rect width="8" height="16" fill="#F3BE6E"/>' +
    '<rect x="8" width="8" height="16" fill="#78B4DC"/>',
  dashed: '<path d="M0 8 H16" stroke="#000" stroke-width="2" stroke-dasharray="4 3"/>',
  mesh: '<path d="M0 5 H16 M0 11 H16 M5 0 V16 M11 0 V16" stroke="#777" fill="none"/>',
  path: '<path d="M1 13 L6 6 L11 9 L15 2" stroke="#666" stroke-width="2" fill="none"/>',
  arrow: '<path d="M1 8 H14 M10 4 L14 8 L10 12" stroke="#000" fill="none"/>',
  blue: '<path d="M0 8 H16" stroke="#0072B2" stroke-width="3"/>',
  red: '<path d="M0 8 H16" stroke="#D55E00" stroke-width="3" stroke-dasharray="6 3"/>',
  green: '<path d="M0 8 H16" stroke="#009E73" stroke-width="3"/>',
  black: '<path d="M0 8 H16" stroke="#000" stroke-width="3"/>',
  greendash:
    '<path d="M0 8 H16" stroke="#009E73" stroke-width="3" stroke-dasharray="6 3"/>',
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
  field: [
    ["circle", "data"],
    ["triangle", "particles"],
    ["path", "where they came from"],
    ["arrow", "velocity at time t"],
  ],
  losses: [
    ["blue", "loss of D"],
    ["red", "loss of G"],
  ],
  densities: [
    ["blue", "p, the data"],
    ["red", "q, what G makes"],
  ],
  beliefs: [
    ["black", "D as it has learnt"],
    ["greendash", "p / (p + q), the best D"],
  ],
  shares: [
    ["green", "modes covered"],
    ["dotted", "high quality (within 3 σ of a mode)"],
  ],
};

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
