"""Images per second of the `reference` nets: the course against a plain loop.

    python benchmarks/throughput.py [--rounds 5] [--seconds 10]

The plain loop is what most tutorials show: torchvision's data set with transforms
behind a DataLoader, default memory format, default Adam, gradients for D's weights left
on while G learns. Both train the same nets on MNIST with batch 64. The two alternate,
each measurement in a fresh process, and the ratio is taken pair by pair, since absolute
times drift on shared machines.
"""

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import click
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from aigc_course import data, gan, training
from aigc_course.data.images import ImageSet

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


def plain_steps(images: ImageSet) -> Iterator[None]:
    """Train the reference nets step by step as a tutorial would."""
    loader = torch.utils.data.DataLoader(
        PlainSet(images), BATCH, shuffle=True, drop_last=True
    )
    generator = gan.DCGANGenerator("reference")
    discriminator = gan.DCGANDiscriminator("reference")
    g_adam = torch.optim.Adam(generator.parameters(), 1e-4)
    d_adam = torch.optim.Adam(discriminator.parameters(), 1e-4)
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
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
            yield


def course_steps(images: ImageSet) -> Iterator[None]:
    """Train the same nets with the course's learner and batches."""
    training.prepare(torch.device("cpu"))
    model = gan.build("dcgan", "reference")
    batches = data.batches(images, BATCH, seed=0)
    while True:
        model.step(next(batches))
        yield


STEPS = {"plain": plain_steps, "course": course_steps}


def speed(name: str, seconds: float) -> float:
    """Images per second over `seconds`, after three steps of warm-up."""
    steps = STEPS[name](data.load("mnist"))
    for _ in range(3):
        next(steps)
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        next(steps)
        count += 1
    return count * BATCH / passed


def fresh(name: str, seconds: float) -> float:
    """`speed` in a process of its own: no setting of one loop reaches the other."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(speed, name, seconds).result()


@click.command()
@click.option("--rounds", default=5, help="Pairs of measurements.")
@click.option("--seconds", default=10.0, help="Seconds for each measurement.")
def main(rounds: int, seconds: float) -> None:
    """Measure in pairs and write benchmarks/records/throughput.json."""
    speeds: dict[str, list[float]] = {name: [] for name in STEPS}
    for _ in range(rounds):
        for name in STEPS:
            speeds[name].append(fresh(name, seconds))
    pairs = zip(speeds["course"], speeds["plain"], strict=True)
    ratios = [ours / theirs for ours, theirs in pairs]
    figures = {
        "images_per_second": {k: [round(v, 1) for v in vs] for k, vs in speeds.items()},
        "ratios": [round(ratio, 3) for ratio in ratios],
        "median_ratio": round(statistics.median(ratios), 3),
    }
    record("throughput", figures, rounds=rounds, seconds=seconds, batch=BATCH)


if __name__ == "__main__":
    main()
