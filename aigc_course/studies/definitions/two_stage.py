"""FID of one VAE's samples with the prior N(0, I) and with learned second stages.

For each seed and likelihood a convolutional VAE is trained once. Its samples from
N(0, I) are compared with those of a Gaussian mixture over its latents and of a second
VAE over them (Dai and Wipf 2019), on the course's features, 10,000 samples against the
test images. It depends on the likelihood how far the latents are from N(0, I), and so
how much a second stage can mend.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from aigc_course import data, metrics, training, vae
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, BATCH, SAMPLES, COMPONENTS = 3_000, 128, 10_000, 100
IMAGES = 20_000  # whose latents the mixture is fitted to
LIKELIHOODS: dict[str, Callable[[], vae.Likelihood]] = {
    "gaussian": partial(vae.Gaussian, learned=True),
    "bernoulli": vae.Bernoulli,
}
STAGES = ("one_stage", "mixture", "latent_vae")


def study() -> Study:
    """Two likelihoods, each with three ways to sample."""
    lower = [Column(f"{s}_lower", "of FID", kind="share") for s in STAGES[1:]]
    return Study(
        "two-stage",
        "How much lower is the FID of a VAE whose prior is learned afterwards?",
        {name: _method(name) for name in LIKELIHOODS},
        columns=(*(Column(s, "FID", better="lower") for s in STAGES), *lower),
        failed=no_better,
        rule="a second stage does not lower the FID",
        seconds=220,
        seeds=3,
        data="mnist",
    )


def no_better(outcome: Mapping[str, Any]) -> bool:
    """Whether one of the second stages is no better than the prior."""
    found = [outcome[stage] for stage in STAGES]
    return None in found or max(found[1:]) >= found[0]


def _method(name: str) -> Method:
    config = {
        "likelihood": describe(LIKELIHOODS[name]),
        "recipe": "conv-vae",
        "settings": describe(vae.RECIPES["conv-vae", "fast"].settings),
        "steps": STEPS,
        "batch_size": BATCH,
        "samples": SAMPLES,
        "components": COMPONENTS,
        "images": IMAGES,
    }
    return Method(partial(train, name), config, f"{name.capitalize()} likelihood.")


def train(name: str, cell: Cell) -> dict[str, Any]:
    """Train one VAE and its second stages, and compare their samples."""
    networks = vae.convolutional(likelihood=LIKELIHOODS[name]())
    model = vae.VAE(networks, **vae.RECIPES["conv-vae", "fast"].settings)
    _fit(model, cell)
    images = data.load(cell.data)
    some = data.subset(images, min(IMAGES, len(images))).images
    mixture = vae.MixturePrior(model, data.to_float(some), COMPONENTS, cell.seed)
    latent = vae.LatentVAE(model)
    _fit(latent, cell)
    stages = zip(STAGES, (model, mixture, latent), strict=True)
    found = {stage: _fid(sampler, cell) for stage, sampler in stages}
    lower = {f"{s}_lower": 1 - found[s] / found["one_stage"] for s in STAGES[1:]}
    return {**found, **lower}


def _fit(model: Any, cell: Cell) -> None:
    batches = data.batches(data.load(cell.data), BATCH, seed=cell.seed)
    bf16 = training.bf16_pays(torch.device("cpu"))
    budget = training.Budget(steps=cell.steps(STEPS))
    training.fit(model, batches, budget, bf16=bf16, progress=False)


def _fid(sampler: Any, cell: Cell) -> float:
    seeded = torch.Generator().manual_seed(0)
    samples = metrics.features(data.to_uint8(sampler.sample(SAMPLES, seeded)))
    return metrics.fid(samples, metrics.features(data.load(cell.data, "test").images))
