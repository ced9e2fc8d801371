"""Nothing handed in disappears: it is graded, or named with the reason."""

import io
import json
import zipfile

import nbformat
import pytest
from handed_in import RIGHT, hand_in
from nbformat.v4 import new_code_cell, new_notebook

from aigc_course.grading import archive, notebook, submissions
from aigc_course.grading.course import _names
from aigc_course.grading.notebook import Unreadable, code_cells, text_of
from aigc_course.grading.submissions import Submission, find

NOTEBOOK = nbformat.writes(new_notebook(cells=[new_code_cell(RIGHT)])).encode()


def zipped(files, **more):
    """The bytes of an archive."""
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content, **more)
    return place.getvalue()


def found(tmp_path, **files):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {one.file: one for one in find(tmp_path)}


@pytest.mark.parametrize(
    "name",
    [
        "ann.ipynb",
        "bo.ipynb.json",
        "cy.ipynb.txt",
        "DI.IPYNB",
        "Ed (2).Ipynb",
        "fay_assignsubmission_file_/06 张伟.ipynb.TXT",
    ],
)
def test_a_notebook_under_any_of_its_names_is_read(tmp_path, name):
    (one,) = found(tmp_path, **{name: NOTEBOOK}).values()
    assert one.cells == (RIGHT,) and one.unreadable == ""


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        (RIGHT, (RIGHT,)),
        (f"# %%\nx = 1\n# %% [markdown]\n# text\n# %%\n{RIGHT}", ("\nx = 1\n", RIGHT)),
        (f"# %% one\nx = 1\n#%%\n{RIGHT}\n", ("\nx = 1\n", RIGHT)),
    ],
)
def test_a_python_file_is_a_notebook_of_cells(tmp_path, text, cells):
    (one,) = found(tmp_path, **{"gus.py": text.encode()}).values()
    assert [c.strip() for c in one.cells] == [c.strip() for c in cells]


def test_archives_as_learning_platforms_make_them(tmp_path):
    inner = zipped({"work/张伟.ipynb": NOTEBOOK, "work/plot.png": b"x"})
    moodle = {
        "Ann Lee_123_assignsubmission_file_/ann.ipynb": NOTEBOOK,
        "Bo Ma_124_assignsubmission_file_/bo.zip": inner,
        "__MACOSX/._ann.ipynb": b"x",
        "Cy_125_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
    }
    got = found(tmp_path, **{"moodle.zip": zipped(moodle), "empty.zip": zipped({})})
    assert sorted(got) == [
        "empty.zip",
        "moodle.zip/Ann Lee_123_assignsubmission_file_/ann.ipynb",
        "moodle.zip/Bo Ma_124_assignsubmission_file_/bo.zip/work/张伟.ipynb",
    ]
    assert "no notebook in the archive" in got.pop("empty.zip").unreadable
    assert all(one.cells == (RIGHT,) for one in got.values())


def test_a_chinese_name_that_windows_packed_is_kept():
    info = zipfile.ZipInfo("x")
    info.filename = "张伟.ipynb".encode("gb18030").decode("cp437")
    info.flag_bits = 0
    assert archive._name(info) == "张伟.ipynb"


def bomb():
    return zipped({"a.ipynb": b"0" * (archive._MOST_ONE + 1)})


def locked():
    raw = bytearray(zipped({"a.ipynb": NOTEBOOK}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + place] |= 1
    return bytes(raw)


def link():
    info = zipfile.ZipInfo("a.ipynb")
    info.external_attr = 0o120777 << 16
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w") as made:
        made.writestr(info, "/etc/passwd")
    return place.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 no archive", "cannot be opened"),
        (b"", "cannot be opened"),
        (zipped({"a.ipynb": NOTEBOOK})[:-40], "cannot be opened"),
        (bomb, "larger than 50 MiB"),
        (locked, "password"),
        (link, "link"),
        (zipped({"a.zip": zipped({"b.zip": zipped({})})}), "archive in an archive"),
        (zipped({"../../a.ipynb": b"[1]"}), "no notebook"),
    ],
)
def test_what_is_wrong_with_an_archive_is_said(tmp_path, content, reason):
    content = content() if callable(content) else content
    got = found(tmp_path, **{"x.zip": content})
    assert any(reason in one.unreadable for one in got.values()), got
    assert all(name.startswith("x.zip") for name in got)


def test_other_files_are_named_unless_they_lie_beside_a_notebook(tmp_path):
    got = found(
        tmp_path,
        **{
            "ann/a.ipynb": NOTEBOOK,
            "ann/figure.png": b"x",
            "bo/essay.docx": b"x",
            "cy.pdf": b"%PDF",
            ".DS_Store": b"x",
            "di/Thumbs.db": b"x",
        },
    )
    assert {name: bool(one.unreadable) for name, one in got.items()} == {
        "ann/a.ipynb": False,
        "bo/essay.docx": True,
        "cy.pdf": True,
    }


def test_links_are_not_followed(tmp_path):
    honest = hand_in(tmp_path / "class", "honest", RIGHT)
    (tmp_path / "class" / "copycat.ipynb").symlink_to(honest)
    (tmp_path / "class" / "folder").symlink_to(tmp_path / "class")
    (tmp_path / "class" / "thief.ipynb").symlink_to("/proc/kmsg")
    got = {one.file: one for one in find(tmp_path / "class")}
    assert list(got) == ["copycat.ipynb", "folder", "honest.ipynb", "thief.ipynb"]
    assert got.pop("honest.ipynb").cells == (RIGHT,)
    assert all("is a link" in one.unreadable for one in got.values())


def test_folders_without_end_are_named(tmp_path):
    place = tmp_path
    for _ in range(35):
        place = place / "d"
    place.mkdir(parents=True)
    (place / "a.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "b.ipynb").write_bytes(NOTEBOOK)
    got = {one.file: one.unreadable for one in find(tmp_path)}
    assert got.pop("b.ipynb") == ""
    assert list(got.values()) == ["It lies more than 30 folders deep: not read."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid x", "Git LFS"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<<<<<<< HEAD\n{}", "conflict"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "conflict"),
        (b"%PDF-1.7", "PDF"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b'{"cells": [1]}', "a cell is no object"),
        (b"[" + b"{}," * 600_000 + b"{}]", "too many things"),
    ],
)
def test_what_the_file_is_instead_is_said(content, reason):
    with pytest.raises(Unreadable, match=reason):
        code_cells(text_of(content), is_python=False)


def test_code_without_end_is_refused(monkeypatch):
    cell = {"cell_type": "code", "source": ["x = 1\n"] * 10}
    monkeypatch.setattr(notebook, "_MOST_TEXT", 50)
    with pytest.raises(Unreadable, match="longer than 50"):
        code_cells(json.dumps({"cells": [cell]}), is_python=False)
    monkeypatch.setattr(notebook, "_MOST_CELLS", 3)
    with pytest.raises(Unreadable, match="more than 3 code cells"):
        code_cells(json.dumps({"cells": [cell] * 4}), is_python=False)


def test_a_notebook_in_utf_16_and_with_a_mark_is_read():
    for encoding in ("utf-16", "utf-8-sig"):
        text = text_of(NOTEBOOK.decode().encode(encoding))
        assert code_cells(text, is_python=False)[0] == (RIGHT,)


def test_files_that_look_alike_keep_rows_of_their_own():
    names = ["anna smith.ipynb", "anna\u202esmith.ipynb", "anna\tsmith.ipynb"]
    assert _names([Submission(name) for name in names]) == [
        "anna smith.ipynb",
        "anna smith.ipynb (2)",
        "anna smith.ipynb (3)",
    ]


def test_the_largest_file_is_a_constant_of_the_module():
    assert submissions.MOST_BYTES == 50 * 2**20
