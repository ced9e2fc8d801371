"""Grades inside a container: the same `aigc grade`, with the machine kept out of reach.

The container has no network, no privileges and no disk but a scratch folder in memory;
what was handed in is read-only, and only the folder for the sheet can be written. It
protects the machine and other people's files. It does not change who judges: forged
marks are kept out by the judge's own process, here as there.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aigc_course import __version__
from aigc_course.errors import CourseError

IMAGE = f"aigc-course:{__version__}"
_ENGINES = ("podman", "docker")
_SCRATCH = "1g"  # of memory, for scratch folders
_PROCESSES = 512
_SPARE = 3072  # MiB for Python, torch and the judge


def grade(
    place: Path,
    out: Path,
    engine: str,
    image: str | None,
    words: Sequence[tuple[str, object]],
    *,
    quiet: bool,
) -> None:
    """Run `aigc grade` in a container; its own words and exit code are passed on.

    engine: "podman", "docker" or "auto". words: options of `aigc grade` with their
    values, None left out. Raises CourseError where there is no engine or no place.
    """
    program = _found(engine)
    if not place.exists():
        raise CourseError(f"There is no file or folder {place}.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(f"Cannot write to {out}: {error.strerror}.") from error
    command = command_for(program, place, out, image or IMAGE, words, quiet=quiet)
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise CourseError(
            f"{Path(program).name} ended with exit code {done.returncode}. Is there an"
            f" image {image or IMAGE}? CONTRIBUTING says how to build it."
        )


def command_for(
    program: str,
    place: Path,
    out: Path,
    image: str,
    words: Sequence[tuple[str, object]],
    *,
    quiet: bool,
) -> list[str]:
    """The command as a list of words."""
    given = dict(words)
    memory = int(str(given.get("--memory") or 1024)) * int(
        str(given.get("--jobs") or 2)
    )
    inside = f"/in/{place.name}" if place.is_file() else "/in"
    command = [
        *(program, "run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL"),
        *("--security-opt=no-new-privileges", f"--pids-limit={_PROCESSES}"),
        *(f"--memory={memory + _SPARE}m", f"--tmpfs=/tmp:size={_SCRATCH}"),
        *("--env=HOME=/tmp", "--env=AIGC_OFFLINE=1", *_user(program)),
        f"--volume={place.resolve()}:{inside}:ro",
        f"--volume={out.resolve()}:/out",
        *(image, "aigc", "grade", inside, "--out", "/out"),
    ]
    for word, value in words:
        command += [word, str(value)] if value is not None else []
    return [*command, "--quiet"] if quiet else command


def _user(program: str) -> list[str]:
    """The files in /out are to belong to the teacher."""
    if "podman" in Path(program).name:
        return ["--userns=keep-id"]
    return [f"--user={os.getuid()}:{os.getgid()}"] if hasattr(os, "getuid") else []


def _found(engine: str) -> str:
    wanted = _ENGINES if engine == "auto" else (engine,)
    for name in wanted:
        if program := shutil.which(name):
            return program
    raise CourseError(
        f"There is no {' or '.join(wanted)} on this machine; install one, or leave"
        " --container out."
    )
