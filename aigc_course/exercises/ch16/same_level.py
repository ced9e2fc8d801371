"""Exercise on copies in disguise: levels that are equal after turning or mirroring."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.same_level",
    order=74,
    title="The same level, turned or mirrored",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="A square can be laid onto itself in eight ways: four quarter turns, and the"
    " same four of its mirror image. Compare b with all eight forms of a.",
    formula="The levels are the same if b equals rot90(a, k) or rot90(flip(a), k) for"
    " some k in 0, 1, 2, 3.",
    line="Write `return any(torch.equal(b, torch.rot90(one, k)) for one in (a, a.flip("
    "1)) for k in range(4))`.",
    variation="Return one name that all eight forms share, so that a set of names finds"
    " copies among thousands of levels at once.",
)


@exercise.answer
def same_level(a: Tensor, b: Tensor) -> bool:
    """Whether b is a after quarter turns, mirroring, or both.

    a, b: whole numbers [H, W], the codes of the tiles. Turned by a quarter, [H, W]
    becomes [W, H].
    """
    return any(
        torch.equal(b, torch.rot90(one, k)) for one in (a, a.flip(1)) for k in range(4)
    )


A = torch.tensor([[0, 2, 0, 0], [0, 3, 1, 0], [0, 0, 5, 0], [1, 0, 0, 0]])
WIDE = torch.tensor([[0, 2, 3], [0, 5, 1]])
SHIFTED = torch.tensor([[1, 1, 1, 1], [1, 5, 3, 2], [1, 1, 1, 1], [1, 1, 1, 1]])


@exercise.inputs
def pairs() -> list[tuple[Tensor, Tensor]]:
    forms = [torch.rot90(one, k) for one in (A, A.flip(1)) for k in range(4)]
    other = A.clone()
    other[0, 3] = 1
    swapped = A.clone()
    swapped[0, 1], swapped[0, 0] = 0, 2
    roll = torch.roll(SHIFTED, 1, 0)
    return [
        *((A, form) for form in forms),
        (A, other),
        (A, swapped),
        (A, A[[1, 0, 2, 3]]),
        (A, A[:, [0, 2, 1, 3]]),
        (A, torch.roll(A, 1, 1)),
        (SHIFTED, roll),
        (WIDE, torch.rot90(WIDE)),
        (WIDE, WIDE.flip(0)),
        (WIDE, WIDE.T),
        (WIDE, WIDE.reshape(3, 2)),
        (WIDE, A),
    ]


@exercise.must_hold
def all_eight_forms(f) -> bool:
    """All eight forms of a level are the same level."""
    forms = [torch.rot90(one, k) for one in (A, A.flip(0)) for k in range(4)]
    return all(bool(f(A, form)) for form in forms)


@exercise.must_hold
def both_ways(f) -> bool:
    """If b is a turned, then a is b turned back."""
    return all(bool(f(a, b)) == bool(f(b, a)) for a, b in pairs())


@exercise.must_hold
def one_tile_matters(f) -> bool:
    """A level with one other tile is another level."""
    for r in range(4):
        for c in range(4):
            other = A.clone()
            other[r, c] = (A[r, c] + 1) % 7
            if bool(f(A, other)):
                return False
    return True


def _among(b: Tensor, forms: list[Tensor]) -> bool:
    return any(torch.equal(b, form) for form in forms)


@exercise.mistake(hint="formula")
def turns_alone(a, b):
    """You try the four turns and no mirror image. A mirrored level needs the same
    thoughts with left and right exchanged: try the mirror image as well."""
    return _among(b, [torch.rot90(a, k) for k in range(4)])


@exercise.mistake(hint="formula")
def mirrors_alone(a, b):
    """You mirror the level and never turn it by a quarter. Try the four turns of the
    level and of its mirror image."""
    return _among(b, [a, a.flip(0), a.flip(1), a.flip(0).flip(1)])


@exercise.mistake(hint="idea")
def equal_alone(a, b):
    """You compare the levels as they are. A level that was turned or mirrored is no new
    level: compare b with all eight forms of a."""
    return torch.equal(a, b)


@exercise.mistake(hint="idea")
def same_tiles(a, b):
    """You compare how often each tile occurs. Two different levels may have the same
    numbers of walls, boxes and goals: compare where they stand."""
    return torch.equal(a.flatten().sort().values, b.flatten().sort().values)


@exercise.mistake(hint="formula")
def four_of_eight(a, b):
    """You try the level, its transpose and two mirror images. There are eight forms:
    four turns, each with and without a mirror."""
    return _among(b, [a, a.T, a.flip(0), a.flip(1)])


@exercise.mistake(hint="idea")
def shifts_as_well(a, b):
    """You accept levels that are moved by a row or a column as well. Such a level has
    its walls elsewhere, and counts as another one here."""
    forms = [torch.rot90(one, k) for one in (a, a.flip(1)) for k in range(4)]
    moved = [
        torch.roll(form, (y, x), (0, 1))
        for form in forms
        for y in range(form.shape[0])
        for x in range(form.shape[1])
    ]
    return _among(b, moved)


@exercise.mistake(hint="idea")
def reshaped(a, b):
    """You compare the tiles in reading order and forget the shape. A level with three
    rows of two tiles differs from one with two rows of three."""
    forms = [torch.rot90(one, k) for one in (a, a.flip(1)) for k in range(4)]
    return any(torch.equal(b.flatten(), form.flatten()) for form in forms)


@exercise.mistake(hint="formula")
def equal_shape_demanded(a, b):
    """You refuse levels whose shapes differ. Turned by a quarter, a level with two rows
    of three tiles has three rows of two."""
    return a.shape == b.shape and same_level(a, b)


@exercise.mistake(hint="idea")
def some_row_agrees(a, b):
    """You ask whether the rows agree in any order. Rows that change places make another
    level."""

    def rows(level):
        return sorted(map(tuple, level.tolist()))

    forms = [torch.rot90(one, k) for one in (a, a.flip(1)) for k in range(4)]
    return any(rows(b) == rows(form) for form in forms)


@exercise.mistake(hint="formula")
def diagonals_missing(a, b):
    """You try the four turns and two mirror images. A mirror may also lie along one of
    the two diagonals: turn the mirror image as well."""
    return _among(b, [a.flip(0), a.flip(1), *(torch.rot90(a, k) for k in range(4))])


@exercise.mistake(hint="formula")
def mirror_image_alone(a, b):
    """You turn the mirror image of the level, and not the level itself. Try the four
    turns of both."""
    return _among(b, [torch.rot90(a.flip(1), k) for k in range(4)])


@exercise.mistake(hint="idea")
def sums_alone(a, b):
    """You compare something that stays when rows or columns change places, such as
    their sums. Two different levels may agree in it: compare tile by tile."""

    def sums(level):
        return sorted(sorted(level.sum(d).tolist()) for d in (0, 1))

    return sums(a) == sums(b)
