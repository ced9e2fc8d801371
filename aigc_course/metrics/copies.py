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

    images, train: as `metrics.features` takes them, or points [N, d] taken as they are;
    train with more than one. Returns [N] in [0, 1], float32 for images and float64 for
    points; a copy scores 0, up to rounding. Raises CourseError for other inputs.
    """
    distances = _nearest(images, train, NEIGHBOURS)  # [N, 50], ascending
    # all 50 equal to x: 0 / 0, which is a copy
    return distances[:, 0] / distances.mean(1).clamp(min=1e-12)


def nearest_distances(images: Images, train: Images) -> Tensor:
    """Distance |x - t_1| of each image to its nearest training image, [N].

    Takes, measures and refuses what `closeness` does.
    """
    return _nearest(images, train, 1)[:, 0]


def calibrate(unseen: Images, train: Images, rate: float = EXPECTED_RATE) -> float:
    """The closeness below which a share `rate` of real, unseen images fall."""
    return float(closeness(unseen, train).double().quantile(rate))


def near_copy_rate(images: Images, train: Images, threshold: float) -> float:
    """Share of images that are closer to the training set than `threshold`.

    With `threshold = calibrate(test, train)` the test images themselves give 1 %, a
    generator that invents gives about as much, and one that recites gives up to 100 %.
    """
    return float((closeness(images, train) < threshold).double().mean())


def _nearest(images: Images, train: Images, k: int) -> Tensor:
    """Distances [N, k] to the k nearest training images, or to all, ascending."""
    queries, known = _vectors(images), _vectors(train)
    if len(known) < 2:
        raise CourseError(
            "Near-copies need at least 2 training images to compare with."
        )
    if queries.shape[1:] != known.shape[1:] or queries.dtype != known.dtype:
        raise CourseError(
            "Images are compared with images, and points [N, d] with points of the same"
            f" d; got {list(images.shape)} and {list(train.shape)}."
        )
    known2, k = known.square().sum(1), min(k, len(known))
    return torch.cat(
        [_row_block(rows, known, known2, k) for rows in queries.split(ROWS)]
    )


def _row_block(rows: Tensor, known: Tensor, known2: Tensor, k: int) -> Tensor:
    # |x - t|^2 = |t|^2 - 2 x.t + |x|^2
    squared = torch.addmm(known2, rows, known.T, alpha=-2)
    squared += rows.square().sum(1, keepdim=True)
    return squared.topk(k, largest=False).values.clamp(min=0).sqrt()


def _vectors(images: Images) -> Tensor:
    """Images as halved vectors, float32 [N, 196]; points [N, d] as float64."""
    if images.ndim != 2:
        return avg_pool2d(to_float(checked(images)), 2).flatten(1)
    points = torch.as_tensor(images).detach().double()
    if not (len(points) and points.isfinite().all()):
        raise CourseError("Points [N, d] must be finite, and at least one of them.")
    return points
