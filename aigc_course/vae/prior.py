"""Priors over a VQ-VAE's maps of codes: which code is likely where, given those before.

The codes of a map are read row by row, position t = 0 to 48. A prior is a product of
conditionals, p(k) = prod_t p(k_t | k_0 ... k_{t-1}), and so it can be sampled, scored
and coded one position after the other.
"""

import math
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    images_and_labels,
)
from aigc_course.vae import coding
from aigc_course.vae.made import LENGTH, MADE
from aigc_course.vae.pixelcnn import PixelCNN
from aigc_course.vae.spatial import SIDE
from aigc_course.vae.vq import VQVAE


class Tables(Protocol):
    """What the coder asks of a prior."""

    def table(self, codes: Tensor, t: int) -> Tensor:
        """Frequencies [N, K] of the code at position t; codes int64 [N, 7, 7]."""
        ...


class CountPrior:
    """How often each code stood at each position, and one more: the plainest prior.

    It knows nothing of a code's neighbours. codes: int [N, 7, 7] to count. size: how
    many codes there are, K. Raises CourseError for codes that do not fit.
    """

    def __init__(self, codes: Tensor, size: int) -> None:
        flat = checked(codes, size).cpu().flatten(1)  # [N, 49]
        counts = F.one_hot(flat, size).sum(0) + 1  # [49, K]
        self.tables = coding.frequencies(counts / counts.sum(1, keepdim=True))

    def table(self, codes: Tensor, t: int) -> Tensor:
        """The same frequencies for every map: [N, K]."""
        return self.tables[t].expand(len(codes), -1)

    def __call__(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n maps, each code by itself: int64 [n, 7, 7]."""
        validate.whole(n, "The number of samples")
        weights = self.tables.double()  # [49, K]
        drawn = torch.multinomial(weights, n, True, generator=generator)  # [49, n]
        return drawn.T.reshape(n, SIDE, SIDE)


class CodePrior(Learner[PixelCNN | MADE]):
    """A PixelCNN as the prior of a VQ-VAE (van den Oord et al. 2017, section 3.3).

    model: the VQ-VAE, trained, which stays as it is; then `model.prior = prior` makes
    `model.sample` draw from it. reader: `PixelCNN`, or `MADE`, which takes a third of
    the time. width, blocks: see there. lr, betas, decay_start, final_lr_factor, ema:
    see `training.Optimiser`. Raises CourseError for settings out of range.
    """

    def __init__(
        self,
        model: VQVAE,
        *,
        reader: type[PixelCNN] | type[MADE] = PixelCNN,
        width: int = 64,
        blocks: int = 3,
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        decay_start: float = 0.3,
        final_lr_factor: float = 0.0,
        ema: float | None = 20_000,
    ) -> None:
        codebook = model.networks.codebook.codes
        self.model, self.size = model, len(codebook)
        networks = reader(self.size, width, blocks).to(codebook.device)
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "lr_warmup": 5_000,
        }
        super().__init__(descent=Optimiser(networks, lr, betas, ema=ema, **schedule))

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from maps of codes, int64 [B, 7, 7], or images [B, 1, 28, 28].

        Images are encoded by the VQ-VAE first. Returns the loss, -log p(k) in nats per
        map, and bits per code. Raises CourseError for what is neither.
        """
        codes = images_and_labels(batch)[0]
        if codes.is_floating_point():
            codes = self.model.encode(codes)
        codes = checked(codes, self.size).to(self.device)
        loss = -_log_prob(self.networks, codes).mean()
        self.descent.descend(loss, len(codes))
        bits = loss.detach() / math.log(2)
        return {"loss": loss.detach(), "bits per code": bits / LENGTH}

    @torch.no_grad()
    def log_prob(self, codes: Tensor) -> Tensor:
        """log p(k) of maps of codes, int64 [N, 7, 7], in nats: [N]."""
        networks = self.trained()
        codes = checked(codes, self.size).to(self.device)
        return torch.cat([_log_prob(networks, some) for some in codes.split(CHUNK)])

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw n maps of codes, one position after the other: int64 [n, 7, 7].

        temperature: the logits are divided by it. Raises CourseError when n is not
        positive, or the temperature not.
        """
        validate.whole(n, "The number of samples")
        if not 0 < temperature < float("inf"):
            raise CourseError(f"The temperature is above 0, not {temperature}.")
        networks = self.trained()
        codes = torch.zeros(n, LENGTH, dtype=torch.long, device=self.device)
        for t in range(LENGTH):
            logits = _logits_at(networks, codes.view(n, SIDE, SIDE), t)
            p = (logits / temperature).softmax(1)  # [n, K]
            p = p.to(generator.device) if generator else p
            codes[:, t] = torch.multinomial(p, 1, generator=generator)[:, 0]
        return codes.view(n, SIDE, SIDE)

    __call__ = sample  # what `VQVAE.prior` calls

    @torch.no_grad()
    def table(self, codes: Tensor, t: int) -> Tensor:
        """Frequencies of the code at position t, given those before: int64 [N, K].

        codes: int64 [N, 7, 7]; what stands at t or later is overwritten, unread. So the
        decoder, which does not have it yet, asks the network the very same question as
        the encoder. One pass over whole maps would be faster for the encoder and right
        up to rounding; but one frequency rounded otherwise ruins all that follows.
        Sums of floats also depend on the number of maps in a batch, on the number of
        threads and on the machine: keep these for decoding, and all bits are the same.
        """
        logits = _logits_at(self.trained(), codes.to(self.device), t)
        return coding.frequencies(logits.double().softmax(1))

    def tables(self, codes: Tensor) -> Tensor:
        """`table` for all positions of maps, int64 [N, 7, 7]: int64 [N, 49, K]."""
        codes = checked(codes, self.size)
        return torch.stack([self.table(codes, t) for t in range(LENGTH)], 1)


def checked(codes: Tensor, size: int) -> Tensor:
    """codes as int64; CourseError unless they are int [N, 7, 7] from 0 to size - 1."""
    right = codes.ndim == 3 and codes.shape[1:] == (SIDE, SIDE) and len(codes)
    if not right or codes.is_floating_point():
        raise CourseError(
            f"Maps of codes are whole numbers [N, {SIDE}, {SIDE}]; got {codes.dtype}"
            f" {list(codes.shape)}."
        )
    if not 0 <= int(codes.min()) <= int(codes.max()) < size:
        raise CourseError(
            f"The codes go from 0 to {size - 1}; these reach from {int(codes.min())} to"
            f" {int(codes.max())}."
        )
    return codes.long()


def _log_prob(networks: nn.Module, codes: Tensor) -> Tensor:
    """log p(k) = sum_t log p(k_t | k_0 ... k_{t-1}), all positions at once: [N]."""
    return -F.cross_entropy(networks(codes), codes, reduction="none").sum((1, 2))


def _logits_at(networks: nn.Module, codes: Tensor, t: int) -> Tensor:
    """Logits [N, K] at position t, of nothing but the codes before it."""
    seen = codes.clone()
    seen.view(-1, LENGTH)[:, t:] = 0
    row, column = divmod(t, SIDE)
    return networks(seen[:, : row + 1])[:, :, row, column]  # rows below are not needed
