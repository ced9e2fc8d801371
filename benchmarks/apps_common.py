"""What the benchmarks of the applications share: training, and keeping the weights."""

import time
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from aigc_course import apps, data, training

KEPT = Path(__file__).parent.parent / "runs" / "apps"


def train(
    learner: Any, steps: int, seed: int, batches: Any = None, labels: bool = False
) -> float:
    """Train on MNIST, or `batches`, for `steps`; return seconds of processor time."""
    if batches is None:
        batches = data.batches(data.load("mnist"), 64, seed=seed, labels=labels)
    start = time.process_time()
    training.fit(learner, batches, training.Budget(steps=steps))
    return round(time.process_time() - start, 1)


def train_recipe(name: str, way: str, steps: int, seed: int) -> tuple[Any, float]:
    """A recipe of `apps`, trained, and the seconds.

    The weights are kept, so that a benchmark that was stopped need not learn them anew;
    those of seed 0 are the ones that ship.
    """
    training.seed_everything(seed)
    learner = apps.recipe(name, way).build()
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
