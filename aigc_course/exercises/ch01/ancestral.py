"""Exercise on ancestral sampling: first the class, then the pixels."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


Ink = NDArray[np.bool_]


exercise = Exercise(
    "01.ancestral",
    order=50,
    title="First the digit, then its pixels",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Decide as the model is built: one uniform number chooses the class of a"
    " picture. Then each pixel is a coin of that class, and its own uniform number"
    " decides it.",
    formula="y = the first class at which the running sum of the prior exceeds u_class;"
    " x_ij = 1 where u_ij < theta[y]_ij.",
    line='Write `y = np.searchsorted(np.cumsum(prior), u_class, side="right")` and'
    " `return u_pixels < theta[y]`.",
    variation="Set the prior to 1 for two classes of your choice and 0 elsewhere (and"
    " divide by 2). Say what the samples show, and what they never show.",
)


@exercise.answer
def ancestral(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """Binary pictures [N, H, W] of p(y) p(x | y), from uniform numbers in [0, 1).

    prior [K]: p(y). theta [K, H, W]: p(x_ij = 1 | y). u_class [N], u_pixels [N, H, W].
    """
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")  # [N], parents first
    return u_pixels < theta[y]


@exercise.inputs
def models() -> list[tuple[Array, Array, Array, Array]]:
    rng = np.random.default_rng(8)
    found = []
    for prior in ([0.25, 0.5, 0.25], [0.1, 0.2, 0.3, 0.4], [0.7, 0.3]):
        n, shape = 40, (5, 4)
        theta = rng.uniform(0.05, 0.95, (len(prior), *shape))
        # away from the steps of the running sum, where rounding would decide
        u_class = (np.arange(n) + 0.5) / n
        rng.shuffle(u_class)
        found.append((np.array(prior), theta, u_class, rng.random((n, *shape))))
    return found


@exercise.must_hold
def one_class_each(f) -> bool:
    """Classes with certain pixels come out whole, each as often as the prior says."""
    theta = np.eye(3).reshape(3, 1, 3)  # class k inks pixel k, and no other
    prior = np.array([0.5, 0.3, 0.2])
    u = (np.arange(100) + 0.5) / 100
    ink = f(prior, theta, u, np.full((100, 1, 3), 0.5))
    whole = (ink.sum(axis=2) == 1).all()
    return bool(whole and (ink.sum(axis=0)[0] == [50, 30, 20]).all())


@exercise.must_hold
def as_often_as_theta(f) -> bool:
    """Within a class, a pixel is inked in the share theta of the pictures."""
    theta = np.array([[[0.1, 0.6]]])
    u = ((np.arange(200) + 0.5) / 200)[:, None, None].repeat(2, axis=2)
    ink = f(np.ones(1), theta, np.full(200, 0.5), u)
    return bool((ink.mean(axis=0) == [[0.1, 0.6]]).all())


@exercise.mistake(hint="idea")
def mean_class(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """You average the classes and draw the pixels of the average: every picture is grey
    noise of all digits. Each picture has one class; draw it first, then its pixels."""
    return u_pixels < np.tensordot(prior, theta, 1)


@exercise.mistake(hint="idea")
def thresholded(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """You ink each pixel whose theta is above 1/2: every picture of a class is the
    same. To generate is not deterministic; draw each pixel with its number in
    `u_pixels`."""
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return theta[y] > 0.5


@exercise.mistake(hint="formula")
def means_returned(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Array:
    """You return the probabilities of the pixels, a grey mean picture. A sample is
    ink or no ink: compare `u_pixels` with theta."""
    return theta[np.searchsorted(np.cumsum(prior), u_class, side="right")]


@exercise.mistake(hint="formula")
def equal_classes(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """All classes come equally often, whatever the prior says. Cut [0, 1) into pieces
    as long as the prior's entries, with `np.cumsum(prior)`, and see in which piece u
    lies."""
    return u_pixels < theta[(u_class * len(prior)).astype(int)]


@exercise.mistake(hint="idea")
def favourite_class(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """You always take the most probable class: the others never appear. Draw the class
    with `u_class`, as often as the prior says."""
    return u_pixels < theta[np.full(len(u_class), prior.argmax())]


@exercise.mistake(hint="formula")
def the_wrong_side(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """Your pixels are inked where u exceeds theta, so with probability 1 - theta: the
    pictures are negatives. A uniform number lies below theta with probability
    theta."""
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return u_pixels > theta[y]


@exercise.mistake(hint="idea", draws=True)
def own_random_numbers(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    """You draw random numbers of your own. The randomness is given: `u_class` decides
    the class and `u_pixels` the pixels."""
    y = np.random.default_rng().choice(len(prior), size=len(u_class), p=prior)
    return u_pixels < theta[y]


@exercise.mistake(hint="formula")
def prior_not_summed(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    """You look u up among the entries of the prior, which need not rise. Look it up in
    their running sum, `np.cumsum(prior)`."""
    y = np.searchsorted(prior, u_class).clip(0, len(prior) - 1)
    return u_pixels < theta[y]


@exercise.mistake(hint="formula")
def one_class_on(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """You take the class after the right one, so class 0 never appears. `searchsorted`
    counts from 0 already: add nothing."""
    y = np.searchsorted(np.cumsum(prior), u_class, side="right") + 1
    return u_pixels < theta[y.clip(0, len(prior) - 1)]


@exercise.mistake(hint="idea")
def one_number_for_all_pixels(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    """You compare the number of the class with theta, so the pixels of a picture are
    tied to each other and to the class. Each pixel has its own number in `u_pixels`."""
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return np.broadcast_to(u_class[:, None, None] < theta[y], u_pixels.shape)


@exercise.mistake(hint="formula")
def prior_twice(prior: Array, theta: Array, u_class: Array, u_pixels: Array) -> Ink:
    """You multiply theta by the prior of the class, so frequent classes get more ink.
    The prior is used once, to draw the class: compare with theta alone."""
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return u_pixels < prior[y][:, None, None] * theta[y]


@exercise.mistake(hint="idea")
def one_class_for_all(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    """All your pictures have the class of the first. Draw a class for each picture,
    from its own entry of `u_class`."""
    y = np.searchsorted(np.cumsum(prior), u_class[0], side="right")
    return u_pixels < theta[y]


@exercise.mistake(hint="idea")
def a_class_for_each_pixel(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    """You draw a class for each pixel, so a picture mixes the classes. A picture has
    one class: draw it from `u_class`, once."""
    y = np.searchsorted(np.cumsum(prior), u_pixels, side="right")
    rows, columns = np.indices(theta.shape[1:])
    return u_pixels < theta[y, rows, columns]
