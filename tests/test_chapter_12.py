"""What chapter 12 says of its cells is what the executed cells print."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "solutions" / "12_pretraining_finetuning_prompting.ipynb"
CELLS = {cell["id"]: cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]}
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def printed(*ids: str) -> list[float]:
    """The numbers in the outputs of these cells."""
    texts = (
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for name in ids
        for output in CELLS[name]["outputs"]
    )
    return [float(n.replace(",", "")) for text in texts for n in NUMBER.findall(text)]


def says(name: str) -> str:
    return " ".join("".join(CELLS[name]["source"]).split())


@pytest.mark.parametrize(
    ("text", "cells", "numbers"),
    [
        ("12-tok-after", ["12-tok-table"], ["66", "2.82", "3.70"]),
        ("12-floor-kn-text", ["12-floor-new"], ["26"]),
        ("12-floor-zip-text", ["12-floor-orders", "12-floor-zip"], ["2.45", "4.84"]),
        ("12-floor-zip-text", ["12-floor-zip"], ["6.25"]),
        ("12-floor-after", ["12-floor-online"], ["2.63", "2.12"]),
        ("12-floor-after", ["12-floor-zip"], ["2.23"]),
        ("12-mix-online-text", ["12-mix-judge"], ["1.75", "1.86", "1.66"]),
        ("12-mix-after", ["12-mix-online"], ["1.49", "1.44"]),
        ("12-zip-after", ["12-zip", "12-zip-xz"], ["588", "720", "578"]),
        ("12-mem-after", ["12-mem-measure"], ["14", "18", "15", "32"]),
    ],
)
def test_figures_of_the_text_are_printed_above_it(text, cells, numbers):
    found = printed(*cells)
    for number in numbers:
        assert number in says(text), number
        half = 0.5 * 10 ** -len(number.partition(".")[2]) + 1e-9
        assert any(abs(value - float(number)) <= half for value in found), number


def test_differences_that_the_text_names():
    _, _, counting, xz, bz2 = printed("12-floor-zip")
    assert "`xz` by 0.05 bits" in says("12-floor-online-text")
    assert round(xz - counting, 2) == 0.05
    assert "beats counting by 0.22" in says("12-floor-online-text")
    assert round(counting - bz2, 2) == 0.22
    _, frozen, mixed = printed("12-mix-judge")
    alone, both = printed("12-mix-online")
    assert "0.05 nats instead of 0.10" in says("12-mix-after")
    assert round(frozen - mixed, 2) == 0.10 and round(alone - both, 2) == 0.05
