"""Ship the generator of a run with the package.

    aigc train dcgan --data mnist --seconds 300 --out runs/shipped
    aigc evaluate runs/shipped
    python tools/ship_generator.py runs/shipped

Writes mnist_dcgan.safetensors (half precision), .json and .md into
aigc_course/pretrained/. The run must be finished and evaluated: its figures go on the
card, with those of the weights as shipped beside them.
"""

from pathlib import Path
from typing import Any

import click
import torch

from aigc_course import data, files, gan, metrics, pretrained
from aigc_course.errors import CourseError
from aigc_course.gan.shipped import NAME
from aigc_course.runs import REPORT, SUMMARY, Run

CARD = """\
# {name}

A generator of handwritten digits, 64 latents to 28 x 28 pixels, made by the course's own
command and stored in half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| recipe | {model}, {preset} |
| data | {data}, {images:,} training images |
| seed | {seed} |
| training | {step:,} steps in {seconds:.0f} s on {device} |
| torch | {torch} |
| FID of {n:,} samples against {data} test | {fid:.2f} (before rounding to half precision: {fid_run:.2f}) |
| floor (training images) and ceiling (noise) of that FID | {floor:.2f} and {ceiling:.0f} |
| precision, recall | {precision:.3f}, {recall:.3f} |
| density, coverage | {density:.3f}, {coverage:.3f} |
| near-copies of training images | {copies:.1%} (unseen real digits: {expected:.0%}) |
| extractor | {extractor} |
| SHA-256 | `{sha256}` |

Meant for teaching. It draws digits like those of its training data and nothing else;
some samples cannot be read. Figures are one seed's and one evaluation's.
"""  # noqa: E501  rows of a table


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Ship the generator of the run in FOLDER."""
    run = Run.open(folder)
    tensors = {k: _half(v) for k, v in run.generator().state_dict().items()}
    about = _about(run)
    pretrained.write(NAME, tensors, about)
    report = metrics.report(_samples(about["n"]), data=run.config.data)
    about |= _figures(report.to_dict())
    card = pretrained.write(NAME, tensors, about)
    files.write_text(pretrained.FOLDER / f"{NAME}.md", CARD.format(**card))
    click.echo(f"{NAME}: {card['bytes']:,} bytes, FID {card['fid']:.2f}")


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _about(run: Run) -> dict[str, Any]:
    """What the run's own files say. Raises CourseError when it was not evaluated."""
    summary, report = run.read(SUMMARY), run.read(REPORT)
    if not summary or not report:
        raise CourseError(f"{run.folder} is not finished and evaluated: do that first.")
    unit, amount = next(iter(run.config.budget.items()))
    command = f"aigc train {run.config.model} --preset {run.config.preset}"
    command += f" --data {run.config.data} --{unit} {amount:g} --seed {run.config.seed}"
    return {
        "command": command,
        "model": run.config.model,
        "preset": run.config.preset,
        "data": run.config.data,
        "images": len(data.load(run.config.data)),
        "seed": run.config.seed,
        "step": int(summary["step"]),
        "seconds": summary["seconds"],
        "device": summary["device"],
        "torch": run.config.torch,
        "n": report["n"],
        "fid_run": report["samples"]["fid"],
    }


def _samples(n: int) -> torch.Tensor:
    seeded = torch.Generator().manual_seed(0)
    return data.to_uint8(gan.sample(gan.pretrained_generator(), n, seeded))


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    names = ("fid", "precision", "recall", "density", "coverage")
    return {name: report["samples"][name] for name in names} | {
        "floor": report["floor"]["fid"],
        "ceiling": report["ceiling"]["fid"],
        "copies": report["near_copy_rate"],
        "expected": report["expected_near_copy_rate"],
        "extractor": f"{report['extractor']} {report['extractor_sha256'][:8]}",
    }


if __name__ == "__main__":
    main()
