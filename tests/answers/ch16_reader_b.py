"""Answers of a reader to chapter 16: levels, tiles, shapes, captions."""

import math
import re
from collections import Counter, defaultdict, deque
from fractions import Fraction

import numpy as np
import torch
from scipy import ndimage, optimize

from tests.answers import right, wrong

# 16.push_step


@right("16.push_step")
def in_numpy(player, boxes, walls, step):
    p, s = np.array(player), np.array(step)
    new, far = tuple(p + s), tuple(p + 2 * s)
    if new in walls:
        return player, boxes
    if new in boxes:
        if far in walls or far in boxes:
            return player, boxes
        return new, boxes.difference({new}).union({far})
    return new, boxes


@right("16.push_step")
def in_torch(player, boxes, walls, step):
    one, two = (
        tuple((torch.tensor(player) + n * torch.tensor(step)).tolist()) for n in (1, 2)
    )
    stuck = one in walls or (one in boxes and (two in boxes or two in walls))
    if stuck:
        return player, boxes
    moved = frozenset(two if b == one else b for b in boxes)
    return one, moved


@right("16.push_step")
def one_letter_names(player, boxes, walls, step):
    (r, c), (dr, dc) = player, step
    n, f = (r + dr, c + dc), (r + dr + dr, c + dc + dc)
    if n not in walls and n not in boxes:
        return n, boxes
    if n in boxes and f not in walls and f not in boxes:
        b = list(boxes)
        b.remove(n)
        b.append(f)
        return n, frozenset(b)
    return (r, c), boxes


@right("16.push_step")
def state_in_a_list(player, boxes, walls, step):
    new = tuple(map(sum, zip(player, step, strict=True)))
    far = tuple(map(sum, zip(new, step, strict=True)))
    state = [player, boxes]
    if new not in walls and not (new in boxes and (far in walls or far in boxes)):
        state[0] = new
        if new in boxes:
            state[1] = (boxes | {far}) - {new}
    return tuple(state)


@wrong("16.push_step")
def a_plain_set(player, boxes, walls, step):
    """The rules are right, but no set of positions can hold this."""
    new, boxes = one_letter_names(player, boxes, walls, step)
    return new, set(boxes)


@wrong("16.push_step")
def a_list_as_square(player, boxes, walls, step):
    new, boxes = one_letter_names(player, boxes, walls, step)
    return list(new), boxes


@wrong("16.push_step")
def braces_in_the_wrong_order(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in walls or (new in boxes and (far in walls or far in boxes)):
        return player, boxes
    return new, (boxes | {far} - {new} if new in boxes else boxes)


@wrong("16.push_step")
def walls_forgotten(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in boxes:
        if far in walls or far in boxes:
            return player, boxes
        return new, boxes - {new} | {far}
    return new, boxes


@wrong("16.push_step")
def removes_in_place(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in walls or (new in boxes and (far in walls or far in boxes)):
        return player, boxes
    if new in boxes:
        boxes.remove(new)
        boxes.add(far)
    return new, boxes


@wrong("16.push_step")
def nothing_is_asked_behind(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in walls:
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


# 16.live_squares


@right("16.live_squares")
def with_the_player(walls, goals):
    """The full search: a lone box, and where the player can walk."""
    free = {(int(r), int(c)) for r, c in (~walls).nonzero()}
    ways = ((0, 1), (0, -1), (1, 0), (-1, 0))

    def region(start, box):
        seen, todo = {start}, [start]
        while todo:
            r, c = todo.pop()
            for y, x in ways:
                new = r + y, c + x
                if new in free and new != box and new not in seen:
                    seen.add(new)
                    todo.append(new)
        return seen

    def is_live(first):
        todo = [(first, min(region(p, first))) for p in free if p != first]
        seen = set(todo)
        while todo:
            (r, c), player = todo.pop()
            if goals[r, c]:
                return True
            near = region(player, (r, c))
            for y, x in ways:
                if (r + y, c + x) in free and (r - y, c - x) in near:
                    one = (r + y, c + x), min(region((r, c), (r + y, c + x)))
                    if one not in seen:
                        seen.add(one)
                        todo.append(one)
        return bool(goals[first])

    live = torch.zeros_like(goals)
    for square in free:
        live[square] = is_live(square)
    return live


@right("16.live_squares")
def by_distances(walls, goals):
    far = torch.where(goals, 0.0, math.inf)
    for _ in range(walls.numel()):
        for d, s in ((0, 1), (0, -1), (1, 1), (1, -1)):
            may = ~walls & ~walls.roll(-s, d)
            far = torch.where(may, torch.minimum(far, far.roll(s, d) + 1), far)
    return far < math.inf


@right("16.live_squares")
def whole_numbers_back(walls, goals):
    w, live = walls.int().numpy(), goals.int().numpy().copy()
    changed = True
    while changed:
        changed = False
        for r in range(1, len(w) - 1):
            for c in range(1, len(w[0]) - 1):
                if w[r, c] or live[r, c]:
                    continue
                across = not w[r, c - 1] and not w[r, c + 1]
                along = not w[r - 1, c] and not w[r + 1, c]
                if (across and (live[r, c - 1] or live[r, c + 1])) or (
                    along and (live[r - 1, c] or live[r + 1, c])
                ):
                    live[r, c], changed = 1, True
    return live


@right("16.live_squares")
def queue_of_tensors(walls, goals):
    live, todo = goals.clone(), deque(goals.nonzero())
    steps = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])
    while todo:
        at = todo.popleft()
        for step in steps:
            box, man = at - step, at - 2 * step
            if walls[tuple(box)] or live[tuple(box)] or walls[tuple(man)]:
                continue
            live[tuple(box)] = True
            todo.append(box)
    return live


@wrong("16.live_squares")
def can_be_pushed(walls, goals):
    free = ~walls
    across = free.roll(1, 1) & free.roll(-1, 1)
    along = free.roll(1, 0) & free.roll(-1, 0)
    return goals | (free & (across | along))


@wrong("16.live_squares")
def goals_overwritten(walls, goals):
    live = goals  # the same memory
    todo = [tuple(cell) for cell in goals.nonzero().tolist()]
    while todo:
        r, c = todo.pop()
        for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            a, b = (r + y, c + x), (r + 2 * y, c + 2 * x)
            if not walls[a] and not live[a] and not walls[b]:
                live[a] = True
                todo.append(a)
    return live


@wrong("16.live_squares")
def players_square_marked(walls, goals):
    live = goals.clone()
    todo = [tuple(cell) for cell in goals.nonzero().tolist()]
    while todo:
        r, c = todo.pop()
        for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            a, b = (r + y, c + x), (r + 2 * y, c + 2 * x)
            if not walls[a] and not walls[b] and not live[b]:
                live[b] = True
                todo.append(b)
    return live


@wrong("16.live_squares")
def one_neighbour_free(walls, goals):
    """A box is live where any neighbour is free for the player, not the one behind."""
    near = ndimage.convolve(
        (~walls).numpy().astype(int), [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    )
    ok = torch.from_numpy(near >= 2) & ~walls
    live = goals.clone()
    for _ in range(walls.numel()):
        for d, s in ((0, 1), (0, -1), (1, 1), (1, -1)):
            live = live | (live.roll(s, d) & ok)
    return live


@wrong("16.live_squares")
def goals_are_no_floor(walls, goals):
    floor, live = ~(walls | goals), goals.clone()
    for _ in range(walls.numel()):
        for d, s in ((0, 1), (0, -1), (1, 1), (1, -1)):
            live = live | (live.roll(s, d) & ~walls & floor.roll(-s, d))
    return live


@wrong("16.live_squares")
def in_line_with_a_goal(walls, goals):
    rows, columns = goals.any(1, keepdim=True), goals.any(0, keepdim=True)
    return ~walls & (rows | columns)


# 16.room_first


@right("16.room_first")
def with_lookup_tables(level):
    under = {0: 0, 1: 1, 2: 2, 3: 0, 4: 2, 5: 0, 6: 2}
    tokens = [under[v] for row in level.tolist() for v in row]
    for wanted in ({3, 4}, {5, 6}):
        for r, row in enumerate(level.tolist()):
            for c, v in enumerate(row):
                if v in wanted:
                    tokens.append(3 + r * len(row) + c)
    return torch.tensor(tokens)


@right("16.room_first")
def thirty_two_bits(level):
    flat = level.reshape(-1).to(torch.int32)
    ground = (flat == 1).int() + 2 * ((flat == 2) | (flat == 4) | (flat == 6)).int()
    boxes = torch.where((flat == 3) | (flat == 4))[0].int() + 3
    player = torch.where((flat == 5) | (flat == 6))[0].int() + 3
    return torch.cat((ground, boxes, player))


@right("16.room_first")
def sorted_by_kind(level):
    flat = np.ravel(level.numpy())
    kind = np.select([flat >= 5, flat >= 3], [2, 1], 0)
    order = np.argsort(kind, kind="stable")
    things = order[kind[order] > 0] + 3
    return np.r_[np.take([0, 1, 2, 0, 2, 0, 2], flat), things]


@right("16.room_first")
def even_codes(level):
    flat = level.flatten()
    ground = torch.where(flat == 1, 1, torch.where((flat % 2 == 0) & (flat > 0), 2, 0))
    at = torch.arange(len(flat)) + 3
    is_box, is_player = flat.div(2, rounding_mode="floor"), flat >= 5
    return torch.cat(
        [ground, at[(flat == 3) | (is_box == 2) & (flat == 4)], at[is_player]]
    )


@wrong("16.room_first")
def codes_in_the_order_of_the_table(level):
    """Wall 0, goal 1, box 2, player 3, box on a goal 4, player on a goal 5, floor 6."""
    flat = level.flatten()
    ground = torch.tensor([1, 2, 0, 0, 2, 2, 0])[flat]
    boxes = ((flat == 2) | (flat == 4)).nonzero()[:, 0]
    player = ((flat == 3) | (flat == 5)).nonzero()[:, 0]
    return torch.cat([ground, 3 + boxes, 3 + player])


@wrong("16.room_first")
def two_tokens_for_a_place(level):
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    boxes = ((level == 3) | (level == 4)).nonzero().flatten()
    return torch.cat([ground, 3 + boxes, 3 + (level >= 5).nonzero().flatten()])


@wrong("16.room_first")
def only_the_things(level):
    flat = level.flatten()
    boxes = ((flat == 3) | (flat == 4)).nonzero()[:, 0]
    return torch.cat([3 + boxes, 3 + (flat >= 5).nonzero()[:, 0]])


@wrong("16.room_first")
def kinds_exchanged(level):
    flat = level.flatten()
    ground = torch.tensor([1, 0, 2, 1, 2, 1, 2])[flat]
    boxes = ((flat == 3) | (flat == 4)).nonzero()[:, 0]
    return torch.cat([ground, 3 + boxes, 3 + (flat >= 5).nonzero()[:, 0]])


@wrong("16.room_first")
def boxes_from_the_end(level):
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    boxes = ((flat == 3) | (flat == 4)).nonzero()[:, 0].flip(0)
    return torch.cat([ground, 3 + boxes, 3 + (flat >= 5).nonzero()[:, 0]])


@wrong("16.room_first")
def things_after_all_cells(level):
    """Places counted on from the last cell."""
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    boxes = ((flat == 3) | (flat == 4)).nonzero()[:, 0]
    player = (flat >= 5).nonzero()[:, 0]
    return torch.cat([ground, len(flat) + boxes, len(flat) + player])


# 16.same_level


@right("16.same_level")
def by_index_maps(a, b):
    n, m = a.shape
    x, y = a.tolist(), b.tolist()
    maps = [
        (lambda r, c: (r, c), (n, m)),
        (lambda r, c: (n - 1 - r, c), (n, m)),
        (lambda r, c: (r, m - 1 - c), (n, m)),
        (lambda r, c: (n - 1 - r, m - 1 - c), (n, m)),
        (lambda r, c: (c, r), (m, n)),
        (lambda r, c: (n - 1 - c, r), (m, n)),
        (lambda r, c: (c, m - 1 - r), (m, n)),
        (lambda r, c: (n - 1 - c, m - 1 - r), (m, n)),
    ]
    for to, (h, w) in maps:
        if (len(y), len(y[0])) != (h, w):
            continue
        pairs = ((y[r][c], to(r, c)) for r in range(h) for c in range(w))
        if all(value == x[i][j] for value, (i, j) in pairs):
            return True
    return False


@right("16.same_level")
def a_truth_in_a_tensor(a, b):
    found = torch.tensor(False)
    for k in range(4):
        turned = torch.rot90(a, k, (0, 1))
        for form in (turned, turned.flipud()):
            if form.shape == b.shape:
                found = found | (form == b).all()
    return found


@right("16.same_level")
def turned_then_transposed(a, b):
    form = a
    for i in range(8):
        form = form.T if i % 2 == 0 else form.flip(0)
        if torch.equal(form, b):
            return True
    return False


@right("16.same_level")
def as_float_arrays(a, b):
    a, b = a.double().numpy(), b.double().numpy()
    for _ in range(2):
        for k in range(4):
            turned = np.rot90(a, -k)
            if turned.shape == b.shape and np.allclose(turned, b):
                return True
        a = np.fliplr(a)
    return False


@wrong("16.same_level")
def six_forms(a, b):
    forms = [torch.rot90(a, k) for k in range(4)] + [a.flip(0), a.flip(1)]
    return any(torch.equal(form, b) for form in forms)


@wrong("16.same_level")
def mirrored_only(a, b):
    return any(torch.equal(torch.rot90(a.flip(1), k), b) for k in range(4))


@wrong("16.same_level")
def shapes_not_compared(a, b):
    forms = [torch.rot90(one, k) for one in (a, a.flip(1)) for k in range(4)]
    return any(bool((form == b).all()) for form in forms)


@wrong("16.same_level")
def sums_of_rows_and_columns(a, b):
    def sums(level):
        both = [sorted(level.sum(0).tolist()), sorted(level.sum(1).tolist())]
        return sorted(both)

    return sums(a) == sums(b)


@wrong("16.same_level")
def all_for_any(a, b):
    forms = [torch.rot90(one, k) for one in (a, a.flip(1)) for k in range(4)]
    return all(torch.equal(form, b) for form in forms)


@wrong("16.same_level")
def singular_values(a, b):
    x, y = (torch.linalg.svdvals(one.double()) for one in (a, b))
    return x.shape == y.shape and torch.allclose(x, y)


# 16.seconds_per_level


@right("16.seconds_per_level")
def exact_fractions(draw, solve, look_up, playable, novel):
    d, s, u, q, v = map(Fraction, (draw, solve, look_up, playable, novel))
    return float((d + s) / (q * v) + u / v)


@right("16.seconds_per_level")
def solved_as_an_equation(draw, solve, look_up, playable, novel):
    # t = one draw, then again after an unplayable one or a copy
    def gap(t):
        again = (1 - playable) * t + playable * (look_up + (1 - novel) * t)
        return draw + solve + again - t

    return -gap(0.0) / (gap(1.0) - gap(0.0))


@right("16.seconds_per_level")
def as_a_chain(draw, solve, look_up, playable, novel):
    """Mean time until the kept state of a Markov chain: (I - T) t = c."""
    chain = torch.tensor(
        [[1 - playable, playable], [1 - novel, 0.0]], dtype=torch.float64
    )
    cost = torch.tensor([draw + solve, look_up], dtype=torch.float64)
    return torch.linalg.solve(torch.eye(2, dtype=torch.float64) - chain, cost)[0]


@wrong("16.seconds_per_level")
def stages_apart(draw, solve, look_up, playable, novel):
    return (draw + solve) / playable + look_up / novel


@wrong("16.seconds_per_level")
def novel_share_of_all(draw, solve, look_up, playable, novel):
    return (draw + solve + playable * look_up) / novel


@wrong("16.seconds_per_level")
def look_up_by_novelty(draw, solve, look_up, playable, novel):
    return (draw + solve + novel * look_up) / (playable * novel)


@wrong("16.seconds_per_level")
def look_up_by_both(draw, solve, look_up, playable, novel):
    q = playable * novel
    return (draw + solve + q * look_up) / q


@wrong("16.seconds_per_level")
def rejections_in_a_row(draw, solve, look_up, playable, novel):
    return (draw + solve + playable * look_up) / ((1 - playable) * (1 - novel) + 1e-9)


# 16.brick_tiles


@right("16.brick_tiles")
def rolled_tiles(tile, rows, columns):
    """Moving the tile is moving the row."""
    other = tile.roll(tile.shape[-1] // 2, -1)
    lines = [torch.cat([(tile, other)[r & 1]] * columns, -1) for r in range(rows)]
    return torch.cat(lines, -2)


@right("16.brick_tiles")
def in_numpy_double(tile, rows, columns):
    t = tile.numpy().astype(np.float64)
    line = np.tile(t, (1, 1, columns))
    half = t.shape[2] // 2
    return np.concatenate(
        [np.roll(line, half * (r % 2), axis=2) for r in range(rows)], 1
    )


@right("16.brick_tiles")
def two_rows_at_once(tile, rows, columns):
    pair = torch.cat([tile, torch.roll(tile, tile.shape[2] // 2, 2)], dim=1)
    wall = pair.repeat(1, (rows + 1) // 2, columns)
    return wall[:, : rows * tile.shape[1]]


@right("16.brick_tiles")
def padded_around(tile, rows, columns):
    half = tile.shape[2] // 2
    line = tile.repeat(1, 1, columns)
    shifted = torch.nn.functional.pad(line, (half, 0), mode="circular")[..., :-half]
    out = tile.new_empty(tile.shape[0], rows, tile.shape[1], line.shape[2])
    out[:, 0::2], out[:, 1::2] = line[:, None], shifted[:, None]
    return out.flatten(1, 2)


@wrong("16.brick_tiles")
def no_dimension_named(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    half = tile.shape[2] // 2
    return torch.cat([row.roll(half) if r % 2 else row for r in range(rows)], 1)


@wrong("16.brick_tiles")
def every_row_moved(tile, rows, columns):
    return tile.repeat(1, rows, columns).roll(tile.shape[2] // 2, 2)


@wrong("16.brick_tiles")
def stacked_sideways(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    half = tile.shape[2] // 2
    return torch.cat([row.roll(half * (r % 2), 2) for r in range(rows)], 2)


@wrong("16.brick_tiles")
def one_tile_too_many(tile, rows, columns):
    """Half a brick stands out on each side."""
    half, height = tile.shape[2] // 2, tile.shape[1]
    wall = tile.new_zeros(tile.shape[0], rows * height, columns * tile.shape[2] + half)
    for r in range(rows):
        start = half if r % 2 else 0
        line = tile.repeat(1, 1, columns)
        wall[:, r * height : (r + 1) * height, start : start + line.shape[2]] = line
    return wall


@wrong("16.brick_tiles")
def pixel_lines_moved(tile, rows, columns):
    wall = tile.repeat(1, rows, columns)
    for y in range(1, wall.shape[1], 2):
        wall[:, y] = wall[:, y].roll(tile.shape[2] // 2, 1)
    return wall


@wrong("16.brick_tiles")
def moved_by_a_whole_tile(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    return torch.cat([row.roll(r % 2 * tile.shape[2], 2) for r in range(rows)], 1)


# 16.boxes_distance


@right("16.boxes_distance")
def with_einsum(places, centres, halves):
    q = (places[:, None] - centres[None]).abs() - halves[None]
    p = q.clamp(min=0)
    out = torch.einsum("nbk,nbk->nb", p, p).sqrt()
    return (out - torch.relu(-q.max(-1)[0])).min(1)[0]


@right("16.boxes_distance")
def by_broadcast_arrays(places, centres, halves):
    p, c, h = (np.asarray(one, dtype=np.float64) for one in (places, centres, halves))
    q = np.abs(p[:, None, :] - c) - h
    return np.min(
        np.where(
            (q > 0).any(-1), np.sqrt((np.clip(q, 0, None) ** 2).sum(-1)), q.max(-1)
        ),
        1,
    )


@right("16.boxes_distance")
def one_place_at_a_time(places, centres, halves):
    found = []
    for p in places:
        each = []
        for c, h in zip(centres, halves, strict=True):
            q = (p - c).abs() - h
            each.append(
                q.max() if (q < 0).all() else q.clamp(min=0).pow(2).sum().sqrt()
            )
        found.append(torch.stack(each).min())
    return torch.stack(found)


@right("16.boxes_distance")
def faces_of_all_boxes(places, centres, halves):
    """Outside the way to the nearest point, inside to the nearest of six faces."""
    low, high = (centres - halves)[None], (centres + halves)[None]
    p = places[:, None]
    out = torch.linalg.norm(p - torch.clamp(p, low, high), dim=-1)
    depth = torch.cat([p - low, high - p], -1).min(-1).values
    return torch.min(torch.where(depth > 0, -depth, out), dim=1).values


@wrong("16.boxes_distance")
def length_without_a_bound(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    return (q.norm(dim=-1) + q.amax(-1).clamp(max=0)).amin(1)


@wrong("16.boxes_distance")
def largest_gap_twice(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    return (q.clamp(min=0).norm(dim=-1) + q.amax(-1)).amin(1)


@wrong("16.boxes_distance")
def smallest_gap_inside(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    out = q.clamp(min=0).norm(dim=-1)
    return torch.where((q < 0).all(-1), q.amin(-1), out).amin(1)


@wrong("16.boxes_distance")
def gaps_joined_first(places, centres, halves):
    q = ((places[:, None] - centres).abs() - halves).amin(1)
    return q.clamp(min=0).norm(dim=-1) + q.amax(-1).clamp(max=0)


@wrong("16.boxes_distance")
def to_the_centre(places, centres, halves):
    return (torch.cdist(places, centres) - halves.norm(dim=-1)).amin(1)


@wrong("16.boxes_distance")
def distances_added(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    return (q.clamp(min=0).norm(dim=-1) + q.amax(-1).clamp(max=0)).sum(1)


# 16.nearest_accuracy


@right("16.nearest_accuracy")
def by_blocks(among, between, real):
    n, m = between.shape
    d = torch.zeros(n + m, n + m, dtype=torch.float64)
    d[:n, :n], d[:n, n:], d[n:, :n], d[n:, n:] = among, between, between.T, real
    d[range(n + m), range(n + m)] = math.inf
    near = d.argmin(0)  # the table is symmetric
    same = (near < n) == (torch.arange(n + m) < n)
    return same.double().mean().item()


@right("16.nearest_accuracy")
def in_numpy_blocks(among, between, real):
    a, b, r = (one.numpy() for one in (among, between, real))
    d = np.block([[a, b], [b.T, r]]).astype(float)
    np.fill_diagonal(d, np.inf)
    labels = np.repeat([0, 1], [len(a), len(r)])
    return np.mean(labels[d.argmin(1)] == labels)


@right("16.nearest_accuracy")
def rows_without_themselves(among, between, real):
    n, m = between.shape
    hits = 0
    for i in range(n):
        rest = torch.cat([among[i, :i], among[i, i + 1 :]])
        hits += int(rest.min() < between[i].min())
    for j in range(m):
        rest = np.delete(real[j].numpy(), j)
        hits += int(rest.min() < between[:, j].min())
    return hits / (n + m)


@right("16.nearest_accuracy")
def one_hot_votes(among, between, real):
    d = torch.cat([torch.cat([among, between], 1), torch.cat([between.T, real], 1)])
    d = d.where(~torch.eye(len(d), dtype=torch.bool), torch.inf)
    vote = torch.nn.functional.one_hot(d.argmin(1), len(d)).double()
    sign = torch.cat([torch.ones(len(among)), -torch.ones(len(real))]).double()
    return (1 + torch.einsum("i,ij,j->", sign, vote, sign) / len(d)) / 2


@wrong("16.nearest_accuracy")
def zeros_left_out(among, between, real):
    d = torch.cat([torch.cat([among, between], 1), torch.cat([between.T, real], 1)])
    d = torch.where(d == 0, torch.inf, d)
    made = torch.arange(len(d)) < len(among)
    return float((made[d.argmin(1)] == made).double().mean())


@wrong("16.nearest_accuracy")
def the_second_in_order(among, between, real):
    """An exact copy may come first, and the shape itself second."""
    d = torch.cat([torch.cat([among, between], 1), torch.cat([between.T, real], 1)])
    made = torch.arange(len(d)) < len(among)
    near = d.sort(dim=1, stable=True).indices[:, 1]
    return float((made[near] == made).double().mean())


@wrong("16.nearest_accuracy")
def one_diagonal_forgotten(among, between, real):
    own = among.clone().fill_diagonal_(math.inf).min(1).values
    made = (own < between.min(1).values).double()
    rest = (real.min(1).values < between.min(0).values).double()
    return float(torch.cat([made, rest]).mean())


@wrong("16.nearest_accuracy")
def overwrites_the_tables(among, between, real):
    among.fill_diagonal_(math.inf)
    real.fill_diagonal_(math.inf)
    hits = (among.min(1).values < between.min(1).values).sum()
    hits = hits + (real.min(1).values < between.min(0).values).sum()
    return float(hits / (len(among) + len(real)))


@wrong("16.nearest_accuracy")
def not_transposed(among, between, real):
    d = torch.cat([torch.cat([among, between], 1), torch.cat([between, real], 1)])
    d = d.clone().fill_diagonal_(math.inf)
    made = torch.arange(len(d)) < len(among)
    return float((made[d.argmin(1)] == made).double().mean())


@wrong("16.nearest_accuracy")
def label_of_the_first_half(among, between, real):
    d = torch.cat([torch.cat([among, between], 1), torch.cat([between.T, real], 1)])
    d = d.clone().fill_diagonal_(math.inf)
    made = torch.arange(len(d)) < len(d) // 2
    return float((made[d.argmin(1)] == made).double().mean())


# 16.which_generator


@right("16.which_generator")
def a_generator_expression(figures):
    ok = (
        (abs(f["accuracy"] - 0.5), name)
        for name, f in figures.items()
        if f["legs"] >= 0.95 and f["near"] >= 0.5
    )
    return min(ok, default=(0.0, "none"))[1]


@right("16.which_generator")
def by_tensor_mask(figures):
    if not figures:
        return "none"
    names = list(figures)
    rows = torch.tensor(
        [[f[k] for k in ("accuracy", "near", "legs")] for f in figures.values()],
        dtype=torch.float64,
    )
    off = (rows[:, 0] - 0.5).abs()
    off[(rows[:, 1] < 0.5) | (rows[:, 2] < 0.95)] = torch.inf
    best = off.argmin()
    return "none" if off[best].isinf() else names[best]


@right("16.which_generator")
def penalties(figures):
    def cost(name):
        one = figures[name]
        bad = one["near"] < 0.5 or one["legs"] < 0.95
        return 10 * bad + abs(2 * one["accuracy"] - 1)

    best = min(figures, key=cost, default="none")
    return best if best != "none" and cost(best) < 10 else "none"


@right("16.which_generator")
def removed_from_a_copy(figures):
    left = dict(figures)
    for name in list(left):
        if not (left[name]["near"] >= 0.5 and left[name]["legs"] >= 0.95):
            del left[name]
    while len(left) > 1:
        del left[max(left, key=lambda k: abs(left[k]["accuracy"] - 0.5))]
    return next(iter(left), "none")


@wrong("16.which_generator")
def none_itself(figures):
    kept = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(kept, key=lambda k: abs(figures[k]["accuracy"] - 0.5)) if kept else None


@wrong("16.which_generator")
def no_default(figures):
    kept = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(kept, key=lambda k: abs(figures[k]["accuracy"] - 0.5))


@wrong("16.which_generator")
def bounds_with_or(figures):
    kept = [k for k, v in figures.items() if v["near"] >= 0.5 or v["legs"] >= 0.95]
    return min(kept, key=lambda k: abs(figures[k]["accuracy"] - 0.5), default="none")


@wrong("16.which_generator")
def without_absolute_value(figures):
    kept = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(kept, key=lambda k: figures[k]["accuracy"] - 0.5, default="none")


@wrong("16.which_generator")
def near_to_one(figures):
    kept = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(kept, key=lambda k: abs(figures[k]["near"] - 1), default="none")


@wrong("16.which_generator")
def all_columns_added(figures):
    def score(k):
        v = figures[k]
        return v["coverage"] + v["legs"] + v["near"] - v["mmd"] - v["accuracy"]

    return max(figures, key=score, default="none")


# 16.obeys


@right("16.obeys")
def by_argwhere(grid, first, relation, second):
    g = grid.numpy()
    at = np.argwhere(g != -1)
    if at.shape[0] != 2:
        return np.bool_(False)
    dr, dc = at[1] - at[0]
    pair = g[tuple(at[0])], g[tuple(at[1])]
    if relation in ("right of", "below"):
        pair = pair[::-1]
    flat = dr == 0 if relation.endswith("of") else dc == 0
    return np.bool_(flat and pair == (first, second))


@right("16.obeys")
def every_scene_that_obeys(grid, first, relation, second):
    a, b = (first, second) if relation in ("left of", "above") else (second, first)
    for line in range(3):
        for i, j in ((0, 1), (0, 2), (1, 2)):
            made = torch.full((3, 3), -1)
            made[line, i], made[line, j] = a, b
            if relation in ("above", "below"):
                made = made.T
            if torch.equal(made, grid):
                return True
    return False


@right("16.obeys")
def with_match(grid, first, relation, second):
    shown = [
        (r, c, v)
        for r, row in enumerate(grid.tolist())
        for c, v in enumerate(row)
        if v >= 0
    ]
    if len(shown) != 2:
        return False
    for (r, c, v), (s, d, w) in (shown, shown[::-1]):
        if (v, w) != (first, second):
            continue
        match relation:
            case "left of":
                good = r == s and c < d
            case "right of":
                good = r == s and c > d
            case "above":
                good = c == d and r < s
            case _:
                good = c == d and r > s
        if good:
            return True
    return False


@right("16.obeys")
def a_truth_as_a_tensor(grid, first, relation, second):
    along = relation in ("left of", "right of")
    lines = grid if along else grid.mT
    count = (lines >= 0).sum(1)
    digits = lines[lines >= 0]  # row by row
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    if len(digits) != 2:
        return torch.tensor(False)
    return (count == 2).any() & (digits == torch.tensor(pair)).all()


@wrong("16.obeys")
def next_to_each_other(grid, first, relation, second):
    shown = (grid >= 0).nonzero().tolist()
    if len(shown) != 2:
        return False
    (r, c), (s, d) = shown
    seen = [int(grid[r, c]), int(grid[s, d])]
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    apart = (s - r, d - c)
    return seen == pair and apart == ((0, 1) if relation.endswith("of") else (1, 0))


@wrong("16.obeys")
def looked_up_by_value(grid, first, relation, second):
    one, two = (grid == first).nonzero(), (grid == second).nonzero()
    if len(one) == 0 or len(two) == 0 or int((grid >= 0).sum()) != 2:
        return False
    (r, c), (s, d) = one[0].tolist(), two[0].tolist()
    return {
        "left of": r == s and c < d,
        "right of": r == s and c > d,
        "above": c == d and r < s,
        "below": c == d and r > s,
    }[relation]


@wrong("16.obeys")
def zero_is_empty(grid, first, relation, second):
    shown = (grid > 0).nonzero().tolist()
    if len(shown) != 2:
        return False
    (r, c), (s, d) = shown
    seen = [int(grid[r, c]), int(grid[s, d])]
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    return seen == pair and (r == s if relation.endswith("of") else c == d)


@wrong("16.obeys")
def always_two(grid, first, relation, second):
    (r, c), (s, d) = (grid >= 0).nonzero().tolist()
    seen = [int(grid[r, c]), int(grid[s, d])]
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    return seen == pair and (r == s if relation.endswith("of") else c == d)


@wrong("16.obeys")
def fixed_places(grid, first, relation, second):
    g = grid.tolist()
    left, right_ = g[1][0], g[1][2]
    top, bottom = g[0][1], g[2][1]
    return {
        "left of": (left, right_) == (first, second),
        "right of": (left, right_) == (second, first),
        "above": (top, bottom) == (first, second),
        "below": (top, bottom) == (second, first),
    }[relation] and int((grid >= 0).sum()) == 2


@wrong("16.obeys")
def only_the_order(grid, first, relation, second):
    digits = grid[grid >= 0].tolist()
    pair = [first, second] if relation in ("left of", "above") else [second, first]
    return digits == pair


# 16.best_for_a_bag


@right("16.best_for_a_bag")
def by_counted_words(captions):
    bags = defaultdict(Counter)
    for caption in captions:
        bags[frozenset(Counter(caption.split()).items())][caption] += 1
    return math.fsum(bag.most_common(1)[0][1] for bag in bags.values()) / len(captions)


@right("16.best_for_a_bag")
def by_unique_rows(captions):
    bag = np.array([" ".join(sorted(c.split())) for c in captions])
    text = np.array([" ".join(c.split()) for c in captions])
    total = 0
    for one in np.unique(bag):
        total += np.unique(text[bag == one], return_counts=True)[1].max()
    return np.float64(total / len(captions))


@right("16.best_for_a_bag")
def rivals_removed(captions):
    """A caption counts where none of its bag is more frequent."""
    counts = Counter(captions)
    kinds = list(counts)
    good = 0
    for i, one in enumerate(kinds):
        alike = [
            j for j, c in enumerate(kinds) if sorted(c.split()) == sorted(one.split())
        ]
        best = max(alike, key=lambda j: (counts[kinds[j]], -j))
        good += counts[one] if best == i else 0
    return good / len(captions)


@right("16.best_for_a_bag")
def exactly(captions):
    groups = {}
    for c in captions:
        groups.setdefault(str(sorted(c.split())), []).append(c)
    parts = [Fraction(max(map(g.count, g)), len(captions)) for g in groups.values()]
    return sum(parts, Fraction(0))


@wrong("16.best_for_a_bag")
def letters_sorted(captions):
    groups = {}
    for c in captions:
        groups.setdefault("".join(sorted(c)), Counter())[c] += 1
    return sum(max(g.values()) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def the_two_digits(captions):
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(re.findall(r"\d+", c))), Counter())[c] += 1
    return sum(max(g.values()) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def one_over_the_kinds(captions):
    """Each group guesses among the captions that occur in it."""
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(c.split())), []).append(c)
    return sum(len(g) / len(set(g)) for g in groups.values()) / len(captions)


@wrong("16.best_for_a_bag")
def frequent_over_kinds(captions):
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(c.split())), Counter())[c] += 1
    return sum(max(g.values()) for g in groups.values()) / len(set(captions))


@wrong("16.best_for_a_bag")
def only_those_alone(captions):
    """What has a partner in another order is counted as lost."""
    bags = [tuple(sorted(c.split())) for c in captions]
    kinds = {
        b: len({c for c, d in zip(captions, bags, strict=True) if d == b}) for b in bags
    }
    return sum(kinds[b] == 1 for b in bags) / len(captions)


@wrong("16.best_for_a_bag")
def a_count(captions):
    groups = {}
    for c in captions:
        groups.setdefault(tuple(sorted(c.split())), Counter())[c] += 1
    return sum(max(g.values()) for g in groups.values())


# 16.true_obedience


@right("16.true_obedience")
def by_a_root(measured, hit, false):
    return optimize.brentq(
        lambda o: o * hit + (1 - o) * false - measured, -5, 5, xtol=1e-12
    )


@right("16.true_obedience")
def held_between_0_and_1(measured, hit, false):
    return min(1.0, max(0.0, (measured - false) / (hit - false)))


@right("16.true_obedience")
def by_fractions(measured, hit, false):
    m, h, f = Fraction(measured), Fraction(hit), Fraction(false)
    return (m - f) / (h - f)


@right("16.true_obedience")
def a_line_through_two_points(measured, hit, false):
    slope, start = np.polyfit([false, hit], [0.0, 1.0], 1)
    return torch.tensor(slope * measured + start)


@wrong("16.true_obedience")
def like_kappa(measured, hit, false):
    return (measured - false) / (1 - false)


@wrong("16.true_obedience")
def rates_added(measured, hit, false):
    return (measured - false) / (hit + false)


@wrong("16.true_obedience")
def false_rate_of_the_rest(measured, hit, false):
    return (measured - (1 - measured) * false) / hit


@wrong("16.true_obedience")
def bayes(measured, hit, false):
    """How likely an 'obeyed' is true, with the measured share as prior."""
    return measured * hit / (measured * hit + (1 - measured) * false)


@wrong("16.true_obedience")
def sign_of_the_rates(measured, hit, false):
    return (measured - false) / (false - hit)


@wrong("16.true_obedience")
def misses_alone(measured, hit, false):
    return measured / (1 - hit)
