"""Other right answers to 10.true_share."""

from tests.also_right import also_right


@also_right
def as_an_inverse(agreement: float, accuracy: float, classes: int = 10) -> float:
    k = classes
    return ((k - 1) * agreement + accuracy - 1) / (k * accuracy - 1)


@also_right
def by_two_known_points(agreement: float, accuracy: float, classes: int = 10) -> float:
    none_right, all_right = (1 - accuracy) / (classes - 1), accuracy
    return 1 - (all_right - agreement) / (all_right - none_right)
