"""The heaviest chapters stay within what Binder gives; one above it is stopped."""

from pathlib import Path

import memory
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from aigc_course.files import read_json

ROOT = Path(__file__).resolve().parents[1]
# of 2,000 MB the server beside the kernel takes about 150
MOST = 1850


def heaviest(n: int) -> list[str]:
    """The n chapters whose run cards name the most memory."""
    cards = read_json(ROOT / "chapters" / "run_cards.json")
    return sorted(cards, key=lambda stem: cards[stem]["peak_mb"])[-n:]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stem", heaviest(3))
def test_the_heaviest_chapters_stay_within_two_gigabytes(stem: str) -> None:
    peak = memory.measure(ROOT / "solutions" / f"{stem}.ipynb", MOST, fast=True)
    assert peak.fault == "" and 300 < peak.megabytes <= MOST, peak


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


def test_a_chapter_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert memory.main(["77"]) == 2
    assert capsys.readouterr().err == "There is no chapter 77.\n"
    assert [file.name[:2] for file in memory.chosen(["05", "10"])] == ["05", "10"]
