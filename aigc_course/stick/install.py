"""Install the course from this folder; needs Python and no network.

    python3 install.py            into the folder `aigc-course` of your home
    python3 install.py FOLDER     into another one

Run it again after an interruption: it goes on, and leaves your notebooks as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUMS, FACTS, WHEELS, DATA, NOTEBOOKS = (
    "sums.json",
    "facts.json",
    "wheels",
    "data",
    "notebooks",
)


def main(arguments: list[str]) -> int:
    """Check the stick, then install; return the exit status."""
    target = Path(arguments[0] if arguments else Path.home() / "aigc-course").absolute()
    why = unfit() or damaged(HERE)
    if why:
        print(why, file=sys.stderr)
        return 2
    try:
        install(HERE, target)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"It could not be installed: {error}. Run it again.", file=sys.stderr)
        return 1
    start = python_of(target / ".venv").parent / "aigc"
    print(f"Installed. Start it by: {start} lab --folder {target / NOTEBOOKS}")
    if (target / DATA).is_dir():
        print(f"Set AIGC_DATA={target / DATA} to use the data of the stick.")
    return 0


def unfit() -> str:
    """Why this Python cannot take the wheels, or ""."""
    facts = json.loads((HERE / FACTS).read_text("utf-8"))
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    if mine == facts["python"]:
        return ""
    return (
        f"This is Python {mine}, and the stick was made for {facts['python']}: run"
        f" python{facts['python']} install.py."
    )


def damaged(folder: Path) -> str:
    """Which file differs from what was packed, or ""."""
    sums = json.loads((folder / SUMS).read_text("utf-8"))
    for name, want in sums.items():
        path = folder / name
        if not path.is_file() or sum_of(path) != want:
            return f"{name} is missing or damaged: copy the folder again."
    return ""


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def install(stick: Path, target: Path) -> None:
    """An environment from the wheels; notebooks and data beside it."""
    place = target / ".venv"
    if not python_of(place).exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(python_of(place)), "-m", "pip", "install", "--quiet", "--no-index"]
    pip += ["--disable-pip-version-check", "--find-links", str(stick / WHEELS)]
    subprocess.run([*pip, "aigc-course"], check=True)
    for folder in (NOTEBOOKS, DATA):
        for path in sorted((stick / folder).rglob("*")):
            to = target / folder / path.relative_to(stick / folder)
            if path.is_file() and not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)


def python_of(place: Path) -> Path:
    """The Python of an environment."""
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
