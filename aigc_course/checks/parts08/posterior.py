"""Exercise on Bayes' rule for one latent and one observed number."""

import math

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

line = Exercise(
    "08.posterior",
    title="Back from x to z",
    difficulty=3,
    minutes=12,
    idea="Multiply prior and likelihood and complete the square in z. Precisions (one"
    " over the variance) add: 1 from the prior, w^2 / s^2 from the observation.",
    formula="variance = s^2 / (w^2 + s^2), mean = w x / (w^2 + s^2).",
    line="Return `w * x / (w**2 + s**2), s**2 / (w**2 + s**2)`.",
    variation="Write it for a matrix W. The variance becomes (I + W^T W / s^2)^-1. Say"
    " when that is diagonal.",
)


@line.answer
def posterior(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """Mean [N] and variance of p(z|x), for z ~ N(0, 1) and x ~ N(w z, s^2), x [N].

    Tipping and Bishop 1999, equation 6, in one dimension.
    """
    M = w**2 + s**2
    return w * x / M, s**2 / M


@line.also_right
def by_precisions(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    precision = 1 + w**2 / s**2
    return (w / s**2) * x / precision, 1 / precision


@line.also_right
def by_conditioning(x: Tensor, w: float, s: float) -> tuple[Tensor, Tensor]:
    joint = torch.tensor([[1.0, w], [w, w * w + s * s]]).double()  # of (z, x)
    slope = joint[0, 1] / joint[1, 1]
    return slope.to(x.dtype) * x, joint[0, 0] - slope * joint[1, 0]


@line.inputs
def observed() -> list[tuple[Tensor, float, float]]:
    return [(torch.randn(5), 2.0, 0.5), (torch.randn(3), -0.7, 1.5)]


@line.must_hold
def bayes(f) -> bool:
    """Bayes' rule holds at every z: log p(z|x) = log p(x|z) + log p(z) - log p(x)."""
    x, z, w, s = torch.randn(4), torch.randn(4), 1.3, 0.8
    joint = Normal(w * z, s).log_prob(x) + Normal(0.0, 1.0).log_prob(z)
    marginal = Normal(0.0, math.hypot(w, s)).log_prob(x)
    mean, variance = f(x, w, s)
    found = Normal(mean, float(variance) ** 0.5).log_prob(z)
    return same(found, joint - marginal)


@line.must_hold
def nothing_to_see(f) -> bool:
    """With w = 0 the observation says nothing, and the posterior is the prior."""
    mean, variance = f(torch.randn(3), 0.0, 0.6)
    return same(mean, torch.zeros(3)) and same(variance, 1.0)


@line.must_hold
def nearly_certain(f) -> bool:
    """With hardly any noise z is x / w, and nearly certain."""
    mean, variance = f(torch.tensor([3.0]), 2.0, 1e-3)
    return same(mean, torch.tensor([1.5])) and 0 < float(variance) < 1e-6


@line.mistake(hint="idea")
def decoder_inverted(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You invert the decoder, z = x / w, and forget the prior, which draws z towards 0
    all the more, the noisier x is."""
    return x / w, s**2 / w**2


@line.mistake(hint="idea")
def forwards(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """This is p(x|z) with x put in for z. Wanted is the way back: multiply p(x|z) by
    p(z), and read the product as a function of z."""
    return w * x, s**2


@line.mistake(hint="formula")
def of_x(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. Your variance is that of x, w^2 + s^2; that of z shrinks when
    x is known, and is below 1."""
    return posterior(x, w, s)[0], w**2 + s**2


@line.mistake(hint="formula")
def precision_for_variance(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. Your second number is the precision; the variance is one over
    it."""
    mean, variance = posterior(x, w, s)
    return mean, 1 / variance


@line.mistake(hint="formula")
def deviation(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The mean is right. You return the standard deviation where the variance is
    asked."""
    mean, variance = posterior(x, w, s)
    return mean, variance**0.5


@line.mistake(hint="formula")
def noise_not_squared(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """You use s where s squared belongs: s is a standard deviation."""
    return posterior(x, w, math.sqrt(s))


@line.mistake(hint="formula")
def factor_forgotten(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    """The variance is right. The mean lacks the factor w: its sign has to follow the
    sign of w."""
    return x / (w**2 + s**2), posterior(x, w, s)[1]
