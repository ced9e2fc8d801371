"""The wheel is small, and alone it is the course: data, weights, notebooks, demo."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from aigc_course.commands import lab
from aigc_course.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
MOST = 25e6  # bytes


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from what git would carry."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), "."]
    source = folder / "source"
    source.mkdir()
    wanted = ("aigc_course", "notebooks", "pyproject.toml", "README.md", "LICENSE")
    for name in wanted:  # a copy: building leaves files beside what it builds
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    subprocess.run(command, cwd=source, check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == "nt", reason="copied with cp")
def test_the_wheel_alone_is_the_course(wheel: Path, tmp_path: Path) -> None:
    """Installed without the repository, it opens its notebooks and runs the demo."""
    assert wheel.stat().st_size <= MOST
    place = tmp_path / "installed"
    venv.create(place)
    python = str(place / "bin" / "python")
    (site,) = place.glob("lib/python*/site-packages")
    # the packages of this Python, but not the course that is installed beside them
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*command, "--no-deps", str(wheel)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "no_network")}
    environment["AIGC_DATA"] = ""
    program = (
        "import sys, aigc_course; from pathlib import Path;"
        "assert Path(aigc_course.__file__).is_relative_to(sys.argv[1]);"
        "from aigc_course.commands.lab import copied;"
        "print(copied(Path('mine')), len(list(Path('mine').iterdir())))"
    )
    asked = [python, "-c", program, str(place)]
    told = subprocess.run(
        asked, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    count = len(list((ROOT / "notebooks").glob("*.ipynb")))
    assert told.stdout.split() == [str(Path("mine", "00_start_here.ipynb")), str(count)]
    done = subprocess.run(
        [str(place / "bin" / "aigc")]
        + ["demo", "--seconds", "1", "--n", "200", "--out", "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "FID" in done.stdout and (tmp_path / "demo" / "demo.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="copied with cp")
@pytest.mark.slow
def test_the_wheel_holds_what_it_must_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert sum(name.endswith(".ipynb") for name in names) >= 13
    assert sum("data/mnist/" in name for name in names) >= 3
    weights = {p.name for p in (ROOT / "aigc_course/pretrained").glob("*.safetensors")}
    assert weights <= {Path(name).name for name in names}
    assert not [name for name in names if name.startswith(("tests/", "tools/"))]


def test_notebooks_that_were_worked_in_are_left_alone(tmp_path: Path) -> None:
    first = lab.copied(tmp_path / "mine")
    first.write_text("my answers")
    (tmp_path / "mine" / "05_dcgan_mnist.ipynb").unlink()
    assert lab.copied(tmp_path / "mine") == first
    assert first.read_text() == "my answers"
    assert (tmp_path / "mine" / "05_dcgan_mnist.ipynb").exists()


def test_a_folder_that_cannot_be_written_and_missing_notebooks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="cannot be copied to"):
        lab.copied(tmp_path / "file")
    monkeypatch.setattr(lab, "notebooks", lambda: [])
    with pytest.raises(CourseError, match="did not come with this installation"):
        lab.copied(tmp_path / "mine")
