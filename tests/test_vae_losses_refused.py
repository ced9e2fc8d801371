"""What the losses refuse: shapes, ranges and NaN, each with one sentence."""

import math

import pytest
import torch

from aigc_course.errors import CourseError
from aigc_course.vae import losses

NAN = torch.full((2, 3), torch.nan)
GOOD = torch.zeros(2, 3)


@pytest.mark.parametrize("x", [GOOD - 1, GOOD + 1.5, NAN])
@pytest.mark.parametrize("loss", [losses.bernoulli, losses.discretised_logistic])
def test_pixels_outside_of_0_to_1_are_refused(loss, x):
    more = () if loss is losses.bernoulli else (0.0,)
    with pytest.raises(CourseError, match=r"must lie in \[0, 1\]"):
        loss(x, GOOD, *more)


def test_rounding_beyond_the_range_is_no_mistake():
    assert losses.bernoulli(GOOD + 1 + 1e-6, GOOD).isfinite().all()


@pytest.mark.parametrize("bad", [NAN, GOOD + math.inf])
def test_gaussian_refuses_what_is_not_finite(bad):
    with pytest.raises(CourseError, match="NaN or infinite"):
        losses.gaussian(bad, GOOD, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda outputs: losses.bernoulli(GOOD, outputs),
        lambda outputs: losses.gaussian(GOOD, outputs, 0.0),
        lambda outputs: losses.discretised_logistic(GOOD, outputs, 0.0),
    ],
)
@pytest.mark.parametrize("shape", [(2, 4), (3,), (2, 3, 1), (3, 3)])
def test_outputs_of_another_shape_are_refused(call, shape):
    with pytest.raises(CourseError, match="shape"):
        call(torch.zeros(shape))


def test_a_bin_is_a_level():
    with pytest.raises(CourseError, match="256 values"):
        losses.discretised_logistic(GOOD + 0.5, GOOD, 0.0)
    losses.discretised_logistic(GOOD + 0.5, GOOD, 0.0, levels=3)
    with pytest.raises(CourseError, match="levels"):
        losses.discretised_logistic(GOOD, GOOD, 0.0, levels=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: losses.kl_per_latent(GOOD, torch.zeros(2, 4)), "one shape"),
        (lambda: losses.reparameterise(GOOD, torch.zeros(3)), "one shape"),
        (lambda: losses.log_normal(torch.zeros(2, 4), GOOD, GOOD), "end in the shape"),
        (lambda: losses.elbo(GOOD, torch.zeros(2)), r"\[N\] or \[k, N\]"),
        (lambda: losses.elbo(torch.zeros(2), torch.zeros(2), -1), "beta"),
        (lambda: losses.elbo(torch.zeros(2), torch.zeros(2), math.nan), "beta"),
        (lambda: losses.free_bits(GOOD, -0.1), "free bits"),
        (lambda: losses.free_bits(torch.zeros(3), 0.1), "each latent"),
        (lambda: losses.importance_weighted_bound(torch.zeros(3)), r"\[k, N\]"),
        (lambda: losses.importance_weighted_bound(torch.zeros(0, 3)), "from 1 up"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
