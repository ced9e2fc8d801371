"""What readers predict is asked in words before, and measured by the chapter after."""

import ast
import re
from pathlib import Path

import pytest

CHAPTERS = sorted((Path(__file__).parents[1] / "chapters").glob("[0-9][0-9]_*.py"))


def cells(path):
    """(is text, source) of each cell."""
    parts = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    return [("[markdown]" in p.partition("\n")[0], p.partition("\n")[2]) for p in parts]


def calls(source, name):
    """The calls of checks.<name> in a code cell."""
    tree = ast.parse(re.sub(r"^[%!].*", "", source, flags=re.M))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [c for c in found if ast.unparse(c.func) == f"checks.{name}"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem[:2])
def test_predictions_are_posed_and_measured(path):
    posed, open_ids, asked = False, set(), []
    for is_text, source in cells(path):
        if is_text:
            posed = "**Predict.**" in source
            continue
        for call in calls(source, "predict"):
            id, answer = (one.value for one in call.args)
            assert posed and answer is ..., f"{id}: the question stands before"
            assert id.startswith(f"{path.name[:2]}.") and id not in asked
            asked.append(id)
            open_ids.add(id)
        for call in calls(source, "measured"):
            id, value = call.args
            assert id.value in asked, f"{id.value} is measured before it is asked"
            assert not isinstance(value, ast.Constant), f"{id.value}: a typed value"
            open_ids.discard(id.value)
    assert not open_ids, f"never measured: {open_ids}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem[:2])
def test_a_chapter_with_two_predictions_shows_their_table(path):
    text = path.read_text(encoding="utf-8")
    if text.count("checks.predict(") > 1:
        assert f'checks.predictions("{path.name[:2]}")' in text
