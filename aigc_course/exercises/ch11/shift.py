"""Exercise on sinusoidal positions: a shift is a rotation."""

import math

import torch
from torch import Tensor

from aigc_course.attention.positions import frequencies, sinusoids
from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.shift",
    order=50,
    title="A shift is a rotation",
    difficulty=4,
    minutes=15,
    asks="derive",
    idea="Look at one pair (sin wt, cos wt). The addition theorems write sin w(t + n)"
    " and cos w(t + n) as sums of the two: that is a 2 x 2 matrix without t.",
    formula="For each frequency w the block [[cos wn, sin wn], [-sin wn, cos wn]], on"
    " the rows and columns 2m and 2m + 1.",
    line="Write `c, s = torch.cos(frequencies * n), torch.sin(frequencies * n)`, then"
    " `blocks = torch.stack([c, s, -s, c], dim=-1).view(-1, 2, 2)`, then"
    " `return torch.block_diag(*blocks)`.",
    variation="Multiply the matrices of two shifts. Find the shift of their product.",
)


@exercise.answer
def shift(n: float, frequencies: Tensor) -> Tensor:
    """The matrix R with p(t + n) = R p(t) for every position t: [2 M, 2 M].

    frequencies: w_m, [M]. p(t) has the coordinates sin(w_0 t), cos(w_0 t),
    sin(w_1 t), cos(w_1 t), and so on.
    """
    blocks = []
    for w in frequencies.tolist():
        sine, cosine = math.sin(w * n), math.cos(w * n)
        blocks.append(torch.tensor([[cosine, sine], [-sine, cosine]]))
    return torch.block_diag(*blocks)


@exercise.inputs
def shifts() -> list[tuple[float, Tensor]]:
    return [(1, frequencies(4)), (3, frequencies(8)), (-2, torch.tensor([0.5, 0.1]))]


@exercise.must_hold
def shifts_every_place(f) -> bool:
    """R p(t) = p(t + n) at many positions t."""
    positions = torch.arange(20)
    moved = sinusoids(positions, 8) @ f(5, frequencies(8)).to(torch.float32).T
    return same(moved, sinusoids(positions + 5, 8), 1e-3)


@exercise.must_hold
def no_shift(f) -> bool:
    """A shift by 0 changes nothing: the identity."""
    return same(f(0, frequencies(6)), torch.eye(6))


@exercise.must_hold
def keeps_lengths(f) -> bool:
    """R is a rotation: R times its transpose is the identity."""
    matrix = f(7, frequencies(6))
    return same(matrix @ matrix.T, torch.eye(6), 1e-3)


def _blocks(n: float, frequencies: Tensor, make) -> Tensor:
    return torch.block_diag(
        *(
            torch.tensor(make(math.sin(w * n), math.cos(w * n)))
            for w in frequencies.tolist()
        )
    )


@exercise.mistake(hint="formula")
def the_other_way(n: float, frequencies: Tensor) -> Tensor:
    """Your matrix shifts by -n. The coordinates come in the order (sin, cos), so the
    sine above the diagonal is positive."""
    return _blocks(n, frequencies, lambda s, c: [[c, -s], [s, c]])


@exercise.mistake(hint="formula")
def a_mirror(n: float, frequencies: Tensor) -> Tensor:
    """Both of your sines have the same sign, which is not a rotation: cos(a + b) is
    cos a cos b MINUS sin a sin b."""
    return _blocks(n, frequencies, lambda s, c: [[c, s], [s, c]])


@exercise.mistake(hint="formula")
def sines_on_the_diagonal(n: float, frequencies: Tensor) -> Tensor:
    """You have exchanged sine and cosine: with n = 0 your matrix is not the
    identity."""
    return _blocks(n, frequencies, lambda s, c: [[s, c], [-c, s]])


@exercise.mistake(hint="idea")
def halves(n: float, frequencies: Tensor) -> Tensor:
    """Your matrix is for sines in the first half and cosines in the second. Here each
    sine stands beside its own cosine: 2 x 2 blocks on the diagonal."""
    s, c = torch.sin(frequencies * n), torch.cos(frequencies * n)
    upper = torch.cat([torch.diag(c), torch.diag(s)], dim=1)
    lower = torch.cat([torch.diag(-s), torch.diag(c)], dim=1)
    return torch.cat([upper, lower])


@exercise.mistake(hint="idea")
def added(n: float, frequencies: Tensor) -> Tensor:
    """You put p(n) on the diagonal, as if positions were added or multiplied entry by
    entry. A shift mixes the sine and the cosine of the same frequency."""
    s, c = torch.sin(frequencies * n), torch.cos(frequencies * n)
    return torch.diag(torch.stack([s, c], dim=1).flatten())


@exercise.mistake(hint="formula")
def the_same_angle(n: float, frequencies: Tensor) -> Tensor:
    """You turn all pairs by the same angle n. Each pair has its own frequency and turns
    by w n."""
    return _blocks(n, torch.ones_like(frequencies), lambda s, c: [[c, s], [-s, c]])


@exercise.mistake(hint="formula")
def wavelengths(n: float, frequencies: Tensor) -> Tensor:
    """You turn by n / w. A frequency is an angle per position: turn by w n."""
    return shift(n, 1 / frequencies)


@exercise.mistake(hint="idea")
def cosines_alone(n: float, frequencies: Tensor) -> Tensor:
    """You have the cosines and no sines. sin(a + b) is sin a cos b PLUS cos a sin b:
    the second term stands beside the diagonal."""
    return torch.diag(torch.cos(frequencies * n).repeat_interleave(2))


@exercise.mistake(hint="idea")
def coordinates_moved(n: float, frequencies: Tensor) -> Tensor:
    """Your matrix moves the coordinates by n. What moves is the position t: the
    coordinates stay where they are, and their values change."""
    return torch.eye(2 * len(frequencies)).roll(int(n), dims=0)


@exercise.mistake(hint="idea")
def from_place_zero(n: float, frequencies: Tensor) -> Tensor:
    """Your matrix is right for t = 0 alone. It must not be made from p at one position:
    find one that works for every t."""
    zero, angle = torch.zeros_like(frequencies), frequencies * n
    start = torch.stack([zero.sin(), zero.cos()], dim=1).flatten()
    there = torch.stack([angle.sin(), angle.cos()], dim=1).flatten()
    return torch.outer(there, start) / start.dot(start)


@exercise.mistake(hint="formula")
def half_neighbours(n: float, frequencies: Tensor) -> Tensor:
    """Your cosines are laid out for neighbours, 2m and 2m + 1, and your sines for
    halves, m and m + M. Put each sine beside its own cosine."""
    c, s = torch.cos(frequencies * n), torch.sin(frequencies * n)
    matrix, half = torch.diag(c.repeat_interleave(2)), len(frequencies)
    matrix[:half, half:] = torch.diag(s)
    matrix[half:, :half] = torch.diag(-s)
    return matrix


@exercise.mistake(hint="line")
def not_put_together(n: float, frequencies: Tensor) -> Tensor:
    """Your blocks are right, one for each frequency. Put them on the diagonal of one
    matrix: torch.block_diag(*blocks)."""
    c, s = torch.cos(frequencies * n), torch.sin(frequencies * n)
    return torch.stack([c, s, -s, c], dim=-1).view(-1, 2, 2)


@exercise.mistake(hint="formula")
def first_frequency(n: float, frequencies: Tensor) -> Tensor:
    """You turn all pairs by the first frequency. Pair m has its own frequency w_m."""
    return shift(n, frequencies[:1].expand(len(frequencies)))
