"""Exercise on an estimate from samples and its error bar."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[Tensor, Tensor]


exercise = Exercise(
    "03.bound_estimate",
    order=90,
    title="A bound from samples, with its error bar",
    difficulty=3,
    minutes=10,
    asks="derive",
    idea="The standard error of a mean of n independent numbers is their standard"
    " deviation divided by the root of n. For two independent means the squares of the"
    " errors add.",
    formula="value = mean(a) - mean(b); error = sqrt(var(a) / n + var(b) / m).",
    line="Write `a, b = t_real, conjugate_fake` and `return a.mean() - b.mean(),"
    " (a.var() / len(a) + b.var() / len(b)).sqrt()`.",
    variation="Draw the estimate a thousand times and count how often the true value"
    " lies within two errors. About 95 % is right.",
)


exercise.tolerance = 0.02  # n or n - 1 in the variance: both are fine


@exercise.answer
def bound_estimate(t_real: Tensor, conjugate_fake: Tensor) -> tuple[Tensor, Tensor]:
    """(E[T(x)] - E[f*(T(G(z)))], its standard error), from values on samples.

    t_real: T at real samples, [n]. conjugate_fake: f*(T) at generated ones, [m]. The
    two sets of samples are independent.
    """
    a, b = t_real, conjugate_fake
    # variances of independent means add
    error = (a.var() / len(a) + b.var() / len(b)).sqrt()
    return a.mean() - b.mean(), error


@exercise.observe
def as_numbers(f) -> dict[str, object]:
    sizes = ((80, 200, 1.0, 2.0), (300, 100, 3.0, 0.5))
    found: dict[str, object] = {}
    for n, m, wide, narrow in sizes:
        value, error = f(wide * torch.randn(n) + 1, narrow * torch.randn(m))
        found[f"the value, n = {n}, m = {m}"] = float(value)
        found[f"the error, n = {n}, m = {m}"] = float(error)
    return found


@exercise.must_hold
def four_times_the_samples(f) -> bool:
    """Four times as many samples halve the error."""
    a, b = torch.randn(500), torch.randn(400)
    (_, one), (_, four) = f(a, b), f(a.repeat(4), b.repeat(4))
    return same(float(four), float(one) / 2, tolerance=0.02)


@exercise.must_hold
def covers(f) -> bool:
    """The error is the spread of the estimate: over 400 repetitions the two agree
    within 15 %."""
    found = [f(torch.randn(50), 2 * torch.randn(80)) for _ in range(400)]
    spread = torch.tensor([float(value) for value, _ in found]).std().item()
    told = sum(float(error) for _, error in found) / 400
    return abs(told / spread - 1) < 0.15


@exercise.must_hold
def no_noise(f) -> bool:
    """Values that are all equal leave no error: 2 - 0.5 = 1.5, plus or minus 0."""
    value, error = f(torch.full((9,), 2.0), torch.full((7,), 0.5))
    return same([float(value), float(error)], [1.5, 0.0])


@exercise.mistake(hint="idea")
def spread_of_the_values(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """Your error is the spread of single values, which does not shrink with more
    samples. A mean varies less than its terms, by the root of their number."""
    value, _ = bound_estimate(t_real, conjugate_fake)
    return value, (t_real.var() + conjugate_fake.var()).sqrt()


@exercise.mistake(hint="formula")
def errors_added(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You add the two errors. Independent deviations partly cancel: their squares add,
    and the root of the sum is smaller."""
    value, _ = bound_estimate(t_real, conjugate_fake)
    errors = [v.std() / len(v) ** 0.5 for v in (t_real, conjugate_fake)]
    return value, errors[0] + errors[1]


@exercise.mistake(hint="formula")
def variances_subtracted(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """The means are subtracted, but the variances add: a difference of two uncertain
    numbers is less certain than either."""
    value, _ = bound_estimate(t_real, conjugate_fake)
    a, b = (v.var() / len(v) for v in (t_real, conjugate_fake))
    return value, (a - b).abs().sqrt()


@exercise.mistake(hint="formula")
def not_rooted(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """This is the variance of the estimate; its unit is the square of the value's. The
    error is the root."""
    value, error = bound_estimate(t_real, conjugate_fake)
    return value, error**2


@exercise.mistake(hint="formula")
def divided_by_n(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You divide the standard deviations by n. They shrink with the root of n; the
    variance is what shrinks with n."""
    value, _ = bound_estimate(t_real, conjugate_fake)
    return value, torch.hypot(*(v.std() / len(v) for v in (t_real, conjugate_fake)))


@exercise.mistake(hint="idea")
def means_added(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You add the two means. The generated half enters the bound with a minus:
    E[T(x)] - E[f*(T(G(z)))]."""
    _, error = bound_estimate(t_real, conjugate_fake)
    return t_real.mean() + conjugate_fake.mean(), error


@exercise.mistake(hint="idea")
def one_sample_only(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """Your error knows the real samples only. The generated ones are a sample too, and
    add their share."""
    value, _ = bound_estimate(t_real, conjugate_fake)
    return value, t_real.std() / len(t_real) ** 0.5


@exercise.mistake(hint="formula")
def pooled(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You put both samples together and take one spread, in which the distance of the
    two means counts as noise. Each mean has an error of its own; add their squares."""
    both = torch.cat([t_real, conjugate_fake])
    value, _ = bound_estimate(t_real, conjugate_fake)
    return value, both.std() / len(both) ** 0.5


@exercise.mistake(hint="idea")
def in_pairs(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You subtract sample by sample, as if they came in pairs, and drop those without a
    partner. The two samples are independent and of any sizes: take their means and
    their errors apart."""
    n = min(len(t_real), len(conjugate_fake))
    gap = t_real[:n] - conjugate_fake[:n]
    return gap.mean(), gap.std() / n**0.5


@exercise.mistake(hint="line")
def interval(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You return the half-width of a 95 % interval, about two errors. Asked for is one
    standard error."""
    value, error = bound_estimate(t_real, conjugate_fake)
    return value, 1.96 * error


@exercise.mistake(hint="formula")
def one_common_variance(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    """You use one common variance for both sets, as a t-test does for equal spreads.
    These spreads differ: divide each variance by its own number of samples."""
    a, b = t_real, conjugate_fake
    value, _ = bound_estimate(a, b)
    n, m = len(a), len(b)
    common = ((n - 1) * a.var() + (m - 1) * b.var()) / (n + m - 2)
    return value, (common * (1 / n + 1 / m)).sqrt()
