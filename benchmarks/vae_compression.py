"""Bits per pixel of digits at 20 dB: a VQ-VAE's codes against JPEG's payload.

    python benchmarks/vae_compression.py [--seeds 3] [--steps N] [--prior-steps N]

All of MNIST's test images. Both are judged by `metrics.psnr`, the mean over the images
of decibels. The codec is `vae.CODEC` with a `CodePrior` that reads by `vae.MADE`, both
trained on one thread for a number of steps. Its message is written by the entropy
coder, all bytes count, and it is decoded again, which must give the reconstruction bit
by bit. Of JPEG the entropy-coded scan alone counts (see `vae.compression`), with
Huffman tables made for each image; its bits at 20 dB, and at the codec's own PSNR, are
interpolated between two qualities. PNG, exact, is beside it. The bar: at most half of
JPEG's bits, at 20 dB or above. The record is written anew after every seed.
"""

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import click
import torch
from records import record
from torch import Tensor

from aigc_course import data, metrics, training, vae

PSNR, BAR = 20.0, 0.5
PRIOR = {"reader": vae.MADE, "width": 768, "blocks": 2}  # a third of the time


class Jpeg:
    """JPEG of all `images` at a quality, and its bits per pixel at a PSNR."""

    def __init__(self, images: Tensor) -> None:
        self.images = images
        self.at = cache(self._at)

    def _at(self, quality: int) -> tuple[float, float]:
        """Mean PSNR and bits per pixel."""
        coded = [vae.jpeg_bits(image, quality) for image in self.images]
        found = torch.stack([one.image for one in coded])
        bits = sum(one.bits for one in coded) / self.images.numel()
        return metrics.psnr(found, self.images).mean, bits

    def bits(self, psnr: float) -> float:
        """Bits per pixel at this PSNR, on the line between two qualities."""
        quality = next(q for q in range(2, 100) if self.at(q)[0] >= psnr)
        (low, few), (high, many) = self.at(quality - 1), self.at(quality)
        return few + (many - few) * (psnr - low) / (high - low)


def trained(
    seed: int, steps: int, prior_steps: int
) -> tuple[vae.VQVAE, vae.CodePrior, Tensor, dict[str, int]]:
    """Codec and prior, the training images' codes, and the CPU seconds."""
    training.seed_everything(seed)
    model, images = vae.CODEC.build(), data.load("mnist")
    assert isinstance(model, vae.VQVAE)
    start = time.process_time()
    batches = data.batches(images, vae.CODEC.batch_size, seed=seed)
    training.fit(model, batches, training.Budget(steps=steps), progress=False)
    middle = time.process_time()
    codes = model.encode(data.to_float(images.images))
    prior, maps = vae.CodePrior(model, **PRIOR), vae.CodeBatches(codes)
    training.fit(prior, maps, training.Budget(steps=prior_steps), progress=False)
    seconds = {
        "codec": round(middle - start),
        "prior": round(time.process_time() - middle),
    }
    return model, prior, codes, seconds


def coded(model: vae.VQVAE, prior: Any, images: Tensor) -> Iterator[tuple[str, Any]]:
    """The message: its size, whether it comes back, and how long it took."""
    start = time.process_time()
    small = vae.compress(model, prior, images)
    yield "bits_per_pixel", round(small.bits_per_pixel, 5)
    yield "coding_cpu_seconds", round(time.process_time() - start, 1)
    back = vae.decompress(model, prior, small)
    yield "decoded_exactly", torch.equal(back, model.reconstruct(images))
    yield "psnr", round(metrics.psnr(back, images).mean, 3)


def codec(seed: int, lengths: tuple[int, int], images: Tensor) -> dict[str, Any]:
    """Train one codec and code the test images, with its prior and the plainest."""
    model, prior, codes, seconds = trained(seed, *lengths)
    size = len(model.networks.codebook.codes)
    counted = vae.compress(model, vae.CountPrior(codes, size), images)
    return {
        "seed": seed,
        "training_cpu_seconds": seconds,
        **dict(coded(model, prior, images)),
        "bits_per_pixel_by_counts": round(counted.bits_per_pixel, 5),
    }


def summary(jpeg: Jpeg, png: float, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All seeds against JPEG."""
    for row in rows:
        own = jpeg.bits(row["psnr"])
        row["share_of_jpeg_at_its_psnr"] = round(row["bits_per_pixel"] / own, 4)
    worst = max(row["bits_per_pixel"] for row in rows)
    least = min(row["psnr"] for row in rows)
    at = jpeg.bits(PSNR)
    exact = all(row["decoded_exactly"] for row in rows)
    return {
        "bar": BAR,
        "jpeg_bits_per_pixel_at_20_db": round(at, 5),
        "png_bits_per_pixel": round(png, 5),
        "greatest_bits_per_pixel": worst,
        "least_psnr": least,
        "greatest_share_of_jpeg": round(worst / at, 4),
        "reached": exact and least >= PSNR and worst <= BAR * at,
        "seeds": rows,
    }


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=vae.CODEC.steps)
@click.option("--prior-steps", default=1_200)
@click.option("--images", default=10_000, help="Test images.")
def main(seeds: int, steps: int, prior_steps: int, images: int) -> None:
    """Measure and write benchmarks/records/vae_compression.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.to_float(data.subset(data.load("mnist", "test"), images).images)
    jpeg, rows = Jpeg(test), []
    png = sum(vae.png_bits(image).bits for image in test) / test.numel()
    for seed in range(seeds):
        rows.append(codec(seed, (steps, prior_steps), test))
        settings = {"steps": steps, "prior_steps": prior_steps, "images": images}
        record("vae_compression", summary(jpeg, png, rows), **settings, seeds=len(rows))


if __name__ == "__main__":
    main()
