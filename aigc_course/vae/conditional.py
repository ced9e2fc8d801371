"""A conditional VAE that listens to its labels from the first step."""

from typing import cast

import torch
from torch import nn

from aigc_course.vae.networks import Networks, mlp
from aigc_course.vae.observations import Likelihood

LOUDNESS = 8.0  # a label is one number among many: let it be heard


def conditional(
    hidden: tuple[int, ...] = (512,),
    latent: int = 5,
    classes: int = 10,
    likelihood: str | Likelihood = "bernoulli",
) -> Networks:
    """Fully connected networks given the label (Sohn et al. 2015), which starts loud.

    The weights that leave the one-hot vector are drawn LOUDNESS times as large as the
    others, so that each class has hidden units of its own from the start. With equal
    weights the latents learn the class first, and then the label has nothing to add:
    samples go their own way for a long time. Few latents help, too, as they leave the
    class to the label. Raises CourseError for sizes below 1.
    """
    networks = mlp(hidden, latent, classes, likelihood)
    first = networks.encoder.head, networks.decoder.net
    with torch.no_grad():
        for layers, before in zip(first, (784, latent), strict=True):
            weight = cast(nn.Linear, cast(nn.Sequential, layers)[0]).weight
            weight[:, before:] *= LOUDNESS
    return networks
