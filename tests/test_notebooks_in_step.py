"""Built notebooks follow their chapters; --check says where they do not."""

from pathlib import Path
from typing import Any

import build_notebooks
import nbformat
import pytest
import tiny
from nbbuild import build, execute
from nbbuild.project import Project
from tiny import STEM, cell, notebook, rewrite

from aigc_course.errors import CourseError

pytestmark = pytest.mark.slow


def differences(project: Project) -> list[str]:
    source = build.linted(project.chapters()[0], project)
    return list(build.differences(source, project))


def never(*_: Any, **__: Any) -> None:
    raise AssertionError("a notebook was executed")


def test_nothing_differs_after_a_build(built: Project) -> None:
    assert differences(built) == []


def test_a_changed_chapter_is_noticed(project: Project) -> None:
    rewrite(project, "# # A tiny chapter", "# # A small chapter")
    assert [line.split(" ")[0] for line in differences(project)] == [
        f"notebooks/{STEM}.ipynb",
        f"solutions/{STEM}.ipynb",
    ]


def test_a_comment_alone_is_noticed_too(project: Project) -> None:
    rewrite(project, "#   accelerator: GPU", "#   accelerator: GPU\n#   note: 1")
    assert len(differences(project)) == 2


def test_missing_notebooks_are_noticed(project: Project) -> None:
    for folder in ("notebooks", "solutions"):
        project.built(folder, STEM).unlink()
    assert [line.split(";")[0] for line in differences(project)] == [
        f"notebooks/{STEM}.ipynb is missing",
        f"solutions/{STEM}.ipynb is missing",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c.update(source="double = 3"), "differs from its chapter at cell"),
        (lambda c: c.update(id="05-other"), "differs from its chapter at cell"),
        (lambda c: c.metadata.update(tags=["x"]), "differs from its chapter at cell"),
        (lambda c: c.update(execution_count=None), "05-double-check was not executed"),
        (
            lambda c: c.outputs.append(
                nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
            ),
            "05-double-check holds an error",
        ),
    ],
)
def test_an_edited_solution_is_noticed(
    project: Project, change: Any, sentence: str
) -> None:
    edited = notebook(project, "solutions")
    change(next(c for c in edited.cells if c.id == "05-double-check"))
    nbformat.write(edited, project.built("solutions", STEM))
    (found,) = differences(project)
    assert sentence in found


def test_other_outputs_and_counts_are_no_difference(project: Project) -> None:
    edited = notebook(project, "solutions")
    for one in edited.cells:
        if one.cell_type == "code":
            one.outputs, one.execution_count = [], 9
    nbformat.write(edited, project.built("solutions", STEM))
    assert differences(project) == []


def test_prose_does_not_cost_an_execution(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "run", never)
    card = project.run_cards()
    source = rewrite(project, "# # A tiny chapter", "# # A small chapter")
    assert build.build_solution(source, project) == "outputs kept, text renewed"
    assert build.build_student(source, project)
    assert cell(project, "solutions", "look").outputs
    assert differences(project) == [] and project.run_cards() == card


def test_code_costs_one(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    source = rewrite(project, '"double:", double(4)', '"double:", double(5)')
    monkeypatch.setattr(execute, "run", never)
    with pytest.raises(AssertionError, match="executed"):
        build.build_solution(source, project)


def test_an_unchanged_chapter_is_left_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "run", never)
    source = build.linted(project.chapters()[0], project)
    assert build.build_solution(source, project) is None
    assert build.build_student(source, project) is None
    with pytest.raises(AssertionError, match="executed"):
        build.build_solution(source, project, force=True)


def test_a_fast_build_is_to_look_at_only(project: Project) -> None:
    source = build.linted(project.chapters()[0], project)
    card = project.run_cards()
    build.build_solution(source, project, fast=True, force=True)
    assert "fast: 1 " in cell(project, "solutions", "look").outputs[0].text
    assert project.run_cards() == card
    (found,) = differences(project)
    assert "--fast" in found


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('raise ValueError("too deep")', "raised ValueError: too deep"),
        ("os._exit(1)", "the kernel died"),
    ],
)
def test_a_failing_cell_stops_the_build_and_leaves_the_old_file(
    project: Project, line: str, reason: str
) -> None:
    path = project.built("solutions", STEM)
    old = path.read_bytes()
    source = rewrite(project, 'print("fast:"', f'{line}\nprint("fast:"')
    with pytest.raises(CourseError) as caught:
        build.build_solution(source, project)
    assert f"chapters/{STEM}.py: cell 05-look raised" in str(caught.value) or (
        "in cell 05-look" in str(caught.value)
    )
    assert reason in str(caught.value)
    assert path.read_bytes() == old


def test_a_notebook_without_a_chapter_is_noticed(project: Project) -> None:
    assert list(build.orphans(project)) == []
    (project.root / "solutions" / "07_old.ipynb").write_text("{}")
    assert list(build.orphans(project)) == [
        "solutions/07_old.ipynb has no chapter; remove it."
    ]


# the command

PLAIN = '# %% [markdown] id="05-a"\n# # Title\n\n# %% id="05-b"\n1 + 1\n'


def test_command_builds_then_finds_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.make(tmp_path, PLAIN)
    root = ["--root", str(tmp_path)]
    assert build_notebooks.main([*root, "--check"]) == 1
    assert "notebooks/05_tiny.ipynb is missing" in capsys.readouterr().out
    assert build_notebooks.main([*root, "--student"]) == 0
    assert not (tmp_path / "solutions").exists()
    assert build_notebooks.main([*root, "05"]) == 0
    assert build_notebooks.main([*root, "--check"]) == 0
    capsys.readouterr()
    assert build_notebooks.main(root) == 0
    assert capsys.readouterr().out == "05_tiny: up to date\n"


def test_command_names_an_unknown_chapter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.make(tmp_path, PLAIN)
    assert build_notebooks.main(["--root", str(tmp_path), "06"]) == 1
    assert capsys.readouterr().err == "There is no chapter '06'. Chapters: 05_tiny.\n"


def test_command_checks_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.make(tmp_path, PLAIN.replace("05-b", "06-b"))
    assert build_notebooks.main(["--root", str(tmp_path), "--check"]) == 1
    assert "chapters/05_tiny.py:4: the id '06-b'" in capsys.readouterr().out
