"""What the discriminator is shown of a sample: the same for real and generated ones.

A view is a function of a batch [N, ...] that returns one of the same shape, at random,
and that gradients pass through: G is taught by what D saw. With a method
`anneal(progress)` it is told the share of the training that is spent.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course.errors import CourseError


class View(Protocol):
    """Samples [N, ...] to what D is shown of them, of the same shape."""

    def __call__(self, samples: Tensor) -> Tensor: ...


class InstanceNoise:
    """Normal noise on every sample, so that real and generated ones overlap.

    x + s e with e ~ N(0, I) and s = std (1 - progress / until), 0 from there on
    (Sønderby et al. 2017).

    std: of the noise at the start, in the data's own unit. until: the share of the
    training after which there is none. Raises CourseError unless std >= 0 and
    0 < until <= 1.
    """

    def __init__(self, std: float, until: float = 1.0) -> None:
        if not (std >= 0 and 0 < until <= 1):
            raise CourseError(
                "Instance noise has a standard deviation of at least 0 and ends at a"
                f" share of the training above 0 and up to 1; here: {std}, {until}."
            )
        self.std, self.until, self.level = std, until, std

    def anneal(self, progress: float) -> None:
        """Set the noise for this share of the training, 0 to 1."""
        self.level = self.std * max(0.0, 1 - progress / self.until)

    def __call__(self, samples: Tensor) -> Tensor:
        """Samples with noise; as they are once the noise has ended."""
        if self.level == 0:
            return samples
        return samples + self.level * torch.randn_like(samples)


class RandomTranslation:
    """Each image moved by up to `pixels` in both directions, whole pixels at random.

    DiffAugment's translation (Zhao et al. 2020, section 3), which keeps D from learning
    a small data set by heart.

    fill: what comes in from outside, by default the digits' background. (The paper
    fills with 0, the middle of the range, which no digit has at its border.)
    Raises CourseError for a negative number of pixels.
    """

    def __init__(self, pixels: int, fill: float = -1.0) -> None:
        if pixels < 0:
            raise CourseError(
                f"A translation is by at least 0 pixels, not by {pixels}."
            )
        self.pixels, self.fill = pixels, fill

    def __call__(self, samples: Tensor) -> Tensor:
        """Images [N, C, H, W]; CourseError for another number of dimensions."""
        if samples.ndim != 4:
            raise CourseError(
                "Only images [N, C, H, W] can be translated; these samples have the"
                f" shape {list(samples.shape)}."
            )
        n, channels, height, width = samples.shape
        wide = pad(samples, [self.pixels] * 4, value=self.fill)
        rows = self._window(n, height, samples.device)[:, None, :, None]
        columns = self._window(n, width, samples.device)[:, None, None, :]
        wide = wide.gather(2, rows.expand(n, channels, height, wide.shape[3]))
        return wide.gather(3, columns.expand(n, channels, height, width))

    def _window(self, n: int, length: int, device: torch.device) -> Tensor:
        """Rows (or columns) of the padded image that each sample keeps, [n, length]."""
        first = torch.randint(2 * self.pixels + 1, (n, 1), device=device)
        return first + torch.arange(length, device=device)
