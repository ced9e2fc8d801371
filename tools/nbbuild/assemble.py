"""Put a notebook together from a chapter: generated cells, metadata, placeholders."""

import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearSolutions,
    LockCells,
)

from nbbuild import minutes, studies
from nbbuild.chapter import Chapter
from nbbuild.lint import uses
from nbbuild.project import Project

STUB = 'raise NotImplementedError("not attempted yet")'
PLACEHOLDER = re.compile(r"\{\{(run card|time|repository|branch|exercise ([\w.]+))\}\}")

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# No version: the same source gives the same bytes under every Python
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}

BADGES = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{slug}/blob/{branch}/{file})\n"
    "[![Open in Binder](https://mybinder.org/badge_logo.svg)]"
    "(https://mybinder.org/v2/gh/{slug}/{branch}?urlpath=lab/tree/{file})"
)

# Colab brings its own torch, torchvision and numpy, built for its GPUs: --no-deps keeps
# them. The other names are small packages that a Colab image may lack.
COLAB = """\
# @title Set up the course on Colab
# On Colab this installs {what}.
# Anywhere else it does nothing.
import importlib
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules:
    wanted = {{
        "aigc_course": "{course}",
        "platformdirs": "{platformdirs}",
        "safetensors": "{safetensors}",
    }}
    for module, package in wanted.items():
        if find_spec(module) is None:
            print("Installing", package)
            %pip install --quiet --no-deps {{package}}
    importlib.invalidate_caches()"""


def complete(chapter: Chapter, project: Project) -> NotebookNode:
    """The whole chapter as a notebook, solutions in place, not executed.

    The badges open the student notebook from both: a school makes its assignment from
    the solved one. Expects a linted chapter.
    """
    place = {"slug": project.slug, "branch": project.branch}
    badges = BADGES.format(file=f"notebooks/{chapter.stem}.ipynb", **place)
    colab = COLAB.format(**colab_packages(project))
    cells = [_made(cell, project) for cell in chapter.cells]
    set_up = _generated(new_code_cell, chapter, "colab", colab)
    # folded away: JupyterLab reads the first, Colab the second with the cell's @title
    set_up.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    # badges stand above the title, the set-up cell below it
    cells[0:0] = [_generated(new_markdown_cell, chapter, "badges", badges)]
    cells[2:2] = [set_up]
    if way := links(chapter, project):
        cells.append(_generated(new_markdown_cell, chapter, "way", way))
    notebook = new_notebook(cells=cells, metadata=_head(chapter))
    return CheckCellMetadata().preprocess(notebook, {})[0]


def links(chapter: Chapter, project: Project) -> str:
    """Links to the chapters before and after, and to the first; "" for an only one."""
    paths = project.chapters()
    here = [path.stem for path in paths].index(chapter.stem)
    around = {
        "← {}": paths[here - 1] if here else None,
        "{}": paths[0] if here > 1 else None,
        "{} →": paths[here + 1] if here + 1 < len(paths) else None,
    }
    return " · ".join(
        f"[{words.format(_title(path))}]({path.stem}.ipynb)"
        for words, path in around.items()
        if path
    )


def _title(path: Path) -> str:
    """The heading of a chapter, "05 · The DCGAN-MNIST project"."""
    found = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), re.M)
    return found[1] if found else path.stem


def colab_packages(project: Project) -> dict[str, str]:
    """What the Colab cell installs: a release by its hash, else a branch, named."""
    if project.release:
        address, digest = project.release
        course = f"{address}#sha256={digest}"
        version = address.rsplit("/", 1)[1].split("-")[1]
        what = f"release {version} of the course, whose hash pip compares"
    else:
        course = f"git+https://github.com/{project.slug}@{project.branch}"
        what = f"the course as it is now, unreleased, from its branch {project.branch}"
    return {
        "what": what,
        "course": course,
        "platformdirs": project.pin("platformdirs"),
        "safetensors": project.pin("safetensors"),
    }


def student(notebook: NotebookNode) -> NotebookNode:
    """Take solutions and hidden tests out of a complete notebook, in place."""
    steps = (
        LockCells(),
        ClearSolutions(code_stub={"python": STUB}),
        ClearHiddenTests(),
        CheckCellMetadata(),
    )
    for step in steps:
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def fill(notebook: NotebookNode, chapter: Chapter, project: Project) -> NotebookNode:
    """Replace the placeholders in markdown cells, in place."""
    card = project.run_cards().get(chapter.stem)
    words = {
        "run card": run_card_line(card),
        "time": minutes.needed(chapter, project).line(),
        "repository": project.slug,
        "branch": project.branch,
    }

    def word(found: re.Match[str]) -> str:
        kind, exercise = found.groups()
        return project.exercise(exercise).header if exercise else words[kind]

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = PLACEHOLDER.sub(word, cell.source)
            cell.source = studies.filled(text, project.study)
    return notebook


def text(notebook: NotebookNode) -> str:
    """The notebook as it is written: validated, keys sorted, one newline at the end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def run_card_line(card: dict[str, Any] | None) -> str:
    """One line of measured time and memory; `card` as `execute.run` returns it."""
    if card is None:
        return "Run card: not measured yet."
    # CPU time does not depend on what else the machine does; a GPU has none
    measured = "cpu_seconds" if card["device"] == "CPU" else "seconds"
    minutes, seconds = divmod(round(card.get(measured, card["seconds"])), 60)
    time = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    time += " of CPU time" if measured in card and card["device"] == "CPU" else ""
    cores = "1 CPU core" if card["cores"] == 1 else f"{card['cores']} CPU cores"
    versions = [card["system"], f"Python {card['python']}"]
    versions += [f"torch {card['torch']}"] if card["torch"] else []
    return (
        f"Run card: {time}, at most {card['peak_mb']:,} MB of memory, on {cores}"
        f" ({', '.join(versions)}); device: {card['device']};"
        f" data: {', '.join(card['data']) or 'none'}."
        " Measured when the solutions were built."
    )


def _head(chapter: Chapter) -> dict[str, Any]:
    colab: dict[str, Any] = {"name": f"{chapter.stem}.ipynb", "provenance": []}
    head: dict[str, Any] = {
        "aigc": {"chapter": chapter.number, "source": chapter.source},
        "kernelspec": KERNEL,
        "language_info": LANGUAGE,
    }
    if "accelerator" in chapter.head:
        head["accelerator"] = chapter.head["accelerator"]
        colab["gpuType"] = "T4"
    return head | {"colab": colab}


def _generated(new: Any, chapter: Chapter, name: str, source: str) -> NotebookNode:
    cell = new(source, id=f"{chapter.number}-{name}")
    cell.metadata["tags"] = ["generated"]
    return cell


def _made(cell: NotebookNode, project: Project) -> NotebookNode:
    """A copy of a chapter's cell; an exercise and its check are marked for nbgrader."""
    made = nbformat.from_dict(cell)
    if name := made.metadata.pop("exercise", None):
        made.metadata["aigc"] = {"exercise": name}
        made.metadata["nbgrader"] = _nbgrader(cell.id, solution=True)
    for _, name, _ in uses(cell):
        made.metadata["nbgrader"] = _nbgrader(cell.id, grade=True, locked=True)
        made.metadata["nbgrader"]["points"] = project.exercise(name).difficulty
    return made


def _nbgrader(grade_id: str, **roles: bool) -> dict[str, Any]:
    off = dict.fromkeys(("grade", "locked", "solution", "task"), False)
    return {"schema_version": 3, "grade_id": grade_id} | off | roles
