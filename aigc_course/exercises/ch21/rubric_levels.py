"""Exercise on judging a report by the rubric."""

from collections.abc import Callable
from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.rubric_levels",
    order=110,
    title="Judge a report",
    difficulty=2,
    minutes=15,
    asks="decide",
    idea="Compare each extract with the three levels of its row, and with nothing else."
    " A good result does not make an extract better.",
    formula="Level 2 needs everything that the row asks for. Level 1 has a part of it."
    " Level 0 has nothing of it, or contradicts it.",
    line="Two rows have level 0, four rows have level 1, and four rows have level 2."
    " Those of level 0 are `change` and `limits`.",
    variation="Judge a report of your own, wait a day, and judge it again.",
    agree=False,
    line_is_part="the levels are for the learner to decide",
)

LEVELS = {
    "question": (2, "It has a question, and the figure that answers it."),
    "plan": (1, "It has the cost of the best run, and not that of all runs."),
    "baseline": (1, "There is a rival, and its value comes from elsewhere."),
    "change": (0, "Three things were changed at once."),
    "seeds": (2, "All seeds, their mean and its interval lead to what is claimed."),
    "ablation": (1, "One part was left out, in one run."),
    "failures": (1, "Failed runs are mentioned, and not counted."),
    "figure": (2, "The caption has unit, n and interval, and the text reads it."),
    "limits": (0, "No limit is named. It claims more than was measured."),
    "reproduce": (2, "Commands, seeds, data and versions are given."),
}


@exercise.answer
def rubric_levels() -> dict[str, int]:
    """{row of the rubric: level 0, 1 or 2} for the report of the extracts."""
    return {
        "question": 2,
        "plan": 1,
        "baseline": 1,
        "change": 0,
        "seeds": 2,
        "ablation": 1,
        "failures": 1,
        "figure": 2,
        "limits": 0,
        "reproduce": 2,
    }


@exercise.inputs
def nothing() -> list[tuple[()]]:
    return [()]


def given(f: Callable[..., Any]) -> dict[str, int]:
    """The levels; AssertionError with a sentence for anything else."""
    found = f()
    named = isinstance(found, dict) and set(found) == set(LEVELS)
    assert named, "Return a dict with the ten rows of the rubric as keys."
    for row, level in found.items():
        whole = level in (0, 1, 2) and not isinstance(level, str)
        assert whole, f"The level of `{row}` has to be 0, 1 or 2."
    return {row: int(level) for row, level in found.items()}


@exercise.must_hold
def no_row_is_two_levels_off(f: Callable[..., Any]) -> str | None:
    """No row is two levels away from the rubric."""
    for row, level in given(f).items():
        right, why = LEVELS[row]
        if abs(level - right) == 2:
            return f"Your level of `{row}` is two away from the rubric's. {why}"
    return None


@exercise.must_hold
def at_most_one_row_differs(f: Callable[..., Any]) -> str | None:
    """At most one row differs from the rubric, by one level."""
    found = given(f)
    other = [row for row, level in found.items() if level != LEVELS[row][0]]
    if len(other) <= 1:
        return None
    row = other[0]
    return f"{len(other)} rows differ, the first is `{row}`. {LEVELS[row][1]}"


def _changed(**levels: int) -> dict[str, int]:
    return {**rubric_levels(), **levels}


@exercise.mistake(hint="idea")
def everything_full():
    """You gave every row level 2. The extract of `change` alone changes three things
    at once."""
    return dict.fromkeys(LEVELS, 2)


@exercise.mistake(hint="idea")
def everything_in_the_middle():
    """You gave every row level 1. The rubric says what a full row needs, and four of
    the extracts have all of it."""
    return dict.fromkeys(LEVELS, 1)


@exercise.mistake(hint="formula")
def all_or_nothing():
    """You use levels 0 and 2 only. An extract that has a part of what the row asks for
    has level 1."""
    return {row: 2 if level == 2 else 0 for row, (level, _) in LEVELS.items()}


@exercise.mistake(hint="idea")
def result_rewarded():
    """You gave `change` level 2, and the other rows are right. The FID fell, but three
    changes at once do not say which of them did it."""
    return _changed(change=2)


@exercise.mistake(hint="idea")
def confidence_rewarded():
    """You gave `limits` level 2, and the other rows are right. A wide claim is not a
    limit: digits were measured, and nothing else."""
    return _changed(limits=2)


@exercise.mistake(hint="formula")
def parts_as_whole():
    """You gave level 2 to every extract that has a part of what its row asks for. Read
    again what the row asks for in full."""
    return {row: 2 if level == 1 else level for row, (level, _) in LEVELS.items()}


@exercise.mistake(hint="formula")
def parts_as_nothing_of_evidence():
    """You gave level 0 to `ablation` and `failures`. Both extracts have a part: one
    run without the schedule, and the statement that runs failed."""
    return _changed(ablation=0, failures=0)


@exercise.mistake(hint="formula")
def copied_figure_is_a_baseline():
    """You gave `baseline` and `ablation` level 2. The value of the rival
    comes from elsewhere, and one part was left out in one run only."""
    return _changed(baseline=2, ablation=2)


@exercise.mistake(hint="formula")
def upside_down():
    """Your levels are upside down. Level 2 is the best one."""
    return {row: 2 - level for row, (level, _) in LEVELS.items()}


@exercise.mistake(hint="formula")
def one_kind_of_nothing():
    """You gave `change` and `limits` level 1, and the other rows are right. The first
    changes several things at once and the second claims more than was measured: for
    both the rubric has level 0."""
    return _changed(change=1, limits=1)


@exercise.mistake(hint="formula")
def complete_ones_lowered():
    """You gave level 1 to `question` and `reproduce`, which are complete. The first
    names the figure that decides, the second commands, seeds, data and versions."""
    return _changed(question=1, reproduce=1)
