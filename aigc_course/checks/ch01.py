"""The exercises of chapter 01, what a generative model is, in the chapter's order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts01 import (
    ancestral,
    divergence,
    likelihood,
    moments,
    noise,
    pixels,
    posterior,
    pushed,
    quantiles,
)

chapter = Chapter(
    "01",
    [
        quantiles.quantile,
        pushed.push,
        pixels.fit,
        likelihood.score,
        ancestral.draw,
        divergence.kl_of,
        moments.match,
        posterior.bayes,
        noise.mixed,
    ],
)
