"""Exercise on fooling the search for copies, in both directions."""

from functools import cache
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.data import load
from aigc_course.metrics.copies import calibrate, closeness, near_copy_rate

both_ways = Exercise(
    "07.fool_copies",
    title="A thief and a prosecutor",
    difficulty=3,
    minutes=15,
    idea="The search compares pixels in place. Move every image a little, and no pixel"
    " is where it was. And among many honest images some are near to a training image"
    " by chance: accuse those.",
    formula="stolen: train shifted by one pixel, right and down. accused: the three"
    " images of unseen with the smallest closeness s(x).",
    line="Write `stolen = torch.roll(train, (1, 1), dims=(2, 3))` and `accused ="
    " unseen[metrics.closeness(unseen, train).argsort()[:3]]`.",
    variation="Write a search that finds your stolen images, and measure what it does"
    " to the rate of honest ones.",
    agree=False,
)

Images = tuple[Tensor, Tensor]
STOLEN, RECOGNISED, SHARE = 0.02, 0.8, 0.95
SHIFTS = [(y, x) for y in range(-3, 4) for x in range(-3, 4)]
SHOWN = 60  # stolen images that are compared with their originals at every shift


@both_ways.answer
def fool_copies(train: Tensor, unseen: Tensor) -> Images:
    """(stolen, accused) for uint8 images train [N, 1, 28, 28] and unseen [M, ...].

    stolen: train, recognisable, and at most 2 % near-copies. accused: three or more of
    unseen, most of which count as near-copies.
    """
    # one pixel to the right and down: the rim is black, so nothing is lost
    stolen = torch.roll(train, (1, 1), dims=(2, 3))
    return stolen, unseen[closeness(unseen, train).argsort()[:3]]


@both_ways.also_right
def two_pixels(train: Tensor, unseen: Tensor) -> Images:
    stolen = torch.zeros_like(train)
    stolen[..., 2:, :-2] = train[..., :-2, 2:]
    limit = closeness(unseen, train).quantile(0.008)
    return stolen, unseen[closeness(unseen, train) <= limit]


@both_ways.also_right
def as_a_negative(train: Tensor, unseen: Tensor) -> Images:
    return 255 - train, unseen[closeness(unseen, train).topk(4, largest=False).indices]


def digits() -> Images:
    """Training and unseen images, the digits that come with scikit-learn."""
    train, test = load("digits", "train").images, load("digits", "test").images
    return train[:400].clone(), torch.cat([test, train[400:503]])


@cache
def threshold() -> float:
    """The closeness below which one in a hundred of the unseen digits fall."""
    train, unseen = digits()
    return calibrate(unseen, train)


@both_ways.inputs
def handed_over() -> list[Images]:
    return [digits()]


def images(found: Any, name: str) -> Tensor:
    """uint8 images [n, 1, 28, 28]; AssertionError with a sentence for anything else."""
    right = isinstance(found, Tensor) and found.shape[1:] == (1, 28, 28) and len(found)
    assert right and found.dtype == torch.uint8, (
        f"`{name}` is a uint8 tensor of images [n, 1, 28, 28]."
    )
    return found


def likeness(stolen: Tensor, train: Tensor) -> Tensor:
    """Largest |correlation| of each image with its original over all shifts, [n]."""
    own = _standard(train)
    shifted = [_standard(torch.roll(stolen, s, dims=(2, 3))) for s in SHIFTS]
    return torch.stack([(x * own).mean(1).abs() for x in shifted]).amax(0)


def _standard(found: Tensor) -> Tensor:
    flat = found.flatten(1).float()
    spread = flat.std(1, keepdim=True, correction=0).clamp(min=1e-6)
    return (flat - flat.mean(1, keepdim=True)) / spread


@both_ways.must_hold
def every_image_is_there(f) -> bool:
    """`stolen` has as many images as `train`, in the same order."""
    train, unseen = digits()
    return len(images(f(train, unseen)[0], "stolen")) == len(train)


@both_ways.must_hold
def stolen_passes(f) -> str | None:
    """At most 2 % of `stolen` count as near-copies."""
    train, unseen = digits()
    stolen = images(f(train, unseen)[0], "stolen")
    rate = near_copy_rate(stolen, train, threshold())
    if rate <= STOLEN:
        return None
    return f"At most 2 % of `stolen` count as near-copies; of yours {rate:.0%} do."


@both_ways.must_hold
def stolen_is_recognised(f) -> str | None:
    """Each original can be recognised in `stolen`, at some shift up to three pixels."""
    train, unseen = digits()
    stolen = images(f(train, unseen)[0], "stolen")[:SHOWN]
    like = likeness(stolen, train[:SHOWN])
    if (like >= RECOGNISED).double().mean() >= SHARE:
        return None
    return (
        "Each original can be recognised in `stolen`, with a correlation of"
        f" {RECOGNISED} or more at some shift; the middle one of yours has"
        f" {like.median():.2f}."
    )


@both_ways.must_hold
def accused_are_honest(f) -> bool:
    """`accused` holds three or more images of `unseen`, none of them twice."""
    train, unseen = digits()
    accused = images(f(train, unseen)[1], "accused").flatten(1)
    known = {row.numpy().tobytes() for row in unseen.flatten(1)}
    rows = [row.contiguous().numpy().tobytes() for row in accused]
    return len(rows) >= 3 and len(set(rows)) == len(rows) and set(rows) <= known


@both_ways.must_hold
def accused_are_convicted(f) -> str | None:
    """Most of `accused` count as near-copies."""
    train, unseen = digits()
    accused = images(f(train, unseen)[1], "accused")
    rate = near_copy_rate(accused, train, threshold())
    if rate > 0.5:
        return None
    return f"Most of `accused` count as near-copies; of yours {rate:.0%} do."


@both_ways.mistake(hint="idea")
def only_shuffled(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` is the training set in another order. The search looks at every training
    image for each of yours and finds it."""
    return train.flip(0), fool_copies(train, unseen)[1]


@both_ways.mistake(hint="idea")
def faint_noise(train: Tensor, unseen: Tensor) -> Images:
    """A little noise does not hide a copy: the search halves the images first, so that
    noise cancels, and every stroke is still in its place. Move the strokes."""
    noise = torch.randint(0, 20, train.shape, dtype=torch.uint8)
    return torch.maximum(train, noise), fool_copies(train, unseen)[1]


@both_ways.mistake(hint="idea")
def nothing_left(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` is no near-copy because nothing of the originals is left in it. A theft
    should be worth it: keep the digits recognisable."""
    return torch.randint_like(train, 256), fool_copies(train, unseen)[1]


@both_ways.mistake(hint="idea")
def taken_from_training(train: Tensor, unseen: Tensor) -> Images:
    """`accused` comes from the training set, so the accusation is right. Accuse honest
    images: some of `unseen`."""
    return fool_copies(train, unseen)[0], train[:3].clone()


@both_ways.mistake(hint="formula")
def the_first_three(train: Tensor, unseen: Tensor) -> Images:
    """`accused` are the first that came, and the search acquits them. About one in a
    hundred honest images is below the threshold: find those, by
    `metrics.closeness`."""
    return fool_copies(train, unseen)[0], unseen[:3].clone()


@both_ways.mistake(hint="formula")
def the_farthest(train: Tensor, unseen: Tensor) -> Images:
    """You accuse the images that are least close. A small closeness means near: sort
    the other way."""
    order = closeness(unseen, train).argsort(descending=True)
    return fool_copies(train, unseen)[0], unseen[order[:3]]


@both_ways.mistake(hint="line")
def exchanged(train: Tensor, unseen: Tensor) -> Images:
    """The two are exchanged: first `stolen`, then `accused`."""
    stolen, accused = fool_copies(train, unseen)
    return accused, stolen
