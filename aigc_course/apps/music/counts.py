"""The strongest simple rival: count what followed, with three things in view.

For each voice the next symbol is predicted from the voice's last note, from the
position in the beat, and from the nearest voice that is written already; longer
contexts lean on shorter ones by absolute discounting (Ney, Essen and Kneser 1994).
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.music.composer import Piece
from aigc_course.apps.music.tokens import BACK, HOLD, KINDS, states
from aigc_course.errors import CourseError

DISCOUNT = 0.6
BEAT = 4  # sixteenths

Symbols = NDArray[np.int64]  # [T, 4], soprano to bass
Context = tuple[Hashable, ...]


class ChoraleCounts:
    """Counts of what followed each context, with one discount.

    kinds: how many symbols there are; an unseen one has probability 1 / kinds at last.
    """

    def __init__(self, kinds: int = KINDS, discount: float = DISCOUNT) -> None:
        self.kinds, self.discount = kinds, discount
        self.counts: dict[Context, Counter[int]] = defaultdict(Counter)

    def fit(self, scores: Sequence[tuple[Symbols, Symbols]]) -> "ChoraleCounts":
        """Count the pairs (symbols, states): what is predicted, and what then sounds.

        Raises CourseError when there is no score.
        """
        if not scores:
            raise CourseError("There is no score to count in; give at least one.")
        for symbols, sounding in scores:
            for t, voice, contexts in places(sounding):
                for context in contexts:
                    self.counts[context][int(symbols[t, voice])] += 1
        return self

    def probability(self, symbol: int, contexts: Sequence[Context]) -> float:
        """p(symbol) behind the contexts, which are given from short to long.

        p = max(c - D, 0) / s + D u / s p_shorter
        """
        p = 1.0 / self.kinds
        for context in contexts:
            seen = self.counts.get(context)
            if seen:
                total = seen.total()
                rest = self.discount * len(seen) / total
                p = max(seen[symbol] - self.discount, 0.0) / total + rest * p
        return p

    def nats(self, scores: Sequence[tuple[Symbols, Symbols]]) -> float:
        """Mean of -log p per note."""
        total, notes = 0.0, 0
        for symbols, sounding in scores:
            for t, voice, contexts in places(sounding):
                p = self.probability(int(symbols[t, voice]), contexts)
                total -= math.log(p)
                notes += 1
        return total / notes

    def draw(self, steps: int, chance: random.Random) -> Symbols:
        """States [steps, 4] of a new score; HOLD is resolved."""
        sounding = np.full((steps, 4), HOLD, np.int64)
        for t, voice, contexts in places(sounding):
            symbol = self._drawn(contexts, chance)
            while symbol == HOLD and not t:  # there is nothing to hold yet
                symbol = self._drawn(contexts, chance)
            sounding[t, voice] = sounding[t - 1, voice] if symbol == HOLD else symbol
        return sounding

    def _drawn(self, contexts: Sequence[Context], chance: random.Random) -> int:
        """From the longest known context to shorter ones, by the formula's weights."""
        for context in reversed(contexts):
            seen = self.counts.get(context)
            if not seen:
                continue
            u = chance.random() * seen.total()
            for symbol, count in seen.items():
                u -= count - self.discount
                if u < 0:
                    return symbol
        return chance.randrange(self.kinds - 2)


def places(sounding: Symbols) -> Iterator[tuple[int, int, list[Context]]]:
    """Every step and voice, from soprano to bass, with contexts from short to long."""
    for t in range(len(sounding)):
        for voice in range(4):
            last = int(sounding[t - 1, voice]) if t else -1
            if voice:
                near = int(sounding[t, voice - 1])
            else:
                near = int(sounding[t - 1, 3]) if t else -1
            beat = t % BEAT
            short: Context = (voice, last)
            yield t, voice, [(voice,), short, (*short, beat), (*short, beat, near)]


def scores(pieces: Sequence[Piece]) -> list[tuple[Symbols, Symbols]]:
    """Tokens and states of pieces, from soprano to bass."""
    return [
        (
            one.tokens[:, BACK].numpy(),
            states(one.tokens[None])[0][:, BACK].numpy(),
        )
        for one in pieces
    ]
