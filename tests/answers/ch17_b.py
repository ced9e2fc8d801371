"""Answers of other people to chapter 17's exercises on promises of privacy."""

import math

import numpy as np
import torch
from scipy.stats import beta, binom
from torch.func import grad, vmap
from torch.nn.functional import normalize

from tests.answers import right, wrong

# 17.private_moments


def _published(x, C, mu, noise, *, s=None, short=None, number=None):
    s = math.sqrt(3) / mu if s is None else s
    z, v, Z = noise
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C) if short is None else short
    n = len(x) + s * z if number is None else number
    mirrored = torch.triu(Z) + torch.triu(Z, 1).T
    mean = C * (p.sum(0) + s * v) / n
    return n, mean, C**2 * (p.T @ p + s * mirrored) / n - torch.outer(mean, mean)


@right("17.private_moments")
def with_minimum(x, C, mu, noise):
    lengths = x.norm(dim=1)
    p = x / C * torch.minimum(torch.ones_like(lengths), C / lengths)[:, None]
    return _published(x, C, mu, noise, short=p)


@right("17.private_moments")
def with_where(x, C, mu, noise):
    lengths = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    p = torch.where(lengths > C, normalize(x, dim=1), x / C)
    return _published(x, C, mu, noise, short=p)


@right("17.private_moments")
def in_numpy(x, C, mu, noise):
    a = x.numpy()
    z, v, Z = (part.numpy() for part in noise)
    p = a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), C)
    s = np.sqrt(3.0) / mu
    n = len(a) + s * z
    mean = C * (p.sum(0) + s * v) / n
    mirrored = np.triu(Z) + np.triu(Z, 1).T
    second = C**2 * (p.T @ p + s * mirrored) / n
    found = (np.array(n), mean, second - np.outer(mean, mean))
    return tuple(torch.from_numpy(part) for part in found)


@right("17.private_moments")
def with_einsum(x, C, mu, noise):
    z, v, Z = noise
    s = (3 / mu / mu) ** 0.5
    p = x * (1 / x.norm(dim=1).clamp(min=C)).unsqueeze(-1)
    count = torch.ones(len(x)).double().sum() + s * z
    first = torch.einsum("ni->i", p) + s * v
    lower = torch.tril(Z.T, -1)
    second = torch.einsum("ni,nj->ij", p, p) + s * (torch.triu(Z) + lower)
    mean = first * C / count
    return count, mean, second * C**2 / count - torch.einsum("i,j->ij", mean, mean)


@right("17.private_moments")
def with_renorm(x, C, mu, noise):
    p = torch.renorm(x / C, 2, 0, 1.0)
    return _published(x, C, mu, noise, short=p)


@wrong("17.private_moments")
def without_root_three(x, C, mu, noise):
    return _published(x, C, mu, noise, s=1 / mu)


@wrong("17.private_moments")
def real_count(x, C, mu, noise):
    return _published(x, C, mu, noise, number=torch.tensor(float(len(x))).double())


@wrong("17.private_moments")
def clamped_coordinates(x, C, mu, noise):
    return _published(x, C, mu, noise, short=torch.clamp(x, -C, C) / C)


@wrong("17.private_moments")
def normalised_points(x, C, mu, noise):
    return _published(x, C, mu, noise, short=normalize(x, dim=1))


@wrong("17.private_moments")
def scaled_by_the_largest(x, C, mu, noise):
    largest = x.norm(dim=1).max()
    return _published(x, largest, mu, noise, short=x / largest)


@wrong("17.private_moments")
def no_clipping_at_all(x, C, mu, noise):
    return _published(x, C, mu, noise, short=x / C)


@wrong("17.private_moments")
def uncentred(x, C, mu, noise):
    n, mean, covariance = _published(x, C, mu, noise)
    return n, mean, covariance + torch.outer(mean, mean)


@wrong("17.private_moments")
def variance_for_deviation(x, C, mu, noise):
    return _published(x, C, mu, noise, s=3 / mu**2)


# 17.private_gradient


def _noisy(total, noise, scale, expected):
    return {k: (total[k] + scale * noise[k]) / expected for k in total}


def _all(loss, weights, x, y):
    """Gradients of all examples, [B, ...] each; also for none."""
    if len(x) == 0:
        return {k: torch.zeros(0, *w.shape).to(w) for k, w in weights.items()}
    return vmap(grad(loss), (None, 0, 0))(weights, x, y)


def _lengths(each):
    return sum(g.flatten(1).pow(2).sum(1) for g in each.values()).sqrt()


def _scaled(each, factor):
    return {k: torch.tensordot(factor, g, 1) for k, g in each.items()}


@right("17.private_gradient")
def vectorised(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1.0)
    return _noisy(_scaled(each, factor), noise, sigma * C, expected)


@right("17.private_gradient")
def through_a_flat_vector(loss, weights, x, y, C, sigma, expected, noise):
    names = list(weights)
    flat = torch.cat([(sigma * C * noise[k]).flatten() for k in names])
    for a, b in zip(x, y, strict=True):
        g = grad(loss)(weights, a, b)
        row = torch.cat([g[k].flatten() for k in names])
        flat = flat + row / max(1.0, float(row.norm()) / C)
    parts = (flat / expected).split([weights[k].numel() for k in names])
    pairs = zip(names, parts, strict=True)
    return {k: part.view_as(weights[k]) for k, part in pairs}


@right("17.private_gradient")
def with_renorm_of_rows(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    rows = torch.cat([g.flatten(1) for g in each.values()], 1)
    total = torch.renorm(rows, 2, 0, C).sum(0) if len(x) else rows.sum(0)
    found, start = {}, 0
    for k, w in weights.items():
        part = total[start : start + w.numel()].view_as(w)
        start += w.numel()
        found[k] = (part + sigma * C * noise[k]) / expected
    return found


@right("17.private_gradient")
def with_jacrev(loss, weights, x, y, C, sigma, expected, noise):
    def losses(w):
        values = [loss(w, a, b) for a, b in zip(x, y, strict=True)]
        return torch.stack(values) if values else torch.zeros(0).double()

    each = torch.func.jacrev(losses)(weights) if len(x) else _all(loss, weights, x, y)
    factor = torch.where(_lengths(each) > C, C / _lengths(each), 1.0)
    return _noisy(_scaled(each, factor), noise, C * sigma, expected)


@right("17.private_gradient")
def noise_on_top_of_the_mean(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1.0) / expected
    mean = _scaled(each, factor)
    return {k: mean[k] + noise[k] * (sigma * C / expected) for k in mean}


@wrong("17.private_gradient")
def clips_what_comes_out(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: g.sum(0) for k, g in _all(loss, weights, x, y).items()}
    length = torch.cat([g.flatten() for g in total.values()]).norm()
    factor = min(1.0, C / max(1e-9, float(length)))
    return _noisy({k: g * factor for k, g in total.items()}, noise, sigma * C, expected)


@wrong("17.private_gradient")
def layer_by_layer(loss, weights, x, y, C, sigma, expected, noise):
    total = {}
    for k, g in _all(loss, weights, x, y).items():
        length = g.flatten(1).norm(dim=1)
        total[k] = torch.tensordot((C / length).clamp(max=1), g, 1)
    return _noisy(total, noise, sigma * C, expected)


@wrong("17.private_gradient")
def real_batch_size(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1)
    return _noisy(_scaled(each, factor), noise, sigma * C, len(x) or 1)


@wrong("17.private_gradient")
def plain_sigma(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1)
    return _noisy(_scaled(each, factor), noise, sigma, expected)


@wrong("17.private_gradient")
def normalised_always(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    return _noisy(_scaled(each, C / _lengths(each)), noise, sigma * C, expected)


@wrong("17.private_gradient")
def noiseless(loss, weights, x, y, C, sigma, expected, noise):
    each = _all(loss, weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1)
    return {k: g / expected for k, g in _scaled(each, factor).items()}


@wrong("17.private_gradient")
def unclipped(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: g.sum(0) for k, g in _all(loss, weights, x, y).items()}
    return _noisy(total, noise, sigma * C, expected)


@wrong("17.private_gradient")
def stops_without_examples(loss, weights, x, y, C, sigma, expected, noise):
    each = vmap(grad(loss), (None, 0, 0))(weights, x, y)
    factor = (C / _lengths(each)).clamp(max=1.0)
    return _noisy(_scaled(each, factor), noise, sigma * C, expected)


# 17.delta_after


def _powers(p, q, times):
    a, b = np.ones(1), np.ones(1)
    for _ in range(times):
        a, b = np.kron(a, p), np.kron(b, q)
    return a, b


@right("17.delta_after")
def with_kron(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    e = math.exp(epsilon)
    return max(np.maximum(a - e * b, 0).sum(), np.maximum(b - e * a, 0).sum())


@right("17.delta_after")
def by_counting_outcomes(p, q, times, epsilon):
    """Outcomes with equal counts have equal probabilities."""
    from collections import Counter
    from itertools import combinations_with_replacement

    found = [0.0, 0.0]
    for combination in combinations_with_replacement(range(len(p)), times):
        many = math.factorial(times)
        for count in Counter(combination).values():
            many //= math.factorial(count)
        a = many * math.prod(p[i] for i in combination)
        b = many * math.prod(q[i] for i in combination)
        found[0] += max(0.0, a - math.exp(epsilon) * b)
        found[1] += max(0.0, b - math.exp(epsilon) * a)
    return max(found)


@right("17.delta_after")
def with_torch_products(p, q, times, epsilon):
    a, b = torch.ones(1).double(), torch.ones(1).double()
    for _ in range(times):
        a = (a[:, None] * torch.tensor(p).double()).flatten()
        b = (b[:, None] * torch.tensor(q).double()).flatten()
    e = torch.tensor(epsilon).double().exp()
    return torch.maximum((a - e * b).relu().sum(), (b - e * a).relu().sum())


@right("17.delta_after")
def by_the_loss(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    results = []
    for one, other in ((a, b), (b, a)):
        keep = one > 0
        ratio = np.divide(other[keep], one[keep])
        results.append((one[keep] * np.clip(1 - np.exp(epsilon) * ratio, 0, 1)).sum())
    return float(max(results))


@right("17.delta_after")
def only_the_exceeding(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    e = math.e**epsilon
    there, back = a > e * b, b > e * a
    first = a[there].sum() - e * b[there].sum()
    return float(max(first, b[back].sum() - e * a[back].sum(), 0.0))


@wrong("17.delta_after")
def single(p, q, times, epsilon):
    return with_kron(p, q, 1, epsilon)


@wrong("17.delta_after")
def naive_sum(p, q, times, epsilon):
    return times * with_kron(p, q, 1, epsilon / times)


@wrong("17.delta_after")
def forwards_only(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    return float(np.maximum(a - math.exp(epsilon) * b, 0).sum())


@wrong("17.delta_after")
def tail_probability(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    e = math.exp(epsilon)
    return float(max(a[a > e * b].sum(), b[b > e * a].sum()))


@wrong("17.delta_after")
def without_the_factor(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    return float(np.abs(a - b).sum() / 2)


@wrong("17.delta_after")
def signed_sum(p, q, times, epsilon):
    a, b = _powers(p, q, times)
    return float((a - math.exp(epsilon) * b).sum())


@wrong("17.delta_after")
def times_as_a_power(p, q, times, epsilon):
    return with_kron(p, q, 1, epsilon) ** times


# 17.audited_epsilon


def _epsilon(p):
    return max(0.0, math.log(p / (1 - p))) if 0 < p < 1 else 0.0 if p <= 0 else math.inf


@right("17.audited_epsilon")
def by_bisection(right_ones, guesses, confidence):
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if binom.sf(right_ones - 1, guesses, p) > 1 - confidence:
            high = p
        else:
            low = p
    return _epsilon(low)


@right("17.audited_epsilon")
def with_the_survival_quantile(right_ones, guesses, confidence):
    if right_ones == 0:
        return 0.0
    return _epsilon(beta(right_ones, guesses - right_ones + 1).isf(confidence))


@right("17.audited_epsilon")
def with_statsmodels_formula(right_ones, guesses, confidence):
    from scipy.stats import f

    if right_ones == 0:
        return 0.0
    a, b = 2 * right_ones, 2 * (guesses - right_ones + 1)
    q = f.ppf(1 - confidence, a, b)
    return _epsilon(a * q / (b + a * q))


@right("17.audited_epsilon")
def by_bisection_of_epsilon(right_ones, guesses, confidence):
    def explained(epsilon):
        p = 1 / (1 + math.exp(-epsilon))
        return binom.sf(right_ones - 1, guesses, p) > 1 - confidence

    if explained(0.0):
        return 0.0
    low, high = 0.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if explained(middle) else (middle, high)
    return torch.tensor(low)


@right("17.audited_epsilon")
def with_atanh(right_ones, guesses, confidence):
    p = beta.ppf(1 - confidence, right_ones, guesses - right_ones + 1)
    p = np.nan_to_num(p, nan=0.0)
    return float(2 * np.arctanh(max(0.0, 2 * p - 1)))


@wrong("17.audited_epsilon")
def share_taken_for_truth(right_ones, guesses, confidence):
    return _epsilon(right_ones / guesses)


@wrong("17.audited_epsilon")
def interval_with_two_sides(right_ones, guesses, confidence):
    half = (1 - confidence) / 2
    return _epsilon(beta.ppf(half, right_ones, guesses - right_ones + 1))


@wrong("17.audited_epsilon")
def wald(right_ones, guesses, confidence):
    from statistics import NormalDist

    p = right_ones / guesses
    width = NormalDist().inv_cdf(confidence) * (p * (1 - p) / guesses) ** 0.5
    return _epsilon(p - width)


@wrong("17.audited_epsilon")
def log_odds_below_zero(right_ones, guesses, confidence):
    p = beta.ppf(1 - confidence, right_ones, guesses - right_ones + 1)
    return float(np.log(p / (1 - p))) if right_ones else float("-inf")


@wrong("17.audited_epsilon")
def only_the_probability(right_ones, guesses, confidence):
    low = beta.ppf(1 - confidence, right_ones, guesses - right_ones + 1)
    return float(low) if right_ones else 0.0


@wrong("17.audited_epsilon")
def upper_end(right_ones, guesses, confidence):
    if right_ones == guesses:
        return float("inf")
    return _epsilon(beta.ppf(confidence, right_ones + 1, guesses - right_ones))


@wrong("17.audited_epsilon")
def base_two(right_ones, guesses, confidence):
    return by_bisection(right_ones, guesses, confidence) / np.log(2)
