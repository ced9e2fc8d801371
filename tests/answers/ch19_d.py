"""Answers of more people to chapter 19's exercises on several processes."""

import math

import numpy as np
import torch

from tests.answers import right, wrong

# 19.average_gradients


@right("19.average_gradients")
def with_einsum(gradients, rows, most):
    share = torch.tensor([r / sum(rows) for r in rows], dtype=gradients[0].dtype)
    g = torch.einsum("p,pd->d", share, torch.stack(gradients))
    return g / max(1.0, float(g.norm()) / most)


@right("19.average_gradients")
def with_torch_clipping(gradients, rows, most):
    weight = torch.nn.Parameter(torch.zeros_like(gradients[0]))
    weight.grad = sum(g * r for g, r in zip(gradients, rows, strict=True)) / sum(rows)
    torch.nn.utils.clip_grad_norm_([weight], most)
    return weight.grad


@right("19.average_gradients")
def from_sums(gradients, rows, most):
    total, count = torch.zeros_like(gradients[0]), 0
    for g, r in zip(gradients, rows, strict=True):
        total += r * g
        count += r
    total /= count
    length = math.sqrt(float((total**2).sum()))
    return total if length <= most else total * (most / length)


@right("19.average_gradients")
def in_float64(gradients, rows, most):
    g = np.average([np.asarray(g, dtype=np.float64) for g in gradients], 0, rows)
    length = np.sqrt((g**2).sum())
    return torch.from_numpy(g * min(1, most / length) if length else g)


@right("19.average_gradients")
def as_a_running_mean(gradients, rows, most):
    mean, seen = gradients[0] * 0, 0
    for g, r in zip(gradients, rows, strict=True):
        seen += r
        mean = mean + (g - mean) * r / seen
    return torch.renorm(mean[None], 2, 0, most)[0]


@wrong("19.average_gradients")
def plain_mean(gradients, rows, most):
    g = sum(gradients) / len(gradients)
    return g * min(1.0, most / max(float(g.norm()), 1e-12))


@wrong("19.average_gradients")
def all_reduce_sum(gradients, rows, most):
    g = torch.stack(gradients).sum(dim=0)
    return g if g.norm() <= most else most * g / g.norm()


@wrong("19.average_gradients")
def local_clip(gradients, rows, most):
    each = [g if g.norm() <= most else most * g / g.norm() for g in gradients]
    return sum(r * g for r, g in zip(rows, each, strict=True)) / sum(rows)


@wrong("19.average_gradients")
def by_value(gradients, rows, most):
    g = sum(r * g for r, g in zip(rows, gradients, strict=True)) / sum(rows)
    return torch.clamp(g, min=-most, max=most)


@wrong("19.average_gradients")
def scaled_to_most(gradients, rows, most):
    g = sum(r * g for r, g in zip(rows, gradients, strict=True)) / sum(rows)
    return g / (g.norm() + 1e-12) * most


@wrong("19.average_gradients")
def never_clipped(gradients, rows, most):
    return sum(r * g for r, g in zip(rows, gradients, strict=True)) / sum(rows)


@wrong("19.average_gradients")
def by_the_first_count(gradients, rows, most):
    g = sum(gradients) * rows[0] / sum(rows)
    return g * min(1.0, most / max(float(g.norm()), 1e-12))


# 19.how_many_processes


@right("19.how_many_processes")
def sorted_by_time(batch, compute, size, latency, bandwidth):
    times = []
    for p in range(1, batch + 1):
        if batch % p == 0:
            exchange = 2 * (p - 1) * (latency + size / p / bandwidth)
            times.append((compute / p + exchange, p))
    return sorted(times)[0][1]


@right("19.how_many_processes")
def divisors_first(batch, compute, size, latency, bandwidth):
    small = [p for p in range(1, math.isqrt(batch) + 1) if batch % p == 0]
    fits = sorted({*small, *(batch // p for p in small)})

    def seconds(p):
        return compute / p + 2 * (p - 1) * latency + 2 * (p - 1) / p * size / bandwidth

    return min(fits, key=seconds)


@right("19.how_many_processes")
def with_a_dict(batch, compute, size, latency, bandwidth):
    t = {
        p: compute / p + 2 * (p - 1) * (latency + size / (p * bandwidth))
        for p in range(1, batch + 1)
        if not batch % p
    }
    return min(t, key=t.get)


@right("19.how_many_processes")
def with_torch(batch, compute, size, latency, bandwidth):
    p = torch.arange(1, batch + 1, dtype=torch.float64)
    t = compute / p + 2 * (p - 1) * (latency + size / (p * bandwidth))
    t[batch % torch.arange(1, batch + 1) != 0] = math.inf
    return int(t.argmin()) + 1


@right("19.how_many_processes")
def grouped_by_rows(batch, compute, size, latency, bandwidth):
    best = (math.inf, 0)
    for rows in range(batch, 0, -1):  # rows of each process
        if batch % rows == 0:
            p = batch // rows
            t = compute * rows / batch + (2 * p - 2) * (latency + size / p / bandwidth)
            best = min(best, (t, p))
    return best[1]


@wrong("19.how_many_processes")
def all_rows_apart(batch, compute, size, latency, bandwidth):
    return max(1, int(batch))


@wrong("19.how_many_processes")
def no_latency(batch, compute, size, latency, bandwidth):
    fits = [p for p in range(1, batch + 1) if batch % p == 0]
    return min(fits, key=lambda p: compute / p + 2 * (p - 1) / p * size / bandwidth)


@wrong("19.how_many_processes")
def to_a_server(batch, compute, size, latency, bandwidth):
    fits = [p for p in range(1, batch + 1) if batch % p == 0]
    return min(
        fits, key=lambda p: compute / p + 2 * (p - 1) * (latency + size / bandwidth)
    )


@wrong("19.how_many_processes")
def half_the_messages(batch, compute, size, latency, bandwidth):
    fits = [p for p in range(1, batch + 1) if batch % p == 0]
    return min(
        fits,
        key=lambda p: compute / p + (p - 1) * (latency + size / (p * bandwidth)),
    )


@wrong("19.how_many_processes")
def most_efficient(batch, compute, size, latency, bandwidth):
    def efficiency(p):
        t = compute / p + 2 * (p - 1) * (latency + size / (p * bandwidth))
        return compute / p / t if t else 1.0

    return max([p for p in range(1, batch + 1) if batch % p == 0], key=efficiency)


@wrong("19.how_many_processes")
def any_number(batch, compute, size, latency, bandwidth):
    def seconds(p):
        return compute / p + 2 * (p - 1) * (latency + size / (p * bandwidth))

    return min(range(1, batch + 1), key=seconds)


@wrong("19.how_many_processes")
def longest_with_a_gain(batch, compute, size, latency, bandwidth):
    fits = [p for p in range(1, batch + 1) if batch % p == 0]
    faster = [
        p
        for p in fits
        if compute / p + 2 * (p - 1) * (latency + size / (p * bandwidth)) <= compute
    ]
    return max(faster)
