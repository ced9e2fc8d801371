"""Exercises on posterior collapse: which latents survive, and free bits."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

survive = Exercise(
    "09.lengths",
    title="Which latents survive",
    difficulty=3,
    minutes=12,
    idea="A latent is kept while the variance that it explains is more than the noise"
    " it is judged by. beta acts as if the noise had beta times the variance.",
    formula="|w_j| = sqrt(max(lambda_j - beta s^2, 0)).",
    line="Return `(values - beta * s**2).clamp(min=0).sqrt()`.",
    variation="Take the eigenvalues of the digits and draw the number of survivors"
    " against beta. Find the beta that leaves none.",
)


@survive.answer
def lengths(values: Tensor, s: float, beta: float) -> Tensor:
    """Lengths of the best linear decoder's columns, 0 for collapsed latents: [d].

    values: the data's largest eigenvalues, [d]. s: standard deviation of the pixels'
    noise, fixed. beta: weight of the KL. Lucas et al. 2019, section 4.
    """
    return (values - beta * s**2).clamp(min=0).sqrt()


@survive.also_right
def by_choice(values: Tensor, s: float, beta: float) -> Tensor:
    noise = beta * s * s
    return torch.where(values > noise, (values - noise).abs().sqrt(), 0.0)


@survive.also_right
def one_by_one(values: Tensor, s: float, beta: float) -> Tensor:
    rest = [max(float(v) - beta * s**2, 0.0) ** 0.5 for v in values]
    return torch.tensor(rest, dtype=values.dtype)


@survive.inputs
def spectra() -> list[tuple[Tensor, float, float]]:
    values = torch.tensor([5.0, 2.0, 0.9, 0.3, 0.01])
    return [(values, 0.5, 1.0), (values, 0.5, 4.0), (values, 1.5, 0.5)]


@survive.must_hold
def no_noise(f) -> bool:
    """With beta 0 every column has the root of its eigenvalue: PCA."""
    values = torch.tensor([4.0, 1.0, 0.25])
    return same(f(values, 0.5, 0.0), values.sqrt())


@survive.must_hold
def all_gone(f) -> bool:
    """A beta large enough leaves nothing: 0 for all."""
    return same(f(torch.tensor([4.0, 1.0]), 1.0, 5.0), torch.zeros(2))


@survive.must_hold
def noise_or_price(f) -> bool:
    """Four times the beta is the same as twice the noise."""
    values = 3 * torch.rand(6)
    return same(f(values, 0.3, 4.0), f(values, 0.6, 1.0))


@survive.mistake(hint="idea")
def root_of_less_than_nothing(values: Tensor, s: float, beta: float) -> Tensor:
    """Where the eigenvalue is below the noise you take the root of a negative number,
    NaN. There the latent has collapsed: its column is 0."""
    return (values - beta * s**2).sqrt()


@survive.mistake(hint="formula")
def beta_forgotten(values: Tensor, s: float, beta: float) -> Tensor:
    """beta is missing. A larger weight on the KL leaves fewer latents alive."""
    return lengths(values, s, 1.0)


@survive.mistake(hint="formula")
def deviation_for_variance(values: Tensor, s: float, beta: float) -> Tensor:
    """You subtract beta s. Eigenvalues are variances: subtract beta s^2."""
    return lengths(values, s**0.5, beta)


@survive.mistake(hint="formula")
def squared_lengths(values: Tensor, s: float, beta: float) -> Tensor:
    """These are the squares of the lengths, variances; take their roots."""
    return lengths(values, s, beta).square()


@survive.mistake(hint="idea")
def all_or_nothing(values: Tensor, s: float, beta: float) -> Tensor:
    """The survivors are the right ones, but too long: the noise explains a part of
    their variance already, so it is subtracted."""
    return torch.where(values > beta * s**2, values.sqrt(), 0.0)


@survive.mistake(hint="formula")
def beta_squared(values: Tensor, s: float, beta: float) -> Tensor:
    """You square beta as well. It weighs the KL once, and stands beside s^2."""
    return lengths(values, s * beta**0.5, beta)


floor = Exercise(
    "09.free_bits",
    title="A floor under each latent",
    difficulty=2,
    minutes=10,
    idea="Each latent may cost `least` nats, on average over the images, without any"
    " pressure. So first the mean of each latent, then the floor, then the sum.",
    formula="sum_j max(least, mean over x of KL_j(x)).",
    line="Return `kl.mean(0).clamp(min=least).sum()`.",
    variation="Compute the gradient for a latent below the floor. Say why it can come"
    " back to life, and what it costs that it never dies.",
)


@floor.answer
def free_bits(kl: Tensor, least: float) -> Tensor:
    """The KL with a floor under each latent: a scalar, for kl [N, d] in nats.

    Kingma et al. 2016, equation 15.
    """
    return kl.mean(0).clamp(min=least).sum()


@floor.also_right
def by_maximum(kl: Tensor, least: float) -> Tensor:
    costs = kl.sum(0) / len(kl)
    return torch.maximum(costs, torch.full_like(costs, least)).sum()


@floor.also_right
def by_relu(kl: Tensor, least: float) -> Tensor:
    return least * kl.shape[1] + torch.relu(kl.mean(0) - least).sum()


@floor.inputs
def prices() -> list[tuple[Tensor, float]]:
    rates = torch.tensor([0.05, 0.4, 1.0, 3.0])
    return [(rates * 2 * torch.rand(9, 4), 0.5), (torch.rand(3, 4), 0.0)]


@floor.must_hold
def no_floor(f) -> bool:
    """With a floor of 0 it is the mean KL of an image."""
    kl = torch.rand(8, 3)
    return same(f(kl, 0.0), kl.sum(1).mean())


@floor.must_hold
def all_below(f) -> bool:
    """Where all latents are below, it is d times the floor, and no gradient."""
    kl = (0.1 * torch.rand(5, 4)).requires_grad_()
    loss = f(kl, 0.5)
    if not same(loss.detach(), torch.tensor(2.0)):
        return False
    if not loss.requires_grad:
        return True
    (slope,) = torch.autograd.grad(loss, kl)
    return same(slope, torch.zeros(5, 4))


@floor.mistake(hint="idea")
def floor_for_each_image(kl: Tensor, least: float) -> Tensor:
    """You put the floor under every image's KL and average then. A latent may be silent
    for one image if it speaks for others: average first."""
    return kl.clamp(min=least).mean(0).sum()


@floor.mistake(hint="idea")
def floor_under_the_sum(kl: Tensor, least: float) -> Tensor:
    """You put one floor under the whole KL. One latent with a large KL then reaches it
    alone, and the others may collapse: each latent has its own floor."""
    return kl.mean(0).sum().clamp(min=least)


@floor.mistake(hint="formula")
def ceiling(kl: Tensor, least: float) -> Tensor:
    """You take the minimum, a ceiling: no latent would ever pay for saying more."""
    return kl.mean(0).clamp(max=least).sum()


@floor.mistake(hint="formula")
def counted_from_the_floor(kl: Tensor, least: float) -> Tensor:
    """The gradient is right, but the value starts at 0: asked is max(least, KL), which
    counts the floor itself, so that the bound is not flattered."""
    return torch.relu(kl.mean(0) - least).sum()


@floor.mistake(hint="formula")
def mean_of_latents(kl: Tensor, least: float) -> Tensor:
    """You average over the latents; their costs add."""
    return kl.mean(0).clamp(min=least).mean()


@floor.mistake(hint="formula")
def sum_over_images(kl: Tensor, least: float) -> Tensor:
    """You sum over the images, so the floor is soon passed by any latent. Take the mean
    over the batch."""
    return kl.sum(0).clamp(min=least).sum()


@survive.mistake(hint="idea")
def absolute_values(values: Tensor, s: float, beta: float) -> Tensor:
    """You take the absolute value of a negative difference, so a latent below the noise
    gets a column all the same. There the length is 0."""
    return (values - beta * s**2).abs().sqrt()


@survive.mistake(hint="formula")
def roots_subtracted(values: Tensor, s: float, beta: float) -> Tensor:
    """You subtract the roots. Variances are subtracted first, and then the root is
    taken."""
    return (values.sqrt() - beta**0.5 * s).clamp(min=0)


@survive.mistake(hint="formula")
def noise_added(values: Tensor, s: float, beta: float) -> Tensor:
    """You add the noise. The eigenvalue contains it already, and the column keeps what
    is left: subtract it."""
    return (values + beta * s**2).sqrt()


@survive.mistake(hint="formula")
def beta_beneath(values: Tensor, s: float, beta: float) -> Tensor:
    """You divide by beta. A larger beta makes codes cost more, so more latents
    collapse: multiply s^2 by it."""
    return lengths(values, s, 1 / max(beta, 1e-12))


@survive.mistake(hint="line")
def survivors_counted(values: Tensor, s: float, beta: float) -> Tensor:
    """You count the survivors. Return a length for each latent, 0 for those that
    collapse."""
    return (values > beta * s**2).sum()


@floor.mistake(hint="formula")
def floor_subtracted(kl: Tensor, least: float) -> Tensor:
    """You subtract the floor everywhere, so latents below it are pressed as before and
    others are flattered. Take max(least, KL) of each."""
    return (kl.mean(0) - least).sum()


@floor.mistake(hint="formula")
def nothing_below(kl: Tensor, least: float) -> Tensor:
    """You count 0 for latents below the floor. They count as the floor itself, so that
    the loss does not jump where a latent passes it."""
    mean = kl.mean(0)
    return (mean * (mean > least)).sum()


@floor.mistake(hint="line")
def one_for_each_latent(kl: Tensor, least: float) -> Tensor:
    """You return a number for each latent. Their costs add: `.sum()` at the end."""
    return kl.mean(0).clamp(min=least)


@floor.mistake(hint="line")
def mean_of_the_wrong_side(kl: Tensor, least: float) -> Tensor:
    """You average over the latents and sum over the images. Average over the images,
    dimension 0, and sum over the latents."""
    return kl.mean(1).clamp(min=least).sum()
