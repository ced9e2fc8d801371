"""The number of threads: measured by a training's own steps, kept, and said."""

import json

import pytest
import torch

from aigc_course import data, runs, training
from aigc_course.errors import CourseError
from aigc_course.training import Budget, checkpoint
from aigc_course.training.threads import BLOCK, ROUNDS, WARM, Threads


@pytest.fixture
def eight(monkeypatch):
    """A machine of eight cores, as far as `Threads` can see."""
    number = [8]
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: number[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda n: number.__setitem__(0, n))
    return number


def work(threads, seconds, steps):
    """So many steps of a training whose steps take seconds(number of threads)."""
    used = []
    for _ in range(steps):
        threads.before()
        used.append(torch.get_num_threads())
        threads.after(seconds(used[-1]))
    return used


def test_all_cores_where_they_are_fastest(eight):
    threads = Threads()
    threads.begin(1_000, on_cpu=True)
    used = work(threads, lambda n: 1 / n, WARM + 3 * BLOCK * ROUNDS + 5)
    assert threads.number == 8 and used[-5:] == [8] * 5 and set(used) == {8, 4, 1}


def test_down_to_one_where_the_others_only_wait(eight):
    threads = Threads()
    threads.begin(1_000, on_cpu=True)
    work(threads, lambda n: 0.01 * n, 200)
    assert threads.number == eight[0] == 1


def test_where_many_threads_are_very_slow_few_steps_are_spent_on_them(eight):
    threads = Threads()
    threads.begin(None, on_cpu=True)
    used = work(threads, lambda n: 2.0 if n > 1 else 0.2, 20)
    assert threads.number == 1 and sum(n > 1 for n in used) <= 4


def test_one_long_step_does_not_decide(eight):
    threads, seen = Threads(), []

    def seconds(n):
        seen.append(n)
        return 5.0 if len(seen) == WARM + 3 else 1 / n

    threads.begin(1_000, on_cpu=True)
    work(threads, seconds, 100)
    assert threads.number == 8


def test_it_is_measured_again_when_steps_become_slow_and_when_fast_again(eight):
    threads = Threads()
    threads.begin(None, on_cpu=True)
    quiet, busy = (lambda n: 0.1 / n), (lambda n: 0.05 if n == 1 else 0.2)
    work(threads, quiet, 400)
    assert threads.number == 8
    work(threads, busy, 400)
    assert threads.number == 1
    work(threads, quiet, 100)  # 0.1 s a step beside 0.05: not faster, so no change yet
    work(threads, lambda n: 0.02 / n, 3_000)
    assert threads.number == 8


@pytest.mark.parametrize("why", ["fixed", "variable", "one", "gpu", "short"])
def test_a_choice_is_kept(why, eight, monkeypatch):
    if why == "variable":
        monkeypatch.setenv("OMP_NUM_THREADS", "8")
    if why == "one":
        eight[0] = 1
    threads = Threads(6 if why == "fixed" else None)
    threads.begin(50 if why == "short" else 1_000, on_cpu=why != "gpu")
    with threads.at_work():
        used = work(threads, lambda n: 0.5 * n, 200)
    assert set(used) == {{"fixed": 6, "one": 1}.get(why, 8)}
    assert eight[0] == (1 if why == "one" else 8)


@pytest.mark.parametrize(("others", "says"), [(0.6, True), (0.05, False)])
def test_the_machine_is_called_slow_where_others_use_it(others, says, eight):
    threads = Threads(4)
    threads.begin(1_000, on_cpu=True)
    threads.clock.others = lambda: others
    work(threads, lambda n: 0.1, 50)
    assert threads.slow_machine() is None
    work(threads, lambda n: 0.25, 50)
    sentence = threads.slow_machine()
    assert bool(sentence) is says
    if says:
        assert "not the model" in sentence and "2.5 times" in sentence
        assert "60%" in sentence


class Slope:
    def __init__(self):
        self.w, self.threads = torch.zeros(1), []

    def step(self, batch):
        self.threads.append(torch.get_num_threads())
        self.w = self.w + batch.mean()
        return {"loss": self.w.sum()}

    def state_dict(self):
        return {"w": self.w}

    def load_state_dict(self, state):
        self.w = state["w"]


def rows():
    return data.batches(data.load("digits"), 8, seed=0)


def test_a_resumed_training_keeps_its_number(eight, tmp_path):
    file, options = (
        tmp_path / "c.pt",
        {"progress": False, "checkpoint": tmp_path / "c.pt"},
    )
    first = training.fit(Slope(), rows(), Budget(steps=20), threads=3, **options)
    assert first.threads == checkpoint.load(file)["threads"] == 3 and eight[0] == 8
    model = Slope()
    again = training.fit(model, rows(), Budget(steps=300), resume=True, **options)
    assert set(model.threads) == {3} and again.threads == 3
    model = Slope()
    training.fit(model, rows(), Budget(steps=310), resume=True, threads=2, **options)
    assert set(model.threads) == {2}


@pytest.mark.parametrize("number", [0, True, "2", 10**9])
def test_a_number_that_is_none_is_damage(number, tmp_path):
    options = {"progress": False, "checkpoint": tmp_path / "c.pt"}
    training.fit(Slope(), rows(), Budget(steps=20), **options)
    state = checkpoint.load(tmp_path / "c.pt")
    checkpoint.save(tmp_path / "c.pt", {**state, "threads": number})
    with pytest.raises(CourseError, match="damaged"):
        training.fit(Slope(), rows(), Budget(steps=30), resume=True, **options)


def test_a_budget_in_seconds_says_how_much_work_it_was(capsys):
    history = training.fit(Slope(), rows(), Budget(seconds=0.2))
    steps = f"{history.rows[-1]['step']:,}"
    assert history.work.startswith(f"{steps} steps of 8 samples, ")
    assert history.work in capsys.readouterr().err
    training.fit(Slope(), rows(), Budget(steps=20))
    assert "steps of 8" not in capsys.readouterr().err


def test_a_run_writes_its_number_down_and_keeps_it(tmp_path):
    digits = data.load("digits")
    config = runs.Config("vae", "reference", "digits", 0, {"steps": 5}, "cpu")
    run = runs.Run.create(tmp_path / "run", config)
    run.train(digits, threads=1, progress=False)
    assert runs.Run.open(tmp_path / "run").config.threads == 1
    card = (tmp_path / "run" / "card.md").read_text(encoding="utf-8")
    assert "cpu, 1 thread," in card and "5 steps of 128 samples" in card
    again = runs.Run.open(tmp_path / "run")
    history = again.train(
        digits, resume=True, budget=Budget(steps=8), threads=None, progress=False
    )
    assert history.threads == 1


@pytest.mark.parametrize("number", [0, "2", 1.0, 5_000])
def test_a_config_with_no_number_of_threads_is_damaged(number, tmp_path):
    config = runs.Config("vae", "reference", "digits", 0, {"steps": 5}, "cpu")
    file = runs.Run.create(tmp_path / "run", config).folder / "config.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**found, "threads": number}), encoding="utf-8")
    with pytest.raises(CourseError, match="its threads is no whole number"):
        runs.Run.open(tmp_path / "run")


def test_a_slow_machine_is_said_once_and_is_no_fault_of_the_model(monkeypatch, capsys):
    monkeypatch.setattr(Threads, "slow_machine", lambda self: "The machine is slow.")
    batches = data.ToyBatches("ring", 8)
    history = training.fit(Slope(), batches, training.Budget(steps=60), progress=False)
    assert capsys.readouterr().err.count("The machine is slow.") == 1
    assert history.messages == []
