"""Chapter 08, model and bound: mistakes in other words, and near misses."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"08.{function.__name__}"), function)


def means_everything():
    def log_likelihood(x, logits):
        each = binary_cross_entropy_with_logits(logits, x, reduction="none")
        return -each.mean(dim=(1, 2, 3))

    return log_likelihood


def returns_the_loss():
    def log_likelihood(x, logits):
        return torch.stack(
            [
                binary_cross_entropy_with_logits(a, b, reduction="sum")
                for a, b in zip(logits, x, strict=True)
            ]
        )

    return log_likelihood


def goes_through_sigmoid():
    def log_likelihood(x, logits):
        pi = 1 / (1 + torch.exp(-logits))
        return (torch.log(pi) * x + torch.log(1 - pi) * (1 - x)).sum((1, 2, 3))

    return log_likelihood


def counts_white_pixels():
    def log_likelihood(x, logits):
        ink = Bernoulli(logits=logits).log_prob(torch.ones_like(x))
        return torch.where(x > 0.5, ink, torch.zeros_like(x)).flatten(1).sum(-1)

    return log_likelihood


def divides_nought():
    def mass(pi):
        return (1 - 2 * pi) / (torch.log1p(-pi) - torch.log(pi))

    return mass


def sums_the_ends():
    def mass(pi):
        return torch.ones_like(pi)

    return mass


def inverts_the_line():
    def posterior(x, w, s):
        return x / w, (s / w) ** 2

    return posterior


def keeps_the_marginal_variance():
    def posterior(x, w, s):
        return x * (w / (w * w + s * s)), w * w + s * s

    return posterior


def takes_a_root():
    def posterior(x, w, s):
        precision = 1 + (w / s) ** 2
        return w * x / (s**2 * precision), math.sqrt(1 / precision)

    return posterior


def averages_logs():
    def importance_bound(log_w):
        return torch.mean(log_w, 0)

    return importance_bound


def leaves_out_log_k():
    def importance_bound(log_w):
        most = log_w.amax(0)
        return (log_w - most).exp().sum(0).log() + most

    return importance_bound


def underflows():
    def importance_bound(log_w):
        return torch.log(torch.mean(torch.exp(log_w), dim=0))

    return importance_bound


def turns_the_kl():
    def kl(mean, log_variance):
        q = Normal(mean, (log_variance / 2).exp())
        return kl_divergence(Normal(torch.zeros_like(mean), 1.0), q).sum(1)

    return kl


def averages_latents():
    def kl(mean, log_variance):
        q = Normal(mean, (log_variance / 2).exp())
        return kl_divergence(q, Normal(torch.zeros_like(mean), 1.0)).mean(1)

    return kl


def adds_the_textbook_term():
    def kl(mean, log_variance):
        return 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1)

    return kl


def reads_log_sigma():
    def kl(mean, log_variance):
        q = Normal(mean, log_variance.exp())
        return kl_divergence(q, Normal(torch.zeros_like(mean), 1.0)).sum(1)

    return kl


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (means_everything, "mean_of_pixels"),
        (returns_the_loss, "a_loss"),
        (goes_through_sigmoid, "out_of_the_logarithm"),
        (counts_white_pixels, "ink_alone"),
        (divides_nought, "nought_by_nought"),
        (sums_the_ends, "two_values"),
        (inverts_the_line, "decoder_inverted"),
        (keeps_the_marginal_variance, "of_x"),
        (takes_a_root, "deviation"),
        (averages_logs, "mean_of_logarithms"),
        (leaves_out_log_k, "sum_of_weights"),
        (underflows, "out_of_the_logarithm"),
        (turns_the_kl, "the_other_way_round"),
        (averages_latents, "mean_of_latents"),
        (adds_the_textbook_term, "wrong_sign"),
        (reads_log_sigma, "deviation_given"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_clamp_against_infinity_is_noticed():
    def log_likelihood(x, logits):
        pi = logits.sigmoid().clamp(1e-6, 1 - 1e-6)
        return Bernoulli(probs=pi).log_prob(x).flatten(1).sum(1)

    assert verdict_on(log_likelihood).violated == "finite"
