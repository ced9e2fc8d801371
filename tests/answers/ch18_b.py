"""Answers of other people to chapter 18's exercises on watermarks."""

import math
from statistics import NormalDist

import numpy as np
import torch
from scipy import stats
from scipy.special import ndtri

from tests.answers import right, wrong

# 18.whitened_key


@right("18.whitened_key")
def by_cholesky(pictures, key, ridge):
    C = torch.cov(pictures.T) + ridge * torch.eye(len(key))
    L = torch.linalg.cholesky(C)
    white = torch.linalg.solve_triangular(L, key[:, None], upper=False)
    w = torch.linalg.solve_triangular(L.T, white, upper=True)[:, 0]
    return w / white.norm()


@right("18.whitened_key")
def by_singular_values(pictures, key, ridge):
    x = pictures - pictures.mean(0, keepdim=True)
    _, s, vt = torch.linalg.svd(x, full_matrices=False)
    variance = s**2 / (len(x) - 1) + ridge
    w = vt.T @ ((vt @ key) / variance)
    return w / torch.dot(key, w) ** 0.5


@right("18.whitened_key")
def in_double(pictures, key, ridge):
    C = np.cov(pictures.double().numpy().T) + ridge * np.identity(len(key))
    w = np.linalg.solve(C, key.double().numpy())
    return torch.tensor(w / math.sqrt(w @ C @ w))


@right("18.whitened_key")
def by_the_inverse(pictures, key, ridge):
    centred = pictures - pictures.mean(0)
    C = centred.T @ centred / len(pictures)
    C.diagonal().add_(ridge)
    inverse = torch.linalg.inv(C)
    return inverse @ key / torch.sqrt(key @ inverse @ key)


@right("18.whitened_key")
def by_conjugate_gradients(pictures, key, ridge):
    from scipy.sparse.linalg import cg

    C = torch.cov(pictures.T).double().numpy() + ridge * np.eye(len(key))
    w, _ = cg(C, key.double().numpy(), rtol=1e-10)
    return w / np.sqrt(key.numpy() @ w)


@wrong("18.whitened_key")
def just_the_key(pictures, key, ridge):
    C = torch.cov(pictures.T) + ridge * torch.eye(len(key))
    return key / torch.sqrt(key @ C @ key)


@wrong("18.whitened_key")
def solved_only(pictures, key, ridge):
    return torch.linalg.solve(torch.cov(pictures.T) + ridge * torch.eye(len(key)), key)


@wrong("18.whitened_key")
def normalised(pictures, key, ridge):
    w = torch.linalg.solve(torch.cov(pictures.T) + ridge * torch.eye(len(key)), key)
    return torch.nn.functional.normalize(w, dim=0)


@wrong("18.whitened_key")
def by_variances(pictures, key, ridge):
    w = key / (pictures.var(0) + ridge)
    return w / (w @ (torch.cov(pictures.T) + ridge * torch.eye(len(key))) @ w).sqrt()


@wrong("18.whitened_key")
def second_moments(pictures, key, ridge):
    C = pictures.T @ pictures / len(pictures) + ridge * torch.eye(len(key))
    w = torch.linalg.inv(C) @ key
    return w / (w @ C @ w).sqrt()


@wrong("18.whitened_key")
def largest_direction(pictures, key, ridge):
    return torch.linalg.eigh(torch.cov(pictures.T)).eigenvectors[:, -1]


# 18.fresh_threshold


@right("18.fresh_threshold")
def from_the_sorted(scores, rate):
    n = len(scores)
    k = int(rate * (n + 1) + 1e-6)
    return np.sort(scores.numpy())[::-1][k - 1] if k >= 1 else np.inf


@right("18.fresh_threshold")
def counting_down(scores, rate):
    ordered = sorted(float(s) for s in scores)
    n, t = len(ordered), math.inf
    for k in range(1, n + 1):
        if k / (n + 1) > rate + 1e-12:
            break
        t = ordered[n - k]
    return t


@right("18.fresh_threshold")
def smallest_that_passes(scores, rate):
    """P = (1 + number of old scores >= t) / (n + 1) has to be at most rate."""
    good = [
        float(t)
        for t in scores
        if int((scores > t).sum()) + 1 <= rate * (len(scores) + 1) + 1e-9
    ]
    return min(good, default=math.inf)


@right("18.fresh_threshold")
def with_numpy_partition(scores, rate):
    k = math.floor(round(rate * (len(scores) + 1), 9))
    values = scores.numpy()
    return float(np.partition(values, -k)[-k]) if k else float("inf")


@right("18.fresh_threshold")
def with_kth_value(scores, rate):
    n = scores.numel()
    k = int(np.floor(rate * (n + 1) + 1e-9))
    if k < 1:
        return torch.tensor(float("inf"))
    return scores.kthvalue(n - k + 1)[0]


@wrong("18.fresh_threshold")
def numpy_quantile(scores, rate):
    return float(np.quantile(scores.numpy(), 1 - rate))


@wrong("18.fresh_threshold")
def three_sigma(scores, rate):
    return float(scores.mean() + 3 * scores.std())


@wrong("18.fresh_threshold")
def normal_quantile(scores, rate):
    return float(scores.mean() + NormalDist().inv_cdf(1 - rate) * scores.std())


@wrong("18.fresh_threshold")
def the_maximum(scores, rate):
    return scores.max().item()


@wrong("18.fresh_threshold")
def always_finite(scores, rate):
    k = max(1, math.floor(rate * (len(scores) + 1) + 1e-9))
    return float(scores.sort(descending=True).values[k - 1])


@wrong("18.fresh_threshold")
def n_ranks(scores, rate):
    k = int(rate * len(scores) + 1e-9)
    return float(scores.sort(descending=True).values[k - 1]) if k else math.inf


# 18.search_threshold


@right("18.search_threshold")
def with_ppf(rate, places):
    return stats.norm.ppf(1 - rate / places)


@right("18.search_threshold")
def with_special(rate, places):
    return float(-ndtri(rate / places))


@right("18.search_threshold")
def by_bisection(rate, places):
    low, high = 0.0, 40.0
    for _ in range(100):
        t = (low + high) / 2
        low, high = (
            (low, t) if places * math.erfc(t / 2**0.5) / 2 <= rate else (t, high)
        )
    return high


@right("18.search_threshold")
def with_torch(rate, places):
    return -torch.special.ndtri(torch.tensor(rate / places, dtype=torch.float64))


@right("18.search_threshold")
def each_share(rate, places):
    shares = np.full(min(places, 5), rate / places)
    return stats.norm().isf(shares)[0]


@wrong("18.search_threshold")
def no_correction(rate, places):
    return float(stats.norm.ppf(1 - rate))


@wrong("18.search_threshold")
def other_tail(rate, places):
    return NormalDist().inv_cdf(rate / places)


@wrong("18.search_threshold")
def both_tails(rate, places):
    return float(stats.norm.isf(rate / (2 * places)))


@wrong("18.search_threshold")
def times_places(rate, places):
    return float(stats.norm.isf(rate)) * places


@wrong("18.search_threshold")
def plus_logarithm(rate, places):
    return float(stats.norm.isf(rate)) + math.log(places)


@wrong("18.search_threshold")
def root_of_places(rate, places):
    return float(stats.norm.isf(rate / places**0.5))


# 18.forged


@right("18.forged")
def step_by_step(marked, plain, target, strength):
    estimate = torch.mean(marked, dim=0) - torch.mean(plain, dim=0)
    rms = torch.sqrt(torch.mean(estimate**2))
    return torch.clip(target + estimate / rms * strength, min=-1.0, max=1.0)


@right("18.forged")
def all_numpy(marked, plain, target, strength):
    d = marked.numpy().mean(0) - plain.numpy().mean(0)
    return np.minimum(
        1, np.maximum(-1, target.numpy() + strength * d / d.std(ddof=0, mean=0.0))
    )


@right("18.forged")
def hard_limits(marked, plain, target, strength):
    d = marked.mean(0).sub(plain.mean(0))
    out = target + d.mul(strength * d.numel() ** 0.5 / d.norm())
    out = torch.where(out > 1, torch.ones_like(out), out)
    return torch.where(out < -1, -torch.ones_like(out), out)


@right("18.forged")
def by_a_product(marked, plain, target, strength):
    weights = torch.cat(
        [
            torch.full((len(marked),), 1 / len(marked)),
            torch.full((len(plain),), -1 / len(plain)),
        ]
    )
    d = weights @ torch.cat([marked, plain])
    return (target + strength * d / (d @ d / len(d)).sqrt()).clamp(min=-1, max=1)


@right("18.forged")
def picture_by_picture(marked, plain, target, strength):
    d = sum(marked) / len(marked) - sum(plain) / len(plain)
    scale = strength / math.sqrt(float((d * d).mean()))
    return torch.stack([(one + scale * d).clamp(-1, 1) for one in target])


@wrong("18.forged")
def mean_of_marked(marked, plain, target, strength):
    d = marked.mean(0)
    return (target + strength * d / d.square().mean().sqrt()).clamp(-1, 1)


@wrong("18.forged")
def no_clip(marked, plain, target, strength):
    d = marked.mean(0) - plain.mean(0)
    return target + strength * d / d.square().mean().sqrt()


@wrong("18.forged")
def by_norm(marked, plain, target, strength):
    d = marked.mean(0) - plain.mean(0)
    return (target + strength * d / d.norm()).clamp(-1, 1)


@wrong("18.forged")
def removes(marked, plain, target, strength):
    d = plain.mean(0) - marked.mean(0)
    return (target + strength * d / d.square().mean().sqrt()).clamp(-1, 1)


@wrong("18.forged")
def adds_the_difference(marked, plain, target, strength):
    return (target + marked.mean(0) - plain.mean(0)).clamp(-1, 1)


@wrong("18.forged")
def sign_pattern(marked, plain, target, strength):
    return (target + strength * torch.sign(marked.mean(0) - plain.mean(0))).clamp(-1, 1)


# 18.green_p_value


@right("18.green_p_value")
def with_a_dictionary(tokens, green, share):
    seen = {(tokens[i], tokens[i + 1]): None for i in range(len(tokens) - 1)}
    g = sum(1 for a, b in seen if green(a, b))
    return 1 - stats.binom.cdf(g - 1, len(seen), share) if seen else 1.0


@right("18.green_p_value")
def by_the_beta_function(tokens, green, share):
    pairs = {*zip(tokens[:-1], tokens[1:], strict=True)}
    n, g = len(pairs), sum(green(*pair) for pair in pairs)
    return stats.beta.cdf(share, g, n - g + 1) if g else 1.0


@right("18.green_p_value")
def summed_mass(tokens, green, share):
    pairs = list(dict.fromkeys(zip(tokens, tokens[1:], strict=False)))
    g = [green(a, b) for a, b in pairs].count(True)
    return sum(stats.binom.pmf(k, len(pairs), share) for k in range(g, len(pairs) + 1))


@right("18.green_p_value")
def by_polynomial(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    mass = np.array([1.0])
    for _ in pairs:
        mass = np.convolve(mass, [1 - share, share])
    return mass[sum(bool(green(a, b)) for a, b in pairs) :].sum()


@right("18.green_p_value")
def with_numpy_unique(tokens, green, share):
    if len(tokens) < 2:
        return 1.0
    pairs = np.unique(np.stack([tokens[:-1], tokens[1:]], 1), axis=0)
    g = sum(bool(green(int(a), int(b))) for a, b in pairs)
    return stats.binomtest(g, len(pairs), share, alternative="greater").pvalue


@wrong("18.green_p_value")
def every_pair(tokens, green, share):
    g = sum(bool(green(a, b)) for a, b in zip(tokens, tokens[1:], strict=False))
    return float(stats.binom.sf(g - 1, len(tokens) - 1, share))


@wrong("18.green_p_value")
def strictly_more(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    g = sum(bool(green(a, b)) for a, b in pairs)
    return float(stats.binom.sf(g, len(pairs), share))


@wrong("18.green_p_value")
def z_score(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    n, g = len(pairs), sum(bool(green(a, b)) for a, b in pairs)
    return (g - share * n) / math.sqrt(n * share * (1 - share)) if n else 0.0


@wrong("18.green_p_value")
def by_normal(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    n, g = len(pairs), sum(bool(green(a, b)) for a, b in pairs)
    if n == 0:
        return 1.0
    return float(stats.norm.sf((g - share * n) / math.sqrt(n * share * (1 - share))))


@wrong("18.green_p_value")
def lower_tail_of_it(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    g = sum(bool(green(a, b)) for a, b in pairs)
    return float(stats.binom.cdf(g, len(pairs), share))


@wrong("18.green_p_value")
def with_swapped_arguments(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    g = sum(bool(green(b, a)) for a, b in pairs)
    return float(stats.binom.sf(g - 1, len(pairs), share))


# 18.bits_needed


@right("18.bits_needed")
def upwards(n, rate):
    k = 0
    while stats.binom.sf(k - 1, n, 0.5) > rate:
        k += 1
    return k


@right("18.bits_needed")
def exact_integers(n, rate):
    from fractions import Fraction

    limit, tail = Fraction(rate) * 2**n, 0
    for k in range(n, -1, -1):
        tail += math.comb(n, k)
        if tail > limit:
            return k + 1
    return 0


@right("18.bits_needed")
def from_an_array(n, rate):
    k = np.arange(n + 2)
    return int(k[stats.binom.sf(k - 1, n, 0.5) <= rate][0])


@right("18.bits_needed")
def with_beta(n, rate):
    return next(
        k for k in range(1, n + 2) if k > n or stats.beta.cdf(0.5, k, n - k + 1) <= rate
    )


@right("18.bits_needed")
def by_halving(n, rate):
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        if stats.binom.sf(middle - 1, n, 0.5) <= rate:
            high = middle
        else:
            low = middle + 1
    return low


@wrong("18.bits_needed")
def isf_alone(n, rate):
    return int(stats.binom.isf(rate, n, 0.5))


@wrong("18.bits_needed")
def ppf_alone(n, rate):
    return int(stats.binom.ppf(1 - rate, n, 0.5))


@wrong("18.bits_needed")
def gaussian(n, rate):
    return math.ceil(n / 2 + stats.norm.isf(rate) * math.sqrt(n) / 2)


@wrong("18.bits_needed")
def gaussian_corrected(n, rate):
    return math.ceil(n / 2 + stats.norm.isf(rate) * math.sqrt(n) / 2 + 0.5)


@wrong("18.bits_needed")
def both_sides(n, rate):
    return int(stats.binom.isf(rate / 2, n, 0.5)) + 1


@wrong("18.bits_needed")
def three_quarters(n, rate):
    return math.ceil(0.75 * n)
