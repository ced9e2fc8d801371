"""Settings as they stand in a record."""

from functools import partial

from aigc_course import studies
from aigc_course.studies.config import describe, digest


def test_settings_are_described_with_their_defaults():
    def penalty(x, gamma=1.0): ...

    name = f"{penalty.__qualname__}"
    assert describe(penalty) == {name: {"gamma": 1.0}}
    assert describe(partial(penalty, gamma=2)) == {name: {"gamma": 2}}
    assert describe(partial(penalty, 3)) == {name: {"x": 3, "gamma": 1.0}}
    assert describe({"a": (1, None)}) == {"a": [1, None]}
    assert describe(lambda: name)[
        "test_settings_are_described_with_their_defaults.<locals>.<lambda>"
    ] == {"name": name}
    assert describe(studies.Cell(1)) == {"Cell": {"seed": 1, "scale": 1.0, "data": ""}}


def test_a_digest_changes_with_a_setting_alone():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
