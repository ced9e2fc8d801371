"""The rival without a network: parse the caption, look up two digits, paste them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.apps.captions.reader import places
from aigc_course.apps.captions.scenes import PLACES, Digits, pictures
from aigc_course.apps.captions.words import Thing, parse
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Paste:
    """Scenes made of known digits, by the parser. It can show nothing that is new."""

    known: Digits

    def draw(
        self, captions: Sequence[str], generator: torch.Generator | None = None
    ) -> Tensor:
        """One scene [N, 1, 28, 28] for each caption.

        Raises CourseError where no known digit is as a caption says.
        """
        rows = torch.full((len(captions), PLACES), -1)
        for row, caption in zip(rows, captions, strict=True):
            scene = parse(caption)
            for place, thing in zip(places(scene), scene.things, strict=True):
                row[place] = self.look_up(thing, generator)
        return pictures(self.known, rows)

    def look_up(self, thing: Thing, generator: torch.Generator | None = None) -> int:
        """The row of a known digit of which all that is said is true."""
        rows = self.known.fits(thing).nonzero()[:, 0]
        if not len(rows):
            raise CourseError(
                f"Among the {len(self.known)} known digits none is as asked; give more"
                " digits."
            )
        return int(rows[int(torch.randint(len(rows), (), generator=generator))])
