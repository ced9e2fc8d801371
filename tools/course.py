"""Set up the course and run it: the one command behind `make` and, on Windows, `py`.

    python3 tools/course.py TASK          py tools/course.py TASK

Needs nothing but Python. The course is installed into .venv, and again only when
pyproject.toml or constraints.txt change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11")  # where to look when python3 is old
PINS = ("pyproject.toml", "constraints.txt")


class Failed(Exception):
    """A task cannot go on; the message is a sentence for a person."""


def scripts(root: Path) -> Path:
    """Folder of the programs in .venv."""
    return root / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def interpreter(root: Path) -> Path:
    """The Python of .venv."""
    return scripts(root) / ("python.exe" if os.name == "nt" else "python")


def stamp(kind: str, root: Path) -> Path:
    """File in .venv that says for which pins `kind` (base or dev) was installed."""
    return root / ".venv" / f".aigc-{kind}"


def fingerprint(root: Path) -> str:
    """What an installation depends on, in one hash: the pins and where they lie."""
    parts = [str(root).encode(), *((root / name).read_bytes() for name in PINS)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready(kind: str, root: Path) -> bool:
    """Whether .venv holds what `kind` needs; dev holds base too."""
    wanted = fingerprint(root)
    stamps = [stamp(name, root) for name in {kind, "dev"}]
    return interpreter(root).exists() and any(
        path.exists() and path.read_text() == wanted for path in stamps
    )


def set_up(kind: str, root: Path = ROOT) -> None:
    """Install the course into .venv where it is not there or the pins changed."""
    if is_ready(kind, root):
        return
    if not interpreter(root).exists():
        say("Making .venv")
        quietly(
            [sys.executable, "-m", "venv", "--clear", str(root / ".venv")],
            "Cannot make .venv. On Debian and Ubuntu `sudo apt install python3-venv`"
            " brings what is missing.",
        )
    say("Installing into .venv: a few minutes the first time, about 5 GB on Linux")
    target = ".[dev]" if kind == "dev" else "."
    pip = [str(interpreter(root)), "-m", "pip", "install", "--quiet"]
    quietly(
        [*pip, "-c", "constraints.txt", "-e", target],
        "The installation failed; the lines above say why. Without a network, or with"
        " less than 10 GB of free disk, it cannot end well.",
        root,
    )
    stamp(kind, root).write_text(fingerprint(root))


def say(text: str) -> None:
    """Print a line at once, so that it stands before what a program prints."""
    print(text, flush=True)


def quietly(command: list[str], sentence: str, root: Path = ROOT) -> None:
    """Run a command; its output shows only when it fails. Raises Failed."""
    done = subprocess.run(
        command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise Failed(sentence)


def python(*arguments: str, **variables: str) -> int:
    """Run the Python of .venv in the project; return its exit status.

    variables: added to the environment; an empty one is taken out of it.
    """
    # nbgrader looks for a program of its own, alembic, on the PATH
    path = os.pathsep.join([str(scripts(ROOT)), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, **variables}
    kept = {name: value for name, value in environment.items() if value}
    return subprocess.call([str(interpreter(ROOT)), *arguments], cwd=ROOT, env=kept)


def aigc(*arguments: str) -> None:
    """Run the course's own command. Raises Failed when it does."""
    if python("-m", "aigc_course.cli", *arguments):
        raise Failed(f"`aigc {' '.join(arguments)}` failed.")


def stages(named: list[tuple[str, list[str], dict[str, str]]]) -> int:
    """Run every stage, also after one failed; say how each ended."""
    failed = []
    for name, arguments, variables in named:
        say(f"== {name}")
        start = time.monotonic()
        if python(*arguments, **variables):
            failed.append(name)
        verdict = "FAILED" if name in failed else "passed"
        say(f"== {name}: {verdict} in {time.monotonic() - start:.0f} s")
    say(f"Failed: {', '.join(failed)}" if failed else "Everything passed")
    return 1 if failed else 0


def lab(*arguments: str) -> int:
    """Open the notebooks in JupyterLab."""
    first = sorted((ROOT / "notebooks").glob("*.ipynb"))[:1]
    # in a container one is root, and JupyterLab would refuse to start
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    return python("-m", "jupyterlab", *map(str, first), *root, *arguments)


def demo() -> int:
    """Train a DCGAN for a minute, look at its digits, measure them."""
    run = ROOT / "runs" / "demo"
    if run.exists():
        if not (run / "config.json").exists() and any(run.iterdir()):
            raise Failed(f"{run} is there and is no run of this course; move it away.")
        shutil.rmtree(run)
    picture = run / "demo.png"
    aigc("train", "dcgan", "--seconds", "60", "--out", str(run))
    aigc("sample", str(run), "--n", "64", "--out", str(picture))
    aigc("evaluate", str(run))
    say(f"Generated digits: {picture}")
    return 0


def notebooks(*arguments: str) -> int:
    """Build notebooks/ and solutions/ from chapters/."""
    return python("tools/build_notebooks.py", *arguments)


def bench(*arguments: str) -> int:
    """Measure speed and quality, and write the record."""
    return python("benchmarks/run.py", *arguments)


def lint() -> int:
    """Check style and types."""
    return stages(LINT)


def test() -> int:
    """Run everything that must pass: lint, unit tests, notebooks."""
    with tempfile.TemporaryDirectory() as empty:
        fast = {**alone(), "AIGC_FAST": "1", "AIGC_CACHE": empty, "AIGC_DATA": ""}
        graded = {**fast, "NBGRADER_EXECUTION": "autograde"}  # a failing check raises
        named = [
            *LINT,
            ("unit tests", [*PYTEST, "-m", "not slow"], alone()),
            ("whole trainings and processes", [*PYTEST, "-m", "slow"], alone()),
            ("notebooks are built", ["tools/build_notebooks.py", "--check"], alone()),
            ("notebooks run", [*NBVAL, "notebooks"], fast),
            ("solutions pass their own checks", [*NBVAL, "solutions"], graded),
        ]
        return stages(named)


def browser_test() -> int:
    """Press the labs' buttons, in JupyterLab and a real browser."""
    if python("tests/browser/devtools.py"):  # says how to get a browser
        return 1
    pages = "tests/browser/labs_in_chromium.py"
    status = python("-m", "pytest", "-q", "-s", "--timeout", "900", pages)
    say(f"Screenshots to look at: {ROOT / 'runs' / 'browser'}")
    return status


def alone() -> dict[str, str]:
    """Variables under which a process has one thread and no network."""
    paths = [str(ROOT / "tests" / "no_network"), os.environ.get("PYTHONPATH", "")]
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OMP_NUM_THREADS": "1",
        "JUPYTER_PLATFORM_DIRS": "1",  # jupyter_core warns where it is unset
    }


def help() -> int:
    """Print this list."""
    say((__doc__ or "").split("\n")[0])
    for name, (task, _) in TASKS.items():
        say(f"  {name:<12} {task.__doc__}")
    return 0


LINT: list[tuple[str, list[str], dict[str, str]]] = [
    ("ruff check", ["-m", "ruff", "check"], {}),
    ("ruff format", ["-m", "ruff", "format", "--check"], {}),
    ("mypy", ["-m", "mypy"], {}),
]
PYTEST = ["-m", "pytest", "-q", "-n", "2"]
NBVAL = [*PYTEST, "--dist", "loadscope", "--nbval-lax"]
NBVAL += ["--nbval-current-env", "--nbval-cell-timeout", "120"]

# what each needs in .venv; help needs nothing
TASKS = {
    "lab": (lab, "base"),
    "demo": (demo, "base"),
    "test": (test, "dev"),
    "browser-test": (browser_test, "dev"),
    "notebooks": (notebooks, "dev"),
    "lint": (lint, "dev"),
    "bench": (bench, "dev"),
    "help": (help, None),
}


def main(arguments: list[str]) -> int:
    """Run one task; return its exit status."""
    if sys.version_info < OLDEST:
        return _with_newer_python(arguments)
    name, *rest = arguments or ["help"]
    if name not in TASKS:
        say(f"There is no task {name!r}. Tasks: {', '.join(TASKS)}.")
        return 2
    task, kind = TASKS[name]
    try:
        if kind:
            set_up(kind)
        return task(*rest)
    except Failed as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _with_newer_python(arguments: list[str]) -> int:
    for other in filter(None, map(shutil.which, NEWER)):
        return subprocess.call([other, __file__, *arguments])
    print("The course needs Python 3.11 or newer; python.org has it.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
