"""Exercise on how many trainings and how many samples a budget should buy."""

import math
from collections.abc import Callable
from typing import Any

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.best_split",
    order=10,
    title="Trainings or samples?",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="The budget fixes the number of trainings once the number of samples is"
    " chosen. Put it into the variance, and one unknown is left.",
    formula="(between² + within²/m)(per_run + per_sample m)/budget is smallest where"
    " between² per_sample = within² per_run / m².",
    line="Write `m = within / between * (per_run / per_sample) ** 0.5`, then `return"
    " budget / (per_run + per_sample * m), m`.",
    variation="Say by how much the variance grows if you judge ten times as many"
    " samples as is best, with the same budget.",
)


@exercise.answer
def best_split(
    between: float, within: float, per_run: float, per_sample: float, budget: float
) -> tuple[float, float]:
    """(trainings n, samples m of each) with the smallest variance for a budget.

    The mean score of n trainings, each judged on m samples, has variance
    between²/n + within²/(n m). It costs n (per_run + per_sample m) seconds, and all of
    the budget is spent. Both are real numbers; a plan rounds them later.
    """
    # d/dm of (between² + within²/m)(a + b m) is between² b - within² a / m²
    m = within / between * math.sqrt(per_run / per_sample)
    return budget / (per_run + per_sample * m), m


@exercise.inputs
def plans() -> list[tuple[float, float, float, float, float]]:
    return [
        (0.1, 8.0, 100.0, 0.004, 3600.0),
        (0.5, 2.0, 30.0, 0.5, 1000.0),
        (2.0, 30.0, 7.0, 0.2, 500.0),
        (0.03, 0.9, 60.0, 0.01, 900.0),
        (3.0, 40.0, 900.0, 0.05, 20_000.0),
    ]


def variance(n: float, m: float, between: float, within: float) -> float:
    """Variance of the mean score of n trainings with m samples each."""
    return between**2 / n + within**2 / (n * m)


@exercise.must_hold
def spends_the_budget(f: Callable[..., Any]) -> bool:
    """The plan costs what the budget allows."""
    n, m = (float(x) for x in f(0.2, 5.0, 40.0, 0.02, 800.0))
    return same(n * (40.0 + 0.02 * m), 800.0)


@exercise.must_hold
def no_other_plan_is_better(f: Callable[..., Any]) -> bool:
    """With 10 % more or fewer samples, and the trainings that are left, the variance
    is larger."""
    n, m = (float(x) for x in f(0.2, 5.0, 40.0, 0.02, 800.0))
    best = variance(n, m, 0.2, 5.0)
    others = (variance(800 / (40 + 0.02 * k), k, 0.2, 5.0) for k in (0.9 * m, 1.1 * m))
    return all(other > best for other in others)


@exercise.must_hold
def more_budget_buys_trainings(f: Callable[..., Any]) -> bool:
    """Twice the budget buys twice the trainings, with the same number of samples."""
    n, m = (float(x) for x in f(0.2, 5.0, 40.0, 0.02, 800.0))
    n2, m2 = (float(x) for x in f(0.2, 5.0, 40.0, 0.02, 1600.0))
    return same(n2, 2 * n) and same(m2, m)


def _with(m: float, per_run: float, per_sample: float, budget: float):
    return budget / (per_run + per_sample * m), m


@exercise.mistake(hint="formula")
def spreads_upside_down(between, within, per_run, per_sample, budget):
    """Your number of samples grows with `between`. More samples reduce the part
    within² / (n m) only, so they are worth more where `within` is large."""
    m = between / within * math.sqrt(per_run / per_sample)
    return _with(m, per_run, per_sample, budget)


@exercise.mistake(hint="formula")
def costs_upside_down(between, within, per_run, per_sample, budget):
    """Your number of samples grows with the cost of a sample. It has to grow with the
    cost of a training."""
    m = within / between * math.sqrt(per_sample / per_run)
    return _with(m, per_run, per_sample, budget)


@exercise.mistake(hint="formula")
def root_forgotten(between, within, per_run, per_sample, budget):
    """Your m is the square of the right one. From between² b = within² a / m² follows
    m², so take the root."""
    m = (within / between) ** 2 * per_run / per_sample
    return _with(m, per_run, per_sample, budget)


@exercise.mistake(hint="formula")
def costs_without_a_root(between, within, per_run, per_sample, budget):
    """You take the root of the spreads only. The ratio of the costs stands under the
    same root."""
    m = within / between * per_run / per_sample
    return _with(m, per_run, per_sample, budget)


@exercise.mistake(hint="formula")
def root_of_the_spreads(between, within, per_run, per_sample, budget):
    """You take the root of within / between, too. These are standard deviations: only
    their squares stand in the variance."""
    m = math.sqrt(within / between * per_run / per_sample)
    return _with(m, per_run, per_sample, budget)


@exercise.mistake(hint="idea")
def samples_are_free(between, within, per_run, per_sample, budget):
    """You spend the whole budget on trainings, and then judge samples as well. The
    plan costs more than the budget: a training costs per_run + per_sample m."""
    m = within / between * math.sqrt(per_run / per_sample)
    return budget / per_run, m


@exercise.mistake(hint="idea")
def half_for_each(between, within, per_run, per_sample, budget):
    """You spend as much on judging as on training, whatever the two spreads are. Look
    for the minimum of the variance."""
    return budget / (2 * per_run), per_run / per_sample


@exercise.mistake(hint="formula")
def in_the_other_order(between, within, per_run, per_sample, budget):
    """The two numbers are exchanged. Return the trainings first, then the samples of
    each."""
    m = within / between * math.sqrt(per_run / per_sample)
    return m, budget / (per_run + per_sample * m)


@exercise.mistake(hint="formula")
def all_samples(between, within, per_run, per_sample, budget):
    """Your second number is the samples of all trainings together. Return the samples
    of each training."""
    m = within / between * math.sqrt(per_run / per_sample)
    n = budget / (per_run + per_sample * m)
    return n, n * m


@exercise.mistake(hint="idea")
def costs_left_out(between, within, per_run, per_sample, budget):
    """You make the two parts of the variance equal and do not look at the costs. The
    dearer a training is, the more samples of it should be judged."""
    return _with((within / between) ** 2, per_run, per_sample, budget)


@exercise.mistake(hint="idea")
def spreads_left_out(between, within, per_run, per_sample, budget):
    """Your number of samples depends on the costs alone. The larger `within` is beside
    `between`, the more samples should be judged."""
    return _with(math.sqrt(per_run / per_sample), per_run, per_sample, budget)


@exercise.mistake(hint="idea")
def one_training(between, within, per_run, per_sample, budget):
    """You train once and judge as many samples as the budget allows. The part
    between² / n of the variance then stays as large as it can be."""
    return 1.0, (budget - per_run) / per_sample


@exercise.mistake(hint="line")
def samples_rounded_up(between, within, per_run, per_sample, budget):
    """You round the number of samples up to a whole number. Return real numbers here:
    the plan in the next cell rounds them."""
    m = math.ceil(within / between * math.sqrt(per_run / per_sample))
    return _with(float(m), per_run, per_sample, budget)


@exercise.mistake(hint="line")
def rounded_here(between, within, per_run, per_sample, budget):
    """You round both numbers to whole ones. Return real numbers here: the plan in the
    next cell rounds them."""
    n, m = _with(
        within / between * math.sqrt(per_run / per_sample), per_run, per_sample, budget
    )
    return float(round(n)), float(round(m))
