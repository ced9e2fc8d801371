"""What chapter 16 says of verse and names, against the record and the code."""

import json
import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from chapter_cells import cell

from aigc_course import pretrained
from aigc_course.apps.verse import rivals, writer
from aigc_course.apps.verse.tones import table

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "records" / "verse.json"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return dict(json.loads(RECORD.read_text("utf-8"))["figures"])


def of_trial(figures: dict[str, Any], name: str, what: str) -> list[float]:
    """The figure of a trial for each seed, in order of size."""
    return sorted(figures["names"][f"{name}, seed {seed}"][what] for seed in (0, 1, 2))


ROWS = {
    "likelihood": "likelihood",
    "REINFORCE": "REINFORCE",
    "straight-through": "straight-through",
    "half likelihood, then REINFORCE": "half likelihood, then REINFORCE",
    "likelihood at temperature 0.7": "likelihood at 0.7",
}


@pytest.mark.parametrize("shown", ROWS)
def test_the_table_of_names_is_the_record(shown: str, figures: dict[str, Any]) -> None:
    cells = []
    for what in ("look", "cover"):
        low, middle, high = of_trial(figures, ROWS[shown], what)
        cells.append(f"{middle:.2f} ({low:.2f}–{high:.2f})")
    distinct = median(of_trial(figures, ROWS[shown], "distinct"))
    row = f"| {shown} | {cells[0]} | {cells[1]} | {distinct:.0%}".replace("%", " %")
    assert row in cell("16-verse-trials-after")


def test_likelihood_is_better_in_both_without_overlap(figures: dict[str, Any]) -> None:
    assert "the ranges do not overlap" in cell("16-verse-trials-after")
    for what in ("look", "cover"):
        best = of_trial(figures, "likelihood", what)[-1]
        for name in list(rivals.TRIALS)[1:]:
            assert best < of_trial(figures, name, what)[0]
    steps = {name: median(of_trial(figures, name, "steps")) for name in rivals.TRIALS}
    assert "about three times as long" in cell("16-verse-trials-after")
    for name in ("REINFORCE", "straight-through"):
        assert 2.5 < steps["likelihood"] / steps[name] < 3.5


def test_the_model_that_ships_is_as_told() -> None:
    card = pretrained.card(writer.NAME)
    assert f"{card['steps']:,} such batches" in cell("16-verse-measure-after")
    told = re.search(r"about (\d+) seconds", cell("16-verse-train-after"))
    assert told and card["seconds"] == pytest.approx(int(told[1]), rel=0.1)
    assert f"{card['letters']:,} kinds of characters" in cell("16-verse-measure-after")
    assert f"{len(table().rows):,} characters" in cell("16-verse-tones-text")


def test_both_rules_are_learnt_with_every_seed(figures: dict[str, Any]) -> None:
    found = figures["quatrains"]
    real, counted = found["rivals"]["real"], found["rivals"]["counts free"]
    for seed in (0, 1, 2):
        row = found[f"seed {seed}"]
        for what in ("alternate", "rhyme"):
            assert counted[what] < row["free"][what] < real[what] + 0.05
        kept = row["constrained"]
        assert kept["acrostic"] == kept["regular"] == kept["rhyme"] == 1
        assert row["bits"] < found["rivals"]["counts bits"]
        assert row["steps"] == pretrained.card(writer.NAME)["steps"]


def test_the_free_poems_are_as_told(figures: dict[str, Any]) -> None:
    free = [figures["quatrains"][f"seed {seed}"]["free"] for seed in (0, 1, 2)]
    text = cell("16-verse-free-after")
    tones = sorted(round(100 * one["alternate"]) for one in free)
    rhymes = sorted(round(100 * one["rhyme"]) for one in free)
    assert f"{tones[0]} to {tones[-1]} % of the lines" in text
    assert f"{rhymes[0]} to {rhymes[-1]} % of the poems rhyme" in text
    bits = sorted(figures["quatrains"][f"seed {seed}"]["bits"] for seed in (0, 1, 2))
    assert f"{bits[0]:.2f} to {bits[-1]:.2f} bits" in text
    assert f"{figures['quatrains']['rivals']['counts bits']:.2f}" in text
    counts = figures["quatrains"]["rivals"]["counts free"]
    assert (
        f"{100 * counts['alternate']:.0f} % and {100 * counts['rhyme']:.0f} %" in text
    )
    assert counts["alternate"] < min(one["alternate"] for one in free)


def test_the_long_poems_are_as_told(figures: dict[str, Any]) -> None:
    text = cell("16-verse-free-after")
    row, floors = figures["regulated"]["seed 0"], figures["regulated"]["floors"]
    assert f"{row['bits']:.2f} bits" in text
    assert f"{floors['Kneser-Ney 3']:.2f}" in text
    new = row["bits of poems without a known line"]
    counted = floors["Kneser-Ney 3 new"]
    assert f"{new:.2f} bits and the counts {counted:.2f}" in text
    assert f"{row['steps']:,} batches" in text
    known, unseen, without = row["poems"]
    for told in (f"{known:,} poems", f"{unseen:,} unseen", f"{without:,} others"):
        assert told in text
