"""What the website needs beside the course: Sphinx in .venv-site, MathJax from npm.

Both are pinned with hashes, in site/pins.txt and site/package-lock.json, and fetched
once. Sphinx has an environment of its own, so that its pins never meet the course's.
Needs nothing but Python.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

# its parts without menus and without its own speech, which needs a worker
MATHJAX = ("startup.js", "core.js", "input/tex.js", "output/svg.js", "LICENSE")
FONT = "@mathjax/mathjax-newcm-font"


class Missing(Exception):
    """Something has to be installed first; the message is a sentence for a person."""


def sphinx(root: Path) -> Path:
    """The Python of .venv-site, made anew where its pins are. Raises Missing."""
    folder, pins = root / ".venv-site", root / "site" / "pins.txt"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = folder / ".aigc-site", _digest(pins)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print("Installing Sphinx into .venv-site", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-deps", "--require-hashes"]
    made = subprocess.call([sys.executable, "-m", "venv", str(folder)])
    if made or subprocess.call([*command, "--only-binary", ":all:", "-r", str(pins)]):
        raise Missing("Sphinx could not be installed: the lines above say why.")
    stamp.write_text(wanted)
    return python


def node_modules(root: Path) -> Path:
    """The folder of npm packages, fetched where their lock is new. Raises Missing."""
    lock, place = root / "site" / "package-lock.json", root / "build" / "site-npm"
    stamp, wanted = place / ".aigc-site", _digest(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return place / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("The website needs npm, which comes with Node.js: install that.")
    print("Fetching MathJax, its font and axe-core", flush=True)
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / "site" / name, place / name)
    # the lock has the hash of every package; nothing of theirs is run
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if subprocess.call(command, cwd=place, stdout=subprocess.DEVNULL):
        raise Missing("npm could not fetch the packages: the lines above say why.")
    stamp.write_text(wanted)
    return place / "node_modules"


def vendor(modules: Path, into: Path) -> None:
    """Copy what the pages load of MathJax and its font to `into`/mathjax."""
    place = into / "mathjax"
    shutil.rmtree(place, ignore_errors=True)
    for name in MATHJAX:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / "mathjax" / name, place / name)
    shutil.copytree(modules / FONT / "svg", place / "font" / "svg")
    shutil.copyfile(modules / FONT / "svg.js", place / "font" / "svg.js")
    versions = {
        name: json.loads((modules / name / "package.json").read_text())["version"]
        for name in ("mathjax", FONT)
    }
    (place / "versions.json").write_text(json.dumps(versions))


def node() -> str:
    """The program Node.js. Raises Missing."""
    found = shutil.which("node")
    if found is None:
        raise Missing("The website needs Node.js: install it.")
    return found


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
