"""Do small trainings predict the loss of a larger one?

Transformers of four sizes read three amounts of the shipped plays, each with a learning
rate that falls to 0. `attention.scaling` fits two laws to these twelve points. Two
further points are larger than all of them in both ways, and no part of a fit. The law
of Hoffmann et al. missed "first-held-out". The law with a product was then chosen on
the twelve points alone (`left_out`); its prediction of "held-out" was written down
before that was run. Judged on the first 40,000 characters of the plays that are set
aside.
"""

from typing import Any

from aigc_course import attention
from aigc_course.attention import scaling
from aigc_course.studies.definitions import tiny_lm_ladder as ladder
from aigc_course.studies.results import Record
from aigc_course.studies.study import Column, Method, Study

WIDTHS = (16, 32, 64, 96)
STEPS = (75, 150, 300)  # of SIZE tokens
SIZE = ladder.SIZE
FIRST = (128, 600)
HELD_OUT = (112, 500)
BEYOND = ("first-held-out", "held-out")
LARGEST = f"{WIDTHS[-1]}-wide-{STEPS[-1]}-steps"
Points = dict[str, tuple[float, float, float]]
SETTINGS: dict[str, Any] = {**ladder.ADAM, **ladder.MUON, **ladder.FALL}


def study() -> Study:
    """A grid of sizes and lengths, and two points beyond it."""
    grid = {f"{w}-wide-{s}-steps": (w, s) for w in WIDTHS for s in STEPS}
    methods = {name: _method(*where) for name, where in grid.items()}
    methods |= {"first-held-out": _method(*FIRST), "held-out": _method(*HELD_OUT)}
    return Study(
        "scaling",
        "Do small trainings predict the loss of a larger one?",
        methods=methods,
        columns=(
            Column("nats", "per character", better="lower"),
            Column("weights", "outside of embedding and head", better="", kind="count"),
            Column("tokens", better="", kind="count"),
        ),
        failed=lambda outcome: outcome["nats"] > 3.3,
        rule="its loss is above 3.3 nats, what single characters give",
        seconds=15,
        seeds=3,
    )


def shape(width: int) -> attention.Shape:
    """Three blocks with heads of 16 coordinates."""
    return attention.Shape(
        100,
        context=ladder.CONTEXT,
        width=width,
        layers=3,
        heads=max(1, width // 16),
        feed_forward="relu2",
        normed=True,
        zero_start=True,
    )


def points(record: Record) -> Points:
    """Weights, tokens and mean nats of each method of a record."""
    found = {}
    for name in record.methods:
        if outcomes := record.outcomes(name):
            nats = sum(row["nats"] for row in outcomes) / len(outcomes)
            found[name] = (outcomes[0]["weights"], outcomes[0]["tokens"], nats)
    return found


def predicted(
    record: Record, point: str = "held-out", product: bool = True
) -> tuple[scaling.Law, float, float]:
    """The law of the grid, what it predicts at a point beyond it, and the truth.

    product: see `scaling.fit`.
    """
    known = points(record)
    beyond = {name: known.pop(name) for name in BEYOND if name in known}
    return _predicted(known, beyond[point], product)


def left_out(record: Record, product: bool) -> tuple[scaling.Law, float, float]:
    """The law of the grid without its largest point; its prediction there; the truth.

    This is how a form of the law is chosen, without the points beyond the grid.
    """
    known = points(record)
    for name in BEYOND:
        known.pop(name, None)
    return _predicted(known, known.pop(LARGEST), product)


def _predicted(
    known: Points, point: tuple[float, float, float], product: bool
) -> tuple[scaling.Law, float, float]:
    weights, tokens, nats = point
    N, D, losses = zip(*known.values(), strict=True)
    law = scaling.fit(N, D, losses, product)
    return law, float(law.loss(weights, tokens)), nats


def _method(width: int, steps: int) -> Method:
    config = {
        "shape": shape(width).to_dict(),
        "settings": {**SETTINGS, "betas": list(SETTINGS["betas"])},
        "steps": steps,
        "size": SIZE,
    }
    about = f"Width {width}, {steps * SIZE:,} tokens."
    return Method(_Train(width, steps), config, about)


class _Train:
    """One training of the grid."""

    def __init__(self, width: int, steps: int) -> None:
        self.width, self.steps = width, steps

    def __call__(self, cell: Any) -> dict[str, Any]:
        """The columns."""
        found = ladder.trained(
            shape(self.width), SETTINGS, ladder.ALIKE, cell, self.steps
        )
        inside = found["weights"] - found.pop("outside")
        tokens = cell.steps(self.steps) * SIZE
        return {**found, "weights": inside, "tokens": tokens}
