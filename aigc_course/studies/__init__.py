"""Studies: one question, several methods, many seeds, and the record of all of it.

`aigc study ring-8` runs one; `studies.record("ring-8")` is what it found. The records
that ship with the course are in records/NAME.json, each a copy of the record.json that
the command has written.
"""

from aigc_course.studies.averages import Mean, mean, means
from aigc_course.studies.quote import quote
from aigc_course.studies.registry import get, names
from aigc_course.studies.results import (
    Failures,
    Record,
    Spread,
    find,
    record,
    written,
)
from aigc_course.studies.runner import run
from aigc_course.studies.study import Cell, Column, Method, Study
from aigc_course.studies.table import Table

__all__ = [
    "Cell",
    "Column",
    "Failures",
    "Mean",
    "Method",
    "Record",
    "Spread",
    "Study",
    "Table",
    "find",
    "get",
    "mean",
    "means",
    "names",
    "quote",
    "record",
    "run",
    "written",
]
