"""The lab without its window: settings, a game, and answers to what the page asks."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics
from aigc_course.errors import CourseError
from aigc_course.gan.losses import GAMES
from aigc_course.metrics.modes import ModeReport
from aigc_course.widgets import sights
from aigc_course.widgets.engine import Duel

DRAWN = "drawn"
CHOICES: dict[str, tuple[Any, ...]] = {
    "data": (*data.TOYS, DRAWN),
    "loss": tuple(GAMES),
    "lr_g": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    "lr_d": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    "d_steps": (1, 2, 3, 5, 10),
    "width": (16, 32, 64, 128, 256),
}
POOL, REAL, FAKES, PULLED = 20_000, 300, 250, 50  # points: data, shown, shown, arrows
COUNTED = 2500  # samples for counting modes, as Lin et al. 2018 (PacGAN) draw
BLUR = 0.02  # noise on drawn points, so that they are not a handful of places
EMPTY_PLANE = (-1.5, 1.5, -1.5, 1.5)


@dataclass(frozen=True)
class Settings:
    """What a reader chooses. Raises CourseError for what is not on offer."""

    data: str = "ring"
    loss: str = "non-saturating"
    lr_g: float = 1e-3
    lr_d: float = 1e-3
    d_steps: int = 1
    width: int = 64

    def __post_init__(self) -> None:
        if self.data not in CHOICES["data"]:
            offer = ", ".join(CHOICES["data"])
            raise CourseError(f"There is no data set {self.data!r}; there are {offer}.")
        if not 1 <= self.width <= 1024 or not 1 <= self.d_steps <= 100:
            raise CourseError("A width is 1 to 1024, D's steps in a round 1 to 100.")

    @property
    def rules(self) -> dict[str, Any]:
        """What `Duel.change` takes: all that can change while the game goes on."""
        lr = (self.lr_g, self.lr_d)
        return {"loss": self.loss, "lr": lr, "d_steps": self.d_steps}


@dataclass
class Arena:
    """One game in the plane under `settings`, its curves and its counts."""

    settings: Settings
    seed: int = 0
    drawn: Tensor = field(default_factory=lambda: torch.empty(0, 2))

    def __post_init__(self) -> None:
        latents = torch.Generator().manual_seed(self.seed + 1)
        self.counted = torch.randn(COUNTED, 2, generator=latents)
        self.reset()

    def reset(self) -> None:
        """New networks, no history."""
        width = self.settings.width
        with torch.random.fork_rng(devices=[]):  # making layers draws random numbers
            networks = (
                gan.PointGenerator(width=width),
                gan.PointDiscriminator(width=width),
            )
        self.points = self._pool()
        self.duel = Duel(self.points, *networks, **self.settings.rules, seed=self.seed)
        self.history: list[tuple[float, ...]] = []
        self.report: ModeReport | None = None

    def change(self, **wanted: Any) -> None:
        """Other settings; another data set or width starts a new game.

        Raises CourseError, and leaves everything as it was, for what is not on offer.
        """
        unknown = set(wanted) - set(asdict(self.settings))
        if unknown:
            raise CourseError(f"There is no setting {', '.join(sorted(unknown))}.")
        settings = replace(self.settings, **wanted)
        self.duel.change(**settings.rules)
        old, self.settings = self.settings, settings
        if (old.data, old.width) != (settings.data, settings.width):
            self.reset()

    def draw(self, points: Tensor) -> None:
        """Add drawn points [n, 2] to the data; the game goes on.

        Raises CourseError for what are no points.
        """
        if points.ndim != 2 or points.shape[1] != 2 or not points.isfinite().all():
            raise CourseError("Drawn points are finite numbers in pairs.")
        self.drawn = torch.cat([self.drawn, points.float()])[-POOL:]
        self.duel.points = self.points = self._pool()

    def clear(self) -> None:
        """Forget the drawing and begin anew."""
        self.drawn = torch.empty(0, 2)
        self.reset()

    def move(self, name: str, times: int = 1) -> None:
        """One of `engine.MOVES`, `times` over, and a count of the modes."""
        self._must_have_points()
        self.duel.move(name, times)
        self.note()

    def play(self, seconds: float) -> int:
        """Rounds for about `seconds`; returns how many."""
        self._must_have_points()
        return self.duel.play(seconds)

    def note(self) -> None:
        """Count modes and add a row to the history."""
        self.report = self.count()
        modes = len(self.centres) if self.centres is not None else 0
        shares = (
            (self.report.covered / modes, self.report.high_quality)
            if self.report
            else (float("nan"),) * 2
        )
        readings = [self.reading(name) for name in ("D", "G")]
        self.history.append((float(self.duel.rounds), *readings, *shares))
        if len(self.history) > 240:
            self.history = self.history[::2]

    @property
    def centres(self) -> Tensor | None:
        """Centres of the modes, where the data have some."""
        drawn = self.settings.data == DRAWN
        return None if drawn else data.toy_modes(self.settings.data)

    def count(self) -> ModeReport | None:
        """Modes reached by 2,500 samples from fixed latents; None without modes."""
        if self.centres is None:
            return None
        samples = self.fakes(COUNTED)
        if not samples.isfinite().all():
            return None
        std = data.toy_std(self.settings.data)
        return metrics.modes(samples, self.centres, std)

    @torch.no_grad()
    def fakes(self, n: int) -> Tensor:
        """What G makes of n fixed latents, [n, 2]."""
        return self.duel.generator(self.counted[:n])

    def reading(self, name: str) -> float:
        """A loss or a mean belief of D; not a number before the first step."""
        return float(self.duel.readings.get(name, float("nan")))

    @property
    def bounds(self) -> sights.Bounds:
        """The part of the plane that is shown."""
        drawn = self.settings.data == DRAWN
        return EMPTY_PLANE if drawn else sights.square(self.points)

    def _pool(self) -> Tensor:
        if self.settings.data != DRAWN:
            return data.toy(self.settings.data, POOL, self.seed)
        if not len(self.drawn):
            return self.drawn
        seeded = torch.Generator().manual_seed(self.seed)
        rows = torch.randint(len(self.drawn), (POOL,), generator=seeded)
        return self.drawn[rows] + BLUR * torch.randn(POOL, 2, generator=seeded)

    def _must_have_points(self) -> None:
        if not len(self.points):
            raise CourseError("Draw some points on the plane first.")
