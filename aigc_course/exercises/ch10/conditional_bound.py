"""Exercise on the bound of a conditional VAE."""

import torch
from torch import Tensor
from torch.distributions import Bernoulli
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.conditional_bound",
    order=50,
    title="The bound, given the label",
    difficulty=3,
    minutes=12,
    idea="Everything of the ELBO of chapter 08 stays, with y as one more thing that is"
    " known. The only new piece is a prior that may depend on y: its mean moves, so the"
    " KL measures the distance from there.",
    formula="sum_pixels log p(x|z, y) - 1/2 sum_j [(m_j - p_j)^2 + exp(v_j) - v_j - 1]"
    " with p the prior's mean and v the log-variance.",
    line="With `kl = ((mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1)"
    ".sum(1) / 2`, return `(x * logits - nn.functional.softplus(logits)).sum(1) - kl`.",
    variation="Give the prior a variance of its own as well.",
    asks="derive",
)


@exercise.answer
def conditional_bound(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """Lower bound of log p(x|y) for each image, [N] (Sohn et al. 2015, equation 4).

    x: binary pixels [N, D]. logits [N, D]: the decoder's, at one z ~ q(z|x, y).
    mean, log_variance [N, d]: of q. prior_mean [N, d]: of p(z|y), which has variance 1.
    """
    kl = (mean - prior_mean).square() + log_variance.exp() - log_variance - 1
    return (x * logits - softplus(logits)).sum(1) - kl.sum(1) / 2


def images(n: int, pixels: int, d: int) -> tuple[Tensor, ...]:
    """Binary images, logits, q's parameters and the prior's mean."""
    x = (torch.rand(n, pixels) < 0.4).float()
    q = torch.randn(n, d), 0.5 * torch.randn(n, d)
    return x, 2 * torch.randn(n, pixels), *q, torch.randn(n, d)


@exercise.inputs
def some() -> list[tuple[Tensor, ...]]:
    return [images(4, 12, 3), images(3, 30, 5), sure_images()]


def sure_images() -> tuple[Tensor, ...]:
    """Logits from -150 to 150, of which some are wrong: exp(150) is inf in 32 bits."""
    x, _, *rest = images(3, 8, 2)
    return x, torch.linspace(-150, 150, 24).view(3, 8), *rest


@exercise.must_hold
def no_price_where_q_is_the_prior(f) -> bool:
    """Where q equals the prior, only the reconstruction is left."""
    x, logits, mean, _, _ = images(4, 12, 3)
    want = Bernoulli(logits=logits).log_prob(x).sum(1)
    return same(f(x, logits, mean, torch.zeros(4, 3), mean), want)


@exercise.must_hold
def never_above_the_likelihood(f) -> bool:
    """No bound is larger than log p(x|z, y), since a KL is never negative."""
    parts = images(20, 12, 3)
    likelihood = Bernoulli(logits=parts[1]).log_prob(parts[0]).sum(1)
    return bool((f(*parts) <= likelihood + 1e-4).all())


@exercise.mistake(hint="idea")
def prior_without_label(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You compare q with N(0, I). Given the label, the prior's mean is `prior_mean`."""
    return conditional_bound(x, logits, mean, log_variance, 0 * prior_mean)


@exercise.mistake(hint="formula")
def kl_added(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You add the KL. In (10.10) it is subtracted from the reconstruction term."""
    plain = (x * logits - softplus(logits)).sum(1)
    return 2 * plain - conditional_bound(x, logits, mean, log_variance, prior_mean)


@exercise.mistake(hint="formula")
def mean_over_pixels(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You average over the pixels. A likelihood multiplies them, so their logarithms
    are summed; averaging weighs the KL by the number of pixels."""
    plain = x * logits - softplus(logits)
    whole = conditional_bound(x, logits, mean, log_variance, prior_mean)
    return whole - plain.sum(1) + plain.mean(1)


@exercise.mistake(hint="formula")
def sign_of_the_loss(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """That is the loss, minus the bound. The bound itself is wanted."""
    return -conditional_bound(x, logits, mean, log_variance, prior_mean)


@exercise.mistake(hint="line")
def overflowing(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You write log(1 + exp(a)) out. In 32 bits exp(a) is infinite from a = 89 on, and
    so is your bound there: `nn.functional.softplus(a)` is the same without overflow."""
    plain = x * logits - torch.log(1 + logits.exp())
    return conditional_bound(x, logits, mean, log_variance, prior_mean) + (
        plain - (x * logits - softplus(logits))
    ).sum(1)


@exercise.mistake(hint="line")
def log_of_a_sigmoid(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You take the logarithm of a sigmoid, kept from 0 by a small number. Where the
    decoder is sure and wrong, that number decides: take `softplus` of the logits."""
    p = logits.sigmoid()
    rough = x * (p + 1e-8).log() + (1 - x) * (1 - p + 1e-8).log()
    plain = x * logits - softplus(logits)
    whole = conditional_bound(x, logits, mean, log_variance, prior_mean)
    return whole + (rough - plain).sum(1)


@exercise.mistake(hint="formula")
def half_forgotten(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """Your KL lacks the factor 1/2 of (10.10)'s normal distributions, so it counts
    twice."""
    plain = (x * logits - softplus(logits)).sum(1)
    return 2 * conditional_bound(x, logits, mean, log_variance, prior_mean) - plain


@exercise.mistake(hint="formula")
def one_number_for_the_batch(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You average over the images. The bound of each image is wanted, [N]: sum over
    pixels and latents only."""
    return conditional_bound(x, logits, mean, log_variance, prior_mean).mean()


@exercise.mistake(hint="formula")
def squared_error(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You take a squared error between pixels and probabilities for log p(x|z, y). The
    pixels are binary: log p is x a - softplus(a) for each, with a the logit."""
    plain = (x * logits - softplus(logits)).sum(1)
    error = (logits.sigmoid() - x).square().sum(1)
    return conditional_bound(x, logits, mean, log_variance, prior_mean) - plain - error


@exercise.mistake(hint="formula")
def variance_for_its_logarithm(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, prior_mean: Tensor
) -> Tensor:
    """You take `log_variance` for the logarithm of the standard deviation: its
    exponential is the variance already."""
    return conditional_bound(x, logits, mean, 2 * log_variance, prior_mean)
