// What a person sees and does: seed, digit, walk, saving, two languages.

import { normals } from "./counters.js";
import { pixels } from "./network.js";
import { open } from "./own.js";

const SIDE = 28;
const ROWS = 4;
const COUNT = ROWS * ROWS;
const CLASSES = 10;
const MOST_SEED = Number.MAX_SAFE_INTEGER;

const element = (id) => document.getElementById(id);
const facts = JSON.parse(element("facts").textContent);
const words = JSON.parse(element("words").textContent);
const state = { pictures: null, seed: 0, digit: null, language: "en", last: null };

/** A sentence of the table, its named places filled. */
export function say(language, key, values = {}) {
  return words[key][language].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const told = (key, values) => say(state.language, key, values);

/** Latents of a picture of this seed, with the digit's place marked behind them. */
export function latents(seed, picture, digit, { latent, labels }) {
  const z = normals(seed, picture, latent);
  if (!labels) return z;
  const row = new Float32Array(latent + CLASSES);
  row.set(z);
  row[latent + (digit ?? picture % CLASSES)] = 1;
  return row;
}

/** Between two latents at equal speed on the sphere (Shoemake 1985, slerp). */
export function between(a, b, share) {
  const [length, other] = [Math.hypot(...a), Math.hypot(...b)];
  const dot = a.reduce((sum, value, i) => sum + value * b[i], 0);
  const cosine = Math.min(Math.max(dot / (length * other), -1), 1);
  const angle = Math.acos(cosine);
  if (angle < 1e-6) return a;
  const [first, second] = [1 - share, share].map((s) => Math.sin(s * angle) / Math.sin(angle));
  return a.map((value, i) => first * value + second * b[i]);
}

function paint(context, picture, x, y) {
  const image = context.createImageData(SIDE, SIDE);
  pixels(picture).forEach((grey, i) => {
    image.data.set([grey, grey, grey, 255], 4 * i);
  });
  context.putImageData(image, x, y);
}

/** The 16 pictures of a seed; they are drawn, shown and told. */
async function drawGrid() {
  const context = element("grid").getContext("2d");
  const began = performance.now();
  const { seed, digit } = state;
  const rows = Array.from({ length: COUNT }, (_, i) => latents(seed, i, digit, facts));
  const found = await state.pictures(rows);
  if (seed !== state.seed || digit !== state.digit) return; // asked anew meanwhile
  found.forEach((picture, i) => {
    paint(context, picture, SIDE * (i % ROWS), SIDE * Math.floor(i / ROWS));
  });
  const ms = ((performance.now() - began) / COUNT).toFixed(1);
  tell("drawn", { seed, ms });
  describe();
  await drawWalk();
}

async function drawWalk() {
  const [from, to] = ["from", "to"].map((id) => number(id, 1, COUNT));
  if (from === null || to === null) return tell("wrong_picture");
  const way = Number(element("way").value);
  const [a, b] = [from, to].map((n) => latents(state.seed, n - 1, state.digit, facts));
  const z = between(a.slice(0, facts.latent), b.slice(0, facts.latent), way / 100);
  const row = Float32Array.from(a, (value, i) =>
    i < facts.latent ? z[i] : value + (b[i] - value) * (way / 100),
  );
  const [picture] = await state.pictures([row]);
  paint(element("walk").getContext("2d"), picture, 0, 0);
  element("walk").setAttribute("aria-label", told("walk_seen", { way, from, to }));
}

/** The whole number in a field, or null where there is none in range. */
function number(id, low, high) {
  const text = element(id).value.trim();
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : null;
}

function tell(key, values) {
  state.last = [key, values];
  element("status").textContent = told(key, values);
}

function describe() {
  const { seed, digit } = state;
  const key = digit === null ? "grid_seen" : "grid_digit";
  element("grid").setAttribute("aria-label", told(key, { seed, digit }));
}

function draw(event) {
  event?.preventDefault();
  const seed = number("seed", 0, MOST_SEED);
  if (seed === null) return tell("wrong_seed", { most: MOST_SEED });
  const digit = element("digit").value;
  Object.assign(state, { seed, digit: digit === "" ? null : Number(digit) });
  return drawGrid();
}

function next() {
  const seed = number("seed", 0, MOST_SEED - 1);
  element("seed").value = seed === null ? 0 : seed + 1;
  draw();
}

/** The grid as a file: it does not leave the browser on its way. */
function save() {
  element("grid").toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${facts.name}-${state.seed}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
    tell("saved", { file: link.download });
  });
}

function translate(language) {
  state.language = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const one of document.querySelectorAll("[data-word]")) {
    one.textContent = told(one.dataset.word, facts);
  }
  document.title = told("title", facts);
  element("digit").replaceChildren(
    new Option(told("all"), ""),
    ...Array.from({ length: CLASSES }, (_, digit) => new Option(digit, digit)),
  );
  element("digit").value = state.digit ?? "";
  listFacts();
  if (state.last) tell(...state.last);
  if (state.pictures) {
    describe();
    drawWalk();
  }
}

function listFacts() {
  const rows = Object.entries(facts.card).flatMap(([key, value]) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = told(`fact_${key}`);
    text.textContent = value;
    return [term, text];
  });
  element("card").replaceChildren(...rows);
}

async function start() {
  const chinese = navigator.language.toLowerCase().startsWith("zh");
  element("language").value = chinese ? "zh" : "en";
  translate(element("language").value);
  element("digit-field").hidden = !facts.labels;
  element("language").addEventListener("change", (e) => translate(e.target.value));
  try {
    state.pictures = await open(facts, (id) => element(id).textContent);
  } catch (error) {
    tell("damaged", { reason: error.message || error.name });
    return;
  }
  element("form").addEventListener("submit", draw);
  element("digit").addEventListener("change", () => draw());
  element("next").addEventListener("click", next);
  element("save").addEventListener("click", save);
  for (const id of ["from", "to", "way"]) element(id).addEventListener("input", drawWalk);
  await draw();
  // for who wants to draw from a script: 784 pixels each, row by row
  globalThis.aigcPictures = async (seed, first, count, digit = null) => {
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const rows = numbers.map((picture) => latents(seed, picture, digit, facts));
    return (await state.pictures(rows)).map(pixels);
  };
  document.documentElement.dataset.drawn = performance.now().toFixed(0);
}

await start();
