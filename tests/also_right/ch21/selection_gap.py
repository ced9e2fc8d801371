"""Other right answers to 21.selection_gap."""

import math

from tests.also_right import also_right


@also_right
def by_regression(spread, noise, largest):
    total = spread**2 + noise**2
    share = noise**2 / total if total else 0.0
    return share * largest * math.sqrt(total)


@also_right
def by_the_angle(spread, noise, largest):
    angle = math.atan2(noise, spread)
    return largest * noise * math.sin(angle)
