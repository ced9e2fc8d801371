"""Patient: the latents of every step are the ones of the first step."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_reused_latents",
    ward="C",
    title="A source of latents for a generator",
    symptom="G's loss falls to nearly 0. For latents that are not those of the"
    " training, its error does not fall, and is larger at the end than at the start.",
    cause="The latents are drawn once, when the source is made, and every step gets the"
    " same ones. They have to be drawn anew in every call.",
    origin="Not from a report. A default argument, or a line above the loop, draws its"
    " latents only once.",
    figure=("step", "error on other latents"),
    same_draws=False,
)


@patient.shown
def latent_source(n: int, size: int) -> Callable[[], Tensor]:
    """A function that gives the latents of a step, [n, size], from N(0, I)."""
    z = torch.randn(n, size)

    def latents() -> Tensor:
        return z

    return latents


@patient.repair
def drawn_inside(n: int, size: int) -> Callable[[], Tensor]:
    """The reference: the draw stands in the inner function."""

    def latents() -> Tensor:
        z = torch.randn(n, size)
        return z

    return latents


@patient.repair
def drawn_and_given(n: int, size: int) -> Callable[[], Tensor]:
    """The same without a name."""

    def latents() -> Tensor:
        return torch.randn(n, size)

    return latents


@patient.repair
@patient.right
def refilled(n: int, size: int) -> Callable[[], Tensor]:
    """New numbers, in a tensor of their own."""
    z = torch.empty(n, size)

    def latents() -> Tensor:
        return torch.randn_like(z)

    return latents


@patient.right
def with_a_lambda(n: int, size: int) -> Callable[[], Tensor]:
    """A lambda draws when it is called."""
    return lambda: torch.normal(0.0, 1.0, (n, size))


@patient.right
def from_many(n: int, size: int) -> Callable[[], Tensor]:
    """Latents of a stream that goes on."""
    source = torch.Generator().manual_seed(int(torch.randint(2**31, ())))

    def latents() -> Tensor:
        return torch.randn((n, size), generator=source)

    return latents


@patient.disguise
def default_argument(n: int, size: int) -> Callable[[], Tensor]:
    """A default argument is computed once."""

    def latents(z: Tensor = torch.randn(n, size)) -> Tensor:  # noqa: B008
        return z

    return latents


@patient.disguise
def same_seed(n: int, size: int) -> Callable[[], Tensor]:
    """A seed that is set in every call."""
    seed = int(torch.randint(2**31, ()))

    def latents() -> Tensor:
        return torch.randn(n, size, generator=torch.Generator().manual_seed(seed))

    return latents


@patient.disguise
def only_shuffled(n: int, size: int) -> Callable[[], Tensor]:
    """The same latents in another order."""
    z = torch.randn(n, size)

    def latents() -> Tensor:
        return z[torch.randperm(n)]

    return latents


@patient.patch
def with_a_little_noise(n: int, size: int) -> Callable[[], Tensor]:
    """You add a little noise. The latents still lie around the same few points."""
    once = latent_source(n, size)
    return lambda: once() + 0.05 * torch.randn(n, size)


@patient.patch
def sign_changed(n: int, size: int) -> Callable[[], Tensor]:
    """You change signs at random. Every step still uses the same few numbers."""
    once = latent_source(n, size)
    return lambda: once() * (2.0 * torch.randint(2, (n, 1)) - 1)


@patient.patch
def larger_table(n: int, size: int) -> Callable[[], Tensor]:
    """You draw a table once and pick rows. G still sees the same few latents."""
    table = torch.randn(4 * n, size)
    return lambda: table[torch.randint(4 * n, (n,))]


@patient.test
def exposes(source: Function) -> None:
    """Two calls have no number in common."""
    latents = source(6, 3)
    first, second = latents().flatten(), latents().flatten()
    same = (first[:, None] - second[None]).abs() < 1e-6
    assert not bool(same.any()), "latents come again"


@patient.calls
def one_call(source: Function) -> Tensor:
    """The latents of a first step."""
    found: Tensor = source(8, 4)()
    return found


@patient.does
def measured(source: Function) -> dict[str, object]:
    """How near the latents of two steps are, sorted, and the first ones themselves."""
    latents = source(5, 2)
    one, two = latents(), latents()
    return {"one": one, "distance": torch.cdist(one, two).amin(1)}


@patient.elsewhere
def around(source: Function) -> dict[str, object]:
    """Shapes and types, at every call."""
    latents = source(7, 2)
    found = latents(), latents(), source(1, 5)()
    return {
        "shapes": str([list(z.shape) for z in found]),
        "types": str([str(z.dtype) for z in found]),
    }


@patient.hidden
def other_points(source: Function) -> bool:
    """The latents of two steps are as far apart as independent ones."""
    latents = source(200, 6)
    nearest = torch.cdist(latents(), latents()).amin(1)
    return float(nearest.min()) > 0.25


@patient.hidden
def many_values(source: Function) -> bool:
    """No value comes twice in fifty steps, up to its sign."""
    latents = source(2, 2)
    values = torch.cat([latents().flatten() for _ in range(50)]).abs()
    return len(values.unique()) == len(values)


@patient.hidden
def normal(source: Function) -> bool:
    """Over many steps the latents have mean 0 and deviation 1."""
    latents = source(4, 3)
    z = torch.stack([latents() for _ in range(400)])
    return abs(float(z.mean())) < 0.08 and abs(float(z.std()) - 1) < 0.08


@patient.trains
def training(source: Function, count: int) -> dict[str, list[float]]:
    """G learns a curve point by point; the error is that on other latents."""
    g = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer, latents = torch.optim.Adam(g.parameters(), lr=0.02), source(4, 2)
    z_other = drawn(80, 200, 2, dtype=torch.float32)
    curves: dict[str, list[float]] = {"loss": [], "error on other latents": []}
    for _ in range(count):
        z = latents()
        loss = F.mse_loss(g(z), z.sum(1, keepdim=True).sin())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        with torch.no_grad():
            other = F.mse_loss(g(z_other), z_other.sum(1, keepdim=True).sin())
        curves["error on other latents"].append(float(other))
    return curves


@patient.step
def opened(source: Function) -> Step:
    """G on its latents; it wants a small error on others."""
    g, latents = nn.Linear(2, 1), source(16, 2)
    other = torch.randn(400, 2)

    def error(z: Tensor) -> Tensor:
        return F.mse_loss(g(z), z.sum(1, keepdim=True))

    def value(batch: Tensor) -> Tensor:
        return error(latents())

    return one_player("G", g, other, value, lambda: -error(other))
