"""Chapter 08, gradients to maps: mistakes in other words, and near misses."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"08.{function.__name__}"), function)


def scales_by_variance():
    def reparameterise(mean, log_variance, e):
        return e * torch.exp(log_variance) + mean

    return reparameterise


def works_without_gradient():
    def reparameterise(mean, log_variance, e):
        with torch.no_grad():
            return mean + e * torch.exp(0.5 * log_variance)

    return reparameterise


def samples_instead():
    def reparameterise(mean, log_variance, e):
        return torch.distributions.Normal(mean, torch.exp(0.5 * log_variance)).sample()

    return reparameterise


def divides_once():
    def score_gradient(values, z, mean, sigma):
        return values * ((z - mean) / sigma)

    return score_gradient


def differentiates_in_z():
    def score_gradient(values, z, mean, sigma):
        z = z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(Normal(mean, sigma).log_prob(z).sum(), z)
        return values * slope

    return score_gradient


def keeps_only_the_top():
    def ppca_covariance(S, d):
        U, values, Vh = torch.linalg.svd(S)
        return U[:, :d] @ torch.diag(values[:d]) @ Vh[:d]

    return ppca_covariance


def forgets_to_subtract():
    def ppca_covariance(S, d):
        U, values, _ = torch.linalg.svd(S)
        W = U[:, :d] * values[:d].sqrt()
        return W @ W.T + values[d:].mean() * torch.eye(len(S)).double()

    return ppca_covariance


def decodes_the_mean():
    def negative_elbo(x, encode, decode, e):
        mean, log_variance = encode(x)
        q = Normal(mean, (log_variance / 2).exp())
        cost = kl_divergence(q, Normal(torch.zeros_like(mean), 1.0)).sum(1)
        fits = Bernoulli(logits=decode(mean)).log_prob(x).flatten(1).sum(1)
        return (cost - fits).mean()

    return negative_elbo


def averages_pixels():
    def negative_elbo(x, encode, decode, e):
        mean, log_variance = encode(x)
        pi = decode(mean + e * (log_variance / 2).exp()).sigmoid()
        cost = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
        return binary_cross_entropy(pi, x) + cost

    return negative_elbo


def rewards_dear_codes():
    def negative_elbo(x, encode, decode, e):
        mean, log_variance = encode(x)
        logits = decode(mean + e * (log_variance / 2).exp())
        cross = binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        return (
            cross
            + 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
        )

    return negative_elbo


def spaces_evenly():
    def latent_grid(side):
        line = torch.linspace(-3, 3, side)
        y, x = torch.meshgrid(line, line, indexing="ij")
        return torch.stack([x.flatten(), y.flatten()], 1)

    return latent_grid


def multiplies_sets():
    def latent_grid(side):
        q = torch.special.ndtri((torch.arange(side) + 0.5) / side)
        return torch.cartesian_prod(q, q)

    return latent_grid


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (scales_by_variance, "variance_for_deviation"),
        (works_without_gradient, "detached"),
        (samples_instead, "drawn"),
        (divides_once, "deviation_for_variance"),
        (differentiates_in_z, "slope_in_z"),
        (keeps_only_the_top, "rest_dropped"),
        (forgets_to_subtract, "noise_on_top"),
        (decodes_the_mean, "no_noise"),
        (averages_pixels, "mean_of_pixels"),
        (rewards_dear_codes, "kl_subtracted"),
        (spaces_evenly, "evenly_spaced"),
        (multiplies_sets, "axes_swapped"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_map_row_by_row_from_above_is_told_from_one_on_its_side():
    def latent_grid(side):
        q = torch.special.ndtri((torch.arange(side) + 0.5) / side)
        return torch.stack([q.repeat(side), q.flip(0).repeat_interleave(side)], 1)

    assert verdict_on(latent_grid).misconception == "from_above"


def test_the_score_with_a_baseline_is_another_estimator():
    def score_gradient(values, z, mean, sigma):
        return (values - values.mean()) * (z - mean) / sigma**2

    assert verdict_on(score_gradient).failed


def test_a_bound_with_several_draws_of_its_own_does_not_pass():
    def negative_elbo(x, encode, decode, e):
        fresh = torch.randn_like(e)
        return registry.get("08.negative_elbo").reference(x, encode, decode, fresh)

    assert verdict_on(negative_elbo).failed


@pytest.mark.parametrize(("dtype", "passes"), [("float32", True), ("float16", False)])
def test_a_covariance_in_single_precision_passes_and_in_half_is_told_so(dtype, passes):
    def ppca_covariance(S, d):
        found = registry.get("08.ppca_covariance").reference(S, d)
        return found.to(getattr(torch, dtype))

    verdict = verdict_on(ppca_covariance)
    assert verdict.passed == passes and (passes or "float64" in verdict.message)
