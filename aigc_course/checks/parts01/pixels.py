"""Exercises on the smallest model of pictures: one coin for each pixel."""

import itertools

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]
Ink = NDArray[np.bool_]

fit = Exercise(
    "01.fit_pixels",
    title="A model fitted by counting",
    difficulty=2,
    minutes=8,
    idea="For each pixel, count in how many pictures it is inked. Half a picture with"
    " ink and half a picture without, added in thought, keep the share off 0 and 1.",
    formula="theta = (k + 1/2) / (N + 1), with k the number of inked pictures out of N,"
    " for each pixel by itself.",
    line="Write `return (ink.sum(axis=0) + 0.5) / (len(ink) + 1)`.",
    variation="Add 100 in place of 1/2 (and 200 in place of 1) and see what happens to"
    " the samples and to the likelihood of the test images.",
)


@fit.answer
def fit_pixels(ink: Ink) -> Array:
    """Probability of ink at each pixel [H, W], from binary pictures ink [N, H, W].

    theta = (k + 1/2) / (N + 1)    (Krichevsky and Trofimov 1981)
    """
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 1)


@fit.also_right
def two_halves_of_a_picture(ink: Ink) -> Array:
    half = np.full((1, *ink.shape[1:]), 0.5)
    # a picture that is half inked everywhere, among the others
    return np.concatenate([ink, half]).mean(axis=0)


@fit.also_right
def from_the_shares(ink: Ink) -> Array:
    n = ink.shape[0]
    return np.mean(ink, axis=0) * n / (n + 1) + 0.5 / (n + 1)


@fit.inputs
def sets() -> list[Ink]:
    rng = np.random.default_rng(2)
    few, many = rng.random((3, 4, 5)) < 0.3, rng.random((400, 6, 2)) < 0.7
    blank = np.zeros((9, 3, 3), dtype=bool)
    return [few, many, blank]


@fit.must_hold
def never_certain(f) -> bool:
    """Every share lies strictly between 0 and 1, also where all pictures agree."""
    ink = np.zeros((7, 2, 2), dtype=bool)
    ink[:, 0] = True
    return bool(((f(ink) > 0) & (f(ink) < 1)).all())


@fit.must_hold
def negative(f) -> bool:
    """Black and white exchanged give 1 - theta."""
    ink = np.random.default_rng(3).random((20, 3, 4)) < 0.4
    return same(f(~ink), 1 - f(ink))


@fit.must_hold
def counting_wins(f) -> bool:
    """With many pictures theta comes near to the share of inked ones."""
    ink = np.random.default_rng(4).random((5000, 2, 2)) < 0.2
    return same(f(ink), ink.mean(axis=0), 2e-3)


@fit.mistake(hint="formula")
def bare_share(ink: Ink) -> Array:
    """This is the bare share, which maximises the likelihood of the training set and
    is 0 for a pixel that was never inked. One test image with ink there then has
    probability 0, and the logarithm is -inf. Add the half counts."""
    return ink.mean(axis=0)


@fit.mistake(hint="idea")
def one_coin(ink: Ink) -> Array:
    """You have one number for all pixels: the corner gets as much ink as the middle.
    Count along the pictures only, `axis=0`, and keep the pixels apart."""
    return np.full(ink.shape[1:], (ink.sum() + 0.5) / (ink.size + 1))


@fit.mistake(hint="formula")
def half_too_much(ink: Ink) -> Array:
    """You add a half above the line and nothing below, so a pixel that is always inked
    gets a probability above 1. Two halves were added: N + 1 below."""
    return (ink.sum(axis=0) + 0.5) / len(ink)


@fit.mistake(hint="formula")
def background(ink: Ink) -> Array:
    """This is the probability of no ink: your samples would be negatives. Count where
    `ink` is True."""
    return fit_pixels(~ink)


@fit.mistake(hint="idea")
def decided(ink: Ink) -> Array:
    """You round each share to 0 or 1, so the model knows one picture and holds every
    other for impossible. A model keeps its doubt: return the shares themselves."""
    return np.round(fit_pixels(ink))


@fit.mistake(hint="idea")
def range_of_tanh(ink: Ink) -> Array:
    """Your values lie in [-1, 1], the range of the networks' images. A probability
    lies in [0, 1]: count True as 1 and False as 0."""
    return 2 * fit_pixels(ink) - 1


score = Exercise(
    "01.log_likelihood",
    title="What a picture costs",
    difficulty=2,
    minutes=10,
    idea="A pixel with ink has the probability theta, one without 1 - theta. The pixels"
    " are independent: their logarithms add up, over the pixels of each picture.",
    formula="log p(x) = sum over pixels of x log(theta) + (1 - x) log(1 - theta).",
    line="Write `return np.where(ink, np.log(theta), np.log(1 - theta)).sum((1, 2))`.",
    variation="Which test image has the lowest likelihood, and which the highest? Look"
    " at both.",
)


@score.answer
def log_likelihood(ink: Ink, theta: Array) -> Array:
    """log p(x) in nats of each picture, [N], for ink [N, H, W] and theta [H, W].

    log p(x) = sum_ij x_ij log theta_ij + (1 - x_ij) log(1 - theta_ij)
    """
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=(1, 2))


@score.also_right
def as_products_of_matrices(ink: Ink, theta: Array) -> Array:
    flat, logit = ink.reshape(len(ink), -1), np.log(theta) - np.log1p(-theta)
    return flat @ logit.ravel() + np.log1p(-theta).sum()


@score.also_right
def picture_by_picture(ink: Ink, theta: Array) -> Array:
    chances = [np.abs(1 - one - theta) for one in ink]  # theta or 1 - theta
    return np.array([np.log(chance).sum() for chance in chances])


@score.inputs
def pictures() -> list[tuple[Ink, Array]]:
    rng = np.random.default_rng(5)
    # 60 x 60 coins: the probability itself is too small for a float
    sizes = ((4, 5, 6), (3, 60, 60), (7, 2, 9))
    return [(rng.random(s) < 0.4, rng.uniform(0.1, 0.9, s[1:])) for s in sizes]


@score.must_hold
def adds_up_to_one(f) -> bool:
    """The probabilities of all 64 pictures of 2 x 3 pixels add up to 1."""
    every = np.array(list(itertools.product([False, True], repeat=6))).reshape(-1, 2, 3)
    theta = np.random.default_rng(6).uniform(0.05, 0.95, (2, 3))
    return same(np.exp(f(every, theta)).sum(), 1.0)


@score.must_hold
def fair_coins(f) -> bool:
    """With theta = 1/2 every picture of n pixels costs n log 2."""
    ink = np.random.default_rng(7).random((5, 40, 50)) < 0.1
    return same(f(ink, np.full((40, 50), 0.5)), np.full(5, -2000 * np.log(2)))


@score.mistake(hint="idea")
def log_of_a_product(ink: Ink, theta: Array) -> Array:
    """You multiply the probabilities and take the logarithm at the end. Thousands of
    factors below 1 make a number too small for a float: it becomes 0, and the
    logarithm -inf. Add logarithms instead."""
    chances = np.where(ink, theta, 1 - theta).prod(axis=(1, 2))
    with np.errstate(divide="ignore"):
        return np.log(chances)


@score.mistake(hint="formula")
def ink_alone(ink: Ink, theta: Array) -> Array:
    """You count the pixels with ink only, so a blank picture costs nothing. What is
    left white is evidence too: it has the probability 1 - theta."""
    return np.where(ink, np.log(theta), 0).sum(axis=(1, 2))


@score.mistake(hint="formula")
def mean_over_pixels(ink: Ink, theta: Array) -> Array:
    """You average over the pixels. The probability of a picture is the product of all
    its pixels' probabilities, so the logarithms are summed."""
    return log_likelihood(ink, theta) / theta.size


@score.mistake(hint="formula")
def one_number(ink: Ink, theta: Array) -> Array:
    """You sum over the pictures as well. Sum over the last two axes, `axis=(1, 2)`:
    each picture has a likelihood of its own."""
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum()


@score.mistake(hint="formula")
def a_loss(ink: Ink, theta: Array) -> Array:
    """This is the negative log-likelihood, which is a loss. The logarithm of a
    probability is negative or 0."""
    return -log_likelihood(ink, theta)


@score.mistake(hint="formula")
def in_bits(ink: Ink, theta: Array) -> Array:
    """You have counted in bits, with `np.log2`. Here nats are asked for, the natural
    logarithm `np.log`; a bit is 0.693 nats."""
    return log_likelihood(ink, theta) / np.log(2)


@score.mistake(hint="idea")
def squared_error(ink: Ink, theta: Array) -> Array:
    """This is a squared error. It is small for likely pictures too, but its
    exponentials do not add up to 1 over all pictures, so it is no log-probability."""
    return -((ink - theta) ** 2).sum(axis=(1, 2))
