"""Near-copies: generated images that lie suspiciously close to one training image."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from aigc_course.errors import CourseError
from aigc_course.metrics.images import Images, checked, to_float

NEIGHBOURS = 50  # nearest training images that say what "close" means locally
EXPECTED_RATE = 0.01  # of real, unseen images: fixes the threshold
ROWS = 500  # images compared at once: 60,000 columns take 120 MB


def closeness(images: Images, train: Images) -> Tensor:
    """How much nearer than usual each image is to its nearest training image.

    s(x) = |x - t_1| / mean_{i <= 50} |x - t_i|, t_i the i-th nearest training image
    (Carlini et al. 2023, section 4.2, who use it to find memorised images). The
    denominator makes it fair: a 1 is near every other 1, and that is no copy.
    Distances are Euclidean, between images halved by 2 x 2 means, so that a stray pixel
    weighs little. A copy that was shifted or redrawn is not found.

    images, train: as `metrics.features` takes them, train with more than one image.
    Returns float32 [N] in [0, 1]; a copy scores 0, up to float32 rounding.
    """
    queries, known = _halved(images), _halved(train)
    if len(known) < 2:
        raise CourseError(
            "Near-copies need at least 2 training images to compare with."
        )
    known2 = known.square().sum(1)
    scores = [_ratio(rows, known, known2) for rows in queries.split(ROWS)]
    return torch.cat(scores)


def calibrate(unseen: Images, train: Images, rate: float = EXPECTED_RATE) -> float:
    """The closeness below which a share `rate` of real, unseen images fall."""
    return float(closeness(unseen, train).double().quantile(rate))


def near_copy_rate(images: Images, train: Images, threshold: float) -> float:
    """Share of images that are closer to the training set than `threshold`.

    With `threshold = calibrate(test, train)` the test images themselves give 1 %, a
    generator that invents gives about as much, and one that recites gives up to 100 %.
    """
    return float((closeness(images, train) < threshold).double().mean())


def _halved(images: Images) -> Tensor:
    return avg_pool2d(to_float(checked(images)), 2).flatten(1)  # [N, 196]


def _ratio(rows: Tensor, known: Tensor, known2: Tensor) -> Tensor:
    # |x - t|^2 = |t|^2 - 2 x.t + |x|^2
    squared = torch.addmm(known2, rows, known.T, alpha=-2)
    squared += rows.square().sum(1, keepdim=True)
    nearest = squared.topk(min(NEIGHBOURS, len(known)), largest=False).values
    distances = nearest.clamp(min=0).sqrt()  # [rows, 50], ascending
    # all 50 equal to x: 0 / 0, which is a copy
    return distances[:, 0] / distances.mean(1).clamp(min=1e-12)
