"""Named recipes: networks with the settings that train them well."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aigc_course import training
from aigc_course.flow.couplings import transport, within_classes
from aigc_course.flow.latent import LatentFlow, LatentNetworks
from aigc_course.flow.learner import Flow
from aigc_course.flow.networks import mlp, unet
from aigc_course.vae.networks import mlp as vae_mlp
from aigc_course.vae.observations import Gaussian


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """How to make the networks, the batch size, and the settings of the learner.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    learner: Flow or LatentFlow. labels: whether its velocity is told the label.
    """

    networks: Callable[[], Any]
    batch_size: int
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[Flow] | type[LatentFlow] = Flow
    labels: bool = False

    flow = True

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """Fresh networks."""
        return (self.networks(),)


LATENT = 32
# of both stages: a high rate that falls to zero over most of the training
VAE_SETTINGS: dict[str, Any] = {
    "lr": 2e-3,
    "lr_warmup": 40_000,
    "decay_start": 0.3,
    "final_lr_factor": 0.0,
    "ema": 50_000,
}
FLOW_SETTINGS: dict[str, Any] = {
    "lr": 2e-3,
    "lr_warmup": 20_000,
    "decay_start": 0.2,
    "final_lr_factor": 0.0,
    "ema": 50_000,
}


def latent_networks(classes: int = 0, width: int = 256, blocks: int = 3) -> Any:
    """A fully connected VAE of chapter 08's kind, and a velocity of its 32 latents.

    The likelihood is normal, with one deviation that is learnt: then the latents keep
    most of an image (study `two-stage`).
    """
    vae = vae_mlp((512, 512), LATENT, likelihood=Gaussian(learned=True))
    return LatentNetworks(vae, mlp(LATENT, width, blocks, classes))


LATENT_SETTINGS: dict[str, Any] = {
    "batch": 256,
    "vae": VAE_SETTINGS,
    "flow": {**FLOW_SETTINGS, "couple": transport},
}
ASKED_SETTINGS: dict[str, Any] = {  # noise must not tell of the class
    **LATENT_SETTINGS,
    "flow": {**FLOW_SETTINGS, "couple": within_classes},
}

# a rival to compare with: fewer and larger batches, paired at random
RANDOM_SETTINGS: dict[str, Any] = {
    "batch": 512,
    "vae": VAE_SETTINGS,
    "flow": {**FLOW_SETTINGS, "ema": 100_000},
}
FIRST = 0.3  # share of the steps for the VAE: they take about twice as long

RECIPES = {
    ("latent-flow", "fast"): Recipe(
        latent_networks,
        256,
        {"first": FIRST, **LATENT_SETTINGS},
        bf16=True,
        learner=LatentFlow,
    ),
    ("cflow", "fast"): Recipe(
        partial(latent_networks, classes=10),
        256,
        {"first": FIRST, **ASKED_SETTINGS},
        bf16=True,
        learner=LatentFlow,
        labels=True,
    ),
    # straight to pixels; it predicts the digit, which lies on fewer dimensions than
    # the noise (Li & He 2025)
    ("flow", "fast"): Recipe(
        partial(unet, predict="data", spread=0.6),
        128,
        {**FLOW_SETTINGS, "lr": 1e-3},
        bf16=True,
    ),
}
MODELS = RECIPES  # what `aigc train` offers
