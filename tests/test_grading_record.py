"""What travels between the processes of a grading: values, calls, code; no answers."""

import contextlib
import json
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from aigc_course.checks import registry
from aigc_course.checks.attempt import StubLeft, why_stopped
from aigc_course.checks.compare import difference
from aigc_course.grading import plain, record
from aigc_course.grading.bench import Bench
from aigc_course.grading.line import Garbled, framed, unframed

VALUES = [
    None,
    True,
    3,
    -(2**80),
    1.5,
    float("inf"),
    2 + 1j,
    "文字 \ud800"[:3],
    torch.arange(6.0).reshape(2, 3),
    torch.tensor(3, dtype=torch.uint8),
    torch.zeros(0, 4),
    torch.ones(2, dtype=torch.bfloat16),
    torch.ones(2, 2).T.requires_grad_(),
    torch.tensor([1 + 2j]).conj(),
    np.arange(4, dtype=">i4"),
    np.float32(0.1),
    torch.float16,
    [1, (2, {"a": torch.ones(1), 3: None})],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_arrive_as_they_were(value):
    got = plain.plain(value)
    assert difference(got, value) is None and difference(value, got) is None
    assert type(got) is type(value)
    assert getattr(got, "requires_grad", 0) == getattr(value, "requires_grad", 0)


class Liar:
    def __len__(self):
        raise SystemExit

    def __eq__(self, other):
        return True

    __hash__ = None


class Loud(dict):
    def items(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [
        Liar(),
        Loud(),
        lambda: 1,
        object,
        torch.ones(2).to_sparse(),
        torch.ones(1).expand(10**10),
        np.array([Liar()]),
        [[[]] * 10**6],
    ],
)
def test_other_things_arrive_as_a_name_and_never_as_themselves(value):
    got = plain.plain(value)
    assert "Liar" not in str(type(got).__mro__[1:]) and len(plain.packed(value)) < 1e7


def test_a_network_arrives_as_its_weights():
    network = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    got = plain.plain({"D": network})["D"]
    assert difference(got, network) is None
    network[0].weight.data += 1
    assert "0.weight" in difference(got, network)


def test_a_list_without_end_is_cut():
    endless: list = []
    endless.append(endless)
    assert plain.packed(endless)


def test_damaged_bytes_are_refused_in_one_way():
    whole = plain.packed({"a": torch.ones(3), "b": [1, np.ones(2)], "c": nn.ReLU()})
    draw = random.Random(0)
    for _ in range(1500):
        bad = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            bad[draw.randrange(len(bad))] = draw.randrange(256)
        for text in (bytes(bad), whole[: draw.randrange(len(whole))]):
            with contextlib.suppress(plain.Damaged):
                plain.unpacked(text)
    huge = json.dumps(["t", ["float32", [2**60], [0, 4]], False]).encode()
    with pytest.raises(plain.Damaged):
        plain.unpacked(len(huge).to_bytes(4, "big") + huge + bytes(4))
    for text in (b"", b"\0\0\0\5null!", b"\xff\xff\xff\xff"):
        with pytest.raises((Garbled, plain.Damaged)):
            plain.unpacked(text)
            unframed(text)


def test_kinds_tell_no_values():
    value = {"a": torch.full((2, 3), 7.0), "b": (3, "text", [np.float64(2)])}
    got = plain.kinds(value)
    assert "7" not in str(got) and "text" not in str(got) and "3" not in str(got["b"])
    assert got["a"].shape == (2, 3) and not got["a"].any()


def test_errors_say_the_same_in_the_other_process():
    class Odd(Exception):
        def __str__(self):
            raise KeyboardInterrupt

    for error in (ValueError("no\nmore"), Odd(), SystemExit()):
        told = json.loads(json.dumps(record.error_written(error)))
        got = record.error_read(told)
        assert type(got).__name__ == type(error).__name__
        assert why_stopped(got) == told["says"]
    assert isinstance(record.error_read(record.error_written(StubLeft())), StubLeft)


def test_a_replay_answers_what_was_answered():
    recorder = record.Recorder(lambda x, y=1: x * y)
    asked = [(torch.ones(2), 2.0), (3,)]
    want = [recorder(*one) for one in asked]
    replay = record.Replay(plain.plain(recorder.calls))
    assert all(torch.equal(torch.as_tensor(replay()), torch.as_tensor(w)) for w in want)
    with pytest.raises(plain.Damaged):
        replay()


@pytest.mark.parametrize(
    "given", [torch.ones(1).requires_grad_(), nn.ReLU(), lambda: 1, [torch.Generator()]]
)
def test_what_no_record_holds_is_not_replayed(given):
    recorder = record.Recorder(lambda x: 1)
    recorder(given)
    assert recorder.calls is None
    changing = record.Recorder(lambda x: x.add_(1))
    changing(torch.ones(2))
    assert changing.calls is None


EMPTIED = """
import gc, marshal, sys, types
from aigc_course.checks import registry
from aigc_course.grading import answers

chapter = sys.argv[1]
exercises = registry.exercises(chapter)
before = {one.id: one.reference.__code__.co_code for one in exercises}
# lazy tests and symptom patches of the clinic are shown to everybody: no answers
wrong = {
    one.id: m.wrong
    for one in exercises
    for m in one.misconceptions
    if m.wrong.__module__.startswith("aigc_course.exercises.")
}
assert len(wrong) > len(exercises) / 2
texts = [one.line for one in exercises]
code = {one.id: answers.code_of(one) for one in exercises}
students = {one.id: lambda *_, id=one.id, **__: id for one in exercises}
answers.take_out(exercises, students)
for one in exercises:
    assert one.misconceptions == [] and one.line == one.idea == one.formula == ""
    assert one.reference.__code__.co_code != before[one.id], one.id
    assert one.reference() == one.id  # it calls the student's
    if one.id not in wrong:
        continue
    try:
        wrong[one.id]()
    except NotImplementedError:
        pass
    else:
        raise AssertionError(one.id)
left = {c.co_code for c in gc.get_objects() if isinstance(c, types.CodeType)}
for one in exercises:
    answers.put_back(code[one.id], [o.reference for o in exercises if o is not one])
    assert one.reference.__code__.co_code == before[one.id]
    answers.take_out(exercises, students)
"""


@pytest.mark.slow
@pytest.mark.parametrize("chapter", registry.modules())
def test_no_answer_stays_in_a_student_s_process(chapter):
    subprocess.run([sys.executable, "-c", EMPTIED, chapter], check=True)


def test_the_judge_passes_what_agrees_and_nothing_else():
    bench = Bench()
    head, _ = unframed(bench.answer(framed({"ask": "kinds", "chapter": "00"})))
    assert list(head["sizes"]) == ["00.to_tanh_range"]

    def judged(part, value):
        asks = {"ask": "judge", "exercise": "00.to_tanh_range", "seconds": 0.1}
        body = value if isinstance(value, bytes) else plain.packed(value)
        return unframed(bench.answer(framed({**asks, "part": part}, body)))[0]

    for forged in (b"", {"status": "passed"}, [], [{}], [None, None], "passed"):
        assert judged("calls", forged) == {"status": "changed the checker"}
    call = {"result": 0.0, "after": (), "left": (), "slopes": None, "raised": None}
    said = judged("calls", [call, call])
    while need := said.get("need"):
        said = judged(need, [[call, call]] * 2)
    assert said["status"] == "wrong"
