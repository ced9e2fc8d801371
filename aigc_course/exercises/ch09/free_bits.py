"""Exercise: A floor under each latent."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.free_bits",
    order=90,
    title="A floor under each latent",
    difficulty=2,
    minutes=10,
    idea="Each latent may cost `least` nats, on average over the images, without any"
    " pressure. So first the mean of each latent, then the floor, then the sum.",
    formula="sum_j max(least, mean over x of KL_j(x)).",
    line="Return `kl.mean(0).clamp(min=least).sum()`.",
    variation="Compute the gradient for a latent below the floor. Say why it can come"
    " back to life, and what it costs that it never dies.",
    asks="method",
)


@exercise.answer
def free_bits(kl: Tensor, least: float) -> Tensor:
    """The KL with a floor under each latent: a scalar, for kl [N, d] in nats.

    Kingma et al. 2016, equation 15.
    """
    return kl.mean(0).clamp(min=least).sum()


@exercise.inputs
def prices() -> list[tuple[Tensor, float]]:
    rates = torch.tensor([0.05, 0.4, 1.0, 3.0])
    return [(rates * 2 * torch.rand(9, 4), 0.5), (torch.rand(3, 4), 0.0)]


@exercise.must_hold
def no_floor(f) -> bool:
    """With a floor of 0 it is the mean KL of an image."""
    kl = torch.rand(8, 3)
    return same(f(kl, 0.0), kl.sum(1).mean())


@exercise.must_hold
def all_below(f) -> bool:
    """Where all latents are below, it is d times the floor, and no gradient."""
    kl = (0.1 * torch.rand(5, 4)).requires_grad_()
    loss = f(kl, 0.5)
    if not same(loss.detach(), torch.tensor(2.0)):
        return False
    if not loss.requires_grad:
        return True
    (slope,) = torch.autograd.grad(loss, kl)
    return same(slope, torch.zeros(5, 4))


@exercise.mistake(hint="idea")
def floor_for_each_image(kl: Tensor, least: float) -> Tensor:
    """You put the floor under every image's KL and average then. A latent may be silent
    for one image if it speaks for others: average first."""
    return kl.clamp(min=least).mean(0).sum()


@exercise.mistake(hint="idea")
def floor_under_the_sum(kl: Tensor, least: float) -> Tensor:
    """You put one floor under the whole KL. One latent with a large KL then reaches it
    alone, and the others may collapse: each latent has its own floor."""
    return kl.mean(0).sum().clamp(min=least)


@exercise.mistake(hint="formula")
def ceiling(kl: Tensor, least: float) -> Tensor:
    """You take the minimum, a ceiling: no latent would ever pay for saying more."""
    return kl.mean(0).clamp(max=least).sum()


@exercise.mistake(hint="formula")
def counted_from_the_floor(kl: Tensor, least: float) -> Tensor:
    """The gradient is right, but the value starts at 0: asked is max(least, KL), which
    counts the floor itself, so that the bound is not flattered."""
    return torch.relu(kl.mean(0) - least).sum()


@exercise.mistake(hint="formula")
def mean_of_latents(kl: Tensor, least: float) -> Tensor:
    """You average over the latents; their costs add."""
    return kl.mean(0).clamp(min=least).mean()


@exercise.mistake(hint="formula")
def sum_over_images(kl: Tensor, least: float) -> Tensor:
    """You sum over the images, so the floor is soon passed by any latent. Take the mean
    over the batch."""
    return kl.sum(0).clamp(min=least).sum()


@exercise.mistake(hint="formula")
def floor_subtracted(kl: Tensor, least: float) -> Tensor:
    """You subtract the floor everywhere, so latents below it are pressed as before and
    others are flattered. Take max(least, KL) of each."""
    return (kl.mean(0) - least).sum()


@exercise.mistake(hint="formula")
def nothing_below(kl: Tensor, least: float) -> Tensor:
    """You count 0 for latents below the floor. They count as the floor itself, so that
    the loss does not jump where a latent passes it."""
    mean = kl.mean(0)
    return (mean * (mean > least)).sum()


@exercise.mistake(hint="line")
def one_for_each_latent(kl: Tensor, least: float) -> Tensor:
    """You return a number for each latent. Their costs add: `.sum()` at the end."""
    return kl.mean(0).clamp(min=least)


@exercise.mistake(hint="line")
def mean_of_the_wrong_side(kl: Tensor, least: float) -> Tensor:
    """You average over the latents and sum over the images. Average over the images,
    dimension 0, and sum over the latents."""
    return kl.mean(1).clamp(min=least).sum()
