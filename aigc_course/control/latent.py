"""Control without conditions: directions in the latent space, and truncation."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Direction:
    """A linear reading of an attribute from latents: a(z) = offset + w . z.

    weights: w, [latent]. share: of the attribute's variance that it explains, R^2.
    """

    weights: Tensor
    offset: float
    share: float

    def read(self, z: Tensor) -> Tensor:
        """The attribute that latents [N, latent] promise: [N]."""
        return z @ self.weights + self.offset

    def move(self, z: Tensor, change: Tensor | float) -> Tensor:
        """The nearest latents whose reading differs by `change`, a number or [N].

        z + change w / |w|^2
        """
        step = self.weights / self.weights.square().sum()
        amount = torch.as_tensor(change, dtype=z.dtype).expand(len(z))
        return z + amount[:, None] * step


def direction(z: Tensor, values: Tensor, ridge: float = 1e-3) -> Direction:
    """Fit a direction to latents [N, latent] and an attribute's values [N].

    w = (Z^T Z / N + ridge I)^-1 Z^T a / N, on centred Z and a (least squares with a
    little of Hoerl & Kennard 1970). Raises CourseError for other shapes, fewer than
    latent + 2 points, values that are all equal, and NaN.
    """
    if z.ndim != 2 or values.shape != z.shape[:1] or len(z) < z.shape[1] + 2:
        raise CourseError(
            "A direction needs latents [N, latent] and values [N], N above latent + 1;"
            f" got {list(z.shape)} and {list(values.shape)}."
        )
    z, a = z.double(), values.double()
    if not bool(z.isfinite().all() and a.isfinite().all()):
        raise CourseError("The latents or values contain NaN or infinite values.")
    centred, gap = z - z.mean(0), a - a.mean()
    if not bool(gap.square().sum() > 0):
        raise CourseError("All values are equal: there is no direction to find.")
    gram = centred.T @ centred / len(z) + ridge * torch.eye(z.shape[1]).double()
    w = torch.linalg.solve(gram, centred.T @ gap / len(z))
    left = (gap - centred @ w).square().sum() / gap.square().sum()
    offset = float(a.mean() - z.mean(0) @ w)
    return Direction(w.float(), offset, 1 - float(left))


def truncated_normal(
    n: int, size: int, limit: float, generator: torch.Generator | None = None
) -> Tensor:
    """Standard normal numbers [n, size] on condition that |z| <= limit.

    z = Phi^-1(u), u uniform on [Phi(-limit), Phi(limit)]: the truncation trick of Brock
    et al. 2019, section 3.1, without its redrawing. Raises CourseError for n or size
    below 1 and for a limit not above 0.
    """
    if n < 1 or size < 1 or not limit > 0:
        raise CourseError(
            "Truncated latents are [n, size], both from 1 up, and the limit is above 0;"
            f" got {n}, {size} and {limit}."
        )
    tail = math.erfc(limit / math.sqrt(2)) / 2  # Phi(-limit)
    u = torch.rand(n, size, generator=generator, dtype=torch.float64)
    z = torch.special.ndtri(tail + (1 - 2 * tail) * u)
    return z.clamp(-limit, limit).float()


def truncated_variance(limit: float) -> float:
    """Variance of a standard normal number on condition that |z| <= limit.

    1 - 2 t phi(t) / (2 Phi(t) - 1)    (Johnson, Kotz & Balakrishnan 1994, ch. 13)

    >>> round(truncated_variance(1.0), 4), round(truncated_variance(8.0), 4)
    (0.2911, 1.0)
    """
    if not limit > 0:
        raise CourseError(f"The limit is above 0, not {limit}.")
    density = math.exp(-(limit**2) / 2) / math.sqrt(2 * math.pi)
    return 1 - 2 * limit * density / math.erf(limit / math.sqrt(2))
