"""The displayed equations of chapter 10, each by a number."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from aigc_course import control
from aigc_course.control.attributes import moments
from aigc_course.gan.conditional_learner import variety_loss


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def table(*shape, seed=0):
    """A joint distribution over finitely many images and labels."""
    return randn(*shape, seed=seed).flatten().softmax(0).view(shape)


def value(p, q, D):
    """E_p log D + E_q log(1 - D) for joint tables [x, y]."""
    return (p * D.log() + q * (1 - D).log()).sum()


def with_labels_of(p, seed):
    """Another q(x | y) [x, y] with the labels' distribution of p."""
    return table(*p.shape, seed=seed).softmax(0) * p.sum(0)


@pytest.mark.equation("10.1")
def test_the_game_is_one_game_for_each_label():
    p = table(5, 3)
    q = with_labels_of(p, 1)
    D = randn(5, 3, seed=2).sigmoid()
    of_label = p.sum(0)
    games = [
        value(p[:, c] / of_label[c], q[:, c] / of_label[c], D[:, c]) for c in range(3)
    ]
    assert torch.isclose(value(p, q, D), (of_label * torch.stack(games)).sum())
    # swapping what is drawn for two labels is an error, though p(x) stays the same
    swapped = q[:, [1, 0, 2]] / q[:, [1, 0, 2]].sum(0) * of_label
    best = [p / (p + r) for r in (p, swapped)]
    assert torch.isclose(value(p, p, best[0]), torch.tensor(-2 * math.log(2)).double())
    assert value(p, swapped, best[1]) > -2 * math.log(2) + 1e-4


@pytest.mark.equation("10.2")
def test_the_best_d_compares_the_conditionals():
    p = table(5, 3)
    q = with_labels_of(p, 1)
    conditional = [t / t.sum(0) for t in (p, q)]
    best = conditional[0] / (conditional[0] + conditional[1])
    for seed in range(20):
        other = (best.logit() + 0.1 * randn(5, 3, seed=seed)).sigmoid()
        assert value(p, q, other) < value(p, q, best)


@pytest.mark.equation("10.3")
def test_a_linear_layer_on_both_shifts_all_images_alike():
    layer = nn.Linear(4 + 3, 1).double()
    h, marks = randn(6, 4), torch.eye(3).double()
    w, u = layer.weight[0, :4], layer.weight[0, 4:]
    for c in range(3):
        logits = layer(torch.cat([h, marks[c].expand(6, 3)], dim=1))[:, 0]
        assert torch.allclose(logits, h @ w + u[c] + layer.bias)
        assert torch.equal(logits.argsort(), (h @ w).argsort())


@pytest.mark.equation("10.4")
def test_the_log_ratio_is_that_of_labels_plus_that_of_images():
    p, q = table(4, 3), table(4, 3, seed=1)
    of_labels = (p / p.sum(1, keepdim=True)).log() - (q / q.sum(1, keepdim=True)).log()
    of_images = (p.sum(1) / q.sum(1)).log()
    assert torch.allclose((p / q).log(), of_labels + of_images[:, None])


@pytest.mark.equation("10.5")
def test_softmax_classifiers_give_a_projection():
    """For each image the log-ratio minus v_y . h is the same for all labels."""
    h, at_p, at_q = randn(6, 4), randn(3, 4, seed=1), randn(3, 4, seed=2)
    of_images = randn(6, seed=3)
    fits = (h @ at_p.T).log_softmax(1) - (h @ at_q.T).log_softmax(1)
    log_ratio = fits + of_images[:, None]  # [image, label]
    psi = log_ratio - h @ (at_p - at_q).T
    assert torch.allclose(psi, psi[:, :1].expand(-1, 3))


@pytest.mark.equation("10.6")
def test_source_and_class_losses_at_their_best():
    """D = 1/2 and C = p(y | x) where q = p: L_S = 2 log 2, L_C = 2 H(y | x)."""
    p = table(4, 3)
    C = p / p.sum(1, keepdim=True)
    half = torch.full((4,), 0.5).double()

    def losses(D, C):
        of_x = p.sum(1)
        source = -(of_x * D.log()).sum() - (of_x * (1 - D).log()).sum()
        return source, -2 * (p * C.log()).sum()

    source, named = losses(half, C)
    assert torch.isclose(source, torch.tensor(2 * math.log(2)).double())
    assert torch.isclose(named, 2 * (p.sum(1) * Categorical(C).entropy()).sum())
    for seed in range(20):
        off = (C.log() + 0.1 * randn(4, 3, seed=seed)).softmax(1)
        tilted = (0.1 * randn(4, seed=seed)).sigmoid()
        assert losses(half, off)[1] > named and losses(tilted, C)[0] > source


@pytest.mark.equation("10.7")
def test_agreement_with_a_judge_who_errs():
    k, p, s, n = 10, 0.93, 0.8, 400_000
    seeded = torch.Generator().manual_seed(0)
    asked = torch.randint(k, (n,), generator=seeded)

    def slipped(digits, share):
        aside = torch.randint(1, k, (n,), generator=seeded)
        return torch.where(
            torch.rand(n, generator=seeded) < share, digits, (digits + aside) % k
        )

    read = slipped(slipped(asked, s), p)  # drawn with share s, read with accuracy p
    wanted = s * p + (1 - s) * (1 - p) / (k - 1)
    error = math.sqrt(wanted * (1 - wanted) / n)
    assert abs((read == asked).double().mean() - wanted) < 4 * error
    assert abs(wanted - s * p) > 2 * error  # the second term is seen at this n


@pytest.mark.equation("10.8")
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 1.5])
def test_variety_is_wanted_up_to_that_of_the_data(share):
    """Classes far apart, each normal: their distance does not count, their spread does.

    d of two normal numbers of deviation s is 2 s / sqrt(pi), so that L_V = 1 - share.
    """
    n = 200_000
    y = torch.arange(n) % 10
    centre = 100 * y.double()
    real, fake = centre + randn(n), centre + share * randn(n, seed=1)
    found = float(variety_loss(fake, real, y))
    assert found == pytest.approx(max(0, 1 - share), abs=0.01)
    by_all_pairs = (real[:9000:10, None] - real[None, :9000:10]).abs().mean()
    assert float(by_all_pairs) == pytest.approx(2 / math.sqrt(math.pi), rel=0.05)


@pytest.mark.equation("10.9")
def test_the_class_loss_is_an_entropy_plus_a_divergence():
    q, C = table(4, 3), randn(4, 3, seed=1).softmax(1)
    given = Categorical(q / q.sum(1, keepdim=True))
    of_x = q.sum(1)
    entropy = (of_x * given.entropy()).sum()
    divergence = (of_x * kl_divergence(given, Categorical(C))).sum()
    assert torch.isclose(-(q * C.log()).sum(), entropy + divergence)


@pytest.mark.equation("10.10")
def test_the_conditional_bound_and_its_gap():
    """One binary pixel, one latent: the gap is the KL to the true posterior."""
    z = torch.linspace(-9, 9, 6001).double()
    dz = z[1] - z[0]
    prior, q = Normal(0.7, 1.0), Normal(-0.2, 0.8)
    log_px = Bernoulli(logits=1.5 * z - 0.4).log_prob(torch.ones_like(z))
    joint = log_px + prior.log_prob(z)
    log_p = (joint.exp().sum() * dz).log()
    weights = q.log_prob(z).exp() * dz
    bound = (weights * log_px).sum() - kl_divergence(q, prior)
    gap = (weights * (q.log_prob(z) - (joint - log_p))).sum()
    assert bound < log_p and torch.isclose(bound + gap, log_p, atol=1e-6)


def ink(seed=0):
    return randn(1, 12, 9, seed=seed).abs()


@pytest.mark.equation("10.11")
def test_slant_is_the_slope_of_the_line_that_fits_the_ink():
    dark = ink()
    _, xy, yy = moments(dark)
    y, x = torch.meshgrid(torch.arange(12.0), torch.arange(9.0), indexing="ij")
    root = dark[0].sqrt().flatten()
    columns = torch.stack([-y.flatten() * root, root], dim=1)  # upwards is -y
    fit = torch.linalg.lstsq(columns, (x.flatten() * root)[:, None].double())
    assert math.isclose(float(-xy / yy), float(fit.solution[0]), rel_tol=1e-5)


@pytest.mark.equation("10.12")
def test_shearing_adds_to_the_slant():
    """Whole pixels, so that nothing is interpolated: row y moves by -s y."""
    dark = torch.zeros(1, 12, 60).double()
    dark[:, :, 24:33] = ink()
    slants = []
    for s in (0, 1, -2):
        rows = [dark[0, y].roll(-s * y) for y in range(12)]
        _, xy, yy = moments(torch.stack(rows)[None])
        slants.append(float(-xy / yy))
    assert slants[1] - slants[0] == pytest.approx(1, abs=1e-5)
    assert slants[2] - slants[0] == pytest.approx(-2, abs=1e-5)


@pytest.mark.equation("10.13")
@pytest.mark.parametrize(("t", "length"), [(2, 20), (4, 18), (4, 10)])
def test_thickness_of_a_straight_stroke(t, length):
    seen = control.measure(control.stroke(t, 0, length)).thickness
    assert float(seen) == pytest.approx(t / (1 + t / length), rel=0.05)


@pytest.mark.equation("10.13")
def test_thickness_of_a_closed_loop():
    at = torch.arange(28 * 8).double() / 8 - 14 + 1 / 16
    radius = (at[:, None] ** 2 + at**2).sqrt()
    ring = ((radius - 8).abs() <= 1.5).double()  # three pixels thick
    image = 2 * ring.view(28, 8, 28, 8).mean((1, 3)) - 1
    seen = control.measure(image[None].float()).thickness
    assert float(seen) == pytest.approx(3, rel=0.03)


@pytest.mark.equation("10.14")
def test_the_width_is_four_deviations_of_what_the_line_leaves():
    dark = ink(3)
    seen = control.measure(2 * (0.1 + 0.9 * dark / dark.max()).float() - 1)
    image = (0.1 + 0.9 * dark / dark.max())[0].float().double()
    y, x = torch.meshgrid(*(torch.arange(n).double() for n in (12, 9)), indexing="ij")
    mass = image / image.sum()
    dx, dy = x - (mass * x).sum(), y - (mass * y).sum()
    rest = dx + float(seen.slant) * dy  # the line taken out
    deviation = (mass * rest.square()).sum().sqrt()
    assert float(seen.width) == pytest.approx(4 * float(deviation), rel=1e-4)


@pytest.mark.equation("10.15")
def test_the_shortest_step_that_changes_the_reading():
    w, z, change = randn(5), randn(5, seed=1), 1.3
    moved = z + change * w / w.square().sum()
    assert torch.isclose((moved - z) @ w, torch.tensor(change).double())
    for seed in range(20):
        aside = randn(5, seed=seed + 2)
        aside -= (aside @ w) / (w @ w) * w  # leaves the reading as it is
        assert (moved + aside - z).norm() > (moved - z).norm()


@pytest.mark.equation("10.16")
@pytest.mark.parametrize("limit", [0.5, 1.0, 2.0])
def test_variance_between_the_limits(limit):
    x = torch.linspace(-limit, limit, 20_001).double()
    density = Normal(0.0, 1.0).log_prob(x).exp()
    by_quadrature = torch.trapezoid(density * x**2, x) / torch.trapezoid(density, x)
    assert math.isclose(control.truncated_variance(limit), by_quadrature, rel_tol=1e-6)


@pytest.mark.equation("10.17")
@pytest.mark.parametrize("weight", [0.0, 1.0, 3.0])
def test_the_slope_of_guidance_is_made_of_two_slopes(weight):
    x = torch.linspace(-3, 3, 41).double().requires_grad_()
    of_class = [Normal(m, s).log_prob(x) for m, s in ((-1.0, 1.0), (1.0, 0.7))]
    mixture = torch.logsumexp(torch.stack(of_class), 0) - math.log(2)
    posterior = of_class[1] - math.log(2) - mixture  # log p(y | x)

    def slope(y):
        return torch.autograd.grad(y.sum(), x, retain_graph=True)[0]

    guided = slope(of_class[1] + weight * posterior)
    free = (1 + weight) * slope(of_class[1]) - weight * slope(mixture)
    assert torch.allclose(guided, free)
