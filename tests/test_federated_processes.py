"""Federated averaging over real processes: bad clients, lost ones, masks, restarts."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aigc_course import data, federated
from aigc_course.errors import CourseError
from aigc_course.federated import rules
from aigc_course.federated.client import Worker
from aigc_course.federated.homes import write
from aigc_course.federated.job import local_update, own_batches, weights_of

JOB = federated.Job(hidden=(16,), latent=2, steps=3, batch_size=20, seed=3)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return data.load("mnist", "test").images[:300]


@pytest.fixture(scope="module")
def rows(images: Tensor) -> list[Tensor]:
    return federated.split(torch.arange(len(images)) % 10, 5, "unequal")


@pytest.fixture(scope="module")
def started(images: Tensor, rows: list[Tensor]) -> Iterator[federated.Federation]:
    with federated.Federation(images, rows, JOB) as found:
        yield found


@pytest.fixture
def together(started: federated.Federation) -> federated.Federation:
    """The same five processes with first weights, whatever a test did before."""
    started.behaviours.clear()
    started.restart()
    return started


def by_hand(images: Tensor, rows: list[Tensor], number: int) -> rules.Update:
    """What client `number` answers in the first round."""
    torch.manual_seed(1000 * JOB.seed + number)
    own = own_batches(images[rows[number]], JOB, number)
    return local_update(JOB.build(), weights_of(JOB.build()), own, JOB.steps)


def far(a: rules.Update, b: rules.Update) -> float:
    return max(float((a[name] - b[name]).abs().max()) for name in a)


@pytest.mark.slow
def test_a_round_is_fed_average_of_what_the_clients_learn(
    together: federated.Federation, images: Tensor, rows: list[Tensor]
) -> None:
    assert len(set(together.pids.values()) - {os.getpid()}) == 5
    seen = together.round()
    assert seen.taken == tuple(together.names) and not seen.refused
    assert "5 updates were taken" in str(seen)
    updates = [by_hand(images, rows, k) for k in range(5)]
    joined = rules.fed_average(updates, [len(one) for one in rows])
    first = weights_of(JOB.build())
    expected = {name: first[name] + joined[name] for name in first}
    assert far(together.weights, expected) < 1e-6
    assert together.learner().sample(2).shape == (2, 1, 28, 28)


@pytest.mark.slow
def test_bad_clients_are_a_sentence_each_and_the_round_goes_on(
    together: federated.Federation,
) -> None:
    together.behaviours.update(
        {"client 1": "nan", "client 2": "huge", "client 3": "shapes"}
    )
    seen = together.round()
    assert seen.taken == ("client 4", "client 5")
    assert "client 1 sent NaN" in seen.refused["client 1"]
    assert "times as long" in seen.refused["client 2"]
    assert "client 3 sent other shapes" in seen.refused["client 3"]
    assert all(torch.isfinite(one).all() for one in together.weights.values())
    together.behaviours.clear()  # they were refused, and not lost
    assert len(together.round().taken) == 5


@pytest.mark.slow
def test_lost_clients_are_named_and_come_back_with_a_restart(
    together: federated.Federation,
) -> None:
    before = together.pids
    bad = {"client 1": "garbage", "client 2": "long", "client 3": "dies"}
    together.behaviours.update(bad)
    seen = together.round()
    assert seen.taken == ("client 4", "client 5")
    assert "not a message in safetensors" in seen.refused["client 1"]
    assert "more than 64 MiB" in seen.refused["client 2"]
    assert seen.refused["client 3"] == "client 3 ended before it answered."
    assert together.round().refused.keys() == bad.keys()
    together.behaviours.clear()
    together.restart()
    assert len(together.round().taken) == 5
    assert together.pids["client 5"] == before["client 5"]
    assert together.pids["client 3"] != before["client 3"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="POSIX signals")
def test_a_client_killed_in_the_middle_of_a_round(
    together: federated.Federation,
) -> None:
    pid = together.pids["client 2"]
    os.kill(pid, signal.SIGSTOP)  # so that it cannot answer before it is killed
    found: list[federated.Round] = []
    thread = threading.Thread(target=lambda: found.append(together.round()))
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive()
    together.kill("client 2")
    thread.join(60)
    assert len(found[0].taken) == 4 and "client 2" in found[0].refused


@pytest.mark.slow
def test_masked_rounds_give_the_weights_of_plain_ones_also_when_one_dies(
    together: federated.Federation,
) -> None:
    together.round()
    plain = dict(together.weights)
    together.restart()
    assert len(together.round(masked=True).taken) == 5
    assert far(together.weights, plain) < 1e-6

    together.restart()
    together.behaviours["client 3"] = "dies"
    together.round()
    without = dict(together.weights)
    together.restart()
    seen = together.round(masked=True)
    assert seen.taken == ("client 1", "client 2", "client 4", "client 5")
    assert far(together.weights, without) < 1e-6


@pytest.mark.slow
def test_masks_hide_poison_from_the_server_and_a_client_sees_its_own_nan(
    together: federated.Federation,
) -> None:
    together.behaviours.update({"client 1": "poison", "client 2": "nan"})
    seen = together.round(masked=True)
    assert "client 1" in seen.taken
    assert "client 2 could not answer: NaN" in seen.refused["client 2"]


@pytest.mark.slow
def test_a_stranger_is_named_and_the_others_go_on(images: Tensor) -> None:
    halves = [torch.arange(0, 150), torch.arange(150, 300)]
    bad = {"client 1": "stranger"}
    with federated.Federation(images, halves, JOB, behaviours=bad) as together:
        seen = together.round("median")
        assert seen.taken == ("client 2",)
        assert "did not prove that it holds the key" in seen.refused["client 1"]
        together.kill("client 2")
        weights = together.weights
        assert together.round().taken == ()
        assert together.weights is weights  # nobody answered: nothing moved
        with pytest.raises(CourseError, match="No client is left"):
            together.round()


@pytest.mark.slow
def test_rules_that_do_not_fit_are_refused_before_the_round(
    together: federated.Federation,
) -> None:
    with pytest.raises(CourseError, match="mean, median or trimmed"):
        together.round("average")
    with pytest.raises(CourseError, match="needs each update"):
        together.round("median", masked=True)
    with pytest.raises(CourseError, match="local steps"):
        together.round(steps=0)
    assert together.round("trimmed", steps=1).number == 1


def test_settings_that_do_not_fit_are_refused(images: Tensor) -> None:
    rows = [torch.arange(10), torch.arange(10, 20)]
    make = federated.Federation
    with pytest.raises(CourseError, match="uint8 pictures"):
        make(images.float(), rows)
    with pytest.raises(CourseError, match="at least 1"):
        make(images, [])
    with pytest.raises(CourseError, match="at least one picture"):
        make(images, [torch.arange(3), torch.arange(0)])
    with pytest.raises(CourseError, match="cannot behave as 'rude'"):
        make(images, rows, behaviours={"client 1": "rude"})
    with pytest.raises(CourseError, match="'client 3' cannot behave"):
        make(images, rows, behaviours={"client 3": "nan"})
    with pytest.raises(CourseError, match="Patience"):
        make(images, rows, patience=0)
    with pytest.raises(CourseError, match="local steps"):
        federated.Job(steps=0)


def test_a_worker_begins_anew_with_other_pictures(images: Tensor, tmp_path) -> None:  # type: ignore[no-untyped-def]
    first, second = (write(tmp_path, f"h {k}", images[: 20 * k]) for k in (1, 2))
    told = {"name": "client 1", "number": 0, "home": str(first), "job": JOB.to_dict()}
    worker = Worker.start(told)
    asked = federated.wire.Message("begin", {"home": str(second)})
    assert worker.hello().words["count"] == 20
    before = worker.hello().words["key"]
    hello = worker.answer(asked)
    assert hello.words["count"] == 40 and hello.words["name"] == "client 1"
    # rounds begin at 1 again: old keys would give the same masks once more
    assert hello.words["key"] != before


def test_a_client_that_nobody_is_left_to_hide_sends_nothing(
    images: Tensor, tmp_path: Path
) -> None:
    home = write(tmp_path, "h", images[:20])
    told = {"name": "client 1", "number": 0, "home": str(home), "job": JOB.to_dict()}
    worker, weights = Worker.start(told), weights_of(JOB.build())
    others = {str(k): hex(federated.masks.Keys().public) for k in (1, 2)}
    words = {"round": 1, "total": 60, "partners": {}}
    with pytest.raises(CourseError, match="without a partner"):
        worker.answer(federated.wire.Message("train", words, weights))
    words["partners"] = others
    worker.answer(federated.wire.Message("train", words, weights))
    one, both = (
        federated.wire.Message("reveal", {"round": 1, "lost": lost})
        for lost in ([1], [1, 2])
    )
    assert list(worker.answer(one).words["seeds"]) == ["1"]
    with pytest.raises(CourseError, match="all partners are lost"):
        worker.answer(both)


def test_the_median_stands_a_poisoning_client_and_the_mean_does_not(
    images: Tensor, rows: list[Tensor]
) -> None:
    sent = [by_hand(images, rows, k) for k in range(5)]
    clean = rules.fed_average(sent[1:], [1] * 4)
    sent[0] = {name: -100 * one for name, one in sent[0].items()}
    mean, median = rules.fed_average(sent, [1] * 5), rules.fed_median(sent)

    def away(update: rules.Update) -> float:
        return rules.norm({name: update[name] - clean[name] for name in clean})

    assert away(median) < rules.norm(clean) < away(mean) / 5


@pytest.mark.slow
@pytest.mark.timeout(600)  # torch is imported three times
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux")
def test_nothing_that_holds_torch_is_left_when_all_are_closed(tmp_path: Path) -> None:
    """The process that clients are forked from ends too, and a next one can start."""
    code = (
        "import torch\n"
        "from pathlib import Path\n"
        "from aigc_course import federated\n"
        "images = torch.zeros(40, 1, 28, 28, dtype=torch.uint8)\n"
        "rows = [torch.arange(20), torch.arange(20, 40)]\n"
        "job = federated.Job(hidden=(4,), latent=1, steps=1, batch_size=5)\n"
        "for _ in range(2):\n"
        "    with federated.Federation(images, rows, job) as together:\n"
        "        assert len(together.round().taken) == 2\n"
        "    tasks = Path('/proc/self/task').glob('*/children')\n"
        "    known = [int(n) for task in tasks for n in task.read_text().split()]\n"
        "    held = [Path(f'/proc/{n}/maps').read_text() for n in known]\n"
        "    assert not [maps for maps in held if 'libtorch' in maps]\n"
    )
    file = tmp_path / "closed.py"
    file.write_text(code)
    done = subprocess.run([sys.executable, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
