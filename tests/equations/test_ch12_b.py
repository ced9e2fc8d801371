"""The displayed equations (12.4) to (12.9) of chapter 12, each by its number."""

import math

import pytest
import torch
from scipy.optimize import minimize_scalar

from aigc_course import attention as att
from aigc_course.attention import compress as zipped
from aigc_course.attention import evaluate, mixing, scaling
from aigc_course.checks import registry
from aigc_course.training.muon import COEFFICIENTS, orthogonalised


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def reference(name):
    return registry.get(f"12.{name}").reference


def model():
    torch.manual_seed(2)
    return att.Transformer(att.Shape(5, context=8, width=8, layers=1, heads=2))


@pytest.mark.equation("12.4")
def test_the_loss_is_the_mean_cost_of_one_token_after_another():
    net, tokens = model(), torch.randint(5, (1, 9), generator=seeded())
    costs = []
    for t in range(1, 9):  # each prediction from its own prefix alone
        p = net(tokens[:, :t])[0, -1].softmax(-1)
        costs.append(-math.log(float(p[tokens[0, t]].detach())))
    found = float(reference("next_token_nats")(net, tokens).detach())
    assert found == pytest.approx(sum(costs) / 8, abs=1e-5)
    whole = evaluate.nats(net, tokens[0, 1:], tokens[0, :1])
    assert float(whole.mean()) == pytest.approx(found, abs=1e-5)


@pytest.mark.equation("12.5")
def test_a_round_applies_the_polynomial_to_each_singular_value():
    G = torch.randn(6, 9, generator=seeded(1), dtype=torch.float64)
    a, b, c = COEFFICIENTS
    U, s, Vh = torch.linalg.svd(G / G.norm(), full_matrices=False)
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    assert torch.allclose(orthogonalised(G), U @ s.diag() @ Vh, atol=1e-5)
    assert bool(((s - 1).abs() < 0.35).all())


@pytest.mark.equation("12.6")
def test_the_mixture_is_the_product_of_powers_scaled():
    p, q = torch.randn(2, 7, generator=seeded(2), dtype=torch.float64).softmax(-1)
    w = 0.3
    both = torch.stack([p.log(), q.log()])
    found = mixing.log_linear(both, torch.tensor([w, 1 - w]).double())
    product = p**w * q ** (1 - w)
    assert torch.allclose(found.exp(), product / product.sum())


@pytest.mark.equation("12.7")
def test_the_bytes_of_a_text_are_its_bits_and_a_head():
    net, history = model(), torch.tensor([1, 3])
    text = torch.randint(5, (200,), generator=seeded(3))
    predictor = zipped.ModelPredictor(net, history)
    bits = zipped.bits(text, predictor)
    size = len(zipped.compress(text, predictor))
    assert bits / 8 - 1 <= size <= bits / 8 + 6
    short = text[:5]  # short enough for one window
    net_nats = float(evaluate.nats(net, short, history).sum())
    assert zipped.bits(short, predictor) == pytest.approx(
        net_nats / math.log(2), abs=1e-4
    )


@pytest.mark.equation("12.8")
def test_the_law_falls_to_its_floor():
    law = scaling.Law(E=1.2, A=30.0, a=0.5, B=200.0, b=0.25)
    assert float(law.loss(100.0, 16.0)) == pytest.approx(1.2 + 3 + 100)
    assert float(law.loss(1e30, 1e60)) == pytest.approx(1.2)


@pytest.mark.equation("12.9")
def test_the_best_size_is_that_of_a_search():
    law = scaling.Law(E=1.2, A=30.0, a=0.45, B=700.0, b=0.5)
    C = 1e12

    def loss(x):
        return float(law.loss(math.exp(x), C / 6 / math.exp(x)))

    best = minimize_scalar(loss, bounds=(2, 25), method="bounded").x
    found = reference("best_size")(law.A, law.a, law.B, law.b, C)
    assert found == pytest.approx(math.exp(best), rel=1e-3)
    assert law.best_share(C)[0] == pytest.approx(found)
