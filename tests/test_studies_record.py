"""What is made of a record: medians, intervals, tables, figures, words in a text."""

import json
import math

import numpy as np
import pytest

from aigc_course import plots, studies
from aigc_course.errors import CourseError
from aigc_course.studies import results
from aigc_course.studies.results import Failures

METHODS = ("plain", "r1+r2")
Z = 1.959964  # of the normal distribution: 95 % lie within


def cell(method, seed, modes, kl=0.1, **more):
    outcome = {"modes": modes, "high_quality": modes / 10, "kl": kl}
    failed = modes < 8
    times = {"cpu_seconds": 10.0 + seed, "wall_seconds": 20.0, "peak_mb": 300}
    status = {"method": method, "seed": seed, "status": "finished", "failed": failed}
    return {**status, "outcome": outcome, **times, **more}


CONTENT = {
    "study": "ring-8",
    "scale": 1.0,
    "rule": "it misses one of the 8 modes",
    "columns": [
        {"name": "modes", "unit": "", "better": "higher", "kind": "count"},
        {"name": "high_quality", "unit": "", "better": "higher", "kind": "share"},
        {"name": "kl", "unit": "nats", "better": "lower", "kind": "number"},
    ],
    "methods": {m: {"about": "", "config": {}, "place": {}} for m in METHODS},
    "cells": [
        *(cell("plain", seed, modes) for seed, modes in enumerate((1, 8, 2, 5))),
        *(cell("r1+r2", seed, 8) for seed in range(3)),
        cell("r1+r2", 3, 0, kl=None, status="crashed", outcome={}),
    ],
}


@pytest.fixture
def ring():
    return studies.Record("ring-8", json.loads(json.dumps(CONTENT)))


MISSING = studies.Record("ring-8", {})


def test_the_median_and_the_ends_are_those_of_the_seeds(ring):
    assert ring.summary("plain", "modes") == (3.5, 1, 8, 4)
    assert ring.values("plain", "modes") == [1, 8, 2, 5]
    assert ring.summary("plain", "cpu_seconds").median == 11.5


def test_a_crashed_seed_counts_as_failed_and_has_no_figure(ring):
    assert ring.failures("r1+r2") == (1, 4)
    assert ring.summary("r1+r2", "modes") == (8, 8, 8, 3)
    assert math.isnan(ring.values("r1+r2", "kl")[3])
    assert ring.outcomes("r1+r2")[3]["status"] == "crashed"


def test_reading_outcomes_twice_gives_them_twice(ring):
    assert ring.outcomes("plain") == ring.outcomes("plain") != []


@pytest.mark.parametrize("failed, of", [(0, 10), (10, 10), (3, 10), (1, 5), (40, 50)])
def test_the_interval_solves_wilsons_equation(failed, of):
    low, high = Failures(failed, of).interval
    assert 0 <= low <= failed / of <= high <= 1
    for p in {low, high} - {0.0, 1.0}:
        # (p_hat - p)^2 = z^2 p (1 - p) / n, with p on both sides of p_hat
        assert (failed / of - p) ** 2 == pytest.approx(Z**2 * p * (1 - p) / of)


def test_no_seed_says_nothing():
    assert Failures(0, 0).interval == (0, 1)


def test_unknown_names_are_listed(ring):
    with pytest.raises(CourseError, match=r"no method 'r2'; it has plain, r1\+r2"):
        ring.summary("r2", "modes")
    with pytest.raises(CourseError, match="no column 'fid'; it has modes, high_qual"):
        ring.summary("plain", "fid")


def test_the_table_as_text(ring):
    head, plain, penalised, caption = str(ring.table()).split("\n")
    assert head.split("   ")[:3] == ["method", "failed", "95 % interval"]
    assert "3 of 4" in plain and "30 to 95 %" in plain and "3.5 (1 to 8)" in plain
    assert "35.0 % (10.0 % to 80.0 %)" in plain
    assert "0.100 (0.100 to 0.100)" in penalised
    assert caption.startswith("Median (least to greatest) over 4 seeds. A seed has")
    assert str(ring) == str(ring.table())


def test_a_method_that_has_still_to_be_run_has_a_row_that_says_so(ring):
    head, _, awaited, caption = str(ring.table(methods=["plain", "r2"])).split("\n")
    assert awaited.split("   ")[0] == "r2" and "(not measured yet)" in awaited
    assert "measured" not in str(ring.table())
    with pytest.raises(CourseError, match="no method 'r9'"):
        ring.table(methods=["r9"])


def test_the_table_as_html_names_its_rows_and_escapes(ring):
    ring.content["methods"]["a<b"] = {}
    ring.content["cells"].append(cell("a<b", 0, 8))
    html = ring.table(["modes"], ["a<b"])._repr_html_()
    assert '<th scope="row">a&lt;b</th><td>0 of 1</td>' in html
    assert html.count("<tr>") == 2 and html.count("<th ") == 5
    assert "high quality" not in html


def test_a_shortened_study_says_so(ring):
    ring.content["scale"] = 0.25
    assert "over 4 seeds, at 25 % of full length" in ring.sentence()


@pytest.mark.parametrize(
    ("method", "column", "end", "words"),
    [
        ("plain", "modes", "", "3.5"),
        ("plain", "modes", "low", "1"),
        ("plain", "high_quality", "high", "80.0 %"),
        ("plain", "failed", "", "3 of 4"),
        ("plain", "seeds", "", "4"),
        ("plain", "seconds", "", "12"),
        ("plain", "seconds", "low", "10"),
        ("r1+r2", "kl", "", "0.100"),
    ],
)
def test_figures_in_a_sentence(ring, method, column, end, words):
    assert studies.quote(ring, method, column, end) == words


@pytest.mark.parametrize(
    ("method", "column", "end", "part"),
    [
        ("plain", "fid", "", "no column 'fid'"),
        ("r9", "failed", "", "no method 'r9'"),
        ("plain", "modes", "middle", "no 'middle'"),
        ("plain", "failed", "low", "'failed' has no 'low'"),
    ],
)
def test_figures_that_are_not_there(ring, method, column, end, part):
    with pytest.raises(CourseError, match=part):
        studies.quote(ring, method, column, end)


def test_a_missing_record_says_how_to_make_it_and_stops_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    missing = studies.record("ring-8")
    sentence = "The study ring-8 has no record yet; `aigc study ring-8` makes one.\n"
    assert capsys.readouterr().out == sentence
    assert studies.find("ring-8").is_missing and capsys.readouterr().out == ""
    assert missing.methods == [] and missing.outcomes("plain") == []
    assert math.isnan(missing.summary("plain", "modes").median)
    assert missing.failures("plain") == (0, 0)
    assert str(missing.table()) + "\n" == sentence == missing.in_words("modes") + "\n"
    assert missing._repr_html_().startswith("<p>The study ring-8")
    assert studies.quote(missing, "plain", "modes") == "(not measured yet)"


def test_a_record_is_read_from_a_folder_or_refused(ring, tmp_path):
    (tmp_path / "record.json").write_text(json.dumps(CONTENT))
    assert studies.record("ring-8", tmp_path) == ring
    with pytest.raises(CourseError, match="not a record of the study grid-25"):
        studies.record("grid-25", tmp_path)
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(CourseError, match="record.json is damaged"):
        studies.record("ring-8", tmp_path)
    with pytest.raises(CourseError, match="no study 'ring'"):
        studies.record("ring")


# figures


def dots(figure, marker):
    lines = figure.axes[0].lines
    found = [line.get_xdata() for line in lines if line.get_marker() == marker]
    return sorted(x for line in found for x in line)


def test_every_seed_has_a_dot_and_every_method_its_median(ring):
    figure = plots.outcomes(ring, "modes")
    assert dots(figure, "o") == [8, 8, 8, 8]
    assert [x for x in dots(figure, "x") if not math.isnan(x)] == [1, 2, 5]
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert [line.get_xdata()[0] for line in lines if len(line.get_xdata())] == [3.5, 8]
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels == list(METHODS)
    assert figure.axes[0].get_xlabel() == "modes (higher is better)"
    assert plots.png_bytes(figure)


def test_the_figure_in_words(ring):
    words = "Modes of each seed: plain 3.5 (1 to 8); r1+r2 8 (8 to 8)."
    assert ring.in_words("modes") == words
    assert ring.in_words() == "Failed seeds of ring-8: plain 3 of 4; r1+r2 1 of 4."


def grid_record():
    methods, cells = {}, []
    for g in (0.001, 0.01):
        for d in (0.002, 0.02, 0.2):
            name = f"g{g:g}-d{d:g}"
            place = {"learning rate of G": g, "learning rate of D": d}
            methods[name] = {"about": "", "config": {}, "place": place}
            cells.append(cell(name, 0, 8 if d > 0.01 else 0))
            cells.append(cell(name, 1, 8 if g > 0.001 else 0))
    return studies.Record("lr-map", {**CONTENT, "methods": methods, "cells": cells})


def test_the_map_shades_and_counts_each_square():
    figure = plots.failure_map(grid_record())
    axes = figure.axes[0]
    shares = np.array([[1, 0.5], [0.5, 0], [0.5, 0]])  # rows: D; columns: G
    assert (np.asarray(axes.images[0].get_array()) == shares).all()
    said = {text.get_position(): text.get_text() for text in axes.texts}
    assert said[0, 0] == "2/2" and said[1, 0] == "1/2" and said[1, 2] == "0/2"
    assert axes.get_xlabel() == "learning rate of G"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0.002", "0.02", "0.2"]


def test_figures_of_a_missing_record_say_so():
    for figure in (plots.outcomes(MISSING, "modes"), plots.failure_map(MISSING)):
        assert "has no record yet" in figure.texts[0].get_text()


def test_a_record_without_places_has_no_map(ring):
    with pytest.raises(CourseError, match="two coordinates"):
        plots.failure_map(ring)


def test_a_method_that_has_not_been_run_is_said_to_be_unmeasured(ring):
    assert studies.quote(ring, "r2", "modes") == "(not measured yet)"
    with pytest.raises(CourseError, match="no method 'r3'"):
        studies.quote(ring, "r3", "modes")
