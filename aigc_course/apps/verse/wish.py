"""What is asked of a quatrain, as the tokens that may stand at each place.

>>> one = Wish(size=5, acrostic="春江花月", pattern=(True, False))
>>> one.tones()[0]
(0, 1, 0, -1, -1)
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.apps.verse.forms import FREE, LINES, SIZES, Pattern, pattern
from aigc_course.apps.verse.grid import QUATRAIN, Letters
from aigc_course.apps.verse.tones import table
from aigc_course.errors import CourseError

FEWEST = 8  # characters that a rhyme needs among those that are known


@dataclass(frozen=True)
class Wish:
    """A quatrain as asked for.

    size: characters in a line, 5 or 7. acrostic: how the four lines begin (藏頭), or
    "". pattern: whether the second character of line 1 is level, and whether line 1
    rhymes; None leaves all tones free. rhyme: whether lines 2 and 4 have to rhyme; a
    pattern includes that. Raises CourseError for other sizes and acrostics.
    """

    size: int = 7
    acrostic: str = ""
    pattern: tuple[bool, bool] | None = None
    rhyme: bool = False

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise CourseError(f"A line has 5 or 7 characters, not {self.size}.")
        if self.acrostic and len(self.acrostic) != LINES:
            raise CourseError(
                "An acrostic has four characters, one for each line, not"
                f" {len(self.acrostic)}."
            )

    def tones(self) -> Pattern | None:
        """The pattern of tones, if one is asked for."""
        return pattern(self.size, *self.pattern) if self.pattern is not None else None

    @property
    def rhymed(self) -> tuple[int, ...]:
        """The lines whose ends rhyme."""
        if self.pattern is not None:
            return (0, 1, 3) if self.pattern[1] else (1, 3)
        return (1, 3) if self.rhyme else ()


class Allowed:
    """Which tokens may follow those so far: bool [V] for tokens [1 + t].

    letters: of the model. Raises CourseError for an acrostic that it does not know.
    """

    def __init__(self, letters: Letters, wish: Wish) -> None:
        self.wish, self.letters, self.skipped = wish, letters, 7 - wish.size
        v, tones = letters.vocabulary, table()
        self.heads = [letters.token(c) for c in wish.acrostic]
        self.tones = wish.tones()
        self.characters = torch.arange(v) < letters.blank
        levels = [tones.level(c) for c in letters.symbols]
        self.of_tone = {
            1: _padded([found is not False for found in levels], v),
            -1: _padded([found is not True for found in levels], v),
        }
        self.rhymes = torch.zeros(v, len(tones.names), dtype=torch.bool)
        for n, character in enumerate(letters.symbols):
            self.rhymes[n, sorted(tones.rhymes(character))] = True
        if wish.pattern is not None:
            is_level = [n in tones.level_rhymes for n in range(len(tones.names))]
            self.rhymes &= torch.tensor(is_level)
        self.rhymes &= self.rhymes.sum(dim=0) >= FEWEST

    def __call__(self, tokens: Tensor) -> Tensor:
        """Bool [V]: what may stand at the next place of the grid."""
        line, column = divmod(len(tokens) - 1, QUATRAIN.columns)
        place = column - self.skipped  # in the line
        if place < 0:
            return torch.arange(self.letters.vocabulary) == self.letters.blank
        may = self.characters.clone()
        if self.heads and place == 0:
            may &= torch.arange(len(may)) == self.heads[line]
        if self.tones is not None and self.tones[line][place] != FREE:
            may &= self.of_tone[self.tones[line][place]]
        if place == self.wish.size - 1 and line in self.wish.rhymed:
            may &= self._rhyming(tokens, line)
        return may

    def _rhyming(self, tokens: Tensor, line: int) -> Tensor:
        """What rhymes with the ends so far, and is none of them: bool [V]."""
        before = [n for n in self.wish.rhymed if n < line]
        ends = tokens[[(n + 1) * QUATRAIN.columns for n in before]].tolist()
        common = torch.ones(self.rhymes.shape[1], dtype=torch.bool)
        for end in ends:
            common &= self.rhymes[end]
        may = (self.rhymes & common).any(dim=1)
        may[torch.tensor(ends, dtype=torch.long)] = False
        return may


def _padded(values: list[bool], size: int) -> Tensor:
    """Bool [size], False for the tokens that are no characters."""
    return torch.tensor(values + [False] * (size - len(values)))
