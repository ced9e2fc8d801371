"""A table of verdicts: a generator against the best rival that needs none.

Every row names its rival and its judge, and says "yes" or "no" only when the difference
is larger than its own interval.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate

DRAWS, SEED = 1_000, 15
HEAD = (
    *("task", "measured", "rival", "its figure"),
    *("generator", "difference", "better?", "caveat"),
)

Score = Callable[[Tensor], float]


def difference(
    without: Tensor,
    with_it: Tensor,
    score: Score | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Estimate:
    """The score of `with_it` less that of `without`, with a 95 % interval.

    The interval is that of the bootstrap over pictures (Efron 1979): pictures are drawn
    with replacement, the same for both methods, and both are scored again. It covers
    the choice of the pictures, and not what another training would give.

    without, with_it: a row for each of the same N pictures: its score [N], or features
    [N, d] with `score`, which makes one figure of them (by default the mean). Raises
    CourseError when the two differ in shape, and for fewer than 2 pictures.
    """
    if without.shape != with_it.shape or len(without) < 2:
        raise CourseError(
            "Both methods need a row for each of the same pictures, at least 2; got"
            f" {list(without.shape)} and {list(with_it.shape)}."
        )
    chance = torch.Generator().manual_seed(seed)
    one, two = without.double(), with_it.double()
    figure = score or _mean
    again = []
    for _ in range(draws):
        rows = torch.randint(len(one), (len(one),), generator=chance)
        again.append(figure(two[rows]) - figure(one[rows]))
    low, high = (
        torch.tensor(again).double().quantile(torch.tensor([0.025, 0.975]).double())
    )
    return Estimate(figure(two) - figure(one), float(high - low) / 2)


@dataclass(frozen=True)
class Verdict:
    """One row: what a rival and a generator came to, and which is better.

    better: "yes" for the generator, "no" for the rival, "even" where the interval of
    the difference holds 0.
    """

    task: str
    measured: str
    rival: str
    without: float
    with_it: float
    difference: Estimate
    lower: bool = False
    form: str = ".1%"
    caveat: str = ""

    @property
    def better(self) -> str:
        """The outcome."""
        gain = -self.difference.value if self.lower else self.difference.value
        if abs(gain) <= self.difference.error:
            return "even"
        return "yes" if gain > 0 else "no"

    def cells(self) -> tuple[str, ...]:
        """The row of the table, as HEAD names its columns."""
        unit = " (less is better)" if self.lower else ""
        figures = f"{self.without:{self.form}}", f"{self.with_it:{self.form}}"
        return (
            self.task,
            self.measured + unit,
            self.rival,
            *figures,
            self._gap(),
            self.better,
            self.caveat,
        )

    def _gap(self) -> str:
        """The difference and its interval in points, or as the figures are written."""
        value, error = self.difference
        if self.form.endswith("%"):
            places = self.form[:-1]
            return f"{100 * value:+{places}f} ± {100 * error:{places}f} points"
        return f"{value:+{self.form}} ± {error:{self.form}}"

    def __str__(self) -> str:
        task, measured, rival, without, with_it, gap, better, _ = self.cells()
        return (
            f"{task}, {measured}: {rival} {without}, generator {with_it};"
            f" difference {gap}. Is the generator better? {better}"
        )


@dataclass
class Ledger:
    """The verdicts of a chapter, in the order in which they were entered."""

    rows: list[Verdict] = field(default_factory=list)

    def enter(
        self,
        task: str,
        measured: str,
        *,
        rival: str,
        judge: str,
        trained_on: Collection[str],
        without: Tensor,
        with_it: Tensor,
        score: Score | None = None,
        draws: int = DRAWS,
        lower: bool = False,
        form: str = ".1%",
        caveat: str = "",
    ) -> Verdict:
        """Compare a generator with its rival, keep the verdict and return it.

        measured: the quantity. judge: what measures it; trained_on: what the generator
        was trained or optimised against. A judge among these is refused, since a figure
        that was optimised measures the optimisation. rival: the best method that needs
        no generator. without, with_it, score, draws: as `difference` takes them. lower:
        less is better. form: how figures are written.
        """
        if judge in trained_on:
            raise CourseError(
                f"The {judge} is in the generator's loss: choose an independent judge."
            )
        if not rival:
            raise CourseError("A verdict needs the name of the rival.")
        figure = score or _mean
        verdict = Verdict(
            task,
            f"{measured}, by the {judge}",
            rival,
            figure(without.double()),
            figure(with_it.double()),
            difference(without, with_it, score, draws),
            lower,
            form,
            caveat,
        )
        self.rows.append(verdict)
        return verdict

    def markdown(self) -> str:
        """All verdicts as a table in Markdown."""
        rows = [[cell.replace("|", "\\|") for cell in row.cells()] for row in self.rows]
        lines = [HEAD, tuple("---" for _ in HEAD), *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mean(scores: Tensor) -> float:
    return float(scores.mean())
