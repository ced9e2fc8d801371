"""What chapter 16 says of shapes agrees with the record and the package."""

from pathlib import Path

import pytest
from chapter_cells import cell

from aigc_course.apps.shapes import grids, latents, measure, priors
from aigc_course.apps.shapes.families import KINDS, SETTINGS
from aigc_course.files import read_json

ROOT = Path(__file__).parents[1]
RECORD = read_json(ROOT / "benchmarks" / "records" / "shapes.json")

METHODS = {  # names in the chapter's table, and in the record
    "new shapes": "new",
    "training shapes": "training",
    "normal": "normal law",
    "kernels, σ = 0.1": "kernels 0.1",
    "kernels, σ = 0.3": "kernels 0.3",
    "half way": "half way",
    "flow": "flow",
}


def told(name: str, column: str) -> str:
    """Median and range of a figure as the chapter writes it."""
    median, low, high = RECORD["figures"]["means"][name][column]
    if column == "mmd / floor" or column == "near":
        return f"{median:.2f} ({low:.2f}–{high:.2f})"
    return f"{100 * median:.0f} ({100 * low:.0f}–{100 * high:.0f})"


@pytest.mark.parametrize("shown", METHODS)
def test_the_table_is_that_of_the_record(shown) -> None:
    columns = ("accuracy", "coverage", "mmd / floor", "near", "chair legs", "pieces")
    cells = [told(METHODS[shown], column) for column in columns]
    assert f"| {shown} | {' | '.join(cells)} |" in cell("16-shapes-record-text")


def test_the_record_reaches_what_is_said() -> None:
    flow = RECORD["figures"]["means"]["flow"]
    assert flow["accuracy"][1] >= 0.45 and flow["accuracy"][2] <= 0.60
    assert flow["coverage"][1] >= 0.45
    assert flow["mmd / floor"][2] <= 1.15
    assert flow["chair legs"][1] >= 0.95
    assert flow["watertight"] == [1.0, 1.0, 1.0]
    assert len(RECORD["figures"]["seeds"]) >= 3
    for seed in RECORD["figures"]["seeds"].values():
        for files in seed["files"].values():
            assert files["equal"] == files["watertight"] == files["of"] >= 79


def test_sizes_are_as_told() -> None:
    assert "24 \\times 24 \\times 24" in cell("16-shapes-mesh-text")
    assert grids.SIDE == 24 and grids.BAND == 0.1
    assert "6,912 numbers" in cell("16-shapes-latents-text")
    assert grids.nodes()[0].numel() == 6912
    assert "$K = 30$" in cell("16-shapes-latents-text") and latents.LATENTS == 30
    assert "256 points" in cell("16-shapes-measures-text") and measure.POINTS == 256
    assert "six to nine sizes" in cell("16-shapes-limits-text")
    assert {min(SETTINGS.values()), max(SETTINGS.values())} == {6, 9}
    assert len(KINDS) == 4 and priors.network().classes == 4


def test_the_comparison_is_as_long_as_told() -> None:
    settings, text = RECORD["settings"], cell("16-shapes-record-text")
    assert f"{settings['steps']:,} steps" in text
    assert f"{settings['judged']} shapes of each family" in text
    assert f"{settings['train']:,} training shapes" in cell("16-shapes-latents-text")
    files = [
        f for s in RECORD["figures"]["seeds"].values() for f in s["files"].values()
    ]
    assert f"all {sum(f['of'] for f in files)} meshes" in text
