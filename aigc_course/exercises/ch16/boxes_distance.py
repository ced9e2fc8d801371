"""Exercise on the signed distance of a solid made of boxes."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.boxes_distance",
    order=90,
    title="A solid made of boxes",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="For one box look at how far the place lies beyond each pair of faces. These"
    " three numbers are negative between the faces.",
    formula="q = |p - centre| - half. Outside a box the distance is the length of"
    " max(q, 0); inside it is the largest q, which is negative. Of several boxes the"
    " nearest counts.",
    line="Write `q = (places[:, None] - centres).abs() - halves` and `d ="
    " q.clamp(min=0).norm(dim=-1) + q.amax(-1).clamp(max=0)`, then `return d.amin(1)`.",
    variation="Cut one box out of another. Say which distances are combined, and with"
    " which signs.",
)


@exercise.answer
def boxes_distance(places: Tensor, centres: Tensor, halves: Tensor) -> Tensor:
    """Signed distances [P] of places [P, 3] from the union of B boxes.

    centres [B, 3]; halves [B, 3]: half the width, depth and height of each box. The
    distance is negative inside. Where boxes overlap, the one in which the place lies
    deepest counts.
    """
    q = (places[:, None] - centres).abs() - halves  # [P, B, 3]
    outside = q.clamp(min=0).norm(dim=-1)
    inside = q.amax(-1).clamp(max=0)
    return (outside + inside).amin(1)


Case = tuple[Tensor, Tensor, Tensor]

TABLE = (
    torch.tensor([[0.0, 0, 0.3], [0.5, 0, -0.2], [-0.5, 0, -0.2]]),
    torch.tensor([[0.6, 0.4, 0.1], [0.08, 0.3, 0.45], [0.08, 0.3, 0.45]]),
)


@exercise.inputs
def cases() -> list[Case]:
    one = torch.tensor([[0.2, -0.1, 0.3]]), torch.tensor([[0.3, 0.5, 0.2]])
    return [
        (2 * torch.rand(60, 3) - 1, *one),
        (one[0] + 0.9 * one[1] * (2 * torch.rand(40, 3) - 1), *one),
        (2 * torch.rand(80, 3) - 1, *TABLE),
        (TABLE[0] + torch.tensor([[0.0, 0.1, 0.02]]), *TABLE),
        (3 * torch.randn(30, 3), *TABLE),
    ]


@exercise.must_hold
def faces_are_at_zero(f) -> bool:
    """The distance is 0 in the middle of each face of a box."""
    centre, half = torch.tensor([[0.1, 0.2, -0.3]]), torch.tensor([[0.2, 0.3, 0.4]])
    places = torch.cat([centre + half * s * torch.eye(3) for s in (1.0, -1.0)])
    return bool(f(places, centre, half).abs().max() < 1e-5)


@exercise.must_hold
def it_is_negative_inside(f) -> bool:
    """Inside the distance is negative, and its size is the way to the nearest face."""
    centre, half = torch.zeros(1, 3), torch.tensor([[0.2, 0.3, 0.4]])
    return bool((f(centre, centre, half) + 0.2).abs().max() < 1e-5)


@exercise.must_hold
def its_slope_is_one(f) -> bool:
    """Away from the solid the distance grows by 1 for each unit of length."""
    far = torch.tensor([[0.0, 0.1, 3.0], [2.5, 0.1, 0.3], [0.1, -2.0, 0.3]])
    out = torch.tensor([[0.0, 0, 1], [1.0, 0, 0], [0.0, -1, 0]])
    grown = f(far + 0.5 * out, *TABLE) - f(far, *TABLE)
    return bool((grown - 0.5).abs().max() < 1e-4)


def _q(places: Tensor, centres: Tensor, halves: Tensor) -> Tensor:
    return (places[:, None] - centres).abs() - halves


def _each(q: Tensor) -> Tensor:
    return q.clamp(min=0).norm(dim=-1) + q.amax(-1).clamp(max=0)


@exercise.mistake(hint="formula")
def zero_inside(places, centres, halves):
    """Your distance is 0 everywhere inside. A signed distance is negative there, so
    that the surface can be found where the sign changes."""
    return _q(places, centres, halves).clamp(min=0).norm(dim=-1).amin(1)


@exercise.mistake(hint="formula")
def largest_gap(places, centres, halves):
    """You take the largest of the three gaps also outside. Beyond an edge or a corner
    the distance is the length of the vector of the positive gaps."""
    return _q(places, centres, halves).amax(-1).amin(1)


@exercise.mistake(hint="formula")
def sum_of_gaps(places, centres, halves):
    """You add the three gaps outside. The distance is the root of the sum of their
    squares."""
    q = _q(places, centres, halves)
    return (q.clamp(min=0).sum(-1) + q.amax(-1).clamp(max=0)).amin(1)


@exercise.mistake(hint="idea")
def intersection(places, centres, halves):
    """You take the largest distance, which gives what all boxes have in common. A union
    needs the smallest."""
    return _each(_q(places, centres, halves)).amax(1)


@exercise.mistake(hint="idea")
def mean_of_boxes(places, centres, halves):
    """You average the distances of the boxes. The solid begins where the nearest box
    begins: take the smallest."""
    return _each(_q(places, centres, halves)).mean(1)


@exercise.mistake(hint="idea")
def nearest_in_size(places, centres, halves):
    """You choose the box whose distance has the smallest absolute value. A place deep
    inside one box and just outside another then counts as outside."""
    d = _each(_q(places, centres, halves))
    return d.gather(1, d.abs().argmin(1, keepdim=True))[:, 0]


@exercise.mistake(hint="formula")
def whole_sizes(places, centres, halves):
    """Your boxes are half as large as they should be: `halves` holds half the width
    already."""
    return _each(_q(places, centres, halves / 2)).amin(1)


@exercise.mistake(hint="formula")
def no_absolute_value(places, centres, halves):
    """You do not take the absolute value of p - centre, so places beyond the negative
    faces count as inside."""
    return _each((places[:, None] - centres) - halves).amin(1)


@exercise.mistake(hint="formula")
def centre_forgotten(places, centres, halves):
    """All your boxes stand around the origin. Subtract the centre of each box."""
    return _each(places[:, None].abs() - halves).amin(1)


@exercise.mistake(hint="line")
def squared(places, centres, halves):
    """Outside you return the squared distance. Take the root."""
    q = _q(places, centres, halves)
    return (q.clamp(min=0).square().sum(-1) + q.amax(-1).clamp(max=0)).amin(1)


@exercise.mistake(hint="formula")
def deepest_corner(places, centres, halves):
    """Inside you return minus the length of all three gaps. The nearest way out leads
    through one face, so the largest gap counts."""
    q = _q(places, centres, halves)
    inside = (q < 0).all(-1)
    d = torch.where(inside, -q.norm(dim=-1), q.clamp(min=0).norm(dim=-1))
    return d.amin(1)


@exercise.mistake(hint="formula")
def sign_reversed(places, centres, halves):
    """Your sign is reversed: outside is positive and inside negative."""
    return -_each(_q(places, centres, halves)).amin(1)


@exercise.mistake(hint="formula")
def negative_gaps_measured(places, centres, halves):
    """You take the length of all three gaps outside. A negative gap means that the
    place is between these faces: set it to 0 first."""
    q = _q(places, centres, halves)
    return (q.norm(dim=-1) + q.amax(-1).clamp(max=0)).amin(1)


@exercise.mistake(hint="line")
def largest_gap_added_outside(places, centres, halves):
    """You add the largest gap outside as well. It counts only where it is negative,
    that is, inside: bound it by 0 from above."""
    q = _q(places, centres, halves)
    return (q.clamp(min=0).norm(dim=-1) + q.amax(-1)).amin(1)


@exercise.mistake(hint="formula")
def farthest_face(places, centres, halves):
    """Inside you take the smallest gap, which belongs to the farthest pair of faces.
    The nearest face has the largest gap, since all three are negative."""
    q = _q(places, centres, halves)
    return (q.clamp(min=0).norm(dim=-1) + q.amin(-1) * (q < 0).all(-1)).amin(1)


@exercise.mistake(hint="idea")
def gaps_of_different_boxes(places, centres, halves):
    """You take the smallest gap over the boxes for each axis apart, so gaps of
    different boxes are mixed. Find the distance of each box first."""
    return _each(_q(places, centres, halves).amin(1))


@exercise.mistake(hint="idea")
def sum_of_boxes(places, centres, halves):
    """You add the distances of the boxes. The nearest box alone counts: take the
    smallest."""
    return _each(_q(places, centres, halves)).sum(1)
