"""Other right answers to 15.epsilon_for."""

import math

from tests.also_right import also_right


@also_right
def by_the_hyperbolic_tangent(a: float) -> float:
    return 2 * math.atanh(a)  # (e^eps - 1) / (e^eps + 1) = tanh(eps / 2)


@also_right
def in_two_logarithms(a: float) -> float:
    return math.log1p(a) - math.log1p(-a)
