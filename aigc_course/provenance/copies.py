"""Copying and style: what a small distance can say of a picture, and what it cannot.

A near copy says that two pictures are alike. That one was made from the other needs a
comparison: how often are pictures that nobody copied as near? `metrics.copies` sets its
threshold so, at 1 % of real, unseen pictures. A style that two pictures share says less
still, for a style is what many hands have in common.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.metrics.features import extractor
from aigc_course.metrics.images import Images, checked, float_batches, to_float

ROWS = 500  # pictures compared at once
STYLE_LAYERS = (1, 3)  # outputs of the extractor's first two convolutions, after ReLU


class Excess(NamedTuple):
    """Near copies among n pictures, beside what chance alone would give.

    p_value: the probability of `near` or more when each is one with the expected rate.
    low, high: 95 % interval of the rate of near copies (Clopper & Pearson 1934).
    """

    near: int
    n: int
    expected: float
    p_value: float
    low: float
    high: float


class StyleTest(NamedTuple):
    """How well the style distance tells "one style" from "two styles": AUC, 0.5 to 1.

    everyone: of all pairs. same_digit: of pairs that show one digit. crossed: one style
    and two digits against two styles and one digit; below 0.5 where the distance
    follows what is shown, rather than how.
    """

    everyone: float
    same_digit: float
    crossed: float
    pairs: int


@torch.no_grad()
def aligned_distance(
    images: Images, train: Images, shift: int = 2
) -> tuple[Tensor, Tensor]:
    """Distance to the nearest training picture under all shifts, and its index, [N].

    min over t and over (dy, dx), |dy|, |dx| <= shift, of |S(dy, dx) x - t|, where what
    comes in is black. A copy that was moved by a pixel or two is far away in pixels,
    and found here. Real pictures come nearer as well: calibrate with the same shifts.

    images, train: as `metrics.features` takes them. Raises CourseError for others and
    a shift outside 0 to 8.
    """
    queries, known = to_float(checked(images)), to_float(checked(train)).flatten(1)
    validate.whole(shift, "The shift", 0)
    if shift > 8:
        raise CourseError(f"The shift is at most 8 pixels, not {shift}.")
    squares = known.square().sum(1)
    best = torch.full((len(queries),), torch.inf)
    which = torch.zeros(len(queries), dtype=torch.long)
    for moved in _shifted(queries, shift):
        parts = [
            _nearest(rows, known, squares) for rows in moved.flatten(1).split(ROWS)
        ]
        found = torch.cat([d for d, _ in parts])
        index = torch.cat([i for _, i in parts])
        which = torch.where(found < best, index, which)
        best = torch.minimum(found, best)
    return best.sqrt(), which


def accused_of_copying(near: int, n: int, rate: float = 0.01) -> Excess:
    """Are `near` near copies among n pictures more than chance gives at `rate`?

    P(X >= near), X ~ Binomial(n, rate): exact. rate: the share of real, unseen pictures
    that the same threshold calls near copies. Raises CourseError for other counts.

    >>> excess = accused_of_copying(13, 1000)
    >>> round(excess.p_value, 2)
    0.21
    """
    validate.whole(n, "The number of pictures")
    validate.whole(near, "The number of near copies", 0)
    if near > n or not 0 < rate < 1:
        raise CourseError(
            f"Near copies are at most {n} and their rate is between 0 and 1; got"
            f" {near} and {rate:g}."
        )
    from scipy.stats import binomtest  # takes a while to load

    test = binomtest(near, n, rate, alternative="greater")
    low, high = binomtest(near, n).proportion_ci(0.95, method="exact")
    return Excess(near, n, n * rate, float(test.pvalue), float(low), float(high))


@torch.no_grad()
def gram(images: Images) -> Tensor:
    """Descriptor of style: which maps are bright together, wherever, float32 [N, d].

    G_ij = sum_k F_ik F_jk / K   over the K places of a layer (Gatys et al. 2016,
    equation 3), of the first two convolutions of the shipped extractor, the upper half
    of G row by row. Where things are is summed away; what they are is not altogether.
    """
    rows = []
    for part in float_batches(checked(images), ROWS, "cpu"):
        found, x = [], part
        for index, layer in enumerate(extractor().body[: max(STYLE_LAYERS) + 1]):
            x = layer(x)
            if index in STYLE_LAYERS:
                found.append(_gram(x))
        rows.append(torch.cat(found, 1))
    return torch.cat(rows)


def style_distance(a: Images, b: Images) -> Tensor:
    """|gram(a_i) - gram(b_i)| of N pairs, [N]. Raises CourseError for other numbers."""
    first, second = gram(a), gram(b)
    if first.shape != second.shape:
        raise CourseError(
            f"Styles are compared in pairs; got {len(first)} and {len(second)} images."
        )
    return (first - second).norm(dim=1)


def style_test(
    styles: Mapping[str, Images], labels: Tensor, pairs: int = 20_000, seed: int = 0
) -> StyleTest:
    """Draw pairs of pictures of known styles and digits, and rank their distances.

    styles: at least two, each N pictures whose digits are `labels`, int [N]. The two
    pictures of a pair never have one index, so that no digit is compared with itself
    in another style. Raises CourseError for other numbers, and fewer than two digits.
    """
    grams = [gram(images) for images in styles.values()]
    if len(grams) < 2 or any(len(g) != len(labels) for g in grams):
        raise CourseError(
            "Give two styles or more, each of one picture for each label."
        )
    if len(labels.unique()) < 2:
        raise CourseError("Give pictures of two digits or more.")
    validate.whole(pairs, "The number of pairs", 100)
    every = torch.stack(grams)  # [S, N, d]
    random = torch.Generator().manual_seed(seed)
    s, t = torch.randint(len(grams), (2, pairs), generator=random)
    i, j = torch.randint(len(labels), (2, pairs), generator=random)
    j = torch.where(i == j, (j + 1) % len(labels), j)
    distance = (every[s, i] - every[t, j]).norm(dim=1)
    style, digit = s == t, labels[i] == labels[j]
    return StyleTest(
        _auc(distance[~style], distance[style]),
        _auc(distance[~style & digit], distance[style & digit]),
        _auc(distance[~style & digit], distance[style & ~digit]),
        pairs,
    )


def _auc(high: Tensor, low: Tensor) -> float:
    """P(high > low), with half of the ties."""
    if not len(high) or not len(low):
        raise CourseError("Too few pairs of a kind were drawn: ask for more pairs.")
    from aigc_course.metrics.memorisation import mann_whitney

    return mann_whitney(high, low)[1]


def _gram(maps: Tensor) -> Tensor:
    """Upper half of the Gram matrices of maps [N, C, H, W], [N, C (C + 1) / 2]."""
    flat = maps.flatten(2)
    whole = flat @ flat.transpose(1, 2) / flat.shape[2]  # [N, C, C]
    row, column = torch.triu_indices(maps.shape[1], maps.shape[1])
    return whole[:, row, column]


def _shifted(images: Tensor, shift: int) -> list[Tensor]:
    """All shifted versions of [N, 1, 28, 28]; what comes in is black."""
    large = pad(images, (shift,) * 4, value=-1.0)
    side = range(2 * shift + 1)
    return [large[..., y : y + 28, x : x + 28] for y in side for x in side]


def _nearest(rows: Tensor, known: Tensor, squares: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distance to the nearest of `known`, and which it is."""
    # |x - t|^2 = |x|^2 - 2 x t + |t|^2
    found, index = (squares - 2 * rows @ known.T).min(1)
    return (found + rows.square().sum(1)).clamp(min=0), index
