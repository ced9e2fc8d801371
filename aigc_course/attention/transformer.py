"""A decoder-only Transformer: tokens in, logits of the next token out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.attention.functions import causal_mask
from aigc_course.attention.layers import Block, Seen, norm_layer
from aigc_course.attention.positions import BASE, KINDS, alibi, sinusoids
from aigc_course.errors import CourseError

START = 0.02  # standard deviation of embeddings and matrices (Radford et al. 2019)


@dataclass(frozen=True)
class Shape:
    """All that a Transformer's networks depend on.

    vocabulary: number of tokens. context: most places that it is trained on; "learned"
    positions end there. positions: "none", "sinusoid", "learned", "rotary", "alibi".
    feed_forward: "gelu", "relu2", "swiglu" or "" for none. norm: "rms" or "layer".
    tied: the output matrix is the embedding. causal: a place sees only those before it.
    dropout: share of what each part adds that is left out while learning.
    zero_start: matrices that write into the sum, and the output matrix, start at 0, so
    that all tokens begin equally likely; embeddings then start from N(0, 1).
    """

    vocabulary: int
    context: int = 64
    width: int = 64
    layers: int = 2
    heads: int = 4
    groups: int | None = None
    positions: str = "rotary"
    base: float = BASE
    feed_forward: str = "gelu"
    norm: str = "rms"
    norm_first: bool = True
    normed: bool = False
    bias: bool = False
    tied: bool = False
    causal: bool = True
    zero_start: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.positions not in KINDS:
            raise CourseError(
                f"Positions are {', '.join(KINDS)}; there is no {self.positions!r}."
            )
        if not 0 <= self.dropout < 1:
            raise CourseError(f"dropout is a share below 1, not {self.dropout}.")
        numbers = (self.vocabulary, self.context, self.width, self.layers, self.heads)
        if min(numbers) < 1:
            raise CourseError(
                "vocabulary, context, width, layers and heads are at least 1."
            )

    def to_dict(self) -> dict[str, Any]:
        """For a config file."""
        return asdict(self)


class Transformer(nn.Module):
    """Tokens [B, T] to logits [B, T, vocabulary] (Radford et al. 2018).

    Embeddings, `layers` blocks, one normalisation, one matrix. With a causal shape the
    logits at a place depend on the tokens up to it.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = s = shape
        self.embed = nn.Embedding(s.vocabulary, s.width)
        learned = s.positions == "learned"
        self.places = nn.Embedding(s.context, s.width) if learned else None
        self.blocks = nn.ModuleList(
            Block(
                s.width,
                s.heads,
                groups=s.groups,
                feed_forward=s.feed_forward,
                norm=s.norm,
                norm_first=s.norm_first,
                base=s.base if s.positions == "rotary" else None,
                bias=s.bias,
                normed=s.normed,
                dropout=s.dropout,
            )
            for _ in range(s.layers)
        )
        self.norm = norm_layer(s.norm, s.width) if s.norm_first else nn.Identity()
        self.head = nn.Linear(s.width, s.vocabulary, bias=False)
        self.apply(_start)
        if s.zero_start:
            self._start_at_zero()
        if s.tied:
            self.head.weight = self.embed.weight

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Logits [B, T, vocabulary] of the token after each place.

        mask: bool [T, T], in place of the causal one. Raises CourseError for tokens
        that are not whole numbers below the vocabulary.
        """
        return self.step(tokens, None, mask)[0]

    def step(
        self,
        tokens: Tensor,
        seen: Sequence[Seen] | None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, list[Seen]]:
        """Logits of new tokens [B, T] behind those seen, and what is seen now.

        seen: what an earlier call returned, one entry a layer; None at the start.
        """
        x, mask, bias = self.before(tokens, seen, mask)
        after = []
        for layer, block in enumerate(self.blocks):
            earlier = seen[layer] if seen else None
            x, now = block(x, mask=mask, bias=bias, seen=earlier)  # [B, T, C]
            after.append(now)
        return self.head(self.norm(x)), after  # [B, T, vocabulary]

    def before(
        self, tokens: Tensor, seen: Sequence[Seen] | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """What the first block gets: embeddings [B, T, C], mask, bias of the scores."""
        self._check(tokens)
        first = seen[0].keys.shape[-2] if seen else 0
        count = tokens.shape[1]
        places = torch.arange(first, first + count, device=tokens.device)
        x = self.embed(tokens)  # [B, T, C]
        if self.shape.positions == "sinusoid":
            # as large as the embeddings at the start: a sinusoid has the size sqrt(1/2)
            x = x + START * 2**0.5 * sinusoids(places, self.shape.width)
        if self.places is not None:
            if first + count > self.shape.context:
                raise CourseError(
                    f"Learned positions end at {self.shape.context}; these tokens reach"
                    f" {first + count}."
                )
            x = x + self.places(places)
        keys = torch.arange(first + count, device=tokens.device)
        if mask is None and self.shape.causal:
            mask = causal_mask(count, first + count).to(tokens.device)
        is_alibi = self.shape.positions == "alibi"
        return x, mask, alibi(self.shape.heads, places, keys) if is_alibi else None

    @torch.no_grad()
    def _start_at_zero(self) -> None:
        """Each block adds nothing at first; what it reads has the size 1."""
        nn.init.normal_(self.embed.weight)
        nn.init.zeros_(self.head.weight)
        for block in self.blocks:
            assert isinstance(block, Block)
            for layer in block.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, std=0.6 * layer.in_features**-0.5)
            nn.init.zeros_(block.attend.out.weight)
            if block.feed is not None:
                nn.init.zeros_(block.feed.down.weight)

    def _check(self, tokens: Tensor) -> None:
        if tokens.ndim != 2 or tokens.is_floating_point() or not tokens.shape[1]:
            raise CourseError(
                "Tokens are whole numbers [B, T], T at least 1; got"
                f" {tokens.dtype} {list(tokens.shape)}."
            )
        if torch.compiler.is_exporting():  # there are shapes then, and no values
            return
        low, high = int(tokens.min()), int(tokens.max())
        if low < 0 or high >= self.shape.vocabulary:
            raise CourseError(
                f"Tokens lie in 0 to {self.shape.vocabulary - 1}; got {low} to {high}."
            )


@torch.no_grad()
def attention_maps(model: Transformer, tokens: Tensor) -> list[Tensor]:
    """The weights of every layer, [B, H, T, T] each, for tokens [B, T]."""
    x, mask, bias = model.before(tokens, None, None)
    maps = []
    for block in model.blocks:
        assert isinstance(block, Block)
        maps.append(block.attend.weights(block.before_attention(x), mask, bias))
        x = block(x, mask=mask, bias=bias)[0]
    return maps


def _start(layer: nn.Module) -> None:
    """Matrices and embeddings from N(0, START^2)."""
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=START)
    if isinstance(layer, nn.Linear) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
