"""`aigc evaluate`."""

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import DATA, draw
from aigc_course.errors import CourseError


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR|FILE.npy")
@click.option(
    "--data", "name", type=click.Choice(DATA), default="auto", help="For FILE."
)
@click.option(
    "--n", type=int, default=10_000, show_default=True, help="Images to judge."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def evaluate(source: Path, name: str, n: int, seed: int, as_json: bool) -> None:
    """Measure the images of a run, or of a .npy file (uint8, [N, 28, 28]).

    They are compared with the data set that the run was trained on, or with --data.
    """
    import json

    from aigc_course import metrics
    from aigc_course.runs import Run

    run = None if source.suffix == ".npy" else Run.open(source)
    pixels = draw(source, n, seed) if run else _read_images(source)
    real = run.config.data if run else (None if name == "auto" else name)
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the report alone
        report = metrics.report(pixels, data=real, n=n, seed=seed)
    if run:
        run.save_report(report.to_dict())
    click.echo(json.dumps(report.to_dict(), indent=2) if as_json else str(report))


def _read_images(path: Path) -> Any:
    """Images from a .npy file. Raises CourseError when it is no array of images."""
    import numpy as np

    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise CourseError(f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError) as error:
        raise CourseError(f"{path} is not a NumPy file of images: {error}.") from error
