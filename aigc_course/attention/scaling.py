"""How the loss falls with weights and tokens: a law fitted to small trainings."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

from aigc_course.errors import CourseError

EXPONENTS = np.linspace(0.05, 1.5, 59)


@dataclass(frozen=True)
class Law:
    """L(N, D) = E + A / N^a + B / D^b + C / (N^a D^b).

    With C = 0 it is equation 2 of Hoffmann et al. (2022). With C > 0 a small model
    also learns more slowly. N: weights. D: tokens. E: what no model of this kind can
    save, in nats.
    """

    E: float
    A: float
    a: float
    B: float
    b: float
    C: float = 0.0

    def loss(self, weights: Any, tokens: Any) -> Any:
        """Nats for numbers of weights and of tokens, numbers or arrays."""
        n = np.asarray(weights, float) ** -self.a
        d = np.asarray(tokens, float) ** -self.b
        # L = E + A / N^a + B / D^b + C / (N^a D^b)
        return self.E + self.A * n + self.B * d + self.C * n * d

    def best_share(self, budget: float) -> tuple[float, float]:
        """Weights and tokens with the least loss where 6 N D = budget, in FLOPs.

        N = G (C / 6)^(b / (a + b)), G = (a A / (b B))^(1 / (a + b))
        """
        if min(self.A, self.B) <= 0:
            raise CourseError("A law without both terms has no best share.")
        if self.C:
            raise CourseError("The formula of the best share holds for C = 0.")
        g = (self.a * self.A / (self.b * self.B)) ** (1 / (self.a + self.b))
        weights = g * (budget / 6) ** (self.b / (self.a + self.b))
        return float(weights), float(budget / 6 / weights)


def fit(weights: Any, tokens: Any, losses: Any, product: bool = False) -> Law:
    """The law with the least squared error, all constants at least 0.

    For each pair of exponents on a grid, E, A, B and C are a linear problem. weights,
    tokens, losses: [M] each, with at least three different values of N and of D.
    product: whether C may differ from 0. Raises CourseError for fewer values.

    >>> law = Law(1.0, 20.0, 0.4, 200.0, 0.5)
    >>> N, D = (x.ravel() for x in np.meshgrid([1e3, 1e4, 1e5], [1e4, 1e5, 1e6]))
    >>> again = fit(N, D, law.loss(N, D))
    >>> bool(abs(again.loss(1e6, 1e7) - law.loss(1e6, 1e7)) < 0.005)
    True
    """
    N, D, L = (np.asarray(x, float) for x in (weights, tokens, losses))
    if not N.shape == D.shape == L.shape or min(len(set(N)), len(set(D))) < 3:
        raise CourseError(
            "A law needs losses for at least three numbers of weights and of tokens."
        )
    best, found = np.inf, None
    # N and D relative to their least value, so that A and B are of the size of L
    n, d = N / N.min(), D / D.min()
    for a in EXPONENTS:
        for b in EXPONENTS:
            u, v = n**-a, d**-b
            columns = np.stack([np.ones_like(n), u, v, product * u * v], axis=1)
            (E, A, B, C), error = nnls(columns, L)
            if error < best:
                best = error
                u, v = N.min() ** a, D.min() ** b
                found = Law(E, A * u, a, B * v, b, C * u * v)
    assert found is not None
    return found
