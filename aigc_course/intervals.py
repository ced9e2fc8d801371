"""How sure a figure is: intervals of rates, and figures that carry their error."""

import math
from typing import NamedTuple


class Estimate(NamedTuple):
    """A measured figure and the half-width of its 95 % interval.

    error: 0 for a figure that is exact, NaN where it is unknown.

    >>> print(Estimate(0.21, 0.04))
    0.210 ± 0.040
    """

    value: float
    error: float = 0.0

    def differs(self, other: "Estimate") -> bool:
        """Whether the difference is larger than its own 95 % interval.

        The errors of independent figures add as squares. An unknown error counts as
        0 here, so a figure without an error differs by any amount.
        """
        errors = (0.0 if math.isnan(e) else e for e in (self.error, other.error))
        return abs(self.value - other.value) > math.hypot(*errors)

    def __str__(self) -> str:
        # as many decimals as the error needs for two digits that count
        known = self.error if self.error > 0 else abs(self.value) / 100
        places = 1 - math.floor(math.log10(known)) if 0 < known < math.inf else 3
        places = min(max(places, 0), 6)
        shown = f"{self.value:.{places}f}"
        return f"{shown} ± {self.error:.{places}f}" if self.error > 0 else shown


def share_interval(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a rate, 0 to 1, of which `count` in `of` were seen.

    Wilson (1927), equation 1; with none seen at all it is (0, 1).

    >>> [round(end, 3) for end in share_interval(0, 10)]
    [0.0, 0.278]
    """
    if not of:
        return 0.0, 1.0
    from scipy.stats import binomtest  # takes a while to load

    low, high = binomtest(count, of).proportion_ci(0.95, method="wilson")
    return float(low), float(high)
