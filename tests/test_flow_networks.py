"""Velocity networks: shapes, one t for all, what they are untrained, bad input."""

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow.networks import OUTPUTS, Velocity
from aigc_course.flow.paths import to_velocity


def points(n=6, d=3, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def stirred(network, seed=0):
    """The network with random weights where it starts at zero."""
    seeded = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=seeded))
    return network


@pytest.mark.parametrize("predict", OUTPUTS)
def test_one_t_for_all_rows_is_the_same_as_one_each(predict):
    network = stirred(flow.mlp(3, 8, 2, predict=predict))
    x = points()
    one, each = network(x, 0.3), network(x, torch.full((6,), 0.3))
    assert one.shape == x.shape and torch.allclose(one, each, atol=1e-6)


def test_a_unet_takes_digits():
    network = stirred(flow.unet(4, classes=10, predict="data"))
    x, t = torch.randn(2, 1, 28, 28), torch.tensor([0.2, 0.9])
    labels = torch.tensor([3, 10])
    both = network(x, t, labels)
    assert both.shape == x.shape
    alone = torch.cat(
        [network(x[i : i + 1], float(t[i]), labels[i : i + 1]) for i in (0, 1)]
    )
    assert torch.allclose(both, alone, atol=1e-5)


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_untrained_it_is_the_velocity_of_a_normal_law(spread):
    one = torch.ones(1, dtype=torch.float64)
    exact = flow.Mixture(one, torch.zeros(1, 3).double(), spread * one)
    network = flow.mlp(3, 8, 1, spread=spread).double()
    x = points().double()
    for t in (0.0, 0.4, 1.0):
        assert torch.allclose(network(x, t), exact.velocity(x, t), atol=1e-12)


class Constant(torch.nn.Module):
    def forward(self, x, t, labels):
        return torch.full_like(x, 0.5)


@pytest.mark.parametrize("predict", ["velocity", "data", "noise"])
def test_a_prediction_becomes_a_velocity(predict):
    network, x, t = Velocity(Constant(), (3,), predict=predict), points(), 0.6
    wanted = to_velocity(torch.full_like(x, 0.5), x, t, predict)
    assert torch.allclose(network(x, t), wanted)
    assert bool(network(x, 1.0).isfinite().all() and network(x, 0.0).isfinite().all())


def test_labels_change_the_velocity_and_none_is_the_last():
    network, x = stirred(flow.mlp(3, 8, 2, classes=4)), points()
    two, untold = torch.full((6,), 2), torch.full((6,), 4)
    assert not torch.allclose(network(x, 0.5, two), network(x, 0.5))
    assert torch.equal(network(x, 0.5, untold), network(x, 0.5))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: flow.mlp(0), "The size is a whole number from 1 up"),
        (lambda: flow.mlp(2, blocks=0), "The number of blocks"),
        (lambda: flow.mlp(2, predict="x0"), "predicts one of residual, velocity, data"),
        (lambda: flow.mlp(2, spread=0.0), "The spread of the data is a number above 0"),
        (lambda: flow.mlp(3)(points(d=2), 0.5), r"takes \['N', 3\]; got \[6, 2\]"),
        (lambda: flow.mlp(3)(points(), 0.5, torch.zeros(6).long()), "not conditional"),
        (
            lambda: flow.mlp(3, classes=2)(points(), 0.5, torch.full((6,), 3)),
            "Labels are from 0 to 2; got 3 to 3",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(CourseError, match=sentence):
        call()
