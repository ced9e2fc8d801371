"""FID of one VAE's samples with the prior N(0, I) and with learned second stages.

    python benchmarks/vae_two_stage.py [--seeds 3] [--steps 3000] [--n 10000]

For each seed and likelihood a convolutional VAE is trained once. Its samples from
N(0, I) are compared with those of a Gaussian mixture over its latents and of a second
VAE over them, by the course's extractor against the test images. One thread; CPU
seconds of each part are in the record. Two likelihoods are measured, for it depends on
them how far the latents are from N(0, I), and so how much a second stage can mend.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import torch
from records import record
from torch import Tensor

from aigc_course import data, metrics, training, vae
from aigc_course.vae import second

BATCH, COMPONENTS = 128, 100
LIKELIHOODS: dict[str, Callable[[], vae.Observation]] = {
    "gaussian, learned deviation": partial(vae.Gaussian, learned=True),
    "bernoulli": vae.Bernoulli,
}
STAGES = ("one stage", "mixture", "latent VAE")


class Clock:
    """CPU seconds of named parts."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    def time(self, name: str, part: Callable[[], Any]) -> Any:
        """Run a part and note its CPU seconds."""
        start = time.process_time()
        value = part()
        self.parts[name] = round(time.process_time() - start, 1)
        return value


def fit(model: Any, steps: int, seed: int) -> Any:
    """Train on MNIST and return the model."""
    batches = data.batches(data.load("mnist"), BATCH, seed=seed)
    bf16 = training.bf16_pays(torch.device("cpu"))
    budget = training.Budget(steps=steps)
    history = training.fit(model, batches, budget, bf16=bf16, progress=False)
    if history.status != "finished":
        raise SystemExit("Stopped before its last step: nothing is recorded.")
    return model


def first_stage(likelihood: str) -> vae.VAE:
    """The recipe of conv-vae with another likelihood."""
    networks = vae.convolutional(likelihood=LIKELIHOODS[likelihood]())
    return vae.VAE(networks, **vae.RECIPES["conv-vae", "fast"].settings)


def fid(sampler: Any, n: int, real: Tensor) -> float:
    """FID of n samples against the features of real images."""
    samples = data.to_uint8(sampler.sample(n, torch.Generator().manual_seed(0)))
    return metrics.fid(metrics.features(samples), real)


def one_seed(
    likelihood: str, steps: int, n: int, seed: int, real: Tensor
) -> dict[str, Any]:
    """Train one VAE and its second stages, and compare their samples."""
    training.seed_everything(seed)
    clock = Clock()
    images = data.to_float(data.subset(data.load("mnist"), second.MOST).images)
    model = clock.time("VAE", lambda: fit(first_stage(likelihood), steps, seed))
    mixture = clock.time(
        "mixture", lambda: vae.MixturePrior(model, images, COMPONENTS, seed)
    )
    latent = clock.time("latent VAE", lambda: fit(vae.LatentVAE(model), steps, seed))
    stages = zip(STAGES, (model, mixture, latent), strict=True)
    fids = {name: round(fid(stage, n, real), 3) for name, stage in stages}
    lower = {name: round(1 - fids[name] / fids["one stage"], 3) for name in STAGES[1:]}
    return {"seed": seed, "fid": fids, "lower_by": lower, "cpu_seconds": clock.parts}


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=3_000, help="Of each stage that is trained.")
@click.option("--n", default=10_000, help="Samples.")
@click.option("--likelihood", type=click.Choice([*LIKELIHOODS]), help="Default: both.")
def main(seeds: int, steps: int, n: int, likelihood: str | None) -> None:
    """Measure and write benchmarks/records/vae_two_stage.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    real = metrics.features(data.load("mnist", "test").images)
    figures: dict[str, Any] = {}
    for name in [likelihood] if likelihood else LIKELIHOODS:
        rows = [one_seed(name, steps, n, seed, real) for seed in range(seeds)]
        median = {
            stage: statistics.median(row["lower_by"][stage] for row in rows)
            for stage in STAGES[1:]
        }
        figures[name] = {"median_lower_by": median, "seeds": rows}
    record("vae_two_stage", figures, steps=steps, n=n, components=COMPONENTS)


if __name__ == "__main__":
    main()
