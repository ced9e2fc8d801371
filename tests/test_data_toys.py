"""The toy sets: shapes in the plane, seeds, and endless batches of them."""

import math

import pytest
import torch
from torch import Tensor

from aigc_course import data
from aigc_course.errors import CourseError


def distances(points: Tensor, centres: Tensor) -> Tensor:
    return (points[:, None] - centres).norm(dim=2)


@pytest.mark.parametrize("name", data.TOYS)
def test_shape_type_and_seed(name: str) -> None:
    points = data.toy(name, 50, seed=3)
    assert points.shape == (50, 2) and points.dtype == torch.float32
    assert torch.equal(points, data.toy(name, 50, seed=3))
    assert not torch.equal(points, data.toy(name, 50, seed=4))


def test_the_global_stream_is_left_alone() -> None:
    before = torch.get_rng_state()
    data.toy("ring", 5)
    next(data.ToyBatches("moons", 5))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("name", "k"), [("ring", 8), ("grid", 25)])
def test_mixtures_have_equal_round_modes(name: str, k: int) -> None:
    centres, std, n = data.toy_modes(name), data.toy_std(name), 20_000
    assert centres.shape == (k, 2)
    points = data.toy(name, n)
    nearest, mode = distances(points, centres).min(dim=1)
    # weights 1/k: counts within five standard errors of n / k
    error = math.sqrt(n / k * (1 - 1 / k))
    assert (torch.bincount(mode, minlength=k) - n / k).abs().max() < 5 * error
    # variance std^2 in each direction, so E[distance^2] = 2 std^2
    spread = float(nearest.square().mean().sqrt())
    assert spread == pytest.approx(std * math.sqrt(2), rel=0.03)


def test_ring_and_grid_are_those_of_the_literature() -> None:
    ring, grid = data.toy_modes("ring"), data.toy_modes("grid")
    assert torch.allclose(ring.norm(dim=1), torch.ones(8))
    gaps = distances(ring, ring).sort(dim=1).values[:, 1]
    assert torch.allclose(gaps, torch.full((8,), 2 * math.sin(math.pi / 8)), atol=1e-6)
    assert set(grid.flatten().tolist()) == {-4, -2, 0, 2, 4}
    assert len({tuple(row) for row in grid.tolist()}) == 25
    assert (data.toy_std("ring"), data.toy_std("grid")) == (0.01, 0.05)


def test_the_spiral_is_an_even_arm() -> None:
    points = data.toy("spiral", 20_000)
    radius = points.norm(dim=1)
    assert radius.max() < 1.1
    # even along the arm: half of the points lie beyond radius sqrt(1/2)
    assert float((radius > math.sqrt(0.5)).float().mean()) == pytest.approx(
        0.5, abs=0.02
    )
    outer = points[(radius - 0.75).abs() < 0.05]
    angle = torch.atan2(outer[:, 1], outer[:, 0])
    off = torch.remainder(angle - 3 * math.pi * outer.norm(dim=1), 2 * math.pi)
    assert float(torch.minimum(off, 2 * math.pi - off).mean()) < 0.3
    assert data.toy_modes("spiral") is None


def test_the_moons_are_two_half_circles() -> None:
    points = data.toy("moons", 20_000)
    upper, lower = torch.tensor([-0.5, -0.25]), torch.tensor([0.5, 0.25])
    rims = torch.stack([(points - c).norm(dim=1) - 1 for c in (upper, lower)])
    off = rims.abs().min(dim=0).values
    assert off.mean() < 0.05 and points.mean(dim=0).abs().max() < 0.03
    assert data.toy_modes("moons") is None


@pytest.mark.parametrize("call", [data.toy_modes, data.toy_std, data.ToyBatches])
def test_an_unknown_toy_is_refused(call) -> None:
    with pytest.raises(CourseError, match="no toy set 'rings'.*mean 'ring'"):
        call("rings")


@pytest.mark.parametrize(("n", "seed"), [(0, 0), (2.5, 0), (4, -1), (4, 0.5)])
def test_numbers_that_do_not_fit(n, seed) -> None:
    with pytest.raises(CourseError, match="whole number from"):
        data.toy("ring", n, seed)


def test_named_batches_are_new_points_each_time() -> None:
    steps = data.ToyBatches("ring", 64, seed=2)
    first, second = next(steps), next(steps)
    assert first.shape == (64, 2) and first.dtype == torch.float32
    assert not torch.equal(first, second)
    assert (steps.per_epoch, steps.epoch) == (1562, 0)
    assert torch.equal(first, next(data.ToyBatches("ring", 64, seed=2)))
    # neighbouring seeds and steps share nothing
    assert not torch.equal(second, next(data.ToyBatches("ring", 64, seed=3)))


def test_points_come_once_an_epoch() -> None:
    points = torch.arange(20.0).reshape(20, 1)
    steps = data.ToyBatches(points, 6, seed=1)
    assert steps.per_epoch == 3
    first = torch.cat([next(steps) for _ in range(3)]).flatten().tolist()
    assert steps.epoch == 1
    second = torch.cat([next(steps) for _ in range(3)]).flatten().tolist()
    assert len(set(first)) == len(set(second)) == 18
    assert first != second


@pytest.mark.parametrize("source", ["grid", torch.randn(20, 2)])
@pytest.mark.parametrize("taken", [0, 2, 4])
def test_resuming_is_exact(source, taken: int) -> None:
    straight = data.ToyBatches(source, 6, seed=5)
    for _ in range(taken):
        next(straight)
    state = straight.state_dict()
    resumed = data.ToyBatches(source, 6)
    next(resumed)  # wherever it stood before, and whatever its seed
    resumed.load_state_dict(state)
    for _ in range(5):
        assert torch.equal(next(straight), next(resumed))


def test_a_foreign_state_is_refused() -> None:
    state = data.ToyBatches("ring", 6).state_dict()
    with pytest.raises(CourseError, match="batches of 6 points; here it is 5"):
        data.ToyBatches("ring", 5).load_state_dict(state)
    with pytest.raises(CourseError, match="a set of 100000 points; here it is 20"):
        data.ToyBatches(torch.randn(20, 2), 6).load_state_dict(state)


@pytest.mark.parametrize("size", [0, 21, 2.5])
def test_a_batch_size_that_does_not_fit(size) -> None:
    with pytest.raises(CourseError, match=f"size of {size} does not fit 20 points"):
        data.ToyBatches(torch.randn(20, 2), size)


def test_points_of_the_wrong_kind() -> None:
    with pytest.raises(CourseError, match=r"torch.int64 of shape \[4, 2\]"):
        data.ToyBatches(torch.zeros(4, 2, dtype=torch.int64), 2)
    with pytest.raises(CourseError, match=r"of shape \[4\]"):
        data.ToyBatches(torch.zeros(4), 2)
    with pytest.raises(CourseError, match="from 0 up"):
        data.ToyBatches("ring", 4, seed=-1)
