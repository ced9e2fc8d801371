"""Exercise on the Fenchel conjugate."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Convex = Callable[[Tensor], Tensor]


exercise = Exercise(
    "03.conjugate",
    order=80,
    title="The Fenchel conjugate, by trying everything",
    difficulty=3,
    minutes=10,
    asks="method",
    idea="For each slope t, slide a line of that slope against the curve f, and measure"
    " how far the line t u rises above f(u) at most.",
    formula="f*(t) = max over u of (t u - f(u)): a table [k, m] with a row for each t,"
    " and its largest entry in each row.",
    line="Write `return (t[:, None] * u - f(u)).max(dim=1).values`.",
    variation="Take the conjugate of the conjugate and compare it with f. Then try a"
    " curve f with a dent.",
)


@exercise.answer
def conjugate(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """f*(t) = max over u of t u - f(u), at each t.

    f: elementwise. t: slopes [k]. u: places to try, [m]. Returns [k].
    """
    table = t[:, None] * u - f(u)  # [k, 1] * [m] = [k, m]
    return table.max(dim=1).values


def square(u: Tensor) -> Tensor:
    return u**2 / 2


def entropy(u: Tensor) -> Tensor:
    return u * torch.log(u)


def pearson(u: Tensor) -> Tensor:
    return (u - 1) ** 2


@exercise.inputs
def curves() -> list[tuple[Convex, Tensor, Tensor]]:
    t, u = torch.linspace(-1, 1.5, 6), torch.linspace(0.01, 6, 600)
    return [(entropy, t, u), (pearson, t, u), (square, t, u - 3)]


@exercise.must_hold
def half_a_square(f) -> bool:
    """u^2 / 2 is its own conjugate."""
    t = torch.linspace(-2, 2, 9)
    got = f(square, t, torch.linspace(-4, 4, 8001))
    return same(got, t**2 / 2, tolerance=1e-3)


@exercise.must_hold
def of_kl(f) -> bool:
    """The conjugate of u log u is e^(t - 1)."""
    t = torch.linspace(-1, 1.5, 6)
    got = f(entropy, t, torch.linspace(0.001, 8, 20_001))
    return same(got, torch.exp(t - 1), tolerance=1e-3)


@exercise.must_hold
def fenchel_young(f) -> bool:
    """f*(t) + f(u) is at least t u, for every t and u tried."""
    t, u = torch.linspace(-1, 2, 7), torch.linspace(0.1, 3, 30)
    gap = f(pearson, t, u)[:, None] + pearson(u) - torch.outer(t, u)
    return bool((gap > -1e-5).all())


@exercise.mistake(hint="idea")
def lowest(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You take the smallest value. Far out f lies high above every line, so the
    smallest says only where your grid ends. The supremum is the largest."""
    return (t[:, None] * u - f(u)).min(dim=1).values


@exercise.mistake(hint="formula")
def sign_turned(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You take the largest value of f(u) - t u, which only depends on where the grid
    ends. The line stands first: t u - f(u)."""
    return (f(u) - t[:, None] * u).max(dim=1).values


@exercise.mistake(hint="formula")
def negative_conjugate(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You return the smallest f(u) - t u, which is -f*(t): the height at which the line
    of slope t, pushed up against f, cuts the axis. Turn its sign round."""
    return -conjugate(f, t, u)


@exercise.mistake(hint="formula")
def the_place(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You return the u at which the maximum is reached. That is the derivative of f*;
    the conjugate is the value there."""
    return u[(t[:, None] * u - f(u)).argmax(dim=1)]


@exercise.mistake(hint="line")
def other_axis(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You have one value for each u: the maximum ran over the slopes. It runs over u,
    one value for each t."""
    return (t[:, None] * u - f(u)).max(dim=0).values


@exercise.mistake(hint="idea")
def same_letter(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You have put t where u belongs and taken no maximum. t is a slope and u a place;
    for each slope all places are tried."""
    return t * t - f(t)


@exercise.mistake(hint="formula")
def everything_at_once(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """All your values are equal: the maximum ran over the whole table. Each t has a
    maximum of its own."""
    return (t[:, None] * u - f(u)).max().expand(len(t))


@exercise.mistake(hint="line")
def values_and_places(f: Convex, t: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """`max(dim=1)` returns a pair, the largest values and their places in the list.
    Take the values: `.max(dim=1).values`, or `amax(dim=1)`."""
    values, places = (t[:, None] * u - f(u)).max(dim=1)
    return values, places


@exercise.mistake(hint="formula")
def added(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You add f(u) to the line t u. How far the line rises *above* f is the difference,
    t u - f(u)."""
    return (t[:, None] * u + f(u)).max(dim=1).values


@exercise.mistake(hint="formula")
def rounded_off(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    """You take the logarithm of a sum of exponentials, which lies above the maximum and
    grows with the number of places you try. Take the maximum itself."""
    return torch.logsumexp(t[:, None] * u - f(u), dim=1)
