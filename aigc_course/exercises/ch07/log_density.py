"""Exercise on the log-density of a Parzen window."""

import math

import torch
from torch import Tensor, cdist

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.log_density",
    order=10,
    title="A Gaussian on every sample",
    difficulty=3,
    minutes=12,
    asks="formula",
    idea="Compute the logarithm of each Gaussian, for all pairs at once, and add the"
    " Gaussians without leaving the logarithm: `torch.logsumexp` does that.",
    formula="log q(x) = logsumexp_i(-|x - c_i|^2 / (2 sigma^2)) - log n"
    " - D/2 log(2 pi sigma^2).",
    line="Take `squared = torch.cdist(x, centres).square()` and return"
    " `torch.logsumexp(-squared / (2 * sigma**2), 1) - math.log(len(centres))"
    " - x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)`.",
    variation="Find the sigma at which held-out digits are most likely, and look how"
    " the order of two sets of windows depends on it.",
)


@exercise.answer
def log_density(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """log of the mean over i of N(x; c_i, sigma^2 I), for x [m, D]: a tensor [m].

    centres: [n, D]. Theis et al. 2016, on Parzen windows.
    """
    squared = cdist(x, centres).square()  # [m, n]
    together = torch.logsumexp(-squared / (2 * sigma**2), dim=1)  # [m]
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return together - math.log(len(centres)) - norm


@exercise.inputs
def planes_and_pictures() -> list[tuple[Tensor, Tensor, float]]:
    return [
        (torch.randn(6, 2), torch.randn(5, 2), 0.7),
        (torch.randn(4, 784), torch.randn(3, 784), 0.4),  # where exp gives 0
    ]


@exercise.must_hold
def one_window(f) -> bool:
    """A single window is a normal density: at its own centre in two dimensions it has
    the logarithm -log(2 pi sigma^2)."""
    at = torch.randn(1, 2)
    return same(f(at, at.clone(), 0.5), torch.tensor([-math.log(2 * math.pi * 0.25)]))


@exercise.must_hold
def sums_to_one(f) -> bool:
    """In one dimension the density has the integral 1."""
    x = torch.linspace(-12, 12, 2401)[:, None]
    density = f(x, torch.tensor([[-2.0], [0.5], [3.0]]), 0.8).exp()
    return same(float(torch.trapezoid(density, x[:, 0])), 1.0, tolerance=1e-3)


@exercise.must_hold
def far_away(f) -> bool:
    """Far from every centre the logarithm is very negative and finite."""
    value = f(torch.full((1, 3), 1e3), torch.zeros(2, 3), 0.5)
    return bool(value.isfinite().all() and (value < -1e6).all())


@exercise.must_hold
def twice_the_same(f) -> bool:
    """Every window put down twice changes nothing: the density is their mean."""
    x, centres = torch.randn(3, 2), torch.randn(4, 2)
    return same(f(x, centres.repeat(2, 1), 0.6), f(x, centres, 0.6))


@exercise.mistake(hint="idea")
def out_of_the_logarithm(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """Right on paper, and minus infinity in 784 dimensions: every exponential is 0 to
    the computer, and so is their mean. Stay in the logarithm with
    `torch.logsumexp`."""
    squared = cdist(x, centres).square()
    norm = (2 * math.pi * sigma**2) ** (x.shape[1] / 2)
    return ((-squared / (2 * sigma**2)).exp() / norm).mean(1).log()


@exercise.mistake(hint="idea")
def mean_of_logarithms(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You take the mean of the logarithms; the window is the logarithm of the mean. The
    two differ greatly: one far centre ruins yours, and costs the other nothing."""
    squared = cdist(x, centres).square()
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return (-squared / (2 * sigma**2)).mean(1) - norm


@exercise.mistake(hint="formula")
def not_normalised(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """The constant of the Gaussian is missing, D/2 log(2 pi sigma^2). Without it no two
    values of sigma can be compared, and nothing has the integral 1."""
    squared = cdist(x, centres).square()
    return torch.logsumexp(-squared / (2 * sigma**2), 1) - math.log(len(centres))


@exercise.mistake(hint="formula")
def constant_of_one_dimension(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """Your constant is that of one dimension. A Gaussian in D dimensions is a product
    of D of them: D/2 log(2 pi sigma^2)."""
    one, norm = x.shape[1] / 2, 0.5 * math.log(2 * math.pi * sigma**2)
    return log_density(x, centres, sigma) + (2 * one - 1) * norm


@exercise.mistake(hint="formula")
def sum_of_windows(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You add the windows up, so their integral is n. Subtract log n, for the mean."""
    return log_density(x, centres, sigma) + math.log(len(centres))


@exercise.mistake(hint="formula")
def length_not_squared(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """Your exponent has the distance in it; a Gaussian has the square of the
    distance."""
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    together = torch.logsumexp(-cdist(x, centres) / (2 * sigma**2), 1)
    return together - math.log(len(centres)) - norm


@exercise.mistake(hint="formula")
def deviation_for_variance(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You use sigma where sigma squared belongs: it is a standard deviation, the
    variance is its square."""
    return log_density(x, centres, math.sqrt(sigma))


@exercise.mistake(hint="line")
def one_number(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You return one number; asked is one for each x. Reduce over the centres, which is
    dimension 1, and leave the rest."""
    return log_density(x, centres, sigma).mean()


@exercise.mistake(hint="idea")
def nearest_alone(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You keep the nearest centre and drop the others. Every centre adds to the
    density: take `torch.logsumexp` over them instead of the largest term."""
    nearest = cdist(x, centres).min(1).values.square()
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return -nearest / (2 * sigma**2) - norm - math.log(len(centres))


@exercise.mistake(hint="line")
def summed_over_x(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """You add over the points x, so the result has one number for each centre. Add over
    the centres: in a table [m, n] of distances they are dimension 1."""
    squared = cdist(x, centres).square()
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    together = torch.logsumexp(-squared / (2 * sigma**2), dim=0)
    return together - math.log(len(centres)) - norm
