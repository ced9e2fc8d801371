"""What chapter 16 says of captions, against the code, the record and the card."""

from pathlib import Path
from typing import Any

from chapter_cells import cell

from aigc_course import pretrained
from aigc_course.apps.captions import scenes, shipped
from aigc_course.apps.captions.learner import GUIDANCE
from aigc_course.apps.captions.networks import LATENTS, PLACING, READING
from aigc_course.apps.captions.recipes import TRAINED
from aigc_course.files import read_json

ROOT = Path(__file__).parents[1]


def figures() -> dict[str, Any]:
    """The record's figures."""
    record = read_json(ROOT / "benchmarks" / "records" / "captions.json")
    assert isinstance(record, dict)
    return dict(record["figures"])


def seeds(way: str) -> list[dict[str, Any]]:
    """The record's figures of each seed of a way."""
    return [one for name, one in figures().items() if name.startswith(f"{way} seed")]


def test_the_bars_are_met() -> None:
    assert all(one["unseen"]["obeyed"] >= 0.95 for one in seeds("captions"))
    assert all(one["unseen"]["interval"][0] >= 0.95 for one in seeds("captions"))
    assert all(one["unseen"]["interval"][1] <= 0.6 for one in seeds("captions-bag"))


def test_the_table_is_the_record() -> None:
    told = cell("16-captions-bag-after")
    rows = {f"with order, seed {i}": one for i, one in enumerate(seeds("captions"))}
    bags = enumerate(seeds("captions-bag"))
    rows |= {f"bag of words, seed {i}": one for i, one in bags}
    others = figures()["others"]
    found = {name: one["unseen"] for name, one in rows.items()}
    found |= {"pasted training digits": others["paste"]}
    found |= {"real test digits": others["real"]}
    assert told.count("seed ") >= len(rows)
    for name, one in found.items():
        keys = ("digits", "obeyed", "obeyed_by_neighbours")
        shares = " | ".join(f"{100 * one[key]:.1f} %" for key in keys)
        assert f"| {name} | {shares} |" in told, name
    assert "2,400 steps" in told and TRAINED == 2_400


def test_the_design_is_as_told() -> None:
    told = cell("16-captions-true-formula")
    assert f"into {LATENTS} latents" in told and "14 × 14" in told
    assert "five places" in told and scenes.PLACES == 5
    assert "Two layers of self-attention" in told and READING == 2
    assert "both layers of cross-attention" in cell("16-captions-looks-text")
    assert PLACING == 2 and "guidance of 3" in cell("16-captions-looks-text")
    assert GUIDANCE == 3
    pairs = scenes.pairs(unseen=True)
    assert "10 of the 45 pairs" in cell("16-captions-held-text") and len(pairs) == 20


def test_the_card_says_what_the_chapter_says() -> None:
    card, told = pretrained.card(shipped.NAME), cell("16-captions-after")
    assert f"{card['further']} more steps" in told
    assert f"told {100 * card['settings']['say']:.0f} %" in told
    assert f"{100 * card['slant']:.1f} % for slant" in told
    assert f"{100 * card['thickness']:.1f} % for thickness" in told
    assert f"in {100 * scenes.SAY:.0f} %" in told
    for quality in ("slant", "thickness"):
        shares = [one["described"][quality] for one in seeds("captions")]
        assert f"in {', '.join(f'{100 * share:.1f}' for share in shares)} %" in told
    fid = [one["looks"]["fid"] for one in seeds("captions")]
    assert f"{min(fid):.2f} to {max(fid):.2f} for the networks" in told
    assert f"{figures()['others']['real']['looks']['fid']:.2f} for real digits" in told
    free = [one["guidance"]["1.0"] for one in seeds("captions")]
    assert f"{100 * min(free):.1f} % to {100 * max(free):.1f} %" in told
