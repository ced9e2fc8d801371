"""Restoring images without learning: what a trained model has to be better than.

>>> from aigc_course import classical
>>> best = classical.best_filter(noisy, clean)       # doctest: +SKIP
>>> best(others)                                     # doctest: +SKIP

Images are float [N, 1, 28, 28], clean ones in [-1, 1]; noise may leave that range. Its
standard deviation is twice what it is on the [0, 1] scale. Filters see the noise as it
is, for clipping first would brighten black, and give images in [-1, 1].

The modules `counts` and `online` predict text by counting n-grams (chapter 12).
"""

from aigc_course.classical.filters import (
    gaussian,
    median,
    non_local_means,
    total_variation,
)
from aigc_course.classical.inpainting import inpaint
from aigc_course.classical.lookup import look_up
from aigc_course.classical.search import FILTERS, Filter, Trial, best_filter, trials

__all__ = [
    "FILTERS",
    "Filter",
    "Trial",
    "best_filter",
    "gaussian",
    "inpaint",
    "look_up",
    "median",
    "non_local_means",
    "total_variation",
    "trials",
]
