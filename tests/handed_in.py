"""Notebooks as students hand them in, for the tests of grading."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ID = "00.to_tanh_range"  # the one exercise of chapter 00, a difficulty of 1
NAME = "to_tanh_range"
RIGHT = f"def {NAME}(pixels):\n    return (pixels.float() - 127.5) / 127.5"
HALF_RANGE = f"def {NAME}(pixels):\n    return pixels / 255"  # misconception unit_range
STUB = f'def {NAME}(pixels):\n    raise NotImplementedError("not attempted yet")'
USE = f'{NAME} = checks.use("{ID}", {NAME})'
IMPORTS = "import torch\n\nfrom aigc_course import checks"


def does(body: str, head: str = "") -> str:
    """A cell with the exercise's function; the body's lines are set in."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{head}\ndef {NAME}(pixels):\n{lines}"


def hand_in(folder: Path, student: str, *cells: str) -> Path:
    """Write a notebook with these code cells between others."""
    folder.mkdir(parents=True, exist_ok=True)
    code = [new_code_cell(text) for text in cells]
    notebook = new_notebook(cells=[new_markdown_cell("# Mine"), *code])
    path = folder / f"{student}.ipynb"
    nbformat.write(notebook, path)
    return path


def copy(folder: Path, student: str, answer: str) -> Path:
    """A copy of the chapter, as much as matters, with this answer."""
    return hand_in(folder, student, IMPORTS, answer, USE, "print('the end')")
