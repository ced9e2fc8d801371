"""Likelihoods, KL terms and bounds of a VAE: pure functions, all in nats.

Letters: x [N, ...] images, z [..., N, latent] latents, q(z|x) = N(mean, exp(
log_variance)) with both [N, latent], p(z) = N(0, I). A function of x and a decoder's
output gives one number per image: with outputs [N, ...] it returns [N], with k samples
per image, outputs [k, N, ...], it returns [k, N].

What the data are is checked; NaN from a network passes through to the loss, where the
training loop names it and stops.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course import validate
from aigc_course.errors import CourseError

LOG_2PI = math.log(2 * math.pi)


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) = sum_i x_i log pi_i + (1 - x_i) log(1 - pi_i), pi = sigmoid(logits).

    Kingma & Welling 2014, appendix C.1. x in [0, 1]; a probability of x only where x is
    0 or 1 (see `binarise`), for grey values merely a cross-entropy. Raises CourseError
    for x outside [0, 1], NaN in x, or logits of another shape.

    >>> round(float(bernoulli(torch.ones(1, 4), torch.zeros(1, 4))), 4)   # 4 log 1/2
    -2.7726
    """
    validate.same_shape(validate.pixels(x), logits)
    # log pi = a - softplus(a), log(1 - pi) = -softplus(a): no log(0)
    return _per_image(x * logits - softplus(logits), x)


def gaussian(x: Tensor, mean: Tensor, log_variance: Tensor | float) -> Tensor:
    """log p(x|z) = -1/2 sum_i [(x_i - m_i)^2 / v_i + log v_i + log 2 pi].

    Kingma & Welling 2014, appendix C.2. log_variance is log v: a number for a fixed
    variance, a tensor that broadcasts with `mean` for a learned one. A density, so it
    may be positive, and grows without bound where a learned variance shrinks. Raises
    CourseError for NaN or infinite x and for another shape.
    """
    validate.same_shape(x, mean)
    validate.finite(x, "images")
    log_v = torch.as_tensor(log_variance, dtype=mean.dtype, device=mean.device)
    terms = (x - mean).square() * (-log_v).exp() + log_v + LOG_2PI
    return _per_image(-terms / 2, x)


def discretised_logistic(
    x: Tensor, mean: Tensor, log_scale: Tensor | float, levels: int = 256
) -> Tensor:
    """log p(x|z) of pixels with `levels` values, a logistic density cut into bins.

    p(x) = sigmoid((x + h - m) / s) - sigmoid((x - h - m) / s), h = 1 / (2 (levels - 1))
    and the outermost bins reach to infinity, so that the bins sum to 1. Salimans et
    al. 2017, equation 2 (there on [-1, 1], with bins twice as wide).

    x in [0, 1] on the grid 0, 1 / (levels - 1), ..., 1; log_scale = log s, a number or
    a tensor that broadcasts with mean. Raises CourseError for x off the grid, outside
    [0, 1] or NaN, another shape, or levels below 2.
    """
    validate.whole(levels, "The number of levels", 2)
    validate.same_shape(validate.pixels(x), mean)
    _on_grid(x, levels)
    log_s = torch.as_tensor(log_scale, dtype=mean.dtype, device=mean.device)
    width = 1 / (levels - 1)
    upper = (x + width / 2 - mean) * (-log_s).exp()  # (x + h - m) / s
    lower = (x - width / 2 - mean) * (-log_s).exp()
    below, above = (
        -softplus(-upper),
        -softplus(lower),
    )  # log sigmoid(u), log sigmoid(-l)
    # sigmoid(u) - sigmoid(l) = sigmoid(u) sigmoid(-l) (1 - e^(l - u)): no cancellation
    inside = below + above + torch.log(-torch.expm1(-width * (-log_s).exp()))
    first, last = x < width / 2, x > 1 - width / 2
    return _per_image(torch.where(first, below, torch.where(last, above, inside)), x)


def log_normal(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(z; mean, exp(log_variance)), summed over the last axis: [..., N]."""
    validate.pair(mean, log_variance)
    _same_latent(z, mean)
    squares = (z - mean).square() * (-log_variance).exp()
    return -(squares + log_variance + LOG_2PI).sum(-1) / 2


def log_standard_normal(z: Tensor) -> Tensor:
    """log p(z) = log N(z; 0, I), summed over the last axis: [..., latent] to [...]."""
    return -(z.square() + LOG_2PI).sum(-1) / 2


def reparameterise(
    mean: Tensor,
    log_variance: Tensor,
    samples: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """z = mean + sigma e with e ~ N(0, I): gradients reach both parameters.

    Kingma & Welling 2014, section 2.4. mean, log_variance: [N, latent]. Returns
    [N, latent], or [samples, N, latent] where a number of samples is given.
    """
    validate.pair(mean, log_variance)
    shape = mean.shape if samples is None else (samples, *mean.shape)
    where = generator.device if generator else mean.device
    e = torch.randn(shape, generator=generator, dtype=mean.dtype, device=where)
    return mean + (log_variance / 2).exp() * e.to(mean.device)


def kl_per_latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(m, s^2) || N(0, 1)) of each latent, of the arguments' shape.

    1/2 (m^2 + s^2 - log s^2 - 1)    (Kingma & Welling 2014, appendix B)

    >>> kl_per_latent(torch.tensor([[0.0, 2.0]]), torch.zeros(1, 2))
    tensor([[0., 2.]])
    """
    validate.pair(mean, log_variance)
    return (mean.square() + log_variance.exp() - log_variance - 1) / 2


def kl_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z|x) || N(0, I)) in closed form: `kl_per_latent` summed, [N]."""
    return kl_per_latent(mean, log_variance).sum(-1)


def kl_monte_carlo(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log q(z|x) - log p(z) at samples z of q: [..., N, latent] to [..., N].

    Its mean over samples is the KL; single values may be negative. The way out where
    the KL has no closed form.
    """
    return log_normal(z, mean, log_variance) - log_standard_normal(z)


def elbo(log_likelihood: Tensor, kl: Tensor, beta: float = 1.0) -> Tensor:
    """ELBO = E_q[log p(x|z)] - beta KL, one number per image.

    Kingma & Welling 2014, equation 3; beta != 1 is the beta-VAE (Higgins et al. 2017,
    equation 4) and from beta = 1 up a lower bound of log p(x). log_likelihood: [N], one
    sample each, or [k, N], whose mean over k is taken. kl: [N]. Raises CourseError for
    a negative beta or another shape.
    """
    validate.at_least_zero(beta, "beta")
    if log_likelihood.shape[-kl.ndim :] != kl.shape or log_likelihood.ndim > 2:
        raise CourseError(
            "The ELBO takes log-likelihoods [N] or [k, N] and KLs [N]; got"
            f" {list(log_likelihood.shape)} and {list(kl.shape)}."
        )
    expected = log_likelihood.mean(0) if log_likelihood.ndim == 2 else log_likelihood
    return expected - beta * kl


def free_bits(kl: Tensor, floor: float) -> Tensor:
    """KL whose pressure ends where a latent costs less than `floor` nats: a scalar.

    sum_j max(floor, E_x[KL_j])    (Kingma et al. 2016, equation 15; E_x over the batch)

    kl: [N, latent], from `kl_per_latent`. A latent below the floor has no gradient, so
    that it is not switched off. With floor 0 it is the mean KL. Raises CourseError for
    a negative floor or another shape.
    """
    validate.at_least_zero(floor, "The floor of the free bits, in nats,")
    if kl.ndim != 2:
        raise CourseError(
            f"Free bits need the KL of each latent, [N, latent]; got {list(kl.shape)}."
        )
    return kl.mean(0).clamp(min=floor).sum()


def importance_weighted_bound(log_weights: Tensor) -> Tensor:
    """L_k = log 1/k sum_i w_i, a lower bound of log p(x) that rises with k: [N].

    w_i = p(x|z_i) p(z_i) / q(z_i|x), z_i ~ q    (Burda et al. 2016, equation 8)

    log_weights: [k, N]. With k = 1 it is the ELBO at one sample. Raises CourseError for
    another shape or k = 0.
    """
    if log_weights.ndim != 2 or not len(log_weights):
        raise CourseError(
            f"Log-weights are [k, N], k from 1 up; got shape {list(log_weights.shape)}."
        )
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def _per_image(terms: Tensor, x: Tensor) -> Tensor:
    """Sum over all axes but those of samples and images."""
    return terms.flatten(terms.ndim - x.ndim + 1).sum(-1)


def _same_latent(z: Tensor, mean: Tensor) -> None:
    if z.shape[-mean.ndim :] != mean.shape:
        raise CourseError(
            f"Latents end in the shape of their mean, {list(mean.shape)}; got"
            f" {list(z.shape)}."
        )


def _on_grid(x: Tensor, levels: int) -> None:
    steps = x.detach() * (levels - 1)
    if bool(((steps - steps.round()).abs() > 0.01).any()):
        raise CourseError(
            f"A discretised likelihood takes pixels with {levels} values from 0 to 1;"
            " these lie between them."
        )
