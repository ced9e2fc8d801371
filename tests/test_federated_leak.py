"""Pictures out of gradients; what does not stop it, and what does."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course import data
from aigc_course.errors import CourseError
from aigc_course.federated import leak


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    """Pictures [N, 784] in [-1, 1], and labels."""
    found = data.load("mnist", "test")
    return data.to_float(found.images).flatten(1), found.labels


def gradient(net: nn.Sequential, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Of the first layer, as a client would send it after one step."""
    first = net[0]
    assert isinstance(first, nn.Linear)
    loss = cross_entropy(net(x), y)
    weight, bias = torch.autograd.grad(loss, [first.weight, first.bias])
    return weight, bias


def usual() -> nn.Sequential:
    return nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))


def test_one_picture_comes_out_to_1e_6(digits: tuple[Tensor, Tensor]) -> None:
    torch.manual_seed(0)
    for k in range(5):
        x, y = digits[0][k : k + 1], digits[1][k : k + 1]
        found = leak.picture_from_gradient(*gradient(usual(), x, y))
        assert float((found - x[0]).abs().max()) <= 1e-6


def test_a_step_of_descent_gives_it_away_as_well(
    digits: tuple[Tensor, Tensor],
) -> None:
    x, y = digits[0][:1], digits[1][:1]
    weight, bias = gradient(usual(), x, y)
    found = leak.picture_from_gradient(-0.1 * weight, -0.1 * bias)  # new - old weights
    assert float((found - x[0]).abs().max()) <= 1e-5


def test_clipping_does_not_hide_it_and_noise_does(
    digits: tuple[Tensor, Tensor],
) -> None:
    x, y = digits[0][:1], digits[1][:1]
    weight, bias = gradient(usual(), x, y)
    size = float((weight.square().sum() + bias.square().sum()).sqrt())
    clipped = leak.picture_from_gradient(weight / (10 * size), bias / (10 * size))
    assert float((clipped - x[0]).abs().max()) <= 1e-5
    torch.manual_seed(0)  # noise as large as DP-SGD adds at multiplier 1
    noisy = leak.picture_from_gradient(
        weight + size * torch.randn_like(weight), bias + size * torch.randn_like(bias)
    )
    assert float((noisy - x[0]).abs().mean()) > 0.5


def test_a_batch_in_a_usual_network_gives_mixtures(
    digits: tuple[Tensor, Tensor],
) -> None:
    x, y = digits[0][:128], digits[1][:128]
    torch.manual_seed(0)
    weight, bias = gradient(usual(), x, y)
    assert int(leak.recovered(x, weight / bias[:, None]).sum()) <= 12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chosen_weights_give_90_of_128_away(
    digits: tuple[Tensor, Tensor], seed: int
) -> None:
    net = leak.imprint(digits[0][5000:])  # public pictures: others than the client's
    rows = torch.randperm(5000, generator=torch.Generator().manual_seed(seed))[:128]
    x, y = digits[0][rows], digits[1][rows]
    found = leak.rebuilt(*gradient(net, x, y))
    assert found.shape == (1024, 784)
    assert int(leak.recovered(x, found).sum()) >= 90


def test_other_pictures_are_not_recovered(digits: tuple[Tensor, Tensor]) -> None:
    net = leak.imprint(digits[0][5000:])
    found = leak.rebuilt(*gradient(net, digits[0][:128], digits[1][:128]))
    assert not leak.recovered(digits[0][1000:1128], found).any()


def test_what_gives_nothing_is_refused() -> None:
    with pytest.raises(CourseError, match="no unit saw"):
        leak.picture_from_gradient(torch.zeros(3, 4), torch.zeros(3))
    for weight, bias in (((3, 4), (4,)), ((3,), (3,))):
        with pytest.raises(CourseError, match=r"\[U, D\] and \[U\]"):
            leak.picture_from_gradient(torch.zeros(weight), torch.zeros(bias))
    with pytest.raises(CourseError, match="Public pictures"):
        leak.imprint(torch.zeros(1, 784))
    with pytest.raises(CourseError, match="number of units"):
        leak.imprint(torch.zeros(5, 784), units=0)
