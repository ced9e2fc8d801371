"""The loop: reproducible, resumable after a kill, honest about what goes wrong."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from aigc_course import data, gan, training
from aigc_course.errors import CourseError
from aigc_course.training import Budget, checkpoint, fit


def small_gan(seed=0):
    """A GAN with batch norm, dropout and EMA, small enough to train in a second."""
    training.seed_everything(seed)
    generator = gan.Generator(
        8,
        [
            nn.Linear(8, 784),
            nn.BatchNorm1d(784),
            nn.Tanh(),
            nn.Unflatten(1, (1, 28, 28)),
        ],
    )
    layers = [nn.Flatten(), nn.Linear(784, 16), nn.LeakyReLU(0.2), nn.Dropout(0.3)]
    discriminator = gan.Discriminator([*layers, nn.Linear(16, 1)])
    settings = {
        "lr": 1e-3,
        "ema": 500,
        "lr_warmup": 1500,
        "decay_start": 0.5,
        "final_lr_factor": 0.1,
    }
    return gan.GAN(generator, discriminator, **settings)


def digits(batch_size=32, seed=0):
    return data.batches(data.load("digits"), batch_size, seed=seed)


def weights(model):
    state = model.state_dict()
    networks = [state[player]["networks"].values() for player in ("g", "d")]
    return [*networks[0], *networks[1], *state["g"]["ema"]["average"]]


def same(one, two):
    return all(
        torch.equal(a, b) for a, b in zip(weights(one), weights(two), strict=True)
    )


@pytest.mark.parametrize("bf16", [False, True])
def test_the_same_seed_gives_identical_weights(bf16):
    models = [small_gan(), small_gan(), small_gan(seed=1)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        training.seed_everything(seed)
        fit(model, digits(seed=seed), Budget(steps=25), progress=False, bf16=bf16)
    assert same(models[0], models[1]) and not same(models[0], models[2])


def test_pictures_and_saves_do_not_change_the_weights(tmp_path):
    plain, watched, seen = small_gan(), small_gan(), []
    training.seed_everything(0)
    fit(plain, digits(), Budget(steps=40), progress=False)
    training.seed_everything(0)
    fit(
        watched,
        digits(),
        Budget(steps=40),
        checkpoint=tmp_path / "c.pt",
        save_seconds=0,
        on_picture=lambda step, samples: seen.append((step, samples.shape[0])),
        progress=False,
    )
    assert same(plain, watched)
    assert [step for step, _ in seen] == [10, 20, 30, 40] and seen[0][1] == 64


def test_history_has_rows_of_means_and_ends_finished():
    history = fit(small_gan(), digits(), Budget(steps=25), progress=False)
    assert [row["step"] for row in history] == [10, 20, 25]
    assert history.status == "finished"
    assert all(row["images_per_second"] > 0 for row in history)


def test_a_budget_in_seconds_is_kept():
    start = time.perf_counter()
    history = fit(small_gan(), digits(), Budget(seconds=0.5), progress=False)
    assert 0.5 <= time.perf_counter() - start < 3
    assert history.rows[-1]["step"] > 10


def test_resuming_halfway_is_never_having_stopped(tmp_path):
    whole, half = small_gan(), small_gan()
    training.seed_everything(0)
    fit(whole, digits(), Budget(steps=60), progress=False)

    class Stop(Exception):
        pass

    def stop(step, samples):
        if step >= 30:
            raise Stop

    training.seed_everything(0)
    file = tmp_path / "c.pt"
    with pytest.raises(Stop):
        fit(
            half,
            digits(),
            Budget(steps=60),
            checkpoint=file,
            save_seconds=0,
            on_picture=stop,
            progress=False,
        )
    again = small_gan(seed=9)
    history = fit(
        again, digits(), Budget(steps=60), checkpoint=file, resume=True, progress=False
    )
    assert same(whole, again)
    assert [row["step"] for row in history] == [10, 20, 30, 40, 50, 60]


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from test_training_fit import *
torch.set_num_threads(1)
model = small_gan()
training.seed_everything(0)
fit(model, digits(), Budget(steps={steps}), checkpoint={file!r}, save_seconds=0,
    resume={resume}, progress=False)
"""


def run(file, steps, resume=False):
    code = KILLED.format(
        tests=str(Path(__file__).parent), steps=steps, file=str(file), resume=resume
    )
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_at_a_random_moment_and_resumed(tmp_path):
    """SIGKILL comes wherever it comes, in the middle of a save perhaps."""
    steps, killed = 200, tmp_path / "killed.pt"
    assert run(tmp_path / "never.pt", steps).wait() == 0
    victim = run(killed, steps)
    while not killed.exists():
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.2))
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    reached = checkpoint.load(killed)["step"]
    assert run(killed, steps, resume=True).wait() == 0
    one, two = (
        checkpoint.load(tmp_path / f)["model"] for f in ("never.pt", "killed.pt")
    )
    for part in ("g", "d"):
        for name, value in one[part]["networks"].items():
            assert torch.equal(value, two[part]["networks"][name]), (reached, name)
    averages = (state["g"]["ema"]["average"] for state in (one, two))
    for a, b in zip(*averages, strict=True):
        assert torch.equal(a, b)
    assert reached < steps, "the run ended before the kill: give it more steps"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_saves_and_returns(tmp_path):
    model, file = small_gan(), tmp_path / "c.pt"

    def interrupt(step, samples):
        os.kill(os.getpid(), signal.SIGINT)

    history = fit(
        model,
        digits(),
        Budget(steps=4000),
        checkpoint=file,
        on_picture=interrupt,
        progress=False,
    )
    assert history.status == "interrupted"
    step = checkpoint.load(file)["step"]
    assert step == history.rows[-1]["step"] < 4000
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Diverging:
    """Weights that become NaN after 25 steps."""

    def __init__(self):
        self.w, self.steps = torch.zeros(1), 0

    def step(self, batch):
        self.steps += 1
        self.w = self.w + (1 if self.steps < 25 else float("nan"))
        return {"loss": self.w.sum()}

    def state_dict(self):
        return {"w": self.w}

    def load_state_dict(self, state):
        self.w = state["w"]


def test_a_value_that_is_not_finite_stops_and_keeps_the_last_good(tmp_path, capsys):
    model, file = Diverging(), tmp_path / "c.pt"
    history = fit(
        model,
        digits(),
        Budget(steps=90),
        checkpoint=file,
        save_seconds=0,
        progress=False,
    )
    assert history.status == "diverged" and history.rows[-1]["step"] == 30
    assert "loss became nan at step 30" in capsys.readouterr().err
    assert model.w == checkpoint.load(file)["model"]["w"] == 20


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    fit(
        Diverging(),
        digits(),
        Budget(steps=5),
        checkpoint=tmp_path / "c.pt",
        progress=False,
    )
    with pytest.raises(CourseError, match="another model"):
        fit(
            small_gan(),
            digits(),
            Budget(steps=9),
            checkpoint=tmp_path / "c.pt",
            resume=True,
        )


class Named(nn.Module):
    """A model whose step says one value, under any name."""

    def __init__(self, name):
        super().__init__()
        self.name, self.weight = name, nn.Parameter(torch.zeros(1))

    def step(self, batch):
        return {self.name: self.weight.sum().detach()}


@pytest.mark.parametrize("name", ["t < 0.5", "", "line\nfeed", "<b>", "x" * 200])
def test_a_value_without_a_proper_name_is_refused_at_once(name):
    """A checkpoint with such a column would not be read again."""
    with pytest.raises(CourseError, match="names its values by a letter"):
        fit(Named(name), digits(), Budget(steps=1), progress=False)


def test_an_unwritable_folder_is_found_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    model = small_gan()
    with pytest.raises(CourseError, match="Cannot write"):
        fit(model, digits(), Budget(steps=5), checkpoint=tmp_path / "file/c.pt")


def test_the_bar_shows_values_speed_and_time_left(capsys):
    fit(small_gan(), digits(), Budget(steps=20))
    shown = capsys.readouterr().err
    for part in ("D(x)", "D(G(z))", "images/s", "left", "20/20 steps"):
        assert part in shown


def test_protocols_are_met():
    model = small_gan()
    assert isinstance(model, training.Trainable) and isinstance(model, training.Sampler)


@pytest.mark.parametrize(
    ("wish", "asked", "used"),
    [(True, None, True), (False, None, False), (True, False, False)],
)
def test_a_model_may_wish_for_bfloat16(wish, asked, used):
    model, seen = small_gan(), []
    model.bf16 = wish
    step = model.step

    def watched(real):
        seen.append(torch.is_autocast_enabled("cpu"))
        return step(real)

    model.step = watched
    fit(model, digits(), Budget(steps=2), bf16=asked, progress=False)
    assert seen == [used, used]
