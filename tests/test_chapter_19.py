"""What chapter 19 says of its simulations is what its cells compute."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from aigc_course.checks import registry

RECORDS = Path(__file__).parents[1] / "benchmarks" / "records"
TEXT = next((Path(__file__).parents[1] / "chapters").glob("19_*.py")).read_text("utf-8")
CELLS = {
    re.search(r'id="([^"]+)"', cell)[1]: cell.partition("\n")[2]
    for cell in re.split(r"^# %% ?", TEXT, flags=re.M)[1:]
}


def says(name: str) -> str:
    """The text of a cell, in one line."""
    return " ".join(CELLS[name].replace("# ", " ").split())


@pytest.fixture(scope="module")
def queue() -> dict:
    """The names of the cells on queues, with the references as the reader's answers."""
    import itertools
    import math

    space = {"np": np, "itertools": itertools, "math": math, "fast": False}
    for name in ("p99", "little", "micro_batch", "server_settings"):
        space[name] = registry.get(f"19.{name}").reference
    for name in ("queue", "poisson", "one-by-one", "overload"):
        exec(CELLS[f"19-{name}"], space)
    return space


def test_little_and_twice_the_arrivals(queue: dict) -> None:
    times = {}
    for rate in (500, 1000):
        arrivals = queue["poisson"](rate, 20_000)
        answered = queue["one_by_one"](arrivals)
        times[rate] = np.mean(np.subtract(answered, arrivals))
        per_second = len(arrivals) / (answered[-1] - arrivals[0])
        inside = queue["little"](arrivals, answered)
        assert inside == pytest.approx(per_second * times[rate])
    assert "more than three times as long" in says("19-queue-after")
    assert 3 < times[1000] / times[500] < 4.5
    assert queue["busy"](1) == pytest.approx(0.0009)  # "takes 0.9 ms for each"
    assert 500 * queue["busy"](1) == pytest.approx(0.45)


def test_the_stall(queue: dict) -> None:
    space = dict(queue)
    exec(CELLS["19-stall"], space)
    late = [
        b - a > 0.0021 for a, b in zip(space["due"], space["answered"], strict=True)
    ]
    slow = [
        b - a > 0.0021 for a, b in zip(space["sent"], space["answered"], strict=True)
    ]
    assert "one slow answer in 3,000" in says("19-stall-after")
    assert sum(slow) == 1 and len(slow) == 3000
    assert "about 125 would have met" in says("19-stall-after")
    assert sum(late) == pytest.approx(125, abs=2)


def test_capacities(queue: dict) -> None:
    busy = queue["busy"]
    assert "from 1,111 to 8,889" in says("19-rates-after")
    assert [f"{n / busy(n):,.0f}" for n in (1, 64)] == ["1,111", "8,889"]
    description = CELLS["19-rates-look"]
    for most, last in ((1, "900"), (8, "4,000"), (64, "8,000")):
        rates = [200, 500, 900, 1500, 2500, 4000, 6000, 8000]
        assert f"{max(r for r in rates if r < most / busy(most)):,}" == last
        assert last in description


def test_a_limited_queue_bounds_the_time(queue: dict) -> None:
    busy, rate = queue["busy"], 2 * 64 / queue["busy"](64)
    arrivals = queue["poisson"](rate, int(0.4 * rate))
    without = np.array(queue["accepted"](arrivals, 64, 10**9))
    limited = np.array(queue["accepted"](arrivals, 64, 256))
    assert len(without) == len(arrivals)
    assert 0.45 < len(limited) / len(arrivals) < 0.6  # "about half are refused"
    assert without[:, 1].max() > 4 * limited[:, 1].max()
    assert "256 waiting requests mean about 29 ms" in says("19-overload-after")
    assert 1000 * 256 / (64 / busy(64)) == pytest.approx(29, abs=0.5)


def test_multiplications_and_steps() -> None:
    """36 and 16 multiplications; 2e-5 against a step of an 8-bit picture."""
    assert "36 multiplications" in says("19-convolution-formula")
    assert 9 * 4 == 36 and 4 * 4 == 16
    assert "about 390 times as large" in says("19-onnx-after")
    assert pytest.approx(390, abs=3) == 2 / 255 / 2e-5


def test_the_table_of_a_release_is_that_of_the_record() -> None:
    text = (RECORDS / "shipping.json").read_text("utf-8")
    found, table = json.loads(text)["figures"]["release"], says("19-measured-text")
    assert f"with all checks | {found['cpu_seconds']} s" in table
    assert f"one verification | {found['verify_cpu_seconds']} s" in table
    assert f"{found['flips_found']} of {found['flips']}" in table
    assert f"{found['flips']} times" in table


def test_the_checks_of_a_release_are_as_strict_as_told() -> None:
    from aigc_course.release import bundle, parity

    assert "at most 5 %" in says("19-release-text") and bundle.WORST == 0.05
    assert "by at most 2·10⁻⁵" in says("19-release-text")
    assert parity.TOLERANCE == 2e-5
    assert "at most 2 of 255" in says("19-release-text") and bundle.MOST_DIFFERENCE == 2


def test_the_loads_of_the_server_are_those_of_the_record() -> None:
    found = json.loads((RECORDS / "serving.json").read_text("utf-8"))["figures"]
    text = says("19-real-after")
    rates = [found["saturation"][way]["per_second"] for way in ("batched", "unbatched")]
    assert f"with batches | {rates[0]:,.0f} |" in text
    assert f"without batches | {rates[1]:,.0f} |" in text
    assert f"raise the capacity {rates[0] / rates[1]:.1f} times" in text
    steady, over = found["steady"], found["overload"]
    for one, rate in ((steady["at_600"], 600), (steady, 1860), (over, 6198)):
        refused = one["statuses"].get("503", 0)
        row = f"| {rate:,} requests a second, an open loop | {one['per_second']:,.0f}"
        row += f" | {one['ms']['99']:.1f} | "
        row += f"{refused:,} of {one['sent']:,} |" if refused else "0 |"
        assert row in text
    assert f"came within {over['refusal_ms_99']:.1f} ms" in text
    assert f"memory grew by {over['memory_growth_mb']:.1f} MB" in text
    ended = found["sigterm"]
    assert f"none of {ended['taken_on']:,} accepted" in text
    assert ended["lost_of_taken_on"] == 0


def test_what_the_monitor_found_is_that_of_the_record() -> None:
    found = json.loads((RECORDS / "serving.json").read_text("utf-8"))["figures"]
    text, faults = says("19-watch-after"), found["faults"]
    names = ("wrong_weights", "stale_norm", "latents", "class_lost")
    assert all(faults[name]["noticed"] == faults[name]["of"] == 20 for name in names)
    most = max(faults[name]["most_pictures"] for name in names)
    assert f"each within {most:,} pictures" in text
    calm = found["false_alarms"]
    assert f"raised {calm['alarms']} alarm in {calm['pictures']:,} pictures" in text


def test_the_cost_of_two_processes_is_that_of_the_record() -> None:
    found = json.loads((RECORDS / "together.json").read_text("utf-8"))["figures"]
    speed = found["speed"]["found"]
    low, high = speed["ratio, range"]
    said = f"{speed['ratio, median']} times the images a second"
    said += f" (median of nine comparisons, from {low} to {high})"
    cell = next(name for name in CELLS if "Is it faster on one computer?" in says(name))
    assert said in says(cell)
    messages = speed["medians"]["2 x 1 thread"]["messages a step"]
    gradients = 2  # one message for those of each network
    assert f"batch norm sends {messages - gradients:.0f} messages" in says(cell)


def test_the_two_pages_are_those_of_the_record() -> None:
    found = json.loads((RECORDS / "serving.json").read_text("utf-8"))["figures"]
    names = {"our JavaScript": "page", "ONNX Runtime Web": "runtime_page"}
    for name, part in names.items():
        one = found[part]
        row = f"| {name} | {one['bytes'] / 1e6:.1f} MB"
        row += f" | {one['first_16_pictures_ms'] / 1000:.2f} s"
        row += f" | {one['pictures_per_second']:,.0f}"
        row += f" | {one['pictures_per_second_in_batches_of_64']:,.0f} |"
        assert row in says("19-page-after") and one["requests"] == 0
    own, library = (found[part] for part in names.values())
    for way in ("pictures_per_second", "pictures_per_second_in_batches_of_64"):
        assert 4 <= library[way] / own[way] < 7.5
