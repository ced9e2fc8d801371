"""Rivals without a network: counted n-grams, and poems put together from known lines.

`Counts` predicts by Kneser-Ney and draws under the same constraints as the Transformer.
`Cento` (集句) takes four lines of different poems that fit: an old art of its own.
"""

import random
from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.apps.verse import forms
from aigc_course.apps.verse.grid import QUATRAIN, Grid, Letters
from aigc_course.apps.verse.tones import table
from aigc_course.apps.verse.wish import Wish
from aigc_course.apps.verse.writer import Drawn, Poem, compose
from aigc_course.attention.decoding import Decoding
from aigc_course.classical.counts import KneserNey
from aigc_course.errors import CourseError

ORDER = 3  # a character and the two before it
CHUNK = 5  # poems predicted at once


class Counts:
    """Kneser-Ney n-grams of characters within lines.

    poems: to count. letters, grid: as of the Transformer. Between two lines stands a
    mark, so that an n-gram does not run over the end of a line.
    """

    def __init__(
        self,
        poems: Sequence[Poem],
        letters: Letters,
        grid: Grid = QUATRAIN,
        order: int = ORDER,
    ) -> None:
        self.letters, self.grid, self.order = letters, grid, order
        self.mark = torch.tensor([letters.blank])
        flat = torch.cat([self._marked(poem) for poem in poems])
        self.model = KneserNey(order).fit(flat, letters.vocabulary)

    def bits(self, poems: Sequence[Poem]) -> Tensor:
        """-log2 p per character of each poem, [N]; marks are not among the choices."""
        found = []
        for start in range(0, len(poems), CHUNK):
            rows = [self._marked(poem) for poem in poems[start : start + CHUNK]]
            flat = torch.cat(rows)
            before = torch.full((self.order,), self.letters.blank)
            p = self.model.distributions(flat, before)[:, : self.letters.blank]
            p = p / p.sum(dim=1, keepdim=True)
            is_character = flat < self.letters.blank
            chosen = p[is_character].gather(1, flat[is_character][:, None])[:, 0]
            sizes = [int((row < self.letters.blank).sum()) for row in rows]
            found += [-part.log2().mean() for part in chosen.split(sizes)]
        return torch.stack(found)

    def write(
        self, wishes: Sequence[Wish], generator: torch.Generator | None = None
    ) -> Drawn:
        """A quatrain for each wish, as `writer.write` does."""
        return compose(self.letters, self._following, wishes, Decoding(), generator)

    def _following(self, tokens: Tensor) -> Tensor:
        rows = []
        for row in tokens:
            line = row[1 + (len(row) - 1) // self.grid.columns * self.grid.columns :]
            line = line[line < self.letters.blank]
            history = torch.cat([self.mark, line])[-(self.order - 1) :]
            p = self.model.probabilities(history)
            # where a line of five has its blanks, a blank follows for certain
            p[self.letters.blank] += p[: self.letters.blank].sum() * 1e-9
            rows.append(p.log().float())
        return torch.stack(rows)

    def _marked(self, poem: Poem) -> Tensor:
        rows = [[self.letters.known.encode(line), self.mark] for line in poem]
        return torch.cat([part for row in rows for part in row])


class Cento:
    """Poems from whole lines of known ones, chosen by tone, rhyme and beginning."""

    def __init__(self, poems: Sequence[Poem]) -> None:
        self.by_shape: dict[tuple[int, int], list[str]] = defaultdict(list)
        for poem in poems:
            for place, line in enumerate(poem):
                self.by_shape[len(line), place].append(line)

    def write(self, wishes: Sequence[Wish], seed: int = 0) -> list[tuple[str, ...]]:
        """A poem for each wish, with lines that stood at the same place of their poem.

        Raises CourseError where no lines fit.
        """
        chance = random.Random(seed)
        return [self._one(wish, chance) for wish in wishes]

    def _one(self, wish: Wish, chance: random.Random) -> tuple[str, ...]:
        for _ in range(100):
            poem = self._attempt(wish, chance)
            if poem is not None:
                return poem
        raise CourseError(f"No known lines fit {wish.acrostic!r}: ask for other ones.")

    def _attempt(self, wish: Wish, chance: random.Random) -> tuple[str, ...] | None:
        tones, wanted = table(), wish.tones()
        found: list[str] = []
        for place in range(forms.LINES):
            ends = [found[n][-1] for n in wish.rhymed if n < place]
            fitting = [
                line
                for line in self.by_shape[wish.size, place]
                if not wish.acrostic or line[0] == wish.acrostic[place]
                if wanted is None or forms.fits([line], (wanted[place],), tones)
                if place not in wish.rhymed
                or (tones.rhymes(line[-1]) and line[-1] not in ends)
                and tones.rhyme(line[-1], *ends)
            ]
            if not fitting:
                return None
            found.append(chance.choice(fitting))
        return tuple(found)
