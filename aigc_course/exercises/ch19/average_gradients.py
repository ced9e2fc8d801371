"""Exercise on making one gradient of those of several processes."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.average_gradients",
    order=130,
    title="One gradient from several processes",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Every row of the global batch counts once. A process with more rows speaks"
    " for more rows. Clipping looks at the whole gradient, so it comes last.",
    formula="g = sum of rows_p / n times g_p, with n the sum of the rows. If its"
    " length is larger than most, g becomes most times g / length.",
    line="Write `n = sum(rows)`, `g = sum(r / n * one for r, one in zip(rows,"
    " gradients, strict=True))` and `return g * min(1.0, most / max(float(g.norm()),"
    " 1e-30))`.",
    variation="Let the processes send sums instead of means. Say what each of them must"
    " send with its sum.",
)


@exercise.answer
def average_gradients(gradients: list[Tensor], rows: list[int], most: float) -> Tensor:
    """The gradient of the global batch, clipped to the length `most`, [d].

    gradients: of each process the mean gradient of its own rows, [d]. rows: how many
    rows each has, not all equal. most: a gradient that is longer gets this length; a
    shorter one stays as it is.
    """
    n = sum(rows)
    pairs = zip(rows, gradients, strict=True)
    g = torch.stack([r / n * one for r, one in pairs]).sum(0)
    return g * min(1.0, most / max(float(g.norm()), 1e-30))


A = torch.tensor([3.0, 0.0, -1.0])
B = torch.tensor([-1.0, 2.0, 0.5])
C = torch.tensor([0.25, -4.0, 1.0])
Case = tuple[list[Tensor], list[int], float]


@exercise.inputs
def cases() -> list[Case]:
    return [
        ([A, B], [6, 6], 100.0),
        ([A, B], [9, 3], 100.0),
        ([A, B, C], [4, 1, 3], 100.0),
        ([A, B], [6, 6], 0.5),
        ([A, B, C], [5, 2, 9], 0.5),
        ([A, 0.01 * B], [2, 10], 0.7),
        ([0.1 * A, 0.1 * B], [3, 5], 1.0),
        ([A], [7], 1.0),
        ([torch.zeros(3), torch.zeros(3)], [1, 2], 1.0),
        ([A, B, C, -A], [1, 1, 1, 1], 1.0),
    ]


@exercise.must_hold
def does_not_depend_on_the_parts(f) -> bool:
    """The same rows, shared in two other ways, give the same gradient."""
    g = torch.Generator().manual_seed(0)
    each = torch.randn(12, 3, generator=g)
    made = []
    for sizes in ([12], [8, 4], [1, 2, 9], [3, 3, 3, 3]):
        parts = each.split(sizes)
        made.append(f([part.mean(0) for part in parts], sizes, 0.4))
    return all(same(made[0], other, tolerance=1e-5) for other in made[1:])


@exercise.must_hold
def never_longer(f) -> bool:
    """No gradient is longer than `most`."""
    return float(f([50 * A, -3 * B], [2, 9], 0.25).norm()) <= 0.25 * (1 + 1e-5)


@exercise.must_hold
def a_short_one_stays(f) -> bool:
    """A gradient that is shorter than `most` keeps its length."""
    return same(f([0.1 * A, 0.1 * A], [1, 3], 9.0), 0.1 * A, tolerance=1e-5)


def _weighted(gradients: list[Tensor], rows: list[float]) -> Tensor:
    n = sum(rows)
    pairs = zip(rows, gradients, strict=True)
    return torch.stack([r / n * one for r, one in pairs]).sum(0)


def _cut(g: Tensor, most: float) -> Tensor:
    return g * min(1.0, most / max(float(g.norm()), 1e-30))


@exercise.mistake(hint="idea")
def rows_forgotten(gradients, rows, most):
    """You take the plain mean of the gradients. A process with few rows then counts as
    much as one with many: weight each gradient by its rows."""
    return _cut(torch.stack(gradients).mean(0), most)


@exercise.mistake(hint="formula")
def summed(gradients, rows, most):
    """You add the gradients. With P processes of equal size the step is then P times as
    long, as if the learning rate were."""
    return _cut(torch.stack(gradients).sum(0), most)


@exercise.mistake(hint="formula")
def rows_not_divided(gradients, rows, most):
    """You multiply each gradient by its rows and never divide by their sum. That is the
    gradient of a sum over the rows, and the loss is a mean."""
    return _cut(_weighted(gradients, rows) * sum(rows), most)


@exercise.mistake(hint="idea")
def clipped_before(gradients, rows, most):
    """You clip each gradient before you average. The long ones lose their length, so
    the mean points in another direction."""
    return _weighted([_cut(one, most) for one in gradients], rows)


@exercise.mistake(hint="formula")
def each_number_clipped(gradients, rows, most):
    """You clip each number of the gradient. `most` is the largest length of the whole
    gradient, and clipping single numbers turns its direction."""
    return _weighted(gradients, rows).clamp(-most, most)


@exercise.mistake(hint="formula")
def always_that_long(gradients, rows, most):
    """You give every gradient the length `most`. A gradient that is shorter stays as it
    is, or steps would not become shorter near a minimum."""
    g = _weighted(gradients, rows)
    return g * most / max(float(g.norm()), 1e-30)


@exercise.mistake(hint="formula")
def divided_twice(gradients, rows, most):
    """You divide by the number of processes as well as by the rows. The weights of the
    gradients must add up to 1."""
    return _cut(_weighted(gradients, rows) / len(gradients), most)


@exercise.mistake(hint="idea")
def clipped_as_one_process(gradients, rows, most):
    """You clip to `most` divided by the number of processes. `most` is about the
    gradient of the global batch, which does not depend on the number of processes."""
    return _cut(_weighted(gradients, rows), most / len(gradients))


@exercise.mistake(hint="idea")
def limit_ignored(gradients, rows, most):
    """You average with the right weights and never clip. A gradient that is longer than
    `most` gets the length `most`."""
    return _weighted(gradients, rows)
