"""A flow on the eight narrow modes of the ring, beside the law that is known exactly.

The network is `flow.mlp`, the ring standardised by its known deviation. Modes and high
quality are counted as in the study `ring-8`. The likelihood is that of fresh points of
the ring, by the exact trace; the ring's own log-density gives what is least.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from aigc_course import data, training
from aigc_course.flow.couplings import transport
from aigc_course.flow.exact import toy_mixture
from aigc_course.flow.learner import Flow
from aigc_course.flow.likelihood import log_density
from aigc_course.flow.networks import mlp
from aigc_course.studies.config import describe
from aigc_course.studies.shared.toys import SAMPLES, count
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, BATCH, WIDTH, BLOCKS = 2_500, 512, 96, 2
JUDGED = 1_000  # points whose likelihood is taken
GRID = [1 - (1 - i / 30) ** 2 for i in range(31)]  # times, closer near narrow modes
SETTINGS: dict[str, Any] = {"lr": 3e-3, "lr_warmup": 20_000, "ema": 50_000}
SPREAD = 0.71  # of the ring per coordinate: its radius over the root of 2
GAP = 0.05  # nats per point above which a seed counts as failed
COUPLINGS = {"random": None, "transport": transport}


def study() -> Study:
    """Noise and data paired at random, and by optimal transport in a batch."""
    return Study(
        "flow-ring",
        "How near does a flow come to the ring, whose law is known?",
        {name: _method(name) for name in COUPLINGS},
        columns=(
            Column("modes", "of 8", kind="count"),
            Column("high_quality", kind="share"),
            Column("gap", "nats above the least", better="lower"),
            Column("one_evaluation", "high quality with it", kind="share"),
        ),
        failed=missed,
        rule=f"fewer than 8 modes, or more than {GAP} nats above the least",
        seconds=30,
        seeds=10,
    )


def missed(outcome: Mapping[str, Any]) -> bool:
    """Whether a mode is missing, or the likelihood is too far from the best."""
    gap = outcome["gap"]
    return outcome["modes"] < 8 or gap is None or gap > GAP


def _method(name: str) -> Method:
    config = {
        "networks": {"mlp": {"size": 2, "width": WIDTH, "blocks": BLOCKS}},
        "spread": SPREAD,
        "steps": STEPS,
        "batch_size": BATCH,
        "settings": describe(SETTINGS),
        "coupling": name,
        "samples": SAMPLES,
        "judged": JUDGED,
        "times": GRID,
    }
    return Method(partial(train, name), config, f"Pairs: {name}.")


def train(name: str, cell: Cell) -> dict[str, Any]:
    """Train on the ring and measure how near the flow has come."""
    network = mlp(2, WIDTH, BLOCKS, spread=SPREAD)
    model = Flow(network, couple=COUPLINGS[name], **SETTINGS)
    batches = data.ToyBatches("ring", BATCH, cell.seed)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(model, batches, budget, progress=False, threads=1)
    seeded = torch.Generator().manual_seed(cell.seed)
    found = count("ring", None, model.sample(SAMPLES, seeded, steps=GRID))
    one = model.sample(SAMPLES, seeded, steps=1, method="euler")
    straight = count("ring", None, one)["high_quality"]
    return {
        **{key: found[key] for key in ("modes", "high_quality")},
        "gap": gap(model, cell.seed),
        "one_evaluation": straight,
        "training": history.status,
    }


def gap(model: Flow, seed: int) -> float:
    """E[log p_ring(x) - log p_flow(x)] over points of the ring, in nats: the KL."""
    ring = toy_mixture("ring")
    fresh = torch.Generator().manual_seed(seed + 1_000)
    x = ring.sample(JUDGED, fresh).float()  # [JUDGED, 2]
    mine = log_density(model.trained(), x, GRID)
    return float((ring.log_density(x.double()) - mine.double()).mean())
