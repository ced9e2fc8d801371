"""Chapter 13: what is wrapping and what is a mistake, in answers by other hands."""

import pytest
import torch
from torch.nn import functional as F

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"13.{function.__name__}"), function)


def column(t, x):
    return t.view(-1, *[1] * (x.ndim - 1))


@pytest.mark.parametrize(
    "kind",
    [
        float,
        torch.tensor,
        lambda t: torch.tensor([t]),
        lambda t: torch.tensor(t).double(),
    ],
    ids=["number", "0-d", "[1]", "float64"],
)
def test_heun_may_ask_at_any_kind_of_time(kind):
    def heun_step(velocity, x, t, h):
        a = velocity(x, kind(t))
        return x + h * (a + velocity(x + h * a, kind(t + h))) / 2

    assert verdict_on(heun_step).passed


def test_a_loss_may_ask_by_name_with_a_column_of_times():
    def cfm_loss(velocity, x0, x1, t):
        s = column(t, x1)
        return F.mse_loss(velocity(t=s, x=x0 + s * (x1 - x0)), x1 - x0)

    assert verdict_on(cfm_loss).passed


def test_a_loss_in_double_precision_passes():
    def cfm_loss(velocity, x0, x1, t):
        s = column(t, x1).double()
        return F.mse_loss(velocity((1 - s) * x0 + s * x1, t.double()), x1.double() - x0)

    assert verdict_on(cfm_loss).passed


def test_half_precision_is_told_so():
    def marginal_velocity(*arguments):
        return registry.get("13.marginal_velocity").reference(*arguments).half()

    verdict = verdict_on(marginal_velocity)
    assert verdict.failed and "float16" in verdict.message


def logit_normal_times(network, optimizer, x1):
    x0, t = torch.randn_like(x1), torch.randn(len(x1)).sigmoid()
    s = column(t, x1)
    loss = F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_a_step_with_other_times_is_told_which_are_asked_for():
    def flow_step(network, optimizer, x1):
        return logit_normal_times(network, optimizer, x1)

    verdict = verdict_on(flow_step)
    assert verdict.violated == "times_are_spread" and "uniform" in verdict.message


def subtracts_the_data_alone():
    def score_from_velocity(u, x, t):
        return -(x - t * u) / (1 - t) ** 2

    return score_from_velocity


def keeps_the_variance():
    def ddpm_noise(x, betas, k, noise):
        a = torch.cumprod(1 - betas, 0)[k - 1]
        return a**0.5 * x + noise * (1 - a)

    return ddpm_noise


def hides_the_underflow():
    def optimal_denoiser(x, t, data):
        w = torch.exp(-0.5 * torch.cdist(x, t * data) ** 2 / (1 - t) ** 2)
        return (w @ data) / (1e-8 + w.sum(dim=1, keepdim=True))

    return optimal_denoiser


def tilts():
    def guided_variance(unconditional, conditional, guidance):
        u, c = 1 / unconditional, 1 / conditional
        return 1 / (u + guidance * (c - u))

    return guided_variance


def adds_the_divergence():
    def log_density(velocity, divergence, x, steps):
        total = 0
        for i in range(steps, 0, -1):
            total = total + divergence(x, i / steps) / steps
            x = x - velocity(x, i / steps) / steps
        return torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1) + total

    return log_density


def loses_the_interval():
    def average_target(average, velocity, x, t, r):
        v = velocity(x, t)
        moved = torch.func.jvp(
            lambda y, s: average(y, s, r), (x, t), (v, torch.ones_like(t))
        )
        return v + moved[1]

    return average_target


def pairs_across():
    def couple(x0, x1, labels):
        from scipy.optimize import linear_sum_assignment

        cost = torch.cdist(x0.flatten(1), x1.flatten(1)) ** 2
        return x0[torch.as_tensor(linear_sum_assignment(cost.T)[1])]

    return couple


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (subtracts_the_data_alone, "divided_by_the_variance"),
        (keeps_the_variance, "root_of_the_noise_missing"),
        (hides_the_underflow, "underflow_hidden"),
        (tilts, "the_tilted_law"),
        (adds_the_divergence, "divergence_added"),
        (loses_the_interval, "factor_lost"),
        (pairs_across, "across_classes"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_step_in_double_precision_passes():
    def flow_step(network, optimizer, x1):
        x1 = x1.double()
        x0, t = torch.randn_like(x1), torch.rand(len(x1)).double()
        s = column(t, x1)
        loss = F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    assert verdict_on(flow_step).passed
