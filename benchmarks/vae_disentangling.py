"""Does the method or the seed decide how well latents are disentangled?

    python benchmarks/vae_disentangling.py [--seeds 5] [--steps 1000]

Two methods over several strengths and seeds: the beta-VAE (Higgins et al. 2017) and the
beta-TCVAE (Chen et al. 2018). Strength 1 is the plain VAE for both. The images are the
2,304 outlines of chapter 09, with five factors in every combination; networks, batches
and number of steps are the same for all, and the score is the mutual information gap of
the posterior means of all images. One thread. The record is written anew after every
seed.
"""

import statistics
import time
from typing import Any

import click
import torch
from records import record
from torch import Tensor

from aigc_course import data, metrics, training, vae

STRENGTHS = {"beta-VAE": (1.0, 2.0, 4.0, 8.0), "beta-TCVAE": (2.0, 4.0, 8.0)}
LEARNERS: dict[str, type[vae.VAE]] = {"beta-VAE": vae.VAE, "beta-TCVAE": vae.TCVAE}
FACTORS = ("kind", "x", "y", "size", "thickness")
BATCH, LATENTS = 128, 10


def outlines() -> tuple[Tensor, Tensor]:
    """Images uint8 [2304, 1, 28, 28] at one angle, and their factors [2304, 5]."""
    names, grid = data.factors.NAMES, data.factors.grid()
    upright = grid[:, names.index("angle")] == 3
    chosen = [names.index(name) for name in FACTORS]
    return data.factors.images()[upright], grid[upright][:, chosen]


def trained(
    method: str, strength: float, seed: int, steps: int, images: Tensor
) -> dict[str, Any]:
    """One training, its score, and what it lost in reconstruction."""
    training.seed_everything(seed)
    networks = vae.mlp((400,), latent=LATENTS)
    learner = LEARNERS[method](networks, beta=strength, lr=2e-3, hold=0.5, final=0.0)
    batches, start = data.batches(images, BATCH, seed=seed), time.process_time()
    budget = training.Budget(steps=steps)
    history = training.fit(learner, batches, budget, progress=False)
    codes = learner.encode(data.to_float(images))[0]
    score = metrics.mig(codes, outlines()[1])
    return {
        "method": method,
        "strength": strength,
        "seed": seed,
        "mig": round(score.mean, 4),
        "gaps": [round(float(gap), 4) for gap in score.gaps],
        "reconstruction": round(history.rows[-1]["reconstruction"], 2),
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def summary(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Median and range over the seeds of each method and strength."""
    rows = []
    for method, strengths in STRENGTHS.items():
        for strength in strengths:
            found = [
                cell["mig"]
                for cell in cells
                if (cell["method"], cell["strength"]) == (method, strength)
            ]
            rows.append(
                {
                    "method": method,
                    "strength": strength,
                    "median": round(statistics.median(found), 4),
                    "low": min(found),
                    "high": max(found),
                }
            )
    return rows


@click.command()
@click.option("--seeds", default=5)
@click.option("--steps", default=1_000)
def main(seeds: int, steps: int) -> None:
    """Measure and write benchmarks/records/vae_disentangling.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    images, cells = outlines()[0], []
    for seed in range(seeds):
        for method, strengths in STRENGTHS.items():
            for strength in strengths:
                cells.append(trained(method, strength, seed, steps, images))
        figures = {"factors": FACTORS, "summary": summary(cells), "cells": cells}
        record("vae_disentangling", figures, seeds=seed + 1, steps=steps, batch=BATCH)


if __name__ == "__main__":
    main()
