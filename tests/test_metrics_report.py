"""The report: all that is needed to read it stands in it, and its scale is kept."""

import json
from dataclasses import replace

import pytest
import torch

from aigc_course import data, metrics, pretrained
from aigc_course.errors import CourseError
from aigc_course.metrics import reference as references


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def samples():
    return data.load("digits", "train").images[:200]


@pytest.fixture(scope="module")
def made(samples, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_CACHE", str(tmp_path_factory.mktemp("cache")))
        return metrics.report(samples, data="digits")


def test_the_text_says_what_was_compared_and_how(made):
    text = str(made)
    digest = pretrained.card("mnist_features")["sha256"][:8]
    for part in (
        "200 generated images against digits test (297 real images",
        f"extractor mnist_features {digest}, k = 5, seed 0",
        "floor: training digits",
        "ceiling: noise",
        "near-copies of training images: 100.0%",
        "real unseen digits: 1%",
        "FID to MNIST test, from shipped statistics",
        f"perfect {metrics.perfect_coverage(297, 200):.3f}",
        "±: 95 % interval over other samples",
        "floor: 200 random training digits, of the same split in which near-copies",
        "Warning: with only 200 samples",
        "Warning: the reference has only 297 images",
    ):
        assert part in text
    rows = "FID KID precision recall density coverage inception told classes"
    for name in rows.split():
        assert f"\n{name}" in text
    assert all(len(line) < 130 for line in text.splitlines() if "Warning" not in line)


def test_every_figure_is_shown_with_its_error(made):
    rows = [line for line in str(made).splitlines() if " ± " in line]
    assert [line.count(" ± ") for line in rows[:10]] == 10 * [3]
    assert (
        set(made.samples.errors) == set(made.floor.errors) == set(made.ceiling.errors)
    )
    assert made.samples.estimate("fid") == (
        made.samples.fid,
        made.samples.errors["fid"],
    )
    assert "hardly depends on n" not in str(made)


def test_samples_lie_between_floor_and_ceiling(samples):
    blurred = torch.nn.functional.avg_pool2d(samples.float(), 5, 1, 2).byte()
    found = metrics.report(blurred, data="digits")
    assert found.floor.fid < found.samples.fid < found.ceiling.fid
    assert found.floor.kid < found.samples.kid < found.ceiling.kid
    assert found.ceiling.precision < found.samples.precision < found.floor.precision
    assert found.ceiling.coverage < found.samples.coverage < found.floor.coverage
    assert found.floor.told_apart < 0.65 < found.samples.told_apart
    assert found.ceiling.told_apart == 1
    assert found.floor.inception_score > found.samples.inception_score > 1
    assert found.floor.histogram_distance < 0.15 < found.ceiling.histogram_distance
    assert found.near_copy_rate < 0.05


def test_without_its_bias_the_floor_lies_near_zero(made):
    floor = made.floor  # of 200 digits, where FID has much bias
    assert abs(floor.fid_infinity) < floor.fid / 3


def test_values_are_plain_and_survive_json(made):
    values = made.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["n"] == 200 and values["samples"]["fid"] == made.samples.fid
    assert sum(values["samples"]["histogram"]) == 200


def test_markdown_has_the_same_figures(made):
    text = made._repr_markdown_()
    samples, floor = (of.estimate("fid") for of in (made.samples, made.floor))
    assert (
        f"| FID | {samples.value:.3f} ± {samples.error:.3f}"
        f" | {floor.value:.3f} ± {floor.error:.3f} |" in text
    )
    assert "Warning" in text


def test_the_same_seed_gives_the_same_report(samples, made):
    assert metrics.report(samples, data="digits") == made


def test_floats_score_what_their_rounding_scores(samples, made):
    floats = data.to_float(samples)
    between = floats + torch.where(floats > 0, -0.003, 0.003)  # 0.4 of a grey level
    assert metrics.report(between, data="digits") == made


def test_too_many_samples_are_drawn_from(samples):
    first = metrics.report(samples, data="digits", n=120)
    other = metrics.report(samples, data="digits", n=120, seed=1)
    assert first.n == other.n == 120
    assert first.samples.fid != other.samples.fid


def test_the_scale_is_measured_once(samples, made, cache, monkeypatch):
    assert metrics.report(samples, data="digits") == made
    assert list(cache.glob("metrics/scale-200-*.json"))
    monkeypatch.setattr(references, "measure_scale", None)  # would fail if called
    monkeypatch.setattr(references, "calibrate", None)
    assert metrics.report(samples, data="digits") == made


def test_a_damaged_cache_is_measured_again(samples, made, cache):
    metrics.report(samples, data="digits")
    files = list(cache.glob("metrics/*.json"))
    assert files
    for path in files:
        path.write_text('{"floor": {}}')
    assert metrics.report(samples, data="digits") == made


def test_a_cache_that_cannot_be_written_costs_only_time(
    samples, made, cache, monkeypatch
):
    blocked = cache / "file"
    blocked.write_text("")
    monkeypatch.setenv("AIGC_CACHE", str(blocked))
    assert metrics.report(samples, data="digits") == made


def test_another_domain_is_called_so(samples, made, monkeypatch):
    real = references.reference("digits")
    clothes = replace(real, test=replace(real.test, name="fashion-mnist"))
    monkeypatch.setattr(references, "reference", lambda name, device: clothes)
    found = metrics.report(samples, data="fashion-mnist")
    assert any("off its domain" in warning for warning in found.warnings)
    assert found.fid_to_mnist is None
    assert not any("off its domain" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("images", "arguments", "words"),
    [
        (torch.zeros(99, 28, 28, dtype=torch.uint8), {}, "at least 100 images; got 99"),
        (torch.zeros(200, 28, 28, dtype=torch.uint8), {"n": 50}, "n = 50"),
        (torch.zeros(200, 32, 32, dtype=torch.uint8), {}, r"got shape \[200, 32, 32\]"),
        (torch.zeros(200, 28, 28, dtype=torch.uint8), {"data": "cats"}, "'cats'"),
    ],
)
def test_refusals(images, arguments, words):
    with pytest.raises(CourseError, match=words):
        metrics.report(images, **arguments)


def test_the_shipped_scale_belongs_to_the_shipped_extractor():
    card = pretrained.card("mnist_reference")
    assert card["extractor_sha256"] == pretrained.card("mnist_features")["sha256"]
    ten_thousand = card["kept"]["scale-10000"]
    assert 0 < ten_thousand["floor"]["fid"] < 1 < 100 < ten_thousand["ceiling"]["fid"]


@pytest.mark.parametrize("n", [1_000, 2_000, 5_000, 10_000])
def test_every_shipped_scale_has_every_figure(n):
    kept = pretrained.card("mnist_reference")["kept"][f"scale-{n}"]
    floor, ceiling = (references.Figures(**kept[end]) for end in ("floor", "ceiling"))
    assert abs(floor.fid_infinity) < 0.05  # whatever n is
    assert set(floor.errors) == set(ceiling.errors)
    assert floor.coverage < metrics.perfect_coverage(10_000, n) + 0.01
    assert floor.told_apart == pytest.approx(0.5, abs=0.04)
    assert ceiling.told_apart == 1 < ceiling.inception_score < floor.inception_score


def test_what_ships_for_mnist_is_not_used_for_other_images():
    shipped = pretrained.card("mnist_reference")["kept"]["copy-threshold"]
    assert references.copy_threshold(references.reference("digits")) != shipped


def test_the_shipped_gaussian_is_that_of_mnists_test_digits():
    try:
        mnist = data.load("mnist", "test")
    except CourseError as error:
        pytest.skip(str(error))
    assert references.fid_to_mnist(metrics.features(mnist.images)) < 1e-3


def mnist(split):
    try:
        return data.load("mnist", split)
    except CourseError as error:
        pytest.skip(str(error))


def test_real_digits_come_as_near_as_the_course_says():
    # tools/measure_reference.py --floors gives medians and ranges over 20 seeds
    train, test = mnist("train"), mnist("test")
    some = metrics.features(data.subset(train, 5_000, 0).images)
    for n, most in ((1_000, 0.20), (2_000, 0.13), (3_000, 0.11)):
        found = metrics.fid(some, metrics.features(data.subset(test, n, 0).images))
        assert found < most, n


def test_the_shipped_floor_is_a_fair_part_of_the_training_split():
    # blocks of the file, unlike random parts, lie farther from the test digits
    train = mnist("train")
    kept = pretrained.card("mnist_reference")["kept"]["scale-2000"]["floor"]["fid"]
    real = references.reference("mnist").features
    parts = [data.subset(train, 2_000, seed).images for seed in range(3)]
    found = [metrics.fid(metrics.features(images), real) for images in parts]
    assert min(found) - 0.03 < kept < max(found) + 0.03
