"""Other right answers to 05.slerp."""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from tests.also_right import also_right


@also_right
def by_turning(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    ahead = b / b.norm() * a.norm()
    across = ahead - (ahead @ a) / (a @ a) * a  # at right angles to a
    if across.norm() < 1e-3 * a.norm():
        return torch.lerp(a, b, t[:, None])
    across = across / across.norm() * a.norm()
    w = torch.atan2(ahead @ across, ahead @ a)
    circle = torch.outer((t * w).cos(), a) + torch.outer((t * w).sin(), across)
    # the second term only matters for |a| != |b|
    return circle + torch.outer((t * w).sin() / w.sin(), b - ahead)


@also_right
def with_another_threshold(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    cosine = cosine_similarity(a, b, dim=0).clamp(-1, 1)
    if cosine > 0.9995:
        return a + t.unsqueeze(1) * (b - a)
    w = cosine.acos()
    parts = torch.stack([((1 - t) * w).sin(), (t * w).sin()], 1) / w.sin()  # [T, 2]
    return parts @ torch.stack([a, b])
