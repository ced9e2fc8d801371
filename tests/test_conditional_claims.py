"""What chapter 10 says of its four rows, beside the record."""

import re
from pathlib import Path

import pytest

from aigc_course import studies

TEXT = (
    Path(__file__).parents[1] / "chapters" / "10_asking_for_what_you_want.py"
).read_text(encoding="utf-8")
PLAIN = " ".join(re.sub(r"^# ?", "", TEXT, flags=re.M).split())
FOUND = studies.find("conditional")


def column(method: str, name: str) -> list[float]:
    return sorted(float(v) for v in FOUND.values(method, name))


def median(method: str, name: str) -> float:
    return FOUND.summary(method, name).median


@pytest.mark.parametrize(
    "method", ["projection", "concatenation", "auxiliary", "varied"]
)
def test_each_row_has_five_seeds(method):
    assert FOUND.failures(method).of == 5
    assert "over five seeds: 2,500 steps each" in PLAIN


def test_the_order_of_the_three():
    three = ["projection", "concatenation", "auxiliary"]
    assert max(three, key=lambda m: median(m, "label_accuracy")) == "auxiliary"
    assert min(three, key=lambda m: median(m, "recall")) == "auxiliary"
    assert max(three, key=lambda m: median(m, "recall")) == "concatenation"
    assert min(three, key=lambda m: median(m, "label_accuracy")) == "concatenation"
    assert "Projection lies between them" in PLAIN


def test_the_loss_for_variety_parts_the_seeds():
    assert "No seed of one row crosses a seed of the other in any of these" in PLAIN
    assert column("varied", "recall")[0] > column("projection", "recall")[-1]
    assert column("varied", "fid")[-1] < column("projection", "fid")[0]
    accuracy = [column(m, "label_accuracy") for m in ("varied", "projection")]
    assert accuracy[0][-1] < accuracy[1][0]


def test_its_cost_is_about_one_sample_in_a_hundred():
    assert "at the cost of about one sample in a hundred" in PLAIN
    lost = median("projection", "label_accuracy") - median("varied", "label_accuracy")
    assert 0.005 < lost < 0.015
