"""CONTRIBUTING's table of files to touch is true: each thing is added once to a copy.

The examples stand in tests/how_to_add/KIND, each file where it belongs; EDITS are what
is changed in files that are there already. All are added to one copy of the course, and
tests/how_to_add/checks_of_the_copy.py is run in it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "tests" / "how_to_add"
BARS = {  # how many existing files may be edited by hand
    "a loss": 1,
    "a family": 1,
    "an exercise": 2,
    "a study": 1,
    "a failure": 3,
    "a chapter": 3,
}
LOSS = '''
def added_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = E[(a - 1)^2] + E[(b + 1)^2] for logits a of real and b of fake samples."""
    return (real_logits - 1).square().mean() + (fake_logits + 1).square().mean()


GAMES = {
    "added": Game(
        added_discriminator, wasserstein_generator, targets=(-1.0, 1.0)
    ),
'''
CELLS = '''
# %% [markdown] id="{n}-ex-added-text"
# {{{{exercise {n}.{name}}}}}


# %% id="{n}-ex-added" exercise="{n}.{name}"
def {name}({argument}):
    """What is asked for."""
    ### BEGIN SOLUTION
    {line}
    ### END SOLUTION


# %% id="{n}-use-added"
{name} = checks.use("{n}.{name}", {name})

'''
EXERCISE = CELLS.format(
    n="04", name="added", argument="logits", line="return (logits > 0).float().mean()"
)
REPAIR = CELLS.format(
    n="06",
    name="repair_j",
    argument="settings",
    line='return "an example", {**settings, "logs": "of logits"}',
)
ENTRY = """[99]
title = "An example"
makes = "You double a number."
picture = "99-picture"

"""
# kind: by file, where something is put in front of, and what
EDITS: dict[str, dict[str, tuple[str, str]]] = {
    "a loss": {"aigc_course/gan/losses.py": ("GAMES = {\n", LOSS)},
    "a family": {
        "README.md": ("| `aigc_course/vae/` |", "| `aigc_course/added/` | example |\n")
    },
    "an exercise": {
        "chapters/04_a_first_gan.py": ("# {{exercise 04.optimizers}}", EXERCISE)
    },
    "a study": {},
    "a failure": {
        "chapters/06_when_gans_fail.py": ("# {{exercise 06.wilson}}", REPAIR)
    },
    "a chapter": {"chapters/syllabus.toml": ("[00]\n", ENTRY)},
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the course is made of, with one thing of each kind added."""
    root = tmp_path_factory.mktemp("added") / "course"
    skip = shutil.ignore_patterns("__pycache__", "how_to_add", "browser", "js")
    for name in ("aigc_course", "chapters", "tests", "tools"):
        shutil.copytree(ROOT / name, root / name, ignore=skip)
    for name in ("README.md", "pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, root)
    for kind in BARS:
        add(kind, root)
    shutil.copy(EXAMPLES / "checks_of_the_copy.py", root / "tests")
    (root / "a_copy").touch()
    return root


def add(kind: str, root: Path) -> None:
    """Copy a kind's new files, none of which may be there, and make its edits."""
    for file in new_files(kind):
        place = root / file
        assert not place.exists(), f"{file} is there already"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / kind.split()[-1] / file, place)
    for name, (mark, text) in EDITS[kind].items():
        file = root / name
        before, found, after = file.read_text(encoding="utf-8").partition(mark)
        assert found, f"{name} has no {mark!r}"
        if "# %%" in text:  # in front of the cell in which the mark stands
            head, cell, rest = before.rpartition("# %%")
            before, found = head, text.lstrip() + cell + rest + found
        elif mark in text:
            found = text
        else:
            found = text + found
        file.write_text(before + found + after, encoding="utf-8")


def new_files(kind: str) -> list[Path]:
    """The files that come with a kind, relative to the course."""
    folder = EXAMPLES / kind.split()[-1]
    files = (path for path in folder.rglob("*.py"))
    return sorted(path.relative_to(folder) for path in files)


def row(kind: str) -> tuple[str, str]:
    """What CONTRIBUTING's table says of a kind: new files, files to edit."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| {kind} \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    assert found, f"CONTRIBUTING's table has no {kind}"
    return found[1], found[2]


def fits(file: Path | str, told: str) -> bool:
    """Whether a file is meant by one of the names in backticks: NN, name are free."""
    patterns = []
    for name in re.findall(r"`([^`]+)`", told):
        pattern = re.escape(name).replace("NN", r"\d\d").replace("/…", "/.+")
        patterns.append(re.sub(r"NAME", r"\\w+", pattern))
    path = Path(file).as_posix()
    return any(re.fullmatch(pattern, path) for pattern in patterns)


@pytest.mark.parametrize("kind", BARS)
def test_few_files_that_are_there_are_edited(kind: str) -> None:
    assert len(EDITS[kind]) <= BARS[kind]


@pytest.mark.parametrize("kind", BARS)
def test_the_table_names_the_files(kind: str) -> None:
    new, edited = row(kind)
    assert all(fits(file, edited) for file in EDITS[kind]), edited
    assert all(fits(file, new) for file in new_files(kind)), new
    assert len(re.findall("`", edited)) // 2 == len(EDITS[kind]), edited


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_all_that_was_added_works_in_the_copy(copy: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts="]
    command += ["-p", "no:cacheprovider"]
    paths = os.pathsep.join(map(str, (copy, copy / "tests")))
    done = subprocess.run(
        [*command, "tests/checks_of_the_copy.py"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
