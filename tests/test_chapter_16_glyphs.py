"""What chapter 16 says of a new glyph, against the code, the record and the card."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from chapter_cells import cell

from aigc_course import pretrained
from aigc_course.apps.glyphs import WAYS, base, learner, shipped
from aigc_course.files import read_json

ROOT = Path(__file__).parents[1]
ROWS = {
    "deformed": "deformed",
    "deformed half as much": "deformed, half",
    "copies": "copies",
    "nearest digit": "nearest class",
    "vector": "vector",
    "LoRA": "lora",
    "LoRA, prior": "lora, prior",
    "full": "full",
    "full, prior": "full, prior",
}
SOME = ("deformed", "vector", "LoRA, prior", "full, prior")


def record() -> dict[str, Any]:
    """The whole record."""
    found = read_json(ROOT / "benchmarks" / "records" / "glyphs.json")
    assert isinstance(found, dict)
    return found


def cells(way: str, n: int = 5) -> list[dict[str, Any]]:
    """The record's figures of a way, one for each digit and seed."""
    middle = f", {n} examples, seed "
    figures = record()["figures"].items()
    return [one for k, one in figures if middle in k and k.split(", ", 3)[3] == way]


def middle(values: list[float], form: Callable[[float], str]) -> str:
    """A median with the lowest and the highest value."""
    return f"{form(median(values))} ({form(min(values))}–{form(max(values))})"


def share(value: float) -> str:
    return f"{100 * value:.0f}"


def two(value: float) -> str:
    return f"{value:.2f}"


def one_place(value: float) -> str:
    return f"{value:.1f}"


def test_the_plan_is_as_told() -> None:
    settings, told = record()["settings"], cell("16-glyphs-record")
    assert settings["digits"] == [4, 7, 8] and "4, 7 and 8" in told
    assert settings["seeds"] == 3 and "three seeds" in told
    assert f"{settings['base_steps']:,} steps" in told
    assert settings["base_steps"] == base.STEPS and settings["steps"] == learner.STEPS
    assert settings["ways"] == {
        name: {"lr": w.lr, "rank": w.rank, "whole": w.whole, "prior": w.prior}
        for name, w in WAYS.items()
    }
    rates = " ".join(f"{WAYS[name].lr:g}" for name in ("vector", "lora", "full"))
    assert "0.1 for the vector, 0.03 for LoRA, 0.001 for all weights" in told
    assert rates == "0.1 0.03 0.001"


def test_the_table_is_the_record() -> None:
    told = cell("16-glyphs-record")
    for name, way in ROWS.items():
        rows = cells(way)
        assert len(rows) == 9, way
        old = [row["old"]["accuracy"] for row in rows if "old" in row]
        parts = (
            middle([row["likeness"] for row in rows], share),
            middle([row["fid"] for row in rows], one_place),
            middle([row["recall"] for row in rows], two),
            middle([row["copies"] for row in rows], share),
            middle(old, share) if old else "–",
        )
        assert f"| {name} | {' | '.join(parts)} |" in told, name


def test_the_numbers_of_examples_are_the_record() -> None:
    told, counts = cell("16-glyphs-after"), sorted(record()["settings"]["counts"])
    assert counts == [1, 2, 5, 20, 100]
    assert "| 1 | 2 | 5 | 20 | 100 |" in told
    for name in SOME:
        rows = [cells(ROWS[name], n) for n in counts]
        fid = [f"{median(r['fid'] for r in some):.1f}" for some in rows]
        copies = [f"{100 * median(r['copies'] for r in some):.0f} %" for some in rows]
        assert f"| {name}: FID | {' | '.join(fid)} |" in told, name
        assert f"| {name}: copies | {' | '.join(copies)} |" in told, name


def test_what_the_text_concludes_follows_from_the_record() -> None:
    learnt = [way for way in ROWS.values() if way in WAYS]
    for way in learnt:  # deformation is the better rival, in each digit and seed
        pairs = zip(cells("deformed"), cells(way), strict=True)
        assert all(rival["fid"] < row["fid"] for rival, row in pairs), way
    bare = max(r["old"]["accuracy"] for w in ("lora", "full") for r in cells(w))
    kept = [r["old"]["accuracy"] for w in WAYS if "prior" in w for r in cells(w)]
    assert bare < min(kept)


def test_the_card_and_the_limits_are_as_told() -> None:
    card, figures = pretrained.card(shipped.NAME), record()["figures"]
    assert card["new"] == 4 and card["steps"] == base.STEPS
    told = cell("16-glyphs-record")
    before = [100 * figures[f"digit {d}"]["old_before"]["accuracy"] for d in (4, 7, 8)]
    assert f"{min(before):.1f} to {max(before):.1f} %" in told
    for name in ("vae_without", "vae_with", "saw_all"):
        shares = [100 * figures[f"digit {d}"][name]["likeness"] for d in (4, 7, 8)]
        assert ", ".join(f"{s:.1f}" for s in shares) in told, name


def test_the_decoded_digits_are_no_bound() -> None:
    figures, told = record()["figures"], cell("16-glyphs-record")
    above = {}
    for digit in (4, 7, 8):
        limit = figures[f"digit {digit}"]["vae_without"]["likeness"]
        above[digit] = [
            figures[f"digit {digit}, 5 examples, seed {seed}, {way}"]["likeness"]
            > limit
            for seed in range(3)
            for way in WAYS
            if way != "vector"
        ]
    both = above[4] + above[8]
    assert f"{sum(both)} of {len(both)} trials with changed weights" in told
    assert not any(above[7])


def test_the_nearest_digit_has_three_different_trials() -> None:
    rows = {tuple(map(str, row.values())) for row in cells("nearest class")}
    assert len(rows) == 3 and "three different trials" in cell("16-glyphs-record")


def test_what_one_vector_can_and_cannot_give() -> None:
    told, counts = cell("16-glyphs-after"), record()["settings"]["counts"]
    most = max(row["likeness"] for n in counts for row in cells("vector", n))
    assert f"at most {share(most)} % of its pictures" in told
    given = [row for row in cells("vector", 1) if row["copies"] > 0.5]
    assert len(given) == 2 and "In two of nine trials 86 and 99.6 %" in told
    assert [round(100 * row["copies"], 1) for row in given] == [85.8, 99.6]
    shares = [f"{100 * row['likeness']:.1f}" for row in given]
    assert f"only {' and '.join(shares)} % are read" in told


def test_the_price_of_prior_preservation() -> None:
    told = cell("16-glyphs-old-after")
    for way, most in (("lora", 6), ("full", 14)):
        pairs = zip(cells(way), cells(f"{way}, prior"), strict=True)
        lost = [bare["likeness"] - prior["likeness"] for bare, prior in pairs]
        assert sum(loss > 0 for loss in lost) == 8 and 100 * max(lost) < most
        assert f"by at most {most}" in told


def test_the_numbers_of_weights_are_as_told() -> None:
    velocity, told = shipped.base().trained().velocity, cell("16-glyphs-old-after")
    twin = learner.adapted(velocity, 4, WAYS["lora"])
    table = learner.vectors(twin).numel()
    added = sum(p.numel() for p in twin.parameters() if p.requires_grad) - table
    every = sum(p.numel() for p in velocity.parameters())
    assert f"{added:,} weights to {every:,}" in told
