"""Latent flows: a VAE says what a digit's latents are, a flow how to draw them.

A VAE is trained with the prior N(0, I); what its encoder gives is another law (see
`vae.second`). A flow learns that law. It works on standardised latents,
(z - mean) / scale, so that noise and data have one size (Rombach et al. 2022, section
4.3.2, for one number; here there is one for each latent).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.health import uneven
from aigc_course.flow.learner import METHOD, STEPS, Flow, told
from aigc_course.flow.likelihood import log_density
from aigc_course.flow.networks import Velocity
from aigc_course.training import shares, together
from aigc_course.training.health import Rule
from aigc_course.training.learner import CHUNK, Learner, images_and_labels
from aigc_course.vae import losses
from aigc_course.vae.learner import VAE
from aigc_course.vae.networks import Networks
from aigc_course.vae.observations import to_signed, to_unit

MARK = 8  # bytes of a VAE's digest


@dataclass(frozen=True)
class Latents:
    """Standardised latents z [N, latent], and the mark of the VAE that they are of."""

    z: Tensor
    mark: tuple[int, ...]


class LatentNetworks(nn.Module):
    """Encoder, decoder and velocity of one model, and how its latents are scaled.

    vae: unconditional. velocity: of vectors as long as its latents. Raises CourseError
    where the two do not go together.
    """

    mean: Tensor
    scale: Tensor
    mark: Tensor

    def __init__(self, vae: Networks, velocity: Velocity) -> None:
        super().__init__()
        if vae.classes:
            raise CourseError(
                "A latent flow takes an unconditional VAE: labels go to the velocity."
            )
        if velocity.shape != (vae.latent,):
            raise CourseError(
                f"The VAE has {vae.latent} latents, the velocity takes"
                f" {list(velocity.shape)}: make both of one size."
            )
        self.vae, self.velocity = vae, velocity
        self.register_buffer("mean", torch.zeros(vae.latent))
        self.register_buffer("scale", torch.ones(vae.latent))
        # of the VAE whose latents were measured; zeros before that
        self.register_buffer("mark", torch.zeros(MARK, dtype=torch.uint8))

    def measure(self, vae: Networks, mean: Tensor, log_variance: Tensor) -> None:
        """Take mean and deviation of the latents of these posteriors, [N, latent].

        Var z = Var(mean) + E[variance]: between images, and within one. vae: whose
        posteriors they are.
        """
        self.mean.copy_(mean.mean(0))
        self.scale.copy_((mean.var(0) + log_variance.exp().mean(0)).sqrt())
        self.mark.copy_(torch.tensor(digest(vae), dtype=torch.uint8))

    def standardise(self, z: Tensor) -> Tensor:
        """(z - mean) / scale, of z's shape [N, latent]."""
        return (z - self.mean) / self.scale

    def pixels(self, u: Tensor) -> Tensor:
        """E[x|z] in [0, 1] of standardised latents [N, latent]: [N, 1, 28, 28]."""
        decoded: Tensor = self.vae.decode(u * self.scale + self.mean)
        return decoded

    def check(self) -> None:
        """CourseError unless the latents were measured with this very VAE."""
        own = tuple(self.mark.tolist())
        if any(own) and own != digest(self.vae):
            raise CourseError(
                "The flow was not trained on the latents of this VAE: give it the VAE"
                " that it was trained with, or train it again."
            )


class LatentFlow(Learner[LatentNetworks]):
    """A VAE, and then a flow over its latents, from one sequence of batches.

    Until the share `first` of the training the VAE learns. After that it stays as it
    is. It encodes what comes, up to `memory` images; from `least` of them on, the flow
    learns from `batch` rows of the memory at each step, with z ~ q(z|x) drawn anew.
    With first = 0 the VAE is one that has been trained before.

    networks: `LatentNetworks`. vae, flow: settings of `VAE` and `Flow`. Images are
    [N, 1, 28, 28] in [-1, 1], in pairs with labels [N] where the velocity has classes.
    Raises CourseError for settings out of range.
    """

    def __init__(
        self,
        networks: LatentNetworks,
        *,
        first: float = 0.5,
        memory: int = 60_000,
        least: int = 10_000,
        batch: int = 512,
        vae: Mapping[str, Any] | None = None,
        flow: Mapping[str, Any] | None = None,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        validate.share(first, "first")
        for value, what in ((memory, "memory"), (least, "least"), (batch, "batch")):
            validate.whole(value, what, 2)
        self.whole = networks.to(device)
        self.vae = VAE(networks.vae, **(vae or {}), device=device)
        self.flow = Flow(networks.velocity, **(flow or {}), device=device)
        super().__init__(vae=self.vae.descent, flow=self.flow.descent)
        self.first, self.batch, self.bf16 = first, batch, bf16
        self.memory = Memory(memory, networks.vae.latent)
        self.least = min(least, memory)
        self.progress = 0.0
        self.encoder: Networks | None = None  # the trained VAE, in the second stage
        # until there is more to say: what a velocity of 0 costs on standardised data
        self.losses = {"VAE": 0.0, "flow": 2.0, "t below 0.5": 2.0, "t above 0.5": 2.0}

    symptoms: tuple[Rule, ...] = (uneven,)

    @property
    def networks(self) -> LatentNetworks:
        """All that is used afterwards, as it is now."""
        return self.whole

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1], or a pair (images, labels).

        Returns -ELBO of the VAE, in nats, and the loss of the flow, per latent, with
        its parts. What is not being learnt stays as it was.
        """
        images, labels = images_and_labels(batch)
        if self.progress < self.first:
            found = {"VAE": self.vae.step(images)["loss"]}
            self.losses |= together.mean(_numbers(found))
        else:
            self.remember(images, labels)
            if len(self.memory) >= self.least:
                with shares.common():  # all processes draw one batch, and share it
                    drawn = self.memory.draw(self.batch, self.whole)
                with together.step(drawn) as share:
                    found = self.flow.step(share)
                named = {"flow" if k == "loss" else k: v for k, v in found.items()}
                self.losses |= together.mean(_numbers(named))
        return {name: torch.tensor(value) for name, value in self.losses.items()}

    @torch.no_grad()
    def remember(self, images: Tensor, labels: Tensor | None) -> None:
        """Encode images and keep their posteriors, while there is room."""
        if self.encoder is None:  # the first stage is over
            self.encoder = self.vae.trained()
        before = len(self.memory)
        if before < self.memory.size:
            mean, log_variance = self.encoder.encode(to_unit(images))
            told = None if labels is None else shares.whole(labels)
            mean, log_variance = map(shares.whole, (mean.float(), log_variance.float()))
            self.memory.keep(mean, log_variance, told)
        if before < self.least <= len(self.memory):
            self.whole.measure(self.encoder, *self.memory.posteriors())

    def borrow(self, other: "LatentFlow") -> None:
        """Learn from what another flow over the same VAE has encoded.

        Raises CourseError for a flow over another VAE.
        """
        mark = tuple(other.whole.mark.tolist())
        if mark != digest(self.vae.trained()):
            raise CourseError("The other flow's latents are of another VAE.")
        self.encoder, self.memory = self.vae.trained(), other.memory
        self.whole.measure(self.encoder, *self.memory.posteriors())

    def own(self, z: Tensor) -> Latents:
        """Standardised latents z [N, latent], as those of this model's VAE."""
        return Latents(z, tuple(self.whole.mark.tolist()))

    def anneal(self, progress: float) -> None:
        """Set both learning rates, each for its share of the training."""
        self.progress = progress
        self.vae.anneal(progress / self.first if self.first else 1.0)
        rest = max(progress - self.first, 0.0) / max(1 - self.first, 1e-9)
        self.flow.anneal(rest)

    def trained(self) -> LatentNetworks:
        """A copy of the networks for use: averaged where there is an EMA."""
        twin = LatentNetworks(self.vae.trained(), self.flow.trained())
        for name, value in self.whole.named_buffers(recurse=False):
            twin.get_buffer(name).copy_(value)
        return twin.to(self.device).eval()

    def load_trained(self, weights: Mapping[str, Tensor]) -> None:
        """Use these weights; RuntimeError if they do not fit.

        Raises CourseError for the velocity of another VAE's latents.
        """
        self.whole.load_state_dict(weights)
        self.vae.descent.ema = self.flow.descent.ema = None
        self.whole.check()

    @torch.no_grad()
    def encode(
        self, images: Tensor, generator: torch.Generator | None = None
    ) -> Latents:
        """Standardised latents, one z ~ q(z|x) for each image [N, 1, 28, 28]."""
        networks = self.trained()
        z = losses.reparameterise(*self.vae.encode(images), generator=generator)
        return self.own(networks.standardise(z))

    @torch.no_grad()
    def decode(self, latents: Latents) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] of this model's latents.

        Raises CourseError for latents of another VAE.
        """
        networks = self.trained()
        if latents.mark != tuple(networks.mark.tolist()):
            raise CourseError(
                "These latents are of another VAE: decode them with the model that"
                " encoded or drew them."
            )
        return _pixels(networks, latents.z)

    @torch.no_grad()
    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        steps: int = STEPS,
        guidance: float = 1.0,
        method: str = METHOD,
    ) -> Latents:
        """Draw n standardised latents by the flow. Arguments as for `Flow.sample`."""
        z = self.flow.sample(n, generator, labels, steps, guidance, method)
        return self.own(z)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        steps: int = STEPS,
        guidance: float = 1.0,
        method: str = METHOD,
    ) -> Tensor:
        """Draw n images [n, 1, 28, 28] in [-1, 1]. Arguments as for `Flow.sample`."""
        return self.decode(self.latents(n, generator, labels, steps, guidance, method))

    def state_dict(self) -> dict[str, Any]:
        """Both learners, the memory, the scale of the latents, and the losses."""
        own = {k: v for k, v in self.whole.named_buffers(recurse=False)}
        more = {"memory": self.memory.state_dict(), "scale": own}
        return {**super().state_dict(), **more, "losses": dict(self.losses)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        super().load_state_dict(state)
        self.memory.load_state_dict(state["memory"])
        self.encoder = None  # `remember` makes it again, of the same weights
        for name, value in state["scale"].items():
            self.whole.get_buffer(name).copy_(value)
        self.losses = dict(state["losses"])


def _numbers(values: Mapping[str, Tensor]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


class Memory:
    """Posteriors of images that were encoded once: [n, latent] twice, and labels."""

    def __init__(self, size: int, latent: int) -> None:
        self.size, self.latent, self.count = size, latent, 0
        self.rows = torch.zeros(0, 2 * latent)  # means and log-variances
        self.labels = torch.zeros(0, dtype=torch.long)  # -1 where there is none

    def __len__(self) -> int:
        return self.count

    def keep(self, mean: Tensor, log_variance: Tensor, labels: Tensor | None) -> None:
        """Add posteriors [B, latent] with labels [B]; what is too many is left."""
        if not len(self.rows):
            self.rows = mean.new_zeros(self.size, 2 * self.latent)
            self.labels = torch.full((self.size,), -1, device=mean.device)
        end = min(self.count + len(mean), self.size)
        n = end - self.count
        self.rows[self.count : end] = torch.cat([mean, log_variance], 1)[:n]
        if labels is not None:
            self.labels[self.count : end] = labels[:n]
        self.count = end

    def posteriors(self) -> tuple[Tensor, Tensor]:
        """Means and log-variances of all that is kept, [n, latent] each."""
        mean, log_variance = self.rows[: self.count].chunk(2, dim=1)
        return mean, log_variance

    def draw(self, n: int, networks: LatentNetworks) -> Any:
        """n standardised latents z ~ q(z|x) of images at random, with their labels."""
        rows = torch.randint(self.count, (n,)).to(self.rows.device)
        mean, log_variance = self.rows[rows].chunk(2, dim=1)
        z = networks.standardise(losses.reparameterise(mean, log_variance))
        return (z, self.labels[rows]) if networks.velocity.classes else z

    def state_dict(self) -> dict[str, Tensor]:
        """What is kept."""
        n = self.count
        return {"rows": self.rows[:n].clone(), "labels": self.labels[:n].clone()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Keep what was kept; RuntimeError if it does not fit."""
        self.count, self.rows = 0, torch.zeros(0, 2 * self.latent)
        if len(state["rows"]):
            mean, log_variance = state["rows"].chunk(2, dim=1)
            self.keep(mean, log_variance, state["labels"])


def log_prior(model: LatentFlow, z: Tensor, steps: int = STEPS) -> Tensor:
    """log p(z) of latents [N, latent] under the flow as the VAE's prior, in nats: [N].

    log p(z) = log p_flow((z - mean) / scale) - sum_j log scale_j, with the exact trace.
    steps: of Heun's method. A VAE's ELBO with it is E_q[log p(x|z) + log p(z) - log
    q(z|x)]. Raises CourseError for latents that do not fit, and a conditional flow.
    """
    networks = model.trained()
    if networks.velocity.classes:
        raise CourseError("A prior over all latents is a flow without labels.")
    u = networks.standardise(validate.latents(z, networks.vae.latent))
    density = log_density(told(networks.velocity, None), u, steps)
    return density - networks.scale.log().sum()


def _pixels(networks: LatentNetworks, z: Tensor) -> Tensor:
    validate.latents(z, networks.vae.latent)
    device = networks.mean.device
    parts = [networks.pixels(some.to(device)) for some in z.split(CHUNK)]
    return to_signed(torch.cat(parts)).float().contiguous()


def digest(vae: nn.Module) -> tuple[int, ...]:
    """Some bytes of a SHA-256 of a VAE's weights: another VAE has others."""
    found = hashlib.sha256()
    for name, tensor in sorted(vae.state_dict().items()):
        found.update(name.encode())
        found.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return tuple(found.digest()[:MARK])
