"""Properties of paths, guidance and couplings."""

import math
from itertools import permutations
from typing import Any

import torch
from torch import Tensor

from aigc_course.clinic.mutants.targets import draw, flat, target, uniform

PATHS = "flow.paths"


N, D = 4, 3


interpolate = target(
    PATHS,
    "interpolate",
    call="interpolate(x0, x1, t), [N, ...] twice and [N] or a number",
)


def _pair(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    return draw(seed, N, D), draw(seed, N, D, key=1), 0.1 + 0.8 * uniform(seed, N)


@interpolate.observed
def _seen(f: Any, seed: int) -> list[Tensor]:
    x0, x1, t = _pair(seed)
    return flat(f(x0, x1, t), f(x0, x1, 0.3))


@interpolate.equals
def _want(seed: int) -> list[Tensor]:
    x0, x1, t = _pair(seed)
    rows = [a + s * (b - a) for a, b, s in zip(x0, x1, t, strict=True)]
    return [torch.stack(rows), torch.lerp(x0, x1, 0.3)]


@interpolate.must
def _ends(f: Any, seed: int) -> None:
    """At t = 0 it is noise, at t = 1 data."""
    x0, x1, _ = _pair(seed)
    assert torch.equal(f(x0, x1, 0.0), x0) and torch.equal(f(x0, x1, 1.0), x1)


def _conversion(name: str, back: bool) -> None:
    made = target(
        PATHS,
        name,
        call=f"{name}(value, x, t, prediction), prediction one of velocity, data,"
        " noise, score",
    )

    def known(seed: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        x0, x1, t = _pair(seed)
        x = torch.lerp(x0, x1, t[:, None])
        score = -x0 / (1 - t[:, None])
        return x, t, {"velocity": x1 - x0, "data": x1, "noise": x0, "score": score}

    @made.observed
    def seen(f: Any, seed: int) -> list[Tensor]:
        x, t, values = known(seed)
        given = values["velocity"]
        return flat([f(given if back else v, x, t, k) for k, v in values.items()])

    @made.equals
    def want(seed: int) -> list[Tensor]:
        _, _, values = known(seed)
        return flat([v if back else values["velocity"] for v in values.values()])

    @made.must
    def velocity_is_itself(f: Any, seed: int) -> None:
        """A velocity is a velocity already."""
        x, t, values = known(seed)
        assert torch.equal(f(values["velocity"], x, t, "velocity"), values["velocity"])


_conversion("to_velocity", back=False)


_conversion("from_velocity", back=True)


share = target(
    PATHS,
    "signal_share",
    call="signal_share(t) gives the alpha-bar of diffusion at time t",
)


@share.observed
def _share_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(uniform(seed, N)), f(0.25))


@share.equals
def _share_want(seed: int) -> list[Tensor]:
    t = uniform(seed, N)
    return flat(1 / (1 + ((1 - t) / t) ** 2), torch.tensor(0.1))


@share.must
def _share_ends(f: Any, seed: int) -> None:
    """It is 0 at noise, 1/2 in the middle and 1 at data."""
    assert [round(float(f(t)), 6) for t in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]


guided = target(
    "flow.guidance",
    "guided",
    call="guided(conditional, unconditional, guidance), velocities of one shape",
)


@guided.observed
def _guided_seen(f: Any, seed: int) -> list[Tensor]:
    c, u = draw(seed, N, D), draw(seed, N, D, key=1)
    return flat(f(c, u, 2.5), f(c, u, 0.5))


@guided.equals
def _guided_want(seed: int) -> list[Tensor]:
    c, u = draw(seed, N, D), draw(seed, N, D, key=1)
    return [2.5 * c - 1.5 * u, (c + u) / 2]


@guided.must
def _guided_ends(f: Any, seed: int) -> None:
    """0 ignores the condition, 1 follows it."""
    c, u = draw(seed, N, D), draw(seed, N, D, key=1)
    assert torch.allclose(f(c, u, 0.0), u) and torch.allclose(f(c, u, 1.0), c)


for _name, _formula in {
    "guided_variance": lambda u, c, g: u * (c / u) ** g,
    "tilted_variance": lambda u, c, g: u * c / (c + g * (u - c)),
}.items():
    _made = target(
        "flow.guidance",
        _name,
        call=f"{_name}(unconditional, conditional, guidance), variances above 0",
    )

    def _variances(seed: int) -> tuple[float, float, float]:
        u, c, g = (float(p) for p in uniform(seed, 3))
        return 1.5 + u, 0.2 + c, 0.3 + 2 * g

    @_made.observed
    def _variance_seen(f: Any, seed: int) -> list[Tensor]:
        return flat(f(*_variances(seed)))

    @_made.equals
    def _variance_want(seed: int, formula: Any = _formula) -> list[Tensor]:
        return flat(torch.tensor(formula(*_variances(seed))))

    @_made.must
    def _variance_ends(f: Any, seed: int) -> None:
        """Guidance 0 gives the variance without the condition, 1 that with it."""
        u, c, _ = _variances(seed)
        assert math.isclose(f(u, c, 0.0), u) and math.isclose(f(u, c, 1.0), c)


transport = target(
    "flow.couplings",
    "transport",
    call="transport(x0, x1), [B, d] each, gives the rows of x0 in another order",
)


@transport.observed
def _transport_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 5, 2), draw(seed, 5, 2, key=1)))


@transport.equals
def _transport_want(seed: int) -> list[Tensor]:
    x0, x1 = draw(seed, 5, 2), draw(seed, 5, 2, key=1)
    orders = [list(p) for p in permutations(range(5))]
    best = min(orders, key=lambda p: float((x0[p] - x1).square().sum()))
    return [x0[best]]


@transport.must
def _same_noise(f: Any, seed: int) -> None:
    """It keeps the noise, and does not lengthen the way."""
    x0, x1 = draw(seed, 300, 2), draw(seed, 300, 2, key=1)
    out = f(x0, x1)
    assert torch.allclose(out.sum(0), x0.sum(0))
    assert float((out - x1).square().sum()) < 0.5 * float((x0 - x1).square().sum())
