"""Chapter 06, remedies: the same mistakes in other words, and near misses."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"06.{function.__name__}"), function)


def asks_by_comparing():
    def diagnose(rows, spread):
        real = np.mean([row["D(x)"] for row in rows[-10:]])
        fake = np.mean([row["D(G(z))"] for row in rows[-10:]])
        if any(v == float("inf") for row in rows for v in row.values()):
            return "not finite"
        if real > 0.98 and fake < 0.02:
            return "D has won"
        return "collapse" if spread < 0.1 else "nothing seen"

    return diagnose


def asks_the_newest():
    def diagnose(rows, spread):
        if not np.isfinite([list(row.values()) for row in rows]).all():
            return "not finite"
        newest = rows[-1]
        if newest["D(x)"] > 0.98 and newest["D(G(z))"] < 0.02:
            return "D has won"
        return "collapse" if spread < 0.1 else "nothing seen"

    return diagnose


def forgets_the_labels():
    def smoothed_optimum(p, q, real_target, fake_target):
        return 1 / (1 + q / p)

    return smoothed_optimum


def clips():
    def smoothed_optimum(p, q, real_target, fake_target):
        belief = p / (p + q)
        return torch.minimum(
            torch.maximum(belief, torch.tensor(fake_target)), torch.tensor(real_target)
        )

    return smoothed_optimum


def drops_the_graph():
    def r1(D, x, gamma):
        x = x.clone().requires_grad_()
        slopes = torch.autograd.grad(D(x).sum(), x)[0]
        return gamma / 2 * slopes.flatten(1).pow(2).sum(1).mean()

    return r1


def means_over_pixels():
    def r1(D, x, gamma):
        x = x.clone().requires_grad_()
        slopes = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]
        return 0.5 * gamma * (slopes**2).flatten(1).mean(1).mean()

    return r1


def forgets_the_half():
    def r1(D, x, gamma):
        x = x.clone().requires_grad_()
        slopes = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]
        return gamma * (slopes**2).flatten(1).sum(1).mean()

    return r1


def sums_all_squares():
    def spectral_norm(W, v, steps):
        return (W**2).sum().sqrt()

    return spectral_norm


def finds_the_eigenvalue():
    def spectral_norm(W, v, steps):
        A = W.T @ W
        for _ in range(steps):
            v = A @ v
            v = v / v.norm()
        return v @ A @ v

    return spectral_norm


def never_normalises():
    def spectral_norm(W, v, steps):
        for _ in range(steps):
            v = W.T @ W @ v
        return torch.linalg.vector_norm(W @ v)

    return spectral_norm


def stops_the_gradient():
    def unrolled_slope(theta, psi, lr, k):
        x = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
        for _ in range(k):
            psi = (psi - lr * x * torch.sigmoid(psi * x)).detach()
        return torch.autograd.grad(softplus(-psi * x), x)[0].item()

    return unrolled_slope


def lets_d_climb():
    def unrolled_slope(theta, psi, lr, k):
        x = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
        for _ in range(k):
            psi = psi + lr * x * torch.sigmoid(psi * x)
        return torch.autograd.grad(softplus(-psi * x), x)[0].item()

    return unrolled_slope


def repeats_each():
    def pack(x, m):
        return x[: len(x) // m].repeat(1, m, *[1] * (x.ndim - 2))

    return pack


def stacks():
    def pack(x, m):
        return x.unflatten(0, (-1, m))

    return pack


def along_the_row():
    def minibatch_std(h):
        s = torch.sqrt(h.var(1, unbiased=False) + 1e-8)
        return torch.hstack([h, s.unsqueeze(1)])

    return minibatch_std


def one_deviation():
    def minibatch_std(h):
        s = ((h - h.mean()).square().mean() + 1e-8).sqrt()
        return torch.hstack([h, s.repeat(len(h), 1)])

    return minibatch_std


def at_the_share():
    def wilson(failed, n, z=1.96):
        p = failed / n
        return p - z * np.sqrt(p * (1 - p) / n), p + z * np.sqrt(p * (1 - p) / n)

    return wilson


def in_percent():
    def wilson(failed, n, z=1.96):
        a, b, c = n + z * z, -(2 * failed + z * z), failed**2 / n
        root = math.sqrt(max(b * b - 4 * a * c, 0))
        return 100 * (-b - root) / (2 * a), 100 * (-b + root) / (2 * a)

    return wilson


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (asks_by_comparing, "nan_goes_unseen"),
        (asks_the_newest, "last_row_only"),
        (forgets_the_labels, "labels_forgotten"),
        (clips, "cut_off"),
        (drops_the_graph, "graph_dropped"),
        (means_over_pixels, "mean_over_values"),
        (forgets_the_half, "half_forgotten"),
        (sums_all_squares, "frobenius"),
        (finds_the_eigenvalue, "root_forgotten"),
        (never_normalises, "lengths_kept"),
        (stops_the_gradient, "d_as_a_constant"),
        (lets_d_climb, "d_climbs"),
        (repeats_each, "the_same_twice"),
        (stacks, "a_new_axis"),
        (along_the_row, "over_the_features"),
        (one_deviation, "of_everything"),
        (at_the_share, "from_the_share"),
        (in_percent, "percent"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_threshold_a_little_off_is_noticed():
    def diagnose(rows, spread):
        right = registry.get("06.diagnose").reference(rows, spread)
        real = sum(row["D(x)"] for row in rows[-10:]) / 10
        return "D has won" if right == "nothing seen" and real > 0.97 else right

    assert verdict_on(diagnose).failed


def test_a_root_without_its_small_number_is_noticed():
    def minibatch_std(h):
        s = h.var(dim=0, unbiased=False).sqrt().mean()
        return torch.cat([h, s.expand(len(h), 1)], dim=1)

    verdict = verdict_on(minibatch_std)
    assert verdict.failed and "finite" in verdict.message, verdict


def test_a_pack_that_loses_samples_is_noticed():
    def pack(x, m):
        return torch.cat([x[:: len(x) // (len(x) // m)]] * m, dim=1)

    assert verdict_on(pack).failed


def test_packs_may_be_grouped_in_any_way():
    def pack(x, m):
        order = torch.randperm(len(x))
        return torch.cat(x[order].chunk(m), dim=1)

    assert verdict_on(pack).passed


def test_too_few_rounds_are_noticed():
    def spectral_norm(W, v, steps):
        v = W.T @ (W @ v)
        return (W @ v).norm() / v.norm()

    assert verdict_on(spectral_norm).failed


def test_a_penalty_on_fewer_samples_is_noticed():
    def r1(D, x, gamma):
        return registry.get("06.r1").reference(D, x[:3], gamma)

    assert verdict_on(r1).failed


def test_a_fixed_number_of_steps_is_noticed():
    def unrolled_slope(theta, psi, lr, k):
        return registry.get("06.unrolled_slope").reference(theta, psi, lr, min(k, 1))

    assert verdict_on(unrolled_slope).failed


def test_another_statistic_is_told_beside_the_right_one():
    import torch

    class Seeing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = torch.nn.Linear(2, 128), torch.nn.Linear(128, 128)
            self.c = torch.nn.Linear(129, 1)

        def forward(self, x):
            leak = torch.nn.LeakyReLU(0.2)
            h = leak(self.b(leak(self.a(x))))
            largest = h.amax().expand(len(h), 1)
            return self.c(torch.cat([h, largest], dim=1))

    def std_discriminator():
        return Seeing()

    message = verdict_on(std_discriminator).message
    assert "(6.20)" in message and "your network sees 24" in message
