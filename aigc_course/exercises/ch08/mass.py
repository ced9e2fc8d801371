"""Exercise on what a cross-entropy of grey values integrates to."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.mass",
    order=20,
    title="A density that is none",
    difficulty=3,
    minutes=12,
    idea="pi^x (1 - pi)^(1 - x) is (1 - pi) r^x with r = pi / (1 - pi), and the"
    " integral of r^x from 0 to 1 is (r - 1) / log r. r = 1, where pi = 1/2, is"
    " a case of its own.",
    formula="mass(pi) = (2 pi - 1) / log(pi / (1 - pi)), and 1/2 where pi = 1/2.",
    line="Take `a = torch.logit(pi)` and return `torch.where(a.abs() < 1e-6,"
    " torch.full_like(pi, 0.5), (2 * pi - 1) / a)`.",
    variation="Divide by the mass, and you have the continuous Bernoulli of"
    " Loaiza-Ganem and Cunningham (2019). Draw its mean against pi.",
    asks="derive",
)


@exercise.answer
def mass(pi: Tensor) -> Tensor:
    """Integral of pi^x (1 - pi)^(1 - x) over x from 0 to 1, for each pi in (0, 1).

    Loaiza-Ganem and Cunningham 2019, equation 7 gives its inverse.
    """
    a = torch.logit(pi)
    even = a.abs() < 1e-6
    # (2 pi - 1) / a tends to 1/2 as a tends to 0
    ratio = (2 * pi - 1) / torch.where(even, torch.ones_like(a), a)
    return torch.where(even, torch.full_like(pi, 0.5), ratio)


@exercise.inputs
def shades() -> list[tuple[Tensor]]:
    return [
        (torch.tensor([0.1, 0.3, 0.5, 0.8, 0.95]).double(),),
        (torch.tensor([[0.5, 0.25], [0.999, 0.01]]).double(),),
    ]


@exercise.must_hold
def even_coin(f) -> bool:
    """For pi = 1/2 the integrand is 1/2 everywhere, and so is the integral."""
    return same(f(torch.tensor([0.5]).double()), torch.tensor([0.5]).double())


@exercise.must_hold
def mirrored(f) -> bool:
    """Black and white may change places: mass(pi) = mass(1 - pi)."""
    pi = torch.tensor([0.05, 0.2, 0.45]).double()
    return same(f(pi), f(1 - pi))


@exercise.must_hold
def at_most_half(f) -> bool:
    """It lies above 0 and is never more than 1/2."""
    found = f(torch.tensor([1e-6, 0.2, 0.4, 0.7]).double())
    return bool((found > 0).all() and (found < 0.5).all())


@exercise.mistake(hint="idea")
def nought_by_nought(pi: Tensor) -> Tensor:
    """Right everywhere but at pi = 1/2, where your formula is 0/0, NaN. There the
    integrand is 1/2 for every x; put that in with `torch.where`."""
    return (2 * pi - 1) / torch.logit(pi)


@exercise.mistake(hint="idea")
def two_values(pi: Tensor) -> Tensor:
    """You sum over x = 0 and x = 1, the binary pixels, and get 1. A grey value can be
    anything between: integrate over x from 0 to 1."""
    return pi + (1 - pi)


@exercise.mistake(hint="formula")
def first_factor(pi: Tensor) -> Tensor:
    """You integrate pi^x alone; the factor (1 - pi)^(1 - x) belongs to it."""
    return (pi - 1) / pi.log()


@exercise.mistake(hint="formula")
def upside_down(pi: Tensor) -> Tensor:
    """This is 1 / mass, the constant that would make it a density; asked is the mass
    itself."""
    return 1 / mass(pi)


@exercise.mistake(hint="formula")
def negative(pi: Tensor) -> Tensor:
    """The sign is wrong: an integral of something positive is positive. Above,
    2 pi - 1 and log(pi / (1 - pi)) have the same sign."""
    return -mass(pi)


@exercise.mistake(hint="formula")
def ratio_alone(pi: Tensor) -> Tensor:
    """You have the integral of r^x with r = pi / (1 - pi), and have forgotten the
    factor 1 - pi in front of it."""
    return mass(pi) / (1 - pi)


@exercise.mistake(hint="idea")
def one_for_the_even_coin(pi: Tensor) -> Tensor:
    """Right everywhere but at pi = 1/2, where you return 1. There the integrand is 1/2
    for every x, and so is the integral."""
    return torch.where(pi == 0.5, torch.ones_like(pi), mass(pi))


@exercise.mistake(hint="idea")
def nought_for_the_even_coin(pi: Tensor) -> Tensor:
    """Right everywhere but at pi = 1/2, where you return 0. There the integrand is 1/2
    for every x, and so is the integral."""
    return torch.where(pi == 0.5, torch.zeros_like(pi), mass(pi))


@exercise.mistake(hint="formula")
def base_two(pi: Tensor) -> Tensor:
    """You divide by a logarithm to base 2. The integral of r^x is (r - 1) / log r with
    the natural logarithm."""
    a = torch.logit(pi) / torch.tensor(2.0).to(pi).log()
    return torch.where(a == 0, torch.full_like(pi, 0.5), (2 * pi - 1) / a)


@exercise.mistake(hint="formula")
def its_logarithm(pi: Tensor) -> Tensor:
    """This is the logarithm of the mass. Return the mass; the next cell takes the
    logarithm."""
    return mass(pi).log()


@exercise.mistake(hint="formula")
def logarithms_divided(pi: Tensor) -> Tensor:
    """You divide log pi by log(1 - pi). The logarithm of a quotient is a difference:
    log pi - log(1 - pi)."""
    ratio = (2 * pi - 1) / (pi.log() / (1 - pi).log())
    return torch.where(pi == 0.5, torch.full_like(pi, 0.5), ratio)


@exercise.mistake(hint="idea")
def at_one_place(pi: Tensor) -> Tensor:
    """You take the integrand at x = 1/2 in place of its integral. It is not a straight
    line in x, so its mean over x is another number."""
    return (pi * (1 - pi)).sqrt()
