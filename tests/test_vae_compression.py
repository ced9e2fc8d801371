"""Images as bytes and back, and what is counted of a JPEG and a PNG."""

import math
import zlib

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.vae import compression
from aigc_course.vae.prior import CodePrior, CountPrior

K = 8


def vq():
    training.seed_everything(0)
    return vae.VQVAE(vae.VQNetworks(codes=K, d=4, width=4))


def maps(n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(K, (n, 7, 7), generator=generator)


def learned():
    return CodePrior(vq(), width=16, blocks=1, ema=None)


def counted(n=50, seed=0):
    return CountPrior(maps(n, seed), K)


@pytest.fixture
def images():
    return data.to_float(data.load("digits").images[:7])


@pytest.mark.parametrize("make", [learned, counted])
def test_images_come_back_as_the_model_reconstructs_them(images, make):
    prior, model = make(), vq()
    small = compression.compress(model, prior, images)
    found = compression.decompress(model, prior, small)
    assert torch.equal(found, model.reconstruct(images))
    assert small.bits_per_pixel == 8 * len(small.data) / (7 * 784)


def test_the_recipes_of_the_codec_fit_each_other(images):
    model = vae.CODEC.build()
    prior = CodePrior(model, **vae.CODEC_PRIOR)
    small = compression.compress(model, prior, images[:2])
    found = compression.decompress(model, prior, small)
    assert torch.equal(found, model.reconstruct(images[:2]))
    assert vae.CODEC.steps and vae.DENOISER.steps


def test_damage_another_prior_and_another_number_are_found():
    prior, codes = counted(), maps(7)
    data = compression.encode_maps(codes, prior, K)
    changed = bytes([*data[:9], data[9] ^ 1, *data[10:]])
    for bad, p, n in (
        (changed, prior, 7),
        (data[:-1], prior, 7),
        (data, prior, 6),
        (data, prior, 8),
        (data, counted(seed=1), 7),
    ):
        with pytest.raises(CourseError, match="damaged"):
            compression.decode_maps(bad, p, n)


def test_of_a_png_the_zlib_stream_is_counted(images):
    found = compression.png_bits(images[0])
    assert torch.equal(found.image, images[0])  # nothing is lost
    assert found.bits % 8 == 0 and found.bits_per_pixel == found.bits / 784
    file = compression._saved(images[0], format="PNG", optimize=True)
    stream = b"".join(compression._png_data(file))
    assert found.bits == 8 * len(stream)
    rows = zlib.decompress(stream)
    assert len(rows) == 28 * (1 + 28)  # each with its filter in front


def test_of_a_jpeg_the_scan_is_counted(images):
    file = compression._saved(images[0], format="JPEG", quality=50, optimize=True)
    scan = compression._jpeg_scan(file)
    head = file[: -len(scan) - 2]
    # SOS of one component: marker, length 8, 1 component, its tables, 0, 63, 0
    assert head[-10:-6] == b"\xff\xda\x00\x08" and head[-3:] == b"\x00\x3f\x00"
    assert file == head + scan + b"\xff\xd9"
    found = [compression.jpeg_bits(images[0], quality) for quality in (5, 50, 95)]
    assert found[1].bits == 8 * len(scan)
    errors = [float((f.image - images[0]).square().mean()) for f in found]
    assert found[0].bits < found[1].bits < found[2].bits
    assert errors[0] > errors[1] > errors[2] > 0
    # 16 blocks without contrast: some two bits each
    assert compression.jpeg_bits(torch.zeros(1, 28, 28), 50).bits <= 64


FLAT = torch.zeros(1, 28, 28)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compression.encode_maps(maps(2), counted(), 3), "from 0 to 2"),
        (lambda: compression.decode_maps(b"", counted(), 0), "from 1 up"),
        (lambda: compression.decode_maps(b"", counted(), 1), "damaged"),
        (lambda: compression.jpeg_bits(FLAT, 0), "from 1 up"),
        (lambda: compression.jpeg_bits(FLAT, 101), "at most 100"),
        (lambda: compression.jpeg_bits(FLAT[0], 50), r"\[1, H, W\]"),
        (lambda: compression.png_bits(FLAT + 2), r"\[-1, 1\]"),
        (lambda: compression.png_bits(FLAT * math.nan), r"\[-1, 1\]"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
