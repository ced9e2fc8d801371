"""Train a small language model on the plays, and ship it: what is then fine-tuned.

    python tools/ship_plays.py [STEPS]

Writes plays_lm.safetensors (half precision), .json and .md to aigc_course/pretrained/.
1,600 steps take about 5 minutes on one quiet core.
"""

import sys
import time
from typing import Any

import torch

from aigc_course import attention, files, pretrained, training
from aigc_course.attention import finetune
from aigc_course.data import sequences
from aigc_course.data.sequences.text import text

STEPS, BATCH, SEED = 1_600, 32, 0
SETTINGS: dict[str, Any] = {"lr": 3e-3, "lr_warmup": 6_400, "decay_start": 0.3}
NOTE = """\
# {name}

A small Transformer that has read seven of Shakespeare's plays, one character at a time.
The course fine-tunes it on other texts. Stored in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | the plays that come with the course, CC BY 2.5 |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} windows of {context} characters, seed {seed}, {seconds:.0f} s of CPU time |
| torch | {torch} |
| nats per character, a play that it has not read | {nats_valid:.4f} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. It writes words that look like those of the plays, without sense. The
figure is one seed's.
"""  # noqa: E501  rows of a table


def main(arguments: list[str]) -> int:
    """Train, judge, and write the three files."""
    steps = int(arguments[0]) if arguments else STEPS
    corpus = text("shakespeare")
    symbols = "".join(corpus.symbols)
    torch.manual_seed(SEED)
    model = attention.Transformer(finetune.shape(len(symbols)))
    learner = attention.NextToken(model, **SETTINGS)
    tokens = finetune.encode(corpus.train, symbols)
    source = finetune.windows(tokens, model.shape.context)
    batches = sequences.TaskBatches(source, BATCH, SEED)
    start = time.process_time()
    training.fit(
        learner, batches, training.Budget(steps=steps), progress=False, threads=1
    )
    seconds = time.process_time() - start
    weights = {k: v.half() for k, v in learner.trained().state_dict().items()}
    rounded = attention.Transformer(model.shape)
    rounded.load_state_dict({k: v.float() for k, v in weights.items()})
    about = {
        "command": f"python tools/ship_plays.py {steps}",
        "data": "shakespeare",
        "symbols": symbols,
        "shape": model.shape.to_dict(),
        "settings": SETTINGS,
        "steps": steps,
        "batch": BATCH,
        "context": model.shape.context,
        "seed": SEED,
        "seconds": seconds,
        "weights": attention.parameters(model),
        "torch": torch.__version__,
        "nats_valid": finetune.nats(rounded, finetune.encode(corpus.valid, symbols)),
    }
    card = pretrained.write(finetune.NAME, weights, about)
    path = pretrained.FOLDER / f"{finetune.NAME}.md"
    files.write_text(path, NOTE.format(**card))
    print(f"{card['bytes']:,} bytes, {card['nats_valid']:.4f} nats per character")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
