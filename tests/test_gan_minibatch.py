"""Minibatch standard deviation: the number it appends, and where it is put."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from aigc_course import gan, training
from aigc_course.errors import CourseError


@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3, 3)])
def test_it_appends_the_mean_standard_deviation(shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    y = gan.MinibatchStd()(x)
    wanted = np.std(x.numpy(), axis=0).mean()
    assert torch.equal(y[:, :-1], x) and y.shape[1] == shape[1] + 1
    assert np.allclose(y[:, -1], wanted, rtol=1e-5)


def test_samples_that_are_alike_give_next_to_nothing_and_finite_slopes():
    x = torch.ones(6, 3, requires_grad=True)
    std = gan.MinibatchStd()(x)[:, -1]
    assert std.detach().max() < 1e-3
    std.sum().backward()
    assert x.grad.isfinite().all()


def kinds(network):
    return [type(layer).__name__ for layer in network.net]


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (gan.PointDiscriminator, 2),  # before the second of two hidden layers
        (partial(gan.PointDiscriminator, depth=3), 4),
        (partial(gan.PointDiscriminator, depth=0), 0),
        (partial(gan.DCGANDiscriminator, width=4, norm=False), 5),
        (partial(gan.DCGANDiscriminator, "reference"), 7),
    ],
)
def test_it_stands_before_the_last_hidden_layer(make, place):
    D = gan.add_minibatch_std(make())
    assert kinds(D).index("MinibatchStd") == place
    assert kinds(D)[place + 1] == "Linear"
    assert D.net[place + 1].in_features == make().net[place].in_features + 1


def test_the_other_weights_stay_as_they_were():
    training.seed_everything(0)
    D = gan.PointDiscriminator()
    old = [p.detach().clone() for p in D.parameters()]
    new = list(gan.add_minibatch_std(D).parameters())
    assert torch.equal(new[2][:, :-1], old[2])
    # a sample standard deviation over 128 weights is 6 % off at most now and then
    assert float(new[2][:, -1].detach().std() / old[2].std()) == pytest.approx(
        1, abs=0.3
    )
    new.pop(2), old.pop(2)
    assert all(torch.equal(a, b) for a, b in zip(new, old, strict=True))


def test_d_then_answers_for_the_company_of_a_sample():
    training.seed_everything(0)
    plain, told = (
        gan.PointDiscriminator(),
        gan.add_minibatch_std(gan.PointDiscriminator()),
    )
    alike, varied = torch.zeros(8, 2), torch.randn(8, 2)
    varied[0] = 0
    assert torch.allclose(plain(alike)[0], plain(varied)[0])
    assert not torch.allclose(told(alike)[0], told(varied)[0], atol=1e-3)


def test_g_is_told_to_spread_its_samples():
    """A D that likes a large deviation alone pulls collapsed samples apart."""
    D = gan.Discriminator([gan.MinibatchStd(), nn.Linear(3, 1)])
    D.net[1].weight.data = torch.tensor([[0.0, 0.0, 1.0]])
    x = (1e-3 * torch.randn(16, 2)).requires_grad_()
    D(x).sum().backward()
    centred = x.detach() - x.detach().mean(0)
    assert (x.grad * centred).sum() > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (gan.DCGANDiscriminator, "takes away again"),
        (lambda: gan.Discriminator([nn.Conv2d(1, 1, 28)]), "has none"),
        (partial(gan.Packed.widened, gan.PointDiscriminator), "has none"),
    ],
)
def test_where_it_cannot_stand_is_said(make, message):
    with pytest.raises(CourseError, match=message):
        gan.add_minibatch_std(make())
