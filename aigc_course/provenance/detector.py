"""Detectors of unmarked pictures: what tells real from generated.

A detector learns the differences between two heaps of pictures, whatever they are:
traces of one generator, the format of the files, the hand that wrote. Nothing in the
training says which of these is meant.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate

from aigc_course import data, validate
from aigc_course.errors import CourseError
from aigc_course.metrics.images import Images, checked, float_batches, to_float
from aigc_course.provenance.calibration import (
    expected_calibration_error,
    move_prior,
    reliability,
    temperature,
)
from aigc_course.provenance.counting import CountDetector, count_detector, patch_counts
from aigc_course.provenance.rates import (
    Accusations,
    Rates,
    accusations,
    positive_predictive_value,
    ppv_interval,
    rates,
    threshold_at,
)

__all__ = [
    "Accusations",
    "CountDetector",
    "Detector",
    "Rates",
    "accusations",
    "as_saved",
    "count_detector",
    "expected_calibration_error",
    "move_prior",
    "patch_counts",
    "positive_predictive_value",
    "ppv_interval",
    "rates",
    "reliability",
    "resized",
    "scores",
    "temperature",
    "threshold_at",
    "train_detector",
]

PEAK_RATE = 3e-3  # of a one-cycle schedule
Augment = Callable[[Tensor, torch.Generator], Tensor]


class Detector(nn.Module):
    """Pictures [N, 1, 28, 28] in [-1, 1] to logits [N]; above 0 means generated.

    It looks at 5 x 5 pixels at a time and averages what it found over the picture: what
    gives a generator away lies in the finest details, wherever they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(  # [N, 1, 28, 28]
            nn.Conv2d(1, 24, 3),  # [N, 24, 26, 26]
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.Conv2d(24, 48, 3, stride=2),  # [N, 48, 12, 12]
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),  # [N, 48, 1, 1]
            nn.Flatten(),  # [N, 48]
            nn.Linear(48, 64),  # [N, 64]
            nn.ReLU(),
            nn.Linear(64, 1),  # [N, 1]
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N] of images [N, 1, 28, 28] in [-1, 1]."""
        return self.net(images)[:, 0]


def train_detector(
    real: Images,
    generated: Images,
    *,
    steps: int = 400,
    batch: int = 128,
    seed: int = 0,
    augment: Augment | None = None,
) -> Detector:
    """A detector trained with Adam on batches of half real, half generated pictures.

    L = mean of -log D(x) over generated and -log(1 - D(x)) over real pictures,
    D = sigmoid(logit), so that D estimates P(generated | x) at a prevalence of 1/2.

    real, generated: as `metrics.features` takes them; bytes are scaled batch by batch.
    augment: changes a batch [N, 1, 28, 28] with the random numbers it is given, real
    and generated pictures alike. Raises CourseError for other pictures, fewer than one
    step, and an odd batch.
    """
    validate.whole(steps, "The number of steps")
    if batch < 2 or batch % 2:
        raise CourseError(f"A batch is an even number of pictures, not {batch}.")
    with torch.random.fork_rng(devices=[]):  # making layers draws random numbers
        torch.manual_seed(seed)
        detector = Detector().to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(detector.parameters(), lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps + 1, pct_start=0.1
    )
    targets = torch.cat([torch.zeros(batch // 2), torch.ones(batch // 2)])
    pairs = _batches(checked(real), checked(generated), batch // 2, seed)
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        images = next(pairs)
        images = augment(images, random) if augment else images
        images = images.contiguous(memory_format=torch.channels_last)
        optimiser.zero_grad()
        binary_cross_entropy_with_logits(detector(images), targets).backward()
        optimiser.step()
        schedule.step()
    return detector.eval().requires_grad_(False)


@torch.no_grad()
def scores(detector: nn.Module, images: Images) -> Tensor:
    """Logits of pictures, float32 [N]: the larger, the more like the generated ones."""
    parts = float_batches(checked(images, ranged=False), 500, "cpu")
    return torch.cat([detector(part) for part in parts])


def as_saved(images: Tensor) -> Tensor:
    """Pictures in [-1, 1] rounded to the 256 levels of a file; the shape stays.

    A generator's black is -0.9998 and a real picture's is -1. A detector that sees
    floats finds that and nothing else.
    """
    return data.to_float(data.to_uint8(images))


def resized(images: Tensor, side: int) -> Tensor:
    """Pictures [N, 1, 28, 28] made smaller, side x side, and large again (bicubic).

    Raises CourseError for a side outside 4 to 28.
    """
    validate.images(images)
    if not 4 <= side <= 28:
        raise CourseError(f"The smaller side is from 4 to 28 pixels, not {side}.")
    how: dict[str, Any] = {"mode": "bicubic", "align_corners": False}
    small = interpolate(images, size=(side, side), antialias=True, **how)
    return as_saved(interpolate(small, size=images.shape[-2:], **how).clamp(-1, 1))


def _batches(real: Tensor, generated: Tensor, half: int, seed: int) -> Iterator[Tensor]:
    """Endless batches: `half` real pictures, then `half` generated, drawn anew."""
    random = torch.Generator().manual_seed(seed)
    while True:
        chosen = [
            to_float(heap[torch.randint(len(heap), (half,), generator=random)])
            for heap in (real, generated)
        ]
        yield torch.cat(chosen)
