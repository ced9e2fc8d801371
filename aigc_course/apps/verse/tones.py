"""Tone and rhyme of characters, from the table that comes with the course.

Middle Chinese has level (平) and oblique (仄) tones; verse sets one against the other.
Its rhymes are those of the Pingshui yun, a book of 106 rhymes. `texts/tones.md` says
where the table is from and what it cannot do.

>>> tones = table()
>>> tones.level("花"), tones.level("月"), tones.level("看")
(True, False, None)
>>> tones.rhyme("花", "家"), tones.rhyme("花", "江")
(True, False)
"""

from functools import cache

from aigc_course.data import shipped
from aigc_course.data.sequences.text import FOLDER

SHA = "96d2bb8f1387fcbeee34b2ec137ead3ae7fe9891d5c9f41ef824d981d3a2d686"
LEVEL, OBLIQUE, EITHER = "平", "仄", "○"


class Tones:
    """Tones and rhymes of characters.

    names: of the rhymes, such as 上平聲一東. rows: character, tone, numbers of rhymes.
    """

    def __init__(self, names: list[str], rows: dict[str, tuple[str, frozenset[int]]]):
        self.names, self.rows = names, rows
        self.level_rhymes = frozenset(
            n for n, name in enumerate(names) if LEVEL in name
        )

    def tone(self, character: str) -> str:
        """LEVEL, OBLIQUE, or EITHER, also for a character that is not in the table."""
        return self.rows[character][0] if character in self.rows else EITHER

    def level(self, character: str) -> bool | None:
        """Whether the tone is level; None where it may be either."""
        found = self.tone(character)
        return None if found == EITHER else found == LEVEL

    def rhymes(self, character: str) -> frozenset[int]:
        """The numbers of its rhymes, 0 to 105; empty for an unknown character."""
        return self.rows[character][1] if character in self.rows else frozenset()

    def rhyme(self, *characters: str) -> bool:
        """Whether all the characters share a rhyme of the book."""
        return bool(frozenset.intersection(*map(self.rhymes, characters)))


@cache
def table() -> Tones:
    """The table that comes with the course. DataError where its file is damaged."""
    path = FOLDER / "tones.xz"
    content = shipped.unpacked(path, SHA, "table")
    first, *rows = content.decode().splitlines()
    return Tones(first.split(), {row[0]: (row[1], _numbers(row[2:])) for row in rows})


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(",") if part)
