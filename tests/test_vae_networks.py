"""Networks and observations: shapes, sizes, ranges, labels, and what they refuse."""

import math

import pytest
import torch

from aigc_course import training, vae
from aigc_course.errors import CourseError
from aigc_course.vae import losses


def weights(module):
    return sum(p.numel() for p in module.parameters())


BUILDERS = {
    "classic": vae.classic,
    "deep": vae.deep,
    "conv": lambda **more: vae.convolutional(width=4, **more),
}


@pytest.fixture
def x():
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("likelihood", vae.LIKELIHOODS)
@pytest.mark.parametrize("classes", [0, 10])
@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_shapes(build, classes, likelihood, x):
    x = (255 * x).round() / 255  # a discretised likelihood takes whole levels
    training.seed_everything(0)
    networks = build(latent=7, classes=classes, likelihood=likelihood)
    labels = torch.arange(6) if classes else None
    mean, log_variance = networks.encode(x, labels)
    assert mean.shape == log_variance.shape == (6, 7)
    z = losses.reparameterise(mean, log_variance, 3)
    assert networks.log_likelihood(x, z, labels).shape == (3, 6)
    image = networks.decode(z, labels)
    assert image.shape == (3, 6, 1, 28, 28)
    assert image.min() >= 0 and image.max() <= 1
    assert torch.allclose(networks.decode(z[1], labels), image[1], atol=1e-6)


def test_sizes():
    assert weights(vae.classic()) == 652_824  # 784-400-2x20 and 20-400-784, by hand
    assert 1.8e6 < weights(vae.deep()) <= 2e6
    extra = weights(vae.classic(classes=10)) - weights(vae.classic())
    assert extra == 10 * 400 + 10 * 400  # a one-hot of 10 into both first layers


def test_the_label_reaches_encoder_and_decoder(x):
    training.seed_everything(0)
    for networks in (vae.classic(classes=10), vae.convolutional(classes=10, width=4)):
        one, two = torch.zeros(6, dtype=torch.long), torch.full((6,), 9)
        assert not torch.equal(networks.encode(x, one)[0], networks.encode(x, two)[0])
        z = torch.zeros(6, networks.latent)
        assert not torch.equal(networks.decode(z, one), networks.decode(z, two))


def test_each_image_has_its_own_label_under_every_sample(x):
    training.seed_everything(0)
    networks, labels = vae.classic(latent=3, classes=10), torch.arange(6)
    z = torch.randn(2, 6, 3)
    together = networks.decode(z, labels)
    for i in range(6):
        alone = networks.decode(z[:, i : i + 1], labels[i : i + 1])
        assert torch.allclose(together[:, i : i + 1], alone, atol=1e-6)


def test_the_range_changes_in_one_place_and_back(x):
    images = 2 * x - 1
    assert torch.allclose(vae.to_unit(images), x)
    assert torch.allclose(vae.to_signed(vae.to_unit(images)), images, atol=1e-6)
    ends = vae.to_unit(torch.tensor([-1.0, 1.0]).view(2, 1, 1, 1).expand(2, 1, 28, 28))
    assert ends[0].eq(0).all() and ends[1].eq(1).all()


def test_binarised_pixels_are_drawn_with_their_grey_value(x):
    seeded = torch.Generator().manual_seed(0)
    draws = torch.stack([vae.binarise(x, seeded) for _ in range(400)])
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    error = (x * (1 - x) / 400).sqrt().clamp(min=1e-3)
    assert ((draws.mean(0) - x).abs() < 5 * error).all()
    assert not torch.equal(draws[0], draws[1])
    ends = torch.tensor([0.0, 1.0]).repeat(5000)
    assert torch.equal(vae.binarise(ends), ends)  # background stays, ink stays


def test_observations_are_the_losses_at_their_parameters(x):
    outputs = torch.randn(2, 6, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    x = (255 * x).round() / 255
    m = outputs.sigmoid()
    expected = {
        "bernoulli": losses.bernoulli(x, outputs),
        "gaussian": losses.gaussian(x, m, 2 * math.log(0.1)),
        "discretised-logistic": losses.discretised_logistic(x, m, math.log(0.1)),
    }
    for name, kind in vae.LIKELIHOODS.items():
        assert torch.allclose(kind().log_prob(x, outputs), expected[name], rtol=1e-5)
        assert torch.equal(kind().mean(outputs), m)


def test_only_a_learned_deviation_learns():
    assert not vae.Gaussian().log_variance.requires_grad
    assert vae.Gaussian(learned=True).log_variance.requires_grad


IMAGES = torch.zeros(2, 1, 28, 28)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (IMAGES[:, 0], r"shape \[2, 28, 28\]"),
        (IMAGES[..., :27], "shape"),
        (IMAGES.expand(2, 3, 28, 28), "shape"),
        (IMAGES[:0], "shape"),
        (IMAGES.to(torch.uint8), "data.to_float"),
        ([1, 2], "list"),
        (IMAGES + 1.5, r"\[-1, 1\]"),
        (IMAGES - 1.5, r"\[-1, 1\]"),
        (IMAGES * torch.nan, "nan"),
    ],
)
def test_images_that_are_none_are_refused(images, words):
    with pytest.raises(CourseError, match=words):
        vae.to_unit(images)


def test_pixels_outside_of_their_range_are_refused():
    for call in (vae.to_signed, vae.binarise):
        with pytest.raises(CourseError, match=r"\[0, 1\]"):
            call(IMAGES - 1)


CONDITIONAL = vae.classic(latent=4, classes=10)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "with labels"),
        (torch.tensor([0, 10]), "from 0 to 9; got 0 to 10"),
        (torch.tensor([-1, 3]), "from 0 to 9"),
        (torch.tensor([1]), r"\[2\]"),
        (torch.tensor([[1], [2]]), r"\[2\]"),
        (torch.tensor([0.0, 1.0]), "float32"),
        (torch.tensor([True, False]), "bool"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, words):
    with pytest.raises(CourseError, match=words):
        CONDITIONAL.encode(IMAGES, labels)
    with pytest.raises(CourseError, match=words):
        CONDITIONAL.decode(torch.zeros(2, 4), labels)


def test_a_network_without_classes_takes_no_labels():
    with pytest.raises(CourseError, match="without labels"):
        vae.classic().encode(IMAGES, torch.tensor([0, 1]))


@pytest.mark.parametrize(
    ("z", "words"),
    [
        (torch.zeros(2, 19), r"latents \[N, 20\]; got shape \[2, 19\]"),
        (torch.zeros(20), r"\[20\]"),
        (torch.full((2, 20), torch.nan), "NaN"),
    ],
)
def test_latents_that_do_not_fit_are_refused(z, words):
    with pytest.raises(CourseError, match=words):
        vae.classic().decode(z)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vae.classic(latent=0), "latents"),
        (lambda: vae.mlp((0,), 2), "width"),
        (lambda: vae.convolutional(width=1.5), "width"),
        (lambda: vae.classic(classes=-1), "classes"),
        (lambda: vae.classic(likelihood="poisson"), "bernoulli, gaussian"),
        (lambda: vae.Gaussian(std=0), "above 0"),
        (lambda: vae.DiscretisedLogistic(scale=float("nan")), "above 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_an_observation_is_given_back():
    mine = vae.Gaussian(0.3)
    assert vae.classic(likelihood=mine).observation is mine
    assert vae.Networks(*CONDITIONAL.children()).classes == 10


def test_encoder_and_decoder_agree_about_the_classes():
    with pytest.raises(CourseError, match="classes"):
        vae.Networks(CONDITIONAL.encoder, vae.classic().decoder)
