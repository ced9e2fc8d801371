"""Properties of the ways to follow a velocity."""

import math
from typing import Any

import torch
from torch import Tensor

from aigc_course.clinic.mutants.targets import Target, draw, flat, target

SOLVERS = "flow.solvers"
N, D = 4, 3


def _tilt(x: Tensor, t: float) -> Tensor:
    """A velocity that depends on place and time, nowhere linear."""
    return torch.sin(2 * x) + math.cos(3 * t) * x + t**2


def _solver(name: str, order: int, table: list[tuple[float, list[float]]]) -> None:
    """table: rows (c, a) of the method's tableau; the last one holds the weights."""
    made = target(
        SOLVERS,
        name,
        call=f"{name}(velocity, x, t, s), velocity(x, t), times t < s, gives x at s",
    )

    @made.observed
    def seen(f: Any, seed: int) -> list[Tensor]:
        x = draw(seed, N, D)
        return flat(f(_tilt, x, 0.2, 0.5), f(_tilt, x, 0.9, 0.4))

    @made.equals
    def want(seed: int) -> list[Tensor]:
        found = []
        for t, s in ((0.2, 0.5), (0.9, 0.4)):
            x, slopes = draw(seed, N, D), list[Tensor]()
            for c, row in table[:-1]:
                inner = sum((a * k for a, k in zip(row, slopes, strict=True)), 0 * x)
                slopes.append(_tilt(x + (s - t) * inner, t + c * (s - t)))
            weights = zip(table[-1][1], slopes, strict=True)
            found.append(x + (s - t) * sum(b * k for b, k in weights))
        return flat(found)

    @made.must
    def has_its_order(f: Any, seed: int) -> None:
        """Half the step divides the error by about 2^order."""

        def error(n: int) -> float:
            x = torch.ones(1, 1, dtype=torch.float64)
            for i in range(n):
                x = f(lambda y, t: y * (1 + t), x, i / n, (i + 1) / n)
            return abs(float(x) - math.exp(1.5))

        ratio = error(8) / max(error(16), 1e-300)
        assert 2 ** (order - 0.5) < ratio < 2 ** (order + 0.7)


_solver("euler_step", 1, [(0, []), (1, [1])])


_solver("midpoint_step", 2, [(0, []), (0.5, [0.5]), (1, [0, 1])])


_solver("heun_step", 2, [(0, []), (1, [1]), (1, [0.5, 0.5])])


RK4: list[tuple[float, list[float]]] = [
    (0, []),
    (0.5, [0.5]),
    (0.5, [0, 0.5]),
    (1, [0, 0, 1]),
]


_solver("rk4_step", 4, [*RK4, (1, [1 / 6, 1 / 3, 1 / 3, 1 / 6])])


def _random_step(name: str) -> Target:
    made = target(
        SOLVERS,
        name,
        call=f"{name}(velocity, x, t, s, noise, generator), 0 < t < s, gives x at s",
    )

    @made.observed
    def seen(f: Any, seed: int) -> list[Tensor]:
        x = draw(seed, N, D)
        sources = [torch.Generator().manual_seed(seed) for _ in range(2)]
        return flat(
            f(_tilt, x, 0.2, 0.5, 0.7, sources[0]),
            f(_tilt, x, 0.2, 0.5, 0.0, sources[1]),
        )

    @made.must
    def keeps_the_law(f: Any, seed: int) -> None:
        """Normal data of deviation 1: noise stays normal with the path's variance."""
        t, s = 0.4, 0.43

        def velocity(x: Tensor, at: float) -> Tensor:
            return (at - (1 - at)) / (at**2 + (1 - at) ** 2) * x

        x = draw(seed, 40_000, 1)
        x = x / x.std() * math.sqrt(t**2 + (1 - t) ** 2)
        out = f(velocity, x, t, s, 1.0, torch.Generator().manual_seed(seed + 77))
        assert abs(float(out.std()) / math.sqrt(s**2 + (1 - s) ** 2) - 1) < 0.03

    return made


def _fresh(seed: int) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(N, D, generator=source, dtype=torch.float64)


@_random_step("stochastic_step").equals
def _stochastic_want(seed: int) -> list[Tensor]:
    x, t, h = draw(seed, N, D), 0.2, 0.3
    v = _tilt(x, t)
    score = (t * v - x) / (1 - t)
    g2 = 0.7**2 * 2 * (1 - t)
    moved = x + h * (v + g2 / 2 * score) + (g2 * h) ** 0.5 * _fresh(seed)
    return [moved, x + h * v]


@_random_step("ancestral_step").equals
def _ancestral_want(seed: int) -> list[Tensor]:
    x, t, s = draw(seed, N, D), 0.2, 0.5
    v = _tilt(x, t)
    x1, x0 = x + 0.8 * v, x - 0.2 * v
    e2 = 0.49 * (0.5 / 0.8) ** 2 * (0.64 - (0.4 * 0.5) ** 2)
    moved = s * x1 + (0.25 - e2) ** 0.5 * x0 + e2**0.5 * _fresh(seed)
    return [moved, x + 0.3 * v]


average = target(
    "flow.average",
    "average_target",
    call="average_target(average, velocity, x, t, r) gives v + (r - t) dU/dt, [N, D]",
)


def _u(x: Tensor, t: Any, r: float) -> Tensor:
    return torch.sin(x) * t + r * x


@average.observed
def _average_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(_u, _tilt, draw(seed, N, 1), 0.2, 0.7))


@average.equals
def _average_want(seed: int) -> list[Tensor]:
    x = draw(seed, N, 1)
    v = _tilt(x, 0.2)
    slope = (x.cos() * 0.2 + 0.7) * v + x.sin()
    return [v + 0.5 * slope]


@average.must
def _average_end(f: Any, seed: int) -> None:
    """At r = t it is the velocity itself."""
    x = draw(seed, N, 1)
    assert torch.allclose(f(_u, _tilt, x, 0.4, 0.4), _tilt(x, 0.4))


jumps = target(
    "flow.average",
    "few_steps",
    call="few_steps(average, x, steps), average(x, t, r), takes x from 0 to 1",
)


@jumps.observed
def _jumps_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(_u, draw(seed, N, 1), 2), f(_u, draw(seed, N, 1)))


@jumps.equals
def _jumps_want(seed: int) -> list[Tensor]:
    x = draw(seed, N, 1)
    half = x + 0.5 * _u(x, 0.0, 0.5)
    return [half + 0.5 * _u(half, 0.5, 1.0), x + _u(x, 0.0, 1.0)]


@jumps.must
def _constant_velocity(f: Any, seed: int) -> None:
    """A constant average velocity is walked through in any number of steps."""
    x = draw(seed, N, 1)
    for steps in (1, 2, 5):
        assert torch.allclose(f(lambda y, t, r: 0 * y + 2, x, steps), x + 2)
