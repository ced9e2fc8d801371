"""Train the generator of shapes, and ship it: what `aigc shape` draws with.

    python tools/ship_shapes.py [STEPS]

Writes shapes_flow.safetensors, .json and .md to aigc_course/pretrained/. Matrices of
the flow and directions of the latents are stored in eight bits. 5,000 steps take about
a minute on one quiet core.
"""

import sys
import time
from typing import Any

import torch

from aigc_course import files, pretrained
from aigc_course.apps.shapes import grids, measure, priors, shipped
from aigc_course.apps.shapes.families import KINDS
from aigc_course.apps.shapes.latents import LATENTS, Basis
from aigc_course.flow.networks import Velocity

STEPS, TRAIN, JUDGED, SEED = 5_000, 1_000, 60, 0
NOTE = """\
# {name}

A flow over the latents of chairs, tables, vases and mugs, and the directions of these
latents. `aigc shape` draws with it ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | {train:,} shapes of each family from this course's formulas, seed {seed} |
| latents | {latents} principal components of signed distances, stored in 8 bits |
| weights of the flow | {weights:,}, matrices stored in 8 bits |
| training | {steps:,} steps of {batch} latents, seed {seed}, {seconds:.0f} s of CPU |
| torch | {torch} |
| 1-NNA against {judged} new shapes of each family, mean | {accuracy:.3f} |
| chairs with four legs | {legs:.2f} |
| shapes in one piece | {pieces:.2f} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. It knows these four families and nothing else. The figures are of
one run, as stored.
"""


def measured() -> dict[str, float]:
    """Figures of the stored generator against new shapes."""
    generator, accuracies, one_piece = shipped.generator(), [], []
    legs = 0.0
    for kind in KINDS:
        fields = generator.sample(kind, JUDGED, SEED)
        test = grids.fields(kind, JUDGED, 1)
        accuracies.append(measure.Judge(test, test)(fields).accuracy)
        shares = measure.shares(fields)
        one_piece.append(shares.pieces)
        legs = shares.legs if kind == "chair" else legs
    n = len(KINDS)
    return {"accuracy": sum(accuracies) / n, "legs": legs, "pieces": sum(one_piece) / n}


def stored(bases: list[Basis], velocity: Velocity) -> dict[str, torch.Tensor]:
    """All tensors by name."""
    tensors = shipped.packed_flow(velocity)
    for kind, basis in zip(KINDS, bases, strict=True):
        tensors |= shipped.packed(kind, basis)
    return tensors


def main(arguments: list[str]) -> int:
    """Train, store, judge what was stored, and write the three files."""
    steps = int(arguments[0]) if arguments else STEPS
    train = priors.corpus(TRAIN, SEED)
    bases = priors.bases(train)
    z = [basis.encode(fields) for basis, fields in zip(bases, train, strict=True)]
    start = time.process_time()
    velocity = priors.trained(z, steps, SEED)
    about: dict[str, Any] = {
        "command": f"python tools/ship_shapes.py {steps}",
        "kinds": KINDS,
        "latents": LATENTS,
        "width": priors.WIDTH,
        "steps": steps,
        "batch": priors.BATCH,
        "seed": SEED,
        "train": TRAIN,
        "judged": JUDGED,
        "seconds": time.process_time() - start,
        "weights": sum(p.numel() for p in velocity.parameters()),
        "torch": torch.__version__,
    }
    tensors = stored(bases, velocity)
    pretrained.write(shipped.NAME, tensors, about)
    card = pretrained.write(shipped.NAME, tensors, about | measured())
    path = pretrained.FOLDER / f"{shipped.NAME}.md"
    files.write_text(path, NOTE.format(**card))
    print(
        {k: v for k, v in card.items() if k in ("bytes", "accuracy", "legs", "pieces")}
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
