"""Bits-back coding: a VAE as a lossless coder (Townsend et al. 2019, section 2.4).

To send x with a latent z costs -log p(x|z) - log p(z), whichever z is taken: more than
-log p(x), as any of many z would do. The choice among them is used to send other data.
z is not drawn at random but popped from the message so far, as if that had been coded
with q(z|x); so it takes -log q(z|x) off, and the receiver, who knows x once it is
decoded, pushes these bits back. Net, in nats:

    -log p(x|z) - log p(z) + log q(z|x),    whose mean over z ~ q(z|x) is -ELBO

The first image needs a message to pop from: bits that are sent beside and come back.
"""

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae import coding
from aigc_course.vae.learner import VAE
from aigc_course.vae.observations import Bernoulli, to_signed, to_unit


class BitsBack:
    """Pushes binary images on a message and pops them, by a VAE with Bernoulli pixels.

    Each latent is rounded to one of `bins` intervals that N(0, 1) makes equally
    likely, and stands at its interval's median: p(z) is uniform over them, and q(z|x)
    gives each what a normal has there. Precise where posteriors are narrow means many.

    model: an unconditional VAE, as it is now. bins: a power of 2, 2 to 2^16. Raises
    CourseError for another model or number of bins.
    """

    def __init__(self, model: VAE, bins: int = 1024) -> None:
        validate.whole(bins, "The number of bins", 2)
        if coding.TOTAL % bins:
            raise CourseError(f"The number of bins is 2, 4 ... {coding.TOTAL:,}.")
        networks = model.trained()
        if networks.classes or not isinstance(networks.observation, Bernoulli):
            raise CourseError(
                "Bits-back coding takes an unconditional VAE with Bernoulli pixels."
            )
        self.networks, self.bins = networks.cpu().double(), bins
        levels = torch.arange(2 * bins + 1, dtype=torch.float64) / (2 * bins)
        points = torch.special.ndtri(levels)  # quantiles of N(0, 1), -inf to inf
        self.edges, self.middles = points[::2], points[1::2]  # [bins + 1], [bins]

    def push(self, message: coding.Message, image: Tensor) -> None:
        """Put on an image [1, 28, 28] whose pixels are -1 or 1.

        Raises CourseError for other images, and where the message is too short to pop
        the latents from; it is then as it was.
        """
        x = _binary(image)  # [1, 1, 28, 28] of 0 and 1
        before = message.x, bytes(message.tail)
        try:
            z = coding.pop_all(message, self.posterior(x))  # -log q(z|x) bits less
        except CourseError:
            message.x, message.tail = before[0], bytearray(before[1])
            raise CourseError(
                "Bits-back coding pops its latents from a message: begin with more"
                " bytes, bitsback.first_bits for instance."
            ) from None
        coding.push_all(message, x.flatten().long(), self.pixels(z))  # -log p(x|z)
        coding.push_all(message, z, self.uniform())  # -log p(z)

    def pop(self, message: coding.Message) -> Tensor:
        """The image [1, 28, 28] that was pushed last; each step of `push` undone."""
        z = coding.pop_all(message, self.uniform(), self.networks.latent)
        x = coding.pop_all(message, self.pixels(z)).double().view(1, *validate.IMAGE)
        coding.push_all(message, z, self.posterior(x))  # the bits go back
        return to_signed(x)[0].float()

    def uniform(self) -> Tensor:
        """p(z): equal frequencies, [bins]."""
        return torch.full((self.bins,), coding.TOTAL // self.bins)

    @torch.no_grad()
    def posterior(self, x: Tensor) -> Tensor:
        """q(z|x) of a pixel map [1, 1, 28, 28] in {0, 1}: frequencies [latent, bins].

        Improbable intervals have frequency 0, as nobody has to code them.
        """
        mean, log_variance = self.networks.encode(x)  # [1, latent]
        std = (log_variance / 2).exp()
        scaled = (self.edges - mean.T) / std.T  # [latent, bins + 1]
        return coding.frequencies(torch.special.ndtr(scaled).diff(dim=1), least=0)

    @torch.no_grad()
    def pixels(self, z: Tensor) -> Tensor:
        """p(x|z) of bins, int64 [latent]: frequencies of 0 and 1, [784, 2]."""
        p = self.networks.decode(self.middles[z][None]).flatten()  # P(pixel = 1)
        return coding.frequencies(torch.stack([1 - p, p], 1))


def first_bits(size: int = 1000, seed: int = 0) -> coding.Message:
    """A message of random bytes to begin with; Message() and these are given back.

    Raises CourseError for fewer than one byte.
    """
    validate.whole(size, "The number of bytes")
    seeded = torch.Generator().manual_seed(seed)
    message = coding.Message()
    message.tail += bytes(torch.randint(256, (size,), generator=seeded).tolist())
    return message


def _binary(image: Tensor) -> Tensor:
    """Pixels [1, 1, 28, 28] of 0 and 1, float64."""
    if image.ndim != 3:
        raise CourseError(f"An image is [1, 28, 28]; got shape {list(image.shape)}.")
    x = to_unit(image[None]).cpu().double()
    if bool(((x != 0) & (x != 1)).any()):
        raise CourseError(
            "Bits-back coding takes pixels that are -1 or 1; vae.binarise makes them"
            " of grey values in [0, 1]."
        )
    return x
