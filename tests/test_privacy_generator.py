"""The one-shot generator: sums with noise, straight pictures, and what it refuses."""

import math

import pytest
import torch

from aigc_course import data, privacy
from aigc_course.errors import CourseError
from aigc_course.privacy import releases, straight
from aigc_course.privacy.generator import EIGHT, ONE, TWO, Settings, settings_for
from aigc_course.privacy.varied import varied


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.fixture(scope="module")
def fitted(digits):
    chance = torch.Generator().manual_seed(0)
    return privacy.fit_private(digits.images, digits.labels, 10.0, generator=chance)


def test_rows_are_shortened_to_the_bound_and_never_lengthened():
    rows = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]]).double()
    found = privacy.clip_norm(rows, 1.0)
    assert torch.allclose(
        found, torch.tensor([[0.6, 0.8], [0.3, 0.4], [0, 0]]).double()
    )


def test_symmetric_noise_is_symmetric_and_as_large_as_it_should_be():
    noise = privacy.symmetric_noise(400, 3.0, torch.Generator().manual_seed(0))
    assert torch.equal(noise, noise.T)
    upper = noise[torch.triu(torch.ones(400, 400), 1).bool()]
    assert float(noise.diag().std()) == pytest.approx(3.0, rel=0.1)
    assert float(upper.std()) == pytest.approx(3.0 / math.sqrt(2), rel=0.02)


def test_a_square_is_as_long_as_its_vector_of_independent_entries():
    p = torch.randn(7).double()
    square = torch.outer(p, p)
    upper = square[torch.triu(torch.ones(7, 7), 1).bool()]
    length = square.diag().square().sum() + (math.sqrt(2) * upper).square().sum()
    assert float(length.sqrt()) == pytest.approx(float(p @ p))


def test_moments_without_noise_are_moments():
    points = (
        torch.randn(300, 4, generator=torch.Generator().manual_seed(0)).double() / 9
    )
    labels = torch.arange(300) % 3
    found = privacy.private_moments(points, labels, 0.0, 3)
    for c in range(3):
        own = points[labels == c]
        assert torch.allclose(found.means()[c], own.mean(0))
        assert torch.allclose(found.covariances()[c], torch.cov(own.T, correction=0))


def test_one_example_moves_the_moments_by_sqrt_3_at_most():
    chance = torch.Generator().manual_seed(0)
    points = 5 * torch.randn(50, 4, generator=chance).double()  # all are clipped
    labels = torch.arange(50) % 5
    whole = privacy.private_moments(points, labels, 0.0, 5)
    fewer = privacy.private_moments(points[1:], labels[1:], 0.0, 5)
    squares = sum(
        float((a - b).square().sum()) for a, b in zip(whole, fewer, strict=True)
    )
    assert math.sqrt(squares) == pytest.approx(math.sqrt(3))


def test_straightening_undoes_a_slant(digits):
    pixels = data.to_float(digits.images[:200])[:, 0] / 2 + 0.5
    slant, middle = straight.slants(pixels)
    upright = straight.sheared(pixels, slant, middle)
    left, _ = straight.slants(upright)
    assert float(left.abs().mean()) < 0.1 * float(slant.abs().mean())


def test_coordinates_give_the_picture_back_nearly(digits):
    pixels = data.to_float(digits.images[:200])[:, 0] / 2 + 0.5
    back = straight.draw(straight.read(pixels))
    assert float((back - pixels).square().mean().sqrt()) < 0.12


def test_cosines_are_orthonormal_and_an_empty_picture_is_no_nan():
    waves = straight.cosines()
    assert torch.allclose(waves @ waves.T, torch.eye(len(waves)), atol=1e-5)
    assert bool(straight.read(torch.zeros(2, 28, 28)).isfinite().all())


def test_a_picture_is_read_without_the_others(digits):
    """What comes before the noise may not mix examples."""
    pixels = data.to_float(digits.images[:20])[:, 0] / 2 + 0.5
    alone = torch.cat([straight.read(one[None]) for one in pixels])
    assert torch.allclose(straight.read(pixels), alone, atol=1e-4)


def test_every_release_moves_by_no_more_than_its_sensitivity(digits):
    """The sums with and without one example, each from the same earlier releases."""
    rows, labels = releases.rows(digits.images[:200]), digits.labels[:200]
    whole = releases.scatters(rows, labels, 10, 5.5, 0.0, None) / 5.5**2
    fewer = releases.scatters(rows[1:], labels[1:], 10, 5.5, 0.0, None) / 5.5**2
    assert float((whole - fewer).norm()) <= 1 + 1e-9
    total = releases.sums(rows, labels, 10, 8.0, 0.0, None) / 8.0
    less = releases.sums(rows[1:], labels[1:], 10, 8.0, 0.0, None) / 8.0
    assert float((total - less).norm()) <= 1 + 1e-9
    counts, centre = releases.centre(rows, labels, 10, 9.0, 0.0, None)
    left, other = releases.centre(rows[1:], labels[1:], 10, 9.0, 0.0, None)
    moved = (centre * counts.sum() - other * left.sum()) / 9.0
    assert float((counts - left).norm().hypot(moved.norm())) <= math.sqrt(2) + 1e-9


def test_each_release_gets_the_noise_that_its_sensitivity_needs():
    """Of nothing but zeros: what is left is the noise."""
    rows, labels = torch.zeros(4000, 30).double(), torch.arange(4000) % 10
    chance = torch.Generator().manual_seed(0)
    total = releases.sums(rows, labels, 10, 8.0, 3.0, chance)
    assert float(total.std()) == pytest.approx(3.0 * 8.0, rel=0.15)
    square = releases.scatters(rows, labels, 10, 5.5, 3.0, chance)
    spread = float(square.diagonal(dim1=1, dim2=2).std())
    assert spread == pytest.approx(3.0 * 5.5**2, rel=0.15)
    counts, centre = releases.centre(rows, labels, 10, 9.0, 3.0, chance)
    spread = float((centre * counts.sum()).std())
    assert spread == pytest.approx(math.sqrt(2) * 3.0 * 9.0, rel=0.35)


def test_an_example_is_in_one_cell_of_its_own_class():
    chance = torch.Generator().manual_seed(0)
    own = torch.randn(900, 6, generator=chance).double()
    labels = torch.arange(900) % 3
    spreads = torch.stack([torch.cov(own[labels == c].T) for c in range(3)])
    found = releases.halved(
        own, labels, spreads, (0.0, 0.0), Settings(halvings=1), None
    )
    counts, means, inside = found
    assert counts.tolist() == pytest.approx([150.0] * 6, abs=25)
    assert float(counts.sum()) == 900 and inside.shape == (6, 6, 6)
    for c in range(3):  # the two halves lie on two sides
        assert float(means[2 * c] @ means[2 * c + 1]) < 0


def test_the_settings_depend_on_epsilon_alone():
    assert [settings_for(e) for e in (math.inf, 10, 4, 1, 0.2)] == [
        *[EIGHT] * 3,
        TWO,
        ONE,
    ]
    for one in (EIGHT, TWO, ONE):
        assert sum(one.shares) == pytest.approx(1)


def test_bands_hold_their_mean():
    values = torch.rand(len(straight.cosines()) + 1).double()
    found = straight.in_bands(values)
    assert float(found.sum()) == pytest.approx(float(values.sum()))
    assert found[0] == values[0] and found[-1] == values[-1]
    assert len(found.unique()) == straight.WAVES + 2


def test_small_changes_leave_the_picture_a_picture(digits):
    images = data.to_float(digits.images[:100])
    changed = varied(images, torch.Generator().manual_seed(0))
    assert changed.shape == images.shape
    assert float(changed.min()) >= -1 and float(changed.max()) <= 1
    assert 0.05 < float((changed - images).abs().mean()) < 0.3
    empty = varied(torch.full((2, 1, 28, 28), -1.0))
    assert float(empty.max()) <= -0.99


def test_what_is_spent_is_what_was_promised(fitted):
    assert privacy.gaussian_epsilon(privacy.compose(*fitted.mus), 1e-5) <= 10.0 + 1e-9
    assert "epsilon = 10 at delta = 1e-05" in fitted.explain()


def test_samples_are_pictures_and_the_same_again(fitted):
    first = fitted.draw(30, torch.Generator().manual_seed(3))
    again = fitted.draw(30, torch.Generator().manual_seed(3))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    images, labels = first
    assert images.shape == (30, 1, 28, 28) and labels.shape == (30,)
    assert float(images.min()) >= -1 and float(images.max()) <= 1


def test_labels_that_are_asked_for_are_drawn(fitted):
    asked = torch.tensor([7] * 50)
    found = fitted.classify(fitted.sample(50, torch.Generator().manual_seed(0), asked))
    assert float((found == 7).double().mean()) > 0.8


@pytest.mark.parametrize("asked", [[10], [-1], [1, 2], [0.5]])
def test_labels_that_there_are_not_are_refused(fitted, asked):
    with pytest.raises(CourseError, match="Labels are"):
        fitted.sample(1, labels=torch.tensor(asked))


def test_settings_have_a_share_for_each_release(digits):
    wrong = Settings(halvings=1)
    with pytest.raises(CourseError, match="6 releases, and the settings have 4 shares"):
        privacy.fit_private(digits.images, digits.labels, 1.0, settings=wrong)


def test_less_privacy_reads_better(digits, fitted):
    test = data.load("digits", "test")
    chance = torch.Generator().manual_seed(0)
    free = privacy.fit_private(digits.images, digits.labels, math.inf)
    tight = privacy.fit_private(digits.images, digits.labels, 0.3, generator=chance)
    right = [
        float((one.classify(test.images) == test.labels).double().mean())
        for one in (tight, fitted, free)
    ]
    assert right[0] < right[1] <= right[2] + 0.02 and right[2] > 0.93
    assert "promises nothing" in free.explain()


def test_covariances_are_left_alone_without_noise_and_common_where_noise_hides_all():
    chance = torch.Generator().manual_seed(0)
    roots = torch.randn(3, 5, 5, generator=chance).double() / 5 + torch.eye(5)
    scatters = 100 * roots @ roots.mT
    counts = torch.full((3,), 100.0).double()
    settings = Settings(floor=1e-6)
    exact = releases.shrunk(scatters, counts, 0.0, settings)
    assert torch.allclose(exact, scatters / 100, atol=1e-9)
    hidden = releases.shrunk(scatters, counts, 1e6, settings)
    assert float((hidden[0] - hidden[1]).norm() / hidden[0].norm()) < 1e-3
    for one in hidden:
        assert float(torch.linalg.eigvalsh(one).min()) > 0


def test_all_of_it_is_kept_as_safetensors(fitted, tmp_path):
    from safetensors.torch import load_file, save_file

    save_file(fitted.state_dict(), tmp_path / "private.safetensors")
    back = load_file(tmp_path / "private.safetensors")
    assert torch.equal(back["means"], fitted.means)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"epsilon": 0.0}, "epsilon has to be above 0"),
        ({"delta": 0.01}, "below 1/n"),
        ({"labels": torch.zeros(3).long()}, "1500 images and 3 labels"),
        ({"labels": torch.full((1500,), 10)}, "from 0 to 9"),
        ({"labels": torch.zeros(1500)}, "whole numbers"),
        ({"images": torch.zeros(1500, 28, 28)}, "shape"),
        ({"images": torch.full((1500, 1, 28, 28), math.nan)}, "NaN|\\[-1, 1\\]"),
    ],
)
def test_bad_input_is_refused(digits, changes, says):
    given = {"images": digits.images, "labels": digits.labels, "epsilon": 1.0} | changes
    with pytest.raises(CourseError, match=says):
        privacy.fit_private(**given)


def test_clipping_refuses_what_no_bound_holds():
    with pytest.raises(CourseError, match="NaN or infinity"):
        privacy.clip_norm(torch.tensor([[math.inf, 0.0]]), 1.0)
    with pytest.raises(CourseError, match="bound has to be above 0"):
        privacy.clip_norm(torch.ones(2, 2), 0.0)


def test_the_classifier_is_the_same_every_time_and_leaves_the_seed_alone(fitted):
    images, labels = fitted.draw(200, torch.Generator().manual_seed(0))
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = privacy.train_reader(images, labels, 2)
    assert torch.equal(torch.rand(1), expected)
    again = privacy.train_reader(images, labels, 2)
    pairs = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
