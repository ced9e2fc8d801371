"""How a Transformer is told where a token stands.

`sinusoids` are added to the embeddings, `rotate` turns queries and keys, `alibi` is
added to the scores. Places count from 0.
"""

import torch
from torch import Tensor

from aigc_course.errors import CourseError

KINDS = ("none", "sinusoid", "learned", "rotary", "alibi")
BASE = 10_000.0


def frequencies(size: int, base: float = BASE) -> Tensor:
    """Angle per place of each pair of coordinates, [size / 2], from 1 downwards.

    w_m = base^(-2m / size)    (Vaswani et al. 2017, section 3.5)
    """
    if size < 2 or size % 2:
        raise CourseError(f"Positions need an even size of at least 2, not {size}.")
    # w_m = base^(-2m / size)
    return base ** (-torch.arange(0, size, 2) / size)


def sinusoids(places: Tensor, size: int) -> Tensor:
    """Position codes, [T, size]: sine and cosine of each frequency, in pairs.

    p_2m = sin(w_m t), p_2m+1 = cos(w_m t)    (Vaswani et al. 2017, section 3.5)

    places: [T], whole numbers.

    >>> sinusoids(torch.tensor([0]), 4)
    tensor([[0., 1., 0., 1.]])
    """
    angles = places[:, None] * frequencies(size).to(places.device)  # [T, size / 2]
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


def shift_matrix(shift: float, size: int) -> Tensor:
    """The matrix R with p(t + shift) = R p(t) for all t, [size, size].

    Each pair (sin, cos) is turned by its own angle: addition theorems.
    """
    matrix = torch.zeros(size, size)
    for m, w in enumerate(frequencies(size)):
        sine, cosine = torch.sin(w * shift), torch.cos(w * shift)
        # sin(a + b) = sin a cos b + cos a sin b; cos(a + b) = cos a cos b - sin a sin b
        matrix[2 * m, 2 * m], matrix[2 * m, 2 * m + 1] = cosine, sine
        matrix[2 * m + 1, 2 * m], matrix[2 * m + 1, 2 * m + 1] = -sine, cosine
    return matrix


def rotate(x: Tensor, places: Tensor, base: float = BASE) -> Tensor:
    """Turn each pair of neighbouring coordinates by its place times its frequency.

    Then q_i . k_j depends on i - j alone (Su et al. 2021, equation 34; RoPE).

    x: [..., T, d], queries or keys. places: [T].
    """
    if x.shape[-2] != len(places):
        raise CourseError(
            f"Each of {x.shape[-2]} vectors needs its place; got {len(places)} places."
        )
    angles = places[:, None] * frequencies(x.shape[-1], base).to(x.device)  # [T, d / 2]
    sine, cosine = angles.sin(), angles.cos()
    even, odd = x[..., 0::2], x[..., 1::2]
    # (even, odd) turned by the angle
    turned = [even * cosine - odd * sine, even * sine + odd * cosine]
    return torch.stack(turned, dim=-1).flatten(-2)


def alibi(heads: int, queries: Tensor, keys: Tensor) -> Tensor:
    """What far keys lose: a line in the distance, steeper in some heads, [H, T, S].

    b_hij = -m_h |i - j|, m_h = 2^(-8 h / H), h = 1 to H    (Press et al. 2022)

    queries, keys: their places, [T] and [S].
    """
    slopes = 2.0 ** (-8 * torch.arange(1, heads + 1, device=keys.device) / heads)
    distance = (queries[:, None] - keys[None, :]).abs()
    return -slopes[:, None, None] * distance
