"""Train every family on this machine's GPU and on its CPU, compare, write a record.

    python3 tools/gpu_check.py            # or: make gpu-check

Needs torch 2.11 or newer and numpy, no network, and at most 8 minutes. The same code
runs on both: losses must agree in float32, checkpoints go on and samples look the same
on the other device, and no step may wait for the GPU. Exit status: 0, 1 for a fault, 2
where there is nothing to check.
"""

import argparse
import json
import platform
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (2, 11)
LIMIT = 480.0  # seconds; families that do not fit any more are named, not begun


def obstacle(wanted: str | None) -> str | None:
    """Why nothing can be checked here, in a sentence; None where all is there."""
    missing = [name for name in ("torch", "numpy") if find_spec(name) is None]
    if missing:
        return f"This Python has no {' and no '.join(missing)}: `make lab` installs it."
    import torch

    if tuple(map(int, torch.__version__.split(".")[:2])) < OLDEST:
        return f"The check needs torch 2.11 or newer; this is {torch.__version__}."
    if wanted == "cpu":  # the CPU against itself, as the tests do it
        return None
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        return (
            f"torch {torch.__version__} finds no GPU here, so there is nothing to"
            " check; the course runs on the CPU."
        )
    return None


def record(device_name: str, tiny: bool, names: list[str]) -> dict[str, Any]:
    """Check everything; return the record. A fault is in its "faults"."""
    import torch
    from gpu.families import Effort, check

    from aigc_course import data, models, training

    start = time.monotonic()
    effort = Effort.tiny() if tiny else Effort()
    device = training.get_device(device_name)
    training.prepare(device)
    images = data.load("mnist")
    faults, families, left = [], {}, []
    fid = quality(device, effort)
    for model in names or models.names():
        if time.monotonic() - start > LIMIT - 60:
            left.append(model)
            continue
        result = check(model, images, device, effort)
        families[model] = result.figures
        faults += [f"{model}: {fault}" for fault in result.faults]
        print(f"{model:<10} {_line(result.figures)}", flush=True)
    return {
        "device": _name(device),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "seconds": round(time.monotonic() - start),
        "dcgan after 60 s": fid,
        "families": families,
        "faults": faults + [f"{model}: no time was left for it" for model in left],
    }


def quality(device: Any, effort: Any) -> dict[str, Any]:
    """Train the DCGAN for a minute on the device, and measure 10,000 samples."""
    import torch
    from gpu.families import memory

    from aigc_course import data, metrics, models, training

    recipe = models.get("dcgan")
    training.seed_everything(0)
    model = recipe.build(device)
    images = data.load("mnist")
    history = training.fit(
        model,
        data.batches(images, recipe.batch_size, device=device),
        training.Budget(seconds=effort.fid_seconds),
        progress=False,
    )
    drawn = model.sample(effort.samples, torch.Generator().manual_seed(0)).cpu()
    real = data.load("mnist", split="test").images[: effort.samples]
    pairs = [metrics.features(data.to_uint8(drawn)), metrics.features(real)]
    steps = int(history.rows[-1]["step"])
    return {
        "FID": round(metrics.fid(*pairs), 3),
        "steps": steps,
        "images/s": round(steps * recipe.batch_size / effort.fid_seconds),
        "peak memory, MB": memory(device),
    }


def _name(device: Any) -> str:
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else "CPU"


def _line(figures: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.2g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in figures.items()
        if value is not None
    )


def main(arguments: list[str]) -> int:
    """Check, print, write the record; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="*", help="families; all by default")
    parser.add_argument("--device", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--tiny", action="store_true", help="the logic alone")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "gpu-check.json")
    given = parser.parse_args(arguments)
    if sentence := obstacle(given.device):
        print(sentence, file=sys.stderr)
        return 2
    sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
    from gpu import bare

    if missing := bare.install():
        print(f"Without {', '.join(missing)}, which this check can do without.")
    found = record(given.device or "auto", given.tiny, given.models)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"dcgan after 60 s: {_line(found['dcgan after 60 s'])}")
    print(f"{found['device']}, {found['seconds']} s; record: {given.out}")
    for fault in found["faults"]:
        print(f"FAULT {fault}")
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
