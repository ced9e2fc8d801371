"""Chapter 15, sections 5 to 7: the same mistakes in other words, and near misses."""

import math

import pytest
import torch

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"15.{function.__name__}"), function)


def measures_in_bits():
    def information(joint):
        alone = torch.outer(joint.sum(1), joint.sum(0))
        parts = torch.where(joint > 0, joint * (joint / alone).log2(), 0.0)
        return float(parts.sum())

    return information


def takes_the_pair_alone():
    def information(joint):
        return float(torch.distributions.Categorical(joint.flatten()).entropy())

    return information


def divides_by_rows():
    def information(joint):
        given = joint / joint.sum(1)[:, None]
        return float((joint * given.clamp(min=1e-30).log()).sum())

    return information


def looks_at_the_middle():
    def advantage(members, strangers):
        t = torch.quantile(torch.cat([members, strangers]).double(), 0.5)
        gap = (members >= t).double().mean() - (strangers >= t).double().mean()
        return float(gap.clamp(min=0))

    return advantage


def counts_heads():
    def advantage(members, strangers):
        found = [
            int((members >= t).sum()) - int((strangers >= t).sum())
            for t in torch.cat([members, strangers])
        ]
        return float(max(0, *found))

    return advantage


def takes_both_sides():
    def advantage(members, strangers):
        t = torch.cat([members, strangers])
        gap = [
            float((members >= c).double().mean() - (strangers >= c).double().mean())
            for c in t
        ]
        return max(abs(g) for g in gap)

    return advantage


def puts_it_in():
    def epsilon_for(a):
        return math.tanh(a / 2)

    return epsilon_for


def drops_the_denominator():
    def epsilon_for(a):
        return math.log1p(a)

    return epsilon_for


def repeats_the_edge():
    def wrapped(x, p):
        rows, columns = (torch.arange(-p, n + p).clamp(0, n - 1) for n in x.shape[2:])
        return x[:, :, rows][..., columns]

    return wrapped


def goes_sideways():
    def wrapped(x, p):
        return torch.nn.functional.pad(x, [p, p, 0, 0], mode="circular")

    return wrapped


def never_compares():
    def seam(x):
        sides = (x[..., 0], x[..., -1]), (x[..., 0, :], x[..., -1, :])
        return float(sum(torch.nn.functional.l1_loss(a, b) for a, b in sides))

    return seam


def takes_squares():
    def seam(x):
        def steps(dim):
            gap = (x - x.roll(1, dim)).square()
            return gap.narrow(dim, 0, 1).mean(), gap.narrow(
                dim, 1, x.shape[dim] - 1
            ).mean()

        (a, b), (c, d) = steps(2), steps(3)
        return float((a + c) / (b + d))

    return seam


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (measures_in_bits, "in_bits"),
        (takes_the_pair_alone, "entropy_of_pairs"),
        (divides_by_rows, "given_the_row"),
        (looks_at_the_middle, "at_the_median"),
        (counts_heads, "in_numbers"),
        (takes_both_sides, "either_sign"),
        (puts_it_in, "the_bound_itself"),
        (drops_the_denominator, "without_the_denominator"),
        (repeats_the_edge, "edge_repeated"),
        (goes_sideways, "columns_alone"),
        (never_compares, "across_alone"),
        (takes_squares, "squared"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_tensors_in_place_of_numbers_are_right():
    def information(joint):
        alone = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)
        return torch.where(joint > 0, joint * (joint / alone).log(), 0.0).sum()

    assert verdict_on(information).passed


def test_a_seam_between_rows_and_columns_averaged_apart_is_wrong():
    def seam(x):
        one = (x[..., 0] - x[..., -1]).abs().mean() / x.diff(dim=3).abs().mean()
        two = (x[..., 0, :] - x[..., -1, :]).abs().mean() / x.diff(dim=2).abs().mean()
        return float((one + two) / 2)

    assert verdict_on(seam).failed
