"""A submission to brief A made without training: the shipped weights, invented runs."""

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save

from aigc_course import pretrained
from aigc_course.capstone import briefs, cards, gates, loading

N = 1_000
CONFIG = {"kind": "recipe", "model": "dcgan", "preset": "fast", "steps": 600, "seed": 1}
WORDS = "I changed one thing and kept the work equal. " * 20


def claim(**changes: Any) -> dict[str, Any]:
    """The claim of the card, with changes."""
    found = {"figure": "fid", "value": 1.3, "low": 1.1, "high": 1.5, "n": N, "seed": 0}
    return {**found, "extractor": "mnist_features", "seeds": 3, **changes}


def card(**changes: Any) -> str:
    """card.md with changes to its front matter."""
    front: dict[str, Any] = {
        "title": "A DCGAN",
        "authors": ["Li Hua"],
        "brief": "A",
        "licence": "MIT",
        "data": "MNIST",
        "claims": [claim()],
        "cost": {"seconds": 31.0},
        "limits": "Digits only.",
    }
    front = {k: v for k, v in {**front, **changes}.items() if v is not None}
    return cards.render(front, "# Model card\n\nLi Hua trained it.\n")


def run(method: str, seed: int, **changes: Any) -> dict[str, Any]:
    """A line of the evidence."""
    found = {"method": method, "seed": seed, "status": "finished", "steps": 600}
    figures = {"fid": 1.2 + seed / 10}
    more = {"seconds": 30.0, "figures": figures, "n": N, "measured_seed": 0}
    return {**found, **more, "config": CONFIG, **changes}


def record(**changes: Any) -> dict[str, Any]:
    """evidence/record.json with changes."""
    runs = [run(method, seed) for method in ("baseline", "other") for seed in range(3)]
    return {"brief": "A", "submitted": "baseline-1", "runs": runs, **changes}


def report() -> str:
    """A report with every section."""
    return "\n\n".join(f"## {title}\n\n{WORDS[:200]}" for title in gates.SECTIONS)


def npy(array: Any) -> bytes:
    """An array as the bytes of a .npy file."""
    whole = io.BytesIO()
    np.save(whole, array, allow_pickle=True)
    return whole.getvalue()


@cache
def files() -> dict[str, bytes]:
    """Every file of a valid submission; copy it before changing it."""
    weights = loading.halved(pretrained.load_weights("mnist_dcgan"))
    made = loading.build(CONFIG, weights)
    drawn = briefs.draw(made, briefs.get("A"), N, 0)
    assert drawn.pixels is not None
    texts = {
        "submission.json": json.dumps({"format": 1, "brief": "A", "n": N, "seed": 0}),
        "config.json": json.dumps(CONFIG),
        "card.md": card(),
        "report.md": report(),
        "evidence/record.json": json.dumps(record()),
    }
    found = {name: text.encode() for name, text in texts.items()}
    return {
        **found,
        "model.safetensors": save(weights),
        "samples.npy": npy(drawn.pixels.numpy()),
    }


def lay(folder: Path, content: dict[str, bytes]) -> Path:
    """The files in a folder."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A zip archive with these entries, in this order, whatever they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path
