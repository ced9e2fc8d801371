"""What was handed in is read, or it is said why not; nothing raises."""

import json

import handed_in
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from aigc_course.errors import CourseError
from aigc_course.grading.submissions import find, read


def test_notebooks_are_found_below_a_folder(tmp_path):
    for name in ("b/deep", ".ipynb_checkpoints", "b/.hidden", "a"):
        handed_in.hand_in(tmp_path / name, "x", "y = 1")
    (tmp_path / "notes.txt").write_text("mine")
    found = {one.file: one.unreadable for one in find(tmp_path)}
    assert list(found) == ["a/x.ipynb", "b/deep/x.ipynb", "notes.txt"]
    assert found["a/x.ipynb"] == "" and "no notebook" in found["notes.txt"]
    (alone,) = find(tmp_path / "a" / "x.ipynb")
    assert (alone.file, alone.cells) == ("x.ipynb", ("y = 1",))


def test_a_place_without_notebooks_is_refused(tmp_path):
    with pytest.raises(CourseError, match=r"no notebook \(\*\.ipynb\) in"):
        find(tmp_path)
    with pytest.raises(CourseError, match="no file or folder"):
        find(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"cells": [', "no notebook"),
        (b"[1, 2]", "no notebook"),
        (b"null", "no notebook"),
        (b'{"nbformat": 4}', "no notebook"),
        (b'{"nbformat": "x", "cells": 3}', "no notebook"),
        (b"[" * 100_000, "no notebook"),
        (b"\xff\xfe\x00", "UTF-8"),
        (json.dumps(new_notebook()).encode(), "no code cell"),
    ],
)
def test_a_damaged_file_says_why(tmp_path, content, reason):
    (tmp_path / "a.ipynb").write_bytes(content)
    (one,) = find(tmp_path)
    assert reason in one.unreadable and one.unreadable.endswith(".")
    assert one.cells == ()


def test_a_folder_or_a_dead_link_called_notebook(tmp_path):
    (tmp_path / "a.ipynb").mkdir()
    (tmp_path / "b.ipynb").symlink_to(tmp_path / "gone")
    folder, link = (one.unreadable for one in find(tmp_path))
    assert folder == "This is no file." and link.startswith("This is a link")


def test_an_enormous_file_is_not_read(tmp_path):
    with (tmp_path / "a.ipynb").open("wb") as file:
        file.truncate(2**40)  # takes no space
    assert "larger than 50 MiB" in find(tmp_path)[0].unreadable


@pytest.mark.parametrize(
    ("name", "ids", "text", "chapter"),
    [
        ("mine.ipynb", ("03-ex-f", "b"), 'checks.use("03.f", f)', "03"),
        ("05_x.ipynb", ("a", "b"), "f = checks.use(\n  '03.f', f)", "03"),
        ("05_x.ipynb", ("04-a", "04-b"), "y = 1", "04"),
        ("ann 05_dcgan (1).ipynb", ("a", "b"), "y = 1", "05"),
        ("2025_x.ipynb", ("a", "b"), "y = 1", ""),
    ],
)
def test_the_chapter_is_read_from_cells_then_from_the_name(
    tmp_path, name, ids, text, chapter
):
    cells = [new_markdown_cell("# A"), new_code_cell(text)]
    for cell, id in zip(cells, ids, strict=True):
        cell["id"] = id
    nbformat.write(new_notebook(cells=cells), tmp_path / name)
    assert read(tmp_path / name, name).chapter == chapter


def test_an_old_notebook_is_read(tmp_path):
    sheet = {"cells": [{"cell_type": "code", "input": "x = 1", "outputs": []}]}
    old = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}
    (tmp_path / "a.ipynb").write_text(json.dumps(old))
    assert find(tmp_path)[0].cells == ("x = 1",)
