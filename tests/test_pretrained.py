"""The shipped weights are what their cards say, and damage is noticed."""

import hashlib
import shutil

import pytest
import torch

from aigc_course import pretrained
from aigc_course.apps.levels import shipped as levels
from aigc_course.apps.music import shipped as music
from aigc_course.apps.shapes import shipped as shapes
from aigc_course.apps.verse import writer as verse
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


@pytest.mark.parametrize(
    "fault",
    [
        lambda: {}["shape"],
        lambda: int("wide"),
        lambda: dict(**{"a": 1}, **{"a": 2}),
        lambda: torch.nn.Linear(2, 3).load_state_dict({"weight": torch.ones(9)}),
    ],
    ids=["no key", "no number", "twice", "other weights"],
)
def test_what_cannot_be_built_is_a_damaged_file(fault):
    damaged = pytest.raises(CourseError, match=r"toy\.json is damaged; install")
    with damaged, pretrained.building("toy"):
        fault()


def test_a_sentence_of_the_course_stays_as_it_is():
    with pytest.raises(CourseError, match="mine"), pretrained.building("toy"):
        raise CourseError("mine")


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("verse_lm", verse.shipped),
        ("chorale_composer", music._network),
        ("level_lm", levels.pretrained_writer),
        ("shapes_flow", shapes.generator),
    ],
)
def test_a_card_without_its_keys_is_one_sentence(name, load, monkeypatch):
    bare = {"sha256": pretrained.card(name)["sha256"]}
    monkeypatch.setattr(pretrained, "card", lambda _: bare)
    with pytest.raises(CourseError, match=rf"{name}\.json is damaged; install") as one:
        load(name) if load is music._network else load()
    assert "\n" not in str(one.value)
