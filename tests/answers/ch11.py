"""Answers to the exercises of chapter 11 as other people write them."""

import math
from collections import Counter, defaultdict

import numpy as np
import torch
from scipy import linalg, optimize, special
from torch import nn
from torch.nn import functional as F

from aigc_course import attention as att
from tests.answers import right, wrong

# 11.kernel_average


@right("11.kernel_average")
def scipy_softmax(x, known, values, width):
    distance = np.subtract.outer(x.numpy(), known.numpy())
    return special.softmax(-0.5 * (distance / width) ** 2, axis=1) @ values.numpy()


@right("11.kernel_average")
def by_cdist(x, known, values, width):
    square = torch.cdist(x[:, None], known[:, None]) ** 2
    return torch.mv(F.softmax(-square / (2 * width**2), dim=-1), values)


@right("11.kernel_average")
def as_dot_products(x, known, values, width):
    # the term with x alone is the same for all keys, so it may be left out
    q = torch.stack([x / width, torch.ones_like(x)], dim=1)
    k = torch.stack([known / width, -0.5 * (known / width) ** 2], dim=1)
    v = values[:, None]
    return F.scaled_dot_product_attention(q, k, v, scale=1.0).squeeze(1)


@right("11.kernel_average")
def mapped_over_the_points(x, known, values, width):
    def one(point):
        return torch.dot(
            torch.softmax(-0.5 * ((point - known) / width) ** 2, 0), values
        )

    return torch.vmap(one)(x)


@right("11.kernel_average")
def plain_python(x, known, values, width):
    found = []
    for a in x.tolist():
        s = [-((a - k) ** 2) / (2 * width**2) for k in known.tolist()]
        w = [math.exp(each - max(s)) for each in s]
        pairs = zip(w, values.tolist(), strict=True)
        found.append(sum(each * y for each, y in pairs) / math.fsum(w))
    return np.array(found)


@wrong("11.kernel_average")
def exponentials_divided(x, known, values, width):
    K = torch.exp(-((x[:, None] - known) ** 2) / (2 * width**2))
    return (K @ values) / K.sum(dim=1)


@wrong("11.kernel_average")
def epsilon_below_the_line(x, known, values, width):
    K = torch.exp(-((x[:, None] - known) ** 2) / (2 * width**2))
    return (K * values).sum(1) / (K.sum(1) + 1e-8)


@wrong("11.kernel_average")
def precedence_of_the_two(x, known, values, width):
    return (-((x[:, None] - known) ** 2) / 2 * width**2).softmax(1) @ values


@wrong("11.kernel_average")
def width_not_squared(x, known, values, width):
    return (-((x[:, None] - known) ** 2) / (2 * width)).softmax(1) @ values


@wrong("11.kernel_average")
def mean_of_weighted_values(x, known, values, width):
    w = torch.softmax(-((x[:, None] - known) ** 2) / (2 * width**2), dim=1)
    return (w * values).mean(dim=1)


@wrong("11.kernel_average")
def exponents_clamped(x, known, values, width):
    s = (-((x[:, None] - known) ** 2) / (2 * width**2)).clamp(min=-80)
    return s.exp() @ values / s.exp().sum(1)


# 11.score_variance


@right("11.score_variance")
def by_total_variance(d, mean, std):
    given_q = (mean**2 + std**2) * std**2  # E Var(qk | q)
    return d * (given_q + mean**2 * std**2)


@right("11.score_variance")
def by_quadrature(d, mean, std):
    nodes, w = np.polynomial.hermite_e.hermegauss(5)
    w = w / w.sum()
    product = np.outer(mean + std * nodes, mean + std * nodes)
    both = np.outer(w, w)
    return d * ((both * product**2).sum() - (both * product).sum() ** 2)


@right("11.score_variance")
def scalar_tensors(d, mean, std):
    m, v = torch.tensor(float(mean)), torch.tensor(float(std)).square()
    return d * v * (v + 2 * m.square())


@right("11.score_variance")
def summed_over_coordinates(d, mean, std):
    variance, square = np.full(d, std**2), np.full(d, mean**2)
    return np.dot(variance, variance) + 2 * np.dot(variance, square)


@right("11.score_variance")
def by_the_covariance_of_products(d, mean, std):
    second = math.pow(std, 2) + math.pow(mean, 2)
    return (second - mean**2) * (second + mean**2) * d


@wrong("11.score_variance")
def std_for_the_variance(d, mean, std):
    return d * ((std + mean**2) ** 2 - mean**4)


@wrong("11.score_variance")
def first_order_errors(d, mean, std):
    return d * (mean**2 * std**2 + mean**2 * std**2)


@wrong("11.score_variance")
def both_variances_added(d, mean, std):
    return d * (std**2 + std**2)


@wrong("11.score_variance")
def of_a_vector_with_itself(d, mean, std):
    return d * (2 * std**4 + 4 * mean**2 * std**2)


@wrong("11.score_variance")
def drawn_instead(d, mean, std):
    q, k = mean + std * torch.randn(2, 20_000, d)
    return (q * k).sum(1).var().item()


@wrong("11.score_variance")
def square_forgotten_once(d, mean, std):
    return d * ((std**2 + mean**2) ** 2 - mean**2)


# 11.attention


@right("11.attention")
def renormalised_after_the_mask(q, k, v, mask):
    a = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1) * mask
    return (a / a.sum(dim=-1, keepdim=True)) @ v


@right("11.attention")
def log_weights(q, k, v, mask):
    s = torch.matmul(q, k.mT).div(math.sqrt(k.size(-1))) + mask.float().log()
    return torch.exp(s - torch.logsumexp(s, -1, keepdim=True)).matmul(v)


@right("11.attention")
def numpy_where(q, k, v, mask):
    Q, K, V = (part.double().numpy() for part in (q, k, v))
    s = np.einsum("...id,...jd->...ij", Q, K) / np.sqrt(Q.shape[-1])
    s = np.where(mask.numpy(), s, -np.inf)
    return special.softmax(s, axis=-1) @ V


@right("11.attention")
def key_after_key(q, k, v, mask):
    shape = (*q.shape[:-1], 1)
    most = torch.full(shape, -1e30)
    below, above = torch.zeros(shape), torch.zeros(*q.shape[:-1], v.shape[-1])
    for j in range(k.shape[-2]):
        s = (q * k[..., j : j + 1, :]).sum(-1, keepdim=True) / q.shape[-1] ** 0.5
        s = torch.where(mask[..., j : j + 1], s, torch.tensor(-math.inf))
        new = torch.maximum(most, s)
        shrink, w = torch.exp(most - new), torch.exp(s - new)
        below = below * shrink + w
        above = above * shrink + w * v[..., j : j + 1, :]
        most = new
    return above / below


@right("11.attention")
def scaled_before_the_product(q, k, v, mask):
    root = q.shape[-1] ** 0.25
    s = torch.einsum("...td,...sd->...ts", (q / root).double(), (k / root).double())
    s[..., ~mask] = torch.finfo(s.dtype).min
    return F.softmax(s, dim=-1) @ v.double()


@wrong("11.attention")
def softmax_over_axis_one(q, k, v, mask):
    s = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
    return F.softmax(s, dim=1) @ v


@wrong("11.attention")
def nought_times_infinity(q, k, v, mask):
    s = q @ k.mT / q.shape[-1] ** 0.5 + (1 - mask.float()) * float("-inf")
    return s.softmax(-1) @ v


@wrong("11.attention")
def minus_sign_at_the_exponent(q, k, v, mask):
    s = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(mask == 0, 1e-9)
    return s.softmax(-1) @ v


@wrong("11.attention")
def keys_reshaped(q, k, v, mask):
    turned = k.reshape(*k.shape[:-2], k.shape[-1], k.shape[-2])
    s = (q @ turned / q.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
    return s.softmax(-1) @ v


@wrong("11.attention")
def convention_of_the_layer(q, k, v, mask):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=~mask)


@wrong("11.attention")
def a_mask_of_its_own(q, k, v, mask):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


@wrong("11.attention")
def scaled_by_the_length(q, k, v, mask):
    s = (q @ k.mT / k.shape[-2] ** 0.5).masked_fill(~mask, -math.inf)
    return s.softmax(-1) @ v


@wrong("11.attention")
def minus_twenty_for_infinity(q, k, v, mask):
    s = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -20.0)
    return s.softmax(-1) @ v


# 11.heads


@right("11.heads")
def matrices_with_three_axes(x, query, key, value, out, count):
    C = x.shape[-1]
    q, k, v = (
        torch.einsum("btc,chd->bhtd", x, w.view(C, count, -1))
        for w in (query, key, value)
    )
    T = x.shape[1]
    s = torch.einsum("bhtd,bhsd->bhts", q, k) * (C // count) ** -0.5
    s = torch.where(torch.arange(T)[:, None] >= torch.arange(T), s, -math.inf)
    return torch.einsum("bhts,bhsd,hdc->btc", s.softmax(-1), v, out.view(count, -1, C))


@right("11.heads")
def by_the_layer_of_torch(x, query, key, value, out, count):
    C = x.shape[-1]
    layer = nn.MultiheadAttention(C, count, bias=False, batch_first=True)
    state = {
        "in_proj_weight": torch.cat([query, key, value], 1).T,
        "out_proj.weight": out.T,
    }
    layer.load_state_dict(state)
    future = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
    return layer(x, x, x, attn_mask=future, need_weights=False)[0].detach()


@right("11.heads")
def what_the_heads_find_is_added(x, query, key, value, out, count):
    total, d = torch.zeros_like(x), x.shape[-1] // count
    mask = torch.ones(x.shape[1], x.shape[1]).tril().bool()
    for Wq, Wk, Wv, Wo in zip(
        query.split(d, 1),
        key.split(d, 1),
        value.split(d, 1),
        out.split(d, 0),
        strict=True,
    ):
        s = x @ Wq @ Wk.T @ x.mT / math.sqrt(d)
        total += s.masked_fill(~mask, -torch.inf).softmax(-1) @ x @ Wv @ Wo
    return total


@right("11.heads")
def heads_in_the_batch(x, query, key, value, out, count):
    B, T, C = x.shape
    q, k, v = (
        torch.cat((x @ w).chunk(count, dim=-1), dim=0)  # [H B, T, d]
        for w in (query, key, value)
    )
    scores = torch.full((T, T), -math.inf).triu(1).expand(B * count, T, T)
    scores = torch.baddbmm(scores, q, k.mT, alpha=(C / count) ** -0.5)
    found = torch.bmm(torch.softmax(scores, 2), v)
    return torch.cat(found.chunk(count, dim=0), dim=-1) @ out


@right("11.heads")
def place_by_place_in_numpy(x, query, key, value, out, count):
    X, Q, K, V, W = (np.float64(m.numpy()) for m in (x, query, key, value, out))
    q, k, v, o = X @ Q, X @ K, X @ V, np.zeros(X.shape)
    d = X.shape[2] // count
    for b in range(X.shape[0]):
        for t in range(X.shape[1]):
            for h in range(0, X.shape[2], d):
                s = k[b, : t + 1, h : h + d] @ q[b, t, h : h + d] / d**0.5
                o[b, t, h : h + d] = special.softmax(s) @ v[b, : t + 1, h : h + d]
    return o @ W


def _heads_of(y, count):
    B, T, C = y.shape
    return y.view(B, T, count, C // count).transpose(1, 2)


def _joined(o):
    B, H, T, d = o.shape
    return o.transpose(1, 2).contiguous().view(B, T, H * d)


def _causal_scores(q, k):
    s = q @ k.mT / q.shape[-1] ** 0.5
    return s + torch.full(s.shape[-2:], -math.inf).triu(1)


@wrong("11.heads")
def softmax_over_the_heads(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    s = q @ k.mT / q.shape[-1] ** 0.5
    s = s.masked_fill(torch.ones(s.shape[-2:]).triu(1).bool(), -1e9)
    return _joined(s.softmax(dim=1) @ v) @ out


@wrong("11.heads")
def heads_look_at_heads(x, query, key, value, out, count):
    B, T, C = x.shape
    q, k, v = (
        (x @ w).view(B, T, count, C // count) for w in (query, key, value)
    )  # the axes of heads and positions were never exchanged
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)  # [B, T, H, H]
    return (a @ v).reshape(B, T, C) @ out


@wrong("11.heads")
def matrices_as_in_linear(x, query, key, value, out, count):
    q, k, v = (_heads_of(F.linear(x, w), count) for w in (query, key, value))
    return F.linear(_joined(_causal_scores(q, k).softmax(-1) @ v), out)


@wrong("11.heads")
def mask_after_the_softmax(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1).tril()
    return _joined(a @ v) @ out


@wrong("11.heads")
def scaled_by_the_number_of_heads(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    s = q @ k.mT / math.sqrt(count)
    s = s.masked_fill(torch.ones(s.shape[-2:]).triu(1).bool(), -1e9)
    return _joined(s.softmax(-1) @ v) @ out


@wrong("11.heads")
def itself_masked_too(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    s = q @ k.mT / q.shape[-1] ** 0.5
    s = s.masked_fill(torch.ones(s.shape[-2:]).tril(-1) == 0, -math.inf)
    return _joined(s.softmax(-1) @ v) @ out


@wrong("11.heads")
def ones_and_noughts_added(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    s = q @ k.mT / q.shape[-1] ** 0.5 + torch.ones(x.shape[1], x.shape[1]).tril()
    return _joined(s.softmax(-1) @ v) @ out


@wrong("11.heads")
def without_a_scale(x, query, key, value, out, count):
    q, k, v = (_heads_of(x @ w, count) for w in (query, key, value))
    o = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
    return _joined(o) @ out


@wrong("11.heads")
def weights_averaged_over_the_heads(x, query, key, value, out, count):
    q, k = (_heads_of(x @ w, count) for w in (query, key))
    return _causal_scores(q, k).softmax(-1).mean(1) @ x @ value @ out


# 11.shift


@right("11.shift")
def exponential_of_a_generator(n, frequencies):
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    return torch.linalg.matrix_exp(
        n * torch.block_diag(*[w * turn for w in frequencies])
    )


@right("11.shift")
def kronecker_products(n, frequencies):
    c, s = (frequencies * n).cos().diag(), (frequencies * n).sin().diag()
    return torch.kron(c, torch.eye(2)) + torch.kron(
        s, torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    )


@right("11.shift")
def scipy_blocks(n, frequencies):
    def block(angle):
        return np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )

    return linalg.block_diag(*[block(w * n) for w in frequencies.numpy().astype(float)])


@right("11.shift")
def by_least_squares(n, frequencies):
    t = torch.linspace(0, 9_000, 1_001, dtype=torch.float64)

    def codes(positions):
        angle = positions[:, None] * frequencies.double()
        return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)

    return torch.linalg.lstsq(codes(t), codes(t + n)).solution.T


@right("11.shift")
def strided_diagonals(n, frequencies):
    R = torch.zeros(2 * len(frequencies), 2 * len(frequencies))
    angle = n * frequencies
    R[0::2, 0::2] = R[1::2, 1::2] = torch.diag(torch.cos(angle))
    R[0::2, 1::2] = torch.diag(torch.sin(angle))
    R[1::2, 0::2] = -R[0::2, 1::2]
    return R


@right("11.shift")
def from_two_columns(n, frequencies):
    # what the unit vectors become: e^(iwt) is cos + i sin, times e^(iwn)
    units = torch.eye(2 * len(frequencies)).view(-1, len(frequencies), 2)
    z = torch.complex(units[..., 1], units[..., 0]) * torch.exp(1j * frequencies * n)
    return torch.stack([z.imag, z.real], dim=-1).flatten(1).T


@wrong("11.shift")
def divided_by_the_frequency(n, frequencies):
    c, s = torch.cos(n / frequencies), torch.sin(n / frequencies)
    return torch.block_diag(*torch.stack([c, s, -s, c], -1).view(-1, 2, 2))


@wrong("11.shift")
def cosines_alone(n, frequencies):
    return torch.cos(n * frequencies).repeat_interleave(2).diag()


@wrong("11.shift")
def coordinates_moved(n, frequencies):
    return torch.eye(2 * len(frequencies)).roll(int(n), dims=0)


@wrong("11.shift")
def right_at_place_nought(n, frequencies):
    def p(t):
        return torch.stack(
            [(frequencies * t).sin(), (frequencies * t).cos()], 1
        ).flatten()

    return torch.outer(p(n), p(0)) / p(0).dot(p(0))


@wrong("11.shift")
def sines_a_half_away(n, frequencies):
    M = len(frequencies)
    c, s = torch.cos(n * frequencies), torch.sin(n * frequencies)
    R = torch.diag(c.repeat_interleave(2))
    R[:M, M:] = torch.diag(s)
    R[M:, :M] = -torch.diag(s)
    return R


@wrong("11.shift")
def left_as_blocks(n, frequencies):
    c, s = torch.cos(n * frequencies), torch.sin(n * frequencies)
    return torch.stack([torch.stack([c, s], -1), torch.stack([-s, c], -1)], -2)


@wrong("11.shift")
def first_frequency_for_all(n, frequencies):
    w = float(frequencies[0])
    c, s = math.cos(w * n), math.sin(w * n)
    return torch.block_diag(*[torch.tensor([[c, s], [-s, c]])] * len(frequencies))


# 11.rotate


@right("11.rotate")
def as_in_gpt_j(x, positions, frequencies):
    angle = torch.einsum("t,m->tm", positions.float(), frequencies)
    sin, cos = (f(angle).repeat_interleave(2, dim=-1) for f in (torch.sin, torch.cos))
    other = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).reshape(x.shape)
    return x * cos + other * sin


@right("11.rotate")
def two_by_two_matrices(x, positions, frequencies):
    a = torch.outer(positions.to(x), frequencies)
    R = torch.stack([a.cos(), -a.sin(), a.sin(), a.cos()], -1).unflatten(-1, (2, 2))
    pairs = x.reshape(*x.shape[:-1], -1, 2, 1)
    return (R @ pairs).reshape(x.shape)


@right("11.rotate")
def numpy_complex(x, positions, frequencies):
    X = x.double().numpy()
    z = (X[..., 0::2] + 1j * X[..., 1::2]) * np.exp(
        1j * np.outer(positions.numpy(), frequencies.numpy())
    )
    out = np.empty(X.shape)
    out[..., 0::2], out[..., 1::2] = z.real, z.imag
    return out


@right("11.rotate")
def by_halves_of_a_permutation(x, positions, frequencies):
    size = x.shape[-1]
    order = torch.cat([torch.arange(0, size, 2), torch.arange(1, size, 2)])
    y = x[..., order]
    angle = (positions.unsqueeze(-1) * frequencies).tile(2)
    a, b = y.chunk(2, -1)
    y = y * angle.cos() + torch.cat([-b, a], -1) * angle.sin()
    return y[..., order.argsort()]


@right("11.rotate")
def length_and_direction(x, positions, frequencies):
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    length, direction = torch.hypot(even, odd), torch.atan2(odd, even)
    direction = direction + positions.view(-1, 1) * frequencies.view(1, -1)
    out = torch.empty_like(x)
    out[..., ::2] = length * direction.cos()
    out[..., 1::2] = length * direction.sin()
    return out


@wrong("11.rotate")
def overwritten_too_early(x, positions, frequencies):
    out, angle = x.clone(), positions[:, None] * frequencies
    out[..., 0::2] = out[..., 0::2] * angle.cos() - out[..., 1::2] * angle.sin()
    out[..., 1::2] = out[..., 0::2] * angle.sin() + out[..., 1::2] * angle.cos()
    return out


@wrong("11.rotate")
def angles_laid_out_for_halves(x, positions, frequencies):
    angle = (positions[:, None] * frequencies).repeat(1, 2)
    other = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return x * angle.cos() + other * angle.sin()


@wrong("11.rotate")
def places_from_one(x, positions, frequencies):
    angle = (positions + 1)[:, None] * frequencies
    z = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(z * torch.exp(1j * angle)).flatten(-2)


@wrong("11.rotate")
def frequencies_of_its_own(x, positions, frequencies):
    size = x.shape[-1]
    w = 1.0 / (10000 ** (torch.arange(0, size, 2).float() / size))
    angle = torch.outer(positions.float(), w)
    z = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    return torch.view_as_real(z * torch.polar(torch.ones_like(angle), angle)).flatten(
        -2
    )


@wrong("11.rotate")
def sine_for_cosine(x, positions, frequencies):
    angle = positions[:, None] * frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.sin() - b * angle.cos(), a * angle.cos() + b * angle.sin())
    return torch.stack(turned, -1).flatten(-2)


@wrong("11.rotate")
def the_first_half_alone(x, positions, frequencies):
    M = x.shape[-1] // 2
    angle = positions[:, None] * frequencies
    a, b = x[..., :M], x[..., M:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b], dim=-1)


@wrong("11.rotate")
def wavelengths_for_frequencies(x, positions, frequencies):
    angle = positions[:, None] / frequencies
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, -1).flatten(-2)


# 11.block


def _tril(T):
    return torch.tril(torch.ones(T, T, dtype=torch.bool))


@right("11.block")
def wrapped_in_residuals(width, heads):
    class Residual(nn.Module):
        def __init__(self, inside):
            super().__init__()
            self.norm, self.inside = nn.RMSNorm(width, eps=1e-5), inside

        def forward(self, x):
            return x + self.inside(self.norm(x))

    class Causal(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = att.MultiHeadAttention(width, heads)

        def forward(self, x):
            return self.heads(x, mask=_tril(x.shape[-2]))[0]

    up = nn.Linear(width, 4 * width, bias=False)
    down = nn.Linear(4 * width, width, bias=False)
    return nn.Sequential(
        Residual(Causal()), Residual(nn.Sequential(up, nn.GELU(), down))
    )


@right("11.block")
def in_a_dictionary(width, heads):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleDict(
                {
                    "down": nn.Linear(4 * width, width, bias=False),
                    "up": nn.Linear(width, 4 * width, bias=False),
                    "ln_2": nn.RMSNorm(width),
                    "attn": att.MultiHeadAttention(width, heads),
                    "ln_1": nn.RMSNorm(width),
                }
            )
            future = torch.ones(64, 64).tril().bool()
            self.register_buffer("seen", future, persistent=False)

        def forward(self, x):
            p, T = self.parts, x.shape[1]
            attended, _ = p["attn"](p["ln_1"](x), mask=self.seen[:T, :T])
            x = x.add(attended)
            return x.add(p["down"](F.gelu(p["up"](p["ln_2"](x)))))

    return Block()


@right("11.block")
def heads_of_its_own(width, heads):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v, self.o = (
                nn.Linear(width, width, bias=False) for _ in range(4)
            )
            self.feed = att.FeedForward(width)
            self.norms = nn.ModuleList([nn.RMSNorm(width), nn.RMSNorm(width)])

        def attend(self, x):
            q, k, v = (_heads_of(layer(x), heads) for layer in (self.q, self.k, self.v))
            o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.o(_joined(o))

        def forward(self, x):
            for norm, part in zip(self.norms, (self.attend, self.feed), strict=True):
                x = x + part(norm(x))
            return x

    return Block()


@right("11.block")
def raw_parameters(width, heads):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.g1 = nn.Parameter(torch.ones(width))
            self.g2 = nn.Parameter(torch.ones(width))
            self.w1 = nn.Parameter(torch.randn(4 * width, width) * 0.02)
            self.w2 = nn.Parameter(torch.randn(width, 4 * width) * 0.02)
            self.mha = att.MultiHeadAttention(width, heads)

        def forward(self, x):
            B, T, C = x.shape
            i = torch.arange(T)
            h = F.rms_norm(x, (C,), self.g1)
            x = x + self.mha(h, mask=i[:, None] >= i)[0]
            h = F.rms_norm(x, (C,), self.g2)
            return x + F.linear(F.gelu(F.linear(h, self.w1)), self.w2)

    return Block()


@right("11.block")
def like_nano_gpt(width, heads):
    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_fc = nn.Linear(width, 4 * width, bias=False)
            self.gelu = nn.GELU(approximate="tanh")
            self.c_proj = nn.Linear(4 * width, width, bias=False)
            self.dropout = nn.Dropout(0.0)

        def forward(self, x):
            return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1 = nn.RMSNorm(width)
            self.attn = att.MultiHeadAttention(width, heads)
            self.ln_2 = nn.RMSNorm(width)
            self.mlp = MLP()

        def forward(self, x):
            y, _cache = self.attn(self.ln_1(x), mask=att.causal_mask(x.size(1)))
            x = x + y
            x = x + self.mlp(self.ln_2(x))
            return x

    return Block()


@right("11.block")
def attention_of_torch(width, heads):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln = nn.ModuleList([nn.RMSNorm(width, eps=1e-5) for _ in range(2)])
            self.mha = nn.MultiheadAttention(width, heads, bias=False, batch_first=True)
            self.up = nn.Linear(width, 4 * width, bias=False)
            self.down = nn.Linear(4 * width, width, bias=False)

        def forward(self, x):
            h = self.ln[0](x)
            future = ~_tril(x.shape[1])
            x = x + self.mha(h, h, h, attn_mask=future, need_weights=False)[0]
            return x + self.down(F.gelu(self.up(self.ln[1](x))))

    return Block()


@right("11.block")
def queries_keys_and_values_in_one(width, heads):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_attn = nn.Linear(width, 3 * width, bias=False)
            self.c_proj = nn.Linear(width, width, bias=False)
            self.mlp = att.FeedForward(width)
            self.ln_1, self.ln_2 = nn.RMSNorm(width), nn.RMSNorm(width)

        def forward(self, x):
            parts = self.c_attn(self.ln_1(x)).split(width, dim=-1)
            q, k, v = (_heads_of(part, heads) for part in parts)
            o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.c_proj(_joined(o))
            return x + self.mlp(self.ln_2(x))

    return Block()


class _Parts(nn.Module):
    """The layers that most blocks have; the order is not the reference's."""

    def __init__(self, width, heads, norm=nn.RMSNorm):
        super().__init__()
        self.attn = att.MultiHeadAttention(width, heads)
        self.fc1 = nn.Linear(width, 4 * width, bias=False)
        self.fc2 = nn.Linear(4 * width, width, bias=False)
        self.ln1, self.ln2 = norm(width), norm(width)

    def look(self, x):
        return self.attn(x, mask=_tril(x.shape[1]))[0]

    def work(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


@wrong("11.block")
def stream_normalised(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = self.ln1(x)
            x = x + self.look(x)
            x = self.ln2(x)
            return x + self.work(x)

    return Block(width, heads)


@wrong("11.block")
def norm_behind_each_part(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.ln1(self.look(x))
            return x + self.ln2(self.work(x))

    return Block(width, heads)


@wrong("11.block")
def annotated_transformer(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = self.ln1(x + self.look(x))
            return self.ln2(x + self.work(x))

    return Block(width, heads)


@wrong("11.block")
def gathered_and_forgotten(width, heads):
    class Block(_Parts):
        def forward(self, x):
            y = x + self.look(self.ln1(x))
            return x + self.work(self.ln2(y))

    return Block(width, heads)


@wrong("11.block")
def works_before_it_looks(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.work(self.ln1(x))
            return x + self.look(self.ln2(x))

    return Block(width, heads)


@wrong("11.block")
def bend_at_the_end(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + F.gelu(self.fc2(self.fc1(self.ln2(x))))

    return Block(width, heads)


@wrong("11.block")
def one_norm_twice(width, heads):
    class Block(_Parts):
        def __init__(self):
            super().__init__(width, heads)
            self.ln2 = self.ln1

        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + self.work(self.ln2(x))

    return Block()


@wrong("11.block")
def layer_norm(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + self.work(self.ln2(x))

    return Block(width, heads, nn.LayerNorm)


@wrong("11.block")
def mask_of_what_is_forbidden(width, heads):
    class Block(_Parts):
        def forward(self, x):
            future = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
            x = x + self.attn(self.ln1(x), mask=future)[0]
            return x + self.work(self.ln2(x))

    return Block(width, heads)


@wrong("11.block")
def no_way_around(width, heads):
    class Block(_Parts):
        def forward(self, x):
            return self.work(self.ln2(self.look(self.ln1(x))))

    return Block(width, heads)


@wrong("11.block")
def bend_at_the_start(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + self.fc2(self.fc1(F.gelu(self.ln2(x))))

    return Block(width, heads)


@wrong("11.block")
def heads_left_out(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + self.work(self.ln2(x))

    return Block(width, 1)


@wrong("11.block")
def sees_six_positions(width, heads):
    class Block(_Parts):
        def forward(self, x):
            near = _tril(x.shape[1]) & ~_tril(x.shape[1]).tril(-6)
            x = x + self.attn(self.ln1(x), mask=near)[0]
            return x + self.work(self.ln2(x))

    return Block(width, heads)


@wrong("11.block")
def class_for_an_instance(width, heads):
    class Block(_Parts):
        def forward(self, x):
            x = x + self.look(self.ln1(x))
            return x + self.work(self.ln2(x))

    return Block


# 11.costs


@right("11.costs")
def counted_by_torch(width, length):
    from torch.utils.flop_counter import FlopCounterMode

    def operations(tokens):
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            att.Block(width, 1)(torch.empty(1, tokens, width))
        return counter.get_total_flops() // tokens

    one, two = operations(length), operations(2 * length)
    return 2 * one - two, two - one  # a line in the length


@right("11.costs")
def by_the_weights(width, length):
    matrices = [p for p in att.Block(width, 1).parameters() if p.ndim == 2]
    return 2 * sum(p.numel() for p in matrices), 2 * 2 * width * length


@right("11.costs")
def shapes_in_numpy(width, length):
    C, T = width, length
    shapes = np.array([(C, C)] * 4 + [(C, 4 * C), (4 * C, C)])
    return 2 * shapes.prod(axis=1).sum(), 2 * np.prod([2, T, C])


@right("11.costs")
def head_by_head(width, length, heads=8):
    d = width // heads
    dots = heads * length * (d + d)  # multiply, add
    sums = heads * d * (length + length)
    return float(8 * width**2 + 16 * width**2), float(dots + sums)


@right("11.costs")
def tensor_of_two(width, length):
    return torch.tensor([3 * 8 * width * width, length * width << 2])


@wrong("11.costs")
def all_pairs_of_places(width, length):
    return 24 * width**2, 4 * length**2 * width


@wrong("11.costs")
def the_other_order(width, length):
    return 4 * length * width, 24 * width**2


@wrong("11.costs")
def weights_for_operations(width, length):
    return 12 * width**2, 4 * length * width


@wrong("11.costs")
def without_the_output_matrix(width, length):
    qkv, feed = 3 * width**2, 8 * width**2
    return 2 * (qkv + feed), 4 * length * width


@wrong("11.costs")
def with_the_backward_pass(width, length):
    return 6 * 12 * width**2, 3 * 4 * length * width


@wrong("11.costs")
def one_layer_of_two(width, length):
    return 2 * (4 * width**2 + 4 * width**2), 4 * length * width


@wrong("11.costs")
def half_of_the_keys(width, length):
    return 24 * width**2, 4 * (length / 2) * width


@wrong("11.costs")
def softmax_counted_too(width, length):
    return 24 * width**2, 4 * length * width + 3 * length


# 11.copying


@right("11.copying")
def where_it_stood(tokens):
    weights = np.zeros((len(tokens), len(tokens)))
    behind = defaultdict(list)
    for t, token in enumerate(tokens.tolist()):
        positions = behind[token] or [0]
        weights[t, positions] = 1 / len(positions)
        behind[token].append(t + 1)
    return weights


@right("11.copying")
def one_hot_products(tokens):
    hot = F.one_hot(tokens).float()
    before = F.pad(hot, (0, 0, 1, 0))[:-1]
    fits = (hot @ before.T).tril()
    fits[:, 0] += (fits.sum(1) == 0).float()
    return F.normalize(fits, p=1, dim=1)


@right("11.copying")
def really_by_attention(tokens):
    n, words = len(tokens), int(tokens.max()) + 2
    hot = F.one_hot(tokens, words).float()
    keys = torch.cat([torch.full((1, words), 0.5), hot[:-1]])
    return att.weights(80 * hot * words**0.5, keys, att.causal_mask(n))


@right("11.copying")
def numpy_masks(tokens):
    x = tokens.numpy()
    T = np.arange(len(x))
    fits = np.equal.outer(x, np.r_[x.min() - 1, x[:-1]]) & (T[:, None] >= T)
    fits[~fits.any(1), 0] = True
    return fits / fits.sum(axis=1, keepdims=True)


@right("11.copying")
def listed_pairs(tokens):
    n = len(tokens)
    t, s = torch.nonzero(tokens[:, None] == tokens, as_tuple=True)
    t, s = t[s < t], s[s < t] + 1
    number = torch.bincount(t, minlength=n)
    weights = torch.zeros(n, n).index_put((t, s), 1 / number[t].float())
    return weights + torch.outer((number == 0).float(), F.one_hot(torch.tensor(0), n))


@wrong("11.copying")
def rolled_over_the_end(tokens):
    fits = (tokens[:, None] == tokens).roll(1, dims=1).tril().float()
    fits[fits.sum(1) == 0, 0] = 1
    return fits / fits.sum(1, keepdim=True)


@wrong("11.copying")
def earliest_alone(tokens):
    weights, n = torch.zeros(len(tokens), len(tokens)), tokens.tolist()
    for t, token in enumerate(n):
        weights[t, n.index(token) + 1 if token in n[:t] else 0] = 1
    return weights


@wrong("11.copying")
def blunt_softmax(tokens):
    n = len(tokens)
    fits = torch.zeros(n, n)
    fits[:, 1:] = (tokens[:, None] == tokens)[:, :-1].float()
    future = torch.ones(n, n).triu(1).bool()
    return fits.masked_fill(future, -math.inf).softmax(1)


@wrong("11.copying")
def columns_divided(tokens):
    fits = torch.zeros(len(tokens), len(tokens))
    fits[:, 1:] = (tokens[:, None] == tokens).tril(-1)[:, :-1].float()
    fits[fits.sum(1) == 0, 0] = 1
    return fits / fits.sum(0).clamp(min=1)


@wrong("11.copying")
def looks_at_itself_else(tokens):
    fits = torch.zeros(len(tokens), len(tokens))
    fits[:, 1:] = (tokens[:, None] == tokens).tril(-1)[:, :-1].float()
    fits = fits + torch.diag((fits.sum(1) == 0).float())
    return fits / fits.sum(1, keepdim=True)


@wrong("11.copying")
def divided_by_nought(tokens):
    fits = torch.zeros(len(tokens), len(tokens))
    fits[:, 1:] = (tokens[:, None] == tokens).tril(-1)[:, :-1].float()
    return fits / fits.sum(1, keepdim=True)


@wrong("11.copying")
def later_copies_too(tokens):
    fits = torch.zeros(len(tokens), len(tokens))
    fits[:, 1:] = (tokens[:, None] == tokens)[:, :-1].float()
    fits[fits.sum(1) == 0, 0] = 1
    return fits / fits.sum(1, keepdim=True)


# 11.predictive


@right("11.predictive")
def mean_of_the_posterior(chain, states):
    here = torch.nonzero(chain[:-1] == chain[-1]).flatten()
    seen = F.one_hot(chain[here + 1], states).sum(0)
    return torch.distributions.Dirichlet(torch.ones(states) + seen).mean


@right("11.predictive")
def counter_of_pairs(chain, states):
    steps = chain.tolist()
    pairs = Counter(zip(steps, steps[1:], strict=False))
    row = np.array([pairs[steps[-1], b] for b in range(states)]) + 1.0
    return row / row.sum()


@right("11.predictive")
def ratio_of_evidences(chain, states):
    def log_evidence(steps):
        n = np.zeros((states, states))
        np.add.at(n, (steps[:-1], steps[1:]), 1)
        return (
            special.gammaln(n + 1).sum(1) - special.gammaln(n.sum(1) + states)
        ).sum()

    now = chain.numpy()
    longer = [log_evidence(np.append(now, b)) for b in range(states)]
    return np.exp(np.array(longer) - log_evidence(now))


@right("11.predictive")
def as_an_urn(chain, states):
    row = torch.full((states,), 1 / states, dtype=torch.float64)
    drawn = float(states)
    for a, b in torch.stack([chain[:-1], chain[1:]], 1).tolist():
        if a == int(chain[-1]):
            row = (row * drawn + torch.eye(states, dtype=torch.float64)[b]) / (
                drawn + 1
            )
            drawn += 1
    return row


@right("11.predictive")
def of_the_course(chain, states):
    longer = torch.cat([chain, chain[:1]])  # what comes next does not matter
    return att.bayes.predictive(longer[None], states)[0, len(chain) - 1]


@wrong("11.predictive")
def jeffreys(chain, states):
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 0.5) / (len(after) + states / 2)


@wrong("11.predictive")
def shares_or_even(chain, states):
    after = chain[1:][chain[:-1] == chain[-1]]
    if not len(after):
        return torch.full((states,), 1 / states)
    return torch.bincount(after, minlength=states) / len(after)


@wrong("11.predictive")
def a_tiny_prior(chain, states):
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states) + 1e-8
    return counts / counts.sum()


@wrong("11.predictive")
def columns_of_the_table(chain, states):
    table = torch.ones(states, states)
    for a, b in zip(chain[:-1], chain[1:], strict=True):
        table[a, b] += 1
    return (table / table.sum(0, keepdim=True))[chain[-1]]


@wrong("11.predictive")
def last_step_missed(chain, states):
    table = torch.ones(states, states)
    for t in range(len(chain) - 2):
        table[chain[t], chain[t + 1]] += 1
    return table[chain[-1]] / table[chain[-1]].sum()


@wrong("11.predictive")
def softmax_of_counts(chain, states):
    after = chain[1:][chain[:-1] == chain[-1]]
    return torch.bincount(after, minlength=states).float().softmax(0)


@wrong("11.predictive")
def steps_from_anywhere(chain, states):
    counts = torch.bincount(chain[1:], minlength=states)
    return (counts + 1) / (counts.sum() + states)


@wrong("11.predictive")
def prior_for_the_unseen_alone(chain, states):
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states).clamp(min=1)
    return counts / counts.sum()


# 11.shifted


@right("11.shifted")
def written_into_an_empty_one(target, start, pad):
    inputs = torch.empty_like(target)
    inputs[:, 0] = start
    inputs[:, 1:] = target[:, :-1]
    return inputs, target, torch.where(target == pad, False, True)


@right("11.shifted")
def lists_of_tokens(target, start, pad):
    inputs = [[start, *row[:-1]] for row in target.tolist()]
    counts = [[y != pad for y in row] for row in target.tolist()]
    return torch.tensor(inputs), target, torch.tensor(counts)


@right("11.shifted")
def numpy_columns(target, start, pad):
    y = target.numpy()
    column = np.full((len(y), 1), start)
    return np.hstack([column, y])[:, :-1], y.copy(), (y != pad).astype(int)


@right("11.shifted")
def one_longer_and_cut_twice(target, start, pad):
    long = torch.hstack([target.new_full((target.shape[0], 1), start), target])
    inputs, answers = long[:, :-1], long[:, 1:]
    return inputs, answers, (answers - pad).bool()


@right("11.shifted")
def picked_by_index(target, start, pad):
    positions = torch.arange(target.shape[1])
    before = target.index_select(1, (positions - 1).clamp(min=0))
    return (
        before.masked_fill(positions == 0, start),
        target,
        target.eq(pad).logical_not(),
    )


def _read(target, start):
    return torch.cat([target.new_full((len(target), 1), start), target[:, :-1]], 1)


@wrong("11.shifted")
def shifted_twice(target, start, pad):
    answers = torch.cat([target[:, 1:], target.new_full((len(target), 1), pad)], 1)
    return _read(target, start), answers, answers != pad


@wrong("11.shifted")
def first_token_replaced(target, start, pad):
    inputs = target.clone()
    inputs[:, 0] = start
    return inputs, target, target != pad


@wrong("11.shifted")
def padding_for_the_start(target, start, pad):
    return _read(target, pad), target, target != pad


@wrong("11.shifted")
def not_cut(target, start, pad):
    first = torch.full((len(target), 1), start)
    return torch.cat([first, target], 1), target, target != pad


@wrong("11.shifted")
def padding_is_nought(target, start, pad):
    return _read(target, start), target, target != 0


@wrong("11.shifted")
def start_for_the_padding(target, start, pad):
    return _read(target, start), target, target != start


@wrong("11.shifted")
def answers_first(target, start, pad):
    return target, _read(target, start), target != pad


@wrong("11.shifted")
def end_not_asked_for(target, start, pad):
    counts = target != pad
    counts = counts & F.pad(
        counts[:, 1:], (0, 1)
    )  # the last token of a row is left out
    return _read(target, start), target, counts


# 11.two_maps


def _constraints(values):
    return torch.cat([values.double(), torch.ones(len(values), 1).double()], 1).T


@right("11.two_maps")
def point_of_radon(values):
    # the positive and the negative part of u have the same mean
    u = torch.linalg.svd(_constraints(values)).Vh[-1]
    one, other = u.clamp(min=0), (-u).clamp(min=0)
    return one / one.sum(), other / other.sum()


@right("11.two_maps")
def last_column_of_q(values):
    q, _ = torch.linalg.qr(_constraints(values).T, mode="complete")
    u = q[:, -1]
    row = torch.full_like(u, 1 / len(u))
    return row, row + u * (row / u.abs()).min()


@right("11.two_maps")
def a_random_direction_projected(values):
    A = _constraints(values)
    r = torch.linspace(-1, 2, len(values)).double() ** 3
    u = r - torch.linalg.pinv(A) @ (A @ r)
    n = len(values)
    return torch.stack([1 / n + u / u.abs().max() / n, 1 / n - u / u.abs().max() / n])


@right("11.two_maps")
def smallest_eigenvector(values):
    A = np.c_[values.numpy(), np.ones(len(values))].astype(float)
    u = np.linalg.eigh(A @ A.T)[1][:, 0]
    step = u / abs(u).max() / len(u)
    return 1 / len(u) - step, 1 / len(u) + step


@right("11.two_maps")
def by_determinants(values):
    A = _constraints(values)
    some = A.shape[0] + 1  # as many keys as it takes
    u = torch.zeros(len(values), dtype=torch.float64)
    for i in range(some):
        minor = A[:, [j for j in range(some) if j != i]]
        u[i] = (-1) ** i * torch.linalg.det(minor)
    even = torch.ones_like(u) / len(u)
    return [even, even + u / (-u.min() * len(u))]


@right("11.two_maps")
def two_corners_of_a_programme(values):
    A = np.vstack([values.double().numpy().T, np.ones(len(values))])
    cost = np.arange(len(values))
    wanted = A.mean(axis=1)  # the output of even weights
    return [optimize.linprog(c, A_eq=A, b_eq=wanted).x for c in (cost, -cost)]


@wrong("11.two_maps")
def a_constant_added(values):
    logits = torch.linspace(0, 1, len(values))
    return logits.softmax(0), (logits + 3).softmax(0)


@wrong("11.two_maps")
def null_vector_renormalised(values):
    u = torch.linalg.svd(values.T).Vh[-1]
    even = torch.full((len(values),), 1 / len(values))
    one, other = (even + sign * u / u.abs().max() / len(u) for sign in (1, -1))
    return one / one.sum(), other / other.sum()


@wrong("11.two_maps")
def column_of_vh(values):
    both = torch.cat([values, torch.ones(len(values), 1)], 1).T
    u = torch.linalg.svd(both).Vh[:, -1]
    even = torch.full((len(values),), 1 / len(values))
    step = u / u.abs().max() / len(values)
    return even + step, even - step


@wrong("11.two_maps")
def reduced_decomposition(values):
    both = torch.cat([values, torch.ones(len(values), 1)], 1).T
    u = torch.linalg.svd(both, full_matrices=False).Vh[-1]
    even = torch.full((len(values),), 1 / len(values))
    step = u / u.abs().max() / len(values)
    return even + step, even - step


@wrong("11.two_maps")
def cut_at_nought(values):
    both = torch.cat([values, torch.ones(len(values), 1)], 1).T
    u = torch.linalg.svd(both).Vh[-1]
    even = torch.full((len(values),), 1 / len(values))
    one, other = (even + u).clamp(min=0), (even - u).clamp(min=0)
    return one / one.sum(), other / other.sum()


@wrong("11.two_maps")
def null_vectors_themselves(values):
    both = torch.cat([values, torch.ones(len(values), 1)], 1).T
    u = torch.linalg.svd(both).Vh[-1]
    return u, -u


# 11.cached_step


@right("11.cached_step")
def numpy_einsum(q, k, v, keys, values):
    K = np.concatenate([keys.numpy(), k.numpy()], axis=2)
    V = np.concatenate([values.numpy(), v.numpy()], axis=2)
    s = np.einsum("bhqd,bhsd->bhqs", q.double().numpy(), K) / np.sqrt(K.shape[-1])
    return np.einsum("bhqs,bhse->bhqe", special.softmax(s, -1), V), K, V


@right("11.cached_step")
def room_made_by_padding(q, k, v, keys, values):
    K, V = F.pad(keys, (0, 0, 0, 1)), F.pad(values, (0, 0, 0, 1))
    K[:, :, -1], V[:, :, -1] = k[:, :, 0], v[:, :, 0]
    w = torch.exp(torch.log_softmax((K * q).sum(-1) * K.size(-1) ** -0.5, dim=-1))
    return (w[..., None] * V).sum(2, keepdim=True), K, V


@right("11.cached_step")
def last_row_of_a_full_pass(q, k, v, keys, values):
    all_k, all_v = torch.concat([keys, k], 2), torch.concat([values, v], 2)
    queries = torch.cat([torch.zeros_like(keys), q], dim=2)
    out = F.scaled_dot_product_attention(queries, all_k, all_v, is_causal=True)
    return out[:, :, -1:], all_k, all_v


@right("11.cached_step")
def cache_of_the_course(q, k, v, keys, values):
    seen = att.Seen(keys, values).extended(k, v)
    return att.attention(q, *seen), *seen


@right("11.cached_step")
def halves_merged(q, k, v, keys, values):
    scale = q.shape[-1] ** -0.5
    s = (q @ keys.mT) * scale
    past = torch.logsumexp(s, -1, keepdim=True)  # minus infinity of nothing
    old = torch.exp(s - past) @ values if s.shape[-1] else torch.zeros_like(v)
    now = (q * k).sum(-1, keepdim=True) * scale
    share = torch.sigmoid(past - now)
    return (
        torch.lerp(v, old, share),
        torch.cat([keys, k], -2),
        torch.cat([values, v], -2),
    )


@wrong("11.cached_step")
def causal_for_one_query(q, k, v, keys, values):
    keys, values = torch.cat([keys, k], 2), torch.cat([values, v], 2)
    o = F.scaled_dot_product_attention(q, keys, values, is_causal=True)
    return o, keys, values


@wrong("11.cached_step")
def new_ones_kept_alone(q, k, v, keys, values):
    more, others = torch.cat([keys, k], 2), torch.cat([values, v], 2)
    return F.scaled_dot_product_attention(q, more, others), k, v


@wrong("11.cached_step")
def oldest_dropped(q, k, v, keys, values):
    keys = torch.cat([keys[:, :, 1:], k], dim=2)
    values = torch.cat([values[:, :, 1:], v], dim=2)
    return F.scaled_dot_product_attention(q, keys, values), keys, values


@wrong("11.cached_step")
def softmax_over_the_query(q, k, v, keys, values):
    keys, values = torch.cat([keys, k], 2), torch.cat([values, v], 2)
    a = (q @ keys.mT / q.shape[-1] ** 0.5).softmax(dim=-2)
    return a @ values, keys, values


@wrong("11.cached_step")
def appended_twice(q, k, v, keys, values):
    keys, values = torch.cat([keys, k], 2), torch.cat([values, v], 2)
    o = F.scaled_dot_product_attention(q, keys, values)
    return o, torch.cat([keys, k], 2), torch.cat([values, v], 2)


@wrong("11.cached_step")
def keys_behind_values_in_front(q, k, v, keys, values):
    keys, values = torch.cat([keys, k], 2), torch.cat([v, values], 2)
    return F.scaled_dot_product_attention(q, keys, values), keys, values


@wrong("11.cached_step")
def along_the_heads(q, k, v, keys, values):
    keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
    return F.scaled_dot_product_attention(q, keys, values), keys, values
