"""Joining updates, refusing bad ones, splitting data, and messages as bytes."""

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from aigc_course import federated
from aigc_course.errors import CourseError
from aigc_course.federated import homes, rules, wire

Update = dict[str, Tensor]


def update(*values: float) -> Update:
    w = torch.tensor(values, dtype=torch.float32)
    return {"w": w, "b": w[:1, None]}


def test_fed_average_weighs_by_pictures() -> None:
    joined = rules.fed_average([update(0, 4), update(10, 0)], [3, 1])
    assert joined["w"].tolist() == [2.5, 3.0] and joined["b"].tolist() == [[2.5]]
    assert joined["w"].dtype == torch.float32


def test_fed_average_of_equal_counts_is_the_mean_in_any_order() -> None:
    many = [{"w": torch.randn(50)} for _ in range(5)]
    forward = rules.fed_average(many, [7] * 5)["w"]
    backward = rules.fed_average(many[::-1], [7] * 5)["w"]
    assert torch.allclose(forward, backward, atol=1e-7)
    assert torch.allclose(forward, torch.stack([u["w"] for u in many]).mean(0))


def test_one_step_of_all_is_a_step_on_all_pictures() -> None:
    x, y = torch.randn(60, 4), torch.randn(60)
    weights = torch.zeros(4)

    def change(rows: slice) -> Update:  # one step of gradient descent
        gradient = 2 * x[rows].T @ (x[rows] @ weights - y[rows]) / len(x[rows])
        return {"w": -0.1 * gradient}

    parts = [slice(0, 10), slice(10, 30), slice(30, 60)]
    joined = rules.fed_average([change(part) for part in parts], [10, 20, 30])
    assert torch.allclose(joined["w"], change(slice(0, 60))["w"], atol=1e-6)


def test_the_median_is_the_middle_of_each_coordinate() -> None:
    joined = rules.fed_median([update(1, 5), update(2, -900), update(3, 6)])
    assert joined["w"].tolist() == [2, 5]
    assert rules.fed_median([update(1, 0), update(3, 2)])["w"].tolist() == [2, 1]


@given(st.floats(-1e30, 1e30), st.integers(0, 4))
def test_one_of_five_moves_the_median_only_within_the_others(
    bad: float, place: int
) -> None:
    honest = [torch.tensor([float(v)]) for v in (1, 2, 3, 4)]
    sent = [{"w": v} for v in honest]
    sent.insert(place, {"w": torch.tensor([bad])})
    for joined in (rules.fed_median(sent), rules.trimmed_mean(sent)):
        assert 1 <= float(joined["w"]) <= 4


def test_the_trimmed_mean_leaves_the_ends_out() -> None:
    sent = [update(v, 0) for v in (-1e9, 1, 2, 3, 1e9)]
    assert float(rules.trimmed_mean(sent)["w"][0]) == 2
    assert float(rules.trimmed_mean(sent[1:4], trim=0)["w"][0]) == 2
    with pytest.raises(CourseError, match="leaves none"):
        rules.trimmed_mean(sent[:2])


@pytest.mark.parametrize(
    "found, words",
    [
        ({"w": torch.zeros(2)}, "not the model's 2"),
        ({"w": torch.zeros(3), "b": torch.zeros(1, 1)}, "other shapes: w is"),
        (update(float("nan"), 1), "NaN"),
        (update(1, float("inf")), "NaN, infinite"),
        (
            {"w": torch.zeros(2, dtype=torch.int64), "b": torch.zeros(1, 1)},
            "no real numbers",
        ),
    ],
)
def test_updates_that_are_no_updates_are_refused(found: Update, words: str) -> None:
    rules.check_update(update(1, 2), update(0, 0))
    with pytest.raises(CourseError, match=words):
        rules.check_update(found, update(0, 0))


def test_an_update_a_million_times_too_long_is_refused_and_a_hundred_times_not() -> (
    None
):
    norms = {"a": 1.0, "b": 1.2, "c": 1e6, "d": 100.0, "e": 0.9}
    refused = rules.too_long(norms, 1000)
    assert list(refused) == ["c"] and "1,000 times is taken" in refused["c"]
    assert rules.too_long({"a": 1.0, "b": 1e6}, 1000).keys() == {"b"}
    assert not rules.too_long({"a": 1e6}, 1000)
    assert not rules.too_long({"a": 0.0, "b": 0.0}, 1000)


def test_counts_that_do_not_fit_are_refused() -> None:
    for counts in ([1], [1, 0], [1, 2, 3]):
        with pytest.raises(CourseError, match="2 counts of 1 or more"):
            rules.fed_average([update(1, 1), update(2, 2)], counts)
    for empty in (rules.fed_median, rules.trimmed_mean):
        with pytest.raises(CourseError, match="no update"):
            empty([])


def test_split_gives_every_row_to_one_client() -> None:
    labels = torch.arange(1000) % 10
    for how in homes.KINDS:
        rows = federated.split(labels, 5, how)
        assert torch.cat(rows).sort().values.tolist() == list(range(1000))
        assert all(
            torch.equal(a, b)
            for a, b in zip(rows, federated.split(labels, 5, how), strict=True)
        )
    two = federated.split(labels, 5, "two")
    assert [sorted(set(labels[rows].tolist())) for rows in two][3] == [6, 7]
    sizes = [len(rows) for rows in federated.split(labels, 4, "unequal")]
    assert sizes == [100, 200, 300, 400]
    assert len(set(labels[federated.split(labels)[0]].tolist())) == 10


@pytest.mark.parametrize(
    "clients, how, words",
    [
        (5, "even", "iid, two or unequal"),
        (0, "iid", "number of clients"),
        (6, "two", "not enough"),
        (11, "iid", "not enough"),
    ],
)
def test_splits_that_cannot_be_are_refused(clients: int, how: str, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        federated.split(torch.arange(10), clients, how)


def test_a_message_comes_back_as_it_was() -> None:
    sent = wire.Message("train", {"round": 3, "why": "ü"}, {"w": torch.randn(2, 3)})
    found = wire.unpack(sent.pack())
    assert found.kind == "train" and found.words == {"round": 3, "why": "ü"}
    assert torch.equal(found.tensors["w"], sent.tensors["w"])
    assert wire.unpack(wire.Message("hello").pack()).tensors == {}


class Trap:
    """A pickle of it writes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="not a message in safetensors"):
        wire.unpack(pickle.dumps(Trap(tmp_path / "run")))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[:20],
        lambda whole: whole[:-1],
        lambda whole: b"\xff" * 8 + whole[8:],
        lambda whole: whole.replace(b"__metadata__", b"__metadatA__"),
        lambda whole: whole.replace(b'\\"kind\\"', b'\\"kino\\"'),
        lambda whole: whole.replace(b"F32", b"F99"),
    ],
)
def test_damaged_messages_are_refused_in_a_sentence(damage) -> None:  # type: ignore[no-untyped-def]
    whole = wire.Message("update", {}, {"w": torch.zeros(3)}).pack()
    with pytest.raises(CourseError, match=r"sent [a-z ]+\.$"):
        wire.unpack(damage(whole))


def test_no_random_bytes_are_a_message() -> None:
    generator = torch.Generator().manual_seed(0)
    for size in (1, 8, 9, 50, 1000):
        content = torch.randint(0, 256, (size,), generator=generator)
        with pytest.raises(CourseError, match="sent"):
            wire.unpack(bytes(content.tolist()))
