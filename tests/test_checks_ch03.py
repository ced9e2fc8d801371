"""Chapter 03, losses of logits: the same mistakes in other words, near misses."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import logsigmoid

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"03.{function.__name__}"), function)


def divides_small_numbers():
    def log_ratio(x, mean_p, std_p, mean_q, std_q):
        p = torch.exp(-(((x - mean_p) / std_p) ** 2) / 2) / std_p
        q = torch.exp(-(((x - mean_q) / std_q) ** 2) / 2) / std_q
        return p.div(q).log()

    return "underflow", log_ratio


def forgets_the_width():
    def log_ratio(x, mean_p, std_p, mean_q, std_q):
        return ((x - mean_q) / std_q) ** 2 / 2 - ((x - mean_p) / std_p) ** 2 / 2

    return "width_forgotten", log_ratio


def differentiates_in_d():
    def generator_slope(a, loss):
        D = 1 / (1 + torch.exp(-a))
        slopes = {
            "minimax": 1 / (D - 1),
            "non-saturating": -1 / D,
            "least-squares": -(1 - a),
            "wasserstein": torch.zeros_like(a) - 1,
        }
        return slopes[loss]

    return "in_the_belief", generator_slope


def labels_fakes_fake():
    def generator_slope(a, loss):
        if loss in ("least-squares", "wasserstein"):
            return a - 1 if loss == "least-squares" else -torch.ones(len(a))
        z = a.clone().requires_grad_()
        cost = bce(z, torch.zeros_like(z), reduction="sum")
        return torch.autograd.grad(cost, z)[0]

    return "on_the_side_of_d", generator_slope


def leaves_gradients():
    def arrows(D, fake):
        x = fake.clone().requires_grad_()
        logits = D(x)
        bce(logits, torch.ones_like(logits), reduction="sum").backward()
        return -x.grad

    return "left_in_d", arrows


def averages_arrows():
    def arrows(D, fake):
        x = fake.clone().requires_grad_()
        return torch.autograd.grad(logsigmoid(D(x)).mean(), x)[0]

    return "batch_mean", arrows


def judges_another_tensor():
    def arrows(D, fake):
        scores = D(fake.detach())
        x = torch.tensor(fake.tolist(), requires_grad=True)
        return torch.autograd.grad(logsigmoid(scores).sum(), x)[0]

    return "scores_from_before", arrows


def goes_through_numpy():
    def arrows(D, fake):
        x = fake.detach().requires_grad_()
        logits = D(x).detach().numpy()
        loss = torch.tensor(np.logaddexp(0, -logits).sum())
        return -torch.autograd.grad(loss, x)[0]

    return "outside_the_graph", arrows


def branches():
    def softplus(a):
        return torch.where(a < 30, torch.log1p(torch.exp(a)), a)

    return "both_branches", softplus


def clips():
    def softplus(a):
        return torch.log1p(torch.clamp(a, max=50).exp())

    return "held_back", softplus


def adds_both():
    def gan_losses(real_logits, fake_logits):
        ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
        d_loss = bce(real_logits, ones) + bce(fake_logits, zeros)
        total = d_loss + bce(fake_logits, torch.ones_like(fake_logits))
        return total, total

    return "one_total", gan_losses


def fools_itself():
    def gan_losses(real_logits, fake_logits):
        real, fake = logsigmoid(real_logits), logsigmoid(fake_logits)
        return -real.mean() - fake.mean(), -fake.mean()

    return "glad_to_be_fooled", gan_losses


def wants_both():
    def gan_losses(real_logits, fake_logits):
        d_loss = -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()
        g_loss = -(logsigmoid(fake_logits) + logsigmoid(-fake_logits)).mean()
        return d_loss, g_loss

    return "generator_as_discriminator", gan_losses


def climbs_the_whole_loss():
    def gan_losses(real_logits, fake_logits):
        d_loss = -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()
        return d_loss, d_loss * -1

    return "zero_sum", gan_losses


def takes_raw_logarithms():
    def gan_losses(real_logits, fake_logits):
        d_loss = -(torch.log(real_logits).mean() + torch.log(1 - fake_logits).mean())
        return d_loss, -torch.log(fake_logits).mean()

    return "log_of_a_logit", gan_losses


MISTAKES = [
    divides_small_numbers,
    differentiates_in_d,
    labels_fakes_fake,
    forgets_the_width,
    leaves_gradients,
    averages_arrows,
    judges_another_tensor,
    goes_through_numpy,
    branches,
    clips,
    adds_both,
    fools_itself,
    wants_both,
    climbs_the_whole_loss,
    takes_raw_logarithms,
]


@pytest.mark.parametrize("make", MISTAKES, ids=lambda make: make.__name__)
def test_a_mistake_is_known_in_other_words(make):
    name, function = make()
    verdict = verdict_on(function)
    assert verdict.misconception == name, verdict


def test_small_values_of_softplus_must_survive():
    def softplus(a):
        return a.clamp(min=0) + torch.log(1 + torch.exp(-a.abs()))

    assert verdict_on(softplus).misconception == "no_log1p"


def test_library_forms_that_lose_small_values_are_told_so():
    def by_cross_entropy():
        def softplus(a):
            return bce(a, torch.zeros_like(a), reduction="none")

        return softplus

    def by_logsumexp():
        def softplus(a):
            return torch.logsumexp(torch.stack([torch.zeros_like(a), a]), dim=0)

        return softplus

    for make in (by_cross_entropy, by_logsumexp):
        assert float(make()(torch.tensor(-20.0))) == 0  # 2e-9 is right
        assert verdict_on(make()).misconception == "no_log1p"


def test_torch_has_a_softplus_too():
    def softplus(a):
        return nn.functional.softplus(a)

    assert verdict_on(softplus).passed


def test_a_softplus_of_ones_own_serves_the_losses():
    def softplus(a):
        return a.clamp(min=0) + torch.log1p(torch.exp(-a.abs()))

    def gan_losses(real_logits, fake_logits):
        d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
        return d_loss, softplus(-fake_logits).mean()

    def relativistic_losses(real_logits, fake_logits):
        lead = real_logits - fake_logits
        return softplus(-lead).mean(), softplus(lead).mean()

    assert verdict_on(gan_losses).passed
    assert verdict_on(relativistic_losses).passed


def test_arrows_may_be_computed_by_backward_if_d_stays_clean():
    def arrows(D, fake):
        x = fake.detach().requires_grad_()
        nn.functional.softplus(-D(x)).sum().backward(inputs=[x])
        return -x.grad

    assert verdict_on(arrows).passed
