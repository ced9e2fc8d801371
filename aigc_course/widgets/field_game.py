"""The field lab without its window: particles in an exact and in a learned velocity.

The data are mixtures of normals, so the velocity that flow matching aims at is a
formula (`flow.exact`). A small network learns it beside that, a step at a time.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam

from aigc_course.errors import CourseError
from aigc_course.flow.exact import Mixture
from aigc_course.flow.guidance import guided_field
from aigc_course.flow.paths import conditional_velocity, interpolate
from aigc_course.flow.solvers import METHODS, Velocity, evaluations, trajectory
from aigc_course.widgets.engine import single_thread

PARTICLES, SHOWN, SIDE = 200, 200, 13  # particles; points of the data; arrows in a row
BOUND = 3.2  # the plane goes from -BOUND to BOUND
FINE = 64  # steps of RK4 that stand for the exact flow
NEAR = 3  # standard deviations within which an end is close to a mode
PRACTICE = 100  # training steps of a button
UNTOLD = 0.25  # share of the points whose label the network is not told
BATCH, RATE, BETAS, WIDTH = 128, 3e-3, (0.9, 0.999), 64


@dataclass(frozen=True)
class World:
    """Data: equal normals around `means`, each of class A (0) or B (1)."""

    means: list[tuple[float, float]]
    std: float
    classes: list[int]

    def mixture(self, label: str = "none") -> Mixture:
        """The law of all data ("none") or of one class ("A", "B"), in 64 bits."""
        wanted = LABELS.index(label) - 1
        pairs = zip(self.means, self.classes, strict=True)
        kept = [mean for mean, kind in pairs if wanted in (-1, kind)]
        ones = torch.ones(len(kept), dtype=torch.float64)
        means = torch.tensor(kept, dtype=torch.float64)
        return Mixture(ones / len(kept), means, self.std * ones)


def _corners(n: int, radius: float = 2.0) -> list[tuple[float, float]]:
    turns = [2 * math.pi * i / n for i in range(n)]
    return [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


LABELS = ("none", "A", "B")
_LINE = (-2.0, 0.0, 2.0)
WORLDS = {
    "two": World([(-1.5, 0.0), (1.5, 0.0)], 0.4, [0, 1]),
    "ring": World(_corners(8), 0.15, [0, 1] * 4),
    "grid": World([(x, y) for x in _LINE for y in _LINE], 0.2, [0, 1] * 4 + [0]),
    "points": World(_corners(5), 0.02, [0, 1, 0, 1, 0]),
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "data": tuple(WORLDS),
    "solver": tuple(METHODS),
    "steps": (1, 2, 3, 4, 6, 8, 12, 16, 32),
    "label": LABELS,
    "guidance": (0, 0.5, 1, 1.5, 2, 3, 4),
}


@dataclass(frozen=True)
class FieldSettings:
    """What a reader chooses; train: the network learns while the particles move.

    Raises CourseError for what is not on offer.
    """

    data: str = "ring"
    solver: str = "euler"
    steps: int = 8
    label: str = "none"
    guidance: float = 1
    train: bool = False

    def __post_init__(self) -> None:
        for name in ("data", "solver", "label"):
            if getattr(self, name) not in CHOICES[name]:
                offer = ", ".join(CHOICES[name])
                raise CourseError(
                    f"There is no {name} {getattr(self, name)!r} in the field lab;"
                    f" there are {offer}."
                )
        if not isinstance(self.steps, int) or not 1 <= self.steps <= 64:
            raise CourseError(f"The lab takes 1 to 64 steps, not {self.steps!r}.")
        if not -10 <= self.guidance <= 10:  # NaN is none of these
            raise CourseError(f"Guidance lies in -10 to 10; it is {self.guidance!r}.")


class PointLearner:
    """A network v(x, t, label) that learns the velocity of `world` step by step.

    It has three hidden layers of `width` leaky ReLUs. Its inputs are x (2), t, and the
    label as two numbers, both 0 where it is not told. Draws and weights are its own.
    """

    def __init__(
        self, world: World, seed: int = 0, width: int = WIDTH, batch: int = BATCH
    ) -> None:
        self.world, self.batch, self.steps = world, batch, 0
        self.loss: float | None = None  # averaged over about the last 50 steps
        self.draws = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            sizes, layers = (5, width, width, width), list[nn.Module]()
            for before, after in zip(sizes, sizes[1:], strict=False):
                layers += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
            self.net = nn.Sequential(*layers, nn.Linear(width, 2))
        self.adam = Adam(self.net.parameters(), RATE, BETAS, fused=True)
        self.means = torch.tensor(world.means, dtype=torch.get_default_dtype())
        self.classes = torch.tensor(world.classes)

    def step(self) -> None:
        """A step on mean (v(x_t, t) - (x1 - x0))^2 (Lipman et al. 2023, equation 9)."""
        x0, x1, t, labels = self._drawn()
        guess = self.net(self._inputs(interpolate(x0, x1, t), t, labels))
        loss = (guess - conditional_velocity(x0, x1)).square().mean()
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        self.steps += 1
        now = float(loss.detach())
        self.loss = now if self.loss is None else 0.98 * self.loss + 0.02 * now

    @torch.no_grad()
    def velocity(self, x: Tensor, t: float, label: str = "none") -> Tensor:
        """What the network gives at points x [N, 2] at time t, of x's shape."""
        own = x.to(self.means.dtype)
        labels = torch.full((len(x),), LABELS.index(label) - 1)
        times = torch.full((len(x),), t, dtype=own.dtype)
        return self.net(self._inputs(own, times, labels)).to(x.dtype)

    def _drawn(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Noise and data [B, 2], times [B], labels [B] with -1 for "not told"."""
        B, dtype = self.batch, self.means.dtype
        own: dict[str, Any] = {"generator": self.draws, "dtype": dtype}
        rows = torch.randint(len(self.means), (B,), generator=self.draws)
        x1 = self.means[rows] + self.world.std * torch.randn(B, 2, **own)
        x0, t = torch.randn(B, 2, **own), torch.rand(B, **own)
        hidden = torch.rand(B, **own) < UNTOLD
        return x0, x1, t, self.classes[rows].masked_fill(hidden, -1)

    def _inputs(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        told = torch.stack([labels == 0, labels == 1], 1).to(x.dtype)
        return torch.cat([x, t[:, None], told], 1)  # [N, 5]


class FieldGame:
    """Particles that start at one noise in both fields, and a clock t from 0 to 1."""

    def __init__(self, settings: FieldSettings | None = None, seed: int = 0) -> None:
        self.settings, self.seed = settings or FieldSettings(), seed
        own = torch.Generator().manual_seed(seed + 1)
        self.noise = torch.randn(PARTICLES, 2, generator=own, dtype=torch.float64)
        self._truth: tuple[Any, ...] = ()
        self._solved: tuple[Any, ...] = ()
        self.reset()

    def reset(self) -> None:
        """A new network, and the particles back at the noise."""
        self.learner = PointLearner(WORLDS[self.settings.data], self.seed)
        self.t, self._solved = 0.0, ()
        self.paths: dict[str, Tensor] = {}

    def change(self, **wanted: Any) -> None:
        """Other settings; other data begin anew.

        Raises CourseError, and changes nothing, for what is not on offer.
        """
        if unknown := set(wanted) - set(asdict(self.settings)):
            raise CourseError(f"There is no setting {', '.join(sorted(unknown))}.")
        old, self.settings = self.settings, replace(self.settings, **wanted)
        if old.data != self.settings.data:
            self.reset()

    def move(self, name: str) -> None:
        """Move to the solver's next time ("step"), to t = 0 ("start"), or "train".

        From the end a step leads to the beginning too. "train" makes 100 training
        steps. Raises CourseError for another name.
        """
        if name == "start":
            self.t = 0.0
        elif name == "train":
            self.practise(PRACTICE)
        elif name == "step":
            steps = self.settings.steps
            on = min(1.0, (math.floor(self.t * steps + 1e-9) + 1) / steps)
            self.t = 0.0 if self.t >= 1 else on
        else:
            raise CourseError(
                f"There is no move {name!r}; there are step, start and train."
            )

    def practise(self, steps: int) -> None:
        """So many training steps of the network."""
        with single_thread():
            for _ in range(steps):
                self.learner.step()

    def play(self, seconds: float, share: float) -> None:
        """Train for about `seconds` where that is asked for; t moves on by `share`.

        At t = 1 the particles stay, or begin anew where the network learns meanwhile.
        """
        end = time.perf_counter() + seconds
        while self.settings.train:
            self.practise(1)
            if time.perf_counter() >= end:
                break
        again = self.settings.train and self.t >= 1
        self.t = 0.0 if again else min(1.0, self.t + share)

    def velocity(self, field: str) -> Velocity:
        """v(x, t) of the field "exact" or "learned", guided where there is a label."""
        label = self.settings.label
        if label == "none":
            return self._plain(field, label)
        both = self._plain(field, label), self._plain(field, "none")
        return guided_field(*both, self.settings.guidance)

    def _plain(self, field: str, label: str) -> Velocity:
        if field == "exact":
            return WORLDS[self.settings.data].mixture(label).velocity
        learned: Callable[..., Tensor] = self.learner.velocity
        return lambda x, t: learned(x, t, label)

    def solve(self) -> bool:
        """Find the paths [steps + 1, PARTICLES, 2] of each field; say if any is new."""
        s = self.settings
        truth = (s.data, s.label, s.guidance)
        exact = (*truth, s.steps, s.solver)
        learned = (*exact, self.learner.steps)
        if truth != self._truth:
            fine = trajectory(
                self.velocity("exact"), self.noise, FINE, "rk4", keep=False
            )
            self.ends, self._truth = fine[-1], truth  # where the exact flow goes
        if exact != self._solved[:-1]:
            self.paths["exact"] = self._path("exact")
        is_new = learned != self._solved
        if is_new:
            self.paths["learned"] = self._path("learned")
        self._solved = learned
        return is_new

    def _path(self, field: str) -> Tensor:
        s = self.settings
        found = trajectory(self.velocity(field), self.noise, s.steps, s.solver)
        return torch.stack(found)

    def here(self, field: str) -> Tensor:
        """Where the particles are at time t: on lines between the solver's times."""
        path, place = self.paths[field], self.t * self.settings.steps
        k = min(self.settings.steps - 1, math.floor(place))
        return torch.lerp(path[k], path[k + 1], place - k)

    def gap(self) -> float:
        """Root mean square |learned - exact| where the exact field's particles are."""
        x = self.here("exact")
        off = self.velocity("learned")(x, self.t) - self.velocity("exact")(x, self.t)
        return float(off.square().sum(1).mean().sqrt())

    def apart(self, field: str) -> float:
        """Mean distance between the ends of the paths and those of the exact flow."""
        return float((self.paths[field][-1] - self.ends).norm(dim=1).mean())

    def near(self, field: str) -> float:
        """Share of ends within 3 deviations of a mode that the label leaves."""
        world, ends = WORLDS[self.settings.data], self.paths[field][-1]
        means = world.mixture(self.settings.label).means
        nearest = (ends[:, None] - means).norm(dim=2).amin(1)
        return float((nearest <= NEAR * world.std).double().mean())

    @property
    def evaluations(self) -> int:
        """How often a field is computed for one particle on its way."""
        s = self.settings
        both = s.label != "none" and s.guidance not in (0, 1)
        return evaluations(s.steps, s.solver) * (2 if both else 1)

    def sample(self) -> Tensor:
        """Some points of the data, [SHOWN, 2]."""
        own = torch.Generator().manual_seed(self.seed + 2)
        return WORLDS[self.settings.data].mixture().sample(SHOWN, own)


def places() -> Tensor:
    """Where the field is drawn, [SIDE * SIDE, 2]."""
    rule = 0.94 * BOUND * torch.linspace(-1, 1, SIDE, dtype=torch.float64)
    return torch.cartesian_prod(rule, rule)
