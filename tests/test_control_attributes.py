"""Thickness, slant and width on strokes whose thickness and slant are known."""

import math
import sys

import pytest
import torch

from aigc_course import control
from aigc_course.control import attributes
from aigc_course.errors import CourseError


@pytest.mark.parametrize("degrees", [0, 20, -30])
@pytest.mark.parametrize("thickness", [2, 3, 4])
def test_strokes_drawn_to_order(thickness, degrees):
    length = 16
    seen = control.measure(control.stroke(thickness, degrees, length))
    expected = thickness / (1 + thickness / length)
    assert float(seen.thickness) == pytest.approx(expected, rel=0.05)
    # a rotated rectangle leans by (L^2 - t^2) sin cos / (L^2 cos^2 + t^2 sin^2)
    s, c = (f(math.radians(degrees)) for f in (math.sin, math.cos))
    L2, t2 = length**2, thickness**2
    lean = (L2 - t2) * s * c / (L2 * c * c + t2 * s * s)
    assert float(seen.slant) == pytest.approx(lean, abs=0.01)
    assert float(seen.degrees) == pytest.approx(math.degrees(math.atan(lean)), abs=0.6)


def test_right_is_positive():
    assert control.measure(control.stroke(2, 25)).slant > 0


@pytest.mark.parametrize("amount", [0.4, -0.3])
def test_shearing_adds_its_amount(amount):
    images = torch.cat([control.stroke(3, angle, 12) for angle in (-10, 0, 15)])
    before, after = (
        control.measure(x).slant for x in (images, control.shear(images, amount))
    )
    assert torch.allclose(after - before, torch.full((3,), amount), atol=0.01)


def test_each_image_may_be_sheared_by_its_own_amount():
    images = control.stroke(3).repeat(3, 1, 1, 1)
    amounts = torch.tensor([0.5, 0.0, -0.2])
    slants = control.measure(control.shear(images, amounts)).slant
    assert torch.allclose(slants, amounts, atol=0.01)


def test_the_width_of_a_bar_does_not_see_its_slant():
    bar = torch.full((1, 1, 28, 28), -1.0)
    bar[..., 8:20, 10:18] = 1  # 8 pixels wide: 4 sd = 4 sqrt((64 - 1) / 12)
    leaning = control.shear(bar, 0.3)
    for image in (bar, leaning):
        seen = float(control.measure(image).width)
        assert seen == pytest.approx(4 * math.sqrt(63 / 12), rel=0.02)


def test_bytes_floats_and_missing_channels_are_measured_alike():
    floats = control.stroke(3, 10)
    bytes_ = ((floats + 1) * 127.5).round().to(torch.uint8)
    for other in (bytes_, floats[:, 0]):
        assert torch.allclose(
            control.measure(other).table(), control.measure(floats).table(), atol=0.02
        )


def test_place_and_haze_change_nothing():
    image = control.stroke(3, 15, 12)
    seen = control.measure(image).table()
    moved = torch.roll(image, (3, -4), dims=(2, 3))
    hazy = image.clamp(min=-0.9)  # ink of 0.05 everywhere
    for other in (moved, hazy):
        assert torch.allclose(control.measure(other).table(), seen, atol=1e-3)


def test_columns_come_in_the_order_asked_for():
    seen = control.measure(control.stroke(2, 10))
    table = seen.table("slant", "thickness")
    assert torch.equal(table[:, 0], seen.slant)
    assert torch.equal(table[:, 1], seen.thickness)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.zeros(2, 3, 28, 28), "shape"),
        (torch.zeros(0, 1, 28, 28), "shape"),
        (torch.full((1, 1, 28, 28), 3.0), "from 3 to 3"),
        (torch.full((1, 1, 28, 28), math.nan), "nan"),
        (torch.full((1, 28, 28), -1.0), "Image 0 has no ink"),
    ],
)
def test_what_cannot_be_measured_is_refused(images, words):
    with pytest.raises(CourseError, match=words) as caught:
        control.measure(images)
    assert str(caught.value).endswith(".")


def test_one_row_of_ink_has_no_slant():
    image = torch.full((1, 1, 28, 28), -1.0)
    image[..., 14, 5:20] = 1
    with pytest.raises(CourseError, match="no slant"):
        control.measure(image)


def test_many_images_are_measured_in_parts_and_give_the_same(monkeypatch):
    images = torch.cat([control.stroke(3, angle) for angle in range(-20, 20, 5)])
    whole = control.measure(images)
    monkeypatch.setattr(attributes, "CHUNK", 3)
    parts = control.measure(images)
    assert torch.equal(whole.table(), parts.table())
    images[7] = -1  # the second of its part
    with pytest.raises(CourseError, match="Image 7 has no ink"):
        control.measure(images)


def test_measuring_a_training_set_does_not_hold_it_in_float64():
    """60,000 images are 376 MB in float64, and there were several copies at once."""
    resource = pytest.importorskip("resource")
    images = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8)
    control.measure(images[:4000])  # what a first call loads
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    control.measure(images)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    per_mb = 1024 if sys.platform == "linux" else 1024**2
    assert grown / per_mb < 600  # 1,339 before; what else the process keeps varies
