"""Exercise on the table that says what each part of a method is worth."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist, fmean, stdev
from typing import Any

from scipy.stats import t as student

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.ablation_table",
    order=30,
    title="What is each part worth?",
    difficulty=3,
    minutes=20,
    asks="method",
    idea="Run i of both lists has the same seed. Subtract first, and then look at the"
    " differences. A run that failed takes its partner with it.",
    formula="d_i = without_i - full_i, over the seeds that finished in both lists. Then"
    " mean(d), and t(0.975; k - 1) stdev(d) / √k for k such seeds.",
    line="Write `from scipy.stats import t`, `from statistics import fmean, stdev`,"
    " `table = {}`, then `for name, scores in without.items():`, `    d = [b - a for a,"
    " b in zip(full, scores) if math.isfinite(a) and math.isfinite(b)]`, `    error ="
    " float(t.ppf(0.975, len(d) - 1)) * stdev(d) / len(d) ** 0.5`, `    table[name] ="
    " (fmean(d), error, sum(not math.isfinite(b) for b in scores))` and"
    " `return table`.",
    variation="Add the sign test, which needs no normal distribution, and compare.",
)

Table = dict[str, tuple[float, float, int]]


@exercise.answer
def ablation_table(
    full: Sequence[float], without: Mapping[str, Sequence[float]]
) -> Table:
    """{part: (mean difference, half-width of its 95 % interval, failed runs)}.

    full: scores of the whole method, one for each seed. without: for each part the
    scores of the method without it, with the same seeds in the same order. NaN stands
    for a run that failed. The difference is without - full, of the seeds that finished
    in both; at least two of these. Counted as failed are runs without the part.
    """
    table = {}
    for name, scores in without.items():
        pairs = zip(full, scores, strict=True)
        d = [b - a for a, b in pairs if math.isfinite(a) and math.isfinite(b)]
        error = float(student.ppf(0.975, len(d) - 1)) * stdev(d) / math.sqrt(len(d))
        failed = sum(not math.isfinite(b) for b in scores)
        table[name] = (fmean(d), error, failed)
    return table


def nan() -> float:
    """A NaN of its own: a list that counts math.nan must not find it by identity."""
    return float("nan")


@exercise.inputs
def studies() -> list[tuple[list[float], dict[str, list[float]]]]:
    return [
        (
            [2.1, 2.6, 1.9, 2.4, 2.2],
            {
                "schedule": [3.0, 3.3, 2.9, 3.1, 3.3],
                "average": [2.2, 2.5, 2.1, 2.4, 2.6],
            },
        ),
        (
            [5.0, nan(), 4.0, 7.5, 6.0, 3.0],
            {
                "noise": [5.5, 6.0, nan(), 7.0, 6.5, 4.2],
                "penalty": [nan(), nan(), 6.0, 7.0, 9.0, 3.5],
            },
        ),
        ([0.9, 0.8, 0.95], {"mask": [0.7, 0.75, 0.6]}),
    ]


@exercise.must_hold
def equal_differences_have_a_small_error(f: Callable[..., Any]) -> bool:
    """If every seed loses nearly the same, the interval is narrow, however much the
    seeds differ."""
    mean, error, failed = f([1.0, 9.0, 4.0, 2.0], {"x": [1.5, 9.51, 4.5, 2.49]})["x"]
    return same(float(mean), 0.5) and float(error) < 0.05 and int(failed) == 0


@exercise.must_hold
def partners_stay_together(f: Callable[..., Any]) -> bool:
    """If a seed failed in one list, its score in the other list does not count."""
    x = [2.0, float("nan"), 4.1, 5.9]
    mean, error, failed = f([1.0, 100.0, 3.0, 5.0], {"x": x})["x"]
    return same(float(mean), 1.0) and float(error) < 0.5 and int(failed) == 1


@exercise.must_hold
def two_seeds_by_hand(f: Callable[..., Any]) -> bool:
    """For differences 0 and 2 the mean is 1 and the half-width is 12.706."""
    mean, error, _ = f([0.0, 0.0], {"x": [0.0, 2.0]})["x"]
    return same(float(mean), 1.0) and same(float(error), 12.7062)


def _pairs(full, scores):
    pairs = zip(full, scores, strict=True)
    return [b - a for a, b in pairs if math.isfinite(a) and math.isfinite(b)]


def _failed(scores) -> int:
    return sum(not math.isfinite(b) for b in scores)


def _error(d, factor=None) -> float:
    factor = student.ppf(0.975, len(d) - 1) if factor is None else factor
    return float(factor) * stdev(d) / math.sqrt(len(d))


def _finite(scores) -> list[float]:
    return [x for x in scores if math.isfinite(x)]


@exercise.mistake(hint="idea")
def not_paired(full, without):
    """You add the variances of the two lists, as for independent runs. The lists share
    their seeds: take the standard deviation of the differences."""
    table = {}
    for name, scores in without.items():
        both = [p for p in zip(full, scores, strict=True) if all(map(math.isfinite, p))]
        a, b = zip(*both, strict=True)
        spread = math.hypot(stdev(a), stdev(b))
        d = _pairs(full, scores)
        factor = float(student.ppf(0.975, len(d) - 1))
        error = factor * spread / math.sqrt(len(d))
        table[name] = (fmean(d), error, _failed(scores))
    return table


@exercise.mistake(hint="idea")
def failures_closed_up(full, without):
    """You drop the failed runs from each list alone. After that, scores of different
    seeds stand side by side: drop a seed from both lists together."""
    table = {}
    for name, scores in without.items():
        pairs = zip(_finite(full), _finite(scores), strict=False)
        d = [b - a for a, b in pairs]
        table[name] = (fmean(d), _error(d), _failed(scores))
    return table


@exercise.mistake(hint="formula")
def full_minus_without(full, without):
    """Your differences have the other sign. Subtract the score of the whole method
    from the score without the part."""
    return {k: (-m, e, n) for k, (m, e, n) in ablation_table(full, without).items()}


@exercise.mistake(hint="formula")
def factor_of_the_normal(full, without):
    """Your factor is 1.96. With so few seeds the quantile of Student's t, with one
    degree of freedom fewer than there are seeds, is clearly larger."""
    z = NormalDist().inv_cdf(0.975)
    return {
        k: (fmean(d := _pairs(full, s)), _error(d, z), _failed(s))
        for k, s in without.items()
    }


@exercise.mistake(hint="formula")
def degrees_of_n(full, without):
    """You use as many degrees of freedom as there are seeds. One is spent on the
    mean."""
    return {
        k: (
            fmean(d := _pairs(full, s)),
            _error(d, student.ppf(0.975, len(d))),
            _failed(s),
        )
        for k, s in without.items()
    }


@exercise.mistake(hint="formula")
def divided_by_n(full, without):
    """Your standard deviation divides by the number of seeds. Divide by one fewer: the
    mean was estimated from the same differences."""
    return {
        k: (m, e * math.sqrt((len(d := _pairs(full, without[k])) - 1) / len(d)), n)
        for k, (m, e, n) in ablation_table(full, without).items()
    }


@exercise.mistake(hint="formula")
def spread_of_one_seed(full, without):
    """Your interval is that of one difference. The mean of k differences varies less:
    divide by √k."""
    return {
        k: (m, e * math.sqrt(len(_pairs(full, without[k]))), n)
        for k, (m, e, n) in ablation_table(full, without).items()
    }


@exercise.mistake(hint="formula")
def one_sided_quantile(full, without):
    """Your quantile leaves out 5 % on one side. An interval of 95 % leaves out 2.5 %
    on each side."""
    return {
        k: (
            fmean(d := _pairs(full, s)),
            _error(d, student.ppf(0.95, len(d) - 1)),
            _failed(s),
        )
        for k, s in without.items()
    }


@exercise.mistake(hint="formula")
def failures_of_both(full, without):
    """You count the seeds that are lost to the comparison. What is asked for is how
    many runs without the part failed."""
    return {
        k: (m, e, len(full) - len(_pairs(full, without[k])))
        for k, (m, e, _) in ablation_table(full, without).items()
    }


@exercise.mistake(hint="formula")
def failed_seeds_in_the_root(full, without):
    """You leave the failed seeds out of the mean and count them in k. Divide by the
    root of the number of pairs, with one degree of freedom fewer than that."""
    k = len(full)
    return {
        name: (
            fmean(d := _pairs(full, s)),
            float(student.ppf(0.975, k - 1)) * stdev(d) / math.sqrt(k),
            _failed(s),
        )
        for name, s in without.items()
    }


@exercise.mistake(hint="idea")
def seeds_that_finished_everywhere(full, without):
    """You leave out a seed that failed without any of the parts. Each part is compared
    with the whole method alone, so only these two lists matter."""
    lists = zip(full, *without.values(), strict=True)
    kept = [all(map(math.isfinite, scores)) for scores in lists]
    table = {}
    for name, s in without.items():
        triples = zip(full, s, kept, strict=True)
        d = [b - a for a, b, keep in triples if keep]
        table[name] = (fmean(d), _error(d), _failed(s))
    return table


@exercise.mistake(hint="line")
def compared_with_nan(full, without):
    """You search for failed runs by `==` or by `count`. NaN is not equal to itself, so
    none is found: ask math.isfinite or math.isnan."""
    return {
        name: (fmean(_pairs(full, s)), _error(_pairs(full, s)), 0)
        if all(map(math.isfinite, [*full, *s]))
        else (math.nan, math.nan, 0)
        for name, s in without.items()
    }


@exercise.mistake(hint="idea")
def failures_hidden(full, without):
    """You report no failed run. A part can be what keeps a training from failing, so
    the table has to count them."""
    return {k: (m, e, 0) for k, (m, e, _) in ablation_table(full, without).items()}


@exercise.mistake(hint="idea")
def failures_poison(full, without):
    """You compute with NaN, so one failed run makes the whole row NaN. Leave its seed
    out, and count it."""
    table = {}
    for name, scores in without.items():
        d = [b - a for a, b in zip(full, scores, strict=True)]
        mean, k = sum(d) / len(d), len(d)
        spread = math.sqrt(sum((x - mean) ** 2 for x in d) / (k - 1))
        error = float(student.ppf(0.975, k - 1)) * spread / math.sqrt(k)
        table[name] = (mean, error, _failed(scores))
    return table


@exercise.mistake(hint="idea")
def difference_of_means(full, without):
    """You subtract the means of all finished runs. If a seed failed in one list, the
    means are of different seeds: take the seeds that finished in both."""
    return {
        k: (fmean(_finite(without[k])) - fmean(_finite(full)), e, n)
        for k, (_, e, n) in ablation_table(full, without).items()
    }


@exercise.mistake(hint="idea")
def failures_of_the_whole(full, without):
    """You count the failed runs of the whole method. What is asked for is how many runs
    without the part failed."""
    lost = _failed(full)
    return {k: (m, e, lost) for k, (m, e, _) in ablation_table(full, without).items()}


def _or_zero(score: float) -> float:
    return score if math.isfinite(score) else 0.0


@exercise.mistake(hint="idea")
def failures_as_zero(full, without):
    """You put 0 in the place of a failed run. For an FID this is a perfect score: leave
    the seed out of the difference, and count it."""
    table = {}
    for name, s in without.items():
        pairs = zip(full, s, strict=True)
        d = [_or_zero(b) - _or_zero(a) for a, b in pairs]
        table[name] = (fmean(d), _error(d), _failed(s))
    return table
