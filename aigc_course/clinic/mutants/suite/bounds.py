"""Properties of KL terms and of bounds on the evidence."""

from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from aigc_course.clinic.mutants.suite.likelihoods import law, moments
from aigc_course.clinic.mutants.targets import (
    Target,
    draw,
    flat,
    slope,
    target,
    uniform,
)

VAE = "vae.losses"
N, D = 4, 3


def _kl(name: str, per_latent: bool) -> Target:
    made = target(
        VAE,
        name,
        call=f"{name}(mean, log_variance), both [N, d]",
    )

    @made.observed
    def seen(f: Any, seed: int) -> list[Tensor]:
        mean, log_v = moments(seed)
        slopes = slope(lambda a: f(a, log_v), mean), slope(lambda a: f(mean, a), log_v)
        return flat(f(mean, log_v), *slopes)

    @made.equals
    def want(seed: int) -> list[Tensor]:
        mean, log_v = moments(seed)

        def kl(m: Tensor, v: Tensor) -> Tensor:
            each = kl_divergence(Normal(m, (v / 2).exp()), Normal(0.0, 1.0))
            return each if per_latent else each.sum(1)

        slopes = (
            slope(lambda a: kl(a, log_v), mean),
            slope(lambda a: kl(mean, a), log_v),
        )
        return flat(kl(mean, log_v), *slopes)

    @made.must
    def zero_at_the_prior(f: Any, seed: int) -> None:
        """It is 0 where q is the prior, and above 0 elsewhere."""
        assert float(f(torch.zeros(2, D), torch.zeros(2, D)).abs().sum()) < 1e-6
        assert bool((f(*moments(seed)) > 0).all())

    return made


_kl("kl_per_latent", True)


_kl("kl_standard_normal", False)


sampled = target(
    VAE,
    "kl_monte_carlo",
    call="kl_monte_carlo(z, mean, log_variance) gives log q(z|x) - log p(z), [..., N]",
)


@sampled.observed
def _sampled_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 2, N, D), *moments(seed)))


@sampled.equals
def _sampled_want(seed: int) -> list[Tensor]:
    z, (mean, log_v) = draw(seed, 2, N, D), moments(seed)
    prior = law(torch.zeros_like(mean), torch.zeros_like(mean))
    return flat(law(mean, log_v).log_prob(z) - prior.log_prob(z))


@sampled.must
def _prior_against_itself(f: Any, seed: int) -> None:
    """It is 0 for every z where q is the prior."""
    z = draw(seed, N, D)
    assert float(f(z, torch.zeros_like(z), torch.zeros_like(z)).abs().max()) < 1e-6


elbo = target(
    VAE,
    "elbo",
    call="elbo(log_likelihood, kl, beta), [N] or [k, N] and [N], gives [N]",
)


@elbo.observed
def _elbo_seen(f: Any, seed: int) -> list[Tensor]:
    one, many, kl = draw(seed, N), draw(seed, 3, N, key=1), draw(seed, N, key=2) ** 2
    return flat(f(one, kl), f(one, kl, 2.5), f(many, kl, 0.5), f(many, kl))


@elbo.equals
def _elbo_want(seed: int) -> list[Tensor]:
    one, many, kl = draw(seed, N), draw(seed, 3, N, key=1), draw(seed, N, key=2) ** 2
    mean = (many[0] + many[1] + many[2]) / 3
    return [one - kl, one - 2.5 * kl, mean - 0.5 * kl, mean - kl]


@elbo.must
def _kl_costs(f: Any, seed: int) -> None:
    """A larger KL gives a lower bound, and a larger beta too."""
    one, kl = draw(seed, N), draw(seed, N, key=2) ** 2 + 0.1
    assert bool((f(one, kl + 1) < f(one, kl)).all())
    assert bool((f(one, kl, 2.0) < f(one, kl, 1.0)).all())


free_bits = target(
    VAE,
    "free_bits",
    call="free_bits(kl, floor), kl [N, d], gives a scalar",
)


@free_bits.observed
def _free_seen(f: Any, seed: int) -> list[Tensor]:
    kl = draw(seed, N, D) ** 2
    return flat(f(kl, 0.5), f(kl, 0.0), slope(lambda a: f(a, 0.5), kl))


@free_bits.equals
def _free_want(seed: int) -> list[Tensor]:
    kl = draw(seed, N, D) ** 2
    means = kl.sum(0) / N
    total = sum(max(0.5, float(m)) for m in means)
    grads = (means > 0.5).double().expand(N, D) / N
    return flat(torch.tensor(total), means.sum(), grads)


@free_bits.must
def _below_the_floor(f: Any, seed: int) -> None:
    """Below the floor there is no gradient."""
    kl = uniform(seed, N, D) / 10
    assert float(slope(lambda a: f(a, 0.5), kl).abs().sum()) == 0


iwae = target(
    VAE,
    "importance_weighted_bound",
    call="importance_weighted_bound(log_weights), [k, N], gives [N]",
)


@iwae.observed
def _iwae_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 5, N)))


@iwae.equals
def _iwae_want(seed: int) -> list[Tensor]:
    return flat(draw(seed, 5, N).exp().mean(0).log())


@iwae.must
def _equal_weights(f: Any, seed: int) -> None:
    """k equal weights give the bound of one."""
    row = draw(seed, 1, N)
    assert torch.allclose(f(row.repeat(7, 1)), row[0])


correlation = target(
    "vae.total_correlation",
    "total_correlation",
    call="total_correlation(z, mean, log_variance), all [N, d], gives a scalar",
)


@correlation.observed
def _correlation_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, N, D), *moments(seed)))


@correlation.equals
def _correlation_want(seed: int) -> list[Tensor]:
    z, (mean, log_v) = draw(seed, N, D), moments(seed)
    total = 0.0
    for i in range(N):
        each = Normal(mean, (log_v / 2).exp()).log_prob(z[i]).exp()  # [l, j]
        joint = each.prod(1).mean().log()
        total += float(joint - each.mean(0).log().sum())
    return flat(torch.tensor(total / N))


@correlation.must
def _one_latent(f: Any, seed: int) -> None:
    """One latent has no total correlation."""
    parts = (draw(seed, 6, 1, key=k) for k in range(3))
    assert abs(float(f(*parts))) < 1e-6
