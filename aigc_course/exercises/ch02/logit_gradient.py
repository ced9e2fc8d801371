"""Exercise on the gradient that D climbs, in its logit."""

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "02.logit_gradient",
    order=30,
    title="Uphill to the best discriminator",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="Write the gain at one place as a function of the logit and differentiate; the"
    " chain rule brings dD/da = D (1 - D).",
    formula="d/da [p log D + q log(1 - D)] = p (1 - D) - q D, with D = sigmoid(a).",
    line="Write `d = 1 / (1 + np.exp(-logits))` and `return p * (1 - d) - q * d`.",
    variation="Give the second derivative, and say why an ascent in the logit is never"
    " caught at a place that is not the maximum.",
)


@exercise.answer
def logit_gradient(logits: Array, p: Array, q: Array) -> Array:
    """Derivative of p log D + q log(1 - D) by the logit, D = sigmoid(logit): [n].

    logits, p, q: [n], D's logits and both densities at the same places.
    """
    d = 1 / (1 + np.exp(-logits))
    return p * (1 - d) - q * d


@exercise.inputs
def some_logits() -> list[tuple[Array, Array, Array]]:
    p, q = (0.1 + 2 * torch.rand(2, 9, dtype=torch.float64)).numpy()
    logits = 2 * torch.randn(9, dtype=torch.float64).numpy()
    return [(logits, p, q), (np.zeros(9), q, p)]


@exercise.must_hold
def flat_at_the_best(f) -> bool:
    """The gradient is 0 where the logit is log p/q."""
    p, q = np.array([0.2, 1.0, 3.0]), np.array([0.9, 1.0, 0.1])
    return bool(np.abs(f(np.log(p / q), p, q)).max() < 1e-9)


@exercise.must_hold
def small_steps_agree(f) -> bool:
    """A small change of the logit changes the gain by gradient times change."""
    a, p, q = np.array([-2.0, 0.3, 1.5]), np.array([0.4, 2.0, 0.6]), np.ones(3)
    ends = [1 / (1 + np.exp(-(a + step))) for step in (1e-5, -1e-5)]
    high, low = (p * np.log(d) + q * np.log(1 - d) for d in ends)
    return same(f(a, p, q), (high - low) / 2e-5)


@exercise.must_hold
def bounded(f) -> bool:
    """However wrong D is, the gradient stays between -q and p."""
    a, p, q = np.linspace(-30, 30, 7), np.full(7, 0.7), np.full(7, 0.3)
    g = f(a, p, q)
    return bool((g <= p + 1e-6).all() and (g >= -q - 1e-6).all())


@exercise.mistake(hint="idea")
def by_belief(logits: Array, p: Array, q: Array) -> Array:
    """This is the derivative by D, which explodes near 0 and 1. The variable is the
    logit: multiply by dD/da = D (1 - D)."""
    d = 1 / (1 + np.exp(-logits))
    return p / d - q / (1 - d)


@exercise.mistake(hint="formula")
def downhill(logits: Array, p: Array, q: Array) -> Array:
    """Everything is there with the wrong sign: this points down the value, where D gets
    worse. D climbs."""
    return -logit_gradient(logits, p, q)


@exercise.mistake(hint="idea")
def glad_to_be_fooled(logits: Array, p: Array, q: Array) -> Array:
    """Your gradient is never negative, so D's logit rises without limit: both of your
    terms are log D. The fakes' term is q log(1 - D), whose derivative is -q D."""
    d = 1 / (1 + np.exp(-logits))
    return (p + q) * (1 - d)


@exercise.mistake(hint="idea")
def densities_forgotten(logits: Array, p: Array, q: Array) -> Array:
    """Neither density is in your answer, so every place has its maximum at D = 1/2. The
    terms are weighted with p(x) and q(x)."""
    d = 1 / (1 + np.exp(-logits))
    return 1 - 2 * d


@exercise.mistake(hint="formula")
def distance_to_the_best(logits: Array, p: Array, q: Array) -> Array:
    """This is the distance from D to D*. It vanishes at the right place, but the
    gradient is larger by the factor p + q: places with many samples teach more."""
    return p / (p + q) - 1 / (1 + np.exp(-logits))


@exercise.mistake(hint="formula")
def real_half(logits: Array, p: Array, q: Array) -> Array:
    """Your gradient contains the real samples only; D learns to call everything real.
    The fakes pull the other way with -q D."""
    return p * (1 - 1 / (1 + np.exp(-logits)))


@exercise.mistake(hint="formula")
def both_pull_up(logits: Array, p: Array, q: Array) -> Array:
    """Both of your terms are positive, so the logit rises without limit. The fakes push
    it down: - q D."""
    d = 1 / (1 + np.exp(-logits))
    return p * (1 - d) + q * d


@exercise.mistake(hint="formula")
def chain_factor_twice(logits: Array, p: Array, q: Array) -> Array:
    """You multiply by dD/da = D (1 - D) once too often: it has already cancelled the
    denominators D and 1 - D. Where D is sure and wrong, your gradient vanishes."""
    d = 1 / (1 + np.exp(-logits))
    return logit_gradient(logits, p, q) * d * (1 - d)


@exercise.mistake(hint="formula")
def factors_swapped(logits: Array, p: Array, q: Array) -> Array:
    """You weigh p with D and q with 1 - D, so D is pulled hardest where it is right.
    Real samples have the weight 1 - D, and fakes the weight D."""
    d = 1 / (1 + np.exp(-logits))
    return p * d - q * (1 - d)


@exercise.mistake(hint="formula")
def without_sigmoid(logits: Array, p: Array, q: Array) -> Array:
    """You put the logit where D belongs. Compute D = sigmoid(logit) first."""
    return p * (1 - logits) - q * logits


@exercise.mistake(hint="idea")
def gain_itself(logits: Array, p: Array, q: Array) -> Array:
    """This is the gain itself, p log D + q log(1 - D). Its derivative by the logit is
    asked for."""
    d = 1 / (1 + np.exp(-logits))
    return p * np.log(d) + q * np.log(1 - d)


@exercise.mistake(hint="formula")
def averaged(logits: Array, p: Array, q: Array) -> Array:
    """You divide by the number of places, as for a mean over a batch. Each place has a
    gain and a gradient of its own."""
    return logit_gradient(logits, p, q) / len(logits)


@exercise.mistake(hint="formula")
def summed(logits: Array, p: Array, q: Array) -> float:
    """You sum over the places. Each place has a logit and a gradient of its own: return
    all n."""
    return float(logit_gradient(logits, p, q).sum())
