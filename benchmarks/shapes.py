"""What chapter 16 says of generators of shapes.

    python benchmarks/shapes.py [--seed SEED ...]

For each seed new training and test shapes are drawn, a flow is trained on the latents
of all four families, and it is compared with rivals without a network: a normal law,
kernel density estimates of two widths, shapes half way between two training shapes,
training shapes themselves, and new shapes from the formulas. Each draws 80 shapes of
each family. Every mesh of the flow is written as STL and read back by trimesh. Seeds
that were measured before stay in the record.
"""

import tempfile
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import trimesh
from records import FOLDER, record
from torch import Tensor

from aigc_course.apps.shapes import grids, measure, priors, stl
from aigc_course.apps.shapes.families import KINDS
from aigc_course.apps.shapes.latents import LATENTS
from aigc_course.files import read_json

SEEDS = (0, 1, 2)
TRAIN, JUDGED = 1_000, 80  # shapes of a family
STEPS = 5_000
NARROW, WIDE = 0.1, 0.3  # deviations of the kernels, of latents of mean square 1


def drawn(kind: str, seed: int, train: Tensor, basis: Any, flow: Any) -> dict[str, Any]:
    """JUDGED half fields of a kind by each method, as {method: fields}."""
    z, c = basis.encode(train), torch.Generator().manual_seed(seed)
    laws = {
        "normal law": priors.normal(z),
        "kernels 0.1": priors.kernel(z, NARROW),
        "kernels 0.3": priors.kernel(z, WIDE),
        "half way": priors.mixed(z),
        "flow": partial(by_flow, flow, kind, seed),
    }
    found = {name: basis.decode(draw(JUDGED, c)) for name, draw in laws.items()}
    rows = torch.randperm(len(train), generator=c)[:JUDGED]
    real = grids.fields(kind, JUDGED, 10 * seed + 2)
    return {**found, "training": train[rows], "new": real}


def by_flow(velocity: Any, kind: str, seed: int, n: int, _: Any) -> Tensor:
    """n latents by the flow."""
    return priors.drawn(velocity, kind, n, seed)


def judged(kind: str, seed: int, made: dict[str, Tensor], train: Tensor) -> Any:
    """Figures and shares of each method."""
    test = grids.fields(kind, JUDGED, 10 * seed + 1)
    judge = measure.Judge(test, train)
    return {
        name: asdict(judge(fields)) | asdict(measure.shares(fields))
        for name, fields in made.items()
    }


def read_back(fields: Tensor) -> dict[str, int]:
    """How many meshes trimesh reads back equal and calls watertight, of how many."""
    equal = closed = 0
    made, _ = measure.meshes(fields)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.stl"
        for one in made:
            stl.write(one, path)
            other = trimesh.load(path)
            equal += np.array_equal(other.triangles.astype(np.float32), one.places)
            closed += bool(other.is_watertight)
    return {"equal": equal, "watertight": closed, "of": len(made)}


def of_seed(seed: int) -> dict[str, Any]:
    """All figures of one seed."""
    train = priors.corpus(TRAIN, 10 * seed)
    bases = priors.bases(train)
    z = [basis.encode(fields) for basis, fields in zip(bases, train, strict=True)]
    start = time.process_time()
    flow = priors.trained(z, STEPS, seed)
    seconds = time.process_time() - start
    found: dict[str, Any] = {"seconds": round(seconds, 1), "kinds": {}, "files": {}}
    for kind, fields, basis in zip(KINDS, train, bases, strict=True):
        made = drawn(kind, seed, fields, basis, flow)
        found["kinds"][kind] = judged(kind, seed, made, fields)
        found["files"][kind] = read_back(made["flow"])
        print(
            seed, kind, found["kinds"][kind]["flow"], found["files"][kind], flush=True
        )
    return found


def means(seeds: dict[str, Any]) -> dict[str, Any]:
    """Median, lowest and highest over the seeds of the mean over the families."""
    columns: dict[str, dict[str, list[float]]] = {}
    for one in seeds.values():
        for name in one["kinds"]["chair"]:
            rows = [kind[name] for kind in one["kinds"].values()]
            base = [kind["training"]["mmd"] for kind in one["kinds"].values()]
            row = {k: np.mean([r[k] for r in rows]) for k in rows[0] if k in MEANS}
            row["mmd / floor"] = np.mean(
                [r["mmd"] / b for r, b in zip(rows, base, strict=True)]
            )
            row["chair legs"] = one["kinds"]["chair"][name]["legs"]
            row["mug holes"] = one["kinds"]["mug"][name]["holes"]
            for column, value in row.items():
                columns.setdefault(name, {}).setdefault(column, []).append(float(value))
    return {
        name: {
            column: [round(v, 4) for v in (np.median(a), min(a), max(a))]
            for column, a in rows.items()
        }
        for name, rows in columns.items()
    }


MEANS = ("accuracy", "coverage", "near", "pieces", "watertight")


@click.command()
@click.option(
    "--seed", "chosen", type=click.Choice(list(map(str, SEEDS))), multiple=True
)
def main(chosen: tuple[str, ...]) -> None:
    """Measure these seeds, or all."""
    path = FOLDER / "shapes.json"
    seeds = read_json(path)["figures"]["seeds"] if path.exists() else {}
    for seed in chosen or map(str, SEEDS):
        seeds[seed] = of_seed(int(seed))
    settings = {"train": TRAIN, "judged": JUDGED, "steps": STEPS, "latents": LATENTS}
    record("shapes", {"means": means(seeds), "seeds": seeds}, **settings)


if __name__ == "__main__":
    main()
