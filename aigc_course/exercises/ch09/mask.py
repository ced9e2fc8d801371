"""Exercise on what a convolution may see of a map that is read in order."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.mask",
    order=50,
    title="No peeping",
    difficulty=2,
    minutes=10,
    idea="Reading goes row by row, from left to right. Everything above the middle was"
    " read before, and in the middle's own row what is to its left. Mask B sees the"
    " middle as well.",
    formula="seen(i, j) = [i < m] + [i = m and j < m] + [i = j = m and mask B],"
    " m = (k - 1) / 2.",
    line="Write `seen = torch.zeros(k, k)`, `seen[: k // 2] = 1`, `seen[k // 2, : k"
    " // 2 + (kind == 'B')] = 1` and `return seen`.",
    variation="Stack three layers, A, B, B, of size 3, and find by gradients which"
    " places the middle of a 9 x 9 map depends on. Find the blind spot.",
    exact_dtype=True,
    asks="method",
)


@exercise.answer
def mask(k: int, kind: str) -> Tensor:
    """1 where a k x k convolution may look, 0 elsewhere: float32 [k, k], k odd.

    kind: "A" hides the middle, "B" shows it. van den Oord et al. 2016, section 3.4.
    """
    seen = torch.zeros(k, k)
    seen[: k // 2] = 1  # rows above
    seen[k // 2, : k // 2 + (kind == "B")] = 1  # to the left, and for B the middle
    return seen


@exercise.inputs
def sizes() -> list[tuple[int, str]]:
    return [(3, "A"), (3, "B"), (5, "A"), (7, "B"), (1, "A"), (1, "B")]


@exercise.must_hold
def middle_of_a(f) -> bool:
    """Mask A hides the middle itself, mask B shows it, and that is all their
    difference."""
    gap = f(5, "B") - f(5, "A")
    only = torch.zeros(5, 5)
    only[2, 2] = 1
    return same(gap, only)


@exercise.must_hold
def never_ahead(f) -> bool:
    """Nothing that comes later is seen, nor is a later place told by two layers."""
    seen = f(5, "B").flatten()
    return same(seen[13:], torch.zeros(12))


@exercise.mistake(hint="idea")
def kinds_swapped(k: int, kind: str) -> Tensor:
    """You have A and B the wrong way round: A, for the first layer, hides the middle,
    which is the code to be predicted."""
    return mask(k, "A" if kind == "B" else "B")


@exercise.mistake(hint="idea")
def columns_first(k: int, kind: str) -> Tensor:
    """Your order runs down the columns. Maps are read row by row, from left to
    right."""
    return mask(k, kind).T


@exercise.mistake(hint="idea")
def whole_row_seen(k: int, kind: str) -> Tensor:
    """You show what is to the right of the middle. In its own row only the left was
    read before."""
    seen = mask(k, kind)
    seen[k // 2, k // 2 + 1 :] = 1
    return seen


@exercise.mistake(hint="idea")
def left_column_only(k: int, kind: str) -> Tensor:
    """You hide all that is to the right, even in the rows above. Those rows have been
    read to their end."""
    seen = mask(k, kind)
    seen[: k // 2, k // 2 + 1 :] = 0
    return seen


@exercise.mistake(hint="formula")
def turned_about(k: int, kind: str) -> Tensor:
    """You show what comes later and hide what came before."""
    return mask(k, kind).flip(0, 1)


@exercise.mistake(hint="idea")
def row_forgotten(k: int, kind: str) -> Tensor:
    """You show the rows above, and nothing in the middle's own row. What is to its left
    was read before, too."""
    seen = mask(k, kind)
    seen[k // 2, : k // 2] = 0
    return seen


@exercise.mistake(hint="idea")
def rows_alone(k: int, kind: str) -> Tensor:
    """You show whole rows and treat the middle's row as one piece. In that row what is
    to the left of the middle was read before, and what is to its right was not."""
    seen = torch.zeros(k, k)
    seen[: k // 2 + (kind == "B")] = 1
    return seen


@exercise.mistake(hint="idea")
def triangle(k: int, kind: str) -> Tensor:
    """A lower triangle is the mask of a sequence, where row and column are two places.
    Here both together are one place: all rows above the middle, and in its own row what
    is to the left."""
    return torch.ones(k, k).tril(0 if kind == "B" else -1)


@exercise.mistake(hint="formula")
def middle_always_seen(k: int, kind: str) -> Tensor:
    """You show the middle for both kinds. Mask A hides it, because it is what the first
    layer has to predict."""
    return mask(k, "B")


@exercise.mistake(hint="formula")
def middle_never_seen(k: int, kind: str) -> Tensor:
    """You hide the middle for both kinds. Mask B, `kind == "B"` with a capital letter,
    shows it."""
    return mask(k, "A")


@exercise.mistake(hint="idea")
def only_the_middle_hidden(k: int, kind: str) -> Tensor:
    """You hide the middle at most. What comes after it, to the right and below, has not
    been read yet and is hidden by both masks."""
    seen = torch.ones(k, k)
    if kind == "A":
        seen[k // 2, k // 2] = 0
    return seen
