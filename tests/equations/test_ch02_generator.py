"""Equations (2.19) to (2.23): G's gradient, blocks apart, what a fake feels."""

import math

import numpy as np
import pytest
import torch

from aigc_course import theory
from aigc_course.exercises.ch02.shifted_blocks import shifted_blocks

X = theory.grid(-9, 9, 3601)
P = theory.mixture(X, [-1.5, 1.5], [0.5, 0.8], [0.4, 0.6])
Q = theory.normal(X, -0.2, 1.2)
BEST = P.p / (P.p + Q.p)
LOG_RATIO = np.log(P.p) - np.log(Q.p)


@pytest.mark.equation("2.19")
def test_the_gradient_of_g_through_the_softmax():
    torch.manual_seed(2)
    theta = torch.randn(12, dtype=torch.float64, requires_grad=True)
    g = torch.rand(12, dtype=torch.float64).log()
    q = theta.softmax(0)
    (q * g).sum().backward()
    assert torch.allclose(theta.grad, q * (g - (q * g).sum()))


@pytest.mark.equation("2.20")
@pytest.mark.parametrize("theta", [-0.7, 0.0, 0.25, 1.0, 2.6])
def test_two_blocks_moved_apart(theta):
    x = theory.grid(-2.995, 4.995, 800)  # cells of 0.01, whose edges are the blocks'
    block, moved = (theory.uniform(x, low, low + 1) for low in (0, theta))
    js, w1 = shifted_blocks(theta)
    assert theory.jensen_shannon(block, moved) == pytest.approx(js, abs=1e-9)
    assert theory.wasserstein1(block, moved) == pytest.approx(w1, abs=1e-9)
    assert js == min(abs(theta), 1) * math.log(2) and w1 == abs(theta)


@pytest.mark.equation("2.21")
def test_what_a_fake_feels():
    inside = slice(1000, 2600)
    felt = np.gradient(np.log1p(-BEST), P.dx)[inside]
    by_formula = (-BEST * np.gradient(LOG_RATIO, P.dx))[inside]
    assert np.abs(felt - by_formula).max() < 1e-3 * np.abs(felt).max()


@pytest.mark.equation("2.22")
@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize("distance", [0.3, 1.0, 4.0])
def test_what_a_fake_feels_between_two_normals(sigma, distance):
    theta = distance * sigma
    x = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    log_p, log_q = -(x**2) / (2 * sigma**2), -((x - theta) ** 2) / (2 * sigma**2)
    d = (log_p - log_q).sigmoid()
    torch.log1p(-d).backward()
    s = 1 / (1 + math.exp(theta**2 / (2 * sigma**2)))
    assert abs(x.grad.item()) == pytest.approx(theta / sigma**2 * s)


@pytest.mark.equation("2.23")
@pytest.mark.parametrize("start", [Q, theory.normal(X, -4, 0.3)])
def test_a_step_for_densities_halves_what_is_missing(start):
    """At all places, also where data are so much likelier that D* rounds to 1."""
    log_fake = start.logs - np.logaddexp(P.logs, start.logs)  # log(1 - D*)
    raised = np.exp(start.logs - log_fake)
    stepped = raised / (raised.sum() * start.dx)
    assert np.allclose(stepped, (P.p + start.p) / 2, rtol=1e-9, atol=0)


def test_the_game_on_densities_nears_the_data_by_halves():
    """The chapter's loop: what is missing of the data halves with each step."""
    current = theory.normal(X, -4, 0.3)
    for step in range(1, 7):
        log_fake = current.logs - np.logaddexp(P.logs, current.logs)
        current = theory.normalised(X, np.exp(current.logs - log_fake))
        missing = theory.total_variation(P, current)
        assert missing == pytest.approx(0.5**step, rel=0.01)
