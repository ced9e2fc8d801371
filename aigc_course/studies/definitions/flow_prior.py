"""What a flow as the prior adds to the ELBO of a VAE whose networks stay as they are.

    ELBO = E_q[log p(x|z) + log p(z) - log q(z|x)]

With the same encoder and decoder only log p(z) changes, so the gain is the mean of
log p_flow(z) - log N(z; 0, I) at z ~ q(z|x) over test images. The flow's log-density is
that of its ordinary differential equation with the exact trace of the Jacobian.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from aigc_course import data, vae
from aigc_course.flow.latent import LatentFlow, log_prior
from aigc_course.studies.config import describe
from aigc_course.studies.definitions.flow_digits import BATCH, fit, second_stage
from aigc_course.studies.study import Cell, Column, Method, Study
from aigc_course.vae import losses

JUDGED, SOLVER = 500, 12  # test images, Heun steps of the likelihood
RECIPE = ("vae", "fast")
STEPS = {"vae": (1_500, 2_000), "vae-longer": (4_000, 6_000)}  # of VAE and flow


def study() -> Study:
    """Chapter 08's deep VAE with Bernoulli pixels, trained for two lengths."""
    return Study(
        "flow-prior",
        "How many nats does a flow as the prior add to a VAE's ELBO?",
        {name: _method(name) for name in STEPS},
        columns=(
            Column("gain", "nats"),
            Column("gain_error", "nats, standard error over images", better="lower"),
            Column("elbo", "nats, with N(0, I)"),
            Column("kl", "nats, with N(0, I)", better=""),
        ),
        failed=no_gain,
        rule="the ELBO does not rise",
        seconds=200,
        seeds=5,
        data="mnist",
    )


def no_gain(outcome: Mapping[str, Any]) -> bool:
    """Whether the flow is no better a prior than N(0, I)."""
    return outcome["gain"] is None or outcome["gain"] <= 0


def _method(name: str) -> Method:
    steps, flow_steps = STEPS[name]
    config = {
        "recipe": list(RECIPE),
        "settings": describe(vae.RECIPES[RECIPE].settings),
        "steps": steps,
        "batch_size": BATCH,
        "flow_steps": flow_steps,
        "judged": JUDGED,
        "solver": ["heun", SOLVER],
        "learner": describe(LatentFlow),
    }
    return Method(
        partial(train, name), config, f"The recipe vae, fast, {steps:,} steps."
    )


def train(name: str, cell: Cell) -> dict[str, Any]:
    """Train the VAE, then the flow, and take both priors' log-densities."""
    steps, flow_steps = STEPS[name]
    first = vae.RECIPES[RECIPE].build()
    fit(first, cell.steps(steps), cell)
    model = second_stage(first, cell.steps(flow_steps), cell)
    test = data.load(cell.data, "test")
    some = data.subset(test, min(JUDGED, len(test)), cell.seed).images
    return judge(first, model, data.to_float(some), cell.seed)


@torch.no_grad()
def judge(
    first: vae.VAE, model: LatentFlow, images: torch.Tensor, seed: int
) -> dict[str, Any]:
    """The columns for images [N, 1, 28, 28] in [-1, 1]."""
    seeded = torch.Generator().manual_seed(seed)
    x, networks = first.observe(images, seeded), first.trained()
    mean, log_variance = networks.encode(x)
    z = losses.reparameterise(mean, log_variance, generator=seeded)  # [N, latent]
    normal = losses.log_standard_normal(z)  # [N]
    gain = (log_prior(model, z, SOLVER) - normal).double()
    kl = losses.kl_monte_carlo(z, mean, log_variance)
    elbo = networks.log_likelihood(x, z) - kl
    return {
        "gain": float(gain.mean()),
        "gain_error": float(gain.std() / len(gain) ** 0.5),
        "elbo": float(elbo.mean()),
        "kl": float(kl.mean()),
    }
