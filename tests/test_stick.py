"""`aigc pack`: a stick is filled, checked and installed from, without a network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_index import wheel

from aigc_course import cli
from aigc_course.errors import CourseError
from aigc_course.stick import install
from aigc_course.stick.pack import pack

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "aigc-course"
version = "1.2.3"
dependencies = ["small-thing"]

[tool.setuptools]
py-modules = ["course_of_one_line"]
"""


@pytest.fixture
def project(tmp_path):
    """A project of one line that needs one other package, pinned; and its wheels."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "pyproject.toml").write_text(PROJECT)
    (place / "course_of_one_line.py").write_text("x = 1\n")
    (place / "constraints.txt").write_text("small-thing==1.0\n")
    links = tmp_path / "links"
    links.mkdir()
    for version in ("1.0", "2.0"):
        wheel(links, "small-thing", version)
    (tmp_path / "00_a.ipynb").write_text("{}")
    return place, links, [tmp_path / "00_a.ipynb"]


def faked(monkeypatch):
    """pip's part is skipped: the wheels are there."""
    monkeypatch.setattr(
        "aigc_course.stick.pack._wheels",
        lambda project, folder, links: wheel(_made(folder), "small-thing", "1.0"),
    )


def _made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_stick_holds_wheels_notebooks_data_and_a_sum_of_each(
    project, tmp_path, monkeypatch
):
    faked(monkeypatch)
    place, _, notebooks = project
    data = tmp_path / "sets" / "fashion"
    data.mkdir(parents=True)
    (data / "a.bin").write_bytes(b"x")
    out = tmp_path / "stick"
    size = pack(place, out, notebooks=notebooks, data=data.parent)
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    sums = json.loads((out / "sums.json").read_text())
    assert {*sums} == files - {"sums.json"}
    assert {"install.py", "notebooks/00_a.ipynb", "data/fashion/a.bin"} < files
    assert size == sum((out / name).stat().st_size for name in files)
    assert install.damaged(out) == ""
    (out / "data" / "fashion" / "a.bin").write_bytes(b"y")
    assert install.damaged(out).startswith("data/fashion/a.bin is missing or damaged")


def test_another_python_is_told_which_one(project, tmp_path, monkeypatch):
    faked(monkeypatch)
    place, _, notebooks = project
    pack(place, tmp_path / "stick", notebooks=notebooks)
    (tmp_path / "stick" / "facts.json").write_text('{"python": "2.7"}')
    monkeypatch.setattr(install, "HERE", tmp_path / "stick")
    assert "the stick was made for 2.7: run python2.7" in install.unfit()
    assert install.main([str(tmp_path / "room")]) == 2
    assert not (tmp_path / "room").exists()


def test_bad_places_are_one_sentence(project, tmp_path):
    place, _, notebooks = project
    with pytest.raises(CourseError, match="from the course's repository"):
        pack(tmp_path, tmp_path / "stick", notebooks=notebooks)
    with pytest.raises(CourseError, match="no notebooks to pack"):
        pack(place, tmp_path / "stick", notebooks=[])
    result = CliRunner().invoke(cli.main, ["pack", "--data", str(tmp_path / "none")])
    assert result.exit_code == 2 and "does not exist" in result.stderr


@pytest.mark.slow
def test_a_room_without_a_network_installs_from_the_stick(project, tmp_path):
    place, links, notebooks = project
    out, room = tmp_path / "stick", tmp_path / "room"
    pack(place, out, notebooks=notebooks, links=links)
    names = {path.name for path in (out / "wheels").iterdir()}
    assert names == {
        "aigc_course-1.2.3-py3-none-any.whl",
        "small_thing-1.0-py3-none-any.whl",
    }
    command = [sys.executable, str(out / "install.py"), str(room)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Start it by" in done.stdout
    python = install.python_of(room / ".venv")
    asked = "import course_of_one_line, small_thing; print(small_thing.__version__)"
    told = subprocess.run([python, "-c", asked], capture_output=True, text=True)
    assert told.stdout.strip() == "1.0"
    mine = room / "notebooks" / Path(notebooks[0]).name
    mine.write_text("my own work")
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert mine.read_text() == "my own work"


@pytest.mark.slow
def test_a_wheel_that_is_not_there_is_said(project, tmp_path):
    place, links, notebooks = project
    (links / "small_thing-1.0-py3-none-any.whl").unlink()
    with pytest.raises(CourseError, match="pip could not collect the wheels"):
        pack(place, tmp_path / "stick", notebooks=notebooks, links=links)
