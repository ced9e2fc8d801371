"""Other right answers to 16.boxes_distance."""

import math

import torch

from tests.also_right import also_right


@also_right
def in_plain_python(places, centres, halves):
    found = []
    for p in places.tolist():
        nearest = math.inf
        for c, h in zip(centres.tolist(), halves.tolist(), strict=True):
            q = [abs(a - b) - s for a, b, s in zip(p, c, h, strict=True)]
            out = math.hypot(*(max(one, 0.0) for one in q))
            nearest = min(nearest, out if max(q) > 0 else max(q))
        found.append(nearest)
    return torch.tensor(found)


@also_right
def with_the_nearest_point(places, centres, halves):
    nearest = None
    for c, h in zip(centres, halves, strict=True):
        there = torch.minimum(torch.maximum(places, c - h), c + h)
        out = (places - there).norm(dim=1)
        way = torch.minimum(places - (c - h), (c + h) - places).amin(1)
        d = torch.where(way >= 0, -way, out)
        nearest = d if nearest is None else torch.minimum(nearest, d)
    return nearest
