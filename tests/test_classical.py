"""Classical filters: what each leaves alone, what it removes, and the best of them."""

import pytest
import torch

from aigc_course import classical, data, metrics
from aigc_course.errors import CourseError


def noise_like(x, seed=0):
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def clean():
    return data.to_float(data.load("digits").images[:16])


@pytest.fixture(scope="module")
def noisy(clean):
    return clean + noise_like(clean)  # 0.5 on the [0, 1] scale


@pytest.fixture(scope="module")
def tried(noisy, clean):
    return classical.trials(noisy, clean)


def test_a_median_removes_specks_and_keeps_edges():
    half = torch.full((1, 1, 28, 28), -1.0)
    half[..., 14:] = 1.0
    specked = half.clone()
    specked[0, 0, 5, 5], specked[0, 0, 20, 20] = 1.0, -1.0
    assert torch.equal(classical.median(specked, 3), half)
    assert torch.equal(classical.median(specked, 1), specked)


def test_a_blur_of_a_point_is_the_bell():
    point = torch.full((1, 1, 28, 28), 0.0)
    point[0, 0, 14, 14] = 1.0
    blurred = classical.gaussian(point, 1.5)[0, 0]
    assert float(blurred.sum()) == pytest.approx(1, abs=1e-5)
    ratio = float(blurred[14, 16] / blurred[14, 14])
    assert ratio == pytest.approx(float(torch.exp(torch.tensor(-(2**2) / 4.5))))


def test_total_variation_of_a_step_shrinks_it_by_its_closed_form():
    # two halves of 14 columns: each moves by weight / 14 = 0.1 towards the other,
    # a little less because the iteration is stopped when it hardly changes any more
    step = torch.full((1, 1, 28, 28), -0.5)
    step[..., 14:] = 0.5
    flat = classical.total_variation(step, 1.4)[0, 0]
    assert float(flat[:, :14].mean()) == pytest.approx(-0.4, abs=0.02)
    assert float(flat[:, 14:].mean()) == pytest.approx(0.4, abs=0.02)


def test_non_local_means_average_over_what_repeats():
    stripes = (torch.arange(28) % 4 < 2).float().mul(2).sub(1).expand(1, 1, 28, 28)
    noisy = 0.5 * stripes + 0.2 * noise_like(stripes)
    left = classical.non_local_means(noisy, 0.2) - 0.5 * stripes
    blurred = classical.gaussian(noisy, 0.7) - 0.5 * stripes
    assert float(left[..., 6:-6, 6:-6].std()) < 0.07  # of 0.2
    assert float(blurred[..., 6:-6, 6:-6].std()) > 0.15


@pytest.mark.parametrize("name", classical.FILTERS)
def test_flat_images_stay_and_results_are_images(name, noisy):
    grey = torch.full((2, 1, 28, 28), 0.25)
    filtered = classical.best_filter(noisy[:2], noisy[:2].clamp(-1, 1), [name])
    torch.testing.assert_close(filtered(grey), grey, atol=1e-4, rtol=0)
    found = filtered(noisy)
    assert found.shape == noisy.shape and found.dtype == torch.float32
    assert float(found.abs().max()) <= 1


def test_the_best_filter_is_the_best_of_the_trials(tried, noisy, clean):
    best = classical.best_filter(noisy, clean)
    assert best == max(tried, key=lambda trial: trial.psnr).filter
    again = metrics.psnr(best(noisy), clean).mean
    assert again == pytest.approx(max(trial.psnr for trial in tried))
    gain = again - metrics.psnr(noisy.clamp(-1, 1), clean).mean
    assert gain > 4  # decibels over clipping alone


@pytest.mark.parametrize("name", ["gaussian", "non-local means", "total variation"])
def test_no_best_parameter_lies_at_an_end(name, tried):
    scores = [trial.psnr for trial in tried if trial.filter.name == name]
    assert len(scores) == len(classical.FILTERS[name].values)
    assert 0 < scores.index(max(scores)) < len(scores) - 1


def test_filters_of_parameters_in_words():
    assert str(classical.Filter("median", 3)) == "median, size = 3"
    with pytest.raises(CourseError, match="no filter 'wiener'; there are median"):
        classical.Filter("wiener", 1.0)


def test_refused_parameters(noisy):
    with pytest.raises(CourseError, match="odd number of pixels, not 4"):
        classical.median(noisy, 4)
    for filtered in (
        classical.gaussian,
        classical.non_local_means,
        classical.total_variation,
    ):
        with pytest.raises(CourseError, match="above 0, not 0"):
            filtered(noisy, 0)


def test_refused_images(noisy, clean):
    with pytest.raises(CourseError, match=r"got shape \[16, 28, 28\]"):
        classical.median(noisy[:, 0], 3)
    with pytest.raises(CourseError, match=r"got torch\.uint8"):
        classical.gaussian(data.to_uint8(clean), 1.0)
    with pytest.raises(CourseError, match="NaN"):
        classical.median(noisy * float("nan"), 3)
    with pytest.raises(CourseError, match="are pairs"):
        classical.best_filter(noisy, clean[:3])
    with pytest.raises(CourseError, match="are equal"):
        classical.best_filter(clean, clean)
    with pytest.raises(CourseError, match="values in"):
        classical.best_filter(clean, noisy)
    with pytest.raises(CourseError, match="no filter without a name"):
        classical.best_filter(noisy, clean, [])


def test_inpainting_continues_a_slope():
    line = torch.linspace(-0.9, 0.9, 28)
    slope = (line[:, None] / 2 + line / 2).expand(3, 1, 28, 28)  # laplace^2 u = 0
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[8:15, 10:20] = True
    filled = classical.inpaint(torch.where(mask, 0.3, slope), mask)
    torch.testing.assert_close(filled, slope, atol=1e-4, rtol=0)


def test_one_mask_for_all_or_one_for_each(clean):
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[10:16, 10:16] = True
    shared = classical.inpaint(clean[:3], mask)
    single = classical.inpaint(clean[:3], mask.expand(3, 1, 28, 28))
    torch.testing.assert_close(shared, single, atol=1e-5, rtol=0)
    assert torch.equal(shared[..., ~mask], clean[:3][..., ~mask])
    assert not torch.equal(shared[..., mask], clean[:3][..., mask])
    hidden = torch.where(mask, 0.0, clean[:3])  # what is masked is not looked at
    torch.testing.assert_close(shared, classical.inpaint(hidden, mask))


def test_refused_masks(clean):
    nothing = torch.zeros(28, 28, dtype=torch.bool)
    with pytest.raises(CourseError, match="mask is empty"):
        classical.inpaint(clean, nothing)
    with pytest.raises(CourseError, match="Everything is masked"):
        classical.inpaint(clean, ~nothing)
    one_empty = torch.ones(16, 1, 28, 28).tril().bool()
    one_empty[4] = False
    with pytest.raises(CourseError, match="mask is empty"):
        classical.inpaint(clean, one_empty)
    for wrong in (nothing[:14], nothing.float(), nothing.expand(3, 1, 28, 28)):
        with pytest.raises(CourseError, match=r"\[28, 28\] or \[16, 1, 28, 28\]"):
            classical.inpaint(clean, wrong)


def digits(n):
    return data.to_float(data.parts(data.load("digits"), n)[0].images)


def brute_force(x, mask, library, k):
    """What `look_up` does, picture by picture."""
    filled = x.clone()
    for i in range(len(x)):
        far = (library - x[i])[..., ~mask].square().sum((1, 2))
        filled[i][..., mask] = library[far.argsort()[:k]].mean(0)[..., mask]
    return filled


@pytest.mark.parametrize("k", [1, 3])
def test_a_look_up_copies_the_pictures_that_fit_the_rest(k, monkeypatch):
    monkeypatch.setattr("aigc_course.classical.lookup.ROWS", 7)
    x, library = digits(40)[:4], digits(40)[4:]
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[7:21, 7:21] = True
    found = classical.look_up(x, mask, library, k)
    torch.testing.assert_close(found, brute_force(x, mask, library, k))
    spoiled = torch.where(mask, -x, x)  # what the hole holds is not looked at
    assert torch.equal(classical.look_up(spoiled, mask, library, k), found)


def test_what_a_look_up_refuses():
    x, mask = digits(2), torch.zeros(28, 28, dtype=torch.bool)
    with pytest.raises(CourseError, match="mask is empty"):
        classical.look_up(x, mask, x)
    mask[0] = True
    with pytest.raises(CourseError, match="k is from 1 to 2"):
        classical.look_up(x, mask, x, k=3)
    with pytest.raises(CourseError, match="One mask"):
        classical.look_up(x, mask.expand(2, 1, 28, 28), x)
