"""Downloads from real servers on 127.0.0.1: good, wrong, silent and slow ones."""

import re
import time
from pathlib import Path

import pytest
import tiny_sets

from aigc_course import data
from aigc_course.data import catalogue, download
from aigc_course.errors import CourseError

FIRST = "train-images-idx3-ubyte.gz"
OK = b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, a tiny set called kmnist, little patience."""
    monkeypatch.delenv("AIGC_DATA", raising=False)
    monkeypatch.delenv("AIGC_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AIGC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "_failures", {})
    monkeypatch.setattr(download, "PATIENCE", 0.5)
    monkeypatch.setitem(catalogue.SETS, "kmnist", tiny_sets.tiny_set())
    return tmp_path / "cache"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Have downloads come from these addresses."""
    return lambda *urls: monkeypatch.setattr(download, "mirrors", lambda _: list(urls))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def failure() -> str:
    with pytest.raises(CourseError) as caught:
        data.load("kmnist")
    return str(caught.value)


def test_a_good_mirror_fills_the_cache_once(use, cache: Path) -> None:
    with tiny_sets.mirror(tiny_sets.archives().get) as (url, asked):
        use(url)
        assert len(data.load("kmnist")) == 40
        assert len(data.load("kmnist", "test")) == 20
    assert asked == list(tiny_sets.archives())
    assert files_in(cache) == sorted(asked)


def test_a_damaged_cache_is_fetched_again(use, cache: Path) -> None:
    raw = tiny_sets.write(cache / "data", packed=True)
    (raw / FIRST).write_bytes(b"damaged")
    with tiny_sets.mirror(tiny_sets.archives().get) as (url, asked):
        use(url)
        assert data.load("kmnist").source.startswith("found in the cache ")
    assert asked == [FIRST]


def test_the_next_mirror_completes_what_the_first_began(use, cache: Path) -> None:
    good = tiny_sets.archives()
    with (
        tiny_sets.mirror(lambda name: good[name] if name == FIRST else None) as one,
        tiny_sets.mirror(good.get) as two,
    ):
        use(one[0], two[0])
        assert len(data.load("kmnist")) == 40
    assert FIRST not in two[1] and len(two[1]) == 3


@pytest.mark.parametrize(
    "body, expected",
    [
        (b"wrong bytes", "sent a train-images-idx3-ubyte.gz with a wrong SHA-256"),
        (bytes(10**6), "bytes expected"),
        (None, "answered with status 404"),
    ],
)
def test_a_wrong_answer_leaves_the_cache_empty(use, cache, body, expected) -> None:
    with tiny_sets.mirror(lambda _: body) as (url, _):
        use(url)
        message = failure()
    assert "the download failed (127.0.0.1:" in message and expected in message
    assert "Connect to the internet and start Python again, set AIGC_DATA" in message
    assert files_in(cache) == []


def test_an_answer_that_breaks_off(use, cache: Path) -> None:
    with tiny_sets.curt_server(OK + b"a few bytes") as url:
        use(url)
        assert "broke off in the middle" in failure()
    assert files_in(cache) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 9999,
        OK + bytes(9999),
    ],
    ids=["silent", "trickling headers", "trickling body"],
)
def test_a_stalling_mirror_is_left_in_time(use, cache, monkeypatch, answer) -> None:
    monkeypatch.setattr(download, "TIMEOUTS", (30.0, 30.0))  # these alone do not help
    with (
        tiny_sets.stalling_server(answer) as slow,
        tiny_sets.mirror(tiny_sets.archives().get) as (good, _),
    ):
        use(slow)
        started = time.monotonic()
        assert re.search(r"sent \d+ bytes in \d seconds", failure())
        assert time.monotonic() - started < 5
        assert files_in(cache) == []
        download._failures.clear()
        use(slow, good)
        assert len(data.load("kmnist")) == 40


def test_a_read_timeout_is_said_in_words(use, monkeypatch) -> None:
    monkeypatch.setattr(download, "TIMEOUTS", (0.2, 0.2))
    monkeypatch.setattr(download, "PATIENCE", 30.0)
    with tiny_sets.stalling_server() as url:
        use(url)
        assert "did not answer in time" in failure()


def test_a_failure_is_remembered(use) -> None:
    with tiny_sets.mirror(lambda _: None) as (url, asked):
        use(url)
        assert failure() == failure()
    assert asked == [FIRST]


def test_a_closed_port_fails_at_once(use) -> None:
    with tiny_sets.mirror(lambda _: None) as (url, _):
        pass  # the server is gone, its port is free
    use(url)
    started = time.monotonic()
    assert "could not be reached" in failure()
    assert time.monotonic() - started < 5


def test_offline_asks_nobody(use, monkeypatch) -> None:
    with tiny_sets.mirror(tiny_sets.archives().get) as (url, asked):
        use(url)
        monkeypatch.setenv("AIGC_OFFLINE", "1")
        assert "AIGC_OFFLINE is set" in failure()
    assert asked == []


def test_a_cache_that_cannot_be_written(use, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with tiny_sets.mirror(tiny_sets.archives().get) as (url, asked):
        use(url)
        message = failure()
        assert f"the cache folder {cache / 'data/MNIST/raw'} cannot be writ" in message
        assert "Set AIGC_CACHE to a folder that can be written, " in message
        assert asked == []
        cache.unlink()  # not remembered: it can be put right while Python runs
        assert len(data.load("kmnist")) == 40


def test_a_full_disk_is_one_sentence(use, cache: Path, monkeypatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with tiny_sets.mirror(tiny_sets.archives().get) as (url, _):
        use(url)
        monkeypatch.setattr(Path, "write_bytes", full)
        message = failure()
    assert message.startswith("Cannot write ") and "No space left on device" in message
    assert files_in(cache) == []
