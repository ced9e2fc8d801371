// Answers the GAN lab in the page, as aigc_course/widgets/replies.py does in a kernel.

import { Draws, normal, toy, toyModes, toyNoise, uniform } from "./draws.js";
import { Duel } from "./duel.js";
import { GAMES, sigmoid } from "./games.js";

const WORK = 16; // ms of training for the first tick
const [LEAST_WORK, MOST_WORK] = [4, 26]; // for later ones, so that
const APART = 30; // ms lie between two pictures: more than 30 of them a second
const SMALL_BATCH = 64; // points; a kernel's lab takes 128
const COUNT_EVERY = 400; // ms between counts of the modes while playing
const [POOL, REAL, FAKES, PULLED, COUNTED] = [20000, 300, 250, 50, 2500];
const NEAR = 3; // standard deviations within which a sample is of high quality
const [CELLS, LINES, REACH] = [40, 21, 2.5];
const BLUR = 0.02; // noise on drawn points
const MARGIN = 1.35;

export const START = {
  data: "ring",
  loss: "non-saturating",
  lr_g: 1e-3,
  lr_d: 1e-3,
  d_steps: 1,
  width: 64,
};
const RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
export const OFFER = {
  data: ["ring", "grid", "spiral", "moons", "drawn"],
  loss: Object.keys(GAMES),
  lr_g: RATES,
  lr_d: RATES,
  d_steps: [1, 2, 3, 5, 10],
  width: [16, 32, 64, 128],
};

export class PlaneDesk {
  constructor(now = () => performance.now(), seed = 0) {
    Object.assign(this, { now, seed, settings: { ...START }, drawn: [] });
    Object.assign(this, { counted: -Infinity, ticked: -Infinity, speed: 0 });
    Object.assign(this, { work: WORK, apart: APART });
    const draw = normal(uniform(seed + 1));
    this.latents = Float64Array.from({ length: 2 * COUNTED }, draw);
    this.reset();
  }

  // [header, {name: numbers}] for a message of the page.
  answer(message) {
    const { kind } = message;
    if (["tick", "move"].includes(kind) && !this.points.length) {
      return [{ kind: "refused", text: "Draw some points on the plane first." }, {}];
    }
    if (kind !== "hello") this[kind](message);
    return this.frame(message.id ?? null, kind !== "tick");
  }

  tick() {
    const start = this.now();
    let rounds = 0;
    do {
      this.duel.round();
      rounds += 1;
    } while (this.now() - start < this.work);
    if (start - this.counted > COUNT_EVERY) {
      this.note();
      this.counted = start;
    }
    const since = start - this.ticked;
    this.ticked = start;
    const pace = (1000 * rounds) / since;
    if (since > 1000) this.speed = 0;
    else this.speed = this.speed ? 0.9 * this.speed + 0.1 * pace : pace;
    if (since < 1000) this.adapt(since);
  }

  // More work where pictures come early, less where they come late.
  adapt(since) {
    this.apart = 0.8 * this.apart + 0.2 * since;
    const better = this.work * (this.apart < APART ? 1.05 : 0.9);
    this.work = Math.min(MOST_WORK, Math.max(LEAST_WORK, better));
  }

  move({ name }) {
    if (name === "d") this.duel.dStep();
    else if (name === "g") this.duel.gStep();
    else this.duel.round();
    this.note();
  }

  // Another data set or width starts a new game.
  set({ settings }) {
    const old = this.settings;
    this.settings = { ...old, ...settings };
    this.duel.change(this.settings);
    if (old.data !== this.settings.data || old.width !== this.settings.width) this.reset();
  }

  reset() {
    this.points = this.pool();
    this.duel = new Duel(this.points, new Draws(this.seed), {
      ...this.settings,
      batch: SMALL_BATCH,
    });
    this.history = [];
    this.report = null;
  }

  draw({ points }) {
    this.drawn.push(...points);
    this.drawn = this.drawn.slice(-2 * POOL);
    this.duel.points = this.points = this.pool();
  }

  clear() {
    this.drawn = [];
    this.reset();
  }

  pool() {
    if (this.settings.data !== "drawn") return toy(this.settings.data, POOL, this.seed);
    const known = this.drawn.length / 2;
    if (!known) return new Float64Array(0);
    const even = uniform(this.seed);
    const bell = normal(even);
    const points = new Float64Array(2 * POOL);
    for (let i = 0; i < POOL; i++) {
      const row = Math.floor(even() * known);
      points[2 * i] = this.drawn[2 * row] + BLUR * bell();
      points[2 * i + 1] = this.drawn[2 * row + 1] + BLUR * bell();
    }
    return points;
  }

  // Count modes and add a row to the history.
  note() {
    this.report = this.count();
    const { covered, modes, quality } = this.report ?? { covered: NaN, modes: 1, quality: NaN };
    const { D = NaN, G = NaN } = this.duel.readings;
    this.history.push([this.duel.rounds, D, G, covered / modes, quality]);
    if (this.history.length > 240) this.history = this.history.filter((_, i) => i % 2 === 0);
  }

  // Modes reached by 2,500 samples from fixed latents (Lin et al. 2018, PacGAN).
  count() {
    const centres = toyModes(this.settings.data);
    return centres && countModes(
      this.duel.generate(this.latents),
      centres,
      NEAR * toyNoise(this.settings.data),
    );
  }

  bounds() {
    if (this.settings.data === "drawn") return [-1.5, 1.5, -1.5, 1.5];
    let most = 0;
    for (const value of this.points) most = Math.max(most, Math.abs(value));
    const half = MARGIN * most;
    return [-half, half, -half, half];
  }

  frame(id, withData) {
    const { duel, report } = this;
    const game = GAMES[this.settings.loss];
    const modes = toyModes(this.settings.data)?.length ?? 0;
    if (withData || !this.seen) this.seen = this.bounds();
    const border = game.probability || game.targets ? 0.5 : null;
    const readings = {};
    for (const name of ["D", "G", "D(x)", "D(G(z))"]) {
      readings[name] = Number.isFinite(duel.readings[name]) ? duel.readings[name] : null;
    }
    const header = {
      kind: "frame",
      id,
      settings: this.settings,
      rounds: duel.rounds,
      d_moves: duel.dMoves,
      g_moves: duel.gMoves,
      speed: this.speed,
      readings,
      probability: Boolean(game.probability),
      modes,
      covered: report?.covered ?? null,
      quality: report?.quality ?? null,
      bounds: this.seen,
      surface: { rows: CELLS, cols: CELLS, border },
      lattice: { rows: LINES, cols: LINES },
    };
    return [header, this.arrays(game, withData)];
  }

  arrays(game, withData) {
    const { duel } = this;
    const fake = duel.generate(this.latents.subarray(0, 2 * FAKES));
    const starts = fake.slice(0, 2 * PULLED);
    const found = {
      fake,
      values: surface(duel.judge(this.places()), game),
      points: duel.generate(LATTICE),
      starts,
      slopes: this.points.length ? this.pulled(starts) : new Float64Array(2 * PULLED),
      history: this.history.flat(),
    };
    return withData ? { ...found, real: this.points.slice(0, 2 * REAL) } : found;
  }

  // Where D's surface is drawn; the same until the plane changes.
  places() {
    const [, half] = this.seen;
    if (this.half !== half) this.cells = places(this.seen);
    this.half = half;
    return this.cells;
  }

  // The draws that only a picture needs leave the game's own as they are.
  pulled(starts) {
    const own = this.duel.draws;
    this.duel.draws = new Draws(this.duel.gMoves);
    const found = this.duel.pulls(starts);
    this.duel.draws = own;
    return found;
  }
}

const spread = (n, half) =>
  Array.from({ length: n }, (_, i) => -half + (2 * half * i) / (n - 1));

const LATTICE = Float64Array.from(
  spread(LINES, REACH).flatMap((x) => spread(LINES, REACH).flatMap((y) => [x, y])),
);

// The middles of the surface's cells, rows from below.
function places([, half]) {
  const line = spread(CELLS, half);
  return Float64Array.from(line.flatMap((y) => line.flatMap((x) => [x, y])));
}

// D's outputs as heights 0 (generated) to 1 (real).
function surface(logits, { probability, targets }) {
  if (probability) return logits.map(sigmoid);
  let [low, high] = targets ?? [Infinity, -Infinity];
  if (!targets) {
    for (const logit of logits) {
      low = Math.min(low, logit);
      high = Math.max(high, logit);
    }
  }
  const scale = Math.max(high - low, 1e-12);
  return logits.map((logit) => Math.min(1, Math.max(0, (logit - low) / scale)));
}

// Modes with a sample within `near`, and the share of samples that are near one.
export function countModes(samples, centres, near) {
  const seen = new Set();
  let good = 0;
  for (let i = 0; i < samples.length; i += 2) {
    let [best, at] = [Infinity, -1];
    centres.forEach(([x, y], mode) => {
      const distance = Math.hypot(samples[i] - x, samples[i + 1] - y);
      if (distance < best) [best, at] = [distance, mode];
    });
    if (best > near) continue;
    good += 1;
    seen.add(at);
  }
  return { covered: seen.size, modes: centres.length, quality: good / (samples.length / 2) };
}
