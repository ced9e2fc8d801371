"""Directions in latent spaces, and latents without tails."""

import json
import math
import re
from pathlib import Path

import pytest
import torch

from aigc_course import control
from aigc_course.errors import CourseError


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_linear_attribute_is_found_exactly():
    z, w = randn(200, 4), torch.tensor([1.0, -2.0, 0.0, 0.5])
    found = control.direction(z, 3 + z @ w, ridge=0.0)
    assert torch.allclose(found.weights, w, atol=1e-5)
    assert found.offset == pytest.approx(3, abs=1e-5)
    assert found.share == pytest.approx(1, abs=1e-6)
    assert torch.allclose(found.read(z), 3 + z @ w, atol=1e-4)


def test_the_share_is_what_noise_leaves():
    z = randn(4000, 3)
    noisy = z[:, 0] + randn(4000, seed=1)
    assert control.direction(z, noisy).share == pytest.approx(0.5, abs=0.05)
    assert control.direction(z, randn(4000, seed=2)).share < 0.01


def test_the_reading_moves_as_asked_by_the_shortest_way():
    z = randn(100, 3)
    found = control.direction(z, z @ torch.tensor([2.0, 1.0, 0.0]))
    by = torch.linspace(-1, 1, 100)
    moved = found.move(z, by)
    assert torch.allclose(found.read(moved) - found.read(z), by, atol=1e-5)
    lengths = (moved - z).norm(dim=1)
    assert torch.allclose(lengths, by.abs() / found.weights.norm(), atol=1e-5)
    assert torch.allclose(found.move(z, 0.5)[3], found.move(z[3:4], 0.5)[0])


@pytest.mark.parametrize(
    ("z", "values", "words"),
    [
        (randn(10, 3), randn(9), "values"),
        (randn(4, 3), randn(4), "above latent"),
        (randn(10, 3), torch.ones(10), "equal"),
        (randn(10, 3), torch.full((10,), math.nan), "NaN"),
    ],
)
def test_no_direction_where_there_is_none(z, values, words):
    with pytest.raises(CourseError, match=words):
        control.direction(z, values)


@pytest.mark.parametrize("limit", [0.3, 1.0, 2.5])
def test_truncated_numbers_have_their_variance_and_keep_the_limit(limit):
    n = 40_000
    z = control.truncated_normal(n, 2, limit, torch.Generator().manual_seed(0))
    assert z.shape == (n, 2) and z.abs().max() <= limit
    wanted = control.truncated_variance(limit)
    # var(z^2) <= limit^2 var, so four standard errors are at most
    error = 4 * math.sqrt(limit**2 * wanted / (2 * n))
    assert abs(float(z.double().square().mean()) - wanted) < error


def test_a_far_limit_changes_nothing():
    assert control.truncated_variance(9.0) == pytest.approx(1)
    z = control.truncated_normal(5000, 1, 9.0, torch.Generator().manual_seed(1))
    assert z.max() > 3


@pytest.mark.parametrize("wrong", [(0, 2, 1.0), (2, 0, 1.0), (2, 2, 0.0)])
def test_impossible_truncations_are_refused(wrong):
    with pytest.raises(CourseError, match="limit is above 0"):
        control.truncated_normal(*wrong)
    with pytest.raises(CourseError, match="above 0"):
        control.truncated_variance(-1.0)


# what chapter 10 shows, read from its stored solution

ROOT = Path(__file__).parents[1]
CHAPTER = "10_asking_for_what_you_want"


def printed(cell: str) -> str:
    """All text that a cell of the stored solution has put out."""
    path = ROOT / "solutions" / f"{CHAPTER}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (found,) = (each for each in cells if each["id"] == cell)
    texts = [
        out.get("text", out.get("data", {}).get("text/plain", ""))
        for out in found["outputs"]
    ]
    return "\n".join("".join(text) for text in texts)


def test_truncation_trades_variety_in_the_stored_solution():
    low, high = map(
        float,
        re.search(
            r"recall goes from (\S+) to ([\d.]+\d)", printed("10-truncation-plot")
        ).groups(),
    )
    assert high - low >= 0.2


def test_models_of_one_table_were_trained_for_equal_steps():
    steps = {
        re.search(r"([\d,]+) steps;", printed(cell))[1]
        for cell in ("10-train", "10-variety-train")
    }
    assert steps == {"2,000"}


def test_a_small_machine_can_run_the_chapter():
    cards = json.loads((ROOT / "chapters" / "run_cards.json").read_text("utf-8"))
    assert cards[CHAPTER]["peak_mb"] < 1_800  # with a CUDA build of torch
