"""Filling a hole with what a generator or a VAE has learnt of whole pictures.

`Paired` with `Inpainting` learns the completion itself; here are two ways that need a
model of whole pictures only, and take any hole afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import metrics, validate
from aigc_course.classical.inpainting import mask_planes
from aigc_course.errors import CourseError
from aigc_course.gan.networks import Generator
from aigc_course.metrics.images import checked, to_float
from aigc_course.training.learner import CHUNK
from aigc_course.vae import VAE

DECAY = 0.1  # the last learning rate of an inversion, as a share of the first


def invert(
    generator: Generator,
    images: Tensor,
    mask: Tensor,
    *,
    steps: int = 150,
    starts: int = 4,
    lr: float = 0.1,
    prior: float = 1e-3,
    seed: torch.Generator | None = None,
) -> Tensor:
    """Complete images by the latents whose picture fits what is known of them.

    z* = argmin_z mean over known pixels of (G(z) - x)^2 + prior |z|^2 / dim z

    by Adam on z, from `starts` random places for each image; the one that fits best is
    taken, and its pixels fill the hole (Bora et al. 2017, Compressed Sensing using
    Generative Models, for inpainting; Yeh et al. 2017 use a weighted absolute error
    and D's opinion in place of |z|^2).

    images, mask: as `classical.inpaint` takes them, on the CPU. seed: source of the
    starts; other starts give other completions. Raises CourseError as it does.
    """
    validate.whole(steps, "The number of steps")
    validate.whole(starts, "The number of starts")
    x, hidden = _given(images, mask)
    with _still(generator):
        parts = zip(x.split(CHUNK), hidden.split(CHUNK), strict=True)
        found = [
            _closest(generator, some, hole, steps, starts, lr, prior, seed)
            for some, hole in parts
        ]
    return torch.where(hidden, torch.cat(found), x)


def posterior_completions(
    model: VAE,
    images: Tensor,
    mask: Tensor,
    *,
    rounds: int = 30,
    labels: Tensor | None = None,
    seed: torch.Generator | None = None,
) -> Tensor:
    """Complete images by a VAE: encode, decode, put the known pixels back, again.

    z ~ q(z|x), x_hidden <- E[x|z], `rounds` times: a Markov chain that comes near
    p(x_hidden | x_known) as far as q is near the true posterior (Rezende et al. 2014,
    who draw pixels as well). It starts from noise in the hole.

    images, mask: as `classical.inpaint` takes them. labels: of conditional models.
    seed: of the chain; another gives other completions. Raises CourseError as
    `classical.inpaint` and the model do.
    """
    validate.whole(rounds, "The number of rounds")
    x, hidden = _given(images, mask)
    guess = 2 * torch.rand(x.shape, generator=seed) - 1
    for _ in range(rounds):
        mean, log_variance = model.encode(torch.where(hidden, guess, x), labels)
        noise = torch.randn(mean.shape, generator=seed).to(mean)
        z = mean + (log_variance / 2).exp() * noise  # z ~ q(z|x)
        guess = model.decode(z, labels).cpu()
    return torch.where(hidden, guess, x)


@dataclass(frozen=True)
class Diversity:
    """How far several completions of the same images lie apart.

    spread: mean standard deviation, over the completions, of a hidden pixel; pixels
    reach from -1 to 1. disagreement: the share of pairs of completions of an image in
    which the shipped classifier reads two different digits.
    """

    spread: float
    disagreement: float


def diversity(completions: Sequence[Tensor], mask: Tensor) -> Diversity:
    """Measure it. completions: at least two, each [N, 1, 28, 28] in [-1, 1].

    mask: as `classical.inpaint` takes it. Raises CourseError for fewer than two.
    """
    if len(completions) < 2:
        raise CourseError("Diversity is between completions: give at least two.")
    stack = torch.stack([_given(part, mask)[0] for part in completions])  # [K, N, ...]
    hidden = _given(completions[0], mask)[1]
    spread = float(stack.std(0)[hidden].mean())
    digits = torch.stack([metrics.classify(part) for part in stack])  # [K, N]
    k = len(digits)
    differ = (digits[:, None] != digits[None]).double().sum((0, 1)) / (k * (k - 1))
    return Diversity(spread, float(differ.mean()))


def _given(images: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Images float32 and masks bool, both [N, 1, 28, 28] on the CPU."""
    x = to_float(checked(images)).cpu()
    planes = mask_planes(mask, len(x)).cpu()
    return x, planes[:, None].expand_as(x)


def _closest(
    generator: Generator,
    x: Tensor,
    hidden: Tensor,
    steps: int,
    starts: int,
    lr: float,
    prior: float,
    seed: torch.Generator | None,
) -> Tensor:
    """G(z*) for each image [N, 1, 28, 28]."""
    x, known = x.repeat(starts, 1, 1, 1), ~hidden.repeat(starts, 1, 1, 1)
    z = generator.latents(len(x), seed).requires_grad_()
    optimizer = torch.optim.Adam([z], lr)
    fall = torch.optim.lr_scheduler.ExponentialLR(optimizer, DECAY ** (1 / steps))
    for _ in range(steps):
        fit = _misfit(generator(z), x, known)  # [starts N]
        loss = (fit + prior * z.square().mean(1)).sum()
        (z.grad,) = torch.autograd.grad(loss, z)
        optimizer.step()
        fall.step()
    with torch.no_grad():
        pictures = generator(z)
        fit = _misfit(pictures, x, known).view(starts, -1)  # [starts, N]
    rows = fit.argmin(0) * fit.shape[1] + torch.arange(fit.shape[1])
    return pictures[rows]


def _misfit(pictures: Tensor, x: Tensor, known: Tensor) -> Tensor:
    """Mean square error over each image's known pixels, [N]."""
    errors = ((pictures - x) * known).square().sum((1, 2, 3))
    return errors / known.sum((1, 2, 3))


class _still:
    """The network evaluating and without gradients for its weights in the block."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.network = network
        self.before = [(p, p.requires_grad) for p in network.parameters()]
        self.training = network.training

    def __enter__(self) -> None:
        self.network.eval().requires_grad_(False)

    def __exit__(self, *error: object) -> None:
        self.network.train(self.training)
        for parameter, wanted in self.before:
            parameter.requires_grad_(wanted)
