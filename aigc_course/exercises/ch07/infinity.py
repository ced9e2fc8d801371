"""Exercise on the FID of infinitely many samples."""

import torch

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.infinity",
    order=60,
    title="The bias taken out",
    difficulty=2,
    minutes=8,
    asks="method",
    idea="The FIDs lie on a straight line over 1/n. Infinitely many samples are at"
    " 1/n = 0: look for the line's value there.",
    formula="With x = 1/n: slope = cov(x, y) / var(x), value = mean(y) - slope"
    " mean(x).",
    line="Write `x, y = 1 / torch.tensor(sizes, dtype=torch.float64),"
    " torch.tensor(values, dtype=torch.float64)`, `gap = x - x.mean()`, `slope ="
    " (gap * (y - y.mean())).sum() / gap.square().sum()` and `return"
    " float(y.mean() - slope * x.mean())`.",
    variation="Repeat with other subsets and see how far the value moves: it has an"
    " error too.",
)


Numbers = list[float]


@exercise.answer
def infinity(sizes: list[int], values: Numbers) -> float:
    """The value at 1/n = 0 of the least-squares line of values over 1/n.

    Chong and Forsyth 2020, section 3. sizes, values: of one length, at least 2.
    """
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    gap = x - x.mean()
    slope = (gap * (y - y.mean())).sum() / gap.square().sum()
    return float(y.mean() - slope * x.mean())


@exercise.inputs
def measured() -> list[tuple[list[int], Numbers]]:
    sizes = [500, 1000, 2000, 5000]
    return [
        (sizes, [0.31, 0.22, 0.16, 0.12]),
        ([100, 150, 300, 700, 1500], [9.3, 6.9, 4.6, 3.2, 2.9]),
    ]


@exercise.must_hold
def on_a_line(f) -> bool:
    """Where the values are 2 + 30/n exactly, the answer is 2."""
    sizes = [10, 25, 40, 100]
    return same(f(sizes, [2 + 30 / n for n in sizes]), 2.0)


@exercise.must_hold
def in_any_order(f) -> bool:
    """The order of the sizes does not matter."""
    sizes, values = measured()[1]
    return same(f(sizes[::-1], values[::-1]), f(sizes, values))


@exercise.must_hold
def flat(f) -> bool:
    """Values that do not depend on n stay what they are."""
    return same(f([10, 20, 50], [1.5, 1.5, 1.5]), 1.5)


@exercise.mistake(hint="idea")
def line_over_n(sizes: list[int], values: Numbers) -> float:
    """Your line runs over n, and its value at 0 is for no samples at all. Fit it over
    1/n, where 0 stands for infinitely many."""
    return infinity([1 / n for n in sizes], values)  # type: ignore[misc]


@exercise.mistake(hint="formula")
def the_slope(sizes: list[int], values: Numbers) -> float:
    """You return the slope, which says how fast the bias grows. Asked is the value at
    1/n = 0."""
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    gap = x - x.mean()
    return float((gap * y).sum() / gap.square().sum())


@exercise.mistake(hint="idea")
def largest_n(sizes: list[int], values: Numbers) -> float:
    """You return the FID of the largest n. It has the smallest bias, and still one."""
    return max(zip(sizes, values, strict=True))[1]


@exercise.mistake(hint="idea")
def mean_of_all(sizes: list[int], values: Numbers) -> float:
    """A mean of biased values is biased as well. Follow their line to 1/n = 0."""
    return sum(values) / len(values)


@exercise.mistake(hint="formula")
def root_of_n(sizes: list[int], values: Numbers) -> float:
    """You fit over 1/sqrt(n). The scatter of an estimate falls so slowly; its bias
    falls like 1/n."""
    return infinity([n**0.5 for n in sizes], values)  # type: ignore[misc]


@exercise.mistake(hint="formula")
def two_points(sizes: list[int], values: Numbers) -> float:
    """Your line goes through the smallest and the largest n and ignores the rest. Fit
    all points by least squares."""
    pairs = sorted(zip(sizes, values, strict=True))
    return infinity(*map(list, zip(pairs[0], pairs[-1], strict=True)))  # type: ignore


@exercise.mistake(hint="formula")
def through_nought(sizes: list[int], values: Numbers) -> float:
    """You assume that the line goes through 0 and return what remains of the largest
    value. The line's height is what is asked for; leave it free."""
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    return float((y - x * (x * y).sum() / x.square().sum()).mean())


@exercise.mistake(hint="formula")
def last_two(sizes: list[int], values: Numbers) -> float:
    """Your line goes through the last two points of the list and ignores the rest, so
    the order of the list matters. Fit all points by least squares."""
    return infinity(sizes[-2:], values[-2:])
