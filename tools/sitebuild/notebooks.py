"""A solved notebook as a page: anchors, folded solutions, captions for the eyes."""

import copy
import re
from pathlib import Path
from typing import Any

FOLDED = {
    "code_prompt_show": "Show the solution",
    "code_prompt_hide": "Hide the solution",
}
UNSEEN = ("badges", "colab", "way")  # cells that only a notebook needs
LABS = {
    "gan_lab": "lab_gan",
    "loss_explorer": "lab_losses",
    "attention_explorer": "lab_attention",
    "field_lab": "lab_field",
}
CAPTION = re.compile(r"^<p style=\"max-width:46em[^\"]*\">Figure: ")
LINK = re.compile(r"\]\((?:\.\./)?(?:notebooks/|solutions/)?(\d\d_\w+)\.ipynb\)")
REPOSITORY = re.compile(r"\]\(\.\./(?!notebooks|solutions)([^)#\s]+)\)")

Cell = dict[str, Any]


def page(
    solved: dict[str, Any], student: dict[str, Any], repository: str
) -> dict[str, Any]:
    """The notebook that Sphinx reads for a chapter.

    solved: with outputs. student: the same cells as handed out, of which the stubs of
    the exercises are shown above the folded solutions. repository: its address.
    """
    made = {**solved, "cells": []}
    made["metadata"] = {"kernelspec": solved["metadata"]["kernelspec"]}
    stubs = {cell["id"]: cell["source"] for cell in student["cells"]}
    for cell in solved["cells"]:
        if cell["id"].split("-", 1)[1] not in UNSEEN:
            made["cells"] += _cells(copy.deepcopy(cell), stubs, repository)
    return made


def anchor(cell_id: str) -> str:
    """What marks the place of a cell; a link to #cell_id leads there."""
    return f'<span id="{cell_id}" class="cell-place"></span>\n\n'


def _cells(cell: Cell, stubs: dict[str, Any], repository: str) -> list[Cell]:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [
            _markdown(_with_anchor(cell["id"], _links(text, repository)), cell["id"])
        ]
    before = [_markdown(anchor(cell["id"]), f"{cell['id']}-place")]
    if cell["metadata"].get("aigc", {}).get("exercise"):
        stub = "".join(stubs[cell["id"]])
        before = [
            _markdown(
                f"{anchor(cell['id'])}```python\n{stub}\n```", f"{cell['id']}-stub"
            )
        ]
        cell["metadata"] = {"tags": ["hide-input"], "mystnb": FOLDED}
    else:
        cell["metadata"] = {}
    cell["source"] = _without_marks(text)
    cell["outputs"] = [_output(output) for output in cell["outputs"]]
    return [*before, cell, *_invitation(text, cell["id"])]


def _markdown(text: str, cell_id: str) -> Cell:
    return {"cell_type": "markdown", "id": cell_id[:64], "metadata": {}, "source": text}


def _with_anchor(cell_id: str, text: str) -> str:
    """The title stays the first thing on its page."""
    if text.startswith("# "):
        title, _, rest = text.partition("\n")
        return f"{title}\n\n{anchor(cell_id)}{rest}"
    return anchor(cell_id) + text


def _links(text: str, repository: str) -> str:
    text = LINK.sub(r"](\1.ipynb)", text)
    return REPOSITORY.sub(rf"]({repository}/\1)", text)


def _without_marks(text: str) -> str:
    """Code without the marks of nbgrader and nbval."""
    marks = r"^\s*#+ (?:BEGIN SOLUTION|END SOLUTION|NBVAL_CHECK_OUTPUT)\n?"
    return re.sub(marks, "", text, flags=re.M).rstrip("\n")


def _output(output: Cell) -> Cell:
    """A caption that repeats a picture's alt is for the eyes alone."""
    html = output.get("data", {}).get("text/html")
    if html and CAPTION.match("".join(html)):
        output["data"]["text/html"] = "".join(html).replace(
            "<p style=", '<p class="figure-words" aria-hidden="true" style=', 1
        )
    return output


def _invitation(text: str, cell_id: str) -> list[Cell]:
    """A link to the lab's own page, where a cell shows one that plays on the site."""
    found = [page for name, page in LABS.items() if f"widgets.{name}(" in text]
    if not found:
        return []
    words = f"[Play with this lab on its own page]({found[0]}.md), without a kernel."
    return [_markdown(words, f"{cell_id}-lab")]


def add_work_line(page: dict[str, Any], stem: str, slug: str, branch: str) -> None:
    """Say beneath a chapter's title where it can be worked on."""
    colab = f"https://colab.research.google.com/github/{slug}/blob/{branch}/notebooks"
    binder = f"https://mybinder.org/v2/gh/{slug}/{branch}?urlpath=lab/tree/notebooks"
    line = (
        "Work on this chapter:"
        f' <a href="notebooks/{stem}.ipynb" download>notebook with exercises</a>,'
        f" [on Colab]({colab}/{stem}.ipynb), [on Binder]({binder}/{stem}.ipynb)."
        f' To print: <a href="pdf/{stem}.pdf">PDF</a>.'
    )
    first = page["cells"][0]
    title, _, rest = "".join(first["source"]).partition("\n")
    first["source"] = f"{title}\n\n{line}\n{rest}"


def chapters(root: Path) -> list[Path]:
    """The solved notebooks in the order of the course."""
    return sorted((root / "solutions").glob("*.ipynb"))
