"""The VQ-VAE: an image as a 7 x 7 map of codes, chosen from a learned codebook."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.health import Rule
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    images_and_labels,
    placed,
)
from aigc_course.training.shares import whole
from aigc_course.vae.health import codes_collapsed
from aigc_course.vae.observations import (
    Likelihood,
    binarise,
    observation,
    to_signed,
    to_unit,
)
from aigc_course.vae.quantise import Codebook, perplexity, straight_through, vq_loss
from aigc_course.vae.spatial import SIDE, down, up

Prior = Callable[[int, torch.Generator | None], Tensor]


class VQNetworks(nn.Module):
    """Encoder, codebook and decoder of a VQ-VAE for 28 x 28 images.

    codes: how many, K. d: their length. width: channels at 14 x 14, twice as many at
    7 x 7. decay, restart: see `Codebook`. blocks: residual blocks at 7 x 7, in encoder
    and decoder each; without any, a code knows of 10 x 10 pixels and paints no more
    than 18 x 18. Raises CourseError for sizes below 1, or blocks below 0.
    """

    def __init__(
        self,
        codes: int = 64,
        d: int = 16,
        width: int = 32,
        likelihood: str | Likelihood = "bernoulli",
        decay: float | None = 0.99,
        restart: float = 1.0,
        blocks: int = 0,
    ) -> None:
        super().__init__()
        validate.whole(width, "A layer's width")
        validate.whole(blocks, "The number of blocks", 0)
        self.codebook = Codebook(codes, d, decay, restart)
        self.encoder = down(width, d, blocks)  # [N, d, 7, 7]
        self.decoder = up(d, width, blocks)  # [N, 1, 28, 28]
        self.observation = observation(likelihood)

    def vectors(self, x: Tensor) -> Tensor:
        """Pixels [N, 1, 28, 28] in [0, 1] to the encoder's vectors [N, 7, 7, d]."""
        return self.encoder(x).permute(0, 2, 3, 1).to(x.dtype)

    def outputs(self, q: Tensor) -> Tensor:
        """Quantised vectors [N, 7, 7, d] to the decoder's outputs [N, 1, 28, 28]."""
        return self.decoder(q.permute(0, 3, 1, 2)).to(q.dtype)


class VQVAE(Learner[VQNetworks]):
    """Vector-quantised VAE (van den Oord et al. 2017, equation 3).

    commitment: how strongly the encoder is held to its codes. binarised: pixels are
    drawn as 0 or 1 in every batch. prior: a function (n, generator) that draws maps of
    codes [n, 7, 7] for `sample`; None draws each code on its own, as often as it was
    used of late, which makes poor images until a prior is learned.
    lr, betas, decay_start, final_lr_factor, max_grad_norm: see `training.Optimiser`.
    bf16: see `VAE`.

    Images are [N, 1, 28, 28] in [-1, 1] in and out. Raises CourseError for settings out
    of range.
    """

    symptoms: tuple[Rule, ...] = (codes_collapsed,)

    def __init__(
        self,
        networks: VQNetworks,
        *,
        commitment: float = 0.25,
        binarised: bool = False,
        prior: Prior | None = None,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        decay_start: float = 1.0,
        final_lr_factor: float = 1.0,
        max_grad_norm: float | None = None,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        validate.at_least_zero(commitment, "The commitment")
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "max_grad_norm": max_grad_norm,
        }
        optimiser = Optimiser(placed(networks, device), lr, betas, **schedule)
        super().__init__(descent=optimiser)
        self.commitment, self.binarised, self.prior = commitment, binarised, prior
        self.bf16 = bf16

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1]; labels beside them are ignored.

        Returns the loss, -log p(x|z) and the distance to the codes per image, and the
        perplexity of the codes as a share of their number.
        """
        x = to_unit(images_and_labels(batch)[0])  # [B, 1, 28, 28] in [0, 1]
        x = binarise(x) if self.binarised else x
        codebook = self.networks.codebook

        e = self.networks.vectors(x)  # [B, 7, 7, d]
        q, indices = codebook(e)  # the nearest codes, [B, 7, 7, d] and [B, 7, 7]
        outputs = self.networks.outputs(straight_through(e, q))  # [B, 1, 28, 28]

        # L = -log p(x|q) + |sg[e] - q|^2 + commitment |e - sg[q]|^2
        log_px = self.networks.observation.log_prob(x, outputs)  # [B]
        loss = (vq_loss(e, q, self.commitment) - log_px).mean()
        self.descent.descend(loss, len(x))
        e, q, indices = whole(e.detach()), whole(q.detach()), whole(indices)
        codebook.update(e, indices)

        distance = (e - q).square().flatten(1).sum(1).mean()
        share = perplexity(indices, len(codebook.codes)) / len(codebook.codes)
        seen = {"loss": loss, "reconstruction": -log_px.mean(), "distance": distance}
        seen["codes used"] = share
        return {name: value.detach() for name, value in seen.items()}

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw n maps of codes from the prior and decode them: [n, 1, 28, 28].

        temperature: the frequencies p of the codes become p^(1/T), normalised; a prior
        of your own has its own. Raises CourseError when n is not positive, or T not.
        """
        validate.whole(n, "The number of samples")
        if not 0 < temperature < float("inf"):
            raise CourseError(f"The temperature is above 0, not {temperature}.")
        if self.prior is not None:
            return self.decode(self.prior(n, generator))
        counts = self.networks.codebook.counts
        weights = torch.softmax(counts.clamp(min=1e-30).log() / temperature, 0)
        weights = weights.to(generator.device) if generator else weights
        codes = torch.multinomial(weights, n * SIDE**2, True, generator=generator)
        return self.decode(codes.view(n, SIDE, SIDE))

    @torch.no_grad()
    def encode(self, images: Tensor) -> Tensor:
        """The codes of images [N, 1, 28, 28] in [-1, 1]: int64 [N, 7, 7]."""
        networks = self.trained()
        return torch.cat(
            [
                networks.codebook(networks.vectors(x.to(self.device)))[1]
                for x in to_unit(images).split(CHUNK)
            ]
        )

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Maps of codes, int [N, 7, 7], to images [N, 1, 28, 28] in [-1, 1].

        Raises CourseError for another shape, or for codes that do not exist.
        """
        if codes.shape[1:] != (SIDE, SIDE) or not len(codes):
            raise CourseError(
                f"Codes are [N, {SIDE}, {SIDE}]; got {list(codes.shape)}."
            )
        networks, rows = self.trained(), []
        for some in codes.to(self.device).split(CHUNK):
            outputs = networks.outputs(networks.codebook.lookup(some))
            rows.append(networks.observation.mean(outputs))
        return to_signed(torch.cat(rows)).float().contiguous()

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] through the codes and back."""
        return self.decode(self.encode(images))
