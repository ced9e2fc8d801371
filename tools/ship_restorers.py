"""Ship the restorers that the benchmarks of the applications have trained.

    python benchmarks/apps_inpainting.py
    python benchmarks/apps_upscaling.py
    python tools/ship_restorers.py

Takes the weights of seed 0 from runs/apps and the figures from the records, and writes
digit_*.safetensors (half precision), .json and .md into aigc_course/pretrained/. PSNR
and the digits read are measured anew, with the weights as shipped.
"""

import json
from pathlib import Path
from typing import Any

import click
import torch
from safetensors.torch import load_file

from aigc_course import apps, data, files, metrics, pretrained
from aigc_course.apps.shipped import file_name
from aigc_course.errors import CourseError

ROOT = Path(__file__).parent.parent
KEPT, RECORDS = ROOT / "runs" / "apps", ROOT / "benchmarks" / "records"
DIGITS = 2_000  # that the figures of the cards are measured on
SHIPPED = {
    ("inpaint", "adversarial"): "apps_inpainting",
    ("upscale-4", "adversarial"): "apps_upscaling",
    ("upscale-4", "regression"): "apps_upscaling",
}
WHAT = {
    "inpaint": "goes on with a handwritten digit where a hole was cut into it",
    "upscale-4": "enlarges a handwritten digit of 7 x 7 pixels to 28 x 28",
}

CARD = """\
# {name}

A small network that {what}.
Made by the course's recipe `{recipe} {way}`, stored in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | MNIST, 60,000 training digits; figures on its first {digits:,} test digits |
| training | {steps:,} steps of 64 digits, seed 0, {seconds:.0f} CPU seconds on one thread |
| torch | {torch} |
| PSNR | {psnr:.2f} dB |
| read rightly by the shipped classifier | {accuracy:.1%} |
| SHA-256 | `{sha256}` |

Meant for teaching. It has seen handwritten digits, white on black, and nothing else.
What it adds is plausible and may be wrong: do not use it where a digit matters.
"""  # noqa: E501  rows of a table


@click.command()
def main() -> None:
    """Ship every restorer of SHIPPED; CourseError where a record is missing."""
    torch.set_num_threads(1)
    for (recipe, way), record in SHIPPED.items():
        card = ship(recipe, way, RECORDS / f"{record}.json")
        click.echo(f"{card['name']}: {card['bytes']:,} bytes, {card['accuracy']:.1%}")


def ship(recipe: str, way: str, record: Path) -> dict[str, Any]:
    """Write the three files of one restorer. Returns its card."""
    if not record.exists():
        raise CourseError(f"There is no {record}: run the benchmark first.")
    found = json.loads(record.read_text(encoding="utf-8"))
    steps = found["settings"]["steps"]
    weights = load_file(KEPT / f"{recipe}-{way}-{steps}-0.safetensors")
    tensors = {key: value.half() for key, value in weights.items()}
    about = {
        "what": WHAT[recipe],
        "recipe": recipe,
        "way": way,
        "command": found["command"],
        "steps": steps,
        "seconds": _seconds(found["figures"], way),
        "torch": torch.__version__.split("+")[0],
        **measured(recipe, way, tensors),
        "license": "MIT",
    }
    name = file_name(recipe, way)
    card = pretrained.write(name, tensors, about)
    files.write_text(pretrained.FOLDER / f"{name}.md", CARD.format(**card))
    return card


def measured(recipe: str, way: str, tensors: dict[str, Any]) -> dict[str, Any]:
    """PSNR and the share read rightly, with these weights."""
    network = apps.recipe(recipe, way).network().eval()
    network.load_state_dict({key: value.float() for key, value in tensors.items()})
    test = data.load("mnist", "test")
    x, task = data.to_float(test.images[:DIGITS]), apps.recipe(recipe, way).task
    source = apps.hide(x, apps.centre_hole()) if recipe == "inpaint" else task.source(x)
    restored = apps.restore(network, task, source, torch.Generator().manual_seed(0))
    return {
        "digits": DIGITS,
        "psnr": round(metrics.psnr(restored, x).mean, 2),
        "accuracy": metrics.label_accuracy(restored, test.labels[:DIGITS]),
    }


def _seconds(figures: dict[str, Any], way: str) -> float:
    """CPU seconds of seed 0's training, in either record."""
    rows = figures.get("learned") or [row[way] for row in figures["seeds"]]
    return rows[0]["cpu_seconds"]


if __name__ == "__main__":
    main()
