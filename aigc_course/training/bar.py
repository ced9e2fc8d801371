"""The progress bar: tqdm with the model's own values beside it."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

from aigc_course.training import together
from aigc_course.training.budget import Budget
from aigc_course.training.history import Row

HIDDEN = ("step", "seconds", "images_per_second", "tokens_per_second")
LAYOUT = "{l_bar}{bar:20}| {n:.0f}/{total:.0f} {unit} [{remaining} left{postfix}]"


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code; notebooks paint stderr red."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


class Bar:
    """Progress in the unit of the budget, with values, images/s and the time left."""

    def __init__(self, budget: Budget, per_epoch: int, visible: bool) -> None:
        self.by_time = budget.seconds is not None
        total = budget.seconds or budget.total_steps(per_epoch)
        self.bar = tqdm(
            total=total,
            unit="s" if self.by_time else "steps",
            bar_format=LAYOUT,
            disable=not visible,
            file=sys.stdout if _in_notebook() else sys.stderr,
            mininterval=0.5,
        )

    def show(self, step: int, elapsed: float, row: Row) -> None:
        """Move to `step` or `elapsed` and show the values of `row`."""
        values = [f"{k} {v:.3g}" for k, v in row.items() if k not in HIDDEN]
        for what in ("images", "tokens"):
            if (speed := row.get(f"{what}_per_second")) is not None:
                values.append(f"{speed:.0f} {what}/s")
        self.bar.set_postfix_str(", ".join(values), refresh=False)
        reached = min(elapsed if self.by_time else step, self.bar.total)
        self.bar.update(reached - self.bar.n)

    def say(self, sentence: str) -> None:
        """Print a sentence above the bar."""
        if together.rank() == 0:
            tqdm.write(
                sentence, file=self.bar.fp if not self.bar.disable else sys.stderr
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.refresh()
        self.bar.close()
