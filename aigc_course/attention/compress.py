"""A text as few bytes, with any model that predicts the next token.

Whoever codes and whoever decodes ask the same predictor the same questions. A symbol of
probability p costs -log2 p bits; rANS (`vae.coding`) pays them in whole bytes. The text
is cut into streams that are coded side by side, so that a model predicts several tokens
in one pass.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.attention.mixing import Mixture
from aigc_course.attention.transformer import Transformer
from aigc_course.classical.counts import KneserNey
from aigc_course.classical.online import OnlineKneserNey
from aigc_course.errors import CourseError
from aigc_course.vae import coding


class Predictor(Protocol):
    """Predicts the next token of S streams, then is told what it was."""

    def begin(self, streams: int) -> None:
        """Forget what was seen; from now on there are so many streams."""

    def predict(self) -> Tensor:
        """The distribution of each stream's next token, [S, V]."""

    def see(self, tokens: Tensor) -> None:
        """The next token of each stream, int64 [S]."""


def compress(tokens: Tensor, predictor: Predictor, streams: int = 1) -> bytes:
    """Tokens, int64 [N], as bytes: about -sum_i log2 p_i bits.

    The number of tokens and of streams is not in the bytes. Raises CourseError for
    fewer tokens than streams.
    """
    predictor.begin(streams)
    tables, coded = [], []
    for column, active in _side_by_side(tokens, streams):
        tables.append(coding.frequencies(predictor.predict())[active].int())
        coded.append(column[active])
        predictor.see(column)
    return coding.encode(torch.cat(coded), torch.cat(tables))


def decompress(
    data: bytes, predictor: Predictor, count: int, streams: int = 1
) -> Tensor:
    """The `count` tokens, int64 [N], that `compress` made into `data`.

    The predictor and the number of streams are those of `compress`. Raises CourseError
    for damaged bytes, and almost surely for another predictor.
    """
    rows = _rows(count, streams)
    message = coding.Message(data)
    predictor.begin(streams)
    columns, coded = [], []
    for row in range(rows):
        active = _active(count, rows, row)
        tables = coding.frequencies(predictor.predict())[active]
        found = coding.pop_all(message, tables)
        column = torch.zeros(streams, dtype=torch.long)
        column[active] = found
        columns.append(column)
        coded.append(found)
        predictor.see(column)
    message.close(torch.cat(coded))
    return torch.stack(columns).T.flatten()[:count]


class ModelPredictor:
    """A Transformer, whose context is the end of the history and what was seen.

    history: int64 [H], known to both sides. context: the most tokens that it looks at,
    by default as many as it was trained on; when they are full it goes on from the last
    three quarters.
    """

    def __init__(
        self, model: Transformer, history: Tensor, context: int | None = None
    ) -> None:
        self.model, self.history = model.eval(), history
        self.context = context or model.shape.context
        self.kept = max(1, 3 * self.context // 4)
        if not len(history):
            raise CourseError("A model predicts what follows at least one token.")

    @torch.no_grad()
    def begin(self, streams: int) -> None:
        """Every stream begins behind the history."""
        self.tokens = self.history[-self.kept :].expand(streams, -1)
        self.logits, self.seen = self.model.step(self.tokens, None)

    def predict(self) -> Tensor:
        """softmax(logits), float64 [S, V]."""
        return self.logits[:, -1].double().softmax(dim=-1)

    @torch.no_grad()
    def see(self, tokens: Tensor) -> None:
        """One step with the cache, or the cache anew when the context is full."""
        self.tokens = torch.cat([self.tokens, tokens[:, None]], dim=1)
        if self.tokens.shape[1] > self.context:
            self.tokens = self.tokens[:, -self.kept :]
            self.logits, self.seen = self.model.step(self.tokens, None)
        else:
            self.logits, self.seen = self.model.step(tokens[:, None], self.seen)


class CountsPredictor:
    """Fitted Kneser-Ney counts behind the history; `online` ones go on counting.

    Each `begin` starts from the counts as they were fitted.
    """

    def __init__(
        self, fitted: KneserNey, history: Tensor, online: bool = False
    ) -> None:
        self.fitted, self.history, self.online = fitted, history, online

    def begin(self, streams: int) -> None:
        """Every stream begins behind the history."""
        self.counts = OnlineKneserNey(self.fitted)
        last = self.history[len(self.history) - self.fitted.order + 1 :]
        self.last = [last] * streams

    def predict(self) -> Tensor:
        """The counts' distribution behind each stream, float64 [S, V]."""
        return torch.stack([self.counts.probabilities(last) for last in self.last])

    def see(self, tokens: Tensor) -> None:
        """Count the tokens, one stream after another."""
        for i, token in enumerate(tokens.split(1)):
            if self.online:
                self.counts.nats(token, self.last[i])  # learns what it is asked about
            self.last[i] = torch.cat([self.last[i], token])[1:]


class MixedPredictor:
    """Several predictors and the mixture of what they say."""

    def __init__(self, parts: Sequence[Predictor], mixture: Mixture) -> None:
        self.parts, self.mixture = parts, mixture

    def begin(self, streams: int) -> None:
        """All begin."""
        for part in self.parts:
            part.begin(streams)

    def predict(self) -> Tensor:
        """The mixture's distribution, float64 [S, V]."""
        log_p = torch.stack([part.predict().log() for part in self.parts])
        return self.mixture.log_probabilities(log_p).exp()

    def see(self, tokens: Tensor) -> None:
        """All see the tokens."""
        for part in self.parts:
            part.see(tokens)


def bits(tokens: Tensor, predictor: Predictor, streams: int = 1) -> float:
    """-sum_i log2 p_i of the tokens: what `compress` needs, up to whole bytes."""
    predictor.begin(streams)
    total = 0.0
    for column, active in _side_by_side(tokens, streams):
        p = predictor.predict().gather(1, column[:, None])[active]
        total -= float(p.log2().sum())
        predictor.see(column)
    return total


def _side_by_side(tokens: Tensor, streams: int) -> Iterator[tuple[Tensor, slice]]:
    """The streams' tokens [S], one after another, and which streams still have one."""
    rows = _rows(len(tokens), streams)
    padded = torch.zeros(rows * streams, dtype=torch.long)
    padded[: len(tokens)] = tokens
    for row, column in enumerate(padded.view(streams, rows).T):
        yield column, _active(len(tokens), rows, row)


def _rows(count: int, streams: int) -> int:
    """Tokens in a stream; only the last stream is shorter."""
    validate.whole(streams, "The number of streams", 1)
    rows = -(-count // streams)
    if count < 1 or rows * (streams - 1) >= count:
        raise CourseError(
            f"{count} tokens do not make {streams} streams: take fewer streams."
        )
    return rows


def _active(count: int, rows: int, row: int) -> slice:
    """The streams that still have a token in this row."""
    return slice(0, -(-(count - row) // rows))
