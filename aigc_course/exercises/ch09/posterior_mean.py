"""Exercise on the best guess, when the possible images are known."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.posterior_mean",
    order=10,
    title="The best guess, if you know what is possible",
    difficulty=3,
    minutes=12,
    idea="Each known image is as likely as its distance from the noisy one says. The"
    " best guess is their mean with these probabilities as weights, and they sum to 1"
    " for every noisy image.",
    formula="w_m = softmax over m of -|y - c_m|^2 / (2 s^2), and the guess is"
    " sum_m w_m c_m.",
    line="Return `torch.softmax(-torch.cdist(noisy, known) ** 2 / (2 * sigma**2), 1)"
    " @ known`.",
    variation="Weight each known image by a prior probability of its own. Say where in"
    " the formula its logarithm goes.",
    asks="derive",
)


@exercise.answer
def posterior_mean(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """E[x|y] when x is one of M known images, equally likely: [N, D].

    noisy: y = x + sigma e, [N, D]. known: [M, D].
    """
    squares = (noisy[:, None] - known).square().sum(2)  # |y - c|^2, [N, M]
    weights = torch.softmax(-squares / (2 * sigma**2), dim=1)
    return weights @ known


@exercise.inputs
def near_and_far() -> list[tuple[Tensor, Tensor, float]]:
    return [
        (torch.randn(4, 3), torch.randn(6, 3), 0.8),
        (torch.randn(3, 400), torch.randn(5, 400), 1.0),  # exp(-400) is 0
    ]


@exercise.must_hold
def one_possibility(f) -> bool:
    """Where only one image is possible, it is the guess, whatever was seen."""
    only = torch.rand(1, 5)
    return same(f(torch.randn(3, 5), only, 0.5), only.expand(3, 5))


@exercise.must_hold
def halfway(f) -> bool:
    """Half-way between two possible images the guess is their mean."""
    known = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    return same(f(torch.tensor([[0.5, 1.0]]), known, 0.3), torch.tensor([[0.5, 1.0]]))


@exercise.must_hold
def nothing_heard(f) -> bool:
    """Under very loud noise all images stay equally likely: the guess is their mean."""
    known = torch.rand(7, 4)
    found = f(torch.rand(2, 4), known, 1e4)
    return same(found, known.mean(0).expand(2, 4), 1e-3)


@exercise.mistake(hint="idea")
def nearest(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You take the nearest known image, the likeliest one. The mean square error is
    least for the mean of all of them, weighted by how likely each is."""
    return known[torch.cdist(noisy, known).argmin(1)]


@exercise.mistake(hint="idea")
def weights_not_scaled(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """Your weights do not sum to 1 for a noisy image: divide by their sum, as softmax
    does."""
    squares = torch.cdist(noisy, known).square()
    return (-squares / (2 * sigma**2)).exp() @ known


@exercise.mistake(hint="formula")
def half_forgotten(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You divide by sigma^2. The exponent of a normal density has 2 sigma^2 below; as
    it stands you believe in less noise than there is."""
    return posterior_mean(noisy, known, sigma / 2**0.5)


@exercise.mistake(hint="formula")
def distance_not_squared(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You weight by the distance; a normal density falls with its square."""
    away = torch.cdist(noisy, known)
    return torch.softmax(-away / (2 * sigma**2), dim=1) @ known


@exercise.mistake(hint="formula")
def mean_of_pixels(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You average the squares over the pixels. The noise of the pixels is independent,
    so their log-densities add; with the mean all images get nearly the same weight."""
    return posterior_mean(noisy, known, sigma * noisy.shape[1] ** 0.5)


@exercise.mistake(hint="formula")
def sigma_not_squared(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You divide by 2 sigma; the variance belongs there, 2 sigma^2."""
    return posterior_mean(noisy, known, sigma**0.5)


@exercise.mistake(hint="line")
def over_the_noisy(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """Your weights sum to 1 over the noisy images. They are the probabilities of the
    known images, dimension 1, for each noisy one."""
    squares = torch.cdist(noisy, known).square()
    return torch.softmax(-squares / (2 * sigma**2), dim=0) @ known


@exercise.mistake(hint="idea")
def out_of_the_logarithm(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """Right on paper. But with hundreds of pixels exp(-|y - c|^2 / (2 s^2)) is 0 to the
    computer for every image, and 0/0 is NaN: use softmax, which subtracts the largest
    exponent first."""
    w = (-torch.cdist(noisy, known).square() / (2 * sigma**2)).exp()
    return w / w.sum(1, keepdim=True) @ known


@exercise.mistake(hint="formula")
def wrong_sign(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """The sign is turned: your weight grows with the distance."""
    squares = torch.cdist(noisy, known).square()
    return torch.softmax(squares / (2 * sigma**2), dim=1) @ known


@exercise.mistake(hint="formula")
def sigma_forgotten(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """sigma is missing, so the noise always counts as 1. Divide the squared distances
    by 2 sigma^2."""
    return posterior_mean(noisy, known, 1.0)


@exercise.mistake(hint="line")
def multiplied_by_the_variance(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You multiply by sigma^2: in Python `/ 2 * sigma**2` divides by 2 alone. Put
    parentheses around `2 * sigma**2`."""
    return posterior_mean(noisy, known, 1 / sigma)


@exercise.mistake(hint="idea", draws=True)
def one_drawn(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You draw one known image with these probabilities. That is a draw from the
    posterior, which has twice the mean squared error, (9.5); asked is the mean."""
    w = torch.softmax(-torch.cdist(noisy, known).square() / (2 * sigma**2), dim=1)
    return known[torch.multinomial(w, 1)[:, 0]]


@exercise.mistake(hint="idea")
def prior_mean(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """You return the plain mean of the known images, whatever was seen. Weight each by
    how likely it is to have become the noisy image."""
    return known.mean(0).expand_as(noisy)


@exercise.mistake(hint="idea")
def by_inverse_squares(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    """Your weights fall like one over the squared distance. Normal noise makes them
    fall like exp(-distance^2 / (2 sigma^2)), far faster."""
    w = 1 / (torch.cdist(noisy, known).square() + sigma**2)
    return w / w.sum(1, keepdim=True) @ known
