"""Answers of other people to chapter 16's exercises on captions."""

from collections import Counter
from itertools import groupby, permutations

import numpy as np
import torch

from tests.answers import right, wrong

# 16.obeys


def places(grid):
    return {
        (r, c): int(grid[r, c]) for r in range(3) for c in range(3) if grid[r, c] >= 0
    }


@right("16.obeys")
def with_offsets(grid, first, relation, second):
    shown = places(grid)
    if len(shown) != 2:
        return False
    y, x = {"left of": (0, 1), "right of": (0, -1), "above": (1, 0), "below": (-1, 0)}[
        relation
    ]
    return any(
        digit == first and shown.get((r + k * y, c + k * x)) == second
        for (r, c), digit in shown.items()
        for k in (1, 2)
    )


@right("16.obeys")
def swap_then_check(grid, first, relation, second):
    if relation == "right of":
        return swap_then_check(grid, second, "left of", first)
    if relation == "below":
        return swap_then_check(grid, second, "above", first)
    grid = torch.as_tensor(grid)
    if relation == "above":
        return swap_then_check(grid.T, first, "left of", second)
    rows = [row[row >= 0].tolist() for row in grid]
    return sorted(map(len, rows)) == [0, 0, 2] and [first, second] in rows


@right("16.obeys")
def with_nonzero(grid, first, relation, second):
    there = (grid >= 0).nonzero()
    if len(there) != 2:
        return False
    d = [int(grid[r, c]) for r, c in there.tolist()]
    axis = 0 if relation in ("left of", "right of") else 1
    if there[0, axis] != there[1, axis]:
        return False
    # nonzero goes row by row, so the first entry lies left of the other, or above it
    return d == (
        [first, second] if relation in ("left of", "above") else [second, first]
    )


@right("16.obeys")
def as_text(grid, first, relation, second):
    rows = np.asarray(grid)
    if relation in ("above", "below"):
        rows = rows.T
    text = "/".join("".join(str(d) for d in row if d >= 0) for row in rows.tolist())
    a, b = (second, first) if relation in ("right of", "below") else (first, second)
    return text in (f"{a}{b}//", f"/{a}{b}/", f"//{a}{b}")


@right("16.obeys")
def by_argsort(grid, first, relation, second):
    g = np.asarray(grid)
    where = np.argwhere(g >= 0)
    if len(where) != 2:
        return False
    along = 1 if relation.endswith("of") else 0
    if where[0, 1 - along] != where[1, 1 - along]:
        return False
    where = where[np.argsort(where[:, along])]
    seen = [int(g[tuple(p)]) for p in where]
    if relation in ("right of", "below"):
        seen.reverse()
    return seen == [first, second]


@wrong("16.obeys")
def both_are_there(grid, first, relation, second):
    return sorted(places(grid).values()) == sorted([first, second])


@wrong("16.obeys")
def in_one_line(grid, first, relation, second):
    shown = places(grid)
    if sorted(shown.values()) != sorted([first, second]):
        return False
    (r, c), (s, d) = shown
    return r == s if relation.endswith("of") else c == d


@wrong("16.obeys")
def x_is_the_first_index(grid, first, relation, second):
    other = {"left of": "above", "above": "left of"}
    other |= {"right of": "below", "below": "right of"}
    return with_offsets(grid, first, other[relation], second)


@wrong("16.obeys")
def others_not_checked(grid, first, relation, second):
    g = grid.tolist()
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    lines = g if relation.endswith("of") else [list(c) for c in zip(*g, strict=True)]
    shown = [[d for d in line if d >= 0] for line in lines]
    return any(len(s) > 1 and [s[0], s[-1]] == pair for s in shown)


@wrong("16.obeys")
def one_coordinate(grid, first, relation, second):
    shown = places(grid)
    if len(shown) != 2:
        return False
    axis = 1 if relation.endswith("of") else 0
    (p, one), (q, two) = sorted(shown.items(), key=lambda item: item[0][axis])
    if p[axis] == q[axis]:
        return False
    pair = (first, second) if relation in ("left of", "above") else (second, first)
    return (one, two) == pair


@wrong("16.obeys")
def opposites_mixed_up(grid, first, relation, second):
    other = {"left of": "right of", "right of": "left of"}
    other |= {"above": "below", "below": "above"}
    return with_offsets(grid, first, other[relation], second)


# 16.best_for_a_bag


@right("16.best_for_a_bag")
def tables(captions):
    table = {}
    for caption in captions:
        bag = " ".join(sorted(caption.split()))
        row = table.setdefault(bag, {})
        row[caption] = row.get(caption, 0) + 1
    return sum(max(row.values()) for row in table.values()) / len(captions)


@right("16.best_for_a_bag")
def with_groupby(captions):
    def bag(caption):
        return sorted(caption.split())

    good = 0
    for _, group in groupby(sorted(captions, key=bag), key=bag):
        good += Counter(group).most_common(1)[0][1]
    return good / len(captions)


@right("16.best_for_a_bag")
def a_fixed_answer_each(captions):
    counts = Counter(captions)
    answer = {}
    for caption, n in counts.items():
        bag = tuple(sorted(caption.split()))
        if bag not in answer or n > counts[answer[bag]]:
            answer[bag] = caption
    obeyed = [answer[tuple(sorted(c.split()))] == c for c in captions]
    return np.mean(obeyed)


@right("16.best_for_a_bag")
def as_a_tensor(captions):
    bags = {b: i for i, b in enumerate({tuple(sorted(c.split())) for c in captions})}
    kinds = {c: i for i, c in enumerate(dict.fromkeys(captions))}
    counts = torch.zeros(len(bags), len(kinds))
    for c in captions:
        counts[bags[tuple(sorted(c.split()))], kinds[c]] += 1
    return counts.max(1).values.sum() / counts.sum()


@right("16.best_for_a_bag")
def pairwise(captions):
    kept, done = 0, []
    for c in captions:
        alike = [d for d in captions if sorted(d.split()) == sorted(c.split())]
        if sorted(c.split()) not in done:
            done.append(sorted(c.split()))
            kept += max(alike.count(d) for d in alike)
    return kept / len(captions)


@wrong("16.best_for_a_bag")
def one_half(captions):
    return 1 / 2


@wrong("16.best_for_a_bag")
def distinct_bags(captions):
    return len({tuple(sorted(c.split())) for c in captions}) / len(captions)


@wrong("16.best_for_a_bag")
def bags_without_repeats(captions):
    unique = list(dict.fromkeys(captions))
    return len({tuple(sorted(c.split())) for c in unique}) / len(unique)


@wrong("16.best_for_a_bag")
def mean_of_groups(captions):
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(c.split())), []).append(c)
    return float(np.mean([max(map(g.count, g)) / len(g) for g in groups.values()]))


@wrong("16.best_for_a_bag")
def in_proportion(captions):
    good = 0.0
    for c in captions:
        alike = [d for d in captions if sorted(d.split()) == sorted(c.split())]
        good += alike.count(c) / len(alike)
    return good / len(captions)


@wrong("16.best_for_a_bag")
def sets_of_words(captions):
    groups = {}
    for c in captions:
        groups.setdefault(frozenset(c.split()), Counter())[c] += 1
    return sum(max(g.values()) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def every_order(captions):
    chance = [1 / len(list(permutations(c.split()[:6]))) for c in captions]
    return sum(chance) / len(captions)


# 16.true_obedience


@right("16.true_obedience")
def over_misses(measured, hit, false):
    miss = 1 - hit
    return (measured - false) / (1 - miss - false)


@right("16.true_obedience")
def as_a_linear_system(measured, hit, false):
    a = np.array([[hit, false], [1.0, 1.0]], dtype=np.float64)
    return np.linalg.solve(a, np.array([measured, 1.0], dtype=np.float64))[0]


@right("16.true_obedience")
def one_minus_the_rest(measured, hit, false):
    return 1 - (hit - measured) / (hit - false)


@right("16.true_obedience")
def in_torch(measured, hit, false):
    m, h, f = (torch.as_tensor(v, dtype=torch.float64) for v in (measured, hit, false))
    return (m - f) / (h - f)


@right("16.true_obedience")
def two_points(measured, hit, false):
    return np.interp(measured, [false, hit], [0.0, 1.0])


@wrong("16.true_obedience")
def as_measured(measured, hit, false):
    return float(measured)


@wrong("16.true_obedience")
def over_hit(measured, hit, false):
    return measured / hit


@wrong("16.true_obedience")
def minus_false(measured, hit, false):
    return measured - false


@wrong("16.true_obedience")
def what_is_read(measured, hit, false):
    return false + measured * (hit - false)


@wrong("16.true_obedience")
def minus_false_over_hit(measured, hit, false):
    return measured / hit - false / hit


@wrong("16.true_obedience")
def plus_misses(measured, hit, false):
    return measured - false + 1 - hit
