"""The base model that ships with the course: it has never seen a 4.

Matrices are stored as whole numbers of eight bits with a unit for each row, as in
chapter 19, and vectors in half precision.
"""

from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from aigc_course import pretrained
from aigc_course.apps.glyphs import base as bases
from aigc_course.flow.latent import LatentFlow, digest

NAME = "digits_without_4"  # the shipped weights: see pretrained/digits_without_4.md
NEW = 4
LARGEST = 127  # whole number of eight bits


@cache
def base() -> LatentFlow:
    """A flow of nine digits with the shipped weights, ready to draw and to learn on.

    Raises CourseError when its weights are missing or damaged.
    """
    return restored(unpacked(pretrained.load_weights(NAME)))


def restored(weights: Mapping[str, Tensor]) -> LatentFlow:
    """A flow with weights that were rounded: the mark is that of the rounded VAE."""
    networks = bases.networks()
    networks.load_state_dict(weights)
    networks.mark.copy_(torch.tensor(digest(networks.vae), dtype=torch.uint8))
    model = LatentFlow(networks)
    model.load_trained(networks.state_dict())
    return model


def packed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A model's weights as tensors to store."""
    tensors = {}
    for name, weight in weights.items():
        if weight.ndim == 2:
            unit = weight.abs().amax(1).clamp(min=1e-8) / LARGEST  # of each row
            tensors[f"{name}.unit"] = unit.half()
            # rounded with the unit as it is stored
            scaled = weight / unit.half().float()[:, None]
            weight = scaled.round().clamp(-LARGEST, LARGEST).to(torch.int8)
        elif weight.is_floating_point():
            weight = weight.half()
        tensors[name] = weight
    return tensors


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights from stored tensors, as `load_state_dict` takes them."""
    found = {}
    for name, weight in tensors.items():
        if not name.endswith(".unit"):
            unit = tensors.get(f"{name}.unit")
            if unit is not None:
                weight = weight.float() * unit.float()[:, None]
            found[name] = weight.float() if weight.is_floating_point() else weight
    return found
