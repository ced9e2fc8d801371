"""Properties of vector quantisation and its codebook."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import (
    draw,
    flat,
    slope,
    target,
    uniform,
)

VQ = "vae.quantise"
N, D = 4, 3


nearest = target(
    VQ,
    "nearest",
    call="nearest(e, codes), [..., d] and [K, d], gives indices [...]",
)


@nearest.observed
def _nearest_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 20, D), 2 * draw(seed, 6, D, key=1)))


@nearest.equals
def _nearest_want(seed: int) -> list[Tensor]:
    return flat(torch.cdist(draw(seed, 20, D), 2 * draw(seed, 6, D, key=1)).argmin(1))


@nearest.must
def _codes_find_themselves(f: Any, seed: int) -> None:
    """Each code is the nearest to itself."""
    codes = draw(seed, 9, D)
    assert f(codes, codes).tolist() == list(range(9))


straight = target(
    VQ,
    "straight_through",
    call="straight_through(e, q), one shape",
)


@straight.observed
def _straight_seen(f: Any, seed: int) -> list[Tensor]:
    e, q = draw(seed, N, D), draw(seed, N, D, key=1)
    slopes = slope(lambda a: 3 * f(a, q), e), slope(lambda a: f(e, a), q)
    return flat(f(e, q), *slopes)


@straight.equals
def _straight_want(seed: int) -> list[Tensor]:
    q = draw(seed, N, D, key=1)
    return [q, torch.full_like(q, 3.0), torch.zeros_like(q)]


@straight.must
def _forward(f: Any, seed: int) -> None:
    """What comes out is q."""
    e, q = draw(seed, N, D), draw(seed, N, D, key=1)
    assert torch.allclose(f(e, q), q)


vq_loss = target(
    VQ,
    "vq_loss",
    call="vq_loss(e, q, commitment), [N, ..., d] each, gives [N]",
)


@vq_loss.observed
def _vq_seen(f: Any, seed: int) -> list[Tensor]:
    e, q = draw(seed, N, 2, D), draw(seed, N, 2, D, key=1)
    slopes = slope(lambda a: f(a, q, 0.4), e), slope(lambda a: f(e, a, 0.4), q)
    return flat(f(e, q, 0.4), *slopes)


@vq_loss.equals
def _vq_want(seed: int) -> list[Tensor]:
    e, q = draw(seed, N, 2, D), draw(seed, N, 2, D, key=1)
    squares = (e - q).pow(2).sum((1, 2))
    return [1.4 * squares, 0.8 * (e - q), 2 * (q - e)]


@vq_loss.must
def _without_commitment(f: Any, seed: int) -> None:
    """Without a commitment the encoder has no gradient, and the codes have theirs."""
    e, q = draw(seed, N, D), draw(seed, N, D, key=1)
    assert float(slope(lambda a: f(a, q, 0.0), e).abs().sum()) == 0
    assert torch.allclose(slope(lambda a: f(e, a, 0.0), q), 2 * (q - e))


perplexity = target(
    VQ,
    "perplexity",
    call="perplexity(indices, size) gives a scalar from 1 to size",
)


@perplexity.observed
def _perplexity_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f((uniform(seed, 40) ** 2 * 6).long(), 8))


@perplexity.equals
def _perplexity_want(seed: int) -> list[Tensor]:
    _, counts = (uniform(seed, 40) ** 2 * 6).long().unique(return_counts=True)
    p = counts / 40
    return flat(torch.prod(p**-p))


@perplexity.must
def _even_use(f: Any, seed: int) -> None:
    """K codes used alike give K, and one code gives 1."""
    assert abs(float(f(torch.arange(7).repeat(3), 9)) - 7) < 1e-4
    assert abs(float(f(torch.zeros(5, dtype=torch.int64), 9)) - 1) < 1e-4


codebook = target(
    "vae.quantise",
    "Codebook",
    call="Codebook(size, d, decay) with .update(e, indices), .codes, .counts, .sums",
    methods=("update", "_restart", "forward"),
    tolerance=1e-5,
)


def _book(cls: Any, seed: int, **settings: Any) -> Any:
    torch.manual_seed(seed)
    return cls(4, 2, **settings)


@codebook.observed
def _codebook_seen(cls: Any, seed: int) -> list[Tensor]:
    e, found = draw(seed, 9, 2).float() + 1, list[Tensor]()
    for settings in ({"decay": 0.6}, {"decay": 0.6, "restart": 0.7}):
        made = _book(cls, seed, **settings)
        for _ in range(2):
            q, indices = made(e)
            made.update(e, indices)
            found += flat(q, indices, made.codes, made.counts, made.sums)
    return found


@codebook.equals
def _codebook_want(seed: int) -> list[Tensor]:
    e, found = draw(seed, 9, 2).float() + 1, list[Tensor]()
    for restart in (0.0, 0.7):
        torch.manual_seed(seed)
        codes = torch.randn(4, 2) / 2**0.5
        counts, sums = torch.ones(4), codes.clone()
        for _ in range(2):
            indices = torch.cdist(e, codes).argmin(1)
            q = codes[indices]
            hot = F.one_hot(indices, 4).float()
            counts = 0.6 * counts + 0.4 * hot.sum(0)
            sums = 0.6 * sums + 0.4 * hot.T @ e
            if restart:
                where = torch.randint(9, (4,))
                for k in range(4):
                    if counts[k] < restart:
                        counts[k], sums[k] = 1.0, e[where[k]]
            codes = sums / counts[:, None]
            found += flat(q, indices, codes, counts, sums)
    return found


@codebook.must
def _settles(cls: Any, seed: int) -> None:
    """With the same batch again and again each used code becomes its mean."""
    made, e = _book(cls, seed, decay=0.3), draw(seed, 30, 2).float()
    for _ in range(30):
        q, indices = made(e)
        made.update(e, indices)
    for k in indices.unique():
        assert torch.allclose(made.codes[k], e[indices == k].mean(0), atol=1e-3)
