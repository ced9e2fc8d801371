"""Duplicates by hashing: equal pictures, and pictures that are nearly equal.

Comparing every pair of 60,000 pictures takes 1.8 billion comparisons. A hash brings
together what could be equal, and only that is compared.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import torch
from scipy.fft import dctn
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError

LOW = 8  # frequencies in each direction that the hash looks at
BANDS = 4  # of 16 bits: pictures with up to 3 unequal bits share one of them
FAR = 12  # unequal bits of 64 up to which a pair is looked at
LIKENESS = 0.985  # correlation from which on two pictures count as nearly equal
ROWS = 5_000  # pictures transformed at once
PAIRS = 20_000  # pairs compared at once: 130 MB

Pictures = ImageSet | Tensor


def exact(images: Pictures) -> Tensor:
    """For each picture the row of the first that equals it: int64 [N].

    A picture that is like none before it gives its own row. images: an ImageSet or
    uint8 [N, C, H, W]. Raises CourseError for anything else.

    >>> exact(torch.tensor([3, 5, 3], dtype=torch.uint8).view(3, 1, 1, 1)).tolist()
    [0, 1, 0]
    """
    seen: dict[bytes, int] = {}
    rows = _pixels(images).flatten(1).numpy()
    first = [
        seen.setdefault(hashlib.blake2b(row.tobytes(), digest_size=16).digest(), i)
        for i, row in enumerate(rows)
    ]
    return torch.tensor(first, dtype=torch.long)


def hashes(images: Pictures) -> Tensor:
    """64 bits a picture that survive a shift, a change of brightness, a little noise.

    The picture is centred, and of its cosine transform the 8 x 8 lowest frequencies are
    kept: bit (u, v) says whether the coefficient is above their median (a "pHash", as
    described by Zauner 2010, section 3.2). bool [N, 64]; one number may flip a bit.
    """
    parts = _pixels(images).split(ROWS)
    return torch.cat([_bits(part) for part in parts])


def near(
    images: Pictures, others: Pictures | None = None, likeness: float = LIKENESS
) -> Tensor:
    """Pairs of rows of nearly equal pictures: int64 [P, 2], in order.

    Candidates share a band of 16 bits of their hashes and differ in 12 bits at most; a
    pair is kept when the centred pictures correlate by `likeness` or more, at most 1.
    Without others each pair of `images` is named once, the smaller row first; with them
    the second row is of `others`. Equal pictures count as nearly equal.

    Raises CourseError for a likeness outside of 0 to 1, and for pictures of two sizes.
    """
    if not 0 < likeness <= 1:
        raise CourseError(f"A likeness is above 0 and at most 1, not {likeness}.")
    mine = _pixels(images)
    theirs = mine if others is None else _pixels(others)
    if mine.shape[1:] != theirs.shape[1:]:
        raise CourseError("Only pictures of one size can be nearly equal.")
    bits = hashes(mine), hashes(theirs)
    directions = _directions(mine), _directions(theirs)
    found = [torch.empty(0, dtype=torch.long)]
    for pairs in _candidates(*bits, others is None):
        alike = _correlation(*directions, pairs) >= likeness
        found.append(pairs[alike] @ torch.tensor([len(theirs), 1]))
    key = torch.cat(found).unique()  # i M + j: each pair once, in order
    return torch.stack([key // len(theirs), key % len(theirs)], 1)


def firsts(pairs: Tensor, n: int) -> Tensor:
    """For each of n pictures the first row of its group: int64 [n].

    Pairs [P, 2] join pictures, also by way of others: if a is like b and b like c, the
    three are a group.
    """
    ones = np.ones(len(pairs), dtype=np.int8)
    joined = coo_array((ones, pairs.T.numpy()), shape=(n, n))
    count, group = connected_components(joined, directed=False)
    groups = torch.from_numpy(group).long()
    first = torch.full((count,), n).scatter_reduce(0, groups, torch.arange(n), "amin")
    return first[groups]


def repeated(images: Pictures, near_too: bool = False) -> Tensor:
    """Rows that repeat an earlier picture, exactly or nearly: int64 [K]."""
    n = len(_pixels(images))
    first = firsts(near(images), n) if near_too else exact(images)
    return (first < torch.arange(n)).nonzero()[:, 0]


def shared(train: Pictures, test: Pictures, near_too: bool = False) -> Tensor:
    """Rows of test whose picture, or nearly the same, is in train too: int64 [K].

    A model that knows its training set by heart is right on these.
    """
    if near_too:
        return near(train, test)[:, 1].unique()
    known = _pixels(train)
    first = exact(torch.cat([known, _pixels(test)]))
    return (first[len(known) :] < len(known)).nonzero()[:, 0]


def _pixels(images: Pictures) -> Tensor:
    pixels = images.images if isinstance(images, ImageSet) else images
    if (
        not isinstance(pixels, Tensor)
        or pixels.dtype != torch.uint8
        or pixels.ndim != 4
    ):
        raise CourseError(
            "Duplicates are looked for among uint8 images [N, C, H, W]; got"
            f" {getattr(pixels, 'dtype', type(pixels).__name__)}."
        )
    return pixels.cpu()


def _centred(pixels: Tensor) -> Tensor:
    """Grey pictures, float32 [N, H, W], moved so that the middle of the ink is central.

    By whole pixels, around the border: what leaves on one side enters on the other.
    """
    ink = pixels.float().mean(1)  # [N, H, W]
    for axis in (1, 2):
        size = ink.shape[axis]
        at = torch.arange(size)
        line = ink.sum(3 - axis)  # [N, size]
        middle = (line @ at.float()) / line.sum(1).clamp(min=1)
        away = (middle - (size - 1) / 2).round().long()
        source = (at + away[:, None]) % size  # [N, size]
        index = source[:, :, None] if axis == 1 else source[:, None]
        ink = ink.gather(axis, index.expand_as(ink))
    return ink


def _bits(part: Tensor) -> Tensor:
    waves = dctn(_centred(part).numpy(), axes=(1, 2), norm="ortho")[:, :LOW, :LOW]
    low = torch.from_numpy(waves).flatten(1)  # [N, 64]
    return low > low.median(1, keepdim=True).values


def _bands(bits: Tensor) -> Tensor:
    """The hash bool [N, 64] as numbers of 16 bits, int64 [4, N]."""
    parts = bits.view(len(bits), BANDS, -1).long()
    return (parts << torch.arange(parts.shape[-1])).sum(2).T.contiguous()


def _candidates(mine: Tensor, theirs: Tensor, same: bool) -> Iterator[Tensor]:
    """Yield pairs of rows [P, 2] whose hashes share a band and differ in few bits."""
    for a, b in zip(_bands(mine), _bands(theirs), strict=True):
        for start in range(0, len(a), ROWS):
            pairs = _equal(a[start : start + ROWS], b)
            pairs[:, 0] += start
            pairs = pairs[pairs[:, 0] < pairs[:, 1]] if same else pairs
            for part in pairs.split(PAIRS):
                differ = (mine[part[:, 0]] ^ theirs[part[:, 1]]).sum(1)
                yield part[differ <= FAR]


def _equal(a: Tensor, b: Tensor) -> Tensor:
    """All (i, j) with a_i = b_j, int64 [P, 2]."""
    values, order = b.sort(stable=True)
    start = torch.searchsorted(values, a)
    count = torch.searchsorted(values, a, right=True) - start
    i = torch.repeat_interleave(torch.arange(len(a)), count)
    ends = count.cumsum(0)
    place = torch.arange(len(i)) - (ends - count)[i] + start[i]
    return torch.stack([i, order[place]], 1)


def _directions(pixels: Tensor) -> Tensor:
    """Centred pictures less their mean, of length 1: float32 [N, H W]."""
    x = torch.cat([_centred(part).flatten(1) for part in pixels.split(ROWS)])
    x -= x.mean(1, keepdim=True)
    return x.div_(x.norm(dim=1, keepdim=True).clamp(min=1e-6))


def _correlation(a: Tensor, b: Tensor, pairs: Tensor) -> Tensor:
    return (a[pairs[:, 0]] * b[pairs[:, 1]]).sum(1)
