"""A vocabulary of characters and of some whole words."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.errors import CourseError

PAD = "·"
CHARACTERS = "\n abcdefghijklmnopqrstuvwxyz0123456789.,?!'-+=:;<>/[]()"
PIECES = re.compile(r" ?[a-z]+|[^a-z]", re.DOTALL)


class Lexicon:
    """Text as tokens: a known word is one token, any other is spelt. 0 is padding.

    A word has two tokens, with and without the space before it. Capitals become small
    letters.

    >>> words = Lexicon(["good"])
    >>> [words.symbols[t] for t in words.encode("Good, a good ox")]
    ['good', ',', ' ', 'a', ' good', ' ', 'o', 'x']
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        words = list(dict.fromkeys(words))
        self.words = words
        spaced = [" " + word for word in words]
        self.symbols = [PAD, *CHARACTERS, *words, *spaced]
        self.index = {symbol: n for n, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, text: str) -> Tensor:
        """Tokens, int [N]. Raises CourseError for a character without a token."""
        text = text.lower()
        unknown = sorted(set(text) - set(CHARACTERS))
        if unknown:
            raise CourseError(
                f"No token for {''.join(unknown)!r}; there are letters, digits and"
                f" {CHARACTERS[38:]}."
            )
        found: list[int] = []
        for piece in PIECES.findall(text):
            known = self.index.get(piece)
            found += [known] if known else [self.index[c] for c in piece]
        return torch.tensor(found, dtype=torch.long)

    def decode(self, tokens: Tensor) -> str:
        """The text of tokens [N], without the padding."""
        return "".join(self.symbols[t] for t in tokens.tolist() if t)
