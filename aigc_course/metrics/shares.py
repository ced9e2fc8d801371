"""Who is drawn? Shares of the classes, corrected for what the classifier confuses.

A classifier that reads 3 % of the sevens as ones moves the share of both. Its errors
are known from labelled data, so they can be taken out again (Rogan and Gladen 1978 for
two classes; Teo et al. 2023, CLEAM, for generative models), and an interval can say
how sure the result is.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

Array = NDArray[np.float64]

WORST_CONDITION = 1e4  # of A: above it the classes cannot be told apart
PSEUDO = 0.5  # counts added to the spread of a share, so that 0 of n is not certain


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of C classes among generated images, float64 [C] each.

    raw: as the classifier counts them, with Wilson's interval, which knows of no
    confusion. estimate: corrected; it sums to 1 and a rare class may come out below 0.
    low, high: its interval, cut to [0, 1]. covariance: of the estimate, [C, C].
    """

    images: int
    raw: Tensor
    raw_low: Tensor
    raw_high: Tensor
    estimate: Tensor
    low: Tensor
    high: Tensor
    covariance: Tensor

    def __str__(self) -> str:
        rows = [f"Shares among {self.images:,} images, in %:"]
        for c, share in enumerate(self.estimate.tolist()):
            ends = f"{100 * self.low[c]:.2f} to {100 * self.high[c]:.2f}"
            rows.append(
                f"class {c}: counted {100 * self.raw[c]:.2f}, corrected"
                f" {100 * share:.2f} (interval {ends})"
            )
        return "\n".join(rows)


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold the truth, 0 to 1, over simulations and classes.

    corrected, raw: all classes together. worst: of the corrected, the class whose
    interval misses most often.
    """

    corrected: float
    raw: float
    worst: float


def confusion_counts(found: Tensor, truth: Tensor, classes: int = 10) -> Tensor:
    """How often the classifier says what of which: int64 [C true, C said].

    found, truth: int [N], 0 to C - 1. Raises CourseError where they do not fit.

    >>> confusion_counts(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    n = len(torch.as_tensor(truth).reshape(-1))
    said = validate.labels(torch.as_tensor(found), n, classes)
    true = validate.labels(torch.as_tensor(truth), n, classes)
    if said is None or true is None or not n:
        raise CourseError("A confusion matrix needs labelled images, at least one.")
    return torch.bincount(true * classes + said, minlength=classes**2).reshape(
        classes, classes
    )


def corrected_shares(found: Tensor, confusion: Tensor, level: float = 0.95) -> Shares:
    """Shares of the true classes behind what a classifier counted.

    q = A p, A[i, j] = P(said i | is j), so p = A^-1 q. Its covariance by the delta
    method has two parts, the generated images' and the labelled images':
    A^-1 [ (diag q - q q^T)/n + sum_j p_j^2 (diag a_j - a_j a_j^T)/m_j ] A^-T, with a_j
    the j-th column of A and m_j the labelled images of class j.

    found: counts [C]. confusion: counts [C true, C said] on labelled images that the
    classifier was not trained on. level: of the intervals, between 0 and 1.

    Raises CourseError for other shapes, negative or no counts, a class without
    labelled images, and a classifier that cannot tell two classes apart.
    """
    counts, judged = _counts(found, confusion)
    if not 0 < level < 1:
        raise CourseError(f"A level lies between 0 and 1; got {level}.")
    n, m = counts.sum(), judged.sum(axis=1)  # images; [C] labelled images per class
    rates = (judged / m[:, None]).T  # A, [said, true], columns sum to 1
    inverse = _inverse(rates)
    estimate = inverse @ (counts / n)  # p = A^-1 q
    covariance = inverse @ _spread(counts, judged, estimate) @ inverse.T
    low, high = _interval(estimate, np.diag(covariance), float(n), level)
    raw_low, raw_high = _wilson(counts / n, float(n), level)
    parts = (counts / n, raw_low, raw_high, estimate, low, high, covariance)
    return Shares(int(n), *(torch.from_numpy(np.array(part)) for part in parts))


def coverage(
    true: Tensor,
    rates: Tensor,
    images: int = 2000,
    judged: int = 5000,
    simulations: int = 200,
    seed: int = 0,
) -> Coverage:
    """Coverage of 95 % intervals when `true` [C] are the shares and `rates` the judge.

    rates: [C true, C said], rows sum to 1. In each simulation `judged` labelled images,
    as many of each class, are classified anew, and so are `images` generated ones.
    Raises CourseError for shares or rates that are no probabilities.
    """
    p, a = _probabilities(true, "shares"), _probabilities(rates, "rates")
    random = np.random.default_rng(seed)
    validate.whole(judged, "The number of labelled images", len(p))
    validate.whole(images, "The number of images")
    validate.whole(simulations, "The number of simulations")
    hits, raw_hits = [], []
    for _ in range(simulations):
        confusion = np.stack([random.multinomial(judged // len(p), row) for row in a])
        drawn = random.multinomial(images, p)
        said = sum(random.multinomial(k, row) for k, row in zip(drawn, a, strict=True))
        seen = corrected_shares(torch.from_numpy(said), torch.from_numpy(confusion))
        hits.append(_holds(seen.low, p, seen.high))
        raw_hits.append(_holds(seen.raw_low, p, seen.raw_high))
    per = np.mean(hits, axis=0)  # [C]
    return Coverage(float(per.mean()), float(np.mean(raw_hits)), float(per.min()))


def _holds(low: Tensor, truth: Array, high: Tensor) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (low.numpy() <= truth) & (truth <= high.numpy())
    return inside


def _spread(counts: Array, judged: Array, estimate: Array) -> Array:
    """Covariance of q - A p, [C, C], with PSEUDO counts so that zeros vary as well."""
    n, classes = counts.sum(), len(counts)
    q = (counts + PSEUDO) / (n + PSEUDO * classes)
    total = (np.diag(q) - np.outer(q, q)) / n
    for share, row in zip(np.clip(estimate, 0, 1), judged, strict=True):
        m = row.sum()
        a = (row + PSEUDO) / (m + PSEUDO * classes)
        total += share**2 * (np.diag(a) - np.outer(a, a)) / m
    return total


def _wilson(share: Array, n: Array | float, level: float) -> tuple[Array, Array]:
    """Wilson's interval (1927, equation 1) for shares [C] among n."""
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    inner = z2 * (share * (1 - share) / n + z2 / (4 * n**2))
    half = np.sqrt(inner) / (1 + z2 / n)
    low: Array = np.clip(middle - half, 0, 1)
    high: Array = np.clip(middle + half, 0, 1)
    return low, high


def _interval(
    share: Array, variance: Array, images: float, level: float
) -> tuple[Array, Array]:
    """Wilson's interval with the n that gives this variance, joined with p +- z s.

    p +- z s alone is too short above a p near 0, and Wilson's around a p below 0.
    """
    inside = np.clip(share, 0, 1)
    # `variance` has PSEUDO counts, and so has the p of a class that was never counted
    rare = PSEUDO / (images + PSEUDO * len(share))
    spread = np.maximum(inside * (1 - inside), rare * (1 - rare))
    n = np.maximum(spread, variance) / variance  # p (1 - p)/n = s^2
    low, high = _wilson(inside, n, level)
    plain = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(variance)
    lowest: Array = np.minimum(low, share - plain).clip(0, 1)
    highest: Array = np.maximum(high, share + plain).clip(0, 1)
    return lowest, highest


def _inverse(rates: Array) -> Array:
    if np.linalg.cond(rates) > WORST_CONDITION:
        raise CourseError(
            "The classifier cannot tell some of these classes apart, so their shares"
            " cannot be corrected: merge the classes, or use a better classifier."
        )
    return np.asarray(np.linalg.inv(rates), dtype=np.float64)


def _counts(found: Tensor, confusion: Tensor) -> tuple[Array, Array]:
    counts, judged = (
        np.asarray(torch.as_tensor(x).detach().cpu(), dtype=np.float64)
        for x in (found, confusion)
    )
    if counts.ndim != 1 or judged.shape != 2 * counts.shape:
        raise CourseError(
            "Counts [C] and a confusion matrix [C, C] of the same classes are needed;"
            f" got shapes {list(counts.shape)} and {list(judged.shape)}."
        )
    for what in (counts, judged):
        if not np.isfinite(what).all() or what.min() < 0 or (what % 1).any():
            raise CourseError(
                "Counts are whole numbers of 0 or more: give the counts, not shares."
            )
    if not counts.sum():
        raise CourseError("No image was counted; shares need at least one.")
    if missing := np.flatnonzero(judged.sum(axis=1) == 0).tolist():
        raise CourseError(
            f"Class {missing[0]} has no labelled image, so its confusion is unknown:"
            " label some of every class."
        )
    return counts, judged


def _probabilities(values: Tensor, what: str) -> Array:
    p = np.asarray(torch.as_tensor(values), dtype=np.float64)
    if p.min() < 0 or not np.allclose(p.sum(axis=-1), 1):
        raise CourseError(f"The {what} must not be negative, and sum to 1 in each row.")
    return p / p.sum(axis=-1, keepdims=True)
