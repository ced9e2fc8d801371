"""Kneser-Ney n-grams: predict the next token by counting what followed before.

What a language model has to beat. The estimate of order n interpolates those of all
lower orders (Kneser and Ney 1995; Chen and Goodman 1999, equation 4.33): with c(h, w)
the count of token w behind the n - 1 tokens h, s(h) its sum over w, and u(h) how many
different tokens were seen behind h,

    p_n(w | h) = max(c(h, w) - D, 0) / s(h) + D u(h) / s(h) p_{n-1}(w | h')

h' is h without its oldest token, p_0 the uniform distribution. The highest order counts
how often the n-gram occurs. A lower order counts how many different tokens stand before
its n-gram: "Francisco" is frequent, and only ever behind "San".
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

ROWS = 4_096  # distributions made at once: bounds the memory


@dataclass
class Order:
    """Counts of one order: of n-grams, and of the contexts that they begin with.

    grams: int64 [G] in order, an n-gram as a number in base V; its context is the
    number without the last digit. counts: [G]. contexts: [C] in order; totals: s [C];
    kinds: u [C]; starts: [C + 1], where the n-grams of each context begin.
    """

    grams: Tensor
    counts: Tensor
    contexts: Tensor
    totals: Tensor
    kinds: Tensor
    starts: Tensor
    discount: float


class KneserNey:
    """Interpolated Kneser-Ney with one discount for each order.

    order: n, the longest n-gram; a prediction sees the n - 1 tokens before it.

    >>> model = KneserNey(2).fit(torch.tensor([0, 1, 0, 1, 0, 2]), vocabulary=3)
    >>> model.probabilities(torch.tensor([0])).sum()  # of all tokens behind a 0
    tensor(1.0000, dtype=torch.float64)
    """

    def __init__(self, order: int = 6) -> None:
        validate.whole(order, "The order", 1)
        self.order, self.vocabulary = order, 0
        self.orders: list[Order] = []  # of n-grams with n = 1, 2, ...

    def fit(self, tokens: Tensor, vocabulary: int) -> "KneserNey":
        """Count the n-grams of tokens, int [N]. Returns itself.

        Raises CourseError for tokens out of range, fewer than `order`, or an order so
        high that its n-grams are no 64-bit numbers.
        """
        tokens = _checked(tokens, vocabulary)
        if len(tokens) < self.order:
            raise CourseError(
                f"Counting {self.order}-grams needs at least {self.order} tokens, not"
                f" {len(tokens)}."
            )
        if vocabulary**self.order >= 2**63:
            raise CourseError(
                f"{self.order}-grams of {vocabulary:,} tokens are no 64-bit numbers:"
                " choose a lower order."
            )
        self.vocabulary = vocabulary
        self.orders = []
        grams, counts = _numbers(tokens, self.order, vocabulary).unique(
            return_counts=True
        )
        for n in range(self.order, 0, -1):
            self.orders.insert(0, _order(grams, counts, vocabulary))
            # a type of n-gram counts once for its last n - 1 tokens: that is how many
            # different tokens stand before them
            grams, counts = (grams % vocabulary ** (n - 1)).unique(return_counts=True)
        return self

    def nats(self, tokens: Tensor, history: Tensor | None = None) -> Tensor:
        """-log p of each token given those before it, float64 [N].

        history: the tokens before the first. Where fewer than n - 1 are known, a lower
        order predicts. The counts stay as they are.
        """
        tokens, whole, first = self.joined(tokens, history)
        p = torch.full((len(tokens),), 1 / self.vocabulary, dtype=torch.float64)
        for n, order in enumerate(self.orders, 1):
            able = slice(max(0, n - 1 - first), None)  # places with n - 1 before them
            grams = _numbers(whole[max(0, first - n + 1) :], n, self.vocabulary)
            p[able] = _interpolated(order, grams, self.vocabulary, p[able])
        return -p.log()

    def distributions(self, tokens: Tensor, history: Tensor | None = None) -> Tensor:
        """The distribution of each token given those before it, float64 [N, V].

        Row i is what `nats` takes the probability of token i from.
        """
        tokens, whole, first = self.joined(tokens, history)
        shape, even = (len(tokens), self.vocabulary), 1 / self.vocabulary
        p = torch.full(shape, even, dtype=torch.float64)
        for n, order in enumerate(self.orders, 1):
            able = p[max(0, n - 1 - first) :]
            before = whole[max(0, first - n + 1) : len(whole) - 1]
            contexts = _numbers(before, n - 1, self.vocabulary, len(able))
            for rows, some in zip(able.split(ROWS), contexts.split(ROWS), strict=True):
                _interpolate_rows(order, some, self.vocabulary, rows)
        return p

    def probabilities(self, history: Tensor) -> Tensor:
        """The distribution of the token behind a history, int [H]: float64 [V]."""
        some = torch.zeros(
            1, dtype=torch.long
        )  # its distribution does not depend on it
        return self.distributions(some, history)[0]

    def joined(
        self, tokens: Tensor, history: Tensor | None
    ) -> tuple[Tensor, Tensor, int]:
        """Tokens, history and tokens in one, and the place of the first token."""
        if not self.orders:
            raise CourseError("Count first: KneserNey(order).fit(tokens, vocabulary).")
        tokens = _checked(tokens, self.vocabulary)
        before = tokens[:0] if history is None else _checked(history, self.vocabulary)
        before = before[max(0, len(before) - self.order + 1) :]
        return tokens, torch.cat([before, tokens]), len(before)


def _order(grams: Tensor, counts: Tensor, vocabulary: int) -> Order:
    contexts, kinds = torch.unique_consecutive(grams // vocabulary, return_counts=True)
    starts = torch.cat([torch.zeros(1, dtype=torch.long), kinds.cumsum(0)])
    sums = torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)])
    totals = sums[starts[1:]] - sums[starts[:-1]]
    return Order(grams, counts, contexts, totals, kinds, starts, discount(counts))


def discount(counts: Tensor) -> float:
    """D = n1 / (n1 + 2 n2): n1 n-grams have the count 1, n2 the count 2.

    Ney, Essen and Kneser 1994. Where no count is 1, so that D would be 0 and unseen
    tokens impossible, it is 1/2.
    """
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return once / (once + 2 * twice) if once else 0.5


def _interpolated(
    order: Order, grams: Tensor, vocabulary: int, lower: Tensor
) -> Tensor:
    """p_n of n-grams [M] from p_{n-1} of their last tokens [M]."""
    gram, known = _found(order.grams, grams)
    context, seen = _found(order.contexts, grams // vocabulary)
    c = torch.where(known, order.counts[gram], 0).double()
    s, u = order.totals[context].double(), order.kinds[context].double()
    # max(c - D, 0) / s + D u / s p_{n-1}
    p = ((c - order.discount).clamp(min=0) + order.discount * u * lower) / s
    return torch.where(seen, p, lower)


def _interpolate_rows(
    order: Order, contexts: Tensor, vocabulary: int, p: Tensor
) -> None:
    """Make p_{n-1} [R, V] into p_n, in place, for the contexts [R] of the rows."""
    context, seen = _found(order.contexts, contexts)
    rows = seen.nonzero()[:, 0]
    context = context[rows]
    s, u = order.totals[context], order.kinds[context]
    p[rows] *= (order.discount * (u.double() / s))[:, None]
    # all n-grams of these contexts, those of a context behind one another
    each = torch.arange(len(rows)).repeat_interleave(u)
    nth = torch.arange(len(each)) - (u.cumsum(0) - u).repeat_interleave(u)
    gram = order.starts[context][each] + nth
    more = (order.counts[gram].double() - order.discount).clamp(min=0) / s[each]
    p.index_put_((rows[each], order.grams[gram] % vocabulary), more, accumulate=True)


def _found(known: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
    """Where each number stands in the ordered ones, and whether it does."""
    place = torch.searchsorted(known, asked).clamp(max=len(known) - 1)
    return place, known[place] == asked


def _numbers(
    tokens: Tensor, n: int, vocabulary: int, count: int | None = None
) -> Tensor:
    """All n-grams of tokens as numbers in base V, [N - n + 1]; `count` of 0-grams."""
    if n == 0:
        return torch.zeros(count or 0, dtype=torch.long)
    total = len(tokens) - n + 1
    number = torch.zeros(max(total, 0), dtype=torch.long)
    for i in range(n):
        number = number * vocabulary + tokens[i : i + max(total, 0)]
    return number


def _checked(tokens: Tensor, vocabulary: int) -> Tensor:
    if tokens.ndim != 1 or tokens.is_floating_point():
        raise CourseError(
            f"Tokens are whole numbers [N]; got {tokens.dtype} {list(tokens.shape)}."
        )
    tokens = tokens.cpu().long()
    if len(tokens) and not 0 <= int(tokens.min()) <= int(tokens.max()) < vocabulary:
        raise CourseError(
            f"Tokens lie in 0 to {vocabulary - 1}; got {int(tokens.min())} to"
            f" {int(tokens.max())}."
        )
    return tokens
