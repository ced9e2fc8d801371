"""Build the notebooks of one chapter, or say how they differ from their source."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from aigc_course.errors import CourseError
from aigc_course.files import write_text
from nbbuild import execute, lint, studies
from nbbuild.assemble import complete, fill, student, text
from nbbuild.chapter import Chapter, read
from nbbuild.project import Project

REMEDY = "run `make notebooks`"


def linted(path: Path, project: Project) -> Chapter:
    """Read a chapter; raise CourseError with every rule it breaks, a line each."""
    chapter = read(path)
    if found := lint.problems(chapter, project):
        raise CourseError("\n".join(found))
    return chapter


def student_text(chapter: Chapter, project: Project) -> str:
    """The student notebook's file: what chapter, run card, slug and neighbours give."""
    notebook = student(complete(chapter, project))
    return text(fill(notebook, chapter, project))


def build_student(chapter: Chapter, project: Project) -> str | None:
    """Write notebooks/NN_slug.ipynb where it differs; return what was done, if any."""
    path = project.built("notebooks", chapter.stem)
    wanted = student_text(chapter, project)
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return None
    write_text(path, wanted)
    return "student notebook written"


def build_solution(
    chapter: Chapter, project: Project, *, fast: bool = False, force: bool = False
) -> str | None:
    """Write solutions/NN_slug.ipynb where it is out of date; return what was done.

    Outputs are kept where no code changed since they were made. fast: execute with
    AIGC_FAST=1, to look at; --check refuses such a notebook. force: execute always.

    Raises CourseError when a cell fails; the old file then stays.
    """
    path = project.built("solutions", chapter.stem)
    old = nbformat.read(path, as_version=4) if path.exists() else None
    if old and not force and not list(solution_differences(chapter, project)):
        return None
    new = complete(chapter, project)
    done = "outputs kept, text renewed"
    if force or not (old and _keep_outputs(old, new)):
        card = execute.run(new, f"chapters/{chapter.path.name}", fast=fast)
        done = f"solution executed in {card['seconds']} s"
        if fast:
            new.metadata["aigc"]["fast"] = True
        else:
            project.record(chapter.stem, card)
    write_text(path, text(fill(new, chapter, project)))
    return done


def _keep_outputs(old: NotebookNode, new: NotebookNode) -> bool:
    """Move outputs from old to new when both hold the same code; say whether."""
    kept = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    code = [cell for cell in new.cells if cell.cell_type == "code"]
    same = [cell.id for cell in code] == list(kept) and all(
        cell.source == kept[cell.id].source for cell in code if not _generated(cell)
    )
    if not same or old.metadata["aigc"].get("fast") or list(_unexecuted(old)):
        return False
    for cell in code:
        cell.outputs = kept[cell.id].outputs
        cell.execution_count = kept[cell.id].execution_count
    return True


def _generated(cell: NotebookNode) -> bool:
    return "generated" in cell.metadata.get("tags", [])


def differences(chapter: Chapter, project: Project) -> Iterator[str]:
    """One sentence for each way in which the built notebooks are out of date."""
    text = "\n".join(cell.source for cell in chapter.cells)
    for name in studies.unmeasured(text, project.study):
        yield f"{chapter.path.name} quotes the study {name}, which has no record yet."
    path = project.built("notebooks", chapter.stem)
    if not path.exists():
        yield f"notebooks/{path.name} is missing; {REMEDY}."
    elif path.read_text(encoding="utf-8") != student_text(chapter, project):
        yield f"notebooks/{path.name} is not what its chapter gives; {REMEDY}."
    yield from solution_differences(chapter, project)


def solution_differences(chapter: Chapter, project: Project) -> Iterator[str]:
    """The same for solutions/ alone; outputs and execution counts may differ."""
    path = project.built("solutions", chapter.stem)
    name = f"solutions/{path.name}"
    if not path.exists():
        yield f"{name} is missing; {REMEDY}."
        return
    built = nbformat.read(path, as_version=4)
    if built.metadata.get("aigc", {}).pop("fast", False):
        yield f"{name} was built with --fast; {REMEDY}."
    wanted = fill(complete(chapter, project), chapter, project)
    if (where := _first_difference(built, wanted)) is not None:
        yield f"{name} differs from its chapter at {where}; {REMEDY}."
    yield from (f"{name}: {sentence}" for sentence in _unexecuted(built))


def _first_difference(built: NotebookNode, wanted: NotebookNode) -> str | None:
    for old, new in zip(built.cells, wanted.cells, strict=False):
        if any(old.get(key) != new.get(key) for key in KEPT):
            return f"cell {new.id}"
    if len(built.cells) != len(wanted.cells):
        return "its end: one has more cells"
    return None if built.metadata == wanted.metadata else "its metadata"


KEPT = ("id", "cell_type", "source", "metadata")


def _unexecuted(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            yield f"cell {cell.id} was not executed; {REMEDY}."
        meant = "raises-exception" in cell.metadata.get("tags", [])
        if not meant and any(out.output_type == "error" for out in cell.outputs):
            yield f"cell {cell.id} holds an error; {REMEDY}."


def orphans(project: Project) -> Iterator[str]:
    """Built notebooks that no chapter gives any more."""
    stems = {path.stem for path in project.chapters()}
    for folder in ("notebooks", "solutions"):
        for path in sorted((project.root / folder).glob("*.ipynb")):
            if path.stem not in stems:
                yield f"{folder}/{path.name} has no chapter; remove it."
