"""Answers of other people to chapter 16's exercises on levels."""

import itertools

import numpy as np
import torch

from tests.answers import right, wrong

# 16.push_step


@right("16.push_step")
def as_complex_numbers(player, boxes, walls, step):
    at, by = complex(*player), complex(*step)
    crates, solid = {complex(*b) for b in boxes}, {complex(*w) for w in walls}
    if at + by in solid or (at + by in crates and at + 2 * by in solid | crates):
        return player, boxes
    if at + by in crates:
        crates = crates - {at + by} | {at + 2 * by}
    at += by
    pairs = frozenset((int(b.real), int(b.imag)) for b in crates)
    return (int(at.real), int(at.imag)), pairs


@right("16.push_step")
def with_a_set(player, boxes, walls, step):
    new = tuple(np.add(player, step).tolist())
    if new in walls:
        return player, boxes
    crates = set(boxes)
    if new in crates:
        far = tuple(np.add(new, step).tolist())
        if far in walls or far in crates:
            return player, boxes
        crates.remove(new)
        crates.add(far)
    return new, frozenset(crates)


@right("16.push_step")
def early_returns(player, boxes, walls, step):
    r, c = player[0] + step[0], player[1] + step[1]
    if (r, c) in walls:
        return player, boxes
    if (r, c) in boxes:
        beyond = (r + step[0], c + step[1])
        if beyond in (boxes | walls):
            return player, boxes
        boxes = (boxes | {beyond}) - {(r, c)}
    return (r, c), boxes


@right("16.push_step")
def symmetric_difference(player, boxes, walls, step):
    line = [(player[0] + n * step[0], player[1] + n * step[1]) for n in range(3)]
    kinds = ["wall" if s in walls else "box" if s in boxes else "free" for s in line]
    if kinds[1] == "free":
        return line[1], boxes
    if kinds[1] == "box" and kinds[2] == "free":
        return line[1], boxes ^ {line[1], line[2]}
    return line[0], boxes


@right("16.push_step")
def by_a_grid(player, boxes, walls, step):
    grid = dict.fromkeys(walls, "#") | dict.fromkeys(boxes, "$")
    ahead = (player[0] + step[0], player[1] + step[1])
    behind = (player[0] + 2 * step[0], player[1] + 2 * step[1])
    match grid.get(ahead, " ") + grid.get(behind, " "):
        case "  " | " #" | " $":
            player = ahead
        case "$ ":
            player = ahead
            del grid[ahead]
            grid[behind] = "$"
    return player, frozenset(cell for cell, kind in grid.items() if kind == "$")


@wrong("16.push_step")
def no_second_look(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    if new in walls:
        return player, boxes
    if new in boxes:
        far = (new[0] + step[0], new[1] + step[1])
        return new, frozenset(far if b == new else b for b in boxes)
    return new, boxes


@wrong("16.push_step")
def only_walls_block(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in walls or (new in boxes and far in walls):
        return player, boxes
    return new, frozenset(far if b == new else b for b in boxes)


@wrong("16.push_step")
def crates_block(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    return (player if new in walls | boxes else new), boxes


@wrong("16.push_step")
def forgot_to_walk(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in boxes and far not in boxes | walls:
        return player, boxes ^ {new, far}
    return (player if new in walls or new in boxes else new), boxes


@wrong("16.push_step")
def walks_into_stuck_boxes(player, boxes, walls, step):
    new = (player[0] + step[0], player[1] + step[1])
    far = (new[0] + step[0], new[1] + step[1])
    if new in walls:
        return player, boxes
    if new in boxes and far not in boxes | walls:
        boxes = boxes ^ {new, far}
    return new, boxes


@wrong("16.push_step")
def xy_order(player, boxes, walls, step):
    new = (player[0] + step[1], player[1] + step[0])
    far = (new[0] + step[1], new[1] + step[0])
    if new in walls or (new in boxes and far in boxes | walls):
        return player, boxes
    return new, (boxes ^ {new, far} if new in boxes else boxes)


# 16.live_squares


@right("16.live_squares")
def recursive(walls, goals):
    live = goals.clone()

    def visit(r, c):
        for y, x in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            a, b = (r + y, c + x), (r + 2 * y, c + 2 * x)
            if walls[a] or live[a]:
                continue
            if not walls[b]:  # a is no wall, so b lies inside
                live[a] = True
                visit(*a)

    for r, c in goals.nonzero().tolist():
        visit(r, c)
    return live


@right("16.live_squares")
def goal_by_goal(walls, goals):
    found = torch.zeros_like(goals)
    for goal in goals.nonzero().tolist():
        layer, seen = [tuple(goal)], {tuple(goal)}
        while layer:
            after = []
            for r, c in layer:
                for y, x in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    new = (r + y, c + x)
                    if walls[new] or new in seen:
                        continue
                    if walls[new[0] + y, new[1] + x]:
                        continue
                    seen.add(new)
                    after.append(new)
            layer = after
        for cell in seen:
            found[cell] = True
    return found


@right("16.live_squares")
def by_matrix_powers(walls, goals):
    free = [tuple(cell) for cell in (~walls).nonzero().tolist()]
    number = {cell: i for i, cell in enumerate(free)}
    push = torch.eye(len(free), dtype=torch.bool)
    for (r, c), (y, x) in itertools.product(free, ((0, 1), (0, -1), (1, 0), (-1, 0))):
        if (r + y, c + x) in number and (r - y, c - x) in number:
            push[number[r, c], number[r + y, c + x]] = True
    reach = push.float()
    for _ in range(8):
        reach = (reach @ reach > 0).float()
    home = torch.tensor([bool(goals[cell]) for cell in free])
    live = torch.zeros_like(goals)
    for cell, i in number.items():
        live[cell] = bool((reach[i] > 0)[home].any())
    return live


@right("16.live_squares")
def sweeps(walls, goals):
    free, live, old = ~walls, goals.clone(), None
    while old is None or not torch.equal(old, live):
        old = live.clone()
        for dim, by in itertools.product((0, 1), (1, -1)):
            live = live | (live.roll(by, dim) & free & free.roll(-by, dim))
    return live


@right("16.live_squares")
def with_numpy_stack(walls, goals):
    solid, live = np.array(walls), np.array(goals)
    stack = list(zip(*np.nonzero(live), strict=True))
    while stack:
        r, c = stack.pop()
        for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            if solid[r + y, c + x] or live[r + y, c + x] or solid[r + 2 * y, c + 2 * x]:
                continue
            live[r + y, c + x] = True
            stack.append((r + y, c + x))
    return torch.tensor(live)


@wrong("16.live_squares")
def flood_from_goals(walls, goals):
    live = goals.clone()
    for _ in range(walls.numel()):
        for dim, by in itertools.product((0, 1), (1, -1)):
            live = live | (live.roll(by, dim) & ~walls)
    return live


@wrong("16.live_squares")
def no_corners(walls, goals):
    free = ~walls
    up, down = walls.roll(1, 0), walls.roll(-1, 0)
    left, right_ = walls.roll(1, 1), walls.roll(-1, 1)
    return free & ~((up | down) & (left | right_) & ~goals)


@wrong("16.live_squares")
def single_pull(walls, goals):
    live = goals.clone()
    for dim, by in itertools.product((0, 1), (1, -1)):
        live = live | (goals.roll(by, dim) & ~walls & ~walls.roll(-by, dim))
    return live


@wrong("16.live_squares")
def without_goals(walls, goals):
    return sweeps(walls, goals) & ~goals


@wrong("16.live_squares")
def complement(walls, goals):
    return ~walls & ~sweeps(walls, goals)


@wrong("16.live_squares")
def pushes_from_goals(walls, goals):
    live, old = goals.clone(), None
    while old is None or not torch.equal(old, live):
        old = live.clone()
        for dim, by in itertools.product((0, 1), (1, -1)):
            room = ~walls.roll(2 * by, dim)  # the player behind the goal
            live = live | (live.roll(by, dim) & ~walls & room)
    return live


# 16.same_level


@right("16.same_level")
def with_transposes(a, b):
    forms = [g for f in (a, a.T) for g in (f, f.flip(0), f.flip(1), f.flip(0, 1))]
    return any(form.shape == b.shape and bool((form == b).all()) for form in forms)


@right("16.same_level")
def turning_b(a, b):
    for _ in range(2):
        for _ in range(4):
            if a.shape == b.shape and torch.equal(a, b):
                return True
            b = torch.rot90(b)
        b = b.flip(0)
    return False


@right("16.same_level")
def smallest_names(a, b):
    def name(level):
        forms = [
            torch.rot90(f, k).tolist() for f in (level, level.flip(0)) for k in range(4)
        ]
        return min(forms)

    return name(a) == name(b)


@right("16.same_level")
def as_text(a, b):
    def forms(rows):
        for _ in range(4):
            rows = ["".join(column) for column in zip(*rows[::-1], strict=True)]
            yield "/".join(rows)
            yield "/".join(row[::-1] for row in rows)

    first = ["".join(map(str, row)) for row in a.tolist()]
    return "/".join("".join(map(str, row)) for row in b.tolist()) in set(forms(first))


@right("16.same_level")
def numpy_forms(a, b):
    x, y = np.array(a), np.array(b)
    return any(
        np.array_equal(y, np.rot90(np.flip(x, 0) if mirror else x, k))
        for mirror in (False, True)
        for k in (0, 1, 2, 3)
    )


@wrong("16.same_level")
def rotations(a, b):
    return any(torch.equal(torch.rot90(a, k), b) for k in (0, 1, 2, 3))


@wrong("16.same_level")
def flips(a, b):
    return any(torch.equal(f, b) for f in (a, a.flip(0), a.flip(1), a.flip(0, 1)))


@wrong("16.same_level")
def exact(a, b):
    return a.shape == b.shape and bool((a == b).all())


@wrong("16.same_level")
def histograms(a, b):
    return torch.equal(
        torch.bincount(a.flatten(), minlength=7),
        torch.bincount(b.flatten(), minlength=7),
    )


@wrong("16.same_level")
def flat(a, b):
    forms = [torch.rot90(f, k).flatten() for f in (a, a.flip(0)) for k in range(4)]
    return any(f.tolist() == b.flatten().tolist() for f in forms)


@wrong("16.same_level")
def two_turns_missing(a, b):
    forms = (a, a.flip(0), a.flip(1), a.T)
    return any(torch.equal(f, b) for f in forms)


# 16.seconds_per_level


@right("16.seconds_per_level")
def by_parts(draw, solve, look_up, playable, novel):
    draws = 1 / (playable * novel)
    return draws * draw + draws * solve + draws * playable * look_up


@right("16.seconds_per_level")
def as_a_series(draw, solve, look_up, playable, novel):
    q = playable * novel
    mean = sum(n * q * (1 - q) ** (n - 1) for n in range(1, 3000))
    return mean * (draw + solve + playable * look_up)


@right("16.seconds_per_level")
def nested(draw, solve, look_up, playable, novel):
    one_playable = (draw + solve) / playable + look_up
    return one_playable / novel


@right("16.seconds_per_level")
def with_numpy(draw, solve, look_up, playable, novel):
    costs = np.array([draw, solve, look_up], dtype=np.float64)
    return costs @ np.array([1, 1, playable]) / np.prod([playable, novel])


@right("16.seconds_per_level")
def with_torch(draw, solve, look_up, playable, novel):
    one = torch.as_tensor(draw + solve + playable * look_up, dtype=torch.float64)
    return one / playable / novel


@wrong("16.seconds_per_level")
def one_draw(draw, solve, look_up, playable, novel):
    return sum((draw, solve, look_up))


@wrong("16.seconds_per_level")
def playable_alone(draw, solve, look_up, playable, novel):
    return (draw + solve + playable * look_up) / playable


@wrong("16.seconds_per_level")
def everything_looked_up(draw, solve, look_up, playable, novel):
    return (draw + solve + look_up) / playable / novel


@wrong("16.seconds_per_level")
def last_look_up(draw, solve, look_up, playable, novel):
    return (draw + solve) / playable / novel + look_up


@wrong("16.seconds_per_level")
def times_the_share(draw, solve, look_up, playable, novel):
    return playable * novel * (draw + solve + look_up * playable)


@wrong("16.seconds_per_level")
def solver_once(draw, solve, look_up, playable, novel):
    return (draw + playable * look_up) / playable / novel + solve


# 16.room_first


@right("16.room_first")
def a_loop_over_cells(level):
    ground, boxes, player = [], [], []
    for i, code in enumerate(level.reshape(-1).tolist()):
        ground.append(1 if code == 1 else 2 if code in (2, 4, 6) else 0)
        if code in (3, 4):
            boxes.append(i + 3)
        if code in (5, 6):
            player.append(i + 3)
    return torch.tensor(ground + boxes + player)


@right("16.room_first")
def rows_and_columns(level):
    width = level.shape[1]
    ground = torch.where(
        level == 1, 1, torch.where((level > 0) & (level % 2 == 0), 2, 0)
    )
    boxes = torch.argwhere((level == 3) | (level == 4))
    player = torch.argwhere(level >= 5)
    places = [3 + r * width + c for r, c in boxes.tolist() + player.tolist()]
    return torch.cat([ground.flatten(), torch.tensor(places)])


@right("16.room_first")
def an_array(level):
    flat = np.array(level).reshape(-1)
    ground = np.array([0, 1, 2, 0, 2, 0, 2])[flat]
    boxes = np.flatnonzero((flat == 3) | (flat == 4)) + 3
    return np.hstack([ground, boxes, np.flatnonzero(flat > 4) + 3])


@right("16.room_first")
def tokens_in_a_list(level):
    flat = [int(code) for row in level for code in row]
    tokens = [(0, 1, 2, 0, 2, 0, 2)[code] for code in flat]
    tokens += sorted(3 + i for i in range(len(flat)) if flat[i] in (3, 4))
    tokens.append(3 + next(i for i in range(len(flat)) if flat[i] in (5, 6)))
    return torch.tensor(tokens)


@right("16.room_first")
def things_taken_off(level):
    ground = level.clone()
    ground[(level == 3) | (level == 5)] = 0
    ground[(level == 4) | (level == 6)] = 2
    order = torch.arange(level.numel()).view_as(level) + 3
    return torch.cat(
        [ground.flatten(), order[(level == 3) | (level == 4)], order[level > 4]]
    )


@wrong("16.room_first")
def the_goal_is_lost(level):
    flat = level.flatten()
    ground = torch.where(flat < 3, flat, 0)
    return torch.cat(
        [
            ground,
            3 + ((flat == 3) | (flat == 4)).nonzero()[:, 0],
            3 + (flat > 4).nonzero()[:, 0],
        ]
    )


@wrong("16.room_first")
def the_things_stay(level):
    flat = level.flatten()
    return torch.cat(
        [
            flat,
            3 + ((flat == 3) | (flat == 4)).nonzero()[:, 0],
            3 + (flat > 4).nonzero()[:, 0],
        ]
    )


@wrong("16.room_first")
def the_height_as_width(level):
    height = level.shape[0]
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    boxes = [
        3 + r * height + c
        for r, c in torch.argwhere((level == 3) | (level == 4)).tolist()
    ]
    player = [3 + r * height + c for r, c in torch.argwhere(level > 4).tolist()]
    return torch.cat([ground, torch.tensor(boxes + player)])


@wrong("16.room_first")
def no_offset(level):
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    return torch.cat(
        [
            ground,
            ((flat == 3) | (flat == 4)).nonzero()[:, 0],
            (flat > 4).nonzero()[:, 0],
        ]
    )


@wrong("16.room_first")
def one_list_of_things(level):
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    return torch.cat([ground, 3 + (flat > 2).nonzero()[:, 0]])


@wrong("16.room_first")
def boxes_on_goals_left_out(level):
    flat = level.flatten()
    ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])[flat]
    return torch.cat(
        [ground, 3 + (flat == 3).nonzero()[:, 0], 3 + (flat > 4).nonzero()[:, 0]]
    )


# 16.brick_tiles


@right("16.brick_tiles")
def pixel_by_pixel(tile, rows, columns):
    c, h, w = tile.shape
    wall = torch.zeros(c, rows * h, columns * w, dtype=tile.dtype)
    for y in range(rows * h):
        shift = w // 2 if (y // h) % 2 == 1 else 0
        for x in range(columns * w):
            wall[:, y, x] = tile[:, y % h, (x - shift) % w]
    return wall


@right("16.brick_tiles")
def cut_from_a_longer_row(tile, rows, columns):
    w = tile.shape[2]
    longer = torch.cat([tile] * (columns + 1), dim=2)
    parts = [
        longer[:, :, (w // 2) * (r % 2) : (w // 2) * (r % 2) + columns * w]
        for r in range(rows)
    ]
    return torch.cat(parts, dim=1)


@right("16.brick_tiles")
def rolled_in_place(tile, rows, columns):
    wall = tile.repeat(1, rows, columns)
    h, w = tile.shape[1:]
    for r in range(1, rows, 2):
        wall[:, r * h : (r + 1) * h] = torch.roll(
            wall[:, r * h : (r + 1) * h], w // 2, -1
        )
    return wall


@right("16.brick_tiles")
def rolled_to_the_left(tile, rows, columns):
    row = tile.repeat(
        1, 1, columns
    )  # half a tile to the left is half a tile to the right
    other = row.roll(-(tile.shape[2] // 2), dims=2)
    return torch.cat([(row, other)[r % 2] for r in range(rows)], dim=1)


@right("16.brick_tiles")
def moved_further_in_each_row(tile, rows, columns):
    row = tile.repeat(1, 1, columns)  # two halves are a whole tile
    return torch.cat([row.roll(r * tile.shape[2] // 2, 2) for r in range(rows)], dim=1)


@wrong("16.brick_tiles")
def all_alike(tile, rows, columns):
    return torch.cat([torch.cat([tile] * columns, 2)] * rows, 1)


@wrong("16.brick_tiles")
def rolled_down(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    return torch.cat(
        [row.roll(r % 2 * (tile.shape[2] // 2), 1) for r in range(rows)], 1
    )


@wrong("16.brick_tiles")
def even_rows(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    other = row.roll(tile.shape[2] // 2, 2)
    return torch.cat([row if r % 2 else other for r in range(rows)], 1)


@wrong("16.brick_tiles")
def every_second_pixel_row(tile, rows, columns):
    wall = tile.repeat(1, rows, columns)
    wall[:, 1::2] = wall[:, 1::2].roll(tile.shape[2] // 2, 2)
    return wall


@wrong("16.brick_tiles")
def mirrored_rows(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    return torch.cat([row.flip(-1) if r % 2 else row for r in range(rows)], 1)


@wrong("16.brick_tiles")
def half_of_the_wall(tile, rows, columns):
    row = tile.repeat(1, 1, columns)
    return torch.cat([row.roll(r % 2 * row.shape[2] // 2, 2) for r in range(rows)], 1)
