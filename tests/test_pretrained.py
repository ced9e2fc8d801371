"""The shipped weights are what their cards say, and damage is noticed."""

import hashlib
import shutil

import pytest
import torch

from aigc_course import pretrained
from aigc_course.errors import CourseError


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A folder with one set of weights, in place of the shipped folder."""
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    weights = {"a": torch.arange(4.0), "b": torch.ones(2, dtype=torch.float16) / 3}
    pretrained.write("toy", weights, {"data": "none"})
    return tmp_path


@pytest.mark.parametrize("name", pretrained.names())
def test_files_agree_with_their_card(name):
    path = pretrained.FOLDER / f"{name}.safetensors"
    card = pretrained.card(name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == card["sha256"]
    assert pretrained.load_weights(name)
    assert card["sha256"] in path.with_suffix(".md").read_text(encoding="utf-8")


def test_the_extractor_is_small_and_its_card_complete():
    path = pretrained.FOLDER / "mnist_features.safetensors"
    assert path.stat().st_size < 600_000
    card = pretrained.card("mnist_features")
    wanted = {"data", "seed", "epochs", "test_accuracy", "sha256", "command", "torch"}
    assert wanted <= set(card)
    assert card["test_accuracy"] >= 0.994


def test_what_is_written_is_read_back(copy):
    weights = pretrained.load_weights("toy")
    assert torch.equal(weights["a"], torch.arange(4.0))
    assert pretrained.card("toy")["data"] == "none"
    assert pretrained.names() == ["toy"]


def test_half_precision_is_only_for_storage(copy):
    weights = pretrained.load_weights("toy")
    assert weights["b"].dtype == torch.float32
    assert torch.allclose(weights["b"], torch.tensor(1 / 3), atol=1e-3)


def test_an_unknown_name_lists_what_there_is(copy):
    with pytest.raises(CourseError, match=r"'cat'.*there are: toy"):
        pretrained.load_weights("cat")


def test_a_name_is_no_path(copy):
    shutil.copytree(copy, copy / "inner")
    with pytest.raises(CourseError, match="No pretrained"):
        pretrained.card("inner/toy")


def test_one_flipped_bit_is_noticed(copy):
    path = copy / "toy.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CourseError, match=r"toy\.safetensors is damaged"):
        pretrained.load_weights("toy")


@pytest.mark.parametrize("text", ["{", "[]", '{"data": "none"}', None])
def test_a_damaged_card_is_noticed(copy, text):
    path = copy / "toy.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(CourseError, match=r"toy\.json is damaged"):
        pretrained.load_weights("toy")
