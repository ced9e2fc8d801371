"""Fixed inputs and small networks that the patients share."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from aigc_course.clinic import steps

M = TypeVar("M", bound=nn.Module)


def fixed(number: int, *shape: int) -> Tensor:
    """The normal numbers of this number, in float64, whatever was drawn before."""
    generator = torch.Generator().manual_seed(number)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def weighted(net: M, number: int) -> M:
    """The network in float64, with the weights of this number."""
    net = net.double()
    for i, weight in enumerate(net.parameters()):
        weight.data = fixed(1000 * number + i, *weight.shape) * 0.5
    return net


def players(number: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Small G and D on points in the plane, with fixed weights."""
    generator = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    discriminator = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    return weighted(generator, number), weighted(discriminator, number + 1)


def fresh_players() -> tuple[nn.Sequential, nn.Sequential]:
    """The same networks as PyTorch makes them, for a training."""
    generator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    discriminator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    return generator, discriminator


def cloud(n: int) -> Tensor:
    """Real data of the small trainings: points around (2, 0), [n, 2]."""
    return torch.randn(n, 2) * 0.5 + torch.tensor([2.0, 0.0])


def flat(tensors: Iterable[Tensor | None]) -> Tensor:
    """All of them in one row, copied; what is None counts as zero."""
    rows = [torch.zeros(1) if t is None else t.detach().flatten() for t in tensors]
    return torch.cat([row.to(torch.float64) for row in rows]).clone()


def gradients(net: nn.Module) -> Tensor:
    """The gradients of a network in one row; 0 where there is none."""
    weights = list(net.parameters())
    return flat(torch.zeros_like(w) if w.grad is None else w.grad for w in weights)


def vae_curves(
    loss: Callable[..., Tensor], count: int, rate: float = 0.02
) -> dict[str, list[float]]:
    """A small VAE on points; loss(x, decoded, z, mu, log_var), all [n, 2]."""
    encoder, decoder = nn.Linear(2, 4), nn.Linear(2, 2)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.SGD(weights, lr=rate)
    curves: dict[str, list[float]] = {"loss": [], "error": [], "KL": []}
    for _ in range(count):
        x = cloud(64)
        mu, log_var = encoder(x).chunk(2, dim=1)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        decoded = decoder(z)
        value = loss(x, decoded, z, mu, log_var)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1).mean()
        curves["loss"].append(float(value.detach()))
        curves["error"].append(float((x - decoded).detach().pow(2).mean()))
        curves["KL"].append(float(kl.detach()))
    return curves


class Coded(NamedTuple):
    """What a VAE computes on a batch, each [6, 2], in float64."""

    x: Tensor
    decoded: Tensor
    z: Tensor
    mu: Tensor
    log_var: Tensor


def coded(number: int) -> Coded:
    """Fixed values, of which decoded, z, mu and log_var are leaves with gradients."""
    x, decoded, noise, mu, log_var = (fixed(10 * number + i, 6, 2) for i in range(5))
    z = mu + (0.5 * log_var).exp() * noise
    leaves = [t.requires_grad_() for t in (decoded, z, mu, log_var)]
    return Coded(x, *leaves)


def player_step(
    g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
) -> float:
    """A healthy step of one player of `steps.gan_step`; returns its loss."""
    fake = g(torch.randn(len(x), steps.LATENT))
    loss = steps.non_saturating(d(fake), d(x))
    if player == "D":
        loss = steps.cross_entropy(d(x), d(fake.detach()))
    opts[player].zero_grad()
    loss.backward()
    opts[player].step()
    return float(loss.detach())
