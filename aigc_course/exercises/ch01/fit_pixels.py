"""Exercise on fitting the smallest model of pictures: one coin for each pixel."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


Ink = NDArray[np.bool_]


exercise = Exercise(
    "01.fit_pixels",
    order=30,
    title="A model fitted by counting",
    difficulty=2,
    minutes=8,
    asks="derive",
    idea="For each pixel, count in how many pictures it is inked. Half a picture with"
    " ink and half a picture without are added: the share is then never 0 or 1.",
    formula="theta = (k + 1/2) / (N + 1), with k the number of inked pictures out of N,"
    " for each pixel by itself.",
    line="Write `return (ink.sum(axis=0) + 0.5) / (len(ink) + 1)`.",
    variation="Add 100 in place of 1/2 (and 200 in place of 1) and see what happens to"
    " the samples and to the likelihood of the test images.",
)


@exercise.answer
def fit_pixels(ink: Ink) -> Array:
    """Probability of ink at each pixel [H, W], from binary pictures ink [N, H, W].

    theta = (k + 1/2) / (N + 1)    (Krichevsky and Trofimov 1981)
    """
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 1)


@exercise.inputs
def sets() -> list[Ink]:
    rng = np.random.default_rng(2)
    few, many = rng.random((3, 4, 5)) < 0.3, rng.random((400, 6, 2)) < 0.7
    blank = np.zeros((9, 3, 3), dtype=bool)
    return [few, many, blank]


@exercise.must_hold
def never_certain(f) -> bool:
    """Every share lies strictly between 0 and 1, also where all pictures agree."""
    ink = np.zeros((7, 2, 2), dtype=bool)
    ink[:, 0] = True
    return bool(((f(ink) > 0) & (f(ink) < 1)).all())


@exercise.must_hold
def negative(f) -> bool:
    """Black and white exchanged give 1 - theta."""
    ink = np.random.default_rng(3).random((20, 3, 4)) < 0.4
    return same(f(~ink), 1 - f(ink))


@exercise.must_hold
def counting_wins(f) -> bool:
    """With many pictures theta comes near to the share of inked ones."""
    ink = np.random.default_rng(4).random((5000, 2, 2)) < 0.2
    return same(f(ink), ink.mean(axis=0), 2e-3)


@exercise.mistake(hint="formula")
def bare_share(ink: Ink) -> Array:
    """This is the bare share: a pixel that was never inked gets 0, or the small number
    that you put there, and one test image with ink costs -inf, or whatever you chose.
    Add the half counts."""
    return ink.mean(axis=0)


@exercise.mistake(hint="idea")
def one_coin(ink: Ink) -> Array:
    """You have one number for all pixels: the corner gets as much ink as the middle.
    Count along the pictures only, `axis=0`, and keep the pixels apart."""
    return np.full(ink.shape[1:], (ink.sum() + 0.5) / (ink.size + 1))


@exercise.mistake(hint="formula")
def half_too_much(ink: Ink) -> Array:
    """You add a half above the line and nothing below, so a pixel that is always inked
    gets a probability above 1. Two halves were added: N + 1 below."""
    return (ink.sum(axis=0) + 0.5) / len(ink)


@exercise.mistake(hint="formula")
def background(ink: Ink) -> Array:
    """This is the probability of no ink: your samples would be negatives. Count where
    `ink` is True."""
    return fit_pixels(~ink)


@exercise.mistake(hint="idea")
def decided(ink: Ink) -> Array:
    """You give each pixel the value of its majority, 0 or 1, so the model knows one
    picture and holds every other for impossible. Return the shares themselves."""
    return np.round(fit_pixels(ink))


@exercise.mistake(hint="idea")
def range_of_tanh(ink: Ink) -> Array:
    """Your values lie in [-1, 1], the range of the networks' images. A probability
    lies in [0, 1]: count True as 1 and False as 0."""
    return 2 * fit_pixels(ink) - 1


@exercise.mistake(hint="formula")
def a_whole_picture_each(ink: Ink) -> Array:
    """You add one picture with ink and one without (Laplace's rule). That keeps theta
    off 0 and 1 too, but here half a picture of each is added: + 1/2 above, + 1
    below."""
    return (ink.sum(axis=0) + 1) / (len(ink) + 2)


@exercise.mistake(hint="formula")
def one_half_below(ink: Ink) -> Array:
    """You add 1/2 above and 1/2 below, so a pixel that is always inked gets the
    probability 1. Two halves were added, one with ink and one without: N + 1 below."""
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 0.5)


@exercise.mistake(hint="idea")
def each_picture(ink: Ink) -> Array:
    """You count along the pixels and get one number for each picture. Count along the
    pictures, `axis=0`: one number for each pixel."""
    return (ink.sum(axis=(1, 2)) + 0.5) / (ink[0].size + 1)


@exercise.mistake(hint="idea")
def among_the_pixels(ink: Ink) -> Array:
    """Your numbers add up to 1 over the pixels, as if ink could stand in one pixel
    only. Each pixel has a probability of its own: divide by the number of pictures plus
    1."""
    k = ink.sum(axis=0) + 0.5
    return k / k.sum()


@exercise.mistake(hint="formula")
def no_half_above(ink: Ink) -> Array:
    """You add 1 below and nothing above, so a pixel that was never inked still gets 0.
    Add 1/2 to the count (in Python, `1 // 2` is 0)."""
    return ink.sum(axis=0) / (len(ink) + 1)


@exercise.mistake(hint="formula")
def half_above_two_below(ink: Ink) -> Array:
    """You add 1/2 above and 2 below, but two halves of a picture make one: N + 1
    below."""
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 2)
