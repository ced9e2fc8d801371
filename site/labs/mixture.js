// Mixtures of equal normals in the plane, and the velocity that carries standard normal
// noise to them along straight paths; `aigc_course/flow/exact.py` has the formulas.

const turn = (i, n) => (2 * Math.PI * i) / n;
const corners = (n, radius) =>
  Array.from({ length: n }, (_, i) => [
    radius * Math.cos(turn(i, n)),
    radius * Math.sin(turn(i, n)),
  ]);
const line = [-2, 0, 2];

// As `WORLDS` of aigc_course/widgets/field_game.py: centres, deviation, class of each.
export const WORLDS = {
  two: { means: [[-1.5, 0], [1.5, 0]], std: 0.4, classes: [0, 1] },
  ring: { means: corners(8, 2), std: 0.15, classes: [0, 1, 0, 1, 0, 1, 0, 1] },
  grid: {
    means: line.flatMap((x) => line.map((y) => [x, y])),
    std: 0.2,
    classes: [0, 1, 0, 1, 0, 1, 0, 1, 0],
  },
  points: { means: corners(5, 2), std: 0.02, classes: [0, 1, 0, 1, 0] },
};
export const LABELS = ["none", "A", "B"];

// The centres of a world that a label leaves: all of them for "none".
export function meansOf(name, label) {
  const { means, classes } = WORLDS[name];
  const wanted = LABELS.indexOf(label) - 1;
  return means.filter((_, k) => wanted < 0 || classes[k] === wanted);
}

// u_t(x) = sum_k r_k [m_k + b (x - t m_k)], b = (t s^2 - (1 - t))/v,
// v = (1 - t)^2 + t^2 s^2. points: flat [x0, y0, ...]; gives as many numbers.
export function mixtureVelocity(means, std, points, t) {
  const v = (1 - t) ** 2 + (t * std) ** 2;
  const b = (t * std ** 2 - (1 - t)) / v;
  const found = new Float64Array(points.length);
  const logs = new Float64Array(means.length);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    let most = -Infinity;
    means.forEach(([mx, my], k) => {
      logs[k] = -((x - t * mx) ** 2 + (y - t * my) ** 2) / (2 * v);
      most = Math.max(most, logs[k]);
    });
    let total = 0;
    means.forEach(([mx, my], k) => {
      const share = Math.exp(logs[k] - most);
      total += share;
      found[i] += share * (mx + b * (x - t * mx));
      found[i + 1] += share * (my + b * (y - t * my));
    });
    found[i] /= total;
    found[i + 1] /= total;
  }
  return found;
}
