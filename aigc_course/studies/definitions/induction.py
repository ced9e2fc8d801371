"""Who learns to copy from its own context, and how far beyond the trained length?

Sequences of different tokens that repeat after a random period (`data.sequences`), 48
long. Judged on 200 new ones: the share of predictable tokens that the model predicts,
at the trained length, at twice and at four times it.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from aigc_course import attention, training
from aigc_course.data import sequences
from aigc_course.studies.study import Cell, Column, Method, Study

LENGTH, VOCABULARY, STEPS, BATCH = 48, 200, 1_500, 32
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "lr_warmup": 3_200,
    "decay_start": 0.6,
    "final_lr_factor": 0.1,
}
LEARNT = 0.99  # of the predictable tokens, at the trained length
SHAPE = attention.Shape(VOCABULARY, context=LENGTH, layers=2, feed_forward="")


def study() -> Study:
    """Attention alone: one layer and two, and five ways to know the place."""
    one = replace(SHAPE, layers=1)
    wide = replace(SHAPE, layers=1, width=96, heads=6)
    kinds = ("none", "learned", "sinusoid", "alibi")
    others = {kind: replace(SHAPE, positions=kind) for kind in kinds}
    fixed = (LENGTH // 2, LENGTH // 2)
    return Study(
        "induction",
        "Who learns to copy what followed last time?",
        methods={
            "one-layer": _method(one, "One layer of attention."),
            "one-wide-layer": _method(wide, "One layer, wider, with more weights."),
            "two-layers": _method(SHAPE, "Two layers, rotary positions."),
            "one-layer-fixed-period": _method(
                one, "One layer; the period is always 24.", fixed
            ),
            **{
                kind: _method(shape, f"Two layers, positions: {kind}.")
                for kind, shape in others.items()
            },
        },
        columns=(
            Column("accuracy", kind="share"),
            Column("twice", "at twice the length", kind="share"),
            Column("four_times", "at four times the length", kind="share"),
            Column("weights", better="", kind="count"),
        ),
        failed=lambda outcome: outcome["accuracy"] < LEARNT,
        rule=f"it predicts fewer than {LEARNT:.0%} of the tokens that can be predicted",
        seconds=25,
    )


def _method(
    shape: attention.Shape, about: str, periods: tuple[int, int] | None = None
) -> Method:
    config = {
        "shape": shape.to_dict(),
        "settings": SETTINGS,
        "steps": STEPS,
        "batch_size": BATCH,
        "length": LENGTH,
        "periods": list(periods) if periods else None,
    }
    return Method(partial(_train, shape, periods), config, about)


def _train(
    shape: attention.Shape, periods: tuple[int, int] | None, cell: Cell
) -> dict[str, Any]:
    model = attention.NextToken(attention.Transformer(shape), **SETTINGS)
    make = partial(_draw, LENGTH, periods)
    batches = sequences.TaskBatches(make, BATCH, cell.seed)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(model, batches, budget, progress=False)
    trained = model.trained()
    found = {
        name: accuracy(trained, times * LENGTH, periods)
        for name, times in (("accuracy", 1), ("twice", 2), ("four_times", 4))
    }
    weights = attention.parameters(trained)
    return {**found, "weights": weights, "training": history.status}


def _draw(
    length: int,
    periods: tuple[int, int] | None,
    n: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    return sequences.repeated(n, length, VOCABULARY, generator, periods)


@torch.no_grad()
def accuracy(
    model: attention.Transformer,
    length: int,
    periods: tuple[int, int] | None = None,
    n: int = 200,
) -> float | None:
    """Share of predictable tokens that the model predicts; None where it ends sooner.

    A fixed period stays what it is when the sequence is longer.
    """
    if model.shape.positions == "learned" and length > model.shape.context:
        return None
    seeded = torch.Generator().manual_seed(99)
    tokens, counts = _draw(length, periods, n, seeded)
    hits = [
        (model(part[:, :-1]).argmax(dim=-1) == part[:, 1:])[which]
        for part, which in zip(tokens.split(50), counts.split(50), strict=True)
    ]
    return float(torch.cat(hits).double().mean())
