"""Batches: the same everywhere, resumable exactly, each image once an epoch."""

import pytest
import torch
from torch import Tensor

from aigc_course import data
from aigc_course.data.batches import permutation
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    """20 images [20, 1, 28, 28], each filled with its own number."""
    numbers = torch.arange(20, dtype=torch.uint8)
    return numbers.view(20, 1, 1, 1).expand(20, 1, 28, 28).contiguous()


def numbers(batch: Tensor) -> list[int]:
    """Which images a batch from `pixels` holds."""
    return data.to_uint8(batch)[:, 0, 0, 0].tolist()


def test_bytes_and_floats_are_inverse() -> None:
    every = torch.arange(256, dtype=torch.uint8)
    scaled = data.to_float(every)
    assert scaled.dtype == torch.float32
    assert (scaled.min(), scaled.max()) == (-1, 1)
    torch.testing.assert_close(scaled, every.double().div(127.5).sub(1).float())
    assert torch.equal(data.to_uint8(scaled), every)
    assert torch.equal(data.to_uint8(scaled.double()), every)


def test_to_float_leaves_its_argument_alone() -> None:
    every = torch.arange(256, dtype=torch.uint8)
    data.to_float(every)
    assert torch.equal(every, torch.arange(256, dtype=torch.uint8))


def test_scaling_twice_is_refused() -> None:
    with pytest.raises(CourseError, match="these are torch.float32, perhaps scaled"):
        data.to_float(torch.zeros(3))
    with pytest.raises(CourseError, match="floats from -1 to 1; these are torch.uint8"):
        data.to_uint8(torch.zeros(3, dtype=torch.uint8))


def test_shape_range_and_counts(pixels: Tensor) -> None:
    steps = data.batches(pixels, 6)
    batch = next(steps)
    assert batch.shape == (6, 1, 28, 28) and batch.dtype == torch.float32
    assert batch.is_contiguous() and -1 <= batch.min() <= batch.max() < -0.8
    assert (steps.batch_size, steps.per_epoch, steps.epoch) == (6, 3, 0)


def test_an_epoch_gives_each_image_at_most_once(pixels: Tensor) -> None:
    steps = data.batches(pixels, 6)
    first = [n for _ in range(3) for n in numbers(next(steps))]
    assert steps.epoch == 1
    second = [n for _ in range(3) for n in numbers(next(steps))]
    assert len(set(first)) == len(set(second)) == 18
    assert first != second


def test_all_images_come_when_the_size_divides(pixels: Tensor) -> None:
    steps = data.batches(pixels, 20, seed=3)
    assert sorted(numbers(next(steps))) == list(range(20))


def test_labels_go_with_their_images() -> None:
    digits = data.load("digits", "test")
    images, labels = next(data.batches(digits, 50, labels=True))
    assert labels.dtype == torch.int64 and labels.shape == (50,)
    pairs = zip(digits.images, digits.labels, strict=True)
    known = {i.numpy().tobytes(): int(n) for i, n in pairs}
    asked = [known[image.numpy().tobytes()] for image in data.to_uint8(images)]
    assert asked == labels.tolist()


def test_labels_do_not_change_the_order() -> None:
    digits = data.load("digits", "test")
    alone = next(data.batches(digits, 50))
    assert torch.equal(alone, next(data.batches(digits, 50, labels=True))[0])


def test_the_seed_decides(pixels: Tensor) -> None:
    first = [numbers(next(data.batches(pixels, 20, seed=seed))) for seed in (0, 0, 1)]
    assert first[0] == first[1] != first[2]


def test_order_depends_on_seed_and_epoch_alone() -> None:
    torch.manual_seed(1)
    once = permutation(50, seed=4, epoch=7)
    before = torch.get_rng_state()
    again = permutation(50, seed=4, epoch=7)
    assert torch.equal(once, again)
    assert torch.equal(before, torch.get_rng_state())  # the global stream is left alone
    orders = {tuple(permutation(50, s, e).tolist()) for s in range(8) for e in range(8)}
    assert len(orders) == 64  # (0, 1) and (1, 0) differ, too


@pytest.mark.parametrize("taken", [0, 1, 2, 3, 7])
def test_resuming_is_exact(pixels: Tensor, taken: int) -> None:
    straight = data.batches(pixels, 6, seed=5)
    for _ in range(taken):
        next(straight)
    state = straight.state_dict()
    resumed = data.batches(pixels, 6, seed=0)
    next(resumed)  # wherever it stood before, and whatever its seed
    resumed.load_state_dict(state)
    assert resumed.epoch == straight.epoch
    for _ in range(5):
        assert torch.equal(next(straight), next(resumed))


def test_state_is_a_copy(pixels: Tensor) -> None:
    steps = data.batches(pixels, 6)
    state = steps.state_dict()
    next(steps)
    assert state == {"seed": 0, "steps": 0, "batch_size": 6, "images": 20}


def test_a_foreign_state_is_refused(pixels: Tensor) -> None:
    state = data.batches(pixels, 6).state_dict()
    with pytest.raises(CourseError, match="batches of 6 images; here it is 5"):
        data.batches(pixels, 5).load_state_dict(state)
    with pytest.raises(CourseError, match="a set of 20 images; here it is 19"):
        data.batches(pixels[1:], 6).load_state_dict(state)
    with pytest.raises(CourseError, match="batches of None"):
        data.batches(pixels, 6).load_state_dict({})


@pytest.mark.parametrize("size", [0, -1, 21, 2.5])
def test_a_batch_size_that_does_not_fit(pixels: Tensor, size: float) -> None:
    with pytest.raises(CourseError, match=f"size of {size} does not fit 20 images"):
        data.batches(pixels, size)


@pytest.mark.parametrize("seed", [-1, 0.5])
def test_a_seed_is_a_natural_number(pixels: Tensor, seed: float) -> None:
    with pytest.raises(CourseError, match="whole number from 0 up"):
        data.batches(pixels, 4, seed=seed)


def test_images_of_the_wrong_kind(pixels: Tensor) -> None:
    with pytest.raises(CourseError, match="torch.float32 of shape"):
        data.batches(pixels.float(), 4)
    with pytest.raises(CourseError, match=r"of shape \[20, 28, 28\]"):
        data.batches(pixels[:, 0], 4)
    with pytest.raises(CourseError, match="a tensor has no labels"):
        data.batches(pixels, 4, labels=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_same_batches_on_a_gpu(pixels: Tensor) -> None:
    here, there = data.batches(pixels, 6), data.batches(pixels, 6, device="cuda")
    for _ in range(7):
        batch = next(there)
        assert batch.device.type == "cuda"
        assert numbers(next(here)) == numbers(batch.cpu())
