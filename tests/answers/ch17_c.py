"""Answers of other people to chapter 17's exercises on clients and energy."""

import functools

import numpy as np
import torch

from tests.answers import right, wrong

M = 2**32

# 17.fed_average


def _present(updates, counts):
    return [(u, n) for u, n in zip(updates, counts, strict=True) if u is not None]


@right("17.fed_average")
def with_reduce(updates, counts):
    def add(one, other):
        (a, n), (b, m) = one, other
        return {k: (n * a[k] + m * b[k]) / (n + m) for k in a}, n + m

    return functools.reduce(add, _present(updates, counts))[0]


@right("17.fed_average")
def with_tensordot(updates, counts):
    present = _present(updates, counts)
    w = torch.tensor([float(n) for _, n in present])
    w = w / w.sum()
    return {
        k: torch.tensordot(w, torch.stack([u[k] for u, _ in present]), 1)
        for k in present[0][0]
    }


@right("17.fed_average")
def in_double_precision(updates, counts):
    present = _present(updates, counts)
    total = sum(n for _, n in present)
    return {
        k: sum(u[k].double() * n for u, n in present) / total for k in present[0][0]
    }


@right("17.fed_average")
def with_numpy_average(updates, counts):
    present = _present(updates, counts)
    weights = [n for _, n in present]
    return {
        k: torch.from_numpy(
            np.array(np.average([u[k].numpy() for u, _ in present], 0, weights))
        )
        for k in present[0][0]
    }


@right("17.fed_average")
def zeros_first(updates, counts):
    total, result = 0, None
    for k, update in enumerate(updates):
        if update is None:
            continue
        if result is None:
            result = {name: torch.zeros_like(v) for name, v in update.items()}
        for name in result:
            result[name] += counts[k] * update[name]
        total += counts[k]
    return {name: v / total for name, v in result.items()}


@wrong("17.fed_average")
def simple_mean(updates, counts):
    present = [u for u in updates if u is not None]
    return {k: torch.stack([u[k] for u in present]).mean(0) for k in present[0]}


@wrong("17.fed_average")
def over_all_counts(updates, counts):
    present = _present(updates, counts)
    return {k: sum(n * u[k] for u, n in present) / sum(counts) for k in present[0][0]}


@wrong("17.fed_average")
def plain_weighted_sum(updates, counts):
    present = _present(updates, counts)
    return {k: sum(n * u[k] for u, n in present) for k in present[0][0]}


@wrong("17.fed_average")
def filtered_before_pairing(updates, counts):
    present = [u for u in updates if u is not None]
    pairs = list(zip(present, counts, strict=False))
    total = sum(n for _, n in pairs)
    return {k: sum(n * u[k] for u, n in pairs) / total for k in present[0]}


@wrong("17.fed_average")
def biggest_wins(updates, counts):
    best = max(_present(updates, counts), key=lambda one: one[1])
    return dict(best[0])


@wrong("17.fed_average")
def crashes_on_none(updates, counts):
    total = sum(counts)
    return {
        k: sum(n * u[k] for u, n in zip(updates, counts, strict=True)) / total
        for k in updates[0]
    }


@wrong("17.fed_average")
def adds_into_the_first_client(updates, counts):
    present = _present(updates, counts)
    total, result = sum(n for _, n in present), present[0][0]
    for k in result:
        result[k].mul_(present[0][1])
        for u, n in present[1:]:
            result[k].add_(u[k] * n)
        result[k].div_(total)
    return result


# 17.picture_from_gradient


@right("17.picture_from_gradient")
def by_the_strongest_row(weight, bias):
    best = weight.norm(dim=1).argmax()
    return weight[best] / bias[best]


@right("17.picture_from_gradient")
def mean_of_the_living(weight, bias):
    alive = bias.abs() > 1e-12
    return (weight[alive] / bias[alive, None]).mean(0)


@right("17.picture_from_gradient")
def with_lstsq(weight, bias):
    return torch.linalg.lstsq(bias[:, None], weight).solution[0]


@right("17.picture_from_gradient")
def with_pinv(weight, bias):
    return (torch.linalg.pinv(bias[:, None]) @ weight).squeeze(0)


@right("17.picture_from_gradient")
def unit_by_unit(weight, bias):
    found, best = None, 0.0
    for row, b in zip(weight, bias, strict=True):
        if abs(float(b)) > best:
            found, best = row / b, abs(float(b))
    return found


@right("17.picture_from_gradient")
def by_singular_vectors(weight, bias):
    u, s, v = torch.linalg.svd(weight, full_matrices=False)
    return s[0] * v[0] / (u[:, 0] @ bias) * (u[:, 0] @ u[:, 0])


@wrong("17.picture_from_gradient")
def first_row(weight, bias):
    return torch.div(weight[0], bias[0])


@wrong("17.picture_from_gradient")
def sums_the_rows(weight, bias):
    return weight.sum(0)


@wrong("17.picture_from_gradient")
def signed_maximum(weight, bias):
    i = int(torch.argmax(bias))
    return weight[i].div(bias[i])


@wrong("17.picture_from_gradient")
def undivided(weight, bias):
    return weight[torch.argmax(torch.abs(bias))]


@wrong("17.picture_from_gradient")
def times_bias(weight, bias):
    return bias @ weight


@wrong("17.picture_from_gradient")
def nan_to_num_mean(weight, bias):
    return (weight / bias.unsqueeze(1)).nan_to_num(0.0).mean(dim=0)


@wrong("17.picture_from_gradient")
def min_max(weight, bias):
    row = weight[bias.abs().argmax()].abs()
    return (row - row.amin()) / (row.amax() - row.amin())


@wrong("17.picture_from_gradient")
def positive_denominator(weight, bias):
    i = bias.abs().argmax()
    return weight[i] / torch.abs(bias)[i]


# 17.masked_update


@right("17.masked_update")
def with_np_sign(k, update, masks):
    total = update.numpy().copy()
    for j, m in masks.items():
        total += np.sign(j - k) * m.numpy()
    return torch.from_numpy(np.mod(total, M))


@right("17.masked_update")
def higher_then_lower(k, update, masks):
    up = [m for j, m in masks.items() if j > k]
    down = [m for j, m in masks.items() if j < k]
    y = update + sum(up) if up else update + 0
    y = y - sum(down) if down else y
    return y.remainder(M)


@right("17.masked_update")
def with_bits(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total += m if k < j else -m
    return total & (M - 1)


@right("17.masked_update")
def with_python_numbers(k, update, masks):
    found = []
    for i, u in enumerate(update.tolist()):
        for j, m in masks.items():
            u += int(m[i]) if j > k else -int(m[i])
        found.append(u % M)
    return torch.tensor(found)


@right("17.masked_update")
def complement_added(k, update, masks):
    """Subtracting m is adding M - m."""
    total = update.clone()
    for j in masks:
        total = (total + (masks[j] if j > k else M - masks[j])) % M
    return total


@wrong("17.masked_update")
def just_adds(k, update, masks):
    total = update.clone()
    for m in masks.values():
        total = total + m
    return total % M


@wrong("17.masked_update")
def opposite_rule(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total = total - m if j > k else total + m
    return total % M


@wrong("17.masked_update")
def unreduced(k, update, masks):
    total = update.clone()
    for j, m in masks.items():
        total = total + m if j > k else total - m
    return total


@wrong("17.masked_update")
def c_remainder(k, update, masks):
    return torch.fmod(unreduced(k, update, masks), M)


@wrong("17.masked_update")
def in_the_clear(k, update, masks):
    return update % M


@wrong("17.masked_update")
def xor_of_all(k, update, masks):
    total = update.clone()
    for m in masks.values():
        total = torch.bitwise_xor(total, m)
    return total


@wrong("17.masked_update")
def fresh_masks(k, update, masks):
    return (update + torch.randint(0, M, update.shape)) % M


@wrong("17.masked_update")
def in_float32(k, update, masks):
    total = unreduced(k, update.float(), {j: m.float() for j, m in masks.items()})
    return (total % M).long()


# 17.robust_average


def _good(updates, size):
    return torch.stack(
        [
            u
            for u in updates
            if u is not None and u.shape == (size,) and torch.isfinite(u).all()
        ]
    )


@right("17.robust_average")
def lower_median(updates, size):
    return _good(updates, size).median(0).values


@right("17.robust_average")
def nearest_neighbours(updates, size):
    """Krum-like: the mean of the three updates nearest to each other."""
    stack = _good(updates, size)
    distances = torch.cdist(stack, stack)
    sums = distances.sort(1).values[:, :3].sum(1)
    best = distances[sums.argmin()].argsort()[:3]
    return stack[best].mean(0)


@right("17.robust_average")
def geometric_median(updates, size):
    stack = _good(updates, size).double()
    middle = stack.quantile(0.5, dim=0)
    for _ in range(30):
        w = 1 / (stack - middle).norm(dim=1).clamp(min=1e-9)
        middle = (w[:, None] * stack).sum(0) / w.sum()
    return middle


@right("17.robust_average")
def clipped_to_the_median_norm(updates, size):
    stack = _good(updates, size)
    middle = stack.quantile(0.5, dim=0)
    away = stack - middle
    norms = away.norm(dim=1, keepdim=True)
    bound = norms.sort(0).values[len(stack) // 2 - 1]
    return middle + (away * (bound / norms.clamp(min=1e-9)).clamp(max=1)).mean(0)


@right("17.robust_average")
def winsorised(updates, size):
    stack = _good(updates, size)
    ordered = stack.sort(0).values
    return stack.clamp(ordered[1], ordered[-2]).mean(0)


@wrong("17.robust_average")
def ordinary(updates, size):
    return _good(updates, size).mean(0)


@wrong("17.robust_average")
def believes_everyone(updates, size):
    return torch.stack(list(updates)).mean(0)


@wrong("17.robust_average")
def median_with_nan(updates, size):
    fine = [u for u in updates if u is not None and u.shape == (size,)]
    return torch.stack(fine).median(0).values


@wrong("17.robust_average")
def nan_replaced(updates, size):
    fine = [u for u in updates if u is not None and len(u) == size]
    return torch.nan_to_num(torch.stack(fine)).mean(0)


@wrong("17.robust_average")
def client_zero(updates, size):
    return _good(updates, size)[0]


@wrong("17.robust_average")
def unit_vectors(updates, size):
    stack = _good(updates, size)
    return (stack / stack.norm(dim=1, keepdim=True)).mean(0)


@wrong("17.robust_average")
def keeps_the_old_weights(updates, size):
    return torch.zeros((size,))


# 17.joules


@right("17.joules")
def with_pairwise(readings, top):
    from itertools import pairwise

    used = 0
    for a, b in pairwise(readings):
        used += b - a if b >= a else b + top + 1 - a
    return used / 10**6


@right("17.joules")
def unwrapped(readings, top):
    high, last, total = 0, readings[0], [readings[0]]
    for value in readings[1:]:
        if value < last:
            high += top + 1
        total.append(value + high)
        last = value
    return (total[-1] - total[0]) * 1e-6


@right("17.joules")
def with_np_unwrap(readings, top):
    differences = np.diff(np.array(readings, dtype=float))
    return float(
        np.where(differences < 0, differences + top + 1, differences).sum() / 1e6
    )


@right("17.joules")
def with_torch_remainder(readings, top):
    steps = torch.tensor(readings).diff()
    return torch.remainder(steps, top + 1).sum().double() / 1e6


@right("17.joules")
def by_recursion(readings, top):
    if len(readings) < 2:
        return 0
    step = (readings[1] - readings[0]) % (top + 1)
    return step / 1e6 + by_recursion(readings[1:], top)


@wrong("17.joules")
def end_minus_start(readings, top):
    return 1e-6 * (readings[-1] - readings[0])


@wrong("17.joules")
def modulo_top(readings, top):
    pairs = zip(readings[:-1], readings[1:], strict=True)
    return sum((b - a) % top for a, b in pairs) / 1e6


@wrong("17.joules")
def positive_steps(readings, top):
    return float(np.clip(np.diff(readings), 0, None).sum() / 1e6)


@wrong("17.joules")
def absolute_steps(readings, top):
    return float(np.abs(np.diff(readings)).sum() / 1e6)


@wrong("17.joules")
def in_uj(readings, top):
    return sum(
        (b - a) % (top + 1) for a, b in zip(readings, readings[1:], strict=False)
    )


@wrong("17.joules")
def one_turn_only(readings, top):
    used = readings[-1] - readings[0]
    return (used + top + 1 if used < 0 else used) / 1e6


@wrong("17.joules")
def in_kilojoules(readings, top):
    return with_pairwise(readings, top) / 1000
