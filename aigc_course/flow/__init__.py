"""Flow matching and diffusion (chapter 13).

    x_t = (1 - t) x0 + t x1,   x0 noise, x1 data, velocity v = x1 - x0

Paths: `interpolate`, `to_velocity`, `from_velocity`, `convert`.
Exact fields: `Mixture`, `Line`, `FiniteData`; `line_mixture`, `toy_mixture` make them.
Solvers: `solve`, `trajectory`, `evaluations`.
Guidance: `guided`, `guided_field`. Likelihood: `log_density`. Few steps: `average`.
Networks: `mlp` for points and latents, `unet` for digits. Learners: `Flow`, and
`LatentFlow` over a VAE's latents. Pairs of noise and data: `transport`,
`within_classes`.
One step: `Pairs` of a trained flow, and `OneStep`, which learns from them.
Named recipes: `RECIPES`.

>>> data = line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
>>> start = data.means[:1] * 0
>>> solve(data.velocity, start, 64, "rk4").round(decimals=3)
tensor([[1.1600]], dtype=torch.float64)
"""

from aigc_course.flow import average, guidance, likelihood
from aigc_course.flow.couplings import transport, within_classes
from aigc_course.flow.exact import (
    FiniteData,
    Line,
    Mixture,
    line_mixture,
    toy_mixture,
)
from aigc_course.flow.guidance import guided, guided_field
from aigc_course.flow.latent import LatentFlow, LatentNetworks, Latents, log_prior
from aigc_course.flow.learner import Flow
from aigc_course.flow.likelihood import log_density
from aigc_course.flow.networks import mlp, unet
from aigc_course.flow.onestep import OneStep, Pairs
from aigc_course.flow.paths import (
    PREDICTIONS,
    conditional_velocity,
    convert,
    from_velocity,
    interpolate,
    signal_share,
    to_velocity,
)
from aigc_course.flow.recipes import RECIPES, latent_networks
from aigc_course.flow.solvers import EVALUATIONS, evaluations, solve, trajectory

__all__ = [
    "EVALUATIONS",
    "FiniteData",
    "Flow",
    "LatentFlow",
    "LatentNetworks",
    "Latents",
    "Line",
    "Mixture",
    "OneStep",
    "PREDICTIONS",
    "Pairs",
    "RECIPES",
    "average",
    "conditional_velocity",
    "convert",
    "evaluations",
    "from_velocity",
    "guidance",
    "guided",
    "guided_field",
    "interpolate",
    "latent_networks",
    "likelihood",
    "line_mixture",
    "log_density",
    "log_prior",
    "mlp",
    "signal_share",
    "solve",
    "to_velocity",
    "toy_mixture",
    "trajectory",
    "transport",
    "unet",
    "within_classes",
]
