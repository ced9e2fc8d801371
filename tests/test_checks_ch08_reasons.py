"""Chapters 08 and 09: the reason that a checker gives is true of the answer."""

import math

import pytest
import torch
from torch.distributions import Normal
from torch.nn import functional as F

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def on(id, function):
    return judge(registry.get(id), function)


def tutorial_noise(mean, log_variance, e):
    std = torch.exp(0.5 * log_variance)
    eps = torch.randn_like(std)
    return mean + eps * std


def loss(term):
    """-ELBO whose first term is `term(logits, x)` [N], and z as it should be."""

    def negative_elbo(x, encode, decode, e):
        m, a = encode(x)
        kl = 0.5 * (m**2 + a.exp() - a - 1).sum(1)
        return (term(decode(m + (a / 2).exp() * e), x) + kl).mean()

    return negative_elbo


def each(function, *settings):
    return lambda a, x: function(a, x, *settings, reduction="none").flatten(1).sum(1)


@pytest.mark.parametrize(
    ("term", "word"),
    [
        (lambda a, x: each(F.binary_cross_entropy_with_logits)(a.sigmoid(), x), "once"),
        (lambda a, x: each(F.mse_loss)(a.sigmoid(), x), "squared error"),
        (
            lambda a, x: each(F.binary_cross_entropy)(a.clamp(1e-6, 1 - 1e-6), x),
            "treat the logits as",
        ),
        (lambda a, x: -each(F.binary_cross_entropy_with_logits)(a, x), "improbable"),
    ],
    ids=["sigmoid twice", "squared error", "probabilities", "sign"],
)
def test_common_losses_are_told_what_is_wrong_with_them(term, word):
    verdict = on("08.negative_elbo", loss(term))
    assert verdict.misconception and word in verdict.message, verdict


def test_own_noise_is_not_told_that_no_gradient_flows():
    verdict = on("08.reparameterise", tutorial_noise)
    assert verdict.misconception == "own_noise"
    assert "gradient" not in verdict.message


def test_noise_without_a_gradient_is_told_so():
    def reparameterise(mean, log_variance, e):
        return Normal(mean, (log_variance / 2).exp()).sample()

    verdict = on("08.reparameterise", reparameterise)
    assert verdict.misconception == "drawn" and "gradient" in verdict.message


def test_a_loss_with_its_own_noise_is_not_called_a_sum_or_a_mean():
    def negative_elbo(x, encode, decode, e):
        m, a = encode(x)
        z = Normal(m, (a / 2).exp()).rsample()
        cross = each(F.binary_cross_entropy_with_logits)(decode(z), x)
        return (cross + 0.5 * (m**2 + a.exp() - a - 1).sum(1)).mean()

    verdict = on("08.negative_elbo", negative_elbo)
    assert verdict.misconception == "own_noise", verdict


def test_half_the_kl_is_not_called_a_mean_over_latents():
    def negative_elbo(x, encode, decode, e):
        m, a = encode(x)
        z = m + (a / 2).exp() * e
        cross = each(F.binary_cross_entropy_with_logits)(decode(z), x)
        return (cross + 0.25 * (m**2 + a.exp() - a - 1).sum(1)).mean()

    assert on("08.negative_elbo", negative_elbo).misconception == "half_the_kl"


def test_the_monte_carlo_kl_is_called_right_on_average():
    def negative_elbo(x, encode, decode, e):
        m, a = encode(x)
        q = Normal(m, (a / 2).exp())
        z = m + (a / 2).exp() * e
        excess = (q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1)
        return (each(F.binary_cross_entropy_with_logits)(decode(z), x) + excess).mean()

    verdict = on("08.negative_elbo", negative_elbo)
    assert verdict.failed and "right on average" in verdict.message


@pytest.mark.parametrize("shape", [(), (1,), (5,)])
def test_a_posterior_variance_may_stand_once_or_for_each_x(shape):
    def posterior(x, w, s):
        M = w**2 + s**2
        one = torch.tensor(s**2 / M)
        full = {(): one, (1,): one.expand(1), (5,): one.expand(len(x))}
        return w * x / M, full[shape]

    assert on("08.posterior", posterior).passed


@pytest.mark.parametrize("ends", [(-2, 2), (-3, 3), (-2.5, 2.5)])
def test_every_even_spacing_is_told_so(ends):
    def latent_grid(side):
        q = torch.linspace(*ends, side)
        return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)

    assert "evenly spaced" in on("08.latent_grid", latent_grid).message


def test_coins_from_the_other_side_are_called_a_correct_step():
    def refill(x, hidden, encode, decode, e, u):
        m, a = encode(x)
        ink = (1 - u) < decode(m + (a / 2).exp() * e)
        return torch.where(hidden, ink.to(x.dtype), x)

    verdict = on("09.refill", refill)
    assert verdict.failed and "correct step" in verdict.message


def test_coins_of_their_own_are_told_so():
    def refill(x, hidden, encode, decode, e, u):
        m, a = encode(x)
        return torch.where(hidden, torch.bernoulli(decode(m + (a / 2).exp() * e)), x)

    assert on("09.refill", refill).misconception == "own_randomness"


def test_a_softmax_of_probabilities_is_told_so():
    def code_length(symbols, p):
        return F.cross_entropy(p, symbols, reduction="sum") / math.log(2)

    assert "softmax" in on("09.code_length", code_length).message
