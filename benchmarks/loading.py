"""Images per second: `data.batches` against torchvision's MNIST with a DataLoader.

Both give shuffled float32 batches [64, 1, 28, 28] in [-1, 1] of the same images. They
are timed in turn, pair after pair, since absolute times drift on shared machines; the
ratio within a pair is what counts. Prints JSON.

    python benchmarks/loading.py --pairs 5 --seconds 3
"""

import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import chain, repeat
from pathlib import Path

import click
import torch
import torchvision
from torch import Tensor
from torchvision import transforms

from aigc_course import data
from aigc_course.data.catalogue import MNIST


def ours(images: data.ImageSet) -> Iterator[Tensor]:
    return data.batches(images, 64)


def torchvisions(images: data.ImageSet) -> Iterator[Tensor]:
    """The usual loop: a PIL image, ToTensor and Normalize for every item."""
    scale = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
    )
    with tempfile.TemporaryDirectory() as root:
        write_layout(images, Path(root))
        dataset = torchvision.datasets.MNIST(root, transform=scale)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=64, shuffle=True, drop_last=True
    )
    return (pixels for pixels, _ in chain.from_iterable(repeat(loader)))


def write_layout(images: data.ImageSet, root: Path) -> None:
    """Lay an image set out as torchvision.datasets.MNIST wants it."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    n = len(images).to_bytes(4, "big")
    pixels = bytes([0, 0, 8, 3]) + n + bytes([0, 0, 0, 28] * 2)
    for file in MNIST.files:  # torchvision looks for all four
        whole = pixels + images.images.numpy().tobytes()
        labels = bytes([0, 0, 8, 1]) + n + bytes(images.labels.tolist())
        (raw / file.name).write_bytes(whole if len(file.shape) == 3 else labels)


def images_per_second(steps: Iterator[Tensor], seconds: float) -> float:
    next(steps)  # start-up is not counted
    seen, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        seen += len(next(steps))
    return seen / (time.perf_counter() - start)


@click.command()
@click.option("--pairs", default=5, show_default=True, help="Times each is timed.")
@click.option("--seconds", default=3.0, show_default=True, help="Length of each time.")
def main(pairs: int, seconds: float) -> None:
    """Time both loaders in turn and print what came out as JSON."""
    with redirect_stdout(sys.stderr):  # which set it is; JSON alone goes to stdout
        images = data.default()
    mine, theirs = ours(images), torchvisions(images)
    runs = [
        (images_per_second(mine, seconds), images_per_second(theirs, seconds))
        for _ in range(pairs)
    ]
    ratios = [a / b for a, b in runs]
    report = {
        "set": images.name,
        "images per second, ours": [round(a) for a, _ in runs],
        "images per second, torchvision": [round(b) for _, b in runs],
        "ratio, median": round(statistics.median(ratios), 1),
        "ratio, lowest and highest": [round(min(ratios), 1), round(max(ratios), 1)],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "threads": torch.get_num_threads(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
