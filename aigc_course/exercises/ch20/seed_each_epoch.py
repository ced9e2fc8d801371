"""Exercise on repairing where a seed is set."""

import torch
from torch import Tensor

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.seed_each_epoch",
    patient="c_seed_each_epoch",
    order=245,
    title="The same noise again",
    difficulty=2,
    minutes=10,
    idea="Two epochs have to differ, and a run with the same seed has to be the same."
    " So the numbers depend on two things.",
    formula="Make one seed from `seed` and `number`, such that no two pairs give the"
    " same one, for example 1,000,003 · seed + number.",
    line="Write `source = torch.Generator().manual_seed(1_000_003 * seed + number)`,"
    " `order = torch.randperm(len(images), generator=source)`, `noise ="
    " torch.randn(images.shape, generator=source, dtype=images.dtype)` and `return"
    " list((images[order] + noise).split(4))`.",
    variation="Say what happens with seed + number, when two runs with the seeds 1 and"
    " 2 are compared.",
)


@exercise.answer
def seed_each_epoch(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The batches of epoch `number`: images [n, d] in random order, with fresh
    noise."""
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


def _with(images: Tensor, one: int, other: int) -> list[Tensor]:
    first = torch.Generator().manual_seed(one)
    order = torch.randperm(len(images), generator=first)
    second = torch.Generator().manual_seed(other)
    noise = torch.randn(images.shape, generator=second, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@exercise.mistake(hint="idea")
def order_only(images, number, seed):
    """You change the order from epoch to epoch and keep the noise. The same noise
    meets other images, and is still no fresh noise: draw both anew."""
    return _with(images, 1_000_003 * seed + number, seed)


@exercise.mistake(hint="formula")
def epoch_alone(images, number, seed):
    """You use the number of the epoch as the seed. Two runs with different seeds then
    see the same order and noise: use both."""
    source = torch.Generator().manual_seed(number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@exercise.mistake(hint="formula")
def noise_left_out(images, number, seed):
    """You leave the noise out. Every epoch then shows the same images, without
    noise."""
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    return list(images[torch.randperm(len(images), generator=source)].split(4))


@exercise.mistake(hint="idea")
def global_seed(images, number, seed):
    """You seed the global generator of torch. All other parts of the program then draw
    the same numbers in each epoch: use a generator of its own."""
    torch.manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images))
    noise = torch.randn(images.shape, dtype=images.dtype)
    return list((images[order] + noise).split(4))
