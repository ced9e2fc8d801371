"""What chapter 16 says of music, against the record, the corpus and the code."""

import json
import re
from pathlib import Path
from statistics import median

import pytest
from chapter_cells import cell

from aigc_course import pretrained
from aigc_course.apps.music import contour, corpus, counts, tokens
from aigc_course.apps.music import shipped as weights

ROOT = Path(__file__).parents[1]
RECORD = json.loads((ROOT / "benchmarks/records/music.json").read_text("utf-8"))
FIGURES = RECORD["figures"]
SEEDS = range(3)


def canonical(budget: str = "short") -> list[dict]:
    return [FIGURES[f"canonical, {budget}, seed {seed}"] for seed in SEEDS]


def shipped(name: str, what: str = "parallels") -> list[float]:
    return [FIGURES["shipped"][f"{name}, seed {seed}"][what] for seed in SEEDS]


def test_the_canonical_set_is_learnt_well_below_the_counts() -> None:
    nats = [row["nats_per_note"] for row in canonical()]
    assert max(nats) < 0.48
    assert FIGURES["canonical, counts"]["nats_per_note"] == pytest.approx(
        0.637, abs=1e-3
    )
    assert all(row["training_cpu_seconds"] <= 60 for row in canonical())


def test_the_text_gives_the_records_nats() -> None:
    text = cell("16-music-train-after")
    nats = [row["nats_per_note"] for row in canonical()]
    seconds = [row["training_cpu_seconds"] for row in canonical()]
    assert f"{min(nats):.3f} to {max(nats):.3f} nats per note" in text
    assert f"{min(seconds)} to {max(seconds)} seconds of one core" in text
    assert "0.637" in text
    rows = canonical("medium")
    nats = [row["nats_per_note"] for row in rows]
    seconds = [row["training_cpu_seconds"] for row in rows]
    assert f"{min(nats):.3f} to {max(nats):.3f}." in text
    assert f"{min(seconds)} to {max(seconds)} seconds, it needs" in text
    assert f"{RECORD['settings']['plans']['medium']['steps']:,} steps" in text
    assert f"{RECORD['settings']['plans']['short']['steps']} steps" in text


def test_the_text_gives_the_records_parallels() -> None:
    text = cell("16-music-report-after")
    for name in ("composer, temperature 0.8", "composer, temperature 1.0", "counts"):
        low, middle, high = sorted(shipped(name))
        crossed = 100 * median(shipped(name, "crossings"))
        row = f"| {middle:.2f} | {low:.2f}–{high:.2f} | {crossed:.1f} % |"
        assert row in text, name
    for name in ("Bach, learnt from", "Bach, other tunes"):
        row = FIGURES["shipped"][name]
        told = f"{row['parallels']:.2f} | one value | {100 * row['crossings']:.1f} % |"
        assert f"| {name} | {told}" in text


def test_what_the_text_says_of_parallels_follows_from_the_record() -> None:
    text = cell("16-music-report-after")
    learnt, other = (
        FIGURES["shipped"][name]["parallels"]
        for name in ("Bach, learnt from", "Bach, other tunes")
    )
    assert learnt < median(shipped("composer, temperature 0.8")) < other
    drawn = median(shipped("composer, temperature 1.0"))
    assert f"{drawn / other:.1f} to {drawn / learnt:.1f} times" in text
    copied, outside = (
        [
            100 * share
            for t in ("0.8", "1.0")
            for share in shipped(f"composer, temperature {t}", what)
        ]
        for what in ("copied", "outside")
    )
    assert f"At most {max(copied):.1f} %" in text
    assert f"From {min(outside):.1f} to {max(outside):.1f} %" in text


def test_the_text_tells_how_the_networks_that_ship_were_trained() -> None:
    text = cell("16-music-train-after")
    card = pretrained.card(weights.COMPOSER)
    assert f"{card['steps']:,} such steps" in text
    assert f"{FIGURES['shipped']['nats']['composer']:.3f} nats per note" in text
    seconds = re.search(r"about (\d+) seconds of one core", text)
    assert seconds and card["seconds"] == pytest.approx(int(seconds[1]), rel=0.1)
    assert pretrained.card(weights.HARMONISER)["steps"] == card["steps"]
    assert f"{card['steps']:,} steps, too" in cell("16-music-harmonise-after")


def test_the_text_gives_the_records_harmonies() -> None:
    text = cell("16-music-harmonise-after")
    for name in ("harmoniser, one pass", "harmoniser, Gibbs"):
        assert f"{median(shipped(name)):.2f}" in text, name
        assert f"{100 * median(shipped(name, 'notes_of_bach')):.0f} %" in text, name


def test_the_text_gives_the_records_contours() -> None:
    text = cell("16-music-contour-after")
    rows = [FIGURES["contour"][f"seed {seed}"] for seed in SEEDS]
    for name in ("prefix", "counts, one", "counts, nearest of 16"):
        errors = [row[name]["error"] for row in rows]
        assert f"{min(errors):.2f} to {max(errors):.2f}" in text, name


def test_numbers_in_the_text_are_those_of_the_code() -> None:
    train, valid = corpus.chorales()
    assert f"{len(train) + len(valid)} chorales" in cell("16-music-text")
    assert f"{len(valid)} chorales" in cell("16-music-model-text")
    assert f"among the {len(train)}" in cell("16-music-model-text")
    assert "D = 0.6" in cell("16-music-model-text") and counts.DISCOUNT == 0.6
    assert "200 steps of three" in cell("16-music-model-text")
    assert "else 200" in cell("16-music-counts")
    assert "four bars" in cell("16-music-command-text") and contour.BARS == 4
    assert tokens.ORDER == (0, 3, 1, 2)
