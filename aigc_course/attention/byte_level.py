"""Byte-level byte-pair encoding: any text to tokens and back, as GPT-2 does it.

A text is cut into words, a word into bytes, and neighbouring pieces are merged in the
order in which the merges were learned (Sennrich et al. 2016; Radford et al. 2019).
"""

import unicodedata
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from aigc_course.errors import CourseError

CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def symbols_of_bytes() -> list[str]:
    """A visible character for each of the 256 bytes, as GPT-2's vocabulary has them.

    >>> symbols_of_bytes()[ord("A")], symbols_of_bytes()[ord(" ")]
    ('A', 'Ġ')
    """
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    table, spare = [], 256
    for byte in range(256):
        table.append(chr(byte if byte in visible else spare))
        spare += byte not in visible
    return table


class ByteLevel:
    """A vocabulary with its merges, for encoding and decoding.

    pieces: each token, written with `symbols_of_bytes`. merges: pairs of pieces in the
    order in which they are merged. special: tokens that stand for no text; `encode`
    never makes them, so that a text cannot pretend to be one. unknown: the token of a
    byte that the vocabulary lacks; without one, it must have all 256.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        merges: Iterable[tuple[str, str]],
        special: Iterable[int] = (),
        unknown: int | None = None,
    ) -> None:
        self.pieces = list(pieces)
        self.special = frozenset(special)
        self.numbers = {piece: token for token, piece in enumerate(self.pieces)}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._symbols = symbols_of_bytes()
        self._bytes = {symbol: byte for byte, symbol in enumerate(self._symbols)}
        self._known: dict[str, list[int]] = {}  # words encoded before
        self.unknown = unknown
        missing = [s for s in self._symbols if s not in self.numbers]
        if missing and unknown is None:
            raise CourseError(
                f"The vocabulary lacks {len(missing)} of the 256 bytes, so some texts"
                " could not be encoded."
            )

    @property
    def size(self) -> int:
        """Number of tokens."""
        return len(self.pieces)

    def encode(self, text: str) -> Tensor:
        """Tokens of a text, int64 [N]. Any text can be encoded."""
        found: list[int] = []
        for word in words(text):
            if word not in self._known:
                self._known[word] = self._encode_word(word)
            found += self._known[word]
        return torch.tensor(found, dtype=torch.int64)

    def decode(self, tokens: Tensor | Iterable[int]) -> str:
        """The text of tokens; special ones show their names.

        Bytes that are not UTF-8, as after half of a character, become U+FFFD.
        Raises CourseError for a token outside the vocabulary.
        """
        numbers = tokens.tolist() if isinstance(tokens, Tensor) else list(tokens)
        return b"".join(map(self.bytes_of, numbers)).decode("utf-8", "replace")

    def bytes_of(self, token: int) -> bytes:
        """What one token stands for."""
        if not 0 <= token < self.size:
            raise CourseError(f"Tokens lie in 0 to {self.size - 1}; got {token}.")
        piece = self.pieces[token]
        if token in self.special or any(s not in self._bytes for s in piece):
            return piece.encode()
        return bytes(self._bytes[symbol] for symbol in piece)

    def _encode_word(self, word: str) -> list[int]:
        parts = [self._symbols[byte] for byte in word.encode("utf-8", "replace")]
        while len(parts) > 1:
            pairs = zip(parts[:-1], parts[1:], strict=True)
            first = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if first not in self.ranks:
                break
            parts = _merged(parts, first)
        unknown = 0 if self.unknown is None else self.unknown
        return [self.numbers.get(part, unknown) for part in parts]


def words(text: str) -> list[str]:
    """Cut a text as the vocabulary's makers did; the parts joined are the text.

    Each digit stands alone. Between digits GPT-2's rules hold: a run of letters, or of
    other signs, with the space before it; contractions; other white space.

    >>> words("It's 42 cm")
    ['It', "'s", ' ', '4', '2', ' cm']
    """
    kinds = [_kind(c) for c in text]
    found, i = [], 0
    while i < len(text):
        end = _end(text, kinds, i)
        found.append(text[i:end])
        i = end
    return found


def _end(text: str, kinds: Sequence[str], i: int) -> int:
    """Where the word that starts at i ends."""
    if kinds[i] == "digit":
        return i + 1
    if text[i] == "'":
        for short in CONTRACTIONS:
            if text.startswith(short, i):
                return i + len(short)
    start = i + (text[i] == " " and i + 1 < len(text))
    if kinds[start] in ("letter", "other"):
        return _run(kinds, start)
    if kinds[i] in ("letter", "other"):
        return _run(kinds, i)
    end = _run(kinds, i)  # white space
    # the last one belongs to the word behind it, or stands alone
    followed = end < len(text) and kinds[end] != "digit"
    return end - 1 if followed and end - i > 1 else end


def _run(kinds: Sequence[str], start: int) -> int:
    end = start
    while end < len(kinds) and kinds[end] == kinds[start]:
        end += 1
    return end


def _kind(character: str) -> str:
    category = unicodedata.category(character)[0]
    if category == "N":
        return "digit"
    if category == "L":
        return "letter"
    return "space" if character.isspace() else "other"


def _merged(parts: Sequence[str], pair: tuple[str, str]) -> list[str]:
    """The parts with each such pair joined, from the left."""
    found: list[str] = []
    i = 0
    while i < len(parts):
        both = tuple(parts[i : i + 2]) == pair
        found.append("".join(pair) if both else parts[i])
        i += 2 if both else 1
    return found
