"""Budget, EMA, batch-norm refresh, history, health monitor, checkpoints, device."""

import math

import pytest
import torch
from torch import nn

from aigc_course import runs, training
from aigc_course.errors import CourseError
from aigc_course.training import EMA, Budget, Evidence, Monitor, checkpoint
from aigc_course.training.history import History, mean_values
from aigc_course.training.randomness import random_states, restore_random_states


@pytest.mark.parametrize("wrong", [{}, {"steps": 1, "seconds": 2.0}])
def test_a_budget_has_one_unit(wrong):
    with pytest.raises(CourseError, match="one budget"):
        Budget(**wrong)


@pytest.mark.parametrize("amount", [0, -3, math.inf, math.nan])
def test_a_budget_is_positive_and_finite(amount):
    with pytest.raises(CourseError, match="positive"):
        Budget(seconds=amount)


def test_progress_in_each_unit():
    assert Budget(steps=200).progress(50, 9, per_epoch=10) == 0.25
    assert Budget(epochs=2).progress(5, 9, per_epoch=10) == 0.25
    assert Budget(seconds=60).progress(5, 30, per_epoch=10) == 0.5


def test_lessons_shrink_in_fast_mode(monkeypatch):
    monkeypatch.setenv("AIGC_FAST", "1")
    assert training.lesson(seconds=50) == Budget(steps=training.FAST_STEPS)
    monkeypatch.setenv("AIGC_FAST", "0")
    assert training.lesson(seconds=50) == Budget(seconds=50)


def test_ema_halves_an_old_weight_in_a_half_life():
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    ema = EMA(net, half_life=100, ramp=math.inf)
    nn.init.zeros_(net.weight)
    ema.update(net, images=100)
    assert torch.isclose(ema.average[0], torch.tensor(0.5))
    ema.update(net, images=200)
    assert torch.isclose(ema.average[0], torch.tensor(0.125))


def test_ema_network_leaves_the_original_alone():
    net = nn.Linear(2, 1)
    ema = EMA(net, half_life=10)
    kept = net.weight.detach().clone()
    nn.init.constant_(net.weight, 5.0)
    assert torch.equal(ema.network(net).weight, kept)
    assert (net.weight == 5).all()


def test_refresh_measures_the_statistics_of_its_inputs():
    norm = nn.BatchNorm1d(1)
    batches = list((7 + 3 * torch.randn(4000, 1)).split(1000))
    training.refresh_batch_norm(norm, batches)
    assert torch.allclose(norm.running_mean, torch.cat(batches).mean(0), atol=1e-4)
    assert not norm.training and norm.momentum == 0.1


def test_rows_are_means_over_steps():
    steps = [{"a": torch.tensor(float(i)), "b": torch.tensor(1.0)} for i in range(4)]
    assert mean_values(steps) == {"a": 1.5, "b": 1.0}


def test_history_as_csv(tmp_path):
    history = History(rows=[{"step": 10, "D": 1.5}, {"step": 20, "D": 1.0, "G": 2.0}])
    history.write_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == "step,D,G\n10,1.5,\n20,1.0,2.0\n"
    assert math.isnan(history.column("G")[0])


def test_a_symptom_is_said_when_it_sets_in():
    def hot(evidence):
        return "It is hot." if evidence.mean("t") > 30 else None

    monitor = Monitor([hot])
    heard = [monitor.examine(Evidence([{"t": t}])) for t in (20, 35, 36, 20, 40)]
    assert heard == [[], ["It is hot."], [], [], ["It is hot."]]


def test_random_states_go_round():
    import random

    import numpy as np

    def draw():
        return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002

    states = random_states()
    first = draw()
    assert draw() != first
    restore_random_states(states)
    assert draw() == first


def test_checkpoint_goes_round_without_pickled_code(tmp_path):
    file = tmp_path / "c.pt"
    checkpoint.save(file, {"w": torch.arange(3), "n": 1, "random": random_states()})
    assert torch.equal(checkpoint.load(file)["w"], torch.arange(3))
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]


@pytest.mark.parametrize("damage", ["truncate", "noise", "empty"])
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, damage):
    file = tmp_path / "c.pt"
    checkpoint.save(file, {"w": torch.randn(1000)})
    content = file.read_bytes()
    broken = {"truncate": content[:700], "noise": b"\x80\x04noise" * 50, "empty": b""}
    file.write_bytes(broken[damage])
    with pytest.raises(CourseError, match="damaged"):
        checkpoint.load(file)


def test_a_foreign_or_missing_checkpoint_is_one_sentence(tmp_path):
    torch.save({"something": 1}, tmp_path / "other.pt")
    with pytest.raises(CourseError, match="not a checkpoint of this course"):
        checkpoint.load(tmp_path / "other.pt")
    with pytest.raises(CourseError, match="no checkpoint"):
        checkpoint.load(tmp_path / "absent.pt")


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    import errno
    from pathlib import Path

    file = tmp_path / "c.pt"
    checkpoint.save(file, {"n": 1})

    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CourseError, match="No space left"):
        checkpoint.save(file, {"n": 2})
    assert checkpoint.load(file)["n"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]


def test_an_unknown_device_is_refused():
    with pytest.raises(CourseError, match="auto, cpu, cuda, mps"):
        training.get_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(CourseError, match="no cuda device"):
            training.get_device("cuda")


@pytest.mark.parametrize(
    ("able", "pays"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"avx2": True}, False),
    ],
)
def test_bfloat16_pays_where_the_processor_multiplies_it(monkeypatch, able, pays):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    assert training.bf16_pays(torch.device("cpu")) is pays


def test_bfloat16_does_not_pay_on_an_unknown_processor(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert training.bf16_pays(torch.device("cpu")) is False


@pytest.mark.parametrize(
    ("asked", "pays", "kept"),
    [(None, True, True), (None, False, False), (False, True, False)],
)
def test_a_run_writes_down_its_precision(tmp_path, monkeypatch, asked, pays, kept):
    monkeypatch.setattr(runs.config, "bf16_pays", lambda device: pays)
    config = runs.Config("dcgan", "fast", "digits", 0, {"steps": 1}, "cpu", asked)
    run = runs.Run.create(tmp_path / "run", config)
    assert run.config.bf16 is kept
    assert runs.Run.open(run.folder).config.bf16 is kept
