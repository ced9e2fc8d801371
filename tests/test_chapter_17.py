"""What chapter 17 says is what its cells compute or its sources contain."""

import json
import math
import re
from pathlib import Path

import pytest
from scipy.stats import norm

from aigc_course import energy, privacy

ROOT = Path(__file__).parents[1]
TEXT = next((ROOT / "chapters").glob("17_*.py")).read_text("utf-8")
CELLS = {
    re.search(r'id="([^"]+)"', cell)[1]: cell.partition("\n")[2]
    for cell in re.split(r"^# %% ?", TEXT, flags=re.M)[1:]
}


def says(name: str) -> str:
    """The text of a cell, in one line."""
    return " ".join(CELLS[f"17-{name}"].replace("# ", " ").split())


def printed(name: str) -> str:
    """What a cell of the solved notebook printed."""
    path = next((ROOT / "solutions").glob("17_*.ipynb"))
    cells = json.loads(path.read_text("utf-8"))["cells"]
    (cell,) = [one for one in cells if one.get("id") == f"17-{name}"]
    parts = (
        one.get("text", one.get("data", {}).get("text/plain", ""))
        for one in cell["outputs"]
    )
    return "\n".join("".join(part) for part in parts)


def test_the_classical_noise_breaks_its_promise_for_large_epsilon() -> None:
    classical = math.sqrt(2 * math.log(1.25e5)) / 10
    assert privacy.gaussian_delta(10, 1 / classical) == pytest.approx(2.3e-5, rel=0.02)
    assert r"\delta = 2.3 \cdot 10^{-5}" in says("sigma-after")
    found = norm.cdf(norm.ppf(0.01) + privacy.gaussian_mu(10, 1e-5))
    assert "this is 37 %" in says("sigma-after") and round(100 * found) == 37
    ratio = math.sqrt(2 * math.log(1.25e5)) / 0.2 / privacy.gaussian_sigma(0.2, 1e-5)
    assert "up to half too much" in says("sigma-after") and 1.4 < ratio < 1.5


def test_the_arithmetic_of_the_claims() -> None:
    phone = next(c for c in energy.CLAIMS if "phone" in c.claim).figures
    drawn = phone["kWh per 1,000"]
    assert "0.96 charges" in says("claims-after")
    assert drawn / phone["first charge kWh"] / 1000 == pytest.approx(0.96, abs=0.005)
    assert "522 charges give 0.52" in says("claims-after")
    assert phone["charges"] / 1000 == pytest.approx(0.52, abs=0.005)
    cars = energy.CLAIMS[0].figures
    assert 4.9 < cars["search"] / cars["car"] < 5.1


def test_a_published_person_in_a_thousand_keeps_delta() -> None:
    """Publishing one of n at random keeps delta = 1/n: the text's warning."""
    assert r"keeps $\delta = 1/n$" in says("promise-text")
    n = 1000
    with_one, without = 1 / n, 0.0  # probability that this person is published
    assert with_one <= math.exp(0.1) * without + 1 / n


def numbers(name: str) -> list[float]:
    """All numbers that a cell printed, in order."""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", printed(name))]


@pytest.mark.parametrize(
    ("cell", "text", "figures"),
    [
        ("digits-figures", "digits-after", ("0.897", "0.868", "0.896")),
        ("member-attack", "member-after", ("23.5", "8")),
        ("extract", "extract-after", ("27.5",)),
        ("dpsgd-accuracy", "norm-text", ("78.5", "150", "0.24")),
        ("accountant", "accountant-after", ("0.52",)),
        ("together-how", "together-after", ("165.6", "157.5")),
        ("bad-run", "bad-after", ("159.5",)),
        ("leak-many", "leak-after", ("109",)),
    ],
)
def test_the_text_quotes_what_the_cell_printed(
    cell: str, text: str, figures: tuple[str, ...]
) -> None:
    for figure in figures:
        assert figure in says(text), figure
        assert float(figure) in numbers(cell), figure


def test_the_share_of_the_truncated_classes() -> None:
    assert "one class takes 76 %" in says("truncation-after")
    assert "at 0.25 76 % and 0.0 %" in printed("truncation-look")


def test_quality_of_the_classes_beside_their_floors() -> None:
    rows = re.findall(
        r"(\d): share .*FID +([\d.]+), floor ([\d.]+)", printed("quality")
    )
    away = {int(c): float(fid) - float(floor) for c, fid, floor in rows}
    assert min(away.values()) > 0
    assert "Class 2 is nearest" in says("truncation-text")
    assert "class 3 is farthest" in says("truncation-text")
    assert min(away, key=away.get) == 2 and max(away, key=away.get) == 3


def test_the_right_programs_pass_the_audit_and_the_broken_ones_do_not() -> None:
    rows = [line for line in printed("audit").splitlines() if line]
    assert [line.endswith("broken") for line in rows[-4:]] == [True] * 4
    assert all(line.endswith("not refuted") for line in rows[:-4])
    assert "The four broken programs are convicted" in says("audit-after")
