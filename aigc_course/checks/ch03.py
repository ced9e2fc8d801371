"""The exercises of chapter 03, the loss derivations, in the order of the chapter."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts03 import (
    arrows,
    best,
    both_losses,
    bound,
    conjugate,
    dirac,
    penalty,
    radius,
    ratio,
    relativistic,
    slopes,
    softplus,
)

chapter = Chapter(
    "03",
    [
        ratio.ratio,
        slopes.slope,
        arrows.arrow,
        softplus.stable,
        both_losses.both,
        best.best,
        penalty.gradient,
        conjugate.fenchel,
        bound.estimate,
        relativistic.relative,
        dirac.move,
        radius.radius,
    ],
)
