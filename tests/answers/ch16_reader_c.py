"""Answers of a third reader to chapter 16, with other tools than the first two."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 16.obeys


@right("16.obeys")
def obeys_by_a_transpose(grid, first, relation, second):
    if relation in ("above", "below"):
        grid = grid.T
    if relation in ("right of", "below"):
        first, second = second, first
    rows = [[int(n) for n in row if n >= 0] for row in grid]
    return [row for row in rows if row] == [[first, second]]


@right("16.obeys")
def obeys_by_listing_all_scenes(grid, first, relation, second):
    step = {"left of": (0, 1), "right of": (0, -1), "above": (1, 0), "below": (-1, 0)}
    y, x = step[relation]
    for r, c, far in itertools.product(range(3), range(3), (1, 2)):
        s, d = r + far * y, c + far * x
        if 0 <= s < 3 and 0 <= d < 3:
            scene = torch.full((3, 3), -1)
            scene[r, c], scene[s, d] = first, second
            if torch.equal(scene, grid.long()):
                return True
    return False


@right("16.obeys")
def obeys_by_sums(grid, first, relation, second):
    seen = (grid >= 0).numpy()
    along = 1 if relation in ("left of", "right of") else 0
    if seen.sum() != 2 or seen.sum(along).max() != 2:
        return np.False_
    digits = grid.numpy()[seen].tolist()
    if relation.startswith(("right", "below")):
        digits.reverse()
    return np.array_equal(digits, [first, second])


@right("16.obeys")
def obeys_with_complex_places(grid, first, relation, second):
    at = {complex(r, c): int(grid[r, c]) for r in range(3) for c in range(3)}
    at = {place: digit for place, digit in at.items() if digit >= 0}
    turn = {"left of": 1j, "right of": -1j, "above": 1, "below": -1}[relation]
    return len(at) == 2 and any(
        at[p] == first and at[q] == second and (q - p) / turn in (1, 2)
        for p, q in itertools.permutations(at)
    )


@right("16.obeys")
def obeys_as_text(grid, first, relation, second):
    if relation in ("above", "below"):
        grid = grid.mT
    text = "/".join("".join("." if n < 0 else f"{n}" for n in r) for r in grid.tolist())
    a, b = (first, second) if relation in ("left of", "above") else (second, first)
    lines = [line for line in text.split("/") if line != "..."]
    return lines in ([f"{a}{b}."], [f"{a}.{b}"], [f".{a}{b}"])


@wrong("16.obeys")
def obeys_with_a_third_digit(grid, first, relation, second):
    if relation in ("above", "below"):
        grid = grid.T
    if relation in ("right of", "below"):
        first, second = second, first
    return any([n for n in row if n >= 0] == [first, second] for row in grid.tolist())


@wrong("16.obeys")
def obeys_neighbours_only(grid, first, relation, second):
    if relation in ("above", "below"):
        grid = grid.T
    if relation in ("right of", "below"):
        first, second = second, first
    pairs = [(grid[r, c], grid[r, c + 1]) for r in range(3) for c in range(2)]
    return (grid >= 0).sum() == 2 and (first, second) in pairs


@wrong("16.obeys")
def obeys_by_half_planes(grid, first, relation, second):
    where = {int(grid[r, c]): (r, c) for r, c in (grid >= 0).nonzero().tolist()}
    if first not in where or second not in where or (grid >= 0).sum() != 2:
        return False
    (r, c), (s, d) = where[first], where[second]
    return {"left of": c < d, "right of": c > d, "above": r < s, "below": r > s}[
        relation
    ]


@wrong("16.obeys")
def obeys_equal_digits_lost(grid, first, relation, second):
    places = [(grid == n).nonzero().tolist() for n in (first, second)]
    if [len(one) for one in places] != [1, 1] or (grid >= 0).sum() != 2:
        return False
    ((r, c),), ((s, d),) = places
    return {
        "left of": r == s and c < d,
        "right of": r == s and c > d,
        "above": c == d and r < s,
        "below": c == d and r > s,
    }[relation]


@wrong("16.obeys")
def obeys_zero_is_empty(grid, first, relation, second):
    grid = grid.clamp(min=0)
    if relation in ("above", "below"):
        grid = grid.T
    if relation in ("right of", "below"):
        first, second = second, first
    rows = [[int(n) for n in row if n] for row in grid]
    return [row for row in rows if row] == [[first, second]]


# 16.best_for_a_bag


@right("16.best_for_a_bag")
def bag_by_sorting(captions):
    rows = sorted((sorted(c.split()), c.split()) for c in captions)
    best = 0
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        runs = itertools.groupby(group, key=lambda row: row[1])
        best += max(len(list(run)) for _, run in runs)
    return best / len(captions)


@right("16.best_for_a_bag")
def bag_as_a_fraction(captions):
    best = {}
    for caption, n in Counter(map(str, captions)).items():
        key = frozenset(Counter(caption.split()).items())
        best[key] = max(best.get(key, 0), n)
    return Fraction(sum(best.values()), len(captions))


@right("16.best_for_a_bag")
def bag_one_minus_the_losers(captions):
    from operator import itemgetter

    known, lost = {}, 0
    for caption, n in sorted(Counter(captions).items(), key=itemgetter(1)):
        key = str(sorted(caption.split()))
        lost += known.get(key, 0)
        known[key] = n
    return 1 - lost / len(captions)


@right("16.best_for_a_bag")
def bag_by_numpy(captions):
    names, of = np.unique(captions, return_inverse=True)
    bags = ["\n".join(sorted(name.split())) for name in names]
    _, group = np.unique(bags, return_inverse=True)
    table = np.zeros((group.max() + 1, len(names)))
    np.add.at(table, (group[of], of), 1)
    return table.max(1).mean() * len(table) / len(captions)


@right("16.best_for_a_bag")
def bag_as_a_torch_share(captions):
    bags = {c: tuple(sorted(c.split(" "))) for c in captions}
    n = Counter(captions)
    best = torch.tensor(
        [max(n[c] for c in bags if bags[c] == bag) for bag in set(bags.values())]
    )
    return best.sum() / len(captions)


@wrong("16.best_for_a_bag")
def bag_of_different_captions(captions):
    kinds = set(captions)
    return len({tuple(sorted(c.split())) for c in kinds}) / len(kinds)


@wrong("16.best_for_a_bag")
def bag_without_repeats_of_words(captions):
    groups = {}
    for c in captions:
        groups.setdefault(frozenset(c.split()), []).append(c)
    return sum(max(Counter(g).values()) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def bag_of_characters(captions):
    groups = {}
    for c in captions:
        groups.setdefault("".join(sorted(c)), []).append(c)
    return sum(max(Counter(g).values()) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def bag_that_guesses(captions):
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(c.split())), []).append(c)
    lucky = sum(1 / len(set(g)) * len(g) for g in groups.values())
    return lucky / len(captions)


@wrong("16.best_for_a_bag")
def bag_in_proportion(captions):
    n = Counter(captions)
    size = Counter(tuple(sorted(c.split())) for c in captions)
    hits = sum(k * k / size[tuple(sorted(c.split()))] for c, k in n.items())
    return hits / len(captions)


# 16.same_level


def _coordinates(level):
    return {(r, c): int(level[r, c]) for r, c in np.ndindex(*level.shape)}


@right("16.same_level")
def same_by_complex_numbers(a, b):
    def placed(level):
        h, w = level.shape
        return {
            (complex(2 * c - w + 1, 2 * r - h + 1), code)
            for (r, c), code in _coordinates(level).items()
        }

    mine, its = placed(a), placed(b)
    forms = ({(z * t, n) for z, n in mine} for t in (1, 1j, -1, -1j))
    turned = list(forms)
    return its in turned + [{(z.conjugate(), n) for z, n in f} for f in turned]


@right("16.same_level")
def same_by_lists(a, b):
    level, wanted = a.tolist(), b.tolist()
    for _ in range(4):
        if wanted in (level, level[::-1]):
            return True
        level = [list(row) for row in zip(*level[::-1], strict=True)]
    return False


@right("16.same_level")
def same_by_flips_and_a_transpose(a, b):
    forms = [a.flip(dims) for dims in ([], [0], [1], [0, 1])]
    forms += [form.mT for form in forms]
    return any(f.shape == b.shape and bool((f == b).all()) for f in forms)


@right("16.same_level")
def same_by_a_name(a, b):
    def name(level):
        level = np.asarray(level)
        every = (np.rot90(m, k) for m in (level, level.T) for k in range(4))
        return min((m.shape, m.tolist()) for m in every)

    return name(a) == name(b)


@right("16.same_level")
def same_by_bytes(a, b):
    def forms(level):
        array = level.numpy().astype("i2")
        for k in range(4):
            for one in (np.rot90(array, k), np.rot90(array, k)[:, ::-1]):
                yield one.shape, np.ascontiguousarray(one).tobytes()

    return bool(set(forms(a)) & set(forms(b)))


@wrong("16.same_level")
def same_row_by_row(a, b):
    rows = [sorted(row) for row in a.tolist()]
    return sorted(rows) == sorted(sorted(row) for row in b.tolist())


@wrong("16.same_level")
def same_spectrum(a, b):
    if sorted(a.shape) != sorted(b.shape):
        return False
    return bool(torch.allclose(*(torch.linalg.svdvals(m.double()) for m in (a, b))))


@wrong("16.same_level")
def same_by_turns_alone(a, b):
    return any(np.array_equal(np.rot90(a.numpy(), k), b.numpy()) for k in range(-2, 2))


@wrong("16.same_level")
def same_of_one_shape(a, b):
    if a.shape != b.shape:
        return False
    return any(torch.equal(b, a.flip(d)) for d in ([], [0], [1], [0, 1]))


@wrong("16.same_level")
def same_border_forgotten(a, b):
    return any(
        torch.equal(b[1:-1, 1:-1], torch.rot90(m, k)[1:-1, 1:-1])
        for m in (a, a.flip(0))
        for k in range(4)
        if torch.rot90(m, k).shape == b.shape
    )


# 16.seconds_per_level


@right("16.seconds_per_level")
def wait_by_a_series(draw, solve, look_up, playable, novel):
    keep, each = playable * novel, draw + solve + playable * look_up
    if keep == 1:
        return each
    return each * (1 / (1 - (1 - keep)))


@right("16.seconds_per_level")
def wait_as_an_equation(draw, solve, look_up, playable, novel):
    # t = each + (1 - keep) t
    each = draw + solve + playable * look_up
    return np.linalg.solve([[playable * novel]], [each])[0]


@right("16.seconds_per_level")
def wait_in_two_stages(draw, solve, look_up, playable, novel):
    for_a_playable = (draw + solve) / playable + look_up
    return for_a_playable / novel


@right("16.seconds_per_level")
def wait_as_a_fraction(draw, solve, look_up, playable, novel):
    d, s, t, q, v = map(Fraction, (draw, solve, look_up, playable, novel))
    return d / q / v + s / q / v + t / v


@right("16.seconds_per_level")
def wait_as_a_chain(draw, solve, look_up, playable, novel):
    # states: drawing, looking up; expected seconds until kept
    stay = torch.tensor([[1 - playable, playable], [1 - novel, 0.0]]).double()
    cost = torch.tensor([draw + solve, look_up]).double()
    return torch.linalg.solve(torch.eye(2).double() - stay, cost)[0]


@wrong("16.seconds_per_level")
def wait_all_looked_up(draw, solve, look_up, playable, novel):
    return sum((draw, solve, look_up)) / math.prod((playable, novel))


@wrong("16.seconds_per_level")
def wait_for_failures(draw, solve, look_up, playable, novel):
    keep = playable * novel
    return (1 - keep) / keep * (draw + solve + playable * look_up)


@wrong("16.seconds_per_level")
def wait_look_up_once(draw, solve, look_up, playable, novel):
    return (draw + solve) / (playable * novel) + look_up


@wrong("16.seconds_per_level")
def wait_median(draw, solve, look_up, playable, novel):
    each = draw + solve + playable * look_up
    keep = min(playable * novel, 1 - 1e-12)
    return each * math.log(0.5) / math.log(1 - keep)


@wrong("16.seconds_per_level")
def wait_only_playable_solved(draw, solve, look_up, playable, novel):
    return draw / (playable * novel) + solve / novel + look_up / novel


# 16.true_obedience


@right("16.true_obedience")
def share_by_solving(measured, hit, false):
    return np.interp(measured, [false, hit], [0.0, 1.0])


@right("16.true_obedience")
def share_by_youden(measured, hit, false):
    specificity = 1 - false
    return (measured + specificity - 1) / (hit + specificity - 1)


@right("16.true_obedience")
def share_by_matrices(measured, hit, false):
    mixed = torch.tensor([[hit, false], [1 - hit, 1 - false]]).double()
    return torch.linalg.solve(mixed, torch.tensor([measured, 1 - measured]).double())[0]


@right("16.true_obedience")
def share_by_bisection(measured, hit, false):
    low, high = -10.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        if middle * hit + (1 - middle) * false < measured:
            low = middle
        else:
            high = middle
    return low


@right("16.true_obedience")
def share_as_one_minus_the_rest(measured, hit, false):
    return 1 - (hit - measured) / (hit - false)


@wrong("16.true_obedience")
def share_misses_added(measured, hit, false):
    return measured + (1 - hit) - false


@wrong("16.true_obedience")
def share_bayes(measured, hit, false):
    return measured * hit / (measured * hit + (1 - measured) * false)


@wrong("16.true_obedience")
def share_forwards(measured, hit, false):
    return measured * hit + (1 - measured) * false


@wrong("16.true_obedience")
def share_false_not_subtracted(measured, hit, false):
    return measured / (hit - false)


@wrong("16.true_obedience")
def share_false_of_the_rest(measured, hit, false):
    return (measured - false * (1 - measured)) / hit


# 16.both_futures


@right("16.both_futures")
def futures_by_moments(a, b, p):
    mean = torch.lerp(b, a, float(p))
    variance = p * a**2 + (1 - p) * b**2 - mean**2
    return mean, variance.mean(), 2 * variance.mean()


@right("16.both_futures")
def futures_in_numpy(a, b, p):
    a, b = a.numpy(), b.numpy()
    best = np.average([a, b], axis=0, weights=[p, 1 - p])
    error = p * ((a - best) ** 2).mean() + (1 - p) * ((b - best) ** 2).mean()
    return best, error, error * 2


@right("16.both_futures")
def futures_by_all_pairs(a, b, p):
    frames, chances = (a, b), (p, 1 - p)
    best = sum(c * f for c, f in zip(chances, frames, strict=True))
    single = sum(c * F.mse_loss(best, f) for c, f in zip(chances, frames, strict=True))
    drawn = sum(
        chances[i] * chances[j] * F.mse_loss(frames[i], frames[j])
        for i in range(2)
        for j in range(2)
    )
    return best, single, drawn


@right("16.both_futures")
def futures_by_a_norm(a, b, p):
    gap = torch.linalg.vector_norm(a - b) ** 2 / a.numel()
    return [b + p * (a - b), (p - p * p) * gap, (1 - p**2 - (1 - p) ** 2) * gap]


@right("16.both_futures")
def futures_by_descent(a, b, p):
    best = torch.zeros_like(a)
    for _ in range(60):  # a step of 1/2 of the Hessian's inverse
        best = best - 0.5 * (p * (best - a) + (1 - p) * (best - b))
    error = (p * (a - best) ** 2 + (1 - p) * (b - best) ** 2).mean()
    return best, error, error + error


@wrong("16.both_futures")
def futures_median(a, b, p):
    gap = (a - b).square().mean()
    return (a if p > 0.5 else b), min(p, 1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def futures_summed(a, b, p):
    gap = (a - b).square().sum()
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def futures_draw_as_good(a, b, p):
    gap = (a - b).square().mean()
    return p * a + (1 - p) * b, p * (1 - p) * gap, p * (1 - p) * gap


@wrong("16.both_futures")
def futures_root(a, b, p):
    gap = (a - b).square().mean()
    one = (p * (1 - p) * gap).sqrt()
    return p * a + (1 - p) * b, one, one * 2**0.5


@wrong("16.both_futures")
def futures_fair_coin(a, b, p):
    gap = (a - b).square().mean()
    return p * a + (1 - p) * b, gap / 4, gap / 2


# 16.which_generator


@right("16.which_generator")
def ship_by_sorting(figures):
    order = sorted(figures, key=lambda name: abs(figures[name]["accuracy"] - 0.5))
    fit = [n for n in order if figures[n]["near"] >= 0.5]
    return next((n for n in fit if figures[n]["legs"] >= 0.95), "none")


@right("16.which_generator")
def ship_in_a_loop(figures):
    best, least = "none", math.inf
    for name, row in figures.items():
        if row["near"] < 0.5 or row["legs"] < 0.95:
            continue
        if (gap := abs(row["accuracy"] - 0.5)) < least:
            best, least = name, gap
    return best


@right("16.which_generator")
def ship_with_penalties(figures):
    def cost(name):
        row = figures[name]
        out = row["near"] < 0.5 or row["legs"] < 0.95
        return math.inf if out else abs(row["accuracy"] - 0.5)

    best = min(figures, key=cost, default=None)
    return "none" if best is None or cost(best) == math.inf else best


@right("16.which_generator")
def ship_with_arrays(figures):
    names = np.array([*figures, "none"])
    rows = [[r["accuracy"], r["near"], r["legs"]] for r in figures.values()]
    table = np.array([*rows, [9.0, 1.0, 1.0]])
    gap = np.abs(table[:, 0] - 0.5)
    gap[(table[:, 1] < 0.5) | (table[:, 2] < 0.95)] = np.inf
    return str(names[gap.argmin()])


@right("16.which_generator")
def ship_by_removal(figures):
    left = dict(figures)
    for name in list(left):
        if not (left[name]["near"] >= 0.5 and left[name]["legs"] >= 0.95):
            del left[name]
    if not left:
        return "none"
    gaps = {abs(0.5 - row["accuracy"]): name for name, row in left.items()}
    return gaps[min(gaps)]


@wrong("16.which_generator")
def ship_least_accuracy(figures):
    fit = {n: r for n, r in figures.items() if r["near"] >= 0.5 and r["legs"] >= 0.95}
    return min(fit, key=lambda n: fit[n]["accuracy"], default="none")


@wrong("16.which_generator")
def ship_most_coverage(figures):
    fit = {n: r for n, r in figures.items() if r["near"] >= 0.5 and r["legs"] >= 0.95}
    return max(fit, key=lambda n: fit[n]["coverage"], default="none")


@wrong("16.which_generator")
def ship_best_then_check(figures):
    best = min(figures, key=lambda n: abs(figures[n]["accuracy"] - 0.5))
    row = figures[best]
    return best if row["near"] >= 0.5 and row["legs"] >= 0.95 else "none"


@wrong("16.which_generator")
def ship_far_ones_refused(figures):
    fit = {n: r for n, r in figures.items() if r["near"] <= 0.5 and r["legs"] >= 0.95}
    return min(fit, key=lambda n: abs(fit[n]["accuracy"] - 0.5), default="none")


@wrong("16.which_generator")
def ship_first_that_fits(figures):
    fit = (n for n, r in figures.items() if r["near"] >= 0.5 and r["legs"] >= 0.95)
    return next(fit, "none")


# 16.bounce


@right("16.bounce")
def bounce_by_a_triangle_wave(start, speed, frames, low, high):
    t = np.arange(frames)
    angle = math.pi * (start - low + speed * t) / (high - low)
    return low + (high - low) * np.arccos(np.cos(angle)) / math.pi


@right("16.bounce")
def bounce_by_fold(start, speed, frames, low, high):
    places = []
    for t in range(frames):
        x = start + t * speed
        while not low <= x <= high:
            x = 2 * high - x if x > high else 2 * low - x
        places.append(x)
    return torch.tensor(places)


@right("16.bounce")
def bounce_by_two_halves(start, speed, frames, low, high):
    u = (start - low + speed * torch.arange(frames).double()) % (2 * (high - low))
    return low + torch.minimum(u, 2 * (high - low) - u)


@right("16.bounce")
def bounce_in_small_steps(start, speed, frames, low, high):
    x, found = start, []
    for _ in range(frames):
        found.append(x)
        left = abs(speed)
        while left > 0:
            room = high - x if speed > 0 else x - low
            go = min(room, left)
            x += math.copysign(go, speed)
            left -= go
            if left > 0:
                speed = -speed
    return torch.tensor(found)


@right("16.bounce")
def bounce_by_room_numbers(start, speed, frames, low, high):
    u = (start - low + speed * torch.arange(frames)) / (high - low)
    room, rest = u.floor(), u - u.floor()
    return low + (high - low) * torch.where(room % 2 == 0, rest, 1 - rest)


@wrong("16.bounce")
def bounce_by_a_cosine(start, speed, frames, low, high):
    angle = math.pi * (start - low + speed * torch.arange(frames)) / (high - low)
    return low + (high - low) * (1 - angle.cos()) / 2


@wrong("16.bounce")
def bounce_remainder_with_sign(start, speed, frames, low, high):
    L = high - low
    u = torch.fmod(start - low + speed * torch.arange(frames), 2 * L)
    return low + L - (u - L).abs()


@wrong("16.bounce")
def bounce_upper_wall_alone(start, speed, frames, low, high):
    x = start + speed * torch.arange(frames)
    return high - (high - x).abs()


@wrong("16.bounce")
def bounce_speed_halved(start, speed, frames, low, high):
    x, found = start, []
    for _ in range(frames):
        found.append(x)
        x += speed
        if not low <= x <= high:
            x = 2 * (high if x > high else low) - x
            speed *= -0.5
    return torch.tensor(found)


@wrong("16.bounce")
def bounce_in_whole_pixels(start, speed, frames, low, high):
    L = high - low
    u = start - low + speed * torch.arange(frames)
    return (low + L - (u % (2 * L) - L).abs()).round()


# 16.whole_number_masses


@right("16.whole_number_masses")
def masses_by_tanh(centre, scale, low, high):
    edges = (np.arange(low, high) + 0.5 - centre) / (2 * scale)
    return np.diff((np.tanh(edges) + 1) / 2, prepend=0, append=1)


@right("16.whole_number_masses")
def masses_by_infinite_edges(centre, scale, low, high):
    edges = torch.arange(low, high + 2).double() - 0.5
    edges[0], edges[-1] = -math.inf, math.inf
    return ((edges - centre) / scale).sigmoid().diff()


@right("16.whole_number_masses")
def masses_one_by_one(centre, scale, low, high):
    def below(x):
        z = (x - centre) / scale
        return math.exp(z) / (1 + math.exp(z)) if z < 0 else 1 / (1 + math.exp(-z))

    found = []
    for n in range(low, high + 1):
        left = 0.0 if n == low else below(n - 0.5)
        found.append((1.0 if n == high else below(n + 0.5)) - left)
    return np.array(found)


@right("16.whole_number_masses")
def masses_folded_from_a_wide_table(centre, scale, low, high):
    wide = torch.arange(low - 2000, high + 2001).double()
    mass = ((wide + 0.5 - centre) / scale).sigmoid()
    mass = mass - ((wide - 0.5 - centre) / scale).sigmoid()
    middle = mass[2000:-2000].clone()
    middle[0] += mass[:2000].sum()
    middle[-1] += mass[-2000:].sum()
    return middle


@right("16.whole_number_masses")
def masses_by_distribution(centre, scale, low, high):
    from scipy.stats import logistic

    edges = np.arange(low, high) + 0.5
    inner = logistic.cdf(edges, loc=centre, scale=scale)
    return torch.from_numpy(np.diff(np.r_[0.0, inner, 1.0]))


@wrong("16.whole_number_masses")
def masses_normalised(centre, scale, low, high):
    n = torch.arange(low, high + 1)
    p = ((n + 0.5 - centre) / scale).sigmoid() - ((n - 0.5 - centre) / scale).sigmoid()
    return p / p.sum()


@wrong("16.whole_number_masses")
def masses_of_a_normal(centre, scale, low, high):
    edges = torch.arange(low, high) + 0.5
    inner = torch.special.ndtr((edges - centre) / scale)
    return torch.cat([torch.zeros(1), inner, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def masses_softmax_of_density(centre, scale, low, high):
    z = (torch.arange(low, high + 1) - centre) / scale
    return (F.logsigmoid(z) + F.logsigmoid(-z)).softmax(0)


@wrong("16.whole_number_masses")
def masses_edges_at_numbers(centre, scale, low, high):
    inner = ((torch.arange(low + 1, high + 1) - centre) / scale).sigmoid()
    return torch.cat([torch.zeros(1), inner, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def masses_of_a_mirror(centre, scale, low, high):
    edges = torch.arange(low, high) + 0.5
    inner = ((edges - centre) / scale).sigmoid()
    return torch.cat([torch.zeros(1), inner, torch.ones(1)]).diff().flip(0)


# 16.string_loop


@right("16.string_loop")
def loop_by_search(pitch, rate):
    period = rate / pitch
    for N in itertools.count(1):
        delta = period - 0.5 - N
        if 0.1 <= delta < 1.1:
            return N, (1 - delta) / (1 + delta)


@right("16.string_loop")
def loop_by_divmod(pitch, rate):
    N, rest = divmod(rate / pitch - 0.6, 1)
    return int(N), (0.9 - rest) / (1.1 + rest)


@right("16.string_loop")
def loop_borrowing_a_sample(pitch, rate):
    fraction, whole = math.modf(rate / pitch - 0.5)
    if fraction < 0.1:
        fraction, whole = fraction + 1, whole - 1
    return int(whole), 2 / (1 + fraction) - 1


@right("16.string_loop")
def loop_in_torch(pitch, rate):
    rest = torch.tensor(rate / pitch - 0.5, dtype=torch.float64)
    N = torch.floor(rest - 0.1)
    delta = rest - N
    return int(N), (1 - delta) / (1 + delta)


@right("16.string_loop")
def loop_by_a_tangent(pitch, rate):
    rest = rate / pitch - 0.5
    N = math.ceil(rest - 1.1 + 1e-12)
    return N, math.tan(math.pi / 4 - math.atan(rest - N))


@wrong("16.string_loop")
def loop_in_seconds(pitch, rate):
    rest = 1 / pitch - 0.5 / rate
    N = math.floor(rest - 0.1)
    return N, (1 - rest + N) / (1 + rest - N)


@wrong("16.string_loop")
def loop_with_a_whole_average(pitch, rate):
    rest = rate / pitch - 1
    N = math.floor(rest - 0.1)
    return N, (1 - rest + N) / (1 + rest - N)


@wrong("16.string_loop")
def loop_with_linear_interpolation(pitch, rate):
    rest = rate / pitch - 0.5
    N = math.floor(rest - 0.1)
    return N, rest - N - 0.1


@wrong("16.string_loop")
def loop_delta_too_large(pitch, rate):
    rest = rate / pitch - 0.5
    N = math.floor(rest - 1.1)
    return N, (1 - rest + N) / (1 + rest - N)


@wrong("16.string_loop")
def loop_upside_down_ratio(pitch, rate):
    rest = pitch / rate - 0.5
    N = math.floor(rest - 0.1)
    return N, (1 - rest + N) / (1 + rest - N)
