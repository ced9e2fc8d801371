"""A Transformer whose characters share what their tones, rhymes and shapes have.

Most characters are rare: half of the kinds occur fewer than ten times. So the vector of
a character is a sum. One part is its own. One is the mean of the vectors of its rhymes,
which tell the tone as well. One belongs to its neighbours in Unicode, where the
characters of a radical (部首), such as water, stand together. The same vectors read and
predict.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.apps.verse.grid import QUATRAIN, Grid, Letters
from aigc_course.apps.verse.tones import table
from aigc_course.attention.layers import Seen
from aigc_course.attention.transformer import START, Shape, Transformer

NEIGHBOURS = 16  # code points that share a vector


class Composed(nn.Module):
    """A table of token vectors, a sum of own, rhymes and neighbours.

    letters: V tokens. width: W. alone: leave the shared parts out.
    """

    shares: Tensor
    groups: Tensor

    def __init__(self, letters: Letters, width: int, alone: bool = False) -> None:
        super().__init__()
        shares, groups = shared(letters)
        self.register_buffer("shares", shares, persistent=False)  # [V, rhymes + 1]
        self.register_buffer("groups", groups, persistent=False)  # [V]
        self.alone = alone
        self.own = nn.Parameter(torch.randn(letters.vocabulary, width) * START)
        if not alone:
            self.rhymes = nn.Parameter(torch.randn(shares.shape[1], width) * START)
            kinds = int(groups.max()) + 1
            self.radicals = nn.Parameter(torch.randn(kinds, width) * START)

    def table(self) -> Tensor:
        """The vectors of all tokens, [V, W]."""
        if self.alone:
            return self.own
        # e = own + mean of rhymes + neighbours
        return self.own + self.shares @ self.rhymes + self.radicals[self.groups]

    def forward(self, tokens: Tensor) -> Tensor:
        """Vectors [..., W] of tokens [...]."""
        return F.embedding(tokens, self.table())


class Scores(nn.Module):
    """Logits by the same table: h E^T + b."""

    def __init__(self, embed: Composed, vocabulary: int) -> None:
        super().__init__()
        self.embed = [embed]  # in a list: it is not a second owner of the weights
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, x: Tensor) -> Tensor:
        """[..., W] to [..., V]."""
        return F.linear(x, self.embed[0].table(), self.bias)


class Poet(Transformer):
    """The Transformer of chapter 12 on grids of characters.

    letters, grid: the tokens. width, layers, heads, dropout: of the network. alone:
    give every character a vector of its own only.
    """

    def __init__(
        self,
        letters: Letters,
        grid: Grid = QUATRAIN,
        *,
        width: int = 128,
        layers: int = 3,
        heads: int = 4,
        dropout: float = 0.1,
        alone: bool = False,
    ) -> None:
        self.size: dict[str, Any] = {"width": width, "layers": layers, "heads": heads}
        # the usual table is not used: a vocabulary of 1 makes it small
        super().__init__(
            Shape(
                1,
                context=grid.places,
                feed_forward="relu2",
                normed=True,
                dropout=dropout,
                **self.size,
            )
        )
        self.letters, self.grid = letters, grid
        self.embed = Composed(letters, width, alone)  # type: ignore[assignment]
        self.head = Scores(self.embed, letters.vocabulary)  # type: ignore
        self.where = nn.Parameter(torch.randn(grid.places, width) * START)

    def before(
        self, tokens: Tensor, seen: Sequence[Seen] | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """As in `Transformer`, and a vector for the place in the grid."""
        first = seen[0].keys.shape[-2] if seen else 0
        x, mask, bias = super().before(tokens, seen, mask)
        return x + self.where[first : first + tokens.shape[1]], mask, bias

    def _check(self, tokens: Tensor) -> None:
        """The tokens come from `Letters`, which has looked at them."""

    @torch.no_grad()
    def start_from(self, tokens: Tensor, counts: Tensor) -> "Poet":
        """Let the logits begin at the shares of the tokens. Returns itself."""
        v = self.letters.vocabulary
        n = torch.bincount(tokens[:, 1:][counts], minlength=v) + 0.1
        self.head.bias.copy_((n / n.sum()).log())  # type: ignore[union-attr,operator]
        return self


def shared(letters: Letters) -> tuple[Tensor, Tensor]:
    """Shares of rhymes [V, rhymes + 1], each row with sum 1 or 0, and groups int [V].

    The last column is for characters without a known rhyme. Groups of neighbours in
    Unicode are numbered from 1 on; 0 is that of the blank and the start.
    """
    tones = table()
    shares = torch.zeros(letters.vocabulary, len(tones.names) + 1)
    for n, character in enumerate(letters.symbols):
        found = sorted(tones.rhymes(character)) or [len(tones.names)]
        shares[n, found] = 1 / len(found)
    codes = torch.tensor([ord(c) // NEIGHBOURS for c in letters.symbols])
    groups = torch.zeros(letters.vocabulary, dtype=torch.long)
    groups[: len(codes)] = codes.unique(return_inverse=True)[1] + 1
    return shares, groups
