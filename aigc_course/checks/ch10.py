"""The exercises of chapter 10, asking for what you want, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts10 import (
    auxiliary,
    bound,
    joined,
    judge,
    moved,
    projection,
    request,
    slant,
    truncated,
)

chapter = Chapter(
    "10",
    [
        joined.condition,
        projection.logits,
        auxiliary.both_questions,
        judge.corrected,
        bound.of_an_image,
        slant.by_moments,
        moved.along,
        truncated.tails,
        request.count_and_digit,
    ],
)
