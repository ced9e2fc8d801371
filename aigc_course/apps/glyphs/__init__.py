"""A new glyph from a few examples: personalised generation (chapter 16).

A flow learns MNIST without one digit (`base`). Then it is shown a few examples of that
digit and learns it in one of the `WAYS`: one condition vector, additions of low rank,
or all weights, with the old classes beside or without (`learn`). Rivals without
learning: `rivals`. Judgement: `measure.Judge` and `measure.Memory`.

>>> sorted(WAYS)
['full', 'full, prior', 'lora', 'lora, prior', 'vector']
"""

from aigc_course.apps.glyphs import base, measure, rivals
from aigc_course.apps.glyphs.learner import (
    WAYS,
    Examples,
    Personal,
    Told,
    Way,
    drawn,
    learn,
    preserved,
)
from aigc_course.apps.glyphs.measure import Judge, Memory

__all__ = [
    "WAYS",
    "Examples",
    "Judge",
    "Memory",
    "Personal",
    "Told",
    "Way",
    "base",
    "drawn",
    "learn",
    "measure",
    "preserved",
    "rivals",
]
