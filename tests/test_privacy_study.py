"""The study of private digits: a cell runs, and the record reaches the bars."""

import json
import statistics

import pytest

from aigc_course import studies
from aigc_course.studies.definitions import private_digits
from aigc_course.studies.results import FOLDER

RECORD = FOLDER / "private-digits.json"


def test_a_cell_measures_its_columns():
    cell = studies.Cell(seed=0, scale=1e-3, data="digits")
    found = private_digits.run(1.0, cell)
    assert {column.name for column in private_digits.study().columns} <= set(found)
    assert 0 <= found["accuracy"] <= 1 and 0 <= found["bayes"] <= 1
    assert found["bar"] == 0.945


def test_the_settings_of_a_method_are_kept():
    methods = private_digits.study().methods
    assert list(methods) == ["eps-10", "eps-1", "eps-0.2"]
    config = methods["eps-1"].config
    assert config["generator"]["halvings"] == 1 and config["delta"] == 1e-5


@pytest.mark.skipif(not RECORD.exists(), reason="the study has not been recorded")
def test_the_recorded_accuracies_reach_their_bars_in_every_seed():
    record = json.loads(RECORD.read_text("utf-8"))
    for epsilon, bar in private_digits.BARS.items():
        cells = [c for c in record["cells"] if c["method"] == f"eps-{epsilon:g}"]
        found = [cell["outcome"]["accuracy"] for cell in cells]
        assert len(found) >= 3 and statistics.median(found) >= bar
        assert max(cell["cpu_seconds"] for cell in cells) <= 600
