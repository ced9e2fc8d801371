"""What a student has reached: the best of each exercise, points, totals by chapter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aigc_course.grading.rows import Row

# an answer was there and was judged: worth the share that `partial` gives
_ATTEMPTED = frozenset({"misconception", "wrong"})


@dataclass(frozen=True)
class Marks:
    """Of one student. best: a row for each exercise. broken: rows of unreadable files.

    points, out_of: chapter -> number; out_of counts every exercise of the chapter.
    """

    best: tuple[Row, ...]
    broken: tuple[Row, ...]
    points: dict[str, float]
    out_of: dict[str, float]

    @property
    def total(self) -> float:
        """Points over all chapters."""
        return sum(self.points.values())

    @property
    def most(self) -> float:
        """What could be reached over all chapters."""
        return sum(self.out_of.values())


def marks(rows: Sequence[Row], out_of: dict[str, float], partial: float = 0.0) -> Marks:
    """Marks from all rows of a student, of one notebook or of several.

    out_of: chapter -> points of the chapter (see `possible`). partial: the share of an
    exercise's points that a judged answer earns which is not right, 0 to 1.
    """
    best: dict[str, Row] = {}
    for row in rows:
        old = best.get(row.exercise)
        if row.exercise and (old is None or _rank(row, partial) > _rank(old, partial)):
            best[row.exercise] = row
    points = {chapter_of(row): 0.0 for row in best.values()}
    for row in best.values():
        points[chapter_of(row)] += earned(row, partial)
    points = {one: round(value, 2) for one, value in points.items()}
    broken = tuple(row for row in rows if not row.exercise)
    return Marks(tuple(best.values()), broken, points, {c: out_of[c] for c in points})


def earned(row: Row, partial: float = 0.0) -> float:
    """The points of one exercise, partial credit included."""
    return row.out_of * partial if row.status in _ATTEMPTED else float(row.points)


def possible(rows: Iterable[Row]) -> dict[str, float]:
    """Chapter -> the points of all its exercises, from the rows of a class."""
    each = {row.exercise: row.out_of for row in rows if row.exercise}
    found: dict[str, float] = {}
    for exercise, points in each.items():
        chapter = exercise.partition(".")[0]
        found[chapter] = found.get(chapter, 0.0) + points
    return dict(sorted(found.items()))


def chapter_of(row: Row) -> str:
    """Two digits."""
    return row.exercise.partition(".")[0]


def _rank(row: Row, partial: float) -> tuple[float, bool]:
    """More points first, then an answer before none."""
    return earned(row, partial), row.status not in ("not attempted", "missing")
