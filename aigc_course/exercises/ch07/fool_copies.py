"""Exercise on fooling the search for copies, in both directions."""

from functools import cache
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.data import load
from aigc_course.metrics.copies import calibrate, closeness, near_copy_rate

exercise = Exercise(
    "07.fool_copies",
    order=100,
    title="Hidden copies and false alarms",
    difficulty=3,
    minutes=15,
    asks="decide",
    idea="The search compares pixels in place. Move every image a little, and no pixel"
    " is where it was. And among many new images some are near to a training image by"
    " chance: take those.",
    formula="stolen: train shifted by one pixel, right and down. accused: the three"
    " images of unseen with the smallest closeness s(x).",
    line="Write `stolen = torch.roll(train, (1, 1), dims=(2, 3))`, `accused ="
    " unseen[metrics.closeness(unseen, train).argsort()[:3]]` and `return"
    " stolen, accused`.",
    variation="Write a search that finds your stolen images, and measure what it does"
    " to the rate of honest ones.",
    agree=False,
)


Images = tuple[Tensor, Tensor]


STOLEN, RECOGNISED, SHARE = 0.02, 0.8, 0.95


Shifts = list[tuple[int, int]]


SHIFTS: Shifts = [(y, x) for y in range(-3, 4) for x in range(-3, 4)]


FARTHER: Shifts = [(y, x) for y in range(-8, 9) for x in range(-8, 9)]


SHOWN = 60  # stolen images that are compared with their originals at every shift


@exercise.answer
def fool_copies(train: Tensor, unseen: Tensor) -> Images:
    """(stolen, accused) for uint8 images train [N, 1, 28, 28] and unseen [M, ...].

    stolen: train, recognisable, and at most 2 % near-copies. accused: three or more of
    unseen, most of which count as near-copies.
    """
    # one pixel to the right and down: the rim is black, so nothing is lost
    stolen = torch.roll(train, (1, 1), dims=(2, 3))
    return stolen, unseen[closeness(unseen, train).argsort()[:3]]


def digits() -> Images:
    """Training and unseen images, the digits that come with scikit-learn."""
    train, test = load("digits", "train").images, load("digits", "test").images
    return train[:400].clone(), torch.cat([test, train[400:503]])


@cache
def threshold() -> float:
    """The closeness below which one in a hundred of the unseen digits fall."""
    train, unseen = digits()
    return calibrate(unseen, train)


@exercise.inputs
def handed_over() -> list[Images]:
    return [digits()]


def images(found: Any, name: str) -> Tensor:
    """uint8 images [n, 1, 28, 28]; AssertionError with a sentence for anything else."""
    right = isinstance(found, Tensor) and found.shape[1:] == (1, 28, 28) and len(found)
    assert right and found.dtype == torch.uint8, (
        f"`{name}` is a uint8 tensor of images [n, 1, 28, 28]."
    )
    return found


def likeness(stolen: Tensor, train: Tensor, shifts: Shifts = SHIFTS) -> Tensor:
    """Largest |correlation| of each image with its original over all shifts, [n]."""
    own = _standard(train)
    shifted = [_standard(torch.roll(stolen, s, dims=(2, 3))) for s in shifts]
    return torch.stack([(x * own).mean(1).abs() for x in shifted]).amax(0)


def _standard(found: Tensor) -> Tensor:
    flat = found.flatten(1).float()
    spread = flat.std(1, keepdim=True, correction=0).clamp(min=1e-6)
    return (flat - flat.mean(1, keepdim=True)) / spread


@exercise.must_hold
def every_image_is_there(f) -> bool:
    """`stolen` has as many images as `train`, in the same order."""
    train, unseen = digits()
    return len(images(f(train, unseen)[0], "stolen")) == len(train)


@exercise.must_hold
def stolen_passes(f) -> str | None:
    """At most 2 % of `stolen` count as near-copies."""
    train, unseen = digits()
    stolen = images(f(train, unseen)[0], "stolen")
    rate = near_copy_rate(stolen, train, threshold())
    if rate <= STOLEN:
        return None
    return f"At most 2 % of `stolen` count as near-copies; of yours {rate:.0%} do."


@exercise.must_hold
def stolen_is_recognised(f) -> str | None:
    """Each original can be recognised in `stolen`, at some shift up to three pixels."""
    train, unseen = digits()
    stolen = images(f(train, unseen)[0], "stolen")[:SHOWN]
    like = likeness(stolen, train[:SHOWN])
    if _are_seen(like):
        return None
    share = (like >= RECOGNISED).double().mean()
    return (
        f"At least {SHARE:.0%} of the originals can be recognised in `stolen`, with a"
        f" correlation of {RECOGNISED} or more at some shift up to three pixels; of"
        f" yours {share:.0%} can."
    )


@exercise.must_hold
def accused_are_honest(f) -> bool:
    """`accused` holds three or more images of `unseen`, none of them twice."""
    train, unseen = digits()
    accused = images(f(train, unseen)[1], "accused").flatten(1)
    known = {row.numpy().tobytes() for row in unseen.flatten(1)}
    rows = [row.contiguous().numpy().tobytes() for row in accused]
    return len(rows) >= 3 and len(set(rows)) == len(rows) and set(rows) <= known


@exercise.must_hold
def accused_are_convicted(f) -> str | None:
    """Most of `accused` count as near-copies."""
    train, unseen = digits()
    accused = images(f(train, unseen)[1], "accused")
    rate = near_copy_rate(accused, train, threshold())
    if rate > 0.5:
        return None
    return f"Most of `accused` count as near-copies; of yours {rate:.0%} do."


@exercise.mistake(hint="idea")
def only_shuffled(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` is the training set in another order. The search looks at every training
    image for each of yours and finds it."""
    return train.flip(0), fool_copies(train, unseen)[1]


@exercise.mistake(hint="idea")
def faint_noise(train: Tensor, unseen: Tensor) -> Images:
    """A little noise does not hide a copy: the search halves the images first, so that
    noise cancels, and every stroke is still in its place. Move the strokes."""
    noise = torch.randint(0, 20, train.shape, dtype=torch.uint8)
    return torch.maximum(train, noise), fool_copies(train, unseen)[1]


@exercise.mistake(hint="idea")
def nothing_left(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` passes because nothing of the originals is left in it. Keep the digits
    recognisable."""
    return torch.randint_like(train, 256), fool_copies(train, unseen)[1]


@exercise.mistake(hint="idea")
def taken_from_training(train: Tensor, unseen: Tensor) -> Images:
    """`accused` comes from the training set, so the search reports it correctly. Take
    images of `unseen`, which are copies of nothing."""
    return fool_copies(train, unseen)[0], train[:3].clone()


@exercise.mistake(hint="formula")
def the_first_three(train: Tensor, unseen: Tensor) -> Images:
    """`accused` are the first that came, and the search does not report them. About one
    in a hundred new images is below the threshold: find those, by
    `metrics.closeness`."""
    return fool_copies(train, unseen)[0], unseen[:3].clone()


@exercise.mistake(hint="formula")
def the_farthest(train: Tensor, unseen: Tensor) -> Images:
    """You take the images that are least close. A small closeness means near: sort
    the other way."""
    order = closeness(unseen, train).argsort(descending=True)
    return fool_copies(train, unseen)[0], unseen[order[:3]]


@exercise.mistake(hint="line")
def exchanged(train: Tensor, unseen: Tensor) -> Images:
    """The two are exchanged: first `stolen`, then `accused`."""
    stolen, accused = fool_copies(train, unseen)
    return accused, stolen


@exercise.mistake(hint="idea")
def mirrored(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` is mirrored, and no shift makes a mirrored digit agree with its original
    again. Move the images by a pixel or two instead."""
    return train.flip(3), fool_copies(train, unseen)[1]


@exercise.mistake(hint="idea")
def dimmed(train: Tensor, unseen: Tensor) -> Images:
    """You changed the brightness alone. Every stroke is still in its place, so the
    search finds the original: move the strokes."""
    return (train.float() * 0.8).byte(), fool_copies(train, unseen)[1]


@exercise.mistake(hint="line")
def as_floats(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` holds floating-point numbers. Images come as uint8 and are handed back
    as uint8, 0 to 255."""
    stolen, accused = fool_copies(train, unseen)
    return stolen.float() / 255, accused


@exercise.mistake(hint="line")
def moved_too_far(train: Tensor, unseen: Tensor) -> Images:
    """You moved the images by more than three pixels, where the checker no longer looks
    for the originals. A pixel or two hides them from the search."""
    return torch.roll(train, (5, 5), dims=(2, 3)), fool_copies(train, unseen)[1]


@exercise.mistake(hint="line")
def a_part(train: Tensor, unseen: Tensor) -> Images:
    """`stolen` has fewer images than `train`. Every image of `train` is to be in it, in
    the same order."""
    stolen, accused = fool_copies(train, unseen)
    return stolen[: len(stolen) // 2], accused


@exercise.observe
def facts(f) -> dict[str, object]:
    """What can be said of both sets: enough to tell the mistakes apart."""
    train, unseen = digits()
    stolen, accused = f(train, unseen)
    return {**_of_stolen(stolen, train), **_of_accused(accused, train, unseen)}


def _of_stolen(found: Any, train: Tensor) -> dict[str, object]:
    try:
        stolen = images(found, "stolen")
    except AssertionError as error:
        floats = isinstance(found, Tensor) and found.is_floating_point()
        return {"stolen": "floating point" if floats else str(error)}
    if len(stolen) != len(train):
        return {"images in stolen": "fewer" if len(stolen) < len(train) else "more"}
    shown, own = stolen[:SHOWN], train[:SHOWN]
    like = likeness(shown, own)
    about: dict[str, object] = {
        "stolen passes": near_copy_rate(stolen, train, threshold()) <= STOLEN,
        "stolen is recognised": _are_seen(like),
    }
    if _are_seen(like):
        still = likeness(shown, own, [(0, 0)]).min() > 0.998
        same_pixels = torch.equal(stolen, train)
        return about | {"brightness alone": bool(still), "unchanged": same_pixels}
    farther = _are_seen(likeness(shown, own, FARTHER))
    return about | {
        "something is left": farther or bool(like.median() > 0.4),
        "farther away": farther,
        "in a mirror": _are_seen(likeness(shown.flip(3), own)),
        "in another order": _rows(stolen) == _rows(train),
    }


def _are_seen(like: Tensor) -> bool:
    return bool((like >= RECOGNISED).double().mean() >= SHARE)


def _of_accused(found: Any, train: Tensor, unseen: Tensor) -> dict[str, object]:
    try:
        accused = images(found, "accused")
    except AssertionError as error:
        return {"accused": str(error)}
    convicted = near_copy_rate(accused, train, threshold())
    return {
        "three accused": len(accused) >= 3,
        "from unseen": _rows(accused) <= _rows(unseen),
        "from train": _rows(accused) <= _rows(train),
        "accused are convicted": convicted > 0.5,
        "accused are the farthest": bool(
            closeness(accused, train).min() > closeness(unseen, train).median()
        ),
        "accused are a few": len(accused) < 10,
    }


def _rows(found: Tensor) -> set[bytes]:
    return {row.contiguous().numpy().tobytes() for row in found.flatten(1)}
