"""Properties of the rules that choose the next token."""

from typing import Any

import torch
from torch import Tensor

from aigc_course.clinic.mutants.targets import draw, flat, target, uniform


def likely(seed: int) -> Tensor:
    return (2 * draw(seed, 3, 7)).softmax(-1)


top_k = target(
    "attention.decoding",
    "within_top_k",
    call="within_top_k(p, k), distributions [..., V], gives bool [..., V]",
)


@top_k.observed
def _top_k_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(likely(seed), 3), f(likely(seed), 1))


@top_k.equals
def _top_k_want(seed: int) -> list[Tensor]:
    p = likely(seed)
    return [p >= p.topk(k).values[:, -1:] for k in (3, 1)]


@top_k.must
def _keeps_k(f: Any, seed: int) -> None:
    """It keeps k tokens, also where several are equal."""
    assert f(torch.ones(2, 6) / 6, 2).sum(1).tolist() == [2, 2]


top_p = target(
    "attention.decoding",
    "within_top_p",
    call="within_top_p(p, share), distributions [..., V], gives bool [..., V]",
)


@top_p.observed
def _top_p_seen(f: Any, seed: int) -> list[Tensor]:
    exact = torch.tensor([0.125, 0.5, 0.25, 0.125])
    return flat(
        f(likely(seed), 0.7), f(exact, 0.5), f(exact, 0.75), f(likely(seed), 0.01)
    )


@top_p.equals
def _top_p_want(seed: int) -> list[Tensor]:
    exact, found = torch.tensor([[0.125, 0.5, 0.25, 0.125]]), []
    for p, share in (
        (likely(seed), 0.7),
        (exact, 0.5),
        (exact, 0.75),
        (likely(seed), 0.01),
    ):
        keep = torch.zeros_like(p, dtype=torch.bool)
        for row, kept in zip(p.tolist(), keep, strict=True):
            total = 0.0
            for i in torch.tensor(row).argsort(descending=True, stable=True).tolist():
                if total >= share:
                    break
                kept[i], total = True, total + row[i]
        found.append(keep if p is not exact else keep[0])
    return found


@top_p.must
def _reaches_the_share(f: Any, seed: int) -> None:
    """What is kept has at least the share, and the likeliest token is in it."""
    p = likely(seed)
    keep = f(p, 0.6)
    assert bool(((p * keep).sum(1) >= 0.6).all())
    assert bool(keep.gather(1, p.argmax(1, keepdim=True)).all())


decoding = target(
    "attention.decoding",
    "Decoding",
    call="Decoding(temperature, top_k, top_p, min_p).probabilities(logits, allowed)",
    methods=("probabilities", "kept"),
)


CHOICES: tuple[dict[str, Any], ...] = (
    {"temperature": 0.7},
    {"temperature": 0.0},
    {"top_k": 3},
    {"min_p": 0.3},
    {"top_p": 0.8, "top_k": 4},
    {"top_p": 0.9, "min_p": 0.05, "temperature": 2.0},
)


def _logits(seed: int) -> tuple[Tensor, Tensor]:
    allowed = uniform(seed, 2, 6, key=4) < 0.8
    allowed[:, seed % 6] = True
    return 2 * draw(seed, 2, 6), allowed


@decoding.observed
def _decoding_seen(cls: Any, seed: int) -> list[Tensor]:
    logits, allowed = _logits(seed)
    made = [cls(**settings) for settings in CHOICES]
    return flat(
        [(m.probabilities(logits), m.probabilities(logits, allowed)) for m in made]
    )


@decoding.equals
def _decoding_want(seed: int) -> list[Tensor]:
    logits, allowed = _logits(seed)
    every, found = torch.ones_like(allowed), []
    for settings in CHOICES:
        for mask in (every, allowed):
            rows = zip(logits, mask, strict=True)
            found.append(torch.stack([_row(a, m, **settings) for a, m in rows]))
    return found


def _row(
    logits: Tensor,
    mask: Tensor,
    temperature: float = 1.0,
    top_k: int = 6,
    top_p: float = 2.0,
    min_p: float = 0.0,
) -> Tensor:
    """One distribution, token by token from the likeliest down."""
    scaled = torch.where(mask, logits / max(temperature, 1e-3), -torch.inf)
    p = (scaled - scaled.max()).exp()
    p = p / p.sum()
    kept, total = torch.zeros_like(p), 0.0
    for rank, i in enumerate(p.argsort(descending=True)):
        if rank < top_k and total < top_p and p[i] >= min_p * p.max():
            kept[i] = p[i]
        total += float(p[i])
    return kept / kept.sum()


@decoding.must
def _is_a_distribution(cls: Any, seed: int) -> None:
    """It sums to 1, and gives nothing to what is not allowed."""
    logits, allowed = _logits(seed)
    for settings in CHOICES:
        p = cls(**settings).probabilities(logits, allowed)
        assert torch.allclose(p.sum(1), torch.ones(2).double())
        assert float(p[~allowed].abs().sum()) == 0


@decoding.must
def _temperature(cls: Any, seed: int) -> None:
    """A lower temperature makes the likeliest token likelier."""
    logits, _ = _logits(seed)
    cold, warm = (cls(temperature=t).probabilities(logits).amax(1) for t in (0.5, 2.0))
    assert bool((cold > warm).all())
