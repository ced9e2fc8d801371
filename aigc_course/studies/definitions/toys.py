"""Mode collapse on points of the plane, by PacGAN's protocol.

2,500 samples; a sample is of high quality within three standard deviations of a centre
(Lin et al. 2018, section 4.1). Plain and remedies have one pair of networks, one batch
size and one number of steps, the recommended recipe its own.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, training
from aigc_course.gan.stabilisers import STABILISERS
from aigc_course.gan.toy_recipes import (
    GRID,
    GRID_STEPS,
    PLAIN,
    PLAIN_RING,
    RING,
    RING_STEPS,
)
from aigc_course.studies.definitions.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study

SAMPLES = 2_500
POINTS = 100_000  # of a toy that is not drawn anew at each step
COLUMNS = (
    Column("modes", kind="count"),
    Column("high_quality", kind="share"),
    Column("kl", "nats", better="lower"),
)
AGAINST_COLLAPSE = ("r1+r2", "r3gan", "pacgan-2", "minibatch-std")
ON_THE_GRID = ("r3gan", "pacgan-2")
ALONE = "The recommended networks, trained as the plain ones are."
Judge = Callable[[Tensor], Mapping[str, float]]


def ring_8() -> Study:
    """Eight narrow modes on a circle."""
    return _study(
        "ring-8",
        "Which methods find all eight modes of the ring, and how cleanly?",
        {
            **_methods("ring", 3_000),
            "plain-tanh": _method(PLAIN_RING, "ring", 3_000, ALONE),
        },
        seconds=8,
    )


def grid_25() -> Study:
    """Twenty-five modes on a square lattice."""
    return _study(
        "grid-25",
        "Which methods find all 25 modes of the grid, and how cleanly?",
        _methods("grid", 10_000, ON_THE_GRID, GRID, GRID_STEPS),
        seconds=40,
    )


def unbalanced_ring() -> Study:
    """The ring, each mode half as frequent as the one before it."""
    return _study(
        "unbalanced-ring",
        "Who keeps the rare modes when each of eight is half as frequent as the last?",
        _methods("unbalanced ring", 3_000, AGAINST_COLLAPSE),
        seconds=8,
    )


def _study(
    name: str, question: str, methods: Mapping[str, Method], seconds: float
) -> Study:
    every = 25 if name == "grid-25" else 8
    return Study(
        name,
        question,
        methods,
        COLUMNS,
        failed=lambda outcome: outcome["modes"] < every,
        rule=f"it misses one of the {every} modes",
        seconds=seconds,
    )


def _methods(
    toy: str,
    steps: int,
    remedies: tuple[str, ...] = (),
    recommended: gan.Recipe = RING,
    longer: int = RING_STEPS,
) -> dict[str, Method]:
    """The plain recipe, remedies alone upon it, and the recommended recipe."""
    methods = {"plain": _method(PLAIN, toy, steps, "Nothing added.")}
    for name, stabiliser in STABILISERS.items():
        if not stabiliser.images_only and name in (remedies or STABILISERS):
            changed = stabiliser.apply(PLAIN)
            methods[name] = _method(changed, toy, steps, stabiliser.sentence)
    best = _method(recommended, toy, longer, "What the course recommends.")
    return {**methods, "recommended": best}


def _method(recipe: gan.Recipe, toy: str, steps: int, about: str = "") -> Method:
    config = recipe_config(recipe, toy=toy, steps=steps, samples=SAMPLES)
    return Method(partial(train_toy, recipe, toy, steps), config, about)


def train_toy(recipe: gan.Recipe, toy: str, steps: int, cell: Cell) -> dict[str, Any]:
    """Train on a toy, draw samples, count modes.

    A training that diverged has found no mode and no sample of high quality.
    """
    source, judge = _toy(toy)
    model = recipe.build()
    batches = data.ToyBatches(source, recipe.batch_size, cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    lost = {"modes": 0, "high_quality": 0.0, "kl": None}
    samples = model.sample(SAMPLES, torch.Generator().manual_seed(cell.seed))
    found = judge(samples) if bool(samples.isfinite().all()) else lost
    return {**found, "steps": history.rows[-1]["step"], "training": history.status}


def _toy(name: str) -> tuple[str | Tensor, Judge]:
    """Where points come from, and what counts modes."""
    if name == "unbalanced ring":
        points, weights = unbalanced(POINTS)
        return points, partial(count, "ring", weights)
    return name, partial(count, name, None)


def unbalanced(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """n points [n, 2] of the ring, and the weights [8] of its modes: 1/2, 1/4, ...

    Each mode has half the weight of the one before it, and they sum to 1.
    """
    seeded = torch.Generator().manual_seed(seed)
    weights = 0.5 ** torch.arange(8.0)
    weights = weights / weights.sum()
    mode = torch.multinomial(weights, n, replacement=True, generator=seeded)
    noise = torch.randn(n, 2, generator=seeded)
    centres = data.toy_modes("ring")
    assert centres is not None
    return centres[mode] + data.toy_std("ring") * noise, weights


def count(toy: str, weights: Tensor | None, samples: Tensor) -> dict[str, float]:
    """Modes covered, share of high quality, KL against the weights (None: even)."""
    centres = data.toy_modes(toy)
    assert centres is not None
    report = metrics.modes(samples, centres, data.toy_std(toy))
    kl = report.kl if weights is None else _kl(samples, centres, weights)
    return {"modes": report.covered, "high_quality": report.high_quality, "kl": kl}


def _kl(samples: Tensor, centres: Tensor, weights: Tensor) -> float:
    nearest = torch.cdist(samples, centres).argmin(dim=1)
    shares = torch.bincount(nearest, minlength=len(centres)) / len(samples)
    # KL(p || w) = sum_i p_i log(p_i / w_i), with 0 log 0 = 0
    return max(float(torch.special.xlogy(shares, shares / weights).sum()), 0.0)
