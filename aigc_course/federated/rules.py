"""How a server joins the updates of its clients, and which of them it refuses."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.errors import CourseError

Update = dict[str, Tensor]
RULES = ("mean", "median", "trimmed")


def fed_average(updates: Sequence[Update], counts: Sequence[int]) -> Update:
    """sum_k n_k u_k / sum_k n_k (McMahan et al. 2017, algorithm 1).

    counts: pictures n_k that each client trained on. The sums are done in float64, so
    that the order of the clients does not matter. Raises CourseError where counts do
    not fit.
    """
    _some(updates)
    if len(counts) != len(updates) or min(counts) < 1:
        raise CourseError(
            f"{len(updates)} updates need {len(updates)} counts of 1 or more;"
            f" got {list(counts)}."
        )
    total = sum(counts)
    return {
        name: sum(
            (n / total) * update[name].double()
            for n, update in zip(counts, updates, strict=True)
        ).to(first.dtype)  # type: ignore[union-attr]
        for name, first in updates[0].items()
    }


def fed_median(updates: Sequence[Update]) -> Update:
    """The median of each coordinate (Yin et al. 2018, definition 1).

    Of an even number it is the mean of the two in the middle. Fewer than half of the
    clients can move a coordinate only within what the others sent. Counts play no part.
    """
    _some(updates)
    return {
        name: _stacked(updates, name).quantile(0.5, dim=0).to(first.dtype)
        for name, first in updates[0].items()
    }


def trimmed_mean(updates: Sequence[Update], trim: int = 1) -> Update:
    """The mean of each coordinate without its `trim` smallest and largest values.

    Yin et al. 2018, definition 2. Raises CourseError where nothing would be left.
    """
    _some(updates)
    if not 0 <= 2 * trim < len(updates):
        raise CourseError(
            f"Cutting {trim} values at each end of {len(updates)} leaves none: trim is"
            " below half of the number of clients."
        )
    rows = slice(trim, len(updates) - trim)
    return {
        name: _stacked(updates, name).sort(dim=0).values[rows].mean(0).to(first.dtype)
        for name, first in updates[0].items()
    }


def join(rule: str, updates: Sequence[Update], counts: Sequence[int]) -> Update:
    """One update out of several by "mean", "median" or "trimmed" (one at each end)."""
    if rule == "median":
        return fed_median(updates)
    if rule == "trimmed":
        return trimmed_mean(updates, min(1, (len(updates) - 1) // 2))
    return fed_average(updates, counts)


def check_update(update: Update, like: Update) -> None:
    """Raise CourseError unless an update has the model's shapes and finite numbers.

    The sentence has no subject; who asks puts the client's name before it.
    """
    if update.keys() != like.keys():
        raise CourseError(
            f"sent {len(update)} tensors that are not the model's {len(like)}."
        )
    for name, weight in like.items():
        found = update[name]
        if found.shape != weight.shape:
            raise CourseError(
                f"sent other shapes: {name} is {list(found.shape)}, and the model's is"
                f" {list(weight.shape)}."
            )
        if not found.is_floating_point() or not bool(torch.isfinite(found).all()):
            raise CourseError("sent NaN, infinite values or no real numbers.")


def norm(update: Update) -> float:
    """Euclidean length of all numbers of an update together."""
    return float(sum(one.double().square().sum() for one in update.values())) ** 0.5


def too_long(norms: dict[str, float], most: float) -> dict[str, str]:
    """Sentences without a subject for the names whose norm is over most x the median.

    Of an even number the lower median counts. This stops accidents and crude attacks;
    an update that is a hundred times too long is for `fed_median`.
    """
    if len(norms) < 2:
        return {}
    usual = sorted(norms.values())[(len(norms) - 1) // 2]
    return {
        name: f"sent an update {size / usual:,.0f} times as long as the median one; at"
        f" most {most:,.0f} times is taken."
        for name, size in norms.items()
        if size > most * usual > 0
    }


def _stacked(updates: Sequence[Update], name: str) -> Tensor:
    return torch.stack([update[name].double() for update in updates])


def _some(updates: Sequence[Update]) -> None:
    if not updates:
        raise CourseError("There is no update to join; at least one is needed.")
