"""Exercise on Bayes' rule for one latent and one observed number."""

import math

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.posterior",
    order=30,
    title="Back from x to z",
    difficulty=3,
    minutes=12,
    idea="Multiply prior and likelihood and complete the square in z. Precisions (one"
    " over the variance) add: 1 from the prior, w^2 / s^2 from the observation.",
    formula="variance = s^2 / (w^2 + s^2), mean = w x / (w^2 + s^2).",
    line="Return `w * x / (w**2 + s**2), s**2 / (w**2 + s**2)`.",
    variation="Write it for a matrix W. The variance becomes (I + W^T W / s^2)^-1. Say"
    " when that is diagonal.",
    asks="derive",
)


@exercise.answer
def posterior(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """Mean [N] and variance of p(z|x), for z ~ N(0, 1) and x ~ N(w z, s^2), x [N].

    Tipping and Bishop 1999, equation 6, in one dimension.
    """
    M = w**2 + s**2
    return w * x / M, s**2 / M


def both(answer: object, n: int) -> tuple[Tensor, Tensor]:
    """Mean and variance of n points, [n] each: one variance stands for all of them."""
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        "Return two things: the mean [N] and the variance."
    )
    mean, variance = (torch.as_tensor(part, dtype=torch.float32) for part in answer)
    swapped = mean.ndim == 0 and variance.shape == (n,)
    assert not swapped, "You return the variance first; the mean comes first."
    assert mean.shape == (n,), f"The mean has shape {list(mean.shape)}, not [{n}]."
    assert variance.shape in ((), (1,), (n,)), (
        f"The variance has shape {list(variance.shape)}; it is one number, the same for"
        " every x."
    )
    return mean, variance.expand(n)


@exercise.observe
def observed(f) -> dict[str, Tensor]:
    """Means and variances, whether the variance is one number or one for each x."""
    cases = [(torch.randn(5), 2.0, 0.5), (torch.randn(3), -0.7, 1.5)]
    found = [both(f(*case), len(case[0])) for case in cases]
    return {
        f"{name} for w = {case[1]}, s = {case[2]}": pair[i]
        for case, pair in zip(cases, found, strict=True)
        for i, name in enumerate(("mean", "variance"))
    }


@exercise.must_hold
def bayes(f) -> bool:
    """Bayes' rule holds at every z: log p(z|x) = log p(x|z) + log p(z) - log p(x)."""
    x, z, w, s = torch.randn(4), torch.randn(4), 1.3, 0.8
    joint = Normal(w * z, s).log_prob(x) + Normal(0.0, 1.0).log_prob(z)
    marginal = Normal(0.0, math.hypot(w, s)).log_prob(x)
    mean, variance = both(f(x, w, s), 4)
    found = Normal(mean, variance.clamp(min=1e-12).sqrt()).log_prob(z)
    return same(found, joint - marginal)


@exercise.must_hold
def nothing_to_see(f) -> bool:
    """With w = 0 the observation says nothing, and the posterior is the prior."""
    mean, variance = both(f(torch.randn(3), 0.0, 0.6), 3)
    return same(mean, torch.zeros(3)) and same(variance, torch.ones(3))


@exercise.must_hold
def nearly_certain(f) -> bool:
    """With hardly any noise z is x / w, and nearly certain."""
    mean, variance = both(f(torch.tensor([3.0]), 2.0, 1e-3), 1)
    return same(mean, torch.tensor([1.5])) and 0 < float(variance[0]) < 1e-6


@exercise.mistake(hint="idea")
def decoder_inverted(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You invert the decoder, z = x / w, and forget the prior, which draws z towards 0
    all the more, the noisier x is."""
    return x / w, s**2 / w**2


@exercise.mistake(hint="idea")
def forwards(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """This is p(x|z) with x put in for z. Wanted is the way back: multiply p(x|z) by
    p(z), and read the product as a function of z."""
    return w * x, s**2


@exercise.mistake(hint="formula")
def of_x(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. Your variance is that of x, w^2 + s^2; that of z shrinks when
    x is known, and is below 1."""
    return posterior(x, w, s)[0], w**2 + s**2


@exercise.mistake(hint="formula")
def precision_for_variance(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. Your second number is the precision; the variance is one over
    it."""
    mean, variance = posterior(x, w, s)
    return mean, 1 / variance


@exercise.mistake(hint="formula")
def deviation(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. You return the standard deviation where the variance is
    asked."""
    mean, variance = posterior(x, w, s)
    return mean, variance**0.5


@exercise.mistake(hint="formula")
def noise_not_squared(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You use s where s squared belongs: s is a standard deviation."""
    return posterior(x, w, math.sqrt(s))


@exercise.mistake(hint="formula")
def factor_forgotten(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The variance is right. The mean lacks the factor w: its sign has to follow the
    sign of w."""
    return x / (w**2 + s**2), posterior(x, w, s)[1]


@exercise.mistake(hint="formula")
def share_explained(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. Your second number is w^2 / (w^2 + s^2), the share of the
    variance of x that z explains; the variance that z keeps is the rest,
    s^2 / (w^2 + s^2)."""
    return posterior(x, w, s)[0], w**2 / (w**2 + s**2)


@exercise.mistake(hint="formula")
def noise_in_the_mean(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The variance is right. The mean is the variance times w x / s^2, so the s^2
    cancels: w x / (w^2 + s^2)."""
    mean, variance = posterior(x, w, s)
    return mean * s**2, variance


@exercise.mistake(hint="formula")
def precision_of_x(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You add 1 / s^2 to w^2. Precisions add: 1 from the prior and w^2 / s^2 from x,
    which together are (w^2 + s^2) / s^2."""
    M = w**2 + 1 / s**2
    return w * x / M, 1 / M


@exercise.mistake(hint="formula")
def deviations_added(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You add |w| and s and square the sum. Variances of independent parts add:
    w^2 + s^2."""
    M = (abs(w) + s) ** 2
    return w * x / M, s**2 / M


@exercise.mistake(hint="line")
def other_order(x: Tensor, w: float, s: float) -> tuple[float, Tensor]:
    """You return the variance first; the mean comes first."""
    return posterior(x, w, s)[::-1]  # type: ignore[return-value]
