"""From what is asked to the rows of numbers that a conditional model takes."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from aigc_course import validate
from aigc_course.control.attributes import measure
from aigc_course.control.prompt import Request
from aigc_course.data import Batches, ImageSet
from aigc_course.errors import CourseError

CLASSES, ASKED = 10, ("thickness", "slant")


class Conditional(Protocol):
    """A model that draws what labels or conditions ask for."""

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        *,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Images [n, 1, 28, 28] in [-1, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class Conditions:
    """Digit, thickness and slant as rows [N, 12]: one-hot, then standardised numbers.

    labels: int [M] and table: [M, 2], of the training images, which say what usually
    goes with what. mean, std: [2], of the table.
    """

    labels: Tensor
    table: Tensor
    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, digits: ImageSet) -> "Conditions":
        """Measure the images of a set; its labels are digits."""
        table = measure(digits.images).table(*ASKED)
        return cls(digits.labels, table, table.mean(0), table.std(0))

    def rows(self, labels: Tensor, table: Tensor) -> Tensor:
        """Rows float32 [N, 12] for labels int [N] and thickness and slant [N, 2]."""
        y = validate.labels(labels, len(labels), CLASSES)
        if table.shape != (len(labels), len(ASKED)):
            raise CourseError(
                f"{len(labels)} labels need a table [{len(labels)}, 2] of thickness and"
                f" slant; got {list(table.shape)}."
            )
        marks = one_hot(torch.as_tensor(y), CLASSES)
        return torch.cat([marks, (table - self.mean) / self.std], dim=1).float()

    def batches(
        self,
        digits: ImageSet,
        size: int = 64,
        *,
        seed: int = 0,
        device: str | torch.device = "cpu",
    ) -> Batches:
        """Endless pairs (images, rows) of the set this was measured on.

        Raises CourseError for a set of another size.
        """
        if len(digits) != len(self.labels):
            raise CourseError(
                f"These conditions were measured on {len(self.labels):,} images; the"
                f" set has {len(digits):,}."
            )
        rows = self.rows(self.labels, self.table).to(device)
        return Batches(digits.images.to(device), rows, size, seed)

    def usual(self, labels: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Thickness and slant [N, 2] as random training images of these digits have.

        Raises CourseError for a digit that no training image shows.
        """
        found = torch.empty(len(labels), len(ASKED))
        for c in labels.unique().tolist():
            some = self.table[self.labels == c]
            if not len(some):
                raise CourseError(f"No training image shows a {c}.")
            which = labels == c
            picks = torch.randint(len(some), (int(which.sum()),), generator=generator)
            found[which] = some[picks]
        return found

    def asked(
        self, request: Request, generator: torch.Generator | None = None
    ) -> Tensor:
        """The rows of a request: what it leaves open is as it usually is."""
        labels = torch.full((request.count,), request.digit)
        table = self.usual(labels, generator)
        for column, name in enumerate(ASKED):
            value = getattr(request, name)
            if value is not None:
                table[:, column] = value
        return self.rows(labels, table)


def draw(
    model: Conditional,
    conditions: Conditions,
    request: Request,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Images [count, 1, 28, 28] in [-1, 1] for a request, by a model of its rows."""
    rows = conditions.asked(request, generator)
    return model.sample(request.count, generator, labels=rows)
