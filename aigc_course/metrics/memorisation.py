"""Does a generator recite? A rank test against real, unseen images."""

from dataclasses import dataclass
from math import erfc, sqrt
from typing import Literal

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.copies import closeness, nearest_distances
from aigc_course.metrics.images import Images


@dataclass(frozen=True)
class Copying:
    """How near samples lie to the training set, ranked among unseen real images.

    nearer: the chance that a sample is nearer than an unseen real image, ties counting
    half: 1/2 for samples as new as real ones, 1 for copies, 0 for what is far away.
    z: the same as a standard score; far below 0 is copying, far above 0 is samples
    farther away than real images are. p_value: the chance of a z as low or lower when
    samples and unseen images have one distribution. n: samples judged.
    """

    nearer: float
    z: float
    p_value: float
    n: int


def copying(
    samples: Images,
    train: Images,
    test: Images,
    by: Literal["closeness", "distance"] = "closeness",
) -> Copying:
    """Test whether samples lie nearer to the training set than unseen real images do.

    This is the statistic Z_U of Meehan et al. 2020, section 3, over the whole space (no
    cells): with s(x) how near x is to the training set, n samples and m unseen images,
        U = sum_{i, j} [s(sample_i) > s(test_j)] + 1/2 [s(sample_i) = s(test_j)]
        Z_U = (U - mn/2) / sqrt(mn(m + n + 1) / 12)                (Mann-Whitney)
    It sees many samples that are a little too near, where `near_copy_rate` counts the
    few that are far too near. A generator that recites half of the time and drifts off
    the data otherwise can still score 0: the ranks cancel.

    by: "closeness" ranks by |x - t_1| relative to the 50 nearest training images (see
    `closeness`), "distance" by |x - t_1| alone, as the paper does. Images that are dull
    or a little blurred are nearer to everything, so by distance they pass for copies.

    samples, train, test: images as `metrics.features` takes them, or points [N, d].
    test must be drawn as the training set was: MNIST's own test digits are by other
    writers, so that even real images left out of training score about z = -4 with 2,000
    of each. Raises CourseError as `closeness` does and for another `by`.
    """
    if by not in ("closeness", "distance"):
        raise CourseError(f"Ranked is by 'closeness' or by 'distance', not {by!r}.")
    score = closeness if by == "closeness" else nearest_distances
    z, above = mann_whitney(score(samples, train), score(test, train))
    return Copying(1 - above, z, erfc(-z / sqrt(2)) / 2, len(samples))


def mann_whitney(a: Tensor, b: Tensor) -> tuple[float, float]:
    """The rank test of Mann and Whitney (1947): standard score of U, and U / mn.

    U / mn estimates P(A > B) + P(A = B) / 2. The score corrects its variance for ties,
        var U = mn/12 (N + 1 - sum_t (t^3 - t) / (N(N - 1))),   N = m + n,
    t the sizes of groups of equal values; it is 0 when all values are equal.

    a: [m], b: [n], not empty. Positive scores: a is the larger.

    >>> mann_whitney(torch.tensor([3.0, 4.0]), torch.tensor([1.0, 2.0]))[1]
    1.0
    """
    ordered, m, n = b.contiguous().sort().values, len(a), len(b)
    below = torch.searchsorted(ordered, a.contiguous())
    upto = torch.searchsorted(ordered, a.contiguous(), right=True)
    u = float((below + upto).double().sum() / 2)
    t = torch.cat([a, b]).unique(return_counts=True)[1].double()
    ties = float((t**3 - t).sum()) / ((m + n) * (m + n - 1))
    variance = m * n / 12 * (m + n + 1 - ties)
    z = (u - m * n / 2) / sqrt(variance) if variance > 1e-9 * m * n else 0.0
    return z, u / (m * n)
