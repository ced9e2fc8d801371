"""What chapter 16 says of levels and patterns, against the record and the code."""

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from chapter_cells import cell

from aigc_course.apps.levels import measure, script, words, writer
from aigc_course.apps.levels.corpus import TRAIN

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "records" / "levels.json"


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return json.loads(RECORD.read_text("utf-8"))


def test_the_bands_and_tiles_are_those_of_the_model() -> None:
    assert "seven bands" in cell("16-levels-maker-after") and len(script.BANDS) == 7
    assert "25 inner tiles" in cell("16-levels-model-text") and script.CELLS == 25


def test_the_trainings_are_as_long_as_told(record: dict[str, Any]) -> None:
    assert f"{writer.STEPS} steps" in cell("16-levels-train-text")
    assert f"else {writer.STEPS}" in cell("16-levels-train")
    long = f"{writer.LONG_STEPS:,} steps on {TRAIN:,} levels"
    assert long in cell("16-levels-rivals-text")
    assert long in cell("16-levels-record")
    settings = record["settings"]
    assert settings["levels"] == TRAIN and settings["steps"] == writer.LONG_STEPS
    assert tuple(settings["cool"]) == writer.COOL


def test_the_temperatures_and_the_smoothing_are_as_told() -> None:
    text = cell("16-levels-rivals-text")
    room, places = writer.COOL
    assert f"{room} for the room and {places} for the places" in text
    assert "½$ to each pattern" in text and measure.EPSILON == 0.5


ROWS = {
    "Transformer": "transformer",
    "constrained": "constrained",
    "cool": "cool",
    "guided": "guided",
    "GAN": "gan",
    "neighbours": "neighbours",
    "swapped": "swapped",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_table_is_the_records(name: str, record: dict[str, Any]) -> None:
    seeds = [seed[ROWS[name]] for seed in record["figures"]["seeds"]]
    playable = [100 * seed["playable"] for seed in seeds]
    row = f"| {name} | {median(playable):.0f} % ({min(playable):.0f} to"
    row += f" {max(playable):.0f}) | {spread(seeds, 'novel')} |"
    row += f" {spread(seeds, 'boxes')} |"
    moves = [seed["moves"] for seed in seeds]
    asked = moves[0] is not None and seeds[0]["boxes"] is not None
    row += f" {median(moves):.2f} |" if asked else " – |"
    row += f" {median(seed['patterns'] for seed in seeds):.2f} |"
    assert row in cell("16-levels-record")


def spread(seeds: list[dict[str, Any]], key: str) -> str:
    """The median share of the seeds in per cent, or a dash."""
    shares = [seed[key] for seed in seeds]
    return "–" if None in shares else f"{100 * median(shares):.0f} %"


@pytest.mark.parametrize("way", ["cool", "guided"])
def test_the_difference_to_the_rival_is_the_records(
    way: str, record: dict[str, Any]
) -> None:
    low, middle, high = record["figures"]["minus_swapped"][way]
    told = f"{way}: {100 * middle:.0f} points ({100 * low:.0f} to {100 * high:.0f})"
    assert told in cell("16-levels-record") and low > 0


def test_the_moves_that_words_lead_to_are_the_records(record: dict[str, Any]) -> None:
    seeds = record["figures"]["seeds"]
    medians, asked = [], []
    for sentence, one in seeds[0]["told"].items():
        assert words.parse(sentence).moves == one["asked"]
        asked.append(f"{one['asked']}")
        moves = [m for seed in seeds for m in seed["told"][sentence]["moves"]]
        medians.append(f"{median(moves):.0f}")
    text = cell("16-levels-words-after")
    for numbers in (asked, medians):
        assert f"{', '.join(numbers[:-1])} and {numbers[-1]}" in text


def test_the_sentences_can_be_parsed() -> None:
    assert (
        "five sentences" in cell("16-levels-prices-after") and len(words.LENGTHS) == 5
    )
    assert words.parse("two boxes, long").boxes == 2


def test_the_colours_and_keys_of_the_lab_are_as_told() -> None:
    page = ROOT / "aigc_course" / "widgets" / "static" / "sokoban.js"
    told = cell("16-levels-words-after")
    for key, words_told in {"u": "U takes", "n": "N shows", "w": "W says"}.items():
        assert f'shortcut: "{key}"' in page.read_text("utf-8") and words_told in told
