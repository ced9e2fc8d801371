"""A metric is called fooled only when its scores say so."""

import pytest

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import fooled

REAL, HONEST = {"FID": 1.0, "recall": 0.9}, {"FID": 7.0, "recall": 0.5}


def said(false):
    return fooled(REAL, HONEST, false, lower=["FID"])


def test_between_the_real_and_the_honest_row_it_is_fooled():
    assert (
        said({"FID": 5.0, "recall": 0.7})
        == "Fooled: FID, recall. Even: none. Not fooled: none."
    )


def test_worse_than_the_honest_row_it_is_not():
    assert (
        said({"FID": 8.0, "recall": 0.1})
        == "Fooled: none. Even: none. Not fooled: FID, recall."
    )


def test_beyond_the_real_row_it_is_not_between():
    assert (
        said({"FID": 0.5, "recall": 0.7})
        == "Fooled: recall. Even: none. Not fooled: FID."
    )


def test_a_difference_within_the_errors_is_even():
    honest = {"FID": Estimate(7.0, 1.0), "recall": Estimate(0.5, 0.01)}
    false = {"FID": Estimate(6.5, 1.0), "recall": Estimate(0.6, 0.01)}
    found = fooled(REAL, honest, false, lower=["FID"])
    assert found == "Fooled: recall. Even: FID. Not fooled: none."


def test_rows_must_have_the_same_metrics():
    with pytest.raises(CourseError, match="same metrics"):
        fooled(REAL, HONEST, {"FID": 5.0})
