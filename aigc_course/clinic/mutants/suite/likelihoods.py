"""Properties of likelihoods and of drawn latents."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Independent, Normal
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import (
    draw,
    flat,
    slope,
    target,
    uniform,
)

VAE = "vae.losses"


N, D = 4, 3


def _pixels(seed: int) -> Tensor:
    return uniform(seed, N, 1, 2, 2, key=5)


def moments(seed: int) -> tuple[Tensor, Tensor]:
    return draw(seed, N, D, key=6), draw(seed, N, D, key=7)


def law(mean: Tensor, log_variance: Tensor) -> Independent:
    return Independent(Normal(mean, log_variance.mul(0.5).exp()), 1)


bernoulli = target(
    VAE,
    "bernoulli",
    call="bernoulli(x, logits), both [N, 1, h, w] with x in [0, 1], gives [N]",
)


@bernoulli.observed
def _seen(f: Any, seed: int) -> list[Tensor]:
    x, logits = _pixels(seed), 3 * draw(seed, N, 1, 2, 2)
    some = f(x, torch.stack([logits, -logits]))
    return flat(f(x, logits), slope(lambda a: f(x, a), logits), some)


@bernoulli.equals
def _want(seed: int) -> list[Tensor]:
    x, logits = _pixels(seed), 3 * draw(seed, N, 1, 2, 2)

    def one(a: Tensor) -> Tensor:
        losses = F.binary_cross_entropy_with_logits(a, x, reduction="none")
        return -losses.reshape(N, -1).sum(1)

    return flat(
        one(logits), slope(one, logits), torch.stack([one(logits), one(-logits)])
    )


@bernoulli.must
def _sums_to_one(f: Any, seed: int) -> None:
    """The probabilities of black and of white sum to 1."""
    logits = draw(seed, 1, 1, 1, 1)
    both = f(torch.zeros(1, 1, 1, 1), logits), f(torch.ones(1, 1, 1, 1), logits)
    assert math.isclose(sum(float(p.exp()) for p in both), 1, rel_tol=1e-6)


gaussian = target(
    VAE,
    "gaussian",
    call="gaussian(x, mean, log_variance), all [N, 1, h, w], gives [N]",
)


@gaussian.observed
def _gaussian_seen(f: Any, seed: int) -> list[Tensor]:
    x, mean, log_v = (draw(seed, N, 1, 2, 2, key=k) for k in (1, 2, 3))
    return flat(f(x, mean, log_v), slope(lambda a: f(x, a, log_v), mean))


@gaussian.equals
def _gaussian_want(seed: int) -> list[Tensor]:
    x, mean, log_v = (draw(seed, N, 1, 2, 2, key=k) for k in (1, 2, 3))

    def density(a: Tensor) -> Tensor:
        return Independent(Normal(a, (log_v / 2).exp()), 3).log_prob(x)

    return flat(density(mean), slope(density, mean))


@gaussian.must
def _integrates_to_one(f: Any, seed: int) -> None:
    """The density of one pixel integrates to 1."""
    x = torch.linspace(-20, 20, 4001, dtype=torch.float64).view(-1, 1, 1, 1)
    mean, log_v = draw(seed, 1, 1, 1, 1), draw(seed, 1, 1, 1, 1, key=2)
    area = f(x, mean.expand_as(x), log_v.expand_as(x)).exp().sum() * 0.01
    assert abs(float(area) - 1) < 1e-3


logistic = target(
    VAE,
    "discretised_logistic",
    call="discretised_logistic(x, mean, log_scale, levels), x on the grid, gives [N]",
    tolerance=1e-5,
)


@logistic.observed
def _logistic_seen(f: Any, seed: int) -> list[Tensor]:
    x = (_pixels(seed) * 5).round() / 5
    mean, log_s = draw(seed, N, 1, 2, 2), draw(seed, N, 1, 2, 2, key=2) / 2
    return flat(f(x, mean, log_s, 6), slope(lambda a: f(x, a, log_s, 6), mean))


@logistic.equals
def _logistic_want(seed: int) -> list[Tensor]:
    x = (_pixels(seed) * 5).round() / 5
    mean, log_s = draw(seed, N, 1, 2, 2), draw(seed, N, 1, 2, 2, key=2) / 2

    def mass(m: Tensor) -> Tensor:
        high = torch.sigmoid((x + 0.1 - m) / log_s.exp()).where(x < 0.95, 1.0)
        low = torch.sigmoid((x - 0.1 - m) / log_s.exp()).where(x > 0.05, 0.0)
        return (high - low).log().sum((1, 2, 3))

    return flat(mass(mean), slope(mass, mean))


@logistic.must
def _bins_sum_to_one(f: Any, seed: int) -> None:
    """The probabilities of all values of a pixel sum to 1."""
    x = (torch.arange(6, dtype=torch.float64) / 5).view(-1, 1, 1, 1)
    mean = uniform(seed, 1, 1, 1, 1).expand_as(x)
    total = f(x, mean, draw(seed, 1, 1, 1, 1).expand_as(x), 6).exp().sum()
    assert abs(float(total) - 1) < 1e-6


log_normal = target(
    VAE,
    "log_normal",
    call="log_normal(z, mean, log_variance), all [N, d], gives [N]",
)


@log_normal.observed
def _log_normal_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 2, N, D), *moments(seed)))


@log_normal.equals
def _log_normal_want(seed: int) -> list[Tensor]:
    return flat(law(*moments(seed)).log_prob(draw(seed, 2, N, D)))


@log_normal.must
def _density(f: Any, seed: int) -> None:
    """In one dimension it integrates to 1."""
    z = torch.linspace(-20, 20, 4001, dtype=torch.float64)[:, None, None]
    area = f(z, draw(seed, 1, 1), draw(seed, 1, 1, key=2)).exp().sum() * 0.01
    assert abs(float(area) - 1) < 1e-3


standard = target(
    VAE,
    "log_standard_normal",
    call="log_standard_normal(z), [..., d], gives [...]",
)


@standard.observed
def _standard_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 2, N, D)))


@standard.equals
def _standard_want(seed: int) -> list[Tensor]:
    return flat(Normal(0.0, 1.0).log_prob(draw(seed, 2, N, D)).sum(2))


@standard.must
def _standard_density(f: Any, seed: int) -> None:
    """In one dimension it integrates to 1."""
    z = torch.linspace(-20, 20, 4001, dtype=torch.float64)[:, None]
    assert abs(float(f(z).exp().sum() * 0.01) - 1) < 1e-3


reparameterise = target(
    VAE,
    "reparameterise",
    call="reparameterise(mean, log_variance, samples, generator) gives [samples, N, d]",
    tolerance=0.05,
)


@reparameterise.observed
def _reparameterise_seen(f: Any, seed: int) -> list[Tensor]:
    mean, log_v = moments(seed)
    z = f(mean, log_v, 40_000, torch.Generator().manual_seed(seed))
    one = f(mean, log_v, None, torch.Generator().manual_seed(seed))
    parts = z.mean(0), z.std(0), ((z - mean).pow(4).mean(0) / z.var(0) ** 2) ** 0.5
    return flat(*(part / (1 + part.abs()) for part in parts), one * 0)


@reparameterise.equals
def _reparameterise_want(seed: int) -> list[Tensor]:
    mean, log_v = moments(seed)
    parts = mean, (log_v / 2).exp(), torch.full_like(mean, 3**0.5)
    return flat(*(part / (1 + part.abs()) for part in parts), mean * 0)


@reparameterise.must
def _differentiable(f: Any, seed: int) -> None:
    """A gradient reaches the log-variance, and the mean's is 1."""
    mean, log_v = moments(seed)
    source = torch.Generator().manual_seed(seed)
    assert torch.allclose(slope(lambda a: f(a, log_v), mean), torch.ones_like(mean))
    spread = slope(lambda a: f(mean, a, None, source), log_v)
    assert float(spread.abs().sum()) > 0
