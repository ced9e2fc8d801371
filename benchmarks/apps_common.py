"""What the benchmarks of the applications share: training, and keeping the weights."""

import time
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from aigc_course import apps, data, training

KEPT = Path(__file__).parent.parent / "runs" / "apps"


def train(learner: Any, steps: int, seed: int, batch: int = 64, **some: Any) -> float:
    """Train on MNIST for `steps`; return the seconds of processor time."""
    batches = data.batches(data.load("mnist"), batch, seed=seed, **some)
    start = time.process_time()
    training.fit(learner, batches, training.Budget(steps=steps), progress=False)
    return round(time.process_time() - start, 1)


def train_recipe(name: str, way: str, steps: int, seed: int) -> tuple[Any, float]:
    """A recipe of `apps`, trained, and the seconds. Seed 0's weights are kept."""
    training.seed_everything(seed)
    learner = apps.recipe(name, way).build()
    seconds = train(learner, steps, seed)
    if seed == 0:
        KEPT.mkdir(parents=True, exist_ok=True)
        state = {k: v.contiguous() for k, v in learner.trained().state_dict().items()}
        save_file(state, KEPT / f"{name}-{way}.safetensors", {"steps": str(steps)})
    return learner, seconds
