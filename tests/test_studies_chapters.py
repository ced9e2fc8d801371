"""Numbers of studies in the chapters are those of the committed records."""

import json
import math
import re
import statistics

import pytest
from nbbuild.chapter import read
from nbbuild.project import Project
from nbbuild.studies import MEANT, QUOTE, filled, problems, unmeasured
from scipy import stats

from aigc_course import studies
from aigc_course.studies.quote import UNMEASURED
from aigc_course.studies.results import FOLDER

CHAPTERS = {path.stem: path for path in Project().chapters()}
FULL_OF_STUDIES = [stem for stem in CHAPTERS if stem[:2] in ("06", "07")]


def markdown(stem):
    return [c.source for c in read(CHAPTERS[stem]).cells if c.cell_type == "markdown"]


QUOTED = [
    (stem, *found.groups(default=""))
    for stem in CHAPTERS
    for source in markdown(stem)
    for found in QUOTE.finditer(source)
]


def figure(cells, column):
    """A column of cells as they lie in the file, as far as they have it."""
    if column == "seconds":
        found = [cell["cpu_seconds"] for cell in cells]
    else:
        found = [cell["outcome"].get(column) for cell in cells]
    return [value for value in found if value is not None]


@pytest.mark.parametrize(("stem", "name", "method", "column", "end"), QUOTED)
def test_a_quoted_figure_is_that_of_the_record(stem, name, method, column, end):
    file = FOLDER / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{name} has no record yet")
    every = json.loads(file.read_text(encoding="utf-8"))["cells"]
    cells = [cell for cell in every if cell["method"] == method]
    said = filled(f"{{{{study {name} {method} {column} {end}}}}}".replace(" }", "}"))
    if not cells:
        assert said == UNMEASURED and method in studies.get(name).methods
        return
    if column == "seeds":
        assert int(said) == len(cells)
        return
    if column == "failed":
        assert said == f"{sum(c['failed'] for c in cells)} of {len(cells)}"
        return
    if end in ("mean", "interval"):
        columns = {c["name"]: c for c in json.loads(file.read_text("utf-8"))["columns"]}
        assert are_those(said, of_the_mean(figure(cells, column), end), columns[column])
        return
    pick = {"low": min, "high": max, "": statistics.median}[end]
    number = float(re.sub(r"[^\d.-]", "", said)) / (100 if "%" in said else 1)
    digits = len(said.partition(".")[2].rstrip(" %")) + 2 * ("%" in said)
    found = figure(cells, column)
    assert found and math.isclose(number, pick(found), abs_tol=0.51 * 10**-digits)


def of_the_mean(found, end):
    """Student's mean or interval, by SciPy."""
    if end == "mean":
        return [statistics.mean(found)]
    if len(found) < 2:
        return []
    return [*stats.ttest_1samp(found, 0).confidence_interval(0.95)]


def are_those(said, numbers, column):
    """Whether a text says these numbers, to the digits that it shows."""
    if not numbers:
        return said == "one seed"
    is_share = column.get("kind") == "share"
    texts = said.split(" to ")
    if len(texts) != len(numbers) or any(
        is_share != text.endswith(" %") for text in texts
    ):
        return False
    texts = [text.removesuffix(" %") for text in texts]
    scale = 100 if is_share else 1
    digits = [len(text.partition(".")[2]) for text in texts]
    return all(
        math.isclose(float(text), scale * number, abs_tol=0.51 * 10**-n)
        for text, number, n in zip(texts, numbers, digits, strict=True)
    )


def agrees(recorded, current):
    """Whether settings are the same, as far as both have them."""
    if isinstance(recorded, dict) and isinstance(current, dict):
        common = recorded.keys() & current.keys()
        return all(agrees(recorded[key], current[key]) for key in common)
    return recorded == current


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda f: f.stem)
def test_a_record_is_of_the_study_as_it_is_now(file):
    content, study = json.loads(file.read_text("utf-8")), studies.get(file.stem)
    assert content["study"] == file.stem and content["rule"] == study.rule
    assert [c["name"] for c in content["columns"]] == [c.name for c in study.columns]
    for name, method in content["methods"].items():
        assert agrees(method["config"], study.methods[name].config), name


def test_settings_that_differ_are_seen():
    new = {"lr": 1, "max_grad_norm": None}
    assert agrees({"lr": 1}, new) and not agrees({"lr": 2}, new)


BY_HAND = re.compile(
    r"\b\d+ of (10|ten|\d+) (seeds|failed|runs)|\d of (10|ten)\b"  # a failure rate
    r"|\d\.\d|\d ?%"  # a measured figure
)
NOT_MEASURED = re.compile(r"\$[^$]*\$|`[^`]*`|\[[^\]]*\]\([^)]*\)|95 %")
SOURCE = re.compile(r"et al\.|\(\d+\.\d+\)|[Ss]ection|[Cc]hapter")  # where it is from


def by_hand(paragraph):
    """What looks like a study's number in a paragraph that quotes one.

    A sentence that names a publication, an equation or a section has its source.
    """
    if not QUOTE.search(paragraph):
        return None
    text = NOT_MEASURED.sub("", MEANT.sub("", paragraph))
    for sentence in re.split(r"(?<!al)[.:;]\s", text):
        found = BY_HAND.search(sentence)
        if found and not SOURCE.search(sentence):
            return found.group()
    return None


@pytest.mark.parametrize("stem", FULL_OF_STUDIES)
def test_no_paragraph_about_a_study_has_numbers_by_hand(stem):
    for source in markdown(stem):
        for paragraph in re.split(r"\n\s*\n", source):
            assert by_hand(paragraph) is None, paragraph


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("and 3 of 10 seeds failed", "3 of 10 seeds"),
        ("against 0.93 before", "0.9"),
        ("that is 98 % of them", "8 %"),
        ("by (6.4), with $p = 0.5$ and `lr=0.1`, in the 95 % interval", None),
        ("as Lin et al. (2018) have 98.2 %", None),
        ("as Lin et al. have it. Here it is 98.2 %", "8.2"),
    ],
)
def test_numbers_by_hand_are_seen(rest, found):
    assert by_hand("{{study ring-8 plain modes}} " + rest) == found
    assert by_hand(rest) is None


# placeholders


def content(**more):
    cells = [
        {
            "method": "plain",
            "seed": seed,
            "failed": seed > 0,
            "outcome": {"share": 0.98 + seed / 100},
            "cpu_seconds": 41.2,
        }
        for seed in range(3)
    ]
    column = {"name": "share", "unit": "", "better": "higher", "kind": "share"}
    head = {"scale": 1.0, "rule": "", "columns": [column], "methods": {"plain": {}}}
    return {**head, "cells": cells, **more}


def find(name):
    return studies.Record(name, content() if name == "done" else {})


def test_placeholders_become_figures():
    text = (
        "{{study done plain share}}, {{study done plain share low}} to"
        " {{study\ndone plain share high}}; {{study done plain failed}} failed of"
        " {{study done plain seeds}} in {{study done plain seconds}} s"
    )
    assert filled(text, find) == "99.0 %, 98.0 % to 100.0 %; 2 of 3 failed of 3 in 41 s"
    assert list(problems(text, find)) == [] == unmeasured(text, find)


def test_without_a_record_a_text_says_so():
    text = "{{study later plain share}} and {{study later other failed}}"
    assert filled(text, find) == "(not measured yet) and (not measured yet)"
    assert unmeasured(text, find) == ["later"] and list(problems(text, find)) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{{study done plain}}", "write {{study NAME METHOD COLUMN}}"),
        ("{{ study done plain share }}", "write {{study NAME METHOD COLUMN}}"),
        ("{{study done plane share}}", "no method 'plane'"),
        ("{{study done plain fid}}", "no column 'fid'"),
        ("{{study done plain share most}}", "no 'most'"),
    ],
)
def test_placeholders_that_do_not_resolve_are_named(text, part):
    (sentence,) = problems(text, find)
    assert part in sentence and text in sentence


def test_the_name_of_a_study_is_checked():
    (sentence,) = problems("{{study ring-9 plain modes}}")
    assert "Did you mean 'ring-8'?" in sentence
