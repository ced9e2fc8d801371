"""What chapter 16 says of video, against the code and the record of its benchmark."""

import json
import re
from pathlib import Path

import pytest

from aigc_course.apps.video import dynamics, rivals, scenes

ROOT = Path(__file__).parents[1]
FOUND = sorted((ROOT / "chapters").glob("16*.py"))
RECORD = ROOT / "benchmarks" / "records" / "video.json"


def cell(name: str) -> str:
    """A cell of the chapter; the text of a Markdown cell on one line."""
    for path in FOUND:
        text = path.read_text("utf-8") + "\n# %%"
        match = re.search(rf'# %%[^\n]*id="{name}"[^\n]*\n(.*?)(?=\n# %%)', text, re.S)
        if match:
            lines = [line.removeprefix("#").strip() for line in match[1].splitlines()]
            return " ".join(lines)
    pytest.skip(f"The chapter has no cell {name}.")


def test_the_numbers_of_the_models() -> None:
    assert "A frame has 1,024 numbers" in cell("16-video-places-text")
    assert scenes.SIZE**2 == 1024
    assert "the last five places" in cell("16-video-places-after")
    assert dynamics.RECENT == 5
    assert "read from the last four centroids" in cell("16-video-rivals-text")
    assert rivals.READ == 4
    assert "a mixture of four steps" in cell("16-video-mixture-text")
    assert "components=4" in cell("16-video-ball")


@pytest.mark.skipif(not RECORD.is_file(), reason="the benchmark was not run")
def test_the_record_says_what_the_text_says() -> None:
    seeds = json.loads(RECORD.read_text("utf-8"))["figures"]["seeds"]
    for row in seeds.values():
        digits, ball = row["digits"], row["ball"]
        model, walls = digits["model"], digits["velocity_walls"]
        assert model["mse_share_t10"] < 0.35
        assert model["mse_share_t10"] < walls["mse_share_t10"]
        assert digits["fitted"]["mse_share_t10"] < model["mse_share_t10"]
        assert model["kept_t10"] >= 0.95 * digits["true_kept_t10"]
        assert ball["left"] > 0.25 and ball["right"] > 0.25
        assert ball["mse_best_of_8"] < 0.5 * ball["mse_pixels"]
        assert ball["mse_pixels"] < ball["mse_drawn"] < ball["mse_places"]
