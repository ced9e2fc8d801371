"""How much of a model has to change for it to learn another kind of text?

A small Transformer has read plays (`attention.finetune.base`). It learns to write first
names, in four ways, from all of them or from a tenth; what it forgets is measured on a
play that it has not read.
"""

from functools import partial
from typing import Any

import torch

from aigc_course import attention, training
from aigc_course.attention import finetune, lora
from aigc_course.data.sequences.text import text
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, BATCH, FEW = 100, 16, 0.1
JUDGED = 8_000  # characters of the play

Config = dict[str, Any]


def study() -> Study:
    """Four ways to fine-tune, two amounts of names, and rehearsal of old text."""
    methods = {
        "full": _method("full", "All weights learn."),
        "lora": _method("lora", "Low-rank additions learn."),
        "last-layer": _method("last", "The output matrix alone learns."),
        "scratch": _method("scratch", "All weights, from a random start."),
        "full-replay": _method("full", "All weights; half old text.", replay=0.5),
        "slow-replay": _method(
            "full", "The same at a quarter of the rate.", replay=0.5, slower=4
        ),
        "full-few": _method("full", "All weights, a tenth of the names.", names=FEW),
        "scratch-few": _method("scratch", "Random start, a tenth.", names=FEW),
    }
    return Study(
        "fine-tuning",
        "How much of a model has to change for it to learn another kind of text?",
        methods=methods,
        columns=(
            Column("names", unit="nats", better="lower"),
            Column("gain", unit="nats"),
            Column("forgotten", unit="nats", better="lower"),
            Column("share", better="lower", kind="share"),
        ),
        failed=lambda outcome: outcome["gain"] < 0.5,
        rule="names cost less than half a nat less than at the start",
        seconds=10,
        seeds=3,
    )


def _method(
    how: str,
    about: str,
    *,
    names: float = 1.0,
    replay: float = 0.0,
    slower: float = 1.0,
) -> Method:
    config = {
        "how": how,
        "names": names,
        "replay": replay,
        "lr": finetune.RATES[how] / slower,
        "rank": finetune.RANK,
        "steps": STEPS,
        "batch_size": BATCH,
    }
    return Method(partial(_tune, config), config, about)


def _tune(config: Config, cell: Cell) -> dict[str, Any]:
    """Fine-tune the base, and judge it on names and on a play."""
    torch.manual_seed(cell.seed)
    base, symbols = finetune.base()
    names, plays = text("names"), text("shakespeare")
    tokens = finetune.encode(names.train, symbols)
    tokens = tokens[: int(len(tokens) * config["names"])]
    context = base.shape.context
    make = finetune.windows(tokens, context)
    if config["replay"]:
        old = finetune.windows(finetune.encode(plays.train, symbols), context)
        make = finetune.replayed(make, old, config["replay"])
    model = finetune.prepared(base, config["how"])
    share = lora.share(model)
    learner = finetune.learner(model, config["how"], config["lr"])
    batches = finetune.batches(make, config["batch_size"], cell.seed)
    budget = training.Budget(steps=cell.steps(config["steps"]))
    history = training.fit(learner, batches, budget, progress=False)
    tuned = lora.merged(learner.trained())
    before, after = _judged(base, symbols), _judged(tuned, symbols)
    return {
        "names": after[0],
        "gain": before[0] - after[0],
        "forgotten": after[1] - before[1],
        "share": share,
        "before": before[0],
        "plays": after[1],
        "training": history.status,
    }


def _judged(model: attention.Transformer, symbols: str) -> tuple[float, float]:
    """Nats per character on unseen names, and on the start of an unseen play."""
    names = finetune.encode(text("names").valid, symbols)
    play = finetune.encode(text("shakespeare").valid[:JUDGED], symbols)
    return finetune.nats(model, names), finetune.nats(model, play)
