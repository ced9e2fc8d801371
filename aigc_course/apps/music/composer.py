"""Learn to write chorales: batches of scores, the step, and the loss in nats a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.apps.music.network import Shape, StepNetwork
from aigc_course.apps.music.tokens import (
    HOLD,
    Context,
    Onsets,
    Pitches,
    encode,
    room,
    states,
    transposed,
)
from aigc_course.attention.learner import OnTokens
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.training import Budget, fit

BAR = 16
SIZE = 6  # scores in a batch
LONGEST = 384  # steps of them
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 100,
    "muon": 0.02,
    "muon_decay": 0.1,
    "decay_start": 0.3,
    "max_grad_norm": 1.0,
}


@dataclass(frozen=True)
class Piece:
    """One score as tokens [T, 4], where in a bar it begins, and its fermatas [T].

    first: the sixteenth of the bar. bar: sixteenths of a bar. fermatas: None where they
    are not known.
    """

    tokens: Tensor
    first: int = 0
    bar: int = BAR
    fermatas: Tensor | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def context(self) -> Context:
        """Beat and fermata of every step, [1, T] each."""
        beat = (torch.arange(len(self)) + self.first) % self.bar % BAR
        if self.fermatas is None:
            return Context(beat[None], torch.zeros(1, len(self), dtype=torch.long))
        return Context(beat[None], 1 + self.fermatas.long()[None])


def piece(
    pitches: Pitches,
    onsets: Onsets | None = None,
    first: int = 0,
    bar: int = BAR,
    fermatas: Any = None,
) -> Piece:
    """A score of arrays [T, 4] as a piece."""
    bits = None if fermatas is None else torch.as_tensor(fermatas)
    return Piece(encode(pitches, onsets), first, bar, bits)


def batch(
    pieces: Sequence[Piece], longest: int, generator: torch.Generator
) -> tuple[Tensor, Context, Tensor]:
    """Tokens [B, T, 4], their context, and which steps count, bool [B, T].

    Each piece is transposed by a random number of semitones. Of a piece that is longer
    than `longest`, a part that begins at a random beat is used.
    """
    tokens, contexts = [], []
    for one in pieces:
        down, up = room(one.tokens)
        moved = int(torch.randint(-down, up + 1, (1,), generator=generator))
        begin = 0
        if len(one) > longest:
            places = (len(one) - longest) // 4 + 1
            begin = 4 * int(torch.randint(places, (1,), generator=generator))
        end = begin + longest
        part = torch.cat(
            [
                states(one.tokens[None])[0, begin : begin + 1],
                one.tokens[begin + 1 : end],
            ]
        )
        tokens.append(transposed(part, moved))
        contexts.append(one.context.cut(begin, end))
    return padded(tokens, contexts)


def padded(
    tokens: Sequence[Tensor], contexts: Sequence[Context]
) -> tuple[Tensor, Context, Tensor]:
    """Scores of different lengths as one tensor, and which of its steps are real."""
    size = max(len(one) for one in tokens)
    whole = torch.full((len(tokens), size, 4), HOLD)
    beat, fermata = (torch.zeros(len(tokens), size, dtype=torch.long) for _ in "ab")
    real = torch.zeros(len(tokens), size, dtype=torch.bool)
    for row, (one, around) in enumerate(zip(tokens, contexts, strict=True)):
        whole[row, : len(one)] = one
        beat[row, : len(one)], fermata[row, : len(one)] = around.beat, around.fermata
        real[row, : len(one)] = True
    return whole, Context(beat, fermata), real


def batches(
    pieces: Sequence[Piece], seed: int, size: int = SIZE, longest: int = LONGEST
) -> TaskBatches:
    """Endless batches of pieces of about the same length, so that little is padding."""

    def make(n: int, generator: torch.Generator) -> Any:
        drawn = torch.randint(len(pieces), (6 * n,), generator=generator).tolist()
        drawn.sort(key=lambda i: len(pieces[i]))
        first = n * int(torch.randint(6, (1,), generator=generator))
        chosen = [pieces[i] for i in drawn[first : first + n]]
        return batch(chosen, longest, generator)

    return Batches(make, size, seed)


class Batches(TaskBatches):
    """`TaskBatches` whose items are kept as they are."""

    def __next__(self) -> Any:
        seeded = torch.Generator().manual_seed(self.seed * 1_000_003 + self.drawn)
        self.drawn += 1
        return self.make(self.batch_size, seeded)


class Composer(OnTokens[StepNetwork]):
    """The causal network in training: predict every token from all before it."""

    def step(self, batch: tuple[Tensor, Context, Tensor]) -> dict[str, Tensor]:
        """Learn from a batch; returns the loss in nats per note."""
        tokens, context, real = batch
        # -log p(x) = - sum over t, v of log p(x_t^v | x_<t, x_t^<v)
        loss = nats(self.networks(tokens, context), tokens, real)
        self.descent.descend(loss, len(tokens))
        return {"loss": loss.detach()}


def nats(logits: Tensor, tokens: Tensor, counts: Tensor) -> Tensor:
    """Mean of -log p(token) over the notes that count, bool [B, T] or [B, T, 4]."""
    return F.cross_entropy(logits[counts].flatten(0, -2), tokens[counts].flatten())


@torch.no_grad()
def evaluate(model: StepNetwork, pieces: Sequence[Piece], size: int = 8) -> list[float]:
    """Nats of each whole piece, all notes added up."""
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
    found = [0.0] * len(pieces)
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        tokens, context, real = padded(
            [pieces[i].tokens for i in rows], [pieces[i].context for i in rows]
        )
        logits = model(tokens, context)
        each = F.cross_entropy(logits.flatten(0, 2), tokens.flatten(), reduction="none")
        each = each.reshape(tokens.shape).sum(dim=-1) * real
        for i, value in zip(rows, each.sum(dim=1).tolist(), strict=True):
            found[i] = value
    return found


def per_note(model: StepNetwork, pieces: Sequence[Piece]) -> float:
    """Mean nats per note over all notes of whole pieces, rests included."""
    return sum(evaluate(model, pieces)) / (4 * sum(len(one) for one in pieces))


def trained(
    pieces: Sequence[Piece],
    steps: int,
    seed: int,
    shape: Shape,
    size: int = SIZE,
    longest: int = LONGEST,
    **changes: Any,
) -> StepNetwork:
    """A network after so many steps of `size` scores on one thread, for use.

    longest: steps of a score that are used at a time. changes: of SETTINGS.
    """
    torch.manual_seed(seed)
    learner = Composer(StepNetwork(shape), **{**SETTINGS, **changes})
    source = batches(pieces, seed, size, longest)
    fit(learner, source, Budget(steps=steps), progress=False, threads=1)
    return learner.trained()
