"""The exercises of chapter 15, applications on images, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts15 import (
    adain,
    advantage,
    agreement,
    best_answer,
    cycle,
    epsilon,
    gram,
    information,
    inversion,
    seam,
    wrapped,
)

chapter = Chapter(
    "15",
    [
        inversion.misfit,
        agreement.concord,
        best_answer.guess,
        cycle.round_trip,
        gram.products,
        adain.dressed,
        information.known,
        advantage.lead,
        epsilon.budget,
        wrapped.around,
        seam.join,
    ],
)
