"""Exercise on leaks: what differential privacy allows an attack."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.epsilon_for",
    order=90,
    title="The budget for a promise",
    difficulty=2,
    minutes=8,
    idea="The bound says which advantage an epsilon allows. Turn it round: find"
    " the epsilon that allows no more than this advantage.",
    formula="a = (e^eps - 1) / (e^eps + 1), so e^eps = (1 + a) / (1 - a).",
    line="`return np.log((1 + a) / (1 - a))`.",
    variation="An attacker is to be right in no more than 51 % of cases, members and"
    " strangers alike frequent. Say which advantage that is, and which epsilon.",
    asks="derive",
)


@exercise.answer
def epsilon_for(a: float) -> float:
    """The largest epsilon that keeps every attack's advantage to a, 0 <= a < 1."""
    return math.log((1 + a) / (1 - a))


@exercise.inputs
def promises() -> list[tuple[float]]:
    return [(0.0,), (0.02,), (0.1,), (0.5,), (0.9,), (0.999,)]


@exercise.must_hold
def the_bound_gives_it_back(f) -> bool:
    """The bound at this epsilon is the advantage that was asked for."""
    eps = float(f(0.3))
    return same((math.exp(eps) - 1) / (math.exp(eps) + 1), 0.3)


@exercise.must_hold
def nothing_for_nothing(f) -> bool:
    """To allow no advantage at all, epsilon has to be 0."""
    return same(f(0.0), 0.0)


@exercise.mistake(hint="idea")
def the_bound_itself(a: float) -> float:
    """You put the advantage in for epsilon. The function is given the advantage and
    returns the epsilon."""
    return (math.exp(a) - 1) / (math.exp(a) + 1)


@exercise.mistake(hint="formula")
def without_the_denominator(a: float) -> float:
    """You solve a = e^eps - 1. The denominator e^eps + 1 of (15.12) is missing."""
    return math.log(1 + a)


@exercise.mistake(hint="formula")
def upside_down(a: float) -> float:
    """Your epsilon is negative: numerator and denominator have changed places."""
    return math.log((1 - a) / (1 + a))


@exercise.mistake(hint="line")
def to_the_base_two(a: float) -> float:
    """The exponential in the definition has base e: take the natural logarithm."""
    return math.log2((1 + a) / (1 - a))


@exercise.mistake(hint="formula")
def without_the_logarithm(a: float) -> float:
    """That is e^eps. Take its natural logarithm."""
    return (1 + a) / (1 - a)


@exercise.mistake(hint="formula")
def half_of_it(a: float) -> float:
    """Your epsilon is half of the right one: the bound is tanh(eps / 2), so eps is
    twice the inverse hyperbolic tangent of a."""
    return math.atanh(a)


@exercise.mistake(hint="idea")
def another_bound(a: float) -> float:
    """You solve a = 1 - e^-eps. That is a bound too, but a looser one than (15.12), so
    its epsilon is smaller than it has to be."""
    return -math.log(1 - a)


@exercise.mistake(hint="line")
def to_the_base_ten(a: float) -> float:
    """You take the logarithm to the base 10. The definition has e^eps: take the natural
    logarithm."""
    return math.log10((1 + a) / (1 - a))
