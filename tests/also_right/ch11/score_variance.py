"""Other right answers to 11.score_variance."""

from tests.also_right import also_right


@also_right
def by_the_three_terms(d: int, mean: float, std: float) -> float:
    return d * std**4 + 2 * d * mean**2 * std**2


@also_right
def by_moments(d: int, mean: float, std: float) -> float:
    square = mean**2 + std**2
    return sum(square * square - (mean * mean) ** 2 for _ in range(d))
