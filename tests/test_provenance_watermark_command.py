"""`aigc watermark` and the mark in `aigc verify` as a person uses them."""

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from aigc_course import cli, metrics
from aigc_course.apps import images
from aigc_course.provenance import keys, label
from aigc_course.provenance import watermark as marks


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def refused(result, words):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.fixture(scope="module")
def small():
    return marks.whitening(marks.owner_pictures(1_000, 5))


@pytest.fixture(autouse=True)
def quick(monkeypatch, small):
    """A whitening from fewer pictures in place of the standard one."""
    monkeypatch.setattr(marks, "standard_whitening", lambda: small)


@pytest.fixture
def digit(tmp_path):
    grey = (127.5 * (marks.owner_pictures(1, 3)[0, 0] + 1)).round().to(torch.uint8)
    Image.fromarray(grey.numpy()).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


@pytest.fixture
def places(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "key", tmp_path / "out" / "marked.png"


def test_a_picture_is_marked_and_the_mark_found(digit, places):
    key, out = places
    done = aigc("watermark", digit, "--key", key, "--new-key", "--out", out)
    assert done.exit_code == 0, done.output
    assert "A new key is in" in done.output and "found with p =" in done.output
    found = aigc("verify", out, "--key-file", key)
    assert found.exit_code == 0, found.output
    assert f"The mark of the key {keys.name(keys.read_key(key))} was found" in (
        found.output
    )
    plain = aigc("verify", digit, "--key-file", key)
    assert "was not found" in plain.output and "does not prove" in plain.output


def test_another_keys_mark_is_not_found(digit, places, tmp_path):
    key, out = places
    aigc("watermark", digit, "--key", key, "--new-key", "--out", out)
    other = tmp_path / "other"
    keys.write_key(other, b"k" * 32)
    assert "was not found" in aigc("verify", out, "--key-file", other).output


def test_a_marked_picture_is_refused_and_nothing_is_written(digit, places):
    key, out = places
    aigc("watermark", digit, "--key", key, "--new-key", "--out", out)
    again = out.parent / "again.png"
    refused(aigc("watermark", out, "--key", key, "--out", again), "already")
    assert not again.exists()


def test_a_key_in_the_folder_of_the_picture_is_refused(digit, places):
    _, out = places
    for inside in (out.parent / "key", out.parent / "below" / "key"):
        result = aigc("watermark", digit, "--key", inside, "--new-key", "--out", out)
        refused(result, "keep it elsewhere")
        assert not inside.exists() and not out.exists()


def test_bad_files_make_no_key(digit, places, tmp_path):
    key, out = places
    broken, large, colour = (tmp_path / f"{n}.png" for n in ("broken", "large", "red"))
    broken.write_bytes(digit.read_bytes()[:-40])
    Image.new("L", (32, 32)).save(large)
    Image.new("RGB", (28, 28), (200, 0, 0)).save(colour)
    clear = tmp_path / "clear.png"
    Image.new("LA", (28, 28), (9, 9)).save(clear)
    for file, words in {
        broken: "damaged or cut off",
        large: "32 x 32 pixels",
        colour: "in colour",
        clear: "transparent",
        tmp_path / "missing.png": "no file",
    }.items():
        refused(aigc("watermark", file, "--key", key, "--new-key", "--out", out), words)
        assert not key.exists() and not out.exists()


def test_bad_keys_and_places_are_refused(digit, places):
    key, out = places
    refused(aigc("watermark", digit, "--key", key, "--out", out), "--new-key makes")
    key.write_text("abc123\n")
    refused(aigc("watermark", digit, "--key", key, "--out", out), "short")
    refused(aigc("verify", digit, "--key-file", key), "short")
    taken = aigc("watermark", digit, "--key", key, "--new-key", "--out", out)
    refused(taken, "not overwritten")
    same = aigc("watermark", digit, "--key", key, "--out", digit, "--overwrite")
    refused(same, "would replace FILE")
    assert not out.exists() and key.read_text() == "abc123\n"


def test_where_the_picture_cannot_be_written_no_key_is_left(digit, places):
    key, out = places
    refused(
        aigc("watermark", digit, "--key", key, "--new-key", "--out", digit / "a.png"),
        "Cannot write",
    )
    assert not key.exists()


def test_labels_and_credentials_are_not_lost(digit, places, tmp_path):
    key, out = places
    words = ("--text", "none", "--producer", "A")
    aigc("label", digit, "--out", tmp_path / "l.png", *words)
    signed = tmp_path / "s.png"
    content = digit.read_bytes()
    signed.write_bytes(content[:33] + bytes(4) + b"caBX" + bytes(4) + content[33:])
    for file in (tmp_path / "l.png", signed):
        result = aigc("watermark", file, "--key", key, "--new-key", "--out", out)
        assert result.exit_code == 2 and not key.exists() and not out.exists()


def test_what_is_said_of_a_jpeg_is_true_of_the_file(digit, places):
    key, out = places
    out = out.with_suffix(".jpg")
    said = aigc("watermark", digit, "--key", key, "--new-key", "--out", out).output
    change = metrics.psnr(marks.read_picture(out), marks.read_picture(digit)).mean
    assert f"PSNR {change:.1f} dB" in said


def test_a_mark_is_not_lent_to_what_stands_below_it(digit, places, tmp_path):
    """A file that names its upper part as the labelled picture, without a label."""
    key, out = places
    aigc("watermark", digit, "--key", key, "--new-key", "--out", out)
    aigc("label", out, "--out", tmp_path / "l.png", "--producer", "A")
    assert "was found" in aigc("verify", tmp_path / "l.png", "--key-file", key).output
    whole = images.read(tmp_path / "l.png").pixels.clone()
    whole[:, 140:] = 0
    packet = label.packet(
        label.Implicit("1", "A", "1"),
        label.Labelled(images.Picture(whole), 5, (28, 28)),
    )
    images.write(tmp_path / "f.png", images.Picture(whole))
    forged = tmp_path / "forged.png"
    forged.write_bytes(label.insert((tmp_path / "f.png").read_bytes(), packet))
    refused(aigc("verify", forged, "--key-file", key), "no label of this course")
