"""Labels in doubt: what a classifier that never saw a label thinks of it.

Confident learning (Northcutt et al. 2021). Nothing is known of the pictures but the
labels in question: the classifier learns from them, and judges those it did not learn
from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError
from aigc_course.validate import labels as check_labels

FOLDS = 5
WAVES = 40  # principal components the pictures are reduced to
NEIGHBOURS = 10
SEEN = 3 * NEIGHBOURS  # fewest pictures


@dataclass(frozen=True, eq=False)
class Suspects:
    """Labels in doubt, the most doubtful first.

    rows: int64 [K]. suggested: int64 [K], what the classifier would say. margin:
    float64 [K], how much more it believes that than the label, -1 to 1. joint: float64
    [C, C], how many pictures of each label (row) seem to show which class (column).
    """

    rows: Tensor
    suggested: Tensor
    margin: Tensor
    joint: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def scores(self, wrong: Tensor) -> tuple[float, float]:
        """Recall and precision against the truth, bool [N]; 1 where there is none.

        wrong: which labels really are.
        """
        caught = int(wrong[self.rows].sum())
        total = int(wrong.sum())
        return caught / total if total else 1.0, caught / len(self) if len(
            self
        ) else 1.0


def label_errors(images: ImageSet, folds: int = FOLDS, seed: int = 0) -> Suspects:
    """The labels of a set that its other pictures contradict.

    `suspects` of `chances`. Takes less than a processor minute for 60,000 digits.
    Raises CourseError as `chances` does.
    """
    return suspects(chances(images, folds, seed), images.labels)


def chances(
    images: ImageSet, folds: int = FOLDS, seed: int = 0, classifier: Any = None
) -> Tensor:
    """Class probabilities of each picture from a classifier that never saw it.

    The set is divided in `folds` parts with the same share of each label; each is
    judged by a classifier trained on the others. float64 [N, C], rows sum to 1.

    classifier: any of scikit-learn's that has predict_proba; None takes the 10 nearest
    neighbours among 40 principal components, weighted by 1 / distance.
    Raises CourseError for fewer than 30 pictures, fewer than 2 folds, a class with
    fewer pictures than folds, and labels that are no positions in the classes.
    """
    from sklearn.base import clone  # scikit-learn takes a second to load
    from sklearn.model_selection import StratifiedKFold

    check_labels(images.labels, len(images), len(images.classes))
    labels = images.labels.numpy()
    _check(labels, folds, len(images.classes))
    x = images.images.flatten(1).numpy().astype(np.float32) / 255  # [N, 784]
    found = np.zeros((len(x), len(images.classes)))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for known, judged in parts.split(x, labels):
        model = clone(classifier) if classifier is not None else _neighbours(seed)
        model.fit(x[known], labels[known])
        found[np.ix_(judged, model.classes_)] = model.predict_proba(x[judged])
    return torch.from_numpy(found)


def confident_joint(chances: Tensor, labels: Tensor) -> Tensor:
    """How many pictures of each label seem to show which class: float64 [C, C].

        t_j  = mean of p_j(x) over the x labelled j
        C_ij = number of x labelled i with p_j(x) >= t_j, j the likeliest of these

    each row then scaled to the number of pictures labelled i (Northcutt et al. 2021,
    equations 1 to 3). A class that is always doubted has a low threshold, so that doubt
    alone makes no error. What lies off the diagonal is the estimated number of errors.

    chances: [N, C], out of sample. labels: int64 [N].
    """
    p, c = chances.double(), chances.shape[1]
    given = torch.bincount(labels, minlength=c).double()
    own = p.gather(1, labels[:, None])[:, 0]
    mean = torch.zeros(c, dtype=torch.double).index_add_(0, labels, own) / given
    threshold = torch.where(given > 0, mean, torch.inf)  # a class nobody has: never
    above = torch.where(p >= threshold, p, -1.0)
    likeliest = above.max(1)
    sure = likeliest.values >= 0
    counts = torch.zeros(c, c, dtype=torch.double)
    where = (labels[sure], likeliest.indices[sure])
    counts.index_put_(where, torch.ones(int(sure.sum())).double(), accumulate=True)
    rows = counts.sum(1)
    empty = rows == 0  # nobody is sure of this label: leave it as it is
    counts[empty, empty] = 1.0
    return counts * (given / counts.sum(1))[:, None]


def suspects(chances: Tensor, labels: Tensor) -> Suspects:
    """As many labels as `confident_joint` holds wrong, those with the largest margin.

    margin = max_{j != y} p_j(x) - p_y(x)       (Northcutt et al. 2021, section 3.2)

    Labels with a margin of 0 or less are left alone. Raises CourseError for chances and
    labels that do not fit.
    """
    c = chances.shape[1] if chances.ndim == 2 else 0
    if labels.shape != (len(chances),) or not c or int(labels.max()) >= c:
        raise CourseError(
            f"Chances [N, C] and labels [N] below C are needed; got"
            f" {list(chances.shape)} and {list(labels.shape)}."
        )
    joint = confident_joint(chances, labels)
    wrong = round(float(joint.sum() - joint.diagonal().sum()))
    own = chances.gather(1, labels[:, None])
    other = chances.scatter(1, labels[:, None], -1.0).max(1)
    margin = (other.values - own[:, 0]).double()
    rows = margin.argsort(descending=True, stable=True)[:wrong]
    rows = rows[margin[rows] > 0]
    return Suspects(rows, other.indices[rows], margin[rows], joint)


def _neighbours(seed: int) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    nearest = KNeighborsClassifier(NEIGHBOURS, weights="distance")
    return make_pipeline(PCA(WAVES, random_state=seed), nearest)


def _check(labels: np.ndarray, folds: int, classes: int) -> None:
    if len(labels) < SEEN or folds < 2:
        raise CourseError(
            f"Labels are judged from at least {SEEN} pictures in at least 2 folds; got"
            f" {len(labels)} pictures and {folds} folds."
        )
    counts = np.bincount(labels, minlength=classes)
    if 0 < counts[counts > 0].min() < folds:
        raise CourseError(
            f"A class has fewer pictures than the {folds} folds: it could not be judged"
            " by others of its kind. Take fewer folds or leave it out."
        )
