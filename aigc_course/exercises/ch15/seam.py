"""Exercise on patterns: how much a seam stands out."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.seam",
    order=110,
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
    asks="method",
)


@exercise.answer
def seam(x: Tensor) -> float:
    """Differences across the seams over those within, textures [N, C, H, W]."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean()
    return float(across / within)


@exercise.inputs
def some_textures() -> list[tuple[Tensor]]:
    ramp = torch.arange(6.0).expand(1, 1, 5, 6)
    return [
        (ramp + 0.5 * torch.arange(5.0)[:, None],),
        (torch.rand(3, 1, 8, 6),),
        (torch.rand(2, 3, 5, 9) * 2 - 1,),
    ]


@exercise.must_hold
def a_ramp_shows(f) -> bool:
    """A slope that starts anew has a seam as high as the slope is long."""
    ramp = torch.arange(6.0).expand(1, 1, 6, 6)
    return same(f(ramp), 5.0)


@exercise.must_hold
def scale_does_not_count(f) -> bool:
    """Half the contrast has the same seam."""
    x = torch.tensor([[0.0, 3.0, 1.0], [2.0, 5.0, 5.0], [1.0, 0.0, 4.0]])[None, None]
    return same(f(x / 2), f(x))


@exercise.mistake(hint="idea")
def across_alone(x: Tensor) -> float:
    """You measure the seam alone. A rough texture has larger steps everywhere: divide
    by those within."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    return float(across + (x[..., 0, :] - x[..., -1, :]).abs().mean())


@exercise.mistake(hint="formula")
def signed(x: Tensor) -> float:
    """You average signed differences, which cancel: a bright and a dark step make no
    step at all. Take absolute values."""
    across = (x[..., 0] - x[..., -1]).mean() + (x[..., 0, :] - x[..., -1, :]).mean()
    within = x.diff(dim=3).mean() + x.diff(dim=2).mean()
    return float(across / (within + 1e-12))


@exercise.mistake(hint="formula")
def one_seam(x: Tensor) -> float:
    """You look at the seam between left and right alone. Tiles also lie one above the
    other."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    return float(across / x.diff(dim=3).abs().mean())


@exercise.mistake(hint="formula")
def squared(x: Tensor) -> float:
    """You square the differences, so that a few high steps decide. Here the absolute
    values are averaged."""
    across = (x[..., 0] - x[..., -1]).square().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).square().mean()
    within = x.diff(dim=3).square().mean() + x.diff(dim=2).square().mean()
    return float(across / within)


@exercise.mistake(hint="formula")
def turned_over(x: Tensor) -> float:
    """You divide the other way round: put the steps across the seam above the bar."""
    return 1 / seam(x)


@exercise.mistake(hint="formula")
def two_ratios(x: Tensor) -> float:
    """You take a ratio for each direction and average the two. (15.14) has one
    fraction: add the two means above the bar, and the two below."""
    found = []
    for y in (x, x.transpose(2, 3)):
        across = (y[..., 0] - y[..., -1]).abs().mean()
        found.append(float(across / y.diff(dim=3).abs().mean()))
    return sum(found) / 2


@exercise.mistake(hint="formula")
def sums_for_means(x: Tensor) -> float:
    """You take sums. There are more steps within than across, so their number would
    decide: take means."""
    across = (x[..., 0] - x[..., -1]).abs().sum()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().sum()
    return float(across / (x.diff(dim=3).abs().sum() + x.diff(dim=2).abs().sum()))


@exercise.mistake(hint="formula")
def averaged_too_early(x: Tensor) -> float:
    """Across the seam you average first and take the absolute value then, so that
    bright and dark steps cancel. Take absolute values first."""
    across = (x[..., 0] - x[..., -1]).mean().abs()
    across = across + (x[..., 0, :] - x[..., -1, :]).mean().abs()
    return float(across / (x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean()))


@exercise.mistake(hint="formula")
def seam_within(x: Tensor) -> float:
    """You count the seam among the steps within, as `roll` does. Leave it out there:
    take `diff`."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = (x - x.roll(1, 3)).abs().mean() + (x - x.roll(1, 2)).abs().mean()
    return float(across / within)


@exercise.mistake(hint="idea")
def a_difference(x: Tensor) -> float:
    """You subtract the steps within. Divide by them, so that the contrast of the
    texture does not count."""
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    return float(across - x.diff(dim=3).abs().mean() - x.diff(dim=2).abs().mean())
