"""Write the pins, and show that every machine finds wheels for them.

    python tools/pins.py write            # pins.txt and constraints.txt, versions kept
    python tools/pins.py write --upgrade  # the newest versions that fit together
    python tools/pins.py check            # every Python on every platform, no download
    python tools/pins.py step             # the two files agree; no network

pins.txt is what the set-up installs: one resolution for every platform, with the hashes
of the files. constraints.txt is the same without hashes, for people and for `pip -c`.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from installing import clients, pinned

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11.0", "3.11.2", "3.11.5", "3.12", "3.13", "3.14")
PLATFORMS = {
    "x86_64-manylinux_2_28": "Linux, x86-64",
    "aarch64-manylinux_2_28": "Linux, ARM",
    "aarch64-apple-darwin": "macOS 14, Apple",
    "x86_64-pc-windows-msvc": "Windows, x86-64",
}
HEAD = """\
# Every package of an installation, pinned, with the hashes of its files on PyPI: one
# resolution for CPython 3.11 to 3.14 on Linux, macOS and Windows.
# `tools/pins.py write` makes this file; `tools/course.py` installs from it.
"""
CONSTRAINTS = """\
# The versions that the course is tested with, for every platform: pins.txt without its
# hashes. pip install -c constraints.txt -e ".[dev]"
"""
TOOLS = """\
# What CI installs beside the course; `tools/pins.py write` makes this file.
"""


def write(upgrade: bool) -> int:
    """Resolve base and all extras, the base a part of the whole."""
    kept = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    everything = _compiled(["--all-extras"], "" if upgrade else kept)
    dev = _split(_compiled(["--extra", "dev"], everything))
    base = _split(_compiled([], everything))
    added = [block for block in dev if block not in base]
    rest = [block for block in _split(everything) if block not in dev]
    assert len(base + added + rest) == len(_split(everything)), "extras disagree"
    parts = [HEAD, *base, f"{pinned.DEV}\n", *added, f"{pinned.REST}\n", *rest]
    text = "".join(parts)
    for name, content in {
        "pins.txt": text,
        "constraints.txt": constraints(text),
        ".github/tools.txt": TOOLS + _resolved(["uv", "pip-audit"], everything),
    }.items():
        (ROOT / name).write_text(content, encoding="utf-8", newline="\n")
    print(f"{len(base)} packages, {len(added)} more for dev, {len(rest)} others")
    return 0


def constraints(pins: str) -> str:
    """The text of constraints.txt that belongs to that of pins.txt."""
    lines = re.findall(r"^[\w.-]+==.*", pins, re.M)
    return CONSTRAINTS + "".join(
        f"{line.removesuffix(chr(92)).strip()}\n" for line in sorted(lines)
    )


def step() -> int:
    """Say whether constraints.txt is what pins.txt asks for."""
    text = (ROOT / "pins.txt").read_text(encoding="utf-8")
    same = constraints(text) == (ROOT / "constraints.txt").read_text(encoding="utf-8")
    print("in step" if same else "constraints.txt differs: run tools/pins.py write")
    return 0 if same else 1


def check() -> int:
    """Resolve the pins for every Python and platform, from wheels alone."""
    pairs = [(python, platform) for platform in PLATFORMS for python in PYTHONS]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: _resolves(*pair), pairs))
    for (python, platform), answer in zip(pairs, answers, strict=True):
        print(f"Python {python:<7} {PLATFORMS[platform]:<16} {answer or 'ok'}")
    failed = sum(bool(answer) for answer in answers)
    print(f"{len(answers) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _resolves(python: str, platform: str) -> str:
    """Empty where every pin has a wheel with a known hash, else what is missing."""
    with tempfile.TemporaryDirectory() as empty:
        command = [_uv(), "pip", "install", "--dry-run", "--target", empty]
        command += ["--python-version", python, "--python-platform", platform]
        command += ["--only-binary", ":all:", "--require-hashes", "--no-deps"]
        done = subprocess.run(
            [*command, "-r", str(ROOT / "pins.txt")],
            capture_output=True,
            text=True,
            env=_variables({"MACOSX_DEPLOYMENT_TARGET": "14.0"}),
        )
    return "" if done.returncode == 0 else done.stderr.strip().replace("\n", " ")[:300]


def _compiled(extra: list[str], preferences: str) -> str:
    """The course's own requirements, and pip, which .venv has as well."""
    return _resolved(["pip"], preferences, "pyproject.toml", *extra)


def _resolved(names: list[str], preferences: str, *more: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out, wanted = Path(folder) / "out.txt", Path(folder) / "wanted.in"
        out.write_text(preferences, encoding="utf-8")
        wanted.write_text("\n".join(names), encoding="utf-8")
        command = [_uv(), "pip", "compile", *more, str(wanted), "--universal"]
        command += ["--python-version", "3.11", "--only-binary", ":all:", "--quiet"]
        command += ["--generate-hashes", "--no-annotate", "--no-header"]
        command += ["-o", str(out)]
        subprocess.run(command, cwd=ROOT, check=True, env=_variables({}))
        return out.read_text(encoding="utf-8")


def _split(text: str) -> list[str]:
    """The blocks of a compiled file, each with its hashes."""
    return re.findall(r"^\S.*\n(?: .*\n)*", text, re.M)


def _variables(more: dict[str, str]) -> dict[str, str]:
    settings = clients.pip_settings(Path(sys.executable))
    # other indexes may hold files of other hashes: only the main one is asked
    kept = {
        k: v for k, v in settings.items() if k not in ("extra-index-url", "find-links")
    }
    return {**clients.environment(kept, dict(os.environ)), **more}


def _uv() -> str:
    found = clients.uv(ROOT)
    if not found:
        raise SystemExit("This needs uv: install the course for development first.")
    return found


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("task", choices=("write", "check", "step"))
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    given = parser.parse_args()
    if given.task == "write":
        return write(given.upgrade)
    return {"check": check, "step": step}[given.task]()


if __name__ == "__main__":
    sys.exit(main())
