"""Running studies: cells in processes, killed and resumed, crashed and counted."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import tiny_study
from click.testing import CliRunner

from aigc_course import cli, studies
from aigc_course.errors import CourseError
from aigc_course.studies import registry
from aigc_course.studies.child import Job, measure
from aigc_course.studies.folder import Folder


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """The tiny study among the others; its log in a folder of its own."""
    monkeypatch.setitem(registry.SOURCES, "tiny", tiny_study.SOURCE)
    path = os.pathsep.join([str(Path(__file__).parent), os.environ["PYTHONPATH"]])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("TINY_LOG", str(tmp_path / "log"))


def run(folder, *only, **options):
    return studies.run("tiny", folder, only=only, progress=False, **options)


def runs():
    lines = tiny_study.log().read_text().splitlines()
    return sorted(" ".join(line.split()[:2]) for line in lines)


def cell_of(folder, method, seed=0):
    return json.loads((folder / "cells" / f"{method}-{seed:03d}.json").read_text())


def aigc(*words):
    return CliRunner().invoke(cli.main, ["study", *map(str, words)])


def refused(result, *parts):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


def test_every_cell_runs_once_and_the_record_holds_all(tmp_path):
    folder = tmp_path / "out"
    file = run(folder, "steady", "shaky", jobs=2)
    assert runs() == ["shaky 0", "shaky 1", "steady 0", "steady 1"]
    record = json.loads(file.read_text())
    assert list(record["methods"]) == ["steady", "shaky"]
    assert record["methods"]["steady"]["config"] == {"lr": 0.1}
    assert {"processor", "cores", "torch", "python"} <= record["machine"].keys()
    assert record["study"] == "tiny" and record["scale"] == 1
    assert record["command"] == "aigc study tiny"
    pairs = [(c["method"], c["seed"], c["failed"]) for c in record["cells"]]
    assert pairs == [
        ("steady", 0, False),
        ("steady", 1, False),
        ("shaky", 0, False),
        ("shaky", 1, True),
    ]
    first = record["cells"][0]
    assert first["outcome"] == {"modes": 8, "kl": 0.5, "steps": 1000}
    assert first["cpu_seconds"] >= 0 and first["peak_mb"] > 5
    assert [c["machine"] for c in record["cells"]] == [0] * 4
    assert record["machines"] == [record["machine"]]
    assert str(tmp_path) not in file.read_text()


def test_the_same_call_runs_what_is_missing_and_nothing_else(tmp_path):
    folder = tmp_path / "out"
    run(folder, "steady", seeds=1)
    run(folder, "steady", seeds=2)
    assert runs() == ["steady 0", "steady 1"]
    run(folder, "shaky", seeds=1)
    record = studies.Record("tiny", json.loads((folder / "record.json").read_text()))
    assert record.failures("steady").of == 2 and record.failures("shaky").of == 1


def test_crashes_are_recorded_counted_and_tried_again(tmp_path, capfd):
    folder = tmp_path / "out"
    content = json.loads(run(folder, "raises", "vanishes", seeds=1).read_text())
    record = studies.Record("tiny", content)
    assert record.failures("raises") == (1, 1) == record.failures("vanishes")
    reasons = [cell["reason"] for cell in content["cells"]]
    assert reasons[0] == "ValueError: a matrix of the wrong shape"
    assert reasons[1] == "The process ended with exit code 7."
    assert "raises, seed 0: ValueError" in capfd.readouterr().err
    run(folder, "raises", seeds=1)
    assert runs() == ["raises 0", "raises 0", "vanishes 0"]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_once_it_leaves_no_process_and_loses_no_cell(tmp_path):
    folder = tmp_path / "out"
    code = (
        "from aigc_course.studies import registry, run\n"
        f"registry.SOURCES['tiny'] = '{tiny_study.SOURCE}'\n"
        f"run('tiny', {str(folder)!r}, seeds=1, jobs=2, only=['steady', 'waits'])"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    done = folder / "cells" / "steady-000.json"
    wait_for(lambda: done.exists() and "waits 0" in runs())
    (line,) = [t for t in tiny_study.log().read_text().split("\n") if "waits" in t]
    child = psutil.Process(int(line.split()[2]))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not child.is_running() or child.status() == "zombie", 20)
    assert not (folder / "record.json").exists()
    assert not (folder / "cells" / "waits-000.json").exists()
    before = done.stat().st_mtime_ns
    (tmp_path / "go").touch()
    record = json.loads(run(folder, "steady", "waits", seeds=1).read_text())
    assert [cell["method"] for cell in record["cells"]] == ["steady", "waits"]
    assert done.stat().st_mtime_ns == before
    assert runs() == ["steady 0", "waits 0", "waits 0"]


def test_an_interrupted_run_ends_its_processes(tmp_path, monkeypatch):
    from aigc_course import elsewhere

    def interrupt(seconds):
        if tiny_study.log().exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(elsewhere.time, "sleep", interrupt)
    before = set(psutil.Process().children())  # of other tests in this process
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", "waits", seeds=1)
    assert not set(psutil.Process().children()) - before
    assert not (tmp_path / "out" / "cells").exists()


def test_seconds_shorten_every_cell_by_one_factor_and_are_recorded(tmp_path):
    file = run(tmp_path / "out", "steady", seeds=1, seconds=2.5)
    record = json.loads(file.read_text())
    assert record["scale"] == 0.25
    assert record["cells"][0]["outcome"]["steps"] == 250
    assert record["command"] == "aigc study tiny --seconds 2.5"
    with pytest.raises(CourseError, match=r"begun with scale 0.25, not 1.0.*--out"):
        run(tmp_path / "out", "steady", seeds=1)


def test_more_seconds_than_needed_change_nothing(tmp_path):
    file = run(tmp_path / "out", "steady", seeds=1, seconds=1000)
    assert json.loads(file.read_text())["scale"] == 1


def test_a_cell_of_an_older_definition_is_run_again(tmp_path):
    folder = tmp_path / "out"
    run(folder, "steady", seeds=1)
    study = registry.get("tiny")
    methods = {**study.methods}
    methods["steady"] = replace(methods["steady"], config={"lr": 0.2})
    assert Folder(folder, study).found("steady", 0)["status"] == "finished"
    assert Folder(folder, replace(study, methods=methods)).found("steady", 0) is None


def test_measuring_in_this_process(monkeypatch):
    cell = measure(registry.get("tiny"), "shaky", studies.Cell(1))
    assert cell["failed"] is True and cell["outcome"] == {"modes": 7, "kl": None}


def test_a_job_survives_its_pipe():
    job = Job("a:b", "r1+r2", studies.Cell(3, 0.5, "mnist"), {"data": "ü"}, True)
    assert Job.from_json(job.to_json()) == job


# the command


def test_the_command_runs_and_shows_the_table(tmp_path):
    result = aigc("tiny", "--seeds", 1, "--only", "steady", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    assert "0 of 1" in result.stdout and "record.json" in result.stdout


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("ring8",), "Did you mean 'ring-8'?"),
        ((), "aigc study --list"),
        (("tiny", "--jobs", 0), "--jobs is a positive number, not 0"),
        (("tiny", "--seeds", -1), "--seeds is a positive number"),
        (("tiny", "--seconds", "nan"), "is not a finite number"),
        (("tiny", "--only", "magic"), "no method 'magic'; it has steady"),
        (("tiny", "--seeds", "many"), "not a valid integer"),
    ],
)
def test_bad_arguments_are_one_sentence(words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(aigc(*words), part)
    assert not list(tmp_path.iterdir())


def test_folders_of_something_else_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    refused(aigc("tiny", "--out", tmp_path), "not a study's folder")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    other = tmp_path / "other"
    other.mkdir()
    begun = {"study": "grid-25", "scale": 1.0, "data": ""}
    (other / "study.json").write_text(json.dumps(begun))
    refused(aigc("tiny", "--out", other), "begun with study grid-25, not tiny")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"method": "steady"}'])
def test_a_damaged_cell_is_named(tmp_path, text):
    folder = tmp_path / "out"
    run(folder, "steady", seeds=1)
    (folder / "cells" / "steady-000.json").write_text(text)
    words = ("tiny", "--only", "steady", "--seeds", 1, "--out", folder)
    refused(aigc(*words), "steady-000.json is damaged", "remove it")


def test_an_interrupt_says_how_to_go_on(monkeypatch, tmp_path):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(studies, "run", stop)
    result = aigc("tiny", "--out", tmp_path / "o")
    assert result.exit_code == 130 and "The same command goes on" in result.output
