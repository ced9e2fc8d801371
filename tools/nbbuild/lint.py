"""What a chapter must keep to, besides running."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from aigc_course.errors import CourseError
from nbbuild import studies
from nbbuild.chapter import Chapter
from nbbuild.equations import TAG, displayed
from nbbuild.project import Project

MAX_CODE_LINES = 30
GENERATED = ("badges", "colab", "way")  # ids NN-badges … belong to the build
METADATA = {"exercise", "jupyter", "tags"}
USE = re.compile(r"""^(\w+) = checks\.use\(\s*["']([^"']+)["'],\s*(\w+)\s*\)""", re.M)
SOLUTION = re.compile(r"#+ (BEGIN|END) SOLUTION")
HEADER = re.compile(r"\{\{exercise ([^}]*)\}\}")
NO_ALT_TEXT = re.compile(r"!\[\s*\]\(|<img\b(?![^>]*\balt=.\S)[^>]*>")


def problems(chapter: Chapter, project: Project) -> list[str]:
    """Every rule that the chapter breaks, one sentence each; empty when all is well."""
    found = [
        f"{chapter.where(index)}: {sentence}"
        for index, cell in enumerate(chapter.cells)
        for sentence in [
            *_id(chapter, index),
            *_metadata(cell),
            *(_code(cell) if cell.cell_type == "code" else _markdown(cell, project)),
        ]
    ]
    found += _exercises(chapter, project)
    return [*found, *_headers(chapter), *_repeated(chapter)]


def _id(chapter: Chapter, index: int) -> Iterator[str]:
    cell_id = chapter.cells[index].id
    if not cell_id.startswith(f"{chapter.number}-"):
        yield f"the id {cell_id!r} must start with {chapter.number}-."
    if cell_id[3:] in GENERATED:
        yield f"the id {cell_id!r} belongs to a cell that the build writes."
    if cell_id in [cell.id for cell in chapter.cells[:index]]:
        yield f"the id {cell_id!r} was used above; every cell has its own."


def _metadata(cell: NotebookNode) -> Iterator[str]:
    unknown = sorted(set(cell.metadata) - METADATA)
    if unknown:
        yield (
            f"{', '.join(unknown)} is unknown in a `# %%` line;"
            f" known: id, {', '.join(sorted(METADATA))}."
        )


def _code(cell: NotebookNode) -> Iterator[str]:
    lines = [line for line in cell.source.split("\n") if line.strip()]
    if not lines:
        yield "the code cell is empty."
    if len(lines) > MAX_CODE_LINES:
        yield f"{len(lines)} lines of code; a cell has at most {MAX_CODE_LINES}."
    marks = SOLUTION.findall(cell.source)
    if "exercise" not in cell.metadata and marks:
        yield 'a solution outside an exercise; write exercise="NN.name" in its line.'
    if "exercise" in cell.metadata and (
        not marks or marks != ["BEGIN", "END"] * (len(marks) // 2)
    ):
        yield "an exercise needs ### BEGIN SOLUTION and ### END SOLUTION, in pairs."


def _markdown(cell: NotebookNode, project: Project) -> Iterator[str]:
    if not cell.source.strip():
        yield "the markdown cell is empty."
    if NO_ALT_TEXT.search(cell.source):
        yield "an image without a text description; write ![what it shows](file)."
    if any(not TAG.search(equation) for equation in displayed(cell.source)):
        yield r"a displayed equation without an id; write \tag{N.M} in it."
    if "exercise" in cell.metadata:
        yield "an exercise is a code cell."
    yield from studies.problems(cell.source, project.study)


def uses(cell: NotebookNode) -> list[tuple[str, str, str]]:
    """(name bound, exercise, function given) of each `f = checks.use("NN.x", f)`."""
    return USE.findall(cell.source) if cell.cell_type == "code" else []


def _exercises(chapter: Chapter, project: Project) -> Iterator[str]:
    """Each exercise is known and has one later check; each check has its exercise."""
    asked: dict[str, str] = {}
    checked: list[str] = []
    for index, cell in enumerate(chapter.cells):
        where = chapter.where(index)
        if name := cell.metadata.get("exercise"):
            yield from (f"{where}: {s}" for s in _asked(chapter, name, asked, project))
            asked[name] = where
        for left, name, right in uses(cell):
            yield from (f"{where}: {s}" for s in _checked(name, asked, checked))
            if not left == right == name[3:]:
                yield f'{where}: write {name[3:]} = checks.use("{name}", {name[3:]}).'
            checked.append(name)
    for name, where in asked.items():
        if name not in checked:
            yield f'{where}: write {name[3:]} = checks.use("{name}", {name[3:]}) below.'


def _asked(
    chapter: Chapter, name: str, asked: dict[str, str], project: Project
) -> Iterator[str]:
    if name in asked:
        yield f"the exercise {name!r} was asked above."
    if not name.startswith(f"{chapter.number}."):
        yield f'the exercise {name!r} must be named "{chapter.number}.something".'
        return
    try:
        project.exercise(name)
    except CourseError as error:
        yield str(error)


def _checked(name: str, asked: dict[str, str], checked: list[str]) -> Iterator[str]:
    if name not in asked:
        yield f"checks {name!r}, but no cell above is that exercise."
    if name in checked:
        yield f"the exercise {name!r} is checked twice."


def _headers(chapter: Chapter) -> Iterator[str]:
    known = {cell.metadata.get("exercise") for cell in chapter.cells}
    for index, cell in enumerate(chapter.cells):
        for name in HEADER.findall(cell.source):
            if name not in known:
                yield f"{chapter.where(index)}: no cell of this chapter is {name!r}."


def _repeated(chapter: Chapter) -> Iterator[str]:
    seen: set[str] = set()
    for index, cell in enumerate(chapter.cells):
        text = cell.source if cell.cell_type == "markdown" else ""
        for tag in [t for eq in displayed(text) for t in TAG.findall(eq)]:
            if tag in seen:
                yield f"{chapter.where(index)}: the equation id {tag} was used above."
            seen.add(tag)
