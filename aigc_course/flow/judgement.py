"""How good a flow is: FID by the number of evaluations, and nats where exact."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, metrics, validate
from aigc_course.errors import CourseError
from aigc_course.flow.latent import LatentFlow, log_prior
from aigc_course.flow.learner import Flow
from aigc_course.flow.solvers import evaluations
from aigc_course.vae import losses

EVALUATIONS = {1: (1, "euler"), 2: (1, "heun"), 4: (2, "heun"), 8: (4, "heun")}
EVALUATIONS |= {16: (8, "heun"), 32: (16, "heun")}  # by their number: steps, method
SOLVER = 8  # Heun steps of the likelihood


def by_evaluations(
    model: Flow | LatentFlow, real: Tensor, n: int, seed: int = 0
) -> dict[int, float]:
    """FID of n samples by how often the velocity is computed for each: 1 to 32.

    model: of images. real: features of real images, [M, 128]. The noise is the same for
    all. Raises CourseError when n is not positive.
    """
    validate.whole(n, "The number of samples")
    found = {}
    for number, (steps, method) in EVALUATIONS.items():
        assert evaluations(steps, method) == number
        seeded = torch.Generator().manual_seed(seed)
        samples = model.sample(n, seeded, steps=steps, method=method)
        features = metrics.features(data.to_uint8(samples))
        found[number] = metrics.fid(features, real)
    return found


@dataclass(frozen=True)
class Nats:
    """ELBO of images under a VAE, in nats per image, with both priors.

    normal: with N(0, I). flow: with the flow. error: the standard error over images of
    their difference. images: how many.
    """

    normal: float
    flow: float
    error: float
    images: int

    def __str__(self) -> str:
        return (
            f"{self.images:,} images: ELBO {self.flow:.2f} nats with the flow as the"
            f" prior, {self.normal:.2f} with N(0, I); difference"
            f" {self.flow - self.normal:.2f} ± {self.error:.2f} (standard error)"
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain numbers, ready for JSON."""
        return {
            "elbo_flow": self.flow,
            "elbo_normal": self.normal,
            "difference_error": self.error,
            "images": self.images,
        }


@torch.no_grad()
def nats(
    model: LatentFlow, images: Tensor, generator: torch.Generator | None = None
) -> Nats:
    """ELBO = E_q[log p(x|z) + log p(z) - log q(z|x)], one z ~ q(z|x) for each image.

    log p(z) under the flow takes the exact trace (`flow.log_prior`), so the bound is
    one up to the error of the solver. images: [N, 1, 28, 28] in [-1, 1], N from 2 up,
    seen as the VAE was trained. Raises CourseError for fewer images, others, and a flow
    that knows labels.
    """
    if len(images) < 2:
        raise CourseError(f"Nats need at least 2 images; got {len(images)}.")
    networks = model.trained().vae
    x = model.vae.observe(images, generator)  # pixels in [0, 1]
    mean, log_variance = networks.encode(x)
    z = losses.reparameterise(mean, log_variance, generator=generator)  # [N, latent]
    log_px, log_q = (
        networks.log_likelihood(x, z),
        losses.log_normal(z, mean, log_variance),
    )
    normal = losses.log_standard_normal(z)
    flow = log_prior(model, z, SOLVER)
    gain = (flow - normal).double()
    plain = float((log_px + normal - log_q).double().mean())
    error = float(gain.std() / len(gain) ** 0.5)
    return Nats(plain, plain + float(gain.mean()), error, len(images))
