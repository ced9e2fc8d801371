"""A mark in a flow's start point: exact without noise, calibrated, and its limits."""

from math import comb

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from aigc_course import data, flow
from aigc_course.errors import CourseError
from aigc_course.provenance.latent_mark import (
    Components,
    LatentMark,
    backwards,
    train,
)

KEY = bytes(range(32))
SIZE = 64


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def test_start_points_are_normal_for_a_random_key():
    rows = [
        LatentMark(seed.to_bytes(16), SIZE, users=4).start(5, generator=chance(seed))
        for seed in range(100)
    ]
    values = torch.cat(rows).flatten().numpy()
    assert kstest(values, "norm").pvalue > 0.01


def test_the_signs_are_those_of_the_user():
    mark = LatentMark(KEY, SIZE)
    u = mark.start(7, user=3, generator=chance())
    assert torch.equal(u.sign(), mark.signs[3].expand(7, -1))
    found = mark.read(u)
    assert found.user.tolist() == [3] * 7 and found.agree.tolist() == [SIZE] * 7
    assert found.p[0] == pytest.approx(256 * 0.5**SIZE)


def test_without_a_user_each_point_has_its_own():
    u = LatentMark(KEY, SIZE).start(50, generator=chance())
    assert len(set(LatentMark(KEY, SIZE).read(u).user.tolist())) > 30


def test_p_is_the_binomial_tail_times_the_users():
    mark = LatentMark(KEY, 10, users=3)
    u = mark.signs[1] * torch.tensor([-1.0, -1] + [1.0] * 8)  # two signs are wrong
    found = mark.read(u[None])
    agree = int(found.agree)
    tail = sum(comb(10, k) for k in range(agree, 11)) / 2**10
    assert float(found.p) == pytest.approx(min(1, 3 * tail))


def test_false_accusations_are_no_more_than_promised():
    # one picture, many keys: whatever the picture is, the signs of a key are random
    u = torch.randn(1, SIZE, generator=chance(5))
    p = [
        float(LatentMark(seed.to_bytes(16), SIZE, users=8).read(u).p)
        for seed in range(2_000)
    ]
    for level in (0.1, 0.01):
        # the bound of the union is above the true rate; 3.1 deviations of a binomial
        assert np.mean(np.array(p) <= level) <= level + 3.1 * (level / 2_000) ** 0.5


def test_another_key_reads_nothing():
    u = LatentMark(KEY, SIZE).start(300, generator=chance())
    assert (LatentMark(KEY[::-1], SIZE).read(u).p < 1e-3).sum() <= 2


@pytest.fixture(scope="module")
def mixture():
    means = 2 * torch.randn(5, SIZE, generator=chance(1))
    return flow.Mixture(torch.full((5,), 0.2), means, torch.full((5,), 0.7))


@pytest.mark.parametrize("steps, least", [(4, 0.85), (16, 0.99), (32, 0.995)])
def test_more_steps_read_more_signs_back(mixture, steps, least):
    mark = LatentMark(KEY, SIZE)
    u = mark.start(50, user=9, generator=chance())
    ends = flow.solve(mixture.velocity, u, 64)
    back = backwards(mixture.velocity, ends, steps)
    right = (back.sign() == u.sign()).double().mean()
    assert right >= least
    assert (mark.read(back).user == 9).all()


@pytest.fixture(scope="module")
def pictures():
    return data.to_float(data.subset(data.default(), 2_000, seed=1).images)


@pytest.fixture(scope="module")
def components(pictures):
    return Components.fit(pictures, SIZE)


def test_components_are_an_orthonormal_basis(components, pictures):
    assert torch.allclose(
        components.axes.T @ components.axes, torch.eye(SIZE), atol=1e-4
    )
    z = components.encode(pictures, rounds=0)
    assert torch.allclose(z.mean(0), torch.zeros(SIZE), atol=1e-3)
    assert torch.allclose(z.std(0), torch.ones(SIZE), atol=1e-2)


def test_rounds_take_the_clipping_back(components, pictures):
    z = components.encode(pictures[:200], rounds=0)
    z = z[torch.randperm(len(z), generator=chance())].roll(1, 1)  # leaves the range
    shown = components.decode(z)
    assert shown.min() >= -1 and shown.max() <= 1
    errors = [(components.encode(shown, r) - z).square().mean() for r in (0, 5, 50)]
    assert errors[0] > errors[1] > errors[2]


@pytest.fixture(scope="module")
def marked(components, pictures):
    """Pictures of a flow that was trained for a moment, all of one user."""
    network = train(components.encode(pictures, rounds=0), 150, seed=0)
    mark = LatentMark(KEY, SIZE)
    u = mark.start(200, user=77, generator=chance())
    with torch.no_grad():
        shown = components.decode(flow.solve(network, u, 16))
    return network, mark, shown


def found(marked, components, pictures):
    network, mark, _ = marked
    read = mark.read(backwards(network, components.encode(pictures)))
    return float((read.p < 1e-3).double().mean()), read


@pytest.mark.slow
def test_the_mark_is_read_from_pixels(marked, components):
    rate, read = found(marked, components, marked[2])
    assert rate >= 0.99
    assert (read.user == 77).double().mean() >= 0.99


@pytest.mark.slow
def test_noise_is_survived_and_a_cut_edge_is_not(marked, components):
    shown = marked[2]
    noisy = shown + 0.2 * torch.randn(shown.shape, generator=chance(3))  # 0.1 of [0, 1]
    assert found(marked, components, noisy.clamp(-1, 1))[0] >= 0.7
    smaller = torch.nn.functional.interpolate(shown[..., 2:-2, 2:-2], 28, mode="area")
    assert found(marked, components, smaller)[0] <= 0.2


@pytest.mark.slow
def test_pictures_of_others_are_not_accused(marked, components, pictures):
    assert found(marked, components, pictures[:1_000])[0] <= 5e-3


def test_bad_settings_are_one_sentence(components, pictures):
    for call, words in [
        (lambda: LatentMark(b"short", 4), "at least 16 bytes"),
        (lambda: LatentMark("k" * 16, 4), "at least 16 bytes"),
        (lambda: LatentMark(KEY, 1), "from 2 up"),
        (lambda: LatentMark(KEY, 4, users=0), "from 1 up"),
        (lambda: LatentMark(KEY, 4, users=2).start(1, user=2), "Users are 0 to 1"),
        (lambda: LatentMark(KEY, 4).start(0), "from 1 up"),
        (lambda: LatentMark(KEY, 4).read(torch.zeros(2, 5)), "takes latents"),
        (lambda: backwards(lambda x, t: x, torch.zeros(1, 2), 0), "number of steps"),
        (lambda: Components.fit(pictures[:10], 64), "not 64"),
        (lambda: Components.fit(torch.zeros(100, 1, 28, 28), 4), "fewer than 4"),
        (lambda: train(torch.zeros(5), 1), "size"),
        (lambda: train(torch.zeros(5, 2), 0), "number of steps"),
    ]:
        with pytest.raises(CourseError, match=words):
            call()


def test_training_leaves_the_global_generator_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    train(torch.randn(20, 4, generator=chance()), 2)
    assert torch.equal(before, torch.get_rng_state())
