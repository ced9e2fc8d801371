"""Displayed equations and the ids that their tests are found by."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nbbuild.chapter import Chapter, read

TAG = re.compile(r"\\tag\{([^}]*)\}")
DISPLAYED = re.compile(
    r"\$\$.+?\$\$|\\begin\{(align|equation|gather)(\*?)\}.+?\\end\{\1\2\}", re.DOTALL
)
# Code is shown, not typeset: a dollar in it starts no formula
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def displayed(markdown: str) -> list[str]:
    """Every displayed equation of a markdown text, with its delimiters."""
    return [found.group() for found in DISPLAYED.finditer(CODE.sub("", markdown))]


def equation_ids(chapter: Chapter | Path) -> list[str]:
    r"""Ids `N.M` of the equations that a chapter shows (`\tag{N.M}`), in order."""
    chapter = read(chapter) if isinstance(chapter, Path) else chapter
    texts = (cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    return [tag for text in texts for eq in displayed(text) for tag in TAG.findall(eq)]


def marked_ids(folder: Path) -> dict[str, str]:
    """Ids named by `@pytest.mark.equation(...)` above a test, with the test's name.

    folder: searched for test_*.py at every depth. The files are read, not run, so the
    answer does not depend on which tests were chosen.
    """
    return {
        tag: f"{path.name}::{function.name}"
        for path in sorted(folder.rglob("test_*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test")
        for tag in _marked(function)
    }


def _marked(function: ast.FunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith(
            "mark.equation"
        ):
            yield from (ast.literal_eval(argument) for argument in mark.args)
