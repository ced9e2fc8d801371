"""The exercises of chapter 07, measuring generated data, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts07 import (
    copies,
    extrapolation,
    fooled_fid,
    fooled_recall,
    fooled_score,
    frechet,
    kernel,
    likelihood,
    neighbours,
    score,
)

chapter = Chapter(
    "07",
    [
        likelihood.windows,
        score.sure_and_varied,
        fooled_score.both_ways,
        frechet.between,
        fooled_fid.both_ways,
        extrapolation.line,
        kernel.pairs,
        neighbours.two_shares,
        fooled_recall.both_ways,
        copies.both_ways,
    ],
)
