"""Other right answers to 16.live_squares."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def until_nothing_changes(walls, goals):
    live = goals.clone()
    height, width = walls.shape
    while True:
        before = live.clone()
        for r in range(1, height - 1):
            for c in range(1, width - 1):
                if walls[r, c]:
                    continue
                for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                    room = not walls[r + y, c + x] and not walls[r - y, c - x]
                    if room and live[r + y, c + x]:
                        live[r, c] = True
        if torch.equal(before, live):
            return live


@also_right
def with_shifted_arrays(walls, goals):
    free = ~np.asarray(walls)
    live = np.asarray(goals).copy()
    for _ in range(live.size):
        new = live.copy()
        for axis in (0, 1):
            for by in (-1, 1):
                # live at c + s, free at c and at c - s
                new |= np.roll(live, -by, axis) & free & np.roll(free, by, axis)
        live = new
    return torch.from_numpy(live)


@also_right
def forwards_from_each_square(walls, goals):
    found = torch.zeros_like(goals)
    for start in (~walls).nonzero().tolist():
        seen, todo = {tuple(start)}, [tuple(start)]
        while todo:
            r, c = todo.pop()
            for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                if not walls[r + y, c + x] and not walls[r - y, c - x]:
                    new = (r + y, c + x)
                    if new not in seen:
                        seen.add(new)
                        todo.append(new)
        found[tuple(start)] = any(bool(goals[cell]) for cell in seen)
    return found
