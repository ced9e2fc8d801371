"""Answers of other people to chapter 21's exercises on planning and evidence."""

import hashlib
import json
import math
import statistics
from statistics import NormalDist

import numpy as np
import torch
from scipy import optimize, stats

from tests.answers import right, wrong

# 21.best_split


@right("21.best_split")
def with_names(between, within, per_run, per_sample, budget):
    ratio_of_spreads = within / between
    ratio_of_costs = per_run / per_sample
    samples = ratio_of_spreads * ratio_of_costs**0.5
    trainings = budget / (per_run + samples * per_sample)
    return trainings, samples


@right("21.best_split")
def with_numpy(between, within, per_run, per_sample, budget):
    m = np.sqrt(np.square(within) * per_run / (np.square(between) * per_sample))
    return np.array([budget / (per_run + per_sample * m), m])


@right("21.best_split")
def with_tensors(between, within, per_run, per_sample, budget):
    a, b = torch.tensor(per_run).double(), torch.tensor(per_sample).double()
    m = within / between * (a / b).sqrt()
    return budget / (a + b * m), m


@right("21.best_split")
def trainings_first(between, within, per_run, per_sample, budget):
    n = budget / (per_run + math.sqrt(per_run * per_sample) * within / between)
    return [n, (budget / n - per_run) / per_sample]


@right("21.best_split")
def by_a_root(between, within, per_run, per_sample, budget):
    def slope(x):
        m = math.exp(x)
        return between**2 * per_sample - within**2 * per_run / m**2

    m = math.exp(optimize.brentq(slope, -15, 25, xtol=1e-13))
    return budget / (per_run + per_sample * m), m


@wrong("21.best_split")
def ratio_of_totals(between, within, per_run, per_sample, budget):
    m = within**2 / between**2
    return budget / (per_run + per_sample * m), m


@wrong("21.best_split")
def inverse_spreads(between, within, per_run, per_sample, budget):
    m = (between / within) * (per_run / per_sample) ** 0.5
    return budget / (per_run + per_sample * m), m


@wrong("21.best_split")
def equal_spending(between, within, per_run, per_sample, budget):
    return budget / 2 / per_run, per_run / per_sample


@wrong("21.best_split")
def no_judging_cost(between, within, per_run, per_sample, budget):
    return budget / per_run, within / between * (per_run / per_sample) ** 0.5


@wrong("21.best_split")
def as_integers(between, within, per_run, per_sample, budget):
    m = within / between * (per_run / per_sample) ** 0.5
    n = budget / (per_run + per_sample * m)
    return int(n), int(m)


@wrong("21.best_split")
def samples_first(between, within, per_run, per_sample, budget):
    samples = within / between * math.sqrt(per_run / per_sample)
    return samples, budget / (per_run + per_sample * samples)


# 21.seeds_needed


@right("21.seeds_needed")
def a_loop(std, width, confidence=0.95):
    for n in range(2, 10_000):
        factor = stats.t.ppf((1 + confidence) / 2, df=n - 1)
        if factor * std <= width * math.sqrt(n):
            return n
    raise ValueError("too many")


@right("21.seeds_needed")
def by_doubling(std, width, confidence=0.95):
    def enough(n):
        return stats.t.isf((1 - confidence) / 2, n - 1) * std / n**0.5 <= width

    high = 2
    while not enough(high):
        high *= 2
    low = max(2, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


@right("21.seeds_needed")
def from_the_normal_up(std, width, confidence=0.95):
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    n = max(2, math.floor((z * std / width) ** 2))  # the normal number is a lower bound
    while stats.t.ppf(0.5 + confidence / 2, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


@right("21.seeds_needed")
def recursive(std, width, confidence=0.95, n=2):
    half = stats.sem([0.0]) if n < 2 else stats.t(n - 1).ppf(0.5 + confidence / 2)
    half *= std / math.sqrt(n)
    return n if half <= width else recursive(std, width, confidence, n + 1)


@right("21.seeds_needed")
def as_a_tensor(std, width, confidence=0.95):
    n = np.arange(2, 3000)
    good = stats.t.ppf(1 - (1 - confidence) / 2, n - 1) * std / np.sqrt(n) <= width
    return torch.tensor(int(n[good.argmax()]))


@wrong("21.seeds_needed")
def with_z(std, width, confidence=0.95):
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return max(2, math.ceil((z * std / width) ** 2))


@wrong("21.seeds_needed")
def with_n_degrees(std, width, confidence=0.95):
    n = 2
    while stats.t.ppf((1 + confidence) / 2, n) * std / math.sqrt(n) > width:
        n += 1
    return n


@wrong("21.seeds_needed")
def whole_width(std, width, confidence=0.95):
    n = 2
    while 2 * stats.t.ppf((1 + confidence) / 2, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


@wrong("21.seeds_needed")
def one_tail(std, width, confidence=0.95):
    n = 2
    while stats.t.ppf(confidence, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


@wrong("21.seeds_needed")
def two_standard_errors(std, width, confidence=0.95):
    return max(2, math.ceil(4 * std**2 / width**2))


@wrong("21.seeds_needed")
def root_forgotten(std, width, confidence=0.95):
    n = 2
    while stats.t.ppf((1 + confidence) / 2, n - 1) * std / n > width:
        n += 1
    return n


# 21.ablation_table


@right("21.ablation_table")
def with_masks(full, without):
    a = np.array(full, dtype=float)
    rows = {}
    for name in without:
        b = np.array(without[name], dtype=float)
        both = np.isfinite(a) & np.isfinite(b)
        d = (b - a)[both]
        half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
        rows[name] = (d.mean(), half, int((~np.isfinite(b)).sum()))
    return rows


@right("21.ablation_table")
def with_the_sem(full, without):
    out = {}
    for name, scores in without.items():
        d = [y - x for x, y in zip(full, scores, strict=True) if not math.isnan(y - x)]
        half = stats.sem(d) * stats.t.isf(0.025, len(d) - 1)
        out[name] = (statistics.mean(d), half, len([s for s in scores if s != s]))
    return out


@right("21.ablation_table")
def with_torch(full, without):
    a = torch.tensor(full, dtype=torch.float64)

    def row(scores):
        b = torch.tensor(scores, dtype=torch.float64)
        d = (b - a)[~(a.isnan() | b.isnan())]
        factor = float(stats.t.ppf(0.975, len(d) - 1))
        return d.mean(), factor * d.std() / len(d) ** 0.5, b.isnan().sum()

    return {name: row(scores) for name, scores in without.items()}


@right("21.ablation_table")
def by_sums(full, without):
    table = {}
    for name, scores in without.items():
        total = squares = k = failed = 0
        for a, b in zip(full, scores, strict=True):
            failed += b != b
            if a == a and b == b:
                total, squares, k = total + (b - a), squares + (b - a) ** 2, k + 1
        mean = total / k
        variance = max(0.0, (squares - k * mean**2) / (k - 1))
        half = stats.t.ppf(0.975, k - 1) * (variance / k) ** 0.5
        table[name] = (mean, float(half), int(failed))
    return table


@right("21.ablation_table")
def by_an_interval(full, without):
    def row(scores):
        d = [b - a for a, b in zip(full, scores, strict=True)]
        d = [x for x in d if math.isfinite(x)]
        scale = statistics.stdev(d) / math.sqrt(len(d))
        half = float(stats.t.interval(0.95, len(d) - 1)[1]) * scale
        return statistics.fmean(d), half, sum(map(math.isnan, scores))

    return {name: row(scores) for name, scores in without.items()}


@wrong("21.ablation_table")
def means_subtracted(full, without):
    a = np.array(full)
    rows = {}
    for name, scores in without.items():
        b = np.array(scores)
        both = ~np.isnan(a) & ~np.isnan(b)
        k = both.sum()
        spread = math.sqrt(a[both].var(ddof=1) / k + b[both].var(ddof=1) / k)
        gap = (b - a)[both].mean()
        factor = stats.t.ppf(0.975, k - 1)
        rows[name] = (gap, factor * spread, int(np.isnan(b).sum()))
    return rows


@wrong("21.ablation_table")
def two_standard_errors_of_the_mean(full, without):
    rows = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True) if b - a == b - a]
        half = 1.96 * statistics.stdev(d) / math.sqrt(len(d))
        rows[name] = (statistics.fmean(d), half, sum(s != s for s in scores))
    return rows


@wrong("21.ablation_table")
def numpys_deviation(full, without):
    rows = {}
    for name, scores in without.items():
        d = np.array(scores) - np.array(full)
        d = d[np.isfinite(d)]
        half = stats.t.ppf(0.975, d.size - 1) * d.std() / np.sqrt(d.size)
        rows[name] = (d.mean(), half, int(np.isnan(scores).sum()))
    return rows


@wrong("21.ablation_table")
def whole_minus_part(full, without):
    rows = {}
    for name, scores in without.items():
        d = [a - b for a, b in zip(full, scores, strict=True) if a - b == a - b]
        half = stats.t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / len(d) ** 0.5
        rows[name] = (statistics.fmean(d), half, sum(s != s for s in scores))
    return rows


@wrong("21.ablation_table")
def lost_seeds_counted(full, without):
    rows = {}
    for name, scores in without.items():
        d = np.array(scores) - np.array(full)
        lost = int(np.isnan(d).sum())
        d = d[~np.isnan(d)]
        half = stats.t.ppf(0.975, d.size - 1) * d.std(ddof=1) / np.sqrt(d.size)
        rows[name] = (d.mean(), half, lost)
    return rows


@wrong("21.ablation_table")
def medians(full, without):
    rows = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True) if b - a == b - a]
        half = stats.t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / len(d) ** 0.5
        rows[name] = (statistics.median(d), half, sum(s != s for s in scores))
    return rows


# 21.unsupported_claims


def _about(c, runs):
    return [r for r in runs if r["n"] == c["n"] and r["extractor"] == c["extractor"]]


@right("21.unsupported_claims")
def one_by_one(claims, runs):
    result = []
    for c in claims:
        about = _about(c, runs)
        finished = [r for r in about if r["status"] == "finished"]
        failed = len(about) - len(finished)
        values = [
            r["figures"][c["figure"]] for r in finished if c["figure"] in r["figures"]
        ]
        supported = (
            len(about) == c["seeds"]
            and failed == c["failed"]
            and bool(values)
            and abs(round(float(np.mean(values)), 2) - c["value"]) < 1e-6
        )
        if not supported:
            result.append(c["name"])
    result.sort()
    return result


@right("21.unsupported_claims")
def with_a_set(claims, runs):
    bad = {c["name"] for c in claims}
    for c in claims:
        about = _about(c, runs)
        ok = [r["figures"].get(c["figure"]) for r in about if r["status"] == "finished"]
        ok = [x for x in ok if x is not None]
        if len(about) != c["seeds"]:
            continue
        if sum(r["status"] != "finished" for r in about) != c["failed"]:
            continue
        if ok and math.isclose(sum(ok) / len(ok), c["value"], abs_tol=0.00501):
            bad.discard(c["name"])
    return sorted(bad)


@right("21.unsupported_claims")
def by_groups(claims, runs):
    groups = {}
    for r in runs:
        groups.setdefault((r["n"], r["extractor"]), []).append(r)

    def fine(c):
        group = groups.get((c["n"], c["extractor"]))
        if not group or len(group) != c["seeds"]:
            return False
        done = [r["figures"] for r in group if r["status"] == "finished"]
        if len(group) - len(done) != c["failed"]:
            return False
        values = [f[c["figure"]] for f in done if c["figure"] in f]
        return bool(values) and abs(statistics.mean(values) - c["value"]) <= 0.005001

    return sorted(c["name"] for c in claims if not fine(c))


@right("21.unsupported_claims")
def with_exceptions(claims, runs):
    def test(c):
        about = _about(c, runs)
        assert len(about) == c["seeds"]
        done = [r for r in about if r["status"] == "finished"]
        assert len(about) - len(done) == c["failed"]
        values = torch.tensor(
            [r["figures"][c["figure"]] for r in done], dtype=torch.float64
        )
        assert len(values) and abs(float(values.mean()) - c["value"]) < 0.0051

    bad = []
    for c in claims:
        try:
            test(c)
        except (AssertionError, KeyError):
            bad.append(c["name"])
    return sorted(bad)


@right("21.unsupported_claims")
def as_a_filter(claims, runs):
    def wrong_claim(c):
        about = _about(c, runs)
        lost = list(filter(lambda r: r["status"] != "finished", about))
        kept = [r["figures"] for r in about if r not in lost]
        values = [f[c["figure"]] for f in kept if c["figure"] in f]
        if (len(about), len(lost)) != (c["seeds"], c["failed"]) or not values:
            return True
        return f"{np.mean(values):.2f}" != f"{c['value']:.2f}"

    return sorted(map(lambda c: c["name"], filter(wrong_claim, claims)))


@wrong("21.unsupported_claims")
def means_only(claims, runs):
    bad = []
    for c in claims:
        about = [r for r in _about(c, runs) if r["status"] == "finished"]
        values = [
            r["figures"][c["figure"]] for r in about if c["figure"] in r["figures"]
        ]
        if not values or abs(statistics.mean(values) - c["value"]) > 0.005001:
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def best_runs(claims, runs):
    bad = []
    for c in claims:
        about = _about(c, runs)
        done = [r for r in about if r["status"] == "finished"]
        values = [
            r["figures"][c["figure"]] for r in done if c["figure"] in r["figures"]
        ]
        fine = values and abs(min(values) - c["value"]) <= 0.005001
        fine = fine and len(about) == c["seeds"]
        if not fine or len(about) - len(done) != c["failed"]:
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def without_failures(claims, runs):
    bad = []
    for c in claims:
        about = _about(c, runs)
        values = [
            r["figures"][c["figure"]]
            for r in about
            if r["status"] == "finished" and c["figure"] in r["figures"]
        ]
        fine = values and abs(np.mean(values) - c["value"]) <= 0.005001
        if not fine or len(about) != c["seeds"]:
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def not_sorted(claims, runs):
    return by_groups(claims, runs)[::-1]


@wrong("21.unsupported_claims")
def every_run_counts(claims, runs):
    bad = []
    for c in claims:
        done = [r for r in runs if r["status"] == "finished"]
        values = [
            r["figures"][c["figure"]] for r in done if c["figure"] in r["figures"]
        ]
        fine = values and abs(np.mean(values) - c["value"]) <= 0.005001
        counts = len(runs), len(runs) - len(done)
        if not fine or counts != (c["seeds"], c["failed"]):
            bad.append(c["name"])
    return sorted(bad)


@wrong("21.unsupported_claims")
def exactly_equal(claims, runs):
    bad = []
    for c in claims:
        about = _about(c, runs)
        done = [r for r in about if r["status"] == "finished"]
        values = [
            r["figures"][c["figure"]] for r in done if c["figure"] in r["figures"]
        ]
        mean = sum(values) / len(values) if values else None
        found = len(about), len(about) - len(done), mean
        if found != (c["seeds"], c["failed"], c["value"]):
            bad.append(c["name"])
    return sorted(bad)


# 21.commitment


@right("21.commitment")
def hash_of_a_repr(files, key):
    return hashlib.sha256(repr((key, sorted(files.items()))).encode()).hexdigest()


@right("21.commitment")
def tree_of_hashes(files, key):
    lines = [hashlib.sha256(key).hexdigest()]
    for name in sorted(files):
        lines.append(hashlib.sha256(name.encode()).hexdigest())
        lines.append(hashlib.sha256(files[name]).hexdigest())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@right("21.commitment")
def json_of_hexadecimals(files, key):
    content = {name: data.hex() for name, data in files.items()}
    text = json.dumps([key.hex(), content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@right("21.commitment")
def netstrings(files, key):
    def net(part):
        return str(len(part)).encode() + b":" + part + b","

    whole = net(key)
    for name, content in sorted(files.items()):
        whole += net(name.encode("utf-8")) + net(content)
    return hashlib.sha256(whole).hexdigest()


@right("21.commitment")
def capital_letters(files, key):
    h = hashlib.new("sha256")
    h.update(np.int64(len(key)).tobytes())
    h.update(key)
    for name in sorted(files):
        encoded = name.encode()
        h.update(np.array([len(encoded), len(files[name])], dtype="<i8").tobytes())
        h.update(encoded + files[name])
    return h.hexdigest().upper()


@wrong("21.commitment")
def pythons_hash(files, key):
    return f"{hash((key, tuple(sorted(files.items())))) & (2**64 - 1):064x}"[:16]


@wrong("21.commitment")
def joined(files, key):
    h = hashlib.sha256(key)
    for name in sorted(files):
        h.update(name.encode())
        h.update(files[name])
    return h.hexdigest()


@wrong("21.commitment")
def with_new_lines(files, key):
    h = hashlib.sha256(key + b"\n")
    for name in sorted(files):
        h.update(name.encode() + b"\n" + files[name] + b"\n")
    return h.hexdigest()


@wrong("21.commitment")
def as_it_comes(files, key):
    return hashlib.sha256(repr((key, list(files.items()))).encode()).hexdigest()


@wrong("21.commitment")
def no_key(files, key):
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


@wrong("21.commitment")
def md5(files, key):
    return hashlib.md5(repr((key, sorted(files.items()))).encode()).hexdigest()
