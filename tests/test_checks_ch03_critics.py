"""Chapter 03, critics and dynamics: the same mistakes in other words, near misses."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"03.{function.__name__}"), function)


def sums_over_places():
    def best_outputs(p, q, cost_real, cost_fake, candidates):
        table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
        return candidates[table.sum(0).argmin()].repeat(len(p))

    return "one_for_all", best_outputs


def forgets_create_graph():
    def gradient_penalty(critic, real, fake, u):
        x = (u * real + (1 - u) * fake).requires_grad_()
        slopes = torch.autograd.grad(critic(x).sum(), x)[0]
        return (slopes.norm(2, dim=1) - 1).pow(2).mean()

    return "graph_dropped", gradient_penalty


def measures_the_batch():
    def gradient_penalty(critic, real, fake, u):
        x = (fake + u * (real - fake)).requires_grad_()
        (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return (torch.linalg.norm(slopes) - 1) ** 2

    return "one_norm_for_all", gradient_penalty


def returns_the_tangent_point():
    def conjugate(f, t, u):
        return torch.stack([u[(one * u - f(u)).argmax()] for one in t])

    return "the_place", conjugate


def takes_the_spread():
    def bound_estimate(t_real, conjugate_fake):
        error = math.hypot(t_real.std(), conjugate_fake.std())
        return t_real.mean() - conjugate_fake.mean(), error

    return "spread_of_the_values", bound_estimate


def averages_the_partners():
    def relativistic_losses(real_logits, fake_logits):
        real, fake = real_logits - fake_logits.mean(), fake_logits - real_logits.mean()
        ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
        d_loss = bce(real, ones) + bce(fake, zeros)
        return d_loss, bce(real, zeros) + bce(fake, ones)

    return "against_the_average", relativistic_losses


def one_score():
    def relativistic_losses(real_logits, fake_logits):
        score = real_logits + fake_logits
        return bce(score, torch.ones_like(score)), bce(score, torch.zeros_like(score))

    return "one_score_for_the_pair", relativistic_losses


def moves_at_once():
    def dirac_step(theta, psi, lr):
        a = psi * theta
        belief = math.exp(a) / (1 + math.exp(a))
        return theta + lr * psi * (1 - belief), psi - lr * theta * belief

    return "at_the_same_time", dirac_step


def shares_an_optimiser():
    def dirac_step(theta, psi, lr):
        w = torch.tensor([theta, psi], dtype=torch.float64, requires_grad=True)
        adam_of_both = torch.optim.SGD([w], lr)
        nn.functional.softplus(w[0] * w[1]).backward()
        adam_of_both.step()
        w.grad = None
        nn.functional.softplus(-w[0] * w[1]).backward()
        return (w[0] - lr * w.grad[0]).item(), w[1].item()

    return "shared_optimiser", dirac_step


def forgets_the_identity():
    def spectral_radius(lr, gamma):
        J = np.array([[0, 0.5], [-0.5, -gamma]])
        return float(max(abs(np.linalg.eigvals(lr * J))))

    return "field_alone", spectral_radius


def looks_at_real_parts():
    def spectral_radius(lr, gamma):
        J = np.array([[0, 0.5], [-0.5, -gamma]])
        return float(abs(1 + lr * np.linalg.eigvals(J).real).max())

    return "real_parts", spectral_radius


MISTAKES = [
    sums_over_places,
    forgets_create_graph,
    measures_the_batch,
    returns_the_tangent_point,
    takes_the_spread,
    averages_the_partners,
    one_score,
    moves_at_once,
    shares_an_optimiser,
    forgets_the_identity,
    looks_at_real_parts,
]


@pytest.mark.parametrize("make", MISTAKES, ids=lambda make: make.__name__)
def test_a_mistake_is_known_in_other_words(make):
    name, function = make()
    verdict = verdict_on(function)
    assert verdict.misconception == name, verdict


def test_a_penalty_at_places_of_its_own_does_not_pass():
    def gradient_penalty(critic, real, fake, u):
        x = torch.lerp(fake, real, torch.rand_like(u)).requires_grad_()
        (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return (slopes.norm(dim=1) - 1).square().mean()

    assert verdict_on(gradient_penalty).failed


def test_an_error_bar_may_use_n_or_n_minus_one():
    def bound_estimate(t_real, conjugate_fake):
        a, b = t_real.numpy(), conjugate_fake.numpy()
        return a.mean() - b.mean(), (a.var() / a.size + b.var() / b.size) ** 0.5

    assert verdict_on(bound_estimate).passed
