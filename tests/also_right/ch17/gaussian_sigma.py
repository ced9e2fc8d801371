"""Other right answers to 17.gaussian_sigma."""

import math
from statistics import NormalDist

from aigc_course.privacy import accountant
from tests.also_right import also_right


@also_right
def by_the_accountant(epsilon, delta, sensitivity):
    return accountant.gaussian_sigma(epsilon, delta, sensitivity)


@also_right
def by_bisection_of_sigma(epsilon, delta, sensitivity):
    phi = NormalDist().cdf
    low, high = 0.01, 1000.0
    for _ in range(60):
        s = math.sqrt(low * high)
        a = phi(0.5 / s - epsilon * s)
        b = math.exp(epsilon) * phi(-0.5 / s - epsilon * s)
        low, high = (low, s) if a - b <= delta else (s, high)
    return high * sensitivity
