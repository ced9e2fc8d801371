"""Exercise on patterns: a picture continued by its other side."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.wrapped",
    order=100,
    title="Where left meets right",
    difficulty=2,
    minutes=8,
    idea="What lies beyond the left edge is what lies at the right one. Take p columns"
    " from each side and put them on the other, then the same with rows.",
    formula="y(i, j) = x((i - p) mod H, (j - p) mod W), for i to H + 2p and j to"
    " W + 2p.",
    line="`H, W = x.shape[2:]` and `x = torch.cat([x[..., W - p :], x, x[..., :p]],"
    " -1)`; then return `torch.cat([x[..., H - p :, :], x, x[..., :p, :]], -2)`.",
    variation="Write the padding that mirrors instead, and see whether textures tile"
    " with it.",
    asks="method",
)


@exercise.answer
def wrapped(x: Tensor, p: int) -> Tensor:
    """Images [N, C, H, W] continued by p pixels on every side: [N, C, H+2p, W+2p]."""
    H, W = x.shape[2:]
    x = torch.cat([x[..., W - p :], x, x[..., :p]], -1)
    return torch.cat([x[..., H - p :, :], x, x[..., :p, :]], -2)


@exercise.inputs
def pictures() -> list[tuple[Tensor, int]]:
    counted = torch.arange(12.0).view(1, 1, 3, 4)
    return [(counted, 1), (torch.rand(2, 3, 6, 5), 2), (torch.rand(1, 1, 4, 4), 3)]


@exercise.must_hold
def all_shifts_look_alike(f) -> bool:
    """A picture that is moved around the torus is continued by the same pixels."""
    x = torch.arange(20.0).view(1, 1, 4, 5)
    moved = torch.as_tensor(f(x.roll((1, 2), (2, 3)), 2))
    return same(moved[..., 2:-2, 2:-2], x.roll((1, 2), (2, 3))) and same(
        moved[..., 3:-1, 4:], torch.as_tensor(f(x, 2))[..., 2:-2, 2:-2]
    )


@exercise.mistake(hint="idea")
def mirrored(x: Tensor, p: int) -> Tensor:
    """You mirror at the edge. Beyond the left edge belongs what lies at the right one:
    wrap around instead."""
    return pad(
        x, [min(p, s - 1) for s in (x.shape[3],) * 2 + (x.shape[2],) * 2], "reflect"
    )


@exercise.mistake(hint="idea")
def edge_repeated(x: Tensor, p: int) -> Tensor:
    """You repeat the edge. What is wanted lies at the opposite edge."""
    return pad(x, [p] * 4, mode="replicate")


@exercise.mistake(hint="idea")
def zeros(x: Tensor, p: int) -> Tensor:
    """You continue with zeros, as convolutions do by default. What is wanted lies at
    the opposite edge."""
    return pad(x, [p] * 4)


@exercise.mistake(hint="formula")
def sides_swapped(x: Tensor, p: int) -> Tensor:
    """You put the first columns in front and the last ones behind. Before the first
    column belongs the last, and after the last the first."""
    x = torch.cat([x[..., :p], x, x[..., -p:]], -1)
    return torch.cat([x[..., :p, :], x, x[..., -p:, :]], -2)


@exercise.mistake(hint="line")
def columns_alone(x: Tensor, p: int) -> Tensor:
    """You continue to the left and right alone. Above and below are edges, too."""
    return torch.cat([x[..., -p:], x, x[..., :p]], -1)


@exercise.mistake(hint="line")
def rows_alone(x: Tensor, p: int) -> Tensor:
    """You continue above and below alone. Left and right are edges, too."""
    height = x.shape[2]
    return torch.cat([x[..., height - p :, :], x, x[..., :p, :]], -2)


@exercise.mistake(hint="idea")
def mirrored_with_the_edge(x: Tensor, p: int) -> Tensor:
    """You mirror at the edge and repeat the edge pixel. Beyond the left edge belongs
    what lies at the right one: wrap around instead."""
    rows, columns = (
        torch.cat([torch.arange(p).flip(0), torch.arange(n), n - 1 - torch.arange(p)])
        for n in x.shape[2:]
    )
    return x[:, :, rows][..., columns]


@exercise.mistake(hint="formula")
def all_at_the_end(x: Tensor, p: int) -> Tensor:
    """You add 2 p pixels at the end and none at the beginning. Add p pixels on every
    side."""
    return torch.roll(wrapped(x, p), (-p, -p), (2, 3))[
        ..., : x.shape[2] + 2 * p, : x.shape[3] + 2 * p
    ]


@exercise.mistake(hint="line")
def corners_left_out(x: Tensor, p: int) -> Tensor:
    """Your corners are empty. Continue the columns first and then the rows of the
    *longer* picture, so that the corners are filled as well."""
    found = wrapped(x, p).clone()
    h, w = found.shape[2:]
    inner = torch.zeros(h, w, dtype=torch.bool)
    inner[p : h - p], inner[:, p : w - p] = True, True
    return found * inner


@exercise.mistake(hint="formula")
def shifted_the_other_way(x: Tensor, p: int) -> Tensor:
    """You start p pixels too late: (i + p) in place of (i - p). Row 0 of the result is
    row H - p of the picture."""
    rows, columns = (torch.arange(p, n + 3 * p) % n for n in x.shape[2:])
    return x[:, :, rows][..., columns]


@exercise.must_hold
def nothing_for_nothing(f) -> bool:
    """For p = 0 the picture stays as it is; `x[..., -0:]` is all of it, so begin at
    `W - p` and `H - p` and not at `-p`."""
    x = torch.arange(12.0).view(1, 1, 3, 4)
    return same(f(x, 0), x)
