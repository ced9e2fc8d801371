"""Generative adversarial networks: losses, networks, the learner that joins them."""

from aigc_course.gan import losses, penalties
from aigc_course.gan.learner import GAN, sample
from aigc_course.gan.line import Look, generated_density, play_on_a_line
from aigc_course.gan.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    Discriminator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
from aigc_course.gan.points import PointDiscriminator, PointGenerator
from aigc_course.gan.recipes import RECIPES, Recipe, build, recipe
from aigc_course.gan.shipped import pretrained_generator

__all__ = [
    "GAN",
    "RECIPES",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "Discriminator",
    "Generator",
    "Look",
    "MLPDiscriminator",
    "MLPGenerator",
    "PointDiscriminator",
    "PointGenerator",
    "Recipe",
    "build",
    "generated_density",
    "losses",
    "penalties",
    "play_on_a_line",
    "pretrained_generator",
    "recipe",
    "sample",
]
