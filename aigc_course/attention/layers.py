"""The layers of a Transformer: heads, normalisation, feed-forward, the block.

Letters: B batch, T queries, S keys, H heads, d size of a head, C = width.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.attention.functions import attention, weights
from aigc_course.attention.positions import rotate
from aigc_course.errors import CourseError

EPSILON = 1e-5


class Seen(NamedTuple):
    """Keys and values of the places so far, [B, H, S, d] each: the KV cache."""

    keys: Tensor
    values: Tensor

    def extended(self, keys: Tensor, values: Tensor) -> "Seen":
        """With those of new places behind them."""
        return Seen(
            torch.cat([self.keys, keys], dim=-2),
            torch.cat([self.values, values], dim=-2),
        )


class MultiHeadAttention(nn.Module):
    """H attentions side by side, each on its own d = C / H coordinates.

    (Vaswani et al. 2017, section 3.2.2.)

    groups: heads of keys and values; each serves H / groups heads of queries (Ainslie
        et al. 2023). base: of rotary positions; None turns nothing. bias: of the four
        matrices. normed: queries and keys get the length sqrt(d) (QK-norm).
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        groups: int | None = None,
        base: float | None = None,
        bias: bool = False,
        normed: bool = False,
    ) -> None:
        super().__init__()
        groups = groups or heads
        if width % heads or heads % groups:
            raise CourseError(
                f"Heads divide the width, and groups divide the heads; got width"
                f" {width}, {heads} heads, {groups} groups."
            )
        self.heads, self.groups, self.size = heads, groups, width // heads
        self.base, self.normed = base, normed
        self.query = nn.Linear(width, width, bias)
        self.key = nn.Linear(width, groups * self.size, bias)
        self.value = nn.Linear(width, groups * self.size, bias)
        self.out = nn.Linear(width, width, bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        seen: Seen | None = None,
    ) -> tuple[Tensor, Seen]:
        """Each place of x gathers from the memory, or from x itself: [B, T, C].

        mask: bool, broadcast to [B, H, T, S]. bias: of the scores, [H, T, S]. seen:
        keys and values of earlier places; what comes back holds the new ones too.
        """
        first = seen.keys.shape[-2] if seen else 0
        q, k, v = self.project(x, x if memory is None else memory, first)
        seen = seen.extended(k, v) if seen else Seen(k, v)
        k, v = (self._shared(part) for part in seen)
        o = attention(q, k, v, mask, bias)  # [B, H, T, d]
        return self.out(o.transpose(1, 2).flatten(2)), seen  # [B, T, C]

    def project(self, x: Tensor, source: Tensor, first: int = 0) -> tuple[Tensor, ...]:
        """Queries [B, H, T, d] of x, keys and values [B, groups, S, d] of the source.

        first: the place of x's first token, for rotary positions.
        """
        q = self._split(self.query(x), self.heads)
        k = self._split(self.key(source), self.groups)
        v = self._split(self.value(source), self.groups)
        if self.normed:
            q, k = F.rms_norm(q, q.shape[-1:]), F.rms_norm(k, k.shape[-1:])
        if self.base:
            places = torch.arange(first, first + x.shape[1], device=x.device)
            q, k = rotate(q, places, self.base), rotate(k, places, self.base)
        return q, k, v

    def weights(
        self, x: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """How much each place of x takes from each other one, [B, H, T, T]."""
        q, k, _ = self.project(x, x)
        return weights(q, self._shared(k), mask, bias)

    def _shared(self, part: Tensor) -> Tensor:
        """[B, groups, S, d] to [B, H, S, d]: each group serves its heads."""
        return part.repeat_interleave(self.heads // self.groups, dim=1)

    def _split(self, x: Tensor, heads: int) -> Tensor:
        """[B, T, heads d] to [B, heads, T, d]."""
        return x.unflatten(-1, (heads, self.size)).transpose(1, 2)


class FeedForward(nn.Module):
    """The same two layers at every place: [B, T, C] to [B, T, C].

    kind: "gelu" (Hendrycks and Gimpel 2016), "relu2", the square of ReLU (So et al.
        2021), or "swiglu", silu(g x) * (u x) with two matrices in (Shazeer 2020).
    inner: units between the layers; None takes 4 C, or 8/3 C for "swiglu", which has
        then as many weights.
    """

    def __init__(
        self,
        width: int,
        kind: str = "gelu",
        inner: int | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        if kind not in ("gelu", "relu2", "swiglu"):
            raise CourseError(
                f"A feed-forward layer is gelu, relu2 or swiglu, not {kind!r}."
            )
        self.kind = kind
        inner = inner or (8 * width // 3 if kind == "swiglu" else 4 * width)
        self.up = nn.Linear(width, inner, bias)
        self.gate = nn.Linear(width, inner, bias) if kind == "swiglu" else None
        self.down = nn.Linear(inner, width, bias)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, C] to [B, T, C]."""
        if self.gate is not None:
            inner = F.silu(self.gate(x)) * self.up(x)  # [B, T, inner]
        elif self.kind == "relu2":
            inner = F.relu(self.up(x)).square()
        else:
            inner = F.gelu(self.up(x))
        out: Tensor = self.down(inner)  # [B, T, C]
        return out


class Block(nn.Module):
    """Attention, then a feed-forward layer, each added to what passes through.

    norm_first: normalise what a part reads, and leave the sum alone (pre-norm, as in
        GPT-2 and since); False normalises the sum, as Vaswani et al. (2017) wrote it.
    feed_forward: see `FeedForward`; "" leaves the layer out, for attention alone.
    cross: a second attention, to a memory, between the two: a decoder's block.
    dropout: share of what a part adds that is left out while learning (Srivastava et
        al. 2014).
    """

    muon = True  # its matrices map hidden vectors to hidden vectors

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        feed_forward: str = "gelu",
        norm_first: bool = True,
        norm: str = "rms",
        cross: bool = False,
        groups: int | None = None,
        base: float | None = None,
        bias: bool = False,
        normed: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.norm_first, self.dropout = norm_first, dropout
        self.attend = MultiHeadAttention(
            width, heads, groups=groups, base=base, bias=bias, normed=normed
        )
        self.attend_norm = norm_layer(norm, width)
        self.cross = MultiHeadAttention(width, heads, bias=bias) if cross else None
        self.cross_norm = norm_layer(norm, width) if cross else None
        self.feed = (
            FeedForward(width, feed_forward, bias=bias) if feed_forward else None
        )
        self.feed_norm = norm_layer(norm, width) if feed_forward else None

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        seen: Seen | None = None,
        memory_mask: Tensor | None = None,
    ) -> tuple[Tensor, Seen]:
        """[B, T, C] to [B, T, C], and the keys and values seen so far."""
        read = self.before_attention(x)
        gathered, seen = self.attend(read, mask=mask, bias=bias, seen=seen)
        x = self._join(x, gathered, self.attend_norm)
        if self.cross is not None and memory is not None:
            assert self.cross_norm is not None
            read = self.cross_norm(x) if self.norm_first else x
            x = self._join(
                x, self.cross(read, memory, mask=memory_mask)[0], self.cross_norm
            )
        if self.feed is not None:
            assert self.feed_norm is not None
            read = self.feed_norm(x) if self.norm_first else x
            x = self._join(x, self.feed(read), self.feed_norm)
        return x, seen

    def before_attention(self, x: Tensor) -> Tensor:
        """What the attention reads of x, [B, T, C]."""
        read: Tensor = self.attend_norm(x) if self.norm_first else x
        return read

    def _join(self, x: Tensor, part: Tensor, norm: nn.Module) -> Tensor:
        if self.dropout:
            part = F.dropout(part, self.dropout, self.training)
        out: Tensor = x + part if self.norm_first else norm(x + part)
        return out


def norm_layer(kind: str, width: int) -> nn.Module:
    """ "rms" (Zhang and Sennrich 2019) or "layer" normalisation (Ba et al. 2016)."""
    if kind not in ("rms", "layer"):
        raise CourseError(f"A normalisation is rms or layer, not {kind!r}.")
    if kind == "rms":
        return nn.RMSNorm(width, eps=EPSILON)
    return nn.LayerNorm(width, eps=EPSILON)
