"""Exercise on the log-likelihood of pictures under a coin for each pixel."""

import itertools

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


Ink = NDArray[np.bool_]


exercise = Exercise(
    "01.log_likelihood",
    order=40,
    title="What a picture costs",
    difficulty=2,
    minutes=10,
    asks="formula",
    idea="A pixel with ink has the probability theta, one without 1 - theta. The pixels"
    " are independent: their logarithms add up, over the pixels of each picture.",
    formula="log p(x) = sum over pixels of x log(theta) + (1 - x) log(1 - theta).",
    line="Write `return np.where(ink, np.log(theta), np.log(1 - theta)).sum((1, 2))`.",
    variation="Which test image has the lowest likelihood, and which the highest? Look"
    " at both.",
)


@exercise.answer
def log_likelihood(ink: Ink, theta: Array) -> Array:
    """log p(x) in nats of each picture, [N], for ink [N, H, W] and theta [H, W].

    log p(x) = sum_ij x_ij log theta_ij + (1 - x_ij) log(1 - theta_ij)
    """
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=(1, 2))


@exercise.inputs
def pictures() -> list[tuple[Ink, Array]]:
    rng = np.random.default_rng(5)
    # 60 x 60 coins: the probability itself is too small for a float
    sizes = ((4, 5, 6), (3, 60, 60), (7, 2, 9))
    return [(rng.random(s) < 0.4, rng.uniform(0.1, 0.9, s[1:])) for s in sizes]


@exercise.must_hold
def adds_up_to_one(f) -> bool:
    """The probabilities of all 64 pictures of 2 x 3 pixels add up to 1."""
    every = np.array(list(itertools.product([False, True], repeat=6))).reshape(-1, 2, 3)
    theta = np.random.default_rng(6).uniform(0.05, 0.95, (2, 3))
    return same(np.exp(f(every, theta)).sum(), 1.0)


@exercise.must_hold
def fair_coins(f) -> bool:
    """With theta = 1/2 every picture of n pixels costs n log 2."""
    ink = np.random.default_rng(7).random((5, 40, 50)) < 0.1
    return same(f(ink, np.full((40, 50), 0.5)), np.full(5, -2000 * np.log(2)))


@exercise.mistake(hint="idea")
def log_of_a_product(ink: Ink, theta: Array) -> Array:
    """You multiply the probabilities and take the logarithm at the end. Thousands of
    factors below 1 make a number too small for a float: it becomes 0, and the
    logarithm -inf. Add logarithms instead."""
    chances = np.where(ink, theta, 1 - theta).prod(axis=(1, 2))
    with np.errstate(divide="ignore"):
        return np.log(chances)


@exercise.mistake(hint="formula")
def ink_alone(ink: Ink, theta: Array) -> Array:
    """You count the pixels with ink only, so a blank picture costs nothing. What is
    left white is evidence too: it has the probability 1 - theta."""
    return np.where(ink, np.log(theta), 0).sum(axis=(1, 2))


@exercise.mistake(hint="formula")
def mean_over_pixels(ink: Ink, theta: Array) -> Array:
    """You average over the pixels. The probability of a picture is the product of all
    its pixels' probabilities, so the logarithms are summed."""
    return log_likelihood(ink, theta) / theta.size


@exercise.mistake(hint="formula")
def one_number(ink: Ink, theta: Array) -> Array:
    """You sum over the pictures as well. Sum over the last two axes, `axis=(1, 2)`:
    each picture has a likelihood of its own."""
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum()


@exercise.mistake(hint="formula")
def a_loss(ink: Ink, theta: Array) -> Array:
    """This is the negative log-likelihood, which is a loss. The logarithm of a
    probability is negative or 0."""
    return -log_likelihood(ink, theta)


@exercise.mistake(hint="formula")
def in_bits(ink: Ink, theta: Array) -> Array:
    """You have counted in bits, with `np.log2`. Here nats are asked for, the natural
    logarithm `np.log`; a bit is 0.693 nats."""
    return log_likelihood(ink, theta) / np.log(2)


@exercise.mistake(hint="idea")
def squared_error(ink: Ink, theta: Array) -> Array:
    """This is a squared error. It is small for likely pictures too, but its
    exponentials do not add up to 1 over all pictures, so it is not a
    log-probability."""
    return -((ink - theta) ** 2).sum(axis=(1, 2))


@exercise.mistake(hint="formula")
def colours_swapped(ink: Ink, theta: Array) -> Array:
    """You give theta to the pixels without ink and 1 - theta to those with ink. Theta
    is the probability of ink: exchange the two."""
    return log_likelihood(~ink, theta)


@exercise.mistake(hint="idea")
def probabilities_added(ink: Ink, theta: Array) -> Array:
    """You add probabilities. Independent pixels multiply theirs, so their *logarithms*
    add up."""
    return np.where(ink, theta, 1 - theta).sum(axis=(1, 2))


@exercise.mistake(hint="idea")
def log_of_a_sum(ink: Ink, theta: Array) -> Array:
    """You take the logarithm of a sum of probabilities. A sum stands for "one or the
    other"; here all pixels occur together: take the logarithm of each, then the sum."""
    return np.log(np.where(ink, theta, 1 - theta).sum(axis=(1, 2)))


@exercise.mistake(hint="formula")
def rows_apart(ink: Ink, theta: Array) -> Array:
    """You sum over one axis only, so each row or column of a picture has its own
    number. Sum over both, `axis=(1, 2)`."""
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=-1)


@exercise.mistake(hint="formula")
def minus_between(ink: Ink, theta: Array) -> Array:
    """You subtract the logarithms of the pixels without ink, so an unlikely blank pixel
    raises your likelihood. Both parts are added."""
    x = ink.astype(float)
    return (x * np.log(theta) - (1 - x) * np.log(1 - theta)).sum(axis=(1, 2))


@exercise.mistake(hint="formula")
def to_base_10(ink: Ink, theta: Array) -> Array:
    """Your logarithm has the base 10. A nat belongs to the natural logarithm,
    `np.log`."""
    return log_likelihood(ink, theta) / np.log(10)


@exercise.mistake(hint="formula")
def mean_over_pictures(ink: Ink, theta: Array) -> Array:
    """You average over the pictures at the end. Each picture has a likelihood of its
    own: return all N."""
    return log_likelihood(ink, theta).mean()
