"""What was measured of prompting, with intervals and verdicts."""

import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.apps.prompts.attack import ATTACKS
from aigc_course.apps.prompts.judge import majority, paired, share, vote
from aigc_course.errors import CourseError
from aigc_course.files import read_json

FILE = Path(__file__).parent / "measured.json"
PLAIN = ("chosen", "chosen")


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

    def part(self, name: str) -> Any:
        """One part as it was written. Raises CourseError when it is not there."""
        if name not in self.parts:
            raise CourseError(f"The record holds no {name!r}.")
        return self.parts[name]

    def has(self, task: str, name: str) -> bool:
        """Whether a name was measured."""
        pattern = re.compile(rf"{task}/{re.escape(name)}(-\d+)?")
        return any(pattern.fullmatch(part) for part in self.parts)

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
        """Share right over all draws and items; NaN where it was not measured."""
        if not self.has(task, name):
            return math.nan
        return float(self.right(task, name, kind).double().mean())

    def attacks(self) -> str:
        """A line for each attack: answers turned, without and with delimiters."""
        if not self.has("sentiment", "attack-order-escape"):
            return "not measured"
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

    def voted(self, task: str) -> float:
        """Share of majority votes that are right; NaN where it was not measured."""
        if not self.has(task, "shown"):
            return math.nan
        return float(self.votes(task)[0].double().mean())

    def replies(self) -> dict[str, str]:
        """What the model said to each question; empty where it was not measured."""
        return dict(self.parts.get("model", {}).get("replies", {}))

    def speed(self) -> str:
        """Time to load, memory and speed of the model, as a sentence."""
        if "model" not in self.parts:
            return "not measured"
        found = self.parts["model"]
        return (
            f"Loaded in {found['load_seconds']} s; {found['peak_mib']} MiB at most;"
            f" {found['tokens_per_second']} tokens a second on {found['threads']}"
            " thread(s)."
        )

    def table(self, task: str, names: dict[str, str]) -> str:
        """One line for each name: what it is called, share right, interval, range."""
        lines = [
            f"{'prompt':30} right   95 % interval   by draw           label comes first"
        ]
        for name, called in names.items():
            if not self.has(task, name):
                lines.append(f"{called:30} not measured")
                continue
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

    def changed(self, task: str, *names: str) -> float:
        """Share of items whose answer is not the same in all draws of these names."""
        chosen = torch.cat([self.chosen(task, name) for name in names])
        return float((chosen != chosen[0]).any(dim=0).double().mean())


@lru_cache
def shipped() -> Record:
    """The record that comes with the course; without parts where it is missing."""
    return Record(read_json(FILE) if FILE.is_file() else {"parts": {}})
