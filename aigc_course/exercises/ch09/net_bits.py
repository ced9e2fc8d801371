"""Exercise on bits-back coding."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.net_bits",
    order=60,
    title="What bits-back coding costs in the end",
    difficulty=2,
    minutes=8,
    idea="Pushing the image and the latent makes the message longer. Popping the latent"
    " beforehand made it shorter, by what the posterior says.",
    formula="bits = (-log p(x|z) - log p(z) + log q(z|x)) / log 2.",
    line="Return `(log_q - log_px - log_pz) / math.log(2)`.",
    variation="Draw a thousand latents of one image and compute the spread of these"
    " bits. Say what it would be if q were the true posterior.",
    asks="derive",
)


@exercise.answer
def net_bits(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """Bits by which a message grows for each image, by bits-back coding: [N].

    log_px: log p(x|z); log_pz: log p(z); log_q: log q(z|x) at z ~ q(z|x), in nats, [N]
    each. Townsend et al. 2019, section 2.4.
    """
    return (-log_px - log_pz + log_q) / math.log(2)


@exercise.inputs
def nats() -> list[tuple[Tensor, Tensor, Tensor]]:
    return [
        (-60 - 20 * torch.rand(5), -20 - 5 * torch.rand(5), 10 * torch.rand(5)),
        (-3 * torch.rand(4), -torch.rand(4), -torch.rand(4)),
        (-700 - 9 * torch.rand(3), -80 - torch.rand(3), -30 - torch.rand(3)),
    ]


@exercise.must_hold
def nothing_hidden(f) -> bool:
    """A posterior that is the prior gives all bits of the latent back."""
    log_px, log_pz = -50 - torch.rand(4), -9 - torch.rand(4)
    return same(f(log_px, log_pz, log_pz), -log_px / math.log(2))


@exercise.must_hold
def one_bit_dearer(f) -> bool:
    """An image half as likely costs one bit more."""
    (log_px, log_pz, log_q) = nats()[0]
    more = f(log_px - math.log(2), log_pz, log_q) - f(log_px, log_pz, log_q)
    return same(more, torch.ones(5), 1e-3)


@exercise.mistake(hint="idea")
def nothing_back(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """The bits that come back are missing: the latent was popped from the message, as
    if it had been coded with q, and that took -log2 q bits off."""
    return -(log_px + log_pz) / math.log(2)


@exercise.mistake(hint="formula")
def paid_twice(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """You add the latent's bits under q once more. They come back: subtract
    -log2 q."""
    return -(log_px + log_pz + log_q) / math.log(2)


@exercise.mistake(hint="formula")
def left_in_nats(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """These are nats; divide by log 2 for bits."""
    return log_q - log_px - log_pz


@exercise.mistake(hint="idea")
def latent_for_nothing(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """You leave the latent out. Its price under the prior is more than what comes back,
    by the KL."""
    return -log_px / math.log(2)


@exercise.mistake(hint="formula")
def bits_gained(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """The sign is turned: this is by how much the message shrinks. Asked is by how much
    it grows."""
    return -net_bits(log_px, log_pz, log_q)


@exercise.mistake(hint="line")
def mean_of_images(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """You average; asked is a number for each image."""
    return net_bits(log_px, log_pz, log_q).mean()


@exercise.mistake(hint="formula")
def multiplied_by_log_two(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """You multiply by log 2. Nats become bits by dividing by log 2."""
    return (log_q - log_px - log_pz) * math.log(2)


@exercise.mistake(hint="formula")
def through_the_weights(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """Right on paper. But exp of these logarithms is 0 to the computer for images of
    many pixels, and its logarithm infinite: stay with the logarithms and divide by
    log 2."""
    return -torch.log2(torch.exp(log_px + log_pz - log_q))


@exercise.mistake(hint="formula")
def signs_of_the_latent(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """The latent has the wrong sign, as if it were popped with the prior and pushed
    with q. It is pushed with p(z), -log p(z), and popped with q, + log q(z|x)."""
    return (-log_px + log_pz - log_q) / math.log(2)


@exercise.mistake(hint="line")
def sum_of_images(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    """You add up the images; asked is a number for each."""
    return net_bits(log_px, log_pz, log_q).sum()
