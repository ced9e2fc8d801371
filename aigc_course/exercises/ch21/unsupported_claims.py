"""Exercise on reading a card beside its evidence."""

import math
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Any

from aigc_course.checks.exercise import Exercise

Claim = dict[str, Any]
Run = dict[str, Any]

exercise = Exercise(
    "21.unsupported_claims",
    order=40,
    title="Read a card beside its evidence",
    difficulty=3,
    minutes=20,
    asks="method",
    idea="Look for the runs that were measured as the claim says. Then three things"
    " have to agree: how many there are, how many of them failed, and their mean.",
    formula="The runs with the claim's n and extractor. A run failed if its status is"
    " not `finished`. The claim is supported if seeds and failed are their numbers, and"
    " |mean - value| ≤ 0.005 over the finished ones.",
    line="Write `bad = []`, then `for c in claims:`, `    of = [r for r in runs if"
    " r['n'] == c['n'] and r['extractor'] == c['extractor']]`, `    scores ="
    " [r['figures'][c['figure']] for r in of if r['status'] == 'finished' and"
    " c['figure'] in r['figures']]`, `    counts = len(of), sum(r['status'] !="
    " 'finished' for r in of)`, `    if counts != (c['seeds'], c['failed']) or not"
    " scores or abs(sum(scores) / len(scores) - c['value']) > 0.005 + 1e-9:`, `       "
    " bad.append(c['name'])` and `return sorted(bad)`.",
    variation="Let the card give an interval as well, and check that, too.",
    agree=False,  # a property says which claim was judged wrongly
)


@exercise.answer
def unsupported_claims(claims: Sequence[Claim], runs: Sequence[Run]) -> list[str]:
    """Names of the claims that the runs do not support, sorted.

    A claim has name, figure, value (the mean over its seeds, rounded to two decimals),
    n, extractor, seeds and failed. A run has seed, status, n, extractor and figures, a
    dict. A claim is about all runs with its n and extractor: it is supported if
    `seeds` is their number, `failed` is the number of those whose status is not
    "finished", and `value` is the rounded mean of its figure over the others.
    """
    bad = []
    for claim in claims:
        kind = claim["n"], claim["extractor"]
        about = [run for run in runs if (run["n"], run["extractor"]) == kind]
        done = [run for run in about if run["status"] == "finished"]
        scores = [
            run["figures"][claim["figure"]]
            for run in done
            if claim["figure"] in run["figures"]
        ]
        counted = (len(about), len(about) - len(done))
        ok = counted == (claim["seeds"], claim["failed"]) and len(scores) > 0
        # 1e-9: half of the last decimal is still a rounding
        if not ok or abs(fmean(scores) - claim["value"]) > 0.005 + 1e-9:
            bad.append(claim["name"])
    return sorted(bad)


def run(seed, fid, status="finished", n=10_000, extractor="public", **more) -> Run:
    """A run as the exercise has it; fid None where it failed."""
    figures = {} if fid is None else {"fid": fid, **more}
    return {
        "seed": seed,
        "status": status,
        "n": n,
        "extractor": extractor,
        "figures": figures,
    }


def claim(name, value, seeds, failed=0, figure="fid", n=10_000, extractor="public"):
    """A claim as the exercise has it."""
    return {
        "name": name,
        "figure": figure,
        "value": value,
        "n": n,
        "extractor": extractor,
        "seeds": seeds,
        "failed": failed,
    }


CLEAN = [
    run(0, 4.0, density=0.9, coverage=0.75),
    run(1, 4.4, density=0.8, coverage=0.76),
    run(2, 4.623, density=0.85, coverage=0.763),
]
FAILED = [
    run(0, 3.1),
    run(1, None, "diverged"),
    run(2, 3.5),
    run(3, 3.3),
    run(4, 9.0, "stopped"),
]
SMALL = [run(0, 6.0, n=1000), run(1, 7.0, n=1000)]
OWN = [run(0, 2.0, extractor="own"), run(1, 2.2, extractor="own")]


@exercise.inputs
def cards() -> list[tuple[list[Claim], list[Run]]]:
    plain = [
        claim("mean", 4.34, 3),
        claim("best", 4.0, 3),
        claim("median", 4.4, 3),
        claim("flattered", 3.9, 3),
        claim("modest", 4.9, 3),
        claim("density", 0.85, 3, figure="density"),
        claim("dense", 0.9, 3, figure="density"),
        claim("sparse", 0.78, 3, figure="density"),
        claim("next", 4.35, 3),
        claim("percent", 4.37, 3),
        claim("coverage", 0.76, 3, figure="coverage"),
        claim("cut", 0.75, 3, figure="coverage"),
    ]
    counted = [
        claim("honest", 3.3, 5, 2),
        claim("hidden", 3.3, 3),
        claim("forgotten", 3.3, 5),
        claim("unfinished", 4.73, 5, 1),
        claim("invented", 3.3, 9, 2),
    ]
    mixed = [
        claim("large", 4.34, 3),
        claim("pooled", 5.2, 5),
        claim("small", 6.5, 2, n=1000),
        claim("as large", 6.5, 2),
        claim("own", 2.1, 2, extractor="own"),
        claim("exchanged", 2.1, 2),
        claim("of none", 2.1, 0, n=5000),
    ]
    return [
        (plain, CLEAN),
        (counted, FAILED),
        (mixed, [*CLEAN, *SMALL, *OWN]),
        ([claim("unmeasured", 0.5, 3, figure="recall")], CLEAN),
    ]


def _told(c: Claim, runs: Sequence[Run], accused: bool) -> str:
    """That a claim was judged wrongly, beside what its runs show."""
    about = _about(c, runs, "n", "extractor")
    failed = sum(r["status"] != "finished" for r in about)
    scores = _scores(c, about)
    mean = f"mean {fmean(scores):.4g}" if scores else "no such figure"
    says = (
        "supported, and you list it"
        if accused
        else "not supported, and you leave it out"
    )
    return (
        f"A claim of {c['value']} over {c['seeds']} runs with {c['failed']} failed is"
        f" {says}. The runs with its n and extractor are {len(about)}, {failed} of them"
        f" failed, and the others have {mean}."
    )


@exercise.must_hold
def every_claim_is_judged_rightly(f: Callable[..., Any]) -> str | None:
    """The claims that the runs do not support are listed, and no others."""
    for claims, runs in cards():
        found = f(claims, runs)
        assert isinstance(found, list | tuple), "Return a list of names."
        bad = unsupported_claims(claims, runs)
        for c in claims:
            if (c["name"] in found) != (c["name"] in bad):
                return _told(c, runs, c["name"] in found)
    return None


@exercise.must_hold
def a_rounded_mean_is_supported(f: Callable[..., Any]) -> bool:
    """A mean that is rounded to two decimals is supported."""
    runs = [run(0, 1.0), run(1, 1.01), run(2, 1.013)]
    return list(f([claim("x", 1.01, 3)], runs)) == []


@exercise.must_hold
def too_modest_is_unsupported(f: Callable[..., Any]) -> bool:
    """A value that is worse than the mean is not what the runs show either."""
    runs = [run(0, 1.0), run(1, 2.0)]
    return list(f([claim("x", 1.6, 2)], runs)) == ["x"]


@exercise.must_hold
def a_claim_about_no_run_is_unsupported(f: Callable[..., Any]) -> bool:
    """A claim about measurements that nobody made is not supported."""
    runs = [run(0, 1.0), run(1, 2.0)]
    return list(f([claim("x", 1.5, 0, n=5000)], runs)) == ["x"]


@exercise.must_hold
def names_are_sorted(f: Callable[..., Any]) -> bool:
    """The names come in alphabetical order."""
    claims = [claim("b", 9.0, 2), claim("c", 8.0, 2), claim("a", 7.0, 2)]
    return list(f(claims, [run(0, 1.0), run(1, 2.0)])) == ["a", "b", "c"]


def _about(c: Claim, runs: Sequence[Run], *keys: str) -> list[Run]:
    return [r for r in runs if all(r[k] == c[k] for k in keys)]


def _scores(c: Claim, runs: Sequence[Run], statuses: bool = True) -> list[float]:
    return [
        r["figures"][c["figure"]]
        for r in runs
        if (r["status"] == "finished" or not statuses) and c["figure"] in r["figures"]
    ]


def _judged(claims, runs, keys=("n", "extractor"), statistic=fmean, counts=2, gap=None):
    """The reference with one part changed."""
    near = gap or (lambda found, said: abs(found - said) <= 0.005 + 1e-9)
    bad = []
    for c in claims:
        about = _about(c, runs, *keys)
        failed = sum(r["status"] != "finished" for r in about)
        scores = _scores(c, about)
        ok = bool(scores) and near(statistic(scores), c["value"])
        ok &= counts < 1 or len(about) == c["seeds"]
        ok &= counts < 2 or failed == c["failed"]
        if not ok:
            bad.append(c["name"])
    return sorted(bad)


@exercise.mistake(hint="formula")
def best_of_the_seeds(claims, runs):
    """You compare with the best seed. The card claims the mean over its seeds."""
    return _judged(claims, runs, statistic=min)


@exercise.mistake(hint="formula")
def median_of_the_seeds(claims, runs):
    """You compare with the median. The card claims the mean over its seeds."""
    return _judged(claims, runs, statistic=median)


@exercise.mistake(hint="idea")
def failures_not_asked(claims, runs):
    """You do not compare the number of failed runs. A card that leaves out that two of
    five trainings failed is not supported."""
    return _judged(claims, runs, counts=1)


@exercise.mistake(hint="idea")
def values_alone(claims, runs):
    """You compare values only. How many seeds were used, and how many failed, is a
    part of the claim."""
    return _judged(claims, runs, counts=0)


@exercise.mistake(hint="idea")
def extractor_ignored(claims, runs):
    """You mix measurements of different extractors. FIDs of two extractors have
    different scales."""
    return _judged(claims, runs, keys=("n",))


@exercise.mistake(hint="idea")
def n_ignored(claims, runs):
    """You mix measurements of different n. The bias of FID depends on n."""
    return _judged(claims, runs, keys=("extractor",))


@exercise.mistake(hint="idea")
def only_flattery(claims, runs):
    """You accuse a value only if it is below the mean. More is better for a density,
    and a value that is too modest is not what the runs show either."""
    return _judged(claims, runs, gap=lambda found, said: said >= found - 0.005 - 1e-9)


@exercise.mistake(hint="formula")
def within_a_tenth(claims, runs):
    """Your tolerance is a tenth of the value. A rounded figure is within half of its
    last decimal, however large it is."""
    return _judged(
        claims, runs, gap=lambda found, said: abs(found - said) <= found / 10
    )


@exercise.mistake(hint="formula")
def within_a_percent(claims, runs):
    """Your tolerance is one percent of the value. A card that rounds moves a figure by
    half of the last decimal at most."""
    return _judged(claims, runs, gap=lambda found, said: abs(found / said - 1) <= 0.01)


@exercise.mistake(hint="formula")
def within_a_whole_decimal(claims, runs):
    """Your tolerance is a whole unit of the last decimal. Rounding moves a figure by
    half of it at most: 0.005 for two decimals."""
    return _judged(claims, runs, gap=lambda found, said: abs(found - said) <= 0.01)


@exercise.mistake(hint="formula")
def cut_off(claims, runs):
    """You cut the mean off after two decimals. The card rounds, so 0.758 is given as
    0.76."""
    return _judged(
        claims,
        runs,
        gap=lambda found, said: math.floor(100 * found + 1e-9) == round(100 * said),
    )


@exercise.mistake(hint="idea")
def within_the_spread(claims, runs):
    """You accept every value between the worst and the best run. The card claims the
    mean, and the best run alone is such a value too."""
    bad = set(_judged(claims, runs, gap=lambda found, said: True))
    for c in claims:
        scores = _scores(c, _about(c, runs, "n", "extractor"))
        if scores and not min(scores) <= c["value"] <= max(scores):
            bad.add(c["name"])
    return sorted(bad)


@exercise.mistake(hint="idea")
def fewer_runs_accepted(claims, runs):
    """You accept a claim that counts fewer runs than were made. A run that is left out
    may be one that failed: the numbers have to be equal."""
    bad = set(_judged(claims, runs, counts=0))
    for c in claims:
        about = _about(c, runs, "n", "extractor")
        failed = sum(r["status"] != "finished" for r in about)
        if len(about) < c["seeds"] or failed < c["failed"]:
            bad.add(c["name"])
    return sorted(bad)


@exercise.mistake(hint="line")
def no_rounding(claims, runs):
    """You ask for equality. The card rounds to two decimals."""
    return _judged(claims, runs, gap=lambda found, said: found == said)


@exercise.mistake(hint="formula")
def the_supported_ones(claims, runs):
    """You return the claims that are supported. Return the others."""
    bad = set(unsupported_claims(claims, runs))
    return sorted(c["name"] for c in claims if c["name"] not in bad)


@exercise.mistake(hint="formula")
def finished_runs_as_seeds(claims, runs):
    """You compare `seeds` with the number of finished runs. It counts all runs, also
    the failed ones."""
    bad = []
    for c in claims:
        about = _about(c, runs, "n", "extractor")
        done = [r for r in about if r["status"] == "finished"]
        scores = _scores(c, done)
        near = bool(scores) and abs(fmean(scores) - c["value"]) <= 0.005 + 1e-9
        if len(done) != c["seeds"] or len(about) - len(done) != c["failed"] or not near:
            bad.append(c["name"])
    return sorted(bad)


@exercise.mistake(hint="formula")
def stopped_counts_as_finished(claims, runs):
    """You count every run that left a figure as finished. A run that was stopped has a
    figure, too: look at its status."""
    bad = []
    for c in claims:
        about = _about(c, runs, "n", "extractor")
        scores = _scores(c, about, statuses=False)
        failed = sum(not r["figures"] for r in about)
        near = bool(scores) and abs(fmean(scores) - c["value"]) <= 0.005 + 1e-9
        if len(about) != c["seeds"] or failed != c["failed"] or not near:
            bad.append(c["name"])
    return sorted(bad)


@exercise.mistake(hint="formula")
def vacuous_claim_supported(claims, runs):
    """You call a claim supported where there is no run that it is about. Nothing
    measured shows nothing."""
    kept = set(unsupported_claims(claims, runs))
    empty = {c["name"] for c in claims if not _about(c, runs, "n", "extractor")}
    return sorted(kept - empty)
