"""`aigc grade` as a teacher uses it."""

import csv
import json
import signal
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner
from handed_in import HALF_RANGE, RIGHT, copy, does

from aigc_course import cli, grading
from aigc_course.grading import limits, sheets


def aigc(*words):
    return CliRunner().invoke(cli.main, ["grade", *map(str, words)])


def refused(result, part):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    return part in result.stderr


def test_a_folder_gives_a_sheet_and_a_report(tmp_path):
    copy(tmp_path / "class", "ann", RIGHT)
    copy(tmp_path / "class", "bob", HALF_RANGE)
    (tmp_path / "class" / "zero.ipynb").write_text("")
    out = tmp_path / "grades"
    result = aigc(tmp_path / "class", "--out", out, "--jobs", 2)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"3 graded: {out / 'report.md'}",
        "1 to look at: zero.ipynb",
    ]
    assert "2/2" in result.stderr  # progress
    rows = list(
        csv.DictReader((out / "scores.csv").read_text("utf-8-sig").splitlines())
    )
    assert [row["points"] for row in rows] == ["1", "0", "0"]
    assert [row["misconception"] for row in rows] == ["", "unit_range", ""]
    text = (out / "report.md").read_text()
    assert text.startswith("# Grades: class\n")
    assert "at most 10 s, 60 s for all functions together" in text


def test_one_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = aigc(copy(tmp_path, "ann", RIGHT), "--chapter", "0", "--quiet")
    assert result.exit_code == 0 and result.stderr == ""
    assert "1/1" in (tmp_path / "grades" / "report.md").read_text()


def test_bad_arguments_are_one_sentence(tmp_path):
    folder = copy(tmp_path / "class", "ann", RIGHT).parent
    (tmp_path / "empty").mkdir()
    assert refused(aigc(tmp_path / "nowhere"), "no file or folder")
    assert refused(aigc(tmp_path / "empty"), "no notebook (*.ipynb)")
    assert refused(aigc(folder, "--chapter", "77"), "Chapter 77 has no exercises")
    assert refused(aigc(folder, "--chapter", "five"), "no exercises")
    assert refused(aigc(folder, "--seconds", 0), "positive")
    assert refused(aigc(folder, "--jobs", 0), "jobs")
    assert refused(aigc(), "Missing argument")
    assert not (tmp_path / "grades").exists()


def test_where_memory_cannot_be_limited_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MEMORY_LIMITED", False)
    monkeypatch.setattr(grading, "grade", lambda *_, **__: [])
    result = aigc(tmp_path, "--out", tmp_path / "out")
    assert "no limit on memory" in result.stderr
    text = (tmp_path / "out" / "report.md").read_text()
    assert "no limit on memory" in text and "MiB" not in text


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_no_process_and_no_file(tmp_path):
    started = tmp_path / "class" / "started"
    copy(tmp_path / "class", "ann", does("import time\ntime.sleep(1e6)"))
    out = tmp_path / "grades"
    command = [sys.executable, "-m", "aigc_course.cli", "grade", started.parent]
    grader = subprocess.Popen(
        [*command, "--out", out, "--seconds", "300", "--total", "300"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_listening,
    )
    family = _wait_for_child(grader.pid)
    grader.send_signal(signal.SIGINT)
    said, _ = grader.communicate(timeout=60)
    assert grader.returncode == 130 and said == ""
    assert not psutil.wait_procs(family, timeout=30)[1]
    assert not out.exists()


def _listening():
    """Heed Ctrl-C, which what runs in a shell's background was told to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for_child(pid, seconds=120):
    """All descendants, once a student's function sleeps: in a scratch folder."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        family = psutil.Process(pid).children(recursive=True)
        if any("aigc-grade-" in _folder(process) for process in family):
            return family
        time.sleep(0.2)
    raise AssertionError("no function was started")


def _folder(process):
    """Where a process works; "" for one that has just ended."""
    try:
        return process.cwd()
    except psutil.Error:
        return ""


@pytest.mark.parametrize(
    "words",
    [
        ("--seconds", "nan"),
        ("--seconds", "inf"),
        ("--total", "nan"),
        ("--total", "-1"),
        ("--total", "1e9"),
        ("--memory", "0"),
        ("--memory", 9223372036854775807),
        ("--memory", 2**70),
        ("--jobs", 100_000),
    ],
)
def test_a_limit_that_is_none_is_refused(tmp_path, words):
    folder = copy(tmp_path / "class", "ann", RIGHT).parent
    assert refused(aigc(folder, "--out", tmp_path / "grades", *words), "--")
    assert not (tmp_path / "grades").exists()


def test_a_sheet_that_cannot_be_written_is_said_before_anything_runs(tmp_path):
    folder = copy(tmp_path / "class", "ann", RIGHT).parent
    (tmp_path / "file").write_text("")
    assert refused(aigc(folder, "--out", tmp_path / "file" / "x"), "Cannot write")


def test_rows_are_kept_as_they_come(tmp_path):
    so_far = sheets.SoFar(tmp_path / "new" / "grades")
    assert not so_far.keep() and not (tmp_path / "new").exists()
    so_far = sheets.SoFar(tmp_path / "grades")
    row = grading.Row("＝1+1.ipynb", "00.f", "passed", 1, 1, "", "", 0.1, "run")
    so_far.add([row])
    so_far.add([row])
    assert so_far.keep()
    text = (tmp_path / "grades" / sheets.SO_FAR).read_text("utf-8-sig")
    assert text.splitlines()[1:] == ["'＝1+1.ipynb,00.f,passed,1,1,,,0.1,run"] * 2
    so_far.remove()
    assert not list((tmp_path / "grades").iterdir())


ENGINE = """#!{python}
import json, pathlib, sys
words = sys.argv[1:]
out = next(w for w in words if w.endswith(":/out"))[len("--volume="):-len(":/out")]
pathlib.Path(out, "words.json").write_text(json.dumps(words))
sys.exit({code})
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A stand-in for podman that writes down how it was called."""
    place = tmp_path / "bin" / "podman"
    place.parent.mkdir()
    monkeypatch.setenv("PATH", str(place.parent))

    def made(code):
        place.write_text(ENGINE.format(python=sys.executable, code=code))
        place.chmod(0o755)

    return made


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_a_container_gets_no_network_and_a_folder_to_write_in(tmp_path, engine):
    engine(0)
    folder = copy(tmp_path / "class", "ann", RIGHT).parent
    out = tmp_path / "grades"
    result = aigc(folder, "--out", out, "--container", "auto", "--chapter", "00")
    assert result.exit_code == 0, result.output
    words = json.loads((out / "words.json").read_text())
    for wanted in ("--network=none", "--read-only", "--cap-drop=ALL", "--rm"):
        assert wanted in words
    assert f"--volume={folder}:/in:ro" in words and f"--volume={out}:/out" in words
    inside = words[words.index("aigc") :]
    assert inside[:5] == ["aigc", "grade", "/in", "--out", "/out"]
    assert inside[inside.index("--chapter") + 1] == "00"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_a_container_that_fails_or_is_not_there_is_one_sentence(tmp_path, engine):
    folder = copy(tmp_path / "class", "ann", RIGHT).parent
    words = (folder, "--out", tmp_path / "grades", "--container")
    assert refused(aigc(*words, "podman"), "no podman on this machine")
    engine(125)
    assert refused(aigc(*words, "podman"), "exit code 125")
    assert refused(aigc(*words, "docker"), "no docker")
    assert refused(aigc(*words, "lxc"), "lxc")
