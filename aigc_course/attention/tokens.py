"""Text to tokens and back: one for each character. `byte_pairs` makes longer ones."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Characters:
    """A vocabulary of single characters, in the order of their code points.

    text: its characters are the symbols. replace: give characters that are not among
    them the symbol REPLACEMENT, in place of refusing them.

    >>> letters = Characters("abracadabra")
    >>> letters.encode("cab")
    tensor([2, 0, 1])
    >>> letters.decode([3, 0, 1])
    'dab'
    """

    def __init__(self, text: str | Iterable[str], replace: bool = False) -> None:
        symbols = set(text)
        if not symbols:
            raise CourseError("A vocabulary needs a text with at least one character.")
        if long := [s for s in symbols if len(s) != 1]:
            raise CourseError(f"Symbols are single characters, not {long[0]!r}.")
        self.replace = replace
        if replace:
            symbols.add(REPLACEMENT)
        self.symbols = sorted(symbols)
        self.index = {symbol: i for i, symbol in enumerate(self.symbols)}

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols)

    def encode(self, text: str) -> Tensor:
        """The number of each character, int64 [N].

        Raises CourseError for a character that is not in the vocabulary, unless the
        vocabulary replaces it.
        """
        other = self.index[REPLACEMENT] if self.replace else -1
        numbers = torch.tensor([self.index.get(c, other) for c in text]).long()
        if len(numbers) and int(numbers.min()) < 0:
            odd = text[int((numbers < 0).nonzero()[0])]
            raise CourseError(
                f"The character {odd!r} is not in the vocabulary of {self.size}"
                " characters: leave it out, or use a model that was trained with it."
            )
        return numbers

    def decode(self, tokens: Tensor | Sequence[int]) -> str:
        """The text of tokens [N]. Raises CourseError for numbers out of range."""
        return "".join(self.symbols[i] for i in in_range(tokens, self.size))

    def to_dict(self) -> dict[str, Any]:
        """For a file of a run folder."""
        symbols = "".join(self.symbols)
        return {"kind": "characters", "symbols": symbols, "replace": self.replace}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> "Characters":
        """The vocabulary that `to_dict` gave. Raises CourseError for anything else."""
        symbols, replace = saved.get("symbols"), saved.get("replace", False)
        fine = isinstance(symbols, str) and isinstance(replace, bool)
        if saved.get("kind") != "characters" or not fine:
            raise CourseError("This is not a saved vocabulary of characters.")
        made = cls(str(symbols), replace)
        if "".join(made.symbols) != symbols:
            raise CourseError("The saved vocabulary is damaged: its order is wrong.")
        return made


def in_range(tokens: Tensor | Sequence[int], size: int) -> list[int]:
    """The tokens as a list. Raises CourseError for numbers outside 0 to size - 1."""
    numbers = tokens.tolist() if isinstance(tokens, Tensor) else list(tokens)
    if odd := [n for n in numbers if not 0 <= n < size]:
        raise CourseError(f"Tokens go from 0 to {size - 1}; there is no {odd[0]}.")
    return numbers
