"""Seeded minibatches from memory, and the two ways between bytes and [-1, 1]."""

from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError
from aigc_course.validate import labels as check_labels


def to_float(images: Tensor) -> Tensor:
    """uint8 pixels to float32 in [-1, 1], the range of tanh; the shape stays.

    Raises CourseError for any other type, since scaling twice is hard to notice.

    >>> to_float(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    if images.dtype != torch.uint8:
        raise CourseError(
            f"to_float takes uint8 pixels from 0 to 255; these are {images.dtype},"
            " perhaps scaled already."
        )
    # x / 127.5 - 1
    return images.to(torch.float32).div_(127.5).sub_(1)


def to_uint8(images: Tensor) -> Tensor:
    """Floats in [-1, 1] to the nearest of the pixels 0..255; the shape stays.

    Values outside are clamped. Undoes `to_float` exactly. Raises CourseError for
    anything but floats.

    >>> to_uint8(torch.tensor([-1.0, 0.0, 1.0, 7.0]))
    tensor([  0, 128, 255, 255], dtype=torch.uint8)
    """
    if not images.is_floating_point():
        raise CourseError(
            f"to_uint8 takes floats from -1 to 1; these are {images.dtype}."
        )
    # (x + 1) * 127.5, in float32 because half precision cannot tell 256 steps apart
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


WIDE = 0.4  # range of floats above 0 that are no longer one grey


def binary_pixels(images: Tensor) -> None:
    """Raise CourseError for uint8 pixels of 0 and 1: black, as good as, in 0..255."""
    if images.numel() and int(images.max()) == 1:
        raise CourseError(
            "These pixels are 0 and 1, and 255 is full ink: multiply by 255, or all is"
            " nearly black."
        )


def check_range(images: Tensor) -> None:
    """Raise CourseError for pixels that seem to have been scaled to another range.

    images: uint8 of 0 to 255, or floats of -1 to 1. Bytes of 0 and 1 are refused, and
    floats of which none is below 0. Where these hardly differ, such as the grey of a
    generator that has learnt nothing yet, they pass.
    """
    if images.dtype == torch.uint8:
        return binary_pixels(images)
    low, high = (float(end) for end in images.aminmax())
    if low >= 0 and high - low > WIDE:
        raise CourseError(
            f"These floats go from {low:.3g} to {high:.3g}, as if scaled to [0, 1];"
            " [-1, 1] is right: take 2 * x - 1."
        )


def batches(
    images: ImageSet | Tensor,
    batch_size: int = 64,
    *,
    seed: int = 0,
    device: str | torch.device = "cpu",
    labels: bool = False,
) -> "Batches":
    """Endless minibatches, float32 [B, 1, 28, 28] in [-1, 1] on `device`.

    images: an ImageSet or uint8 [N, C, H, W]; they are moved to the device once. Every
    epoch passes through them in a new order, made from (seed, epoch) alone and so the
    same on every device; an incomplete last batch is dropped. With labels=True each
    step gives (images, labels), labels int64 [B].

    Raises CourseError for a batch size that does not fit the set, for images of another
    type or shape or with pixels of 0 and 1, for a negative seed, and for labels=True
    without an ImageSet or with labels that do not fit it.

    >>> steps = batches(torch.zeros(10, 1, 28, 28, dtype=torch.uint8), 4)
    >>> next(steps).shape, steps.per_epoch
    (torch.Size([4, 1, 28, 28]), 2)
    """
    pixels = images.images if isinstance(images, ImageSet) else images
    if labels and not isinstance(images, ImageSet):
        raise CourseError("labels=True needs an ImageSet; a tensor has no labels.")
    _check(pixels, batch_size, seed)
    marks = None
    if labels and isinstance(images, ImageSet):
        marks = check_labels(images.labels, len(pixels), len(images.classes))
    marks = marks if marks is None else marks.to(device)
    return Batches(pixels.to(device), marks, batch_size, seed)


class Batches:
    """Iterator behind `batches`; `state_dict` holds the exact position in the data."""

    def __init__(
        self, images: Tensor, labels: Tensor | None, batch_size: int, seed: int
    ) -> None:
        self.batch_size = batch_size
        self.seed = seed
        self.per_epoch = len(images) // batch_size  # steps
        self.steps = 0  # batches given so far
        self._images = images
        self._labels = labels
        self._order: tuple[tuple[int, int], Tensor] | None = None

    @property
    def epoch(self) -> int:
        """Epochs completed so far."""
        return self.steps // self.per_epoch

    def __iter__(self) -> "Batches":
        return self

    def __next__(self) -> Any:
        rows = self._rows()
        self.steps += 1
        images = to_float(self._images.index_select(0, rows))
        if self._labels is None:
            return images
        return images, self._labels.index_select(0, rows)

    def state_dict(self) -> dict[str, int]:
        """The position: numbers only, so that it fits any checkpoint."""
        return {
            "seed": self.seed,
            "steps": self.steps,
            "batch_size": self.batch_size,
            "images": len(self._images),
        }

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue with the batch that followed when `state` was taken.

        Raises CourseError when it was taken with another batch size or number of
        images, for then no such batch exists.
        """
        mine = self.state_dict()
        for key, what in (("batch_size", "batches of"), ("images", "a set of")):
            if state.get(key) != mine[key]:
                raise CourseError(
                    f"The saved position belongs to {what} {state.get(key)} images;"
                    f" here it is {mine[key]}."
                )
        self.seed, self.steps = int(state["seed"]), int(state["steps"])

    def _rows(self) -> Tensor:
        """Which images come next: [B] on the device."""
        epoch, step = divmod(self.steps, self.per_epoch)
        key = (self.seed, epoch)
        if self._order is None or self._order[0] != key:
            order = permutation(len(self._images), self.seed, epoch)
            self._order = key, order.to(self._images.device)
        return self._order[1][step * self.batch_size : (step + 1) * self.batch_size]


def permutation(n: int, seed: int, epoch: int) -> Tensor:
    """The order of n images in an epoch: int64 [n] on the CPU, from (seed, epoch) only.

    SeedSequence mixes the pair, so that neighbouring seeds and epochs share no order.
    """
    mixed = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    return torch.randperm(n, generator=torch.Generator().manual_seed(int(mixed[0])))


def _check(images: Tensor, batch_size: int, seed: int) -> None:
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise CourseError(
            f"Batches are made from uint8 images of shape [N, C, H, W]; these are"
            f" {images.dtype} of shape {list(images.shape)}."
        )
    binary_pixels(images)
    if not isinstance(batch_size, Integral) or not 1 <= batch_size <= len(images):
        raise CourseError(
            f"A batch size of {batch_size} does not fit {len(images):,} images; it is"
            f" a whole number from 1 to {len(images)}."
        )
    if not isinstance(seed, Integral) or seed < 0:
        raise CourseError(f"A seed is a whole number from 0 up; this one is {seed}.")
