"""What a case of the gallery is, and what one trial of it leaves behind."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from aigc_course.failures.vocabulary import completed

Outcome = dict[str, float]

HALF = "half-way "  # before the name of a number that was measured at half time
PACE = 0.2  # share of what was missing at half time that counts as an improvement


@dataclass(frozen=True)
class Trial:
    """What one training of a case leaves behind: curves, samples and numbers.

    settings: all of them. rows: the history, a row for every ten steps. messages: the
    health monitor's, each with its step. snapshots: step and samples of fixed latents,
    [n, 2] or [n, 1, 28, 28], at some moments. real: real samples of the same kind.
    beliefs: D's mean belief at the end, in words. outcome: measured numbers, those of
    half time with HALF in front. last: the values of the last few steps.
    """

    settings: Mapping[str, Any]
    seed: int
    rows: list[dict[str, float]]
    messages: list[tuple[int, str]]
    snapshots: list[tuple[int, Tensor]]
    real: Tensor
    beliefs: dict[str, float]
    outcome: Outcome
    last: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Bound:
    """A condition on one measured number: `column` is at most, or at least, `value`.

    says: what the number is, in words, such as "modes reached".
    """

    column: str
    value: float
    says: str
    at_least: bool = True

    def holds(self, outcome: Outcome) -> bool:
        """Whether the number is on the right side; NaN never is."""
        number = outcome[self.column]
        return number >= self.value if self.at_least else number <= self.value

    def sentence(self, outcome: Outcome) -> str:
        """What was measured and what is asked for."""
        side = "at least" if self.at_least else "at most"
        return (
            f"{self.says}: {outcome[self.column]:.3g}, where {side} {self.value:g} is"
            f" asked for.{self._trend(outcome)}"
        )

    def _trend(self, outcome: Outcome) -> str:
        """What it was at half time, and whether it was still on its way."""
        now, half = outcome[self.column], outcome.get(HALF + self.column, math.nan)
        if not (math.isfinite(now) and math.isfinite(half)):
            return ""
        missing = abs(self.value - half)
        gained = missing - abs(self.value - now)
        if self.holds({self.column: half}) or gained < PACE * missing:
            return f" At half time it was {half:.3g}."
        return (
            f" At half time it was {half:.3g}: it was still improving, and these"
            " settings may need more steps than the case has."
        )


@dataclass(frozen=True)
class Remedy:
    """Changes to a case's settings, which the gallery's study tries.

    key: unique within the case. words: what they are, for a table. promised: True where
    a hint or a variation says that they cure it, False where one says that they do not.
    """

    key: str
    words: str
    changes: Mapping[str, Any]
    promised: bool | None = None


@dataclass(frozen=True)
class Case:
    """A training that fails, and what cures it.

    letter: all that the learner knows it by. name: the diagnosis. kind: "points" or
    "digits". steps: of G; D takes `d_steps` for each. settings: all of them, the fault
    among them. repair: the changes of the reference repair. fault: the case shows its
    failure where this holds. cure: it is cured where all of these hold. target: of
    points, "ring" or "blob". remedies: what else was tried, with many seeds. often:
    changes that learners try, whose outcome is measured once by
    `aigc_course.failures.remember`, so that nobody has to wait for a training.
    """

    letter: str
    name: str
    kind: str
    steps: int
    settings: Mapping[str, Any]
    repair: Mapping[str, Any]
    repair_in_words: str
    fault: Bound
    cure: tuple[Bound, ...]
    target: str = "ring"
    remedies: tuple[Remedy, ...] = ()
    often: tuple[Mapping[str, Any], ...] = ()

    def run(
        self, settings: Mapping[str, Any] | None = None, seed: int = 0, **rest: Any
    ) -> Trial:
        """Train with these settings; those that are left out stay as in the case.

        rest: `data`, "digits" or "mnist", and `steps`, for a shorter training. Equal
        calls in one process train once. Raises CourseError for unknown settings.
        """
        from aigc_course.failures.trials import trial

        return trial(
            self, completed(self.kind, self.settings, settings or {}), seed, **rest
        )

    def shows_failure(self, trial: Trial) -> bool:
        """Whether the measured outcome is the failure."""
        return self.fault.holds(trial.outcome)

    def cured(self, trial: Trial) -> bool:
        """Whether every bound of the cure holds."""
        return not self.complaints(trial.outcome)

    def complaints(self, outcome: Outcome) -> list[str]:
        """What is not cured yet, a sentence for each."""
        return [
            bound.sentence(outcome) for bound in self.cure if not bound.holds(outcome)
        ]
