"""Printed digits, framed as MNIST's are."""

import pytest
import torch

from aigc_course import apps, data, metrics
from aigc_course.errors import CourseError


@pytest.mark.parametrize("font", ["DejaVuSerif-Bold", "DejaVuSansMono"])
def test_digits_are_framed_as_mnist_frames_them(font):
    printed = apps.typeset(torch.arange(10), font)
    assert printed.shape == (10, 1, 28, 28) and printed.dtype == torch.float32
    assert bool((printed.abs() <= 1).all())
    ink = (printed[:, 0] + 1) / 2
    for axis in (1, 2):
        there = ink.sum(3 - axis) > 0  # rows or columns with ink
        assert int(there.sum(1).max()) <= 20
        places = torch.arange(28) + 0.5
        middle = (ink.sum(3 - axis) * places).sum(1) / ink.sum((1, 2))
        assert bool(((middle - 14).abs() <= 0.51).all())


def test_they_are_the_digits_that_were_asked_for():
    asked = torch.tensor([3, 1, 8, 3])
    printed = apps.typeset(asked)
    assert torch.equal(printed[0], printed[3])
    assert not torch.equal(printed[0], printed[2])
    everyone = apps.typeset(torch.arange(10), "DejaVuSans")
    read = metrics.classify(everyone)
    assert int((read == torch.arange(10)).sum()) >= 8


def test_fonts_differ_from_each_other_and_from_handwriting():
    sans, serif = (
        apps.typeset(torch.arange(10), name) for name in ("DejaVuSans", "DejaVuSerif")
    )
    assert (sans - serif).abs().mean() > 0.05
    written = data.to_float(data.load("digits", "test").images[:10])
    assert bool((apps.transfer.style_distance(serif, written) > 0.05).all())


def test_unknown_fonts_and_digits_are_refused():
    assert "DejaVuSerif" in apps.fonts() and "STIXGeneral" not in apps.fonts()
    with pytest.raises(CourseError, match="no font 'Comic'; there are DejaVuSans"):
        apps.typeset(torch.arange(10), "Comic")
    with pytest.raises(CourseError):
        apps.typeset(torch.tensor([10]))
