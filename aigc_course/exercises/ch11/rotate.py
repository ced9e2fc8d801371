"""Exercise on rotary positions."""

import torch
from torch import Tensor

from aigc_course.attention.positions import frequencies
from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.rotate",
    order=60,
    title="Turn queries and keys",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Take the coordinates in pairs of neighbours, 0 and 1, 2 and 3, and so on."
    " Turn pair m of the vector at position t by the angle t w_m.",
    formula="(a, b) becomes (a cos - b sin, a sin + b cos), with a = x[..., 0::2] and b"
    " = x[..., 1::2].",
    line="Write `angle = positions[:, None] * frequencies`, then `a, b = x[..., 0::2],"
    " x[..., 1::2]`, then `turned = [a * angle.cos() - b * angle.sin(), a * angle.sin()"
    " + b * angle.cos()]`, then `return torch.stack(turned, dim=-1).flatten(-2)`.",
    variation="Turn the values as well, and test whether the output still depends on"
    " distances alone.",
)


@exercise.answer
def rotate(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021, equation 34): [..., T, 2 M].

    x: [..., T, 2 M], queries or keys. positions: [T]. frequencies: [M].
    """
    angle = positions[:, None] * frequencies  # [T, M]
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(turned, dim=-1).flatten(-2)


@exercise.inputs
def vectors() -> list[tuple[Tensor, Tensor, Tensor]]:
    return [
        (torch.randn(5, 4), torch.arange(5), frequencies(4)),
        (torch.randn(2, 3, 6, 8), torch.arange(10, 16), frequencies(8)),
        (torch.randn(3, 6), torch.tensor([4, 0, 9]), torch.tensor([1.0, 0.3, 0.05])),
    ]


@exercise.must_hold
def distance_alone(f) -> bool:
    """q_i . k_j depends on i - j alone: moving both by 7 positions changes nothing."""
    q, k = torch.randn(2, 1, 8)
    w = frequencies(8)

    def dot(i: int, j: int) -> Tensor:
        one, other = f(q, torch.tensor([i]), w), f(k, torch.tensor([j]), w)
        return (one * other).sum().to(torch.float32)

    return same(dot(9, 4), dot(16, 11), 1e-3) and same(dot(3, 8), dot(10, 15), 1e-3)


@exercise.must_hold
def lengths(f) -> bool:
    """Turning does not change the length of a vector."""
    x = torch.randn(6, 8)
    turned = f(x, torch.arange(6), frequencies(8)).to(torch.float32)
    return same(turned.norm(dim=1), x.norm(dim=1))


@exercise.must_hold
def place_zero(f) -> bool:
    """At position 0 nothing turns."""
    x = torch.randn(1, 6)
    return same(f(x, torch.tensor([0]), frequencies(6)), x)


@exercise.must_hold
def not_the_sum(f) -> bool:
    """Different distances give different dot products."""
    q, w = torch.ones(1, 8), frequencies(8)
    near = (f(q, torch.tensor([3]), w) * f(q, torch.tensor([2]), w)).sum()
    far = (f(q, torch.tensor([9]), w) * f(q, torch.tensor([2]), w)).sum()
    return not same(near.to(torch.float32), far.to(torch.float32), 1e-3)


@exercise.mistake(hint="formula")
def mixed_pairs(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You turn the halves against each other with frequencies laid out for neighbours,
    so the two coordinates of a pair turn by different angles. The dot product then
    depends on more than the distance."""
    angle = (positions[:, None] * frequencies).repeat_interleave(2, dim=-1)
    a, b = x.chunk(2, dim=-1)
    return x * angle.cos() + torch.cat([-b, a], dim=-1) * angle.sin()


@exercise.mistake(hint="idea")
def halves(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You pair coordinate m with coordinate m + M, as some libraries do. That is
    rotary, but its pairs are other ones: here neighbours 2m and 2m + 1 belong
    together."""
    angle = (positions[:, None] * frequencies).repeat(1, 2)
    a, b = x.chunk(2, dim=-1)
    return x * angle.cos() + torch.cat([-b, a], dim=-1) * angle.sin()


@exercise.mistake(hint="formula")
def the_other_way(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You turn the other way round. Dot products of queries and keys do not notice, but
    the formula has a cos - b sin first."""
    return rotate(x, -positions, frequencies)


@exercise.mistake(hint="formula")
def a_mirror(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """Both of your sines have the same sign: lengths change. A rotation has one minus,
    a cos - b sin and a sin + b cos."""
    angle = positions[:, None] * frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(turned, dim=-1).flatten(-2)


@exercise.mistake(hint="idea")
def positions_added(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You add the sinusoids to the vectors. Rotary positions turn the vectors, so that
    their lengths stay."""
    angle = positions[:, None] * frequencies
    return x + torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)


@exercise.mistake(hint="formula")
def not_woven(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """Your pairs are turned correctly, and then put one half behind the other. Weave
    them: stack on a new last axis, then flatten it."""
    angle = positions[:, None] * frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.cat(turned, dim=-1)


@exercise.mistake(hint="idea")
def counted_from_zero(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You count positions from 0 and ignore those that are given. With a cache the next
    token stands at position 10 or 1,000, not at 0."""
    return rotate(x, torch.arange(x.shape[-2]), frequencies)


@exercise.mistake(hint="line")
def changed_too_early(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You write the new a into x and then compute b from it. Both need the old a and
    the old b: keep copies, or make a new tensor."""
    out, angle = x.clone(), positions[:, None] * frequencies
    out[..., 0::2] = out[..., 0::2] * angle.cos() - out[..., 1::2] * angle.sin()
    out[..., 1::2] = out[..., 0::2] * angle.sin() + out[..., 1::2] * angle.cos()
    return out


@exercise.mistake(hint="formula")
def angles_for_halves(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """Your pairs are neighbours and your angles are laid out for halves, w_0, w_1, ...,
    w_0, w_1, so the two coordinates of a pair turn by different angles. Neighbours need
    w_0, w_0, w_1, w_1."""
    angle = (positions[:, None] * frequencies).repeat(1, 2)
    turned = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * angle.cos() + turned * angle.sin()


@exercise.mistake(hint="idea")
def counted_from_one(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You add 1 to the positions. They are given, and position 0 does not turn."""
    return rotate(x, positions + 1, frequencies)


@exercise.mistake(hint="idea")
def usual_frequencies(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You compute frequencies of your own, with base 10,000. Use those that are given:
    other models have other ones."""
    size = x.shape[-1]
    return rotate(x, positions, 10_000.0 ** (-torch.arange(0, size, 2) / size))


@exercise.mistake(hint="formula")
def sine_and_cosine_exchanged(
    x: Tensor, positions: Tensor, frequencies: Tensor
) -> Tensor:
    """You have exchanged sine and cosine: at position 0 your vectors turn by a quarter.
    There cos is 1 and sin is 0, and nothing may change."""
    angle = positions[:, None] * frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.sin() - b * angle.cos(), a * angle.cos() + b * angle.sin()]
    return torch.stack(turned, dim=-1).flatten(-2)


@exercise.mistake(hint="formula")
def one_half_alone(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You change one coordinate of each pair and leave the other as it was. A rotation
    changes both: a cos - b sin and a sin + b cos."""
    angle = positions[:, None] * frequencies
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angle.cos() - b * angle.sin(), b], dim=-1)


@exercise.mistake(hint="formula")
def divided_by_frequencies(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """You divide the position by the frequency. The angle is their product, t w_m."""
    angle = positions[:, None] / frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(turned, dim=-1).flatten(-2)
