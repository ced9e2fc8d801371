"""Equations (3.38) to (3.46): the Dirac-GAN, its eigenvalues and its energy."""

import math

import numpy as np
import pytest
import sympy as sp
import torch

from aigc_course import gan, theory

theta, psi = sp.symbols("theta psi", real=True)
h, gamma = sp.symbols("h gamma", positive=True)


def sigma(z):
    return 1 / (1 + sp.exp(-z))


LOSSES = {  # L_D, L_G of (3.38)
    "minimax": (sp.log(1 + sp.exp(psi * theta)), -sp.log(1 + sp.exp(psi * theta))),
    "non-saturating": (
        sp.log(1 + sp.exp(psi * theta)),
        sp.log(1 + sp.exp(-psi * theta)),
    ),
}


def field(name):
    d_loss, g_loss = LOSSES[name]
    return sp.Matrix([-sp.diff(g_loss, theta), -sp.diff(d_loss, psi)])


@pytest.mark.equation("3.38")
@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_the_dirac_gan(name):
    real, fake = torch.zeros(3, 1), torch.full((3, 1), 1.3)
    slope = -0.6
    game = gan.losses.game(name)
    d_loss, g_loss = LOSSES[name]
    at = {theta: 1.3, psi: slope}
    d = game.discriminator(slope * real, slope * fake).item()
    g = game.generator(slope * fake, slope * real).item()
    assert math.isclose(d, math.log(2) + d_loss.subs(at), rel_tol=1e-6)
    assert math.isclose(g, g_loss.subs(at), rel_tol=1e-6)


@pytest.mark.equation("3.39")
@pytest.mark.parametrize(("name", "sign"), [("minimax", 1), ("non-saturating", -1)])
def test_vector_field(name, sign):
    product = psi * theta
    by_hand = sp.Matrix([psi * sigma(sign * product), -theta * sigma(product)])
    assert sp.simplify(field(name) - by_hand) == sp.zeros(2, 1)
    for place in ((1.0, 1.0), (-0.4, 2.0), (1.5, -0.3)):
        numeric = theory.dirac(name).field(*place)
        exact = by_hand.subs({theta: place[0], psi: place[1]})
        assert np.allclose(numeric, np.array(exact, dtype=float).ravel())


@pytest.mark.equation("3.40")
def test_energy():
    product = theta * psi
    rates = {
        name: sp.simplify(theta * field(name)[0] + psi * field(name)[1])
        for name in LOSSES
    }
    assert rates["minimax"] == 0
    other = rates["non-saturating"] + product * sp.tanh(product / 2)
    assert sp.simplify(other.rewrite(sp.exp)) == 0
    # along a simulated path with small steps the energy falls at this rate
    path = theory.simulate(theory.dirac("non-saturating"), "alternating", 1e-3, 2000)
    energy, products = (path**2).sum(1) / 2, path.prod(axis=1)
    loss = (products * np.tanh(products / 2))[:-1].sum() * 1e-3
    assert math.isclose(energy[0] - energy[-1], loss, rel_tol=2e-2)


@pytest.mark.equation("3.41")
@pytest.mark.parametrize("name", LOSSES)
def test_jacobian_without_penalty(name):
    J = field(name).jacobian([theta, psi]).subs({theta: 0, psi: 0})
    half = sp.Rational(1, 2)
    assert sp.Matrix([[0, half], [-half, 0]]) == J
    assert set(J.eigenvals()) == {sp.I / 2, -sp.I / 2}
    assert np.allclose(theory.dirac(name).jacobian(0.0, 0.0), np.array(J, dtype=float))


@pytest.mark.equation("3.42")
@pytest.mark.parametrize("lr", [0.05, 0.3, 1.0])
def test_simultaneous_steps_leave_the_circle(lr):
    rate = math.sqrt(1 + lr**2 / 4)
    game = theory.dirac("minimax")
    assert math.isclose(abs(1 + 0.5j * lr), rate)
    assert math.isclose(theory.predicted_rate(game, "simultaneous", lr), rate)
    path = theory.simulate(game, "simultaneous", lr, 100, (1e-15, 1e-15))
    assert math.isclose(theory.simulated_rate(path), rate, rel_tol=1e-3)


@pytest.mark.equation("3.43")
def test_alternating_steps_neither_grow_nor_shrink():
    shears = sp.Matrix([[1, h / 2], [0, 1]]) * sp.Matrix([[1, 0], [-h / 2, 1]])
    assert sp.simplify(shears.det()) == 1
    for lr in (0.1, 1.0, 3.9):
        M = theory.update_jacobian(theory.dirac("minimax"), "alternating", lr)
        assert np.allclose(M, np.array(shears.subs(h, lr), dtype=float))
        assert np.allclose(np.abs(np.linalg.eigvals(M)), 1)
    beyond = theory.predicted_rate(theory.dirac("minimax"), "alternating", 4.1)
    assert beyond > 1.1
    path = theory.simulate(theory.dirac("minimax"), "alternating", 0.5, 4000)
    distance = np.hypot(*path.T)
    assert distance.min() > 0.5 and distance.max() < 2.5


@pytest.mark.equation("3.44")
def test_eigenvalues_under_r1():
    half = sp.Rational(1, 2)
    J = sp.Matrix([[0, half], [-half, -gamma]])
    root = sp.sqrt(gamma**2 / 4 - sp.Rational(1, 4))
    for wanted in (-gamma / 2 + root, -gamma / 2 - root):
        assert any(sp.simplify(wanted - found) == 0 for found in J.eigenvals())
    penalised = LOSSES["minimax"][0] + gamma / 2 * psi**2
    velocity = -sp.diff(penalised, psi) - field("minimax")[1]
    assert sp.simplify(velocity + gamma * psi) == 0
    exact = np.array(J.subs(gamma, 0.7), dtype=float)
    assert np.allclose(theory.dirac(r1=0.7).jacobian(0.0, 0.0), exact)
    # R1 of the package's penalty is gamma/2 psi^2 here
    D = torch.nn.Linear(1, 1, bias=False)
    wanted = 0.7 / 2 * D.weight.item() ** 2
    found = gan.penalties.r1(D, torch.zeros(4, 1), torch.ones(4, 1), gamma=0.7)
    assert math.isclose(found.item(), wanted, rel_tol=1e-6)


@pytest.mark.equation("3.45")
def test_where_convergence_begins():
    half = sp.Rational(1, 2)
    step = sp.eye(2) + h * sp.Matrix([[0, half], [-half, -gamma]])
    determinant = 1 - h * gamma + h**2 / 4
    assert sp.expand(step.det() - determinant) == 0
    for lr, weight in ((0.2, 0.04), (0.2, 0.06), (0.5, 0.1), (0.5, 0.15)):
        game = theory.dirac(r1=weight)
        rate = theory.predicted_rate(game, "simultaneous", lr)
        exact = math.sqrt(1 - lr * weight + lr**2 / 4)
        assert math.isclose(rate, exact) and (rate < 1) == (weight > lr / 4)
        path = theory.simulate(game, "simultaneous", lr, 2000, (1e-6, 1e-6))
        assert (np.hypot(*path[-1]) < np.hypot(*path[0])) == (weight > lr / 4)


@pytest.mark.equation("3.46")
def test_energy_under_both_penalties():
    for name, penalty, wanted in (
        ("r1", gamma / 2 * psi**2, -gamma * psi**2),
        (
            "gp",
            gamma / 2 * (sp.Abs(psi) - 1) ** 2,
            -gamma * abs(psi) * (abs(psi) - 1),
        ),
    ):
        velocity = [psi, -sp.diff(psi * theta + penalty, psi)]
        rate = theta * velocity[0] + psi * velocity[1]
        game = theory.dirac("wasserstein", **{name: 0.8})
        for place in ((0.7, 1.6), (-1.2, 0.4), (0.3, -0.5)):
            at = {theta: place[0], psi: place[1], gamma: 0.8}
            exact = float(wanted.subs(at))
            assert math.isclose(float(rate.subs(at)), exact, rel_tol=1e-9)
            found = place[0] * game.field(*place)[0] + place[1] * game.field(*place)[1]
            assert math.isclose(found, exact, rel_tol=1e-9)
    # what follows: WGAN-GP ends on a loop, R1 at the goal
    gp, r1 = (theory.dirac("wasserstein", **{n: 1.0}) for n in ("gp", "r1"))
    for lr in (0.05, 0.01):
        rounds = round(60 / lr)
        loop = theory.simulate(gp, "alternating", lr, rounds, (0.1, 0.1))
        assert np.hypot(*loop[rounds // 2 :].T).min() > 0.5
    assert np.hypot(*theory.simulate(r1, "alternating", 0.05, 1000)[-1]) < 1e-6
