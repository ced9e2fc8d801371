"""What more detail costs: distortion against perceptual quality."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from aigc_course import metrics, validate
from aigc_course.errors import CourseError

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class TradeOff:
    """One way of restoring: `psnr` in decibels, how near to the originals.

    fid: how unlike other real pictures. share: of the second restorer in a mixture of
    two.
    """

    share: float
    psnr: float
    fid: float


def trade_off(
    first: Tensor,
    second: Tensor,
    originals: Tensor,
    others: Tensor,
    shares: Sequence[float] = SHARES,
) -> list[TradeOff]:
    """PSNR and FID of (1 - share) first + share second, for each share.

    first, second: two restorations of the pictures `originals`, [N, 1, 28, 28] in
    [-1, 1]: say a regression and a generator trained against D. PSNR is taken against
    the originals. FID is taken against `others`, real pictures [M, 1, 28, 28] that are
    none of the originals: a perfect restorer then has the FID of two real samples, and
    not 0. No restoration is best in both (Blau & Michaeli 2018, theorem 2), and
    mixtures of pixels give points between (Wang et al. 2018, section 3.4).

    Raises CourseError for images the metrics refuse, and shares outside [0, 1].
    """
    if first.shape != second.shape or first.shape != originals.shape:
        raise CourseError(
            "Both restorations have the shape of the originals,"
            f" {list(originals.shape)}; got {list(first.shape)} and"
            f" {list(second.shape)}."
        )
    for share in shares:
        validate.share(share, "A share")
    there = metrics.features(others)
    mixtures = ((share, (1 - share) * first + share * second) for share in shares)
    return [
        TradeOff(
            share,
            metrics.psnr(mixed, originals).mean,
            metrics.fid(metrics.features(mixed), there),
        )
        for share, mixed in mixtures
    ]
