"""The form of a quatrain (絕句): four lines of five or seven characters, and its tones.

A regular quatrain is decided by the tones of the second, fourth and sixth character of
a line, and by those of the last one. Within a line they alternate. Lines 1 and 2 are
opposite, and lines 3 and 4; lines 2 and 3 are alike. Lines 2 and 4 end on a level tone
and rhyme, and line 3 ends on an oblique one. Line 1 may rhyme with them or end on an
oblique tone. So there are four patterns (Wang Li 1958, 漢語詩律學).

>>> show(pattern(7, level=True, first=True))
['·平·仄·平平', '·仄·平·仄平', '·仄·平·仄仄', '·平·仄·平平']
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from aigc_course.apps.verse.tones import Tones, table
from aigc_course.errors import CourseError

SIZES = (5, 7)
LINES = 4
MARKS = "，。，。"
FREE = 0  # of a place of a pattern: any tone; 1 is level, -1 oblique
Pattern = tuple[tuple[int, ...], ...]


def lines(poem: str) -> tuple[str, ...]:
    """The four lines of a quatrain, without marks.

    Raises CourseError for another number of lines, and for lines that are not all of
    five or all of seven characters.
    """
    plain = poem.strip().replace("，", "。").replace("\n", "。")
    found = tuple(line for line in plain.split("。") if line)
    sizes = {len(line) for line in found}
    if len(found) != LINES or sizes not in ({5}, {7}):
        raise CourseError(
            "A quatrain has four lines of five or four of seven characters, not"
            f" {[len(line) for line in found]}."
        )
    return found


def joined(parts: Sequence[str]) -> str:
    """Four lines with their marks, in one line of text."""
    return "".join(
        line + mark for line, mark in zip(parts, MARKS[: len(parts)], strict=True)
    )


def pattern(size: int, level: bool, first: bool) -> Pattern:
    """The tones of a regular quatrain, 4 rows of `size` numbers: 1, -1 or FREE.

    level: whether the second character of line 1 is level. first: whether line 1 ends
    on the rhyme.
    """
    if size not in SIZES:
        raise CourseError(f"A line has five or seven characters, not {size}.")
    rows = []
    for line in range(LINES):
        # lines 1 and 4 begin alike, lines 2 and 3 the other way
        start = (1 if level else -1) * (1 if line in (0, 3) else -1)
        row = [FREE] * size
        for n, place in enumerate(range(1, size - 1, 2)):
            row[place] = start * (-1) ** n
        row[-1] = 1 if line in (1, 3) or (line == 0 and first) else -1
        rows.append(tuple(row))
    return tuple(rows)


def patterns(size: int) -> list[Pattern]:
    """The four regular patterns of a size."""
    return [pattern(size, level, f) for level in (True, False) for f in (True, False)]


def show(wanted: Pattern) -> list[str]:
    """A pattern as text: 平 level, 仄 oblique, · any."""
    return ["".join("·平仄"[int(place)] for place in row) for row in wanted]


def fits(poem: Sequence[str], wanted: Pattern, tones: Tones | None = None) -> bool:
    """Whether the lines have the tones of a pattern; a doubtful tone fits all."""
    tones = tones or table()
    return all(
        tones.level(c) in (None, place == 1)
        for line, row in zip(poem, wanted, strict=True)
        for c, place in zip(line, row, strict=True)
        if place != FREE
    )


@dataclass(frozen=True)
class Verdict:
    """What is right in a quatrain.

    alternate: of each line, whether its tones alternate. regular: whether all its tones
    are those of one of the four patterns. rhyme: whether lines 2 and 4 rhyme, and do
    so with two different characters.
    """

    alternate: tuple[bool, ...]
    regular: bool
    rhyme: bool


def judge(poem: str | Sequence[str], tones: Tones | None = None) -> Verdict:
    """Tones and rhyme of a quatrain. Raises CourseError as `lines` does."""
    tones = tones or table()
    parts = lines(poem) if isinstance(poem, str) else tuple(poem)
    ends = parts[1][-1], parts[3][-1]
    return Verdict(
        tuple(alternates(line, tones) for line in parts),
        any(fits(parts, wanted, tones) for wanted in patterns(len(parts[0]))),
        ends[0] != ends[1] and tones.rhyme(*ends),
    )


def alternates(line: str, tones: Tones | None = None) -> bool:
    """Whether the tones of the second, fourth and sixth character alternate."""
    tones = tones or table()
    found = [tones.level(c) for c in line[1 : len(line) - 1 : 2]]
    # an even number of steps apart: alike, else opposite; a doubtful tone fits
    known = [(n, tone) for n, tone in enumerate(found) if tone is not None]
    return all((b - a) % 2 == (x != y) for (a, x), (b, y) in pairwise(known))
