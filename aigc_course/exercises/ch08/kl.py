"""Exercise on the KL from an encoder's normal to the prior."""

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08._shapes import normals

exercise = Exercise(
    "08.kl",
    order=50,
    title="What the code costs",
    difficulty=2,
    minutes=10,
    idea="Both are products over the latents, so the KLs of the latents add. The second"
    " argument is the log-variance: its exponential is the variance.",
    formula="KL = 1/2 sum_j (m_j^2 + v_j - log v_j - 1).",
    line="Return `(mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2`.",
    variation="Find the mean at which a latent of variance 1 costs one nat, and the"
    " variance at which one of mean 0 does.",
    asks="derive",
)


@exercise.answer
def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) in nats, for [N, d] each: [N].

    Kingma and Welling 2014, appendix B.
    """
    # 1/2 (m^2 + v - log v - 1) for each latent
    return (mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2


@exercise.inputs
def codes() -> list[tuple[Tensor, Tensor]]:
    return [normals(6, 3), normals(2, 20)]


@exercise.must_hold
def nothing_said(f) -> bool:
    """A code that is the prior costs nothing."""
    return same(f(torch.zeros(3, 4), torch.zeros(3, 4)), torch.zeros(3))


@exercise.must_hold
def known_value(f) -> bool:
    """A mean of 2 at variance 1 costs 2 nats, in each of two latents: 4."""
    return same(f(torch.full((1, 2), 2.0), torch.zeros(1, 2)), torch.tensor([4.0]))


@exercise.must_hold
def never_negative(f) -> bool:
    """It is never negative, for wide and narrow codes."""
    mean, log_variance = normals(200, 2)
    return bool((f(0.1 * mean, 3 * log_variance) >= 0).all())


@exercise.mistake(hint="idea")
def variance_given(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You read the second argument as the variance; it is its logarithm, and may be
    negative. Take `log_variance.exp()` where the variance belongs."""
    return (mean.square() + log_variance - log_variance.abs().log() - 1).sum(1) / 2


@exercise.mistake(hint="formula")
def deviation_given(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You read the second argument as the logarithm of the standard deviation; it is
    that of the variance, so nothing has to be doubled."""
    return kl(mean, 2 * log_variance)


@exercise.mistake(hint="formula")
def half_forgotten(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Twice too large: the half in front is missing."""
    return 2 * kl(mean, log_variance)


@exercise.mistake(hint="formula")
def one_forgotten(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The -1 of each latent is missing, so that even a code that says nothing costs
    something."""
    return kl(mean, log_variance) + mean.shape[1] / 2


@exercise.mistake(hint="idea")
def the_other_way_round(mean: Tensor, log_variance: Tensor) -> Tensor:
    """This is KL(prior || code). The bound has KL(code || prior): the mean is taken
    over the code, which is what is drawn from."""
    return (log_variance + (1 + mean.square()) / log_variance.exp() - 1).sum(1) / 2


@exercise.mistake(hint="formula")
def wrong_sign(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The sign is turned: this is -KL, which many papers write and add. Return the
    divergence itself, never below 0."""
    return -kl(mean, log_variance)


@exercise.mistake(hint="idea")
def mean_of_latents(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You average over the latents; the divergence of a product is the sum. With the
    mean a code with many latents would seem cheap."""
    return kl(mean, log_variance) / mean.shape[1]


@exercise.mistake(hint="idea")
def one_number(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You return one number for the whole batch; asked is one for each image. Sum over
    the latents, dimension 1, and leave the images."""
    return kl(mean, log_variance).mean()


@exercise.mistake(hint="idea")
def sum_of_everything(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You sum over the images too, as some examples do. Asked is one number for each
    image: sum over the latents, dimension 1, alone."""
    return kl(mean, log_variance).sum()


@exercise.mistake(hint="formula")
def mean_not_squared(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The mean is not squared. A code left of the prior would cost less than nothing;
    the term is m^2."""
    return (mean + log_variance.exp() - log_variance - 1).sum(1) / 2


@exercise.mistake(hint="formula")
def logarithm_added(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You add the log-variance; it is subtracted. As it stands, narrower codes are
    always cheaper, and the narrowest cost less than nothing."""
    return (mean.square() + log_variance.exp() + log_variance - 1).sum(1) / 2


@exercise.mistake(hint="idea", draws=True)
def from_one_draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You draw random numbers, so this is an estimate that changes with each call. For
    two normals the divergence has the exact formula (8.15), which needs no draw."""
    q = Normal(mean, (log_variance / 2).exp())
    z = q.sample()
    return (q.log_prob(z) - Normal(torch.zeros_like(mean), 1.0).log_prob(z)).sum(1)


@exercise.mistake(hint="line")
def not_summed(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You return a number for each latent. The divergence of an image is their sum:
    `.sum(1)`."""
    return (mean.square() + log_variance.exp() - log_variance - 1) / 2
