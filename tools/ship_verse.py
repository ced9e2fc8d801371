"""Train a small Transformer on the Tang quatrains, and ship it: what `aigc verse` uses.

    python tools/ship_verse.py [STEPS]     # about 20 s of one core

Writes verse_lm.safetensors (matrices in int8), .json and .md to the folder pretrained.
"""

import sys
import time
from dataclasses import asdict

import torch

from aigc_course import attention, files, pretrained, training
from aigc_course.apps.verse import writer
from aigc_course.apps.verse.grid import QUATRAIN
from aigc_course.apps.verse.network import Poet

STEPS, BATCH, SEED = 170, 16, 0
LAYERS, WARMUP = 2, 256  # poems over which the learning rate rises
NOTE = """\
# {name}

A small Transformer that has read 8,192 Tang quatrains, one character at a time. The
command `aigc verse` draws from it. Matrices are stored as 8-bit numbers with a scale for
each row ({bytes:,} bytes); most of them are the vectors of {letters:,} characters.

| | |
| --- | --- |
| command | `{command}` |
| data | the quatrains that come with the course, MIT |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} poems, seed {seed}, {seconds:.0f} s of CPU time |
| torch | {torch} |
| bits per character, 910 poems that it has not read | {bits:.3f} as stored, {bits_float:.3f} before rounding |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. It writes lines that look like those of the Tang, often without
sense, and knows traditional characters only. The figure is one seed's.
"""  # noqa: E501  rows of a table


def main(arguments: list[str]) -> int:
    """Train, judge, and write the three files."""
    steps = int(arguments[0]) if arguments else STEPS
    train, valid = writer.shipped_poems()
    letters = writer.letters_of(train, valid)
    training.seed_everything(SEED)
    model = Poet(letters, layers=LAYERS)
    start = time.process_time()
    writer.trained(model, train, steps, SEED, BATCH, lr_warmup=WARMUP)
    seconds = time.process_time() - start
    weights = writer.packed(model)
    before = float(writer.bits(model, valid).mean())
    model.load_state_dict(writer.unpacked(weights))
    about = {
        "command": f"python tools/ship_verse.py {steps}",
        "data": "verse",
        "symbols": letters.symbols,
        "letters": len(letters.symbols),
        "grid": asdict(QUATRAIN),
        "shape": model.size,
        "settings": {**writer.SETTINGS, "lr_warmup": WARMUP},
        "steps": steps,
        "batch": BATCH,
        "seed": SEED,
        "seconds": seconds,
        "weights": attention.parameters(model),
        "torch": torch.__version__,
        "bits_float": before,
        "bits": float(writer.bits(model, valid).mean()),
    }
    card = pretrained.write(writer.NAME, weights, about)
    files.write_text(pretrained.FOLDER / f"{writer.NAME}.md", NOTE.format(**card))
    print(f"{card['bytes']:,} bytes, {card['bits']:.4f} bits per character")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
