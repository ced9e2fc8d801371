"""Generative adversarial networks: losses, networks, the learner that joins them."""

from aigc_course.gan import losses, penalties
from aigc_course.gan.conditional import (
    DISCRIMINATORS,
    AuxiliaryDiscriminator,
    ConditionalDiscriminator,
    ConditionalGenerator,
    ProjectionDiscriminator,
)
from aigc_course.gan.conditional_learner import ConditionalGAN
from aigc_course.gan.learner import GAN, sample
from aigc_course.gan.line import Snapshot, generated_density, train_on_a_line
from aigc_course.gan.minibatch import MinibatchStd, add_minibatch_std
from aigc_course.gan.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    Discriminator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
from aigc_course.gan.packing import Packed
from aigc_course.gan.points import PointDiscriminator, PointGenerator
from aigc_course.gan.recipes import (
    RECIPES,
    Recipe,
    build,
    conditional_recipe,
    recipe,
)
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.gan.spectral import spectral_norm
from aigc_course.gan.stabilisers import STABILISERS, Stabiliser
from aigc_course.gan.unrolled import UnrolledGAN
from aigc_course.gan.views import InstanceNoise, RandomTranslation

__all__ = [
    "DISCRIMINATORS",
    "GAN",
    "RECIPES",
    "STABILISERS",
    "AuxiliaryDiscriminator",
    "ConditionalDiscriminator",
    "ConditionalGAN",
    "ConditionalGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "Discriminator",
    "Generator",
    "InstanceNoise",
    "Snapshot",
    "MLPDiscriminator",
    "MLPGenerator",
    "MinibatchStd",
    "Packed",
    "PointDiscriminator",
    "PointGenerator",
    "ProjectionDiscriminator",
    "Recipe",
    "Stabiliser",
    "RandomTranslation",
    "UnrolledGAN",
    "add_minibatch_std",
    "build",
    "conditional_recipe",
    "generated_density",
    "losses",
    "penalties",
    "train_on_a_line",
    "pretrained_generator",
    "recipe",
    "sample",
    "spectral_norm",
]
