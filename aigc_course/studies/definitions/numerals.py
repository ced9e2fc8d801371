"""Can an encoder-decoder translate Chinese dates and numbers that it has not seen?"""

from functools import partial
from typing import Any

import torch

from aigc_course import attention, training
from aigc_course.data import sequences
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, BATCH, TESTED, LONGEST = 1_200, 64, 2_000, 14
SETTINGS: dict[str, Any] = {"lr": 2e-3, "lr_warmup": 6_400, "decay_start": 0.5}
RIGHT = 0.995


def study() -> Study:
    """Encoder and decoder of two layers each, and of one."""
    return Study(
        "numerals",
        "Can an encoder-decoder translate dates and numbers that it has not seen?",
        methods={"two-layers": _method(2), "one-layer": _method(1)},
        columns=(
            Column("exact", "unseen items", kind="share"),
            Column("dates", "of the unseen dates", kind="share"),
            Column("numbers", "of the unseen numbers", kind="share"),
        ),
        failed=lambda outcome: outcome["exact"] < RIGHT,
        rule=f"it writes fewer than {RIGHT:.1%} of the unseen items exactly",
        seconds=45,
        seeds=5,
    )


def _method(layers: int) -> Method:
    config = {
        "layers": layers,
        "settings": SETTINGS,
        "steps": STEPS,
        "batch_size": BATCH,
    }
    about = f"Encoder and decoder of {layers} layer{'s' if layers > 1 else ''} each."
    return Method(partial(_train, layers), config, about)


def _train(layers: int, cell: Cell) -> dict[str, Any]:
    network = attention.EncoderDecoder(len(sequences.Vocabulary()), layers=layers)
    model = attention.Translator(network, **SETTINGS)
    batches = sequences.TaskBatches(sequences.numerals, BATCH, cell.seed)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(model, batches, budget, progress=False)
    return {**judged(model.trained()), "training": history.status}


def judged(model: attention.EncoderDecoder, n: int = TESTED) -> dict[str, float]:
    """The columns, over n items that no training batch contains."""
    words = sequences.Vocabulary()
    seeded = torch.Generator().manual_seed(99)
    source, target = sequences.numerals(n, seeded, unseen=True)
    start, end = (words.index[mark] for mark in "<>")
    found = model.translate(source, start, end, LONGEST)
    right = torch.tensor(
        [a == b for a, b in zip(words.decode(found), words.decode(target), strict=True)]
    )
    dates = (source == words.index["年"]).any(dim=1)
    return {
        "exact": float(right.double().mean()),
        "dates": float(right[dates].double().mean()),
        "numbers": float(right[~dates].double().mean()),
    }
