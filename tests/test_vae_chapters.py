"""What chapters 08 and 09 say agrees with records and outputs; comparisons are fair."""

import json
import re
from pathlib import Path

import pytest

from aigc_course import studies

ROOT = Path(__file__).parent.parent
CHAPTERS = {
    number: next((ROOT / "chapters").glob(f"{number}_*.py")).read_text("utf-8")
    for number in ("08", "09")
}


def record(name):
    file = ROOT / "benchmarks" / "records" / f"{name}.json"
    return json.loads(file.read_text("utf-8"))["figures"]


def prose(number):
    """The chapter's words as one line."""
    lines = [line[2:] for line in CHAPTERS[number].splitlines() if line[:2] == "# "]
    return " ".join(lines)


def outputs(number):
    """What the stored solution's cells printed, by their ids."""
    file = next((ROOT / "solutions").glob(f"{number}_*.ipynb"))
    cells = json.loads(file.read_text("utf-8"))["cells"]
    return {
        cell["id"]: "".join(
            "".join(out["text"])
            for out in cell["outputs"]
            if out["output_type"] == "stream"
        )
        for cell in cells
        if cell["cell_type"] == "code"
    }


@pytest.mark.parametrize("number", CHAPTERS)
def test_every_training_has_a_length_in_steps(number):
    assert "seconds=" not in CHAPTERS[number]


@pytest.mark.parametrize("number", CHAPTERS)
def test_no_set_of_real_pictures_is_the_first_of_a_file(number):
    found = re.findall(r"(\w+)\.(?:images|labels)\[:", CHAPTERS[number])
    assert not found and "data.subset(data.load(" in CHAPTERS[number]


@pytest.mark.parametrize(
    "cells",
    [("09-collapse-runs", "09-collapse-cured"), ("09-seeds-one", "09-seeds-four")],
)
def test_rows_of_one_table_were_trained_for_the_same_number_of_steps(cells):
    printed = outputs("09")
    text = "\n".join(printed[cell] for cell in cells)
    steps = re.findall(r"^([\d,]+) steps;", text, re.MULTILINE)
    assert len(steps) >= 5 and len(set(steps)) == 1, steps


def test_the_denoisers_were_trained_for_the_same_number_of_steps():
    printed = outputs("09")
    text = printed["09-denoiser"] + printed["09-denoiser-plain"]
    assert len(set(re.findall(r"^([\d,]+) steps;", text, re.MULTILINE))) == 1


def test_what_is_said_of_disentangling_is_what_the_record_shows():
    """Differences of medians and ranges of rows, as the prose below the table says."""
    found = studies.find("disentangling")
    rows = {name: found.summary(name, "mig") for name in found.methods}
    pairs = [(rows[f"beta-vae-{b}"], rows[f"beta-tcvae-{b}"]) for b in (2, 4, 8)]
    apart = sorted(abs(one.median - other.median) for one, other in pairs)
    wide = sorted(row.high - row.low for row in rows.values())
    assert f"differ by {apart[0]:.3f} to {apart[-1]:.3f}" in prose("09")
    assert f"changes by {wide[0]:.2f} to {wide[-1]:.2f}" in prose("09")
    best = max(row.high for row in rows.values())
    assert f"the best score here, {best:.3f}," in prose("09")


@pytest.mark.parametrize("model", ["classic", "deep", "iwae"])
def test_the_evidence_told_is_that_of_the_record(model):
    found = record("vae_evidence")[model]
    assert found["judged"]["images"] == 10_000
    assert found["judged"]["importance_samples"] == 1_000
    assert re.search(rf"\b{found['minus_log_p']:.1f}\b", prose("08"))
