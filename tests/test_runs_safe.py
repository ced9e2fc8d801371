"""Run folders: one training at a time, other machines, refusals change nothing."""

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from aigc_course import cli, data, runs
from aigc_course.errors import CourseError
from aigc_course.runs import lock
from aigc_course.training import checkpoint

SMALL = replace(
    data.load("digits"),
    images=data.load("digits").images[:200],
    labels=data.load("digits").labels[:200],
)


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def refused(result, *parts):
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


def content(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "one"
    config = runs.Config("mlp-gan", "fast", "digits", 3, {"steps": 2}, "cpu")
    runs.Run.create(folder, config).train(SMALL, progress=False)
    return folder


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """A copy of the run; the command line sees the two hundred digits."""
    import shutil

    monkeypatch.setattr(data, "load", lambda name, split="train": SMALL)
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


def change(run, name, **entries):
    file = run / name
    found = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**found, **entries}))


RESUME = ("train", "mlp-gan", "--resume", "--quiet", "--out")

# a process that holds the lock, as light as can be
HOLDER = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("lock", sys.argv[1])
lock = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lock)
with lock.locked(sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder):
    words = [sys.executable, "-c", HOLDER, lock.__file__, str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_two_trainings_in_one_folder_are_impossible(run):
    process = holder(run)
    try:
        before = content(run)
        with pytest.raises(CourseError, match=f"process {process.pid} on"):
            runs.Run.open(run).train(SMALL, resume=True, progress=False)
        refused(aigc(*RESUME, run, "--steps", 9), "Another training is at work")
        with pytest.raises(CourseError), lock.locked(run):
            pass
        assert content(run) == before
    finally:
        process.kill()
        process.communicate()
    # its owner was killed: the note stays, the lock does not
    assert (run / lock.NAME).exists()
    with lock.locked(run), pytest.raises(CourseError), lock.locked(run):
        pass
    assert not (run / lock.NAME).exists()


def write_note(folder, age, **note):
    file = folder / lock.NAME
    file.write_text(json.dumps(note))
    os.utime(file, (time.time() - age, time.time() - age))


@pytest.mark.parametrize(
    ("age", "text", "held"),
    [
        (5, '{"host": "another", "pid": 7}', True),
        (50, '{"host": "another"}', True),
        (90, '{"host": "another", "pid": 7}', False),
        (5, "", False),
        (5, "[" * 900, False),
        (5, '{"host": 3}', True),
    ],
)
def test_another_machine_is_believed_while_it_gives_signs_of_life(
    tmp_path, age, text, held
):
    (tmp_path / lock.NAME).write_text(text)
    os.utime(tmp_path / lock.NAME, (time.time() - age, time.time() - age))
    if held:
        for _ in range(2):  # asking is no sign of life
            with pytest.raises(CourseError, match="at work"), lock.locked(tmp_path):
                pass
    else:
        with lock.locked(tmp_path):
            assert platform.node() in (tmp_path / lock.NAME).read_text()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL])
def test_without_locks_of_the_system_the_note_decides(tmp_path, monkeypatch, number):
    def none(handle):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(lock, "_KERNEL", none)
    mine = {"host": platform.node(), "pid": os.getpid()}
    write_note(tmp_path, 5, **mine, begun=lock._begun(os.getpid()))
    with pytest.raises(CourseError, match="at work"), lock.locked(tmp_path):
        pass
    for note in ({**mine, "begun": 1.5}, {"host": platform.node(), "pid": 2**40}):
        write_note(tmp_path, 5, **note)  # the number was given to another process
        with lock.locked(tmp_path):
            pass


def test_a_lock_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "BEAT", 0.01)
    with lock.locked(tmp_path):
        os.utime(tmp_path / lock.NAME, (1, 1))
        end = time.monotonic() + 5
        while (tmp_path / lock.NAME).stat().st_mtime < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert (tmp_path / lock.NAME).stat().st_mtime > 2


@pytest.mark.parametrize("begun", ["cuda", "mps"])
def test_a_run_of_another_machine_goes_on(run, begun, monkeypatch):
    from aigc_course.training import device

    monkeypatch.setattr(device, "is_here", lambda name: name in ("cpu", "auto"))
    monkeypatch.setattr(runs.run, "is_here", device.is_here)
    change(run, "config.json", device=begun, bf16=False)
    before = content(run)
    refused(aigc(*RESUME, run, "--steps", 4, "--device", begun), "--device auto")
    assert content(run) == before
    result = aigc(*RESUME, run, "--steps", 4)
    assert result.exit_code == 0, result.output
    assert f"begun on {begun}, which this machine lacks; it goes on on cpu" in (
        result.stderr
    )
    config = json.loads((run / "config.json").read_text())
    assert config["budget"] == {"steps": 4} and config["device"] == begun
    assert aigc(*RESUME, run, "--steps", 6, "--device", "cpu").exit_code == 0
    assert json.loads((run / "config.json").read_text())["device"] == "cpu"


def other_weights(run):
    state = checkpoint.load(run / "checkpoint.pt")
    state["model"] = {"w": torch.zeros(3)}
    checkpoint.save(run / "checkpoint.pt", state)


@pytest.mark.parametrize(
    ("damage", "words", "part"),
    [
        (lambda run: None, ("--seed", 4), "begun with seed 3, not 4"),
        (lambda run: None, ("--data", "kmnist"), "begun with data digits"),
        (lambda run: None, ("--seconds", "nan"), "finite"),
        (lambda run: None, ("--seconds", "-1"), "positive"),
        (lambda run: None, ("--save-every", "inf"), "finite"),
        (lambda run: (run / "checkpoint.pt").unlink(), (), "no checkpoint"),
        (lambda run: (run / "checkpoint.pt").write_text("hello"), (), "damaged"),
        (other_weights, (), "another model"),
        (lambda run: (run / "report.json").write_text("[]"), (), "report.json is dam"),
        (lambda run: change(run, "summary.json", step="x"), (), "is damaged: remove"),
        (lambda run: change(run, "config.json", budget={"steps": "x"}), (), "budget"),
        (lambda run: change(run, "config.json", seed=1.5), (), "its seed is no whole"),
        (lambda run: change(run, "config.json", colour=3), (), "newer version"),
    ],
)
def test_a_refused_command_changes_nothing(run, damage, words, part):
    damage(run)
    before = content(run)
    given = words if "--seconds" in words else ("--steps", 8, *words)
    refused(aigc(*RESUME, run, *given), part)
    assert content(run) == before


def test_a_byte_order_mark_is_no_damage(run):
    file = run / "config.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert runs.Run.open(run).config.seed == 3


def test_what_a_killed_run_left_is_cleared_away(run):
    left = [run / ".checkpoint-ab12cd34.pt", run / ".config-ab12cd34.json"]
    mine = [run / ".checkpoint-mine.pt", run / "notes.txt"]
    for file in left + mine:
        file.write_text("x")
    runs.Run.open(run).train(SMALL, resume=True, progress=False)
    assert not any(file.exists() for file in left)
    assert all(file.exists() for file in mine)


def test_a_link_to_a_folder_holds_a_run_and_one_to_nowhere_does_not(tmp_path):
    config = runs.Config("mlp-gan", "fast", "digits", 3, {"steps": 2}, "cpu")
    (tmp_path / "drive").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "drive")
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    runs.Run.create(tmp_path / "run", config)
    assert (tmp_path / "drive/config.json").exists() and (tmp_path / "run").is_symlink()
    with pytest.raises(CourseError, match="leads nowhere"):
        runs.Run.create(tmp_path / "lost", config)
    with pytest.raises(CourseError, match="already holds a run"):
        runs.Run.create(tmp_path / "run", config)


NOTEBOOK = """
import os, signal, torch
from aigc_course import training
class Learner:
    w = torch.zeros(1)
    taken = 0
    def step(self, batch):
        self.taken += 1
        os.kill(os.getpid(), signal.SIGINT) if stop and self.taken == 1 else None
        return {"loss": self.w.sum()}
    def state_dict(self): return {"w": self.w}
    def load_state_dict(self, state): self.w = state["w"]
class Batches:
    batch_size = per_epoch = 1
    def __next__(self): return torch.zeros(1, 1)
    def state_dict(self): return {}
stop = False
def fit(): return training.fit(
    Learner(), Batches(), training.Budget(steps=20), progress=False
)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_stop_in_a_notebook_ends_the_cell_and_what_waits_behind_it():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        client.execute(NOTEBOOK, reply=True, timeout=100)
        cells = (
            "stop = True; one = fit(); print('first', one.status)",
            "print('waiting')",
            "stop = False; print('second', fit().status)",
        )
        asked = [client.execute(cell) for cell in cells]
        replies = [client.get_shell_msg(timeout=60) for _ in asked]
        assert [r["content"]["status"] for r in replies] == ["error", "aborted"] + (
            ["aborted"]
        )
        again = client.execute(
            "stop = False; print(one.status, fit().status)", reply=True, timeout=60
        )
        assert again["content"]["status"] == "ok"
        # two trainings in one cell: the second does not begin
        loop = "stop = True\nfor i in range(2): two = i, fit()"
        broken = client.execute(loop, reply=True, timeout=60)
        assert broken["content"]["ename"] == "KeyboardInterrupt"
        told = ""
        while "0 20" not in told and "Error" not in told:
            client.execute("print(two[0], 20)")
            message = client.get_iopub_msg(timeout=30)
            told += message["content"].get("text", "")
        assert "first interrupted" in told and "Stopped: this cell kept" in told
        assert "waiting" not in told and "second" not in told
        assert "interrupted finished" in told
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that hang up")
def test_a_closed_terminal_is_a_polite_end():
    from aigc_course.training.interrupt import Interrupt

    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:  # as under nohup: still ignored
            os.kill(os.getpid(), signal.SIGHUP)
        assert not interrupt.asked
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGHUP)
        assert interrupt.asked and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, former)


def test_the_card_of_a_folder_with_a_name_that_is_no_text(run):
    odd = run.parent / os.fsdecode(b"run-\xff")
    try:
        run.rename(odd)
    except OSError:
        pytest.skip("this file system takes no such names")
    runs.Run.open(odd).write_card()
    assert "\\udcff" in Path(odd / "card.md").read_text(encoding="utf-8")
