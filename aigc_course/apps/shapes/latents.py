"""Latents of fields: principal components of one family (16.22).

A half field d [P] is written as mean + sum_k z_k s_k b_k with K orthonormal fields b_k,
the directions in which the training shapes differ most. With the deviations sd_k along
these directions and their mean m, s_k = sqrt(sd_k m) gives latents of mean square 1,
whose deviations differ less than the sd_k do.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.apps.shapes.grids import HALF
from aigc_course.errors import CourseError

LATENTS = 30
STILL = 0.005  # nodes whose distance deviates by less count as constant


@dataclass(frozen=True)
class Basis:
    """mean [P], vectors [K, P] and scale [K] of one family."""

    mean: Tensor
    vectors: Tensor
    scale: Tensor

    def encode(self, fields: Tensor) -> Tensor:
        """Latents [N, K] of half fields [N, 12, 24, 24]."""
        return (fields.flatten(1) - self.mean) @ self.vectors.T / self.scale

    def decode(self, z: Tensor) -> Tensor:
        """Half fields [N, 12, 24, 24] of latents [N, K]."""
        flat = self.mean + (z * self.scale) @ self.vectors
        return flat.reshape(-1, *HALF)


def fit(fields: Tensor, latents: int = LATENTS) -> Basis:
    """The basis of training fields [N, 12, 24, 24], N above the number of latents.

    Raises CourseError for too few fields.
    """
    validate.whole(latents, "The number of latents")
    if len(fields) <= latents:
        raise CourseError(
            f"{latents} latents need more than {latents} shapes, not {len(fields)}."
        )
    flat = fields.flatten(1)
    mean = flat.mean(0)
    # nodes that are nearly alike in all shapes say little, and cost most of the time
    varies = flat.std(0) > STILL
    x = (flat - mean)[:, varies].double()  # [N, P']
    # eigenvectors u of x x' give those of x' x as x' u / |x' u|: N is the smaller side
    squares, u = torch.linalg.eigh(x @ x.T)
    squares, u = squares[-latents:].flip(0), u[:, -latents:].flip(1)
    vectors = flat.new_zeros(latents, flat.shape[1])
    vectors[:, varies] = (u.T @ x / squares.sqrt()[:, None]).float()
    deviations = (squares / (len(flat) - 1)).sqrt().float()
    return Basis(mean, vectors, (deviations * deviations.mean()).sqrt())
