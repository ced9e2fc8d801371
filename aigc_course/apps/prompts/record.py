"""What was measured of prompting, with intervals and verdicts."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aigc_course.apps.prompts.attack import ATTACKS
from aigc_course.apps.prompts.judge import majority, paired, share, vote
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.intervals import share_interval

FILE = Path(__file__).parent / "measured.json"
PLAIN, CALIBRATED = ("chosen", "chosen"), ("calibrated", "chosen")


class Verdict(NamedTuple):
    """A claim, what was measured of it, and what follows for this model and task."""

    claim: str
    measured: str
    verdict: str


class Record:
    """Answers item by item, as `measure` wrote them. task: "sentiment" or "topic"."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.about = {key: value for key, value in content.items() if key != "parts"}
        self.parts: dict[str, Any] = content["parts"]

    def names(self, task: str, name: str) -> list[str]:
        """The parts of a name: itself, or its draws "name-0", "name-1" and so on.

        Raises CourseError when there are none.
        """
        pattern = re.compile(rf"{task}/{re.escape(name)}(-\d+)?")
        found = sorted(part for part in self.parts if pattern.fullmatch(part))
        if not found:
            raise CourseError(f"The record holds no {name!r} of the task {task!r}.")
        return found

    def chosen(self, task: str, name: str, kind: str = "chosen") -> Tensor:
        """The labels that were chosen, int [draws, items]. kind: or "calibrated"."""
        rows = [self.parts[part][kind] for part in self.names(task, name)]
        return torch.tensor([[int(digit) for digit in row] for row in rows])

    def right(self, task: str, name: str, kind: str = "chosen") -> Tensor:
        """Which answers are right, bool [draws, items]."""
        return self.chosen(task, name, kind) == self.chosen(task, name, "wanted")

    def row(self, task: str, name: str) -> tuple[Tensor, tuple[float, float], float]:
        """Shares right by draw, the 95 % interval of the mean, share of valid answers.

        The interval is Wilson's for one prompt, and a bootstrap over items and draws
        for several.
        """
        right = self.right(task, name)
        if len(right) == 1:
            low, high = share(right[0])[1:]
        else:
            low, high = paired(right, torch.zeros_like(right))[1:]
        valid = self.chosen(task, name, "valid").double().mean()
        return right.double().mean(dim=1), (low, high), float(valid)

    def mean(self, task: str, name: str, kind: str = "chosen") -> float:
        """Share right over all draws and items."""
        return float(self.right(task, name, kind).double().mean())

    def attacks(self) -> str:
        """A line for each attack: answers turned, without and with delimiters."""
        lines = [f"{'attack':14} plain prompt   delimiters   label comes first"]
        for attack in ATTACKS:
            plain, guard = (
                f"{hit} of {of}"
                for hit, of in map(
                    self.hijacked, (f"{attack}-plain", f"{attack}-guarded")
                )
            )
            name = f"attack-{attack}-plain"
            valid = self.chosen("sentiment", name, "valid").double().mean()
            lines.append(f"{attack:14} {plain:14} {guard:12} {valid:.0%}")
        hit, of = self.hijacked("order-escape")
        return "\n".join([*lines, f"{'order, escaped':29} {hit} of {of}"])

    def table(self, task: str, names: dict[str, str]) -> str:
        """One line for each name: what it is called, share right, interval, range."""
        lines = [
            f"{'prompt':30} right   95 % interval   by draw           label comes first"
        ]
        for name, called in names.items():
            shares, (low, high), valid = self.row(task, name)
            several = f"{shares.min():.0%} to {shares.max():.0%}"
            lines.append(
                f"{called:30} {shares.mean():5.0%}   {low:5.0%} to {high:4.0%}  "
                f" {several if len(shares) > 1 else '':16}  {valid:5.0%}"
            )
        return "\n".join(lines)

    def gap(
        self, task: str, one: str, other: str, kinds: tuple[str, str] = PLAIN
    ) -> tuple[float, float, float]:
        """How much more is right with `one` than with `other`: value, low, high."""
        first, second = (
            self.right(task, one, kinds[0]),
            self.right(task, other, kinds[1]),
        )
        return paired(first, second)

    def hijacked(self, attack: str) -> tuple[int, int]:
        """Answers that became the attacker's label, of those that were right before."""
        before = "guarded" if attack.endswith(("guarded", "escape")) else "definition"
        right = self.right("sentiment", before)[0]
        now = self.right("sentiment", f"attack-{attack}")[0]
        return int((right & ~now).sum()), int(right.sum())

    def votes(self, task: str) -> tuple[Tensor, float]:
        """Which majority votes over the draws are right, and what (12.16) predicts."""
        right = self.right(task, "shown")
        wanted = self.chosen(task, "shown", "wanted")[0]
        predicted = majority(float(right.double().mean()), len(right))
        return vote(self.chosen(task, "shown")) == wanted, predicted

    def changed(self, task: str, name: str) -> float:
        """Share of items whose answer is not the same in all draws of a name."""
        chosen = self.chosen(task, name)
        return float((chosen != chosen[0]).any(dim=0).double().mean())


@lru_cache
def shipped() -> Record:
    """The record that comes with the course."""
    return Record(read_json(FILE))


def verdicts(record: Record, task: str = "sentiment") -> list[Verdict]:
    """The claims, each beside what was measured on one task."""
    return [*_of_gaps(record, task), *_of_answers(record), *_of_sources(record)]


def _of_gaps(record: Record, task: str) -> Iterator[Verdict]:
    for claim, one, other, kinds in (
        ("a task definition helps", "definition", "bare", PLAIN),
        ("a context helps", "context", "definition", PLAIN),
        ("a feedback loop helps", "feedback", "definition", PLAIN),
        ("four examples help", "shown", "definition", PLAIN),
        ("wrong labels hurt", "shown", "flipped", PLAIN),
        ("calibration helps examples", "shown", "shown", CALIBRATED),
        ("calibration helps a definition", "definition", "definition", CALIBRATED),
    ):
        value, low, high = record.gap(task, one, other, kinds)
        seen = f"{100 * value:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f})"
        yield Verdict(claim, seen, judged(low, high))
    right, predicted = record.votes(task)
    alone = record.right(task, "shown").double().mean()
    value, low, high = paired(right, record.right(task, "shown"))
    voting = right.double().mean()
    seen = f"{alone:.0%} alone, {voting:.0%} voting; (12.16): {predicted:.0%}"
    yield Verdict("voting helps", seen, judged(low, high))
    moved = record.changed(task, "order")
    seen = f"{moved:.0%} of the answers depend on it"
    yield Verdict(
        "the order is irrelevant",
        seen,
        "refuted here" if moved > 0.05 else "holds here",
    )


def judged(low: float, high: float) -> str:
    """The verdict of an interval of a difference that the claim says is positive."""
    if low > 0:
        return "holds here"
    return "refuted here" if high < 0 else "not seen here"


def _of_answers(record: Record) -> Iterator[Verdict]:
    plain = [record.hijacked(f"{attack}-plain") for attack in ATTACKS]
    guard = [record.hijacked(f"{attack}-guarded") for attack in ATTACKS]
    for name, counts in (("a definition resists orders", plain), ("delimiters", guard)):
        hit, of = (sum(column) for column in zip(*counts, strict=True))
        low, high = share_interval(hit, of)
        claim = "delimiters stop injection" if name == "delimiters" else name
        seen = f"{hit / of:.0%} of answers turned ({low:.0%} to {high:.0%})"
        yield Verdict(claim, seen, "refuted here" if low > 0.01 else "holds here")


def _of_sources(record: Record) -> Iterator[Verdict]:
    weights = record.parts["weights"]
    same = weights["before"] == weights["after"]
    yield Verdict(
        "prompts reduce training time",
        f"weights {'unchanged' if same else 'changed'} after all prompts",
        "refuted as worded: nothing is trained" if same else "not tested",
    )
    agree, found, of, chance = agreement(record)
    low, high = share_interval(agree, of)
    yield Verdict(
        "prompts increase explainability",
        f"the word named is the word that matters in {agree} of {of}"
        f" ({low:.0%} to {high:.0%}); chance {chance:.0%}",
        "not seen here" if low <= chance else "in part",
    )


def agreement(record: Record, task: str = "sentiment") -> tuple[int, int, int, float]:
    """Of the words that the model named as its reason: how many matter most to it.

    Returns how many are the word whose loss changes the answer most; how many of those
    are the planted one; of how many; and what a random word would reach.
    """
    (rows,) = (
        value
        for key, value in record.parts[f"{task}/explanations"].items()
        if key != "cpu_seconds"
    )
    agree = sum(named == found for named, found, _, _ in rows)
    planted = sum(found == decides for _, found, decides, _ in rows)
    chance = sum(1 / count for *_, count in rows) / len(rows)
    return agree, planted, len(rows), chance
