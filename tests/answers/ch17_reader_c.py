"""Answers of a reader to chapter 17: clients, gradients, masks and the meter."""

import itertools
from fractions import Fraction

import numpy as np
import torch

from tests.answers import right, wrong

# 17.fed_average


@right("17.fed_average")
def with_shares_first(updates, counts):
    alive = [k for k, u in enumerate(updates) if u is not None]
    shares = np.array([counts[k] for k in alive]) / sum(counts[k] for k in alive)
    names = updates[alive[0]].keys()
    return {
        name: sum(float(w) * updates[k][name] for w, k in zip(shares, alive))  # noqa: B905
        for name in names
    }


@right("17.fed_average")
def counts_set_to_zero(updates, counts):
    n = torch.tensor([0.0 if u is None else c for u, c in zip(updates, counts)])  # noqa: B905
    some = next(u for u in updates if u is not None)
    filled = [some if u is None else u for u in updates]
    return {
        k: torch.einsum("c,c...->...", n / n.sum(), torch.stack([u[k] for u in filled]))
        for k in some
    }


@right("17.fed_average")
def picture_by_picture(updates, counts):
    """Each client's weights once for each of its pictures, then a plain mean."""
    rows = [u for u, n in zip(updates, counts, strict=True) if u for _ in range(n)]
    return {k: torch.stack([u[k] for u in rows]).double().mean(0) for k in rows[0]}


@wrong("17.fed_average")
def softmax_of_the_counts(updates, counts):
    there = [(u, n) for u, n in zip(updates, counts, strict=True) if u is not None]
    w = torch.tensor([float(n) for _, n in there]).softmax(0)
    return {
        k: sum(a * u[k] for a, (u, _) in zip(w, there, strict=True))
        for k in there[0][0]
    }


@wrong("17.fed_average")
def whole_numbers_divided(updates, counts):
    there = [(u, n) for u, n in zip(updates, counts, strict=True) if u is not None]
    total = sum(n for _, n in there)
    return {k: sum((n // total) * u[k] for u, n in there) for k in there[0][0]}


@wrong("17.fed_average")
def returns_inside_the_loop(updates, counts):
    there = [(u, n) for u, n in zip(updates, counts, strict=True) if u is not None]
    total = sum(n for _, n in there)
    for k in there[0][0]:
        return {k: sum(n * u[k] for u, n in there) / total}
    return None


@wrong("17.fed_average")
def absent_ones_send_the_first(updates, counts):
    some = next(u for u in updates if u is not None)
    filled = [some if u is None else u for u in updates]
    pairs = list(zip(filled, counts, strict=True))
    return {k: sum(n * u[k] for u, n in pairs) / sum(counts) for k in some}


@wrong("17.fed_average")
def running_mean_of_two(updates, counts):
    result = None
    for u in updates:
        if u is not None:
            result = u if result is None else {k: (result[k] + u[k]) / 2 for k in u}
    return result


# 17.picture_from_gradient


@right("17.picture_from_gradient")
def sums_divided(weight, bias):
    return weight.sum(0) / bias.sum()


@right("17.picture_from_gradient")
def nan_left_out(weight, bias):
    return (weight / bias[:, None]).nanmean(0)


@right("17.picture_from_gradient")
def first_living_unit(weight, bias):
    i = next(i for i, b in enumerate(bias.tolist()) if b != 0)
    return weight.numpy()[i] / bias.numpy()[i]


@right("17.picture_from_gradient")
def weighted_by_the_squares(weight, bias):
    return torch.einsum("ud,u->d", weight, bias) / torch.einsum("u,u->", bias, bias)


@right("17.picture_from_gradient")
def in_float32(weight, bias):
    i = bias.float().square().argmax()
    return weight.float()[i] / bias.float()[i]


@wrong("17.picture_from_gradient")
def absolute_sums(weight, bias):
    return weight.abs().sum(0) / bias.abs().sum()


@wrong("17.picture_from_gradient")
def largest_ratio(weight, bias):
    return torch.nan_to_num(weight / bias[:, None]).amax(0)


@wrong("17.picture_from_gradient")
def softened_denominator(weight, bias):
    i = bias.abs().argmax()
    return weight[i] / (bias[i] + 1e-3)


@wrong("17.picture_from_gradient")
def divided_by_the_norm(weight, bias):
    return weight.norm(dim=0) / bias.norm()


@wrong("17.picture_from_gradient")
def cut_to_the_range(weight, bias):
    i = bias.abs().argmax()
    return (weight[i] / bias[i]).clamp(0, 1)


@wrong("17.picture_from_gradient")
def last_unit(weight, bias):
    return weight[-1] / bias[-1]


# 17.masked_update


@right("17.masked_update")
def stacked_signs(k, update, masks):
    if not masks:
        return update.remainder(2**32)
    signs = torch.tensor([1 if j > k else -1 for j in masks])
    return (update + (signs[:, None] * torch.stack(list(masks.values()))).sum(0)) % (
        1 << 32
    )


@right("17.masked_update")
def in_numpy_int64(k, update, masks):
    y = np.array(update)
    for j, m in masks.items():
        y = y + np.where(j > k, 1, -1) * np.array(m)
    return y % 2**32


@right("17.masked_update")
def negative_corrected(k, update, masks):
    y = update.clone()
    for j in masks:
        y += masks[j] if j > k else -masks[j]
    y = torch.fmod(y, 2**32)
    return torch.where(y < 0, y + 2**32, y)


@right("17.masked_update")
def floor_subtracted(k, update, masks):
    up = sum((m for j, m in masks.items() if j > k), update)
    y = up - sum(m for j, m in masks.items() if j < k)
    return y - 2**32 * torch.div(y, 2**32, rounding_mode="floor")


@wrong("17.masked_update")
def changes_the_update(k, update, masks):
    total = update
    for j, m in masks.items():
        total += m if j > k else -m
    return total % 2**32


@wrong("17.masked_update")
def wraps_to_int32(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total += m if j > k else -m
    return total.to(torch.int32).long()


@wrong("17.masked_update")
def only_the_higher(k, update, masks):
    return sum((m for j, m in masks.items() if j > k), update) % 2**32


@wrong("17.masked_update")
def alternating_signs(k, update, masks):
    total = update.clone()
    for i, j in enumerate(sorted(masks)):
        total = total + (-1) ** i * masks[j]
    return total % 2**32


@wrong("17.masked_update")
def absolute_value(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total = total + m if j > k else total - m
    return total.abs() % 2**32


@wrong("17.masked_update")
def clamped(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total = total + m if j > k else total - m
    return total.clamp(0, 2**32 - 1)


# 17.robust_average


def _well_formed(updates, size):
    return [
        u
        for u in updates
        if u is not None and u.shape == (size,) and u.isfinite().all()
    ]


@right("17.robust_average")
def numpy_median(updates, size):
    return np.median([u.numpy() for u in _well_formed(updates, size)], axis=0)


@right("17.robust_average")
def nan_median_by_coordinate(updates, size):
    shaped = [u for u in updates if u is not None and tuple(u.shape) == (size,)]
    stack = torch.stack(shaped)
    stack = torch.where(stack.isinf(), torch.nan, stack)
    return stack.nanmedian(0).values


@right("17.robust_average")
def krum(updates, size):
    """The update whose neighbours are nearest (Blanchard et al. 2017)."""
    stack = torch.stack(_well_formed(updates, size))
    distances = torch.cdist(stack, stack).square().sort(1).values
    return stack[distances[:, : len(stack) - 2].sum(1).argmin()]


@right("17.robust_average")
def without_deviants_of_each_place(updates, size):
    """Numbers beyond three median absolute deviations are left out."""
    stack = torch.stack(_well_formed(updates, size)).double()
    middle = stack.median(0).values
    away = (stack - middle).abs()
    spread = 1.4826 * away.median(0).values
    return torch.where(away <= 3 * spread + 1e-12, stack, torch.nan).nanmean(0)


@right("17.robust_average")
def sorted_lists(updates, size):
    rows = [u.tolist() for u in _well_formed(updates, size)]
    columns = (sorted(column) for column in zip(*rows, strict=True))
    return torch.tensor([sum(c[1:-1]) / len(c[1:-1]) for c in columns])


@wrong("17.robust_average")
def largest_norm_left_out(updates, size):
    good = _well_formed(updates, size)
    norms = torch.stack([u.norm() for u in good])
    kept = [u for i, u in enumerate(good) if i != int(norms.argmax())]
    return torch.stack(kept).mean(0)


@wrong("17.robust_average")
def norm_filter(updates, size):
    stack = torch.stack(_well_formed(updates, size))
    norms = stack.norm(dim=1)
    return stack[norms <= 2 * norms.median()].mean(0)


@wrong("17.robust_average")
def beyond_three_deviations(updates, size):
    """With five numbers none lies beyond three of their own deviations."""
    stack = torch.stack(_well_formed(updates, size))
    far = (stack - stack.mean(0)).abs() > 3 * stack.std(0)
    return torch.where(far, torch.nan, stack).nanmean(0)


@wrong("17.robust_average")
def counts_the_numbers_only(updates, size):
    fine = [u for u in updates if u is not None and u.numel() == size]
    fine = [u for u in fine if u.isfinite().all()]
    return torch.stack(fine).quantile(0.5, dim=0)


@wrong("17.robust_average")
def median_of_everything(updates, size):
    return torch.stack(_well_formed(updates, size)).median().expand(size).clone()


@wrong("17.robust_average")
def clipped_to_norm_ten(updates, size):
    good = _well_formed(updates, size)
    return torch.stack([u * (10 / u.norm()).clamp(max=1) for u in good]).mean(0)


@wrong("17.robust_average")
def checks_nan_and_forgets_infinity(updates, size):
    fine = [u for u in updates if u is not None and u.shape == (size,)]
    fine = [u for u in fine if not u.isnan().any()]
    return torch.stack(fine).sort(0).values[2:].mean(0)


# 17.joules


@right("17.joules")
def with_fractions(readings, top):
    steps = ((b - a) % (top + 1) for a, b in itertools.pairwise(readings))
    return Fraction(sum(steps), 10**6)


@right("17.joules")
def while_loop(readings, top):
    total, i = 0, 1
    while i < len(readings):
        used = readings[i] - readings[i - 1]
        while used < 0:
            used += top + 1
        total += used
        i += 1
    return total / 1_000_000


@right("17.joules")
def numpy_mod(readings, top):
    return np.mod(np.diff(readings), top + 1).sum() / 1e6


@right("17.joules")
def tensor_of_microjoules(readings, top):
    r = torch.tensor(readings, dtype=torch.int64)
    steps = r[1:] - r[:-1]
    return (torch.where(steps < 0, steps + top + 1, steps).sum() * 1e-6).double()


@wrong("17.joules")
def standing_still_is_a_turn(readings, top):
    return (
        sum(
            b - a if b > a else b - a + top + 1 for a, b in itertools.pairwise(readings)
        )
        / 1e6
    )


@wrong("17.joules")
def top_less_the_old(readings, top):
    steps = [b - a if b >= a else top - a for a, b in itertools.pairwise(readings)]
    return sum(steps) / 1e6


@wrong("17.joules")
def top_added(readings, top):
    return (
        sum(b - a + top * (b < a) for a, b in itertools.pairwise(readings)) / 1_000_000
    )


@wrong("17.joules")
def highest_less_lowest(readings, top):
    return (max(readings) - min(readings)) / 1e6


@wrong("17.joules")
def rounded_to_joules(readings, top):
    return round(numpy_mod(readings, top))


@wrong("17.joules")
def every_second_pair(readings, top):
    pairs = zip(readings[::2], readings[1::2], strict=False)
    return sum((b - a) % (top + 1) for a, b in pairs) / 1e6
