"""Bits per pixel of digits at 20 dB: a VQ-VAE's codes against JPEG's payload.

All test images. PSNR is the mean over the images of decibels. The codec is `vae.CODEC`
with a `CodePrior` that reads by `vae.MADE`. Its message is written by the entropy
coder, all bytes count, and it is decoded again, which must give the reconstruction bit
by bit. Of JPEG the entropy-coded scan alone counts (see `vae.compression`), with
Huffman tables made for each image; its bits at 20 dB are interpolated between two
qualities. PNG, which is exact, stands beside it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, metrics, training, vae
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study

PSNR = 20.0
PRIOR_STEPS = 1_200
PRIOR: dict[str, Any] = {"reader": vae.MADE, "width": 768, "blocks": 2}


def study() -> Study:
    """A learned codec and two that are not."""
    config = {
        "recipe": describe(vae.CODEC),
        "prior": {**PRIOR, "reader": vae.MADE.__name__},
        "prior_steps": PRIOR_STEPS,
    }
    return Study(
        "compression",
        "How many bits does a digit take, learned and not, at 20 dB?",
        {
            "codec": Method(_codec, config, "VQ-VAE with a prior over its codes."),
            "jpeg": Method(_jpeg, {"psnr": PSNR}, "JPEG's scan at 20 dB."),
            "png": Method(_png, {"exact": True}, "PNG's data, which are exact."),
        },
        columns=(
            Column("bits_per_pixel", better="lower"),
            Column("psnr", "dB"),
            Column("bits_by_counts", "per pixel, by a prior of counts", "lower"),
        ),
        failed=spoilt,
        rule="its digits are below 20 dB, or its message does not give them back",
        seconds=180,
        seeds=3,
        data="mnist",
    )


def spoilt(outcome: Mapping[str, Any]) -> bool:
    """Whether too little of the digits is left, or another thing was decoded."""
    psnr = outcome["psnr"]
    return (psnr is not None and psnr < PSNR) or not outcome.get("decoded_exactly", 1)


def _test(cell: Cell) -> Tensor:
    return data.to_float(data.load(cell.data, "test").images)


def _codec(cell: Cell) -> dict[str, Any]:
    """Train a codec and its prior, write the message, and read it again."""
    model, images = vae.CODEC.build(), data.load(cell.data)
    assert isinstance(model, vae.VQVAE) and vae.CODEC.steps
    batches = data.batches(images, vae.CODEC.batch_size, seed=cell.seed)
    fit = partial(training.fit, progress=False)
    fit(model, batches, training.Budget(steps=cell.steps(vae.CODEC.steps)))
    codes = model.encode(data.to_float(images.images))
    prior, maps = vae.CodePrior(model, **PRIOR), vae.CodeBatches(codes)
    fit(prior, maps, training.Budget(steps=cell.steps(PRIOR_STEPS)))
    test = _test(cell)
    small = vae.compress(model, prior, test)
    back = vae.decompress(model, prior, small)
    plainest = vae.CountPrior(codes, len(model.networks.codebook.codes))
    return {
        "bits_per_pixel": small.bits_per_pixel,
        "psnr": metrics.psnr(back, test).mean,
        "decoded_exactly": torch.equal(back, model.reconstruct(test)),
        "bits_by_counts": vae.compress(model, plainest, test).bits_per_pixel,
    }


def _jpeg(cell: Cell) -> dict[str, Any]:
    """Interpolate JPEG's bits between the qualities next to 20 dB."""
    test, before = _test(cell), (0.0, 0.0)
    for quality in range(1, 100):
        coded = [vae.jpeg_bits(image, quality) for image in test]
        found = torch.stack([one.image for one in coded])
        psnr = metrics.psnr(found, test).mean
        bits = sum(one.bits for one in coded) / test.numel()
        if psnr >= PSNR:
            break
        before = psnr, bits
    share = (PSNR - before[0]) / (psnr - before[0])
    return {"bits_per_pixel": before[1] + share * (bits - before[1]), "psnr": PSNR}


def _png(cell: Cell) -> dict[str, Any]:
    test = _test(cell)
    bits = sum(vae.png_bits(image).bits for image in test) / test.numel()
    return {"bits_per_pixel": bits, "psnr": None}
