"""Exercises on patterns: edges that meet, and how much a seam stands out."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

around = Exercise(
    "15.wrapped",
    title="Where left meets right",
    difficulty=2,
    minutes=8,
    idea="What lies beyond the left edge is what lies at the right one. Take p columns"
    " from each side and put them on the other, then the same with rows.",
    formula="y(i, j) = x((i - p) mod H, (j - p) mod W), for i to H + 2p and j to"
    " W + 2p.",
    line="`x = torch.cat([x[..., -p:], x, x[..., :p]], -1)`, then rows likewise along"
    " -2.",
    variation="Write the padding that mirrors instead, and see whether textures tile"
    " with it.",
)


@around.answer
def wrapped(x: Tensor, p: int) -> Tensor:
    """Images [N, C, H, W] continued by p pixels on every side: [N, C, H+2p, W+2p]."""
    x = torch.cat([x[..., -p:], x, x[..., :p]], -1)
    return torch.cat([x[..., -p:, :], x, x[..., :p, :]], -2)


@around.also_right
def by_torch(x: Tensor, p: int) -> Tensor:
    return pad(x, [p] * 4, mode="circular")


@around.also_right
def by_remainders(x: Tensor, p: int) -> Tensor:
    rows, columns = (torch.arange(-p, size + p) % size for size in x.shape[2:])
    return x[:, :, rows][..., columns]


@around.inputs
def pictures() -> list[tuple[Tensor, int]]:
    counted = torch.arange(12.0).view(1, 1, 3, 4)
    return [(counted, 1), (torch.rand(2, 3, 6, 5), 2), (torch.rand(1, 1, 4, 4), 3)]


@around.must_hold
def all_shifts_look_alike(f) -> bool:
    """A picture that is moved around the torus is continued by the same pixels."""
    x = torch.arange(20.0).view(1, 1, 4, 5)
    moved = torch.as_tensor(f(x.roll((1, 2), (2, 3)), 2))
    return same(moved[..., 2:-2, 2:-2], x.roll((1, 2), (2, 3))) and same(
        moved[..., 3:-1, 4:], torch.as_tensor(f(x, 2))[..., 2:-2, 2:-2]
    )


@around.mistake(hint="idea")
def mirrored(x: Tensor, p: int) -> Tensor:
    """You mirror at the edge. Mirrored textures meet as well, but as in a kaleidoscope:
    beyond the left edge lies the right one."""
    return pad(
        x, [min(p, s - 1) for s in (x.shape[3],) * 2 + (x.shape[2],) * 2], "reflect"
    )


@around.mistake(hint="idea")
def edge_repeated(x: Tensor, p: int) -> Tensor:
    """You repeat the edge. What is wanted lies at the opposite edge."""
    return pad(x, [p] * 4, mode="replicate")


@around.mistake(hint="idea")
def zeros(x: Tensor, p: int) -> Tensor:
    """You continue with zeros, as convolutions usually do: then a network can tell
    where the edge is, and the seam shows."""
    return pad(x, [p] * 4)


@around.mistake(hint="formula")
def sides_swapped(x: Tensor, p: int) -> Tensor:
    """You put each edge beside itself: before the first column belongs the last, and
    after the last the first."""
    x = torch.cat([x[..., :p], x, x[..., -p:]], -1)
    return torch.cat([x[..., :p, :], x, x[..., -p:, :]], -2)


@around.mistake(hint="line")
def columns_alone(x: Tensor, p: int) -> Tensor:
    """You continue to the left and right alone. Above and below are edges, too."""
    return torch.cat([x[..., -p:], x, x[..., :p]], -1)


join = Exercise(
    "15.seam",
    title="Does the seam show?",
    difficulty=3,
    minutes=12,
    idea="A seam shows where neighbours across it differ more than neighbours anywhere"
    " else. Measure both, and divide.",
    formula="mean |x(., 0) - x(., W - 1)| and |x(0, .) - x(H - 1, .)|, over the mean of"
    " |x(., j + 1) - x(., j)| and |x(i + 1, .) - x(i, .)|.",
    line="`across = (x[..., 0] - x[..., -1]).abs().mean() + (x[..., 0, :] - x[..., -1,"
    " :]).abs().mean()`, `within = x.diff(dim=3).abs().mean() +"
    " x.diff(dim=2).abs().mean()`; return `float(across / within)`.",
    variation="Compare slopes across the seam as well: a picture whose edges meet may"
    " still have a kink there.",
)


@join.answer
def seam(x: Tensor) -> float:
    """Differences across the seams over those within, textures [N, C, H, W]."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean()
    return float(across / within)


@join.also_right
def by_rolling(x: Tensor) -> float:
    def parts(dim: int) -> tuple[Tensor, Tensor]:
        steps = (x - x.roll(1, dim)).abs()
        return steps.select(dim, 0).mean(), steps.narrow(
            dim, 1, x.shape[dim] - 1
        ).mean()

    (a, b), (c, d) = parts(2), parts(3)
    return float((a + c) / (b + d))


@join.also_right
def by_columns(x: Tensor) -> float:
    totals = [0.0, 0.0]
    for y in (x, x.transpose(2, 3)):
        steps = [
            float((y[..., j] - y[..., j - 1]).abs().mean()) for j in range(y.shape[3])
        ]
        totals[0] += steps[0]
        totals[1] += sum(steps[1:]) / (len(steps) - 1)
    return totals[0] / totals[1]


@join.inputs
def some_textures() -> list[tuple[Tensor]]:
    ramp = torch.arange(6.0).expand(1, 1, 5, 6)
    return [
        (ramp + 0.5 * torch.arange(5.0)[:, None],),
        (torch.rand(3, 1, 8, 6),),
        (torch.rand(2, 3, 5, 9) * 2 - 1,),
    ]


@join.must_hold
def a_ramp_shows(f) -> bool:
    """A slope that starts anew has a seam as high as the slope is long."""
    ramp = torch.arange(6.0).expand(1, 1, 6, 6)
    return same(f(ramp), 5.0)


@join.must_hold
def scale_does_not_count(f) -> bool:
    """Half the contrast has the same seam."""
    x = torch.tensor([[0.0, 3.0, 1.0], [2.0, 5.0, 5.0], [1.0, 0.0, 4.0]])[None, None]
    return same(f(x / 2), f(x))


@join.mistake(hint="idea")
def across_alone(x: Tensor) -> float:
    """You measure the seam alone. A rough texture has larger steps everywhere: divide
    by those within."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    return float(across + (x[..., 0, :] - x[..., -1, :]).abs().mean())


@join.mistake(hint="formula")
def signed(x: Tensor) -> float:
    """You average signed differences, which cancel: a bright and a dark step make no
    step at all. Take absolute values."""
    across = (x[..., 0] - x[..., -1]).mean() + (x[..., 0, :] - x[..., -1, :]).mean()
    within = x.diff(dim=3).mean() + x.diff(dim=2).mean()
    return float(across / (within + 1e-12))


@join.mistake(hint="formula")
def one_seam(x: Tensor) -> float:
    """You look at the seam between left and right alone. Tiles also lie one above the
    other."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    return float(across / x.diff(dim=3).abs().mean())


@join.mistake(hint="formula")
def squared(x: Tensor) -> float:
    """You square the differences, so that a few high steps decide. Here the absolute
    values are averaged."""
    across = (x[..., 0] - x[..., -1]).square().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).square().mean()
    within = x.diff(dim=3).square().mean() + x.diff(dim=2).square().mean()
    return float(across / within)


@join.mistake(hint="formula")
def turned_over(x: Tensor) -> float:
    """You divide the other way round: a seam that shows would have a small number."""
    return 1 / seam(x)
