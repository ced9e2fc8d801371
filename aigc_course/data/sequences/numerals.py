"""Chinese dates and numbers, and how they are written in digits: without end.

A date such as 二〇二六年十一月三日 is 2026-11-03, a number such as 三千零五 is 3005.
"""

import random
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aigc_course.errors import CourseError

DIGITS = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")
SOURCE = "〇" + DIGITS + "十百千年月日"
TARGET = "0123456789-"
PAD, START, END = "·", "<", ">"
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Vocabulary:
    """Characters as tokens; 0 is padding, 1 the start mark, 2 the end mark."""

    characters: str = PAD + START + END + SOURCE + TARGET
    index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = {character: n for n, character in enumerate(self.characters)}
        object.__setattr__(self, "index", numbers)

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, texts: list[str]) -> Tensor:
        """Tokens [N, longest], padded behind. Raises CourseError for a character that
        is not there.
        """
        unknown = sorted(set("".join(texts)) - set(self.index))
        if unknown:
            raise CourseError(
                f"No token for {''.join(unknown)}; there are {self.characters[3:]}."
            )
        longest = max(map(len, texts))
        rows = [[self.index[c] for c in text.ljust(longest, PAD)] for text in texts]
        return torch.tensor(rows)

    def decode(self, tokens: Tensor) -> list[str]:
        """Texts, each up to its end mark."""
        return [
            "".join(self.characters[t] for t in row).split(END)[0].strip(PAD + START)
            for row in tokens.tolist()
        ]


def chinese(number: int) -> str:
    """A whole number from 1 to 9,999 as it is written in Chinese.

    >>> chinese(3005), chinese(12), chinese(120)
    ('三千零五', '十二', '一百二十')
    """
    if not 1 <= number <= 9_999:
        raise CourseError(f"Numbers are written from 1 to 9,999, not {number}.")
    written, gap = "", False
    for power in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**power % 10
        if digit == 0:
            gap = True
            continue
        written += ("零" if gap and written else "") + DIGITS[digit] + UNITS[power]
        gap = False
    return written.removeprefix("一") if 10 <= number <= 19 else written


def pair(chance: random.Random) -> tuple[str, str]:
    """A date or a number in Chinese, and the same in digits."""
    if chance.random() < 0.5:
        number = chance.randint(1, 10 ** chance.randint(1, 4) - 1)
        return chinese(number), str(number)
    year, month = chance.randint(1000, 2999), chance.randint(1, 12)
    day = chance.randint(1, DAYS[month - 1])
    spoken = "".join("〇" if c == "0" else DIGITS[int(c)] for c in str(year))
    return (
        f"{spoken}年{chinese(month)}月{chinese(day)}日",
        f"{year}-{month:02}-{day:02}",
    )


def is_held_back(source: str) -> bool:
    """Whether an item is for testing alone: one in ten, by its characters."""
    return sum(ord(c) * (n + 1) for n, c in enumerate(source)) % 10 == 7


def numerals(
    n: int, generator: torch.Generator, *, unseen: bool = False
) -> tuple[Tensor, Tensor]:
    """Sources [n, S] and targets [n, T] with start and end marks, as tokens.

    unseen: only items that no training batch contains; else only the others.
    """
    chance = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
    pairs: list[tuple[str, str]] = []
    while len(pairs) < n:
        made = pair(chance)
        if is_held_back(made[0]) == unseen:
            pairs.append(made)
    words = Vocabulary()
    sources = words.encode([source for source, _ in pairs])
    return sources, words.encode([START + target + END for _, target in pairs])
