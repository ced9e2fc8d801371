"""A training step opened up, so that invariants can look at its parts.

The prefabricated steps are small and healthy; a patient replaces one part of one.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss, softplus

LATENT, WIDTH, BATCH = 4, 16, 64

Losses = Callable[[Tensor], Mapping[str, Tensor]]
Optimizers = dict[str, torch.optim.Optimizer]


@dataclass
class Step:
    """One training step and its parts.

    networks: by player, such as "G" and "D". inputs: a batch of each, [n, ...].
    batch: real data, [n, ...]. losses: (batch) -> by player its loss, with its graph.
    advance: (batch, player) -> None, one optimiser step. aims: by player what it wants
    to be larger, measured without its loss. draws: the losses depend on random numbers.
    """

    networks: dict[str, nn.Module]
    inputs: dict[str, Any]
    batch: Tensor
    losses: Losses
    advance: Callable[[Tensor, str], object]
    aims: dict[str, Callable[[], Tensor]]
    draws: bool = True

    def kept(self) -> dict[str, list[Tensor]]:
        """A copy of all parameters, by player."""
        return {
            name: [p.detach().clone() for p in network.parameters()]
            for name, network in self.networks.items()
        }


def points(n: int = BATCH) -> Tensor:
    """n real points around (2, 0), [n, 2]."""
    return torch.randn(n, 2) * 0.5 + torch.tensor([2.0, 0.0])


def small_generator() -> nn.Module:
    """[n, LATENT] -> points [n, 2]."""
    return nn.Sequential(nn.Linear(LATENT, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2))


def small_discriminator() -> nn.Module:
    """Points [n, 2] -> logits [n, 1]."""
    return nn.Sequential(nn.Linear(2, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))


def non_saturating(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """L_G = -E[log D(G(z))] (Goodfellow et al. 2014, section 3)."""
    return softplus(-fake_logits).mean()


def cross_entropy(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = -E[log D(x)] - E[log(1 - D(G(z)))] (Goodfellow et al. 2014, eq. 1)."""
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def two_adams(g: nn.Module, d: nn.Module) -> Optimizers:
    """An optimiser for each player."""
    return {
        name: torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.5, 0.99))
        for name, network in (("G", g), ("D", d))
    }


def gan_step(
    *,
    generator: Callable[[], nn.Module] = small_generator,
    discriminator: Callable[[], nn.Module] = small_discriminator,
    g_loss: Callable[[Tensor, Tensor], Tensor] = non_saturating,
    d_loss: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    optimizers: Callable[[nn.Module, nn.Module], Optimizers] = two_adams,
    advance: Callable[[nn.Module, nn.Module, Optimizers, Tensor, str], object]
    | None = None,
    batch: Callable[[], Tensor] = points,
) -> Step:
    """A GAN step on points in the plane; any part can be another.

    g_loss(fake_logits, real_logits), d_loss(real_logits, fake_logits).
    advance(G, D, optimizers, batch, player) takes the step of one player.
    """
    g, d, real = generator(), discriminator(), batch()
    opts = optimizers(g, d)

    def losses(x: Tensor) -> dict[str, Tensor]:
        fake = g(torch.randn(len(x), LATENT))
        taught = d_loss(d(x), d(fake.detach()))
        return {"G": g_loss(d(fake), d(x)), "D": taught}

    def usual(x: Tensor, player: str) -> None:
        opts[player].zero_grad()
        losses(x)[player].backward()
        opts[player].step()

    def own(x: Tensor, player: str) -> None:
        assert advance is not None
        advance(g, d, opts, x, player)

    z = torch.randn(BATCH, LATENT)
    return Step(
        {"G": g, "D": d},
        {"G": z, "D": real},
        real,
        losses,
        own if advance else usual,
        {
            "G": lambda: d(g(z)).mean(),
            "D": lambda: d(real).mean() - d(g(z)).mean(),
        },
    )


class SmallVAE(nn.Module):
    """x [n, 2] -> (reconstruction, mu, log_var), one latent number."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw in training, decode."""
        mu, log_var = self.encoder(x).chunk(2, dim=1)
        noise = torch.randn_like(mu) if self.training else torch.zeros_like(mu)
        z = mu + (0.5 * log_var).exp() * noise
        return self.decoder(z), mu, log_var


def negative_elbo(x: Tensor, recon: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """-ELBO of a Gaussian with variance 1 (Kingma & Welling 2014, eq. 10), per sample.

    KL = 1/2 sum(mu^2 + sigma^2 - log sigma^2 - 1).
    """
    kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(dim=1)
    return (0.5 * (x - recon).square().sum(dim=1) + kl).mean()


def _encoder() -> nn.Module:
    return nn.Sequential(nn.Linear(2, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2))


def _decoder() -> nn.Module:
    return nn.Sequential(nn.Linear(1, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2))


def vae_step(
    *,
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = negative_elbo,
    encoder: Callable[[], nn.Module] = _encoder,
    decoder: Callable[[], nn.Module] = _decoder,
    batch: Callable[[], Tensor] = points,
) -> Step:
    """A step of a VAE on points; loss(x, recon, mu, log_var).

    What it wants: a larger ELBO, measured by the formula with the latent at its mean.
    """
    vae, x = SmallVAE(encoder(), decoder()), batch()
    optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3)

    def elbo() -> Tensor:
        was, _ = vae.training, vae.eval()
        value = -negative_elbo(x, *vae(x))
        vae.train(was)
        return value

    return _single("VAE", vae, x, lambda b: loss(b, *vae(b)), optimizer, elbo, True)


def module_step(
    make: Callable[[], nn.Module], inputs: Any, target: Tensor | None = None
) -> Step:
    """A network that learns a fixed target by its mean square error.

    target: random numbers of the output's shape by default. What it wants: to come
    closer to the target.
    """
    network = make()
    if target is None:
        with torch.no_grad():
            target = torch.randn_like(copy.deepcopy(network).eval()(inputs)) + 1
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def loss(x: Any) -> Tensor:
        out, wanted = network(x), target
        if len(out) != len(wanted):  # a doubled batch
            wanted = wanted.repeat(len(out) // len(wanted), *[1] * (wanted.ndim - 1))
        return mse_loss(out, wanted)

    return _single(
        "N", network, inputs, loss, optimizer, lambda: -loss(inputs), draws=False
    )


def _single(
    name: str,
    network: nn.Module,
    x: Any,
    loss: Callable[[Any], Tensor],
    optimizer: torch.optim.Optimizer,
    aim: Callable[[], Tensor],
    draws: bool,
) -> Step:
    def advance(batch: Any, player: str) -> None:
        optimizer.zero_grad()
        loss(batch).backward()
        optimizer.step()

    return Step(
        {name: network},
        {name: x},
        x,
        lambda b: {name: loss(b)},
        advance,
        {name: aim},
        draws,
    )
