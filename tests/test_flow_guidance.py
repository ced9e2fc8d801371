"""Guidance, and the two laws that it is compared with."""

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow import guidance

A = flow.line_mixture([1.0], [1.0], [0.5])
BOTH = flow.line_mixture([0.5, 0.5], [1.0, -1.0], [0.5, 0.5])
X = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]


def test_no_and_one_are_the_two_velocities():
    c, u = A.velocity(X, 0.4), BOTH.velocity(X, 0.4)
    assert torch.equal(flow.guided(c, u, 0), u)
    assert torch.allclose(flow.guided(c, u, 1), c)
    field = flow.guided_field(A.velocity, BOTH.velocity, 3)
    assert torch.allclose(field(X, 0.4), u + 3 * (c - u))


def test_guidance_of_the_velocity_is_guidance_of_the_score():
    """The conversion is linear with coefficients that sum to the same x."""
    v = flow.guided(A.velocity(X, 0.4), BOTH.velocity(X, 0.4), 2.5)
    s = flow.guided(A.score(X, 0.4), BOTH.score(X, 0.4), 2.5)
    assert torch.allclose(flow.from_velocity(v, X, 0.4, "score"), s)


def test_tilted_density_has_the_tilted_variance():
    grid = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]
    narrow = flow.line_mixture([1.0], [0.0], [1.0])
    wide = flow.line_mixture([1.0], [0.0], [2**0.5])
    p = guidance.tilted_density(narrow, wide, 3.0, grid)
    variance = torch.trapezoid(p * grid[:, 0] ** 2, grid[:, 0])
    assert float(variance) == pytest.approx(guidance.tilted_variance(2, 1, 3))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: flow.guided(X, X, float("nan")), "finite number.*not nan"),
        (lambda: flow.guided(X, X, float("inf")), "finite number.*not inf"),
        (lambda: flow.guided(X, X, "2"), "finite number.*not 2"),
        (lambda: flow.guided(X, X[:2], 2.0), "need one shape"),
        (lambda: flow.guided_field(A.velocity, A.velocity, float("nan")), "finite"),
        (lambda: guidance.guided_variance(0.0, 1.0, 2.0), "Variances are above 0"),
        (lambda: guidance.tilted_variance(1.0, 2.0, 3.0), "no law exists"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence: str):
    with pytest.raises(CourseError, match=sentence):
        call()
