// Answers the field lab in the page, as aigc_course/widgets/field_game.py does in a kernel.

import { Draws, normal, uniform } from "./draws.js";
import { FieldLearner } from "./field_learner.js";
import { EVALUATIONS, guidedField, trajectory } from "./flow_path.js";
import { LABELS, WORLDS, meansOf, mixtureVelocity } from "./mixture.js";

const WORK = 12; // ms of training for a tick
const LASTS = 4000; // ms in which the particles go from t = 0 to 1
const LONGEST = 100; // ms that a tick may count for
const PRACTICE = 100; // training steps of a button
const [PARTICLES, SHOWN, SIDE] = [200, 200, 13];
const BOUND = 3.2; // the plane goes from -BOUND to BOUND
const FINE = 64; // steps of RK4 that stand for the exact flow
const NEAR = 3; // standard deviations within which an end is close to a mode

export const START = {
  data: "ring",
  solver: "euler",
  steps: 8,
  label: "none",
  guidance: 1,
  train: false,
};
export const OFFER = {
  data: Object.keys(WORLDS),
  solver: Object.keys(EVALUATIONS),
  steps: [1, 2, 3, 4, 6, 8, 12, 16, 32],
  label: LABELS,
  guidance: [0, 0.5, 1, 1.5, 2, 3, 4],
};

export class FieldDesk {
  constructor(now = () => performance.now(), seed = 0) {
    Object.assign(this, { now, seed, settings: { ...START }, ticked: -Infinity });
    const draw = normal(uniform(seed + 1));
    this.noise = Float64Array.from({ length: 2 * PARTICLES }, draw);
    this.reset();
  }

  answer(message) {
    const { kind } = message;
    if (kind !== "hello") this[kind](message);
    return this.frame(message.id ?? null, kind !== "tick");
  }

  reset() {
    this.learner = new FieldLearner(this.settings.data, new Draws(this.seed));
    Object.assign(this, { t: 0, found: "", solved: "", paths: {} });
  }

  // Other data begin anew.
  set({ settings }) {
    const old = this.settings.data;
    this.settings = { ...this.settings, ...settings };
    if (old !== this.settings.data) this.reset();
  }

  // "step": to the next time of the solver. "start": to t = 0. "train": some steps of the
  // network.
  move({ name }) {
    const { steps } = this.settings;
    if (name === "start") this.t = 0;
    else if (name === "train") for (let i = 0; i < PRACTICE; i++) this.learner.step();
    else this.t = this.t >= 1 ? 0 : Math.min(1, (Math.floor(this.t * steps + 1e-9) + 1) / steps);
  }

  tick() {
    const start = this.now();
    if (this.settings.train) {
      do this.learner.step();
      while (this.now() - start < WORK);
    }
    const passed = Math.min(LONGEST, start - this.ticked);
    this.ticked = start;
    const again = this.settings.train && this.t >= 1;
    this.t = again ? 0 : Math.min(1, this.t + passed / LASTS);
  }

  // (points, t) => velocity, guided where there is a label; field: "exact" or "learned".
  velocity(field) {
    const { label, guidance } = this.settings;
    if (label === "none") return this.plain(field, label);
    return guidedField(this.plain(field, label), this.plain(field, "none"), guidance);
  }

  plain(field, label) {
    const { data } = this.settings;
    if (field === "learned") {
      return (x, t) => this.learner.velocity(x, t, LABELS.indexOf(label) - 1);
    }
    const means = meansOf(data, label);
    return (x, t) => mixtureVelocity(means, WORLDS[data].std, x, t);
  }

  // Paths of the particles in both fields, and where the exact flow ends; once for each
  // choice. Says whether anything is new.
  solve() {
    const { steps, solver, train, ...asked } = this.settings;
    const truth = JSON.stringify(asked);
    const exact = JSON.stringify([truth, steps, solver]);
    const learned = JSON.stringify([exact, this.learner.steps]);
    if (truth !== this.known) {
      this.ends = trajectory(this.velocity("exact"), this.noise, FINE, "rk4").at(-1);
      this.known = truth;
    }
    if (exact !== this.found) this.paths.exact = this.path("exact");
    const isNew = learned !== this.solved;
    if (isNew) this.paths.learned = this.path("learned");
    Object.assign(this, { found: exact, solved: learned });
    return isNew;
  }

  path(field) {
    const { steps, solver } = this.settings;
    return trajectory(this.velocity(field), this.noise, steps, solver);
  }

  frame(id, withData) {
    const isNew = this.solve();
    const { settings, learner, t } = this;
    const here = between(this.paths.exact, t);
    const twice = settings.label !== "none" && ![0, 1].includes(settings.guidance);
    const told = (measure) => ({
      exact: measure(this.paths.exact.at(-1)),
      learned: measure(this.paths.learned.at(-1)),
    });
    const header = {
      kind: "frame",
      id,
      settings,
      t,
      trained: learner.steps,
      loss: learner.loss,
      evaluations: settings.steps * EVALUATIONS[settings.solver] * (twice ? 2 : 1),
      gap: rootMeanSquare(
        this.velocity("learned")(here, t),
        this.velocity("exact")(here, t),
      ),
      apart: told((ends) => meanDistance(ends, this.ends)),
      near: told((ends) => shareNear(ends, settings.data, settings.label)),
      done: t >= 1 && !settings.train,
      bounds: [-BOUND, BOUND, -BOUND, BOUND],
    };
    return [header, this.arrays(withData, isNew)];
  }

  arrays(withData, isNew) {
    const found = {};
    for (const field of ["exact", "learned"]) {
      found[field] = this.velocity(field)(PLACES, this.t);
      if (withData || isNew) found[`${field}Paths`] = this.paths[field].flatMap((x) => [...x]);
    }
    return withData ? { ...found, places: PLACES, real: this.sample() } : found;
  }

  sample() {
    const { means, std } = WORLDS[this.settings.data];
    const even = uniform(this.seed + 2);
    const bell = normal(even);
    return Array.from({ length: SHOWN }, () => {
      const [x, y] = means[Math.floor(even() * means.length)];
      return [x + std * bell(), y + std * bell()];
    }).flat();
  }
}

const RULE = Array.from({ length: SIDE }, (_, i) => BOUND * 0.94 * ((2 * i) / (SIDE - 1) - 1));
const PLACES = Float64Array.from(RULE.flatMap((x) => RULE.flatMap((y) => [x, y])));

// Where particles are at time t: on straight lines between the solver's times.
export function between(path, t) {
  const place = t * (path.length - 1);
  const k = Math.min(path.length - 2, Math.floor(place));
  return path[k].map((value, i) => value + (place - k) * (path[k + 1][i] - value));
}

function distances(a, b) {
  return Array.from({ length: a.length / 2 }, (_, i) =>
    Math.hypot(a[2 * i] - b[2 * i], a[2 * i + 1] - b[2 * i + 1]),
  );
}

export function meanDistance(a, b) {
  const found = distances(a, b);
  return found.reduce((sum, d) => sum + d, 0) / found.length;
}

export function rootMeanSquare(a, b) {
  const found = distances(a, b);
  return Math.sqrt(found.reduce((sum, d) => sum + d * d, 0) / found.length);
}

// Share of the points within 3 deviations of a centre that the label leaves.
export function shareNear(points, data, label) {
  const means = meansOf(data, label);
  const reach = NEAR * WORLDS[data].std;
  let near = 0;
  for (let i = 0; i < points.length; i += 2) {
    const away = ([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y);
    if (means.some((mean) => away(mean) <= reach)) near += 1;
  }
  return near / (points.length / 2);
}
