"""The exercises of chapter 09, VAEs at work, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts09 import (
    bits,
    collapse,
    denoising,
    factors,
    filling,
    masks,
    outliers,
    returned,
    stack,
)

chapter = Chapter(
    "09",
    [
        denoising.guessed,
        filling.stepped,
        bits.cost,
        stack.pushed,
        masks.hidden,
        returned.returned,
        outliers.ranked,
        collapse.survive,
        collapse.floor,
        factors.lead,
    ],
)
