"""How good a prediction of a film is, where the physics is known."""

import torch
from torch import Tensor

from aigc_course import metrics
from aigc_course.apps.video.scenes import SIZE, enlarged


def centroid(frames: Tensor) -> Tensor:
    """The mean place (x, y) of the ink of frames [..., 32, 32]: [..., 2].

    A frame without ink has its centroid in the middle.
    """
    ink = frames.clamp(min=0) + 1e-9
    x = (ink.sum(-2) * torch.arange(SIZE)).sum(-1)
    y = (ink.sum(-1) * torch.arange(SIZE)).sum(-1)
    return torch.stack([x, y], -1) / ink.sum((-2, -1))[..., None]


def mse(got: Tensor, want: Tensor) -> Tensor:
    """Mean square error of each frame number, [T], over films and pixels."""
    return (got - want).square().mean((0, 2, 3))


def centroid_error(got: Tensor, want: Tensor) -> Tensor:
    """Mean distance in pixels of the centroids, for each frame number, [T]."""
    return (centroid(got) - centroid(want)).norm(dim=-1).mean(0)


def kept(frames: Tensor, labels: Tensor) -> float:
    """Share of frames [n, 32, 32] whose digit is read as its label.

    The course's classifier reads it, cut out around its centroid and enlarged.
    """
    read = metrics.classify(enlarged(frames, centroid(frames)))
    return float((read == labels).float().mean())


def best_of(got: Tensor, want: Tensor) -> Tensor:
    """Mean square error of the best of k drawn frames, [n]; got [k, n, 32, 32]."""
    return (got - want).square().mean((2, 3)).amin(0)
