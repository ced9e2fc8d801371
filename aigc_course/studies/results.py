"""What a study found: outcomes, medians, failure rates, and words for all of them."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval
from aigc_course.studies import registry
from aigc_course.studies.folder import read
from aigc_course.studies.study import Column
from aigc_course.studies.table import Table

FOLDER = Path(__file__).parent / "records"
SECONDS = Column("cpu_seconds", "", "lower")
NEEDED = {"columns", "methods", "cells", "rule", "scale"}
UNMEASURED = "(not measured yet)"


class Spread(NamedTuple):
    """A figure over seeds: median, least, greatest, and how many seeds have it."""

    median: float
    low: float
    high: float
    n: int


class Failures(NamedTuple):
    """How many seeds failed, of how many."""

    failed: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the failure rate, 0 to 1 (`share_interval`)."""
        return share_interval(self.failed, self.of)

    def __str__(self) -> str:
        return f"{self.failed} of {self.of}"


@dataclass(frozen=True)
class Record:
    """The outcomes of one study. `content` is record.json, {} when there is none yet.

    Shown in a notebook it is its table. Without content every figure is NaN, over 0
    seeds, so that a chapter still runs.
    """

    name: str
    content: dict[str, Any]

    @property
    def is_missing(self) -> bool:
        """Whether the study has not been run yet."""
        return not self.content

    @property
    def methods(self) -> list[str]:
        """The methods that were run, in the study's order."""
        return list(self.content.get("methods", {}))

    def awaits(self, method: str) -> bool:
        """Whether a method of the study has still to be run."""
        if method in self.methods or self.name not in registry.names():
            return False
        return method in registry.get(self.name).methods

    @property
    def columns(self) -> list[Column]:
        """Every column that the study measured, but for `cpu_seconds`."""
        return [Column(**column) for column in self.content.get("columns", [])]

    def column(self, name: str) -> Column:
        """The column of this name, "cpu_seconds" among them; CourseError if unknown."""
        known = {column.name: column for column in (*self.columns, SECONDS)}
        if name not in known and self.content:
            raise CourseError(
                f"The study {self.name} has no column {name!r}; it has"
                f" {', '.join(known)}."
            )
        return known.get(name, Column(name))

    def outcomes(self, method: str) -> list[dict[str, Any]]:
        """One dict a seed: seed, failed, status, cpu_seconds, and what was measured.

        Raises CourseError for an unknown method.
        """
        if method not in self.methods and self.content:
            raise CourseError(
                f"The study {self.name} has no method {method!r}; it has"
                f" {', '.join(self.methods)}."
            )
        cells = [c for c in self.content.get("cells", []) if c["method"] == method]
        return [{**cell.pop("outcome"), **cell} for cell in map(dict, cells)]

    def values(self, method: str, column: str) -> list[float]:
        """A column over the seeds; NaN where a seed has none."""
        name = self.column(column).name
        found = [outcome.get(name) for outcome in self.outcomes(method)]
        return [math.nan if value is None else float(value) for value in found]

    def summary(self, method: str, column: str) -> Spread:
        """Median, least and greatest over the seeds that have a finite value."""
        found = [v for v in self.values(method, column) if math.isfinite(v)]
        if not found:
            return Spread(math.nan, math.nan, math.nan, 0)
        return Spread(statistics.median(found), min(found), max(found), len(found))

    def failures(self, method: str) -> Failures:
        """How many seeds failed, by the study's rule."""
        outcomes = self.outcomes(method)
        return Failures(sum(o["failed"] for o in outcomes), len(outcomes))

    def place(self, method: str) -> dict[str, float]:
        """Coordinates of a method on the study's map; {} where there is none."""
        return self.content["methods"][method]["place"]

    def table(
        self,
        columns: Iterable[str] | None = None,
        methods: Iterable[str] | None = None,
    ) -> Table:
        """Methods in rows: failures, then median (least to greatest) of each column.

        methods: those that were run, unless named; one still to be run says so.
        Displays itself in a notebook; `str` is plain text.
        """
        if self.is_missing:
            return Table([], [], self.sentence())
        wanted = [self.column(c) for c in columns or [c.name for c in self.columns]]
        head = ["method", "failed", "95 % interval", *(c.title for c in wanted)]
        rows = [self._row(m, wanted) for m in methods or self.methods]
        return Table(head, rows, self.sentence())

    def sentence(self) -> str:
        """What a table or figure is of, in one or two sentences."""
        if self.is_missing:
            return (
                f"The study {self.name} has no record yet; `aigc study {self.name}`"
                " makes one."
            )
        of = sorted({self.failures(m).of for m in self.methods})
        seeds = " or ".join(map(str, of)) + (" seed" if of == [1] else " seeds")
        short = self.content["scale"]
        cut = f", at {100 * short:.3g} % of full length" if short < 1 else ""
        return (
            f"Median (least to greatest) over {seeds}{cut}. A seed has failed"
            f" when {self.content['rule']}."
        )

    def in_words(self, column: str | None = None) -> str:
        """What a figure of a column shows; without one, the failures of each method."""
        if self.is_missing:
            return self.sentence()
        if column is None:
            told = [f"{m} {self.failures(m)}" for m in self.methods]
            return f"Failed seeds of {self.name}: {'; '.join(told)}."
        what = self.column(column)
        told = [f"{m} {self._figure(m, what)}" for m in self.methods]
        return f"{what.title.capitalize()} of each seed: {'; '.join(told)}."

    def _row(self, method: str, columns: list[Column]) -> list[str]:
        if self.awaits(method):
            return [method, UNMEASURED, *[""] * (1 + len(columns))]
        failures = self.failures(method)
        low, high = failures.interval
        figures = [self._figure(method, column) for column in columns]
        return [
            method,
            str(failures),
            f"{100 * low:.0f} to {100 * high:.0f} %",
            *figures,
        ]

    def _figure(self, method: str, column: Column) -> str:
        spread = self.summary(method, column.name)
        if not spread.n:
            return "none"
        median, low, high = (written(v, column.kind) for v in spread[:3])
        return f"{median} ({low} to {high})"

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def record(name: str, folder: str | Path | None = None) -> Record:
    """The record of a study: the one that ships with the course, or a folder's own.

    One that was never made prints a sentence that says how to, and comes back empty.
    Raises CourseError for an unknown study and a damaged record.
    """
    found = find(name, folder)
    if found.is_missing:
        print(found.sentence())
    return found


def find(name: str, folder: str | Path | None = None) -> Record:
    """Read the record of a study as `record` does, but print nothing where it misses.

    Raises CourseError for an unknown study and a damaged file.
    """
    registry.source(name)
    file = Path(folder) / "record.json" if folder else FOLDER / f"{name}.json"
    if not file.exists():
        return Record(name, {})
    content = read(file, ".")
    if content.get("study") != name or not content.keys() >= NEEDED:
        raise CourseError(f"{file} is not a record of the study {name}.")
    return Record(name, content)


def written(value: float, kind: str) -> str:
    """A figure as it stands in a text.

    >>> [written(v, "count") for v in (8, 7.5, 1000)]
    ['8', '7.5', '1,000']
    >>> written(0.9824, "share"), written(0.012345, "number"), written(1234.5, "number")
    ('98.2 %', '0.0123', '1,234')
    """
    if math.isnan(value):
        return "none"
    if kind == "share":
        return f"{100 * value:.1f} %"
    if kind == "count":
        return f"{value:,.1f}".removesuffix(".0")
    # three digits that count, and no exponent
    digits = 2 - math.floor(math.log10(abs(value))) if value else 2
    return f"{value:,.{min(max(digits, 0), 6)}f}"
