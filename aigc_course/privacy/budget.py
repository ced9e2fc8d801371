"""A privacy budget that is asked before anything is released."""

from collections import Counter

from aigc_course.errors import CourseError
from aigc_course.privacy.accountant import check, positive
from aigc_course.privacy.sampled import Release, total_epsilon

Kind = tuple[float, float]  # noise and sampling rate


class PrivacyBudget:
    """(epsilon, delta) that several releases about the same people may use up together.

    n: the number of examples, of which delta >= 1/n is refused. What would go over
    raises CourseError, and nothing is booked. Raises CourseError for epsilon <= 0 and
    a delta outside (0, 1).

    >>> budget = PrivacyBudget(1.0, 1e-5)
    >>> budget.spend(0.2)
    >>> round(budget.spent, 3), round(budget.left_mu(), 3)
    (0.726, 0.178)
    """

    def __init__(self, epsilon: float, delta: float, n: int | None = None) -> None:
        check(epsilon, delta, n)
        self.epsilon, self.delta = epsilon, delta
        self._steps: Counter[Kind] = Counter()
        self._allowed: dict[Kind, int] = {}  # most steps beside all that is booked

    @property
    def spent(self) -> float:
        """The epsilon at this delta of everything booked so far."""
        return total_epsilon(self._releases(), self.delta)

    def spend(self, mu: float) -> None:
        """Book one Gaussian release, mu = sensitivity / standard deviation."""
        positive(mu, "mu")
        self.spend_steps(1 / mu, 1.0, 1)

    def spend_steps(self, noise: float, rate: float, steps: int = 1) -> None:
        """Book steps of DP-SGD with this noise multiplier and sampling rate."""
        Release(noise, rate, steps)  # refuses what means nothing
        if steps > self.steps_left(noise, rate):
            more = (*self._releases(), Release(noise, rate, steps))
            raise CourseError(
                f"The privacy budget of epsilon = {self.epsilon:g} is spent: with this"
                f" release it would be {total_epsilon(more, self.delta):.3g} at delta ="
                f" {self.delta:g}."
            )
        kind = noise, rate
        self._steps[kind] += steps
        # the allowance of every other kind has changed
        self._allowed = {kind: self._allowed[kind]}

    def steps_left(self, noise: float, rate: float) -> int:
        """How many more such steps the budget allows, found once and remembered."""
        Release(noise, rate)
        kind = noise, rate
        if kind not in self._allowed:
            self._allowed[kind] = self._most(kind)
        return self._allowed[kind] - self._steps[kind]

    def left_mu(self) -> float:
        """The largest mu of one more Gaussian release, rounded down."""
        low, high = 0.0, 1.0
        while self._fits(high):
            low, high = high, 2 * high
            if high > 1e6:
                return low
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self._fits(middle) else (low, middle)
        return low

    def _fits(self, mu: float) -> bool:
        more = (*self._releases(), Release(1 / mu))
        return total_epsilon(more, self.delta) <= self.epsilon

    def _most(self, kind: Kind) -> int:
        """The most steps of a kind, those booked included, beside the other kinds."""
        others = tuple(Release(*k, n) for k, n in self._steps.items() if k != kind)

        def fits(steps: int) -> bool:
            more = (*others, Release(*kind, steps))
            return total_epsilon(more, self.delta) <= self.epsilon

        low, high = 0, 1
        while fits(high):
            low, high = high, 2 * high
            if high > 2**40:
                return low
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return max(low, self._steps[kind])

    def _releases(self) -> tuple[Release, ...]:
        return tuple(Release(*kind, steps) for kind, steps in self._steps.items())
