// Random numbers of a game's own, the same for the same seed; and the toy sets.

// Even numbers in [0, 1) (mulberry32).
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Standard normal numbers (Box & Muller 1958).
export function normal(even) {
  let kept = null;
  return () => {
    if (kept !== null) {
      const value = kept;
      kept = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - even()));
    const angle = 2 * Math.PI * even();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

// What a game draws, step by step; a test hands in what Python drew.
export class Draws {
  constructor(seed) {
    this.even = uniform(seed);
    this.normal = normal(this.even);
  }

  indices(n, limit, out) {
    for (let i = 0; i < n; i++) out[i] = Math.floor(this.even() * limit);
  }

  normals(n, out) {
    for (let i = 0; i < n; i++) out[i] = this.normal();
  }

  uniforms(n, out) {
    for (let i = 0; i < n; i++) out[i] = this.even();
  }
}

const NOISE = { ring: 0.01, grid: 0.05, spiral: 0.02, moons: 0.05 };

// Centres of the modes as [[x, y], ...]; null for sets without modes.
export function toyModes(name) {
  if (name === "ring") {
    const angle = (i) => (2 * Math.PI * i) / 8;
    return Array.from({ length: 8 }, (_, i) => [Math.cos(angle(i)), Math.sin(angle(i))]);
  }
  const line = [-4, -2, 0, 2, 4];
  return name === "grid" ? line.flatMap((x) => line.map((y) => [x, y])) : null;
}

export const toyNoise = (name) => NOISE[name];

// n points of a toy set, flat [x0, y0, x1, y1, ...], as aigc_course/data/toys.py has it.
export function toy(name, n, seed) {
  const even = uniform(seed + 1000);
  const bell = normal(even);
  const centres = toyModes(name);
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y] = centres ? centres[Math.floor(even() * centres.length)] : curve(name, even);
    points[2 * i] = x + NOISE[name] * bell();
    points[2 * i + 1] = y + NOISE[name] * bell();
  }
  return points;
}

function curve(name, even) {
  if (name === "spiral") {
    const radius = Math.sqrt(even()); // even along the arm
    const angle = 3 * Math.PI * radius;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }
  const angle = Math.PI * even();
  const sign = even() < 0.5 ? 1 : -1; // the lower moon is the upper one, turned
  return [sign * (Math.cos(angle) - 0.5), sign * (Math.sin(angle) - 0.25)];
}
