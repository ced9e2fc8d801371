"""The exercises of chapter 06, when GANs fail, in the order of the chapter."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts06 import (
    diagnosis,
    gallery,
    interval,
    packs,
    penalty,
    smoothing,
    spectral,
    unrolling,
)

chapter = Chapter(
    "06",
    [
        diagnosis.reading,
        *gallery.EXERCISES,
        interval.rate,
        penalty.zero,
        spectral.power,
        unrolling.ahead,
        packs.side_by_side,
        packs.spread,
        smoothing.best,
    ],
)
