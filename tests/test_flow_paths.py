"""The straight path and the conversions between what a network can predict."""

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError

G = torch.Generator().manual_seed(13)
X0 = torch.randn(6, 2, 3, generator=G, dtype=torch.float64)
X1 = torch.randn(6, 2, 3, generator=G, dtype=torch.float64)
T = torch.tensor([0.1, 0.25, 0.5, 0.6, 0.8, 0.95]).double()


def test_the_ends_are_noise_and_data():
    assert torch.equal(flow.interpolate(X0, X1, 0.0), X0)
    assert torch.equal(flow.interpolate(X0, X1, 1.0), X1)


def test_each_row_has_its_own_time():
    x = flow.interpolate(X0, X1, T)
    for i, t in enumerate(T):
        row = flow.interpolate(X0[i : i + 1], X1[i : i + 1], float(t))
        assert torch.allclose(x[i : i + 1], row, rtol=0, atol=1e-15)


@pytest.mark.parametrize("source", flow.PREDICTIONS)
@pytest.mark.parametrize("target", flow.PREDICTIONS)
def test_every_prediction_gives_every_other(source: str, target: str):
    x = flow.interpolate(X0, X1, T)
    at = T[:, None, None]
    known = {
        "velocity": X1 - X0,
        "data": X1,
        "noise": X0,
        "score": -X0 / (1 - at),
    }
    found = flow.convert(known[source], x, T, source, target)
    assert torch.allclose(found, known[target], rtol=0, atol=1e-12)


def test_the_share_of_the_signal_is_that_of_a_diffusion():
    a = flow.signal_share(T)
    assert torch.allclose(a.sqrt() / (1 - a).sqrt(), T / (1 - T))
    assert float(flow.signal_share(0.5)) == 0.5


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: flow.interpolate(X0, X1[:3], 0.5), "need one shape"),
        (lambda: flow.interpolate(X0, X1, 1.5), "between 0"),
        (lambda: flow.interpolate(X0, X1, float("nan")), "between 0"),
        (lambda: flow.interpolate(X0, X1, T[:4]), "each of the 6 points"),
        (lambda: flow.conditional_velocity(X0, X1[:3]), "need one shape"),
        (lambda: flow.to_velocity(X0, X0, 1.0, "data"), "t = 1"),
        (lambda: flow.to_velocity(X0, X0, 0.0, "noise"), "t = 0"),
        (lambda: flow.to_velocity(X0, X0, 0.0, "score"), "t = 0"),
        (lambda: flow.from_velocity(X0, X0, 1.0, "score"), "t = 1"),
        (lambda: flow.to_velocity(X0, X0, 0.5, "epsilon"), "not 'epsilon'"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence: str):
    with pytest.raises(CourseError, match=sentence):
        call()
