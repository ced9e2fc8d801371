"""How useful are digits that keep a promise about everybody they were learnt from?

A one-shot generator (`privacy.fit_private`) sees all training images of MNIST once, at
three values of epsilon. A classifier is trained on 60,000 of its samples alone, and
tested on the real test images. Shares, bounds and the other settings of the generator,
and the form and length of the classifier, were chosen on 10,000 training images that
the generator was not fitted to; no test image was looked at. That choice is not covered
by epsilon.
"""

from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from aigc_course import data, privacy
from aigc_course.privacy.generator import settings_for
from aigc_course.privacy.utility import BATCH, RATE, SEED, STEPS
from aigc_course.studies.study import Cell, Column, Method, Study

DELTA, SAMPLES = 1e-5, 60_000
BARS = {10.0: 0.965, 1.0: 0.945, 0.2: 0.84}
READER = {"steps": STEPS, "batch_size": BATCH, "lr": RATE, "seed": SEED}


def study() -> Study:
    """Three promises."""
    methods = {f"eps-{epsilon:g}": _method(epsilon) for epsilon in (10.0, 1.0, 0.2)}
    return Study(
        "private-digits",
        "What do private samples teach a classifier about real digits?",
        methods,
        columns=(
            Column("accuracy", "of a classifier trained on samples", kind="share"),
            Column("bayes", "accuracy of the Gaussians themselves", kind="share"),
            Column("directions", "kept", "", "count"),
        ),
        failed=lambda outcome: outcome["accuracy"] < outcome["bar"],
        rule="its accuracy is below 96.5 %, 94.5 % or 84 % for epsilon = 10, 1 or 0.2",
        seconds=60,
        seeds=3,
        data="mnist",
    )


def _method(epsilon: float) -> Method:
    config = {
        "epsilon": epsilon,
        "delta": DELTA,
        "samples": SAMPLES,
        "generator": {k: _plain(v) for k, v in asdict(settings_for(epsilon)).items()},
        "classifier": READER,
    }
    return Method(partial(run, epsilon), config, f"epsilon = {epsilon:g}.")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def run(epsilon: float, cell: Cell) -> dict[str, Any]:
    """Fit, draw, train the classifier on the samples, test it on real digits."""
    train, test = data.load(cell.data), data.load(cell.data, "test")
    chance = torch.Generator().manual_seed(cell.seed)
    fitted = privacy.fit_private(
        train.images, train.labels, epsilon, DELTA, generator=chance
    )
    samples, labels = fitted.draw(cell.steps(SAMPLES), chance)
    real, steps = data.to_float(test.images), cell.steps(STEPS)
    found = fitted.classify(real)
    return {
        "accuracy": privacy.utility(samples, labels, real, test.labels, steps),
        "bayes": float((found == test.labels).double().mean()),
        "directions": fitted.basis.shape[1],
        "bar": BARS[epsilon],
    }
