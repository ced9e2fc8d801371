"""The displayed equations of chapter 15, each by a number."""

import itertools
import math

import pytest
import torch
from torch import nn

from aigc_course import apps, gan
from aigc_course.apps import transfer


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed)).double()


class Linear(gan.Generator):
    """G(z) = B z as a picture of 28 x 28 pixels."""

    def __init__(self, basis):
        super().__init__(basis.shape[1], [nn.Identity()])
        self.basis = nn.Parameter(basis)

    def forward(self, z):
        return (z @ self.basis.T).view(-1, 1, 28, 28)


def a_linear_world():
    """A basis [784, 3], a picture [784] and the known pixels, bool [784]."""
    basis = 0.2 * randn(784, 3, seed=1)
    x = (0.1 * randn(784, seed=2)).clamp(-1, 1)
    return basis, x, ~apps.centre_hole(14).flatten()


def best_latent(basis, x, known, weight):
    """(15.1) for a linear generator, by ridge regression."""
    d, B = basis.shape[1], basis[known]
    ridge = B.T @ B / len(B) + weight / d * torch.eye(d).double()
    return torch.linalg.solve(ridge, B.T @ x[known] / len(B))


@pytest.mark.equation("15.1")
@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_inversion_finds_the_least_of_misfit_and_prior(weight):
    basis, x, known = a_linear_world()
    z = best_latent(basis, x, known, weight)
    found = apps.invert(
        Linear(basis.float()),
        x.float().view(1, 1, 28, 28),
        ~known.view(28, 28),
        steps=400,
        starts=2,
        lr=0.05,
        prior=weight,
        seed=seeded(),
    )
    hidden = ~known.view(28, 28)
    wanted = (basis @ z).view(28, 28)[hidden]
    torch.testing.assert_close(found[0, 0][hidden].double(), wanted, atol=2e-3, rtol=0)


@pytest.mark.equation("15.1")
def test_it_is_the_most_probable_latent_for_normal_noise():
    basis, x, known = a_linear_world()
    s, d = 0.3, basis.shape[1]
    z = best_latent(basis, x, known, weight=s**2 * d / int(known.sum()))

    def log_posterior(z):
        misses = (x - basis @ z)[known] / s
        return -(misses.square().sum() + z.square().sum()) / 2

    (slope,) = torch.autograd.grad(log_posterior(z.requires_grad_()), z)
    assert float(slope.abs().max()) < 1e-8 * float((basis / s).square().sum())


@pytest.mark.equation("15.2")
def test_an_honest_painter_is_right_as_often_as_it_agrees_with_itself():
    # 4 contexts; in each, three fillings with known probabilities
    p = torch.tensor([[0.6, 0.3, 0.1], [1, 0, 0], [0.4, 0.4, 0.2], [0.1, 0.8, 0.1]])
    context = torch.randint(4, (300_000,), generator=seeded())
    draws = torch.multinomial(p[context], 3, replacement=True, generator=seeded(1))
    truth, one, two = draws.T
    exact = float(p.square().sum(1).mean())
    error = 5 * math.sqrt(exact * (1 - exact) / len(context))
    assert abs(float((one == truth).double().mean()) - exact) < error
    assert abs(float((one == two).double().mean()) - exact) < error
    # one that is surer than the truth agrees with itself more often than it is right
    sharp = p**4 / (p**4).sum(1, keepdim=True)
    one, two = torch.multinomial(sharp[context], 2, True, generator=seeded(2)).T
    right, agreed = ((one == other).double().mean() for other in (truth, two))
    assert float(agreed - right) > error


def values(n=2_001):
    """Values y of a pixel and their probabilities, skewed."""
    y = torch.rand(n, generator=seeded(8)).double() ** 3
    w = torch.rand(n, generator=seeded(9)).double()
    return y, w / w.sum()


@pytest.mark.equation("15.3")
@pytest.mark.parametrize("f", [-0.2, 0.1, 0.5])
def test_squares_are_least_at_the_mean(f):
    y, w = values()
    guess = torch.tensor(f).double().requires_grad_()
    (slope,) = torch.autograd.grad((w * (y - guess).square()).sum(), guess)
    mean = (w * y).sum()
    torch.testing.assert_close(slope, 2 * (guess.detach() - mean))
    assert (w * (y - mean).square()).sum() < (w * (y - f).square()).sum()


@pytest.mark.equation("15.4")
@pytest.mark.parametrize("f", [-0.2, 0.1, 0.5])
def test_absolute_values_are_least_at_the_median(f):
    y, w = values()
    guess = torch.tensor(f).double().requires_grad_()
    (slope,) = torch.autograd.grad((w * (y - guess).abs()).sum(), guess)
    torch.testing.assert_close(slope, w[y < f].sum() - w[y > f].sum())
    median = y.sort().values[w[y.argsort()].cumsum(0) >= 0.5][0]
    below, above = float(w[y < median].sum()), float(w[y > median].sum())
    assert max(below, above) <= 0.5
    assert (w * (y - median).abs()).sum() < (w * (y - f).abs()).sum()


@pytest.mark.equation("15.5")
@pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
def test_likeness_against_look_where_all_is_normal(noise):
    v = 1 / (1 + noise**2)  # x ~ N(0, 1), y = x + noise e: E[x|y] = v y has variance v
    least, far = 1 - v, 1 - math.sqrt(v)  # D* and P*, W2 between N(0, 1) and N(0, v)
    for share in (0.0, 0.25, 0.5, 1.0, 2.0):
        P = share * far
        wanted = least + max(far - P, 0) ** 2
        # every linear restorer a y + b e within P of N(0, 1), by brute force
        a = torch.linspace(0, 1.1, 1501).double()[:, None] * math.sqrt(v)
        b = torch.linspace(0, 1, 301).double()[None]
        spread = (a.square() / v + b.square()).sqrt()
        distortion = (a - 1) ** 2 + a.square() * noise**2 + b.square()
        near = (spread - 1).abs() <= P + 1e-3
        found = float(distortion[near].min())
        assert found == pytest.approx(wanted, abs=4e-3)
        if share <= 1:  # the straight walk from perfect look to the mean
            walk = (1 - share) / math.sqrt(v) + share  # times the mean
            error = (walk * v - 1) ** 2 + (walk * v * noise) ** 2
            assert error == pytest.approx(wanted)
            assert 1 - walk * math.sqrt(v) == pytest.approx(P, abs=1e-9)
    assert least + far**2 <= 2 * least + 1e-12  # never more than a draw costs


@pytest.mark.equation("15.6")
def test_the_package_has_the_cycle_loss_of_the_paper():
    a, b = (torch.rand(4, 1, 28, 28, generator=seeded(i)) * 2 - 1 for i in (3, 4))
    model = apps.CycleGAN(lambda: apps.Translator(4), ema=None)
    there, back = model.maps["there"], model.maps["back"]
    with torch.no_grad():
        wanted = (back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs().mean()
    assert float(model.step((a, b))["cycle"]) == pytest.approx(float(wanted), rel=1e-4)


@pytest.mark.equation("15.6")
def test_every_swap_of_classes_has_no_cycle_loss_and_the_same_pile():
    pile = torch.arange(5).double()  # five classes, one picture each
    for order in itertools.permutations(range(5)):
        swap = torch.tensor(order)
        back = swap.argsort()
        assert torch.equal(pile[swap].sort().values, pile)
        cycle = (pile[swap][back] - pile).abs() + (pile[back][swap] - pile).abs()
        assert float(cycle.sum()) == 0
    assert math.factorial(10) == 3_628_800


@pytest.mark.equation("15.7")
@pytest.mark.parametrize("s", [0.2, 0.5, 1.0, 3.0])
def test_a_round_trip_bounds_what_a_translation_has_lost(s):
    # a normal, D = 2; b = a + noise: H(a | b) is known, and back(b) is linear
    n, D, noise = 400_000, 2, 0.7
    a = randn(n, D)
    b = a + noise * randn(n, D, seed=5)
    variance = noise**2 / (1 + noise**2)  # of a given b
    entropy = D / 2 * math.log(2 * math.pi * math.e * variance)
    for slope in (0.0, 0.5, 1 / (1 + noise**2), 1.0):
        misses = (a - slope * b).abs().sum(1)
        bound = float(misses.mean()) / s + D * math.log(2 * s)
        assert bound > entropy
    density = -misses[:5] / s - D * math.log(2 * s)
    laplace = torch.distributions.Laplace((slope * b)[:5], s).log_prob(a[:5]).sum(1)
    torch.testing.assert_close(density, laplace)


@pytest.mark.equation("15.7")
def test_the_bound_is_met_where_the_errors_are_laplace():
    n, s = 400_000, 0.4
    a = torch.distributions.Laplace(torch.zeros(n).double(), s).icdf(
        torch.rand(n, generator=seeded()).double().clamp(1e-12)
    )  # b tells nothing: H(a | b) = H(a)
    bound = float(a.abs().mean()) / s + math.log(2 * s)
    assert bound == pytest.approx(1 + math.log(2 * s), abs=5 / math.sqrt(n))


@pytest.mark.equation("15.8")
def test_gram_matrices_compare_second_moments_of_features():
    F, E = randn(1, 3, 4, 5), randn(1, 3, 2, 6, seed=6)
    G, H = transfer.gram(F)[0], transfer.gram(E)[0]
    f, e = F[0].flatten(1).T, E[0].flatten(1).T  # [places, C]
    direct = sum(torch.outer(v, v) for v in f) / len(f)
    torch.testing.assert_close(G, direct)

    def k(u, v):
        return (u @ v.T).square().mean()  # over all pairs of places

    mmd = k(f, f) - 2 * k(f, e) + k(e, e)
    torch.testing.assert_close((G - H).square().sum(), mmd)


@pytest.mark.equation("15.8")
def test_gram_matrices_do_not_see_more_than_second_moments():
    # +-1 by a coin, and a value that is 0 or 2 with the same mean square
    signs = torch.tensor([-1.0, 1, -1, 1]).view(1, 1, 2, 2).double()
    rare = torch.tensor([0.0, 0, 0, 2]).view(1, 1, 2, 2).double()
    G, H = transfer.gram(signs)[0], transfer.gram(rare)[0]
    torch.testing.assert_close(G, H)
    assert not torch.equal(signs.unique(), rare.unique())


@pytest.mark.equation("15.9")
def test_adain_brings_the_mean_and_the_spread_of_the_style():
    x, y = randn(2, 3, 6, 6), 3 * randn(2, 3, 4, 9, seed=7) + 1
    found = transfer.adain(x, y)
    torch.testing.assert_close(found.mean((2, 3)), y.mean((2, 3)))
    spread, wanted = (part.std((2, 3), correction=0) for part in (found, y))
    torch.testing.assert_close(spread, wanted, atol=1e-4, rtol=1e-4)
    unit = (x - x.mean((2, 3), keepdim=True)) / x.std(
        (2, 3), correction=0, keepdim=True
    )
    again = found - found.mean((2, 3), keepdim=True)
    again = again / found.std((2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(again, unit, atol=1e-4, rtol=1e-4)
