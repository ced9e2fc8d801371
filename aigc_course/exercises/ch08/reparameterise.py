"""Exercise on the reparameterisation."""

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08._shapes import normals

exercise = Exercise(
    "08.reparameterise",
    order=60,
    title="Noise from outside",
    difficulty=1,
    minutes=5,
    idea="Any normal number is a standard one, stretched and moved. Stretch by the"
    " standard deviation, which is the root of the variance.",
    formula="z = m + sigma e, sigma = exp(log_variance / 2).",
    line="Return `mean + (log_variance / 2).exp() * e`.",
    variation="Write it for a covariance that is not diagonal: with its Cholesky factor"
    " L, z = m + L e.",
    asks="formula",
)


@exercise.answer
def reparameterise(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """z = mean + sigma e, of shape [N, d] as all three arguments are.

    Kingma and Welling 2014, section 2.4.
    """
    return mean + (log_variance / 2).exp() * e


@exercise.inputs
def learnable() -> list[tuple[Tensor, Tensor, Tensor]]:
    mean, log_variance = normals(6, 3)
    return [(mean.requires_grad_(), log_variance.requires_grad_(), torch.randn(6, 3))]


@exercise.must_hold
def moments(f) -> bool:
    """Over many e the mean is `mean` and the variance exp(log_variance)."""
    e = torch.randn(20_000, 1)
    z = f(torch.full_like(e, 3.0), torch.full_like(e, -1.0), e)
    return abs(float(z.mean()) - 3) < 0.05 and abs(float(z.var()) - 0.3679) < 0.05


@exercise.must_hold
def gradients(f) -> bool:
    """The gradient of z is 1 in the mean and sigma e / 2 in the log-variance."""
    mean, log_variance = (part.requires_grad_() for part in normals(4, 2))
    e = torch.randn(4, 2)
    found = torch.autograd.grad(f(mean, log_variance, e).sum(), (mean, log_variance))
    slope = (log_variance / 2).exp() * e / 2
    return same(found[0], torch.ones(4, 2)) and same(found[1], slope.detach())


@exercise.mistake(hint="idea")
def variance_for_deviation(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You stretch by the variance. The noise is stretched by the standard deviation,
    exp(log_variance / 2)."""
    return mean + log_variance.exp() * e


@exercise.mistake(hint="formula")
def logarithm_for_deviation(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You stretch by the logarithm itself, which may be negative. The standard
    deviation is exp(log_variance / 2)."""
    return mean + log_variance * e


@exercise.mistake(hint="formula")
def root_of_the_logarithm(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """NaN: you take the root of a logarithm, which may be negative. First the
    exponential, then the root, or exp(log_variance / 2) at once."""
    return mean + log_variance.sqrt() * e


@exercise.mistake(hint="idea")
def drawn(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """`Normal(...).sample()` draws numbers of its own and lets no gradient through.
    That is the point of this exercise: the noise e comes from outside, and what is done
    with it can be differentiated."""
    return Normal(mean, (log_variance / 2).exp()).sample()


@exercise.mistake(hint="idea")
def detached(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """The numbers are right, but the result is cut from mean and log-variance, so the
    encoder could not learn. Leave out `detach` and `no_grad`."""
    return (mean + (log_variance / 2).exp() * e).detach()


@exercise.mistake(hint="idea")
def no_noise(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You return the mean, without noise: an autoencoder again, whose variance nothing
    would teach."""
    return mean + 0 * log_variance


@exercise.mistake(hint="idea", draws=True)
def own_noise(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You draw noise of your own and leave e unused. Here the noise is handed in, so
    that the result can be checked and repeated: put e where your random numbers
    stand."""
    return mean + (log_variance / 2).exp() * torch.randn_like(mean)


@exercise.mistake(hint="formula")
def doubled_for_halved(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You double the log-variance. The standard deviation is the root of the variance,
    so the logarithm is halved: exp(log_variance / 2)."""
    return mean + (2 * log_variance).exp() * e


@exercise.mistake(hint="formula")
def mean_stretched(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """You stretch the mean as well. Only the noise is multiplied by sigma; the mean is
    added afterwards."""
    return (log_variance / 2).exp() * (mean + e)


@exercise.mistake(hint="idea")
def deviation_detached(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """The numbers are right, but no gradient reaches the log-variance: a `detach` or
    `no_grad` cuts sigma off. Leave it out, or the encoder cannot learn its width."""
    return mean + (log_variance / 2).exp().detach() * e


@exercise.mistake(hint="idea")
def mean_detached(mean: Tensor, log_variance: Tensor, e: Tensor) -> Tensor:
    """The numbers are right, but no gradient reaches the mean: a `detach` or `no_grad`
    cuts it off. Leave it out, or the encoder cannot learn where its codes lie."""
    return mean.detach() + (log_variance / 2).exp() * e
