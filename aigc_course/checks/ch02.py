"""The exercises of chapter 02, the GAN objective, in the order of the chapter."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts02 import (
    bound,
    distance,
    pointwise,
    shifted,
    tabular,
    uphill,
    value,
    weights,
)

chapter = Chapter(
    "02",
    [
        value.worth,
        pointwise.best,
        uphill.slope,
        weights.weighted,
        distance.far,
        bound.bound,
        tabular.game,
        shifted.apart,
    ],
)
