"""Ship the base model that has never seen a 4.

    python benchmarks/glyphs.py --keep runs/glyphs     # trains it
    python tools/ship_glyphs.py [FOLDER]               # runs/glyphs

Takes the weights that the benchmark has kept, rounds them to eight bits, judges them,
and writes digits_without_4.safetensors, .json and .md to aigc_course/pretrained/.
"""

import sys
from pathlib import Path
from typing import Any

import torch

from aigc_course import files, pretrained
from aigc_course.apps.glyphs import Memory, base, learner
from aigc_course.apps.glyphs.shipped import NAME, NEW, packed, restored, unpacked

NOTE = """\
# {name}

A flow on the latents of a VAE that draws the nine digits other than {new}. Neither its
VAE nor its velocity has ever been shown a {new}: a learner teaches it that digit from a
few examples. Matrices are stored as whole numbers of eight bits with a unit for each
row, the rest in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | MNIST training digits without {new} (Y. LeCun, C. Cortes) |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} digits, the first half for the VAE |
| seed, CPU time | {seed}, {seconds:.0f} s |
| torch | {torch} |
| digits read as asked for | {accuracy:.1%} of {n} |
| FID to {n} real test digits of the nine classes | {fid:.2f} |
| the same of {n} other real ones | {floor:.2f} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. The figures are one seed's, by the shipped digit classifier.
"""


def main(arguments: list[str]) -> int:
    """Round, judge, and write the three files."""
    torch.set_num_threads(1)
    folder = Path(arguments[0] if arguments else "runs/glyphs")
    kept = torch.load(folder / f"base-{NEW}-{base.STEPS}.pt", weights_only=True)
    tensors = packed(kept["weights"])
    model, memory = restored(unpacked(tensors)), Memory(NEW)
    chance = torch.Generator().manual_seed(16)
    labels = memory.labels
    drawn = model.sample(len(labels), chance, labels, learner.SOLVER)
    found = memory.report(drawn)
    about: dict[str, Any] = {
        "command": "python tools/ship_glyphs.py",
        "data": "mnist",
        "new": NEW,
        "steps": base.STEPS,
        "batch": base.BATCH,
        "seed": 0,
        "seconds": kept["seconds"],
        "weights": sum(p.numel() for p in model.networks.parameters()),
        "torch": torch.__version__,
        "accuracy": found.accuracy,
        "fid": found.fid,
        "floor": memory.floor(),
        "n": found.n,
    }
    card = pretrained.write(NAME, tensors, about)
    files.write_text(pretrained.FOLDER / f"{NAME}.md", NOTE.format(**card))
    print(f"{card['bytes']:,} bytes; {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
