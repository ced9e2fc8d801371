"""Train the Transformer of the website's attention explorer, and write its weights.

    python tools/ship_attention.py

The model is that of chapter 11 with the 26 letters as its vocabulary: two layers of
attention alone, trained on random sequences that come again. The weights are kept in
half precision, since they have to travel with a web page.
"""

import base64
import json
from pathlib import Path
from typing import Any

import torch

from aigc_course import attention as att
from aigc_course import training
from aigc_course.data import sequences

OUT = Path(__file__).resolve().parents[1] / "site" / "labs" / "copier.json"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTH, STEPS, BATCH, SEED = 48, 2_000, 32, 11
PERIODS = (4, 16)  # different letters before a sequence comes again
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "lr_warmup": 3_200,
    "decay_start": 0.6,
    "final_lr_factor": 0.1,
}


def trained() -> att.Transformer:
    """The model after STEPS steps, its weights rounded to half precision."""
    training.seed_everything(SEED)
    shape = att.Shape(len(LETTERS), context=LENGTH, layers=2, feed_forward="")
    model = att.NextToken(att.Transformer(shape), **SETTINGS)
    batches = sequences.TaskBatches(
        lambda n, g: sequences.repeated(n, LENGTH, len(LETTERS), g, PERIODS),
        BATCH,
        seed=SEED,
    )
    training.fit(model, batches, training.Budget(steps=STEPS))
    network = model.trained()
    return network.half().float()


def accuracy(model: att.Transformer) -> float:
    """Share of the predictable tokens of fresh sequences that are predicted."""
    seeded = torch.Generator().manual_seed(5)
    tokens, counts = sequences.repeated(200, LENGTH, len(LETTERS), seeded, PERIODS)
    with torch.no_grad():
        guess = model(tokens)[:, :-1].argmax(dim=-1)
    return float((guess == tokens[:, 1:])[counts].double().mean())


def main() -> None:
    """Train, measure, write."""
    model = trained()
    weights = {
        name: {
            "shape": list(value.shape),
            "half": base64.b64encode(value.half().numpy().tobytes()).decode(),
        }
        for name, value in model.state_dict().items()
    }
    document = {
        "words": list(LETTERS),
        "shape": model.shape.to_dict(),
        "trained": {"steps": STEPS, "batch": BATCH, "seed": SEED},
        "accuracy": round(accuracy(model), 4),
        "weights": weights,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{document['accuracy']:.1%} right; {OUT.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
