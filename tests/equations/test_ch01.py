"""The displayed equations of chapter 01, each by a number."""

import math

import numpy as np
import pytest
import sympy
from numpy.testing import assert_allclose

from aigc_course import theory
from aigc_course.exercises.ch01.class_posterior import class_posterior
from aigc_course.exercises.ch01.fit_pixels import fit_pixels
from aigc_course.exercises.ch01.kl import kl
from aigc_course.exercises.ch01.log_likelihood import log_likelihood
from aigc_course.exercises.ch01.match_moments import match_moments
from aigc_course.exercises.ch01.mix_with_noise import mix_with_noise

X = theory.grid(-12, 12, 2401)
HUMPS = theory.mixture(X, [-2, 2.5], [0.3, 0.9], [0.3, 0.7])


def coins(*shape, share=0.3, seed=0):
    return np.random.default_rng(seed).random(shape) < share


def every_picture(pixels):
    """All 2^pixels pictures [2^pixels, 1, pixels]."""
    codes = np.arange(2**pixels)[:, None]
    return (codes >> np.arange(pixels) & 1).astype(bool)[:, None]


def normal(x, mean=0.0, std=1.0):
    return np.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))


@pytest.mark.equation("1.1")
def test_a_density_is_nowhere_negative_and_has_area_one():
    fine = np.linspace(-12, 12, 24_001)  # the formula itself, on another grid
    p = 0.3 * normal(fine, -2, 0.3) + 0.7 * normal(fine, 2.5, 0.9)
    assert p.min() >= 0 and np.trapezoid(p, fine) == pytest.approx(1, abs=1e-9)
    assert_allclose(np.interp(X, fine, p), HUMPS.p, atol=1e-6)


@pytest.mark.equation("1.2")
@pytest.mark.parametrize(("a", "b"), [(1, 3), (-2.2, -1.9), (-1, 0)])
def test_probability_is_an_area_and_a_difference_of_f(a, b):
    def f(x):  # the distribution function in closed form
        parts = [(0.3, -2, 0.3), (0.7, 2.5, 0.9)]
        return sum(
            w * (1 + math.erf((x - m) / s / math.sqrt(2))) / 2 for w, m, s in parts
        )

    fine = np.linspace(a, b, 20_001)
    p = 0.3 * normal(fine, -2, 0.3) + 0.7 * normal(fine, 2.5, 0.9)
    assert np.trapezoid(p, fine) == pytest.approx(f(b) - f(a), abs=1e-8)
    n = 100_000
    samples = HUMPS.sample(n, np.random.default_rng(0))
    share, chance = ((samples >= a) & (samples <= b)).mean(), f(b) - f(a)
    assert abs(share - chance) < 4 * math.sqrt(chance * (1 - chance) / n) + 1e-4


@pytest.mark.equation("1.3")
def test_the_inverse_of_f_turns_uniform_numbers_into_samples():
    rate, n = 0.7, 200_000  # F(x) = 1 - exp(-rate x)
    u = np.random.default_rng(1).random(n)
    x = -np.log1p(-u) / rate
    for a in (0.2, 1.0, 3.0):
        chance = 1 - math.exp(-rate * a)
        assert np.array_equal(x <= a, u <= chance)  # one event, said twice
        error = math.sqrt(chance * (1 - chance) / n)
        assert abs((x <= a).mean() - chance) < 4 * error < 0.01


@pytest.mark.equation("1.4")
@pytest.mark.parametrize("sign", [1, -1])
def test_change_of_variables_keeps_the_probability_of_intervals(sign):
    """x = s sinh(z), rising and falling: areas in x are areas in z."""
    x = np.linspace(-3, 5, 40_001)
    z = np.arcsinh(sign * x)
    p_x = normal(z) / np.abs(sign * np.cosh(z))
    area = np.trapezoid(p_x, x)
    ends = sorted(np.arcsinh([sign * -3, sign * 5]))
    in_z = np.diff([math.erf(end / math.sqrt(2)) / 2 for end in ends])[0]
    assert area == pytest.approx(in_z, abs=1e-8)


@pytest.mark.equation("1.5")
def test_change_of_variables_with_a_determinant():
    """x = (exp z1, z2 + z1^2) against a count in a box, and against the linear map."""
    rng, n = np.random.default_rng(2), 400_000
    z = rng.standard_normal((n, 2))
    x = np.stack([np.exp(z[:, 0]), z[:, 1] + z[:, 0] ** 2], axis=1)
    side = np.linspace(1, 2, 201)
    a, b = np.meshgrid(side, side - 0.5, indexing="ij")
    z1, z2 = np.log(a), b - np.log(a) ** 2
    log_det = z1  # J = [[exp z1, 0], [2 z1, 1]]
    p_x = np.exp(np.log(normal(z1)) + np.log(normal(z2)) - log_det)
    chance = np.trapezoid(np.trapezoid(p_x, side), side)
    inside = ((x > [1, 0.5]) & (x < [2, 1.5])).all(axis=1).mean()
    assert abs(inside - chance) < 4 * math.sqrt(chance / n) < 0.03 * chance

    matrix, point = rng.standard_normal((3, 3)), rng.standard_normal(3)
    covariance = matrix @ matrix.T  # of x = matrix z
    exact = -(point @ np.linalg.solve(covariance, point)) / 2
    exact -= (3 * math.log(2 * math.pi) + np.linalg.slogdet(covariance)[1]) / 2
    back = np.linalg.solve(matrix, point)
    log_det = np.linalg.slogdet(matrix)[1]
    assert np.log(normal(back)).sum() - log_det == pytest.approx(exact)


@pytest.mark.equation("1.6")
def test_coins_give_every_picture_its_probability():
    theta = np.random.default_rng(3).uniform(0.1, 0.9, (1, 5))
    pictures = every_picture(5)
    by_hand = [math.prod(np.where(one, theta, 1 - theta)[0]) for one in pictures]
    log_p = log_likelihood(pictures, theta)
    assert_allclose(np.exp(log_p), by_hand)
    assert sum(by_hand) == pytest.approx(1)
    x = pictures.astype(float)
    as_shown = x * np.log(theta) + (1 - x) * np.log(1 - theta)
    assert_allclose(log_p, as_shown.sum(axis=(1, 2)))


@pytest.mark.equation("1.7")
def test_the_mean_log_likelihood_is_highest_where_the_data_are_most_probable():
    """The product over pictures and the mean of logarithms have one maximum."""
    ink = coins(12, 1, 1)
    trials = np.linspace(0.05, 0.95, 181)
    product = [np.where(ink, t, 1 - t).prod() for t in trials]
    mean = [log_likelihood(ink, np.full((1, 1), t)).mean() for t in trials]
    assert np.argmax(product) == np.argmax(mean)
    assert_allclose(np.log(product) / len(ink), mean)


@pytest.mark.equation("1.8")
def test_the_likelihood_of_a_coin_is_flat_at_the_share_alone():
    s, t = sympy.symbols("s theta", positive=True)
    ell = s * sympy.log(t) + (1 - s) * sympy.log(1 - t)
    slope = s / t - (1 - s) / (1 - t)
    assert sympy.simplify(sympy.diff(ell, t) - slope) == 0
    assert sympy.solve(slope, t) == [s]
    curvature = sympy.diff(ell, t, 2).subs(t, s)
    assert sympy.simplify(curvature + 1 / (s * (1 - s))) == 0  # below 0: a maximum


@pytest.mark.equation("1.9")
def test_half_counts_are_the_mean_under_jeffreys_prior():
    """(k + 1/2) / (N + 1) = E[theta | k] for the prior theta^-1/2 (1 - theta)^-1/2."""
    ink = coins(20, 1, 3)
    k, n = ink.sum(axis=0)[0], len(ink)
    angle = (np.arange(40_000) + 0.5) / 40_000 * math.pi / 2
    theta = np.sin(angle) ** 2  # the prior is even in this angle
    for share, inked in zip(fit_pixels(ink)[0], k, strict=True):
        weight = theta**inked * (1 - theta) ** (n - inked)
        assert share == pytest.approx((inked + 0.5) / (n + 1))
        assert share == pytest.approx((weight * theta).sum() / weight.sum())


@pytest.mark.equation("1.10")
def test_bits_per_pixel():
    ink, fair = coins(4, 6, 5), np.full((6, 5), 0.5)
    bits = -log_likelihood(ink, fair) / (30 * math.log(2))
    assert_allclose(bits, 1)  # a fair coin is one bit
    theta = np.full((6, 5), 1 / 8)
    blank = log_likelihood(np.ones((1, 6, 5), bool), theta)
    assert -blank[0] / (30 * math.log(2)) == pytest.approx(3)  # one of eight


@pytest.mark.equation("1.11")
def test_summing_out_the_class_leaves_a_distribution():
    rng, prior = np.random.default_rng(4), np.array([0.2, 0.5, 0.3])
    theta, pictures = rng.uniform(0.1, 0.9, (3, 1, 4)), every_picture(4)
    log_px = np.stack([log_likelihood(pictures, one) for one in theta], axis=1)
    p = np.exp(log_px) @ prior
    assert p.sum() == pytest.approx(1)
    n = 50_000
    y = rng.choice(3, n, p=prior)  # parents first
    codes = (rng.random((n, 1, 4)) < theta[y])[:, 0] @ (1 << np.arange(4))
    counted = np.bincount(codes, minlength=16) / n
    assert (np.abs(counted - p) < 4.5 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.equation("1.12")
def test_any_joint_probability_is_a_product_of_conditionals():
    joint = np.random.default_rng(5).random((2, 2, 2, 2))
    joint /= joint.sum()
    for x in np.ndindex(joint.shape):
        product = 1.0
        for i in range(4):  # p(x_i | earlier) = p(earlier, x_i) / p(earlier)
            product *= joint[x[: i + 1]].sum() / joint[x[:i]].sum()
        assert product == pytest.approx(joint[x])


@pytest.mark.equation("1.13")
def test_kl_as_an_average_and_as_an_integral():
    q = theory.normal(X, 1, 2)
    integral = kl(HUMPS.p, q.p, HUMPS.dx)
    assert integral == pytest.approx(theory.kl(HUMPS, q))
    samples = HUMPS.sample(100_000, np.random.default_rng(6))
    ratios = np.interp(samples, X, HUMPS.logs - q.logs)
    error = ratios.std() / math.sqrt(len(ratios))
    assert abs(ratios.mean() - integral) < 4 * error < 0.02
    a, b, s, t = 0.4, -0.3, 0.8, 1.3  # two normals, in closed form
    exact = math.log(t / s) + (s**2 + (a - b) ** 2) / (2 * t**2) - 0.5
    assert kl(normal(X, a, s), normal(X, b, t), HUMPS.dx) == pytest.approx(exact)


@pytest.mark.equation("1.14")
def test_kl_is_never_negative():
    t = np.geomspace(1e-6, 1e6, 4001)
    assert (np.log(t) <= t - 1 + 1e-12).all()
    slope = sympy.diff(sympy.log(sympy.Symbol("t")) - sympy.Symbol("t") + 1)
    assert sympy.solve(slope) == [1]  # they touch at 1 only
    rng = np.random.default_rng(7)
    for _ in range(50):
        p, q = rng.dirichlet(np.ones(6), 2)
        p[0] = 0  # E_p[q/p - 1] = q(p > 0) - 1
        p /= p.sum()
        on = p > 0
        middle = (p[on] * (q[on] / p[on] - 1)).sum()
        assert -kl(p, q, 1.0) <= middle <= 1e-12
        assert middle == pytest.approx(-q[0])
    assert kl(p, p, 1.0) == 0


@pytest.mark.equation("1.15")
def test_expected_log_likelihood_is_minus_entropy_minus_kl():
    entropy = -HUMPS.expect(HUMPS.logs)
    costs, divergences = [], []
    for mean in np.linspace(-3, 4, 15):
        q = theory.normal(X, mean, 2)
        costs.append(HUMPS.expect(q.logs))
        divergences.append(theory.kl(HUMPS, q))
        assert costs[-1] == pytest.approx(-entropy - divergences[-1])
    assert np.argmax(costs) == np.argmin(divergences)


@pytest.mark.equation("1.16")
def test_forward_kl_matches_the_moments():
    """The slopes of E_p[log q] in m and s vanish at the moments, and it falls away."""
    m, s, first, second = sympy.symbols("m s first second", positive=True)
    square = second - 2 * m * first + m**2  # E_p[(x - m)^2]
    expected = -sympy.log(s) - square / (2 * s**2)
    at = {m: first, s: sympy.sqrt(second - first**2)}
    assert all(
        sympy.simplify(sympy.diff(expected, one).subs(at)) == 0 for one in (m, s)
    )
    best = theory.kl(HUMPS, theory.normal(X, HUMPS.mean, HUMPS.std))
    for dm, ds in ((0.05, 1), (-0.05, 1), (0, 1.03), (0, 0.97)):
        aside = theory.normal(X, HUMPS.mean + dm, HUMPS.std * ds)
        assert theory.kl(HUMPS, aside) > best


@pytest.mark.equation("1.17")
def test_moments_of_a_mixture():
    mean, std = match_moments(
        np.array([0.3, 0.7]), np.array([-2, 2.5]), np.array([0.3, 0.9])
    )
    assert mean == pytest.approx(HUMPS.mean) and std == pytest.approx(HUMPS.std)
    assert mean == pytest.approx(0.3 * -2 + 0.7 * 2.5)
    spread = 0.3 * (0.09 + (-2 - mean) ** 2) + 0.7 * (0.81 + (2.5 - mean) ** 2)
    assert std**2 == pytest.approx(spread)


@pytest.mark.equation("1.18")
def test_reverse_kl_is_minus_entropy_minus_the_data_log_density():
    q = theory.normal(X, 2.2, 0.7)
    entropy = -q.expect(q.logs)
    assert entropy == pytest.approx(math.log(0.7 * math.sqrt(2 * math.pi * math.e)))
    assert theory.reverse_kl(HUMPS, q) == pytest.approx(-entropy - q.expect(HUMPS.logs))


@pytest.mark.equation("1.18")
def test_reverse_kl_has_a_valley_over_each_hump_and_forward_kl_one():
    """What the chapter says that its figure shows."""
    means, stds = np.linspace(-2.75, 4, 28), np.geomspace(0.25, 3, 12)

    def valleys(divergence):
        best = np.array(
            [
                min(divergence(HUMPS, theory.normal(X, m, s)) for s in stds)
                for m in means
            ]
        )
        inner = (best[1:-1] < best[:-2]) & (best[1:-1] < best[2:])
        return means[1:-1][inner]

    assert_allclose(valleys(theory.reverse_kl), [-2, 2.5])
    (only,) = valleys(theory.kl)
    assert only == pytest.approx(HUMPS.mean, abs=0.25)


@pytest.mark.equation("1.19")
def test_bayes_rule_against_counting():
    prior, theta = np.array([0.3, 0.7]), np.array([[[0.2, 0.9]], [[0.6, 0.5]]])
    pictures = every_picture(2)
    log_px = np.stack([log_likelihood(pictures, one) for one in theta], axis=1)
    posterior = class_posterior(log_px, prior)
    joint = np.exp(log_px) * prior
    assert_allclose(posterior, joint / joint.sum(axis=1, keepdims=True))
    rng, n = np.random.default_rng(8), 200_000
    y = rng.choice(2, n, p=prior)
    codes = (rng.random((n, 1, 2)) < theta[y])[:, 0] @ [1, 2]
    for code, (_, one) in enumerate(posterior):
        found = y[codes == code]
        assert abs(found.mean() - one) < 4 * math.sqrt(one * (1 - one) / len(found))


@pytest.mark.equation("1.20")
def test_log_odds_and_their_line():
    rng, prior = np.random.default_rng(9), np.array([0.4, 0.6])
    theta, pictures = rng.uniform(0.1, 0.9, (2, 1, 6)), every_picture(6)
    log_px = np.stack([log_likelihood(pictures, one) for one in theta], axis=1)
    post = class_posterior(log_px, prior)
    odds = np.log(post[:, 1] / post[:, 0])
    ratio = log_px[:, 1] - log_px[:, 0] + math.log(0.6 / 0.4)
    assert_allclose(odds, ratio)
    logit = np.log(theta / (1 - theta))  # for coins: linear in the pixels
    slope = (logit[1] - logit[0])[0]
    offset = odds[0]  # the first picture is blank
    assert_allclose(odds, pictures[:, 0] @ slope + offset)


@pytest.mark.equation("1.21")
def test_an_event_of_an_implicit_model_can_be_counted():
    """G(z) = (z, z^2) lies on a curve, without area: no density, but probabilities."""
    z = np.random.default_rng(10).standard_normal(100_000)
    points = np.stack([z, z**2], axis=1)
    event = (points[:, 1] < 1) & (points[:, 0] > 0)
    chance = math.erf(1 / math.sqrt(2)) / 2  # P(0 < z < 1)
    error = math.sqrt(chance * (1 - chance) / len(z))
    assert abs(event.mean() - chance) < 4 * error < 0.01
    cells = np.floor(points * 100).astype(int)  # cells of side 0.01 that were hit
    hit = len(np.unique(cells, axis=0))
    area = np.ptp(cells[:, 0]) * np.ptp(cells[:, 1])
    assert hit / area < 0.01


@pytest.mark.equation("1.22")
def test_the_price_of_noise_is_bounded():
    rng = np.random.default_rng(11)
    log_p, log_noise = rng.uniform(-900, -1, (2, 1000))
    for share in (0.1, 0.5, 0.99):
        mixture = mix_with_noise(log_p, log_noise, share)
        assert (mixture >= log_p + math.log(1 - share) - 1e-9).all()
    unlikely = mix_with_noise(np.array([-74.0]), np.array([-543.0]), 0.99)
    assert unlikely[0] == pytest.approx(-74 - math.log(100))
    assert round(math.log(100), 1) == 4.6


@pytest.mark.equation("1.23")
def test_the_memory_is_a_distribution_and_flips_are_independent():
    seen, pictures, flips = coins(4, 5, seed=12), every_picture(5)[:, 0], 0.07
    h = (pictures[:, None] != seen).sum(axis=2)  # pixels that differ
    by_product = pictures @ seen.T.astype(float)
    assert_allclose(
        pictures.sum(axis=1)[:, None] + seen.sum(axis=1) - 2 * by_product, h
    )
    p = (flips**h * (1 - flips) ** (5 - h)).mean(axis=1)
    assert p.sum() == pytest.approx(1)
    rng, n = np.random.default_rng(13), 50_000
    drawn = seen[rng.integers(4, size=n)] ^ (rng.random((n, 5)) < flips)
    counted = np.bincount(drawn @ (1 << np.arange(5)), minlength=32) / n
    assert (np.abs(counted - p) < 4.5 * np.sqrt(p * (1 - p) / n) + 1e-4).all()
