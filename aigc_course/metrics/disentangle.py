"""Does each latent stand for one factor? Two scores for data with known factors.

They look from two sides: MIG asks whether a factor sits in one latent, DCI also whether
a latent holds one factor. Neither is to be believed alone: each docstring says how its
score is fooled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError

BINS = 20  # as Locatello et al. 2019 take
TRAINED = 0.75  # of the rows, on which DCI's predictors learn; the rest judges them
By = Literal["trees", "lasso"]


@dataclass(frozen=True, eq=False)
class MIG:
    """The mutual information gap, from 0 to 1, and what it is made of.

    gaps: of each factor, float64 [K]. information: I(z; v) as a share of the factor's
    entropy, float64 [D, K], a row for each latent.
    """

    gaps: Tensor
    information: Tensor

    @property
    def mean(self) -> float:
        """The score: the mean of the gaps."""
        return float(self.gaps.mean())


@dataclass(frozen=True, eq=False)
class DCI:
    """Scores from 0 to 1, more is better, and what they are made of.

    importance: [D, K], of each latent for each factor, columns sum to 1 (or 0).
    errors: [K], root mean square error of each prediction on unseen rows, as a share of
    the factor's spread: 1 for guessing the mean.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: Tensor
    errors: Tensor


def mig(codes: Tensor, factors: Tensor, bins: int = BINS) -> MIG:
    """Mutual information gap (Chen et al. 2018, equation 6).

    MIG = 1/K sum_k (I(z_a; v_k) - I(z_b; v_k)) / H(v_k)

    with a and b the two latents that tell most about factor v_k. Each latent is cut
    into `bins` equal widths between its least and largest value, and I counted from
    there (Locatello et al. 2019, appendix C).

    What fools it. (1) It asks only whether a factor sits in one latent: a latent that
    holds two factors at once has full marks. (2) A factor told twice, by two equal
    latents, has 0. (3) Counting overstates I by about (bins - 1)(values - 1) / (2 N)
    nats for latents that tell nothing: take N in the thousands. (4) Equal widths are
    wasted by an outlier: the rest falls into few bins. (5) Independent factors are
    taken for granted.

    codes: float [N, D], D from 2, e.g. posterior means. factors: whole numbers [N, K].
    Raises CourseError for other shapes or types, NaN, fewer than 2 bins, and a factor
    that never changes.

    >>> both = torch.cartesian_prod(torch.arange(4), torch.arange(4))
    >>> round(mig(both.float(), both).mean, 6)
    1.0
    """
    values = _checked(codes, factors)
    if bins < 2:
        raise CourseError(f"Latents are cut into at least 2 bins, not {bins}.")
    shares = torch.tensor(
        [
            [_information(z, v) / _entropy(np.bincount(v)) for v in values.T]
            for z in _binned(codes, bins).T
        ],
        dtype=torch.float64,
    )
    first, second = shares.topk(2, dim=0).values  # [K] each
    return MIG(first - second, shares)


def dci(codes: Tensor, factors: Tensor, seed: int = 0, by: By = "trees") -> DCI:
    """Disentanglement, completeness, informativeness (Eastwood and Williams 2018).

    Each factor is predicted from all latents; R_ij is how much latent i matters for
    factor j, with columns that sum to 1. With entropies in base K and base D
        disentanglement = sum_i w_i (1 - H(R_ij / sum_j R_ij)),  w_i = sum_j R_ij / K
        completeness    = 1/K sum_j (1 - H(R_ij over i))
    (section 2). One factor for each latent, one latent for each factor. Informativeness
    is 1 minus the mean of `errors`, not below 0.

    by: "trees" are gradient-boosted regression trees, R their impurity importance; for
    the forests of the paper. "lasso" is linear, R its |weights| at a penalty found by
    cross-validation: it overlooks what bends, and kinds that have no order.

    What fools it. (1) D and C are shares of what was found: latents of pure noise can
    have some D; read informativeness first. (2) Trees find bent and mixed factors too,
    so that informativeness hardly falls for entangled codes. (3) Of two equal latents
    trees and lasso prefer one by chance. (4) Positions are taken for numbers; a factor
    that turns full circle is not one. (5) The score depends on `by`: compare like with
    like.

    codes: float [N, D], D from 2; factors: whole numbers [N, K], K from 2; N from 40. A
    quarter of the rows, drawn by `seed`, judges the errors. 1,000 rows take about a
    second per factor. Raises CourseError as `mig` does, and for another `by`.
    """
    values = _checked(codes, factors)
    if len(values) < 40 or values.shape[1] < 2:
        raise CourseError(
            f"DCI needs 40 rows and 2 factors at least; got {list(values.shape)}."
        )
    found = list(_predictions(codes, values, seed, by))
    importance = torch.tensor(np.stack([r for r, _ in found], 1), dtype=torch.float64)
    errors = torch.tensor([e for _, e in found], dtype=torch.float64)
    rows = importance.sum(1)  # [D]
    weights = rows / rows.sum().clamp(min=1e-12)
    each = _certainty(importance) * weights
    return DCI(
        disentanglement=float(each.sum()),
        completeness=float(_certainty(importance.T).mean()),
        informativeness=max(0.0, 1 - float(errors.mean())),
        importance=importance,
        errors=errors,
    )


def _predictions(
    codes: Tensor, values: np.ndarray, seed: int, by: By
) -> Iterator[tuple[np.ndarray, float]]:
    """For each factor the importance of the latents [D], and the error."""
    z = _standard(codes.detach().cpu().double().numpy())
    order = np.random.default_rng(seed).permutation(len(z))
    seen, unseen = np.split(order, [int(TRAINED * len(z))])
    for v in _standard(values.astype(float)).T:
        model = _predictor(by, seed).fit(z[seen], v[seen])
        weights = model.feature_importances_ if by == "trees" else np.abs(model.coef_)
        error = np.sqrt(np.mean((model.predict(z[unseen]) - v[unseen]) ** 2))
        yield weights / max(weights.sum(), 1e-12), float(error)


def _predictor(by: By, seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingRegressor  # takes a second to load
    from sklearn.linear_model import LassoCV

    if by == "lasso":
        return LassoCV(cv=5)
    if by != "trees":
        raise CourseError(f"DCI predicts by 'trees' or by 'lasso', not {by!r}.")
    return GradientBoostingRegressor(random_state=seed)


def _certainty(rows: Tensor) -> Tensor:
    """1 - entropy of each row made to sum to 1, in base of its length; 0 if empty."""
    p = rows / rows.sum(1, keepdim=True).clamp(min=1e-12)
    entropy = -torch.special.xlogy(p, p).sum(1) / log(p.shape[1])
    return torch.where(rows.sum(1) > 0, 1 - entropy, 0.0)


def _standard(columns: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1; those that are constant, 0."""
    spread = columns.std(0)
    return (columns - columns.mean(0)) / np.where(spread > 0, spread, 1)


def _binned(codes: Tensor, bins: int) -> np.ndarray:
    """Which of the equal widths, 0..bins - 1, each value lies in: int [N, D]."""
    z = codes.detach().cpu().double().numpy()
    low, width = z.min(0), np.ptp(z, axis=0)
    share = (z - low) / np.where(width > 0, width, 1)  # 0 to 1
    return np.minimum((share * bins).astype(int), bins - 1)


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """I(a; b) = H(a) + H(b) - H(a, b) of two columns of counts from 0, in nats."""
    both = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(both, (a, b), 1)
    apart = _entropy(both.sum(1)) + _entropy(both.sum(0))
    return max(0.0, apart - _entropy(both))


def _entropy(counts: np.ndarray) -> float:
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def _checked(codes: Tensor, factors: Tensor) -> np.ndarray:
    """The factors as int [N, K], each counted from 0 without gaps."""
    if not codes.is_floating_point() or codes.ndim != 2 or codes.shape[1] < 2:
        raise CourseError(
            f"Codes are float [N, D], D from 2; got {codes.dtype} {list(codes.shape)}."
        )
    whole = not (factors.is_floating_point() or factors.dtype == torch.bool)
    if not whole or factors.ndim != 2 or not len(factors) == len(codes) > 0:
        raise CourseError(
            f"Factors are whole numbers, one row for each of the {len(codes)} codes;"
            f" got {factors.dtype} {list(factors.shape)}."
        )
    if not bool(codes.isfinite().all()):
        raise CourseError("The codes contain NaN or infinite values.")
    for k, column in enumerate(factors.T):
        if len(column.unique()) < 2:
            raise CourseError(f"Factor {k} never changes: it cannot be told.")
    counted = [column.unique(return_inverse=True)[1] for column in factors.cpu().T]
    return torch.stack(counted, dim=1).numpy()
