"""How many decibels a denoising VAE gains on the best classical filter.

    python benchmarks/vae_denoising.py [--seeds 3] [--steps N]

Noise of standard deviation 0.5 on the [0, 1] scale of pixels, on MNIST's test images,
the same for all. Each filter has the parameter that is best on 200 random training
images. The model is `vae.DENOISER`, trained on one thread for its number of steps. PSNR
is the mean over the images of decibels (`metrics.psnr`). The bar: 3 dB above the best
filter. The record is written anew after every seed.
"""

import time
from typing import Any

import click
import torch
from records import record
from torch import Tensor

from aigc_course import classical, data, metrics, training, vae

NOISE, BAR, TUNING, SAMPLES = 0.5, 3.0, 200, 8


def noisy(images: Tensor, seed: int) -> Tensor:
    """Images in [-1, 1] with the noise, which is twice as strong on that scale."""
    seeded = torch.Generator().manual_seed(seed)
    return images + 2 * NOISE * torch.randn(images.shape, generator=seeded)


def scores(found: Tensor, clean: Tensor) -> dict[str, float]:
    """PSNR in decibels with its standard error, and SSIM."""
    psnr = metrics.psnr(found, clean)
    return {
        "psnr": round(psnr.mean, 3),
        "psnr_error": round(psnr.error, 3),
        "ssim": round(metrics.ssim(found, clean).mean, 4),
    }


def filters(test: Tensor) -> dict[str, Any]:
    """What noise leaves, and each filter at its best."""
    known = data.to_float(data.subset(data.load("mnist"), TUNING).images)
    seen, found = (
        noisy(test, 0),
        {"noise alone": scores(noisy(test, 0).clamp(-1, 1), test)},
    )
    for name in classical.FILTERS:
        best = classical.best_filter(noisy(known, 1), known, [name])
        found[name] = {"parameter": best.parameter, **scores(best(seen), test)}
    return found


def model(seed: int, steps: int, test: Tensor) -> dict[str, Any]:
    """Train one denoiser and see what it leaves."""
    training.seed_everything(seed)
    learner = vae.DENOISER.build()
    assert isinstance(learner, vae.DenoisingVAE)
    batches = data.batches(data.load("mnist"), vae.DENOISER.batch_size, seed=seed)
    start = time.process_time()
    training.fit(learner, batches, training.Budget(steps=steps), progress=False)
    seconds = time.process_time() - start
    seeded = torch.Generator().manual_seed(seed)
    mean = learner.denoise(noisy(test, 0), samples=SAMPLES, generator=seeded)
    return {
        "seed": seed,
        "training_cpu_seconds": round(seconds),
        **scores(learner.denoise(noisy(test, 0)), test),
        f"mean_of_{SAMPLES}": scores(mean, test),
    }


def summary(classic: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All seeds against the best filter."""
    best = max((name for name in classic), key=lambda name: classic[name]["psnr"])
    gains = [round(row["psnr"] - classic[best]["psnr"], 3) for row in rows]
    return {
        "bar": BAR,
        "best_filter": best,
        "best_filter_psnr": classic[best]["psnr"],
        "least_psnr": min(row["psnr"] for row in rows),
        "least_gain": min(gains),
        "reached": min(gains) >= BAR,
        "filters": classic,
        "seeds": rows,
    }


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=vae.DENOISER.steps)
@click.option("--images", default=10_000, help="Test images.")
def main(seeds: int, steps: int, images: int) -> None:
    """Measure and write benchmarks/records/vae_denoising.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.to_float(data.subset(data.load("mnist", "test"), images).images)
    classic, rows = filters(test), []
    for seed in range(seeds):
        rows.append(model(seed, steps, test))
        settings = {"noise": NOISE, "steps": steps, "images": images}
        record("vae_denoising", summary(classic, rows), **settings, seeds=len(rows))


if __name__ == "__main__":
    main()
