"""Joules: measured where there is a counter, else assumed and said so."""

from pathlib import Path

import pytest

from aigc_course import energy
from aigc_course.errors import CourseError


def counters(folder: Path, value: int, most: int = 1000) -> Path:
    """Two processors with a part each, as Linux shows them."""
    for zone in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0", "intel-rapl"):
        (folder / zone).mkdir(parents=True, exist_ok=True)
        (folder / zone / "energy_uj").write_text(f"{value}\n")
        (folder / zone / "max_energy_range_uj").write_text(f"{most}\n")
    return folder


def test_without_a_counter_joules_are_assumed_and_said_to_be(tmp_path: Path) -> None:
    with energy.meter(watts=20, counters=tmp_path / "none") as used:
        sum(range(200_000))
    assert used.how == "assumed"
    assert used.joules == pytest.approx(20 * used.cpu_seconds)
    assert used.seconds > 0
    assert "assumed" in str(used) and "nothing was measured" in str(used)


def test_counters_of_all_processors_are_added_without_their_parts(
    tmp_path: Path,
) -> None:
    with energy.meter(counters=counters(tmp_path, 100)) as used:
        counters(tmp_path, 350)
    assert used.how == "measured"
    assert used.joules == pytest.approx(2 * 250e-6)
    assert "measured" in str(used) and "assumed" not in str(used)


def test_a_counter_may_start_again(tmp_path: Path) -> None:
    with energy.meter(counters=counters(tmp_path, 900)) as used:
        counters(tmp_path, 50)
    assert used.joules == pytest.approx(2 * 150e-6)


def test_counters_that_may_not_be_read_are_not_taken_for_zero(tmp_path: Path) -> None:
    folder = counters(tmp_path, 100)
    for file in folder.glob("*/energy_uj"):
        file.write_text("Permission denied")
    with energy.meter(counters=folder) as used:
        pass
    assert used.how == "assumed"


def test_a_counter_that_vanishes_leaves_an_assumption(tmp_path: Path) -> None:
    with energy.meter(counters=counters(tmp_path, 100)) as used:
        (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert used.how == "assumed"


def test_the_block_is_measured_when_it_fails_as_well(tmp_path: Path) -> None:
    with pytest.raises(KeyError), energy.meter(counters=tmp_path) as used:
        raise KeyError
    assert used.seconds > 0


def test_this_machine_says_which_it_is() -> None:
    with energy.meter() as used:
        sum(range(1000))
    readable = any(energy.POWERCAP.glob("intel-rapl:?/energy_uj"))
    assert used.how in (("measured", "assumed") if readable else ("assumed",))


def test_joules_per_pictures_and_per_fid_point() -> None:
    used = energy.Used(10.0, joules=600.0)
    assert energy.per_pictures(used, 200) == 3000
    assert energy.per_pictures(used, 200, per=1) == 3
    assert energy.per_fid_point(used, 50, 20) == 20
    with pytest.raises(CourseError, match="only where it fell"):
        energy.per_fid_point(used, 20, 20)
    with pytest.raises(CourseError, match="number of pictures"):
        energy.per_pictures(used, 0)


@pytest.mark.parametrize("watts", [0, -1, float("nan"), float("inf")])
def test_a_power_is_positive(watts: float) -> None:
    with pytest.raises(CourseError, match="watts above 0"), energy.meter(watts):
        pass


def test_the_claims_say_what_their_figures_give() -> None:
    cars, phone, jobs = (claim.figures for claim in energy.CLAIMS)
    assert cars["search"] / cars["car"] == pytest.approx(5, abs=0.05)
    assert cars["one model"] / cars["car"] < 1
    charges = phone["kWh per 1,000"] / phone["first charge kWh"]
    assert charges == pytest.approx(phone["first charges"], rel=0.01)
    assert phone["charges"] / 1000 == pytest.approx(0.5, abs=0.05)
    assert jobs["exposed %"] == 25 and jobs["highest %"] / jobs["exposed %"] < 0.15


def test_every_claim_has_a_source_with_a_year() -> None:
    assert len(energy.CLAIMS) == 3
    for claim in energy.CLAIMS:
        assert "20" in claim.source and claim.claim.endswith(".")
        assert claim.says.endswith(".")
