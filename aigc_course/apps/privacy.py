"""What a generator gives away about who was in its training set."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aigc_course import metrics
from aigc_course.errors import CourseError

ROWS = 200  # pictures whose distances are taken at once
DRAWS, LEVEL, SEED = 1000, 0.95, 15


@dataclass(frozen=True)
class Membership:
    """How well an attack tells training images from others.

    auc: the chance that a member scores higher than a stranger; 0.5 is guessing.
    low, high: its 95 % interval by the bootstrap over images. advantage: the largest
    true positive rate less false positive rate of any threshold (Yeom et al. 2018).
    """

    auc: float
    low: float
    high: float
    advantage: float

    def __str__(self) -> str:
        return (
            f"AUC {self.auc:.3f} [{self.low:.3f}, {self.high:.3f}],"
            f" advantage {self.advantage:.3f}"
        )


def nearest(images: Tensor, samples: Tensor, k: int = 1) -> Tensor:
    """Mean distance from each image to its k nearest samples, float32 [N].

    In features of the shipped extractor. Raises CourseError for images the metrics
    refuse, and k outside 1 to the number of samples.
    """
    if not 1 <= k <= len(samples):
        raise CourseError(f"k is from 1 to {len(samples)} samples, not {k}.")
    here, there = metrics.features(images), metrics.features(samples)
    parts = [torch.cdist(rows, there) for rows in here.split(ROWS)]
    return torch.cat([d.topk(k, largest=False).values.mean(1) for d in parts])


def class_gaussians(
    images: Tensor,
    labels: Tensor,
    asked: Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Samples of a normal distribution for each class: no network, no training.

    x = m_c + sum_i e_i (x_i - m_c) / sqrt(n_c - 1),    e standard normal

    has the mean m_c and the covariance of the n_c images x_i of class c. What leaves
    [-1, 1] is clipped.

    images: float [N, 1, 28, 28] in [-1, 1]; labels: int [N]. asked: the classes wanted,
    int [M]. Returns [M, 1, 28, 28]. Raises CourseError for a class with fewer than 2
    images.
    """
    found = images.new_empty(len(asked), *images.shape[1:])
    for c in asked.unique().tolist():
        own, rows = images[labels == c].flatten(1), asked == c
        if len(own) < 2:
            raise CourseError(
                f"Class {c} has {len(own)} images; at least 2 are needed."
            )
        mean = own.mean(0)
        noise = torch.randn(int(rows.sum()), len(own), generator=generator)
        made = mean + noise @ (own - mean) / (len(own) - 1) ** 0.5
        found[rows] = made.clamp(-1, 1).view(-1, *images.shape[1:])
    return found


def membership(
    members: Tensor,
    strangers: Tensor,
    samples: Tensor,
    reference: Tensor | None = None,
    k: int = 1,
) -> Membership:
    """Attack a generator through its samples alone.

    score(x) = -d(x, samples), and with a reference set  d(x, reference) - d(x, samples)

    d as `nearest`: an image near to samples was perhaps learnt from (Chen et al. 2020,
    GAN-Leaks, sections 4 and 4.6). Calibration by real images that are neither members
    nor strangers takes out that some images are near to anything.

    members, strangers: images of the training set and others of the same kind, as
    `metrics.features` takes them. Raises CourseError as `nearest` does, and for fewer
    than 2 of either.
    """
    scores = []
    for images in (members, strangers):
        score = -nearest(images, samples, k)
        if reference is not None:
            score = score + nearest(images, reference, k)
        scores.append(score.double().numpy())
    return told_apart(*scores)


def told_apart(members: np.ndarray, strangers: np.ndarray) -> Membership:
    """AUC with interval, and advantage, of scores [N] and [M].

    AUC = P(member > stranger) + P(equal) / 2    (Mann & Whitney 1947)

    >>> told_apart(np.array([2.0, 3.0]), np.array([0.0, 1.0])).auc
    1.0
    """
    if min(len(members), len(strangers)) < 2:
        raise CourseError("Give at least 2 members and 2 strangers.")
    draw = np.random.default_rng(SEED)
    again = [
        auc(draw.choice(members, len(members)), draw.choice(strangers, len(strangers)))
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    places = np.concatenate([members, strangers])
    rates = [np.mean(s[:, None] >= places, axis=0) for s in (members, strangers)]
    return Membership(
        auc(members, strangers),
        float(low),
        float(high),
        float(np.max(rates[0] - rates[1]).clip(0)),
    )


def auc(members: np.ndarray, strangers: np.ndarray) -> float:
    """P(member > stranger) + P(equal) / 2, by ranks."""
    order = np.sort(strangers)
    below = np.searchsorted(order, members, "left")
    up_to = np.searchsorted(order, members, "right")
    return float((below + up_to).mean() / (2 * len(strangers)))
