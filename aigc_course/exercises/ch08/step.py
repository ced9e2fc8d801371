"""Exercise on one training step of a VAE."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08.kl import kl
from aigc_course.exercises.ch08.log_likelihood import log_likelihood
from aigc_course.exercises.ch08.negative_elbo import batch, networks
from aigc_course.exercises.small_gan import descend, weights

Net = nn.Module
Opt = torch.optim.Optimizer
Terms = tuple[Tensor, Tensor]

exercise = Exercise(
    "08.step",
    order=95,
    title="A training step of the VAE",
    difficulty=3,
    minutes=15,
    idea="Follow the diagram from left to right, then walk back once: encode, put the"
    " noise in, decode, add the two terms, clear the old gradients, backward, step.",
    formula="m, log s^2 = encode(x); z = m + s e; R = mean of -log p(x|z);"
    " K = mean of KL(q(z|x) || p(z)); weights <- weights - lr d(R + K)/d weights.",
    line="Write `mean, log_variance = encode(x)`, `z = reparameterise(mean,"
    " log_variance, e)`, `fit = -log_likelihood(x, decode(z)).mean()`, `cost = kl(mean,"
    " log_variance).mean()`, `optimizer.zero_grad()`, `(fit + cost).backward()`,"
    " `optimizer.step()` and `return fit.detach(), cost.detach()`.",
    variation="Give the KL a weight that rises from 0 to 1 over the first 200 steps,"
    " and compare how many latents are active in the end.",
    asks="step",
)


@exercise.answer
def step(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor) -> Terms:
    """One update of both networks on x [N, 1, H, W] with noise e [N, d].

    Returns the two terms of the loss before the update, means over the batch in nats:
    -E[log p(x|z)] and the KL. Kingma and Welling 2014, algorithm 1.
    """
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e
    fit = -log_likelihood(x, decode(z)).mean()
    cost = kl(mean, log_variance).mean()
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.detach(), cost.detach()


def sgd(*nets: Net, lr: float = 0.1) -> torch.optim.SGD:
    """Plain gradient descent for both networks: a change is -lr times the gradient."""
    return torch.optim.SGD([w for net in nets for w in net.parameters()], lr=lr)


def numbers(told: object) -> list[float]:
    """The two returned terms as numbers."""
    assert isinstance(told, tuple | list) and len(told) == 2, (
        "The step should return two numbers: the reconstruction term and the KL."
    )
    for one in told:
        assert not isinstance(one, Tensor) or one.numel() == 1, (
            "Each returned term should be one number, the mean over the batch."
        )
    return [float(one.detach() if isinstance(one, Tensor) else one) for one in told]


@exercise.observe
def two_rounds(f) -> dict[str, object]:
    encode, decode = networks()
    optimizer = sgd(encode, decode)
    seen: dict[str, object] = {}
    for turn in ("first", "second"):
        told = f(encode, decode, optimizer, *batch())
        seen[f"encoder after the {turn} step"] = weights(encode)
        seen[f"decoder after the {turn} step"] = weights(decode)
        seen[f"terms of the {turn} step"] = numbers(told)
    return seen


@exercise.must_hold
def both_networks_learn(f) -> str | None:
    """Encoder and decoder both change."""
    encode, decode = networks()
    before = weights(encode), weights(decode)
    f(encode, decode, sgd(encode, decode), *batch())
    for name, net, old in zip(
        ("encoder", "decoder"), (encode, decode), before, strict=True
    ):
        if same(weights(net), old):
            return f"the {name} changes as well; here it stays as it was."
    return None


@exercise.must_hold
def terms_before_the_update(f) -> bool:
    """The two terms are those of the weights before the update: with lr = 0 and with
    lr = 0.1 they are the same."""
    encode, decode = networks()
    x, e = batch()
    one = numbers(f(encode, decode, sgd(encode, decode, lr=0.0), x, e))
    two = numbers(f(encode, decode, sgd(encode, decode), x, e))
    return same(one, two)


@exercise.must_hold
def the_loss_falls(f) -> bool:
    """Fifty steps on the same images lower the sum of both terms."""
    encode, decode = networks()
    x, e = batch()
    optimizer = sgd(encode, decode, lr=0.02)
    told = [sum(numbers(f(encode, decode, optimizer, x, e))) for _ in range(50)]
    return told[-1] < told[0]


def forward(encode: Net, decode: Net, x: Tensor, e: Tensor) -> tuple[Tensor, ...]:
    """Mean, log-variance, logits, the cross-entropy [N] and the KL [N]."""
    mean, log_variance = encode(x)
    logits = decode(mean + (log_variance / 2).exp() * e)
    fit, cost = -log_likelihood(x, logits), kl(mean, log_variance)
    return mean, log_variance, logits, fit, cost


def down(optimizer: Opt, loss: Tensor, fit: Tensor, cost: Tensor) -> Terms:
    """Descend a loss and return the terms."""
    descend(optimizer, loss)
    return fit.mean().detach(), cost.mean().detach()


@exercise.mistake(hint="formula")
def gradients_pile_up(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You do not clear the old gradients, so each step also walks down all earlier
    batches. Call `optimizer.zero_grad()` before `backward()`."""
    *_, fit, cost = forward(encode, decode, x, e)
    (fit + cost).mean().backward()
    optimizer.step()
    return fit.mean().detach(), cost.mean().detach()


@exercise.mistake(hint="formula")
def networks_stay(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """Both networks stay as they were: `optimizer.step()` is missing, or comes before
    `backward()` or after the gradients were cleared. Clear, then backward, then
    step."""
    *_, fit, cost = forward(encode, decode, x, e)
    return fit.mean().detach(), cost.mean().detach()


@exercise.mistake(hint="formula")
def uphill(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """Your weights walk up the loss: what you descend is the bound and not minus the
    bound. The loss is reconstruction term plus KL, both as positive costs."""
    *_, fit, cost = forward(encode, decode, x, e)
    return down(optimizer, -(fit + cost).mean(), fit, cost)


@exercise.mistake(hint="formula")
def kl_subtracted(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You subtract the KL from the reconstruction term, so far and narrow codes are
    rewarded. Add it: minus the bound is their sum."""
    *_, fit, cost = forward(encode, decode, x, e)
    return down(optimizer, (fit - cost).mean(), fit, cost)


@exercise.mistake(hint="idea")
def kl_left_out(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You return the KL and do not descend it, so nothing keeps the codes near the
    prior. Add it to the loss before `backward()`."""
    *_, fit, cost = forward(encode, decode, x, e)
    return down(optimizer, fit.mean(), fit, cost)


@exercise.mistake(hint="idea")
def no_noise(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You decode the mean and leave the noise out: an autoencoder with a KL. Decode
    z = m + sigma e, or the decoder never learns what lies around a mean."""
    mean, log_variance = encode(x)
    fit = -log_likelihood(x, decode(mean))
    cost = kl(mean, log_variance)
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="idea")
def code_cut_off(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """The code is cut from the encoder, by `detach`, `no_grad` or `sample()`. Then only
    the KL teaches the encoder, and it learns to say nothing: let the gradient of the
    reconstruction pass through z."""
    mean, log_variance = encode(x)
    z = (mean + (log_variance / 2).exp() * e).detach()
    fit, cost = -log_likelihood(x, decode(z)), kl(mean, log_variance)
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="idea")
def mean_of_pixels(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """Your cross-entropy is a mean over pixels, PyTorch's default, and your KL a sum
    over latents: the KL then weighs as many times too much as there are pixels. Sum
    over the pixels."""
    *_, logits, _, cost = forward(encode, decode, x, e)
    fit = binary_cross_entropy_with_logits(logits, x)
    return down(optimizer, fit + cost.mean(), fit, cost)


@exercise.mistake(hint="formula")
def kl_twice(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """Your KL is twice too large: the half in front of its sum over latents is
    missing."""
    *_, fit, cost = forward(encode, decode, x, e)
    return down(optimizer, (fit + 2 * cost).mean(), fit, 2 * cost)


@exercise.mistake(hint="formula")
def kl_mean_over_latents(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor
):
    """Your KL is a mean over the latents, so it is too small by their number. Sum over
    the latents, and take the mean over images only."""
    *_, fit, cost = forward(encode, decode, x, e)
    cost = cost / e.shape[1]
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="formula")
def log_deviation(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You treat the second output as log sigma, both in z and in the KL. It is
    log sigma^2, so sigma is exp(log_variance / 2)."""
    mean, half = encode(x)
    fit = -log_likelihood(x, decode(mean + half.exp() * e))
    cost = kl(mean, 2 * half)
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="formula")
def sum_of_images(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You sum over the images of the batch, so a step grows with the batch. Sum over
    pixels and latents, and take the mean over images."""
    *_, fit, cost = forward(encode, decode, x, e)
    n = len(x)
    return down(optimizer, (fit + cost).sum(), n * fit, n * cost)


@exercise.mistake(hint="formula")
def variance_for_deviation(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor
):
    """You stretch the noise by the variance; the standard deviation is
    exp(log_variance / 2)."""
    mean, log_variance = encode(x)
    fit = -log_likelihood(x, decode(mean + log_variance.exp() * e))
    cost = kl(mean, log_variance)
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="formula")
def sigmoid_twice(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You take the sigmoid of the decoder's output and treat that as a logit again.
    `decode(z)` gives logits: hand them over as they are."""
    *_, logits, _, cost = forward(encode, decode, x, e)
    fit = -log_likelihood(x, logits.sigmoid())
    return down(optimizer, (fit + cost).mean(), fit, cost)


@exercise.mistake(hint="idea", draws=True)
def own_noise(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """You draw noise of your own and leave e unused. Here the noise is handed in, so
    that a step can be repeated: use e where your random numbers stand."""
    return step(encode, decode, optimizer, x, torch.randn_like(e))


@exercise.mistake(hint="line")
def terms_exchanged(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """The networks learn as they should, but the terms come back in the wrong order:
    the reconstruction term first, then the KL."""
    fit, cost = step(encode, decode, optimizer, x, e)
    return cost, fit


@exercise.mistake(hint="line")
def log_likelihood_told(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """The networks learn as they should, but your first number is the log-likelihood.
    Return the cost, minus that, so that both terms add up to the loss."""
    fit, cost = step(encode, decode, optimizer, x, e)
    return -fit, cost


@exercise.mistake(hint="line")
def total_told(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """The networks learn as they should, but your first number is the whole loss.
    Return the reconstruction term alone, without the KL."""
    fit, cost = step(encode, decode, optimizer, x, e)
    return fit + cost, cost


@exercise.mistake(hint="line")
def terms_afterwards(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """The networks learn as they should, but you compute the terms again after the
    update. Return those that were descended."""
    step(encode, decode, optimizer, x, e)
    *_, fit, cost = forward(encode, decode, x, e)
    return fit.mean().detach(), cost.mean().detach()


@exercise.mistake(hint="formula")
def only_the_decoder(encode: Net, decode: Net, optimizer: Opt, x: Tensor, e: Tensor):
    """Your encoder learns nothing: mean and log-variance are computed without a graph.
    Call `encode(x)` outside of `no_grad`, and do not detach what it gives."""
    with torch.no_grad():
        mean, log_variance = encode(x)
    fit = -log_likelihood(x, decode(mean + (log_variance / 2).exp() * e))
    cost = kl(mean, log_variance)
    optimizer.zero_grad()
    (fit + cost).mean().backward()
    optimizer.step()
    return fit.mean().detach(), cost.mean().detach()
