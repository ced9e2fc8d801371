"""The exercises of chapter 04, a first GAN, in the order of the chapter."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts04 import (
    counting,
    cross_entropy,
    descent,
    latents,
    loop,
    losses,
    step,
)

chapter = Chapter(
    "04",
    [
        latents.noise,
        cross_entropy.entropy,
        losses.for_d,
        descent.down,
        losses.for_g,
        descent.two,
        step.both,
        loop.round_and_round,
        counting.count,
    ],
)
