"""Exercise on the best discriminator, place by place."""

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "02.optimal_discriminator",
    order=20,
    title="The best discriminator",
    difficulty=2,
    minutes=10,
    asks="derive",
    idea="At one place x the two densities compete: find the share of the samples"
    " appearing there that is real.",
    formula="D*(x) = p(x) / (p(x) + q(x)), and 1/2 where both are 0.",
    line="Write `total = p + q`, then `return np.where(total > 0, p / np.where(total >"
    " 0, total, 1), 0.5)`.",
    variation="Suppose that a batch holds three real samples for each generated one and"
    " that all are averaged together; derive the best D for that case.",
)


@exercise.answer
def optimal_discriminator(p: Array, q: Array) -> Array:
    """D*(x) = p / (p + q) at each place, 1/2 where both densities are 0.

    p, q: densities [n] of the data and of the generator. Returns [n]
    (Goodfellow et al. 2014, proposition 1).
    """
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


@exercise.inputs
def some_densities() -> list[tuple[Array, Array]]:
    p, q = (0.1 + 2 * torch.rand(2, 12, dtype=torch.float64)).numpy()
    p[[0, 1, 2]], q[[1, 2, 3]] = 0, 0
    return [(p, q), (4 * p, q), (q, p)]


@exercise.must_hold
def nobody_ahead(f) -> bool:
    """Where the two densities are equal, D* is 1/2."""
    p = np.linspace(0.1, 3, 9)
    return same(f(p, p.copy()), np.full(9, 0.5))


@exercise.must_hold
def both_sides_add_up(f) -> bool:
    """With real and generated exchanged, D* becomes 1 - D*."""
    p, q = np.array([0.2, 1.0, 0.0, 3.0]), np.array([0.6, 0.5, 0.7, 0.0])
    return same(f(p, q) + f(q, p), np.ones(4))


@exercise.must_hold
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


@exercise.must_hold
def nowhere(f) -> bool:
    """Where neither ever draws a sample the answer is 1/2, not NaN."""
    return same(f(np.array([0.0, 1.0]), np.array([0.0, 1.0])), np.array([0.5, 0.5]))


@exercise.mistake(hint="idea")
def swapped(p: Array, q: Array) -> Array:
    """This is the share of generated samples. D states its belief in *real*: the
    density of the data stands above the line."""
    return 1 - optimal_discriminator(p, q)


@exercise.mistake(hint="idea")
def ratio(p: Array, q: Array) -> Array:
    """This is the odds p : q, which grow beyond 1. A probability is the share of the
    whole, p of p + q."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return p / q


@exercise.mistake(hint="idea")
def verdicts(p: Array, q: Array) -> Array:
    """Your D gives a verdict, real or generated, where a probability is asked. A D that
    is certain everywhere scores log 0 wherever it is wrong: return the share of real
    samples."""
    return np.where(p > q, 1.0, np.where(p < q, 0.0, 0.5))


@exercise.mistake(hint="formula")
def over_all_places(p: Array, q: Array) -> Array:
    """You divide by the sum over all places. Each place stands for itself: divide by
    p(x) + q(x) of the same x."""
    return p / (p + q).sum()


@exercise.mistake(hint="line")
def nan_where_empty(p: Array, q: Array) -> Array:
    """Right, and NaN where both densities are 0: that is 0/0. Any D is optimal there;
    choose 1/2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return p / (p + q)


@exercise.mistake(hint="line")
def zero_where_empty(p: Array, q: Array) -> Array:
    """Where both densities are 0 you answer 0, sure of a fake without having seen one.
    Any D is optimal there; choose 1/2."""
    total = p + q
    return p / np.where(total > 0, total, 1)


@exercise.mistake(hint="formula")
def over_the_middle(p: Array, q: Array) -> Array:
    """You divide by the middle (p + q)/2, so your D reaches 2. The share of real
    samples is p of the whole, p + q."""
    return 2 * optimal_discriminator(p, q) - np.where(p + q > 0, 0, 0.5)


@exercise.mistake(hint="idea")
def squares(p: Array, q: Array) -> Array:
    """You square the densities, which makes D too sure. Where three of four samples are
    real the best answer is 3/4: leave the densities as they are."""
    return optimal_discriminator(p**2, q**2)


@exercise.mistake(hint="idea")
def log_ratio(p: Array, q: Array) -> Array:
    """This is log p/q, the logit of the best D. The probability is asked for: its
    sigmoid, p / (p + q)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.log(p) - np.log(q), nan=0.0)


@exercise.mistake(hint="idea")
def softmax(p: Array, q: Array) -> Array:
    """You apply a softmax to the densities. They are weights already, not logarithms of
    weights: leave out the exponentials."""
    return np.exp(p) / (np.exp(p) + np.exp(q))


@exercise.mistake(hint="line")
def one_where_empty(p: Array, q: Array) -> Array:
    """Where both densities are 0 you answer 1, sure of a real sample without having
    seen one. Any D is optimal there; choose 1/2."""
    return np.where(p + q > 0, optimal_discriminator(p, q), 1.0)


@exercise.mistake(hint="idea")
def difference(p: Array, q: Array) -> Array:
    """You measure the difference p - q, which grows with the height of the densities
    and leaves [0, 1]. Only their ratio counts: p / (p + q)."""
    return 0.5 + (p - q) / 2


@exercise.mistake(hint="idea")
def shares_of_the_grid(p: Array, q: Array) -> Array:
    """You divide each array by its sum first. The rule holds at each place by itself,
    also where the arrays cover a part of the line: use the densities as they come."""
    return optimal_discriminator(p / p.sum(), q / q.sum())


@exercise.mistake(hint="formula")
def sign_of_the_second_slope(p: Array, q: Array) -> Array:
    """Your answer is p / (p - q), the solution of p/d + q/(1 - d) = 0. The slope of
    log(1 - d) has a minus sign, and with it p + q stands below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p + q > 0, p / (p - q), 0.5)


@exercise.mistake(hint="idea")
def odds_with_patches(p: Array, q: Array) -> Array:
    """You return the odds p : q and replace only the values that are not finite. A
    probability is the share p of p + q, and it never exceeds 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(p / q, nan=0.5, posinf=1.0)
