"""Answers of other people to chapter 17's exercises on shares and members."""

import math

import numpy as np
import scipy.linalg
import torch
from scipy.stats import norm

from tests.answers import right, wrong

# 17.corrected_shares


@right("17.corrected_shares")
def with_scipy(read, confusion):
    return torch.from_numpy(scipy.linalg.solve(confusion.T.numpy(), read.numpy()))


@right("17.corrected_shares")
def row_vector(read, confusion):
    return read @ torch.inverse(confusion)


@right("17.corrected_shares")
def with_lu(read, confusion):
    lu, pivots = torch.linalg.lu_factor(confusion.mT)
    return torch.linalg.lu_solve(lu, pivots, read[:, None])[:, 0]


@right("17.corrected_shares")
def with_the_pseudoinverse(read, confusion):
    return torch.linalg.pinv(confusion.T) @ read


@right("17.corrected_shares")
def by_iteration(read, confusion):
    p = read.clone()
    for _ in range(400):
        p = p + read - confusion.T @ p
    return p


@wrong("17.corrected_shares")
def inverse_not_transposed(read, confusion):
    return torch.linalg.inv(confusion) @ read


@wrong("17.corrected_shares")
def believes_the_classifier(read, confusion):
    return read / read.sum()


@wrong("17.corrected_shares")
def divides_by_recall(read, confusion):
    recall = torch.diag(confusion)
    return read / recall / (read / recall).sum()


@wrong("17.corrected_shares")
def forward_again(read, confusion):
    return torch.einsum("i,ij->j", read, confusion)


@wrong("17.corrected_shares")
def no_negative_shares(read, confusion):
    p = torch.linalg.solve(confusion.T, read)
    return torch.where(p < 0, torch.zeros_like(p), p)


@wrong("17.corrected_shares")
def relu_then_sum_to_one(read, confusion):
    p = torch.relu(torch.linalg.inv(confusion.T) @ read)
    return p / p.sum()


@wrong("17.corrected_shares")
def softmax_of_the_solution(read, confusion):
    return torch.linalg.solve(confusion.T, read).softmax(0)


# 17.accumulated_variance


@right("17.accumulated_variance")
def in_a_loop(n, generations):
    left = 1
    for k in range(generations):
        left *= 1 - 1 / n / (k + 1) ** 2
    return left


@right("17.accumulated_variance")
def with_numpy_product(n, generations):
    k = np.arange(1.0, generations + 1)
    return (1 - 1 / (n * k * k)).prod()


@right("17.accumulated_variance")
def by_gamma_functions(n, generations):
    a, g = 1 / math.sqrt(n), generations
    logs = math.lgamma(g + 1 + a) + math.lgamma(g + 1 - a) - 2 * math.lgamma(g + 1)
    return math.exp(logs - math.lgamma(1 + a) - math.lgamma(1 - a))


@right("17.accumulated_variance")
def by_recursion(n, generations):
    if generations == 0:
        return 1.0
    return by_recursion(n, generations - 1) * (1 - 1 / (n * generations**2))


@right("17.accumulated_variance")
def by_all_numbers(n, generations):
    v = 1.0
    for k in range(generations):
        before, after = k * n, (k + 1) * n
        v *= 1 - n / after**2 if after > before else 1
    return v


@wrong("17.accumulated_variance")
def geometric(n, generations):
    return ((n - 1) / n) ** generations


@wrong("17.accumulated_variance")
def unbiased_so_constant(n, generations):
    return 1


@wrong("17.accumulated_variance")
def harmonic(n, generations):
    left = 1.0
    for k in range(1, generations + 1):
        left *= (n * k - 1) / (n * k)
    return left


@wrong("17.accumulated_variance")
def telescoped(n, generations):
    return 1.0 if generations == 0 else (n * generations - 1) / (n * generations)


@wrong("17.accumulated_variance")
def starts_at_zero(n, generations):
    return math.prod(1 - 1 / (n * k * k) for k in range(1, max(1, generations)))


@wrong("17.accumulated_variance")
def euler_limit(n, generations):
    return np.sinc(1 / np.sqrt(n))


@wrong("17.accumulated_variance")
def losses_summed(n, generations):
    return 1 - sum(k**-2 for k in range(1, generations + 1)) / n


# 17.likelihood_ratio


def _moments(scores, group):
    w = group.double()
    mean = (w * scores).sum(0) / w.sum(0)
    return mean, ((scores - mean) ** 2)[group].mean()


@right("17.likelihood_ratio")
def with_logpdf(score, scores, member):
    (a, u), (b, v) = _moments(scores, member), _moments(scores, ~member)
    inside = norm.logpdf(score.numpy(), a.numpy(), u.sqrt().item())
    return torch.from_numpy(inside - norm.logpdf(score.numpy(), b.numpy(), v**0.5))


@right("17.likelihood_ratio")
def expanded(score, scores, member):
    (a, u), (b, v) = _moments(scores, member), _moments(scores, ~member)
    return (score - b) ** 2 / (2 * v) - (score - a) ** 2 / (2 * u) + (v / u).log() / 2


@right("17.likelihood_ratio")
def with_gaussian_nll(score, scores, member):
    loss = torch.nn.functional.gaussian_nll_loss
    parts = []
    for group in (member, ~member):
        mean, var = _moments(scores, group)
        parts.append(loss(mean, score, var.expand_as(mean), reduction="none"))
    return parts[1] - parts[0]


@right("17.likelihood_ratio")
def with_masked_arrays(score, scores, member):
    found = []
    for hidden in (~member, member):
        kept = np.ma.masked_array(scores.numpy(), hidden.numpy())
        mean = kept.mean(0)
        var = ((kept - mean) ** 2).mean()
        gap = score.numpy() - mean.data
        found.append(-0.5 * np.log(2 * np.pi * var) - gap**2 / (2 * var))
    return torch.from_numpy(found[0] - found[1])


@right("17.likelihood_ratio")
def with_log_prob(score, scores, member):
    logs = [
        torch.distributions.Normal(mean, var.sqrt()).log_prob(score)
        for mean, var in (_moments(scores, g) for g in (member, ~member))
    ]
    return logs[0].sub(logs[1])


@wrong("17.likelihood_ratio")
def raw_scores(score, scores, member):
    return 1.0 * score


@wrong("17.likelihood_ratio")
def out_minus_in(score, scores, member):
    return -expanded(score, scores, member)


@wrong("17.likelihood_ratio")
def z_score_of_the_out_models(score, scores, member):
    b, v = _moments(scores, ~member)
    return (score - b) / v**0.5


@wrong("17.likelihood_ratio")
def densities_divided(score, scores, member):
    return torch.exp(expanded(score, scores, member))


@wrong("17.likelihood_ratio")
def normalisation_left_out(score, scores, member):
    (a, u), (b, v) = _moments(scores, member), _moments(scores, ~member)
    return 0.5 * ((score - b) ** 2 / v - (score - a) ** 2 / u)


@wrong("17.likelihood_ratio")
def per_picture_variances(score, scores, member):
    found = []
    for group in (member, ~member):
        kept = torch.where(group, scores, torch.nan)
        mean = kept.nanmean(0)
        var = (kept - mean).square().nanmean(0)
        found.append(torch.distributions.Normal(mean, var.sqrt()).log_prob(score))
    return found[0] - found[1]


@wrong("17.likelihood_ratio")
def mean_over_pictures(score, scores, member):
    a, b = scores[member], scores[~member]
    inside = torch.distributions.Normal(a.mean(), a.std(correction=0))
    outside = torch.distributions.Normal(b.mean(), b.std(correction=0))
    return inside.log_prob(score) - outside.log_prob(score)


@wrong("17.likelihood_ratio")
def without_log_two_pi_but_deviation(score, scores, member):
    (a, u), (b, v) = _moments(scores, member), _moments(scores, ~member)
    inside = -u.sqrt().log() - (score - a) ** 2 / u
    return inside + v.sqrt().log() + (score - b) ** 2 / v


# 17.gaussian_sigma


def _delta(epsilon, mu):
    return norm.cdf(mu / 2 - epsilon / mu) - np.exp(epsilon) * norm.cdf(
        -mu / 2 - epsilon / mu
    )


def _bisected(target, low=1e-3, high=1e3):
    """The x between where target turns from True to False."""
    for _ in range(80):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if target(middle) else (low, middle)
    return low


@right("17.gaussian_sigma")
def mu_by_bisection(epsilon, delta, sensitivity):
    return sensitivity / _bisected(lambda mu: _delta(epsilon, mu) < delta)


@right("17.gaussian_sigma")
def with_fsolve_like_secant(epsilon, delta, sensitivity):
    from scipy.optimize import root_scalar

    found = root_scalar(
        lambda s: _delta(epsilon, 1 / s) - delta, bracket=[0.02, 500], method="brentq"
    )
    return found.root * sensitivity


@right("17.gaussian_sigma")
def grid_then_finer(epsilon, delta, sensitivity):
    low, high = 1e-2, 1e3
    for _ in range(8):
        grid = np.geomspace(low, high, 60)
        enough = _delta(epsilon, 1 / grid) <= delta
        i = int(enough.argmax())
        low, high = grid[i - 1], grid[i]
    return high * sensitivity


@right("17.gaussian_sigma")
def sensitivity_inside(epsilon, delta, sensitivity):
    s = 1 / _bisected(lambda t: _delta(epsilon, sensitivity * t) < delta, 1e-4, 1e4)
    return torch.tensor(s)


@right("17.gaussian_sigma")
def with_math_erf(epsilon, delta, sensitivity):
    def phi(x):
        return (1 + math.erf(x / 2**0.5)) / 2

    low, high = 0.0, 40.0
    while high - low > 1e-9:
        mu = (low + high) / 2
        tail = math.exp(epsilon) * (1 - phi(mu / 2 + epsilon / mu))
        if phi(mu / 2 - epsilon / mu) - tail > delta:
            high = mu
        else:
            low = mu
    return sensitivity / low


@wrong("17.gaussian_sigma")
def textbook(epsilon, delta, sensitivity):
    return (2 * np.log(1.25 / delta)) ** 0.5 * sensitivity / epsilon


@wrong("17.gaussian_sigma")
def textbook_without_sensitivity(epsilon, delta, sensitivity):
    return (2 * np.log(1.25 / delta)) ** 0.5 / epsilon


@wrong("17.gaussian_sigma")
def like_laplace(epsilon, delta, sensitivity):
    return sensitivity * (1 / epsilon)


@wrong("17.gaussian_sigma")
def one_tail(epsilon, delta, sensitivity):
    def too_much(mu):
        return norm.sf(epsilon / mu - mu / 2) < delta

    return sensitivity / _bisected(too_much)


@wrong("17.gaussian_sigma")
def unit_sensitivity(epsilon, delta, sensitivity):
    return 1 / _bisected(lambda mu: _delta(epsilon, mu) < delta)


@wrong("17.gaussian_sigma")
def squared_deviation(epsilon, delta, sensitivity):
    return mu_by_bisection(epsilon, delta, sensitivity) ** 2


@wrong("17.gaussian_sigma")
def just_mu(epsilon, delta, sensitivity):
    return _bisected(lambda mu: _delta(epsilon, mu) < delta)


@wrong("17.gaussian_sigma")
def ten_percent_for_safety(epsilon, delta, sensitivity):
    return 1.1 * mu_by_bisection(epsilon, delta, sensitivity)


# 17.compose


@right("17.compose")
def with_sets(releases):
    everyone = sum((s / g) ** 2 for part, s, g in releases if part is None)
    classes = {part for part, *_ in releases if part is not None}
    own = [sum((s / g) ** 2 for q, s, g in releases if q == c) for c in classes]
    return (everyone + (max(own) if own else 0)) ** 0.5


@right("17.compose")
def with_groupby(releases):
    import itertools

    named = [one for one in releases if one[0] is not None]
    key = lambda one: one[0]  # noqa: E731
    groups = itertools.groupby(sorted(named, key=key), key)
    worst = max(
        (sum((s / g) ** 2 for _, s, g in rows) for _, rows in groups), default=0
    )
    rest = sum((s / g) ** 2 for part, s, g in releases if part is None)
    return math.sqrt(worst + rest)


@right("17.compose")
def with_numpy_sums(releases):
    parts = np.array([-1 if one[0] is None else one[0] for one in releases])
    squares = np.array([(s / g) ** 2 for _, s, g in releases])
    own = [squares[parts == c].sum() for c in range(max(0, parts.max()) + 1)]
    return np.sqrt(squares[parts == -1].sum() + max(own))


@right("17.compose")
def effective_sigma(releases):
    """One release of sensitivity 1 whose sigma says the same."""
    people = [one[0] for one in releases if one[0] is not None] or [None]
    sigmas = [
        1 / math.sqrt(sum((s / g) ** 2 for q, s, g in releases if q in (None, person)))
        for person in people
    ]
    return 1 / min(sigmas)


@right("17.compose")
def with_torch(releases):
    found = []
    for c in {one[0] for one in releases}:
        mine = [s / g for q, s, g in releases if q is None or q == c]
        found.append(torch.tensor(mine, dtype=torch.float64).norm())
    return torch.stack(found).max()


@wrong("17.compose")
def hypot_of_all(releases):
    return math.hypot(*(s / g for _, s, g in releases))


@wrong("17.compose")
def epsilon_style_sum(releases):
    return sum(s / g for _, s, g in releases)


@wrong("17.compose")
def worst_release(releases):
    return max([s / g for _, s, g in releases])


@wrong("17.compose")
def squares_left(releases):
    return with_sets(releases) ** 2


@wrong("17.compose")
def without_sensitivities(releases):
    return with_sets([(part, 1, g) for part, _, g in releases])


@wrong("17.compose")
def average_class(releases):
    classes = {part for part, *_ in releases if part is not None}
    total = sum((s / g) ** 2 for part, s, g in releases if part is not None)
    rest = sum((s / g) ** 2 for part, s, g in releases if part is None)
    return math.sqrt(rest + total / max(1, len(classes)))


@wrong("17.compose")
def only_its_own_class(releases):
    classes = {part for part, *_ in releases if part is not None} or {None}
    own = [sum((s / g) ** 2 for q, s, g in releases if q == c) for c in classes]
    return math.sqrt(max(own))
