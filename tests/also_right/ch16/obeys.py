"""Other right answers to 16.obeys."""

import numpy as np

from tests.also_right import also_right


@also_right
def by_coordinates(grid, first, relation, second):
    cells = {(r, c): int(grid[r, c]) for r in range(3) for c in range(3)}
    shown = [(place, digit) for place, digit in cells.items() if digit >= 0]
    if sorted(digit for _, digit in shown) != sorted((first, second)):
        return False
    if first == second:
        (r, c), (s, d) = (place for place, _ in shown)
        return r == s if relation.endswith("of") else c == d
    places = {digit: place for place, digit in shown}
    (r, c), (s, d) = places[first], places[second]
    return {
        "left of": r == s and c < d,
        "right of": r == s and c > d,
        "above": c == d and r < s,
        "below": c == d and r > s,
    }[relation]


@also_right
def by_lines(grid, first, relation, second):
    grid = np.asarray(grid)
    lines = grid if relation in ("left of", "right of") else grid.T
    shown = [[int(d) for d in line if d >= 0] for line in lines]
    if relation in ("right of", "below"):
        first, second = second, first
    return sorted(shown) == [[], [], [first, second]]
