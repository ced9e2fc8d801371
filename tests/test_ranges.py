"""Numbers in another range or form than meant: recognised, or refused in a sentence."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image, ImageCms

from aigc_course import cli, control, data, gan, metrics, models, training
from aigc_course.apps import images, pictures
from aigc_course.apps.images import Picture
from aigc_course.data.stacked import StackedBatches
from aigc_course.errors import CourseError

DIGITS = data.load("digits")
SOME = DIGITS.images[:120]
UNIT = SOME[:, 0].numpy() / 255


def refused(call, words):
    with pytest.raises(CourseError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


# pictures to be measured


@pytest.mark.parametrize(
    "array",
    [
        UNIT,
        UNIT.astype(np.float16),
        torch.from_numpy(UNIT).float()[:, None],
        torch.from_numpy(UNIT > 0.5).float(),
        torch.from_numpy(0.2 + 0.5 * UNIT),
    ],
)
def test_floats_from_zero_to_one_are_noticed(array):
    calls = (metrics.report, metrics.features, metrics.classify)
    for call in (*calls, lambda wrong: metrics.psnr(SOME, wrong)):
        refused(lambda call=call: call(array), r"as if scaled to \[0, 1\]")


def test_strokes_are_measured_in_their_own_range():
    unit = torch.from_numpy(UNIT)
    for wrong in (unit, unit[:, None].float(), (unit > 0.5).to(torch.uint8)):
        refused(lambda wrong=wrong: control.measure(wrong), "scaled to|multiply by 255")
    assert len(control.measure(SOME).thickness) == len(SOME)


@pytest.mark.parametrize("threshold", [0, 127, 250])
def test_bytes_of_zero_and_one_are_noticed(threshold):
    binary = SOME.gt(threshold).to(torch.uint8)
    refused(lambda: metrics.features(binary), "multiply by 255")
    refused(lambda: metrics.report(binary[:, 0].numpy()), "multiply by 255")
    refused(lambda: data.batches(binary, 64), "multiply by 255")
    refused(lambda: StackedBatches(binary), "multiply by 255")
    of_set = replace(DIGITS, images=DIGITS.images.gt(threshold).to(torch.uint8))
    refused(lambda: data.batches(of_set, 64), "multiply by 255")


def test_what_is_in_range_is_measured():
    for fine in (
        SOME,
        data.to_float(SOME),
        (SOME > 127).to(torch.uint8) * 255,
        torch.zeros(5, 1, 28, 28, dtype=torch.uint8),  # a generator that draws nothing
        torch.full((5, 1, 28, 28), -0.995),
    ):
        assert metrics.features(fine).shape == (len(fine), 128)
    assert len(data.batches(torch.zeros(9, 1, 28, 28, dtype=torch.uint8), 3)._images)


def test_a_file_of_floats_from_zero_to_one_on_the_command_line(tmp_path):
    np.save(tmp_path / "x.npy", UNIT)
    result = CliRunner().invoke(
        cli.main, ["evaluate", str(tmp_path / "x.npy"), "--data", "digits"]
    )
    assert result.exit_code == 2 and "[0, 1]" in result.stderr


# labels and shapes


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (DIGITS.labels + 1, "got 1 to 10"),
        (DIGITS.labels - 1, "got -1 to 8"),
        (DIGITS.labels.float(), "torch.float32"),
        (DIGITS.labels == 3, "torch.bool"),
        (DIGITS.labels[:100], r"\[100\]"),
        (DIGITS.labels[:, None], r"\[1500, 1\]"),
        (torch.nn.functional.one_hot(DIGITS.labels), r"\[1500, 10\]"),
    ],
)
def test_labels_that_are_no_positions_in_the_classes(labels, words):
    wrong = replace(DIGITS, labels=labels)
    refused(lambda: data.batches(wrong, 64, labels=True), words)
    refused(lambda: data.cleaning.label_errors(wrong), words)


def test_small_whole_numbers_are_labels_too():
    small = replace(DIGITS, labels=DIGITS.labels.to(torch.uint8))
    assert next(data.batches(small, 4, labels=True))[1].dtype == torch.int64


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (gan.build, (1, 1, 28, 28)),
        (gan.build, (8, 1, 32, 32)),
        (gan.build, (8, 3, 28, 28)),
        (gan.build, (8, 1, 14, 14)),
        (lambda: models.get("vae").build(), (8, 1, 32, 32)),
        (lambda: models.get("vq-vae").build(), (8, 3, 28, 28)),
    ],
)
def test_pictures_of_another_shape_and_single_ones(build, shape):
    model = build()
    batches = data.batches(torch.zeros(shape, dtype=torch.uint8), shape[0])
    budget = training.Budget(steps=3)
    words = r"batches of shape|Images are|\[8, "
    refused(lambda: training.fit(model, batches, budget, progress=False), words)


# pictures in files


def saved(folder, image, name="a.png", **options):
    image.save(folder / name, **options)
    return folder / name


FORMS = {
    "RGB.png": lambda grey: Image.fromarray(grey).convert("RGB"),
    "RGBA.png": lambda grey: Image.fromarray(grey).convert("RGBA"),
    "LA.png": lambda grey: Image.fromarray(grey).convert("LA"),
    "P.png": lambda grey: Image.fromarray(grey).quantize(64),
    "P.gif": lambda grey: Image.fromarray(grey),
    "1.png": lambda grey: Image.fromarray(grey > 127),
    "16.png": lambda grey: Image.fromarray(grey.astype(np.uint16) * 257),
    "RGB.jpg": lambda grey: Image.fromarray(grey).convert("RGB"),
    "RGB.bmp": lambda grey: Image.fromarray(grey).convert("RGB"),
    "RGB.webp": lambda grey: Image.fromarray(grey).convert("RGB"),
    "CMYK.tif": lambda grey: Image.fromarray(grey).convert("RGB").convert("CMYK"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_grey_digit_is_grey_however_it_is_stored(tmp_path, name):
    picture = images.read(saved(tmp_path, FORMS[name](SOME[3, 0].numpy()), name))
    assert picture.is_grey and picture.size == (28, 28)


def test_colours_are_colours_unless_hidden():
    colour = torch.zeros(3, 4, 4)
    colour[0, 1, 1] = 0.5
    alpha = torch.ones(1, 4, 4)
    assert not Picture(colour).is_grey and not Picture(colour, alpha).is_grey
    alpha[0, 1, 1] = 0
    assert Picture(colour, alpha).is_grey


@pytest.mark.parametrize("value", [1, 2, 17, 127, 128, 200, 255])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_mask_of_two_values_is_a_mask(tmp_path, value, mode):
    grey = np.zeros((9, 7), np.uint8)
    grey[2:5, 3:] = value
    file = saved(tmp_path, Image.fromarray(grey).convert(mode), "m.png")
    assert torch.equal(images.read_mask(file, (9, 7)), torch.from_numpy(grey > 0))


def test_masks_of_sixteen_bits_and_of_more_values(tmp_path):
    deep = np.zeros((9, 7), np.uint16)
    deep[2:5, 3:] = 255  # white, had it eight bits
    file = saved(tmp_path, Image.fromarray(deep), "m.png")
    assert int(images.read_mask(file, (9, 7)).sum()) == 12
    shades = np.arange(63, dtype=np.uint8).reshape(9, 7)
    for wrong, brightest in ((shades, 62), (shades * 0, 0), (shades % 3, 2)):
        file = saved(tmp_path, Image.fromarray(wrong), "m.png")
        words = f"brightest pixel is {brightest} of 255"
        refused(lambda file=file: images.read_mask(file, (9, 7)), words)
    grey = saved(tmp_path, Image.fromarray(shades * 4), "m.png")
    assert torch.equal(
        images.read_mask(grey, (9, 7)), torch.from_numpy(shades * 4 > 127)
    )


def profile_of(kind):
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()
    return bytes(made)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_colour_profile_goes_with_its_picture(tmp_path, suffix):
    srgb = profile_of("sRGB")
    adobe = srgb[:80] + b"other" + srgb[85:]  # any other profile of RGB
    picture = images.read(
        saved(tmp_path, Image.new("RGB", (12, 9), (200, 40, 30)), icc_profile=adobe)
    )
    hole = torch.zeros(9, 12, dtype=torch.bool)
    hole[3:5, 3:5] = True
    for done in (
        pictures.upscale(picture, 2),
        pictures.complete_smoothly(picture, hole),
        pictures.opaque(picture),
    ):
        images.write(tmp_path / f"b{suffix}", done)
        with Image.open(tmp_path / f"b{suffix}") as written:
            assert written.info["icc_profile"] == adobe


def test_profiles_of_another_kind_or_damaged_are_left_out(tmp_path):
    grey = Image.fromarray(SOME[0, 0].numpy())
    for profile in (profile_of("sRGB"), b"x" * 300, b""):
        picture = images.read(saved(tmp_path, grey, icc_profile=profile))
        assert picture.profile is None and picture.pixels.shape == (1, 28, 28)
    lab = profile_of("LAB")
    print_ink = Image.new("CMYK", (5, 5), (10, 20, 30, 0))
    damaged = lab[:16] + b"CMYK" + lab[20:]
    path = saved(tmp_path, print_ink, "a.tif", icc_profile=damaged)
    assert images.read(path).pixels.shape == (3, 5, 5)


def disc(inside, hidden):
    """A disc of one colour over hidden pixels of another."""
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    where = (y - 7.5) ** 2 + (x - 7.5) ** 2 < 30
    pixels = torch.where(where, inside, hidden).expand(3, 16, 16).float()
    return Picture(pixels.clone(), where[None].float())


@pytest.mark.parametrize(("inside", "hidden"), [(1, -1), (-1, 1), (0.5, -1)])
@pytest.mark.parametrize("times", [2, 4])
def test_hidden_colours_leave_no_rim(inside, hidden, times):
    large = pictures.upscale(disc(inside, hidden), times)
    shown = large.alpha[0] > 1 / 510
    assert float((large.pixels[:, shown] - inside).abs().max()) < 0.02


@pytest.mark.parametrize(("inside", "hidden"), [(0.8, -1), (-0.8, 1), (0.5, -1)])
def test_hidden_colours_do_not_fill_a_hole(inside, hidden):
    picture = disc(inside, hidden)
    hole = torch.zeros(16, 16, dtype=torch.bool)
    hole[2:6, 6:10] = True  # partly outside the disc
    done = pictures.complete_smoothly(picture, hole)
    assert float((done.pixels[:, hole] - inside).abs().max()) < 0.05
    kept = ~hole
    assert torch.equal(done.pixels[:, kept], picture.pixels[:, kept])
    assert bool((done.alpha[0][hole] == 1).all())
