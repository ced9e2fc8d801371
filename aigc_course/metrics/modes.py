"""Counting modes: how many are reached, how cleanly, how evenly."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError

NEAR = 3.0  # standard deviations from a centre within which a sample is high quality


@dataclass(frozen=True)
class ModeReport:
    """What `modes` found.

    covered: modes with at least one sample within 3 standard deviations of the centre.
    high_quality: share of samples within 3 standard deviations of a centre, 0 to 1.
    kl: KL(samples || even) over the modes, each sample counted for its nearest centre,
    in nats: 0 when all modes get the same share, log k when one of k gets everything.
    """

    covered: int
    high_quality: float
    kl: float

    def __str__(self) -> str:
        return (
            f"{self.covered} modes covered, {self.high_quality:.1%} of high quality,"
            f" KL {self.kl:.2f}"
        )


def modes(samples: Tensor, centres: Tensor, std: float) -> ModeReport:
    """Modes covered, share of high-quality samples, and evenness over the modes.

    The protocol of Lin et al. 2018 (PacGAN, section 4.1), who draw 2,500 samples;
    figures with another number of samples are not comparable. Their reverse KL compares
    with the shares of real test samples; the modes here have equal weights, so it
    compares with 1/k exactly.

    samples: [n, d]. centres: [k, d]. std: of a mode, in each direction. Raises
    CourseError when shapes do not fit, a sample is not finite, or std is not positive.

    >>> centres = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    >>> print(modes(torch.tensor([[0.0, 0.02], [0.4, 0.0]]), centres, std=0.01))
    1 modes covered, 50.0% of high quality, KL 0.69
    """
    _check(samples, centres, std)
    points = samples.detach().double()
    distances = torch.cdist(
        points,
        centres.to(points),
        compute_mode="donot_use_mm_for_euclid_dist",  # exact near 0
    )  # [n, k]
    nearest, mode = distances.min(dim=1)
    near = nearest <= NEAR * std
    shares = torch.bincount(mode, minlength=len(centres)).double() / len(samples)
    # KL(p || 1/k) = sum_i p_i log(k p_i), with 0 log 0 = 0
    kl = torch.special.xlogy(shares, shares * len(centres)).sum()
    return ModeReport(
        covered=int(mode[near].unique().numel()),
        high_quality=float(near.double().mean()),
        kl=max(float(kl), 0.0),
    )


def _check(samples: Tensor, centres: Tensor, std: float) -> None:
    if samples.ndim != 2 or centres.ndim != 2 or samples.shape[1] != centres.shape[1]:
        raise CourseError(
            "Modes are counted for samples [n, d] and centres [k, d]; these have shapes"
            f" {list(samples.shape)} and {list(centres.shape)}."
        )
    if not len(samples) or not len(centres):
        raise CourseError("Modes need at least one sample and one centre.")
    if not (math.isfinite(std) and std > 0):
        raise CourseError(f"The standard deviation of a mode is positive, not {std}.")
    if not samples.isfinite().all():
        raise CourseError("Some samples are not finite: the generator has diverged.")
