"""What a language model has to beat: bits per character without any learning.

All in one unit, which does not depend on how a text is cut into tokens.
"""

import bz2
import lzma
import math

import torch

from aigc_course.attention.tokens import Characters
from aigc_course.classical.counts import KneserNey

ORDER = 6
BLOCK = 880_000  # bz2 sorts blocks of 900,000 bytes, each by itself; less a margin


def floors(train: str, judged: str, letters: Characters) -> dict[str, float]:
    """Bits per character of a text, of methods that may read `train` before.

    uniform: log2 of the number of symbols. unigram, kneser-ney: frequencies of single
    characters, and n-grams of up to 6, counted in `train`. xz, bz2: what the judged
    text adds to the packed training text.
    """
    tokens = letters.encode(train), letters.encode(judged)
    count = letters.size
    return {
        "uniform": math.log2(count),
        "unigram": _counted(1, *tokens, count),
        "kneser-ney": _counted(order(count, len(train)), *tokens, count),
        "xz": packed(train, judged, "xz"),
        "bz2": packed(train, judged, "bz2"),
    }


def order(vocabulary: int, tokens: int) -> int:
    """ORDER, or the longest n-grams that are 64-bit numbers, and no longer a text."""
    longest = int(63 * math.log(2) / math.log(max(vocabulary, 2)) - 1e-9)
    return max(1, min(ORDER, longest, tokens))


def packed(train: str, judged: str, how: str = "xz") -> float:
    """Bits per character that a text adds to the packed text before it.

    8 (bytes(train + judged) - bytes(train)) / characters

    bz2 packs blocks apart from each other, and learns only inside a block. Of a long
    `train` it gets the end, as much as shares a block with the judged text.
    """
    before, new = train.encode(), judged.encode()
    if how == "bz2":
        before = before[max(0, len(before) + len(new) - BLOCK) :]

    def size(content: bytes) -> int:
        if how == "bz2":
            return len(bz2.compress(content, 9))
        return len(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))

    return 8 * (size(before + new) - size(before)) / len(judged)


def _counted(
    n: int, train: torch.Tensor, judged: torch.Tensor, vocabulary: int
) -> float:
    nats = KneserNey(n).fit(train, vocabulary).nats(judged)
    return float(nats.mean()) / math.log(2)
