"""A chapter of a few cells in a project of its own, for the tests of the build."""

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbbuild import build
from nbbuild.chapter import Chapter
from nbbuild.project import Project
from nbformat import NotebookNode

from aigc_course.errors import CourseError

STEM = "05_tiny"
CHAPTER = r"""# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="05-title"
# # A tiny chapter
# {{run card}}
# [Code](https://github.com/{{repository}})

# %% id="05-import" tags=["quick"]
import os
from types import SimpleNamespace

from IPython.display import display


def use(name, function):
    try:
        passed = function(3) == 6
    except NotImplementedError:
        passed = False
    if not passed and "NBGRADER_EXECUTION" in os.environ:
        raise AssertionError(f"{name}: not passed")
    return function if passed else lambda x: 2 * x


checks = SimpleNamespace(use=use)

# %% id="05-widget"
view = "application/vnd.jupyter.widget-view+json"
display({view: {"model_id": "1"}, "text/plain": "a slider"}, raw=True)

# %% [markdown] id="05-double-head"
# {{exercise 05.double}}
#
# $$ y = 2 x \tag{5.1} $$

# %% id="05-double" exercise="05.double"
def double(x):
    "Twice x."
    if x:
        ### BEGIN SOLUTION
        return 2 * x
        ### END SOLUTION

# %% id="05-double-check"
double = checks.use("05.double", double)

# %% id="05-look"
print("fast:", os.environ.get("AIGC_FAST"), "double:", double(4))
print("backend:", os.environ["MPLBACKEND"].rpartition(".")[2])
"""

PYPROJECT = '[tool.aigc]\nrepository = "someone/course"\nbranch = "trunk"\n'


@dataclass
class Double:
    """The exercise of the tiny chapter."""

    difficulty: int = 3
    minutes: int = 5
    header: str = "**Exercise 05.double** · difficulty 3/5"


def exercise(name: str) -> Double:
    """Knows 05.double only."""
    if name != "05.double":
        raise CourseError(f'There is no exercise "{name}".')
    return Double()


def make(root: Path, text: str = CHAPTER) -> Project:
    """A project whose only chapter is `text`."""
    (root / "chapters").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "chapters" / f"{STEM}.py").write_text(text, encoding="utf-8")
    return Project(root, exercise)


def rewrite(project: Project, old: str, new: str) -> Chapter:
    """Change the chapter's text and read it again."""
    path = project.chapters()[0]
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return build.linted(path, project)


def notebook(project: Project, folder: str) -> NotebookNode:
    """The built notebook in notebooks/ or solutions/."""
    return nbformat.read(project.built(folder, STEM), as_version=4)


def cell(project: Project, folder: str, name: str) -> NotebookNode:
    """One of its cells, by the id after "05-"."""
    return next(c for c in notebook(project, folder).cells if c.id == f"05-{name}")
