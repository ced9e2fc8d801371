"""Solvers: their order, the law that random steps keep, and bad input."""

import math

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow.solvers import times

DATA = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
ORDERS = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}


@pytest.mark.parametrize("method", ORDERS)
def test_order_on_an_equation_with_a_known_end(method: str):
    x = torch.ones(1, 1, dtype=torch.float64)
    errors = [
        abs(float(flow.solve(lambda y, t: 2 * t * y, x, n, method)) - math.e)
        for n in (64, 128)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(ORDERS[method], abs=0.06)


@pytest.mark.parametrize("method", ORDERS)
def test_back_and_forth_returns(method: str):
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]
    grid = times(64)
    there = flow.solve(DATA.velocity, x, grid, method)
    back = flow.solve(DATA.velocity, there, grid[::-1], method)
    assert torch.allclose(back, x, atol={"euler": 0.3, "rk4": 1e-3}.get(method, 2e-2))


@pytest.mark.parametrize("method", ["stochastic", "ancestral"])
@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_random_steps_keep_the_law(method: str, noise: float):
    """Kolmogorov's distance to the exact law, 0.1 % limit 1.95/sqrt(n)."""
    n, g = 2_000, torch.Generator().manual_seed(5)
    x = torch.randn(n, 1, generator=g, dtype=torch.float64)
    drawn = flow.solve(DATA.velocity, x, 100, method, noise, g)
    ranks = DATA.cdf(drawn, 1.0)[:, 0].sort().values
    even = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    assert float((ranks - even).abs().max()) < 1.95 / n**0.5


def test_ancestral_steps_without_noise_are_euler_steps():
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]
    ddim = flow.solve(DATA.velocity, x, 7, "ancestral", noise=0.0)
    assert torch.allclose(ddim, flow.solve(DATA.velocity, x, 7, "euler"), atol=1e-12)


def test_a_generator_makes_random_steps_repeatable():
    x = torch.zeros(3, 1, dtype=torch.float64)
    a, b = (
        flow.solve(
            DATA.velocity,
            x,
            5,
            "stochastic",
            generator=torch.Generator().manual_seed(1),
        )
        for _ in range(2)
    )
    assert torch.equal(a, b)


def test_trajectory_holds_every_state():
    x = torch.ones(2, 1, dtype=torch.float64)
    states = flow.trajectory(DATA.velocity, x, 6)
    assert len(states) == 7 and torch.equal(states[0], x)
    assert torch.equal(states[-1], flow.solve(DATA.velocity, x, 6))


@pytest.mark.parametrize("method", flow.EVALUATIONS)
def test_evaluations_are_those_that_are_made(method: str):
    made = []

    def counted(x: torch.Tensor, t: float) -> torch.Tensor:
        made.append(t)
        return DATA.velocity(x, t)

    flow.solve(counted, torch.zeros(1, 1).double(), 5, method)
    assert len(made) == flow.evaluations(5, method)


@pytest.mark.parametrize(
    ("steps", "settings", "sentence"),
    [
        (0, {}, "from 1 up, not 0"),
        (-3, {}, "from 1 up, not -3"),
        (2.5, {}, "from 1 up, not 2.5"),
        (True, {}, "from 1 up, not True"),
        ([0.0, 0.5, 0.4], {}, "all rising or all falling"),
        ([0.0, 1.2], {}, "between 0 and 1"),
        ([0.0, float("nan")], {}, "between 0 and 1"),
        ([0.5], {}, "at least two"),
        (4, {"method": "dopri5"}, "not 'dopri5'"),
        (4, {"method": "stochastic", "noise": -1.0}, "from 0 up"),
        (4, {"method": "stochastic", "noise": float("nan")}, "from 0 up"),
        (4, {"method": "ancestral", "noise": 2.0}, "at most 1"),
        ([1.0, 0.0], {"method": "ancestral"}, "forward in time"),
    ],
)
def test_bad_input_is_one_sentence(steps, settings, sentence: str):
    with pytest.raises(CourseError, match=sentence):
        flow.solve(DATA.velocity, torch.zeros(1, 1).double(), steps, **settings)
