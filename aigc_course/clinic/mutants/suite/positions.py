"""Properties of what tells a Transformer where a token stands."""

import math
from typing import Any

import torch
from torch import Tensor

from aigc_course.clinic.mutants.targets import draw, flat, target

POSITIONS = "attention.positions"
B, T, D = 2, 4, 4


sinusoids = target(
    POSITIONS,
    "sinusoids",
    call="sinusoids(places, size), int [T] and an even size, gives [T, size]",
    tolerance=1e-5,
)


@sinusoids.observed
def _sinusoids_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(torch.tensor([0, 1, 5, 40 + seed]), 6))


@sinusoids.equals
def _sinusoids_want(seed: int) -> list[Tensor]:
    rows = []
    for t in (0, 1, 5, 40 + seed):
        angles = [t / 10_000 ** (2 * m / 6) for m in range(3)]
        rows.append([g(a) for a in angles for g in (math.sin, math.cos)])
    return flat(torch.tensor(rows))


@sinusoids.must
def _length(f: Any, seed: int) -> None:
    """Every code has the length sqrt(size / 2)."""
    codes = f(torch.arange(9), 6)
    assert torch.allclose(codes.norm(dim=1), torch.full((9,), 3**0.5))


shift = target(
    POSITIONS,
    "shift_matrix",
    call="shift_matrix(shift, size) gives the matrix R with p(t + shift) = R p(t)",
    tolerance=1e-5,
)


@shift.observed
def _shift_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(1.5 + seed, 4))


@shift.equals
def _shift_want(seed: int) -> list[Tensor]:
    blocks = []
    for w in (1.0, 0.01):
        turned = torch.linalg.matrix_exp(
            torch.tensor([[0.0, w], [-w, 0.0]]).double() * (1.5 + seed)
        )
        blocks.append(turned)
    return [torch.block_diag(*blocks)]


@shift.must
def _inverse(f: Any, seed: int) -> None:
    """Forwards and backwards is nothing at all."""
    s = 0.5 + seed
    assert torch.allclose(f(s, 6) @ f(-s, 6), torch.eye(6), atol=1e-5)


rotate = target(
    POSITIONS,
    "rotate",
    call="rotate(x, places), [..., T, d] and int [T], turns queries or keys",
    tolerance=1e-5,
)


@rotate.observed
def _rotate_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, B, T, D).float(), torch.arange(seed, seed + T), 100.0))


@rotate.equals
def _rotate_want(seed: int) -> list[Tensor]:
    x = torch.view_as_complex(draw(seed, B, T, D).float().unflatten(-1, (-1, 2)))
    angles = torch.arange(seed, seed + T)[:, None] * torch.tensor([1.0, 0.1])
    turned = x * torch.polar(torch.ones_like(angles), angles)
    return flat(torch.view_as_real(turned).flatten(-2))


@rotate.must
def _relative(f: Any, seed: int) -> None:
    """Scores do not change when all places move."""
    q, k = draw(seed, T, D), draw(seed, T, D, key=1)
    p = torch.arange(T)
    one = f(q, p) @ f(k, p).T
    assert torch.allclose(one, f(q, p + 9) @ f(k, p + 9).T, atol=1e-5)


@rotate.must
def _lengths_stay(f: Any, seed: int) -> None:
    """A turn does not change lengths."""
    q = draw(seed, T, D)
    assert torch.allclose(f(q, torch.arange(T)).norm(dim=1), q.norm(dim=1), atol=1e-5)


alibi = target(
    POSITIONS,
    "alibi",
    call="alibi(heads, queries, keys), places int [T] and [S], gives [H, T, S]",
)


@alibi.observed
def _alibi_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(3, torch.arange(seed, seed + 3), torch.arange(5)))


@alibi.equals
def _alibi_want(seed: int) -> list[Tensor]:
    rows = [
        [
            [-(2.0 ** (-8 * h / 3)) * abs(i - j) for j in range(5)]
            for i in range(seed, seed + 3)
        ]
        for h in (1, 2, 3)
    ]
    return flat(torch.tensor(rows))


@alibi.must
def _near_is_free(f: Any, seed: int) -> None:
    """A token loses nothing by itself, and every other one loses something."""
    p = torch.arange(4)
    bias = f(2, p, p)
    assert float(bias.diagonal(dim1=1, dim2=2).abs().sum()) == 0
    assert float(bias.sum(0)[0, 3]) < float(bias.sum(0)[0, 1]) < 0
