"""Verdicts on generators: an interval, a named rival, an independent judge."""

import ast
import re
from pathlib import Path

import pytest
import torch

from aigc_course import apps, data, metrics
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate

CHAPTER = Path(__file__).parent.parent / "chapters" / "15_applications_on_images.py"
ENDS = ("floor", "ceiling", "left black", "real", "original", "perfect")


def scores(rate, seed, n=400):
    chance = torch.Generator().manual_seed(seed)
    return (torch.rand(n, generator=chance) < rate).float()


def enter(ledger, without, with_it, **changes):
    settings = {
        "rival": "a look-up",
        "judge": "classifier",
        "trained_on": ("pixels",),
        "without": without,
        "with_it": with_it,
    }
    return ledger.enter("a task", "accuracy", **{**settings, **changes})


def test_two_samples_of_one_method_are_even_in_19_of_20_seeds():
    even = 0
    for seed in range(200):
        one, two = (scores(0.8, 2 * seed + i, n=200) for i in (0, 1))
        gap = apps.difference(one, two, draws=200)
        even += abs(gap.value) <= gap.error
    assert 0.91 <= even / 200 <= 0.99, even


def test_a_difference_above_its_interval_is_a_yes_or_a_no():
    ledger = apps.Ledger()
    bad, good = scores(0.5, 1), scores(0.8, 2)
    assert enter(ledger, bad, good).better == "yes"
    assert enter(ledger, good, bad).better == "no"
    assert enter(ledger, bad, good, lower=True).better == "no"
    assert enter(ledger, good, scores(0.8, 3)).better == "even"
    assert [row.better for row in ledger.rows] == ["yes", "no", "no", "even"]


def test_the_bootstrap_has_the_error_of_a_mean_of_paired_differences():
    one, two = scores(0.6, 4), scores(0.7, 5)
    gap = apps.difference(one, two)
    expected = 1.96 * float((two - one).std()) / len(one) ** 0.5
    assert gap.value == pytest.approx(float((two - one).mean()))
    assert gap.error == pytest.approx(expected, rel=0.1)
    assert apps.difference(one, one) == Estimate(0.0, 0.0)


def test_a_set_figure_is_made_anew_from_each_draw_of_pictures():
    chance = torch.Generator().manual_seed(0)
    real, near = (torch.randn(200, 3, generator=chance) for _ in range(2))
    far = near + 1
    gap = apps.difference(near, far, lambda found: metrics.fid(found, real), draws=50)
    assert gap.value == pytest.approx(metrics.fid(far, real) - metrics.fid(near, real))
    assert 0 < gap.error < gap.value


def test_what_a_verdict_refuses():
    ledger, some = apps.Ledger(), scores(0.5, 0)
    with pytest.raises(CourseError, match="independent judge"):
        enter(ledger, some, some, judge="pixels")
    with pytest.raises(CourseError, match="name of the rival"):
        enter(ledger, some, some, rival="")
    with pytest.raises(CourseError, match="same pictures"):
        enter(ledger, some, some[:5])
    assert not ledger.rows


def test_the_table_has_a_line_for_each_verdict():
    ledger = apps.Ledger()
    row = enter(ledger, scores(0.5, 1), scores(0.8, 2), caveat="a|b")
    head, dashes, line = ledger.markdown().splitlines()
    assert head.count("|") == dashes.count("|") == line.count("|") - 1
    assert "| a look-up |" in line and r"| yes | a\|b |" in line
    assert re.search(r"\+\d+\.\d ± \d+\.\d points", str(row))


def entered():
    """The keywords of every verdict that the chapter enters, as source."""
    for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ledger.enter":
            yield {part.arg: ast.unparse(part.value) for part in node.keywords}


def test_every_row_of_the_chapter_names_a_rival_that_is_no_end_of_the_scale():
    rows = list(entered())
    assert len(rows) >= 9
    for row in rows:
        assert {"rival", "judge", "trained_on"} <= set(row)
        assert not any(end in row["rival"] for end in ENDS), row["rival"]
        assert row["judge"].strip("'") not in ast.literal_eval(row["trained_on"])


def test_a_restorer_that_changes_nothing_has_the_fid_of_two_real_samples():
    test = data.load("digits", "test")
    mine, rest = data.parts(test, 90, 180)
    x, others = data.to_float(mine.images), data.to_float(rest.images)
    (point,) = apps.trade_off(x, x, x, others, [0.0])
    real = metrics.fid(metrics.features(mine.images), metrics.features(rest.images))
    assert point.fid == pytest.approx(real, rel=1e-3) and point.fid > 0.1


def test_no_fid_of_the_chapter_is_taken_against_the_pictures_restored():
    source = CHAPTER.read_text(encoding="utf-8")
    targets = re.findall(r"metrics\.fid\w*\([^,]+(?:\([^)]*\))?,\s*(\w+)", source)
    assert targets and set(targets) == {"others"}, targets
    lines = re.findall(r"apps\.trade_off\(([^)]*)\)", source)
    assert lines and all(line.split(", ")[-1] == "strangers" for line in lines)
