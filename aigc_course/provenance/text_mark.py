"""A mark in the choice of tokens: the green list (Kirchenbauer et al. 2023).

A key and the tokens before decide which tokens are green. The writer adds `strength` to
the logits of the green ones. The reader needs the key and the text, not the model, and
counts the green tokens. Without the mark each is green with probability `share`.

Kirchenbauer et al. take exactly share * V green tokens for each context. Here every
token is green on its own with that probability. Then the number of green ones among
different n-grams is exactly binomial, whatever the text is, if the key is random. An
n-gram that comes again brings no new evidence (Fernandez et al. 2023).
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from aigc_course import validate
from aigc_course.attention.decoding import Decoding, draw
from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError

KEY_BYTES = 16  # a key has at least as many
MOST_CONTEXT = 16
BYTES = 4  # of the hash for each token


@dataclass(frozen=True)
class GreenList:
    """Which tokens are green after which.

    key: secret bytes, at least 16. share: the probability that a token is green (gamma
    of the paper). strength: what is added to green logits (delta). context: how many
    tokens before decide (h). Raises CourseError for settings out of range.

    >>> mark = GreenList(bytes(16), vocabulary=8, context=2)
    >>> mark.green([3, 5])
    tensor([ True,  True,  True,  True,  True, False,  True, False])
    """

    key: bytes = field(repr=False)
    vocabulary: int
    share: float = 0.5
    strength: float = 2.0
    context: int = 4

    def __post_init__(self) -> None:
        if not isinstance(self.key, bytes) or len(self.key) < KEY_BYTES:
            raise CourseError(f"A key has at least {KEY_BYTES} bytes.")
        validate.whole(self.vocabulary, "The size of the vocabulary", 2)
        validate.whole(self.context, "The number of tokens before", 1)
        validate.at_least_zero(self.strength, "The strength")
        if self.context > MOST_CONTEXT:
            raise CourseError(f"At most {MOST_CONTEXT} tokens before decide.")
        if not 0 < self.share < 1:
            raise CourseError(f"The share is above 0 and below 1, not {self.share}.")

    def green(self, before: Sequence[int] | Tensor) -> Tensor:
        """Which tokens are green after these `context` tokens: bool [V].

        The 32-bit numbers of SHAKE-256(key, before), one for each token, compared with
        share * 2^32.
        """
        digest = self._digest(before, self.vocabulary)
        numbers = torch.frombuffer(bytearray(digest), dtype=torch.uint8)
        weights = torch.tensor([2.0**-8, 2.0**-16, 2.0**-24, 2.0**-32]).double()
        return (numbers.reshape(-1, BYTES).double() @ weights) < self.share

    def is_green(self, before: Sequence[int] | Tensor, token: int) -> bool:
        """Whether this one token is green there, as `green` says, in less time."""
        validate.whole(token, "A token", 0)
        number = int.from_bytes(self._digest(before, token + 1)[-BYTES:])
        return number < self.share * 2**32

    def bias(self, tokens: Tensor) -> Tensor:
        """What is added to the next logits, [B, V], for tokens [B, T].

        Zero where fewer than `context` tokens are there.
        """
        if tokens.shape[1] < self.context:
            return torch.zeros(len(tokens), self.vocabulary)
        last = tokens[:, -self.context :].tolist()
        return self.strength * torch.stack([self.green(row) for row in last]).float()

    def _digest(self, before: Sequence[int] | Tensor, tokens: int) -> bytes:
        """The hashes of the first so many tokens; a longer digest begins alike."""
        told = b"".join(int(token).to_bytes(BYTES) for token in before)
        if len(told) != BYTES * self.context:
            raise CourseError(
                f"{self.context} tokens before decide; got {len(told) // BYTES}."
            )
        return hashlib.shake_256(self.key + told).digest(BYTES * tokens)


@dataclass(frozen=True)
class TextFound:
    """How many of the n-grams that were counted end in a green token.

    z: (g - share T) / sqrt(T share (1 - share)), Kirchenbauer et al. 2023, equations 2
    and 3. p: P(X >= g) for X binomial with T and share, without an approximation.
    """

    green: int
    counted: int
    z: float
    p: float


def write_marked(
    model: Transformer,
    tokens: Tensor,
    count: int,
    mark: GreenList | None,
    *,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    window: int = 64,
) -> Tensor:
    """Tokens [B, T] and `count` more behind them, [B, T + count].

    mark: None writes without one, from the same random numbers. window: the most tokens
    that the model looks at, as in `attention.generate`. Raises CourseError for settings
    out of range, and for a mark of another vocabulary.
    """
    how = Decoding(temperature)
    validate.whole(count, "The number of tokens")
    validate.whole(window, "The window", 2)
    if mark is not None and mark.vocabulary != model.head.out_features:
        raise CourseError(
            f"The model has {model.head.out_features} tokens, the mark"
            f" {mark.vocabulary}: make the mark for this model."
        )
    with torch.no_grad():
        logits, seen = model.step(tokens[:, -window:], None)
        for left in range(count - 1, -1, -1):
            now = logits[:, -1] if mark is None else logits[:, -1] + mark.bias(tokens)
            p = how.probabilities(now)
            token = draw(p, generator) if temperature else p.argmax(-1)
            tokens = torch.cat([tokens, token[:, None]], 1)
            if left and seen[0].keys.shape[-2] < window:
                logits, seen = model.step(token[:, None], seen)
            elif left:  # full: go on from the later half
                logits, seen = model.step(tokens[:, -(window // 2) :], None)
    return tokens


def greens(tokens: Tensor, mark: GreenList) -> Tensor:
    """Which of the tokens [T] are green, bool [T - context]; the first have no context.

    Raises CourseError for a text with fewer than context + 1 tokens.
    """
    grams = _grams(tokens, mark)
    return torch.tensor([mark.is_green(before, token) for *before, token in grams])


def detect(tokens: Tensor, mark: GreenList, distinct: bool = True) -> TextFound:
    """Look for a mark in tokens [T]; the key is needed, the model is not.

    distinct: count each n-gram once. Otherwise repetitions are counted as if they were
    new, and the distribution without a mark is no longer binomial. Raises CourseError
    for a text with fewer than context + 1 tokens.
    """
    from scipy.stats import binom  # takes a while to load

    grams = _grams(tokens, mark)
    grams = list(dict.fromkeys(grams)) if distinct else grams
    green = sum(mark.is_green(before, token) for *before, token in grams)
    t, share = len(grams), mark.share
    z = (green - share * t) / math.sqrt(t * share * (1 - share))
    return TextFound(green, t, z, float(binom.sf(green - 1, t, share)))


def _grams(tokens: Tensor, mark: GreenList) -> list[tuple[int, ...]]:
    """The context and the token at each place, T - context of them."""
    row = [int(token) for token in tokens]
    n = mark.context + 1
    if len(row) < n:
        raise CourseError(f"A text needs at least {n} tokens; it has {len(row)}.")
    return [tuple(row[i : i + n]) for i in range(len(row) - n + 1)]


def swap(
    tokens: Tensor, share: float, vocabulary: int, generator: torch.Generator
) -> Tensor:
    """Attack: each of the tokens [T] becomes a random one with this probability."""
    validate.share(share, "The share of swapped tokens")
    hit = torch.rand(tokens.shape, generator=generator) < share
    other = torch.randint(vocabulary, tokens.shape, generator=generator)
    return torch.where(hit, other, tokens)


def rewrite(
    model: Transformer,
    tokens: Tensor,
    share: float,
    generator: torch.Generator,
    piece: int = 16,
) -> Tensor:
    """Attack: a model without the mark writes pieces of the tokens [T] anew.

    Each piece of `piece` tokens is replaced with this probability by what the model
    writes after the text before it. The length stays. It stands for a paraphrase, but
    does not keep the sense.
    """
    validate.share(share, "The share of rewritten pieces")
    done = tokens[:piece]
    for start in range(piece, len(tokens), piece):
        part = tokens[start : start + piece]
        if float(torch.rand((), generator=generator)) < share:
            made = write_marked(model, done[None], len(part), None, generator=generator)
            part = made[0, len(done) :]
        done = torch.cat([done, part])
    return done


@torch.no_grad()
def nats(model: Transformer, tokens: Tensor, window: int = 64) -> float:
    """Mean of -log p(token | tokens before) over tokens [T] without a mark.

    Each token is judged with at least half a window before it; the first half window is
    not judged. Raises CourseError for fewer tokens than a window and one.
    """
    if len(tokens) <= window:
        raise CourseError(f"It takes at least {window + 1} tokens, not {len(tokens)}.")
    half = window // 2
    rows = tokens.unfold(0, window + 1, half)  # [N, window + 1]
    logits = model(rows[:, :-1])[:, half:]
    return float(cross_entropy(logits.flatten(0, 1), rows[:, half + 1 :].flatten()))
