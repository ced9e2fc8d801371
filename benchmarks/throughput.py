"""Images per second of the `reference` nets: the course against a plain loop.

    python benchmarks/throughput.py [--rounds 5] [--seconds 10]

The plain loop is what most tutorials show: torchvision's data set with transforms
behind a DataLoader, default memory format, default Adam, gradients for D's weights left
on while G learns. The course's trainer runs as it comes, which is in bfloat16 where the
processor multiplies that faster, and once more in float32. All train the same nets on
MNIST with batch 64. They take turns, each measurement in a fresh process, and the ratio
is taken round by round, since absolute times drift on shared machines.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from aigc_course import data, gan, training
from aigc_course.data.images import ImageSet
from aigc_course.gan import networks

from records import record  # isort: skip

BATCH = 64


class PlainSet(torch.utils.data.Dataset):
    """The images as torchvision's MNIST gives them: one PIL image, transformed."""

    def __init__(self, images: ImageSet) -> None:
        from torchvision import transforms

        self.pixels = images.images[:, 0].numpy()
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
        )

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        from PIL import Image

        return self.transform(Image.fromarray(self.pixels[index]))


def plain(images: ImageSet, seconds: float) -> float:
    """Images per second of the reference nets, trained as a tutorial would."""
    loader = torch.utils.data.DataLoader(
        PlainSet(images), BATCH, shuffle=True, drop_last=True
    )
    generator, discriminator = plain_nets()
    g_adam = torch.optim.Adam(generator.parameters(), 1e-4)
    d_adam = torch.optim.Adam(discriminator.parameters(), 1e-4)
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    clock = Clock(seconds)
    while True:
        for real in loader:
            fake = generator(torch.randn(BATCH, 100))
            d_adam.zero_grad()
            d_loss = cross_entropy(discriminator(real), ones)
            d_loss = d_loss + cross_entropy(discriminator(fake.detach()), zeros)
            d_loss.backward()
            d_adam.step()
            g_adam.zero_grad()
            cross_entropy(discriminator(fake), ones).backward()
            g_adam.step()
            if clock.over():
                return clock.speed()


def plain_nets() -> tuple[nn.Module, nn.Module]:
    """The reference nets with PyTorch's own dropout."""
    discriminator = gan.DCGANDiscriminator("reference")
    for place, layer in enumerate(discriminator.net):
        if isinstance(layer, networks.Dropout):
            discriminator.net[place] = nn.Dropout(layer.p)
    return gan.DCGANGenerator("reference"), discriminator


class Clock:
    """Counts steps for some seconds, after three steps of warm-up."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.steps, self.start = seconds, -3, 0.0

    def over(self) -> bool:
        self.steps += 1
        if self.steps == 0:
            self.start = time.perf_counter()
        return self.steps > 0 and time.perf_counter() - self.start >= self.seconds

    def speed(self) -> float:
        return self.steps * BATCH / (time.perf_counter() - self.start)


def course(images: ImageSet, seconds: float, bf16: bool | None = None) -> float:
    """Images per second of the same nets in the course's trainer, as it comes."""
    device = torch.device("cpu")
    training.prepare(device)
    history = training.fit(
        gan.build("dcgan", "reference", device),
        data.batches(images, BATCH, seed=0),
        training.Budget(seconds=seconds),
        bf16=bf16,
        progress=False,
    )
    first, last = history.rows[0], history.rows[-1]  # the first row is the warm-up
    steps = last["step"] - first["step"]
    return steps * BATCH / (last["seconds"] - first["seconds"])


LOOPS: dict[str, Callable[[ImageSet, float], float]] = {
    "plain": plain,
    "course": course,
    "course in float32": partial(course, bf16=False),
}


def fresh(name: str, seconds: float) -> float:
    """One measurement in a process of its own: no setting reaches the other loop."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(LOOPS[name], data.load("mnist"), seconds).result()


def against_plain(speeds: dict[str, list[float]], name: str) -> list[float]:
    """How many times the plain loop's speed, round by round."""
    pairs = zip(speeds[name], speeds["plain"], strict=True)
    return [round(ours / theirs, 3) for ours, theirs in pairs]


@click.command()
@click.option("--rounds", default=5, help="Pairs of measurements.")
@click.option("--seconds", default=10.0, help="Seconds for each measurement.")
def main(rounds: int, seconds: float) -> None:
    """Measure in pairs and write benchmarks/records/throughput.json."""
    speeds: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(rounds):
        for name in LOOPS:
            speeds[name].append(fresh(name, seconds))
    ratios = {k: against_plain(speeds, k) for k in LOOPS if k != "plain"}
    figures = {
        "images_per_second": {k: [round(v, 1) for v in vs] for k, vs in speeds.items()},
        "bf16": training.bf16_pays(torch.device("cpu")),
        "ratios": ratios,
        "median_ratio": {k: round(statistics.median(v), 3) for k, v in ratios.items()},
    }
    record("throughput", figures, rounds=rounds, seconds=seconds, batch=BATCH)


if __name__ == "__main__":
    main()
