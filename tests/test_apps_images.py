"""Pictures of people's files: every kind that is read, and what is refused."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from aigc_course.apps import images, pictures
from aigc_course.apps.images import Picture
from aigc_course.apps.networks import Restorer
from aigc_course.errors import CourseError


def saved(folder, image, name="a.png", **options):
    path = folder / name
    image.save(path, **options)
    return path


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def refused(path, words):
    with pytest.raises(CourseError, match=words) as caught:
        images.read(path)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1)])
def test_bytes_come_back_exactly(tmp_path, shape):
    pixels = noise(*shape)
    picture = images.read(saved(tmp_path, Image.fromarray(pixels)))
    assert picture.size == shape[:2] and picture.alpha is None
    images.write(tmp_path / "b.png", picture)
    assert (np.asarray(Image.open(tmp_path / "b.png")) == pixels).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_comes_back_exactly(tmp_path, mode):
    pixels = noise(6, 4, len(mode))
    picture = images.read(saved(tmp_path, Image.fromarray(pixels, mode=None)))
    torch.testing.assert_close(
        picture.alpha[0], torch.from_numpy(pixels[..., -1] / 255).float()
    )
    images.write(tmp_path / "b.png", picture)
    assert (np.asarray(Image.open(tmp_path / "b.png")) == pixels).all()


def test_a_transparent_colour_and_palettes(tmp_path):
    coloured = Image.fromarray(noise(8, 8, 3)).quantize(16)
    picture = images.read(saved(tmp_path, coloured))
    assert picture.pixels.shape == (3, 8, 8) and picture.alpha is None
    assert (images._bytes(picture) == np.asarray(coloured.convert("RGB"))).all()
    see_through = images.read(saved(tmp_path, coloured, "t.png", transparency=3))
    assert torch.equal(
        see_through.alpha[0] == 0, torch.tensor(np.asarray(coloured)) == 3
    )
    grey = Image.fromarray(noise(8, 8))
    marked = images.read(saved(tmp_path, grey, "g.png", transparency=7))
    assert marked.pixels.shape == (1, 8, 8)
    assert torch.equal(marked.alpha[0] == 0, torch.tensor(np.asarray(grey)) == 7)


def test_black_and_white_and_cmyk(tmp_path):
    checks = Image.fromarray(noise(6, 6) > 127)
    assert images.read(saved(tmp_path, checks)).pixels.unique().tolist() == [-1, 1]
    print_ink = Image.fromarray(noise(8, 8, 4), mode="CMYK")
    found = images.read(saved(tmp_path, print_ink, "a.tif"))
    assert found.pixels.shape == (3, 8, 8)


def test_sixteen_bits(tmp_path):
    deep = np.array([[0, 65_535], [32_768, 257]], dtype=np.uint16)
    picture = images.read(saved(tmp_path, Image.fromarray(deep)))
    wanted = torch.tensor(deep.astype(np.float32) / 32_767.5 - 1)
    torch.testing.assert_close(picture.pixels[0], wanted)


@pytest.mark.parametrize("turn", range(1, 9))
def test_photographs_are_turned_upright(tmp_path, turn):
    exif = Image.Exif()
    exif[274] = turn
    pixels = noise(4, 6)
    picture = images.read(saved(tmp_path, Image.fromarray(pixels), exif=exif))
    upright = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.T,
        6: np.rot90(pixels, -1),
        7: pixels[::-1, ::-1].T,
        8: np.rot90(pixels),
    }[turn]
    assert (images._bytes(picture) == upright).all()


def test_the_first_of_several_frames(tmp_path):
    frames = [Image.fromarray(noise(4, 4) // 2 + 60 * i) for i in range(3)]
    path = saved(tmp_path, frames[0], "a.tif", save_all=True, append_images=frames[1:])
    assert (images._bytes(images.read(path)) == np.asarray(frames[0])).all()


def test_grey_is_brightness():
    colours = torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]])[:, :, None]
    grey = Picture(colours.permute(1, 0, 2)).grey
    torch.testing.assert_close(grey[0, :, 0], torch.tensor([-0.402, 0.174, -0.772]))


def test_what_is_no_picture(tmp_path):
    refused(tmp_path / "nowhere.png", "There is no file")
    refused(tmp_path, "no file that holds")
    empty = tmp_path / "empty.png"
    empty.touch()
    refused(empty, "is empty")
    empty.write_text("not a picture at all")
    refused(empty, "no picture that can be read; PNG, JPEG")
    refused("a\0b", "no file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "no file that holds")


def test_programs_and_rare_formats_are_not_opened(tmp_path):
    script = tmp_path / "a.png"
    Image.fromarray(noise(8, 8)).save(script, "EPS")
    refused(script, "no picture that can be read")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_every_format_and_its_first_half(tmp_path, kind):
    path = tmp_path / "a"
    Image.fromarray(noise(40, 30)).save(path, kind)
    assert images.read(path).size == (40, 30)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(path, "damaged or cut off")


def test_flipped_bits_give_a_picture_or_a_sentence(tmp_path):
    path = saved(tmp_path, Image.fromarray(noise(20, 20, 3)).quantize(32))
    content, chance = path.read_bytes(), np.random.default_rng(1)
    for _ in range(60):
        hostile = bytearray(content)
        hostile[chance.integers(8, 120)] ^= 1 << chance.integers(8)
        path.write_bytes(hostile)
        try:
            images.read(path)
        except CourseError as error:
            assert "\n" not in str(error)


def bomb(width, height):
    """A PNG that claims so many pixels in a few bytes."""

    def chunk(name, body):
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_bombs_are_refused_by_what_they_claim(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(5000, 4000))
    refused(path, r"5,000 x 4,000 pixels; at most 16,000,000")
    path.write_bytes(bomb(100_000, 100_000))
    refused(path, "more pixels than|at most")


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(images.MAX_BYTES + 1)  # sparse: takes no space
    refused(path, "at most 64 MiB")


def test_fractions_are_refused(tmp_path):
    fractions = Image.fromarray(np.ones((4, 4), np.float32))
    refused(saved(tmp_path, fractions, "a.tif"), "unknown range")
    large = Image.fromarray(np.full((4, 4), 70_000, np.int32))
    refused(saved(tmp_path, large, "b.tif"), "beyond 16 bits")


def test_outputs_that_are_refused_leave_no_file(tmp_path):
    clear = Picture(torch.zeros(1, 4, 4), torch.zeros(1, 4, 4))
    with pytest.raises(CourseError, match="no transparency"):
        images.write(tmp_path / "a.jpg", clear)
    with pytest.raises(CourseError, match=r"\.png, \.jpg or \.jpeg, not 'a\.gif'"):
        images.write(tmp_path / "a.gif", clear)
    assert not list(tmp_path.iterdir())
    (tmp_path / "b.png").mkdir()
    with pytest.raises(CourseError, match="is a folder"):
        images.write(tmp_path / "b.png", clear)
    (tmp_path / "c.png").touch()
    with pytest.raises(CourseError, match="exists; --overwrite"):
        images.check_output(tmp_path / "c.png")
    images.check_output(tmp_path / "c.png", overwrite=True)


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = saved(tmp_path, Image.fromarray(noise(4, 4)))
    before = path.read_bytes()

    def broken(self, file, kind):
        file.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(CourseError, match="disk full"):
        images.write(path, Picture(torch.zeros(1, 4, 4)))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_masks_have_the_size_of_the_picture(tmp_path):
    path = saved(tmp_path, Image.fromarray(np.eye(5, dtype=np.uint8) * 255))
    assert torch.equal(images.read_mask(path, (5, 5)), torch.eye(5).bool())
    with pytest.raises(CourseError, match="5 x 5 pixels, the picture 7 x 6"):
        images.read_mask(path, (6, 7))


def network(channels, noise=0):
    torch.manual_seed(0)
    return Restorer(channels, width=4, blocks=3, noise=noise).eval()


@pytest.mark.parametrize("times", [2, 4])
def test_tiles_leave_no_seam(monkeypatch, times):
    net = network(1, noise=3)
    picture = Picture(torch.rand(3, 75, 54) * 2 - 1)
    whole = pictures.upscale(picture, times, net, torch.Generator().manual_seed(0))
    monkeypatch.setattr(pictures, "TILE", 20)
    tiled = pictures.upscale(picture, times, net, torch.Generator().manual_seed(0))
    assert whole.size == (75 * times, 54 * times)
    # where the rim is no multiple of 4, the last pixels see another continuation
    torch.testing.assert_close(
        tiled.pixels[:, :-16, :-16], whole.pixels[:, :-16, :-16], atol=1e-4, rtol=0
    )


def test_enlarging_keeps_the_colour_and_the_alpha():
    picture = Picture(torch.rand(3, 6, 9) - 0.5, torch.rand(1, 6, 9))
    plain = pictures.upscale(picture, 2)
    with_detail = pictures.upscale(picture, 2, network(1))
    added = with_detail.pixels - plain.pixels
    assert float(added.abs().max()) > 0
    inside = (with_detail.pixels.abs() < 1).all(0)
    torch.testing.assert_close(added[0][inside], added[2][inside])
    assert plain.alpha.shape == (1, 12, 18)
    assert plain.alpha.min() >= 0 and plain.alpha.max() <= 1


def test_results_too_large_are_refused():
    with pytest.raises(CourseError, match="4 times 2000 x 600"):
        pictures.upscale(Picture(torch.zeros(1, 1, 1).expand(1, 600, 2000)), 4)


def slope(h, w):
    rows, columns = torch.linspace(-0.5, 0.5, h), torch.linspace(-0.4, 0.4, w)
    return rows[:, None] + columns


def test_a_slope_goes_on_through_the_hole_at_any_size():
    mask = torch.zeros(60, 90, dtype=torch.bool)
    mask[20:40, 10:40] = mask[50:55, 70:80] = True
    plane = slope(60, 90)
    colours = torch.stack([plane, -plane, plane / 2])
    spoiled = torch.where(mask, 0.9, colours)
    alpha = (~mask)[None].float()
    done = pictures.complete_smoothly(Picture(spoiled, alpha), mask)
    torch.testing.assert_close(done.pixels, colours, atol=5e-3, rtol=0)
    assert torch.equal(done.pixels[:, ~mask], spoiled[:, ~mask])
    assert pictures.opaque(done).alpha is None


def test_masks_that_are_refused():
    picture = Picture(slope(8, 8)[None])
    none = torch.zeros(8, 8, dtype=torch.bool)
    for mask, words in (
        (none, "hides nothing"),
        (~none, "hides everything"),
        (none[:4], r"bool \[8, 8\]"),
        (none.float(), r"bool \[8, 8\]"),
    ):
        with pytest.raises(CourseError, match=words):
            pictures.complete_smoothly(picture, mask)
        with pytest.raises(CourseError, match=words):
            pictures.complete_digit(picture, mask, network(2))
    big = torch.ones(300, 300, dtype=torch.bool)
    big[0] = False
    with pytest.raises(CourseError, match="at most 40,000"):
        pictures.complete_smoothly(Picture(slope(300, 300)[None]), big)
    flat = Picture(torch.zeros(1, 8, 8))
    with pytest.raises(CourseError, match="no digit to go"):
        pictures.complete_digit(flat, none.logical_xor(torch.eye(8).bool()), network(2))


class Seen(Restorer):
    """Paints full ink and keeps what it was shown."""

    def forward(self, source, z=None):
        self.source = source
        return torch.ones_like(source[:, :1])


def stroke(h, w):
    """A vertical stroke, white on black, wide as a tenth."""
    plane = torch.full((1, h, w), -1.0)
    plane[:, h // 8 : -h // 8, w // 2 - h // 20 : w // 2 + h // 20 + 1] = 1
    return plane


@pytest.mark.parametrize("size", [(28, 28), (56, 56), (280, 200), (20, 14)])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_digit_of_any_size_and_shade_reaches_the_network_as_ink(size, inverted):
    net = Seen(2, width=4)
    plane = stroke(*size)
    mask = torch.zeros(size, dtype=torch.bool)
    mask[size[0] // 2 :, :] = True
    shade = -0.5 * plane if inverted else plane
    spoiled = torch.where(mask, 0.123, shade)
    done = pictures.complete_digit(Picture(spoiled), mask, net)
    ink, hole = net.source[0]
    assert bool((hole[20:22, 10:18] == 1).all()) and not bool(hole[:13].any())
    assert ink[:13].max() > 0.8 and ink[:13].min() == -1
    assert torch.equal(done.pixels[:, ~mask], spoiled[:, ~mask])
    full = -0.5 if inverted else 1.0  # painted in the ink's own shade
    assert done.pixels[:, mask].mean().item() == pytest.approx(full, abs=0.05)


def test_a_digit_is_completed_in_its_colours():
    net = Seen(2, width=4)
    plane = (stroke(40, 40) + 1) / 2
    red, paper = torch.tensor([0.8, -0.9, -0.9]), torch.tensor([0.9, 0.9, 0.6])
    colours = paper[:, None, None] + plane * (red - paper)[:, None, None]
    mask = torch.zeros(40, 40, dtype=torch.bool)
    mask[20:30, 10:30] = True
    done = pictures.complete_digit(Picture(colours), mask, net)
    torch.testing.assert_close(
        done.pixels[:, mask].median(1).values, red, atol=1e-3, rtol=0
    )


def test_a_mnist_digit_is_shown_to_the_network_as_it_is():
    from aigc_course import apps, data

    net = Seen(2, width=4)
    x = data.to_float(data.load("digits", "test").images[:1])
    x = (x - x.min()) / (x.max() - x.min()) * 2 - 1
    mask = apps.centre_hole(8)
    pictures.complete_digit(Picture(x[0]), mask, net)
    torch.testing.assert_close(net.source, apps.hide(x, mask), atol=1e-5, rtol=0)


def test_a_damaged_exif_is_no_reason_to_refuse(tmp_path):
    file = io.BytesIO()
    Image.fromarray(noise(8, 8)).save(file, "JPEG", exif=b"Exif\0\0II*\0garbage")
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    assert images.read(tmp_path / "a.jpg").size == (8, 8)
