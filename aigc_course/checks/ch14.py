"""The exercises of chapter 14, data decides, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts14 import doubt, found, noisy, sets, worth

chapter = Chapter(
    "14",
    [
        noisy.wrong_ones,
        noisy.behind,
        worth.worth,
        sets.single,
        doubt.bars,
        doubt.counts,
        found.quality,
        sets.even,
    ],
)
