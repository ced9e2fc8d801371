"""Properties of the adversarial losses and of the gradient penalties."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import Target, draw, flat, slope, target

GAN = "gan.losses"
N = 5


def _real(seed: int) -> Tensor:
    return 3 * draw(seed, N, 1, key=1)


def _fake(seed: int) -> Tensor:
    return 3 * draw(seed, N, 1, key=2)


def _discriminator(name: str) -> Target:
    made = target(
        GAN,
        name,
        call=f"{name}(real_logits, fake_logits), both [N, 1], gives a scalar",
    )

    @made.observed
    def both(f: Any, seed: int) -> list[Tensor]:
        real, fake = _real(seed), _fake(seed)
        slopes = slope(lambda a: f(a, fake), real), slope(lambda a: f(real, a), fake)
        return flat(f(real, fake), *slopes)

    @made.must
    def real_up(f: Any, seed: int) -> None:
        """Its gradient does not push the logits of real samples down."""
        real, fake = _real(seed), _fake(seed)
        found = slope(lambda a: f(a, fake), real)
        assert bool((found <= 0).all()) or name.startswith(("least", "smoothed"))

    @made.must
    def batch_size(f: Any, seed: int) -> None:
        """A batch that holds each sample twice has the same loss."""
        real, fake = _real(seed), _fake(seed)
        twice = f(torch.cat([real, real]), torch.cat([fake, fake]))
        assert torch.allclose(twice, f(real, fake))

    return made


def _generator(name: str) -> Target:
    made = target(
        GAN,
        name,
        call=f"{name}(fake_logits, real_logits), both [N, 1], gives a scalar",
    )

    @made.observed
    def both(f: Any, seed: int) -> list[Tensor]:
        real, fake = _real(seed), _fake(seed)
        return flat(f(fake, real), slope(lambda a: f(a, real), fake))

    @made.must
    def up(f: Any, seed: int) -> None:
        """Its gradient raises the logits of generated samples."""
        real, fake = _real(seed), -_fake(seed).abs() - 0.1
        assert bool((slope(lambda a: f(a, real), fake) < 0).all())

    @made.must
    def batch_size(f: Any, seed: int) -> None:
        """A batch that holds each sample twice has the same loss."""
        real, fake = _real(seed), _fake(seed)
        twice = f(torch.cat([fake, fake]), torch.cat([real, real]))
        assert torch.allclose(twice, f(fake, real))

    return made


def _expect(made: Target, formula: Callable[[Tensor, Tensor], Tensor]) -> None:
    """The value, and the gradient by autograd, of a formula of (real, fake)."""

    @made.equals
    def want(seed: int) -> list[Tensor]:
        real, fake = _real(seed), _fake(seed)
        slopes = [slope(lambda a: formula(real, a), fake)]
        if "discriminator" in made.name or "critic" in made.name:
            slopes.insert(0, slope(lambda a: formula(a, fake), real))
        return flat(formula(real, fake), *slopes)


def _bce(logits: Tensor, label: float) -> Tensor:
    aim = torch.full_like(logits, label)
    return F.binary_cross_entropy_with_logits(logits, aim)


_expect(
    _discriminator("cross_entropy_discriminator"),
    lambda real, fake: _bce(real, 1.0) + _bce(fake, 0.0),
)
_expect(
    _generator("non_saturating"),
    lambda real, fake: -torch.sigmoid(fake).log().mean(),
)
_expect(
    _generator("minimax"),
    lambda real, fake: (1 - torch.sigmoid(fake)).log().mean(),
)
_expect(
    _discriminator("least_squares_discriminator"),
    lambda real, fake: (F.mse_loss(real, real * 0 + 1) + (fake * fake).mean()) * 0.5,
)
_expect(
    _generator("least_squares_generator"),
    lambda real, fake: 0.5 * F.mse_loss(fake, fake.detach() * 0 + 1),
)
_expect(
    _discriminator("wasserstein_critic"),
    lambda real, fake: torch.cat([fake, -real]).sum() / len(real),
)
_expect(
    _generator("wasserstein_generator"),
    lambda real, fake: fake.sum() / -len(fake),
)
_expect(
    _discriminator("hinge_discriminator"),
    lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean(),
)
_expect(
    _discriminator("relativistic_discriminator"),
    lambda real, fake: -F.logsigmoid(real - fake).mean(),
)
_expect(
    _generator("relativistic_generator"),
    lambda real, fake: -F.logsigmoid(fake - real).mean(),
)
_expect(
    _discriminator("smoothed_discriminator"),
    lambda real, fake: _bce(real, 0.9) + _bce(fake, 0.0),
)


def _critic(seed: int) -> nn.Module:
    """D(x) = w tanh(V x): its slope is V^T (w (1 - tanh^2))."""
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    for i, weights in enumerate(net.parameters()):
        weights.data.copy_(draw(seed, *weights.shape, key=20 + i))
    return net


def _slopes(net: nn.Module, x: Tensor) -> Tensor:
    """The slope by the chain rule, [N, 3], with its path to the weights."""
    first, last = net[0], net[2]  # type: ignore[index]
    inner = torch.tanh(x @ first.weight.T + first.bias)  # [N, 4]
    return ((1 - inner**2) * last.weight[0]) @ first.weight


def _penalty(name: str, formula: Callable[[nn.Module, int], Tensor]) -> Target:
    made = target(
        "gan.penalties",
        name,
        call=f"{name}(discriminator, real, fake), samples [N, d], gives a scalar",
    )

    def graded(loss: Tensor, net: nn.Module) -> list[Tensor]:
        first = net[0].weight  # type: ignore[index]
        grads = torch.autograd.grad(loss, first) if loss.requires_grad else (0 * first,)
        return flat(loss, *grads)

    @made.observed
    def value(f: Any, seed: int) -> list[Tensor]:
        net, real, fake = _critic(seed), draw(seed, N, 3, key=3), draw(seed, N, 3)
        torch.manual_seed(seed)
        return graded(f(net, real, fake), net)

    @made.equals
    def want(seed: int) -> list[Tensor]:
        net = _critic(seed)
        torch.manual_seed(seed)
        return graded(formula(net, seed), net)

    @made.must
    def not_below_zero(f: Any, seed: int) -> None:
        """A penalty is at least 0."""
        net, real, fake = _critic(seed), draw(seed, N, 3, key=3), draw(seed, N, 3)
        assert float(f(net, real, fake)) >= 0

    @made.must
    def teaches_the_weights(f: Any, seed: int) -> None:
        """It has a gradient in D's weights."""
        net, real, fake = _critic(seed), draw(seed, N, 3, key=3), draw(seed, N, 3)
        loss = f(net, real, fake)
        assert loss.requires_grad, "the penalty is cut from D's weights"
        (grad,) = torch.autograd.grad(loss, [net[0].weight])  # type: ignore[index]
        assert float(grad.abs().sum()) > 0

    return made


def _between(net: nn.Module, seed: int) -> Tensor:
    real, fake, u = draw(seed, N, 3, key=3), draw(seed, N, 3), torch.rand(N, 1)
    norms = _slopes(net, u * real + (1 - u) * fake).square().sum(1).sqrt()
    return 10 * (norms - 1).pow(2).mean()


def _around(net: nn.Module, seed: int) -> Tensor:
    real = draw(seed, N, 3, key=3)
    spread = 0.5 * real.flatten().var().sqrt()
    norms = _slopes(net, real + spread * torch.randn_like(real)).square().sum(1).sqrt()
    return 10 * (norms - 1).pow(2).mean()


def _on_real(net: nn.Module, seed: int) -> Tensor:
    return _slopes(net, draw(seed, N, 3, key=3)).pow(2).sum() / (2 * N)


def _on_fake(net: nn.Module, seed: int) -> Tensor:
    return _slopes(net, draw(seed, N, 3)).pow(2).sum() / (2 * N)


# float32 random numbers are mixed with float64 samples as the penalty does it
_penalty("gradient_penalty", _between).tolerance = 1e-5
_penalty("dragan", _around)
_penalty("r1", _on_real)
_penalty("r2", _on_fake)
