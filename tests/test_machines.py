"""Machines as people have them: no home, no permissions, narrow consoles, own files."""

import errno
import io
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_sets
from PIL import Image

from aigc_course import cli, data, files, shadows
from aigc_course.apps import images
from aigc_course.data import catalogue, idx, sources
from aigc_course.errors import CourseError

SMALL = replace(
    data.load("digits"),
    images=data.load("digits").images[:200],
    labels=data.load("digits").labels[:200],
)


# users without a home


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    def nobody(*names):
        raise RuntimeError("Could not determine home directory.")

    for name in ("AIGC_CACHE", "AIGC_DATA", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", nobody)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sources._homeless.cache_clear()
    yield tmp_path
    sources._homeless.cache_clear()


def test_a_user_without_a_home_keeps_data_among_temporary_files(homeless):
    folder = sources.cache_folder()
    assert folder.parent.parent == homeless and folder == sources.cache_folder()
    assert sources.where("kmnist") in ("to be downloaded", "not on this computer")
    assert len(data.default("test")) == 10_000


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners of files")
def test_a_folder_of_somebody_else_is_not_trusted(homeless):
    named = homeless / f"aigc-course-{os.getuid()}"
    named.symlink_to(homeless)
    assert sources.cache_folder().parent not in (named, homeless)


@pytest.mark.parametrize("variable", ["AIGC_DATA", "AIGC_CACHE"])
def test_a_home_that_is_nowhere_is_one_sentence(monkeypatch, variable):
    monkeypatch.setenv(variable, "~nobody-of-this-name/data")
    with pytest.raises(CourseError, match=f"{variable} is '~nobody.*whole path"):
        sources.read("kmnist", "train")


# file systems


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EPERM, "Operation not permitted"),
        OSError(errno.ENOTSUP, "Operation not supported"),
        NotImplementedError("no permissions here"),
    ],
)
def test_a_file_system_without_permissions_is_written_to(tmp_path, monkeypatch, error):
    def refuse(*given, **options):
        raise error

    monkeypatch.setattr(os, "chmod", refuse)
    files.write_text(tmp_path / "a.txt", "one")
    files.write_json(tmp_path / "b.json", {"a": 1})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.json"]


def test_a_file_system_that_cannot_flush_and_one_that_fails(tmp_path, monkeypatch):
    def flush(number):
        def refuse(handle):
            raise OSError(number, "refused")

        return refuse

    monkeypatch.setattr(os, "fsync", flush(errno.EINVAL))
    files.write_text(tmp_path / "a.txt", "one")
    monkeypatch.setattr(os, "fsync", flush(errno.EIO))
    with pytest.raises(CourseError, match="refused"):
        files.write_text(tmp_path / "a.txt", "two")
    assert (tmp_path / "a.txt").read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a picture, an array, and links into another folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drive").mkdir()
    Image.fromarray(SMALL.images[0, 0].numpy()).save("a.png")
    np.save("x.npy", SMALL.images[:120, 0].numpy())
    for suffix in ("png", "md", "jpg"):
        (tmp_path / f"link.{suffix}").symlink_to(f"drive/b.{suffix}")
    (tmp_path / "loop.png").symlink_to("loop.png")
    return tmp_path


def aigc(*words):
    """Exit status of a command that prints to the streams there are."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, words), *([] if words else ["--help"])])
        raise SystemExit(0)
    return ended.value.code or 0


def test_results_go_through_links(here, capsys):
    assert aigc("upscale", "a.png", "--times", 2, "--out", "link.png") == 0
    assert aigc("upscale", "a.png", "--times", 2, "--out", "link.png") == 2
    assert aigc("inpaint", "a.png", "--box", 9, 9, 3, 3, "--out", "link.jpg") == 0
    assert aigc("data", "card", "digits", "--quick", "--out", "link.md") == 0
    assert aigc("upscale", "a.png", "--out", "loop.png", "--overwrite") in (0, 2)
    for suffix in ("png", "jpg", "md"):
        assert (
            Path(f"link.{suffix}").is_symlink() and Path(f"drive/b.{suffix}").exists()
        )
    assert images.read("drive/b.png").size == (56, 56)


# consoles


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "cp437"])
def test_names_that_a_console_lacks_end_no_command(here, monkeypatch, encoding):
    # as redirected output has them on Windows
    console = io.TextIOWrapper(io.BytesIO(), encoding, "strict", write_through=True)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, console)
    monkeypatch.setattr(data, "load", lambda name, split="train": SMALL)
    odd = "张伟🙂é"
    Path(odd).mkdir()
    Path(f"{odd}/a.png").write_bytes(Path("a.png").read_bytes())
    Path(f"{odd}/x.npy").write_bytes(b"no array")
    run, out = f"{odd}/run", f"{odd}/o.png"
    train = ("train", "mlp-gan", "--data", "digits", "--steps", 1)
    expected = [
        ((*train, "--out", run), 0),
        ((*train, "--out", run), 2),
        (("sample", run, "--n", 4, "--out", out), 0),
        (("sample", odd, "--n", 4, "--out", out), 2),
        (("evaluate", f"{odd}/x.npy"), 2),
        (("upscale", f"{odd}/a.png", "--times", 2, "--out", f"{odd}/u.png"), 0),
        (("inpaint", f"{odd}/a.png", "--box", 1, 1, 2, 2, "--out", f"{odd}/i.png"), 0),
        (("inpaint", f"{odd}/none.png", "--out", out), 2),
        (("data", "card", "digits", "--quick", "--out", f"{odd}/c.md"), 0),
        (("data", "digits"), 0),
        (("data", odd), 2),
        (("study", odd), 2),
        ((odd,), 2),
    ]
    for words, status in expected:
        assert aigc(*words) == status, (words, console.buffer.getvalue())
    text = console.buffer.getvalue()
    assert b"Traceback" not in text and b"nobody foresaw" not in text
    # what the console lacks, as escapes; click writes UTF-8 where it is told ASCII
    assert encoding == "ascii" or b"\\u" in text or b"\\U" in text


# what nobody foresaw


def failing(error):
    def call(*given, **options):
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OSError(errno.EIO, "Input/output error", "/disk/x"), 2, "/disk/x: Input"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "a" * 400), 2, "too long"),
        (UnicodeEncodeError("gbk", "é", 0, 1, "illegal"), 2, "encoding"),
        (MemoryError(), 1, "too little memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 1, "memory"),
        (RuntimeError("CUDA out of memory. Tried to"), 1, "too little memory"),
        (KeyError("lost"), 1, "nobody foresaw: KeyError: 'lost'"),
        (RecursionError("deep\nand deeper"), 1, "RecursionError: deep and deeper"),
    ],
)
def test_whatever_is_raised_is_one_sentence(
    monkeypatch, tmp_path, capsys, error, status, words
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(data, "load", failing(error))
    assert aigc("data", "digits") == status
    told = capsys.readouterr().err
    assert told.startswith("aigc: ") and told.count("\n") == 1 and words in told
    kept = list(tmp_path.glob("aigc-error-*.txt"))
    assert len(kept) == ("nobody foresaw" in told)
    if kept:
        assert str(kept[0]) in told and "Traceback" in kept[0].read_text("utf-8")


# files of one's own


@pytest.mark.parametrize(
    ("make", "hidden"),
    [
        ("torch.py", "torch"),
        ("random.py", "random"),
        ("numpy/__init__.py", "numpy"),
        ("PIL/__init__.py", "PIL"),
        ("mine.py", None),
        ("torch/notes.txt", None),  # a plain folder hides nothing
        ("torch.txt", None),
    ],
)
def test_files_that_hide_packages_are_named(tmp_path, monkeypatch, make, hidden):
    (tmp_path / make).parent.mkdir(exist_ok=True)
    (tmp_path / make).write_text("# my notes")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [name for name, _ in shadows.hiding()] == ([hidden] if hidden else [])
    if hidden:
        place = tmp_path / make
        place = place.parent if place.name == "__init__.py" else place
        assert shadows.sentence().startswith(f"{place} hides the package {hidden}: ")


def test_a_hidden_package_is_the_sentence_of_a_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "torch.py").write_text("# my notes")
    monkeypatch.syspath_prepend(str(tmp_path))
    wrong = AttributeError("module 'torch' has no attribute 'Tensor'")
    monkeypatch.setattr(data, "load", failing(wrong))
    assert aigc("data", "digits") == 2
    assert f"{tmp_path / 'torch.py'} hides the package torch" in capsys.readouterr().err


# data files


@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_DATA", str(tmp_path / "own"))
    monkeypatch.setenv("AIGC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AIGC_OFFLINE", "1")
    monkeypatch.setitem(catalogue.SETS, "kmnist", tiny_sets.tiny_set())
    return tiny_sets.write(tmp_path / "own", packed=False)


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("which", [slice(0, 4), slice(0, 1), slice(1, 3)])
def test_names_with_a_dot_are_read_too(raw, end, which):
    wanted = data.load("kmnist").images.clone()
    for file in catalogue.SETS["kmnist"].files[which]:
        content = (raw / file.name).read_bytes()
        (raw / file.name).unlink()
        dotted = raw / (file.name.replace("-idx", ".idx") + end)
        dotted.write_bytes(tiny_sets.pack(content) if end else content)
    for split in ("train", "test"):
        assert "found in" in data.load("kmnist", split).source
    assert (data.load("kmnist").images == wanted).all()


def test_files_that_are_not_read_are_named(raw, capsys):
    assert sources.unused("mnist").startswith(
        "train-images-idx3-ubyte and 3 more in $A"
    )
    assert sources.unused("kmnist") == sources.unused("digits") == ""
    aigc("data", "mnist")
    assert "not needed" in capsys.readouterr().out.splitlines()[0]


def test_archives_that_unpack_without_end_are_cut(tmp_path):
    import gzip

    file = tiny_sets.FILES[1]
    path = tmp_path / f"{file.name}.gz"
    with gzip.open(path, "wb") as bomb:
        bomb.write(file.header)
        for _ in range(64):
            bomb.write(bytes(2**20))
    with idx._unpacked(path, file.length) as plain:
        assert plain.stat().st_size == file.length + 1
    with pytest.raises(CourseError, match="too long"):
        idx.read(path, file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_place_of_data_is_not_waited_for(raw):
    name = raw / "train-labels-idx1-ubyte"
    name.unlink()
    os.mkfifo(name)
    with pytest.raises(CourseError, match="a folder, pipe or device"):
        data.load("kmnist")
