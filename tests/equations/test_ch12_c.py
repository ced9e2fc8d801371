"""The displayed equations of chapter 12 on fine-tuning and preferences."""

import pytest
import torch
from torch import nn

from aigc_course import attention as att
from aigc_course.attention import lora, preference
from aigc_course.checks import registry


def randn(*shape, seed=0):
    seeded = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=seeded, dtype=torch.float64)


def reference(name):
    return registry.get(f"12.{name}").reference


@pytest.mark.equation("12.10")
def test_the_addition_and_the_merged_matrix_give_the_same_output():
    x, weight, a, b = randn(5, 6), randn(4, 6, seed=1), randn(2, 6, seed=2), randn(4, 2)
    y, merged = reference("low_rank")(x, weight, a, b, 3.0)
    assert torch.allclose(y, x @ weight.T + 3.0 / 2 * x @ (b @ a).T)
    assert torch.allclose(y, x @ merged.T)
    layer = lora.LowRank(nn.Linear(6, 4, bias=False), 2, alpha=3.0).double()
    with torch.no_grad():
        for part, value in ((layer.frozen.weight, weight), (layer.a, a), (layer.b, b)):
            part.copy_(value)
        assert torch.allclose(layer(x), y)
        assert torch.allclose(layer.merged().weight, merged)


@pytest.mark.equation("12.11")
def test_the_loss_is_a_mean_over_the_tokens_that_count():
    logits = randn(3, 7, 11)
    seeded = torch.Generator().manual_seed(1)
    targets = torch.randint(11, (3, 7), generator=seeded)
    m = torch.rand(3, 7, generator=seeded) < 0.4
    p = logits.softmax(-1).gather(-1, targets[..., None])[..., 0]
    want = -(m * p.log()).sum() / m.sum()
    assert torch.allclose(att.next_token_loss(logits, targets, m)[0], want)


@pytest.mark.equation("12.12")
@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_at_the_best_policy_no_answer_has_a_larger_slope(beta):
    old, r = randn(6).softmax(0), randn(6, seed=1)
    best = reference("best_policy")(old, r, beta).requires_grad_(True)
    aim = (best * r).sum() - beta * (best * (best / old).log()).sum()
    (slope,) = torch.autograd.grad(aim, best)
    # stationary on the simplex: all slopes are the same
    assert torch.allclose(slope, slope.mean().expand(6))
    assert torch.allclose(best.sum(), torch.ones((), dtype=torch.float64))
    z = (old * (r / beta).exp()).sum()
    assert torch.allclose(best, old * (r / beta).exp() / z)
    assert torch.allclose(preference.best_policy(old, r, beta), best)


@pytest.mark.equation("12.13")
@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_the_best_policy_gives_back_the_preferences(beta):
    old, r = randn(5).softmax(0), randn(5, seed=1)
    best = preference.best_policy(old, r, beta)
    i, j = torch.cartesian_prod(torch.arange(5), torch.arange(5)).T
    parts = best[i].log(), best[j].log(), old[i].log(), old[j].log()
    want = -torch.sigmoid(r[i] - r[j]).log()
    assert torch.allclose(reference("preference_loss")(*parts, beta), want)
    assert torch.allclose(preference.dpo_loss(*parts, beta), want)
