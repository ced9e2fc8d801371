"""Benchmarks: all are run by one command, and none keeps half a training."""

import json
import re
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import records  # noqa: E402
import run  # noqa: E402

from aigc_course.training.interrupt import Interrupt  # noqa: E402


def test_all_that_write_a_record_are_run_or_named() -> None:
    """Those that need a file from elsewhere are named with it."""
    known = {script for script, *_ in run.BENCHMARKS.values()}
    known |= {words.split()[0] for words in run.ELSEWHERE}
    writers = {
        path.name
        for path in BENCHMARKS.glob("*.py")
        if re.search(r"^ +record\(", path.read_text(encoding="utf-8"), re.M)
    }
    assert writers <= known
    assert all((BENCHMARKS / script).exists() for script in known)
    assert run.main(["juggling"]) == 2


def test_what_a_stopped_training_left_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    monkeypatch.setattr(Interrupt, "count", 0)
    records.record("one", {"figure": 1})
    with Interrupt() as interrupt:
        interrupt._handle(15, None)
    with pytest.raises(SystemExit, match="stopped before its end"):
        records.record("two", {"figure": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_a_command_names_no_place_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = [
        "/home/me/part.py",
        "../data/text.txt",
        "--keep",
        "runs/keep",
        "--n",
        "2",
    ]
    monkeypatch.setattr(sys, "argv", outside)
    assert records.command() == (
        "python benchmarks/part.py text.txt --keep runs/keep --n 2"
    )


@pytest.mark.parametrize(
    "file", sorted((BENCHMARKS / "records").glob("*.json")), ids=lambda file: file.stem
)
def test_records_name_no_place(file: Path) -> None:
    """A command with a path of whoever measured cannot be given by others."""
    told = json.loads(file.read_text(encoding="utf-8")).get("command", "")
    assert not re.search(r"(^| )(/|\.\./)", told), told
