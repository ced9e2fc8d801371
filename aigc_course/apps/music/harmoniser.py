"""Harmonise a given melody: a network that fills in hidden notes, and Gibbs sampling.

The network reads the whole score with some notes hidden, later steps too, and then
writes the hidden ones from left to right (Huang et al. 2017 fill in hidden notes of
chorales by another network). Blocked Gibbs sampling hides a part of what was written
and writes it again.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course.apps.music.composer import (
    BAR,
    LONGEST,
    SETTINGS,
    SIZE,
    Batches,
    Piece,
    batches,
    nats,
)
from aigc_course.apps.music.network import Shape, StepNetwork, seen_states
from aigc_course.apps.music.tokens import HOLD, Context
from aigc_course.apps.music.writer import write_step
from aigc_course.attention.learner import OnTokens
from aigc_course.training import Budget, fit

BLOCK = 4  # sixteenths that are hidden together while learning: a beat
ROUNDS = 4
SHARES = (0.6, 0.2)  # of the bars that are hidden, in the first round and the last
UNKNOWN_FERMATAS = 0.3  # share of the pieces without their fermatas, while learning


class Harmoniser(OnTokens[StepNetwork]):
    """The network in training: predict the hidden notes from all others."""

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from (tokens, context, real, hidden); returns nats per hidden note."""
        tokens, context, real, hidden = batch
        logits = self.networks(tokens, context, hidden)
        loss = nats(logits, tokens, hidden & real[..., None])
        self.descent.descend(loss, len(tokens))
        return {"loss": loss.detach()}


def hiding(n: int, steps: int, generator: torch.Generator) -> Tensor:
    """Which notes are hidden while learning, bool [n, steps, 4].

    In half of the scores all three lower voices are hidden, which is the task. In the
    others a random share of the blocks of a beat is.
    """
    blocks = -(-steps // BLOCK)
    share = torch.rand(n, 1, 1, generator=generator)
    some = torch.rand(n, blocks, 4, generator=generator) < share
    hidden = some.repeat_interleave(BLOCK, dim=1)[:, :steps]
    whole = torch.rand(n, generator=generator) < 0.5
    hidden[whole] = torch.tensor([False, True, True, True])
    hidden[:, 0, 3] |= ~hidden.any(dim=2).any(dim=1)  # at least one
    return hidden


def masked_batches(
    pieces: Sequence[Piece], seed: int, size: int = SIZE, longest: int = LONGEST
) -> Batches:
    """Batches of pieces with notes to hide; some have no fermatas."""
    inner = batches(pieces, seed, size, longest)

    def make(n: int, generator: torch.Generator) -> Any:
        tokens, context, real = inner.make(n, generator)
        unknown = torch.rand(len(tokens), 1, generator=generator) < UNKNOWN_FERMATAS
        context = Context(context.beat, context.fermata.masked_fill(unknown, 0))
        return tokens, context, real, hiding(len(tokens), tokens.shape[1], generator)

    return Batches(make, size, seed)


@torch.no_grad()
def fill(
    model: StepNetwork,
    tokens: Tensor,
    hidden: Tensor,
    context: Context,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """Write the hidden notes again, from left to right; what is not hidden stays.

    tokens: [n, T, 4]. hidden: bool [T, 4]. Returns new tokens.
    """
    tokens = tokens.clone()
    visible, _ = seen_states(tokens, hidden[None])
    age = torch.where(visible < HOLD, (tokens != HOLD).long() + 1, 0)
    h, _ = model.body(visible, age, context)
    before = torch.full_like(tokens[:, :1], HOLD)
    for t in range(tokens.shape[1]):
        now = tokens[:, t : t + 1]  # a view: the step is written in place
        free = hidden[t].tolist()
        if any(free):
            now[..., hidden[t]] = HOLD
            write_step(
                model, h[:, t : t + 1], before, now, free, generator, temperature
            )
        before = torch.where(now == HOLD, before, now)
    return tokens


def harmonise(
    model: StepNetwork,
    melody: Tensor,
    context: Context,
    generator: torch.Generator | None = None,
    *,
    rounds: int = ROUNDS,
    temperature: float = 1.0,
) -> Tensor:
    """Tokens [n, T, 4] with this soprano, one for each row of the context.

    melody: tokens [T], or [n, T] for one of each row. The first pass writes all lower
    voices; each of the `rounds` of blocked Gibbs sampling hides a random share of the
    bars and writes them again.
    """
    n, steps = context.beat.shape
    tokens = torch.full((n, steps, 4), HOLD)
    tokens[..., 0] = melody
    hidden = torch.ones(steps, 4, dtype=torch.bool)
    hidden[:, 0] = False
    tokens = fill(model, tokens, hidden, context, generator, temperature)
    for number in range(rounds):
        hidden = block(steps, share_of(number, rounds), generator)
        tokens = fill(model, tokens, hidden, context, generator, temperature)
    return tokens


def share_of(number: int, rounds: int) -> float:
    """The share of the bars to hide; it falls (Yao et al. 2014)."""
    first, last = SHARES
    return first + (last - first) * number / max(rounds - 1, 1)


def block(steps: int, share: float, generator: torch.Generator | None) -> Tensor:
    """Bars of all lower voices to write again, bool [steps, 4]; never the soprano.

    The blocks are long: at the end of each, new notes have to meet those that stay.
    """
    bars = -(-steps // BAR)
    some = torch.rand(bars, generator=generator) < share
    hidden = some.repeat_interleave(BAR)[:steps, None].repeat(1, 4)
    hidden[:, 0] = False
    return hidden


def trained(
    pieces: Sequence[Piece],
    steps: int,
    seed: int,
    shape: Shape,
    size: int = SIZE,
    longest: int = LONGEST,
    **changes: Any,
) -> StepNetwork:
    """A network that fills in, after so many steps on one thread, for use."""
    torch.manual_seed(seed)
    learner = Harmoniser(StepNetwork(shape), **{**SETTINGS, **changes})
    source = masked_batches(pieces, seed, size, longest)
    fit(learner, source, Budget(steps=steps), progress=False, threads=1)
    return learner.trained()


@torch.no_grad()
def hidden_nats(model: StepNetwork, pieces: Sequence[Piece]) -> float:
    """Nats per note of the three lower voices of whole pieces, the melody given."""
    total, notes = 0.0, 0
    for one in pieces:
        tokens = one.tokens[None]
        hidden = torch.ones_like(tokens, dtype=torch.bool)
        hidden[..., 0] = False
        loss = nats(model(tokens, one.context, hidden), tokens, hidden)
        total += float(loss) * 3 * len(one)
        notes += 3 * len(one)
    return total / notes
