"""Mode collapse on points of the plane.

2,500 samples, as PacGAN draws them (Lin et al. 2018, section 4.1). Each sample belongs
to its nearest centre. A mode is *lost* when it gets less than a quarter of its share;
a sample is of *high quality* within three standard deviations of a centre. The two are
apart on purpose: a generator may give every mode its share and still miss the narrow
centres. `covered` is the published count, which mixes both: the modes that have a
sample of high quality.

Plain and remedies have one pair of networks, one batch size and one number of updates
of G; the recommended recipe and its ablation have their own.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, training
from aigc_course.gan.stabilisers import STABILISERS
from aigc_course.gan.toy_recipes import (
    PLAIN,
    RING,
    RING_STEPS,
)
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study

SAMPLES = 2_500
POINTS = 100_000  # of a toy that is not drawn anew at each step
KEPT = 0.25  # of its share: with less, a mode is lost
COLUMNS = (
    Column("modes", "kept", kind="count"),
    Column("covered", "within 3σ", kind="count"),
    Column("high_quality", kind="share"),
    Column("kl", "nats", better="lower"),
)
RULE = "a mode gets less than a quarter of its share of the samples"


def toy_study(
    name: str, question: str, methods: Mapping[str, Method], seconds: float
) -> Study:
    """A study of a toy whose rule is that every mode is kept. seconds: of a cell."""
    every = 25 if name == "grid-25" else 8
    return Study(
        name,
        question,
        methods,
        COLUMNS,
        failed=lambda outcome: outcome["modes"] < every,
        rule=RULE,
        seconds=seconds,
        judge=judge,
    )


def methods(
    toy: str,
    steps: int,
    remedies: tuple[str, ...] = (),
    recommended: gan.Recipe = RING,
    longer: int = RING_STEPS,
) -> dict[str, Method]:
    """The plain recipe, remedies alone upon it, and the recommended recipe."""
    found = {"plain": method(PLAIN, toy, steps, "Nothing added.")}
    for name, stabiliser in STABILISERS.items():
        if not stabiliser.images_only and name in (remedies or STABILISERS):
            changed = stabiliser.apply(PLAIN)
            # G learns at every d_steps-th batch: more batches, the same updates of G
            batches = steps * int(changed.settings.get("d_steps", 1))
            found[name] = method(changed, toy, batches, stabiliser.sentence)
    best = method(recommended, toy, longer, "What the course recommends.")
    return {**found, "recommended": best}


def method(recipe: gan.Recipe, toy: str, steps: int, about: str = "") -> Method:
    """A method that trains the recipe on a toy for so many steps."""
    config = recipe_config(recipe, toy=toy, steps=steps, samples=SAMPLES)
    return Method(partial(train_toy, recipe, toy, steps), config, about)


def train_toy(recipe: gan.Recipe, toy: str, steps: int, cell: Cell) -> dict[str, Any]:
    """Train on a toy and draw samples, which `judge` counts."""
    source = unbalanced(POINTS)[0] if toy == "unbalanced ring" else toy
    model = recipe.build()
    batches = data.ToyBatches(source, recipe.batch_size, cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    samples = model.sample(SAMPLES, torch.Generator().manual_seed(cell.seed))
    done = {"steps": history.rows[-1]["step"], "training": history.status}
    return {"samples": samples, **done}


def judge(config: Mapping[str, Any], samples: Tensor) -> dict[str, Any]:
    """The columns for samples [n, 2] of the toy that a method's config names.

    A training that diverged has kept no mode and has no sample of high quality.
    """
    uneven = config["toy"] == "unbalanced ring"
    if not bool(samples.isfinite().all()):
        return {"modes": 0, "covered": 0, "high_quality": 0.0, "kl": None}
    return count("ring" if uneven else config["toy"], weights(uneven), samples)


def weights(uneven: bool) -> Tensor | None:
    """Of the unbalanced ring's modes [8]: 1/2, 1/4, ... with sum 1; None for even."""
    if not uneven:
        return None
    halves = 0.5 ** torch.arange(8.0)
    return halves / halves.sum()


def unbalanced(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """n points [n, 2] of the ring, and the weights [8] of its modes: 1/2, 1/4, ...

    Each mode has half the weight of the one before it, and they sum to 1.
    """
    seeded = torch.Generator().manual_seed(seed)
    shares = weights(uneven=True)
    assert shares is not None
    mode = torch.multinomial(shares, n, replacement=True, generator=seeded)
    noise = torch.randn(n, 2, generator=seeded)
    centres = data.toy_modes("ring")
    assert centres is not None
    return centres[mode] + data.toy_std("ring") * noise, shares


def count(toy: str, weights: Tensor | None, samples: Tensor) -> dict[str, Any]:
    """Modes kept and covered, share of high quality, KL against the weights.

    weights: [k], None for even ones. shares: of the samples by nearest centre.
    """
    centres = data.toy_modes(toy)
    assert centres is not None
    even = torch.full((len(centres),), 1 / len(centres))
    wanted = (even if weights is None else weights).double()
    shares = mode_shares(samples, centres)
    report = metrics.modes(samples, centres, data.toy_std(toy))
    return {
        "modes": int((shares >= KEPT * wanted).sum()),
        "covered": report.covered,
        "high_quality": report.high_quality,
        # KL(p || w) = sum_i p_i log(p_i / w_i), with 0 log 0 = 0
        "kl": max(float(torch.special.xlogy(shares, shares / wanted).sum()), 0.0),
        "shares": [round(share, 4) for share in shares.tolist()],
    }


def mode_shares(samples: Tensor, centres: Tensor) -> Tensor:
    """Shares [k] of the samples [n, d], each counted for its nearest centre [k, d]."""
    nearest = torch.cdist(samples.double(), centres.double()).argmin(dim=1)
    return torch.bincount(nearest, minlength=len(centres)).double() / len(samples)
