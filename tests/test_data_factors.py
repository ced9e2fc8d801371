"""The set with known factors: every combination once, each drawn as it says."""

import pytest
import torch

from aigc_course import data
from aigc_course.control import attributes
from aigc_course.data import factors
from aigc_course.errors import CourseError

PLAIN = {"kind": 0, "x": 3, "y": 3, "size": 2, "angle": 3, "thickness": 1}


def row(**changes):
    return torch.tensor([list({**PLAIN, **changes}.values())])


def column(name):
    """Images and values in which this factor alone passes through all it can be."""
    count = factors.SIZES[factors.NAMES.index(name)]
    rows = torch.cat([row(**{name: i}) for i in range(count)])
    ink = data.to_float(factors.draw(rows)).add(1).div(2)[:, 0]
    return ink, factors.values(rows)[:, factors.NAMES.index(name)]


def test_every_combination_has_one_row():
    grid = factors.grid()
    assert grid.shape == (16_128, 6) and len(grid.unique(dim=0)) == len(grid)
    assert torch.equal(factors.index(grid), torch.arange(len(grid)))
    assert grid.amax(0).add(1).tolist() == list(factors.SIZES)


def test_images_are_all_different_and_never_cut_off():
    images = factors.images()
    assert images.shape == (16_128, 1, 28, 28) and images.dtype == torch.uint8
    assert len(images.flatten(1).unique(dim=0)) == len(images)
    assert int(images[..., [0, -1], :].max()) == int(images[..., [0, -1]].max()) == 0
    some = torch.tensor([0, 77, 16_127])
    assert torch.equal(images[some], factors.draw(factors.grid()[some]))


def test_what_a_caller_does_to_the_images_stays_with_the_caller():
    factors.images().zero_()
    assert int(factors.images().max()) == 255


@pytest.mark.parametrize("name", ["x", "y"])
def test_the_middle_of_the_ink_goes_where_the_factor_says(name):
    ink, asked = column(name)
    at = torch.arange(28) - 13.5
    of_axis = ink.sum(1 if name == "x" else 2)  # [N, 28]
    torch.testing.assert_close((of_axis @ at) / of_axis.sum(1), asked, atol=0.1, rtol=0)


def test_size_and_thickness_are_in_pixels():
    ink, asked = column("size")
    rows = torch.cat([row(size=i, angle=3) for i in range(4)])
    upright = factors.draw(rows)[:, 0].float().amax(1)  # brightest of each column
    width = (upright / 255).sum(1)
    torch.testing.assert_close(width, 2 * asked + 1.75, atol=0.3, rtol=0)
    ink, asked = column("thickness")
    length = ink.sum((1, 2)) / asked  # ink = thickness * length of the outline
    outline = 4 * 6 * (1 + factors.FLAT)
    torch.testing.assert_close(length, torch.full((3,), outline), atol=2, rtol=0)


def test_angles_turn_clockwise():
    ink, asked = column("angle")
    xx, xy, yy = attributes.moments(ink)
    found = 0.5 * torch.atan2(2 * xy, xx - yy).rad2deg()  # y runs down
    torch.testing.assert_close(found, asked, atol=2, rtol=0)


def test_each_kind_is_where_its_outline_is():
    on, off = {}, {}
    for kind in range(3):
        image = factors.draw(row(kind=kind, size=3, x=0, y=0, thickness=2))[0, 0]
        # x = y = -3.5: the middle is pixel (10, 10), hollow in all of size 7
        off[kind] = int(image[10, 10])
        on[kind] = int(image[6, 3])  # (-7, -4) away: the rectangle's corner alone
    assert set(off.values()) == {0}
    assert on[0] == 255 and on[1] == 0 and on[2] == 0
    apex = factors.draw(row(kind=2, size=3, thickness=2))[0, 0].nonzero()[0]
    base = factors.draw(row(kind=1, size=3, thickness=2))[0, 0].nonzero()[0]
    assert int(apex[0]) < int(base[0])  # the triangle is the taller


def test_the_ellipse_is_as_a_finer_drawing_has_it():
    fine = 16
    at = (torch.arange(28 * fine) + 0.5) / fine - 14
    y, x = torch.meshgrid(at, at, indexing="ij")
    dx, dy = x - factors.VALUES[1][3], y - factors.VALUES[2][3]
    turn = torch.linspace(0, 2 * torch.pi, 721)[:-1]
    curve = torch.stack([6 * turn.cos(), 6 * factors.FLAT * turn.sin()], 1)
    points = torch.stack([dx, dy], -1).view(-1, 2)
    near = torch.cat([torch.cdist(p, curve).amin(1) for p in points.split(20_000)])
    inside = (near <= 1.75 / 2).float().view(28, fine, 28, fine).mean((1, 3))
    found = factors.draw(row(kind=1))[0, 0] / 255
    assert float((found - inside).abs().mean()) < 0.01
    assert float((found - inside).abs().max()) < 0.2


def test_samples_repeat_with_their_generator_and_leave_the_global_one():
    before = torch.get_rng_state()
    first, theirs = factors.sample(40, torch.Generator().manual_seed(3))
    again, _ = factors.sample(40, torch.Generator().manual_seed(3))
    assert torch.equal(first, again) and torch.equal(first, factors.draw(theirs))
    assert torch.equal(before, torch.get_rng_state())
    assert len(factors.index(theirs).unique()) > 35


def test_batches_take_the_images():
    batch = next(data.batches(factors.images(), 16))
    assert batch.shape == (16, 1, 28, 28)


def test_refusals():
    with pytest.raises(CourseError, match="The factor angle is from 0 to 6"):
        factors.draw(row(angle=7))
    with pytest.raises(CourseError, match="The factor kind is from 0 to 2"):
        factors.index(row(kind=-1))
    with pytest.raises(CourseError, match=r"kind, x, y, size, angle, thickness; got"):
        factors.draw(row()[:, :5])
    with pytest.raises(CourseError, match="whole numbers"):
        factors.values(row().float())
    for n in (0, 2.5):
        with pytest.raises(CourseError, match=f"number from 1, not {n}"):
            factors.sample(n)
