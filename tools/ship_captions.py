"""Ship the networks that draw what a caption says.

    python benchmarks/captions.py --keep runs/captions     # trains them
    python tools/ship_captions.py [FOLDER]                 # runs/captions

Takes the weights of seed 0 that the benchmark has kept, lets them learn on with
captions that say more of each digit, rounds them to half precision, judges them, and
writes digit_captions.safetensors, .json and .md to aigc_course/pretrained/. The second
training takes about a minute of CPU time.
"""

import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

from aigc_course import data, files, pretrained, training
from aigc_course.apps.captions import CaptionFlow, CaptionNetworks, measure, scenes
from aigc_course.apps.captions.recipes import TRAINED
from aigc_course.apps.captions.shipped import NAME

FURTHER, BATCH = 500, 64  # steps, and digits of each
SETTINGS: dict[str, Any] = {"first": 0, "say": 0.9, "lr": 3e-3, "muon": 0.01}
NOTE = """\
# {name}

Networks that draw what a caption such as "a thin slanted 3 left of a 7" says: a caption
encoder, a flow on latents, and the VAE of one place. Stored in half
precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | MNIST training digits, made small (Y. LeCun, C. Cortes) |
| weights | {weights:,} |
| training | {steps:,} steps of 64 digits, {further:,} more with more qualities |
| seed, CPU time | {seed}, {seconds:.0f} s |
| torch | {torch} |
| obeyed, pairs of digits that were never shown together | {obeyed:.1%} of {n} |
| obeyed, the same with a thickness and a slant of each digit | {described:.1%} of {n} |
| of these, thickness and slant on the right side | {thickness:.1%} and {slant:.1%} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. It knows captions of one or two digits and no others. The figure is
one seed's, by the shipped digit classifier, which reads two real digits rightly in
about 99 % of the scenes.
"""


def learnt_on(weights: dict[str, torch.Tensor]) -> CaptionFlow:
    """Networks with these weights after FURTHER steps."""
    training.seed_everything(0)
    model = CaptionFlow(CaptionNetworks(), **SETTINGS)
    model.load_trained(weights)
    batches = data.batches(data.load("mnist"), BATCH, seed=1, labels=True)
    budget = training.Budget(steps=FURTHER)
    training.fit(model, batches, budget, progress=False, threads=1)
    return model


def judged(model: CaptionFlow, captions: list[str]) -> measure.Report:
    """Obedience of one scene for each caption."""
    dice = torch.Generator().manual_seed(0)
    return measure.report(
        captions, model.sample(len(captions), dice, captions=captions)
    )


def main(arguments: list[str]) -> int:
    """Train, round, judge, and write the three files."""
    folder = Path(arguments[0] if arguments else "runs/captions")
    kept = torch.load(folder / f"captions-0-{TRAINED}.pt", weights_only=True)
    start = time.process_time()
    trained = learnt_on(kept["weights"]).trained().state_dict()
    seconds = kept["seconds"] + time.process_time() - start
    weights = {name: tensor.half() for name, tensor in trained.items()}
    model = CaptionFlow(CaptionNetworks())
    model.load_trained({name: tensor.float() for name, tensor in weights.items()})
    found = judged(model, scenes.spatial(unseen=True) * 6)
    told = judged(model, scenes.described(True, random.Random(0), found.n))
    about: dict[str, Any] = {
        "command": "python tools/ship_captions.py",
        "data": "mnist",
        "steps": TRAINED,
        "further": FURTHER,
        "settings": SETTINGS,
        "seed": 0,
        "seconds": seconds,
        "weights": sum(p.numel() for p in model.networks.parameters()),
        "torch": torch.__version__,
        "obeyed": found.obeyed,
        "described": told.obeyed,
        "thickness": told.thickness,
        "slant": told.slant,
        "n": found.n,
    }
    card = pretrained.write(NAME, weights, about)
    files.write_text(pretrained.FOLDER / f"{NAME}.md", NOTE.format(**card))
    print(f"{card['bytes']:,} bytes; {found}; {told}; {told.thickness}, {told.slant}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
