"""Answers of people to chapter 16's exercises on shapes."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 16.boxes_distance


@right("16.boxes_distance")
def with_relu(places, centres, halves):
    q = torch.abs(places.unsqueeze(1) - centres.unsqueeze(0)) - halves.unsqueeze(0)
    outer = torch.linalg.vector_norm(F.relu(q), dim=2)
    inner = -F.relu(-q.max(dim=2).values)
    return (outer + inner).min(dim=1).values


@right("16.boxes_distance")
def box_by_box(places, centres, halves):
    best = torch.full((len(places),), float("inf"), dtype=places.dtype)
    for centre, half in zip(centres, halves, strict=True):
        q = (places - centre).abs() - half
        d = torch.sqrt((torch.clamp(q, min=0) ** 2).sum(1))
        d = d + torch.clamp(q.max(1).values, max=0)
        best = torch.minimum(best, d)
    return best


@right("16.boxes_distance")
def in_numpy(places, centres, halves):
    p, c, h = (one.numpy() for one in (places, centres, halves))
    q = np.abs(p[:, None] - c[None]) - h[None]
    d = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0)
    return torch.from_numpy(d.min(1))


@right("16.boxes_distance")
def from_both_faces(places, centres, halves):
    low, high = centres - halves, centres + halves
    q = torch.maximum(low - places[:, None], places[:, None] - high)
    inside = (q <= 0).all(-1)
    out = q.clamp(min=0).pow(2).sum(-1).sqrt()
    return torch.where(inside, q.amax(-1), out).min(1)[0]


@right("16.boxes_distance")
def three_axes(places, centres, halves):
    x, y, z = (
        (places[:, None, i] - centres[None, :, i]).abs() - halves[None, :, i]
        for i in range(3)
    )
    largest = torch.maximum(x, torch.maximum(y, z))
    out = (x.clamp(0) ** 2 + y.clamp(0) ** 2 + z.clamp(0) ** 2) ** 0.5
    return torch.where(largest > 0, out, largest).amin(1)


@right("16.boxes_distance")
def in_double(places, centres, halves):
    q = (places.double()[:, None] - centres.double()).abs() - halves.double()
    d = torch.hypot(
        torch.hypot(q[..., 0].clamp(min=0), q[..., 1].clamp(min=0)),
        q[..., 2].clamp(min=0),
    )
    return (d + q.amax(-1).clamp(max=0)).amin(1)


@wrong("16.boxes_distance")
def distance_to_the_box(places, centres, halves):
    low, high = centres - halves, centres + halves
    near = torch.maximum(torch.minimum(places[:, None], high), low)
    return (places[:, None] - near).norm(dim=-1).min(1).values


@wrong("16.boxes_distance")
def max_norm(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    return q.max(-1).values.min(-1).values


@wrong("16.boxes_distance")
def intersected(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    d = torch.relu(q).norm(dim=-1) + torch.clamp(q.amax(-1), max=0)
    return d.max(dim=1).values


@wrong("16.boxes_distance")
def full_sizes(places, centres, halves):
    q = (places[:, None] - centres).abs() - 0.5 * halves
    d = torch.relu(q).norm(dim=-1) + torch.clamp(q.amax(-1), max=0)
    return d.min(dim=1).values


@wrong("16.boxes_distance")
def around_the_origin(places, centres, halves):
    q = places.abs()[:, None] - halves[None]
    return (torch.relu(q).norm(dim=-1) + torch.clamp(q.amax(-1), max=0)).amin(1)


@wrong("16.boxes_distance")
def outside_negative(places, centres, halves):
    q = halves - (places[:, None] - centres).abs()
    outside = torch.relu(-q).norm(dim=-1)
    return (torch.clamp(q.amin(-1), min=0) - outside).amax(1)


@wrong("16.boxes_distance")
def manhattan(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    return (torch.relu(q).sum(-1) + torch.clamp(q.amax(-1), max=0)).amin(1)


@wrong("16.boxes_distance")
def averaged(places, centres, halves):
    q = (places[:, None] - centres).abs() - halves
    d = torch.relu(q).norm(dim=-1) + torch.clamp(q.amax(-1), max=0)
    return d.sum(1) / len(centres)


# 16.nearest_accuracy


def _all(among, between, real):
    top = torch.hstack([among, between])
    return torch.vstack([top, torch.hstack([between.T, real])])


@right("16.nearest_accuracy")
def with_an_eye(among, between, real):
    d = _all(among, between, real)
    d = d + torch.eye(len(d)) * 1e9
    labels = torch.tensor([1] * len(among) + [0] * len(real))
    return (labels[d.argmin(dim=1)] == labels).float().mean().item()


@right("16.nearest_accuracy")
def by_sorting(among, between, real):
    d = _all(among, between, real).numpy().copy()
    np.fill_diagonal(d, np.inf)
    first = d.argsort(1)[:, 0]
    n = len(among)
    return float(np.mean((first < n) == (np.arange(len(d)) < n)))


@right("16.nearest_accuracy")
def counting(among, between, real):
    n, m = between.shape
    d = _all(among, between, real)
    right_ones = 0
    for i in range(n + m):
        rest = [(float(d[i, j]), j) for j in range(n + m) if j != i]
        right_ones += (min(rest)[1] < n) == (i < n)
    return right_ones / (n + m)


@right("16.nearest_accuracy")
def the_second_smallest(among, between, real):
    a, b = among.clone(), real.clone()
    a.fill_diagonal_(math.inf)
    b.fill_diagonal_(math.inf)
    hits = (a.min(1)[0] < between.min(1)[0]).sum() + (
        b.min(0)[0] < between.min(0)[0]
    ).sum()
    return hits / (len(a) + len(b))


@right("16.nearest_accuracy")
def masked(among, between, real):
    d = _all(among, between, real)
    d = d.masked_fill(torch.eye(len(d), dtype=torch.bool), float("inf"))
    made = torch.zeros(len(d))
    made[: len(among)] = 1
    return float(1 - (made - made[d.min(1).indices]).abs().mean())


@wrong("16.nearest_accuracy")
def itself(among, between, real):
    d = _all(among, between, real)
    labels = torch.tensor([1] * len(among) + [0] * len(real))
    return float((labels[d.argmin(1)] == labels).float().mean())


@wrong("16.nearest_accuracy")
def half_of_them(among, between, real):
    own = among.clone().fill_diagonal_(math.inf).min(1).values
    return float((own < between.min(1).values).float().mean())


@wrong("16.nearest_accuracy")
def the_real_ones(among, between, real):
    own = real.clone().fill_diagonal_(math.inf).min(1).values
    return float((own < between.min(0).values).float().mean())


@wrong("16.nearest_accuracy")
def confused_share(among, between, real):
    d = _all(among, between, real).clone().fill_diagonal_(math.inf)
    labels = torch.arange(len(d)) >= len(among)
    return float((labels[d.argmin(1)] != labels).float().mean())


@wrong("16.nearest_accuracy")
def balanced(among, between, real):
    d = _all(among, between, real).clone().fill_diagonal_(math.inf)
    n = len(among)
    near = d.argmin(1) < n
    return float((near[:n].float().mean() + (~near[n:]).float().mean()) / 2)


@wrong("16.nearest_accuracy")
def per_cent(among, between, real):
    d = _all(among, between, real).clone().fill_diagonal_(math.inf)
    labels = torch.arange(len(d)) >= len(among)
    return 100.0 * float((labels[d.argmin(1)] == labels).float().mean())


@wrong("16.nearest_accuracy")
def off_one_half(among, between, real):
    d = _all(among, between, real).clone().fill_diagonal_(math.inf)
    labels = torch.arange(len(d)) >= len(among)
    return float(((labels[d.argmin(1)] == labels).float().mean() - 0.5).abs())


# 16.which_generator


@right("16.which_generator")
def filter_then_min(figures):
    names = [k for k in figures if figures[k]["near"] >= 0.5]
    names = [k for k in names if figures[k]["legs"] >= 0.95]
    if not names:
        return "none"
    return min(names, key=lambda k: abs(0.5 - figures[k]["accuracy"]))


@right("16.which_generator")
def by_numpy(figures):
    names = list(figures)
    if not names:
        return "none"
    table = np.array(
        [[figures[k][c] for c in ("accuracy", "near", "legs")] for k in names]
    )
    score = np.where(
        (table[:, 1] >= 0.5) & (table[:, 2] >= 0.95),
        np.abs(table[:, 0] - 0.5),
        np.inf,
    )
    return names[int(score.argmin())] if np.isfinite(score.min()) else "none"


@right("16.which_generator")
def squared_distance(figures):
    best = None
    for name, row in figures.items():
        if row["near"] >= 0.5 and row["legs"] >= 0.95:
            off = (row["accuracy"] - 0.5) ** 2
            if best is None or off < best[0]:
                best = off, name
    return best[1] if best else "none"


@right("16.which_generator")
def by_sorting_rows(figures):
    rows = sorted(figures.items(), key=lambda item: abs(item[1]["accuracy"] - 0.5))
    for name, row in rows:
        if row["near"] >= 0.5 and row["legs"] >= 0.95:
            return name
    return "none"


@right("16.which_generator")
def refused_first(figures):
    refused = {k for k, v in figures.items() if v["near"] < 0.5 or v["legs"] < 0.95}
    left = sorted(set(figures) - refused)
    return (
        min(left, key=lambda k: abs(figures[k]["accuracy"] - 0.5)) if left else "none"
    )


@wrong("16.which_generator")
def nearest_to_half(figures):
    if not figures:
        return "none"
    return min(figures, key=lambda k: abs(figures[k]["accuracy"] - 0.5))


@wrong("16.which_generator")
def forgot_the_legs(figures):
    names = [k for k, v in figures.items() if v["near"] >= 0.5]
    return min(names, key=lambda k: abs(figures[k]["accuracy"] - 0.5), default="none")


@wrong("16.which_generator")
def forgot_the_copies(figures):
    names = [k for k, v in figures.items() if v["legs"] >= 0.95]
    return min(names, key=lambda k: abs(figures[k]["accuracy"] - 0.5), default="none")


@wrong("16.which_generator")
def smallest_mmd(figures):
    names = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(names, key=lambda k: figures[k]["mmd"]) if names else "none"


@wrong("16.which_generator")
def most_coverage(figures):
    names = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return max(names, key=lambda k: figures[k]["coverage"]) if names else "none"


@wrong("16.which_generator")
def smallest_accuracy(figures):
    names = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    return min(names, key=lambda k: figures[k]["accuracy"]) if names else "none"


@wrong("16.which_generator")
def always_one(figures):
    names = [k for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95]
    names = names or list(figures)
    return min(names, key=lambda k: abs(figures[k]["accuracy"] - 0.5), default="none")
