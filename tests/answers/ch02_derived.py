"""Chapter 02's derivations, as people write them who have not seen the formula."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special

from tests.answers import right, wrong

# --- optimal_discriminator -----------------------------------------------------------


@right("02.optimal_discriminator")
def share_by_division_where(p, q):
    out = np.full(np.shape(p), 0.5)
    np.divide(p, p + q, out=out, where=(p + q) != 0)
    return out


@right("02.optimal_discriminator")
def nan_to_one_half(p, q):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(p / (p + q), nan=0.5)


@wrong("02.optimal_discriminator")
def quotient_of_the_two(p, q):
    with np.errstate(all="ignore"):
        return np.nan_to_num(p / q, nan=0.5, posinf=1.0)


@wrong("02.optimal_discriminator")
def one_minus_the_share(p, q):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(1 - p / (p + q), nan=0.5)


@wrong("02.optimal_discriminator")
def solved_with_a_plus(p, q):
    """From a/d + b/(1 - d) = 0: the sign of the second slope was lost."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(p / (p - q), nan=0.5, posinf=1.0, neginf=0.0)


@wrong("02.optimal_discriminator")
def nothing_for_empty_places(p, q):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(p / (p + q))


# --- logit_gradient ------------------------------------------------------------------


@right("02.logit_gradient")
def all_that_is_real_minus_the_share(logits, p, q):
    return p - (p + q) * special.expit(logits)


@right("02.logit_gradient")
def by_softplus_and_autograd(logits, p, q):
    a = torch.tensor(logits, requires_grad=True)
    gain = -torch.tensor(p) * F.softplus(-a) - torch.tensor(q) * F.softplus(a)
    return torch.autograd.grad(gain.sum(), a)[0].numpy()


@wrong("02.logit_gradient")
def chain_rule_forgotten(logits, p, q):
    D = special.expit(logits)
    return p / D - q / (1 - D)


@wrong("02.logit_gradient")
def sign_of_the_second_lost(logits, p, q):
    D = special.expit(logits)
    return p * (1 - D) + q * D


@wrong("02.logit_gradient")
def exchanged_beliefs(logits, p, q):
    D = special.expit(logits)
    return p * D - q * (1 - D)


@wrong("02.logit_gradient")
def one_factor_too_many(logits, p, q):
    D = special.expit(logits)
    return (p * (1 - D) - q * D) * D * (1 - D)


# --- mean_under_data -----------------------------------------------------------------


@right("02.mean_under_data")
def odds_of_the_belief(h, logits):
    D = special.expit(logits)
    return (h * D / special.expit(-logits)).sum() / len(h)


@right("02.mean_under_data")
def dot_product(h, logits):
    return math.fsum(v * math.exp(a) for v, a in zip(h, logits, strict=True)) / len(h)


@wrong("02.mean_under_data")
def belief_as_the_weight(h, logits):
    return np.mean(h * special.expit(logits))


@wrong("02.mean_under_data")
def divided_by_all_weights(h, logits):
    return np.average(h, weights=np.exp(logits))


@wrong("02.mean_under_data")
def ratio_of_fakes_to_data(h, logits):
    return np.mean(h * np.exp(-logits))


@wrong("02.mean_under_data")
def logit_as_the_weight(h, logits):
    return np.mean(h * logits)


# --- js_bound ------------------------------------------------------------------------


@right("02.js_bound")
def against_a_coin(d_real, d_fake):
    return ((2 * d_real).log().mean() + (2 - 2 * d_fake).log().mean()) / 2


@right("02.js_bound")
def from_the_loss_of_d(d_real, d_fake):
    loss = F.binary_cross_entropy(d_real, torch.ones_like(d_real))
    loss = loss + F.binary_cross_entropy(d_fake, torch.zeros_like(d_fake))
    return math.log(2) - loss / 2


@wrong("02.js_bound")
def never_below_zero(d_real, d_fake):
    v = d_real.log().mean() + (1 - d_fake).log().mean()
    return ((v + math.log(4)) / 2).clamp(min=0)


@wrong("02.js_bound")
def log_two_for_log_four(d_real, d_fake):
    v = d_real.log().mean() + (1 - d_fake).log().mean()
    return (v + math.log(2)) / 2


@wrong("02.js_bound")
def half_of_the_value_alone(d_real, d_fake):
    v = d_real.log().mean() + (1 - d_fake).log().mean()
    return v / 2 + math.log(4)


@wrong("02.js_bound")
def both_divergences_counted(d_real, d_fake):
    return (2 * d_real).log().mean() + (2 - 2 * d_fake).log().mean()


# --- shifted_blocks ------------------------------------------------------------------


@right("02.shifted_blocks")
def by_the_overlap(theta):
    both = max(0.0, 1 - abs(theta))
    return (1 - both) * math.log(2), math.sqrt(theta**2)


@right("02.shifted_blocks")
def by_three_cases(theta):
    far = -theta if theta < 0 else theta
    return (math.log(2) if far >= 1 else far * math.log(2)), far


@wrong("02.shifted_blocks")
def never_flat(theta):
    return abs(theta) * math.log(2), abs(theta)


@wrong("02.shifted_blocks")
def both_flat(theta):
    return min(abs(theta), 1) * math.log(2), min(abs(theta), 1)


@wrong("02.shifted_blocks")
def both_blocks_counted(theta):
    return 2 * min(abs(theta), 1) * math.log(2), abs(theta)


@wrong("02.shifted_blocks")
def to_the_right_alone(theta):
    return min(theta, 1) * math.log(2), theta


@wrong("02.shifted_blocks")
def in_bits(theta):
    return min(abs(theta), 1), abs(theta)


@right("02.logit_gradient")
def by_central_differences(logits, p, q):
    def gain(a):
        return -p * np.logaddexp(0, -a) - q * np.logaddexp(0, a)

    return (gain(logits + 1e-6) - gain(logits - 1e-6)) / 2e-6
