"""Answers of another reader to chapter 21's exercises on planning and evidence."""

import hashlib
import hmac
import io
import json
import math
import pickle
import statistics
import zipfile
from statistics import NormalDist

import numpy as np
import torch
from scipy import optimize, stats

from tests.answers import right, wrong

# 21.best_split


@right("21.best_split")
def rd_by_minimising(between, within, per_run, per_sample, budget):
    def variance(log_m):
        m = math.exp(log_m)
        n = budget / (per_run + per_sample * m)
        return math.log(between**2 / n + within**2 / (n * m))

    m = math.exp(optimize.minimize_scalar(variance, (-5, 10), tol=1e-12).x)
    # the place of a minimum has half of the digits: improve it where the slope is 0
    m = optimize.newton(
        lambda x: between**2 * per_sample - within**2 * per_run / x**2, m
    )
    return budget / (per_run + per_sample * m), m


@right("21.best_split")
def rd_by_lagrange(between, within, per_run, per_sample, budget):
    # optimal allocation: total samples N = n m, and n, share as deviation over √cost
    per_training = between / per_run**0.5
    in_all = within / per_sample**0.5
    scale = budget / (between * per_run**0.5 + within * per_sample**0.5)
    n, total = per_training * scale, in_all * scale
    return n, total / n


@right("21.best_split")
def rd_single_precision(between, within, per_run, per_sample, budget):
    tau, sigma, a, b, c = torch.tensor([between, within, per_run, per_sample, budget])
    m = torch.exp(torch.log(sigma / tau) + (torch.log(a) - torch.log(b)) / 2)
    return torch.stack([c / torch.addcmul(a, b, m), m])


@right("21.best_split")
def rd_quadratic(between, within, per_run, per_sample, budget):
    m = max(np.roots([between**2 * per_sample, 0.0, -(within**2) * per_run]).real)
    return [float(budget / (per_run + m * per_sample)), float(m)]


@wrong("21.best_split")
def rd_costs_only(between, within, per_run, per_sample, budget):
    m = math.sqrt(per_run / per_sample)
    return budget / (per_run + m * per_sample), m


@wrong("21.best_split")
def rd_equal_parts_of_the_variance(between, within, per_run, per_sample, budget):
    m = within**2 / between**2
    return budget / (per_run + m * per_sample), m


@wrong("21.best_split")
def rd_rounded_up(between, within, per_run, per_sample, budget):
    m = math.ceil(within / between * math.sqrt(per_run / per_sample))
    return budget / (per_run + m * per_sample), m


@wrong("21.best_split")
def rd_a_coarse_grid(between, within, per_run, per_sample, budget):
    m = np.logspace(0, 5, 200)
    n = budget / (per_run + per_sample * m)
    best = np.argmin(between**2 / n + within**2 / (n * m))
    return n[best], m[best]


@wrong("21.best_split")
def rd_variances_given(between, within, per_run, per_sample, budget):
    m = math.sqrt(within / between * per_run / per_sample)
    return budget / (per_run + m * per_sample), m


@wrong("21.best_split")
def rd_samples_left_over(between, within, per_run, per_sample, budget):
    m = within / between * math.sqrt(per_run / per_sample)
    n = math.floor(budget / (per_run + m * per_sample))
    return n, (budget / n - per_run) / per_sample


# 21.seeds_needed


@right("21.seeds_needed")
def rd_real_root(std, width, confidence=0.95):
    def excess(n):
        return stats.t.isf(0.5 - confidence / 2, n - 1) * std - width * n**0.5

    if excess(2) <= 0:
        return 2
    return math.ceil(optimize.brentq(excess, 2, 10**6))


@right("21.seeds_needed")
def rd_downwards(std, width, confidence=0.95):
    n = 200
    while n > 2:
        q = stats.t.ppf((1 + confidence) / 2, n - 2)
        if q * std / math.sqrt(n - 1) > width:
            return n
        n -= 1
    return n


@right("21.seeds_needed")
def rd_by_the_f_distribution(std, width, confidence=0.95):
    n = 2
    while stats.f.ppf(confidence, 1, n - 1) * std**2 > n * width**2:  # t² is F(1, n-1)
        n += 1
    return float(n)


@right("21.seeds_needed")
def rd_by_coverage(std, width, confidence=0.95):
    for n in range(2, 10**5):
        z = width / std * n**0.5
        if 1 - 2 * stats.t.sf(z, n - 1) >= confidence:
            return np.int64(n)
    return None


@wrong("21.seeds_needed")
def rd_corrected_once(std, width, confidence=0.95):
    q = (1 + confidence) / 2
    first = max(2, math.ceil((NormalDist().inv_cdf(q) * std / width) ** 2))
    return max(2, math.ceil((stats.t.ppf(q, first - 1) * std / width) ** 2))


@wrong("21.seeds_needed")
def rd_z_plus_one(std, width, confidence=0.95):
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return max(2, math.ceil((z * std / width) ** 2) + 1)


@wrong("21.seeds_needed")
def rd_root_of_n_less_one(std, width, confidence=0.95):
    n = 2
    while stats.t.ppf((1 + confidence) / 2, n - 1) * std / math.sqrt(n - 1) > width:
        n += 1
    return n


@wrong("21.seeds_needed")
def rd_always_95(std, width, confidence=0.95):
    n = 2
    while stats.t.ppf(0.975, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


@wrong("21.seeds_needed")
def rd_rounded_root(std, width, confidence=0.95):
    def excess(n):
        return stats.t.isf(0.5 - confidence / 2, n - 1) * std - width * n**0.5

    return 2 if excess(2) <= 0 else round(optimize.brentq(excess, 2, 10**6))


@wrong("21.seeds_needed")
def rd_from_three(std, width, confidence=0.95):
    n = 3
    while stats.t.ppf((1 + confidence) / 2, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


# 21.ablation_table


@right("21.ablation_table")
def rd_scipys_interval(full, without):
    table = {}
    for name, scores in without.items():
        d = np.array(scores) - np.array(full)
        d = d[~np.isnan(d)]
        low, high = stats.t.interval(0.95, len(d) - 1, d.mean(), stats.sem(d))
        table[name] = (d.mean(), (high - low) / 2, np.isnan(scores).sum())
    return table


@right("21.ablation_table")
def rd_nan_functions(full, without):
    table = {}
    for name, scores in without.items():
        d = np.subtract(scores, full)
        k = np.count_nonzero(~np.isnan(d))
        half = stats.t.ppf(0.975, k - 1) * np.nanstd(d, ddof=1) / np.sqrt(k)
        table[name] = [np.nanmean(d), half, int(np.sum(np.isnan(scores)))]
    return table


@right("21.ablation_table")
def rd_torch_32(full, without):
    a = torch.tensor(full)
    table = {}
    for name, scores in without.items():
        b = torch.tensor(scores)
        d = (b - a)[torch.isfinite(b - a)]
        std, mean = torch.std_mean(d)
        half = stats.t.ppf(0.975, d.numel() - 1) * std / d.numel() ** 0.5
        table[name] = (mean, half, torch.isnan(b).sum())
    return table


@right("21.ablation_table")
def rd_one_sample_test(full, without):
    def row(scores):
        d = [b - a for a, b in zip(full, scores, strict=True) if a == a and b == b]
        ends = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        return (sum(ends) / 2, ends.high - sum(ends) / 2, sum(s != s for s in scores))

    return {name: row(scores) for name, scores in without.items()}


@right("21.ablation_table")
def rd_by_pairs_of_pairs(full, without):
    table = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True)]
        d = [x for x in d if not math.isnan(x)]
        k = len(d)
        # the variance is half of the mean squared difference of two different entries
        total = sum((x - y) ** 2 for x in d for y in d)
        half = stats.t.isf(0.025, k - 1) * (total / (2 * k * (k - 1)) / k) ** 0.5
        table[name] = statistics.fmean(d), half, sum(map(math.isnan, scores))
    return table


@wrong("21.ablation_table")
def rd_failed_seeds_in_the_root(full, without):
    table = {}
    for name, scores in without.items():
        d = np.subtract(scores, full)
        half = stats.t.ppf(0.975, len(d) - 1) * np.nanstd(d, ddof=1) / len(d) ** 0.5
        table[name] = (np.nanmean(d), half, int(np.isnan(scores).sum()))
    return table


@wrong("21.ablation_table")
def rd_counted_by_identity(full, without):
    table = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True) if not math.isnan(b - a)]
        half = stats.t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / len(d) ** 0.5
        table[name] = (statistics.fmean(d), half, list(scores).count(math.nan))
    return table


@wrong("21.ablation_table")
def rd_compared_with_nan(full, without):
    table = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True)]
        d = np.array([x for x in d if x != float("nan")])
        half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
        table[name] = (d.mean(), half, sum(s == float("nan") for s in scores))
    return table


@wrong("21.ablation_table")
def rd_welch(full, without):
    table = {}
    for name, scores in without.items():
        a, b = (np.array(x)[~np.isnan(x)] for x in (full, scores))
        ends = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        gap = b.mean() - a.mean()
        table[name] = (gap, ends.high - gap, int(np.isnan(scores).sum()))
    return table


@wrong("21.ablation_table")
def rd_failures_in_the_baseline(full, without):
    good = rd_nan_functions(full, without)
    lost = int(np.isnan(full).sum())
    return {name: (m, e, lost) for name, (m, e, _) in good.items()}


@wrong("21.ablation_table")
def rd_complete_seeds_only(full, without):
    columns = np.array([full, *without.values()])
    kept = ~np.isnan(columns).any(0)  # seeds that finished in every list
    a = np.array(full)[kept]
    table = {}
    for name, scores in without.items():
        d = np.array(scores)[kept] - a
        half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
        table[name] = (d.mean(), half, int(np.isnan(scores).sum()))
    return table


@wrong("21.ablation_table")
def rd_nan_as_zero(full, without):
    return {
        name: (
            *rd_nan_functions(np.nan_to_num(full), {0: np.nan_to_num(s)})[0][:2],
            int(np.isnan(s).sum()),
        )
        for name, s in without.items()
    }


# 21.commitment


@right("21.commitment")
def rd_fixed_lengths_at_the_end(files, key):
    whole = b""
    for part in (key, *(x for n in sorted(files) for x in (n.encode(), files[n]))):
        whole += part + len(part).to_bytes(8, "little")  # to be read from the back
    return hashlib.sha256(whole).hexdigest()


@right("21.commitment")
def rd_header_first(files, key):
    names = sorted(files)
    sizes = [len(key), *((len(n.encode()), len(files[n])) for n in names)]
    header = json.dumps([names, sizes]).encode()
    body = b"".join(files[n] for n in names)
    whole = len(header).to_bytes(4, "big") + header + key + body
    return hashlib.sha256(whole).hexdigest()


@right("21.commitment")
def rd_frozen_set(files, key):
    def one(name, content):
        return hashlib.sha256(repr((name, content)).encode()).digest()

    leaves = sorted(one(name, content) for name, content in files.items())
    return hashlib.sha256(hashlib.sha256(key).digest() + b"".join(leaves)).hexdigest()


@right("21.commitment")
def rd_chained(files, key):
    state = hashlib.sha256(key).digest()
    for name, content in sorted(files.items()):
        for part in (name.encode(), content):
            state = hashlib.sha256(state + hashlib.sha256(part).digest()).digest()
    return state.hex()


@right("21.commitment")
def rd_hmac_of_a_hashed_key(files, key):
    lines = [f"{n.encode().hex()} {files[n].hex()}" for n in sorted(files)]
    text = "\n".join(lines).encode() if lines else b"-"
    return hmac.new(hashlib.sha256(key).digest(), text, hashlib.sha256).hexdigest()


@wrong("21.commitment")
def rd_decimal_lengths(files, key):
    whole = str(len(key)).encode() + key
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            whole += str(len(part)).encode() + part
    return hashlib.sha256(whole).hexdigest()


@wrong("21.commitment")
def rd_hmac(files, key):
    text = repr(sorted(files.items())).encode()
    return hmac.new(key, text, "sha256").hexdigest()


@wrong("21.commitment")
def rd_pickled(files, key):
    return hashlib.sha256(pickle.dumps((key, sorted(files.items())))).hexdigest()


@wrong("21.commitment")
def rd_zipped(files, key):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in files:
            archive.writestr(zipfile.ZipInfo(name or "-"), files[name])
    return hashlib.sha256(key + memory.getvalue()).hexdigest()


@wrong("21.commitment")
def rd_sorted_contents(files, key):
    parts = sorted(files.values())
    return hashlib.sha256(repr((key, sorted(files), parts)).encode()).hexdigest()


@wrong("21.commitment")
def rd_key_only_as_length(files, key):
    text = repr((len(key), sorted(files.items()))).encode()
    return hashlib.sha256(text).hexdigest()


@wrong("21.commitment")
def rd_lengths_of_contents_only(files, key):
    h = hashlib.sha256(key)
    for name in sorted(files):
        h.update(name.encode() + len(files[name]).to_bytes(8, "big") + files[name])
    return h.hexdigest()


@wrong("21.commitment")
def rd_bytes(files, key):
    return hashlib.sha256(repr((key, sorted(files.items()))).encode()).digest()


@wrong(
    "21.commitment",
    accepted_because="the two hashes look alike, and the form of the string is free",
)
def rd_sha3(files, key):
    return hashlib.sha3_256(repr((key, sorted(files.items()))).encode()).hexdigest()


# 21.unsupported_claims


def _found(c, runs):
    about = [r for r in runs if (r["n"], r["extractor"]) == (c["n"], c["extractor"])]
    done = [r["figures"] for r in about if r["status"] == "finished"]
    values = [f[c["figure"]] for f in done if c["figure"] in f]
    return len(about), len(about) - len(done), values


def _accused(claims, runs, near):
    bad = []
    for c in claims:
        seeds, failed, values = _found(c, runs)
        counted = (seeds, failed) == (c["seeds"], c["failed"]) and len(values) > 0
        if not (counted and near(np.mean(values), c["value"])):
            bad.append(c["name"])
    return sorted(bad)


@right("21.unsupported_claims")
def rd_rounded(claims, runs):
    return _accused(claims, runs, lambda mean, value: round(float(mean), 2) == value)


@right("21.unsupported_claims")
def rd_in_hundredths(claims, runs):
    return _accused(claims, runs, lambda m, v: round(float(m) * 100) == round(v * 100))


@right("21.unsupported_claims")
def rd_numpys_round(claims, runs):
    return tuple(_accused(claims, runs, lambda m, v: np.isclose(np.round(m, 2), v)))


@right("21.unsupported_claims")
def rd_near_in_32(claims, runs):
    def near(mean, value):
        gap = torch.tensor(float(mean)) - torch.tensor(value)
        return bool(gap.abs() <= 0.00501)

    return _accused(claims, runs, near)


@right("21.unsupported_claims")
def rd_by_nan(claims, runs):
    bad = []
    for c in claims:
        seeds, failed, values = _found(c, runs)
        mean = sum(values) / len(values) if values else math.nan
        agree = [seeds == c["seeds"], failed == c["failed"]]
        agree.append(abs(mean - c["value"]) < 0.0050001)  # False for NaN
        bad += [] if all(agree) else [c["name"]]
    return sorted(bad)


@wrong("21.unsupported_claims")
def rd_a_whole_hundredth(claims, runs):
    return _accused(claims, runs, lambda mean, value: abs(mean - value) <= 0.01)


@wrong("21.unsupported_claims")
def rd_one_decimal(claims, runs):
    return _accused(claims, runs, lambda mean, value: abs(mean - value) <= 0.05)


@wrong("21.unsupported_claims")
def rd_two_percent(claims, runs):
    return _accused(claims, runs, lambda m, v: math.isclose(m, v, rel_tol=0.01))


@wrong("21.unsupported_claims")
def rd_cut_off(claims, runs):
    return _accused(claims, runs, lambda m, v: math.floor(m * 100) / 100 == v)


@wrong("21.unsupported_claims")
def rd_within_the_spread(claims, runs):
    bad = []
    for c in claims:
        seeds, failed, values = _found(c, runs)
        fine = (seeds, failed) == (c["seeds"], c["failed"]) and bool(values)
        if not fine or not min(values) <= c["value"] <= max(values):
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def rd_diverged_only(claims, runs):
    bad = []
    for c in claims:
        kind = c["n"], c["extractor"]
        about = [r for r in runs if (r["n"], r["extractor"]) == kind]
        failed = sum(r["status"] == "diverged" for r in about)
        done = [r["figures"].get(c["figure"]) for r in about]
        done = [x for x in done if x is not None]
        fine = bool(done) and abs(np.mean(done) - c["value"]) <= 0.005001
        if not fine or (len(about), failed) != (c["seeds"], c["failed"]):
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def rd_at_least_so_many_seeds(claims, runs):
    bad = []
    for c in claims:
        seeds, failed, values = _found(c, runs)
        fine = seeds >= c["seeds"] and failed >= c["failed"] and bool(values)
        if not fine or abs(np.mean(values) - c["value"]) > 0.005001:
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def rd_a_set(claims, runs):
    return set(rd_rounded(claims, runs))
