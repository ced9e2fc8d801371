"""Train the two small networks of chapter 16's music, and ship them.

    python tools/ship_chorale_models.py {composer,harmoniser} [STEPS]

Writes chorale_NAME.safetensors (half precision), .json and .md to
aigc_course/pretrained/. 1,800 steps take some minutes on one quiet core.
"""

import sys
import time
from typing import Any

import torch

from aigc_course import attention, files, pretrained
from aigc_course.apps.music import composer, corpus, harmoniser, shipped
from aigc_course.apps.music.network import Shape, StepNetwork

STEPS, SEED, SIZE, LONGEST = 1_800, 0, 3, 128
SETTINGS: dict[str, Any] = {"lr_warmup": 100}
WHAT = {
    "composer": "writes four-part chorales from nothing, sixteenth by sixteenth",
    "harmoniser": "writes alto, tenor and bass below a given melody",
}
NOTE = """\
# {name}

A small Transformer over steps that {what}. Stored in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | the chorales that come with the course, 301 of them |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} parts of at most {longest} sixteenths, transposed at random, seed {seed}, {seconds:.0f} s of CPU time |
| torch | {torch} |
| nats per written note, 54 chorales with other tunes | {nats_valid:.4f} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. What it writes is in Bach's manner for a bar or two, without a plan.
The figure is one seed's.
"""  # noqa: E501  rows of a table


def main(arguments: list[str]) -> int:
    """Train, judge, and write the three files; 1 when called wrongly."""
    if not arguments or arguments[0] not in WHAT:
        print(__doc__)
        return 1
    kind = arguments[0]
    steps = int(arguments[1]) if len(arguments) > 1 else STEPS
    torch.set_num_threads(1)
    train, valid = ([one.piece() for one in part] for part in corpus.chorales())
    shape = Shape(*shipped.SMALL, causal=kind == "composer")
    start = time.process_time()
    if kind == "composer":
        model = composer.trained(
            train, steps, SEED, shape, size=SIZE, longest=LONGEST, **SETTINGS
        )
    else:
        model = harmoniser.trained(
            train, steps, SEED, shape, size=SIZE, longest=LONGEST, **SETTINGS
        )
    seconds = time.process_time() - start
    weights = {k: v.half() for k, v in model.state_dict().items()}
    rounded = StepNetwork(shape)
    rounded.load_state_dict({k: v.float() for k, v in weights.items()})
    judge = composer.per_note if kind == "composer" else harmoniser.hidden_nats
    about = {
        "what": WHAT[kind],
        "command": f"python tools/ship_chorale_models.py {kind} {steps}",
        "data": "chorales",
        "shape": shape.to_dict(),
        "settings": {**composer.SETTINGS, **SETTINGS},
        "steps": steps,
        "batch": SIZE,
        "longest": LONGEST,
        "seed": SEED,
        "seconds": seconds,
        "weights": attention.parameters(model),
        "torch": torch.__version__,
        "nats_valid": judge(rounded.eval(), valid),
    }
    name = f"chorale_{kind}"
    card = pretrained.write(name, weights, about)
    files.write_text(pretrained.FOLDER / f"{name}.md", NOTE.format(**card))
    print(f"{card['bytes']:,} bytes, {card['nats_valid']:.4f} nats per note, {seconds}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
