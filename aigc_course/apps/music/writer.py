"""Draw scores from a trained network, step by step and voice by voice."""

import torch
from torch import Tensor

from aigc_course.apps.music.composer import BAR
from aigc_course.apps.music.network import StepNetwork
from aigc_course.apps.music.tokens import HOLD, Context, ages, states
from aigc_course.attention.layers import Seen

PHRASE = 32  # sixteenths: two bars


def phrases(steps: int, n: int = 1, upbeat: int = 4) -> Context:
    """The context of n scores that begin with an upbeat: a fermata every two bars.

    The fermata lasts for the last beat of a phrase and stands for its end.
    """
    place = torch.arange(steps)
    beat = (place + BAR - upbeat) % BAR
    fermata = (
        1 + ((place % PHRASE >= PHRASE - 8) & (place % PHRASE < PHRASE - 4)).long()
    )
    fermata[-4:] = 2
    return Context(beat.expand(n, -1), fermata.expand(n, -1))


@torch.no_grad()
def compose(
    model: StepNetwork,
    context: Context,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    given: Tensor | None = None,
) -> Tensor:
    """Tokens [n, T, 4] from a causal network, one for each row of the context.

    given: tokens [T, 4] that are fixed, with -1 where the network writes.
    """
    n, steps = context.beat.shape
    tokens = torch.full((n, steps, 4), HOLD)
    before = torch.full((n, 1, 4), HOLD)  # what sounded, and for how long
    age = torch.zeros(n, 1, 4, dtype=torch.long)
    seen: list[Seen] | None = None
    for t in range(steps):
        h, seen = model.body(before, age, context.cut(t, t + 1), seen)
        free = [True] * 4 if given is None else (given[t] < 0).tolist()
        if given is not None:
            tokens[:, t] = torch.where(given[t] < 0, HOLD, given[t])
        write_step(model, h, before, tokens[:, t : t + 1], free, generator, temperature)
        now = tokens[:, t : t + 1]
        held = now == HOLD
        age = torch.where(held, age + 1, 1).clamp(max=BAR)
        before = torch.where(held, before, now)
    return tokens


def write_step(
    model: StepNetwork,
    h: Tensor,
    before: Tensor,
    tokens: Tensor,
    free: list[bool],
    generator: torch.Generator | None,
    temperature: float,
) -> None:
    """Draw the free voices of one step in their order, into tokens [n, 1, 4]."""
    for voice in range(4):
        if not free[voice]:
            continue
        now = torch.where(tokens == HOLD, before, tokens)
        now = torch.where(now == HOLD, 0, now)  # voices that are not read here
        logits = model.write(h, before, now, tokens)[:, 0, voice] / temperature
        drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator)
        tokens[:, :, voice] = drawn


def unheld(tokens: Tensor) -> Tensor:
    """The tokens of a part: what is held at its start begins there."""
    first = states(tokens)[:, :1]
    return torch.cat([first, tokens[:, 1:]], dim=1)


__all__ = ["ages", "compose", "phrases", "unheld", "write_step"]
