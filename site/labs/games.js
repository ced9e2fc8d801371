// The losses of aigc_course/gan/losses.py with their slopes in the logits. Each function
// gives the mean over its batch and writes the slope of that mean for each logit.

// log(1 + e^a) and its slope, without overflow.
export function softplus(a) {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}

export function sigmoid(a) {
  return a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a));
}

// The mean of f over a batch; slope(a) / n goes to `out`.
function mean(logits, out, f, slope) {
  const n = logits.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += f(logits[i]);
    out[i] = slope(logits[i]) / n;
  }
  return total / n;
}

// -log sigmoid(a)
const asReal = (logits, out) =>
  mean(logits, out, (a) => softplus(-a), (a) => sigmoid(a) - 1);
// -log(1 - sigmoid(a))
const asFake = (logits, out) => mean(logits, out, softplus, sigmoid);
const critic = (logits, out) => mean(logits, out, (a) => -a, () => -1);

function crossEntropy(real, fake, dReal, dFake) {
  return asReal(real, dReal) + asFake(fake, dFake);
}

function leastSquares(real, fake, dReal, dFake) {
  const towards = (goal) => [(a) => (a - goal) ** 2 / 2, (a) => a - goal];
  return mean(real, dReal, ...towards(1)) + mean(fake, dFake, ...towards(0));
}

function wasserstein(real, fake, dReal, dFake) {
  return critic(real, dReal) + mean(fake, dFake, (a) => a, () => 1);
}

function hinge(real, fake, dReal, dFake) {
  const above = (sign) => [
    (a) => Math.max(0, 1 - sign * a),
    (a) => (1 - sign * a > 0 ? -sign : 0),
  ];
  return mean(real, dReal, ...above(1)) + mean(fake, dFake, ...above(-1));
}

// -log sigmoid(better - worse), in pairs.
function compared(better, worse, dBetter, dWorse) {
  const n = better.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const a = worse[i] - better[i];
    total += softplus(a);
    dWorse[i] = sigmoid(a) / n;
    dBetter[i] = -dWorse[i];
  }
  return total / n;
}

// discriminator(real, fake, dReal, dFake), generator(fake, dFake, real, unused).
export const GAMES = {
  "non-saturating": { discriminator: crossEntropy, generator: asReal, probability: true },
  minimax: {
    discriminator: crossEntropy,
    generator: (fake, dFake) =>
      mean(fake, dFake, (a) => -softplus(a), (a) => -sigmoid(a)),
    probability: true,
  },
  "least-squares": {
    discriminator: leastSquares,
    generator: (fake, dFake) =>
      mean(fake, dFake, (a) => (a - 1) ** 2 / 2, (a) => a - 1),
    targets: [0, 1],
  },
  wasserstein: { discriminator: wasserstein, generator: critic, penalty: 1 },
  hinge: { discriminator: hinge, generator: critic, targets: [-1, 1] },
  relativistic: {
    discriminator: compared,
    generator: (fake, dFake, real, unused) => compared(fake, real, dFake, unused),
    compares: true,
  },
};
