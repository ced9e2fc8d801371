"""The set-up is done when it must be, and only then; tasks fail with a sentence."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import course
import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with pins and nothing installed."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2\n")
    return tmp_path


def pretend(kind: str, root: Path) -> None:
    """Leave what a finished installation leaves."""
    course.interpreter(root).parent.mkdir(parents=True, exist_ok=True)
    course.interpreter(root).touch()
    course.stamp(kind, root).write_text(course.fingerprint(root))


def test_nothing_is_ready_at_first(root: Path) -> None:
    assert not course.is_ready("base", root)
    assert not course.is_ready("dev", root)


def test_base_is_not_dev_but_dev_is_base(root: Path) -> None:
    pretend("base", root)
    assert course.is_ready("base", root) and not course.is_ready("dev", root)
    course.stamp("base", root).unlink()
    pretend("dev", root)
    assert course.is_ready("base", root) and course.is_ready("dev", root)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_ask_for_another_installation(root: Path, name: str) -> None:
    pretend("dev", root)
    (root / name).write_text("changed")
    assert not course.is_ready("dev", root) and not course.is_ready("base", root)


def test_a_lost_interpreter_asks_for_another_installation(root: Path) -> None:
    pretend("dev", root)
    course.interpreter(root).unlink()
    assert not course.is_ready("dev", root)


def test_set_up_installs_once_and_stamps_last(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], *_: Any) -> None:
        assert not course.is_ready("dev", root)
        commands.append(command)
        if "venv" in command:
            course.interpreter(root).parent.mkdir(parents=True)
            course.interpreter(root).touch()

    monkeypatch.setattr(course, "quietly", run)
    course.set_up("dev", root)
    course.set_up("dev", root)
    course.set_up("base", root)
    venv, pip = commands
    assert venv[1:4] == ["-m", "venv", "--clear"]
    assert pip[-4:] == ["-c", "constraints.txt", "-e", ".[dev]"]


def test_a_failed_installation_is_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend("base", root)

    def fail(*_: Any) -> None:
        raise course.Failed("no network")

    monkeypatch.setattr(course, "quietly", fail)
    for _ in range(2):
        with pytest.raises(course.Failed):
            course.set_up("dev", root)
    course.set_up("base", root)  # what was there stays


def test_output_shows_only_on_failure(capfd: pytest.CaptureFixture[str]) -> None:
    course.quietly([sys.executable, "-c", "print('quiet')"], "a sentence")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(course.Failed, match="a sentence"):
        course.quietly([sys.executable, "-c", "print('why'); exit(3)"], "a sentence")
    assert "why" in capfd.readouterr().err


def test_every_stage_runs_and_a_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(course, "python", lambda *arguments: int(arguments[0]))
    assert course.stages([("a", ["0"], {}), ("b", ["1"], {}), ("c", ["0"], {})]) == 1
    told = capsys.readouterr().out
    assert "== b: FAILED" in told and "== c: passed" in told
    assert told.endswith("Failed: b\n")
    assert course.stages([("a", ["0"], {})]) == 0


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_opens_the_first_notebook_for_root_too(
    monkeypatch: pytest.MonkeyPatch, user: int, allowed: bool
) -> None:
    given: list[str] = []
    monkeypatch.setattr(course, "python", lambda *words: given.extend(words))
    monkeypatch.setattr(course.os, "geteuid", lambda: user, raising=False)
    course.lab("--no-browser")
    assert given[:2] == ["-m", "jupyterlab"] and given[-1] == "--no-browser"
    assert given[2].endswith("00_start_here.ipynb")
    assert ("--allow-root" in given) == allowed


def test_demo_removes_runs_and_nothing_else(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(course, "ROOT", root)
    monkeypatch.setattr(course, "aigc", lambda name, *_: called.append(name))
    run = root / "runs" / "demo"
    run.mkdir(parents=True)
    (run / "thesis.txt").write_text("precious")
    with pytest.raises(course.Failed, match="no run of this course"):
        course.demo()
    assert (run / "thesis.txt").exists() and called == []
    (run / "config.json").write_text("{}")
    assert course.demo() == 0
    assert not run.exists() and called == ["train", "sample", "evaluate"]


def test_an_old_python_looks_for_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(course.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert course.main(["help"]) == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().out
    started: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", {"python3.12": "/usr/bin/python3.12"}.get)
    monkeypatch.setattr(subprocess, "call", lambda command: started.append(command))
    course.main(["help"])
    assert started == [["/usr/bin/python3.12", course.__file__, "help"]]


def test_help_names_every_task_and_unknown_ones_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert course.main([]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {name} " in told for name in course.TASKS)
    assert course.main(["tset"]) == 2
    assert "There is no task 'tset'" in capsys.readouterr().out


def test_make_offers_the_same_tasks() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    (targets,) = [x for x in makefile.splitlines() if x.startswith(".PHONY:")]
    assert targets.split()[1:] == list(course.TASKS)


def test_conda_installs_the_same_ranges() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
    wanted = {
        re.sub(r"^[\w-]+", lambda m: names.get(m[0], m[0]), dependency)
        for dependency in project["dependencies"]
    }
    text = (REPOSITORY / "environment.yml").read_text().split("dependencies:\n")[1]
    listed = {line.removeprefix("  - ") for line in text.splitlines()}
    assert listed - {"python=3.12", "pip"} == wanted


def test_constraints_are_versions_alone() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins and all(len(pin.split("==")) == 2 for pin in pins)
    assert not [pin for pin in pins if set(pin) & set("/+@;")]
    assert not [pin for pin in pins if pin.startswith(("nvidia", "cuda", "triton"))]
