"""The average velocity of flows that are known."""

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow import average

DATA = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
NORMAL = flow.line_mixture([1.0], [0.5], [0.6])
X = torch.linspace(-2, 2, 7, dtype=torch.float64)[:, None]


def of_normal(x, t, r):
    """U of N(0.5, 0.36), where x keeps its place in deviations: a formula in t."""
    t, r = (torch.as_tensor(v, dtype=torch.float64) for v in (t, r))

    def spread(s: torch.Tensor) -> torch.Tensor:
        return ((1 - s) ** 2 + 0.36 * s**2).sqrt()

    return (0.5 * r + (x - 0.5 * t) * spread(r) / spread(t) - x) / (r - t)


def exact(x, t, r):
    return average.average_velocity(DATA, x, t, r)


def test_one_step_and_many_end_at_the_same_place():
    end = DATA.flow(X, 0.0, 1.0)
    for steps in (1, 2, 5):
        assert torch.allclose(average.few_steps(exact, X, steps), end, atol=1e-10)


def test_a_short_stretch_is_the_velocity_itself():
    assert torch.equal(exact(X, 0.4, 0.4), DATA.velocity(X, 0.4))
    assert torch.allclose(exact(X, 0.4, 0.4 + 1e-6), DATA.velocity(X, 0.4), atol=1e-4)


def test_formula_of_a_normal():
    found = average.average_velocity(NORMAL, X, 0.3, 0.8)
    assert torch.allclose(found, of_normal(X, 0.3, 0.8))


@pytest.mark.parametrize(("t", "r"), [(0.1, 0.9), (0.5, 0.6), (0.8, 0.2)])
def test_the_target_is_met_by_the_exact_average(t: float, r: float):
    target = average.average_target(of_normal, NORMAL.velocity, X, t, r)
    assert torch.allclose(target, of_normal(X, t, r), atol=1e-12)


def test_rows_may_have_their_own_times():
    t = torch.linspace(0, 0.6, len(X), dtype=torch.float64)
    r = t + 0.3
    one = torch.cat(
        [exact(X[i : i + 1], float(t[i]), float(r[i])) for i in range(len(X))]
    )
    assert torch.allclose(exact(X, t, r), one)


def test_no_steps_is_one_sentence():
    with pytest.raises(CourseError, match="from 1 up, not 0"):
        average.few_steps(exact, X, 0)
