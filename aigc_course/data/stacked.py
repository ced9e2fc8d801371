"""Stacked digits: three digits as the red, green and blue of one picture.

The 10 x 10 x 10 combinations are 1,000 modes that can be counted, since a classifier
reads every channel (Metz et al. 2017, section 3.3, after Che et al. 2017).
"""

import numpy as np
import torch
from torch import Tensor

from aigc_course.data.batches import binary_pixels, to_float
from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError

EPOCH = 128_000  # pictures: PacGAN's training set; here every picture is drawn anew


class StackedBatches:
    """Endless minibatches of stacked digits, float32 [B, 3, 28, 28] in [-1, 1].

    Every channel is a digit of `images` drawn at random, alone and with replacement, so
    all combinations are as frequent as the digits make them. A batch is made from
    (seed, step) alone and is the same on every device. An epoch stands for 128,000
    pictures. The protocol is that of `data.batches`, so `training.fit` takes it.

    Raises CourseError for images of another shape or type or with pixels of 0 and 1, a
    batch size below 1 and a negative seed.

    >>> digits = torch.zeros(10, 1, 28, 28, dtype=torch.uint8)
    >>> next(StackedBatches(digits, 4)).shape
    torch.Size([4, 3, 28, 28])
    """

    def __init__(
        self,
        images: ImageSet | Tensor,
        batch_size: int = 64,
        seed: int = 0,
        device: str | torch.device = "cpu",
    ) -> None:
        pixels = images.images if isinstance(images, ImageSet) else images
        if pixels.dtype != torch.uint8 or pixels.shape[1:] != (1, 28, 28):
            raise CourseError(
                "Stacked digits are made of uint8 images [N, 1, 28, 28]; these are"
                f" {pixels.dtype} of shape {list(pixels.shape)}."
            )
        binary_pixels(pixels)
        if batch_size < 1 or seed < 0:
            raise CourseError(
                "A batch size is at least 1 and a seed at least 0; these are"
                f" {batch_size} and {seed}."
            )
        self._pixels = pixels[:, 0].to(device)  # [N, 28, 28]
        self.batch_size, self.seed = batch_size, seed
        self.per_epoch = EPOCH // batch_size  # steps
        self.steps = 0  # batches given so far

    @property
    def epoch(self) -> int:
        """Epochs completed so far."""
        return self.steps // self.per_epoch

    def __iter__(self) -> "StackedBatches":
        return self

    def __next__(self) -> Tensor:
        # SeedSequence mixes the pair: neighbouring seeds and steps share no pictures
        rng = np.random.default_rng([self.seed, self.steps])
        rows = rng.integers(len(self._pixels), size=(self.batch_size, 3))
        self.steps += 1
        # [B, 3] rows of [N, 28, 28] give [B, 3, 28, 28]
        return to_float(self._pixels[torch.from_numpy(rows).to(self._pixels.device)])

    def state_dict(self) -> dict[str, int]:
        """The position: numbers only, so that it fits any checkpoint."""
        return {"seed": self.seed, "steps": self.steps, "batch_size": self.batch_size}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue with the batch that followed when `state` was taken.

        Raises CourseError when it was taken with another batch size.
        """
        if state.get("batch_size") != self.batch_size:
            raise CourseError(
                f"The saved position belongs to batches of {state.get('batch_size')}"
                f" pictures; here it is {self.batch_size}."
            )
        self.seed, self.steps = int(state["seed"]), int(state["steps"])
