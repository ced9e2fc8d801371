"""Other right answers to 06.wilson."""

import math

from aigc_course.exercises.ch06.wilson import Interval
from tests.also_right import also_right


@also_right
def by_the_quadratic(failed: int, n: int, z: float = 1.96) -> Interval:
    # (share - p)^2 = z^2 p (1 - p) / n  is  a p^2 + b p + c = 0
    share = failed / n
    a, b, c = 1 + z**2 / n, -2 * share - z**2 / n, share**2
    root = math.sqrt(max(b**2 - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@also_right
def with_counts(failed: int, n: int, z: float = 1.96) -> list[float]:
    middle = (failed + z * z / 2) / (n + z * z)
    product = failed * (n - failed) / n + z * z / 4
    reach = z * product**0.5 / (n + z * z)
    return [middle - reach, middle + reach]
