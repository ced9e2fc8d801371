"""Generators and discriminators for 28 x 28 images, output shapes beside each layer.

Generators map latents [N, latent] to images [N, 1, 28, 28] in [-1, 1] (they end in
tanh); discriminators map such images to one logit each, [N, 1].
"""

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError

PRESETS = ("fast", "reference")
HIDDEN = 384  # units of the fast generator's fully connected layers


class Generator(nn.Module):
    """A generator: `net` maps latents [N, latent] to images [N, 1, 28, 28]."""

    def __init__(self, latent: int, layers: list[nn.Module]) -> None:
        super().__init__()
        self.latent = latent
        self.net = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, latent] to images [N, 1, 28, 28] in [-1, 1]."""
        # the same type out as in, also where autocast computes in bfloat16
        return self.net(z).to(z.dtype)

    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Standard normal latents [n, latent] on the network's device.

        With a CPU `generator` the numbers are the same on every device. Raises
        CourseError for labels, which only conditional networks understand.
        """
        validate.labels(labels, n, classes=0)
        device = next(self.parameters()).device
        if generator is None:
            return torch.randn(n, self.latent, device=device)
        z = torch.randn(n, self.latent, generator=generator, device=generator.device)
        return z.to(device)


class Discriminator(nn.Module):
    """A discriminator or critic: `net` maps images [N, 1, 28, 28] to logits [N, 1]."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] to logits [N, 1]."""
        return self.net(x).to(x.dtype)


class Dropout(nn.Module):
    """Each value becomes 0 with probability p, the others are divided by 1 - p.

    The same as nn.Dropout (Srivastava et al. 2014), whose mask takes about three times
    as long to draw on a CPU.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Any shape in, the same shape out; the identity in evaluation mode."""
        if not self.training:
            return x
        keep = torch.rand_like(x, dtype=torch.float32) >= self.p
        return x * keep / (1 - self.p)


class MLPGenerator(Generator):
    """Fully connected generator, 100-128-256-512-1024-784."""

    def __init__(self, latent: int = 100) -> None:
        sizes = (128, 256, 512, 1024)
        layers: list[nn.Module] = []
        for inputs, outputs in zip((latent, *sizes), sizes, strict=False):
            # [N, inputs] -> [N, outputs]
            layers += [nn.Linear(inputs, outputs), *_norm_1d(outputs, inputs != latent)]
            layers += [nn.LeakyReLU(0.2)]
        layers += [nn.Linear(1024, 784), nn.Tanh()]  # [N, 784]
        layers += [nn.Unflatten(1, (1, 28, 28))]  # [N, 1, 28, 28]
        super().__init__(latent, layers)


class MLPDiscriminator(Discriminator):
    """Fully connected discriminator, 784-1024-512-256-128-1, with dropout 0.3."""

    def __init__(self) -> None:
        sizes = (784, 1024, 512, 256, 128)
        layers: list[nn.Module] = [nn.Flatten()]  # [N, 784]
        for inputs, outputs in zip(sizes, sizes[1:], strict=False):
            # [N, inputs] -> [N, outputs]
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2), Dropout(0.3)]
        layers += [nn.Linear(128, 1)]  # [N, 1]
        super().__init__(layers)


class DCGANGenerator(Generator):
    """Transposed-convolution generator (Radford et al. 2016) in two presets.

    "reference" is the classic 7*7*256 -> 128 -> 64 -> 1 with 5 x 5 kernels. "fast"
    keeps the maps narrow, `width` channels at 7 x 7 and half as many at 14 x 14 (Chen
    et al. 2016, InfoGAN, table 1), and puts three fully connected layers before them:
    they help it to keep the ten digits apart.

    channels: of the images, in the fast preset; 3 for stacked digits.
    Raises CourseError for an unknown preset.
    """

    def __init__(
        self, preset: str = "fast", width: int = 32, channels: int = 1
    ) -> None:
        if _known(preset) == "reference":
            super().__init__(100, _reference_generator())
        else:
            super().__init__(64, fast_generator(64, width, channels))


class DCGANDiscriminator(Discriminator):
    """Convolutional discriminator that mirrors DCGANGenerator, in the same presets.

    channels: of the images, in the fast preset. norm: its batch norm, which gradient
    penalties do without.
    Raises CourseError for an unknown preset.
    """

    def __init__(
        self,
        preset: str = "fast",
        width: int = 32,
        channels: int = 1,
        norm: bool = True,
    ) -> None:
        if _known(preset) == "reference":
            super().__init__(_reference_discriminator())
        else:
            super().__init__(_fast_discriminator(width, channels, norm))


def _known(preset: str) -> str:
    if preset not in PRESETS:
        raise CourseError(
            f"There is no preset {preset!r}; choose from {', '.join(PRESETS)}."
        )
    return preset


def _norm_1d(features: int, wanted: bool) -> list[nn.Module]:
    return [nn.BatchNorm1d(features)] if wanted else []


def _reference_generator() -> list[nn.Module]:
    # bias=False before batch norm: the norm subtracts it again
    return [
        nn.Linear(100, 7 * 7 * 256, bias=False),  # [N, 12544]
        nn.BatchNorm1d(7 * 7 * 256),
        nn.LeakyReLU(0.3),
        nn.Unflatten(1, (256, 7, 7)),  # [N, 256, 7, 7]
        nn.ConvTranspose2d(256, 128, 5, 1, padding=2, bias=False),  # [N, 128, 7, 7]
        nn.BatchNorm2d(128),
        nn.LeakyReLU(0.3),
        _double(128, 64, 5, bias=False),  # [N, 64, 14, 14]
        nn.BatchNorm2d(64),
        nn.LeakyReLU(0.3),
        _double(64, 1, 5, bias=False),  # [N, 1, 28, 28]
        nn.Tanh(),
    ]


def _reference_discriminator() -> list[nn.Module]:
    return [
        nn.Conv2d(1, 64, 5, stride=2, padding=2),  # [N, 64, 14, 14]
        nn.LeakyReLU(0.3),
        Dropout(0.3),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),  # [N, 128, 7, 7]
        nn.LeakyReLU(0.3),
        Dropout(0.3),
        nn.Flatten(),  # [N, 6272]
        nn.Linear(7 * 7 * 128, 1),  # [N, 1]
    ]


def fast_generator(latent: int, width: int, channels: int) -> list[nn.Module]:
    """Layers from [N, latent] to images [N, channels, 28, 28]: the "fast" preset."""
    layers: list[nn.Module] = []
    for inputs in (latent, HIDDEN, HIDDEN):
        layers += [nn.Linear(inputs, HIDDEN, bias=False)]  # [N, 384]
        layers += [nn.BatchNorm1d(HIDDEN), nn.ReLU(inplace=True)]
    layers += [
        nn.Linear(HIDDEN, 7 * 7 * width, bias=False),  # [N, 49 width]
        nn.BatchNorm1d(7 * 7 * width),
        nn.ReLU(inplace=True),
        nn.Unflatten(1, (width, 7, 7)),  # [N, width, 7, 7]
        _double(width, width // 2, 4, bias=False),  # [N, width / 2, 14, 14]
        nn.BatchNorm2d(width // 2),
        nn.ReLU(inplace=True),
        _double(width // 2, channels, 4, bias=True),  # [N, channels, 28, 28]
        nn.Tanh(),
    ]
    return start_small(layers)


def _fast_discriminator(width: int, channels: int, norm: bool) -> list[nn.Module]:
    layers: list[nn.Module] = [
        nn.Conv2d(channels, width // 2, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2, inplace=True),  # [N, width / 2, 14, 14]
        nn.Conv2d(width // 2, width, 4, stride=2, padding=1, bias=not norm),
        nn.BatchNorm2d(width),  # [N, width, 7, 7]
        nn.LeakyReLU(0.2, inplace=True),
        nn.Flatten(),  # [N, 49 width]
        nn.Linear(7 * 7 * width, 512, bias=not norm),  # [N, 512]
        nn.BatchNorm1d(512),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(512, 1),  # [N, 1]
    ]
    norms = () if norm else (nn.BatchNorm1d, nn.BatchNorm2d)
    return start_small([layer for layer in layers if not isinstance(layer, norms)])


def start_small(layers: list[nn.Module]) -> list[nn.Module]:
    """Draw all weights from N(0, 0.02^2), biases 0 (Radford et al. 2016, section 4)."""
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return layers


def _double(inputs: int, outputs: int, kernel: int, bias: bool) -> nn.ConvTranspose2d:
    """A transposed convolution that doubles height and width.

    out = (in - 1) stride - 2 padding + kernel + output_padding = 2 in, with stride 2.
    """
    padding = (kernel - 1) // 2
    extra = 2 * padding + 2 - kernel
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, extra, bias=bias)
