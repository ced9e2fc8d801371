"""The health monitor: says in words what the numbers show."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from torch import Tensor

Row = dict[str, float]


@dataclass(frozen=True)
class Evidence:
    """What a rule may look at.

    recent: the last rows of the history, oldest first. samples, real: images
    [N, C, H, W] in [-1, 1], present when samples have just been drawn.
    """

    recent: list[Row]
    samples: Tensor | None = None
    real: Tensor | None = None

    def mean(self, column: str) -> float | None:
        """Mean of a column over the recent rows, None where it is not recorded."""
        values = [row[column] for row in self.recent if column in row]
        return sum(values) / len(values) if values else None


Rule = Callable[[Evidence], str | None]


@dataclass
class Monitor:
    """Applies rules to the evidence and reports each symptom when it sets in.

    A rule returns a sentence while its symptom lasts and None otherwise. A symptom that
    went away and came back is reported again.
    """

    rules: Iterable[Rule] = ()
    window: int = 20
    active: set[str] = field(default_factory=set)

    def examine(self, evidence: Evidence) -> list[str]:
        """New symptoms, each a sentence for a person."""
        news = []
        for rule in self.rules:
            sentence = rule(evidence)
            if sentence and rule.__name__ not in self.active:
                news.append(sentence)
            if sentence:
                self.active.add(rule.__name__)
            else:
                self.active.discard(rule.__name__)
        return news


def not_finite(row: Row) -> str | None:
    """A sentence naming the first value of `row` that is NaN or infinite, else None."""
    for name, value in row.items():
        if not math.isfinite(value):
            return (
                f"{name} became {value} at step {row['step']:.0f}: training stops."
                " Try a lower learning rate, and check that the data are finite."
            )
    return None
