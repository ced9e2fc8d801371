"""Properties of attention heads and of low-rank additions."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.clinic.mutants.targets import draw, flat, target

B, T = 2, 4


low_rank = target(
    "attention.lora",
    "LowRank",
    call="LowRank(linear, rank, alpha) is a module; .merged() gives one nn.Linear",
    methods=("forward", "merged"),
)


def _addition(cls: Any, seed: int, alpha: float | None = 6.0) -> Any:
    torch.manual_seed(seed)
    made = cls(nn.Linear(5, 4), 2, alpha).double()
    made.b.data.copy_(draw(seed, 4, 2))
    return made


@low_rank.observed
def _low_rank_seen(f: Any, seed: int) -> list[Tensor]:
    made, x = _addition(f, seed), draw(seed, 3, 5, key=4)
    before = made.frozen.weight.detach().clone()
    return flat(made(x), made.merged()(x), made.frozen.weight - before)


@low_rank.equals
def _low_rank_want(seed: int) -> list[Tensor]:
    torch.manual_seed(seed)
    frozen, x = nn.Linear(5, 4), draw(seed, 3, 5, key=4)
    a = (torch.randn(2, 5) / math.sqrt(5)).double()
    full = frozen.weight.double() + 3 * draw(seed, 4, 2) @ a
    y = x @ full.T + frozen.bias.double()
    return flat(y, y, torch.zeros(4, 5))


@low_rank.must
def _merging(f: Any, seed: int) -> None:
    """The merged matrix does what the sum does, and can learn again."""
    made, x = _addition(f, seed), draw(seed, 3, 5, key=4)
    once = made.merged()
    assert torch.allclose(once(x), made(x)) and once.weight.requires_grad


heads = target(
    "attention.layers",
    "MultiHeadAttention",
    call="MultiHeadAttention(width, heads, groups=, base=) is a module; it gives"
    " (out [B, T, C], seen)",
    methods=("forward", "project", "weights", "_shared", "_split"),
    tolerance=1e-5,
)


def _heads(cls: Any, seed: int, **settings: Any) -> Any:
    torch.manual_seed(seed)
    return cls(8, 4, **settings)


@heads.observed
def _heads_seen(f: Any, seed: int) -> list[Tensor]:
    x, memory = draw(seed, B, T, 8).float(), draw(seed, B, 3, 8, key=1).float()
    plain = _heads(f, seed, groups=2, bias=True)
    turned = _heads(f, seed, base=100.0, normed=True)
    out, seen = turned(x[:, :2])
    later, whole = turned(x[:, 2:], seen=seen)
    return flat(
        plain(x)[0], plain(x, memory)[0], plain.weights(x), out, later, whole.keys
    )


@heads.equals
def _heads_want(seed: int) -> list[Tensor]:
    from aigc_course.attention.layers import MultiHeadAttention

    x, memory = draw(seed, B, T, 8).float(), draw(seed, B, 3, 8, key=1).float()
    plain = _heads(MultiHeadAttention, seed, groups=2, bias=True)
    turned = _heads(MultiHeadAttention, seed, base=100.0, normed=True)
    full, weights, _ = _by_hand(plain, x, x, 2)
    mixed = _by_hand(plain, x, memory, 2)[0]
    first = _by_hand(turned, x[:, :2], x[:, :2], 4, 100.0)[0]
    later, _, keys = _by_hand(turned, x, x, 4, 100.0, only=2)
    return flat(full, mixed, weights, first, later, keys)


def _by_hand(
    net: Any, x: Tensor, source: Tensor, groups: int, base: float = 0, only: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Head after head, with rotary places and unit queries where a base is given."""
    q, k, v = net.query(x), net.key(source), net.value(source)
    outs, weights, keys = [], [], []
    for h in range(4):
        g = h * groups // 4
        qh = q[..., 2 * h : 2 * h + 2]
        kh, vh = (part[..., 2 * g : 2 * g + 2] for part in (k, v))
        if base:
            qh, kh = _turned(qh), _turned(kh)
        w = (qh @ kh.transpose(1, 2) / 2**0.5).softmax(-1)
        outs.append(w @ vh)
        weights.append(w)
        keys.append(kh)
    out = net.out(torch.cat(outs, -1))[:, only:]
    return out, torch.stack(weights, 1), torch.stack(keys, 1)


def _turned(x: Tensor) -> Tensor:
    """One pair, of length sqrt(2), turned by its place: the frequency is 1."""
    x = x / (x.square().mean(-1, keepdim=True) + torch.finfo(x.dtype).eps).sqrt()
    t = torch.arange(x.shape[1], dtype=x.dtype)
    c, s = t.cos(), t.sin()
    return torch.stack(
        [x[..., 0] * c - x[..., 1] * s, x[..., 0] * s + x[..., 1] * c], -1
    )


@heads.must
def _samples_alone(f: Any, seed: int) -> None:
    """What a sequence gives does not depend on the others in its batch."""
    net, x = _heads(f, seed), draw(seed, B, T, 8).float()
    assert torch.allclose(net(x)[0][:1], net(x[:1])[0], atol=1e-6)
