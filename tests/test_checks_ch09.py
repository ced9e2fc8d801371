"""Chapter 09: mistakes in other words, and near misses."""

import math

import pytest
import torch
from torch.distributions import Normal

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"09.{function.__name__}"), function)


def picks_the_likeliest():
    def posterior_mean(noisy, known, sigma):
        fit = Normal(known, sigma).log_prob(noisy[:, None]).sum(2)
        return known[fit.argmax(dim=1)]

    return posterior_mean


def leaves_the_logarithm():
    def posterior_mean(noisy, known, sigma):
        p = Normal(known, sigma).log_prob(noisy[:, None]).sum(2).exp()
        return (p / p.sum(1, keepdim=True)) @ known

    return posterior_mean


def uses_pytorchs_loss():
    def posterior_mean(noisy, known, sigma):
        error = torch.nn.functional.mse_loss(
            noisy[:, None].expand(-1, len(known), -1),
            known.expand(len(noisy), -1, -1),
            reduction="none",
        ).mean(2)
        return torch.softmax(-error / (2 * sigma**2), dim=-1) @ known

    return posterior_mean


def keeps_nothing():
    def refill(x, hidden, encode, decode, e, u):
        mean, log_variance = encode(x)
        return (decode(mean + torch.exp(log_variance / 2) * e) > u).float()

    return refill


def zeroes_the_hole():
    def refill(x, hidden, encode, decode, e, u):
        seen = x * (~hidden)
        mean, log_variance = encode(seen)
        painted = (u < decode(mean + torch.exp(log_variance / 2) * e)).float()
        return seen + hidden * painted

    return refill


def rounds_the_picture():
    def refill(x, hidden, encode, decode, e, u):
        mean, log_variance = encode(x)
        painted = decode(mean + torch.exp(log_variance / 2) * e)
        return x * ~hidden + painted * hidden

    return refill


def sums_natural_logarithms():
    def code_length(symbols, p):
        return torch.nn.functional.nll_loss(p.log(), symbols, reduction="sum")

    return code_length


def rounds_up():
    def code_length(symbols, p):
        return torch.ceil(-torch.log2(p[range(len(symbols)), symbols])).sum()

    return code_length


def divides_by_floats():
    def push(x, c, f, r):
        return math.floor(x / f) * 2**r + c + x % f

    return push


def shifts_alone():
    def push(x, c, f, r):
        return x * 2**r + c + x % f

    return push


def cuts_off_a_triangle():
    def mask(k, kind):
        return torch.tril(torch.ones(k, k), diagonal=-1 if kind == "A" else 0)

    return mask


def transposes():
    def mask(k, kind):
        order = torch.arange(k * k).view(k, k).T
        middle = k * k // 2
        return (order <= middle if kind == "B" else order < middle).float()

    return mask


def pays_for_the_latent():
    def net_bits(log_px, log_pz, log_q):
        return -(log_px + log_pz) * math.log2(math.e)

    return net_bits


def forgets_ties():
    def auc(normal, odd):
        wins = sum(float(o > s) for o in odd for s in normal)
        return torch.tensor(wins / (len(odd) * len(normal)))

    return auc


def counts_the_other_way():
    def auc(normal, odd):
        gap = normal[:, None] - odd
        return ((gap > 0).double() + 0.5 * (gap == 0).double()).mean().float()

    return auc


def does_not_clamp():
    def lengths(values, s, beta):
        return torch.sqrt(values - beta * s * s)

    return lengths


def clamps_each_image():
    def free_bits(kl, least):
        return torch.clamp(kl, least).sum(1).mean()

    return free_bits


def counts_from_the_floor():
    def free_bits(kl, least):
        return (kl.mean(0) - least).clamp(min=0).sum()

    return free_bits


def forgets_the_second():
    def gap(information, entropy):
        return (information.amax(0) / entropy).mean()

    return gap


def averages_nats():
    def gap(information, entropy):
        top = information.sort(dim=0, descending=True).values
        return (top[0] - top[1]).mean()

    return gap


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (picks_the_likeliest, "nearest"),
        (leaves_the_logarithm, "out_of_the_logarithm"),
        (uses_pytorchs_loss, "mean_of_pixels"),
        (keeps_nothing, "nothing_clamped"),
        (zeroes_the_hole, "blanked_first"),
        (rounds_the_picture, "greys_painted"),
        (sums_natural_logarithms, "in_nats"),
        (rounds_up, "whole_bits"),
        (divides_by_floats, "floats"),
        (shifts_alone, "not_divided"),
        (transposes, "columns_first"),
        (pays_for_the_latent, "nothing_back"),
        (forgets_ties, "ties_lost"),
        (counts_the_other_way, "sides_swapped"),
        (does_not_clamp, "root_of_less_than_nothing"),
        (clamps_each_image, "floor_for_each_image"),
        (counts_from_the_floor, "counted_from_the_floor"),
        (forgets_the_second, "best_alone"),
        (averages_nats, "not_a_share"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_triangle_is_no_reading_order():
    assert verdict_on(cuts_off_a_triangle()).failed


def test_a_chain_with_noise_of_its_own_does_not_pass():
    def refill(x, hidden, encode, decode, e, u):
        right = registry.get("09.refill").reference
        return right(x, hidden, encode, decode, torch.randn_like(e), u)

    assert verdict_on(refill).failed


def test_a_chain_may_not_change_the_image_it_was_given():
    def refill(x, hidden, encode, decode, e, u):
        mean, log_variance = encode(x)
        painted = (u < decode(mean + torch.exp(log_variance / 2) * e)).float()
        x[..., hidden] = painted[..., hidden]
        return x

    assert verdict_on(refill).failed


def test_a_length_in_single_precision_is_enough_and_a_clamped_one_is_not():
    def code_length(symbols, p):
        return -p.gather(1, symbols[:, None]).clamp(min=0.1).log2().sum()

    assert verdict_on(code_length).failed


def test_free_bits_with_a_gradient_below_the_floor_do_not_pass():
    def free_bits(kl, least):
        costs = kl.mean(0)
        right = costs.clamp(min=least).sum()
        return right + (costs.sum() - costs.sum().detach())

    assert verdict_on(free_bits).failed


def test_a_number_made_of_floats_is_told_so():
    def push(x, c, f, r):
        return float((x // f << r) + c + x % f)

    assert verdict_on(push).failed
