"""Exercise on D as an estimator of the density ratio."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "02.mean_under_data",
    order=40,
    title="Fakes that stand for data",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="Let each fake count as often as the data would show it for each time that G"
    " does.",
    formula="E_p[h(x)] = E_q[h(x) p(x)/q(x)], and p/q = D/(1 - D) = exp(logit).",
    line="Write `return np.mean(h * np.exp(logits))`.",
    variation="How many fakes still count when D is nearly sure of most of them? Work"
    " out (sum w)^2 / sum w^2 for some logits.",
)


@exercise.answer
def mean_under_data(h: Array, logits: Array) -> float:
    """The mean of h over the data, estimated from generated samples alone.

    h: [n], its value at each generated sample. logits: [n], those of the best D at the
    same samples. Returns a number.
    """
    return float(np.mean(h * np.exp(logits)))


@exercise.inputs
def generated() -> list[tuple[Array, Array]]:
    h, logits = torch.randn(2, 40, dtype=torch.float64).numpy()
    return [(h, logits), (h**2, 0.3 - logits), (np.ones(7), logits[:7])]


@exercise.must_hold
def nothing_to_correct(f) -> bool:
    """Where D says 1/2 everywhere (logits 0), this is the plain mean."""
    h = np.array([1.0, -2.0, 4.0, 0.5])
    return same(float(f(h, np.zeros(4))), 0.875)


@exercise.must_hold
def gives_the_mean_of_the_data(f) -> bool:
    """For q = N(0, 1), p = N(1/2, 1) and the best D the mean of x comes out as 1/2."""
    middles = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    x = torch.special.ndtri(middles).numpy()  # evenly spread samples of q
    return same(float(f(x, x / 2 - 1 / 8)), 0.5, tolerance=0.01)


@exercise.mistake(hint="idea")
def by_belief(h: Array, logits: Array) -> float:
    """You weight with D itself. Where D is 1/2 a fake would count half, although G and
    the data show it equally often there. The weight is the odds, D/(1 - D)."""
    return float(np.mean(h / (1 + np.exp(-logits))))


@exercise.mistake(hint="formula")
def upside_down(h: Array, logits: Array) -> float:
    """Your weights are q/p: what G shows too often counts even more. Turn the ratio
    over."""
    return float(np.mean(h * np.exp(-logits)))


@exercise.mistake(hint="idea")
def the_convincing_alone(h: Array, logits: Array) -> float:
    """You keep the samples that D takes for real and drop the others, as if D gave a
    verdict. D gives a probability: every sample counts, by its odds."""
    kept = h[logits > 0]
    return float(kept.mean()) if len(kept) else 0.0


@exercise.mistake(hint="idea")
def unweighted(h: Array, logits: Array) -> float:
    """This is the mean over what G draws. D's logits are not used; they say how much
    more often the data would show each sample."""
    return float(np.mean(h))


@exercise.mistake(hint="formula")
def self_normalised(h: Array, logits: Array) -> float:
    """You divide by the sum of the weights. That estimator is in use too and often
    steadier, but it is biased; the formula asks for the plain mean, divided by n."""
    weights = np.exp(logits)
    return float(h @ weights / weights.sum())


@exercise.mistake(hint="line")
def logits_as_weights(h: Array, logits: Array) -> float:
    """Your weights are the logits, some of them negative. The logit is the *logarithm*
    of the ratio: take `np.exp`."""
    return float(np.mean(h * logits))


@exercise.mistake(hint="line")
def summed(h: Array, logits: Array) -> float:
    """You return the sum; with twice as many samples it would be twice as large. The
    expectation is the mean."""
    return math.fsum(h * np.exp(logits))


@exercise.mistake(hint="idea")
def twice_the_belief(h: Array, logits: Array) -> float:
    """You weigh with 2 D, which is right for D = 1/2 only and never above 2. The weight
    p/q is the odds D/(1 - D), which have no largest value."""
    return float(np.mean(h * 2 / (1 + np.exp(-logits))))


@exercise.mistake(hint="idea")
def means_multiplied(h: Array, logits: Array) -> float:
    """You multiply two means. Each fake has its own weight: multiply first, then take
    one mean."""
    return float(np.mean(h) * np.mean(np.exp(logits)))


@exercise.mistake(hint="idea")
def belief_of_a_fake(h: Array, logits: Array) -> float:
    """You weigh with 1 - D, the belief that a sample is generated, so the least
    convincing fakes count most. The weight is p/q = D/(1 - D)."""
    return float(np.mean(h / (1 + np.exp(logits))))


@exercise.mistake(hint="formula")
def weights_cut_off(h: Array, logits: Array) -> float:
    """You cut the weights off at 1. Where G draws too little, p/q is above 1, and those
    fakes have to count more than once."""
    return float(np.mean(h * np.minimum(np.exp(logits), 1)))


@exercise.mistake(hint="line")
def exponent_of_the_product(h: Array, logits: Array) -> float:
    """You take the exponential of h times the logit. Only the logit stands in the
    exponent: h * np.exp(logits)."""
    return float(np.mean(np.exp(h * logits)))


@exercise.mistake(hint="formula")
def never_averaged(h: Array, logits: Array) -> Array:
    """You return the weighted value of each fake. The expectation is their mean: one
    number."""
    return h * np.exp(logits)
