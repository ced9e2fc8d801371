"""The displayed equations of chapter 14, each by a number."""

import math

import pytest
import torch

from aigc_course import data
from aigc_course.data import cleaning, corrupt


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=seeded(seed)).double()


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.equation("14.1")
def test_the_steps_reach_every_class_but_the_right_one(classes):
    for y in range(classes):
        reached = {(y + s) % classes for s in range(1, classes)}
        assert reached == {*range(classes)} - {y}


def pairs(n=200_000):
    """Classes and labels drawn by T from an uneven prior; T [3, 3], prior [3]."""
    T = torch.tensor([[0.8, 0.15, 0.05], [0.1, 0.9, 0.0], [0.3, 0.1, 0.6]]).double()
    prior = torch.tensor([0.6, 0.3, 0.1]).double()
    y = torch.multinomial(prior, n, replacement=True, generator=seeded())
    label = torch.multinomial(T[y], 1, generator=seeded(1))[:, 0]
    return T, prior, y, label


def behind(T, prior):
    joint = prior[:, None] * T
    return joint / joint.sum(0)


@pytest.mark.equation("14.2")
def test_bayes_says_which_classes_stand_behind_a_label():
    T, prior, y, label = pairs()
    for j in range(3):
        seen = y[label == j].bincount(minlength=3).double()
        share = behind(T, prior)[:, j]
        error = (share * (1 - share) / seen.sum()).sqrt()
        assert bool(((seen / seen.sum() - share).abs() <= 5 * error + 1e-12).all())


@pytest.mark.equation("14.3")
def test_a_label_stands_for_a_mixture_of_classes():
    T, prior, y, label = pairs()
    # x given the class is normal around 0, 2 or 5; the mean tells the mixture
    centre = torch.tensor([0.0, 2.0, 5.0]).double()
    x = centre[y] + torch.randn(len(y), generator=seeded(2)).double()
    for j in range(3):
        mine = x[label == j]
        for f, of_class in (
            (lambda v: v, centre),
            (lambda v: v.square(), centre.square() + 1),
        ):
            exact = float(behind(T, prior)[:, j] @ of_class)
            error = float(f(mine).std()) / math.sqrt(len(mine))
            assert abs(float(f(mine).mean()) - exact) < 5 * error


def mixed(share, seed=3):
    """Real and foreign features [N, 3], and the covariance and mean of a mixture."""
    real = torch.randn(4_000, 3, generator=seeded(seed)).double()
    foreign = 2 * torch.randn(4_000, 3, generator=seeded(seed + 1)).double() + 3
    k = round(share * 4_000)
    return real, foreign, torch.cat([real[: 4_000 - k], foreign[:k]])


def covariance(x):
    return torch.cov(x.T, correction=0)


@pytest.mark.equation("14.4")
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_mean_and_covariance_of_a_mixture(share):
    real, foreign, both = mixed(share)
    k = round(share * 4_000)
    real, foreign = real[: 4_000 - k], foreign[:k]
    away = foreign.mean(0) - real.mean(0)
    torch.testing.assert_close(both.mean(0), real.mean(0) + share * away)
    cross = share * (1 - share) * torch.outer(away, away)
    parts = (1 - share) * covariance(real) + share * covariance(foreign)
    torch.testing.assert_close(covariance(both), parts + cross)


@pytest.mark.equation("14.5")
def test_the_distance_of_means_bounds_fid_and_grows_with_the_square():
    from aigc_course import metrics

    real, foreign, _ = mixed(0.5)
    away = (foreign.mean(0) - real.mean(0)).square().sum()
    S, R = covariance(real), covariance(foreign)
    for share in (0.05, 0.1, 0.4):
        mean = real.mean(0) + share * (foreign.mean(0) - real.mean(0))
        first = (mean - real.mean(0)).square().sum()
        torch.testing.assert_close(first, share**2 * away)
        d = foreign.mean(0) - real.mean(0)
        mix = (1 - share) * S + share * R + share * (1 - share) * torch.outer(d, d)
        assert metrics.frechet(mean, mix, real.mean(0), S) >= float(first)


@pytest.mark.equation("14.6")
def test_a_power_law_is_a_straight_line_between_logarithms():
    n = torch.logspace(2, 5, 20).double()
    e = 3 * n**-0.4
    slope = torch.diff(e.log()) / torch.diff(n.log())
    torch.testing.assert_close(slope, torch.full((19,), -0.4).double())


@pytest.mark.equation("14.7")
@pytest.mark.parametrize("n", [100.0, 1400.0, 2e4, 2e6])
def test_what_a_thousand_more_are_worth(n):
    a, b = 3.0, 0.56
    gained = a * n**-b - a * (n + 1000) ** -b
    told = a * n**-b * (1 - (1 + 1000 / n) ** -b)
    assert told == pytest.approx(gained, rel=1e-9)
    first_order = 1000 * a * b * n ** (-b - 1)
    # for large n; the next term of the series is smaller by (b + 1) 1000 / (2 n)
    assert first_order > gained
    if n > 1e4:
        assert first_order / gained - 1 < (b + 1) * 1000 / (2 * n) * 1.1
    else:  # at n = 100 it would promise more than the whole error
        assert first_order > 1.3 * gained


@pytest.mark.equation("14.8")
def test_fewer_differences_than_bands_leave_a_band_equal():
    h = torch.randint(2, (500, 64), generator=seeded()).bool()
    for count in range(4):
        other = h.clone()
        for row in range(500):
            bits = torch.randperm(64, generator=seeded(row))[:count]
            other[row, bits] = ~other[row, bits]
        assert bool(((h ^ other).sum(1) == count).all())
        equal = (h.view(-1, 4, 16) == other.view(-1, 4, 16)).all(2)
        assert bool(equal.any(1).all())
    spoilt = h.clone()
    spoilt[:, ::16] = ~spoilt[:, ::16]  # one bit in each band: 4 differences
    assert not (h.view(-1, 4, 16) == spoilt.view(-1, 4, 16)).all(2).any()


def judged(n=60, classes=4):
    p = (4 * rand(n, classes)).softmax(1)
    labels = torch.randint(classes, (n,), generator=seeded(5))
    return p, labels


def by_definition(p, labels):
    """t and C as (14.9) and (14.10) say, by loops."""
    c = p.shape[1]
    t = [
        sum(float(p[x, j]) for x in range(len(p)) if labels[x] == j)
        / sum(1 for x in range(len(p)) if labels[x] == j)
        for j in range(c)
    ]
    C = torch.zeros(c, c).double()
    for x in range(len(p)):
        clear = {k: float(p[x, k]) for k in range(c) if float(p[x, k]) >= t[k]}
        if clear:
            C[labels[x], max(clear, key=clear.__getitem__)] += 1
    return torch.tensor(t).double(), C


@pytest.mark.equation("14.9")
def test_bars_are_what_pictures_of_a_label_are_believed_on_average():
    p, labels = judged()
    t, _ = by_definition(p, labels)
    marks = torch.nn.functional.one_hot(labels, 4).double()
    torch.testing.assert_close(t, (marks * p).sum(0) / marks.sum(0))


@pytest.mark.equation("14.10")
def test_the_package_counts_as_the_equation_does():
    p, labels = judged()
    _, C = by_definition(p, labels)
    given = torch.bincount(labels, minlength=4).double()
    scaled = C * (given / C.sum(1))[:, None]
    torch.testing.assert_close(cleaning.confident_joint(p, labels), scaled)


@pytest.mark.equation("14.11")
def test_recall_and_precision_are_shares_of_two_sets():
    digits = data.load("digits")
    wrong = corrupt.label_errors(0.1)(digits).labels != digits.labels
    rows = torch.arange(0, 1_500, 7)
    found = cleaning.Suspects(rows, rows, rows.double(), torch.zeros(10, 10))
    F, W = {*rows.tolist()}, {*wrong.nonzero()[:, 0].tolist()}
    assert found.scores(wrong) == (len(F & W) / len(W), len(F & W) / len(F))


@pytest.mark.equation("14.12")
def test_weighted_averages_are_those_of_a_balanced_set():
    labels = torch.tensor([0] * 70 + [1] * 20 + [2] * 10)
    f = rand(100)
    share = torch.bincount(labels).double() / 100
    weights = (1 / 3) / share[labels]
    balanced = torch.stack([f[labels == c].mean() for c in range(3)]).mean()
    torch.testing.assert_close((weights * f).mean(), balanced)
    torch.testing.assert_close(weights.mean(), torch.tensor(1.0).double())


@pytest.mark.equation("14.13")
@pytest.mark.parametrize("n", [2, 5, 20])
def test_variance_after_refits_to_own_samples(n):
    chance = torch.Generator().manual_seed(n)
    mean, spread = torch.zeros(200_000, 1), torch.ones(200_000, 1)
    for t in range(1, 4):
        drawn = mean + spread * torch.randn(200_000, n, generator=chance)
        mean = drawn.mean(1, keepdim=True)
        spread = drawn.std(1, correction=0, keepdim=True)
        found = spread.square()
        error = 5 * float(found.std()) / len(found) ** 0.5
        assert float(found.mean()) == pytest.approx((1 - 1 / n) ** t, abs=error)
