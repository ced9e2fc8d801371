"""How much a figure of a set scatters: shares, and the jackknife over groups.

Errors are half-widths of 95 % intervals. They say how much a figure would change if
the same generator drew another set of as many samples; the real images stay the same.
They take the samples as independent draws, which copies of one another are not.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.intervals import Estimate, share_interval

GROUPS = 10  # of samples; each is left out once
Z = 1.96  # two-sided 95 % point of the normal distribution
T = 2.262  # the same of Student's t with GROUPS - 1 degrees of freedom
SEED = 1_981  # of the groups; no seed that draws subsets, which would be these groups


def groups(n: int) -> tuple[Tensor, ...]:
    """The numbers 0 to n - 1 at random in GROUPS groups of about equal size."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(SEED))
    return order.tensor_split(min(GROUPS, n))


def jackknife(left_out: Sequence[float]) -> float:
    """Error of a figure from its values without each of the groups.

    SE^2 = (G - 1)/G sum_g (theta_(g) - mean)^2,   error = t SE
    theta_(g): the figure of all samples but group g. Whatever the figure, SE^2 is on
    average at least its variance with one group less (Efron and Stein 1981); near the
    figure's minimum, as for FID at its floor, it is about twice that.
    """
    values = torch.tensor(left_out, dtype=torch.float64)
    spread = (values - values.mean()).square().mean()
    return T * math.sqrt(float(spread) * (len(values) - 1))


def of_parts(values: Sequence[float]) -> float:
    """Error of a mean over parts that share no sample: t times spread / sqrt(parts)."""
    found = torch.tensor(values, dtype=torch.float64)
    return T * float(found.std()) / math.sqrt(len(found))


def of_mean(values: Tensor) -> float:
    """Error of the mean of independent values [n]: z times spread / sqrt(n)."""
    return Z * float(values.double().std()) / math.sqrt(len(values))


def share(rate: float, n: int) -> Estimate:
    """A rate of n independent samples, with the longer side of Wilson's interval.

    So a rate of 0 has an error too: 0 of 2,000 is below 0.2 %.

    >>> print(share(0.0, 2_000))
    0.0000 ± 0.0019
    """
    low, high = share_interval(round(rate * n), n)
    return Estimate(rate, max(rate - low, high - rate))
