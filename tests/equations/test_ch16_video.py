"""The displayed equations of chapter 16 on video, each by its number."""

import math

import pytest
import torch

from aigc_course.apps.video import dynamics, scenes
from aigc_course.checks import registry


@pytest.mark.equation("16.14")
def test_folding_is_stepping_with_mirrors() -> None:
    for start, speed in ((3.0, 1.3), (8.0, -2.7), (0.5, 0.9)):
        x, v, low, high = start, speed, 0.0, 10.0
        for t in range(60):
            there = scenes.fold(torch.tensor([start + speed * t]), low, high)
            assert float(there) == pytest.approx(x, abs=1e-4)
            x += v
            if not low <= x <= high:
                x, v = (2 * low - x if x < low else 2 * high - x), -v


@pytest.mark.equation("16.15")
def test_the_error_is_the_spread_and_the_distance_from_the_mean() -> None:
    g = torch.Generator().manual_seed(0)
    X = torch.randn(500, 6, generator=g).double() ** 2  # any distribution will do
    mean = X.mean(0)
    spread = (X - mean).square().sum(1).mean()
    for _ in range(5):
        c = torch.randn(6, generator=g).double()
        error = (X - c).square().sum(1).mean()
        assert float(error) == pytest.approx(float(spread + (mean - c).square().sum()))


@pytest.mark.equation("16.16")
def test_a_draw_costs_twice_the_mean() -> None:
    g = torch.Generator().manual_seed(1)
    a, b, p = torch.rand(4, 4, generator=g), torch.rand(4, 4, generator=g), 0.3
    best, of_best, of_draw = registry.get("16.both_futures").reference(a, b, p)
    comes = torch.rand(20_000, generator=g) < p
    drawn = torch.rand(20_000, generator=g) < p
    truth = torch.where(comes[:, None, None], a, b)
    guess = torch.where(drawn[:, None, None], a, b)
    assert float((truth - best).square().mean()) == pytest.approx(
        float(of_best), rel=0.03
    )
    assert float((truth - guess).square().mean()) == pytest.approx(
        float(of_draw), rel=0.03
    )
    assert float(of_draw) == pytest.approx(2 * float(of_best))


@pytest.mark.equation("16.17")
def test_the_mixture_is_a_density() -> None:
    g = torch.Generator().manual_seed(2)
    steps = torch.randn(1, 3, 2, generator=g).double()
    widths = 0.2 + torch.rand(1, 3, 2, generator=g).double()
    logits = torch.randn(1, 3, generator=g).double()
    axis = torch.linspace(-7, 7, 281, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    many = [part.expand(len(grid), *part.shape[1:]) for part in (steps, widths, logits)]
    mass = (-dynamics.mixture_nll(grid, *many)).exp().sum() * float(
        axis[1] - axis[0]
    ) ** 2
    assert float(mass) == pytest.approx(1, abs=1e-3)
    # one component of width 1: the squared error and a constant
    d, m = torch.randn(4, 2, generator=g), torch.randn(4, 1, 2, generator=g)
    one = dynamics.mixture_nll(d, m, torch.ones(4, 1, 2), torch.zeros(4, 1))
    squared = (d - m[:, 0]).square().sum(1) / 2 + math.log(2 * math.pi)
    torch.testing.assert_close(one, squared)
