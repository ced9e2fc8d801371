"""A keyed watermark in the pixels: put in, found again, with a known error rate.

>>> mark = Watermark(keys.new_key(), standard_whitening())         # doctest: +SKIP
>>> marked = mark.embed(pictures)                                  # doctest: +SKIP
>>> mark.p_values(mark.scores(marked))                             # doctest: +SKIP

The key is a uniform direction k in the coordinates y of `whitening`. The score of a
picture is sqrt(d) cos(y, k), computed for the picture as it is and for R - 1 other
registrations. These pay for the search: PENALTY is taken from each of their scores.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.provenance import keys
from aigc_course.provenance.embedding import embed
from aigc_course.provenance.geometry import (
    PIXELS,
    SIDE,
    Registration,
    registrations,
)
from aigc_course.provenance.null import (
    cosine_tail,
    exact_threshold,
    rank,
    search_p_value,
    threshold,
)
from aigc_course.provenance.whitening import (
    Whitening,
    brightness,
    owner_pictures,
    signed,
    standard_whitening,
    whitening,
)

__all__ = [
    "LEVEL",
    "Watermark",
    "Whitening",
    "cosine_tail",
    "exact_threshold",
    "owner_pictures",
    "rank",
    "read_mark",
    "read_picture",
    "registrations",
    "search_p_value",
    "standard_whitening",
    "threshold",
    "whitening",
]

LEVEL = 1e-3  # p-value below which a picture counts as marked
PSNR = 32.0
PENALTY = 1.0  # alternatives pay for the search: see `search_p_value`
CHUNK = 1000  # pictures searched at once


@dataclass(frozen=True, eq=False)
class Watermark:
    """A key and the coordinates in which it is a direction.

    Raises CourseError for a key with fewer than 16 bytes.
    """

    key: bytes = field(repr=False)
    whitening: Whitening

    def __post_init__(self) -> None:
        keys.check(self.key)

    @cached_property
    def direction(self) -> Tensor:
        """The secret direction k, float32 [d], of length 1.

        The key's direction among the pixels, seen in the coordinates and made as long
        as 1 again, which is uniform on the sphere as well. It is the same mark on every
        computer: see `Whitening.frame`.
        """
        k = self.whitening.frame @ keys.directions(self.key, PIXELS)
        return (k / k.norm()).float()

    def score(self, y: Tensor) -> Tensor:
        """sqrt(d) cos(y, k) of coordinates [..., d]; 0 where y is 0."""
        cosine = (y @ self.direction) / y.norm(dim=-1).clamp_min(1e-9)
        return math.sqrt(self.whitening.size) * cosine

    def score_plain(self, pictures: Tensor) -> Tensor:
        """Scores [N] of the pictures as they are, without a search."""
        return self.score(self.whitening.apply(pictures))

    def searched(self, pictures: Tensor) -> Tensor:
        """Scores [N, R], one for every registration; all but the first are reduced."""
        white, found = self.whitening, []
        rows = white.searched.flatten(0, 1)  # [R d, 784]
        offset = white.matrix @ white.mean
        for part in brightness(pictures).flatten(1).split(CHUNK):
            y = (part @ rows.T).unflatten(1, (-1, white.size)) - offset
            found.append(self.score(y))
        penalty = torch.full((white.searched.shape[0],), PENALTY)
        penalty[0] = 0
        return torch.cat(found) - penalty

    def scores(self, pictures: Tensor) -> Tensor:
        """The best score over all registrations, [N]."""
        return self.searched(pictures).amax(1)

    def found_as(self, pictures: Tensor) -> list[Registration]:
        """Which registration gives each picture its best score."""
        return [registrations()[i] for i in self.searched(pictures).argmax(1).tolist()]

    def p_values(self, scores: Tensor) -> Tensor:
        """Bounds of the p-values, float64: how often a fresh key scores as high."""
        return search_p_value(
            scores, self.whitening.size, len(registrations()), PENALTY
        )

    def embed(self, pictures: Tensor, psnr: float = PSNR) -> Tensor:
        """Marked pictures float32 [N, 1, 28, 28] in [-1, 1], on the levels of a file.

        psnr: decibels that the mean over these pictures reaches; a hard one among them
        may take up to 2.5 more than that, and a picture alone takes none. Raises
        CourseError for a psnr outside 20 to 50, and where a picture is marked by this
        key already: a second mark would only cost quality.
        """
        if not 20 <= psnr <= 50:
            raise CourseError(f"The PSNR lies between 20 and 50 decibels, not {psnr}.")
        x = brightness(pictures)
        # divided by their number: chance refuses one batch in 10,000, however large
        limit = LEVEL / 10 / max(1, len(x))
        marked = int((self.p_values(self.score_plain(pictures)) < limit).sum())
        if marked:
            raise CourseError(
                f"{marked} of {len(x)} pictures carry the mark of the key"
                f" {keys.name(self.key)} already: mark the originals."
            )
        k = self.direction
        parts = [embed(part, self.whitening, k, psnr) for part in x.split(CHUNK)]
        return signed(torch.cat(parts))


def read_picture(path: Path) -> Tensor:
    """A grey picture of 28 x 28 pixels from a file, [1, 1, 28, 28] in [-1, 1].

    Raises CourseError for a file that is missing, cut off, no picture, of another size,
    in colour or transparent.
    """
    from aigc_course.apps import images

    picture = images.read(path)
    height, width = picture.size
    if (height, width) != (SIDE, SIDE):
        raise CourseError(
            f"{path} has {width} x {height} pixels; the watermark is made for digits of"
            f" {SIDE} x {SIDE}."
        )
    if not picture.is_grey:
        raise CourseError(
            f"{path} is in colour; the watermark is made for grey digits."
        )
    if picture.alpha is not None and bool((picture.alpha < 1).any()):
        raise CourseError(
            f"{path} is transparent in places: the watermark needs every pixel."
        )
    return picture.grey[None].clamp(-1, 1)


def read_mark(path: Path, key: bytes) -> str:
    """One sentence: whether the picture in the file carries the mark of the key.

    Raises CourseError as `read_picture` does, and for a short key.
    """
    mark = Watermark(key, standard_whitening())
    picture = read_picture(path)
    score = mark.scores(picture)
    p = float(mark.p_values(score))
    name = keys.name(key)
    if p > LEVEL:
        return (
            f"The mark of the key {name} was not found (p = {p:.2g}), which does not"
            " prove that the picture never had one: regenerating a picture removes it."
        )
    how = mark.found_as(picture)[0].name
    return (
        f"The mark of the key {name} was found ({how}; p = {p:.1g}), but whoever has"
        " one marked picture can copy its mark to another."
    )
