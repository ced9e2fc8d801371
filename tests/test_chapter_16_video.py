"""What chapter 16 says of video, against the code and the record of its benchmark."""

import json
from pathlib import Path

from chapter_cells import cell

from aigc_course.apps.video import dynamics, rivals, scenes

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "records" / "video.json"


def test_the_numbers_of_the_models() -> None:
    assert "A frame has 1,024 numbers" in cell("16-video-places-text")
    assert scenes.SIZE**2 == 1024
    assert "the last five places" in cell("16-video-places-after")
    assert dynamics.RECENT == 5
    assert "read from the last four centroids" in cell("16-video-rivals-text")
    assert rivals.READ == 4
    assert "a mixture of four steps" in cell("16-video-mixture-text")
    assert "components=4" in cell("16-video-ball")


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
        assert ball["left"] + ball["right"] > 0.98
        assert ball["mse_best_of_8"] < 0.2 * ball["mse_pixels"]
        assert ball["mse_pixels"] < ball["mse_drawn"] < ball["mse_places"]


def span(values: list[float], digits: int = 0) -> str:
    """The range as the chapter writes it."""
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"


def test_the_ranges_of_the_text_are_those_of_the_record() -> None:
    rows = list(json.loads(RECORD.read_text("utf-8"))["figures"]["seeds"].values())
    text, after = cell("16-video-after"), cell("16-video-ball-after")
    assert len(rows) == 3

    def share(who: str) -> str:
        return span([100 * row["digits"][who]["mse_share_t10"] for row in rows])

    off = span([row["digits"]["model"]["centroid_t5"] for row in rows], 2)
    assert f"Three trainings on other films gave {share('model')} % and {off}" in text
    assert f"known walls gave {share('velocity_walls')} %" in text
    assert f"{share('fitted')} % in the three tests" in text

    balls = [row["ball"] for row in rows]
    pixels, drawn = ([1000 * b[f"mse_{w}"] for b in balls] for w in ("pixels", "drawn"))
    assert f"prediction, {span(pixels, 1)} thousandths" in after
    exact = {f"{1000 * b['mse_exact_mean']:.1f}" for b in balls}
    assert exact == {"8.4"} and "The exact mean has 8.4" in after
    assert f"a draw had {span(drawn, 1)} thousandths" in after
    twice = span([b["mse_drawn"] / b["mse_exact_mean"] for b in balls], 1)
    assert f"{twice} times the error of the exact mean" in after
    factor = span([b["mse_drawn"] / b["mse_pixels"] for b in balls], 1)
    assert f"the factor is {factor}" in after
    best = span([100 * b["mse_best_of_8"] / b["mse_pixels"] for b in balls])
    assert f"we measured {best} %" in after
    assert max(b["all_8_on_the_wrong_side"] for b in balls) == 2
