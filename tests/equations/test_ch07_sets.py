"""The displayed equations of chapter 07 from KID on, each by a number."""

import math

import pytest
import torch
from torch.distributions import Binomial, Normal

from aigc_course import metrics
from aigc_course.metrics.kid import mmd2
from aigc_course.metrics.memorisation import mann_whitney


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def cubic(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


@pytest.mark.equation("7.15")
def test_population_mmd_from_moments_of_a_line():
    """On a line (xy + 1)^3 = sum_j C(3, j) x^j y^j, so MMD^2 compares moments."""
    p, q = Normal(0.0, 1.0), Normal(0.5, 1.5)
    x = torch.linspace(-15, 15, 30_001, dtype=torch.float64)

    def moment(dist, j):
        return torch.trapezoid(dist.log_prob(x).exp() * x**j, x)

    exact = sum(math.comb(3, j) * (moment(p, j) - moment(q, j)) ** 2 for j in range(4))
    n = 1500
    estimates = torch.stack(
        [
            mmd2(randn(n, 1, seed=s), 0.5 + 1.5 * randn(n, 1, seed=1000 + s))
            for s in range(12)
        ]
    )
    error = estimates.std() / math.sqrt(len(estimates))
    assert abs(estimates.mean() - exact) < 4 * error < 0.3 * exact


@pytest.mark.equation("7.16")
def test_estimate_is_unbiased_and_as_written():
    a, b = randn(6, 3), randn(5, 3, seed=1) + 0.3
    n, m = len(a), len(b)
    by_hand = sum(
        cubic(a[i : i + 1], a[j : j + 1]) / (n * (n - 1))
        for i in range(n)
        for j in range(n)
        if i != j
    )
    by_hand += sum(
        cubic(b[i : i + 1], b[j : j + 1]) / (m * (m - 1))
        for i in range(m)
        for j in range(m)
        if i != j
    )
    by_hand -= 2 * cubic(a, b).sum() / (n * m)
    assert torch.isclose(mmd2(a, b), by_hand.squeeze())
    draws = torch.stack(
        [mmd2(randn(5, 2, seed=s), randn(5, 2, seed=5000 + s)) for s in range(2000)]
    )
    assert abs(draws.mean()) < 4 * draws.std() / math.sqrt(len(draws))
    # "negative half of the time", for equal distributions
    assert 0.4 < (draws < 0).double().mean() < 0.8


def balls(x, k):
    return torch.cdist(x, x).kthvalue(k + 1).values


@pytest.mark.equation("7.17")
def test_precision_and_recall_as_written():
    real, fake, k = randn(25, 2), 0.5 + randn(20, 2, seed=1), 3
    gaps = torch.cdist(real, fake)
    precision = sum(
        any(gaps[i, j] <= balls(real, k)[i] for i in range(25)) for j in range(20)
    )
    recall = sum(
        any(gaps[i, j] <= balls(fake, k)[j] for j in range(20)) for i in range(25)
    )
    found = metrics.prdc(real, fake, k)
    assert found.precision == pytest.approx(precision / 20)
    assert found.recall == pytest.approx(recall / 25)


@pytest.mark.equation("7.18")
def test_density_and_coverage_as_written():
    real, fake, k = randn(25, 2), 0.5 + randn(20, 2, seed=1), 3
    inside = torch.cdist(real, fake) <= balls(real, k)[:, None]
    found = metrics.prdc(real, fake, k)
    assert found.density == pytest.approx(float(inside.sum()) / (k * 20))
    assert found.coverage == pytest.approx(float(inside.any(1).double().mean()))


@pytest.mark.equation("7.19")
@pytest.mark.parametrize(("n", "m", "k"), [(40, 40, 3), (30, 50, 5)])
def test_expected_density_and_coverage_of_a_perfect_generator(n, m, k):
    found = [
        metrics.prdc(randn(n, 2, seed=s), randn(m, 2, seed=9000 + s), k)
        for s in range(400)
    ]
    wanted = 1 - math.prod((n - 1 - i) / (n + m - 1 - i) for i in range(k))
    for values, exact in (
        ([f.density for f in found], 1.0),
        ([f.coverage for f in found], wanted),
    ):
        draws = torch.tensor(values, dtype=torch.float64)
        assert abs(draws.mean() - exact) < 4 * draws.std() / math.sqrt(len(draws))
    large = 1 - math.prod((9999 - i) / (19999 - i) for i in range(5))
    assert math.isclose(large, 1 - 2**-5, abs_tol=1e-4)


@pytest.mark.equation("7.20")
def test_accuracy_of_the_best_classifier():
    """Two normals: the best rule is a threshold half way between them."""
    p, q = Normal(0.0, 1.0), Normal(1.0, 1.0)
    x = torch.linspace(-12, 13, 25_001, dtype=torch.float64)
    tv = 0.5 * torch.trapezoid((p.log_prob(x).exp() - q.log_prob(x).exp()).abs(), x)
    accuracy = 0.5 * p.cdf(torch.tensor(0.5)) + 0.5 * (1 - q.cdf(torch.tensor(0.5)))
    assert math.isclose(accuracy, 0.5 + 0.5 * tv, abs_tol=1e-6)
    tests = [
        metrics.two_sample(randn(4000, 1, seed=s), randn(4000, 1, seed=99 + s) + 1)
        for s in range(4)
    ]
    mean = sum(test.accuracy for test in tests) / 4
    assert abs(mean - accuracy) < 4 * math.sqrt(0.25 / (4 * 4000)) + 0.002


@pytest.mark.equation("7.21")
def test_scatter_of_the_accuracy_when_nothing_can_be_told():
    n, draws = 200, 300
    found = torch.tensor(
        [
            metrics.two_sample(
                randn(n, 2, seed=s), randn(n, 2, seed=7000 + s), seed=s
            ).accuracy
            for s in range(draws)
        ],
        dtype=torch.float64,
    )
    spread = math.sqrt(1 / (4 * n))
    assert abs(found.mean() - 0.5) < 4 * spread / math.sqrt(draws)
    # the standard deviation of a standard deviation is about s / sqrt(2 draws)
    assert abs(found.std() - spread) < 4 * spread / math.sqrt(2 * draws)


@pytest.mark.equation("7.22")
def test_classification_accuracy_is_the_share_read_rightly():
    """Two flat greys: a classifier that sees them told apart reads all, and a coin
    for its labels leaves it with about half."""
    greys = torch.tensor([30, 220], dtype=torch.uint8)
    labels = torch.arange(200) % 2
    images = greys[labels][:, None, None, None].expand(200, 1, 28, 28).contiguous()
    perfect = metrics.classification_accuracy(images, labels, images, labels, steps=20)
    assert perfect == 1.0
    swapped = metrics.classification_accuracy(
        images, 1 - labels, images, labels, steps=20
    )
    assert swapped == 0.0
    three = torch.cat([labels[:150], 1 - labels[150:]])  # a quarter of the truth wrong
    found = metrics.classification_accuracy(images, labels, images, three, steps=20)
    assert found == 0.75


@pytest.mark.equation("7.23")
def test_closeness_as_written():
    images, train = randn(4, 6), randn(80, 6, seed=1)
    distances = torch.cdist(images, train).sort().values
    by_hand = distances[:, 0] / distances[:, :50].mean(1)
    assert torch.allclose(metrics.closeness(images, train), by_hand)


@pytest.mark.equation("7.24")
def test_chance_of_being_nearer_is_a_count_of_pairs():
    train = randn(60, 3)
    samples = train[:20] + 0.3 * randn(20, 3, seed=1)
    unseen = randn(30, 3, seed=2)
    s, t = (metrics.closeness(x, train) for x in (samples, unseen))
    pairs = (s[:, None] < t).double() + 0.5 * (s[:, None] == t).double()
    found = metrics.copying(samples, train, unseen)
    assert math.isclose(found.nearer, pairs.mean())
    # ties count half
    tied = torch.tensor([1.0, 1.0, 2.0]), torch.tensor([1.0, 3.0])
    assert math.isclose(1 - mann_whitney(*tied)[1], (2 * 0.5 + 2 + 0 + 1) / 6)


@pytest.mark.equation("7.25")
def test_painting_lowers_the_distance_of_features():
    judge = metrics.extractor().body
    digit = torch.full((1, 1, 28, 28), -1.0)
    digit[..., 4:24, 13:16] = 1.0  # a 1
    goal = judge(digit)
    paint = randn(1, 1, 28, 28).float().requires_grad_()
    adam = torch.optim.Adam([paint], lr=0.1)
    losses = []
    for _ in range(60):
        loss = torch.linalg.vector_norm(judge(paint.tanh()) - goal) ** 2
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
    # and the image is still far from the digit
    assert (paint.tanh() - digit).square().mean() > 0.5


@pytest.mark.equation("7.26")
def test_answers_that_an_advantage_needs():
    e, z = 0.1, 1.96
    n = (z / (2 * e)) ** 2
    assert round(n) == 96  # "about a hundred"
    # after n answers by guessing, a share of 1/2 + e or more is outside 95 %
    n = round(n)
    spread = math.sqrt(0.25 / n)
    assert math.isclose(z * spread, e, rel_tol=0.01)
    counts = torch.arange(n + 1)
    chances = Binomial(n, torch.tensor(0.5)).log_prob(counts.float()).exp()
    outside = (counts / n - 0.5).abs() > e
    assert 0.03 < float(chances[outside].sum()) < 0.07
