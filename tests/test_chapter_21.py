"""What chapter 21 says is what its cells, the records and the package have."""

import itertools
import math
import re
import shlex
from pathlib import Path
from statistics import fmean, stdev

import click
import pytest
from scipy.stats import t

from aigc_course import studies
from aigc_course.capstone import claims, quality, rubric, verdict
from aigc_course.checks import registry
from aigc_course.cli import main
from aigc_course.exercises.ch21.rubric_levels import LEVELS

TEXT = next((Path(__file__).parents[1] / "chapters").glob("21_*.py")).read_text("utf-8")
CELLS = {
    re.search(r'id="([^"]+)"', cell)[1]: cell.partition("\n")[2]
    for cell in re.split(r"^# %% ?", TEXT, flags=re.M)[1:]
}


def says(name: str) -> str:
    """The text of a cell, in one line."""
    return " ".join(CELLS[name].replace("# ", " ").split())


def reference(name: str):
    return registry.get(f"21.{name}").reference


def fids(study: str) -> dict[str, list[float]]:
    """FIDs over the seeds of each method of a record."""
    found: dict[str, list[float]] = {}
    for cell in studies.record(study).content["cells"]:
        found.setdefault(cell["method"], []).append(cell["outcome"]["fid"])
    return found


def best_of(scores: list[float], k: int) -> float:
    n = len(scores)
    share = [((n - i) / n) ** k for i in range(n + 1)]
    return sum(x * (share[i] - share[i + 1]) for i, x in enumerate(sorted(scores)))


def test_pairs_decide_and_two_separate_lists_do_not() -> None:
    scores = fids("batch-norm")
    full, without = scores["averaged"], scores["separate"]
    assert len(full) == len(without) == 10 and "with ten common seeds" in says(
        "21-pairs-text"
    )
    gap, error, failed = reference("ablation_table")(full, {"x": without})["x"]
    spread = math.hypot(stdev(full), stdev(without)) / math.sqrt(10)
    told = says("21-pairs-after")
    assert "With pairs, the interval of the difference excludes 0" in told
    assert gap - error > 0 and failed == 0
    assert "Without pairs it contains 0" in told
    assert gap - 2.10 * spread < 0 < gap + 2.10 * spread
    assert "2.10 is Student's for 18 degrees" in told
    assert t.ppf(0.975, 18) == pytest.approx(2.10, abs=0.005)


def test_the_order_of_two_methods_changes_with_the_number_of_runs() -> None:
    losses = fids("saturating")
    first, second = losses["non-saturating"], losses["non-saturating-ahead"]
    assert "This method has the worse mean" in says("21-pairs-after")
    assert fmean(second) > fmean(first)
    assert best_of(second, 10) < best_of(first, 10) - 0.2  # "clearly below"
    changed = total = 0
    for record in ("saturating", "batch-norm"):
        for x, y in itertools.combinations(fids(record).values(), 2):
            total += 1
            changed += (fmean(x) < fmean(y)) != (best_of(x, 10) < best_of(y, 10))
    assert 0 < changed < total / 4 and "it is not the rule" in says("21-best-after")


def test_factors_and_rates_of_the_text() -> None:
    assert "factor is 4.30 instead of 1.96" in says("21-seeds-after")
    assert t.ppf(0.975, 2) == pytest.approx(4.30, abs=0.005)
    assert r"\alpha = 1 - \Phi(3) = 0.00135" in says("21-claims-text")


def test_the_rules_of_the_judge_are_as_told() -> None:
    told = says("21-claims-text")
    assert "(3 % for the FID)" in told and claims.RELATIVE["fid"] == 0.03
    assert "more than three standard" in told and claims.SIGMAS == 3
    points = says("21-verdict-text")
    for part, words in {
        "quality": "quality (40 points)",
        "claims": "truth of the card (20)",
        "robustness": "robustness (15)",
        "evidence": "evidence (15)",
    }.items():
        assert words in points and f"({verdict.MOST[part]}" in words
    assert "up to 10 more points" in points and verdict.BY_HAND == 10
    assert "three quarters of the quality are a position" in points
    assert "coverage" in points
    assert (quality.BY_DISTANCE, quality.BY_COVERAGE) == (30, 10)


def test_a_claim_that_flatters_by_fifteen_per_cent_is_untrue() -> None:
    assert not claims.check_value("fid", claimed=4.25, measured=5.0)[0]
    assert claims.check_value("fid", claimed=4.9, measured=5.0)[0]
    assert claims.check_value("fid", claimed=6.0, measured=5.0)[0]


def test_the_extracts_have_one_row_each() -> None:
    rows = re.findall(r"^# \| (\w+) \| \"", CELLS["21-extracts"], flags=re.M)
    assert rows == list(LEVELS) == [row.id for row in rubric.ROWS]
    levels = {row: level for row, (level, _) in LEVELS.items()}
    assert levels == reference("rubric_levels")()
    assert rubric.points(levels) == sum(levels.values()) / 2
    assert "ten rows together bring up to 10 points" in says("21-report-text")


def test_the_four_cards_of_the_text() -> None:
    space = {"unsupported_claims": reference("unsupported_claims"), "print": print}
    exec(CELLS["21-card-look"], space)
    bad = space["unsupported_claims"](space["claims"], space["runs"])
    assert bad == ["all as one", "best", "forgets"]
    assert "`forgets` has the right mean" in says("21-card-after")


def test_every_command_of_the_text_exists() -> None:
    lines = re.findall(r"^#     (aigc .+)$", TEXT, flags=re.M)
    assert len(lines) >= 6
    for line in lines:
        words = shlex.split(line)[1:]
        command: click.Command = main
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        known = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_no_exercise_transcribes_a_formula() -> None:
    asked = [one.asks for one in registry.exercises("21")]
    assert len(asked) >= 8 and "formula" not in asked
