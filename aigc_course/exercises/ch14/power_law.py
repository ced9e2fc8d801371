"""Exercise on what more data is worth."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.power_law",
    order=30,
    title="What more is worth",
    difficulty=3,
    minutes=12,
    idea="A power law is a straight line between logarithms: fit that line.",
    formula="log e = log a - b log n; slope and intercept by least squares.",
    line="`x, y = n.double().log(), e.double().log()`, then"
    " `slope = torch.cov(torch.stack([x, y]))[0, 1] / x.var()` and"
    " `return float((y.mean() - slope * x.mean()).exp()), -float(slope)`.",
    variation="Add a floor, e = a n^-b + c, and look at how much the extrapolation"
    " changes.",
    asks="method",
)


@exercise.answer
def power_law(n: Tensor, e: Tensor) -> tuple[float, float]:
    """a and b of e = a n^-b, least squares in the logarithms; n and e [K], positive."""
    x, y = n.double().log(), e.double().log()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return math.exp(float(y.mean() - slope * x.mean())), -float(slope)


@exercise.inputs
def curves() -> list[tuple[Tensor, Tensor]]:
    n = torch.tensor([100.0, 500.0, 2000.0, 10000.0]).double()
    noisy = 5 * n**-0.4 * (1 + 0.2 * torch.rand(4).double())
    return [(n, 3 * n**-0.5), (n, noisy)]


@exercise.must_hold
def an_exact_law_is_found(f) -> bool:
    """From errors that follow the law exactly its two numbers come back."""
    n = torch.tensor([10.0, 100.0, 1000.0]).double()
    return same([float(v) for v in f(n, 7 * n**-0.3)], [7.0, 0.3])


@exercise.must_hold
def ten_times_the_data(f) -> bool:
    """Ten times the data divide the error by 10^b."""
    a, b = f(*curves()[0])
    return same(a * 50**-b / (a * 500**-b), 10**0.5)


@exercise.mistake(hint="formula")
def slope_with_its_sign(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You return the slope of the line, which is -b: errors fall, and b is positive."""
    a, b = power_law(n, e)
    return a, -b


@exercise.mistake(hint="formula")
def logarithm_of_a(n: Tensor, e: Tensor) -> tuple[float, float]:
    """The intercept of the line is log a. Undo the logarithm."""
    a, b = power_law(n, e)
    return math.log(a), b


@exercise.mistake(hint="idea")
def a_straight_line(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You fit a straight line to n and e themselves. It would promise a negative error
    soon: take logarithms of both."""
    x, y = n.double(), e.double()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return float(y.mean() - slope * x.mean()), -float(slope)


@exercise.mistake(hint="formula")
def an_exponential(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You take the logarithm of e alone: that is exponential decay. In a power law both
    axes are logarithmic."""
    x, y = n.double(), e.double().log()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return math.exp(float(y.mean() - slope * x.mean())), -float(slope)


@exercise.mistake(hint="line")
def in_the_other_order(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You return b and then a. The stub asks for a first, the error at n = 1."""
    a, b = power_law(n, e)
    return b, a


@exercise.mistake(hint="line")
def two_bases(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You take logarithms to base 10 and undo them with e. The slope does not depend on
    the base, but a does: undo log10 by `10 ** intercept`."""
    a, b = power_law(n, e)
    return math.exp(math.log10(a)), b


@exercise.mistake(hint="line")
def axes_exchanged(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You fit log n as a function of log e. The error is what is predicted: log e is y,
    and log n is x."""
    slope, intercept = power_law(e, n)[1], power_law(e, n)[0]
    return intercept, slope


@exercise.mistake(hint="formula")
def half_logarithmic(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You take the logarithm of n alone. In a power law both axes are logarithmic: take
    the logarithm of e too."""
    x, y = n.double().log(), e.double()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return float(y.mean() - slope * x.mean()), -float(slope)


@exercise.mistake(hint="idea")
def two_points(n: Tensor, e: Tensor) -> tuple[float, float]:
    """You draw the line through the first and the last point, and the points between do
    not count. Least squares uses all of them."""
    b = -math.log(float(e[-1] / e[0])) / math.log(float(n[-1] / n[0]))
    return float(e[0]) * float(n[0]) ** b, b


@exercise.mistake(hint="formula")
def no_intercept(n: Tensor, e: Tensor) -> tuple[float, float]:
    """Your line goes through the origin, so a is 1 whatever the data are. Fit slope and
    intercept; the intercept is log a."""
    x, y = n.double().log(), e.double().log()
    return 1.0, -float((x * y).sum() / x.square().sum())
