"""A Transformer over steps, with a small network that writes the voices of a step.

Attention runs over sixteenths, not over single notes: that is a quarter of the places.
The voices of a step are written one after another, each with those before it in view
(Boulanger-Lewandowski et al. 2012 do so with another network).
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.apps.music.tokens import (
    HOLD,
    INTERVALS,
    KINDS,
    LONGEST,
    PITCHES,
    Context,
    ages,
    interval,
    states,
)
from aigc_course.attention.functions import causal_mask
from aigc_course.attention.layers import Block, MultiHeadAttention, Seen
from aigc_course.attention.positions import BASE

HIDDEN = KINDS  # a state that the network may not see
BEATS, FERMATAS = 16, 3
GAIN = 8.0  # of the weights of parallel motion, so that they learn fast
LOWER, UPPER = [1, 2, 3, 2, 3, 3], [0, 0, 0, 1, 1, 2]  # all pairs of two voices
# which columns (own note, then three times the three first voices) voice v may not read
LATER = torch.tensor([[False] + [w >= v for w in range(3)] * 3 for v in range(4)])


@dataclass(frozen=True)
class Shape:
    """All that the network depends on.

    inner: units of the network that writes a voice. causal: a step sees only earlier
    ones; otherwise all steps, with some notes hidden. repeats: a pitch may begin
    again; otherwise it can only be held. dropout: while learning.
    """

    width: int = 128
    layers: int = 3
    heads: int = 4
    inner: int = 128
    causal: bool = True
    repeats: bool = True
    dropout: float = 0.1

    def to_dict(self) -> dict[str, Any]:
        """For a card."""
        return asdict(self)


class Quick(MultiHeadAttention):
    """The attention of chapter 11 by torch's own function: the same, and faster."""

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        seen: Seen | None = None,
    ) -> tuple[Tensor, Seen]:
        """As there; `mask` of several places must be the causal one."""
        q, k, v = self.project(x, x, seen.keys.shape[-2] if seen else 0)
        seen = seen.extended(k, v) if seen else Seen(k, v)
        causal = mask is not None and seen.keys.shape[-2] == k.shape[-2]
        o = F.scaled_dot_product_attention(q, *seen, is_causal=causal)
        return self.out(o.transpose(1, 2).flatten(2)), seen


class StepNetwork(nn.Module):
    """Logits of the four tokens of every step, [B, T, 4, KINDS]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, inner = shape.width, shape.inner
        self.read = Reader(width)
        self.blocks = nn.ModuleList(
            Block(
                width,
                shape.heads,
                feed_forward="relu2",
                base=BASE,
                normed=True,
                dropout=shape.dropout,
            )
            for _ in range(shape.layers)
        )
        for block in self.blocks:
            block.attend = Quick(width, shape.heads, base=BASE, normed=True)
        self.norm = nn.RMSNorm(width)
        self.write = Writer(width, inner, shape)
        self._start()

    def forward(
        self, tokens: Tensor, context: Context, hidden: Tensor | None = None
    ) -> Tensor:
        """Logits of tokens [B, T, 4], each from what it may see.

        hidden: bool [B, T, 4], for a network that is not causal: notes not to see.
        """
        now = states(tokens)
        if self.shape.causal:
            before = shifted(now, HOLD)
            h = self.body(before, shifted(ages(tokens), 0), context)[0]
        else:
            assert hidden is not None
            visible, before = seen_states(tokens, hidden)
            age = torch.where(visible < HOLD, (tokens != HOLD).long() + 1, 0)
            h = self.body(visible, age, context)[0]
        logits: Tensor = self.write(h, before, now, tokens)
        return logits

    def body(
        self,
        state: Tensor,
        age: Tensor,
        context: Context,
        seen: list[Seen] | None = None,
    ) -> tuple[Tensor, list[Seen]]:
        """[B, T, width] of the steps, behind those seen."""
        x = self.read(state, age, context)
        count = x.shape[1]
        first = seen[0].keys.shape[-2] if seen else 0
        mask = causal_mask(count, first + count) if self.shape.causal else None
        after = []
        for layer, block in enumerate(self.blocks):
            x, now = block(x, mask=mask, seen=seen[layer] if seen else None)
            after.append(now)
        return self.norm(x), after

    @torch.no_grad()
    def _start(self) -> None:
        """Blocks add nothing at first, and all tokens are equally likely."""
        for block in self.blocks:
            assert isinstance(block, Block) and block.feed is not None
            for layer in block.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, std=0.6 * layer.in_features**-0.5)
            nn.init.zeros_(block.attend.out.weight)
            nn.init.zeros_(block.feed.down.weight)


class Reader(nn.Module):
    """The embedding of a step: a sum over what is known of it."""

    KINDS = (*[KINDS + 1] * 4, *[LONGEST + 1] * 4, *[INTERVALS] * 6, BEATS, FERMATAS)

    def __init__(self, width: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(sum(self.KINDS), width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.3)
        starts = torch.tensor([0, *self.KINDS[:-1]]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)

    def forward(self, state: Tensor, age: Tensor, context: Context) -> Tensor:
        """state, age: [B, T, 4]. Returns [B, T, width]."""
        chord = interval(state[..., LOWER], state[..., UPPER])
        around = torch.stack([context.beat, context.fermata], dim=-1)
        known = torch.cat([state, age, chord, around], dim=-1) + self.starts
        rows: Tensor = self.table(known.flatten(0, 1))
        return rows.unflatten(0, state.shape[:2])


class Writer(nn.Module):
    """The logits of each voice, from the step, its last note, and the voices written.

    Each logit of a pitch is a sum: of the pitch itself, and of its interval to the
    voice's last note, to each voice that is written at this step, and to the pitch that
    a parallel to each of these would reach.
    """

    def __init__(self, width: int, inner: int, shape: Shape) -> None:
        super().__init__()
        self.repeats, self.dropout = shape.repeats, shape.dropout
        self.step = nn.Linear(width, 4 * inner)
        # rows: own last note; what a written voice does; two intervals of each pair
        sizes = 4 * (KINDS + 1), 3 * 2 * KINDS, 6 * INTERVALS, 6 * INTERVALS
        self.nothing = sum(sizes)  # the row of a voice that is not written: stays 0
        self.table = nn.EmbeddingBag(
            self.nothing + 1, inner, mode="sum", padding_idx=self.nothing
        )
        pairs = [
            [(v * (v - 1) // 2 + w) * INTERVALS for w in range(3)] for v in range(4)
        ]
        leaps = sizes[0] + sizes[1]
        starts = [
            [v * (KINDS + 1)]
            + [sizes[0] + w * 2 * KINDS for w in range(3)]
            + [leaps + start for start in pairs[v]]
            + [leaps + sizes[2] + start for start in pairs[v]]
            for v in range(4)
        ]
        self.pairs: Tensor
        self.register_buffer("pairs", torch.tensor(pairs), persistent=False)
        self.starts: Tensor
        self.register_buffer("starts", torch.tensor(starts), persistent=False)
        self.avoid = nn.Embedding(6 * INTERVALS + 1, 1, padding_idx=6 * INTERVALS)
        self.hidden = nn.Linear(inner, inner)
        self.out = nn.Linear(inner, KINDS + 7 * INTERVALS)
        with torch.no_grad():
            nn.init.normal_(self.table.weight[:-1], std=0.3)
        for weight in (self.out.weight, self.out.bias, self.avoid.weight):
            nn.init.zeros_(weight)

    def forward(self, h: Tensor, before: Tensor, now: Tensor, tokens: Tensor) -> Tensor:
        """[B, T, 4, KINDS]; before, now: states [B, T, 4]; voice v reads now[:v]."""
        steps = self.step(h).unflatten(-1, (4, -1))  # [B, T, 4, inner]
        return self.logits(steps + self.given(before, now, tokens), before, now)

    def given(self, before: Tensor, now: Tensor, tokens: Tensor) -> Tensor:
        """What each voice knows beside the step, [B, T, 4, inner]."""
        own = before[..., None]
        moved = now[..., :3] + KINDS * (tokens[..., :3] != HOLD)
        written = moved[..., None, :].expand(*now.shape, 3)  # [B, T, 4, 3]
        leaps = interval(now[..., None, :3], own)  # [B, T, 4, 3]
        gaps = interval(before[..., None, :3], own)
        known = torch.cat([own, written, leaps, gaps], dim=-1) + self.starts
        known = known.masked_fill(LATER, self.nothing)
        rows: Tensor = self.table(known.flatten(0, 2))
        return rows.unflatten(0, now.shape)

    def logits(self, z: Tensor, before: Tensor, now: Tensor) -> Tensor:
        """From what is known [B, T, 4, inner] to the logits of the tokens."""
        z = F.gelu(z)
        z = F.gelu(self.hidden(F.dropout(z, self.dropout, self.training)))
        out = self.out(F.dropout(z, self.dropout, self.training))
        plain, relative = out.split([KINDS, 7 * INTERVALS], dim=-1)
        relative = relative.unflatten(-1, (7, INTERVALS))  # [B, T, 4, 7, INTERVALS]
        sources = self.sources(before, now)
        steps = interval(torch.arange(PITCHES), sources[..., None])
        known = relative.gather(-1, steps).sum(dim=-2)
        known = self.moved_together(known, before, sources[..., 4:])
        logits = torch.cat([plain[..., :PITCHES] + known, plain[..., PITCHES:]], dim=-1)
        return logits.masked_fill(self.impossible(before), float("-inf"))

    def moved_together(self, known: Tensor, before: Tensor, target: Tensor) -> Tensor:
        """Add a weight to the pitch of a parallel motion, by the voices' distance."""
        own = before[..., None]
        gaps = interval(before[..., None, :3], own) + self.pairs
        moves = (target != own) & (target < PITCHES)
        weight = GAIN * self.avoid(gaps.masked_fill(~moves, 6 * INTERVALS))[..., 0]
        return known.scatter_add(-1, target.clamp(max=PITCHES - 1), weight)

    def sources(self, before: Tensor, now: Tensor) -> Tensor:
        """The pitches from which intervals are counted, [B, T, 4, 7]; HOLD for none."""
        own, last = before[..., None], before[..., None, :3]
        written = now[..., None, :3].expand(*now.shape, 3)
        # own + (written - its last note): where a parallel motion would lead
        sounding = (own < PITCHES) & (last < PITCHES) & (written < PITCHES)
        parallel = (own + written - last).clamp(0, PITCHES - 1)
        parallel = torch.where(sounding, parallel, HOLD)
        sources = torch.cat([own, written, parallel], dim=-1)
        return sources.masked_fill(LATER[:, :7], HOLD)

    def impossible(self, before: Tensor) -> Tensor:
        """Tokens that cannot follow: bool [B, T, 4, KINDS]."""
        kinds = torch.arange(KINDS)
        last = before[..., None]
        after_rest = (last == PITCHES) & (kinds == PITCHES)  # a rest goes on by HOLD
        nothing = (last == HOLD) & (kinds == HOLD)
        again = (last == kinds) & (kinds < PITCHES) & (not self.repeats)
        return after_rest | nothing | again


def shifted(values: Tensor, start: int) -> Tensor:
    """What stands one step earlier; `start` before the first."""
    first = torch.full_like(values[:, :1], start)
    return torch.cat([first, values[:, :-1]], dim=1)


def seen_states(tokens: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """What is known to sound at each step, and before it: states [B, T, 4] each.

    A hidden note is HIDDEN; a held one whose beginning is hidden, HOLD.
    """
    marked = torch.where(hidden, HIDDEN, tokens)
    visible = states(marked)
    # a hold behind something hidden continues what cannot be seen
    lost = (visible == HIDDEN) & ~hidden
    visible = torch.where(lost, HOLD, visible)
    return visible, shifted(states(tokens), HOLD)
