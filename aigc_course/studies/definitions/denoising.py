"""How many decibels a denoising VAE gains on the best classical filter.

Noise of standard deviation 0.5 on the [0, 1] scale of pixels, on all test images, the
same for all methods. Each filter has the parameter that is best on 200 random training
images. The model is `vae.DENOISER`. PSNR is the mean over the images of decibels.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import classical, data, metrics, training, vae
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study

NOISE, TUNING, DRAWS = 0.5, 200, 8
NETWORK = "network"


def study() -> Study:
    """The noisy images as they are, each filter at its best, and the network."""
    filters = {name.replace(" ", "-"): _filter(name) for name in classical.FILTERS}
    return Study(
        "denoising",
        "How much nearer to the clean digits are a network and the best filters?",
        {
            "noise-alone": Method(_leave, {"noise": NOISE}, "Nothing is done."),
            **filters,
            NETWORK: _network(),
        },
        columns=(
            Column("psnr", "dB"),
            Column("ssim"),
            Column(f"psnr_of_{DRAWS}", f"dB, mean of {DRAWS} draws"),
        ),
        failed=lambda outcome: outcome["psnr"] is None,
        rule="its result holds a value that is not finite",
        seconds=150,
        seeds=3,
        data="mnist",
    )


def noisy(images: Tensor, seed: int) -> Tensor:
    """Images in [-1, 1] with the noise, which is twice as strong on that scale."""
    seeded = torch.Generator().manual_seed(seed)
    return images + 2 * NOISE * torch.randn(images.shape, generator=seeded)


def scores(found: Tensor, clean: Tensor) -> dict[str, Any]:
    """PSNR in decibels with its standard error, and SSIM."""
    psnr, ssim = metrics.psnr(found, clean), metrics.ssim(found, clean)
    return {"psnr": psnr.mean, "psnr_error": psnr.error, "ssim": ssim.mean}


def _test(cell: Cell) -> Tensor:
    return data.to_float(data.load(cell.data, "test").images)


def _leave(cell: Cell) -> dict[str, Any]:
    test = _test(cell)
    return scores(noisy(test, 0).clamp(-1, 1), test)


def _filter(name: str) -> Method:
    config = {"noise": NOISE, "filter": name, "tuning": TUNING}
    return Method(partial(_filtered, name), config, f"{name.capitalize()} filter.")


def _filtered(name: str, cell: Cell) -> dict[str, Any]:
    known = data.to_float(data.subset(data.load(cell.data), TUNING, cell.seed).images)
    best = classical.best_filter(noisy(known, 1), known, [name])
    test = _test(cell)
    return {"parameter": best.parameter, **scores(best(noisy(test, 0)), test)}


def _network() -> Method:
    config = {"noise": NOISE, "draws": DRAWS, "recipe": describe(vae.DENOISER)}
    return Method(_trained, config, "The denoising VAE, `vae.DENOISER`.")


def _trained(cell: Cell) -> dict[str, Any]:
    learner = vae.DENOISER.build()
    assert isinstance(learner, vae.DenoisingVAE) and vae.DENOISER.steps
    batches = data.batches(
        data.load(cell.data), vae.DENOISER.batch_size, seed=cell.seed
    )
    budget = training.Budget(steps=cell.steps(vae.DENOISER.steps))
    training.fit(learner, batches, budget, progress=False)
    test, seeded = _test(cell), torch.Generator().manual_seed(cell.seed)
    mean = learner.denoise(noisy(test, 0), samples=DRAWS, generator=seeded)
    several = {f"psnr_of_{DRAWS}": metrics.psnr(mean, test).mean}
    return {**scores(learner.denoise(noisy(test, 0)), test), **several}
