"""What chapter 16 says of captions: obedience with word order, and as a bag of words.

    python benchmarks/captions.py [--seeds 3] [--bag 3] [--steps N] [--keep FOLDER]

Trains `captions` and `captions-bag` with equal steps and equal networks, and judges
scenes of pairs of digits that no training scene shows. Beside them stand pasted
training digits, and real scenes of test digits. Trained weights are kept in FOLDER and
not trained again.
"""

import random
import time
from pathlib import Path
from typing import Any

import click
import torch
from records import record, whole
from torch import Tensor

from aigc_course import data, files, metrics, training
from aigc_course.apps.captions import Digits, Paste, measure, reader, scenes
from aigc_course.apps.captions.learner import GUIDANCE, CaptionFlow
from aigc_course.apps.captions.recipes import RECIPES, TRAINED

WAYS = ("captions", "captions-bag")
SPATIAL, DESCRIBED, KNOWN = 480, 240, 20_000
GUIDANCES = (1.0, 2.0, 3.0)


def digits(split: str, n: int) -> Digits:
    """The first n small digits of MNIST's train or test part."""
    found = data.load("mnist", split)
    return scenes.digits(data.to_float(found.images[:n]), found.labels[:n])


def trained(way: str, seed: int, steps: int, keep: Path) -> tuple[CaptionFlow, float]:
    """The model with its CPU seconds, trained or as it was kept."""
    path = keep / f"{way}-{seed}-{steps}.pt"
    recipe = RECIPES[way, "fast"]
    if not path.exists():
        training.seed_everything(seed)
        model, images = recipe.build(), data.load("mnist")
        batches = data.batches(images, recipe.batch_size, seed=seed, labels=True)
        start = time.process_time()
        budget = training.Budget(steps=steps)
        training.fit(model, batches, budget, progress=False, threads=1)
        seconds = time.process_time() - start
        whole()
        kept = {"weights": model.trained().state_dict(), "seconds": seconds}
        keep.mkdir(parents=True, exist_ok=True)
        files.write_with(path, lambda temporary: torch.save(kept, temporary))
    model, kept = recipe.build(), torch.load(path, weights_only=True)
    model.load_trained(kept["weights"])
    return model, kept["seconds"]


def asked(unseen: bool, n: int) -> list[str]:
    """n plain captions of two digits, the same for all models."""
    every = scenes.spatial(unseen)
    whole, rest = divmod(n, len(every))
    return every * whole + random.Random(16).sample(every, rest)


def drawn(
    model: CaptionFlow, captions: list[str], guidance: float = GUIDANCE
) -> Tensor:
    """A scene for each caption, from the same noise for all models."""
    chance = torch.Generator().manual_seed(16)
    return model.sample(len(captions), chance, captions=captions, guidance=guidance)


def shares(
    captions: list[str], pictures: Tensor, second: reader.Read
) -> dict[str, Any]:
    """Both readers' verdicts on scenes."""
    found = measure.report(captions, pictures)
    other = measure.report(captions, pictures, second)
    return {
        "n": found.n,
        "digits": round(found.digits, 4),
        "obeyed": round(found.obeyed, 4),
        "interval": [round(end, 4) for end in found.interval],
        "obeyed_by_neighbours": round(other.obeyed, 4),
    }


def looks(pictures: Tensor, known: Digits, real: Tensor) -> dict[str, float]:
    """How far digits are from known ones, and how they look as a set."""
    shown = reader.digits_shown(pictures)
    features = metrics.features(reader.enlarged(shown))
    distance = measure.nearest(pictures, known)
    return {
        "nearest": round(float(distance.median()), 4),
        "copies": round(float((distance < 0.05).double().mean()), 4),
        "fid": round(float(metrics.fid(features, real)), 2),
    }


def judged(model: CaptionFlow, known: Digits, real: Tensor) -> dict[str, Any]:
    """All that is measured of one model."""
    second = reader.neighbours(known)
    unseen, seen = asked(True, SPATIAL), asked(False, SPATIAL)
    pictures = drawn(model, unseen)
    told = scenes.described(True, random.Random(16), DESCRIBED)
    described = measure.report(told, drawn(model, told))
    by_guidance = {
        str(g): measure.report(unseen, drawn(model, unseen, g)).obeyed
        for g in GUIDANCES
    }
    return {
        "unseen": shares(unseen, pictures, second),
        "seen": shares(seen, drawn(model, seen), second),
        "described": {
            "obeyed": round(described.obeyed, 4),
            "thickness": round(described.thickness, 4),
            "slant": round(described.slant, 4),
        },
        "guidance": {g: round(share, 4) for g, share in by_guidance.items()},
        "looks": looks(pictures, known, real),
    }


def others(known: Digits, real: Tensor) -> dict[str, Any]:
    """Pasted training digits, and real scenes of test digits."""
    second = reader.neighbours(known)
    unseen, test = asked(True, SPATIAL), digits("test", 4_000)
    paste = Paste(known).draw(unseen, torch.Generator().manual_seed(16))
    genuine = Paste(test).draw(unseen, torch.Generator().manual_seed(16))
    told = scenes.described(True, random.Random(16), DESCRIBED)
    both = Paste(test).draw(told, torch.Generator().manual_seed(16))
    described = measure.report(told, both)
    return {
        "paste": {**shares(unseen, paste, second), "looks": looks(paste, known, real)},
        "real": {
            **shares(unseen, genuine, second),
            "looks": looks(genuine, known, real),
            "thickness": round(described.thickness, 4),
            "slant": round(described.slant, 4),
        },
    }


@click.command()
@click.option("--seeds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--bag", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--steps", type=click.IntRange(2), default=TRAINED, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), default="runs/captions")
def main(seeds: int, bag: int, steps: int, keep: Path) -> None:
    """Train, judge, and write the record. bag: seeds of the bag of words."""
    torch.set_num_threads(1)
    known = digits("train", KNOWN)
    test = data.load("mnist", "test")
    small = scenes.small(data.to_float(test.images[5_000:]))[:, 0]
    real = metrics.features(reader.enlarged(small))
    figures: dict[str, Any] = {"others": others(known, real)}
    settings = {"steps": steps, "guidance": GUIDANCE, "known": KNOWN}
    for way, count in zip(WAYS, (seeds, bag), strict=True):
        for seed in range(count):
            model, seconds = trained(way, seed, steps, keep)
            found = judged(model, known, real)
            figures[f"{way} seed {seed}"] = {"cpu_seconds": round(seconds, 1), **found}
            print(way, seed, round(seconds), found, flush=True)
    record("captions", figures, seeds=seeds, bag_seeds=bag, **settings)


if __name__ == "__main__":
    main()
