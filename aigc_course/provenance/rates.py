"""What a score decides: hits, false accusations, and how many accusations are right."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

PSEUDO = 0.5  # Jeffreys' prior of a rate, Beta(1/2, 1/2)


class Rates(NamedTuple):
    """What a threshold does, with 95 % intervals (Wilson).

    tpr: share of the generated pictures that are accused. fpr: share of the real ones,
    all accused falsely. auc: the probability that a generated picture scores higher
    than a real one, at any threshold.
    """

    tpr: float
    tpr_low: float
    tpr_high: float
    fpr: float
    fpr_low: float
    fpr_high: float
    auc: float
    n_real: int
    n_generated: int

    def __str__(self) -> str:
        return (
            f"found {self.tpr:.1%} [{self.tpr_low:.1%}, {self.tpr_high:.1%}] of"
            f" {self.n_generated:,} generated, accused {self.fpr:.2%}"
            f" [{self.fpr_low:.2%}, {self.fpr_high:.2%}] of {self.n_real:,} real,"
            f" AUC {self.auc:.3f}"
        )


class Accusations(NamedTuple):
    """Expected counts among n pictures, and the share of accusations that are right."""

    right: float
    wrong: float
    missed: float
    ppv: float


def threshold_at(real: Tensor, fpr: float) -> float:
    """The lowest threshold above which at most a share `fpr` of real scores [N] lies.

    Take scores of real pictures that had no part in training. They are a sample: the
    rate on other pictures varies around `fpr`, and is measured with `rates`. Raises
    CourseError for an fpr outside 0 to 1, and one below 1/N, which N cannot show.

    >>> threshold_at(torch.arange(10.0), 0.2)
    7.0
    """
    scores = _scores(real, "real")
    if not 0 < fpr < 1:
        raise CourseError(f"A false positive rate is between 0 and 1, not {fpr:g}.")
    allowed = int(fpr * len(scores) + 1e-9)
    if allowed < 1:
        raise CourseError(
            f"A false positive rate of {fpr:g} needs at least {1 / fpr:,.0f} real"
            f" pictures, not {len(scores)}."
        )
    return float(scores.sort(descending=True).values[allowed])


def rates(real: Tensor, generated: Tensor, threshold: float = 0.0) -> Rates:
    """Count the scores [N] and [M] above a threshold: those are accused.

    Raises CourseError for scores that are none, of another shape, or NaN.
    """
    made, taken = _scores(generated, "generated"), _scores(real, "real")
    found, accused = (int((scores > threshold).sum()) for scores in (made, taken))
    return Rates(
        found / len(made),
        *share_interval(found, len(made)),
        accused / len(taken),
        *share_interval(accused, len(taken)),
        _auc(made, taken),
        len(taken),
        len(made),
    )


def positive_predictive_value(tpr: float, fpr: float, prevalence: float) -> float:
    """P(generated | accused): the share of the accusations that are right.

    PPV = tpr p / (tpr p + fpr (1 - p)),   p = prevalence = P(generated)

    which is Bayes' rule. Raises CourseError for what are no shares, and where nobody
    is ever accused.

    >>> round(positive_predictive_value(0.95, 0.01, 0.01), 3)
    0.49
    """
    validate.share(tpr, "The true positive rate")
    validate.share(fpr, "The false positive rate")
    validate.share(prevalence, "The prevalence")
    accused = tpr * prevalence + fpr * (1 - prevalence)
    if accused <= 0:
        raise CourseError(
            "With these rates no picture is ever accused, so that there is no share of"
            " right accusations."
        )
    return tpr * prevalence / accused


def ppv_interval(
    found: int,
    generated: int,
    accused: int,
    real: int,
    prevalence: float,
    level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of the PPV when both rates were measured.

    found of `generated` pictures were accused, and `accused` of `real` ones. Each rate
    is drawn from Beta(count + 1/2, rest + 1/2), what is known of it after counting
    (Jeffreys' prior). With no false accusation among n real pictures the rate may still
    be 3/n, which at a low prevalence decides. Raises CourseError for impossible counts.
    """
    for count, n in ((found, generated), (accused, real)):
        validate.whole(n, "A number of pictures")
        validate.whole(count, "A number of accused pictures", 0)
        if count > n:
            raise CourseError(f"{count} of {n} pictures cannot be accused.")
    if not 0 < prevalence < 1 or not 0 < level < 1:
        raise CourseError("The prevalence and the level are between 0 and 1.")
    random = np.random.default_rng(seed)
    tpr, fpr = (
        random.beta(count + PSEUDO, n - count + PSEUDO, draws)
        for count, n in ((found, generated), (accused, real))
    )
    right = tpr * prevalence
    value = right / (right + fpr * (1 - prevalence))
    low, high = np.quantile(value, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def accusations(tpr: float, fpr: float, prevalence: float, n: int) -> Accusations:
    """What to expect among n pictures of which a share `prevalence` is generated.

    >>> accusations(0.95, 0.01, 0.01, 10_000).wrong
    99.0
    """
    validate.whole(n, "The number of pictures")
    ppv = positive_predictive_value(tpr, fpr, prevalence)
    made, taken = n * prevalence, n * (1 - prevalence)
    return Accusations(tpr * made, fpr * taken, (1 - tpr) * made, ppv)


def _auc(high: Tensor, low: Tensor) -> float:
    """P(high > low) + P(equal) / 2, by ranks."""
    order = low.sort().values
    below = torch.searchsorted(order, high.contiguous())
    up_to = torch.searchsorted(order, high.contiguous(), right=True)
    return float((below + up_to).double().mean() / (2 * len(low)))


def _scores(scores: Tensor, what: str) -> Tensor:
    found = torch.as_tensor(scores).detach().double()
    if found.ndim != 1 or not len(found):
        raise CourseError(
            f"Give the scores of {what} pictures as [N], at least one; got shape"
            f" {list(found.shape)}."
        )
    validate.finite(found, f"scores of {what} pictures")
    return found
