"""Properties of a VAE's step; it is compared with its algorithm, by hand."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import flat, target, uniform, weights_of
from aigc_course.vae.networks import Decoder, Encoder, Networks

vae = target(
    "vae.learner",
    "VAE",
    call="VAE(networks, beta=, free_bits=, samples=).step(images in [-1, 1]) gives the"
    " readings",
    methods=("step", "anneal"),
    tolerance=2e-4,
)


def _networks(seed: int) -> Networks:
    torch.manual_seed(seed)
    body, head = nn.Flatten(), nn.Linear(784, 4)
    head.weight.data /= 3
    net = nn.Sequential(nn.Linear(2, 784), nn.Unflatten(1, (1, 28, 28)))
    return Networks(Encoder(body, head), Decoder(2, net), "bernoulli")


VAE_SETTINGS: tuple[dict[str, Any], ...] = (
    {"beta": 2.0, "kl_warmup": 0.5},
    {"free_bits": 0.1},
    {"samples": 3, "beta": 1.5},
)


def _digits(seed: int) -> Tensor:
    """Images of black and white pixels, so that binarising them changes nothing."""
    return (uniform(seed, 3, 1, 28, 28) < 0.3).float() * 2 - 1


@vae.observed
def _vae_seen(cls: Any, seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for settings in VAE_SETTINGS:
        networks = _networks(seed)
        model = cls(networks, lr=0.01, **settings)
        told = []
        for progress in (0.2, 0.7):
            model.anneal(progress)
            torch.manual_seed(seed)
            told.append(model.step(_digits(seed)))
        found += flat(*weights_of(networks), told)
    return found


@vae.equals
def _vae_want(seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for settings in VAE_SETTINGS:
        networks = _networks(seed)
        adam = torch.optim.Adam(networks.parameters(), 0.01)
        told = []
        for progress in (0.2, 0.7):
            torch.manual_seed(seed)
            torch.rand(3, 1, 28, 28)  # what binarising draws
            rise = min(1.0, progress / settings.get("kl_warmup", progress))
            told.append(_bound(networks, adam, seed, rise, settings))
        found += flat(*weights_of(networks), told)
    return found


def _bound(nets: Networks, adam: Any, seed: int, rise: float, settings: Any) -> Any:
    """One step on -L_k, or on -ELBO with free bits, written out."""
    x = (_digits(seed) + 1) / 2
    k, beta = settings.get("samples", 1), rise * settings.get("beta", 1.0)
    m, log_v = nets.encoder(x)
    e = torch.randn(k, 3, 2)
    z = m + log_v.mul(0.5).exp() * e
    logits = nets.decoder(z)
    cross = F.binary_cross_entropy_with_logits(
        logits, x.expand_as(logits), reduction="none"
    )
    log_px = -cross.sum((2, 3, 4))  # [k, 3]
    kl = 0.5 * (m.pow(2) + log_v.exp() - 1 - log_v)  # [3, 2]
    if k == 1:
        floor = settings.get("free_bits", 0.0)
        loss = beta * kl.mean(0).clamp(min=floor).sum() - log_px.mean()
    else:
        # log q(z) - log p(z): the constants of both normals cancel
        excess = 0.5 * (z.pow(2) - e.pow(2) - log_v).sum(2)
        loss = math.log(k) - torch.logsumexp(log_px - beta * excess, 0).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
    active = (m.var(0) > 0.01).float().mean()
    return [loss, -log_px.mean(), kl.sum(1).mean(), active]


@vae.must
def _overfits(cls: Any, seed: int) -> None:
    """Twenty steps on three images bring the loss down."""
    torch.manual_seed(seed)
    model, x = cls(_networks(seed), lr=0.01), _digits(seed)
    first = float(model.step(x)["loss"])
    for _ in range(20):
        last = float(model.step(x)["loss"])
    assert last < 0.95 * first
