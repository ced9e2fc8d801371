"""Quatrains as rows of tokens: a grid of lines and columns, read line by line.

A line stands at the right end of its row. So the last five characters of a line of
seven stand where those of a line of five stand, and have the same tones. The two free
columns of a short line hold a blank.

>>> letters = Letters("春江花月夜")
>>> letters.encode([("春江花月夜",)], Grid(1, 7))[0].tolist()
[6, 5, 5, 1, 3, 4, 2, 0]
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.apps.verse.forms import LINES
from aigc_course.attention.tokens import Characters
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Grid:
    """How many lines a poem has, and how many columns."""

    lines: int = LINES
    columns: int = 7

    @property
    def places(self) -> int:
        """Tokens of a poem, without the start."""
        return self.lines * self.columns


QUATRAIN = Grid()


class Letters:
    """The characters of poems as tokens 0 to N - 1, then the blank and the start."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.known = Characters(characters)
        self.blank, self.start = self.known.size, self.known.size + 1
        self.vocabulary = self.known.size + 2

    @property
    def symbols(self) -> str:
        """The characters in the order of their tokens."""
        return "".join(self.known.symbols)

    def token(self, character: str) -> int:
        """The number of a character. CourseError where it is not known."""
        if character not in self.known.index:
            raise CourseError(
                f"The model does not know {character!r}: use one of the"
                f" {self.known.size:,} traditional characters that it has read, such as"
                " 東 and not 东."
            )
        return self.known.index[character]

    def encode(self, poems: Sequence[Sequence[str]], grid: Grid = QUATRAIN) -> Tensor:
        """Start, then the grid of each poem, int64 [N, 1 + places].

        Raises CourseError for poems that do not fit into the grid.
        """
        rows = torch.full((len(poems), 1 + grid.places), self.blank)
        rows[:, 0] = self.start
        for row, poem in zip(rows, poems, strict=True):
            sizes = {len(line) for line in poem}
            if len(poem) != grid.lines or not sizes <= set(range(1, grid.columns + 1)):
                raise CourseError(
                    f"A poem has {grid.lines} lines of at most {grid.columns}"
                    f" characters here; got {[len(line) for line in poem]}."
                )
            for n, line in enumerate(poem):
                end = 1 + (n + 1) * grid.columns
                row[end - len(line) : end] = self.known.encode(line)
        return rows

    def decode(self, tokens: Tensor, grid: Grid = QUATRAIN) -> list[tuple[str, ...]]:
        """The lines of poems from their tokens [N, 1 + places]."""
        found, symbols = [], self.known.symbols
        for row in tokens[:, 1:].reshape(-1, grid.lines, grid.columns).tolist():
            lines = ["".join(symbols[t] for t in ln if t < self.blank) for ln in row]
            found.append(tuple(lines))
        return found

    def counts(self, tokens: Tensor) -> Tensor:
        """Which predictions are judged: those of characters, bool [N, places]."""
        return tokens[:, 1:] < self.blank
