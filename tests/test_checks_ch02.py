"""Chapter 02: the same mistakes in other words, and near misses."""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit, rel_entr, softmax

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"02.{function.__name__}"), function)


def swaps_the_label():
    def value(d_real, d_fake):
        return (d_real.log().sum() / len(d_real)) + d_fake.log().sum() / len(d_fake)

    return value


def zips():
    def value(d_real, d_fake):
        both = list(zip(d_real, d_fake, strict=False))
        return sum(torch.log(r) + torch.log(1 - f) for r, f in both) / len(both)

    return value


def minimises():
    def value(d_real, d_fake):
        cost = torch.nn.functional.binary_cross_entropy
        return cost(d_real, torch.ones_like(d_real)) + cost(d_fake, 0 * d_fake)

    return value


def believes_in_fakes():
    def optimal_discriminator(p, q):
        return np.array([b / (a + b) if a + b else 0.5 for a, b in zip(p, q)])  # noqa: B905

    return optimal_discriminator


def decides():
    def optimal_discriminator(p, q):
        return (np.sign(p - q) + 1) / 2

    return optimal_discriminator


def divides_by_nothing():
    def optimal_discriminator(p, q):
        with np.errstate(all="ignore"):
            return 1 / (1 + q / p) if (p > 0).all() else np.divide(p, np.add(p, q))

    return optimal_discriminator


def stops_at_d():
    def logit_gradient(logits, p, q):
        return p / expit(logits) - q / expit(-logits)

    return logit_gradient


def asks_for_a_loss():
    def logit_gradient(logits, p, q):
        return q * expit(logits) - p * expit(-logits)

    return logit_gradient


def aims_at_the_best():
    def logit_gradient(logits, p, q):
        return 1 / (1 + q / p) - expit(logits)

    return logit_gradient


def weights_with_belief():
    def mean_under_data(h, logits):
        return (h * expit(logits)).mean()

    return mean_under_data


def selects():
    def mean_under_data(h, logits):
        return h[expit(logits) > 0.5].mean()

    return mean_under_data


def normalises():
    def mean_under_data(h, logits):
        return np.average(h, weights=softmax(logits))

    return mean_under_data


def compares_directly():
    def jensen_shannon(p, q):
        return (rel_entr(p, q).sum() + rel_entr(q, p).sum()) / 2

    return jensen_shannon


def forgets_half():
    def jensen_shannon(p, q):
        m = (p + q) / 2
        return rel_entr(p, m).sum() + rel_entr(q, m).sum()

    return jensen_shannon


def forgets_the_middle():
    def jensen_shannon(p, q):
        return (rel_entr(p, p + q) + rel_entr(q, p + q)).sum() / 2

    return jensen_shannon


def trusts_the_total():
    def js_bound(d_real, d_fake):
        return (math.log(4) + d_real.log().mean()) / 2

    return js_bound


def adds_log_2():
    def js_bound(d_real, d_fake):
        v = d_real.log().mean() + (1 - d_fake).log().mean()
        return (v + math.log(2)) / 2

    return js_bound


def never_negative():
    def js_bound(d_real, d_fake):
        v = d_real.log().mean() + (1 - d_fake).log().mean()
        return torch.relu(v / 2 + math.log(2))

    return js_bound


def moves(up, down, *, fresh=True, loss=lambda a: -np.logaddexp(0, a)):
    def tabular_step(logits, theta, p, rate):
        q = softmax(theta)
        new = logits + up * rate * (p * expit(-logits) - q * expit(logits))
        g = loss(new if fresh else logits)
        return new, theta + down * rate * q * (g - (q * g).sum())

    return tabular_step


def minimises_one_total():
    def tabular_step(logits, theta, p, rate):
        a, t = torch.tensor(logits, requires_grad=True), torch.tensor(theta)
        t.requires_grad_()
        d, q = a.sigmoid(), t.softmax(0)
        loss_d = -(torch.tensor(p) * d.log()).sum() - (q * (1 - d).log()).sum()
        total = loss_d + (q * (1 - d).log()).sum()
        slopes = torch.autograd.grad(total, (a, t))
        return tuple(
            (v - rate * s).detach().numpy() for v, s in zip((a, t), slopes, strict=True)
        )

    return tabular_step


def grows_for_ever():
    def shifted_blocks(theta):
        return np.log(2) * np.abs(theta), np.abs(theta)

    return shifted_blocks


def answers_for_kl():
    def shifted_blocks(theta):
        return (float("inf") if theta else 0.0), abs(theta)

    return shifted_blocks


def forgets_left():
    def shifted_blocks(theta):
        return np.log(2) * (theta if theta < 1 else 1), theta

    return shifted_blocks


@pytest.mark.parametrize(
    "make, name",
    [
        (swaps_the_label, "glad_to_be_fooled"),
        (zips, "pairs"),
        (minimises, "a_loss"),
        (believes_in_fakes, "swapped"),
        (decides, "verdicts"),
        (divides_by_nothing, "nan_where_empty"),
        (stops_at_d, "by_belief"),
        (asks_for_a_loss, "downhill"),
        (aims_at_the_best, "distance_to_the_best"),
        (weights_with_belief, "by_belief"),
        (selects, "the_convincing_alone"),
        (normalises, "self_normalised"),
        (compares_directly, "both_kls"),
        (forgets_half, "not_halved"),
        (forgets_the_middle, "sum_for_middle"),
        (trusts_the_total, "total_loss"),
        (adds_log_2, "one_log_2"),
        (never_negative, "hidden"),
        (lambda: moves(1, 1), "friends"),
        (lambda: moves(-1, -1), "d_gives_in"),
        (lambda: moves(1, -1, fresh=False), "at_the_same_time"),
        (lambda: moves(1, -1, loss=lambda a: np.logaddexp(0, -a)), "other_loss"),
        (minimises_one_total, "one_total"),
        (grows_for_ever, "ever_growing"),
        (answers_for_kl, "as_if_kl"),
        (forgets_left, "signed"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_right_round_written_with_other_tools_passes():
    assert verdict_on(moves(1, -1)).passed


def test_a_d_that_is_clipped_is_not_the_best():
    def optimal_discriminator(p, q):
        total = p + q
        d = np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)
        return d.clip(0.1, 0.9)

    assert verdict_on(optimal_discriminator).failed


def test_an_epsilon_in_the_denominator_is_named():
    def optimal_discriminator(p, q):
        return p / (p + q + 1e-12)

    assert verdict_on(optimal_discriminator).misconception == "zero_where_empty"


def test_a_divergence_that_changes_its_argument_is_named():
    def jensen_shannon(p, q):
        p /= 2
        m = p + q / 2
        return (rel_entr(2 * p, m).sum() + rel_entr(q, m).sum()) / 2

    assert "in place" in verdict_on(jensen_shannon).message


def test_an_unknown_slip_in_a_round_is_told_by_its_name():
    def tabular_step(logits, theta, p, rate):
        new, moved = moves(1, -1)(logits, theta, p, rate)
        return new, theta + 0.9 * (moved - theta)

    assert "theta - rate times" in verdict_on(tabular_step).message


def test_a_round_without_g_does_not_pass():
    def tabular_step(logits, theta, p, rate):
        return logits + rate * (p - (p + softmax(theta)) * expit(logits)), theta

    assert verdict_on(tabular_step).failed


def test_a_root_of_the_divergence_is_no_divergence():
    def jensen_shannon(p, q):
        m = (p + q) / 2
        return math.sqrt((rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2)

    assert verdict_on(jensen_shannon).misconception == "its_root"
