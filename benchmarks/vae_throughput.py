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

A profile on one thread says what could still be gained: milliseconds of the processor
for each part of both steps, the shares of operations in the course's step, and the
ratio that would be reached if only matrix products and Adam, which both need, took
time.
"""

import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import click
import torch
from records import FOLDER, machine, record
from throughput import PlainSet
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy
from torch.profiler import ProfilerActivity, profile

from aigc_course import data, models, training
from aigc_course.data.images import ImageSet
from aigc_course.files import write_json

BATCH = 128
WARM_UP = 5  # steps
Speed = tuple[float, float]  # images per second, and per CPU second
KINDS = {
    "matrix products": ("aten::mm", "aten::addmm"),
    "Adam": (
        "aten::_fused_adam_",
        "Optimizer.step#Adam.step",
        "Optimizer.zero_grad#Adam.zero_grad",
    ),
    "random numbers": ("aten::uniform_", "aten::normal_"),
    "conversions": ("aten::copy_", "aten::_to_copy"),
    "the likelihood's softplus": ("aten::softplus", "aten::softplus_backward"),
    "range checks": ("aten::aminmax", "aten::item", "aten::_local_scalar_dense"),
}
# of one step: batch, outputs, inputs of the products that 784-400-40, 20-400-784 needs
LAYERS = ((400, 784), (40, 400), (400, 20), (784, 400))


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
            plain_step(model, adam, x.view(len(x), 784))
            if clock.over():
                return clock.speed()


def plain_step(model: PlainVAE, adam: torch.optim.Adam, x: Tensor) -> None:
    """As a tutorial writes it: pixels [N, 784]."""
    adam.zero_grad()
    rebuilt, mean, log_variance = model(x)
    entropy = binary_cross_entropy(rebuilt, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    (entropy + kl).backward()
    adam.step()


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


def profiled(bf16: bool, steps: int = 200) -> dict[str, float]:
    """Shares of the time of the course's step, by kind of operation."""
    step = course_step(bf16)
    found = dict.fromkeys(KINDS, 0.0)
    for count in (WARM_UP, steps):
        with profile(activities=[ProfilerActivity.CPU]) as seen:
            for _ in range(count):
                step()
    events = seen.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    for event in events:
        for kind, names in KINDS.items():
            if event.key in names:
                found[kind] += event.self_cpu_time_total / total
    named = {name for names in KINDS.values() for name in names}
    others = [event for event in events if event.key not in named]
    found["the rest"] = sum(event.self_cpu_time_total for event in others) / total
    found["its largest"] = max(event.self_cpu_time_total for event in others) / total
    return {kind: round(share, 3) for kind, share in found.items()}


def course_step(bf16: bool) -> Callable[[], object]:
    """A step of the course, its batch included."""
    training.prepare(torch.device("cpu"))
    model = models.get("vae", "reference").build()
    batches = data.batches(data.load("mnist"), BATCH)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            model.step(next(batches))

    return step


def milliseconds(work: Callable[[], object], times: int = 150) -> float:
    """Of the processor, this thread alone: the first decile of many times."""
    for _ in range(WARM_UP):
        work()
    took = []
    for _ in range(times):
        start = time.thread_time()
        work()
        took.append(1e3 * (time.thread_time() - start))
    return round(sorted(took)[times // 10], 3)


def products(kind: torch.dtype) -> Callable[[], object]:
    """All matrix products of a step and no more: forward, and both ways back."""
    x = [torch.randn(BATCH, size, dtype=kind) for _, size in LAYERS]
    g = [torch.randn(BATCH, size, dtype=kind) for size, _ in LAYERS]
    weights = [torch.randn(shape, dtype=kind) for shape in LAYERS]

    def work() -> None:
        for i, weight in enumerate(weights):
            torch.mm(x[i], weight.t())
            torch.mm(g[i].t(), x[i])
            if i:  # no gradient goes to the pixels
                torch.mm(g[i], weight)

    return work


def parts() -> dict[str, float]:
    """Milliseconds of one thread: both steps and what they are made of."""
    torch.set_num_threads(1)
    images = data.load("mnist")
    model, kinds = PlainVAE(), {"float32": torch.float32, "bfloat16": torch.bfloat16}
    loader = iter(torch.utils.data.DataLoader(UnitSet(images), BATCH, shuffle=True))
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    x = next(loader)[0].view(BATCH, 784)
    ours, batches = models.get("vae", "reference").build(), data.batches(images, BATCH)
    batch = next(batches)
    ours.step(batch)
    found = {
        "plain, fetching a batch": milliseconds(lambda: next(loader), 60),
        "plain, its step": milliseconds(lambda: plain_step(model, adam, x)),
        "plain, of that Adam": milliseconds(adam.step),
        "course, fetching a batch": milliseconds(lambda: next(batches)),
        "course, of its step drawing pixels": milliseconds(lambda: ours.observe(batch)),
        "course, of its step Adam": milliseconds(ours.descent.adam.step),
    }
    for name, kind in kinds.items():
        step = course_step(kind == torch.bfloat16)
        found[f"course, all in {name}"] = milliseconds(step)
        found[f"matrix products in {name}"] = milliseconds(products(kind))
    return found


def what_is_left() -> dict[str, Any]:
    """Profiles, and the ratio if all but matrix products and Adam took no time."""
    torch.set_num_threads(1)
    bf16 = training.bf16_pays(torch.device("cpu"))
    load, took = round(os.getloadavg()[0], 2), parts()
    names = ["float32", "bfloat16"][: 1 + bf16]
    shares = {name: profiled(name == "bfloat16") for name in names}
    theirs = took["plain, fetching a batch"] + took["plain, its step"]
    adam = took["course, of its step Adam"]
    ratios = {n: round(theirs / took[f"course, all in {n}"], 2) for n in names}
    floors = {n: took[f"matrix products in {n}"] + adam for n in names}
    most = {n: round(theirs / floor, 2) for n, floor in floors.items()}
    return {
        "milliseconds": took,
        "shares": shares,
        "load": load,
        "ratio": ratios,
        "ratio_at_most": most,
        "in words": in_words(names[-1], theirs, took, shares[names[-1]]),
    }


def in_words(
    kind: str, theirs: float, took: dict[str, float], shares: dict[str, float]
) -> str:
    """What a step of the course spends, and what 3.5 times the plain speed would be."""
    ours, adam = took[f"course, all in {kind}"], took["course, of its step Adam"]
    drawing = took["course, of its step drawing pixels"]
    return (
        f"On one thread the plain script takes {theirs:.1f} ms for a batch and the"
        f" course {ours:.1f} ms in {kind}. Matrix products take"
        f" {took[f'matrix products in {kind}']:.1f} ms of it and Adam {adam:.1f} ms."
        f" Drawing each pixel as 0 or 1, which the plain script leaves out, takes"
        f" {drawing:.1f} ms, and conversions are {shares['conversions']:.0%} of the"
        f" step. For 3.5 times the speed a step would have to take"
        f" {theirs / 3.5:.1f} ms. What is left is many small operations:"
        f" {shares['the rest']:.0%} of the step, and the largest is"
        f" {shares['its largest']:.1%}."
    )


def renew_profile() -> None:
    """Measure the profile alone, and leave the record's speeds as they are."""
    file = FOLDER / "vae_throughput.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["figures"]["profile"] = {**what_is_left(), "machine": machine()}
    write_json(file, content)
    print(json.dumps(content["figures"]["profile"], indent=2))


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
@click.option("--profile-only", is_flag=True, help="Only renew the record's profile.")
def main(rounds: int, seconds: float, threads: int, profile_only: bool) -> None:
    """Measure in pairs and write benchmarks/records/vae_throughput.json."""
    if profile_only:
        return renew_profile()
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
    figures["profile"] = what_is_left()
    settings = {"rounds": rounds, "seconds": seconds, "batch": BATCH}
    record("vae_throughput", figures, **settings, threads_each=threads)


if __name__ == "__main__":
    main()
