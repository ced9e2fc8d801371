"""Every equation that a chapter shows has a test, and every such test an equation."""

from pathlib import Path

from nbbuild.equations import equation_ids, marked_ids
from nbbuild.project import Project

TESTED = marked_ids(Path(__file__).parents[1])
SHOWN = {tag: path.name for path in Project().chapters() for tag in equation_ids(path)}


def test_every_shown_equation_is_tested() -> None:
    missing = [f"({tag}) of {SHOWN[tag]}" for tag in SHOWN if tag not in TESTED]
    assert not missing, f"no test is marked with {', '.join(missing)}"


def test_every_tested_equation_is_shown() -> None:
    stale = [f"({tag}) of {TESTED[tag]}" for tag in TESTED if tag not in SHOWN]
    assert not stale, f"no chapter shows {', '.join(stale)}"
