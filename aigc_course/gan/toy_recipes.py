"""Recipes for the ring and the grid: a plain GAN, and what the course recommends.

The recommended ones were found by search on two CPU cores. What brings most: bounded
units in G, whose modes are left in one jump (leaky ReLUs leave a trail of points
between the modes); a high learning rate that rises slowly and then falls to zero; and a
weak penalty on D's slope, for narrow modes need a steep D.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from aigc_course.gan.penalties import r1
from aigc_course.gan.points import PointDiscriminator, PointGenerator
from aigc_course.gan.recipes import Recipe

WIDTH_OF_GRID = 3.0  # its points reach from -4 to 4

RING_STEPS, GRID_STEPS = 8_000, 9_000  # of the recommended recipes

# For the ring and the grid alike
PLAIN = Recipe(
    partial(PointGenerator, latent=8),
    PointDiscriminator,
    256,
    {"lr": 1e-3, "betas": (0.5, 0.99)},
)

_STEADY: dict[str, Any] = {
    "betas": (0.5, 0.99),
    "regularisers": (partial(r1, gamma=0.01),),
    "reg_interval": 4,
    "ema": 60_000,
    "lr_warmup": 50_000,
    "final_lr_factor": 0.0,
}
RING = Recipe(
    partial(PointGenerator, latent=2, depth=3, tanh=True),
    PointDiscriminator,
    256,
    {**_STEADY, "lr": 2e-3, "decay_start": 0.4},
)
GRID = Recipe(
    partial(PointGenerator, latent=4, depth=3, tanh=True, scale=WIDTH_OF_GRID),
    partial(PointDiscriminator, depth=3, scale=WIDTH_OF_GRID),
    512,
    {**_STEADY, "lr": 1e-3, "decay_start": 0.7},
)
# The networks of RING, trained as PLAIN is: what the networks alone bring
PLAIN_RING = replace(PLAIN, generator=RING.generator, discriminator=RING.discriminator)
