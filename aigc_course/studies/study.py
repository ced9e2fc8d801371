"""What a study is: methods, seeds, measured columns, and when a seed has failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aigc_course.errors import CourseError

KINDS = ("count", "share", "number")


@dataclass(frozen=True)
class Column:
    """Name and meaning of one figure that every cell of a study measures.

    unit: in words, "" when the name says it. better: "higher", "lower", or "" where
    neither is. kind: how it is written, "count" (7.5), "share" (0.982 as 98.2 %) or
    "number" (three digits that count). Raises CourseError for another kind.
    """

    name: str
    unit: str = ""
    better: str = "higher"
    kind: str = "number"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CourseError(
                f"A column is a {', a '.join(KINDS)}; there is no {self.kind!r}."
            )

    @property
    def title(self) -> str:
        """The name as a heading: "high_quality" is "high quality"."""
        words = self.name.replace("_", " ")
        return f"{words} ({self.unit})" if self.unit else words


@dataclass(frozen=True)
class Cell:
    """One entry of the grid: what a method is run with.

    seed: the only source of chance. scale: share of the full length, 0 to 1. data: name
    of the image set, "" where none is used.
    """

    seed: int
    scale: float = 1.0
    data: str = ""

    def steps(self, full: int) -> int:
        """The number of steps to train, when `full` of them are the whole length.

        >>> Cell(seed=0, scale=0.25).steps(1000)
        250
        """
        return max(1, round(full * self.scale))


@dataclass(frozen=True)
class Method:
    """One row of a study's grid: a training that is run with every seed.

    run: makes a cell's outcome, a number for each column and whatever else is worth
    keeping (numbers, words, lists). config: all that it depends on, kept in the record.
    place: coordinates on a map, such as the two learning rates.
    """

    run: Callable[[Cell], Mapping[str, Any]]
    config: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    place: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A question, and the grid of methods and seeds that answers it.

    failed: from an outcome to whether the seed counts as failed; rule: the same in
    words. seconds: CPU time of a typical cell at full length. data: "" for none, else
    the name of an image set ("auto": MNIST where it can be had, else the digits).
    judge: from a method's config and the tensor that its run returned as "samples" to
    the columns. The samples are kept beside the outcome, so that columns and rule can
    change and no training has to be repeated.
    """

    name: str
    question: str
    methods: Mapping[str, Method]
    columns: tuple[Column, ...]
    failed: Callable[[Mapping[str, Any]], bool]
    rule: str
    seconds: float
    seeds: int = 10
    data: str = ""
    judge: Callable[[Mapping[str, Any], Any], Mapping[str, Any]] | None = None

    def method(self, name: str) -> Method:
        """The method of this name. Raises CourseError, listing those there are."""
        if name not in self.methods:
            raise CourseError(
                f"The study {self.name} has no method {name!r}; it has"
                f" {', '.join(self.methods)}."
            )
        return self.methods[name]
