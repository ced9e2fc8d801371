"""Other right answers to 06.unrolled_slope."""

import math

from tests.also_right import also_right


@also_right
def by_hand(theta: float, psi: float, lr: float, k: int) -> float:
    change = 0.0  # d psi_j / d theta
    for _ in range(k):
        s = 1 / (1 + math.exp(-psi * theta))
        inner = s * (1 - s) * (psi + theta * change)
        psi, change = psi - lr * theta * s, change - lr * (s + theta * inner)
    return -(psi + theta * change) / (1 + math.exp(psi * theta))


@also_right
def by_difference(theta: float, psi: float, lr: float, k: int) -> float:
    def loss(x: float) -> float:
        y = psi
        for _ in range(k):
            y -= lr * x / (1 + math.exp(-y * x))
        return math.log1p(math.exp(-y * x))

    return (loss(theta + 1e-5) - loss(theta - 1e-5)) / 2e-5
