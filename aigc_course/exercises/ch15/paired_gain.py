"""Exercise on judging an application: a difference with its interval."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.paired_gain",
    order=66,
    title="By more than the error?",
    difficulty=3,
    minutes=10,
    idea="Both methods were scored on the same pictures, and some pictures are hard for"
    " both. Take the difference picture by picture, and then its mean and spread.",
    formula="d_i = with_it_i - without_i; the gain is mean(d), its error 1.96 std(d) /"
    " sqrt(N), with the divisor N - 1 in std.",
    line="`d = with_it - without` and `return float(d.mean()), 1.96 * float(d.std()) /"
    " len(d) ** 0.5`.",
    variation="Draw pictures with replacement a thousand times (the bootstrap) and"
    " compare the interval with yours.",
    asks="method",
)


@exercise.answer
def paired_gain(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """Mean gain of with_it over without, and the half width of its 95 % interval.

    Scores [N] of the same N pictures by two methods. The interval is that of a normal
    distribution, 1.96 standard errors to each side; standard deviations divide by
    N - 1.
    """
    gaps = with_it - without
    return float(gaps.mean()), 1.96 * float(gaps.std()) / len(gaps) ** 0.5


def scores(n: int) -> tuple[Tensor, Tensor]:
    """Scores that agree on which pictures are hard."""
    hard = 3 * torch.randn(n)
    return hard + torch.randn(n), hard + 0.5 + torch.randn(n)


@exercise.inputs
def some() -> list[tuple[Tensor, Tensor]]:
    right = (torch.rand(2, 40) < 0.7).float()
    return [scores(12), scores(50), (right[0], right[1])]


@exercise.must_hold
def against_itself(f) -> bool:
    """A method has no gain over itself, and no error."""
    one, _ = scores(20)
    return same(f(one, one), (0.0, 0.0), 1e-5)


@exercise.must_hold
def a_shift_is_certain(f) -> bool:
    """If every picture gains the same, the gain is that and its error is 0."""
    one, _ = scores(20)
    gain, error = f(one, one + 2)
    return abs(float(gain) - 2) < 1e-4 and abs(float(error)) < 1e-4


@exercise.must_hold
def four_times_the_pictures(f) -> bool:
    """With each picture four times the gain stays and the error is about half."""
    one, two = scores(200)
    gain, error = f(one, two)
    again, smaller = f(one.repeat(4), two.repeat(4))
    return (
        same(float(gain), float(again), 1e-3)
        and abs(float(smaller) / float(error) - 0.5) < 0.01
    )


@exercise.mistake(hint="idea")
def unpaired(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """You add the variances of the two methods as if they had been scored on different
    pictures. Both saw the same ones: take differences picture by picture first."""
    variance = (without.var() + with_it.var()) / len(without)
    return float(with_it.mean() - without.mean()), 1.96 * float(variance) ** 0.5


@exercise.mistake(hint="formula")
def turned_round(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """Your sign is the other way round: a gain is positive where `with_it` scores
    higher."""
    return paired_gain(with_it, without)


@exercise.mistake(hint="formula")
def spread_of_one_picture(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """Your error is that of a single picture. The mean of N pictures has an error that
    is smaller by the root of N."""
    gaps = with_it - without
    return float(gaps.mean()), 1.96 * float(gaps.std())


@exercise.mistake(hint="formula")
def one_standard_error(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """That is one standard error, which covers 68 %. A 95 % interval reaches 1.96
    standard errors to each side."""
    gain, error = paired_gain(without, with_it)
    return gain, error / 1.96


@exercise.mistake(hint="formula")
def whole_width(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """You return the whole width of the interval. What stands behind ± is half of
    it."""
    gain, error = paired_gain(without, with_it)
    return gain, 2 * error


@exercise.mistake(hint="formula")
def divided_by_n(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """Your standard deviation divides by N. The exercise asks for N - 1, the default of
    `torch.std`; NumPy needs ddof=1."""
    gaps = with_it - without
    spread = float(gaps.std(correction=0))
    return float(gaps.mean()), 1.96 * spread / len(gaps) ** 0.5


@exercise.mistake(hint="formula")
def divided_by_the_number(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """You divide the spread by N. The standard error divides by the root of N."""
    gaps = with_it - without
    return float(gaps.mean()), 1.96 * float(gaps.std()) / len(gaps)


@exercise.mistake(hint="idea")
def sizes_of_the_gaps(without: Tensor, with_it: Tensor) -> tuple[float, float]:
    """You take absolute differences, so losses count as gains. Keep the signs."""
    gaps = (with_it - without).abs()
    return float(gaps.mean()), 1.96 * float(gaps.std()) / len(gaps) ** 0.5
