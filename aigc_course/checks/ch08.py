"""The exercises of chapter 08, the VAE, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts08 import (
    components,
    divergence,
    grey,
    likelihood,
    noise,
    objective,
    plane,
    posterior,
    score,
    weights,
)

chapter = Chapter(
    "08",
    [
        likelihood.pixels,
        grey.values,
        posterior.line,
        weights.tightened,
        divergence.to_prior,
        noise.moved,
        score.weighted,
        components.best,
        objective.whole,
        plane.quantiles,
    ],
)
