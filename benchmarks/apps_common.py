"""What the benchmarks of the applications share: training, and keeping the weights."""

import time
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from aigc_course import apps, data, metrics, pretrained, training
from aigc_course.apps.shipped import file_name, is_shipped

KEPT = Path(__file__).parent.parent / "runs" / "apps"


def judged(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Half of MNIST's test digits [5000, 1, 28, 28], their labels, others' features.

    What is restored is compared with its own originals by PSNR and with the other half
    by FID: against the originals a perfect restorer would have an FID of 0, which no
    two samples of real digits have.
    """
    test = data.load("mnist", "test")
    mine, others = data.parts(test, len(test) // 2, len(test) // 2, seed=seed)
    return data.to_float(mine.images), mine.labels, metrics.features(others.images)


def train(
    learner: Any, steps: int, seed: int, batches: Any = None, labels: bool = False
) -> float:
    """Train on MNIST, or `batches`, for `steps`; return seconds of processor time.

    A training that was stopped before its end is no measurement: RuntimeError.
    """
    if batches is None:
        batches = data.batches(data.load("mnist"), 64, seed=seed, labels=labels)
    start = time.process_time()
    history = training.fit(learner, batches, training.Budget(steps=steps))
    if history.status != "finished":
        raise RuntimeError(f"The training was {history.status}: nothing is recorded.")
    return round(time.process_time() - start, 1)


def train_recipe(name: str, way: str, steps: int, seed: int) -> tuple[Any, float]:
    """A recipe of `apps`, trained, and the seconds of processor time that it took.

    Seed 0 is the shipped network where it had as many steps. Other weights are kept, so
    that a benchmark that was stopped need not learn them anew.
    """
    training.seed_everything(seed)
    learner = apps.recipe(name, way).build()
    shipped = file_name(name, way)
    if seed == 0 and is_shipped(name, way):
        card = pretrained.card(shipped)
        if card["steps"] == steps:
            learner.load_trained(pretrained.load_weights(shipped))
            return learner, card["seconds"]
    file = KEPT / f"{name}-{way}-{steps}-{seed}.safetensors"
    if file.exists():
        learner.load_trained(load_file(file))
        with safe_open(file, "pt") as kept:
            return learner, float(kept.metadata()["cpu_seconds"])
    seconds = train(learner, steps, seed)
    state = {k: v.contiguous() for k, v in learner.trained().state_dict().items()}
    KEPT.mkdir(parents=True, exist_ok=True)
    save_file(state, file, {"cpu_seconds": str(seconds)})
    return learner, seconds
