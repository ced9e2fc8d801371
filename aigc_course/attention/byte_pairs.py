"""Byte-pair encoding: join the pair of tokens that meets most often, again and again.

Gage 1994; for language models Sennrich, Haddow and Birch 2016, and on bytes Radford et
al. 2019. The text is cut into pieces first, a word with the blank before it, so that no
token reaches over the end of a word.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from aigc_course.attention.tokens import in_range
from aigc_course.errors import CourseError

PIECES = re.compile(r" ?\w+| ?[^\w\s]+|\s+")
BYTES = 256
Pair = tuple[int, int]


class BytePairs:
    """A vocabulary of byte strings: the 256 bytes, and one more for each merge.

    merges: pairs of tokens in the order in which they are joined. Where a pair makes a
    string that is a token already, no new token is made. Raises CourseError for pairs
    of tokens that are not there yet.

    >>> pairs = BytePairs.train("low lower lowest", merges=3)
    >>> pairs.symbols[BYTES:]
    [b'lo', b'low', b' low']
    >>> pairs.decode(pairs.encode("slow"))
    'slow'
    """

    def __init__(self, merges: Sequence[Pair] = ()) -> None:
        self.symbols = [bytes([value]) for value in range(BYTES)]
        self.ranks: dict[Pair, int] = {}  # a pair's place among the merges
        self.joined: dict[Pair, int] = {}  # the token that it becomes
        self._numbers = {symbol: i for i, symbol in enumerate(self.symbols)}
        for pair in merges:
            self._add(*pair)
        self._encoded = lru_cache(50_000)(self._encode_piece)

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols)

    @property
    def merges(self) -> list[Pair]:
        """The pairs, in the order in which they are joined."""
        return list(self.ranks)

    @classmethod
    def train(cls, text: str, merges: int) -> "BytePairs":
        """Learn `merges` pairs from a text; fewer where no pair is left.

        Of pairs that meet equally often the one with the smaller numbers is joined
        first. Raises CourseError for an empty text and a negative number of merges.
        """
        if not text or merges < 0:
            raise CourseError("Byte pairs need a text, and 0 or more merges.")
        made = cls()
        often = Counter(PIECES.findall(text))
        words = [list(piece.encode()) for piece in often]
        times = list(often.values())
        met: Counter[Pair] = Counter()  # how often the two tokens of a pair meet
        where: defaultdict[Pair, set[int]] = defaultdict(set)  # in which words
        for i, word in enumerate(words):
            for pair in zip(word, word[1:], strict=False):
                met[pair] += times[i]
                where[pair].add(i)
        for _ in range(merges):
            # the most frequent pair; of equals the smallest numbers
            best = max(met, key=lambda p: (met[p], -p[0], -p[1]), default=None)
            if best is None or met[best] < 1:
                break
            token = made._add(*best)
            for i in where.pop(best):
                old, words[i] = words[i], merge(words[i], best, token)
                for pair in zip(old, old[1:], strict=False):
                    met[pair] -= times[i]
                for pair in zip(words[i], words[i][1:], strict=False):
                    met[pair] += times[i]
                    where[pair].add(i)
            del met[best]
        return made

    def encode(self, text: str) -> Tensor:
        """The tokens of any text, int64 [N]."""
        pieces = PIECES.findall(text)
        return torch.tensor(
            [t for piece in pieces for t in self._encoded(piece)]
        ).long()

    def decode(self, tokens: Tensor | Sequence[int]) -> str:
        """The text of tokens [N]; what is no UTF-8 becomes replacement characters.

        Raises CourseError for numbers out of range.
        """
        found = b"".join(self.symbols[i] for i in in_range(tokens, self.size))
        return found.decode(errors="replace")

    def to_dict(self) -> dict[str, Any]:
        """For a file of a run folder."""
        return {"kind": "byte pairs", "merges": [list(pair) for pair in self.merges]}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> "BytePairs":
        """The vocabulary that `to_dict` gave. Raises CourseError for anything else."""
        merges = saved.get("merges")
        if saved.get("kind") != "byte pairs" or not isinstance(merges, list):
            raise CourseError("This is not a saved vocabulary of byte pairs.")
        return cls(list(_pairs(merges)))

    def _add(self, left: int, right: int) -> int:
        if max(left, right) >= self.size or min(left, right) < 0:
            raise CourseError(f"A merge joins tokens there are, not {left}, {right}.")
        string = self.symbols[left] + self.symbols[right]
        token = self._numbers.setdefault(string, self.size)
        if token == self.size:
            self.symbols.append(string)
        self.ranks[left, right] = len(self.ranks)
        self.joined[left, right] = token
        return token

    def _encode_piece(self, piece: str) -> list[int]:
        """Join, among the pairs that are there, always the one learnt first."""
        word = list(piece.encode())
        last = len(self.ranks)
        while len(word) > 1:
            pairs = zip(word, word[1:], strict=False)
            best = min(pairs, key=lambda pair: self.ranks.get(pair, last))
            if best not in self.ranks:
                break
            word = merge(word, best, self.joined[best])
        return word


def merge(tokens: Sequence[int], pair: Pair, token: int) -> list[int]:
    """The tokens with `token` in place of each `pair`, from left to right.

    >>> merge([1, 1, 1, 2], (1, 1), 9)
    [9, 1, 2]
    """
    merged: list[int] = []
    i = 0
    while i < len(tokens):
        met = tuple(tokens[i : i + 2]) == pair
        merged.append(token if met else tokens[i])
        i += 2 if met else 1
    return merged


def _pairs(saved: list[Any]) -> Iterator[Pair]:
    for pair in saved:
        whole = isinstance(pair, list) and [type(i) for i in pair] == [int, int]
        if not whole:
            raise CourseError("The saved vocabulary is damaged: a merge is no pair.")
        yield pair[0], pair[1]
