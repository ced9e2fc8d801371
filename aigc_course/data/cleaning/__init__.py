"""Finding what is wrong with a data set: copies of pictures, and labels in doubt.

>>> from aigc_course import data
>>> digits = data.load("digits")
>>> len(remove(digits, repeated(data.corrupt.duplicates(0.5)(digits)))) < len(digits)
True

What is found is a list of rows: look at them before anything is removed.
"""

from aigc_course.data.cleaning.duplicates import (
    exact,
    firsts,
    hashes,
    near,
    repeated,
    shared,
)
from aigc_course.data.cleaning.labels import (
    Suspects,
    chances,
    confident_joint,
    label_errors,
    suspects,
)
from aigc_course.data.cleaning.remedies import balanced, relabel, remove

__all__ = [
    "Suspects",
    "balanced",
    "chances",
    "confident_joint",
    "exact",
    "firsts",
    "hashes",
    "label_errors",
    "near",
    "relabel",
    "remove",
    "repeated",
    "shared",
    "suspects",
]
