"""What several exercises of chapter 08 are asked on."""

import torch
from torch import Tensor


def normals(n: int, d: int) -> tuple[Tensor, Tensor]:
    """Means and log-variances [n, d] of diagonal normals, of very different widths."""
    return torch.randn(n, d), torch.randn(n, d)


def covariance(D: int) -> Tensor:
    """A covariance [D, D] with distinct eigenvalues, float64."""
    factor = torch.randn(D, 2 * D).double() * torch.linspace(1, 3, 2 * D).double()
    return factor @ factor.T / (2 * D)
