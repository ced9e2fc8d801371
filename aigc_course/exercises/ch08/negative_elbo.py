"""Exercise on the loss of the VAE as a whole."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    mse_loss,
)

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08.kl import kl
from aigc_course.exercises.ch08.log_likelihood import log_likelihood
from aigc_course.exercises.small_gan import gradients

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]


Decode = Callable[[Tensor], Tensor]


exercise = Exercise(
    "08.negative_elbo",
    order=90,
    title="The bound, put together",
    difficulty=3,
    minutes=12,
    idea="Encode, draw z with the noise that is given, decode. Two terms for each"
    " image: minus its log-likelihood, plus what its code costs."
    " Then the mean over images.",
    formula="L = mean over x of [KL(q(z|x) || p(z)) - log p(x|z)], z = m + sigma e.",
    line="After `mean, log_variance = encode(x)` and `z = reparameterise(mean,"
    " log_variance, e)` return `(kl(mean, log_variance) - log_likelihood(x,"
    " decode(z))).mean()`.",
    variation="Give it several e for each image and take the mean: the bound is the"
    " same, its gradient less noisy. See whether that is worth the time.",
    asks="method",
)


@exercise.answer
def negative_elbo(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """-ELBO with one sample z for each image, mean over the batch: a scalar.

    x: [N, 1, H, W], pixels 0 or 1. encode(x): mean and log-variance, [N, d]. decode(z):
    logits [N, 1, H, W]. e: [N, d]. Kingma and Welling 2014, equation 10.
    """
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e
    return (kl(mean, log_variance) - log_likelihood(x, decode(z))).mean()


class Encoder(nn.Module):
    """Pictures [N, 1, 3, 3] to mean and log-variance, [N, 3] each."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(9, 6))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.net(x).chunk(2, dim=1)
        return 2 * mean, log_variance


def networks() -> tuple[Encoder, nn.Sequential]:
    """An encoder, and a decoder from [N, 3] to logits [N, 1, 3, 3]."""
    layer = nn.Linear(3, 9)
    with torch.no_grad():
        layer.weight.mul_(3)  # so that z shows in the pictures
    return Encoder(), nn.Sequential(layer, nn.Unflatten(1, (1, 3, 3)))


def batch(n: int = 5) -> tuple[Tensor, Tensor]:
    """Pictures [n, 1, 3, 3] of 0 and 1, and noise [n, 3]."""
    return torch.randint(0, 2, (n, 1, 3, 3)).float(), torch.randn(n, 3)


@exercise.observe
def loss_and_gradients(f) -> dict[str, object]:
    encode, decode = networks()
    x, e = batch()
    loss = f(x, encode, decode, e)
    if isinstance(loss, Tensor) and loss.requires_grad:
        loss.sum().backward()
    return {
        "loss": loss.detach() if isinstance(loss, Tensor) else loss,
        "gradient of the decoder": gradients(decode),
        "gradient of the encoder": gradients(encode),
    }


@exercise.must_hold
def blind(f) -> bool:
    """An encoder that says nothing and a decoder of logits 0 give log 2 for each
    pixel, and no KL."""
    x, e = batch()

    def silent(x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros(len(x), 3), torch.zeros(len(x), 3)

    found = f(x, silent, lambda z: torch.zeros(len(z), 1, 3, 3), e)
    return same(found, torch.tensor(6.2383246))


@exercise.must_hold
def dear_codes(f) -> bool:
    """An encoder that moves every mean to 3 costs 4.5 nats for each of 3 latents."""
    x, e = batch()

    def far(x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.full((len(x), 3), 3.0), torch.zeros(len(x), 3)

    found = f(x, far, lambda z: torch.zeros(len(z), 1, 3, 3), e)
    return same(found, torch.tensor(6.2383246 + 13.5))


@exercise.must_hold
def twice_the_batch(f) -> bool:
    """The same images twice give the same loss: it is a mean over images."""
    (encode, decode), (x, e) = networks(), batch()
    once = f(x, encode, decode, e)
    return same(f(x.repeat(2, 1, 1, 1), encode, decode, e.repeat(2, 1)), once)


@exercise.mistake(hint="formula")
def kl_subtracted(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You subtract the KL, so far and narrow codes are rewarded. The bound has -KL; the
    loss, which is minus the bound, has +KL."""
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e
    return (-kl(mean, log_variance) - log_likelihood(x, decode(z))).mean()


@exercise.mistake(hint="formula")
def the_bound(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """This is the bound itself. An optimiser goes down, so hand it minus the bound."""
    return -negative_elbo(x, encode, decode, e)


@exercise.mistake(hint="idea")
def no_kl(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """The KL is missing. Nothing would keep the codes near the prior, and the variance
    would shrink to 0: an autoencoder, holes and all."""
    mean, log_variance = encode(x)
    return -log_likelihood(x, decode(mean + (log_variance / 2).exp() * e)).mean()


@exercise.mistake(hint="idea")
def no_noise(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You decode the mean. The bound asks for a z drawn from q(z|x): use the noise e,
    or the decoder never learns what lies between the means."""
    mean, log_variance = encode(x)
    return (kl(mean, log_variance) - log_likelihood(x, decode(mean))).mean()


@exercise.mistake(hint="idea")
def mean_of_pixels(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Your cross-entropy is a mean over pixels, PyTorch's default, and your KL is a
    sum: the KL then weighs as many times too much as there are pixels. Sum over
    the pixels."""
    mean, log_variance = encode(x)
    logits = decode(mean + (log_variance / 2).exp() * e)
    cross = binary_cross_entropy_with_logits(logits, x)
    return cross + kl(mean, log_variance).mean()


@exercise.mistake(hint="formula")
def mean_of_latents(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Your KL is a mean over the latents and your likelihood a sum over the pixels. Sum
    both; only over images a mean is taken."""
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e
    cost = kl(mean, log_variance) / mean.shape[1]
    return (cost - log_likelihood(x, decode(z))).mean()


@exercise.mistake(hint="formula")
def sum_of_images(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You sum over the images, so the loss, and every step, grows with the batch. Take
    the mean over images."""
    return len(x) * negative_elbo(x, encode, decode, e)


@exercise.mistake(hint="formula")
def variance_for_deviation(
    x: Tensor, encode: Encode, decode: Decode, e: Tensor
) -> Tensor:
    """You stretch the noise by the variance; the standard deviation is
    exp(log_variance / 2)."""
    mean, log_variance = encode(x)
    z = mean + log_variance.exp() * e
    return (kl(mean, log_variance) - log_likelihood(x, decode(z))).mean()


def parts(
    x: Tensor, encode: Encode, decode: Decode, e: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The logits, the cross-entropy [N] and the KL [N] of the right loss."""
    mean, log_variance = encode(x)
    logits = decode(mean + (log_variance / 2).exp() * e)
    return logits, -log_likelihood(x, logits), kl(mean, log_variance)


@exercise.mistake(hint="idea", draws=True)
def own_noise(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You draw noise of your own and leave e unused. Here the noise is handed in, so
    that the loss can be checked: use e where your random numbers stand."""
    return negative_elbo(x, encode, decode, torch.randn_like(e))


@exercise.mistake(hint="formula")
def kl_sampled(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You put log q(z|x) - log p(z) at the drawn z in place of the KL: this is (8.9)
    itself, right on average. Wanted here is the form (8.14), whose KL is exact and adds
    no noise."""
    mean, log_variance = encode(x)
    sigma = (log_variance / 2).exp()
    z = mean + sigma * e
    excess = Normal(mean, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)
    return (excess.sum(1) - log_likelihood(x, decode(z))).mean()


@exercise.mistake(hint="formula")
def prior_forgotten(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You put log q(z|x) in place of the KL and leave the prior out. Nothing then
    draws the codes towards 0: the KL is the mean of log q(z|x) - log p(z)."""
    mean, log_variance = encode(x)
    sigma = (log_variance / 2).exp()
    z = mean + sigma * e
    log_q = Normal(mean, sigma).log_prob(z).sum(1)
    return (log_q - log_likelihood(x, decode(z))).mean()


@exercise.mistake(hint="formula")
def sigmoid_twice(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You apply the sigmoid to what the decoder gives and then treat it as a logit once
    more. `decode(z)` gives logits: hand them over as they are."""
    logits, _, cost = parts(x, encode, decode, e)
    return (cost - log_likelihood(x, logits.sigmoid())).mean()


@exercise.mistake(hint="formula")
def squared_error(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Your first term is a squared error. Pixels that are 0 or 1 have the likelihood
    (8.3), a cross-entropy; a squared error belongs to normal pixels, and its size
    against the KL then depends on their variance."""
    logits, _, cost = parts(x, encode, decode, e)
    return mse_loss(logits.sigmoid(), x, reduction="sum") / len(x) + cost.mean()


@exercise.mistake(hint="formula")
def squared_error_of_logits(
    x: Tensor, encode: Encode, decode: Decode, e: Tensor
) -> Tensor:
    """Your first term is a squared error between pixels and logits, which are not on
    one scale. Take the log-likelihood (8.3)."""
    logits, _, cost = parts(x, encode, decode, e)
    return mse_loss(logits, x, reduction="sum") / len(x) + cost.mean()


@exercise.mistake(hint="formula")
def logits_as_probabilities(
    x: Tensor, encode: Encode, decode: Decode, e: Tensor
) -> Tensor:
    """You treat the logits as probabilities, so all below 0 or above 1 are cut off.
    `decode(z)` gives logits: use `log_likelihood`, or
    `binary_cross_entropy_with_logits`."""
    logits, _, cost = parts(x, encode, decode, e)
    p = logits.clamp(1e-6, 1 - 1e-6)
    return binary_cross_entropy(p, x, reduction="sum") / len(x) + cost.mean()


@exercise.mistake(hint="idea")
def latent_detached(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """The value is right, but z is detached before it is decoded. The encoder then
    learns from the KL alone, and its codes go to the prior: leave `detach` out."""
    mean, log_variance = encode(x)
    z = (mean + (log_variance / 2).exp() * e).detach()
    return (kl(mean, log_variance) - log_likelihood(x, decode(z))).mean()


@exercise.mistake(hint="idea")
def mean_times_784(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You multiply the mean over pixels by 784, which is right for images of 28 x 28
    alone. Sum over the pixels, and any size is right."""
    logits, _, cost = parts(x, encode, decode, e)
    return 784 * binary_cross_entropy_with_logits(logits, x) + cost.mean()


@exercise.mistake(hint="formula")
def likelihood_added(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You add log p(x|z), so the decoder learns to make the images improbable. The loss
    has minus the log-likelihood and plus the KL."""
    _, cross, cost = parts(x, encode, decode, e)
    return (cost - cross).mean()


@exercise.mistake(hint="formula")
def half_the_kl(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Your KL counts half, as if its factor 1/2 were there twice. `kl` contains it
    already."""
    _, cross, cost = parts(x, encode, decode, e)
    return (cross + cost / 2).mean()


@exercise.mistake(hint="formula")
def twice_the_kl(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Your KL counts twice: its factor 1/2 is missing, and codes cost too much."""
    _, cross, cost = parts(x, encode, decode, e)
    return (cross + 2 * cost).mean()


@exercise.mistake(hint="idea")
def means_of_both(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """Both of your terms are means, one over pixels and one over latents, so the KL
    weighs too much by the ratio of their numbers. Sum over pixels and over latents, and
    take the mean over images alone."""
    logits, _, cost = parts(x, encode, decode, e)
    return binary_cross_entropy_with_logits(logits, x) + cost.mean() / e.shape[1]


@exercise.mistake(hint="line")
def not_averaged(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    """You return a loss for each image. An optimiser needs one number: take the
    mean."""
    _, cross, cost = parts(x, encode, decode, e)
    return cross + cost
