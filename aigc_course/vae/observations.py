"""What a decoder's output means, and the one place where [-1, 1] becomes [0, 1].

Images are float32 in [-1, 1] everywhere in the course. Inside this package, between
`to_unit` and `to_signed`, they are pixels in [0, 1], 0 background and 1 full ink: the
learner calls `to_unit` on what it is given and `to_signed` on what it gives back, and
networks and likelihoods never see another range.
"""

import math

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae import losses

LEVELS = 256  # values of a pixel


def to_unit(images: Tensor) -> Tensor:
    """Images [N, 1, 28, 28] in [-1, 1] to pixels in [0, 1]: (x + 1) / 2.

    Raises CourseError for another type, shape or range, and for NaN.
    """
    # clamp: rounding must not leave [0, 1]
    return ((validate.images(images) + 1) / 2).clamp(0, 1)


def to_signed(pixels: Tensor) -> Tensor:
    """Pixels in [0, 1] to images in [-1, 1]: 2 x - 1, of the same shape."""
    return 2 * validate.pixels(pixels) - 1


def binarise(pixels: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Each pixel becomes 1 with its grey value as the probability, else 0.

    Called anew for each batch it is dynamic binarisation (Salakhutdinov & Murray 2008;
    Burda et al. 2016, section 5). Pixels in [0, 1]; CourseError for others.
    """
    validate.pixels(pixels)
    where = generator.device if generator else pixels.device
    u = torch.rand(pixels.shape, generator=generator, device=where).to(pixels.device)
    return (u < pixels).to(pixels.dtype)


class Likelihood(nn.Module):
    """A likelihood p(x|z) over pixels, given the decoder's output [..., 1, 28, 28]."""

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """log p(x|z) in nats: x [N, 1, 28, 28] in [0, 1] to [..., N]."""
        raise NotImplementedError

    def mean(self, outputs: Tensor) -> Tensor:
        """E[x|z] in [0, 1], of the outputs' shape."""
        return outputs.sigmoid()


class Bernoulli(Likelihood):
    """Pixels that are 0 or 1; the outputs are logits."""

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """`losses.bernoulli`."""
        return losses.bernoulli(x, outputs)


class Gaussian(Likelihood):
    """Normal pixels around sigmoid(outputs) with one standard deviation for all.

    learned: it starts at std and is trained (Rybkin et al. 2021, sigma-VAE). squashed:
    with False the pixels lie around the outputs themselves, and images are these cut
    to [0, 1]. So no gradient is lost: under a small std, a sigmoid driven to black by
    the first steps may stay there. Raises CourseError unless std is above 0.
    """

    def __init__(
        self, std: float = 0.1, learned: bool = False, squashed: bool = True
    ) -> None:
        super().__init__()
        if not 0 < std < math.inf:
            raise CourseError(f"The standard deviation is above 0, not {std}.")
        log_variance = torch.tensor(2 * math.log(std))
        self.log_variance = nn.Parameter(log_variance, requires_grad=learned)
        self.squashed = squashed

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """`losses.gaussian`."""
        mean = outputs.sigmoid() if self.squashed else outputs
        return losses.gaussian(x, mean, self.log_variance)

    def mean(self, outputs: Tensor) -> Tensor:
        """E[x|z], of the outputs' shape; cut to [0, 1] where it could leave it."""
        return outputs.sigmoid() if self.squashed else outputs.clamp(0, 1)


class DiscretisedLogistic(Likelihood):
    """Pixels of 256 values around sigmoid(outputs), with a learned scale each."""

    def __init__(self, scale: float = 0.1) -> None:
        super().__init__()
        if not 0 < scale < math.inf:
            raise CourseError(f"The scale is above 0, not {scale}.")
        self.log_scale = nn.Parameter(torch.full(validate.IMAGE, math.log(scale)))

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """`losses.discretised_logistic`."""
        mean = outputs.sigmoid()
        return losses.discretised_logistic(x, mean, self.log_scale, LEVELS)


LIKELIHOODS: dict[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "gaussian": Gaussian,
    "discretised-logistic": DiscretisedLogistic,
}


def observation(kind: str | Likelihood) -> Likelihood:
    """The likelihood called `kind`, a key of LIKELIHOODS; a Likelihood stays itself.

    Raises CourseError for an unknown name, listing the known ones.
    """
    if isinstance(kind, Likelihood):
        return kind
    if kind not in LIKELIHOODS:
        raise CourseError(
            f"There is no likelihood {kind!r}; choose from {', '.join(LIKELIHOODS)}."
        )
    return LIKELIHOODS[kind]()
