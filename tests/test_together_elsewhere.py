"""Studies and grading by workers of a Dask cluster on loopback."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import tiny_study
from click.testing import CliRunner
from handed_in import HALF_RANGE, ID, RIGHT, copy

from aigc_course import cli, elsewhere, grading, studies
from aigc_course.errors import CourseError
from aigc_course.studies import facts, registry

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of tornado and dask


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """The tiny study among the others, here and in the workers to come."""
    monkeypatch.setitem(registry.SOURCES, "tiny", tiny_study.SOURCE)
    path = os.pathsep.join([str(Path(__file__).parent), os.environ["PYTHONPATH"]])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("TINY_LOG", str(tmp_path / "log"))


@pytest.fixture
def cluster(tiny):
    """Two workers, processes of their own, started again when they are killed."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        host="127.0.0.1",
        memory_limit=0,
    ) as here:
        yield here


def run(folder, *only, **options):
    file = studies.run("tiny", folder, only=only, progress=False, **options)
    return json.loads(file.read_text())


def outcomes(record):
    keys = "method", "seed", "status", "failed", "outcome"
    return [{key: cell[key] for key in keys} for cell in record["cells"]]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def running():
    log = tiny_study.log()
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[2]) for line in lines if line.startswith("waits")]


@pytest.mark.slow
def test_a_cluster_finds_what_this_machine_finds(tmp_path, cluster):
    address = cluster.scheduler_address
    methods = "steady", "shaky", "raises", "vanishes"
    local = run(tmp_path / "local", *methods, seeds=1)
    far = run(tmp_path / "far", *methods, seeds=1, on=address)
    assert outcomes(far) == outcomes(local)
    assert len(far["machines"][0]["code"]) == 16
    # a second call runs only what is missing: the crashed ones
    before = tiny_study.log().read_text().count("steady")
    run(tmp_path / "far", "steady", "shaky", seeds=1, on=address)
    assert tiny_study.log().read_text().count("steady") == before
    lost_worker(tmp_path, address, cluster)
    interrupted(tmp_path, address)
    graded(tmp_path, address)


def lost_worker(tmp_path, address, cluster):
    """A worker that is killed under a cell: another one runs it."""

    def kill():
        wait_for(lambda: len(running()) == 1)
        psutil.Process(running()[0]).parent().send_signal(signal.SIGKILL)
        wait_for(lambda: len(running()) == 2)
        (tmp_path / "go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    record = run(tmp_path / "lost", "waits", seeds=1, on=address)
    killer.join()
    assert record["cells"][0]["outcome"] == {"modes": 8, "kl": 0.25}
    (tmp_path / "go").unlink()


def interrupted(tmp_path, address):
    """Ctrl-C here ends the process there."""
    seen = len(running())
    main = threading.main_thread().ident

    def stop():
        wait_for(lambda: len(running()) > seen)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=stop).start()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", "waits", seeds=1, on=address)
    wait_for(lambda: not psutil.pid_exists(running()[-1]), 20)


def graded(tmp_path, address):
    """The rows are those that this machine gives."""
    copy(tmp_path / "class", "ann", RIGHT)
    copy(tmp_path / "class", "bob", HALF_RANGE)
    (tmp_path / "class" / "zero.ipynb").write_text("")
    far = grading.grade_elsewhere(tmp_path / "class", address)
    assert [(row.file, row.status, row.points) for row in far] == [
        ("ann.ipynb", "passed", 1),
        ("bob.ipynb", "misconception", 0),
        ("zero.ipynb", "unreadable", 0),
    ]
    assert far[0].exercise == ID and far[1].misconception == "unit_range"


def test_a_worker_that_differs_is_refused_in_one_sentence(tmp_path, tiny, monkeypatch):
    class Pool(elsewhere.ThreadPoolExecutor):
        """Threads that are taken for another machine's."""

    study = registry.get("tiny")
    wanted = facts.facts(study, "steady", "")
    for name in wanted:
        changed = {**wanted, name: "x"}
        sentence = facts.difference(changed, wanted)
        assert facts.NAMES[name] in sentence and sentence.count(".") >= 1
    assert facts.difference(wanted, dict(wanted)) == ""
    monkeypatch.setattr(elsewhere, "_dask", lambda address: Pool(1))
    monkeypatch.setattr(facts, "_code", lambda: "another")
    with pytest.raises(CourseError, match="has another code of the course"):
        run(tmp_path / "out", "steady", seeds=1, on="tcp://127.0.0.1:1")
    assert not list((tmp_path / "out").glob("cells/*"))


def test_data_that_a_worker_lacks_are_another_fact(monkeypatch, tmp_path):
    monkeypatch.setenv("AIGC_DATA", str(tmp_path))
    study = registry.get("ring-8")
    method = next(iter(study.methods))
    assert facts.facts(study, method, "no-such-set")["data"] == ""
    assert facts.facts(study, method, "digits")["data"] != ""


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("here", "--on takes a scheduler's address such as tcp://HOST:8786"),
        ("tcp://127.0.0.1:9", "There is no scheduler at tcp://127.0.0.1:9"),
    ],
)
def test_nobody_to_work_is_one_sentence(tiny, tmp_path, monkeypatch, address, sentence):
    monkeypatch.setattr(elsewhere, "REACH", 0.3)
    for words in (
        ["study", "tiny", "--out", str(tmp_path / "o")],
        ["grade", str(copy(tmp_path, "ann", RIGHT)), "--out", str(tmp_path / "g")],
    ):
        result = CliRunner().invoke(cli.main, [*words, "--on", address])
        assert result.exit_code == 2 and sentence in result.stderr


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "executorlib", None)
    with (
        pytest.raises(CourseError, match="--on needs executorlib"),
        elsewhere.workers("slurm"),
    ):
        pass


def test_a_process_that_tells_nothing_says_why():
    code = "import sys; sys.stdin.readline(); sys.exit('too dark')"
    answer = json.loads(elsewhere.apart(code, "x"))
    assert answer["told"] == "" and answer["reason"].endswith("exit code 1. too dark")
