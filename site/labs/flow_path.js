// Solvers of dx/dt = v(x, t) and guidance, as in aigc_course/flow: solvers.py, guidance.py.
// Points are flat [x0, y0, ...]; a velocity is a function (points, t) => as many numbers.

const moved = (x, h, v) => x.map((value, i) => value + h * v[i]);

const STEPS = {
  euler: (v, x, t, s) => moved(x, s - t, v(x, t)),
  midpoint: (v, x, t, s) => {
    const middle = moved(x, (s - t) / 2, v(x, t));
    return moved(x, s - t, v(middle, (t + s) / 2));
  },
  heun: (v, x, t, s) => {
    const first = v(x, t);
    const second = v(moved(x, s - t, first), s);
    return moved(x, (s - t) / 2, first.map((value, i) => value + second[i]));
  },
  rk4: (v, x, t, s) => {
    const [h, middle] = [s - t, (t + s) / 2];
    const k1 = v(x, t);
    const k2 = v(moved(x, h / 2, k1), middle);
    const k3 = v(moved(x, h / 2, k2), middle);
    const k4 = v(moved(x, h, k3), s);
    return moved(x, h / 6, k1.map((k, i) => k + 2 * k2[i] + 2 * k3[i] + k4[i]));
  },
};
export const EVALUATIONS = { euler: 1, midpoint: 2, heun: 2, rk4: 4 };

// x at every time of so many equal steps from 0 to 1, the start included.
export function trajectory(velocity, x, steps, method) {
  const states = [x];
  for (let n = 0; n < steps; n++) {
    states.push(STEPS[method](velocity, states[n], n / steps, (n + 1) / steps));
  }
  return states;
}

// v_u + g (v_c - v_u), with the velocity without and with a condition.
export function guidedField(conditional, unconditional, guidance) {
  return (x, t) => {
    const [c, u] = [conditional(x, t), unconditional(x, t)];
    return u.map((value, i) => value + guidance * (c[i] - value));
  };
}
