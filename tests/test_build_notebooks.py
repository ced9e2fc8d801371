"""What stands in student and solution notebooks."""

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
from IPython.core.inputtransformer2 import TransformerManager
from nbbuild import assemble, build
from nbbuild.project import Project
from tiny import STEM, cell, notebook, rewrite

from aigc_course.errors import CourseError


def test_student_notebook_is_a_function_of_its_source(built: Project) -> None:
    text = built.built("notebooks", STEM).read_text(encoding="utf-8")
    again = build.linted(built.chapters()[0], built)
    assert build.student_text(again, built) == text
    assert text.endswith("}\n")


def test_student_notebook_holds_no_output_and_no_solution(built: Project) -> None:
    code = [c for c in notebook(built, "notebooks").cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    assert "SOLUTION" not in "".join(c.source for c in code)


def test_the_stub_keeps_its_indentation(built: Project) -> None:
    source = cell(built, "notebooks", "double").source
    assert '        raise NotImplementedError("not attempted yet")' in source
    with pytest.raises(NotImplementedError, match="not attempted yet"):
        names: dict[str, Any] = {}
        exec(compile(ast.parse(source), "stub", "exec"), names)
        names["double"](1)


def test_solution_is_executed_and_keeps_its_outputs(built: Project) -> None:
    cells = [c for c in notebook(built, "solutions").cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == [1, 2, 3, 4, 5, 6]
    said = "fast: None double: 8\nbackend: backend_inline\n"
    assert cells[-1].outputs[0].text == said
    assert "### BEGIN SOLUTION" in cell(built, "solutions", "double").source


def test_ids_are_those_of_the_chapter(built: Project) -> None:
    wanted = ["badges", "title", "colab", "import", "widget"]
    wanted += ["double-head", "double", "double-check", "look"]
    for folder in ("notebooks", "solutions"):
        ids = [c.id for c in notebook(built, folder).cells]
        assert ids == [f"05-{name}" for name in wanted]


def test_nbgrader_marks_the_exercise_and_its_check(built: Project) -> None:
    off = {"grade": False, "locked": False, "solution": False, "task": False}
    off |= {"schema_version": 3}
    ask = cell(built, "notebooks", "double").metadata
    check = cell(built, "notebooks", "double-check").metadata
    assert ask.nbgrader == off | {"grade_id": "05-double", "solution": True}
    assert ask.aigc == {"exercise": "05.double"}
    graded = {"grade_id": "05-double-check", "grade": True, "locked": True, "points": 3}
    assert check.nbgrader == off | graded
    assert check.editable is False and check.deletable is False


def test_head_names_kernel_and_accelerator(built: Project) -> None:
    for folder in ("notebooks", "solutions"):
        head = notebook(built, folder).metadata
        assert head.kernelspec.name == "python3"
        assert (
            head.language_info.name == "python" and "version" not in head.language_info
        )
        assert head.accelerator == "GPU" and head.colab.gpuType == "T4"
        assert "widgets" not in head


def test_no_accelerator_unless_asked_for(project: Project) -> None:
    source = rewrite(project, "accelerator: GPU", "title: tiny")
    head = json.loads(build.student_text(source, project))["metadata"]
    assert "accelerator" not in head and "gpuType" not in head["colab"]


def test_a_widget_leaves_its_text_only(built: Project) -> None:
    (output,) = cell(built, "solutions", "widget").outputs
    assert output.data == {"text/plain": "a slider"}


def test_badges_and_links_come_from_the_slug(built: Project) -> None:
    badges = cell(built, "notebooks", "badges").source
    assert f"github/someone/course/blob/trunk/notebooks/{STEM}.ipynb" in badges
    assert f"gh/someone/course/trunk?urlpath=lab/tree/notebooks/{STEM}.ipynb" in badges
    title = cell(built, "notebooks", "title").source
    assert "[Code](https://github.com/someone/course)" in title


def test_an_exercise_shows_its_header(built: Project) -> None:
    head = cell(built, "notebooks", "double-head").source
    assert head.startswith("**Exercise 05.double** · difficulty 3/5\n")


def test_run_card_is_measured(built: Project) -> None:
    card = built.run_cards()[STEM]
    assert 0 < card["seconds"] < 60 and 20 < card["peak_mb"] < 1000
    assert card["torch"] is None and card["data"] == []
    assert 0 < card["cpu_seconds"] < 60
    line = f" s of CPU time, at most {card['peak_mb']} MB of memory"
    for folder in ("notebooks", "solutions"):
        assert line in cell(built, folder, "title").source


def test_run_card_without_a_record(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    source = build.linted(project.chapters()[0], project)
    assert "Run card: not measured yet." in build.student_text(source, project)


# the Colab set-up cell


def run_colab_cell(
    built: Project, monkeypatch: pytest.MonkeyPatch, installed: set[str]
) -> list[str]:
    """Run the cell where only `installed` can be imported; what %pip was given."""
    lines: list[str] = []

    class Shell:
        def run_line_magic(self, name: str, line: str, *_: Any) -> None:
            lines.append(f"{name} {line}")

    def find(name: str) -> object:
        return object() if name in installed else None

    monkeypatch.setattr("importlib.util.find_spec", find)
    source = cell(built, "notebooks", "colab").source
    code = TransformerManager().transform_cell(source)
    exec(code, {"get_ipython": Shell})
    return lines


def test_colab_cell_does_nothing_elsewhere(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_colab_cell(built, monkeypatch, set()) == []


def test_colab_cell_installs_what_is_missing_without_dependencies(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", object())
    lines = run_colab_cell(built, monkeypatch, {"safetensors"})
    assert len(lines) == 2  # the course and platformdirs
    assert all(line.startswith("pip install --quiet --no-deps") for line in lines)
    everything = {"aigc_course", "platformdirs", "safetensors"}
    assert run_colab_cell(built, monkeypatch, everything) == []


def test_colab_cell_says_what_it_installs(tmp_path: Path) -> None:
    """Before a release a branch, and the word; afterwards a wheel with its hash."""
    project = tiny.make(tmp_path)
    told = assemble.colab_packages(project)
    assert told["course"].endswith("someone/course@trunk")
    assert "unreleased, from its branch trunk" in told["what"]
    assert told["platformdirs"] == "platformdirs"  # the tiny project pins nothing
    (tmp_path / "constraints.txt").write_text("platformdirs==4.1 ; os_name == 'nt'\n")
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write('wheel = "https://a/b/aigc_course-1.2-py3-none-any.whl"\n')
        file.write(f'sha256 = "{"0" * 64}"\n')
    told = assemble.colab_packages(Project(tmp_path))
    assert told["course"].endswith(
        f"aigc_course-1.2-py3-none-any.whl#sha256={'0' * 64}"
    )
    assert "release 1.2 of the course" in told["what"]
    assert told["platformdirs"] == "platformdirs==4.1"


# figures of studies


def quoting(built: Project, tmp_path: Path, content: dict[str, Any]) -> Project:
    """The tiny project, a figure in its last text, the record as given."""
    from aigc_course.studies import Record

    text = tiny.CHAPTER.replace(
        "# $$ y = 2 x", "# {{study ring-8 plain modes}} modes\n#\n# $$ y = 2 x"
    )
    project = tiny.make(tmp_path / "quoting", text)
    return replace(project, study=lambda name: Record(name, content))


RECORD: dict[str, Any] = {
    "scale": 1.0,
    "rule": "",
    "columns": [{"name": "modes", "kind": "count"}],
    "methods": {"plain": {}},
    "cells": [{"method": "plain", "failed": False, "outcome": {"modes": 7}}],
}


def test_a_figure_stands_in_the_notebook(built: Project, tmp_path: Path) -> None:
    project = quoting(built, tmp_path, RECORD)
    source = build.linted(project.chapters()[0], project)
    assert "7 modes" in build.student_text(source, project)
    build.build_student(source, project)
    assert not [s for s in build.differences(source, project) if "notebooks/" in s]
    cells = [{**RECORD["cells"][0], "outcome": {"modes": 6}}]
    newer = replace(project, study=quoting_again(cells))
    found = list(build.differences(source, newer))
    assert any("notebooks/05_tiny.ipynb is not what" in s for s in found)


def quoting_again(cells: list[dict[str, Any]]) -> Any:
    from aigc_course.studies import Record

    return lambda name: Record(name, {**RECORD, "cells": cells})


def test_a_missing_record_is_built_but_found_by_the_check(
    built: Project, tmp_path: Path
) -> None:
    project = quoting(built, tmp_path, {})
    source = build.linted(project.chapters()[0], project)
    assert "(not measured yet) modes" in build.student_text(source, project)
    found = list(build.differences(source, project))
    assert "05_tiny.py quotes the study ring-8, which has no record yet." in found


def test_a_figure_that_is_not_in_the_record_is_refused(
    built: Project, tmp_path: Path
) -> None:
    project = quoting(built, tmp_path, {**RECORD, "columns": []})
    with pytest.raises(CourseError, match=r"05_tiny.py:\d+: .*no column 'modes'"):
        build.linted(project.chapters()[0], project)


def test_what_the_building_machine_was_busy_with_is_left_out():
    from nbbuild import execute
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    slow = (
        "step 1,710: The machine is slow, not the model: a step takes 1.5 times as long"
        " as it did, and other programs use 69% of the processors. The result is the"
        " same, only later.\n"
    )
    cell = new_code_cell("1")
    alone = new_code_cell("2")
    cell.outputs = [new_output("stream", text=f"before\n{slow}after\n")]
    alone.outputs = [new_output("stream", name="stderr", text=slow)]
    notebook = new_notebook(cells=[cell, alone])
    execute._clean(notebook)
    assert [output.text for output in cell.outputs] == ["before\nafter\n"]
    assert alone.outputs == []
