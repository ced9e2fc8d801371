"""Answers of a reader to chapter 17: private sums and steps, accountant, audit."""

import itertools
import math

import numpy as np
import torch
from scipy import optimize, stats
from torch.func import grad

from tests.answers import right, wrong

# 17.private_moments


@right("17.private_moments")
def row_loop_in_lists(x, C, mu, noise):
    z, v, Z = (part.tolist() for part in noise)
    d, s = x.shape[1], math.sqrt(3) / mu
    n = len(x) + s * z
    first = [s * C * v[i] for i in range(d)]
    second = [[s * C * C * Z[min(i, j)][max(i, j)] for j in range(d)] for i in range(d)]
    for row in x.tolist():
        norm = math.hypot(*row)
        short = [value * min(1, C / norm) for value in row]
        for i in range(d):
            first[i] += short[i]
            for j in range(d):
                second[i][j] += short[i] * short[j]
    mean = torch.tensor(first, dtype=torch.float64) / n
    return n, mean, torch.tensor(second).double() / n - torch.outer(mean, mean)


@right("17.private_moments")
def in_float32(x, C, mu, noise):
    x = x.float()
    z, v, Z = (part.float() for part in noise)
    s = (3**0.5) / mu
    p = x / torch.maximum(x.norm(dim=1), torch.tensor(C)).unsqueeze(1)
    n = len(x) + s * z
    mean = C * (p.sum(0) + s * v) / n
    W = torch.triu(Z, 1)
    M = p.T @ p + s * (W + W.T + torch.diag(Z.diag()))
    return [n, mean, C**2 * M / n - mean.outer(mean)]


@right("17.private_moments")
def ones_in_front(x, C, mu, noise):
    """One matrix of products holds all three sums."""
    z, v, Z = noise
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    u = torch.cat([torch.ones(len(x), 1).double(), p], 1)
    N = torch.cat([torch.cat([z[None], v])[None], torch.cat([v[:, None], Z], 1)])
    S = u.T @ u + math.sqrt(3) / mu * (N.triu() + N.triu(1).mT)
    n, mean = S[0, 0], C * S[0, 1:] / S[0, 0]
    return n, mean, C**2 * S[1:, 1:] / n - mean[:, None] @ mean[None]


def _sums(x, C, mu, noise, *, s=None, p=None, Z=None):
    s = math.sqrt(3) / mu if s is None else s
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C) if p is None else p
    Z = noise[2].triu() + noise[2].triu(1).T if Z is None else Z
    return len(x) + s * noise[0], p.sum(0) + s * noise[1], p.T @ p + s * Z


def _made(n, first, second, C):
    mean = C * first / n
    return n, mean, C * C * second / n - torch.outer(mean, mean)


@wrong("17.private_moments")
def noise_averaged_with_its_transpose(x, C, mu, noise):
    Z = (noise[2] + noise[2].T) / 2
    return _made(*_sums(x, C, mu, noise, Z=Z), C)


@wrong("17.private_moments")
def root_of_two(x, C, mu, noise):
    return _made(*_sums(x, C, mu, noise, s=math.sqrt(2) / mu), C)


@wrong("17.private_moments")
def noise_not_scaled_with_c(x, C, mu, noise):
    z, v, Z = noise
    s = math.sqrt(3) / mu
    short = x * (C / x.norm(dim=1, keepdim=True)).clamp(max=1)
    n = len(x) + s * z
    mean = (short.sum(0) + s * v) / n
    second = short.T @ short + s * (Z.triu() + Z.triu(1).T)
    return n, mean, second / n - torch.outer(mean, mean)


@wrong("17.private_moments")
def norm_clamped_from_above(x, C, mu, noise):
    p = x / x.norm(dim=1, keepdim=True).clamp(max=C)
    return _made(*_sums(x, C, mu, noise, p=p), C)


@wrong("17.private_moments")
def one_norm(x, C, mu, noise):
    p = x / x.abs().sum(1, keepdim=True).clamp(min=C)
    return _made(*_sums(x, C, mu, noise, p=p), C)


@wrong("17.private_moments")
def draws_its_own_noise(x, C, mu, noise):
    d = x.shape[1]
    fresh = torch.randn(()), torch.randn(d), torch.randn(d, d)
    return _made(*_sums(x, C, mu, fresh), C)


@wrong("17.private_moments")
def covariance_around_the_true_mean(x, C, mu, noise):
    n, first, second = _sums(x, C, mu, noise)
    true = C * (x / x.norm(dim=1, keepdim=True).clamp(min=C)).mean(0)
    return n, C * first / n, C * C * second / n - torch.outer(true, true)


# 17.private_gradient


def _gradients(loss, weights, x, y):
    return [grad(loss)(weights, a, b) for a, b in zip(x, y, strict=True)]


def _length(g):
    return math.sqrt(sum(float((part**2).sum()) for part in g.values()))


@right("17.private_gradient")
def like_opacus(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: torch.zeros_like(w) for k, w in weights.items()}
    for g in _gradients(loss, weights, x, y):
        factor = min(1.0, C / (_length(g) + 1e-6))
        for k in total:
            total[k] += factor * g[k]
    for k in total:
        total[k] += sigma * C * noise[k]
        total[k] /= expected
    return total


@right("17.private_gradient")
def if_and_else(loss, weights, x, y, C, sigma, expected, noise):
    clipped = []
    for g in _gradients(loss, weights, x, y):
        norm = _length(g)
        clipped.append({k: C * v / norm if norm > C else v for k, v in g.items()})
    return {
        k: (sum((g[k] for g in clipped), 0 * w) + noise[k] * C * sigma) / expected
        for k, w in weights.items()
    }


@right("17.private_gradient")
def by_backward(loss, weights, x, y, C, sigma, expected, noise):
    found = {k: (sigma * C / expected) * v for k, v in noise.items()}
    for i in range(x.shape[0]):
        own = {k: w.detach().clone().requires_grad_() for k, w in weights.items()}
        loss(own, x[i], y[i]).backward()
        torch.nn.utils.clip_grad_norm_(list(own.values()), C)
        found = {k: found[k] + own[k].grad / expected for k in own}
    return found


@wrong("17.private_gradient")
def nothing_for_nobody(loss, weights, x, y, C, sigma, expected, noise):
    if len(x) == 0:
        return {k: torch.zeros_like(w) for k, w in weights.items()}
    return like_opacus(loss, weights, x, y, C, sigma, expected, noise)


@wrong("17.private_gradient")
def root_forgotten(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: sigma * C * v for k, v in noise.items()}
    for g in _gradients(loss, weights, x, y):
        factor = min(1.0, C / _length(g) ** 2)
        total = {k: total[k] + factor * g[k] for k in g}
    return {k: v / expected for k, v in total.items()}


@wrong("17.private_gradient")
def norms_of_layers_added(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: sigma * C * v for k, v in noise.items()}
    for g in _gradients(loss, weights, x, y):
        norm = sum(part.norm() for part in g.values())
        total = {k: total[k] + g[k] * (C / norm).clamp(max=1) for k in g}
    return {k: v / expected for k, v in total.items()}


@wrong("17.private_gradient")
def a_step_and_not_a_gradient(loss, weights, x, y, C, sigma, expected, noise):
    found = like_opacus(loss, weights, x, y, C, sigma, expected, noise)
    return {k: weights[k] - v for k, v in found.items()}


@wrong("17.private_gradient")
def automatic_clipping(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: sigma * C * v for k, v in noise.items()}
    for g in _gradients(loss, weights, x, y):
        total = {k: total[k] + g[k] * C / (_length(g) + 0.01) for k in g}
    return {k: v / expected for k, v in total.items()}


@wrong("17.private_gradient")
def clips_with_the_noise(loss, weights, x, y, C, sigma, expected, noise):
    total = {k: torch.zeros_like(w) for k, w in weights.items()}
    for g in _gradients(loss, weights, x, y):
        noisy = {k: g[k] + sigma * C * noise[k] for k in g}
        factor = min(1.0, C / _length(noisy))
        total = {k: total[k] + factor * noisy[k] for k in g}
    return {k: v / expected for k, v in total.items()}


# 17.delta_after


@right("17.delta_after")
def pairs_multiplied(p, q, times, epsilon):
    there = back = 0.0
    for chosen in itertools.product(list(zip(p, q, strict=True)), repeat=times):
        a, b = (math.prod(column) for column in zip(*chosen, strict=True))
        there += max(a - math.exp(epsilon) * b, 0)
        back += max(b - math.exp(epsilon) * a, 0)
    return max(there, back)


@right("17.delta_after")
def by_a_tensor_with_many_axes(p, q, times, epsilon):
    a = b = torch.ones(()).double()
    for _ in range(times):
        a = a[..., None] * torch.tensor(p).double()
        b = b[..., None] * torch.tensor(q).double()
    e = math.exp(epsilon)
    return torch.stack([(a - e * b).clamp(min=0).sum(), (b - e * a).relu().sum()]).max()


@right("17.delta_after")
def one_less_the_minimum(p, q, times, epsilon):
    a, b = np.array([1.0]), np.array([1.0])
    for _ in range(times):
        a, b = np.outer(a, p).ravel(), np.outer(b, q).ravel()
    e = np.exp(epsilon)
    return 1 - min(np.minimum(a, e * b).sum(), np.minimum(b, e * a).sum())


@wrong("17.delta_after")
def infinite_losses_skipped(p, q, times, epsilon):
    def one_way(a, b):
        total = 0.0
        for c in itertools.product(range(len(a)), repeat=times):
            x, y = math.prod(a[i] for i in c), math.prod(b[i] for i in c)
            if x > 0 and y > 0 and math.log(x / y) > epsilon:
                total += x - math.exp(epsilon) * y
        return total

    return max(one_way(p, q), one_way(q, p))


@wrong("17.delta_after")
def the_smaller_direction(p, q, times, epsilon):
    a, b = np.array([1.0]), np.array([1.0])
    for _ in range(times):
        a, b = np.outer(a, p).ravel(), np.outer(b, q).ravel()
    e = np.exp(epsilon)
    return min(np.maximum(a - e * b, 0).sum(), np.maximum(b - e * a, 0).sum())


@wrong("17.delta_after")
def absolute_excess(p, q, times, epsilon):
    a, b = np.array([1.0]), np.array([1.0])
    for _ in range(times):
        a, b = np.outer(a, p).ravel(), np.outer(b, q).ravel()
    e = np.exp(epsilon)
    return max(abs(a - e * b).sum(), abs(b - e * a).sum()) / 2


@wrong("17.delta_after")
def order_of_answers_ignored(p, q, times, epsilon):
    def one_way(a, b):
        total = 0.0
        for c in itertools.combinations_with_replacement(range(len(a)), times):
            x, y = math.prod(a[i] for i in c), math.prod(b[i] for i in c)
            total += max(0.0, x - math.exp(epsilon) * y)
        return total

    return max(one_way(p, q), one_way(q, p))


@wrong("17.delta_after")
def without_repetition(p, q, times, epsilon):
    def one_way(a, b):
        total = 0.0
        for c in itertools.permutations(range(len(a)), min(times, len(a))):
            x, y = math.prod(a[i] for i in c), math.prod(b[i] for i in c)
            total += max(0.0, x - math.exp(epsilon) * y)
        return total

    return max(one_way(p, q), one_way(q, p))


@wrong("17.delta_after")
def epsilon_for_each_answer(p, q, times, epsilon):
    return pairs_multiplied(p, q, times, times * epsilon)


# 17.audited_epsilon


def _log_odds(p):
    return max(0.0, math.log(p / (1 - p))) if p > 0 else 0.0


@right("17.audited_epsilon")
def with_scipy_root(right_ones, guesses, confidence):
    if right_ones == 0:
        return 0

    def gap(epsilon):
        p = math.exp(epsilon) / (1 + math.exp(epsilon))
        return stats.binom.sf(right_ones - 1, guesses, p) - (1 - confidence)

    return 0.0 if gap(0.0) >= 0 else optimize.brentq(gap, 0, 30)


@right("17.audited_epsilon")
def with_wrong_guesses(right_ones, guesses, confidence):
    """The upper bound of the share of wrong guesses."""
    if right_ones == 0:
        return np.float64(0.0)
    p = stats.beta.ppf(confidence, guesses - right_ones + 1, right_ones)
    return np.maximum(np.log((1 - p) / p), 0.0)


@right("17.audited_epsilon")
def sums_of_binomials(right_ones, guesses, confidence):
    def at_least(p):
        logs = [
            math.lgamma(guesses + 1)
            - math.lgamma(k + 1)
            - math.lgamma(guesses - k + 1)
            + k * math.log(p)
            + (guesses - k) * math.log1p(-p)
            for k in range(right_ones, guesses + 1)
        ]
        return math.fsum(map(math.exp, logs))

    low, high = 1e-9, 1 - 1e-9
    for _ in range(40):
        p = (low + high) / 2
        low, high = (low, p) if at_least(p) > 1 - confidence else (p, high)
    return _log_odds(low)


@wrong("17.audited_epsilon")
def by_hoeffding(right_ones, guesses, confidence):
    width = math.sqrt(math.log(1 / (1 - confidence)) / (2 * guesses))
    return _log_odds(right_ones / guesses - width)


@wrong("17.audited_epsilon")
def by_wilson(right_ones, guesses, confidence):
    z, p, n = stats.norm.ppf(confidence), right_ones / guesses, guesses
    middle = p + z * z / (2 * n)
    width = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return _log_odds((middle - width) / (1 + z * z / n))


@wrong("17.audited_epsilon")
def by_jeffreys(right_ones, guesses, confidence):
    p = stats.beta.ppf(1 - confidence, right_ones + 0.5, guesses - right_ones + 0.5)
    return _log_odds(float(p))


@wrong("17.audited_epsilon")
def with_a_flat_prior(right_ones, guesses, confidence):
    p = stats.beta.ppf(1 - confidence, right_ones + 1, guesses - right_ones + 1)
    return _log_odds(float(p))


@wrong("17.audited_epsilon")
def absolute_log_odds(right_ones, guesses, confidence):
    if right_ones == 0:
        return 0.0
    p = stats.beta.ppf(1 - confidence, right_ones, guesses - right_ones + 1)
    return abs(math.log(p / (1 - p)))


@wrong("17.audited_epsilon")
def logarithm_of_ten(right_ones, guesses, confidence):
    return with_wrong_guesses(right_ones, guesses, confidence) / math.log(10)
