"""What happened during training, one row for every few steps."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import write_text

Row = dict[str, float]
NAME = re.compile(r"-?[^\W\d_][\w ()|.,/%-]{0,99}")  # of a column


@dataclass
class History:
    """Rows of means over `every` steps, and the messages of the health monitor.

    Each row has step, seconds, images_per_second (of a text tokens_per_second) and the
    model's own values. When training has ended `status` is "finished", "interrupted" or
    "diverged", `threads` is how many it computed with last, and `work` says its length
    in steps and seconds.
    """

    every: int = 10
    rows: list[Row] = field(default_factory=list)
    messages: list[tuple[int, str]] = field(default_factory=list)
    status: str = "running"
    threads: int = 1
    work: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order of appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def column(self, name: str) -> list[float]:
        """One column; NaN where a row lacks it."""
        return [row.get(name, float("nan")) for row in self.rows]

    def write_csv(self, path: str | Path) -> None:
        """Write the rows as CSV, whole or not at all."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(path, text.getvalue())

    def state_dict(self) -> dict[str, object]:
        """Rows and messages as plain lists."""
        return {"rows": self.rows, "messages": [list(m) for m in self.messages]}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a saved history."""
        self.rows = [dict(row) for row in state["rows"]]
        self.messages = [(step, text) for step, text in state["messages"]]


def mean_values(steps: list[dict[str, Tensor]]) -> Row:
    """Mean over steps of each value, fetched from the device in one transfer.

    Raises CourseError for a name that a checkpoint would not be read again with.
    """
    names = list(steps[0])
    for name in names:
        if not NAME.fullmatch(name):
            raise CourseError(
                "A step names its values by a letter and then letters, digits, spaces"
                f" and any of _()|.,/%-, at most 100 in all; it gave {name!r}."
            )
    table = torch.stack(
        [torch.stack([s[n].detach().float() for n in names]) for s in steps]
    )
    return dict(zip(names, table.mean(dim=0).tolist(), strict=True))
