"""Second stages: a learned prior over the latents that a VAE's encoder really gives.

A VAE is trained with the prior N(0, I), yet over the data its encoder spreads the
latents as the aggregated posterior q(z) = E_x[q(z|x)], which is another distribution.
What is drawn from N(0, I) may lie where the decoder has seen nothing. A second stage
models q(z) and leaves encoder and decoder as they are.
"""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.learner import Learner, Optimiser, images_and_labels
from aigc_course.vae import losses
from aigc_course.vae.learner import VAE
from aigc_course.vae.observations import to_unit

MOST = 20_000  # latents that the mixture is fitted to


class SecondStage:
    """Latents drawn anew, and the first stage's decoder, which stays as it is."""

    model: VAE

    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw n latents of the model: [n, latent]."""
        raise NotImplementedError

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw n images by both stages: [n, 1, 28, 28] in [-1, 1]."""
        return self.model.decode(self.latents(n, generator, temperature))


class MixturePrior(SecondStage):
    """A Gaussian mixture in place of N(0, I) (as in Ghosh et al. 2020, section 4).

    sum_k w_k N(m_k, S_k), by expectation-maximisation on latents z ~ q(z|x), one for
    each image.

    model: an unconditional VAE, which stays as it is. images: [N, 1, 28, 28] in
    [-1, 1]; of more than MOST a random part is taken. components: how many normals.
    seed: of the choice, of the latents and of the mixture's start. Raises CourseError
    for a conditional model, images that do not fit, or fewer than two images per
    component.
    """

    def __init__(
        self, model: VAE, images: Tensor, components: int = 50, seed: int = 0
    ) -> None:
        from sklearn.mixture import GaussianMixture

        validate.whole(components, "The number of components")
        _unconditional(model)
        if len(images) < 2 * components:
            raise CourseError(
                f"A mixture of {components} needs at least {2 * components} images; got"
                f" {len(images)}."
            )
        seeded = torch.Generator().manual_seed(seed)
        if len(images) > MOST:  # at random: the files of digits are sorted by writer
            images = images[torch.randperm(len(images), generator=seeded)[:MOST]]
        mean, log_variance = (part.cpu() for part in model.encode(images))
        z = losses.reparameterise(mean, log_variance, generator=seeded)
        mixture = GaussianMixture(components, random_state=seed, reg_covar=1e-4)
        mixture.fit(z.double().numpy())
        self.model = model
        self.weights = torch.from_numpy(mixture.weights_)  # [K]
        self.means = torch.from_numpy(mixture.means_)  # [K, latent]
        covariances = torch.from_numpy(mixture.covariances_)  # [K, latent, latent]
        self.factors = torch.linalg.cholesky(covariances)  # L L^T = S

    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw z = m_k + temperature L_k e with k ~ w: float32 [n, latent].

        Raises CourseError when n is not positive or the temperature negative.
        """
        validate.whole(n, "The number of samples")
        validate.at_least_zero(temperature, "The temperature")
        k = torch.multinomial(self.weights, n, True, generator=generator)  # [n]
        shape = n, self.means.shape[1], 1
        e = torch.randn(shape, generator=generator, dtype=torch.float64)
        return (self.means[k] + temperature * (self.factors[k] @ e)[..., 0]).float()


class LatentVAE(SecondStage, Learner["_Second"]):
    """A VAE over another VAE's latents (Dai & Wipf 2019, section 4).

    q(u|z) and p(z|u) = N(m(u), s^2 I) with learned s, u of the size of z. Sampling goes
    u ~ N(0, I), then z, then the first stage's image.

    model: an unconditional VAE, trained, which stays as it is. width: of its two hidden
    layers. lr, betas, decay_start, final_lr_factor: see `training.Optimiser`. Raises
    CourseError for a conditional model and settings out of range.
    """

    def __init__(
        self,
        model: VAE,
        *,
        width: int = 512,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        decay_start: float = 0.3,
        final_lr_factor: float = 0.0,
        ema: float | None = 50_000,
    ) -> None:
        validate.whole(width, "A layer's width")
        _unconditional(model)
        self.model, self.first = model, model.trained()
        latent = model.networks.latent
        device = next(self.first.parameters()).device
        networks = _Second(latent, width).to(device)
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "lr_warmup": 20_000,
        }
        super().__init__(descent=Optimiser(networks, lr, betas, ema=ema, **schedule))

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from the latents of images [B, 1, 28, 28] in [-1, 1].

        Returns the loss, -E[log p(z|u)] and the KL in nats, and s.
        """
        x = to_unit(images_and_labels(batch)[0])  # [B, 1, 28, 28]
        with torch.no_grad():
            z = losses.reparameterise(*self.first.encode(x))  # [B, latent]
        nets = self.networks
        mean, log_variance = nets.encoder(z).to(z.dtype).chunk(2, -1)  # q(u|z)
        u = losses.reparameterise(mean, log_variance)  # [B, latent]
        # -ELBO = -E_q[log N(z; m(u), s^2)] + KL(q(u|z) || N(0, I))
        log_pz = losses.gaussian(z, nets.decoder(u).to(z.dtype), nets.log_variance)
        kl = losses.kl_standard_normal(mean, log_variance)
        loss = -losses.elbo(log_pz, kl).mean()
        self.descent.descend(loss, len(z))
        seen = {"loss": loss, "reconstruction": -log_pz.mean(), "KL": kl.mean()}
        seen["s"] = (nets.log_variance / 2).exp()
        return {name: value.detach() for name, value in seen.items()}

    @torch.no_grad()
    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """Draw z = m(u) + temperature s e, u ~ N(0, temperature^2 I): [n, latent].

        Raises CourseError when n is not positive or the temperature negative.
        """
        validate.whole(n, "The number of samples")
        validate.at_least_zero(temperature, "The temperature")
        nets = self.trained()
        size = 2, n, self.model.networks.latent
        device = generator.device if generator else nets.log_variance.device
        u, e = temperature * torch.randn(size, generator=generator, device=device)
        s = (nets.log_variance / 2).exp()
        return nets.decoder(u.to(s.device)) + s * e.to(s.device)


class _Second(nn.Module):
    """Encoder [N, latent] to [N, 2 latent], decoder to [N, latent], and log s^2."""

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.encoder = _mlp(latent, width, 2 * latent)
        self.decoder = _mlp(latent, width, latent)
        # small, or the latents pass for noise before anything is learned of them
        self.log_variance = nn.Parameter(torch.tensor(-2.0))


def _mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, width),  # [N, width]
        nn.ReLU(),
        nn.Linear(width, width),  # [N, width]
        nn.ReLU(),
        nn.Linear(width, outputs),  # [N, outputs]
    )


def _unconditional(model: VAE) -> None:
    if model.networks.classes:
        raise CourseError(
            "A second stage models the latents of an unconditional VAE: here they would"
            " depend on the label too."
        )
