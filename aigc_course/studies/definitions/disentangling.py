"""Does the method or the seed decide how well latents are disentangled?

The beta-VAE (Higgins et al. 2017) and the beta-TCVAE (R. Chen et al. 2018) at several
strengths; strength 1 is the plain VAE for both. The images are the 2,304 outlines of
chapter 09, five factors in every combination. Networks, batches and steps are the same
for all, and the score is the mutual information gap of all images' posterior means.
"""

from functools import cache, partial
from typing import Any

from torch import Tensor

from aigc_course import data, metrics, training, vae
from aigc_course.studies.study import Cell, Column, Method, Study

STRENGTHS = {"beta-vae": (1.0, 2.0, 4.0, 8.0), "beta-tcvae": (2.0, 4.0, 8.0)}
LEARNERS: dict[str, type[vae.VAE]] = {"beta-vae": vae.VAE, "beta-tcvae": vae.TCVAE}
FACTORS = ("kind", "x", "y", "size", "thickness")
STEPS, BATCH, LATENTS, WIDTH = 1_000, 128, 10, 400
SETTINGS: dict[str, Any] = {"lr": 2e-3, "decay_start": 0.5, "final_lr_factor": 0.0}


def study() -> Study:
    """Two methods at several strengths."""
    grid = [(name, beta) for name, some in STRENGTHS.items() for beta in some]
    return Study(
        "disentangling",
        "Does the method or the seed decide how well latents are disentangled?",
        {f"{name}-{beta:g}": _method(name, beta) for name, beta in grid},
        columns=(
            Column("mig", "0 to 1"),
            Column("reconstruction", "nats", better="lower"),
        ),
        failed=lambda outcome: outcome["mig"] is None,
        rule="its score is not a number",
        seconds=10,
        seeds=5,
    )


def _method(name: str, beta: float) -> Method:
    config = {
        "learner": LEARNERS[name].__name__,
        "beta": beta,
        "steps": STEPS,
        "batch_size": BATCH,
        "latents": LATENTS,
        "width": WIDTH,
        **SETTINGS,
    }
    about = f"{LEARNERS[name].__name__} of strength {beta:g}."
    return Method(partial(train, name, beta), config, about, {"strength": beta})


def train(name: str, beta: float, cell: Cell) -> dict[str, Any]:
    """Train on the outlines and score the latents; the five gaps are noted too."""
    images, factors = outlines()
    networks = vae.mlp((WIDTH,), latent=LATENTS)
    learner = LEARNERS[name](networks, beta=beta, **SETTINGS)
    batches = data.batches(images, BATCH, seed=cell.seed)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(learner, batches, budget, progress=False)
    score = metrics.mig(learner.encode(data.to_float(images))[0], factors)
    return {
        "mig": score.mean,
        "gaps": [float(gap) for gap in score.gaps],
        "reconstruction": history.rows[-1]["reconstruction"],
        "training": history.status,
    }


@cache
def outlines() -> tuple[Tensor, Tensor]:
    """Images uint8 [2304, 1, 28, 28] at one angle, and their factors [2304, 5]."""
    names, grid = data.factors.NAMES, data.factors.grid()
    upright = grid[:, names.index("angle")] == 3
    chosen = [names.index(name) for name in FACTORS]
    return data.factors.images()[upright], grid[upright][:, chosen]
