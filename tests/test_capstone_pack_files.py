"""Submissions that are hostile or damaged are refused in one sentence, none is run."""

import json
import pickle
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import capstone_folder as made
import numpy as np
import pytest
import torch
from safetensors.torch import save

from aigc_course.capstone import gates, pack, safe, submission
from aigc_course.errors import CourseError

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files() -> Files:
    return made.files()


def refused(place: Path) -> tuple[str, str]:
    """The gate that ends the reading, and its sentence."""
    found = gates.check(place)
    bad = [one for one in found if not one.passed]
    assert len(bad) == 1 and bad[0] is found[-1], found
    return bad[0].gate, bad[0].message


def test_a_folder_and_its_archive_are_the_same_submission(
    files: Files, tmp_path: Path
) -> None:
    folder = made.lay(tmp_path / "mine", files)
    assert gates.passed(gates.check(folder)), gates.check(folder)
    (folder / "README.md").write_text("left alone")
    packed = pack.pack(folder, tmp_path / "one.zip")
    pack.pack(folder, tmp_path / "two.zip")
    again = submission.read(tmp_path / "one.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert again.sha256 == packed.sha256 and again.brief == "A" and again.n == made.N
    assert again.name == "one" and packed.name == "mine"
    assert again.samples is not None and again.samples.shape == (made.N, 28, 28)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


ARCHIVES: dict[str, Callable[[Files], list[Any]]] = {
    "'../card.md'": lambda files: [*files.items(), ("../card.md", b"x")],
    "'/etc/card.md'": lambda files: [*files.items(), ("/etc/card.md", b"x")],
    "'evidence/../card.md'": lambda f: [*f.items(), ("evidence/../card.md", b"x")],
    "'setup.py'": lambda files: [*files.items(), ("setup.py", b"import os")],
    "is a link": lambda f: [*_but(f, "card.md"), (link("card.md"), b"/etc/passwd")],
    "larger than 60 kB": lambda f: [*_but(f, "card.md"), ("card.md", b"0" * 10**7)],
    "lacks report.md": lambda files: _but(files, "report.md"),
    "has no file model.onnx": lambda files: [
        *_but({**files, "submission.json": _brief("B", 500)}, ""),
        ("model.onnx", b"x"),
    ],
}


def _but(files: Files, name: str) -> list[Any]:
    return [one for one in files.items() if one[0] != name]


def _brief(name: str, n: int) -> bytes:
    return json.dumps({"format": 1, "brief": name, "n": n, "seed": 0}).encode()


@pytest.mark.parametrize("words", ARCHIVES)
def test_archives_that_hold_something_else(
    words: str, files: Files, tmp_path: Path
) -> None:
    path = made.zipped(tmp_path / "s.zip", ARCHIVES[words](files))
    gate, sentence = refused(path)
    assert gate == "files" and words in sentence
    assert list(tmp_path.iterdir()) == [path]  # nothing was unpacked


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_in_an_archive(files: Files, tmp_path: Path) -> None:
    path = made.zipped(tmp_path / "s.zip", [*files.items(), ("card.md", b"other")])
    assert "card.md twice" in refused(path)[1]


def test_a_bomb_is_not_blown_up(tmp_path: Path) -> None:
    """Of 300 MB that a small file holds, no more is read than may be there."""
    bomb = made.zipped(tmp_path / "bomb.zip", [("samples.npy", bytes(300_000_000))])
    assert bomb.stat().st_size < 10**6
    tracemalloc.start()
    try:
        assert "larger than 8 MB" in refused(bomb)[1]
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_bombs_locks_and_what_is_not_an_archive(files: Files, tmp_path: Path) -> None:
    bomb = made.zipped(tmp_path / "bomb.zip", [("samples.npy", bytes(30_000_000))])
    assert "larger than 8 MB" in refused(bomb)[1]
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(safe.MOST_PACKED + 1))
    assert "larger than 10 MB" in refused(large)[1]
    text = tmp_path / "text.zip"
    text.write_bytes(b"not an archive")
    assert "not a zip archive" in refused(text)[1]
    locked = bytearray(
        made.zipped(tmp_path / "l.zip", [("card.md", b"x")]).read_bytes()
    )
    locked[6] |= 1  # the flag in the file, and in the directory
    locked[locked.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "l.zip").write_bytes(locked)
    assert "password" in refused(tmp_path / "l.zip")[1]
    assert "There is no folder" in refused(tmp_path / "nothing")[1]


def test_links_in_a_folder_are_not_followed(files: Files, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(made.card())
    folder = made.lay(tmp_path / "mine", files)
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(secret)
    assert "link" in refused(folder)[1]
    other = tmp_path / "other"
    other.symlink_to(folder)
    assert "is a link" in refused(other)[1]
    whole = made.lay(tmp_path / "whole", files)
    (whole / "evidence").rename(tmp_path / "elsewhere")
    (whole / "evidence").symlink_to(tmp_path / "elsewhere")
    assert "evidence is a link" in refused(whole)[1]


class Runs:
    """A pickle that would write a file when it is loaded."""

    def __reduce__(self) -> Any:
        return open, (str(MARK), "w")


MARK = Path("a-pickle-was-loaded")


def _pickled() -> bytes:
    return pickle.dumps({"weight": Runs()}, 2)


def header(words: Any, data: bytes = b"") -> bytes:
    told = json.dumps(words).encode()
    return len(told).to_bytes(8, "little") + told + data


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
WEIGHTS = {
    "its header would have": lambda: (4 * 2**30).to_bytes(8, "little") + b"{}",
    "does not fit its shape": lambda: header(
        {"a": ONE, "b": {**ONE, "shape": [2], "data_offsets": [0, 8]}}, bytes(8)
    ),
    "unknown type": lambda: header({"a": {**ONE, "dtype": "PY"}}, bytes(4)),
    "not finite": lambda: save({"a": torch.tensor([float("nan")])}),
    "model.safetensors is no safetensors file": _pickled,
    "says more of itself": lambda: save({"a": torch.ones(1)}, {"x": "y" * 3_000}),
}


@pytest.mark.parametrize("words", WEIGHTS)
def test_weights_that_are_no_weights(words: str, files: Files, tmp_path: Path) -> None:
    bad = {**files, "model.safetensors": WEIGHTS[words]()}
    gate, sentence = refused(made.lay(tmp_path, bad))
    assert gate == "weights" and words in sentence
    assert not MARK.exists()


def test_weights_of_another_network(files: Files, tmp_path: Path) -> None:
    other = {**files, "config.json": _config(model="mlp-gan")}
    found = gates.check(made.lay(tmp_path, other))
    (bad,) = [one for one in found if not one.passed]
    assert bad.gate == "reload" and "do not fit the network" in bad.message


def _config(**changes: Any) -> bytes:
    return json.dumps({**made.CONFIG, **changes}).encode()


CONFIGS = {
    "name a recipe": lambda: _config(model="os.system"),
    "name a recipe ": lambda: _config(preset=["fast"]),
    "`kind` in config.json": lambda: _config(kind="private"),
    "do not belong together": lambda: _config(kind="onnx", latent=4),
    "at most 2,000 training steps": lambda: _config(steps=2_001),
    "at most 2,000 training steps;": lambda: _config(steps=True),
    "not JSON": lambda: b"{" * 9_000,
    "not JSON ": lambda: b'{"kind": NaN}',
    "holds entries": lambda: b"[]",
}


@pytest.mark.parametrize("words", CONFIGS)
def test_configs_that_are_refused(words: str, files: Files, tmp_path: Path) -> None:
    bad = {**files, "config.json": CONFIGS[words]()}
    gate, sentence = refused(made.lay(tmp_path, bad))
    assert gate == "config" and words.strip() in sentence


PIXELS = np.zeros((made.N, 28, 28), np.uint8)


def claimed(shape: str, kind: str = "|u1") -> bytes:
    """A .npy file whose header claims a shape, with 10 bytes behind it."""
    told = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n"
    size = len(told).to_bytes(2, "little")
    return b"\x93NUMPY\1\0" + size + told.encode("latin-1") + bytes(10)


SAMPLES = {
    "holds uint8 pixels": lambda: made.npy(PIXELS[:999]),
    "uint8 or int64 numbers, not '|O'": lambda: made.npy(np.array([Runs()])),
    "uint8 or int64 numbers, not '<f4'": lambda: made.npy(PIXELS[:9].astype("f4")),
    "length that its header claims": lambda: claimed("(999999, 999999, 999999)"),
    "header of samples.npy": lambda: claimed("(-1, 28, 28)"),
    "header of samples.npy ": lambda: claimed("__import__('os').getcwd()"),
    "header of samples.npy  ": lambda: claimed("(" * 400),
    "is not a .npy file": lambda: b"PK\3\4" + bytes(100),
}


@pytest.mark.parametrize("words", SAMPLES)
def test_samples_that_are_none(words: str, files: Files, tmp_path: Path) -> None:
    bad = {**files, "samples.npy": SAMPLES[words]()}
    gate, sentence = refused(made.lay(tmp_path, bad))
    assert gate == "samples" and words.strip() in sentence
    assert not MARK.exists()


def test_nothing_is_packed_where_a_gate_is_not_passed(
    files: Files, tmp_path: Path
) -> None:
    folder = made.lay(tmp_path / "mine", {**files, "samples.npy": made.npy(PIXELS)})
    with pytest.raises(CourseError, match=r"^Gate samples: All samples are the same"):
        pack.pack(folder, tmp_path / "s.zip")
    with pytest.raises(CourseError, match=r"ends in \.zip"):
        pack.pack(folder, tmp_path / "s.tar")
    assert not (tmp_path / "s.zip").exists()


def test_samples_of_other_weights_are_found(files: Files, tmp_path: Path) -> None:
    pixels = safe.array("samples.npy", files["samples.npy"])
    bad = {**files, "samples.npy": made.npy(pixels[::-1].copy())}
    found = gates.check(made.lay(tmp_path, bad))
    (wrong,) = [one for one in found if not one.passed]
    assert wrong.gate == "reload" and "are not what the weights make" in wrong.message
