"""Exercise on judging a scene: does it show what its caption says?"""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.obeys",
    order=100,
    title="Does the scene obey its caption?",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="Find where the digits stand. There have to be two, in one row or in one"
    " column, in the order that the relation asks for.",
    formula="Let (r, c) and (s, d) be the places of the first and of the second digit."
    " 'left of' means r = s and c < d, 'above' means c = d and r < s. 'right of' and"
    " 'below' are the same with the two digits exchanged.",
    line="Write `(r, c), (s, d) = (grid >= 0).nonzero().tolist()`, compare r with s or"
    " c with d, and compare the digits in reading order with those that are wanted.",
    line_is_part="the comparison is left to write, and so is a grid with more or fewer"
    " digits",
    variation="Judge scenes of three digits in a row, with two relations.",
)


@exercise.answer
def obeys(grid: Tensor, first: int, relation: str, second: int) -> bool:
    """Whether a scene shows the first digit `relation` the second one, and no more.

    grid: int [3, 3], the digit that a reader sees at each place, -1 for none. relation:
    "left of" or "right of" in one row, "above" or "below" in one column; other places
    obey no relation.
    """
    places = (grid >= 0).nonzero().tolist()
    if len(places) != 2:
        return False
    (r, c), (s, d) = places  # row by row: the left one first, or the upper one
    seen = int(grid[r, c]), int(grid[s, d])
    forward = relation in ("left of", "above")
    together = r == s if relation in ("left of", "right of") else c == d
    return together and seen == ((first, second) if forward else (second, first))


RELATIONS = ("left of", "right of", "above", "below")
EMPTY = -torch.ones(3, 3, dtype=torch.int64)
Shown = dict[tuple[int, int], int]
GRIDS: list[Shown] = [
    {(1, 0): 3, (1, 2): 7},
    {(1, 0): 7, (1, 2): 3},
    {(0, 1): 3, (2, 1): 7},
    {(0, 1): 7, (2, 1): 3},
    {(0, 0): 3, (0, 1): 7},
    {(2, 1): 3, (2, 2): 7},
    {(1, 0): 3, (2, 0): 7},
    {(0, 0): 3, (2, 2): 7},
    {(0, 2): 3, (2, 0): 7},
    {(1, 0): 3, (0, 1): 7},
    {(1, 0): 3, (1, 2): 7, (0, 1): 5},
    {(1, 0): 3, (1, 1): 1, (1, 2): 7},
    {(1, 0): 3, (1, 2): 7, (2, 1): 7},
    {(1, 0): 3},
    {(1, 1): 7},
    {(1, 0): 3, (1, 2): 5},
    {(1, 0): 5, (1, 2): 7},
    {(0, 1): 3, (2, 1): 3},
    {(1, 0): 3, (1, 2): 3},
    {},
]


def scene(shown: Shown) -> Tensor:
    """A grid with these digits."""
    grid = EMPTY.clone()
    for place, digit in shown.items():
        grid[place] = digit
    return grid


@exercise.inputs
def scenes() -> list[tuple[Tensor, int, str, int]]:
    cases = [(scene(shown), 3, r, 7) for shown in GRIDS for r in RELATIONS]
    same = scene({(1, 0): 4, (1, 2): 4})
    zero = scene({(0, 1): 0, (2, 1): 1})
    return [
        *cases,
        *((same, 4, relation, 4) for relation in RELATIONS),
        *((zero, 0, relation, 1) for relation in RELATIONS),
        (scene({(1, 0): 2, (1, 2): 3}), 1, "left of", 4),
        (scene({(1, 0): 6, (1, 2): 6}), 4, "left of", 8),
    ]


@exercise.must_hold
def opposite_relations(f) -> bool:
    """A is left of B exactly if B is right of A; the same holds above and below."""
    return all(
        bool(f(scene(shown), 3, one, 7)) == bool(f(scene(shown), 7, other, 3))
        for shown in GRIDS
        for one, other in (("left of", "right of"), ("above", "below"))
    )


@exercise.must_hold
def one_at_most(f) -> bool:
    """No scene obeys two relations of two different digits."""
    return all(
        sum(bool(f(scene(shown), 3, r, 7)) for r in RELATIONS) <= 1 for shown in GRIDS
    )


@exercise.must_hold
def any_row(f) -> bool:
    """Two digits may stand in any row, next to each other or not."""
    pairs = [(0, 1), (1, 2), (0, 2)]
    return all(
        bool(f(scene({(row, a): 3, (row, b): 7}), 3, "left of", 7))
        for row in range(3)
        for a, b in pairs
    )


def _places(grid):
    return [(r, c) for r in range(3) for c in range(3) if int(grid[r, c]) >= 0]


def _digits(grid):
    return [int(grid[place]) for place in _places(grid)]


def _wanted(first, relation, second):
    return [first, second] if relation in ("left of", "above") else [second, first]


def _together(grid, relation):
    (r, c), (s, d) = _places(grid)
    return r == s if relation in ("left of", "right of") else c == d


@exercise.mistake(hint="idea")
def digits_alone(grid, first, relation, second):
    """You ask whether the two digits are there, and not where they stand. A bag of
    words passes this test: compare the places as well."""
    return sorted(_digits(grid)) == sorted([first, second])


@exercise.mistake(hint="idea")
def order_forgotten(grid, first, relation, second):
    """You ask whether the two digits share a row or a column, and not which of them
    comes first. 'Left of' and 'right of' need opposite orders."""
    there = sorted(_digits(grid)) == sorted([first, second])
    return there and _together(grid, relation)


@exercise.mistake(hint="formula")
def rows_and_columns(grid, first, relation, second):
    """You take columns for 'left of' and rows for 'above'. grid[1] is the middle row:
    its three entries lie left and right of each other."""
    if len(_places(grid)) != 2:
        return False
    (r, c), (s, d) = _places(grid)
    together = c == d if relation in ("left of", "right of") else r == s
    return together and _digits(grid) == _wanted(first, relation, second)


@exercise.mistake(hint="idea")
def middle_alone(grid, first, relation, second):
    """You look at the middle row and the middle column alone. The grid has three of
    each, and the relation may hold in any of them."""
    places = _places(grid)
    if len(places) != 2 or not _together(grid, relation):
        return False
    sides = all(r == 1 for r, _ in places) or all(c == 1 for _, c in places)
    return sides and _digits(grid) == _wanted(first, relation, second)


@exercise.mistake(hint="idea")
def more_is_allowed(grid, first, relation, second):
    """You accept scenes with a further digit. The caption names two digits, so all
    other places have to be empty."""
    lines = (grid if relation in ("left of", "right of") else grid.T).tolist()
    shown = [[d for d in line if d >= 0] for line in lines]
    return any(
        line and line[0] == a and line[-1] == b and len(line) > 1
        for line in shown
        for a, b in [_wanted(first, relation, second)]
    )


@exercise.mistake(hint="formula")
def reversed_relation(grid, first, relation, second):
    """You put the first digit where the second one belongs. 'A left of B' means that A
    has the smaller column."""
    if len(_places(grid)) != 2 or not _together(grid, relation):
        return False
    return _digits(grid) == _wanted(second, relation, first)


@exercise.mistake(hint="formula")
def two_relations_alone(grid, first, relation, second):
    """You treat 'right of' as 'left of', and 'below' as 'above'. These relations
    exchange the two places."""
    if len(_places(grid)) != 2 or not _together(grid, relation):
        return False
    return _digits(grid) == [first, second]


@exercise.mistake(hint="idea")
def diagonals_pass(grid, first, relation, second):
    """You compare one coordinate, so that diagonal scenes pass. For 'left of' the two
    digits share a row, for 'above' a column."""
    places = _places(grid)
    if len(places) != 2:
        return False
    axis = 1 if relation in ("left of", "right of") else 0
    placed = [
        (place[axis], digit) for place, digit in zip(places, _digits(grid), strict=True)
    ]
    (a, one), (b, two) = sorted(placed, key=lambda p: p[0])
    return a < b and [one, two] == _wanted(first, relation, second)


@exercise.mistake(hint="idea")
def sum_compared(grid, first, relation, second):
    """You compare sums of digits. 2 and 3 have the same sum as 1 and 4: compare the
    digits one by one."""
    if len(_places(grid)) != 2 or not _together(grid, relation):
        return False
    a, b = _wanted(first, relation, second)
    seen = _digits(grid)
    return sum(seen) == a + b and (seen[0] - seen[1]) * (a - b) >= 0


@exercise.mistake(hint="formula")
def neighbours_alone(grid, first, relation, second):
    """You ask for two places next to each other. 'Left of' and the others also hold
    with an empty place between the digits."""
    if len(_places(grid)) != 2 or not _together(grid, relation):
        return False
    (r, c), (s, d) = _places(grid)
    close = abs(r - s) + abs(c - d) == 1
    return close and _digits(grid) == _wanted(first, relation, second)


@exercise.mistake(hint="formula")
def found_by_value(grid, first, relation, second):
    """You refuse scenes of two equal digits, such as '4 left of 4'. They stand at two
    places: start from the places that are not empty, and not from the values."""
    return first != second and obeys(grid, first, relation, second)


@exercise.mistake(hint="line")
def zero_is_empty(grid, first, relation, second):
    """You take the digit 0 for an empty place. Empty places hold -1: ask for
    `grid >= 0`."""
    grid = torch.where(grid == 0, -1, grid)
    return obeys(grid, first, relation, second)


@exercise.mistake(hint="idea")
def reading_order_alone(grid, first, relation, second):
    """You compare the digits in reading order and not their places. 'Left of' needs one
    row, 'above' needs one column."""
    return _digits(grid) == _wanted(first, relation, second)
