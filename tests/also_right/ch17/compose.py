"""Other right answers to 17.compose."""

import math
from collections import defaultdict

from tests.also_right import also_right


@also_right
def person_by_person(releases):
    classes = {part for part, _, _ in releases} - {None} or {None}

    def exposed(c):
        mine = [s / sigma for part, s, sigma in releases if part in (None, c)]
        return math.hypot(*mine)

    return max(exposed(c) for c in classes)


@also_right
def with_a_default_dict(releases):
    squares = defaultdict(float)
    for part, sensitivity, sigma in releases:
        squares[part] += sensitivity**2 / sigma**2
    worst = max([v for k, v in squares.items() if k is not None] or [0.0])
    return (squares[None] + worst) ** 0.5
