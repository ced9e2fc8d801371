"""What a case of the gallery is, and what one trial of it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from aigc_course.gallery.vocabulary import completed

Outcome = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """One training.

    settings: all of them. rows: the history, a row for every ten steps. messages: the
    health monitor's, each with its step. snapshots: step and samples of fixed latents,
    [n, 2] or [n, 1, 28, 28], at ten moments. real: real samples of the same kind.
    beliefs: D's mean belief at the end, in words. outcome: measured numbers.
    """

    settings: Mapping[str, Any]
    seed: int
    rows: list[dict[str, float]]
    messages: list[tuple[int, str]]
    snapshots: list[tuple[int, Tensor]]
    real: Tensor
    beliefs: dict[str, float]
    outcome: Outcome


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
            " asked for."
        )


@dataclass(frozen=True)
class Case:
    """A training that fails, and what cures it.

    letter: all that the learner knows it by. name: one of DIAGNOSES. kind: "points" or
    "digits". settings: all of them, the fault among them. repair: the changes of the
    reference repair. fault: the case shows its failure where this holds. cure: it is
    cured where all of these hold. why: one sentence for the verdict.
    """

    letter: str
    name: str
    kind: str
    steps: int
    settings: Mapping[str, Any]
    repair: Mapping[str, Any]
    fault: Bound
    cure: tuple[Bound, ...]
    why: str = ""
    target: str = "ring"

    def run(
        self, settings: Mapping[str, Any] | None = None, seed: int = 0, **rest: Any
    ) -> Trial:
        """Train with these settings; those that are left out stay as in the case.

        rest: `data`, "digits" or "mnist", and `steps`, for a shorter training. Equal
        calls in one process train once. Raises CourseError for unknown settings.
        """
        from aigc_course.gallery.trials import trial

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
