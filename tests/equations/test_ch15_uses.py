"""The displayed equations of chapter 15's sections 5 to 7, each by a number."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course import apps, data
from aigc_course.apps import textures


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def table(*shape, seed=0) -> Tensor:
    """Chances [A, B] whose rows sum to 1."""
    return (
        torch.rand(*shape, generator=seeded(seed)).double().pow(3).add(1e-3).softmax(1)
    )


def information(joint: Tensor) -> float:
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    return float(torch.xlogy(joint, joint / alone).sum())


@pytest.mark.equation("15.10")
@pytest.mark.parametrize("seed", range(5))
def test_what_is_made_of_a_set_knows_no_more_than_the_set(seed):
    # T: what is to be known, S: a set of labels, X: what a generator makes of S
    p = torch.rand(4, generator=seeded(seed + 50)).double().softmax(0)
    S, X = table(4, 6, seed=seed), table(6, 5, seed=seed + 9)
    joint = p[:, None] * S  # [T, S]
    both = joint[:, :, None] * X[None]  # [T, S, X]
    alone = information(joint)
    assert information(joint @ X) <= alone
    assert information(both.flatten(1)) == pytest.approx(alone)
    renamed = torch.eye(6).double()[torch.randperm(6, generator=seeded(seed))]
    assert information(joint @ renamed) == pytest.approx(alone)


@pytest.mark.equation("15.11")
def test_the_attack_scores_as_the_equation_says():
    digits = data.to_float(data.load("digits").images[:160])
    members, strangers, samples, reference = digits.split(40)
    found = apps.membership(members, strangers, samples, reference)

    def score(x):
        from aigc_course import metrics

        f, s, r = (metrics.features(part) for part in (x, samples, reference))
        return torch.cdist(f, r).min(1).values - torch.cdist(f, s).min(1).values

    wins = (score(members)[:, None] > score(strangers)[None]).double().mean()
    assert found.auc == pytest.approx(float(wins), abs=1e-6)


@pytest.mark.equation("15.12")
@pytest.mark.parametrize("eps", [0.1, 1.0, 3.0])
def test_privacy_bounds_every_attack_and_one_meets_the_bound(eps):
    bound = (math.exp(eps) - 1) / (math.exp(eps) + 1)
    # a mechanism with 6 outcomes whose chances differ by a factor e^eps at most
    for seed in range(200):
        p = torch.rand(6, generator=seeded(seed)).double()
        sign = torch.rand(6, generator=seeded(seed + 1000)).double() * 2 - 1
        q = p * (eps * sign / 2).exp()
        p, q = p / p.sum(), q / q.sum()
        assert float((p / q).log().abs().max()) <= eps + 1e-12
        advantage = float((p - q).clamp(min=0).sum())  # of the best attack
        assert advantage <= bound
    # randomised response: tell the truth with chance e^eps / (1 + e^eps)
    truth = math.exp(eps) / (1 + math.exp(eps))
    assert truth - (1 - truth) == pytest.approx(bound)


@pytest.mark.equation("15.13")
@pytest.mark.parametrize("p", [1, 3])
def test_wrapping_takes_pixels_by_remainders(p):
    x = torch.rand(2, 3, 5, 4, generator=seeded())
    rows = [(i - p) % 5 for i in range(5 + 2 * p)]
    columns = [(j - p) % 4 for j in range(4 + 2 * p)]
    wrapped = x[:, :, rows][..., columns]
    torch.testing.assert_close(wrapped, pad(x, [p] * 4, mode="circular"))


@pytest.mark.equation("15.14")
def test_the_package_measures_seams_as_the_equation_says():
    x = torch.rand(3, 1, 6, 9, generator=seeded()).double()
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across += (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = (x[..., 1:] - x[..., :-1]).abs().mean()
    within += (x[..., 1:, :] - x[..., :-1, :]).abs().mean()
    assert textures.seam(x) == pytest.approx(float(across / within))
    assert textures.seam(torch.arange(8.0).expand(1, 1, 8, 8)) == pytest.approx(7.0)
