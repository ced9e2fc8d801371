"""Images per second of the classic VAE: the course against a plain script.

    python benchmarks/vae_throughput.py [--rounds 5] [--seconds 10] [--threads 2]

The plain script is what most tutorials show: torchvision's data set with a transform
behind a DataLoader that fetches image by image, sigmoid outputs with binary
cross-entropy on them, default Adam. The course trains the same 784-400-20 in its own
loop with its own data pipeline, batch size and number of latents alike, once as it
comes (bfloat16 where the processor multiplies that faster) and once in float32. Each
measurement is a fresh process; they take turns, and the ratio is taken round by round.
The clock counts, as it does for whoever waits; images per CPU second, which other work
on the machine disturbs less, stand beside it.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import click
import torch
from records import record
from throughput import PlainSet
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from aigc_course import data, models, training
from aigc_course.data.images import ImageSet

BATCH = 128
WARM_UP = 5  # steps
Speed = tuple[float, float]  # images per second, and per CPU second


class PlainVAE(nn.Module):
    """784-400-20 with an output for the mean and one for the log-variance."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean, self.log_variance = nn.Linear(400, 20), nn.Linear(400, 20)
        self.up, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels [N, 784] to their reconstruction, mean and log-variance."""
        h = torch.relu(self.hidden(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        h = torch.relu(self.up(z))
        return torch.sigmoid(self.out(h)), mean, log_variance


class UnitSet(PlainSet):
    """Pixels in [0, 1] with their label, one at a time, as torchvision's MNIST does."""

    def __init__(self, images: ImageSet) -> None:
        from torchvision import transforms

        super().__init__(images)
        self.transform, self.labels = transforms.ToTensor(), images.labels

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return super().__getitem__(index), int(self.labels[index])


class Clock:
    """Counts images per second, after some steps of warm-up."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.steps = seconds, -WARM_UP
        self.start = self.cpu_start = 0.0

    def over(self) -> bool:
        """Count one step; whether the time is up."""
        self.steps += 1
        if self.steps == 0:
            self.start, self.cpu_start = time.perf_counter(), time.process_time()
        return self.steps > 0 and time.perf_counter() - self.start >= self.seconds

    def speed(self) -> tuple[float, float]:
        """Images per second, and per CPU second."""
        images = self.steps * BATCH
        wall, cpu = time.perf_counter() - self.start, time.process_time()
        return images / wall, images / (cpu - self.cpu_start)


def plain(images: ImageSet, seconds: float) -> Speed:
    """As a tutorial trains."""
    loader = torch.utils.data.DataLoader(UnitSet(images), BATCH, shuffle=True)
    model, clock = PlainVAE(), Clock(seconds)
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    while True:
        for x, _ in loader:
            x = x.view(len(x), 784)
            adam.zero_grad()
            rebuilt, mean, log_variance = model(x)
            entropy = binary_cross_entropy(rebuilt, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            (entropy + kl).backward()
            adam.step()
            if clock.over():
                return clock.speed()


def course(images: ImageSet, seconds: float, bf16: bool | None = None) -> Speed:
    """In the course's trainer."""
    training.prepare(torch.device("cpu"))
    if bf16 is None:
        bf16 = training.bf16_pays(torch.device("cpu"))
    model, clock = models.get("vae", "reference").build(), Clock(seconds)
    batches, step = data.batches(images, BATCH), model.step

    def counted(batch: Tensor) -> dict[str, Tensor]:
        values = step(batch)
        if clock.over():
            raise TimeoutError
        return values

    model.step = counted
    budget = training.Budget(epochs=1_000)
    try:
        training.fit(model, batches, budget, bf16=bf16, progress=False)
    except TimeoutError:
        return clock.speed()
    raise AssertionError("the clock ends the training")


LOOPS: dict[str, Callable[[ImageSet, float], Speed]] = {
    "plain": plain,
    "course": course,
    "course in float32": partial(course, bf16=False),
}


def measured(name: str, seconds: float, threads: int) -> Speed:
    """One measurement."""
    torch.set_num_threads(threads)
    return LOOPS[name](data.load("mnist"), seconds)


def fresh(name: str, seconds: float, threads: int) -> Speed:
    """One measurement in a process of its own: no setting reaches the other loop."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measured, name, seconds, threads).result()


def compared(speeds: dict[str, list[float]]) -> dict[str, Any]:
    """Every speed, and how many times the plain script's, round by round."""
    ratios = {
        name: [
            round(ours / theirs, 3)
            for ours, theirs in zip(speeds[name], speeds["plain"], strict=True)
        ]
        for name in LOOPS
        if name != "plain"
    }
    return {
        "speeds": {k: [round(v, 1) for v in values] for k, values in speeds.items()},
        "ratios": ratios,
        "median_ratio": {k: round(statistics.median(v), 3) for k, v in ratios.items()},
    }


@click.command()
@click.option("--rounds", default=5, help="Pairs of measurements.")
@click.option("--seconds", default=10.0, help="For each measurement.")
@click.option("--threads", default=2, help="Of each loop.")
def main(rounds: int, seconds: float, threads: int) -> None:
    """Measure in pairs and write benchmarks/records/vae_throughput.json."""
    found: dict[str, list[Speed]] = {name: [] for name in LOOPS}
    for _ in range(rounds):
        for name in LOOPS:
            found[name].append(fresh(name, seconds, threads))
    wall, cpu = (
        compared({name: [pair[i] for pair in pairs] for name, pairs in found.items()})
        for i in (0, 1)
    )
    figures = {"per_second": wall, "per_cpu_second": cpu}
    figures |= {"bf16": training.bf16_pays(torch.device("cpu"))}
    settings = {"rounds": rounds, "seconds": seconds, "batch": BATCH}
    record("vae_throughput", figures, **settings, threads_each=threads)


if __name__ == "__main__":
    main()
