"""The exercises of chapter 05, the DCGAN project, in the order of the chapter."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts05 import (
    convolution,
    cost,
    discriminator_loss,
    discriminator_step,
    generator_step,
    learning_curves,
    long_runs,
    pixels,
    slerp,
)

chapter = Chapter(
    "05",
    [
        pixels.to_bytes,
        convolution.by_hand,
        convolution.size_of,
        cost.cost,
        discriminator_loss.loss,
        learning_curves.at,
        discriminator_step.step,
        generator_step.step,
        long_runs.fall,
        long_runs.ema,
        slerp.walk,
    ],
)
