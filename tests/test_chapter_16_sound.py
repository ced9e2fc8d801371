"""What chapter 16 says of sound, against the code and the record of its benchmark."""

import json
import re
from pathlib import Path

from chapter_cells import cell

from aigc_course.apps.sound import adaptive, instruments, measure, network, past, pitch

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "records" / "sound.json"


def test_the_numbers_of_the_instruments() -> None:
    assert "8,000 of them make a second" in cell("16-sound-text")
    assert instruments.RATE == 8000
    assert "20.5 samples has 21.5, and is 82 cents" in cell("16-sound-string-text")
    assert round(pitch.cents(1 / 20.5, 1 / 21.5)) == 82
    assert "is 4.05 bits" in cell("16-sound-rivals-text")
    assert f"{measure.FLOOR:.2f}" == "4.05" and instruments.NOISE == 4


def test_the_numbers_of_the_models() -> None:
    text = cell("16-sound-net-text")
    assert "42 earlier samples: the last 16, 17 around one period ago, and 9" in text
    assert (network.NEAR, 2 * network.FAR + 1, 2 * network.FAR2 + 1) == (16, 17, 9)
    assert network.TAPS == 42
    assert "on 30 earlier samples" in cell("16-sound-rivals-text")
    reach = adaptive.Adaptive().reach
    assert past.lags(instruments.notes(1, 0, 9).pitches, *reach).shape[1] == 30


def test_the_record_says_what_the_text_says() -> None:
    seeds = json.loads(RECORD.read_text("utf-8"))["figures"]["seeds"]
    for row in seeds.values():
        assert row["filter"] < row["network"]  # "it compresses best"
        assert row["coded"]["filter_exact"] and row["coded"]["network_exact"]
        # "at most 0.2 % more"
        assert row["coded"]["network"] <= 1.002 * row["coded"]["network_computed"]
        if row["flac"] is not None:  # at least 10 % fewer bits
            assert row["network"] < 0.9 * row["flac"]


def span(values: list[float], digits: int = 0) -> str:
    """The range as the chapter writes it."""
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"


def test_the_ranges_of_the_text_are_those_of_the_record() -> None:
    rows = list(json.loads(RECORD.read_text("utf-8"))["figures"]["seeds"].values())
    text = cell("16-sound-after")
    assert "three trainings" in text and len(rows) == 3
    saved = {
        name: span([100 * (1 - row[name] / row["flac"]) for row in rows])
        for name in ("network", "filter")
    }
    assert f"network needs {saved['network']} % fewer bits than FLAC" in text
    assert f"filter needs {saved['filter']} % fewer bits than FLAC" in text
    for name in ("network", "filter"):
        later = span([row[f"{name}_second_half"] for row in rows], 1)
        assert re.search(rf"{name} needs {later} bits|network {later}\.", text)
        assert all(10.5 < row[f"{name}_first_256"] < 11.7 for row in rows)
    kinds = instruments.KINDS
    hit = {k: sum(row["pitch"][k]["within_10_cents"] for row in rows) for k in kinds}
    assert hit == {"string": 36, "reed": 28, "bell": 36}
    assert "all 36 strings, all 36 bells and 28 of the 36 reeds" in text
    full = sum(row["pitch"][k]["reach_the_limit"] for row in rows for k in kinds)
    assert f"{full} of these 108 notes reach the limit of 16 bits" in text
