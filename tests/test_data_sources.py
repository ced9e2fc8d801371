"""Finding, checking and reading files: every way they can be wrong is said in words."""

import lzma
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_sets
import torch

from aigc_course import data
from aigc_course.data import catalogue, download, shipped, sources
from aigc_course.errors import CourseError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data folder, an empty cache, no network, and a tiny set called kmnist."""
    monkeypatch.delenv("AIGC_DATA", raising=False)
    monkeypatch.setenv("AIGC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AIGC_OFFLINE", "1")
    monkeypatch.setattr(download, "_failures", {})
    monkeypatch.setitem(catalogue.SETS, "kmnist", tiny_sets.tiny_set())


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The raw folder of a good set in $AIGC_DATA."""
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "own"))
    return tiny_sets.write(tmp_path / "own")


def complaint(name: str = "kmnist", split: str = "train") -> str:
    with pytest.raises(CourseError) as caught:
        data.load(name, split)
    return str(caught.value)


def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the set be one whose unpacked files have no published SHA-256."""
    monkeypatch.setitem(
        catalogue.SETS, "kmnist", tiny_sets.tiny_set(plain_hashes=False)
    )


@pytest.mark.parametrize("split, n", [("train", 40), ("test", 20)])
def test_reads_what_the_files_hold(raw: Path, split: str, n: int) -> None:
    found = data.load("kmnist", split)
    images, labels = catalogue.SETS["kmnist"].split(split)
    assert found.images.shape == (n, 1, 28, 28) and found.images.dtype == torch.uint8
    assert found.labels.shape == (n,) and found.labels.dtype == torch.int64
    assert found.images.numpy().tobytes() == tiny_sets.content(images)[16:]
    assert bytes(found.labels.tolist()) == tiny_sets.content(labels)[8:]
    assert found.source == "found in $AIGC_DATA/MNIST/raw (SHA-256 as published)"


def test_classes_are_those_of_the_set(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(tiny_sets.tiny_set(), classes=tuple("abcdefghij"))
    monkeypatch.setitem(catalogue.SETS, "kmnist", other)
    assert data.load("kmnist").classes == other.classes


def test_archives_are_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_sets.write(tmp_path / "plain")
    tiny_sets.write(tmp_path / "packed", packed=True)
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "plain"))
    plain = data.load("kmnist")
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "packed"))
    packed = data.load("kmnist")
    assert torch.equal(plain.images, packed.images)
    assert torch.equal(plain.labels, packed.labels)
    assert "SHA-256" in packed.source


def test_a_set_is_read_once_until_its_file_changes(raw: Path) -> None:
    first, second = data.load("kmnist"), data.load("kmnist")
    assert first.images.data_ptr() == second.images.data_ptr()
    (raw / LABELS).write_bytes(b"")
    assert "truncated" in complaint()


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda b: b[:1000], "is truncated: it has 1,000 bytes, and 31,376 are right"),
        (lambda b: b"", "is truncated: it has 0 bytes, and 31,376 are right"),
        (lambda b: b + b"\0", "is too long: it has 31,377 bytes, and 31,376 are right"),
        (lambda b: b[:-1] + bytes([b[-1] ^ 1]), "is damaged: its shape is right, but"),
        (
            lambda b: b[:8] + bytes([0, 0, 0, 32] * 2) + bytes(40 * 32 * 32),
            "has the shape 40 × 32 × 32; 40 × 28 × 28 is right",
        ),
        (
            lambda b: b"<html>" + b[6:],
            "starts with the bytes 3c 68 74 6d; 00 00 08 03 is right",
        ),
    ],
)
def test_a_broken_file_is_named_and_explained(raw: Path, change, expected: str) -> None:
    path = raw / IMAGES
    path.write_bytes(change(path.read_bytes()))
    message = complaint()
    assert message.startswith(f"{path} {expected}")
    assert message.endswith("unset AIGC_DATA to have it looked for elsewhere.")


def test_a_missing_file_is_named(raw: Path) -> None:
    (raw / LABELS).unlink()
    assert f"{raw} lacks the file {LABELS} (or {LABELS}.gz)." in complaint()
    assert len(data.load("kmnist", "test")) == 20  # the other split is whole


def test_a_folder_in_place_of_a_file(raw: Path) -> None:
    (raw / LABELS).unlink()
    (raw / LABELS).mkdir()
    assert complaint().startswith(f"{raw / LABELS} cannot be read: ")


@pytest.mark.parametrize("change", [lambda b: b[:500], lambda b: b"no archive"])
def test_a_broken_archive(raw: Path, change) -> None:
    packed = tiny_sets.pack((raw / IMAGES).read_bytes())
    (raw / IMAGES).unlink()
    (raw / f"{IMAGES}.gz").write_bytes(change(packed))
    assert f"{IMAGES}.gz is damaged: it does not unpack." in complaint()


def test_without_a_published_hash_the_format_is_checked(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unhashed(monkeypatch)
    assert data.load("kmnist").source.endswith("(format checked)")
    labels = raw / LABELS
    labels.write_bytes(labels.read_bytes()[:-1] + bytes([37]))
    assert f"{labels} holds the label 37; 0 to 9 are right." in complaint()


def test_the_cache_is_second(raw: Path, tmp_path: Path) -> None:
    tiny_sets.write(tmp_path / "cache" / "data", packed=True)
    assert data.load("kmnist").source.startswith("found in $AIGC_DATA/MNIST/raw ")
    for file in raw.iterdir():
        file.unlink()
    assert data.load("kmnist").source.startswith("found in the cache ")


def test_a_cached_archive_must_be_as_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unhashed(monkeypatch)
    cached = tiny_sets.write(tmp_path / "cache" / "data", packed=True)
    assert data.load("kmnist").source.endswith("(SHA-256 as published)")
    name = tiny_sets.FILES[1].name
    other = tiny_sets.FILES[1].header + bytes(40)  # well formed, other labels
    (cached / f"{name}.gz").write_bytes(tiny_sets.pack(other))
    assert "not in the cache" in complaint()


def test_nowhere_lists_what_was_tried_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = "set AIGC_DATA to a folder that holds MNIST/raw/train-images-idx3-ubyte"
    message = complaint()
    assert "not in the cache, AIGC_DATA is not set, and AIGC_OFFLINE is set." in message
    assert "Unset AIGC_OFFLINE, " in message and todo in message
    assert "or use 'digits', which needs none." in message
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "typo"))
    assert f"neither in {tmp_path / 'typo'} (AIGC_DATA) nor in the cache" in complaint()


def test_the_default_is_mnist_wherever_it_runs(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(data.default("test")) == 10_000
    assert capsys.readouterr().out == "Data: mnist, 10,000 test images\n"
    assert sources.where("mnist") == "comes with the course"


# MNIST, which ships


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped test split, to be damaged."""
    copy = tmp_path / "test.xz"
    copy.write_bytes((shipped.FOLDER / "test.xz").read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return copy


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda b: b[:1000], "is damaged: it does not unpack"),
        (lambda b: b"", "is damaged: it does not unpack"),
        (lambda b: b"no archive", "is damaged: it does not unpack"),
        (lambda b: b[:5000] + b"?" + b[5001:], "is damaged: it "),
        (lambda b: lzma.compress(bytes(7_850_024)), "not MNIST as published"),
        (lambda b: b + lzma.compress(b"more"), "not MNIST as published"),
    ],
)
def test_a_damaged_split_is_named_in_one_sentence(damaged, change, expected) -> None:
    damaged.write_bytes(change(damaged.read_bytes()))
    with pytest.raises(CourseError, match=expected) as caught:
        shipped.read("test")
    message = str(caught.value)
    assert message.startswith(str(damaged)) and "Install the course again" in message


def test_a_missing_split_is_named(damaged) -> None:
    damaged.unlink()
    with pytest.raises(CourseError, match="test.xz cannot be read"):
        shipped.read("test")


def test_where_goes_by_names_alone(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources.where("kmnist") == f"in {raw} (AIGC_DATA)"
    monkeypatch.delenv("AIGC_DATA")
    assert sources.where("kmnist") == "not on this computer"
    monkeypatch.setenv("AIGC_OFFLINE", "0")
    assert sources.where("kmnist") == "to be downloaded"
    cached = tiny_sets.write(tmp_path / "cache" / "data", packed=True)
    assert sources.where("kmnist") == f"in {cached} (the cache)"


def test_the_user_cache_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIGC_CACHE")
    folder = sources.cache_folder()
    assert folder.is_absolute() and "aigc-course" in folder.parts
