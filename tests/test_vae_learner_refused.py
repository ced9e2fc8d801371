"""What a VAE refuses: settings, images, latents and labels, with nothing learnt."""

import pytest
import torch

from aigc_course import training, vae
from aigc_course.errors import CourseError


def tiny(**settings):
    training.seed_everything(0)
    return vae.VAE(vae.mlp((16,), 3), **settings)


def weights(model):
    return [p.detach().clone() for p in model.networks.parameters()]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"beta": -1}, "beta"),
        ({"beta": float("nan")}, "beta"),
        ({"kl_warmup": 1.5}, "kl_warmup"),
        ({"free_bits": -0.1}, "free_bits"),
        ({"samples": 0}, "samples k"),
        ({"samples": 2.5}, "samples k"),
        ({"samples": 2, "free_bits": 0.5}, "leave out free_bits"),
        ({"lr": -1e-3}, "learning rate"),
        ({"decay_start": 2}, "decay_start"),
        ({"final_lr_factor": -1}, "final_lr_factor"),
        ({"max_grad_norm": 0}, "max_grad_norm"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(CourseError, match=words):
        tiny(**settings)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.step(torch.zeros(4, 28, 28)), "shape"),
        (lambda m: m.step(torch.full((4, 1, 28, 28), 7.0)), r"\[-1, 1\]"),
        (lambda m: m.step(torch.full((4, 1, 28, 28), torch.nan)), "nan"),
        (lambda m: m.encode(torch.zeros(4, 1, 28, 27)), "shape"),
        (lambda m: m.reconstruct(torch.full((4, 1, 28, 28), 255.0)), "255"),
        (lambda m: m.log_p(torch.zeros(4, 28, 28)), "shape"),
        (lambda m: m.decode(torch.zeros(2, 4)), r"latents \[N, 3\]"),
        (lambda m: m.sample(0), "from 1 up"),
        (lambda m: m.sample(2, temperature=-1), "temperature"),
        (lambda m: m.sample(2, labels=torch.tensor([1, 2])), "without labels"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_learnt(call, words):
    model = tiny()
    before = weights(model)
    with pytest.raises(CourseError, match=words):
        call(model)
    assert all(map(torch.equal, before, weights(model)))
