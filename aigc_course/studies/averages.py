"""Means over seeds with their intervals, and how much more one method has than another.

A median says what a typical seed gives. Where methods are compared that differ by
little, the mean has an interval, and a difference seed by seed a narrower one.
"""

import math
import statistics
from collections.abc import Iterable
from typing import NamedTuple

from aigc_course.studies.results import UNMEASURED, Record, written
from aigc_course.studies.study import Column
from aigc_course.studies.table import Table

LEVEL = 0.95


class Mean(NamedTuple):
    """Mean over n seeds, and the ends of its 95 % interval (NaN below 2 seeds)."""

    value: float
    low: float
    high: float
    n: int


def mean(record: Record, method: str, column: str, against: str = "") -> Mean:
    """The mean of a column over the seeds, with Student's interval.

    m -+ t s / sqrt(n)  with t the 97.5 % point for n - 1 degrees  (Student 1908)

    against: another method; then of the differences to it, seed by seed, so that what
    a seed does to both drops out. Seeds without a finite value are left out. Raises
    CourseError for an unknown method or column.
    """
    values = _by_seed(record, method, column)
    if against:
        other = _by_seed(record, against, column)
        values = {s: v - other[s] for s, v in values.items() if s in other}
    return interval(list(values.values()))


def interval(values: Iterable[float]) -> Mean:
    """Mean and 95 % interval of independent values.

    >>> [round(x, 3) for x in interval([1.0, 2.0, 3.0])[:3]]
    [2.0, -0.484, 4.484]
    """
    found = list(values)
    n = len(found)
    if n < 2:
        return Mean(found[0] if found else math.nan, math.nan, math.nan, n)
    from scipy.special import stdtrit  # takes a while to load

    m, s = statistics.mean(found), statistics.stdev(found)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * s / math.sqrt(n)
    return Mean(m, m - half, m + half, n)


def means(
    record: Record, column: str, methods: Iterable[str] | None = None, against: str = ""
) -> Table:
    """Methods in rows: the mean of a column and its interval.

    methods: those that were run, unless named; one still to be run says so. against: a
    method to take differences to, in two columns more.
    """
    if record.is_missing:
        return Table([], [], record.sentence())
    what = record.column(column)
    head = ["method", what.title, "95 % interval"]
    if against:
        head += [f"more than {against}", "95 % interval"]
    rows = [_row(record, m, what, against) for m in methods or record.methods]
    return Table(head, rows, sentence(record))


def sentence(record: Record) -> str:
    """Say over how many seeds the means of a record are taken."""
    if record.is_missing:
        return record.sentence()
    of = sorted({record.failures(m).of for m in record.methods})
    seeds = " or ".join(map(str, of)) + (" seed" if of == [1] else " seeds")
    return f"Means over {seeds}, with 95 % intervals by Student's t."


def in_words(found: Mean, kind: str) -> tuple[str, str]:
    """The mean and its interval as they stand in a text."""
    value, low, high = (written(v, kind) for v in found[:3])
    return value, f"{low} to {high}" if found.n > 1 else "one seed"


def _row(record: Record, method: str, column: Column, against: str) -> list[str]:
    width = 5 if against else 3
    if record.awaits(method):
        return [method, UNMEASURED, *[""] * (width - 2)]
    row = [method, *in_words(mean(record, method, column.name), column.kind)]
    if against == method:
        return [*row, "", ""]
    if against:
        more = mean(record, method, column.name, against)
        row += in_words(more, column.kind)
    return row


def _by_seed(record: Record, method: str, column: str) -> dict[int, float]:
    seeds = [outcome["seed"] for outcome in record.outcomes(method)]
    values = zip(seeds, record.values(method, column), strict=True)
    return {seed: value for seed, value in values if math.isfinite(value)}
