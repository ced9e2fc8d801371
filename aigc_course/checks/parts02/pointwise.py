"""Exercises on the best discriminator: the formula, and the way uphill to it."""

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]

best = Exercise(
    "02.optimal_discriminator",
    title="The best discriminator",
    difficulty=2,
    minutes=8,
    idea="At one place x the two densities compete: find the share of the samples"
    " appearing there that is real.",
    formula="D*(x) = p(x) / (p(x) + q(x)), and 1/2 where both are 0.",
    line="Write `total = p + q`, then `return np.where(total > 0, p / np.where(total >"
    " 0, total, 1), 0.5)`.",
    variation="Suppose that a batch holds three real samples for each generated one and"
    " that all are averaged together; derive the best D for that case.",
)


@best.answer
def optimal_discriminator(p: Array, q: Array) -> Array:
    """D*(x) = p / (p + q) at each place, 1/2 where both densities are 0.

    p, q: densities [n] of the data and of the generator. Returns [n]
    (Goodfellow et al. 2014, proposition 1).
    """
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


@best.also_right
def with_divide(p: Array, q: Array) -> Array:
    start = np.full_like(p, 0.5)
    return np.divide(p, p + q, out=start, where=(p + q) != 0)


@best.also_right
def place_by_place(p: Array, q: Array) -> Array:
    pairs = zip(p, q, strict=True)
    return np.array([a / (a + b) if a or b else 0.5 for a, b in pairs])


@best.inputs
def some_densities() -> list[tuple[Array, Array]]:
    p, q = (0.1 + 2 * torch.rand(2, 12, dtype=torch.float64)).numpy()
    p[[0, 1, 2]], q[[1, 2, 3]] = 0, 0
    return [(p, q), (4 * p, q), (q, p)]


@best.must_hold
def nobody_ahead(f) -> bool:
    """Where the two densities are equal, D* is 1/2."""
    p = np.linspace(0.1, 3, 9)
    return same(f(p, p.copy()), np.full(9, 0.5))


@best.must_hold
def both_sides_add_up(f) -> bool:
    """With real and generated exchanged, D* becomes 1 - D*."""
    p, q = np.array([0.2, 1.0, 0.0, 3.0]), np.array([0.6, 0.5, 0.7, 0.0])
    return same(f(p, q) + f(q, p), np.ones(4))


@best.must_hold
def nothing_is_better(f) -> bool:
    """No other D makes p log D + q log(1 - D) larger, at any place."""
    p, q = np.array([0.1, 0.5, 2.0, 1.0]), np.array([0.9, 0.5, 0.2, 3.0])

    def gain(d: Array) -> Array:
        return p * np.log(d) + q * np.log(1 - d)

    d = f(p, q)
    if not ((d > 0) & (d < 1)).all():
        return False
    others = (np.clip(d + step, 1e-6, 1 - 1e-6) for step in (-0.05, -0.01, 0.01, 0.05))
    return all((gain(other) < gain(d)).all() for other in others)


@best.must_hold
def nowhere(f) -> bool:
    """Where neither ever draws a sample the answer is 1/2, not NaN."""
    return same(f(np.array([0.0, 1.0]), np.array([0.0, 1.0])), np.array([0.5, 0.5]))


@best.mistake(hint="idea")
def swapped(p: Array, q: Array) -> Array:
    """This is the share of generated samples. D states its belief in *real*: the
    density of the data stands above the line."""
    return 1 - optimal_discriminator(p, q)


@best.mistake(hint="idea")
def ratio(p: Array, q: Array) -> Array:
    """This is the odds p : q, which grow beyond 1. A probability is the share of the
    whole, p of p + q."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return p / q


@best.mistake(hint="idea")
def verdicts(p: Array, q: Array) -> Array:
    """Your D gives a verdict, real or generated, where a probability is asked. Sure of
    itself at every place, it pays log 0 each time it errs; it must say how sure it may
    be."""
    return np.where(p > q, 1.0, np.where(p < q, 0.0, 0.5))


@best.mistake(hint="formula")
def over_all_places(p: Array, q: Array) -> Array:
    """You divide by the sum over all places. Each place stands for itself: divide by
    p(x) + q(x) of the same x."""
    return p / (p + q).sum()


@best.mistake(hint="line")
def nan_where_empty(p: Array, q: Array) -> Array:
    """Right, and NaN where both densities are 0: that is 0/0. Any D is optimal there;
    choose 1/2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return p / (p + q)


@best.mistake(hint="line")
def zero_where_empty(p: Array, q: Array) -> Array:
    """Where both densities are 0 you answer 0, sure of a fake without having seen one.
    Any D is optimal there; choose 1/2."""
    total = p + q
    return p / np.where(total > 0, total, 1)


slope = Exercise(
    "02.logit_gradient",
    title="Uphill to the best discriminator",
    difficulty=3,
    minutes=12,
    idea="Write the gain at one place as a function of the logit and differentiate; the"
    " chain rule brings dD/da = D (1 - D).",
    formula="d/da [p log D + q log(1 - D)] = p (1 - D) - q D, with D = sigmoid(a).",
    line="Write `d = 1 / (1 + np.exp(-logits))` and `return p * (1 - d) - q * d`.",
    variation="Give the second derivative, and say why an ascent in the logit is never"
    " caught at a place that is not the maximum.",
)


@slope.answer
def logit_gradient(logits: Array, p: Array, q: Array) -> Array:
    """Derivative of p log D + q log(1 - D) by the logit, D = sigmoid(logit): [n].

    logits, p, q: [n], D's logits and both densities at the same places.
    """
    d = 1 / (1 + np.exp(-logits))
    return p * (1 - d) - q * d


@slope.also_right
def above_the_line(logits: Array, p: Array, q: Array) -> Array:
    return p - (p + q) / (1 + np.exp(-logits))


@slope.also_right
def by_the_chain_rule(logits: Array, p: Array, q: Array) -> Array:
    d = (1 + np.tanh(logits / 2)) / 2
    return (p / d - q / (1 - d)) * d * (1 - d)


@slope.inputs
def some_logits() -> list[tuple[Array, Array, Array]]:
    p, q = (0.1 + 2 * torch.rand(2, 9, dtype=torch.float64)).numpy()
    logits = 2 * torch.randn(9, dtype=torch.float64).numpy()
    return [(logits, p, q), (np.zeros(9), q, p)]


@slope.must_hold
def flat_at_the_best(f) -> bool:
    """The gradient is 0 where the logit is log p/q."""
    p, q = np.array([0.2, 1.0, 3.0]), np.array([0.9, 1.0, 0.1])
    return bool(np.abs(f(np.log(p / q), p, q)).max() < 1e-9)


@slope.must_hold
def small_steps_agree(f) -> bool:
    """A small change of the logit changes the gain by gradient times change."""
    a, p, q = np.array([-2.0, 0.3, 1.5]), np.array([0.4, 2.0, 0.6]), np.ones(3)
    ends = [1 / (1 + np.exp(-(a + step))) for step in (1e-5, -1e-5)]
    high, low = (p * np.log(d) + q * np.log(1 - d) for d in ends)
    return same(f(a, p, q), (high - low) / 2e-5)


@slope.must_hold
def bounded(f) -> bool:
    """However wrong D is, the gradient stays between -q and p."""
    a, p, q = np.linspace(-30, 30, 7), np.full(7, 0.7), np.full(7, 0.3)
    g = f(a, p, q)
    return bool((g <= p + 1e-9).all() and (g >= -q - 1e-9).all())


@slope.mistake(hint="idea")
def by_belief(logits: Array, p: Array, q: Array) -> Array:
    """This is the derivative by D, which explodes near 0 and 1. The variable is the
    logit: multiply by dD/da = D (1 - D)."""
    d = 1 / (1 + np.exp(-logits))
    return p / d - q / (1 - d)


@slope.mistake(hint="formula")
def downhill(logits: Array, p: Array, q: Array) -> Array:
    """Everything is there with the wrong sign: this points down the value, where D gets
    worse. D climbs."""
    return -logit_gradient(logits, p, q)


@slope.mistake(hint="idea")
def glad_to_be_fooled(logits: Array, p: Array, q: Array) -> Array:
    """Your gradient is never negative, so D's logit rises for ever: both of your terms
    are log D. The fakes' term is q log(1 - D), whose derivative is -q D."""
    d = 1 / (1 + np.exp(-logits))
    return (p + q) * (1 - d)


@slope.mistake(hint="idea")
def densities_forgotten(logits: Array, p: Array, q: Array) -> Array:
    """Neither density is in your answer, so every place has its maximum at D = 1/2. The
    terms are weighted with p(x) and q(x)."""
    d = 1 / (1 + np.exp(-logits))
    return 1 - 2 * d


@slope.mistake(hint="formula")
def distance_to_the_best(logits: Array, p: Array, q: Array) -> Array:
    """This is the distance from D to D*. It vanishes at the right place, but the
    gradient is larger by the factor p + q: places with many samples teach more."""
    return p / (p + q) - 1 / (1 + np.exp(-logits))


@slope.mistake(hint="formula")
def real_half(logits: Array, p: Array, q: Array) -> Array:
    """Your gradient contains the real samples only; D learns to call everything real.
    The fakes pull the other way with -q D."""
    return p * (1 - 1 / (1 + np.exp(-logits)))
