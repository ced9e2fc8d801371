"""Textures without a seam, palettes, and what a generator gives away."""

import numpy as np
import pytest
import torch

from aigc_course import apps, data, gan, training
from aigc_course.apps import privacy, textures
from aigc_course.errors import CourseError


def generator(**settings):
    training.seed_everything(0)
    return textures.TextureGenerator(width=8, **settings)


def digits(n, start=0):
    return data.to_float(data.load("digits").images[start : start + n])


def test_textures_wrap_around():
    G = generator()
    z = G.latents(2, size=(3, 5))
    texture = G(z)
    assert texture.shape == (2, 1, 24, 40)
    # noise that is shifted around the torus shifts the texture around it
    moved = G(z.roll((1, 2), (2, 3)))
    torch.testing.assert_close(moved, texture.roll((8, 16), (2, 3)))


def test_noise_is_seeded_and_of_the_right_shape():
    G = generator(latent=4)
    one, two = (G.latents(3, torch.Generator().manual_seed(0)) for _ in range(2))
    assert one.shape == (3, 4, 4, 4) and torch.equal(one, two)
    for wrong in (torch.zeros(1, 4), torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 1, 4)):
        with pytest.raises(CourseError, match=r"noise \[N, 4, h, w\]"):
            G(wrong)


def test_a_gan_learns_textures():
    wallpaper = textures.scattered(digits(30), side=96, n=40)
    G, D = generator(), textures.TextureDiscriminator(width=8)
    learner = gan.GAN(G, D)
    batches = textures.TextureBatches(wallpaper, 4)
    history = training.fit(learner, batches, training.Budget(steps=10), progress=False)
    assert history.status == "finished"
    samples = learner.sample(3, torch.Generator().manual_seed(0))
    assert samples.shape == (3, 1, 32, 32)
    assert D(samples).shape == (3, 1)


def test_batches_of_squares_go_on_where_they_were():
    picture = torch.rand(3, 40, 50) * 2 - 1
    one, two = (textures.TextureBatches(picture, 4, 16, seed=1) for _ in range(2))
    first = next(one)
    assert first.shape == (4, 3, 16, 16)
    assert torch.equal(first, next(two))
    next(one)
    two.load_state_dict(one.state_dict())
    assert torch.equal(next(one), next(two))
    with pytest.raises(CourseError, match="Squares of 60 pixels do not fit 50 x 40"):
        textures.TextureBatches(picture, side=60)


def test_squares_are_cut_from_everywhere():
    picture = torch.arange(36.0).view(1, 6, 6)
    cut = textures.crops(picture, 400, 4, torch.Generator().manual_seed(0))
    corners = {int(c[0, 0, 0]) for c in cut}
    assert corners == {6 * i + j for i in range(3) for j in range(3)}
    assert torch.equal(cut[0], picture[:, :4, :4] - picture[0, 0, 0] + cut[0, 0, 0, 0])


def test_wallpaper_wraps_around_too():
    dots = torch.full((1, 1, 5, 5), -1.0)
    dots[..., 2, 2] = 1
    paper = textures.scattered(dots, side=20, n=1, seed=0)
    assert int((paper > 0).sum()) == 1
    many = textures.scattered(digits(10), side=64, n=60)
    assert torch.equal(many, textures.scattered(digits(10), side=64, n=60))
    assert textures.seam(many[None]) < 1.5
    with pytest.raises(CourseError, match=r"\[N, 1, h, w\]"):
        textures.scattered(digits(10)[:0])


def test_seams_are_seen_where_there_are_some():
    ramp = torch.linspace(-1, 1, 32).expand(1, 1, 32, 32)
    wave = torch.sin(torch.arange(32) / 32 * 2 * torch.pi).expand(1, 1, 32, 32)
    assert textures.seam(ramp) > 10
    assert textures.seam(wave) < 2
    assert textures.tiled(ramp[0], 3).shape == (1, 96, 96)


def test_palettes_mix_neighbours():
    colours = torch.tensor([[-1.0, 0, 0], [1.0, 0, 0], [1.0, 1, 0]])
    grey = torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]).view(1, 1, 1, 5)
    found = textures.palette(grey, colours)[0, :, 0].T
    wanted = torch.tensor([[-1.0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0.5, 0], [1, 1, 0]])
    torch.testing.assert_close(found, wanted)
    with pytest.raises(CourseError, match=r"colours \[K, 3\]"):
        textures.palette(grey, colours[:1])
    with pytest.raises(CourseError, match=r"\[N, 1, H, W\]"):
        textures.palette(grey[0], colours)


def test_auc_by_ranks_is_that_of_all_pairs():
    draw = np.random.default_rng(0)
    a, b = draw.integers(0, 6, 40), draw.integers(0, 5, 30)
    pairs = (a[:, None] > b).mean() + (a[:, None] == b).mean() / 2
    assert privacy.auc(a, b) == pytest.approx(pairs)


def test_guessing_is_one_half_and_its_interval_holds_it():
    draw = np.random.default_rng(2)
    found = privacy.told_apart(draw.normal(size=300), draw.normal(size=200))
    assert found.low < 0.5 < found.high and found.high - found.low < 0.15
    assert 0 <= found.advantage < 0.2
    sure = privacy.told_apart(draw.normal(4, 1, 50), draw.normal(size=50))
    assert sure.low > 0.95 and sure.advantage > 0.85
    assert "AUC 0." in str(found)
    with pytest.raises(CourseError, match="at least 2"):
        privacy.told_apart(np.zeros(1), np.zeros(5))


def test_a_generator_that_copies_gives_its_members_away():
    members, strangers, other = digits(100), digits(100, 100), digits(300, 200)
    noise = 0.05 * torch.randn(
        members.shape, generator=torch.Generator().manual_seed(0)
    )
    copies = (members + noise).clamp(-1, 1)
    assert apps.membership(members, strangers, copies).auc > 0.95
    calibrated = apps.membership(members, strangers, copies, other)
    assert calibrated.auc > 0.95
    honest = apps.membership(members, strangers, other)
    assert honest.low < 0.5 < honest.high
    with pytest.raises(CourseError, match="k is from 1 to 100"):
        apps.membership(members, strangers, copies, k=101)
