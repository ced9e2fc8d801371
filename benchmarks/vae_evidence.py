"""-log p of MNIST's test images under MLP VAEs of at most 2 million weights.

    python benchmarks/vae_evidence.py [classic deep iwae] [--keep DIR] [--samples 1000]

One thread. Training lasts a fixed number of steps, which makes it reproducible; the CPU
seconds that they took are in the record. All learn from dynamically binarised images,
and are judged by test images binarised once (`vae.judge`). With --keep the training can
be stopped at any time and goes on at the next call, CPU seconds counted together.
Figures of a model are recorded as soon as it is judged; those of the others stay.
"""

import json
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from records import FOLDER, record

from aigc_course import data, training, vae

BUDGET_MINUTES = {"classic": 10, "deep": 10, "iwae": 30}
# the KL rises over the first third: without, 10 latents are used in place of 25
FAST = {
    "decay_start": 0.3,
    "final_lr_factor": 0.0,
    "ema": 100_000.0,
    "lr_warmup": 60_000,
    "kl_warmup": 0.3,
}

# steps of 256 images (classic: of 128, as its tutorials have it)
TRIALS: dict[str, tuple[vae.Recipe, int]] = {
    "classic": (vae.RECIPES["vae", "reference"], 50_000),
    "deep": (vae.Recipe(vae.deep, 256, {**FAST, "lr": 3e-3}, bf16=True), 18_000),
    "iwae": (
        vae.Recipe(vae.deep, 256, {**FAST, "lr": 3e-3, "samples": 5}, bf16=True),
        14_000,
    ),
}


class Timed:
    """A learner that counts the CPU seconds of its training, across interruptions."""

    def __init__(self, model: vae.VAE) -> None:
        self.model, self.seconds, self.last = model, 0.0, time.process_time()
        self.anneal, self.bf16 = model.anneal, model.bf16
        self.symptoms = model.symptoms

    def step(self, batch: Any) -> dict[str, torch.Tensor]:
        """The learner's own step; what passed since the last one counts as well."""
        values = self.model.step(batch)
        now = time.process_time()
        self.seconds, self.last = self.seconds + now - self.last, now
        return values

    def state_dict(self) -> dict[str, Any]:
        """The learner's state and the seconds."""
        return {**self.model.state_dict(), "cpu": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.model.load_state_dict(state)
        self.seconds, self.last = state["cpu"], time.process_time()


def trained(name: str, steps: int | None, seed: int, folder: Path) -> Timed:
    """The model after its steps, from the checkpoint in `folder` if there is one."""
    recipe, usual = TRIALS[name]
    training.seed_everything(seed)
    training.prepare(torch.device("cpu"))
    model = Timed(recipe.build())
    batches = data.batches(data.load("mnist"), recipe.batch_size, seed=seed)
    file = folder / f"{name}_{seed}_{steps or usual}.pt"
    budget = training.Budget(steps=steps or usual)
    fit = partial(training.fit, model, batches, budget, checkpoint=file)
    if fit(resume=file.exists(), progress=False).status != "finished":
        raise SystemExit(f"Stopped before its last step: {name} is not judged.")
    return model


def judged(model: Timed, images: int, samples: int) -> dict[str, Any]:
    """What `vae.judge` says of this many random test images."""
    test = data.to_float(data.subset(data.load("mnist", "test"), images).images)
    start, seeded = time.process_time(), torch.Generator().manual_seed(0)
    found = vae.judge(model.model, test, samples=samples, generator=seeded).to_dict()
    seconds = round(time.process_time() - start)
    return {**found, "judging_cpu_seconds": seconds}


def figures(name: str, model: Timed, steps: int | None, found: Any) -> dict[str, Any]:
    """One model's row of the record."""
    recipe, usual = TRIALS[name]
    weights = sum(w.numel() for w in model.model.networks.parameters())
    return {
        "minus_log_p": round(-found["log_p"], 3),
        "minus_elbo": round(-found["elbo"], 3),
        "training_cpu_seconds": round(model.seconds),
        "budget_cpu_minutes": BUDGET_MINUTES[name],
        "weights": weights,
        "steps": steps or usual,
        "batch": recipe.batch_size,
        "settings": recipe.settings,
        "bf16": model.bf16,
        "judged": found,
    }


def so_far() -> dict[str, Any]:
    """The figures recorded by earlier calls."""
    file = FOLDER / "vae_evidence.json"
    if not file.exists():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))["figures"]


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*TRIALS]))
@click.option("--steps", type=int, help="Instead of each model's own number.")
@click.option("--images", default=10_000, help="Test images.")
@click.option("--samples", default=1_000, help="Importance samples per image.")
@click.option("--seed", default=0)
@click.option("--keep", type=Path, help="Folder of the checkpoints.")
def main(
    names: tuple[str, ...],
    steps: int | None,
    images: int,
    samples: int,
    seed: int,
    keep: Path | None,
) -> None:
    """Measure and write benchmarks/records/vae_evidence.json."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        for name in names or TRIALS:
            model = trained(name, steps, seed, keep or Path(temporary))
            found = judged(model, images, samples)
            row = {**figures(name, model, steps, found), "seed": seed}
            record("vae_evidence", {**so_far(), name: row}, models=[*TRIALS])


if __name__ == "__main__":
    main()
