"""Exercise on Bayes' rule: a generative model as a classifier."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "01.class_posterior",
    order=80,
    title="From drawing to telling apart",
    difficulty=3,
    minutes=14,
    asks="derive",
    idea="Weigh how well each class explains the picture with how frequent the class"
    " is, then divide by the sum over the classes. Exponentials of -200 survive; of"
    " -2000 they are 0: take off the largest first.",
    formula="a_k = log p(x | k) + log p(k); p(k | x) = exp(a_k - max a) / sum over j of"
    " exp(a_j - max a).",
    line="Write `a = log_px + np.log(prior)`,"
    " `e = np.exp(a - a.max(axis=1, keepdims=True))` and"
    " `return e / e.sum(axis=1, keepdims=True)`.",
    variation="How sure is the model where it is wrong? Collect its posterior for the"
    " test images it misreads.",
)


@exercise.answer
def class_posterior(log_px: Array, prior: Array) -> Array:
    """p(y | x) [N, K] by Bayes' rule, from log p(x | y) [N, K] and p(y) [K].

    p(y | x) = p(x | y) p(y) / sum_y' p(x | y') p(y')
    """
    a = log_px + np.log(prior)
    e = np.exp(a - a.max(axis=1, keepdims=True))  # the largest is 1: no overflow
    return e / e.sum(axis=1, keepdims=True)


@exercise.inputs
def scores() -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(9)
    near = rng.normal(-3, 1.5, (6, 3))
    far = -2000 + rng.normal(0, 2, (5, 4))  # as for a picture of many pixels
    square = rng.normal(-1, 1, (3, 3))
    # a blank picture beside a full one, and classes that are far apart
    rows = np.array([[-5.0, -6.5, -4.0], [-2000.0, -2001.0, -2002.5]])
    apart = np.full((3, 3), -2010.0) + 2000 * np.eye(3)  # each class wins once
    thirds = [0.6, 0.3, 0.1]
    priors = ([0.5, 0.2, 0.3], [0.1, 0.4, 0.3, 0.2], thirds, thirds, thirds)
    pictures = near, far, square, rows, apart
    return list(zip(pictures, map(np.array, priors), strict=True))


@exercise.must_hold
def rows_are_probabilities(f) -> bool:
    """For each picture the classes share 1 among them."""
    post = f(*scores()[1])
    return bool((post >= 0).all()) and same(post.sum(axis=1), np.ones(len(post)))


@exercise.must_hold
def prior_where_nothing_is_seen(f) -> bool:
    """Where all classes explain a picture equally well, the prior remains."""
    prior = np.array([0.7, 0.2, 0.1])
    return same(f(np.full((2, 3), -500.0), prior), np.stack([prior, prior]))


@exercise.must_hold
def odds(f) -> bool:
    """The log-odds of two classes are the log-likelihood ratio plus the prior's."""
    log_px, prior = np.array([[-1.2, -0.4]]), np.array([0.3, 0.7])
    (a, b) = f(log_px, prior)[0]
    return same(np.log(b / a), 0.8 + np.log(0.7 / 0.3))


@exercise.mistake(hint="formula")
def underflow(log_px: Array, prior: Array) -> Array:
    """Your exponentials of log-likelihoods near -2000 are all 0, and 0 / 0 is NaN. Take
    the largest logarithm off each row first; it cancels in the ratio."""
    with np.errstate(invalid="ignore"):
        e = prior * np.exp(log_px)
        return e / e.sum(axis=1, keepdims=True)


@exercise.mistake(hint="idea")
def prior_forgotten(log_px: Array, prior: Array) -> Array:
    """You treat all classes as equally frequent. A rare class needs better evidence
    than a frequent one: add log p(y)."""
    return class_posterior(log_px, np.full(len(prior), 1 / len(prior)))


@exercise.mistake(hint="idea")
def score_of_the_pair(log_px: Array, prior: Array) -> Array:
    """You return the joint p(x, y), a score for the pair of picture and class. The
    question is which class, given this picture: divide by p(x), the sum over the
    classes."""
    return np.exp(log_px + np.log(prior))


@exercise.mistake(hint="formula")
def over_the_pictures(log_px: Array, prior: Array) -> Array:
    """You divide by the sum over the pictures: your columns add up to 1, not your rows.
    The classes compete for a picture, so sum along axis 1."""
    a = log_px + np.log(prior)
    e = np.exp(a - a.max(axis=0))
    return e / e.sum(axis=0)


@exercise.mistake(hint="formula")
def probability_among_logs(log_px: Array, prior: Array) -> Array:
    """You add the prior to a logarithm as it is. Products become sums of logarithms:
    add `np.log(prior)`."""
    return class_posterior(log_px + prior, np.ones(len(prior)))


@exercise.mistake(hint="idea")
def winner_takes_all(log_px: Array, prior: Array) -> Array:
    """You give the best class 1 and the others 0. That is a decision; a posterior says
    how sure it is."""
    best = (log_px + np.log(prior)).argmax(axis=1)
    return np.eye(len(prior))[best]


@exercise.mistake(hint="line")
def logarithms(log_px: Array, prior: Array) -> Array:
    """These are the logarithms of the posterior. Take `np.exp` at the end."""
    return np.log(class_posterior(log_px, prior))


@exercise.mistake(hint="formula")
def largest_of_all(log_px: Array, prior: Array) -> Array:
    """You take off the largest logarithm of the whole batch. A picture that is 2,000
    nats less probable than another still gives 0 / 0: take off each row's own largest,
    `max(axis=1, keepdims=True)`."""
    a = log_px + np.log(prior)
    with np.errstate(invalid="ignore"):
        e = np.exp(a - a.max())
        return e / e.sum(axis=1, keepdims=True)


@exercise.mistake(hint="formula")
def mean_taken_off(log_px: Array, prior: Array) -> Array:
    """You take off the mean of each row. Where one class is 2,000 nats better than the
    others, the exponential of its distance from the mean overflows: take off the
    largest."""
    a = log_px + np.log(prior)
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(a - a.mean(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


@exercise.mistake(hint="formula")
def propped_up(log_px: Array, prior: Array) -> Array:
    """A small number below the line keeps 0 / 0 away, but the exponentials of -2000 are
    0 all the same, and the row no longer sums to 1. Take the largest logarithm off each
    row first."""
    e = np.exp(log_px) * prior
    return e / (e.sum(axis=1, keepdims=True) + 1e-12)


@exercise.mistake(hint="formula")
def prior_twice(log_px: Array, prior: Array) -> Array:
    """You count the prior twice. Bayes' rule has p(y) once above the line: add
    log p(y) once."""
    return class_posterior(log_px + np.log(prior), prior)


@exercise.mistake(hint="formula")
def best_is_one(log_px: Array, prior: Array) -> Array:
    """You take off the largest logarithm and stop there, so the best class always gets
    1. Divide by the sum of the row."""
    a = log_px + np.log(prior)
    return np.exp(a - a.max(axis=1, keepdims=True))


@exercise.mistake(hint="formula")
def prior_afterwards(log_px: Array, prior: Array) -> Array:
    """Your prior stands above the line only, so the rows no longer sum to 1. It belongs
    into the sum below the line as well: add log p(y) before you divide."""
    return class_posterior(log_px, np.full(len(prior), 1 / len(prior))) * prior


@exercise.mistake(hint="idea")
def logs_divided(log_px: Array, prior: Array) -> Array:
    """You divide logarithms by their sum. Bayes' rule divides probabilities: take the
    exponentials first, after taking off the largest."""
    a = log_px + np.log(prior)
    return a / a.sum(axis=1, keepdims=True)


@exercise.mistake(hint="formula")
def over_everything(log_px: Array, prior: Array) -> Array:
    """You divide by the sum over all pictures and classes, so all entries together sum
    to 1. Each picture has a posterior of its own: sum along axis 1."""
    a = log_px + np.log(prior)
    e = np.exp(a - a.max())
    return e / e.sum()


@exercise.mistake(hint="formula")
def logs_cut_off(log_px: Array, prior: Array) -> Array:
    """You cut the log-likelihoods off, so that at -2000 all classes look equally good
    and the prior alone is left. Take the largest of each row off instead; it cancels in
    the ratio."""
    return class_posterior(np.maximum(log_px, -700), prior)
