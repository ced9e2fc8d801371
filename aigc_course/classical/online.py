"""Kneser-Ney counts that go on counting: predict a token, then learn from it.

As a compressor does: the decoder has seen what the coder has seen, so that both count
the same. `counts` has the formula and the frozen kind.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_course.classical.counts import KneserNey, Order


class OnlineKneserNey:
    """A copy of fitted counts that is updated with each token it has predicted.

    Having read a text it predicts as if fitted to the old and the new text together.
    """

    def __init__(self, fitted: KneserNey) -> None:
        self.order, self.vocabulary = fitted.order, fitted.vocabulary
        self._checked = fitted.joined
        self.orders = [_Counts(one, fitted.vocabulary) for one in fitted.orders]

    def nats(self, tokens: Tensor, history: Tensor | None = None) -> Tensor:
        """-log p of each token given those before it, float64 [N]; learns from them."""
        found = []
        for before, token in self._steps(tokens, history):
            p = 1 / self.vocabulary
            for n, counts in enumerate(self.orders[: len(before) + 1]):
                p = counts.interpolated(before[len(before) - n :], token, p)
            found.append(-math.log(p))
            self._learn(before, token)
        return torch.tensor(found, dtype=torch.float64)

    def distributions(self, tokens: Tensor, history: Tensor | None = None) -> Tensor:
        """The distribution of each token given those before, float64 [N, V]; learns."""
        rows = np.empty((len(tokens), self.vocabulary))
        for i, (before, token) in enumerate(self._steps(tokens, history)):
            rows[i] = self._row(before)
            self._learn(before, token)
        return torch.from_numpy(rows)

    def probabilities(self, history: Tensor) -> Tensor:
        """The distribution of the token behind a history, int [H]: float64 [V]."""
        _, whole, first = self._checked(history[:0], history)
        return torch.from_numpy(self._row(tuple(whole[:first].tolist())))

    def _row(self, before: tuple[int, ...]) -> np.ndarray:
        p = np.full(self.vocabulary, 1 / self.vocabulary)
        for n, counts in enumerate(self.orders[: len(before) + 1]):
            counts.interpolate(before[len(before) - n :], p)
        return p

    def _steps(
        self, tokens: Tensor, history: Tensor | None
    ) -> Iterator[tuple[tuple[int, ...], int]]:
        """Each token with the n - 1 before it, or fewer at the start."""
        _, whole, first = self._checked(tokens, history)
        row = whole.tolist()
        for i in range(first, len(row)):
            yield tuple(row[max(0, i - self.order + 1) : i]), row[i]

    def _learn(self, before: tuple[int, ...], token: int) -> None:
        """Count the n-gram; a lower order only where the longer one is new."""
        if len(before) < self.order - 1:
            return
        for n in range(self.order - 1, -1, -1):
            if not self.orders[n].add(before[len(before) - n :], token):
                return


class _Counts:
    """Counts of one order: for each context its followers and their sum."""

    def __init__(self, order: Order, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        counts = order.counts.tolist()
        lasts = (order.grams % vocabulary).tolist()
        starts = order.starts.tolist()
        self.behind: dict[int, dict[int, int]] = {}
        for i, context in enumerate(order.contexts.tolist()):
            part = slice(starts[i], starts[i + 1])
            self.behind[context] = dict(zip(lasts[part], counts[part], strict=True))
        self.totals = dict(
            zip(order.contexts.tolist(), order.totals.tolist(), strict=True)
        )
        self.once = int((order.counts == 1).sum())
        self.twice = int((order.counts == 2).sum())

    @property
    def discount(self) -> float:
        """As in `counts.discount`."""
        return self.once / (self.once + 2 * self.twice) if self.once else 0.5

    def interpolated(self, context: tuple[int, ...], token: int, p: float) -> float:
        """p_n of a token from its p_{n-1}."""
        key = self._key(context)
        if (behind := self.behind.get(key)) is None:
            return p
        d, s = self.discount, self.totals[key]
        return max(behind.get(token, 0) - d, 0) / s + d * len(behind) / s * p

    def interpolate(self, context: tuple[int, ...], p: np.ndarray) -> None:
        """Make p_{n-1} of all tokens, [V], into p_n, in place."""
        key = self._key(context)
        if (behind := self.behind.get(key)) is None:
            return
        d, s = self.discount, self.totals[key]
        p *= d * len(behind) / s
        tokens = np.fromiter(behind.keys(), int, len(behind))
        c = np.fromiter(behind.values(), float, len(behind))
        p[tokens] += np.maximum(c - d, 0) / s

    def add(self, context: tuple[int, ...], token: int) -> bool:
        """Count once more; whether the n-gram is new."""
        key = self._key(context)
        behind = self.behind.setdefault(key, {})
        count = behind.get(token, 0)
        behind[token] = count + 1
        self.totals[key] = self.totals.get(key, 0) + 1
        # how many counts are 1 and 2 moves with it
        self.once += (count == 0) - (count == 1)
        self.twice += (count == 1) - (count == 2)
        return count == 0

    def _key(self, context: tuple[int, ...]) -> int:
        number = 0
        for token in context:
            number = number * self.vocabulary + token
        return number
