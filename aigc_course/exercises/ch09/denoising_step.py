"""Exercise on one training step of a denoiser."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import descend, weights

Net = nn.Module
Opt = torch.optim.Optimizer

exercise = Exercise(
    "09.denoising_step",
    order=15,
    title="A training step that removes noise",
    difficulty=3,
    minutes=15,
    idea="Only the encoder sees the noise: it is given x + noise. The decoder's output"
    " is compared with the clean x, and the KL is weighed by beta.",
    formula="m, log s^2 = encode(x + noise); z = m + s e; L = mean of -log p(x|z)"
    " + beta KL, with the clean x.",
    line="Write `mean, log_variance = encode(x + noise)`, `logits = decode(mean +"
    " (log_variance / 2).exp() * e)`, `fit = F.binary_cross_entropy_with_logits(logits,"
    " x, reduction='sum') / len(x)`, `cost = (mean**2 + log_variance.exp() -"
    " log_variance - 1).sum(1).mean() / 2`, `loss = fit + beta * cost`,"
    " `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` and `return"
    " loss.detach()`.",
    variation="Draw the size of the noise anew for each image, and see whether one"
    " network can serve weak and strong noise.",
    asks="step",
)


@exercise.answer
def denoising_step(
    encode: Net,
    decode: Net,
    optimizer: Opt,
    x: Tensor,
    noise: Tensor,
    e: Tensor,
    beta: float,
) -> Tensor:
    """One update on clean pixels x [N, 1, H, W] in [0, 1]; the loss before it.

    noise: of x's shape, added to what the encoder sees. e: noise of the code, [N, d].
    With e = 0 and beta = 0 it trains a denoising autoencoder (Vincent et al. 2008),
    else a denoising VAE (Im et al. 2017).
    """
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    return descend(optimizer, objective(x, logits, mean, log_variance, beta))


def objective(
    x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor, beta: float
) -> Tensor:
    """-log p(x|z) + beta KL, a mean over the images: a scalar."""
    fit = binary_cross_entropy_with_logits(logits, x, reduction="none")
    cost = (mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2
    return (fit.flatten(1).sum(1) + beta * cost).mean()


class Encoder(nn.Module):
    """Pictures [N, 1, 3, 3] to mean and log-variance, [N, 2] each."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(9, 4))

    def forward(self, y: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.net(y).chunk(2, dim=1)
        return 2 * mean, log_variance


def networks() -> tuple[nn.Module, nn.Module]:
    """An encoder, and a decoder from [N, 2] to logits [N, 1, 3, 3]."""
    layer = nn.Linear(2, 9)
    with torch.no_grad():
        layer.weight.mul_(3)  # so that z shows in the pictures
    return Encoder(), nn.Sequential(layer, nn.Unflatten(1, (1, 3, 3)))


def batch(n: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    """Grey pictures [n, 1, 3, 3], noise of that shape, and noise of the code [n, 2]."""
    return torch.rand(n, 1, 3, 3), 0.7 * torch.randn(n, 1, 3, 3), torch.randn(n, 2)


def sgd(*nets: nn.Module, lr: float = 0.02) -> torch.optim.SGD:
    """Plain gradient descent for both networks."""
    return torch.optim.SGD([w for net in nets for w in net.parameters()], lr=lr)


def number(told: object) -> float:
    """The returned loss as a number."""
    if isinstance(told, Tensor) and told.numel() == 1:
        return float(told.detach())
    assert isinstance(told, int | float), (
        f"The step should return its loss before the update, one number; not"
        f" {kind(told)}."
    )
    return float(told)


@exercise.observe
def two_rounds(f) -> dict[str, object]:
    nets = networks()
    optimizer = sgd(*nets)
    seen: dict[str, object] = {}
    for turn, beta in (("first", 0.5), ("second", 2.0), ("third", 0.0)):
        x, noise, e = batch()
        told = number(f(*nets, optimizer, x, noise, 0 * e if beta == 0 else e, beta))
        seen[f"encoder after the {turn} step"] = weights(nets[0])
        seen[f"decoder after the {turn} step"] = weights(nets[1])
        seen[f"loss of the {turn} step"] = told
    return seen


@exercise.must_hold
def both_networks_learn(f) -> str | None:
    """Encoder and decoder both change."""
    nets = networks()
    before = [weights(net) for net in nets]
    f(*nets, sgd(*nets), *batch(), 0.5)
    for name, net, old in zip(("encoder", "decoder"), nets, before, strict=True):
        if same(weights(net), old):
            return f"the {name} changes as well; here it stays as it was."
    return None


@exercise.must_hold
def no_noise_is_a_vae(f) -> bool:
    """With noise 0 and beta 1 the loss is minus the bound of a plain VAE."""
    nets = networks()
    x, _, e = batch()
    mean, log_variance = nets[0](x)
    logits = nets[1](mean + (log_variance / 2).exp() * e)
    want = float(objective(x, logits, mean, log_variance, 1.0).detach())
    return same(number(f(*nets, sgd(*nets), x, 0 * x, e, 1.0)), want)


def attempt(
    nets: tuple[Net, Net],
    optimizer: Opt,
    seen: Tensor,
    target: Tensor,
    e: Tensor,
    beta: float,
) -> Tensor:
    """A step whose encoder sees one image and whose decoder is held to another."""
    mean, log_variance = nets[0](seen)
    logits = nets[1](mean + (log_variance / 2).exp() * e)
    return descend(optimizer, objective(target, logits, mean, log_variance, beta))


@exercise.mistake(hint="idea")
def noisy_target(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You compare the decoded image with the noisy one, so the network learns to keep
    the noise. Compare it with the clean x."""
    return attempt((encode, decode), optimizer, x + noise, x + noise, e, beta)


@exercise.mistake(hint="idea")
def clean_input(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """Your encoder sees the clean image, so it never learns to deal with noise. Give it
    x + noise."""
    return attempt((encode, decode), optimizer, x, x, e, beta)


@exercise.mistake(hint="idea")
def exchanged(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You train the network to add noise: it sees the clean image and is compared with
    the noisy one. Exchange the two."""
    return attempt((encode, decode), optimizer, x, x + noise, e, beta)


@exercise.mistake(hint="formula")
def noise_clipped(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You cut the noisy image to [0, 1]. That removes part of the noise, and in use
    the network is given images that are not cut: hand over x + noise as it is."""
    seen = (x + noise).clamp(0, 1)
    return attempt((encode, decode), optimizer, seen, x, e, beta)


@exercise.mistake(hint="formula")
def noise_subtracted(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You subtract the noise. By (9.1) the noisy image is x + noise."""
    return attempt((encode, decode), optimizer, x - noise, x, e, beta)


@exercise.mistake(hint="idea", draws=True)
def own_noise(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You draw noise of your own. Both noises are handed in, so that a step can be
    repeated and two models see the same: use `noise` and `e`."""
    fresh = torch.randn_like(x) * noise.std()
    return attempt((encode, decode), optimizer, x + fresh, x, e, beta)


@exercise.mistake(hint="formula")
def code_without_noise(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You decode the mean and leave e unused. That is the autoencoder, also where e is
    not 0: decode m + sigma e."""
    return attempt((encode, decode), optimizer, x + noise, x, 0 * e, beta)


@exercise.mistake(hint="formula")
def beta_left_out(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """Your KL has the weight 1 whatever beta is, so the autoencoder of beta = 0 cannot
    be trained. Multiply the KL by beta."""
    return attempt((encode, decode), optimizer, x + noise, x, e, 1.0)


@exercise.mistake(hint="idea")
def no_kl(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """The KL is missing, whatever beta is. Add beta times the mean KL to the loss."""
    return attempt((encode, decode), optimizer, x + noise, x, e, 0.0)


@exercise.mistake(hint="formula")
def beta_on_the_wrong_term(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You multiply the reconstruction term by beta. The weight belongs to the KL."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    fit = objective(x, logits, mean, log_variance, 0.0)
    cost = objective(x, logits, mean, log_variance, 1.0) - fit
    return descend(optimizer, beta * fit + cost)


@exercise.mistake(hint="idea")
def mean_of_pixels(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """Your cross-entropy is a mean over pixels, PyTorch's default, and your KL a sum
    over latents. Sum over the pixels, and take the mean over images only."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    fit = objective(x, logits, mean, log_variance, 0.0)
    cost = objective(x, logits, mean, log_variance, 1.0) - fit
    return descend(optimizer, fit / x[0].numel() + beta * cost)


@exercise.mistake(hint="formula")
def kl_mean_over_latents(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """Your KL is a mean over the latents, so it is too small by their number. Sum over
    the latents, and take the mean over images only."""
    return attempt((encode, decode), optimizer, x + noise, x, e, beta / e.shape[1])


@exercise.mistake(hint="formula")
def sum_of_images(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You sum over the images of the batch, so a step grows with the batch. Sum over
    pixels and latents, and take the mean over images."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    loss = objective(x, logits, mean, log_variance, beta)
    return descend(optimizer, len(x) * loss)


@exercise.mistake(hint="idea")
def code_cut_off(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """The code is cut from the encoder, by `detach`, `no_grad` or `sample()`. Then the
    reconstruction teaches the encoder nothing: let its gradient pass through z."""
    mean, log_variance = encode(x + noise)
    logits = decode((mean + (log_variance / 2).exp() * e).detach())
    return descend(optimizer, objective(x, logits, mean, log_variance, beta))


@exercise.mistake(hint="line")
def reconstruction_told(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """The networks learn as they should, but you return the reconstruction term alone.
    Return the whole loss, with beta times the KL."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    fit = objective(x, logits, mean, log_variance, 0.0).detach()
    descend(optimizer, objective(x, logits, mean, log_variance, beta))
    return fit


@exercise.mistake(hint="formula")
def made_black_and_white(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You make the clean image black and white before you compare. Here the grey values
    themselves are the target: use x as it is."""
    target = (x > 0.5).to(x.dtype)
    return attempt((encode, decode), optimizer, x + noise, target, e, beta)


@exercise.mistake(hint="formula")
def gradients_pile_up(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You do not clear the old gradients, so each step also walks down all earlier
    batches. Call `optimizer.zero_grad()` before `backward()`."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    loss = objective(x, logits, mean, log_variance, beta)
    loss.backward()
    optimizer.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def networks_stay(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """Both networks stay as they were: `optimizer.step()` is missing, or comes before
    `backward()` or after the gradients were cleared. Clear, then backward, then
    step."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    return objective(x, logits, mean, log_variance, beta).detach()


@exercise.mistake(hint="formula")
def probabilities_taken_for_logits(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You take the sigmoid of the decoder's output and treat that as a logit again.
    `decode(z)` gives logits: hand them over as they are."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e).sigmoid()
    return descend(optimizer, objective(x, logits, mean, log_variance, beta))


@exercise.mistake(hint="formula")
def squared_error(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You compare by a squared error of probabilities. That denoises too; the task asks
    for the cross-entropy of grey values, so that both models and the KL are on one
    scale."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + (log_variance / 2).exp() * e)
    fit = objective(x, logits, mean, log_variance, 0.0)
    cost = objective(x, logits, mean, log_variance, 1.0) - fit
    errors = (logits.sigmoid() - x).square().flatten(1).sum(1).mean()
    return descend(optimizer, errors + beta * cost)


@exercise.mistake(hint="idea")
def plain_autoencoder(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You train the autoencoder whatever e and beta are: the mean is decoded and the KL
    is missing. Decode m + sigma e, and add beta times the KL."""
    return attempt((encode, decode), optimizer, x + noise, x, 0 * e, 0.0)


@exercise.mistake(hint="formula")
def variance_for_deviation(
    encode: Net, decode: Net, optimizer: Opt, x: Tensor, noise: Tensor, e: Tensor, beta
):
    """You stretch the noise of the code by the variance; the standard deviation is
    exp(log_variance / 2)."""
    mean, log_variance = encode(x + noise)
    logits = decode(mean + log_variance.exp() * e)
    return descend(optimizer, objective(x, logits, mean, log_variance, beta))
