"""The lesson: gradients averaged by hand, clipped before and after, and the costs."""

import importlib.util
import json
import math
import re
from pathlib import Path

import pytest
import torch

from aigc_course.errors import CourseError
from aigc_course.theory import parallel

ROOT = Path(__file__).parent.parent


def task(rows=12):
    chance = torch.Generator().manual_seed(4)
    x = torch.randn(rows, 3, generator=chance, dtype=torch.float64)
    x[rows // 2 :] *= 3  # the halves disagree
    return x, x @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 1


def test_the_gradient_is_autograds():
    x, y = task()
    w = torch.tensor([0.3, 0.1, -1.0], dtype=torch.float64, requires_grad=True)
    ((x @ w - y).square().mean() / 2).backward()
    assert torch.allclose(parallel.gradient(w.detach(), x, y), w.grad)


@pytest.mark.parametrize("processes", [2, 3, 12])
def test_the_mean_of_equal_parts_is_the_whole(processes):
    x, y = task()
    one = parallel.descend(x, y, 1, 20, 0.1)
    many = parallel.descend(x, y, processes, 20, 0.1)
    assert torch.allclose(one, many, atol=1e-12)
    with_limit = [parallel.descend(x, y, p, 20, 0.1, most=0.5) for p in (1, processes)]
    assert torch.allclose(*with_limit, atol=1e-12)


def test_the_sum_is_a_learning_rate_times_the_processes():
    x, y = task()
    summed = parallel.descend(x, y, 4, 20, 0.01, how="sum")
    assert torch.allclose(summed, parallel.descend(x, y, 1, 20, 0.04), atol=1e-12)


def test_clipping_before_turns_the_gradient():
    x, y = task()
    w = torch.zeros(3, dtype=torch.float64)
    parts = [
        parallel.gradient(w, *half) for half in zip(x.chunk(2), y.chunk(2), strict=True)
    ]
    whole = parallel.gradient(w, x, y)
    after = parallel.combined(parts, most=0.5)
    before = parallel.combined(parts, most=0.5, when="before")
    angle = torch.cosine_similarity
    assert angle(after, whole, dim=0) == pytest.approx(1, abs=1e-12)
    assert angle(before, whole, dim=0) < 0.99
    assert after.norm() == pytest.approx(0.5) and before.norm() < 0.5


@pytest.mark.slow
def test_two_real_processes_end_alike():
    x, y = task()
    mine, other = parallel.two_processes(x, y, 20, 0.1)
    assert torch.equal(mine, other)
    assert torch.allclose(mine, parallel.descend(x, y, 1, 20, 0.1)[-1], atol=1e-12)


def test_what_cannot_be_shared_is_refused():
    with pytest.raises(CourseError, match="5 processes cannot share 12 rows"):
        parallel.descend(*task(), 5, 1, 0.1)
    with pytest.raises(CourseError, match="2 processes cannot share 11 rows"):
        parallel.two_processes(*task(11), 1, 0.1)
    with pytest.raises(CourseError, match="how is one of"):
        parallel.combined([torch.zeros(2)], how="median")


def test_limits_of_the_model_of_cost():
    free = parallel.Network(0, math.inf)
    slow = parallel.Network(1e-4, 1e9)
    assert parallel.exchange_seconds(1, 1e6, slow) == 0
    assert parallel.efficiency(64, 0.1, 1e6, free, fixed_batch=True) == 1
    # two messages of half the size, each way
    assert parallel.exchange_seconds(2, 1e6, slow) == pytest.approx(2 * (1e-4 + 5e-4))
    shared, own = (
        [parallel.efficiency(p, 0.1, 1e6, slow, fixed_batch=f) for p in (2, 8, 64)]
        for f in (True, False)
    )
    assert shared == sorted(shared, reverse=True) and own == sorted(own, reverse=True)
    assert all(a < b for a, b in zip(shared, own, strict=True))


def benchmark():
    # by its file: another package may be called benchmarks
    file = ROOT / "benchmarks" / "together.py"
    found = importlib.util.spec_from_file_location("benchmarks_together", file)
    assert found and found.loader
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    return tool


def test_the_page_shows_the_record():
    page = (ROOT / "instructors" / "beyond_one_machine.md").read_text("utf-8")
    tool = benchmark()

    for name, table in tool.tables(tool.recorded()).items():
        pattern = rf"<!-- {name} -->\n(.*?)<!-- end -->"
        (shown,) = re.findall(pattern, page, re.S)
        assert shown.strip() == table.strip(), name
    for code in re.findall(r"```python\n(.*?)```", page, re.S):
        exec(compile(code, "page", "exec"), {})


def test_curves_in_short(tmp_path):
    """Learners of which one accuracy is missing are left out."""

    def one(two, other):
        ways = {"two processes": {"200": two}, "other order": {"200": other}}
        return {**ways, "ranks bit-equal": True}

    exact = one(1e-15, 2e-15)
    told = {
        "a": {"float64": exact, "float32": one(4e-5, 2e-5)},
        "b": {"float64": exact, "float32": one(1e-6, 1e-6)},
        "c": {"float64": exact, "float32": one(0.0, 0.0)},
        "d": {"float64": exact},
    }
    file = tmp_path / "told.json"
    file.write_text(json.dumps(told))
    found = benchmark().told_curves(file)
    assert found["learners"] == 3 and list(found["by learner"]) == ["a", "b", "c"]
    assert found["float64"]["ranks bit-equal"] == "3 of 3"
    assert found["float64"]["two processes"]["within 1e-10"] == "3 of 3"
    single = found["float32"]
    assert single["two processes"] == {"largest": 4e-5, "within 1e-05": "2 of 3"}
    assert single["two processes over other order"]["median"] == pytest.approx(1.5)
