"""What does each step from a plain GPT to a stronger recipe bring?

Small Transformers read characters of the shipped plays, all equally many: equal tokens,
not equal seconds; the processor time of each rung stands beside its loss. Every rung
keeps what those before it have. Judged on the first 40,000 characters of the plays that
are set aside.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from aigc_course import attention, training
from aigc_course.attention import evaluate
from aigc_course.attention.tokens import Characters
from aigc_course.data.sequences.growing import Growing
from aigc_course.data.sequences.text import text
from aigc_course.studies.study import Cell, Column, Method, Study

CONTEXT, SIZE, STEPS, JUDGED = 64, 1_024, 400, 40_000
GPT = attention.Shape(
    100, context=CONTEXT, width=96, layers=3, heads=3, positions="learned", norm="layer"
)
ADAM: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 320,
    "decay_start": 1.0,
    "max_grad_norm": 1.0,
}
MUON: dict[str, Any] = {"muon": 0.02, "max_grad_norm": None}
FALL: dict[str, Any] = {"decay_start": 0.5, "final_lr_factor": 0.0}
Stages = tuple[tuple[int, float], ...]
ALIKE: Stages = ((CONTEXT, 1.0),)
GROWING: Stages = ((32, 0.4), (CONTEXT, 0.7), (2 * CONTEXT, 1.0))

# name: changes of the shape, of the settings, and of the windows, if any
RUNGS: dict[str, tuple[str, dict[str, Any], dict[str, Any], Stages | None]] = {
    "gpt": ("Learned positions, GELU, Adam at a constant rate.", {}, {}, None),
    "rotary": ("Rotary positions.", {"positions": "rotary"}, {}, None),
    "qk-norm": (
        "RMSNorm, for queries and keys as well.",
        {"norm": "rms", "normed": True},
        {},
        None,
    ),
    "relu2": ("Squared ReLU.", {"feed_forward": "relu2"}, {}, None),
    "zero-start": ("Projections and head start at 0.", {"zero_start": True}, {}, None),
    "muon": ("Muon for hidden matrices.", {}, MUON, None),
    "decay": ("A learning rate that falls from half-way on.", {}, FALL, None),
    "growing": ("Windows of 32, 64, 128.", {"context": 2 * CONTEXT}, {}, GROWING),
}


def study() -> Study:
    """Each rung with all before it, and the last one trained by Adam."""
    methods, shape = {}, GPT
    settings, stages = dict(ADAM), ALIKE
    for name, (about, change, more, windows) in RUNGS.items():
        shape, stages = replace(shape, **change), windows or stages
        settings = {**settings, **more}
        methods[name] = _method(shape, settings, stages, about)
    adam = {**settings, "muon": None, "max_grad_norm": 1.0}
    methods["without-muon"] = _method(shape, adam, stages, "The last rung, by Adam.")
    return Study(
        "tiny-lm-ladder",
        "What does each step of the recipe bring, for equally many tokens?",
        methods=methods,
        columns=(
            Column("nats", "per character", better="lower"),
            Column("weights", better="", kind="count"),
        ),
        failed=lambda outcome: outcome["nats"] > 3.0,
        rule="its loss is above 3 nats, about what single characters give",
        seconds=25,
        seeds=3,
    )


def _method(
    shape: attention.Shape, settings: Mapping[str, Any], stages: Stages, about: str
) -> Method:
    config = {
        "shape": shape.to_dict(),
        "settings": {**settings, "betas": list(settings["betas"])},
        "stages": [list(stage) for stage in stages],
        "steps": STEPS,
        "size": SIZE,
    }
    return Method(partial(trained, shape, settings, stages), config, about)


def trained(
    shape: attention.Shape,
    settings: Mapping[str, Any],
    stages: Stages,
    cell: Cell,
    steps: int = STEPS,
) -> dict[str, Any]:
    """Nats per character after so many steps, and the numbers of weights.

    outside: weights of the embedding and the output matrix.
    """
    corpus = text("shakespeare")
    letters = Characters(corpus.symbols)
    train = letters.encode(corpus.train)
    valid = letters.encode(corpus.valid[:JUDGED])
    shape = replace(shape, vocabulary=letters.size)
    model = attention.NextToken(attention.Transformer(shape), **settings)
    steps = cell.steps(steps)
    batches = Growing(train, in_steps(stages, steps), SIZE, cell.seed)
    budget = training.Budget(steps=steps)
    history = training.fit(model, batches, budget, picture_size=1, progress=False)
    network = model.trained()
    nats = evaluate.nats(network, valid, train[-2 * CONTEXT :])
    return {
        "nats": float(nats.mean()),
        "weights": attention.parameters(network),
        "outside": network.embed.weight.numel() + network.head.weight.numel(),
        "training": history.status,
    }


def in_steps(stages: Stages, steps: int) -> list[tuple[int, int]]:
    """(context, share at its end) as (context, steps), at least one each.

    >>> in_steps(((32, 0.4), (64, 1.0)), 10)
    [(32, 4), (64, 6)]
    """
    ends = [0, *(round(share * steps) for _, share in stages)]
    contexts = [context for context, _ in stages]
    counts = [max(1, b - a) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return list(zip(contexts, counts, strict=True))
