"""Answers of another reader to chapter 21's exercises on judging and reviewing."""

import itertools
import math
import random
import statistics
from collections import deque
from fractions import Fraction
from functools import cache
from statistics import NormalDist

import numpy as np
import torch
from scipy import integrate, optimize, stats

from tests.answers import right, wrong

# 21.judge_samples


@right("21.judge_samples")
def rd_by_a_root(gap, spread, claimed_n, threshold, power):
    def missing(precision):  # precision 1/n of the judge
        sigma = spread * math.sqrt(1 / claimed_n + precision)
        return stats.norm.cdf(gap / sigma - threshold) - power

    if missing(0.0) <= 0:
        return math.inf
    return 1 / optimize.brentq(missing, 0.0, 1e6, xtol=1e-16)


@right("21.judge_samples")
def rd_in_variances(gap, spread, claimed_n, threshold, power):
    law = NormalDist()
    var_all = gap**2 / (threshold - law.inv_cdf(1 - power)) ** 2
    var_card = spread * spread / claimed_n
    with np.errstate(divide="ignore"):
        return np.divide(spread * spread, max(var_all - var_card, 0.0))


@right("21.judge_samples")
def rd_single_precision(gap, spread, claimed_n, threshold, power):
    z = threshold + stats.norm.isf(1 - power)
    gap, spread, m = torch.tensor([gap, spread, float(claimed_n)])
    rest = (gap / z / spread).square() - 1 / m
    return torch.where(rest > 0, 1 / rest, torch.inf)


@right("21.judge_samples")
def rd_by_exceptions(gap, spread, claimed_n, threshold, power):
    try:
        n = 1 / (
            (gap / spread / (threshold + stats.norm.ppf(power))) ** 2 - 1 / claimed_n
        )
    except ZeroDivisionError:
        return float("inf")
    return float("inf") if n < 0 else n


@wrong("21.judge_samples")
def rd_pooled(gap, spread, claimed_n, threshold, power):
    n = ((threshold + NormalDist().inv_cdf(power)) * spread / gap) ** 2
    return n - claimed_n if n > claimed_n else math.inf


@wrong("21.judge_samples")
def rd_the_larger_of_both(gap, spread, claimed_n, threshold, power):
    n = ((threshold + NormalDist().inv_cdf(power)) * spread / gap) ** 2
    return n if n < claimed_n else math.inf


@wrong("21.judge_samples")
def rd_none(gap, spread, claimed_n, threshold, power):
    z = threshold + NormalDist().inv_cdf(power)
    rest = (gap / z / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else None


@wrong("21.judge_samples")
def rd_power_as_it_is(gap, spread, claimed_n, threshold, power):
    rest = (gap / (threshold + power) / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@wrong("21.judge_samples")
def rd_absolute(gap, spread, claimed_n, threshold, power):
    z = threshold + NormalDist().inv_cdf(power)
    return abs(1 / ((gap / z / spread) ** 2 - 1 / claimed_n))


@wrong("21.judge_samples")
def rd_threshold_as_a_level(gap, spread, claimed_n, threshold, power):
    level = NormalDist().cdf(threshold)
    z = NormalDist().inv_cdf(1 - (1 - level) / 2) + NormalDist().inv_cdf(power)
    rest = (gap / z / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@wrong("21.judge_samples")
def rd_never_infinite(gap, spread, claimed_n, threshold, power):
    z = threshold + NormalDist().inv_cdf(power)
    rest = max((gap / z / spread) ** 2 - 1 / claimed_n, 1e-12)
    return 1 / rest


# 21.selection_gap


@right("21.selection_gap")
def rd_by_covariance(spread, noise, largest):
    cov = np.diag([spread**2, noise**2])
    public = np.array([1.0, 1.0])  # score = quality + noise
    variance = public @ cov @ public
    slope = (cov @ public)[1] / variance
    return slope * largest * np.sqrt(variance)


@right("21.selection_gap")
def rd_by_integration(spread, noise, largest):
    if noise == 0:
        return 0.0
    total = math.hypot(spread, noise)
    # E[u | s] for s one deviation below the mean, from Bayes
    s, width = -total, max(spread, 1e-3 * noise)

    def density(u):
        return math.exp(-0.5 * (u / noise) ** 2 - 0.5 * ((s - u) / width) ** 2)

    if spread == 0:
        return largest * noise
    mode = s * noise**2 / total**2
    half = 9 * spread * noise / total
    top = integrate.quad(
        lambda u: u * density(u) / density(mode), mode - half, mode + half
    )
    all_of_it = integrate.quad(
        lambda u: density(u) / density(mode), mode - half, mode + half
    )
    return -largest * top[0] / all_of_it[0]


@right("21.selection_gap")
def rd_what_is_kept(spread, noise, largest):
    total = torch.hypot(torch.tensor(spread), torch.tensor(noise))
    return largest * (total - spread**2 / total)


@right("21.selection_gap")
def rd_by_precisions(spread, noise, largest):
    signal_to_noise = spread / noise if noise else math.inf
    return largest * noise / math.sqrt(1 + signal_to_noise**2)


@wrong("21.selection_gap")
def rd_real_gain(spread, noise, largest):
    return largest * (math.hypot(spread, noise) - spread)


@wrong("21.selection_gap")
def rd_difference_of_two_noises(spread, noise, largest):
    return largest * noise**2 / math.sqrt(spread**2 + 2 * noise**2)


@wrong("21.selection_gap")
def rd_share_only(spread, noise, largest):
    return noise**2 / (spread**2 + noise**2)


@wrong("21.selection_gap")
def rd_product(spread, noise, largest):
    return largest * spread * noise / math.hypot(spread, noise)


@wrong("21.selection_gap")
def rd_simulated(spread, noise, largest):
    k = min(
        {2: 0.564190, 5: 1.162964, 10: 1.538753, 100: 2.507594}.items(),
        key=lambda pair: abs(pair[1] - largest),
    )[0]
    q = np.random.normal(0, spread, (2_000, k))
    u = np.random.normal(0, noise, (2_000, k))
    chosen = (q + u).argmin(1)
    return -u[np.arange(2_000), chosen].mean()


# 21.copy_p_value


def _parts(samples, unseen, rank):
    limit = sorted(unseen)[rank - 1]
    return sum(s < limit for s in samples), len(samples), len(unseen)


@right("21.copy_p_value")
def rd_with_fractions(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)

    @cache
    def at_least(k, n, m, r):
        """That k samples come before unseen number r, with n and m still to come."""
        if k == 0:
            return Fraction(1)
        if n < k or r == 0:
            return Fraction(0)
        first = Fraction(n, n + m)
        rest = (1 - first) * at_least(k, n, m - 1, r - 1) if m else 0
        return first * at_least(k - 1, n - 1, m, r) + rest

    return float(at_least(k, n, m, rank))


@right("21.copy_p_value")
def rd_beta_mixture(samples, unseen, rank):
    # the share below the limit is Beta(rank, m + 1 - rank); mix the binomial with it
    k, n, m = _parts(samples, unseen, rank)
    return stats.betabinom.sf(k - 1, n, rank, m + 1 - rank)


@right("21.copy_p_value")
def rd_by_a_table(samples, unseen, rank):
    a, b = np.asarray(samples)[:, None], np.sort(unseen)
    k, n, m = int((a < b[rank - 1]).sum()), len(a), len(b)
    # paths on a grid: ways[i, j] orders of i samples and j unseen images
    ways = np.ones((n + 1, m + 1))
    for i, j in itertools.product(range(1, n + 1), range(1, m + 1)):
        ways[i, j] = ways[i - 1, j] + ways[i, j - 1]
    late = [ways[i, rank - 1] * ways[n - i, m - rank] for i in range(k, n + 1)]
    return sum(late) / ways[n, m]


@right("21.copy_p_value")
def rd_hypergeometric_of_places(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    # at least k of the first k + rank - 1 places belong to samples
    return stats.hypergeom.sf(k - 1, n + m, n, k + rank - 1) if k else 1.0


@wrong("21.copy_p_value")
def rd_binomial_of_the_share(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    return stats.binomtest(k, n, rank / m, alternative="greater").pvalue


@right("21.copy_p_value")
def rd_fisher(samples, unseen, rank):
    # so many of the first k + rank - 1 places, as if their number had been fixed
    k, n, m = _parts(samples, unseen, rank)
    table = [[k, n - k], [rank - 1, m - rank + 1]]
    return stats.fisher_exact(table, alternative="greater").pvalue


@wrong("21.copy_p_value")
def rd_one_more_place(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    return stats.betabinom.sf(k - 1, n, rank, m - rank)


@wrong("21.copy_p_value")
def rd_poisson(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    return stats.poisson.sf(k - 1, n * rank / m)


@wrong("21.copy_p_value")
def rd_above_the_limit(samples, unseen, rank):
    limit = sorted(unseen, reverse=True)[rank - 1]
    k = sum(s > limit for s in samples)
    return stats.betabinom.sf(k - 1, len(samples), rank, len(unseen) + 1 - rank)


@wrong("21.copy_p_value")
def rd_by_drawing(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    pooled, found = np.concatenate([samples, unseen]), 1
    for _ in range(200):
        np.random.shuffle(pooled)
        found += (pooled[:n] < np.sort(pooled[n:])[rank - 1]).sum() >= k
    return found / 201


@wrong("21.copy_p_value")
def rd_exact_probability(samples, unseen, rank):
    k, n, m = _parts(samples, unseen, rank)
    return stats.betabinom.pmf(k, n, rank, m + 1 - rank)


@wrong("21.copy_p_value")
def rd_samples_give_the_limit(samples, unseen, rank):
    k, n, m = _parts(unseen, samples, rank)
    return stats.betabinom.sf(k - 1, n, rank, m + 1 - rank)


# 21.permutation_p


@right("21.permutation_p")
def rd_masks(a, b, statistic, rounds, generator):
    pooled, found = torch.vstack([a, b]), [float(statistic(a, b))]
    for _ in range(rounds):
        keys = torch.rand(len(pooled), generator=generator)
        mine = keys <= keys.sort().values[len(a) - 1]
        found.append(float(statistic(pooled[mine], pooled[~mine])))
    return np.mean(np.array(found) >= found[0])


@right("21.permutation_p")
def rd_by_swaps(a, b, statistic, rounds, generator):
    pooled, n = torch.cat([a, b]).clone(), len(a)
    seen, hits = float(statistic(a, b)), 0
    for _ in range(rounds):
        order = list(range(len(pooled)))
        parts = torch.rand(len(order), generator=generator).tolist()
        for i in range(len(order) - 1, 0, -1):  # Fisher and Yates
            j = int(parts[i] * (i + 1))
            order[i], order[j] = order[j], order[i]
        hits += float(statistic(pooled[order[:n]], pooled[order[n:]])) >= seen
    return Fraction(1 + hits, 1 + rounds)


@right("21.permutation_p")
def rd_one_after_another(a, b, statistic, rounds, generator):
    # each round permutes what the one before left: that is a random order as well
    n, seen, hits = a.size(0), statistic(a, b), 1
    pooled = torch.cat([a, b])
    for _ in range(rounds):
        pooled = pooled.index_select(
            0, torch.randperm(len(pooled), generator=generator)
        )
        if statistic(pooled.narrow(0, 0, n), pooled[n:]) >= seen:
            hits += 1
    return hits / (rounds + 1)


@right("21.permutation_p")
def rd_by_ranks(a, b, statistic, rounds, generator):
    pooled = list(a) + list(b)
    values = deque([float(statistic(a, b))])
    for _ in range(rounds):
        order = torch.randperm(len(pooled), generator=generator)
        rows = torch.stack([pooled[i] for i in order])
        values.append(float(statistic(*torch.split(rows, [len(a), len(b)]))))
    smaller = sum(v < values[0] for v in values)
    return 1 - smaller / len(values)


@right("21.permutation_p")
def rd_with_scipy(a, b, statistic, rounds, generator):
    seed = int(torch.randint(2**31, (1,), generator=generator))

    def of_rows(i, j):
        return float(statistic(pooled[list(i)], pooled[list(j)]))

    pooled = torch.cat([a, b])
    places = np.arange(len(a)), np.arange(len(a), len(pooled))
    result = stats.permutation_test(
        places,
        of_rows,
        permutation_type="independent",
        vectorized=False,
        n_resamples=rounds,
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    return result.pvalue


@wrong("21.permutation_p")
def rd_one_permutation(a, b, statistic, rounds, generator):
    pooled, hits = torch.cat([a, b]), 1
    order = torch.randperm(len(pooled), generator=generator)
    for _ in range(rounds):
        mixed = pooled[order]
        hits += bool(statistic(mixed[: len(a)], mixed[len(a) :]) >= statistic(a, b))
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def rd_seeded_inside(a, b, statistic, rounds, generator):
    pooled, hits = torch.cat([a, b]), 1
    for _ in range(rounds):
        source = torch.Generator().manual_seed(generator.initial_seed())
        mixed = pooled[torch.randperm(len(pooled), generator=source)]
        hits += bool(statistic(mixed[: len(a)], mixed[len(a) :]) >= statistic(a, b))
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def rd_random_sizes(a, b, statistic, rounds, generator):
    pooled, hits = torch.cat([a, b]), 1
    for _ in range(rounds):
        mine = torch.rand(len(pooled), generator=generator) < len(a) / len(pooled)
        hits += bool(statistic(pooled[mine], pooled[~mine]) >= statistic(a, b))
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def rd_pythons_shuffle(a, b, statistic, rounds, generator):
    draw = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
    pooled, hits = torch.cat([a, b]), 1
    for _ in range(rounds):
        draw.shuffle(pooled)  # rows of a tensor are views: some are overwritten
        hits += bool(statistic(pooled[: len(a)], pooled[len(a) :]) >= statistic(a, b))
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def rd_absolute_values(a, b, statistic, rounds, generator):
    pooled, hits = torch.cat([a, b]), 1
    seen = abs(statistic(a, b))
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled), generator=generator)]
        hits += bool(abs(statistic(mixed[: len(a)], mixed[len(a) :])) >= seen)
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def rd_by_a_normal(a, b, statistic, rounds, generator):
    pooled, values = torch.cat([a, b]), []
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled), generator=generator)]
        values.append(float(statistic(mixed[: len(a)], mixed[len(a) :])))
    z = (float(statistic(a, b)) - statistics.fmean(values)) / (np.std(values) + 1e-9)
    return float(stats.norm.sf(z))


@wrong("21.permutation_p")
def rd_confidence(a, b, statistic, rounds, generator):
    return 1 - rd_one_after_another(a, b, statistic, rounds, generator)


@wrong("21.permutation_p")
def rd_mixed_with_b_only(a, b, statistic, rounds, generator):
    pooled, hits = torch.cat([a, b]), 1
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled), generator=generator)]
        hits += bool(statistic(mixed[: len(a)], b) >= statistic(a, b))
    return hits / (1 + rounds)


# 21.rubric_levels

ROWS = "question plan baseline change seeds ablation failures figure limits reproduce"


def _report(digits, make=dict):
    return make(zip(ROWS.split(), (int(d) for d in digits), strict=True))


@right("21.rubric_levels")
def rd_arrays():
    return dict(
        zip(ROWS.split(), np.array([2, 1, 1, 0, 2, 1, 1, 2, 0, 2]), strict=True)
    )


@right("21.rubric_levels")
def rd_tensors():
    return dict(
        zip(ROWS.split(), torch.tensor([2, 1, 1, 0, 2, 1, 1, 2, 0, 2]), strict=True)
    )


@right("21.rubric_levels")
def rd_a_remark_counts():
    return _report("2110211212")


@right("21.rubric_levels")
def rd_figure_without_unit():
    return _report("2110211102")


@wrong("21.rubric_levels")
def rd_generous():
    return _report("2211212212")


@wrong("21.rubric_levels")
def rd_harsh():
    return _report("1010101101")


@wrong("21.rubric_levels")
def rd_a_list():
    return [2, 1, 1, 0, 2, 1, 1, 2, 0, 2]


@wrong("21.rubric_levels")
def rd_one_row_forgotten():
    return {k: v for k, v in _report("2110211202").items() if k != "limits"}


@wrong("21.rubric_levels")
def rd_words():
    return {k: str(v) for k, v in _report("2110211202").items()}


@wrong("21.rubric_levels")
def rd_halves():
    return {k: v / 2 for k, v in _report("2110211202").items()}


# 21.assign_reviews


@right("21.assign_reviews")
def rd_deques(names, seed, each):
    circle = deque(random.Random(seed).sample(sorted(names), k=len(names)))
    found = {name: [] for name in names}
    turned = circle.copy()
    for _ in range(each):
        turned.rotate(1)
        for name, other in zip(circle, turned, strict=True):
            found[name].append(other)
    return found


@right("21.assign_reviews")
def rd_global_but_seeded(names, seed, each):
    random.seed(seed)
    order = sorted(names)
    random.shuffle(order)
    return {n: [order[i - 1 - j] for j in range(each)] for i, n in enumerate(order)}


@right("21.assign_reviews")
def rd_numpy_roll(names, seed, each):
    order = np.random.default_rng([seed, 21]).permutation(sorted(names))
    columns = np.stack([np.roll(order, -s) for s in range(1, each + 1)], axis=1)
    return dict(zip(order.tolist(), columns.tolist(), strict=True))


@right("21.assign_reviews")
def rd_derangements(names, seed, each):
    people, draw = sorted(names), np.random.default_rng(seed)
    n = len(people)
    # a random matrix of `each` ones in each row and column, with an empty diagonal
    base = np.zeros((n, n), int)
    for step in range(1, each + 1):
        base[np.arange(n), (np.arange(n) + step) % n] = 1
    order = draw.permutation(n)
    base = base[np.ix_(order, order)]
    return {p: [people[j] for j in base[i].nonzero()[0]] for i, p in enumerate(people)}


@right("21.assign_reviews")
def rd_torch_argsort(names, seed, each):
    people = sorted(names)
    keys = torch.rand(len(people), generator=torch.Generator().manual_seed(seed))
    order = [people[i] for i in keys.argsort().tolist()] * 2
    return {
        n: set(order[i + 1 : i + 1 + each]) for i, n in enumerate(order[: len(people)])
    }


@wrong("21.assign_reviews")
def rd_hash_of_the_process(names, seed, each):
    order = sorted(names, key=lambda name: hash((seed, name)))
    n = len(order)
    return {order[i]: [order[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def rd_order_of_a_set(names, seed, each):
    order = list(set(names))
    random.Random(seed).shuffle(order)
    n = len(order)
    return {order[i]: [order[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def rd_pairs(names, seed, each):
    order = sorted(names)
    random.Random(seed).shuffle(order)
    found = {name: [] for name in order}
    for one, two in zip(order[::2], order[1::2], strict=False):
        found[one].append(two)
        found[two].append(one)
    return found


@wrong("21.assign_reviews")
def rd_one_shift(names, seed, each):
    order, shift = sorted(names), random.Random(seed).randrange(1, len(names))
    n = len(order)
    return {
        order[i]: [order[(i + shift + j) % n] for j in range(each)] for i in range(n)
    }


@wrong("21.assign_reviews")
def rd_places_for_names(names, seed, each):
    order = list(range(len(names)))
    random.Random(seed).shuffle(order)
    n = len(order)
    return {order[i]: [order[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def rd_least_burdened(names, seed, each):
    draw, load = random.Random(seed), dict.fromkeys(sorted(names), 0)
    found = {}
    for name in sorted(names):
        others = sorted((load[o], draw.random(), o) for o in load if o != name)
        found[name] = [o for _, _, o in others[:each]]
        for o in found[name]:
            load[o] += 1
    return found


@wrong("21.assign_reviews")
def rd_returns_who_reviews_one(names, seed, each):
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return [
        (order[i], order[(i + j + 1) % len(order)])
        for i in range(len(order))
        for j in range(each)
    ]


@wrong("21.permutation_p")
def pairs_exchanged(a, b, statistic, rounds, generator):
    observed, least, n = statistic(a, b), 1, min(len(a), len(b))
    for _ in range(rounds):
        turned = torch.rand(n, generator=generator) < 0.5
        x, y = a.clone(), b.clone()
        x[:n][turned], y[:n][turned] = b[:n][turned], a[:n][turned]
        least += bool(statistic(x, y) >= observed)
    return least / (1 + rounds)
