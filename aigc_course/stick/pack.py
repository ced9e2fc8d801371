"""Fills a folder with all that a room without a network needs."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aigc_course.errors import CourseError
from aigc_course.files import write_json, write_text
from aigc_course.stick import install

README = """\
# The course on a stick

Made for Python {python} on {system}. On each machine, without a network:

    python{python} install.py

It checks every file, makes an environment in the folder `aigc-course` of your home,
and says how to start. Wheels: {wheels} files, {size:,.0f} MB. A machine needs about
four times that much free space.
"""


def pack(
    project: Path,
    out: Path,
    *,
    notebooks: Sequence[Path],
    data: Path | None = None,
    links: Path | None = None,
) -> int:
    """Fill `out`; return its size in bytes.

    project: the folder of the course's pyproject.toml. data: a folder of data sets to
    take along. links: a folder of wheels to take from, with no network; by default
    what pip is set to. Raises CourseError when a wheel cannot be had.
    """
    if not (project / "pyproject.toml").is_file():
        raise CourseError(
            "A stick is packed from the course's repository: run `aigc pack` with the"
            " .venv of a clone."
        )
    if not notebooks:
        raise CourseError("There are no notebooks to pack.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        _wheels(project, out / install.WHEELS, links)
        shutil.copyfile(install.__file__, out / "install.py")
        (out / install.NOTEBOOKS).mkdir(exist_ok=True)
        for path in notebooks:
            shutil.copyfile(path, out / install.NOTEBOOKS / path.name)
        if data is not None:
            shutil.copytree(data, out / install.DATA, dirs_exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"Cannot write to {out}: {error.strerror or error}."
        ) from error
    _facts(out)
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def _wheels(project: Path, folder: Path, links: Path | None) -> None:
    """The course's own wheel and those of all that it needs, as pinned."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder)]
    pip += ["--disable-pip-version-check"]
    pins = project / "constraints.txt"
    if pins.is_file():
        pip += ["--constraint", str(pins)]
    if links:
        pip += ["--no-index", "--no-build-isolation", "--find-links", str(links)]
    done = subprocess.run([*pip, str(project)], capture_output=True, text=True)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise CourseError(f"pip could not collect the wheels: {' '.join(last)}")


def _facts(out: Path) -> None:
    """For which Python it is, a sum for each file, and what to do."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wheels = sorted((out / install.WHEELS).glob("*.whl"))
    size = sum(path.stat().st_size for path in wheels) / 1e6
    write_json(out / install.FACTS, {"python": python, "system": sys.platform})
    told = {"python": python, "system": sys.platform, "wheels": len(wheels)}
    write_text(out / "README.md", README.format(**told, size=size))
    files = [path for path in out.rglob("*") if path.is_file()]
    sums = {
        path.relative_to(out).as_posix(): install.sum_of(path)
        for path in sorted(files)
        if path.name != install.SUMS
    }
    write_text(out / install.SUMS, json.dumps(sums, indent=1) + "\n")
