"""Exercise on one round of the game on a grid, both players by hand."""

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


Pair = tuple[Array, Array]


exercise = Exercise(
    "02.tabular_step",
    order=70,
    title="One round of the game",
    difficulty=4,
    minutes=20,
    asks="step",
    idea="Both move along the gradient of the same V, D up and G down. G looks at the D"
    " that has just moved.",
    formula="a <- a + rate (p (1 - D) - q D); then theta_k <- theta_k - rate q_k (g_k -"
    " sum_j q_j g_j) with g = log(1 - D).",
    line="Write `q, d = np.exp(theta) / np.exp(theta).sum(), 1 / (1 +"
    " np.exp(-logits))`, `logits = logits + rate * (p * (1 - d) - q * d)`, `g ="
    " -np.log1p(np.exp(logits))` and `return logits, theta - rate * q * (g - q @"
    " g)`.",
    variation="Let G minimise -sum q log D instead; see where it ends, and which of the"
    " two is faster at the start.",
)


@exercise.answer
def tabular_step(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """One ascent step of D, then one descent step of G on V, on n places.

    logits: [n], D = sigmoid(logits). theta: [n], q = softmax(theta). p: [n], the data's
    probabilities, sum 1. Returns the new (logits, theta).
    """
    q = np.exp(theta) / np.exp(theta).sum()
    d = 1 / (1 + np.exp(-logits))
    logits = logits + rate * (p * (1 - d) - q * d)  # D climbs
    g = -np.log1p(np.exp(logits))  # log(1 - D), of the D that has just learnt
    return logits, theta - rate * q * (g - q @ g)  # G descends


@exercise.inputs
def some_rounds() -> list[tuple[Array, Array, Array, float]]:
    a, theta, z = torch.randn(3, 6, dtype=torch.float64)
    p = z.softmax(0).numpy()
    return [(a.numpy(), theta.numpy(), p, 0.5), (np.zeros(6), z.numpy(), p, 3.0)]


@exercise.must_hold
def rest(f) -> bool:
    """At q = p and D = 1/2 no player moves: that is the equilibrium."""
    p = np.array([0.1, 0.2, 0.3, 0.4])
    logits, theta = f(np.zeros(4), np.log(p), p, 0.7)
    return same(logits + 1, np.ones(4)) and same(theta, np.log(p))


@exercise.must_hold
def opposite_wishes(f) -> bool:
    """A small step of D raises V, and the small step of G after it lowers V."""
    a, theta = np.array([0.5, -1.0, 0.2]), np.array([0.3, 0.0, -0.8])
    p = np.array([0.2, 0.3, 0.5])
    b, eta = f(a, theta, p, 0.01)
    return worth(b, theta, p) > max(worth(a, theta, p), worth(b, eta, p))


@exercise.must_hold
def only_shares_matter(f) -> bool:
    """G's step does not change the sum of theta: adding one number to all of theta
    leaves q as it is, so the gradient has no part along that."""
    theta = np.array([0.3, 0.0, -0.8])
    _, eta = f(np.array([0.5, -1.0, 0.2]), theta, np.array([0.2, 0.3, 0.5]), 0.5)
    return bool(abs(eta.sum() - theta.sum()) < 1e-9) and not same(eta, theta)


@exercise.must_hold
def d_steps(f) -> bool:
    """The first result is logits + rate (p (1 - D) - q D), with the q of the old
    theta."""
    (a, theta, p, rate), _ = some_rounds()
    return same(f(a, theta, p, rate)[0], tabular_step(a, theta, p, rate)[0])


@exercise.must_hold
def g_steps(f) -> bool:
    """The second result is theta - rate times (2.19), with the D that has just
    moved."""
    (a, theta, p, rate), _ = some_rounds()
    return same(f(a, theta, p, rate)[1], tabular_step(a, theta, p, rate)[1])


def worth(logits: Array, theta: Array, p: Array) -> float:
    """V = sum p log D + q log(1 - D)."""
    q = np.exp(theta) / np.exp(theta).sum()
    return float(-p @ np.log1p(np.exp(-logits)) - q @ np.log1p(np.exp(logits)))


def by_parts(
    logits: Array, theta: Array, p: Array, rate: float, up: float = 1, down: float = -1
) -> Pair:
    """The right step with the signs of D's and of G's move to choose."""
    b, _ = tabular_step(logits, theta, p, up * rate)
    q = np.exp(theta) / np.exp(theta).sum()
    g = -np.log1p(np.exp(b))
    return b, theta + down * rate * q * (g - q @ g)


@exercise.mistake(hint="idea")
def friends(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your G climbs V as D does: it minimises D's own loss and learns to be recognised.
    V falls when G does well; G goes down."""
    return by_parts(logits, theta, p, rate, down=1)


@exercise.mistake(hint="idea")
def d_gives_in(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your D goes down V, which makes its own loss as large as it can be. That the loss
    of D ends high is G's doing, not D's aim. D climbs."""
    return by_parts(logits, theta, p, rate, up=-1)


@exercise.mistake(hint="idea")
def one_total(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You minimise one total, L_D + L_G, over everything. In it q log(1 - D) stands
    twice with opposite signs and cancels: G gets no gradient at all, and D sees only
    real samples. Each player has an objective of its own."""
    d = 1 / (1 + np.exp(-logits))
    return logits + rate * p * (1 - d), theta.copy()


@exercise.mistake(hint="formula")
def at_the_same_time(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Both steps are right, but your G answers the D of the round before. Compute
    log(1 - D) from the new logits."""
    b, _ = tabular_step(logits, theta, p, rate)
    q = np.exp(theta) / np.exp(theta).sum()
    g = -np.log1p(np.exp(logits))
    return b, theta - rate * q * (g - q @ g)


@exercise.mistake(hint="formula")
def mean_left_in(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """The mean of g is missing in G's gradient. Raising theta at one place lowers the
    share of all others; that is the term - q_k sum_j q_j g_j."""
    b, _ = tabular_step(logits, theta, p, rate)
    q = np.exp(theta) / np.exp(theta).sum()
    return b, theta + rate * q * np.log1p(np.exp(b))


@exercise.mistake(hint="formula")
def softmax_forgotten(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You move theta by the derivative with respect to q. Between them stands the
    softmax, whose derivative is q_k (1 if k = j, else 0) - q_k q_j."""
    b, _ = tabular_step(logits, theta, p, rate)
    return b, theta + rate * np.log1p(np.exp(b))


@exercise.mistake(hint="formula")
def other_loss(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your G minimises -log D, the non-saturating loss of chapter 03. It points the
    same way more strongly; here the game is V itself, so G minimises log(1 - D)."""
    b, _ = tabular_step(logits, theta, p, rate)
    q = np.exp(theta) / np.exp(theta).sum()
    g = np.log1p(np.exp(-b))
    return b, theta - rate * q * (g - q @ g)


@exercise.mistake(hint="formula")
def g_first(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your G moves first, and D answers the q of the new theta. Here D takes its step
    first; G then steps against the D that has just moved."""
    _, theta = at_the_same_time(logits, theta, p, rate)
    b, _ = tabular_step(logits, theta, p, rate)
    return b, theta


@exercise.mistake(hint="line")
def rate_of_d_alone(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """G's step lacks the factor `rate`. Both players use the same rate here."""
    b, _ = tabular_step(logits, theta, p, rate)
    return b, by_parts(logits, theta, p, rate, down=-1 / rate)[1]


@exercise.mistake(hint="formula")
def data_for_fakes(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """G's gradient contains p where q belongs. G changes q = softmax(theta) and never
    sees p: use q in both places."""
    b, _ = tabular_step(logits, theta, p, rate)
    g = -np.log1p(np.exp(b))
    return b, theta - rate * p * (g - p @ g)


@exercise.mistake(hint="formula")
def theta_for_q(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You use theta where q belongs. Theta may be negative; the probabilities are
    q = softmax(theta)."""
    d = 1 / (1 + np.exp(-logits))
    b = logits + rate * (p * (1 - d) - theta * d)
    g = -np.log1p(np.exp(b))
    return b, theta - rate * theta * (g - theta @ g)


@exercise.mistake(hint="line")
def q_returned(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You return the new q in place of the new theta. The next round starts from theta:
    leave the softmax out at the end."""
    b, theta = tabular_step(logits, theta, p, rate)
    return b, np.exp(theta) / np.exp(theta).sum()


@exercise.mistake(hint="line")
def other_order(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your results are right and change places: return the logits first, then
    theta."""
    b, theta = tabular_step(logits, theta, p, rate)
    return theta, b


@exercise.mistake(hint="formula")
def plain_mean(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You subtract the plain mean of g. The mean in (2.19) is under q, sum_j q_j g_j:
    `q @ g`."""
    b, _ = tabular_step(logits, theta, p, rate)
    q = np.exp(theta) / np.exp(theta).sum()
    g = -np.log1p(np.exp(b))
    return b, theta - rate * q * (g - g.mean())


@exercise.mistake(hint="idea")
def d_alone(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Only D moves; theta comes back as it was. After D's step, G takes a step down."""
    return tabular_step(logits, theta, p, rate)[0], theta.copy()


@exercise.mistake(hint="formula")
def logarithm_forgotten(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """Your g is 1 - D, without the logarithm. V contains log(1 - D): g = log(1 - D)."""
    b, _ = tabular_step(logits, theta, p, rate)
    q = np.exp(theta) / np.exp(theta).sum()
    g = 1 / (1 + np.exp(b))
    return b, theta - rate * q * (g - q @ g)


@exercise.mistake(hint="formula")
def by_belief(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    """You move D's logit by the derivative with respect to D. The variable is the
    logit: multiply by dD/da = D (1 - D), which leaves p (1 - D) - q D."""
    d = 1 / (1 + np.exp(-logits))
    q = np.exp(theta) / np.exp(theta).sum()
    b = logits + rate * (p / d - q / (1 - d))
    g = -np.log1p(np.exp(b))
    return b, theta - rate * q * (g - q @ g)
