"""Train the Transformer that writes levels, and ship it.

    python tools/ship_levels.py [WEIGHTS]

Writes level_lm.safetensors (half precision), .json and .md to aigc_course/pretrained/.
Training takes two to three minutes on one quiet core. WEIGHTS: those that
`python benchmarks/levels.py --only 0` kept, in place of a new training; they are the
same.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from aigc_course import attention, files, pretrained
from aigc_course.apps.levels import measure, shipped, writer
from aigc_course.apps.levels.corpus import SEED, TRAIN, VALID, Corpus, split
from aigc_course.apps.levels.writer import Asked
from aigc_course.attention.transformer import Transformer

DRAWN = 1_000  # levels that the card's figures come from
NOTE = """\
# {name}

A small Transformer that writes Sokoban levels of 7 x 7 cells, for one to three boxes
and about as many moves as asked. Stored in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | {levels:,} levels that the course makes backwards, seed {data_seed} |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} levels, seed {seed}, one thread |
| torch | {torch} |
| bits a level, levels that it has not read | {bits:.2f} |
| playable without a filter | {playable:.1%} of {drawn} |
| temperature of room and places | {room} and {places}, counts kept |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. A level need not have a solution; the course's solver says whether
it has one. The figures are one seed's; the temperatures were chosen on these levels.
`benchmarks/records/levels.json` measures three seeds on others.
"""


def main(arguments: list[str]) -> int:
    """Train or read the weights, judge them, and write the three files."""
    levels, valid = split(TRAIN, VALID)
    if arguments:
        model = writer.network()
        model.load_state_dict(load_file(Path(arguments[0])))
    else:
        model = writer.trained(levels, writer.LONG_STEPS, seed=0)
    weights = {k: v.half() for k, v in model.state_dict().items()}
    rounded = writer.network().eval()
    rounded.load_state_dict({k: v.float() for k, v in weights.items()})
    card = pretrained.write(shipped.NAME, weights, about(rounded, valid))
    room, places = card["temperature"]
    note = NOTE.format(**card, room=room, places=places)
    files.write_text(pretrained.FOLDER / f"{shipped.NAME}.md", note)
    print(f"{card['bytes']:,} bytes, {card['playable']:.1%} playable")
    return 0


def about(model: Transformer, valid: Corpus) -> dict[str, Any]:
    """What the card says of the weights."""
    pairs = zip(valid.boxes[:DRAWN], valid.moves[:DRAWN], strict=True)
    asked = [Asked(int(boxes), int(moves)) for boxes, moves in pairs]
    chance = torch.Generator().manual_seed(0)
    drawn = writer.draw(model, asked, chance, temperature=writer.COOL, counted=True)
    return {
        "command": "python tools/ship_levels.py",
        "data_seed": SEED,
        "levels": TRAIN,
        "shape": model.shape.to_dict(),
        "settings": writer.SETTINGS,
        "steps": writer.LONG_STEPS,
        "batch": writer.BATCH,
        "seed": 0,
        "weights": attention.parameters(model),
        "torch": torch.__version__,
        "bits": writer.bits(model, valid),
        "temperature": list(writer.COOL),
        "playable": measure.verdicts(drawn).count("solved") / DRAWN,
        "drawn": DRAWN,
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
