"""The displayed equations of chapter 19, each by its number."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aigc_course.checks import registry
from aigc_course.theory import parallel


def reference(name):
    return registry.get(f"19.{name}").reference


def normed(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels).double().eval().requires_grad_(False)
    g = torch.Generator().manual_seed(channels)
    for values in (norm.weight, norm.bias, norm.get_buffer("running_mean")):
        values.copy_(torch.randn(channels, generator=g))
    norm.get_buffer("running_var").copy_(0.1 + torch.rand(channels, generator=g))
    return norm


@pytest.mark.equation("19.1")
def test_a_norm_in_evaluation_mode_is_affine() -> None:
    norm = normed(3)
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    mean, var = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
    g = norm.weight / (var + norm.eps).sqrt()
    by_hand = g[:, None, None] * (x - mean[:, None, None]) + norm.bias[:, None, None]
    torch.testing.assert_close(norm(x), by_hand)


@pytest.mark.equation("19.2", "19.3")
def test_folding_leaves_the_output_as_it_is() -> None:
    norm = normed(5)
    layer = nn.ConvTranspose2d(3, 5, 4, 2, 1).double().requires_grad_(False)
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    weight, bias = reference("fold_batch_norm")(layer.weight, layer.bias, norm)
    one = F.conv_transpose2d(x, weight, bias, stride=2, padding=1)
    torch.testing.assert_close(one, norm(layer(x)))


@pytest.mark.equation("19.4")
def test_each_phase_is_a_convolution() -> None:
    """One axis, by the sum as it stands."""
    x = torch.randn(3, 7, dtype=torch.float64)  # [i, u]
    W = torch.randn(3, 2, 4, dtype=torch.float64)  # [i, c, k]
    y = torch.zeros(2, 14, dtype=torch.float64)
    for m, a, d in itertools.product(range(7), range(2), (-1, 0, 1)):
        k = a + 1 - 2 * d
        if 0 <= m + d < 7 and 0 <= k <= 3:
            y[:, 2 * m + a] += x[:, m + d] @ W[:, :, k]
    want = F.conv_transpose1d(x[None], W, stride=2, padding=1)[0]
    torch.testing.assert_close(y, want)


@pytest.mark.equation("19.5")
def test_convolution_and_pixel_shuffle() -> None:
    W = torch.randn(3, 2, 4, 4, dtype=torch.float64)
    K = torch.zeros(8, 3, 3, 3, dtype=torch.float64)
    shifts = (-1, 0, 1)
    for c, a, b in itertools.product(range(2), range(2), range(2)):
        for d, e in itertools.product(shifts, shifts):
            k, m = a + 1 - 2 * d, b + 1 - 2 * e
            if 0 <= k <= 3 and 0 <= m <= 3:
                K[4 * c + 2 * a + b, :, 1 + d, 1 + e] = W[:, c, k, m]
    x = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    got = F.pixel_shuffle(F.conv2d(x, K, padding=1), 2)
    torch.testing.assert_close(got, F.conv_transpose2d(x, W, stride=2, padding=1))
    torch.testing.assert_close(reference("as_convolution")(W), K)
    assert int((K == 0).sum()) == 5 * 4 * 2 * 3  # five of nine entries of each phase


@pytest.mark.equation("19.6")
def test_the_ends_of_the_range_are_the_ends_of_the_levels() -> None:
    low, high = -0.4, 1.1
    s = (high - low) / (2**8 - 1)
    z = round(-128 - low / s)
    assert abs(s * (-128 - z) - low) <= s / 2
    assert abs(s * (127 - z) - high) <= s / 2
    assert reference("quantise")(torch.zeros(1), low, high)[1:] == (s, z)


@pytest.mark.equation("19.7", "19.8")
def test_rounding_errs_by_half_a_step_at_most() -> None:
    low, high = -0.4, 1.1
    x = torch.linspace(-1, 2, 4001, dtype=torch.float64)
    q, s, z = reference("quantise")(x, low, high)
    level = x / s
    by_hand = (level.round() + z).clamp(-128, 127)
    assert torch.equal(q.double(), by_hand)
    inside = (level.round() + z >= -128) & (level.round() + z <= 127)
    gap = (x - s * (q.double() - z)).abs()
    assert float(gap[inside].max()) <= s / 2 * (1 + 1e-9)
    assert float(gap[~inside].max()) > s / 2
    # evenly spread between -s/2 and s/2: a root mean square of s / sqrt(12)
    rms = float(gap[inside].square().mean().sqrt())
    assert rms == pytest.approx(s / math.sqrt(12), rel=0.02)


@pytest.mark.equation("19.9")
def test_littles_law() -> None:
    rng = np.random.default_rng(0)
    arrivals = rng.exponential(1.0, 400).cumsum()
    departures = arrivals + rng.gamma(2.0, 1.5, 400)  # not in the order of arrival
    T = departures.max() - arrivals.min()
    grid = np.linspace(arrivals.min(), departures.max(), 200_001)[:-1]
    inside = np.searchsorted(np.sort(arrivals), grid, "right") - np.searchsorted(
        np.sort(departures), grid, "right"
    )
    rate, W = len(arrivals) / T, (departures - arrivals).mean()
    assert inside.mean() == pytest.approx(rate * W, rel=1e-3)
    L = reference("little")(arrivals.tolist(), departures.tolist())
    assert pytest.approx(rate * W) == L


@pytest.mark.equation("19.10")
def test_the_sum_is_the_walk_above_its_lowest_point() -> None:
    x = np.random.default_rng(1).normal(0.3, 1, 500)
    walk = np.concatenate([[0.0], np.cumsum(x - 0.5)])
    S, sums = 0.0, []
    for value in x:
        S = max(0.0, S + value - 0.5)
        sums.append(S)
    np.testing.assert_allclose(sums, (walk - np.minimum.accumulate(walk))[1:])
    first = next(i for i, S in enumerate(sums) if S > 3)
    assert reference("alarm")(x.tolist(), 0.5, 3.0) == first


def run_lengths(shift: float, h: float, runs: int) -> np.ndarray:
    """How many values it takes until S > h, with k = 0.5; all runs side by side."""
    rng = np.random.default_rng(2)
    S, length = np.zeros(runs), np.zeros(runs)
    going = np.ones(runs, bool)
    while going.any():
        S = np.maximum(0, S + rng.normal(shift, 1, runs) - 0.5)
        length += going
        going &= h >= S
    return length


@pytest.mark.equation("19.11")
@pytest.mark.parametrize(("shift", "h"), [(0.0, 2.0), (0.0, 3.0), (1.0, 4.0)])
def test_the_run_length_is_siegmunds(shift: float, h: float) -> None:
    delta, b = shift - 0.5, h + 1.166
    formula = (math.exp(-2 * delta * b) + 2 * delta * b - 1) / (2 * delta**2)
    seen = run_lengths(shift, h, 1500)
    error = seen.std() / math.sqrt(len(seen))
    # an approximation: within 5 % and three standard errors
    assert abs(seen.mean() - formula) <= 0.05 * formula + 3 * error


@pytest.mark.equation("19.12")
def test_the_weighted_mean_of_the_parts_is_the_gradient_of_all() -> None:
    g = torch.Generator().manual_seed(12)
    w = torch.randn(4, generator=g, dtype=torch.float64, requires_grad=True)
    x = torch.randn(20, 4, generator=g, dtype=torch.float64)
    rows = [1, 12, 7]

    def gradient(part: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad(torch.tanh(part @ w).square().mean(), w)[0]

    parts = [gradient(part) for part in x.split(rows)]
    made = reference("average_gradients")(parts, rows, math.inf)
    torch.testing.assert_close(made, gradient(x), rtol=0, atol=1e-12)


@pytest.mark.equation("19.13")
@pytest.mark.parametrize("P", [1, 2, 3, 8])
def test_a_ring_sends_that_many_messages(P: int) -> None:
    """Message by message: who holds which sums, and when all hold all of them."""
    held = [[{p} for _ in range(P)] for p in range(P)]  # of process p, of part k
    seconds, latency, size, bandwidth = 0.0, 0.5, 12.0, 3.0
    for turn in range(2 * (P - 1)):
        sent = []
        for p in range(P):  # at the same time; each sends one part to its neighbour
            k = (p - turn) % P
            sent.append(((p + 1) % P, k, set(held[p][k])))
        for to, k, sums in sent:
            held[to][k] = held[to][k] | sums
        seconds += latency + size / P / bandwidth
    assert all(part == set(range(P)) for own in held for part in own)
    network = parallel.Network(latency, bandwidth)
    assert parallel.exchange_seconds(P, size, network) == pytest.approx(seconds)
    # and (19.13) is what the exercise minimises
    c = 100.0
    times = {
        p: c / p + parallel.exchange_seconds(p, size, network)
        for p in range(1, 25)
        if 24 % p == 0
    }
    best = reference("how_many_processes")(24, c, size, latency, bandwidth)
    assert times[best] == min(times.values())
