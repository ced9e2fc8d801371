"""What chapter 18 says of the watermark in pixels.

    python benchmarks/watermark.py [--keys N] [--fresh N] [--marked N]

For every key: quality (PSNR, FID), the threshold from one half of the fresh pictures
and the share of the other half above it, the share of marked pictures found after each
attack, and what averaging forges and removes. Whitening, thresholds, error rates and
marked pictures come from pictures of different seeds. Regeneration is by a VAE of
chapter 08, preset fast, trained here.
"""

import hashlib
import time
from typing import Any

import click
import torch
from records import record
from torch import Tensor

from aigc_course import data, metrics, training, vae
from aigc_course.intervals import share_interval
from aigc_course.metrics.reference import estimate_to_mnist
from aigc_course.provenance import attacks, forging, keys
from aigc_course.provenance import watermark as marks
from aigc_course.provenance.geometry import registrations

VAE_STEPS = 800
OTHERS = 4_000  # unmarked pictures that the averaging attacker has
FORGED = 500


def trained_vae() -> vae.VAE:
    """The VAE of chapter 08 that regenerates pictures."""
    training.seed_everything(0)
    one = vae.RECIPES["vae", "fast"]
    model = one.build()
    batches = data.batches(data.load("mnist"), one.batch_size, seed=0)
    training.fit(model, batches, training.Budget(steps=VAE_STEPS))
    return model


def rate(scores: Tensor, limit: float) -> dict[str, Any]:
    """The share above the limit with its 95 % interval."""
    above = int((scores > limit).sum())
    low, high = share_interval(above, len(scores))
    return {
        "share": above / len(scores),
        "low": round(low, 6),
        "high": round(high, 6),
        "above": above,
        "of": len(scores),
    }


def quality(plain: Tensor, marked: Tensor) -> dict[str, float]:
    """PSNR and FID before and after."""
    decibels = metrics.psnr(marked, plain)
    before, after = metrics.features(plain), metrics.features(marked)
    return {
        "psnr_mean": round(decibels.mean, 3),
        "psnr_min": round(float(decibels.each.min()), 3),
        "fid_unmarked": round(estimate_to_mnist(before).value, 4),
        "fid_marked": round(estimate_to_mnist(after).value, 4),
        "fid_between": round(metrics.fid(before, after), 4),
    }


def one_key(
    key: bytes, plain: Tensor, calibration: Tensor, fresh: Tensor, net: vae.VAE
) -> dict[str, Any]:
    """All figures of one key."""
    mark = marks.Watermark(key, marks.standard_whitening())
    limit = marks.threshold(mark.scores(calibration))
    began = time.process_time()
    marked = mark.embed(plain)
    seconds = (time.process_time() - began) / len(plain)
    ways = {**attacks.ATTACKS, "regeneration": lambda x: attacks.regenerate(x, net)}
    found = {n: rate(mark.scores(way(marked)), limit) for n, way in ways.items()}
    test = data.load("mnist", "test").images
    unmarked = mark.scores(fresh)
    pattern = forging.estimate(marked, fresh[:OTHERS])
    forged = forging.forge(fresh[-FORGED:], pattern)
    removed = forging.remove(marked[:FORGED], pattern)
    return {
        "key": keys.name(key),
        **quality(plain, marked),
        "threshold": round(limit, 3),
        "fpr_fresh": rate(unmarked, limit),
        "fpr_fresh_exact_p": rate(-mark.p_values(unmarked), -1e-3),
        "fpr_mnist_test": rate(mark.scores(test), limit),
        "fpr_fresh_jpeg_25": rate(mark.scores(attacks.jpeg(fresh[:2000])), limit),
        "fpr_fresh_noise": rate(mark.scores(attacks.noise(fresh[:2000])), limit),
        "found": {name: value["share"] for name, value in found.items()},
        "intervals": {n: [v["low"], v["high"]] for n, v in found.items()},
        "forged_by_averaging": rate(mark.scores(forged), limit)["share"],
        "left_after_averaging": rate(mark.scores(removed), limit)["share"],
        "milliseconds_a_picture": round(1000 * seconds, 2),
    }


@click.command()
@click.option("--keys", "count", default=3, show_default=True)
@click.option("--fresh", default=20_000, show_default=True)
@click.option("--marked", default=1_000, show_default=True)
def main(count: int, fresh: int, marked: int) -> None:
    """Measure, and write benchmarks/records/watermark.json."""
    torch.set_num_threads(1)
    net = trained_vae()
    calibration = marks.owner_pictures(fresh, 1802)
    unseen = marks.owner_pictures(fresh, 1803)
    runs = []
    for n in range(count):
        key = hashlib.sha256(f"benchmark {n}".encode()).digest()
        plain = marks.owner_pictures(marked, 1810 + n)
        runs.append(one_key(key, plain, calibration, unseen, net))
        print(runs[-1], flush=True)
    digits = data.load("mnist", "test").images
    test = digits[:2000]  # each is compared with its own copy, not with another set
    again = attacks.regenerate(test, net)
    white = marks.standard_whitening()
    exact = marks.exact_threshold(1e-3, white.size, len(registrations()), marks.PENALTY)
    record(
        "watermark",
        {
            "fresh": fresh,
            "marked": marked,
            "exact_threshold": round(exact, 4),
            "vae_reconstruction_psnr": round(metrics.psnr(again, test).mean, 2),
            "keys": runs,
        },
        vae_steps=VAE_STEPS,
        averaged=marked,
        others=OTHERS,
        size=white.size,
        registrations=len(registrations()),
        penalty=marks.PENALTY,
    )


if __name__ == "__main__":
    main()
