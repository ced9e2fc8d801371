"""Answers of a reader to chapter 17: shares, own output, members, promises."""

import math

import numpy as np
import torch
from scipy import optimize, special, stats

from tests.answers import right, wrong

# 17.corrected_shares


@right("17.corrected_shares")
def numpy_on_tensors(read, confusion):
    return np.linalg.solve(np.asarray(confusion).T, np.asarray(read))


@right("17.corrected_shares")
def by_elimination(read, confusion):
    n = len(read)
    rows = [[float(confusion[i, j]) for i in range(n)] for j in range(n)]
    for j, row in enumerate(rows):
        row.append(float(read[j]))
    for i in range(n):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(n):
            if j != i:
                factor = rows[j][i]
                pairs = zip(rows[j], rows[i], strict=True)
                rows[j] = [a - factor * b for a, b in pairs]
    return torch.tensor([row[-1] for row in rows])


@right("17.corrected_shares")
def in_single_precision(read, confusion):
    return torch.linalg.solve(confusion.T.float(), read.float()[:, None]).squeeze(1)


@right("17.corrected_shares")
def by_cramers_rule(read, confusion):
    found = []
    for i in range(len(read)):
        swapped = confusion.clone()
        swapped[i] = read
        found.append(torch.linalg.det(swapped) / torch.linalg.det(confusion))
    return torch.stack(found)


@right("17.corrected_shares")
def divided_by_the_sum_which_is_one(read, confusion):
    p = torch.einsum("ij,i->j", confusion.inverse(), read)
    return p / p.sum()


@wrong("17.corrected_shares")
def nonnegative_least_squares(read, confusion):
    return torch.tensor(optimize.nnls(confusion.T.numpy(), read.numpy())[0])


@wrong("17.corrected_shares")
def expectation_maximisation(read, confusion):
    p = torch.full_like(read, 1 / len(read))
    for _ in range(100):
        joint = confusion * p[:, None]
        p = (joint / joint.sum(0)) @ read
    return p


@wrong("17.corrected_shares")
def absolute_shares(read, confusion):
    return torch.linalg.solve(confusion.T, read).abs()


@wrong("17.corrected_shares")
def with_a_ridge(read, confusion):
    n = len(read)
    return torch.linalg.solve(confusion.T + 0.01 * torch.eye(n).double(), read)


@wrong("17.corrected_shares")
def row_times_inverse_transposed(read, confusion):
    return read @ torch.linalg.inv(confusion.T)


# 17.accumulated_variance


@right("17.accumulated_variance")
def with_torch_prod(n, generations):
    k = torch.arange(1, generations + 1)
    return (1 - 1 / (n * k**2)).prod()


@right("17.accumulated_variance")
def by_the_second_moment(n, generations):
    """E of the mean square of all numbers less that of their mean."""
    left = 1.0
    for k in range(1, generations + 1):
        N, new = (k - 1) * n, n
        inside = N + new * (1 - 1 / new)
        between = N * new / (N + new) / new
        left *= (inside + between) / (N + new)
    return left


@right("17.accumulated_variance")
def two_factors(n, generations):
    """1 - 1/(n k^2) = (1 - 1/(sqrt(n) k)) (1 + 1/(sqrt(n) k))."""
    k = np.arange(1, generations + 1) * n**0.5
    return np.prod((k - 1) / k) * np.prod((k + 1) / k)


@wrong("17.accumulated_variance")
def monte_carlo(n, generations):
    """A simulation of a few chains; three generations at most, to be quick."""
    numbers = torch.zeros(50, 0)
    mean, deviation = torch.zeros(50, 1), torch.ones(50, 1)
    for _ in range(min(3, generations)):
        numbers = torch.cat([numbers, mean + deviation * torch.randn(50, n)], 1)
        mean = numbers.mean(1, keepdim=True)
        deviation = numbers.std(1, correction=0, keepdim=True)
    return float(deviation.square().mean())


@wrong("17.accumulated_variance")
def counts_from_two(n, generations):
    """N = k n, as if the first fit were made to 2 n numbers."""
    return math.prod(1 - 1 / (n * k * k) for k in range(2, generations + 2))


@wrong("17.accumulated_variance")
def new_numbers_keep_the_variance(n, generations):
    left = 1 - 1 / n if generations else 1.0
    for k in range(2, generations + 1):
        N = (k - 1) * n
        left *= (N + n + N / (N + n)) / (N + n)
    return left


@wrong("17.accumulated_variance")
def unbiased_estimates(n, generations):
    return math.prod((k * n) / (k * n - 1) * (1 - 1 / (n * k)) for k in range(1, 3))


@wrong("17.accumulated_variance")
def linear_weights(n, generations):
    """Old and new mixed by their shares: the new part has lost 1/n."""
    return math.prod(1 - 1 / (k * n) for k in range(1, generations + 1))


@wrong("17.accumulated_variance")
def square_on_n(n, generations):
    return math.prod(1 - 1 / (n * k) ** 2 for k in range(1, generations + 1))


# 17.likelihood_ratio


def _logs(score, mean, var):
    return -((score - mean) ** 2) / (2 * var) - var.log() / 2


@right("17.likelihood_ratio")
def transposed_then_indexed(score, scores, member):
    n = len(score)
    found = []
    for group in (member.T, ~member.T):
        mine = scores.T[group].view(n, -1)  # row after row is picture after picture
        mean = mine.mean(1)
        found.append(_logs(score, mean, (mine - mean[:, None]).square().mean()))
    return found[0] - found[1]


@right("17.likelihood_ratio")
def plain_loops(score, scores, member):
    models, n = scores.shape
    logs = {}
    for inside in (True, False):
        means, squares = [], []
        for i in range(n):
            mine = [
                float(scores[s, i])
                for s in range(models)
                if bool(member[s, i]) == inside
            ]
            means.append(sum(mine) / len(mine))
            squares += [(v - means[-1]) ** 2 for v in mine]
        var = sum(squares) / len(squares)
        logs[inside] = [
            -math.log(math.sqrt(2 * math.pi * var))
            - (float(score[i]) - means[i]) ** 2 / 2 / var
            for i in range(n)
        ]
    return torch.tensor(logs[True]) - torch.tensor(logs[False])


@right("17.likelihood_ratio")
def in_float32_with_einsum(score, scores, member):
    x, s = scores.float(), score.float()
    found = []
    for w in (member.float(), 1 - member.float()):
        mean = torch.einsum("sn,sn->n", w, x) / w.sum(0)
        var = torch.einsum("sn,sn->", w, (x - mean) ** 2) / w.sum()
        found.append(_logs(s, mean, var))
    return found[0] - found[1]


@right("17.likelihood_ratio")
def by_nanmean(score, scores, member):
    inside = np.where(member, scores, np.nan)
    outside = np.where(member, np.nan, scores)
    logs = []
    for x in (inside, outside):
        mean = np.nanmean(x, axis=0)
        deviation = np.sqrt(np.nanmean((x - mean) ** 2))
        logs.append(stats.norm(mean, deviation).logpdf(score))
    return logs[0] - logs[1]


@wrong("17.likelihood_ratio")
def indexed_then_reshaped(score, scores, member):
    n, found = len(score), []
    for group in (member, ~member):
        mine = scores[group].view(-1, n)
        mean = mine.mean(0)
        found.append(_logs(score, mean, (mine - mean).square().mean()))
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def default_of_torch_var(score, scores, member):
    found = []
    for group in (member, ~member):
        w = group.double()
        mean = (w * scores).sum(0) / w.sum(0)
        found.append(_logs(score, mean, (scores - mean)[group].var()))
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def degrees_of_freedom_subtracted(score, scores, member):
    found = []
    for group in (member, ~member):
        w = group.double()
        mean = (w * scores).sum(0) / w.sum(0)
        squares = (w * (scores - mean) ** 2).sum()
        found.append(_logs(score, mean, squares / (w.sum() - len(score))))
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def mean_over_zeros_too(score, scores, member):
    found = []
    for group in (member, ~member):
        x = scores * group
        mean = x.mean(0)
        found.append(_logs(score, mean, (x - mean).square().mean()))
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def exponent_without_the_half(score, scores, member):
    found = []
    for group in (member, ~member):
        w = group.double()
        mean = (w * scores).sum(0) / w.sum(0)
        var = (w * (scores - mean) ** 2).sum() / w.sum()
        found.append(-((score - mean) ** 2) / var - 0.5 * var.log())
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def mean_of_the_variances(score, scores, member):
    found = []
    for group in (member, ~member):
        x = torch.where(group, scores, torch.nan)
        mean = x.nanmean(0)
        count = group.sum(0)
        var = ((x - mean).square().nansum(0) / (count - 1)).mean()
        found.append(_logs(score, mean, var))
    return found[0] - found[1]


# 17.gaussian_sigma


def _spent(epsilon, mu):
    a = stats.norm.cdf(mu / 2 - epsilon / mu)
    return a - math.exp(epsilon) * stats.norm.cdf(-mu / 2 - epsilon / mu)


@right("17.gaussian_sigma")
def with_toms748(epsilon, delta, sensitivity):
    def gap(sigma):
        return _spent(epsilon, sensitivity / sigma) - delta

    return optimize.toms748(gap, 0.01 * sensitivity, 1000 * sensitivity)


@right("17.gaussian_sigma")
def in_logarithms(epsilon, delta, sensitivity):
    low, high = -8.0, 5.0
    while high - low > 1e-8:
        mu = math.exp((low + high) / 2)
        a = special.log_ndtr(mu / 2 - epsilon / mu)
        b = epsilon + special.log_ndtr(-mu / 2 - epsilon / mu)
        if a + math.log1p(-math.exp(b - a)) > math.log(delta):
            high = math.log(mu)
        else:
            low = math.log(mu)
    return np.float64(sensitivity * math.exp(-low))


@right("17.gaussian_sigma")
def with_torch_ndtr(epsilon, delta, sensitivity):
    sigma = torch.logspace(-1.5, 3, 4001, dtype=torch.float64)
    for _ in range(2):
        mu = 1 / sigma
        over = torch.special.ndtr(mu / 2 - epsilon / mu)
        under = math.exp(epsilon) * torch.special.ndtr(-mu / 2 - epsilon / mu)
        i = int(((over - under) <= delta).double().argmax())
        sigma = torch.linspace(float(sigma[i - 1]), float(sigma[i]), 4001).double()
    return sigma[-1] * sensitivity


@wrong("17.gaussian_sigma")
def by_concentrated_privacy(epsilon, delta, sensitivity):
    root = math.sqrt(2 * math.log(1 / delta))
    return sensitivity / (math.sqrt(root**2 + 2 * epsilon) - root)


@wrong("17.gaussian_sigma")
def bisection_up_to_ten(epsilon, delta, sensitivity):
    low, high = 0.01, 10.0
    for _ in range(60):
        sigma = (low + high) / 2
        enough = _spent(epsilon, sensitivity / sigma) <= delta
        low, high = (low, sigma) if enough else (sigma, high)
    return high


@wrong("17.gaussian_sigma")
def last_that_fails(epsilon, delta, sensitivity):
    sigma = 0.05
    while _spent(epsilon, sensitivity / (sigma + 0.05)) > delta:
        sigma += 0.05
    return sigma


@wrong("17.gaussian_sigma")
def sensitivity_twice(epsilon, delta, sensitivity):
    def gap(mu):
        return _spent(epsilon, mu) - delta

    return sensitivity**2 / optimize.brentq(gap, 1e-4, 50)


@wrong("17.gaussian_sigma")
def signs_of_the_quotients(epsilon, delta, sensitivity):
    def gap(mu):
        a = stats.norm.cdf(-epsilon / mu)
        return a - math.exp(epsilon) * stats.norm.cdf(-mu - epsilon / mu) - delta

    return sensitivity / optimize.brentq(gap, 1e-4, 50)


# 17.compose


@right("17.compose")
def list_of_ten_classes(releases):
    squares = [0.0] * 10
    for part, sensitivity, sigma in releases:
        for c in range(10) if part is None else [part]:
            squares[c] += (sensitivity / sigma) ** 2
    return max(squares) ** 0.5


@right("17.compose")
def norms_of_norms(releases):
    def length(c):
        mine = [s / g for q, s, g in releases if q == c and (q is None) == (c is None)]
        return float(np.linalg.norm(mine))

    most = max(length(c) for c in range(20))
    return np.hypot(length(None), most)


@right("17.compose")
def precisions(releases):
    """1 / sigma^2 adds up."""
    classes = sorted({q for q, _, _ in releases if q is not None})
    worst = 0.0
    for c in [*classes, None]:
        mine = [g**-2 * s**2 for q, s, g in releases if q is None or q == c]
        worst = max(worst, math.fsum(mine))
    return torch.tensor(worst).sqrt()


@wrong("17.compose")
def falsy_class_zero(releases):
    total, everyone = {}, 0.0
    for part, s, g in releases:
        if not part:
            everyone += (s / g) ** 2
        else:
            total[part] = total.get(part, 0.0) + (s / g) ** 2
    return math.sqrt(everyone + max(total.values(), default=0.0))


@wrong("17.compose")
def two_lengths_added(releases):
    everyone = math.hypot(*(s / g for q, s, g in releases if q is None))
    classes = {q for q, _, _ in releases if q is not None}
    own = [math.hypot(*(s / g for q, s, g in releases if q == c)) for c in classes]
    return everyone + max(own, default=0.0)


@wrong("17.compose")
def sums_before_dividing(releases):
    def whole(c):
        mine = [one for one in releases if one[0] is None or one[0] == c]
        total = sum(s for _, s, _ in mine)
        return total / math.sqrt(sum(g**2 for *_, g in mine))

    return max(whole(c) for c in {q for q, *_ in releases})


@wrong("17.compose")
def least_exposed(releases):
    classes = {q for q, _, _ in releases if q is not None} or {None}
    return min(
        math.hypot(*(s / g for q, s, g in releases if q is None or q == c))
        for c in classes
    )


@wrong("17.compose")
def last_of_each_class(releases):
    """A dict that keeps the last release of a class."""
    last = {q: (s / g) ** 2 for q, s, g in releases}
    everyone = last.pop(None, 0.0)
    return math.sqrt(everyone + max(last.values(), default=0.0))
