"""`aigc inpaint` and `aigc upscale` as a person uses them."""

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from aigc_course import cli
from aigc_course.apps import shipped
from aigc_course.apps.recipes import recipe
from aigc_course.errors import CourseError


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def refused(result, words):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr


def done(result, words):
    assert result.exit_code == 0, result.output
    assert words in result.output


@pytest.fixture(autouse=True)
def untrained(monkeypatch):
    """Networks as they come, in place of the shipped ones."""

    def network(name, way="adversarial"):
        torch.manual_seed(0)
        return recipe(name, way).network().eval()

    monkeypatch.setattr(shipped, "pretrained_restorer", network)
    monkeypatch.setattr(shipped, "is_shipped", lambda name, way: name != "upscale-2")


@pytest.fixture
def digit(tmp_path):
    from aigc_course import data

    path = tmp_path / "digit.png"
    Image.fromarray(data.load("digits", "test").images[0, 0].numpy()).save(path)
    return path


@pytest.fixture
def photo(tmp_path):
    rows, columns = np.mgrid[0:50, 0:80]
    colours = np.stack([rows * 4, columns * 3, 200 - rows], axis=2).astype(np.uint8)
    path = tmp_path / "photo.jpg"
    Image.fromarray(colours).save(path, quality=95)
    return path


BOX = ("--box", 7, 7, 14, 14)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_digit_is_completed_by_the_network(digit, tmp_path):
    out = tmp_path / "out.png"
    done(aigc("inpaint", digit, *BOX, "--out", out), "196 pixels filled (digit)")
    before, after = pixels(digit), pixels(out)
    hole = np.zeros((28, 28), bool)
    hole[7:21, 7:21] = True
    assert (before[~hole] == after[~hole]).all()
    assert (before[hole] != after[hole]).any()
    again, other = tmp_path / "again.png", tmp_path / "other.png"
    aigc("inpaint", digit, *BOX, "--out", again)
    aigc("inpaint", digit, *BOX, "--out", other, "--seed", 1)
    assert (pixels(again) == after).all() and (pixels(other) != after).any()


def test_a_photograph_is_filled_smoothly_under_a_mask(photo, tmp_path):
    mask = np.zeros((50, 80), np.uint8)
    mask[20:30, 40:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    scratched = pixels(photo).copy()
    scratched[mask > 0] = 0
    Image.fromarray(scratched).save(tmp_path / "scratched.png")
    out = tmp_path / "out.png"
    words = ("--mask", tmp_path / "mask.png", "--out", out)
    done(aigc("inpaint", tmp_path / "scratched.png", *words), "200 pixels filled (smo")
    error = np.abs(pixels(out).astype(int) - pixels(photo).astype(int))
    assert error[mask == 0].max() == 0 and error.max() < 12


def test_the_transparent_part_is_the_hole(tmp_path):
    values = np.full((20, 30, 4), 90, np.uint8)
    values[..., 3] = 255
    values[5:9, 5:9] = 0
    Image.fromarray(values).save(tmp_path / "in.png")
    out = tmp_path / "out.jpg"  # opaque afterwards, so that JPEG will do
    done(aigc("inpaint", tmp_path / "in.png", "--out", out), "16 pixels filled")
    assert pixels(out).shape == (20, 30, 3)
    assert abs(pixels(out).astype(int) - 90).max() <= 2


def test_small_digits_and_photographs_grow(digit, photo, tmp_path):
    small = tmp_path / "small.png"
    Image.fromarray(pixels(digit)[::4, ::4].copy()).save(small)
    out = tmp_path / "out.png"
    done(aigc("upscale", small, "--out", out), "28 x 28 pixels (regression)")
    assert pixels(out).shape == (28, 28)
    half = tmp_path / "half.png"  # no weights for 2 times are shipped
    Image.fromarray(pixels(digit)[::2, ::2].copy()).save(half)
    words = ("--times", 2, "--out", tmp_path / "h.png")
    done(aigc("upscale", half, *words), "28 x 28 pixels (bicubic)")
    done(aigc("upscale", photo, "--times", 2, "--out", tmp_path / "p.png"), "bicubic")
    assert pixels(tmp_path / "p.png").shape == (100, 160, 3)
    done(aigc("upscale", photo, "--out", tmp_path / "four.png"), "(bicubic)")
    words = ("--method", "adversarial", "--out", tmp_path / "a.jpg")
    done(aigc("upscale", photo, *words), "320 x 200 pixels (adversarial)")


def test_opaque_alpha_needs_no_png(tmp_path):
    values = np.full((4, 6, 4), 255, np.uint8)
    Image.fromarray(values).save(tmp_path / "in.png")
    done(aigc("upscale", tmp_path / "in.png", "--out", tmp_path / "o.jpg"), "24 x 16")
    values[0, 0, 3] = 7
    Image.fromarray(values).save(tmp_path / "in.png")
    result = aigc("upscale", tmp_path / "in.png", "--out", tmp_path / "p.jpg")
    refused(result, "keeps no transparency")
    assert not (tmp_path / "p.jpg").exists()


def test_an_existing_file_is_kept_unless_asked(digit):
    before = digit.read_bytes()
    refused(aigc("inpaint", digit, *BOX, "--out", digit), "--overwrite replaces it")
    refused(aigc("upscale", digit, "--out", digit), "--overwrite replaces it")
    assert digit.read_bytes() == before
    done(aigc("upscale", digit, "--out", digit, "--overwrite"), "112 x 112")
    assert pixels(digit).shape == (112, 112)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--out", "x.png"), "--mask FILE or --box"),
        ((*BOX, "--mask", "m.png", "--out", "x.png"), "one hole"),
        (("--box", 20, 20, 14, 14, "--out", "x.png"), "inside the picture, which has"),
        (("--box", 0, 0, 0, 3, "--out", "x.png"), "does not lie inside"),
        (("--box", 0, 0, 28, 28, "--out", "x.png"), "hides everything"),
        (("--mask", "nowhere.png", "--out", "x.png"), "no file nowhere.png"),
        ((*BOX, "--out", "x.bmp"), ".png, .jpg or .jpeg"),
        ((*BOX, "--method", "magic", "--out", "x.png"), "'smooth'"),
        (BOX, "--out"),
    ],
)
def test_holes_that_are_refused_leave_no_file(
    words, part, digit, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    refused(aigc("inpaint", digit, *words), part)
    assert [p.name for p in tmp_path.iterdir()] == [digit.name]


def test_pictures_that_are_refused(tmp_path, photo):
    out = tmp_path / "out.png"
    refused(aigc("upscale", tmp_path / "nowhere.png", "--out", out), "no file")
    photo.write_bytes(photo.read_bytes()[:300])
    refused(aigc("upscale", photo, "--out", out), "damaged or cut off")
    refused(aigc("upscale", photo, "--times", 3, "--out", out), "'2', '4'")
    assert not out.exists()


def test_weights_that_are_not_shipped_say_how_to_get_them(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(CourseError, match="No weights are shipped for outlines adv"):
        shipped.pretrained_restorer("outlines")
    with pytest.raises(CourseError, match="no recipe sharpen"):
        shipped.pretrained_restorer("sharpen")


def test_the_shipped_network_goes_on_with_digits_it_has_never_seen(monkeypatch):
    monkeypatch.undo()
    from aigc_course import apps, classical, data, metrics

    digits = data.load("digits", "test")  # other writers than MNIST's
    x, y, hole = data.to_float(digits.images), digits.labels, apps.centre_hole()
    task = apps.Inpainting(hole)
    chance = torch.Generator().manual_seed(0)
    network = apps.pretrained_restorer("inpaint")
    done = apps.restore(network, task, task.source(x), chance)
    read = metrics.label_accuracy(done, y)
    assert read > metrics.label_accuracy(x.masked_fill(hole, -1), y) + 0.2
    assert read > metrics.label_accuracy(classical.inpaint(x, hole), y) + 0.1
