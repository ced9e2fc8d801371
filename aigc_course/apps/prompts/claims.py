"""The claims about prompts, each beside what was measured of it."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from aigc_course.apps.prompts.attack import ATTACKS
from aigc_course.apps.prompts.judge import paired
from aigc_course.apps.prompts.record import PLAIN, Record
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

CALIBRATED = ("calibrated", "chosen")
TASK = "sentiment"
LITTLE = 0.05  # of the answers, as a share that is called "irrelevant"


class Verdict(NamedTuple):
    """A claim, what was measured of it, and what follows for this model and task."""

    claim: str
    measured: str
    verdict: str


def verdicts(record: Record) -> list[Verdict]:
    """One for each claim; what is not in the record is "not measured"."""
    found = []
    for claim, judge in CLAIMS.items():
        try:
            found.append(Verdict(claim, *judge(record)))
        except CourseError:
            found.append(Verdict(claim, "not measured", "open"))
    return found


def judged(low: float, high: float) -> str:
    """The verdict of an interval of a difference that the claim says is positive."""
    if low > 0:
        return "holds here"
    return "refuted here" if high < 0 else "not seen here"


def agreement(record: Record, task: str = TASK) -> tuple[int, int, int, float]:
    """Of the words that the model named as its reason: how many matter most to it.

    Returns how many are the word whose loss changes the answer most; how many of those
    are the planted one; of how many; and what a random word would reach.
    """
    part = record.part(f"{task}/explanations")
    (rows,) = (value for key, value in part.items() if key != "cpu_seconds")
    agree = sum(named == found for named, found, _, _ in rows)
    planted = sum(found == decides for _, found, decides, _ in rows)
    chance = sum(1 / count for *_, count in rows) / len(rows)
    return agree, planted, len(rows), chance


def explained(record: Record, task: str = TASK) -> str:
    """`agreement` in two lines."""
    if f"{task}/explanations" not in record.parts:
        return "not measured"
    agree, planted, of, chance = agreement(record, task)
    return (
        f"the word named is the word that matters: {agree} of {of}; by chance"
        f" {chance:.0%}\nthe word that matters is the one that was put in:"
        f" {planted} of {of}"
    )


def _gap(
    record: Record, one: str, other: str, kinds: tuple[str, str] = PLAIN
) -> tuple[str, str]:
    value, low, high = record.gap(TASK, one, other, kinds)
    seen = f"{100 * value:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f})"
    return seen, judged(low, high)


def _votes(record: Record) -> tuple[str, str]:
    right, predicted = record.votes(TASK)
    low, high = paired(right, record.right(TASK, "shown"))[1:]
    alone, voting = record.mean(TASK, "shown"), right.double().mean()
    seen = f"{alone:.0%} alone, {voting:.0%} voting; (12.16) says {predicted:.0%}"
    return seen, judged(low, high)


def _order(record: Record) -> tuple[str, str]:
    moved = record.changed(TASK, "order", "shown-0")  # five orders, and as drawn
    seen = f"{moved:.0%} of the answers change with it"
    return seen, "refuted here" if moved > LITTLE else "holds here"


def _stopped(record: Record, names: Iterable[str]) -> tuple[str, str]:
    counts = [record.hijacked(name) for name in names]
    hit, of = (sum(column) for column in zip(*counts, strict=True))
    low, high = share_interval(hit, of)
    seen = f"{hit / of:.0%} of right answers turned wrong ({low:.0%} to {high:.0%})"
    return seen, "refuted here" if low > LITTLE else "holds here"


def _training(record: Record) -> tuple[str, str]:
    weights = record.part("weights")
    if weights["before"] != weights["after"]:
        return "the weights changed", "open"
    return "no weight changed", "refuted as worded: nothing is trained"


def _explained(record: Record) -> tuple[str, str]:
    agree, _, of, chance = agreement(record)
    low, high = share_interval(agree, of)
    seen = (
        f"the word named is the word that matters in {agree} of {of}"
        f" ({low:.0%} to {high:.0%}); chance {chance:.0%}"
    )
    return seen, "not seen here" if low <= chance else "in part"


CLAIMS: dict[str, Callable[[Record], tuple[str, str]]] = {
    "a task definition helps": partial(_gap, one="definition", other="bare"),
    "a context helps": partial(_gap, one="context", other="definition"),
    "a feedback loop helps": partial(_gap, one="feedback", other="bare"),
    "demonstrations help": partial(_gap, one="shown", other="bare"),
    "right labels matter": partial(_gap, one="shown", other="flipped"),
    "the order does not matter": _order,
    "calibration helps a definition": partial(
        _gap, one="definition", other="definition", kinds=CALIBRATED
    ),
    "calibration helps demonstrations": partial(
        _gap, one="shown", other="shown", kinds=CALIBRATED
    ),
    "voting helps": _votes,
    "a task definition withstands orders": partial(
        _stopped, names=[f"{attack}-plain" for attack in ATTACKS]
    ),
    "delimiters stop injection": partial(
        _stopped, names=[f"{attack}-guarded" for attack in ATTACKS]
    ),
    "prompts reduce training time": _training,
    "prompts increase explainability": _explained,
}
