"""Several processes learn what one learns; lost, slow and stopped ones do no harm."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import ranks
import torch
from click.testing import CliRunner
from torch.nn import functional as F

from aigc_course import cli, training
from aigc_course.errors import CourseError
from aigc_course.training import checkpoint, meeting, shares, together

TESTS = Path(__file__).parent
FLOAT64 = (
    *("gan with all settings", "dcgan", "packed", "unrolled", "minibatch std"),
    *("dcgan, translation, ema", "conditional, projection", "vae, conditional"),
    *("tcvae", "vq-vae", "gan with dropout, penalty and clipping"),
    *("language model", "language model, all tokens", "flow, transport", "latent flow"),
)
STEPS = 8
needs_processes = pytest.mark.skipif(
    sys.platform == "win32", reason="several processes are refused there"
)


def torchrun(script, *words, restarts=0, **environment):
    """Two processes of a script in tests/, which meet on loopback."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ["PYTHONPATH"]])
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    environment = {
        **os.environ,
        **{"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": loopback},
        **environment,
    }
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    run += ["--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    run += ["--max-restarts", str(restarts), str(TESTS / script), *map(str, words)]
    done = subprocess.run(run, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def in_float64():
    torch.set_default_dtype(torch.float64)
    with ranks.golden.one_thread():
        yield
    torch.set_default_dtype(torch.float32)


def apart(a, b):
    """The largest difference between what two trainings said in their steps."""
    a, b = torch.tensor(a["values"]), torch.tensor(b["values"])
    assert a.shape == b.shape
    return float((a - b).abs().max())


@pytest.mark.slow
@needs_processes
def test_two_processes_learn_what_one_learns(tmp_path, in_float64):
    file = tmp_path / "two.json"
    torchrun("ranks.py", ";".join(FLOAT64), file, STEPS, "float64")
    two = json.loads(file.read_text())
    assert list(two) == list(FLOAT64)
    for name, found in two.items():
        assert len(set(found["digests"])) == 1, f"{name}: the weights differ"
        distance = apart(found, ranks.found(name, STEPS))
        assert distance <= 1e-10, f"{name}: {distance:.1e}"


@pytest.mark.slow
@needs_processes
def test_processes_that_are_killed_slowed_and_stopped(tmp_path):
    import lives

    with ranks.golden.one_thread():
        lives.stopped(tmp_path / "one.pt")
    torchrun("lives.py", tmp_path, restarts=1)
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["same bytes"]
    assert told["from one"] <= 1e-5  # two went on with what one began
    assert told["last step"] == told["mean"] > 0
    assert told["status"] == "interrupted" and told["stopped at"] == 20
    assert told["own descent"].startswith("The processes no longer hold the same")
    # what two began one ends
    with ranks.golden.one_thread():
        one = lives.fresh()
        lives.train(one, tmp_path / "stopped.pt", resume=True)
        alone = lives.fresh()
        lives.train(alone)
    for a, b in zip(lives.both(one), lives.both(alone), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_shares_of_a_draw_make_up_the_draw():
    def draws():
        x = torch.zeros(6, 3)
        return [
            torch.randn(6, 2),
            torch.rand(3, 6, 2),  # k samples of each row
            torch.randint(5, (6, 1)),
            torch.rand_like(x),
            torch.randn(12, 2),  # real and generated ones together
            torch.empty(6, 2).normal_(),
            F.dropout(torch.ones(6, 3)),
            torch.randn(5),  # of no batch: the same for all
        ]

    shared = []
    for rank in range(2):
        training.seed_everything(3)
        with shares.Share(6, rank, 2):
            shared.append(draws())
    training.seed_everything(3)
    x = torch.zeros(12, 3)
    wanted = [torch.randn(12, 2), torch.rand(3, 12, 2), torch.randint(5, (12, 1))]
    wanted += [torch.rand_like(x), torch.randn(24, 2), torch.empty(12, 2).normal_()]
    wanted += [F.dropout(torch.ones(12, 3)), torch.randn(5)]
    one, two = shared
    for i in (0, 2, 3, 5, 6):
        assert torch.equal(torch.cat([one[i], two[i]]), wanted[i])
    assert torch.equal(torch.cat([one[1], two[1]], dim=1), wanted[1])
    halves = [one[4][:6], two[4][:6], one[4][6:], two[4][6:]]
    assert torch.equal(torch.cat(halves), wanted[4])
    assert torch.equal(one[7], wanted[7]) and torch.equal(two[7], wanted[7])


def test_draws_that_are_no_rows_stay_common():
    with shares.Share(4, 1, 2), shares.common():
        training.seed_everything(3)
        drawn = torch.rand(4)
    training.seed_everything(3)
    assert torch.equal(drawn, torch.rand(4))
    assert shares.parts() == 1 and shares.weight(7) == 1.0


def test_a_share_within_a_share():
    """A learner draws a batch of its own in a step, and shares that."""
    training.seed_everything(3)
    drawn, noise = torch.rand(8), torch.rand(8)
    training.seed_everything(3)
    with shares.Share(6, 1, 2) as outer:
        with shares.common():
            mine = shares.part(torch.rand(8)) if shares.parts() == 1 else None
        assert torch.equal(mine, drawn)  # common to all: no part
        with shares.Share(4, 1, 2):
            assert torch.equal(shares.part(drawn), drawn[4:])
            assert torch.equal(torch.rand(4), noise[4:])  # and not of 16
        assert shares.parts() == 2 and torch.rand(6).shape == (6,)
        assert shares.part(torch.arange(12)).tolist() == [*range(6, 12)]
        assert outer.outer is None
    assert shares.parts() == 1 and shares.part(drawn) is drawn


def test_batch_norm_of_one_share_is_torchs(monkeypatch, in_float64):
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda x: None)
    for shape in ((6, 3), (6, 3, 4, 4)):
        told = []
        for share in (None, shares.Share(6, 0, 1)):
            training.seed_everything(2)
            norm = torch.nn.LazyBatchNorm1d() if len(shape) == 2 else None
            norm = norm or torch.nn.LazyBatchNorm2d()
            x = (3 + torch.randn(shape)).requires_grad_()
            slope = torch.randn(shape)
            norm(x.detach())  # makes its weights
            torch.nn.init.uniform_(norm.weight, 1, 2)
            with share or contextlib.nullcontext():
                y = norm(x)
            (y * slope).sum().backward()
            told.append([y, x.grad, norm.weight.grad, norm.bias.grad])
            told[-1] += [norm.running_mean, norm.running_var]
        for one, two in zip(*told, strict=True):
            assert torch.allclose(one, two, atol=1e-12)


def test_another_order_of_a_batch_changes_rounding_alone(in_float64):
    for name in ("dcgan", "flow, transport", "minibatch std"):
        one, two = (
            ranks.found(name, 3, way=w) for w in (contextlib.nullcontext, ranks.swapped)
        )
        assert apart(one, two) <= 1e-10, name
        assert one["digests"] != two["digests"], name


def test_the_clock_is_asked_for_when_it_counts(monkeypatch):
    asked = []
    monkeypatch.setattr(together, "agree", lambda *it: asked.append(it) or it)
    _, history = ranks.train("gan", 25, [])
    assert len(asked) == len(history.rows) == 3  # 10, 20 and 25 steps
    asked.clear()
    training.fit(
        ranks.CASES["gan"][0](),
        ranks.Batches("points"),
        training.Budget(seconds=0.05),
        progress=False,
    )
    assert len(asked) > 1 and asked == sorted(asked)


def test_captions_are_not_shared():
    from aigc_course.apps.captions.learner import CaptionFlow

    batch = torch.zeros(4, 1, 28, 28), torch.zeros(4, dtype=torch.long)
    with (
        shares.Share(4, 0, 2),
        pytest.raises(CourseError, match="captions model trains in one process"),
    ):
        CaptionFlow.step(None, batch)


def test_alone_nothing_changes():
    x = torch.randn(5, 3)
    assert together.size() == 1 and together.rank() == 0
    assert shares.whole(x) is x
    assert together.agree(1.5, True) == (1.5, True)
    assert together.mean({"a": 0.1}) == {"a": 0.1}
    with together.step((x, x)) as share:
        assert share[0] is x
    together.check_same(x, "never")


def test_the_digest_sees_every_bit():
    state = {"a": torch.zeros(3), "b": [1, "x"]}
    same = checkpoint.digest({"a": torch.zeros(3), "b": [1, "x"]})
    assert checkpoint.digest(state) == same
    state["a"][2] = -0.0
    assert checkpoint.digest(state) != same


def test_a_batch_that_cannot_be_shared(monkeypatch):
    monkeypatch.setattr(together, "size", lambda: 3)
    with (
        pytest.raises(CourseError, match="3 processes cannot share a batch of 4"),
        together.step(torch.zeros(4, 2)),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"RANK": "3", "WORLD_SIZE": "2"}, "RANK is 3 and WORLD_SIZE 2"),
        ({"RANK": "one", "WORLD_SIZE": "2"}, "RANK is a whole number"),
        ({"RANK": "0", "WORLD_SIZE": "2"}, "says where they meet"),
    ],
)
def test_numbers_that_make_no_sense(monkeypatch, given, sentence):
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CourseError, match=sentence):
        meeting.join()


def test_a_port_that_is_taken(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        given = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
        given["MASTER_PORT"] = str(taken.getsockname()[1])
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(CourseError, match="did not meet the others at 127.0.0.1:"):
            meeting.join()


def refused(*words):
    result = CliRunner().invoke(cli.main, ["train", *map(str, words)])
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    return result.stderr


def test_a_number_of_processes_that_does_not_fit(tmp_path):
    words = "vae", "--out", tmp_path / "a", "--processes"
    assert "cannot share a batch of" in refused(*words, 7)
    assert not (tmp_path / "a").exists()
    refused(*words, 0)


def test_windows_and_a_torchrun_within_another(tmp_path, monkeypatch):
    words = "vae", "--out", tmp_path / "a", "--processes", 2
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    assert "leave out --processes" in refused(*words)
    monkeypatch.setattr(meeting.sys, "platform", "win32")
    assert "Windows trains in one process" in refused(*words)


@pytest.mark.slow
@needs_processes
def test_the_command_trains_on_two(tmp_path):
    words = ["train", "vae", "--quiet", "--steps", "10", "--threads", "1", "--out"]
    run = [sys.executable, "-m", "aigc_course.cli", *words, str(tmp_path / "two")]
    run += ["--processes", "2"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("Done: ") == 1
    alone = CliRunner().invoke(cli.main, [*words, str(tmp_path / "one")])
    assert alone.exit_code == 0, alone.output
    two, one = (
        training.checkpoint.load(tmp_path / name / "checkpoint.pt")
        for name in ("two", "one")
    )
    assert two["batches"] == one["batches"] and two["step"] == one["step"] == 10
    assert torch.equal(two["random"]["torch"], one["random"]["torch"])
    last = [state["history"]["rows"][-1]["loss"] for state in (two, one)]
    assert last[0] == pytest.approx(last[1], rel=1e-5)
