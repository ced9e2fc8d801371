"""Patient: the standard deviation is taken for the variance when latents are drawn."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_std_of_log_variance",
    ward="C",
    title="Drawing a latent from q(z|x)",
    symptom="The loss falls. The latents scatter around their means by more than sigma"
    " at the start of the training, and by less than sigma at its end.",
    cause="The noise is multiplied by exp(log-variance), which is the variance. Where"
    " it is below 1 the latents are drawn from a narrower law than the KL is charged"
    " for.",
    origin="Reported for the VAE example of Keras (keras-team/keras, issue 3283, 2016)"
    " and for research code (rachtsingh/ibp_vae, issue 3, 2019).",
    figure=("step", "spread of z over sigma"),
)


@patient.shown
def latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """z from N(mean, exp(log_variance)), [n, d], with a path to both arguments."""
    sigma = torch.exp(log_variance)
    noise = torch.randn_like(mean)
    return mean + sigma * noise


@patient.repair
def half_of_it(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The reference: sigma = exp(log sigma^2 / 2)."""
    sigma = torch.exp(log_variance / 2)
    noise = torch.randn_like(mean)
    return mean + sigma * noise


@patient.repair
@patient.right
def root(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The square root of the variance."""
    sigma = torch.exp(log_variance).sqrt()
    noise = torch.randn_like(mean)
    return mean + sigma * noise


@patient.repair
@patient.right
def power(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The variance to the power of one half."""
    sigma = torch.exp(log_variance) ** 0.5
    noise = torch.randn_like(mean)
    return mean + sigma * noise


@patient.right
def by_multiplying(mean: Tensor, log_variance: Tensor) -> Tensor:
    """One call that adds a product."""
    noise = torch.randn(mean.shape, dtype=mean.dtype)
    return torch.addcmul(mean, noise, log_variance.mul(0.5).exp())


@patient.right
def base_two(mean: Tensor, log_variance: Tensor) -> Tensor:
    """e^(a / 2) = 2^(a / (2 log 2))."""
    sigma = torch.exp2(log_variance * 0.7213475204444817)
    return torch.randn_like(mean) * sigma + mean


@patient.disguise
def variance_first(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The right name for the wrong quantity."""
    variance = log_variance.exp()
    return torch.addcmul(mean, torch.randn_like(mean), variance)


@patient.disguise
def doubled(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Halved once and doubled again."""
    half = log_variance / 2
    return mean + (half + half).exp() * torch.randn_like(mean)


@patient.disguise
def twice(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The exponent is doubled where it is to be halved."""
    return mean + torch.exp(2 * log_variance) * torch.randn_like(mean)


@patient.patch
def clamped(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You limit the log-variance. Between the limits the spread is still the
    variance."""
    return latent(mean, log_variance.clamp(-4, 4))


@patient.patch
def constant_noise(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You use noise of deviation 1. The latents are then not drawn from q, and no
    gradient reaches the log-variance."""
    return mean + torch.randn_like(mean)


@patient.patch
def no_gradient(mean: Tensor, log_variance: Tensor) -> Tensor:
    """You cut the gradient of the log-variance. The latents have the wrong spread as
    before."""
    return latent(mean, log_variance.detach())


@patient.test
def exposes(draw: Function) -> None:
    """The spread of many latents is exp(log_variance / 2)."""
    log_variance = torch.full((4000, 1), -2.0)
    spread = float(draw(torch.zeros(4000, 1), log_variance).std())
    assert abs(spread / 0.3679 - 1) < 0.2, f"the deviation is {spread:.3f}"


@patient.calls
def one_call(draw: Function) -> Tensor:
    """Some latents."""
    found: Tensor = draw(torch.randn(8, 2), torch.randn(8, 2))
    return found


@patient.does
def measured(draw: Function) -> dict[str, object]:
    """Latents, and the slope in the log-variance."""
    mean, log_variance = drawn(50, 6, 2).requires_grad_(), 4 * drawn(51, 6, 2)
    log_variance.requires_grad_()
    z = draw(mean, log_variance)
    (slope,) = torch.autograd.grad(z.sum(), log_variance, allow_unused=True)
    return {"z": z.detach(), "slope": torch.zeros(6, 2) if slope is None else slope}


@patient.elsewhere
def around(draw: Function) -> dict[str, object]:
    """A variance of 1, the slope in the mean, shape and type."""
    mean = drawn(52, 5, 3).requires_grad_()
    z = draw(mean, torch.zeros_like(mean))
    (slope,) = torch.autograd.grad(z.sum(), mean)
    dtype = str(draw(mean.detach().float(), torch.zeros(5, 3)).dtype)
    return {"z": z.detach(), "slope": slope, "dtype": dtype}


@patient.hidden
def has_the_variance(draw: Function) -> bool:
    """The variance of many latents is exp(log_variance)."""
    for value in (-3.0, 0.0, 1.5):
        log_variance = torch.full((20_000, 1), value)
        found = draw(torch.ones(20_000, 1), log_variance).var()
        if abs(float(found.log()) - value) > 0.1:
            return False
    return True


@patient.hidden
def reaches_both(draw: Function) -> bool:
    """A gradient reaches the mean and the log-variance."""
    mean, log_variance = drawn(53, 6, 2), drawn(54, 6, 2)
    mean, log_variance = mean.requires_grad_(), log_variance.requires_grad_()
    slopes = torch.autograd.grad(draw(mean, log_variance).sum(), [mean, log_variance])
    return all(bool((s != 0).all()) for s in slopes)


@patient.trains
def training(draw: Function, count: int) -> dict[str, list[float]]:
    """A VAE on points with one latent; sigma is its own, the spread is that of z."""
    encoder, decoder = nn.Linear(2, 2), nn.Linear(1, 2)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(weights, lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "spread of z over sigma": []}
    for _ in range(count):
        x = torch.randn(64, 1) * torch.tensor([2.0, 1.0])
        mean, log_variance = encoder(x).chunk(2, dim=1)
        z = draw(mean, log_variance)
        kl = (mean**2 + log_variance.exp() - log_variance - 1).sum(1) / 2
        loss = ((decoder(z) - x) ** 2 / 0.1).sum(1).mean() + kl.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        ratio = (z - mean).detach().square().mean() / log_variance.exp().mean()
        curves["spread of z over sigma"].append(float(ratio.sqrt()))
    return curves


@patient.step
def opened(draw: Function) -> Step:
    """A VAE on points; it wants to rebuild them from latents of q(z|x)."""
    net = nn.ModuleDict({"encoder": nn.Linear(2, 2), "decoder": nn.Linear(1, 2)})
    x = torch.randn(64, 1) * torch.tensor([2.0, 1.0])

    def moments(batch: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = net["encoder"](batch).chunk(2, dim=1)
        return mean, log_variance

    def value(batch: Tensor) -> Tensor:
        mean, log_variance = moments(batch)
        kl = (mean**2 + log_variance.exp() - log_variance - 1).sum(1) / 2
        error = (net["decoder"](draw(mean, log_variance)) - batch).square().sum(1)
        return (error / 0.1 + kl).mean()

    e = torch.randn(64, 1)

    def aim() -> Tensor:
        mean, log_variance = moments(x)
        z = mean + (log_variance / 2).exp() * e
        return -(net["decoder"](z) - x).square().mean()

    net.forward = lambda batch: net["decoder"](moments(batch)[0])  # type: ignore[method-assign]
    return one_player("VAE", net, x, value, aim, lr=1e-3)
