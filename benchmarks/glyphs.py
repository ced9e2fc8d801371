"""What chapter 16 says of a new glyph from a few examples.

    python benchmarks/glyphs.py [--digits 4,7,8] [--seeds 3] [--counts 5,1,2,20,100]
                                [--keep FOLDER]

For each digit a flow and its VAE learn the other nine. Then each way learns the digit
from a random part of its training images, one part for each seed, with equal steps.
Beside them stand the examples deformed, the nearest old class, the examples as copies,
and a model that saw the digit from the start. Bases and cells are kept in FOLDER and
not measured again.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
import torch
from records import record, whole
from torch import Tensor

from aigc_course import data, files
from aigc_course.apps import glyphs
from aigc_course.apps.glyphs import Judge, Memory, base, learner, rivals
from aigc_course.flow.latent import LatentFlow
from aigc_course.vae.observations import to_signed, to_unit

FEW = 5  # examples with which every way is measured
RIVALS = ("deformed", "deformed, half", "copies", "nearest class")
# measured with other numbers too
SOME = ("deformed", "vector", "lora, prior", "full, prior")


def trained(new: int, keep: Path) -> tuple[LatentFlow, float]:
    """The base without a digit and its CPU seconds, trained or as it was kept."""
    path = keep / f"base-{new}-{base.STEPS}.pt"
    if not path.exists():
        start = time.process_time()
        weights = base.trained(new).trained().state_dict()
        kept = {"weights": weights, "seconds": time.process_time() - start}
        whole()
        keep.mkdir(parents=True, exist_ok=True)
        files.write_with(path, lambda temporary: torch.save(kept, temporary))
    kept, model = torch.load(path, weights_only=True), LatentFlow(base.networks())
    model.load_trained(kept["weights"])
    return model, kept["seconds"]


def shown(new: int, n: int, seed: int) -> Tensor:
    """n examples of a digit, a random part of its training images."""
    return data.parts(base.of(data.load("mnist"), new), n, seed=seed)[0].images


def rounded(found: Any) -> dict[str, Any]:
    """A report as plain numbers."""
    numbers = {k: round(v, 4) for k, v in asdict(found).items()}
    if hasattr(found, "interval"):
        numbers["interval"] = [round(end, 4) for end in found.interval]
    return numbers


@torch.no_grad()
def there_and_back(model: LatentFlow, images: Tensor) -> Tensor:
    """Images [N, 1, 28, 28] in [-1, 1] that the VAE made of uint8 images."""
    networks = model.trained()
    mean, _ = networks.vae.encode(to_unit(data.to_float(images)))
    return to_signed(networks.vae.decode(mean))


def asked(model: LatentFlow, labels: Tensor) -> Tensor:
    """A picture for each label, from the same noise for all models."""
    chance = torch.Generator().manual_seed(16)
    return model.sample(len(labels), chance, labels, learner.SOLVER)


@cache
def judge(new: int) -> Judge:
    """The judge of a digit."""
    return Judge(new)


@cache
def memory(new: int) -> Memory:
    """The judge of the old classes."""
    return Memory(new)


def references(new: int, next_one: int, keep: Path) -> dict[str, Any]:
    """What limits the ways: floors, both VAEs, the old classes before, a full model.

    next_one: another digit; the base without it has seen the new one.
    """
    model, seconds = trained(new, keep)
    seen, _ = trained(next_one, keep)
    real, before = judge(new), memory(new)
    examples, labels = shown(new, FEW, 0), torch.full((real.n,), new)
    without, with_it = (there_and_back(one, real.fresh) for one in (model, seen))
    return {
        "cpu_seconds": round(seconds, 1),
        "real": rounded(real.floor(examples)),
        "old_real_fid": round(before.floor(), 4),
        "old_before": rounded(before.report(asked(model, before.labels))),
        "vae_without": rounded(real.report(without, examples)),
        "vae_with": rounded(real.report(with_it, examples)),
        "saw_all": rounded(real.report(asked(seen, labels), examples)),
    }


def rival(way: str, new: int, examples: Tensor, seed: int, keep: Path) -> Any:
    """Pictures of one of the rivals that learn nothing."""
    n = judge(new).n
    if way == "copies":
        return data.to_float(examples)[torch.arange(n) % len(examples)]
    if way.startswith("deformed"):
        strength = 0.5 if way.endswith("half") else 1.0
        chance = torch.Generator().manual_seed(seed)
        return rivals.deformed(examples, n, chance, strength)
    model, _ = trained(new, keep)
    old = rivals.nearest_class(model, examples, new)
    return asked(model, torch.full((n,), old))


def cell(new: int, n: int, seed: int, way: str, keep: Path) -> dict[str, Any]:
    """One way with n examples: all that is measured, with the CPU seconds."""
    real, before, examples = judge(new), memory(new), shown(new, n, seed)
    if way in RIVALS:
        drawn = rival(way, new, examples, seed, keep)
        return rounded(real.report(drawn, examples))
    model, _ = trained(new, keep)
    start = time.process_time()
    one = glyphs.learn(model, examples, new, way, seed=seed)
    seconds = time.process_time() - start
    chance = torch.Generator().manual_seed(seed)
    found = rounded(real.report(one.pictures(real.n, chance), examples))
    if way != "vector":  # which leaves the network as it was
        chance = torch.Generator().manual_seed(16)
        old = one.pictures(len(before.labels), chance, before.labels)
        found["old"] = rounded(before.report(old))
    return {"learn_seconds": round(seconds, 2), **found}


def kept(path: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was measured, now or before."""
    if not path.exists():
        found = measure()
        whole()
        files.write_json(path, found)
        print(path.stem, found, flush=True)
    return dict(files.read_json(path))


def cells(digits: list[int], seeds: int, counts: list[int]) -> list[tuple[Any, ...]]:
    """What is measured, the examples first that every way is measured with."""
    found: list[tuple[Any, ...]] = []
    for n in counts:
        ways = (*RIVALS, *glyphs.WAYS) if n == FEW else SOME
        found += [(d, n, s, w) for s in range(seeds) for d in digits for w in ways]
    return found


@click.command()
@click.option("--digits", default="4,7,8", show_default=True, help="Two or more.")
@click.option("--seeds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--counts", default="5,1,2,20,100", show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), default="runs/glyphs")
def main(digits: str, seeds: int, counts: str, keep: Path) -> None:
    """Train, judge, and write the record."""
    torch.set_num_threads(1)
    keep.mkdir(parents=True, exist_ok=True)
    new_ones = [base.digit(int(word)) for word in digits.split(",")]
    numbers = [int(word) for word in counts.split(",")]
    figures: dict[str, Any] = {}
    for new, after in zip(new_ones, new_ones[1:] + new_ones[:1], strict=True):
        measure = partial(references, new, after, keep)
        figures[f"digit {new}"] = kept(keep / f"references-{new}.json", measure)
    for new, n, seed, way in cells(new_ones, seeds, numbers):
        file = f"{new}-{n}-{seed}-{way.replace(', ', '-').replace(' ', '-')}.json"
        found = kept(keep / file, partial(cell, new, n, seed, way, keep))
        figures[f"digit {new}, {n} examples, seed {seed}, {way}"] = found
    record(
        "glyphs",
        figures,
        digits=new_ones,
        seeds=seeds,
        counts=numbers,
        base_steps=base.STEPS,
        steps=learner.STEPS,
        rows=learner.ROWS,
        solver=learner.SOLVER,
        ways={name: asdict(way) for name, way in glyphs.WAYS.items()},
    )


if __name__ == "__main__":
    main()
