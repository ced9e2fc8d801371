"""Answers of other people to chapter 21's exercises on judging and reviewing."""

import itertools
import math
import random
from statistics import NormalDist

import numpy as np
import torch
from scipy import stats
from scipy.special import comb as combinations

from tests.answers import right, wrong

# 21.judge_samples


@right("21.judge_samples")
def by_variances(gap, spread, claimed_n, threshold, power):
    allowed = (gap / (threshold + stats.norm.ppf(power))) ** 2
    left = allowed - spread**2 / claimed_n
    return spread**2 / left if left > 0 else float("inf")


@right("21.judge_samples")
def by_harmonic_numbers(gap, spread, claimed_n, threshold, power):
    effective = ((threshold + NormalDist().inv_cdf(power)) * spread / gap) ** 2
    if effective >= claimed_n:
        return math.inf
    return 1 / (1 / effective - 1 / claimed_n)


@right("21.judge_samples")
def with_torch_power(gap, spread, claimed_n, threshold, power):
    z = threshold + torch.special.ndtri(torch.tensor(power, dtype=torch.float64))
    rest = (gap / (z * spread)) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else torch.tensor(torch.inf, dtype=torch.float64)


@right("21.judge_samples")
def with_numpy_power(gap, spread, claimed_n, threshold, power):
    z = threshold - stats.norm.isf(power)
    rest = np.square(gap / z / spread) - np.reciprocal(float(claimed_n))
    return np.where(rest > 0, 1 / np.where(rest > 0, rest, 1.0), np.inf)[()]


@right("21.judge_samples")
def early_return(gap, spread, claimed_n, threshold, power):
    sigma_max = gap / (threshold + NormalDist(0, 1).inv_cdf(power))
    claim = spread / math.sqrt(claimed_n)
    if claim >= sigma_max:
        return math.inf
    return spread**2 / (sigma_max - claim) / (sigma_max + claim)


@wrong("21.judge_samples")
def claim_is_exact(gap, spread, claimed_n, threshold, power):
    return (spread * (threshold + stats.norm.ppf(power)) / gap) ** 2


@wrong("21.judge_samples")
def at_the_threshold(gap, spread, claimed_n, threshold, power):
    rest = (gap / threshold / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@wrong("21.judge_samples")
def sum_of_deviations(gap, spread, claimed_n, threshold, power):
    sigma = gap / (threshold + stats.norm.ppf(power))
    rest = sigma - spread / math.sqrt(claimed_n)
    return (spread / rest) ** 2 if rest > 0 else math.inf


@wrong("21.judge_samples")
def negative_numbers(gap, spread, claimed_n, threshold, power):
    sigma = gap / (threshold + stats.norm.ppf(power))
    return spread**2 / (sigma**2 - spread**2 / claimed_n)


@wrong("21.judge_samples")
def power_of_two_sides(gap, spread, claimed_n, threshold, power):
    sigma = gap / (threshold + stats.norm.ppf(0.5 + power / 2))
    rest = (sigma / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@wrong("21.judge_samples")
def whole_numbers(gap, spread, claimed_n, threshold, power):
    n = by_variances(gap, spread, claimed_n, threshold, power)
    return n if n == math.inf else math.ceil(n)


# 21.selection_gap


@right("21.selection_gap")
def by_the_slope(spread, noise, largest):
    q, u = spread**2, noise**2
    return largest * u / (q + u) ** 0.5


@right("21.selection_gap")
def by_correlation(spread, noise, largest):
    both = math.hypot(spread, noise)
    return largest * noise * (noise / both)


@right("21.selection_gap")
def with_tensors_gap(spread, noise, largest):
    q, u = torch.tensor(spread), torch.tensor(noise)
    return largest * u.double() ** 2 * (q.double() ** 2 + u.double() ** 2).rsqrt()


@right("21.selection_gap")
def by_what_is_left(spread, noise, largest):
    both = np.sqrt(spread**2 + noise**2)
    better = largest * spread**2 / both  # by how much the model is better
    return largest * both - better


@right("21.selection_gap")
def by_powers(spread, noise, largest):
    return np.float64(largest) * noise**2 * (spread**2 + noise**2) ** -0.5


@wrong("21.selection_gap")
def noise_alone(spread, noise, largest):
    return noise * largest


@wrong("21.selection_gap")
def whole_advantage(spread, noise, largest):
    return largest * (spread**2 + noise**2) ** 0.5


@wrong("21.selection_gap")
def the_better_model(spread, noise, largest):
    return largest * spread**2 / math.sqrt(spread**2 + noise**2)


@wrong("21.selection_gap")
def share_of_noise(spread, noise, largest):
    return largest * noise * noise / (spread + noise)


@wrong("21.selection_gap")
def public_minus_secret(spread, noise, largest):
    return -largest * noise**2 / math.sqrt(spread**2 + noise**2)


@wrong("21.selection_gap")
def divided_by_the_variance(spread, noise, largest):
    return largest * noise**2 / (spread**2 + noise**2)


# 21.copy_p_value


def _counted(samples, unseen, rank):
    limit = sorted(unseen)[rank - 1]
    return sum(s < limit for s in samples), len(samples), len(unseen)


@right("21.copy_p_value")
def with_scipys_combinations(samples, unseen, rank):
    k, n, m = _counted(samples, unseen, rank)
    ways = 0
    for i in range(k, n + 1):
        early = combinations(i + rank - 1, i, exact=True)
        late = combinations(n - i + m - rank, n - i, exact=True)
        ways += early * late
    return ways / combinations(n + m, n, exact=True)


@right("21.copy_p_value")
def by_logarithms(samples, unseen, rank):
    a, b = np.asarray(samples, float), np.sort(np.asarray(unseen, float))
    n, m, k = a.size, b.size, int(np.sum(a < b[rank - 1]))

    def log_choose(x, y):
        return math.lgamma(x + 1) - math.lgamma(y + 1) - math.lgamma(x - y + 1)

    whole = log_choose(n + m, n)
    return math.fsum(
        math.exp(
            log_choose(i + rank - 1, i) + log_choose(n - i + m - rank, n - i) - whole
        )
        for i in range(k, n + 1)
    )


@right("21.copy_p_value")
def by_the_first_places(samples, unseen, rank):
    # k samples lie before unseen number `rank`: among the first k + rank - 1 places
    # of the common order are at most rank - 1 unseen ones
    k, n, m = _counted(samples, unseen, rank)
    return float(stats.hypergeom(n + m, m, k + rank - 1).cdf(rank - 1))


@right("21.copy_p_value")
def one_minus_the_fewer(samples, unseen, rank):
    k, n, m = _counted(samples, unseen, rank)
    fewer = sum(
        math.comb(i + rank - 1, i) * math.comb(n - i + m - rank, n - i)
        for i in range(k)
    )
    whole = math.comb(n + m, n)
    return (whole - fewer) / whole


@right("21.copy_p_value")
def with_torch_copies(samples, unseen, rank):
    a = torch.tensor(samples, dtype=torch.float64)
    b = torch.tensor(unseen, dtype=torch.float64).sort().values
    n, m, k = len(a), len(b), int((a < b[rank - 1]).sum())
    p, term = 0.0, 1.0
    for j in range(rank):  # the term of no sample: the first `rank` are all unseen
        term *= (m - j) / (n + m - j)
    for i in range(n + 1):
        if i >= k:
            p += term
        if i < n:
            term *= (
                (i + rank) / (i + 1) * (n - i) / (n - i + m - rank)
                if (n - i + m - rank)
                else 0.0
            )
    return torch.tensor(p, dtype=torch.float64)


@wrong("21.copy_p_value")
def by_the_binomial(samples, unseen, rank):
    k, n, m = _counted(samples, unseen, rank)
    return float(stats.binom.sf(k - 1, n, rank / m))


@wrong("21.copy_p_value")
def strictly_more(samples, unseen, rank):
    k, n, m = _counted(samples, unseen, rank)
    return float(stats.nhypergeom.sf(k, n + m, n, rank))


@wrong("21.copy_p_value")
def so_few(samples, unseen, rank):
    k, n, m = _counted(samples, unseen, rank)
    return float(stats.nhypergeom.cdf(k, n + m, n, rank))


@wrong("21.copy_p_value")
def the_share(samples, unseen, rank):
    k, n, _ = _counted(samples, unseen, rank)
    return k / n


@wrong("21.copy_p_value")
def next_rank(samples, unseen, rank):
    limit = sorted(unseen)[rank]
    k = sum(s < limit for s in samples)
    return float(
        stats.nhypergeom.sf(k - 1, len(samples) + len(unseen), len(samples), rank)
    )


@wrong("21.copy_p_value")
def rank_test(samples, unseen, rank):
    return float(stats.mannwhitneyu(samples, unseen, alternative="less").pvalue)


# 21.permutation_p


@right("21.permutation_p")
def with_a_list(a, b, statistic, rounds, generator):
    rows = torch.cat((a, b), dim=0)
    found = []
    for _ in range(rounds):
        order = torch.randperm(rows.shape[0], generator=generator).tolist()
        found.append(statistic(rows[order[: len(a)]], rows[order[len(a) :]]))
    n = sum(1 for value in found if value >= statistic(a, b))
    return (n + 1) / (rounds + 1)


@right("21.permutation_p")
def with_split(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 0
    for _ in range(rounds):
        order = torch.randperm(len(pooled), generator=generator)
        x, y = pooled[order].split([len(a), len(b)])
        if not statistic(x, y) < seen:
            hits += 1
    return np.float64(1 + hits) / (1 + rounds)


@right("21.permutation_p")
def with_multinomial(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    weights, hits = torch.ones(len(pooled)), 1
    for _ in range(rounds):
        order = torch.multinomial(weights, len(pooled), generator=generator)
        hits += statistic(pooled[order[: len(a)]], pooled[order[len(a) :]]) >= seen
    return hits / (rounds + 1)


@right("21.permutation_p")
def with_pythons_generator(a, b, statistic, rounds, generator):
    draw = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
    pooled, seen, order = (
        torch.cat([a, b]),
        statistic(a, b),
        list(range(len(a) + len(b))),
    )
    hits = 0
    for _ in range(rounds):
        draw.shuffle(order)
        hits += statistic(pooled[order[: len(a)]], pooled[order[len(a) :]]) >= seen
    return (hits + 1) / (rounds + 1)


@right("21.permutation_p")
def with_numpy_permuted(a, b, statistic, rounds, generator):
    source = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
    pooled = torch.cat([a, b]).numpy()
    values = [statistic(a, b)]
    for _ in range(rounds):
        mixed = torch.from_numpy(source.permutation(pooled))
        values.append(statistic(mixed[: len(a)], mixed[len(a) :]))
    return float((np.array(values) >= values[0]).mean())


@wrong("21.permutation_p")
def share_of_larger(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 0
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled), generator=generator)]
        hits += statistic(mixed[: len(a)], mixed[len(a) :]) >= seen
    return hits / rounds


@wrong("21.permutation_p")
def bootstrap(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 1
    for _ in range(rounds):
        rows = torch.randint(len(pooled), (len(pooled),), generator=generator)
        hits += statistic(pooled[rows[: len(a)]], pooled[rows[len(a) :]]) >= seen
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def halves(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 1
    for _ in range(rounds):
        x, y = pooled[torch.randperm(len(pooled), generator=generator)].chunk(2)
        hits += statistic(x, y) >= seen
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def without_the_generator(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 1
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled))]
        hits += statistic(mixed[: len(a)], mixed[len(a) :]) >= seen
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def small_values(a, b, statistic, rounds, generator):
    pooled, seen = torch.cat([a, b]), statistic(a, b)
    hits = 1
    for _ in range(rounds):
        mixed = pooled[torch.randperm(len(pooled), generator=generator)]
        hits += statistic(mixed[: len(a)], mixed[len(a) :]) <= seen
    return hits / (1 + rounds)


@wrong("21.permutation_p")
def two_sided(a, b, statistic, rounds, generator):
    return min(1.0, 2 * with_split(a, b, statistic, rounds, generator))


# 21.rubric_levels

ROWS = "question plan baseline change seeds ablation failures figure limits reproduce"


def _levels(digits):
    return dict(zip(ROWS.split(), map(int, digits), strict=True))


@right("21.rubric_levels")
def as_the_rubric():
    return _levels("2110211202")


@right("21.rubric_levels")
def generous_with_the_plan():
    return _levels("2210211202")


@right("21.rubric_levels")
def strict_with_failures():
    return _levels("2110210202")


@right("21.rubric_levels")
def strict_with_the_question():
    return _levels("1110211202")


@right("21.rubric_levels")
def floats():
    return {row: float(level) for row, level in _levels("2110211202").items()}


@wrong("21.rubric_levels")
def full_marks():
    return _levels("2222222222")


@wrong("21.rubric_levels")
def all_in_the_middle():
    return _levels("1111111111")


@wrong("21.rubric_levels")
def two_kinds_only():
    return _levels("2000200202")


@wrong("21.rubric_levels")
def the_result_counts():
    return _levels("2112211202")


@wrong("21.rubric_levels")
def three_to_one():
    return {row: level + 1 for row, level in _levels("2110211202").items()}


@wrong("21.rubric_levels")
def part_is_enough():
    return _levels("2220222202")


# 21.assign_reviews


@right("21.assign_reviews")
def with_rotation(names, seed, each):
    circle = sorted(names)
    random.Random(f"reviews {seed}").shuffle(circle)
    result = {name: [] for name in circle}
    for step in range(1, each + 1):
        for name, other in zip(circle, circle[step:] + circle[:step], strict=True):
            result[name].append(other)
    return result


@right("21.assign_reviews")
def with_torch_circle(names, seed, each):
    ordered = sorted(names)
    source = torch.Generator().manual_seed(seed)
    circle = [ordered[i] for i in torch.randperm(len(ordered), generator=source)]
    n = len(circle)
    return {
        c: [circle[(i + j + 1) % n] for j in range(each)] for i, c in enumerate(circle)
    }


@right("21.assign_reviews")
def with_cycle(names, seed, each):
    circle = np.random.RandomState(seed).permutation(np.array(sorted(names))).tolist()
    found = {}
    for i, name in enumerate(circle):
        after = itertools.islice(itertools.cycle(circle), i + 1, i + 1 + each)
        found[name] = list(after)
    return found


@right("21.assign_reviews")
def as_tuples(names, seed, each):
    circle = random.Random(seed).sample(sorted(names), len(names))
    place = {name: i for i, name in enumerate(circle)}
    return {
        name: tuple(circle[place[name] - j] for j in range(1, each + 1))
        for name in names
    }


@right("21.assign_reviews")
def with_random_steps(names, seed, each):
    draw = random.Random(seed)
    circle = draw.sample(sorted(names), len(names))
    n = len(circle)
    steps = draw.sample(range(1, n), each)
    return {circle[i]: [circle[(i + s) % n] for s in steps] for i in range(n)}


@wrong("21.assign_reviews")
def each_by_chance(names, seed, each):
    draw = random.Random(seed)
    return {
        name: draw.sample([n for n in sorted(names) if n != name], each)
        for name in sorted(names)
    }


@wrong("21.assign_reviews")
def in_alphabetical_order(names, seed, each):
    circle = sorted(names)
    n = len(circle)
    return {circle[i]: [circle[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def own_included(names, seed, each):
    circle = sorted(names)
    random.Random(seed).shuffle(circle)
    n = len(circle)
    return {circle[i]: [circle[(i + j) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def global_seed(names, seed, each):
    circle = sorted(names)
    random.shuffle(circle)
    n = len(circle)
    return {circle[i]: [circle[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def order_as_given(names, seed, each):
    circle = list(names)
    random.Random(seed).shuffle(circle)
    n = len(circle)
    return {circle[i]: [circle[(i + j + 1) % n] for j in range(each)] for i in range(n)}


@wrong("21.assign_reviews")
def cut_at_the_end(names, seed, each):
    circle = sorted(names)
    random.Random(seed).shuffle(circle)
    return {c: circle[i + 1 : i + 1 + each] for i, c in enumerate(circle)}
