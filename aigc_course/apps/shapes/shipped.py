"""The generator that ships with the course, so that `aigc shape` works at once.

The directions of the latents are stored as whole numbers of eight bits, each direction
with its own unit, and only at the nodes where the shapes of a family differ. The
matrices of the flow are stored in eight bits too, with a unit for each row, as in
chapter 19.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aigc_course import pretrained, validate
from aigc_course.apps.shapes import priors
from aigc_course.apps.shapes.families import KINDS, known
from aigc_course.apps.shapes.grids import BAND
from aigc_course.apps.shapes.latents import Basis
from aigc_course.flow.networks import Velocity

NAME = "shapes_flow"
LARGEST = 127  # whole number of eight bits


@dataclass(frozen=True)
class Shapes:
    """A basis for each family, in the order of KINDS, and a flow over all latents."""

    bases: tuple[Basis, ...]
    velocity: Velocity

    def sample(self, kind: str, n: int, seed: int) -> Tensor:
        """n half fields [n, 12, 24, 24] of a kind; a seed always gives the same ones.

        Raises CourseError for an unknown kind and numbers out of range.
        """
        basis = self.bases[KINDS.index(known(kind))]
        validate.whole(n, "The number of shapes")
        return basis.decode(priors.drawn(self.velocity, kind, n, seed))


def generator() -> Shapes:
    """The shipped generator; CourseError where its files are damaged."""
    with pretrained.building(NAME):
        about = pretrained.card(NAME)
        weights = pretrained.load_weights(NAME)
        velocity = priors.network(about["latents"], about["width"])
        velocity.load_state_dict(unpacked_flow(weights))
        bases = tuple(unpacked(kind, weights) for kind in KINDS)
    return Shapes(bases, velocity.eval().requires_grad_(False))


def packed_flow(velocity: Velocity) -> dict[str, Tensor]:
    """The weights of a flow as tensors to store: eight bits for those of matrices."""
    tensors = {}
    for name, weight in velocity.state_dict().items():
        if weight.ndim == 2:
            unit = weight.abs().amax(1).clamp(min=1e-8) / LARGEST  # of each row
            tensors[f"flow.{name}.unit"] = unit
            weight = (weight / unit[:, None]).round().to(torch.int8)
        else:
            weight = weight.half()
        tensors[f"flow.{name}"] = weight
    return tensors


def unpacked_flow(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a flow from stored tensors, as `load_state_dict` takes them."""
    found = {}
    for name, weight in weights.items():
        if name.startswith("flow.") and not name.endswith(".unit"):
            unit = weights.get(f"{name}.unit")
            scaled = weight if unit is None else weight.float() * unit[:, None]
            found[name.removeprefix("flow.")] = scaled.float()
    return found


def packed(kind: str, basis: Basis) -> dict[str, Tensor]:
    """A basis as tensors to store: eight bits for each number, one for each node."""
    nodes = basis.vectors.abs().amax(0) > 0
    vectors = basis.vectors[:, nodes]
    unit = vectors.abs().amax(1) / LARGEST  # [K]
    return {
        f"{kind}.mean": (basis.mean / BAND * LARGEST).round().to(torch.int8),
        f"{kind}.nodes": torch.from_numpy(np.packbits(nodes.numpy())),
        f"{kind}.vectors": (vectors / unit[:, None]).round().to(torch.int8),
        f"{kind}.unit": unit * basis.scale,
    }


def unpacked(kind: str, weights: Mapping[str, Tensor]) -> Basis:
    """The basis of a kind from stored tensors; its scale is part of its directions."""
    mean, bits, vectors, unit = (
        weights[f"{kind}.{part}"] for part in ("mean", "nodes", "vectors", "unit")
    )
    nodes = torch.from_numpy(np.unpackbits(bits.numpy())[: len(mean)]).bool()
    whole = torch.zeros(len(vectors), len(mean))
    whole[:, nodes] = vectors.float() * unit[:, None]
    return Basis(mean.float() * (BAND / LARGEST), whole, torch.ones(len(vectors)))
