"""The displayed equations of chapter 13 from finite data to few steps, by number."""

import itertools

import pytest
import torch

from aigc_course import flow
from aigc_course.checks import registry
from aigc_course.flow import average, guidance, likelihood

LAW = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
X = torch.linspace(-2.5, 2.5, 15, dtype=torch.float64)[:, None]


def reference(name):
    return registry.get(f"13.{name}").reference


@pytest.mark.equation("13.17")
def test_the_denoiser_of_finite_data_is_bayes_rule():
    g = torch.Generator().manual_seed(0)
    points = torch.randn(9, 3, generator=g, dtype=torch.float64)
    x, t = torch.randn(4, 3, generator=g, dtype=torch.float64), 0.6
    normal = torch.distributions.Normal(t * points[None], 1 - t)
    chance = normal.log_prob(x[:, None]).sum(2).exp()  # of x given each point
    mean = (chance @ points) / chance.sum(1, keepdim=True)
    field = flow.FiniteData(points)
    assert torch.allclose(field.denoised(x, t), mean)
    assert torch.allclose(reference("optimal_denoiser")(x, t, points), mean)
    assert torch.allclose(field.velocity(x, t), (mean - x) / (1 - t))


@pytest.mark.equation("13.18")
def test_errors_of_the_three_predictions():
    g = torch.Generator().manual_seed(1)
    x0, x1, wrong = torch.randn(3, 6, 2, generator=g, dtype=torch.float64)
    t = torch.linspace(0.1, 0.9, 6, dtype=torch.float64)
    x = flow.interpolate(x0, x1, t)
    v = x1 - x0 + wrong
    squares = {
        name: (flow.from_velocity(v, x, t, name) - true).square().sum(1)
        for name, true in (("data", x1), ("noise", x0))
    }
    assert torch.allclose(wrong.square().sum(1), squares["data"] / (1 - t) ** 2)
    assert torch.allclose(wrong.square().sum(1), squares["noise"] / t**2)
    convert = reference("to_velocity")
    assert torch.allclose(convert(x1, x, t, "data"), x1 - x0)
    assert torch.allclose(convert(x0, x, t, "noise"), x1 - x0)


@pytest.mark.equation("13.19")
def test_guidance_is_a_line_through_both_velocities():
    u, c = LAW.velocity(X, 0.3), LAW.velocity(X + 1, 0.3)
    for gamma in (0.0, 1.0, 2.5):
        line = (1 - gamma) * u + gamma * c
        assert torch.allclose(reference("guided_velocity")(u, c, gamma), line)
        assert torch.allclose(flow.guided(c, u, gamma), line)


@pytest.mark.equation("13.20")
def test_the_variance_of_the_powered_law():
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    for gamma in (1.0, 2.0, 3.0):
        logs = -(1 - gamma) * x**2 / (2 * 2.0) - gamma * x**2 / (2 * 1.0)
        p = logs.softmax(0)
        found = guidance.tilted_variance(2.0, 1.0, gamma)
        assert float((p * x**2).sum()) == pytest.approx(found, rel=1e-6)


@pytest.mark.equation("13.21")
@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0, 5.0])
def test_the_variance_that_guidance_samples(gamma):
    wide, narrow = (flow.line_mixture([1.0], [0.0], [v**0.5]) for v in (2.0, 1.0))
    field = flow.guided_field(narrow.velocity, wide.velocity, gamma)
    one = torch.ones(1, 1, dtype=torch.float64)
    solved = float(flow.solve(field, one, 64, "rk4")) ** 2
    assert guidance.guided_variance(2.0, 1.0, gamma) == pytest.approx(solved, rel=1e-6)
    assert reference("guided_variance")(2.0, 1.0, gamma) == pytest.approx(
        solved, rel=1e-6
    )


@pytest.mark.equation("13.21")
def test_the_variance_under_guidance_does_not_depend_on_the_schedule():
    """The path sin, cos of a diffusion: v = x s'/s with s^2 = cos^2 + sin^2 sigma^2."""

    def rate(t, variance):
        angle = torch.tensor(t * torch.pi / 2, dtype=torch.float64)
        square = angle.cos() ** 2 + variance * angle.sin() ** 2
        slope = torch.pi / 2 * (variance - 1) * angle.sin() * angle.cos()
        return float(slope / square)

    def field(x, t):
        return (-2 * rate(t, 2.0) + 3 * rate(t, 0.5)) * x

    one = torch.ones(1, 1, dtype=torch.float64)
    solved = float(flow.solve(field, one, 100, "rk4")) ** 2
    assert guidance.guided_variance(2.0, 0.5, 3.0) == pytest.approx(solved, rel=1e-5)


@pytest.mark.equation("13.22")
def test_the_log_density_along_a_path():
    exact = LAW.log_density(X)
    found = flow.log_density(LAW.velocity, X, 200, "rk4")
    assert torch.allclose(found, exact, rtol=0, atol=1e-6)
    written = reference("log_density")(LAW.velocity, LAW.divergence, X, 200)
    assert torch.allclose(written.double(), exact, rtol=0, atol=1e-3)


@pytest.mark.equation("13.23")
def test_mean_and_variance_of_the_trace_estimate():
    """Over all 2^5 sign vectors, so without any error of draws."""
    g = torch.Generator().manual_seed(2)
    J = torch.randn(5, 5, generator=g, dtype=torch.float64)
    J = J + J.T
    probes = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=5))).double()
    x = torch.zeros_like(probes)
    found = likelihood.hutchinson(lambda x, t: x @ J.T, probes)(x, 0.5)
    written = reference("hutchinson")(lambda x, t: x @ J.T, x, 0.5, probes)
    assert torch.allclose(found, written)
    off = J.square().sum() - J.diagonal().square().sum()
    assert float(found.mean()) == pytest.approx(float(J.trace()))
    assert float(found.var(correction=0)) == pytest.approx(float(2 * off))


@pytest.mark.equation("13.24")
def test_the_bound_with_a_flow_as_prior():
    """A linear decoder x = z + noise, exact posterior q: the bound is log p(x)."""
    s2 = 0.25
    x = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)[:, None]
    # for one component of the prior the posterior is normal, and the bound is tight
    prior = flow.line_mixture([1.0], [0.5], [0.7])
    gain = 0.49 / (0.49 + s2)
    mean, variance = 0.5 + gain * (x - 0.5), 0.49 * (1 - gain)
    g = torch.Generator().manual_seed(3)
    z = mean + variance**0.5 * torch.randn(3, 400, generator=g, dtype=torch.float64)
    normal = torch.distributions.Normal
    under = flow.log_density(prior.velocity, z.reshape(-1, 1), 32, "rk4").view(3, 400)
    inside = normal(z, s2**0.5).log_prob(x) + under
    inside = inside - normal(mean, variance**0.5).log_prob(z)
    exact = normal(0.5, (0.49 + s2) ** 0.5).log_prob(x)[:, 0]
    assert torch.allclose(inside, exact[:, None].expand(3, 400), atol=1e-6)
    # any other q gives less
    other = z + 0.3
    under = flow.log_density(prior.velocity, other.reshape(-1, 1), 32, "rk4")
    worse = normal(other, s2**0.5).log_prob(x) + under.view(3, 400)
    worse = worse - normal(mean + 0.3, variance**0.5).log_prob(other)
    assert bool((worse.mean(1) < exact).all())


@pytest.mark.equation("13.25")
def test_the_best_pairing_and_what_it_does_on_a_line():
    """Against all orders; on a line it pairs ranks, and Euler needs one step."""
    g = torch.Generator().manual_seed(4)
    x0, x1 = (torch.randn(6, 2, generator=g) for _ in range(2))
    found = reference("couple")(x0, x1, torch.zeros(6, dtype=torch.long))
    costs = [
        float((x0[list(order)] - x1).square().sum())
        for order in itertools.permutations(range(6))
    ]
    assert float((found - x1).square().sum()) == pytest.approx(min(costs), rel=1e-5)
    line0, line1 = torch.randn(7, 1, generator=g), torch.randn(7, 1, generator=g)
    paired = reference("couple")(line0, line1, torch.zeros(7, dtype=torch.long))
    assert torch.equal(paired[line1[:, 0].argsort()], line0.sort(0).values)


@pytest.mark.equation("13.25")
def test_pairing_across_classes_shifts_the_noise_of_a_class():
    g = torch.Generator().manual_seed(5)
    x0 = torch.randn(256, 1, generator=g)
    labels = torch.arange(256) % 2
    x1 = 2.0 * labels[:, None] - 1 + 0.3 * torch.randn(256, 1, generator=g)
    across = reference("couple")(x0, x1, torch.zeros_like(labels))
    within = reference("couple")(x0, x1, labels)
    assert float(across[labels == 1].mean()) == pytest.approx(0.8, abs=0.1)
    assert float(within[labels == 1].mean()) == pytest.approx(
        float(x0[labels == 1].mean()), abs=1e-6
    )


@pytest.mark.equation("13.26")
def test_the_average_velocity_is_the_mean_along_the_path():
    t, r, parts = 0.2, 0.9, 80
    edges = torch.linspace(t, r, parts + 1, dtype=torch.float64)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    along = [LAW.velocity(LAW.flow(X, t, s), s) for s in middles]
    found = average.average_velocity(LAW, X, t, r)
    assert torch.allclose(torch.stack(along).mean(0), found, rtol=0, atol=1e-3)
    assert torch.allclose(X + (r - t) * found, LAW.flow(X, t, r), atol=1e-12)


@pytest.mark.equation("13.27")
@pytest.mark.parametrize(("t", "r"), [(0.1, 0.9), (0.3, 0.8)])
def test_the_identity_of_the_average_velocity(t, r):
    e = 1e-5
    u = LAW.velocity(X, t)
    ahead = average.average_velocity(LAW, X + e * u, t + e, r)
    behind = average.average_velocity(LAW, X - e * u, t - e, r)
    right = u + (r - t) * (ahead - behind) / (2 * e)
    assert torch.allclose(average.average_velocity(LAW, X, t, r), right, atol=1e-7)
