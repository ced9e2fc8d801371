"""Means over seeds, their intervals, and differences seed by seed."""

import math

import numpy as np
import pytest
from scipy import stats

from aigc_course import studies
from aigc_course.errors import CourseError
from aigc_course.studies import averages

PLAIN, BETTER = [0.5, 0.6, 0.9, 0.4], [0.53, 0.62, 0.94, 0.43]


def cell(method, seed, value, **more):
    outcome = {} if value is None else {"accuracy": value}
    found = {"method": method, "seed": seed, "failed": False, "cpu_seconds": 1.0}
    return {**found, "outcome": outcome, **more}


def record(plain=PLAIN, better=BETTER, **more):
    cells = [cell("plain", seed, value) for seed, value in enumerate(plain)]
    cells += [cell("better", seed, value) for seed, value in enumerate(better)]
    column = {"name": "accuracy", "unit": "", "better": "higher", "kind": "share"}
    content = {"scale": 1.0, "rule": "", "columns": [column], "cells": cells}
    return studies.Record(
        "augmentation", {**content, "methods": {"plain": {}, "better": {}}, **more}
    )


def test_the_interval_is_students():
    found = averages.mean(record(), "plain", "accuracy")
    wanted = stats.ttest_1samp(PLAIN, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(PLAIN)) and found.n == 4
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_ninety_five_of_a_hundred_intervals_hold_the_truth():
    draw = np.random.default_rng(0)
    n = 2_000
    found = [averages.interval(draw.normal(3.0, 2.0, 5).tolist()) for _ in range(n)]
    held = np.mean([one.low <= 3.0 <= one.high for one in found])
    # a share of n has standard error sqrt(0.95 * 0.05 / n) = 0.005
    assert held == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / n))


def test_a_difference_seed_by_seed_is_sharper_than_both():
    both = [averages.mean(record(), m, "accuracy") for m in ("plain", "better")]
    more = averages.mean(record(), "better", "accuracy", against="plain")
    wanted = stats.ttest_rel(BETTER, PLAIN).confidence_interval(0.95)
    assert (more.low, more.high) == pytest.approx((wanted.low, wanted.high))
    assert more.value == pytest.approx(both[1].value - both[0].value)
    assert more.low > 0 and both[1].low < both[0].high


def test_a_seed_that_one_of_both_lacks_is_left_out():
    short = record(better=[0.53, None, 0.94])
    assert averages.mean(short, "better", "accuracy").n == 2
    more = averages.mean(short, "better", "accuracy", against="plain")
    assert more.n == 2 and more.value == pytest.approx(0.035)


def test_one_seed_has_no_interval_and_none_no_mean():
    one = averages.mean(record(plain=[0.5]), "plain", "accuracy")
    assert (one.value, one.n) == (0.5, 1) and math.isnan(one.low)
    assert averages.in_words(one, "share") == ("50.0 %", "one seed")
    assert math.isnan(averages.interval([]).value)


def test_the_table_in_plain_text():
    told = str(averages.means(record(), "accuracy", against="plain"))
    head, plain, better, caption = told.split("\n")
    assert "accuracy" in head and "more than plain" in head
    assert "60.0 %" in plain and "3.0 %" in better
    assert "to" in better and caption.startswith("Means over 4 seeds, with 95 %")
    narrow = averages.means(record(), "accuracy", ["better"])
    assert narrow.rows == [["better", "63.0 %", "27.9 % to 98.1 %"]]


def test_what_has_not_run_says_so():
    awaited = averages.means(record(), "accuracy", ["none-50"], against="plain")
    assert awaited.rows == [["none-50", "(not measured yet)", "", "", ""]]
    missing = studies.Record("augmentation", {})
    table = averages.means(missing, "accuracy")
    assert table.rows == [] and "has no record yet" in table.caption
    assert averages.sentence(missing) == missing.sentence()


def test_quoted_in_a_text():
    assert studies.quote(record(), "plain", "accuracy", "mean") == "60.0 %"
    interval = studies.quote(record(), "better", "accuracy", "interval")
    assert interval == "27.9 % to 98.1 %"
    assert studies.quote(record(), "none-50", "accuracy", "mean").startswith("(not")
    with pytest.raises(CourseError, match="has no 'mean'"):
        studies.quote(record(), "plain", "failed", "mean")
