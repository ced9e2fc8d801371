"""What `make` and `tools/course.py` can be asked for, and what each needs in .venv."""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from installing.errors import Failed
from installing.place import interpreter, is_ready, scripts
from installing.setup import set_up

ROOT = Path(__file__).resolve().parents[1]


def say(text: str) -> None:
    """Print a line at once, so that it stands before what a program prints."""
    print(text, flush=True)


def python(*arguments: str, **variables: str) -> int:
    """Run the Python of .venv in the project; return its exit status.

    variables: added to the environment; an empty one is taken out of it.
    """
    # nbgrader looks for a program of its own, alembic, on the PATH
    path = os.pathsep.join([str(scripts(ROOT)), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, **variables}
    kept = {name: value for name, value in environment.items() if value}
    return subprocess.call([str(interpreter(ROOT)), *arguments], cwd=ROOT, env=kept)


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


def demo(*arguments: str) -> int:
    """Train a DCGAN for a minute, look at its digits, measure them."""
    run = ROOT / "runs" / "demo"
    return python("-m", "aigc_course.cli", "demo", "--out", str(run), *arguments)


def notebooks(*arguments: str) -> int:
    """Build notebooks/ and solutions/ from chapters/."""
    return python("tools/build_notebooks.py", *arguments)


def bench(*arguments: str) -> int:
    """Measure speed and quality, and write the record."""
    return python("benchmarks/run.py", *arguments)


def gpu_check(*arguments: str) -> int:
    """Train every family on the GPU and on the CPU, and compare."""
    check = str(ROOT / "tools" / "gpu_check.py")
    if not is_ready("base", ROOT):
        # the system's own torch will do: nothing is installed where it is
        if find_spec("torch") and find_spec("numpy"):
            return subprocess.call([sys.executable, check, *arguments], cwd=ROOT)
        set_up("base", ROOT)
    return python(check, *arguments)


def memory(*arguments: str) -> int:
    """Run every chapter under a limit of 2 GB, and record what it needed."""
    return python("tools/memory.py", *arguments, **alone())


def site(*arguments: str) -> int:
    """Build the website into build/site; --pdf adds a PDF of each chapter."""
    return python("tools/build_site.py", "build", *arguments)


def site_test() -> int:
    """Build the website and open every page in a browser."""
    # fetched first; what follows has no network
    fetched = python("tools/build_site.py", "fetch")
    return fetched or python("tools/build_site.py", "test", **alone())


def kit(*arguments: str) -> int:
    """Write what a teacher needs: guides, slides, quizzes, plans, into build/kit."""
    return python("tools/make_kit.py", *arguments)


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
    tried = ["tests/browser/labs_in_chromium.py", "tests/browser/labs_axe.py"]
    status = python("-m", "pytest", "-q", "-s", "--timeout", "900", *tried)
    say(f"Screenshots to look at: {ROOT / 'runs' / 'browser'}")
    return status


def alone() -> dict[str, str]:
    """Variables under which a process has one thread and no network.

    What a process compiles is kept, whatever the machine's own setting is: the tests
    start hundreds of processes.
    """
    paths = [str(ROOT / "tests" / "no_network"), os.environ.get("PYTHONPATH", "")]
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "",
        "JUPYTER_PLATFORM_DIRS": "1",  # jupyter_core warns where it is unset
    }


def help() -> int:
    """Print this list."""
    say("Set up the course and run it; each task does its own set-up.")
    for name, (task, _) in TASKS.items():
        say(f"  {name:<12} {task.__doc__}")
    return 0


LINT: list[tuple[str, list[str], dict[str, str]]] = [
    ("ruff check", ["-m", "ruff", "check"], {}),
    ("ruff format", ["-m", "ruff", "format", "--check"], {}),
    ("mypy", ["-m", "mypy"], {}),
]
# the slowest are named: what a test costs is looked at. A file's tests share what they
# make, so they go to one process
PYTEST = ["-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--durations", "25"]
NBVAL = [*PYTEST, "--dist", "loadscope", "--nbval-lax"]
NBVAL += ["--nbval-current-env", "--nbval-cell-timeout", "120"]
NBVAL += ["-p", "tools.nbval_memory"]

# what each needs in .venv; help needs nothing
TASKS = {
    "lab": (lab, "base"),
    "demo": (demo, "base"),
    "test": (test, "dev"),
    "browser-test": (browser_test, "dev"),
    "notebooks": (notebooks, "dev"),
    "lint": (lint, "dev"),
    "bench": (bench, "dev"),
    "gpu-check": (gpu_check, None),
    "memory": (memory, "dev"),
    "site": (site, "base"),
    "site-test": (site_test, "dev"),
    "kit": (kit, "dev"),
    "help": (help, None),
}


def main(arguments: list[str]) -> int:
    """Run one task; return its exit status, 2 where something outside must change."""
    name, *rest = arguments or ["help"]
    if name not in TASKS:
        print(
            f"There is no task {name!r}; there are: {', '.join(TASKS)}.",
            file=sys.stderr,
        )
        return 2
    task, kind = TASKS[name]
    try:
        if kind:
            set_up(kind, ROOT)
        return task(*rest)
    except Failed as reason:
        print(reason, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The computer refused it: {error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
