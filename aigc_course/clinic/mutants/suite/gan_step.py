"""Properties of a GAN's step; it is compared with its algorithm, by hand."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import draw, flat, target, weights_of
from aigc_course.gan.networks import Discriminator
from aigc_course.gan.points import PointGenerator

Batch = list[Tensor]


gan = target(
    "gan.learner",
    "GAN",
    call="GAN(generator, discriminator, lr=(lr_g, lr_d), d_steps=, regularisers=,"
    " reg_interval=, joint=).step(real) gives the readings",
    methods=("step", "discriminator_loss", "generator_loss", "judge", "readings"),
    tolerance=2e-4,
)


LR = (0.02, 0.03)


def _players(seed: int) -> tuple[PointGenerator, Discriminator]:
    """A small G and a D without a direction in which no loss of ours changes."""
    torch.manual_seed(seed)
    last = nn.Linear(8, 1, bias=False)
    return PointGenerator(2, 2, 8, 1), Discriminator([nn.Linear(2, 8), nn.Tanh(), last])


def _real(seed: int) -> Batch:
    return [draw(seed, 6, 2, key=k).float() + 1 for k in range(2)]


def _pull(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """A regulariser that tells real from generated samples."""
    return critic(real).square().mean() + 0.3 * critic(fake).square().mean()


SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"d_steps": 2, "joint": True},
    {"loss": "relativistic", "regularisers": (_pull,), "reg_interval": 2},
)


@gan.observed
def _gan_seen(cls: Any, seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for settings in SETTINGS:
        g, d = _players(seed)
        model = cls(g, d, lr=LR, **settings)
        torch.manual_seed(seed)
        told = [model.step(batch) for batch in _real(seed)]
        found += flat(*weights_of(g, d), told)
    return found


@gan.equals
def _gan_want(seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for settings in SETTINGS:
        g, d = _players(seed)
        torch.manual_seed(seed)
        told = _alternate(g, d, _real(seed), settings)
        found += flat(*weights_of(g, d), told)
    return found


def _alternate(g: Any, d: nn.Module, batches: Batch, settings: Any) -> list[Any]:
    """Goodfellow et al. 2014, algorithm 1, with the course's two plain losses."""
    pairs = settings.get("loss") == "relativistic"
    adam_g = torch.optim.Adam(g.parameters(), LR[0], (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), LR[1], (0.5, 0.999))
    told = []
    for i, real in enumerate(batches):
        fake = g(torch.randn(len(real), 2))
        at_real, at_fake = d(real), d(fake.detach())
        if pairs:
            d_loss = -F.logsigmoid(at_real - at_fake).mean()
        else:
            d_loss = -F.logsigmoid(at_real).mean() - F.logsigmoid(-at_fake).mean()
        if "regularisers" in settings and i % 2 == 0:
            d_loss = d_loss + 2 * _pull(d, real, fake.detach())
        adam_d.zero_grad()
        d_loss.backward()
        adam_d.step()
        turn = (i + 1) % settings.get("d_steps", 1) == 0
        logits = d(fake) if turn else at_fake
        g_loss = -F.logsigmoid(logits - (at_real.detach() if pairs else 0)).mean()
        if turn:
            adam_g.zero_grad()
            g_loss.backward()
            adam_g.step()
        told.append(
            [d_loss, g_loss, at_real.sigmoid().mean(), at_fake.sigmoid().mean()]
        )
    return told


@gan.must
def _d_learns(cls: Any, seed: int) -> None:
    """Where G stands still, D learns to tell samples that are far apart."""
    g, d = _players(seed)
    model, real = cls(g, d, lr=(0.0, 0.1)), draw(seed, 32, 2).float() / 10 + 4
    for _ in range(12):
        told = model.step(real)
    assert float(told["D(x)"]) > float(told["D(G(z))"]) + 0.3


@gan.must
def _g_learns(cls: Any, seed: int) -> None:
    """Where D stands still, G's samples get larger logits, and D stays as it was."""
    g, d = _players(seed)
    before, z = weights_of(d), draw(seed, 200, 2).float()
    first = float(d(g(z)).mean())
    model = cls(g, d, lr=(0.02, 0.0))
    for _ in range(6):
        model.step(draw(seed, 32, 2).float())
    assert float(d(g(z)).mean()) > first
    assert all(torch.equal(a, b) for a, b in zip(before, weights_of(d), strict=True))
