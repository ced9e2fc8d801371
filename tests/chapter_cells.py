"""Cells of a chapter, for tests that compare its text with code and records."""

import re
from pathlib import Path

CHAPTERS = Path(__file__).parents[1] / "chapters"


def cell(name: str) -> str:
    """A cell by its id, its lines joined to one, without the marks of comments."""
    (path,) = CHAPTERS.glob(f"{name[:2]}_*.py")
    text = path.read_text("utf-8") + "\n# %%"
    match = re.search(rf'# %%[^\n]*id="{name}"[^\n]*\n(.*?)(?=\n# %%)', text, re.S)
    assert match, f"The chapter has no cell {name}."
    return " ".join(line.removeprefix("#").strip() for line in match[1].splitlines())
