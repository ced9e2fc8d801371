"""`aigc lab`."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError

FOLDER = "aigc-course"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTERLAB'S...]")
@click.option("--folder", type=PLACE, default=FOLDER, show_default=True)
def lab(folder: Path, more: tuple[str, ...]) -> None:
    """Open the course's notebooks in JupyterLab.

    They are copied into a folder of yours; one that is there already is left as it is,
    with all that you wrote into it.
    """
    first = copied(folder)
    # in a container one is root, and JupyterLab would refuse to start
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    command = [sys.executable, "-m", "jupyterlab", str(first), *root, *more]
    sys.exit(subprocess.call(command))


def copied(folder: Path) -> Path:
    """Copy the notebooks that `folder` does not have; return the first of the course.

    Raises CourseError where they did not come with the package, or cannot be written.
    """
    there = notebooks()
    if not there:
        raise CourseError(
            "The notebooks did not come with this installation: install the course"
            " again with pip, or open the notebooks folder of its repository."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in there:
            if not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)
    except OSError as error:
        raise CourseError(
            f"The notebooks cannot be copied to {folder} ({error.strerror}): name"
            " another folder by --folder."
        ) from None
    return folder / there[0].name


def notebooks() -> list[Path]:
    """The notebooks of this installation, in order; empty where there are none."""
    beside = Path(__file__).parents[2] / "notebooks"  # in the repository
    if beside.is_dir():
        return sorted(beside.glob("*.ipynb"))
    try:
        files = importlib.metadata.files("aigc-course") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    found = (Path(str(file.locate())) for file in files if file.suffix == ".ipynb")
    return sorted(path.resolve() for path in found if path.exists())
