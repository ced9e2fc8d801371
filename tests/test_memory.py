"""A chapter that needs more memory than Binder gives is named, however it is run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import memory
import nbformat
import nbval_memory
import pytest
import tasks
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]


def notebook(folder: Path, *cells: str) -> Path:
    """A notebook with these cells."""
    file = folder / "chapter.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(c) for c in cells]), file)
    return file


@pytest.mark.slow
def test_a_chapter_above_the_limit_is_stopped_and_named(tmp_path: Path) -> None:
    file = notebook(
        tmp_path, "x = bytearray(400_000_000)", "import time; time.sleep(9)"
    )
    peak = memory.measure(file, 300)
    assert peak.fault == "stopped above 300 MB" and peak.megabytes > 300
    peak = memory.measure(notebook(tmp_path, "x = 1", "1 / 0"), 300)
    assert "ZeroDivisionError" in peak.fault and 20 < peak.megabytes < 300


@pytest.mark.slow
def test_the_peak_has_its_cell_and_counts_what_the_kernel_started(
    tmp_path: Path,
) -> None:
    started = (
        "import subprocess, sys\n"
        "code = 'x = bytearray(200_000_000); import time; time.sleep(2)'\n"
        "subprocess.run([sys.executable, '-c', code])"
    )
    file = notebook(tmp_path, "y = 1", started, "y = 2")
    peak = memory.measure(file, 600)
    cells = nbformat.read(file, as_version=4).cells
    assert not peak.fault and 220 < peak.megabytes < 400
    assert peak.cell == cells[1].id


@pytest.mark.slow
def test_the_notebooks_stage_fails_above_the_limit(tmp_path: Path) -> None:
    """`make test` runs every chapter with this plugin, without another execution."""
    file = notebook(tmp_path, "x = bytearray(400_000_000)", "2")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax"]
    command += ["--nbval-current-env", "-p", "tools.nbval_memory", str(file)]
    for most, code in (("300", 1), ("1850", 0)):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "AIGC_MOST_MB": most},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout
        assert ("and 300 are allowed" in done.stdout) == bool(code)
    assert tasks.NBVAL[-2:] == ["-p", "tools.nbval_memory"]


def test_a_chapter_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert memory.main(["77"]) == 2
    assert capsys.readouterr().err == "There is no chapter 77.\n"
    assert [file.name[:2] for file in memory.chosen(["05", "10"])] == ["05", "10"]


def test_what_builds_measured_is_recorded_without_another_execution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "memory.json"
    assert memory.main(["--built", "--out", str(out)]) == 0
    rows = json.loads(out.read_text())["chapters"]
    assert list(rows) == [file.stem for file in memory.chosen([])]
    assert {row["how"] for row in rows.values()} == {"as built, without limit"}
    assert memory.main(["--built", "--megabytes", "900", "--out", str(out)]) == 1
    assert json.loads(out.read_text())["chapters"]["05_dcgan_mnist"]["fault"]


@pytest.mark.parametrize(
    "peak", memory.built([], nbval_memory.MOST), ids=lambda peak: peak.chapter
)
def test_every_chapter_was_built_in_the_memory_that_binder_has(
    peak: memory.Peak,
) -> None:
    """Whoever builds a chapter that needs more finds out here, not a reader."""
    assert not peak.fault, f"{peak.megabytes} MB"
