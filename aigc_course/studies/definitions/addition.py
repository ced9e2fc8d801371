"""Does it matter in which order a Transformer writes the digits of a sum?

Sums of two numbers of five digits, written from the highest digit on or from the lowest
one. Both read the same numbers, with the same model and the same number of steps.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from aigc_course import attention, training
from aigc_course.attention import instruct
from aigc_course.data import sequences
from aigc_course.data.sequences import instructions
from aigc_course.studies.study import Cell, Column, Method, Study

DIGITS, STEPS, BATCH, TESTED = 5, 1_000, 64, 1_000
# all sums are equally long, so a place in the text is a place of a number: learned
# positions suit that
SHAPE = replace(instruct.shape(), positions="learned")
SETTINGS: dict[str, Any] = {**instruct.SETTINGS, "lr": 4e-3, "lr_warmup": 3_200}


def study() -> Study:
    """The highest digit first, and the lowest digit first."""
    return Study(
        "addition",
        "Does it matter in which order the digits of a sum are written?",
        methods={
            "plain": _method(False, "The highest digit of the sum first."),
            "reversed": _method(True, "The lowest digit of the sum first."),
            "plain-long": _method(
                False, "Highest first, 4 times the steps.", 4 * STEPS
            ),
            "reversed-long": _method(
                True, "Lowest first, 4 times the steps.", 4 * STEPS
            ),
        },
        columns=(
            Column("exact", "unseen sums", kind="share"),
            Column("digits", "single digits", kind="share"),
        ),
        failed=lambda outcome: outcome["exact"] < 0.99,
        rule="it writes fewer than 99 % of the unseen sums exactly",
        seconds=20,
        seeds=3,
    )


def _method(reverse: bool, about: str, steps: int = STEPS) -> Method:
    config = {
        "reverse": reverse,
        "digits": DIGITS,
        "steps": steps,
        "batch_size": BATCH,
        "shape": SHAPE.to_dict(),
        "settings": {**SETTINGS, "betas": list(SETTINGS["betas"])},
    }
    return Method(partial(_train, reverse, steps), config, about)


def _train(reverse: bool, steps: int, cell: Cell) -> dict[str, Any]:
    torch.manual_seed(cell.seed)
    model = attention.NextToken(attention.Transformer(SHAPE), **SETTINGS)
    make = partial(instructions.additions, digits=DIGITS, reverse=reverse)
    batches = sequences.TaskBatches(make, BATCH, cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    return {**judged(model.trained(), reverse), "training": history.status}


def judged(
    model: attention.Transformer, reverse: bool, digits: int = DIGITS, n: int = TESTED
) -> dict[str, float]:
    """The columns, over n sums of a seed that no training uses.

    There are 10^10 sums of five digits, so hardly any of these has been trained on.
    """
    seeded = torch.Generator().manual_seed(2**31 + 99)
    tokens, _ = instructions.additions(n, seeded, digits=digits, reverse=reverse)
    count = digits + 1
    asked = tokens[:, :-count]
    written = attention.generate(model, asked, count, temperature=0)
    right = written[:, -count:] == tokens[:, -count:]
    return {
        "exact": float(right.all(dim=1).double().mean()),
        "digits": float(right.double().mean()),
    }
