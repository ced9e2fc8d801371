"""An encoder that reads and a decoder that writes, joined by cross-attention."""

import torch
from torch import Tensor, nn

from aigc_course.attention.functions import causal_mask, weights
from aigc_course.attention.layers import Block, norm_layer
from aigc_course.attention.positions import sinusoids
from aigc_course.errors import CourseError


class EncoderDecoder(nn.Module):
    """Source tokens [B, S] and target tokens [B, T] to logits [B, T, vocabulary].

    (Vaswani et al. 2017, figure 1, with normalisation first.) The encoder's places see
    one another; the decoder's see earlier places of the target, and the whole source.

    vocabulary: of source and target alike. pad: a token that nobody may look at.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        pad: int = 0,
    ) -> None:
        super().__init__()
        self.vocabulary, self.width, self.pad = vocabulary, width, pad
        self.embed = nn.Embedding(vocabulary, width)
        self.encoder = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.decoder = nn.ModuleList(
            Block(width, heads, cross=True) for _ in range(layers)
        )
        self.source_norm = norm_layer("rms", width)
        self.norm = norm_layer("rms", width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits of the token after each place of the target, [B, T, vocabulary]."""
        return self.decode(target, self.encode(source), source)

    def encode(self, source: Tensor) -> Tensor:
        """The memory, [B, S, C]."""
        self._check(source, "source")
        x = self._embedded(source)
        mask = self._not_padding(source)
        for block in self.encoder:
            x, _ = block(x, mask=mask)
        memory: Tensor = self.source_norm(x)
        return memory

    def decode(self, target: Tensor, memory: Tensor, source: Tensor) -> Tensor:
        """Logits for the target, given the memory of the source."""
        self._check(target, "target")
        x = self._embedded(target)
        mask = causal_mask(target.shape[1]).to(target.device)
        for block in self.decoder:
            x, _ = block(x, memory, mask=mask, memory_mask=self._not_padding(source))
        logits: Tensor = self.head(self.norm(x))
        return logits

    @torch.no_grad()
    def cross_maps(self, source: Tensor, target: Tensor) -> list[Tensor]:
        """Where each place of the target looks in the source, [B, H, T, S] a layer."""
        memory, mask = self.encode(source), self._not_padding(source)
        causal = causal_mask(target.shape[1]).to(target.device)
        x, maps = self._embedded(target), []
        for block in self.decoder:
            assert isinstance(block, Block)
            assert block.cross is not None and block.cross_norm is not None
            gathered, _ = block.attend(block.before_attention(x), mask=causal)
            read = block.cross_norm(x + gathered)
            q, k, _ = block.cross.project(read, memory)
            maps.append(weights(q, k, mask))
            x, _ = block(x, memory, mask=causal, memory_mask=mask)
        return maps

    @torch.no_grad()
    def translate(self, source: Tensor, start: int, end: int, most: int) -> Tensor:
        """The likeliest token at each step, [B, at most `most`], from `start` to `end`.

        Places after `end` hold the padding token.
        """
        memory = self.encode(source)
        target = torch.full((len(source), 1), start, device=source.device)
        done = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        for _ in range(most):
            token = self.decode(target, memory, source)[:, -1].argmax(dim=-1)
            token = token.masked_fill(done, self.pad)
            target = torch.cat([target, token[:, None]], dim=1)
            done |= token == end
            if bool(done.all()):
                break
        return target[:, 1:]

    def _embedded(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x: Tensor = self.embed(tokens) + sinusoids(places, self.width)
        return x

    def _not_padding(self, source: Tensor) -> Tensor:
        return (source != self.pad)[:, None, None, :]  # [B, 1, 1, S]

    def _check(self, tokens: Tensor, what: str) -> None:
        if tokens.ndim != 2 or tokens.is_floating_point() or not tokens.shape[1]:
            raise CourseError(
                f"The {what} holds whole numbers [B, T], T at least 1; got"
                f" {tokens.dtype} {list(tokens.shape)}."
            )
        if int(tokens.min()) < 0 or int(tokens.max()) >= self.vocabulary:
            raise CourseError(
                f"Tokens of the {what} lie in 0 to {self.vocabulary - 1}; got"
                f" {int(tokens.min())} to {int(tokens.max())}."
            )
