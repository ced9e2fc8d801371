"""Exercise on probabilities of whole numbers from a continuous distribution."""

import math

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.whole_number_masses",
    order=52,
    title="From a density to a table",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="A coder needs probabilities that sum to 1. Each whole number owns the"
    " interval of width 1 around it, and the two at the ends own everything"
    " beyond.",
    formula="P(x) = F(x + 1/2) - F(x - 1/2) with F(x) = sigmoid((x - centre) / scale);"
    " F is 0 below the first number and 1 above the last.",
    line="Write `edges = torch.arange(low, high) + 0.5`, `F = ((edges - centre) /"
    " scale).sigmoid()` and `return torch.cat([torch.zeros(1), F,"
    " torch.ones(1)]).diff()`.",
    variation="Make a table for a mixture of two such distributions.",
)


@exercise.answer
def whole_number_masses(centre: float, scale: float, low: int, high: int) -> Tensor:
    """Probabilities of low, low + 1, ..., high, float [high - low + 1], that sum to 1.

    centre, scale > 0: of a logistic distribution. A value belongs to the nearest whole
    number; values beyond low or high belong to low or high.
    """
    edges = torch.arange(low, high) + 0.5
    below = ((edges - centre) / scale).sigmoid()
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.inputs
def tables() -> list[tuple[float, float, int, int]]:
    return [
        (0.3, 1.0, -4, 5),
        (0.0, 0.3, -3, 3),
        (2.7, 2.0, -2, 6),
        (-9.0, 1.5, -5, 5),
        (10.4, 0.25, 5, 12),
        (100.0, 6.0, 90, 130),
    ]


@exercise.must_hold
def sums_to_one(f) -> bool:
    """The probabilities sum to 1, also where much of the distribution lies outside."""
    return abs(float(torch.as_tensor(f(-9.0, 1.5, -5, 5)).sum()) - 1) < 1e-4


@exercise.must_hold
def a_narrow_one_is_certain(f) -> bool:
    """A very narrow distribution gives its nearest whole number probability 1."""
    return abs(float(torch.as_tensor(f(2.2, 0.01, 0, 5))[2]) - 1) < 1e-3


def _cdf(x: Tensor, centre: float, scale: float) -> Tensor:
    return ((x - centre) / scale).sigmoid()


def _density(centre, scale, low, high) -> Tensor:
    z = (torch.arange(low, high + 1) - centre) / scale
    return z.sigmoid() * (-z).sigmoid() / scale


@exercise.mistake(hint="idea")
def density_taken(centre, scale, low, high):
    """You take the density at each whole number, which exceeds 1 for a narrow
    distribution. Take differences of the distribution function instead."""
    return _density(centre, scale, low, high)


@exercise.mistake(hint="idea")
def density_normalised(centre, scale, low, high):
    """You scale densities so that they sum to 1. For a narrow distribution they miss
    the mass between the whole numbers: take differences of the distribution
    function."""
    p = _density(centre, scale, low, high)
    return p / p.sum()


@exercise.mistake(hint="idea")
def tails_lost(centre, scale, low, high):
    """Your table lacks what lies beyond the ends, so it sums to less than 1. Give it to
    the first and the last number."""
    edges = torch.arange(low, high + 2) - 0.5
    return _cdf(edges, centre, scale).diff()


@exercise.mistake(hint="idea")
def tails_spread(centre, scale, low, high):
    """You divide by the sum, which spreads what lies beyond the ends over all numbers.
    It belongs to the first and the last number."""
    p = tails_lost(centre, scale, low, high)
    return p / p.sum()


@exercise.mistake(hint="formula")
def from_below(centre, scale, low, high):
    """You use F(x) - F(x - 1), so each number owns the interval below it. The interval
    around it goes from x - 1/2 to x + 1/2."""
    below = _cdf(torch.arange(low, high).float(), centre, scale)
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def from_above(centre, scale, low, high):
    """You use F(x + 1) - F(x), so each number owns the interval above it. The interval
    around it goes from x - 1/2 to x + 1/2."""
    below = _cdf(torch.arange(low + 1, high + 1).float(), centre, scale)
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def normal_distribution(centre, scale, low, high):
    """You use the normal distribution function. The logistic one is the sigmoid of
    (x - centre) / scale, and its tails are heavier."""
    edges = torch.arange(low, high) + 0.5
    below = torch.special.ndtr((edges - centre) / scale)
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def scale_is_the_deviation(centre, scale, low, high):
    """You treat the scale as a standard deviation. A logistic distribution of scale s
    has the deviation 1.81 s, and its function is sigmoid((x - centre) / s)."""
    return whole_number_masses(centre, scale * math.sqrt(3) / math.pi, low, high)


@exercise.mistake(hint="idea")
def last_one_missing(centre, scale, low, high):
    """Your table ends before `high`. Python's ranges leave out their end: both ends
    belong to the table."""
    return whole_number_masses(centre, scale, low, high - 1)


@exercise.mistake(hint="formula")
def multiplied_by_the_scale(centre, scale, low, high):
    """You multiply by the scale. A larger scale makes the distribution wider:
    divide."""
    edges = torch.arange(low, high) + 0.5
    below = ((edges - centre) * scale).sigmoid()
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def lower_tail_alone(centre, scale, low, high):
    """You give the lower tail to the first number, and the upper one is lost. What lies
    above `high` belongs to `high`."""
    below = _cdf(torch.arange(low, high + 1) + 0.5, centre, scale)
    return torch.cat([torch.zeros(1), below]).diff()


@exercise.mistake(hint="formula")
def upper_tail_alone(centre, scale, low, high):
    """You give the upper tail to the last number, and the lower one is lost. What lies
    below `low` belongs to `low`."""
    below = _cdf(torch.arange(low, high + 1) - 0.5, centre, scale)
    return torch.cat([below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def accumulated(centre, scale, low, high):
    """You return the distribution function, so your numbers grow to 1. Take the
    differences of neighbours."""
    return whole_number_masses(centre, scale, low, high).cumsum(0)


@exercise.mistake(hint="formula")
def ends_have_entries_of_their_own(centre, scale, low, high):
    """Your table has two entries too many, one for each tail. The tails belong to the
    numbers `low` and `high` themselves."""
    below = _cdf(torch.arange(low, high + 2) - 0.5, centre, scale)
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def half_not_scaled(centre, scale, low, high):
    """You add the half after you divide by the scale. The edge is x + 1/2: add the half
    to x, then subtract the centre and divide."""
    z = (torch.arange(low, high) - centre) / scale + 0.5
    return torch.cat([torch.zeros(1), z.sigmoid(), torch.ones(1)]).diff()


@exercise.mistake(hint="formula")
def tails_exchanged(centre, scale, low, high):
    """You gave each tail to the other end. What lies below `low` belongs to `low`, and
    what lies above `high` to `high`."""
    below = _cdf(torch.arange(low, high + 2) - 0.5, centre, scale)
    p = below.diff()
    p[0] += 1 - below[-1]
    p[-1] += below[0]
    return p
