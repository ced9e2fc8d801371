"""Exact fields: mixtures, finite data, and the whole flow on a line."""

import pytest
import torch
from torch.autograd.functional import jacobian

from aigc_course import flow
from aigc_course.errors import CourseError

DATA = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
X = torch.linspace(-2.5, 2.5, 11, dtype=torch.float64)[:, None]
RING = flow.toy_mixture("ring")


def weighted(n: int = 40_000) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    return torch.randn(n, 1, generator=g, dtype=torch.float64), DATA.sample(n, g)


def test_density_sums_to_one_at_every_time():
    grid = torch.linspace(-12, 12, 4001, dtype=torch.float64)[:, None]
    for t in (0.0, 0.3, 0.9, 1.0):
        total = torch.trapezoid(DATA.log_density(grid, t).exp(), grid[:, 0])
        assert float(total) == pytest.approx(1, abs=1e-9)


def test_velocity_is_a_conditional_mean():
    """Weights p(x1 | x_t) by the density of the noise that leads to x."""
    _, x1 = weighted()
    t, x = 0.4, X[3:8:2]
    logits = -(((x - t * x1.T) / (1 - t)) ** 2) / 2  # [points, draws]
    w = logits.softmax(1)
    mean = w @ x1[:, 0]
    error = (w.square() * (x1[:, 0] - mean[:, None]) ** 2).sum(1).sqrt()
    v = (mean - x[:, 0]) / (1 - t)
    off = (v - DATA.velocity(x, t)[:, 0]).abs()
    assert bool((off < 4 * error / (1 - t)).all())


def test_score_is_the_gradient_of_the_log_density():
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(DATA.log_density(x, 0.7).sum(), x)
    assert torch.allclose(DATA.score(X, 0.7), slope, atol=1e-13)


@pytest.mark.parametrize("t", [0.0, 0.5, 0.99])
def test_divergence_is_the_trace_of_the_jacobian(t: float):
    x = RING.sample(4, torch.Generator().manual_seed(1)) * 0.8
    for point, found in zip(x, RING.divergence(x, t), strict=True):
        trace = jacobian(lambda z: RING.velocity(z[None], t)[0], point).trace()
        assert float(found) == pytest.approx(float(trace), rel=1e-9, abs=1e-9)


def test_variance_that_remains_is_that_of_draws():
    x0, x1 = weighted()
    g = torch.Generator().manual_seed(3)
    t = torch.rand(len(x0), generator=g, dtype=torch.float64)
    x = flow.interpolate(x0, x1, t)
    rest = (x1 - x0 - DATA.velocity(x, t)).square()[:, 0]
    expected = DATA.conditional_variance(x, t)
    difference = rest - expected
    error = difference.std() / len(x0) ** 0.5
    assert abs(float(difference.mean())) < 4 * float(error)


def test_quantiles_and_flow():
    p = torch.tensor([[0.01], [0.3], [0.5], [0.999]]).double()
    x = DATA.quantile(p, 0.6)
    assert torch.allclose(DATA.cdf(x, 0.6), p, atol=1e-13)
    there = DATA.flow(X, 0.0, 1.0)
    assert torch.allclose(DATA.flow(there, 1.0, 0.0), X, atol=1e-9)
    assert bool((there.diff(dim=0) > 0).all())


def test_times_may_differ_by_row():
    t = torch.linspace(0.1, 0.9, len(X), dtype=torch.float64)
    for name in ("velocity", "score", "denoised", "log_density", "divergence", "cdf"):
        method = getattr(DATA, name)
        one = torch.cat([method(X[i : i + 1], float(t[i])) for i in range(len(X))])
        assert torch.allclose(method(X, t), one, atol=1e-13), name


def test_finite_data_is_the_limit_of_narrow_normals():
    g = torch.Generator().manual_seed(2)
    points = torch.randn(7, 3, generator=g, dtype=torch.float64)
    narrow = flow.Mixture(
        torch.full((7,), 1 / 7).double(), points, 1e-7 * points[:, 0].abs()
    )
    x = torch.randn(5, 3, generator=g, dtype=torch.float64)
    finite = flow.FiniteData(points)
    for t in (0.0, 0.5, 0.8):
        assert torch.allclose(finite.velocity(x, t), narrow.velocity(x, t), atol=1e-6)
        assert torch.allclose(finite.weights(x, t).sum(1), torch.ones(5).double())


def test_samples_of_finite_data_are_its_points():
    g = torch.Generator().manual_seed(4)
    points = torch.randn(20, 1, 4, 4, generator=g, dtype=torch.float64)
    field = flow.FiniteData(points)
    x = torch.randn(16, 1, 4, 4, generator=g, dtype=torch.float64)
    drawn = flow.solve(field.velocity, x, 40, "euler")
    distances = torch.cdist(drawn.flatten(1), points.flatten(1)).min(1).values
    assert float(distances.max()) < 1e-6


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: flow.line_mixture([0.5, 0.6], [0, 1], [1, 1]), "sum to 1"),
        (lambda: flow.line_mixture([0.5, 0.5], [0, 1], [1, 0]), "above 0"),
        (lambda: flow.line_mixture([0.5, 0.5], [0], [1, 1]), "weights"),
        (lambda: flow.line_mixture([1.0], [float("nan")], [1]), "NaN"),
        (lambda: flow.Line(RING.weights, RING.means, RING.stds), "1 coordinate"),
        (lambda: flow.toy_mixture("moons"), "ring and grid"),
        (lambda: DATA.velocity(X[:, 0], 0.5), r"\[N, 1\]"),
        (lambda: DATA.quantile(torch.ones(1, 1).double(), 0.5), "below 1"),
        (lambda: flow.FiniteData(torch.zeros(0, 2)), "Points are"),
        (lambda: flow.FiniteData(X).velocity(X, 1.0), "before t = 1"),
        (lambda: flow.FiniteData(X).velocity(X[:, 0], 0.5), "have shape"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence: str):
    with pytest.raises(CourseError, match=sentence):
        call()
