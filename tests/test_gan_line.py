"""The GAN on a line: the density of its G, what counts as dense, and that D learns."""

import numpy as np
import pytest
import torch
from torch import nn

from aigc_course import gan, theory
from aigc_course.errors import CourseError
from aigc_course.gan import line
from aigc_course.gan.networks import Generator

X = theory.grid(-6, 6, 601)
P = theory.mixture(X, [-1.5, 1.5], [0.5, 0.8], [0.4, 0.6])


class Curve(Generator):
    """G(z) = f(z) for a given function."""

    def __init__(self, f):
        super().__init__(1, [nn.Identity()])
        self.f = f

    def forward(self, z):
        return self.f(z)


@pytest.mark.parametrize("slope", [0.7, -1.3])
def test_the_density_of_a_straight_generator_is_normal(slope):
    q = line.generated_density(Curve(lambda z: slope * z + 0.5), X)
    assert np.abs(q.p - theory.normal(X, 0.5, abs(slope)).p).max() < 2e-3


def test_the_density_of_a_folded_generator():
    """|z| folds the line: twice the normal density on one side, none on the other."""
    q = line.generated_density(Curve(torch.abs), X)
    right, left = X > 0.02, X < -0.02
    twice = 2 * np.exp(-(X**2) / 2) / np.sqrt(2 * np.pi)
    assert np.abs(q.p - twice)[right].max() < 2e-3
    assert q.p[left].max() == 0


def test_the_density_of_a_network_is_the_histogram_of_its_samples():
    torch.manual_seed(1)
    generator = gan.PointGenerator(1, 1, 16)
    for parameter in generator.parameters():
        parameter.data *= 2
    z = torch.randn(400_000, 1)
    with torch.no_grad():
        samples = generator(z)[:, 0].double().numpy()
    q = line.generated_density(generator, X)
    edges = X[::50] + q.dx / 2  # where the mass below is known exactly
    want = np.searchsorted(np.sort(samples), edges) / len(samples)
    errors = np.sqrt(q.cdf * (1 - q.cdf) / len(samples))[::50]
    assert np.ptp(want) > 0.5
    assert (np.abs(q.cdf[::50] - want)[:-1] < 4.5 * errors[:-1] + 1e-6).all()


def test_a_generator_that_has_collapsed_keeps_its_mass():
    q = line.generated_density(Curve(lambda z: 0 * z + 2), X)
    assert q.mean == pytest.approx(2, abs=q.dx) and q.std < q.dx


def test_mass_beyond_the_grid_counts_in_its_end_cells():
    q = line.generated_density(Curve(lambda z: z + 6), X)
    assert q.p[-1] * q.dx == pytest.approx(0.5, abs=0.02)


def test_a_generator_of_the_plane_is_refused():
    for generator in (gan.PointGenerator(2, 1), gan.PointGenerator(1, 2)):
        with pytest.raises(CourseError, match="one number to one number"):
            line.generated_density(generator, X)


def test_dense_is_the_least_part_that_holds_95_percent():
    seen = line.Snapshot(1, P, theory.normal(X), np.full(len(X), 0.5))
    mass = (seen.p.p + seen.q.p) * P.dx / 2
    held = mass[seen.dense].sum()
    assert 0.95 <= held < 0.95 + mass.max()
    assert mass[seen.dense].min() >= mass[~seen.dense].max()


def test_the_error_is_0_for_the_exact_answer_and_blank_for_one_half():
    q = theory.normal(X)
    exact = theory.optimal_discriminator(P, q)
    assert line.Snapshot(1, P, q, exact).error == 0
    half = line.Snapshot(1, P, q, np.full(len(X), 0.5))
    assert half.error == half.blank > 0.05
    off = line.Snapshot(1, P, q, exact + 0.01)
    assert off.error == pytest.approx(0.01)


def test_a_short_game_teaches_d_and_moves_g():
    """One seed, a seventh of the steps: D knows much more than that it cannot tell."""
    state, seen = torch.get_rng_state(), []
    looks = gan.train_on_a_line(P, 450, seed=3, looks=3, on_look=seen.append)
    assert seen == looks and [look.step for look in looks] == [150, 300, 450]
    assert looks[-1].error < 0.06 < looks[-1].blank
    assert looks[-1].blank < looks[0].blank  # q comes nearer to p
    assert torch.equal(torch.get_rng_state(), state)
    assert "error of D 0.0" in str(looks[-1])


def test_a_game_is_the_same_each_time():
    a, b = (gan.train_on_a_line(P, 5, seed=1, looks=1)[0] for _ in range(2))
    other = gan.train_on_a_line(P, 5, seed=2, looks=1)[0]
    assert np.array_equal(a.learned, b.learned)
    assert not np.array_equal(a.learned, other.learned)


@pytest.mark.parametrize("looks", [0, 6])
def test_looks_that_do_not_fit_are_refused(looks):
    with pytest.raises(CourseError, match="1 to 5"):
        gan.train_on_a_line(P, 5, looks=looks)
