"""Exercise on a published claim: what ninety-nine parts of noise cost."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "01.mix_with_noise",
    order=90,
    title="The cost of noise",
    difficulty=3,
    minutes=10,
    asks="formula",
    idea="Densities of a mixture add, logarithms do not: the sum has to be taken before"
    " the logarithm, without leaving the logarithms, since exp(-2000) is 0.",
    formula="log((1 - s) p + s n) = logaddexp(log(1 - s) + log p, log s + log n).",
    line="Write `return np.logaddexp(np.log(1 - share) + log_p, np.log(share)"
    " + log_noise)`.",
    variation="Find the share of noise that costs at most one nat, and the one that"
    " costs at most one bit per pixel.",
)


@exercise.answer
def mix_with_noise(log_p: Array, log_noise: Array, share: float) -> Array:
    """log of (1 - share) p + share noise at each point, [N], from their logarithms [N].

    share: of the noise, strictly between 0 and 1. (Theis et al. 2016, section 3.2.)
    """
    return np.logaddexp(np.log(1 - share) + log_p, np.log(share) + log_noise)


@exercise.inputs
def values() -> list[tuple[Array, Array, float]]:
    rng = np.random.default_rng(10)
    near, far = rng.normal(-3, 2, (2, 30)), rng.normal(-2000, 3, (2, 20))
    return [(*near, 0.99), (*near, 0.3), (*far, 0.5)]


@exercise.must_hold
def bounded_loss(f) -> bool:
    """The mixture loses at most log 1/(1 - share) against the model alone."""
    log_p, noise = np.array([-100.0, -3.0, -50.0]), np.array([-500.0, -4.0, -20.0])
    bound = log_p + np.log(0.01)
    return bool((f(log_p, noise, 0.99) >= bound - 1e-6).all())


@exercise.must_hold
def a_density_again(f) -> bool:
    """The mixture of two densities sums to 1."""
    p, noise = np.array([0.7, 0.2, 0.1]), np.array([0.05, 0.05, 0.9])
    return same(np.exp(f(np.log(p), np.log(noise), 0.4)).sum(), 1.0)


@exercise.must_hold
def of_one_kind(f) -> bool:
    """Noise that equals the model changes nothing, whatever its share."""
    log_p = np.array([-2500.0, -7.0, -0.1])
    return all(same(f(log_p, log_p, s), log_p) for s in (0.2, 0.99))


@exercise.mistake(hint="idea")
def logarithms_averaged(log_p: Array, log_noise: Array, share: float) -> Array:
    """You average the logarithms. That is the logarithm of a product of powers, not of
    a mixture: a picture impossible as noise would become nearly impossible in the
    mixture. Densities are averaged, then the logarithm is taken."""
    return (1 - share) * log_p + share * log_noise


@exercise.mistake(hint="formula")
def underflow(log_p: Array, log_noise: Array, share: float) -> Array:
    """The mixture is right, but exp(-2000) is 0 in floats and your logarithm -inf.
    `np.logaddexp` adds two densities given by their logarithms."""
    with np.errstate(divide="ignore"):
        return np.log((1 - share) * np.exp(log_p) + share * np.exp(log_noise))


@exercise.mistake(hint="formula")
def shares_swapped(log_p: Array, log_noise: Array, share: float) -> Array:
    """You give the model the share of the noise. `share` is how much of the mixture is
    noise; the model has the rest."""
    return mix_with_noise(log_p, log_noise, 1 - share)


@exercise.mistake(hint="formula")
def whole_model(log_p: Array, log_noise: Array, share: float) -> Array:
    """The noise comes on top of the whole model: the shares are 1 and `share`, and the
    sum over all points exceeds 1. Weigh the model with 1 - share."""
    return np.logaddexp(log_p, np.log(share) + log_noise)


@exercise.mistake(hint="idea")
def bound_alone(log_p: Array, log_noise: Array, share: float) -> Array:
    """This is the lower bound, which leaves out what the noise itself contributes.
    Where noise explains a point well, the mixture is far better than the bound."""
    return log_p + np.log(1 - share)


@exercise.mistake(hint="formula")
def share_not_in_logs(log_p: Array, log_noise: Array, share: float) -> Array:
    """You multiply logarithms by the shares and then add the exponentials. A factor
    before a density becomes a summand in its logarithm: log(1 - share) + log p."""
    return np.logaddexp((1 - share) * log_p, share * log_noise)


@exercise.mistake(hint="idea")
def larger_alone(log_p: Array, log_noise: Array, share: float) -> Array:
    """You keep the larger of the two summands. It is close where one is far larger, but
    up to log 2 too low where they are alike: add them, with `np.logaddexp`."""
    return np.maximum(np.log(1 - share) + log_p, np.log(share) + log_noise)


@exercise.mistake(hint="formula")
def share_added(log_p: Array, log_noise: Array, share: float) -> Array:
    """You add the shares themselves to the logarithms. A factor before a density
    becomes its *logarithm*: add log(1 - share) and log(share)."""
    return np.logaddexp(1 - share + log_p, share + log_noise)


@exercise.mistake(hint="formula")
def propped_up(log_p: Array, log_noise: Array, share: float) -> Array:
    """A small number inside the logarithm hides that exp(-2000) is 0: your result there
    depends on that number alone. `np.logaddexp` needs no such help."""
    return np.log((1 - share) * np.exp(log_p) + share * np.exp(log_noise) + 1e-300)


@exercise.mistake(hint="formula")
def logs_multiplied(log_p: Array, log_noise: Array, share: float) -> Array:
    """You multiply two logarithms. The logarithm of a product is a *sum*:
    log(1 - share) + log p."""
    return np.logaddexp(np.log(1 - share) * log_p, np.log(share) * log_noise)


@exercise.mistake(hint="idea")
def shares_forgotten(log_p: Array, log_noise: Array, share: float) -> Array:
    """You add the two densities whole, so the sum over all points is 2 and `share` is
    not used. Weigh the model with 1 - share and the noise with share."""
    return np.logaddexp(log_p, log_noise)


@exercise.mistake(hint="line")
def density_returned(log_p: Array, log_noise: Array, share: float) -> Array:
    """You return the density of the mixture, which is 0 in floats near exp(-2000). Its
    logarithm is asked for: `np.logaddexp`."""
    return (1 - share) * np.exp(log_p) + share * np.exp(log_noise)


@exercise.mistake(hint="idea")
def even_shares(log_p: Array, log_noise: Array, share: float) -> Array:
    """You mix in equal parts, whatever `share` is. The noise has the share `share`, the
    model the rest."""
    return np.logaddexp(log_p, log_noise) - np.log(2)


@exercise.mistake(hint="formula")
def whole_noise(log_p: Array, log_noise: Array, share: float) -> Array:
    """You weigh the model with 1 - share and leave the noise whole, so the sum over all
    points exceeds 1. Add log(share) to the noise."""
    return np.logaddexp(np.log(1 - share) + log_p, log_noise)
