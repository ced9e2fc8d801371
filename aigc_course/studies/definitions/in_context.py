"""How near does a Transformer come to the exact Bayes predictive?

Markov chains of three states, each with its own transition matrix, 64 long. No model
that sees only the chain can do better than `attention.bayes.predictive`, so the KL to
it is what learning has left over.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from aigc_course import attention, training
from aigc_course.data import sequences
from aigc_course.studies.study import Cell, Column, Method, Study

STATES, LENGTH, STEPS, BATCH = 3, 64, 1_500, 64
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "lr_warmup": 6_400,
    "decay_start": 0.6,
    "final_lr_factor": 0.0,
}
LATE = 32  # places from here on count
NEAR = 0.01  # nats
SHAPE = attention.Shape(STATES, context=LENGTH, width=32, layers=2, heads=2)


def study() -> Study:
    """Two blocks, and one."""
    return Study(
        "in-context",
        "Who learns to count the steps of a chain and predict the next one?",
        methods={
            "two-layers": _method(SHAPE, "Two blocks."),
            "one-layer": _method(replace(SHAPE, layers=1), "One block."),
        },
        columns=(
            Column("kl", "nats to the exact predictive", better="lower"),
            Column("early_kl", "nats, places 2 to 16", better="lower"),
            Column("loss", "nats", better="lower"),
        ),
        failed=lambda outcome: outcome["kl"] > NEAR,
        rule=f"its KL to the exact predictive is above {NEAR} nats",
        seconds=45,
    )


def _method(shape: attention.Shape, about: str) -> Method:
    config = {
        "shape": shape.to_dict(),
        "settings": SETTINGS,
        "steps": STEPS,
        "batch_size": BATCH,
    }
    return Method(partial(_train, shape), config, about)


def _draw(n: int, generator: torch.Generator) -> torch.Tensor:
    return sequences.markov_chains(n, LENGTH, STATES, generator)[0]


def _train(shape: attention.Shape, cell: Cell) -> dict[str, Any]:
    model = attention.NextToken(attention.Transformer(shape), **SETTINGS)
    batches = sequences.TaskBatches(_draw, BATCH, cell.seed)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(model, batches, budget, progress=False)
    return {**judged(model.trained()), "training": history.status}


@torch.no_grad()
def judged(model: attention.Transformer, n: int = 2_000) -> dict[str, float]:
    """The columns, over n new chains."""
    chains = _draw(n, torch.Generator().manual_seed(99))
    exact = attention.bayes.predictive(chains, STATES)
    logits = model(chains)
    kl = attention.bayes.divergence(exact, logits).mean(dim=0)
    loss, _ = attention.next_token_loss(logits[:, :-1], chains[:, 1:])
    return {
        "kl": float(kl[LATE:].mean()),
        "early_kl": float(kl[1:16].mean()),
        "loss": float(loss),
    }
