"""One training with given settings; equal ones are done once in a process."""

import contextlib
import io
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, training
from aigc_course.data.toys import ToyBatches
from aigc_course.errors import CourseError
from aigc_course.failures import measure, points
from aigc_course.failures.case import Case, Trial
from aigc_course.failures.patients import Filmed, patient

DATA_SEED = 6
REAL = 1000  # real samples for comparison
SHOWN = 500  # samples in a snapshot
FRAMES = {"points": 40, "digits": 6}  # snapshots of a training


def trial(
    case: Case,
    settings: Mapping[str, Any],
    seed: int,
    data: str = "digits",
    steps: int | None = None,
) -> Trial:
    """Train a case with `settings`, all of them given, and measure.

    data: "digits" or "mnist"; points do not look at it. steps: of G; None for the
    case's own, or a few in fast mode. The global random states stay as they were.
    Raises CourseError for other data, and for settings that make no sense together.
    """
    if data not in ("digits", "mnist"):
        raise CourseError(f"The gallery trains on 'digits' or 'mnist', not {data!r}.")
    if steps is None:
        steps = training.FAST_STEPS if training.fast_mode() else case.steps
    source = case.target if case.kind == "points" else data
    # G learns at every d_steps-th batch, so that many more batches are its due
    batches = steps * int(settings["d_steps"])
    return _trained(source, tuple(settings.items()), seed, batches)


@lru_cache(maxsize=12)
def _trained(
    source: str, settings: tuple[tuple[str, Any], ...], seed: int, steps: int
) -> Trial:
    chosen = dict(settings)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # nets this small are slower on more
    try:
        quiet = contextlib.redirect_stderr(io.StringIO())  # the monitor talks there
        with quiet, torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(seed)
            return _train(source, chosen, seed, steps)
    finally:
        torch.set_num_threads(threads)


def _train(source: str, settings: dict[str, Any], seed: int, steps: int) -> Trial:
    kind = "points" if source in points.TARGETS else "digits"
    model = patient(kind, settings)
    batches = Feed(source, settings, seed)
    seen, unseen = batches.seen(REAL), real(source, REAL)
    shown = batches.scaled(seen), batches.scaled(unseen)
    look = partial(measure.beliefs, model, *shown)
    film = Filmed(model, steps, FRAMES[kind], SHOWN, look)
    budget = training.Budget(steps=steps)
    history = training.fit(film, batches, budget, progress=False)
    if history.status == "interrupted":
        raise KeyboardInterrupt  # half a training is no outcome to remember
    found = Trial(
        settings,
        seed,
        history.rows,
        history.messages,
        film.film,
        unseen if kind == "points" else data.to_float(unseen),
        look(),
        {},
        list(film.last),
    )
    found.outcome.update(measure.outcome(source, found, film.half))
    found.outcome["withstands"] = measure.withstands(model.game)
    return found


class Feed:
    """Endless real batches [B, ...] as the settings want them, for `training.fit`."""

    def __init__(self, source: str, settings: Mapping[str, Any], seed: int) -> None:
        self.batch_size = int(settings["batch_size"])
        self.scaling = settings.get("scaling")
        if source in points.TARGETS:
            self.pixels = points.draw(source, points.COUNT, seed=1)
            self.batches: Any = ToyBatches(self.pixels, self.batch_size, seed)
            self.per_epoch = self.batches.per_epoch
            return
        self.pixels = images(source, "train")[: int(settings["images"])]
        self.steps, self.seed = 0, seed
        size = min(self.batch_size, len(self.pixels))
        self.batches = data.batches(self.pixels, size, seed=seed)
        self.per_epoch = self.batches.per_epoch

    def __next__(self) -> Tensor:
        if self.scaling is None:
            return next(self.batches)
        return scaled_to(next(self.batches), self.scaling)

    def seen(self, n: int) -> Tensor:
        """Real samples it was trained on: points, or bytes."""
        return self.pixels[:n]

    def scaled(self, samples: Tensor) -> Tensor:
        """Samples as D sees them."""
        if self.scaling is None:
            return samples
        return scaled_to(data.to_float(samples), self.scaling)

    def state_dict(self) -> dict[str, Any]:
        """Nothing: trials are not resumed."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to load."""


def scaled_to(images: Tensor, scaling: str) -> Tensor:
    """Images in [-1, 1] in the range that the settings ask for."""
    share = (images + 1) / 2  # 0 to 1
    return {"0 to 1": share, "0 to 255": 255 * share}.get(scaling, images)


def real(source: str, n: int) -> Tensor:
    """n real samples, or as many as there are, that no trial is trained on."""
    if source in points.TARGETS:
        return points.draw(source, n, seed=2)
    return images(source, "test")[:n]


@cache
def images(source: str, split: str) -> Tensor:
    """uint8 [N, 1, 28, 28] of a split, at most 1,500, in an order of our own."""
    found = data.load(source, split).images
    seeded = torch.Generator().manual_seed(DATA_SEED)
    return found[torch.randperm(len(found), generator=seeded)[:1500]]
