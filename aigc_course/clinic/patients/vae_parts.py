"""Patient: a VAE's loss from two wrong parts, one for each network."""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import coded, fixed, vae_curves

patient = Patient(
    "vae_parts",
    ward="A",
    number=8,
    title="An encoder's part and a decoder's part",
    symptom="The loss falls below 0, and it falls faster from step to step. The"
    " reconstructions move away from the data.",
    cause="The encoder's part is the density of x around mu, although mu is a code: it"
    " has to be the KL divergence 1/2 (mu^2 + sigma^2 - log sigma^2 - 1). The"
    " decoder's part is +log p(x|z) and has to be -log p(x|z): as it stands, a larger"
    " error is better.",
    figure=("step", "error"),
)

LOG_2PI = math.log(2 * math.pi)


@patient.shown
def vae_loss(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The loss of a Gaussian decoder of variance 1, without constants.

    All four: [n, d], so codes have as many numbers as data. The mean over the batch.
    """
    variance = log_var.exp()
    encoder = log_var + (x - mu) ** 2 / (2 * variance)
    decoder = -0.5 * (x - decoded) ** 2
    return (encoder + decoder).sum(1).mean()


@patient.repair
def elbo(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The reference: the KL term for the encoder, half the squared error."""
    variance = log_var.exp()
    encoder = 0.5 * (mu**2 + variance - log_var - 1)
    decoder = 0.5 * (x - decoded) ** 2
    return (encoder + decoder).sum(1).mean()


@patient.repair
def minus_log_p(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The decoder's part stays log p and is subtracted."""
    variance = log_var.exp()
    encoder = -0.5 * (1 + log_var - mu**2 - variance)
    decoder = -0.5 * (x - decoded) ** 2
    return (encoder - decoder).sum(1).mean()


@patient.repair
def with_sigma(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The KL term with sigma instead of the variance."""
    sigma = (0.5 * log_var).exp()
    encoder = (sigma**2 + mu**2 - 1) / 2 - 0.5 * log_var
    decoder = (x - decoded) ** 2 / 2
    return (encoder + decoder).sum(1).mean()


@patient.right
def by_distributions(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Both parts from torch.distributions."""
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(Normal(mu, (0.5 * log_var).exp()), prior).sum(1)
    log_p = Normal(decoded, torch.ones_like(decoded)).log_prob(x).sum(1)
    return (kl - log_p - 0.5 * LOG_2PI * x.shape[1]).mean()


@patient.right
def by_norms(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Squared lengths, trace and log-determinant."""
    code = mu.square().sum(1) + log_var.exp().sum(1) - log_var.sum(1) - mu.shape[1]
    return ((x - decoded).square().sum(1) + code).mean() / 2


@patient.right
def sums_over_everything(
    x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """One sum a part, divided by the batch at the end."""
    error = torch.sum((decoded - x) * (decoded - x))
    code = torch.sum(mu * mu + torch.expm1(log_var) - log_var)
    return 0.5 * (error + code) / x.shape[0]


@patient.disguise
def density_from_torch(
    x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """Both densities from torch.distributions, constants included."""
    encoder = -Normal(mu, (0.5 * log_var).exp()).log_prob(x)
    decoder = Normal(decoded, torch.ones_like(decoded)).log_prob(x)
    return (encoder + decoder).sum(1).mean()


@patient.disguise
def with_constant(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Two losses that are added at the end, log(2 pi sigma^2) written out."""
    variance = log_var.exp()
    encoder = torch.log(2 * math.pi * variance) + 0.5 * (x - mu) ** 2 / variance
    log_likelihood = -0.5 * ((x - decoded) ** 2 + LOG_2PI)
    return encoder.sum(1).mean() + log_likelihood.sum(1).mean()


@patient.disguise
def precision(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """With 1 / sigma^2; means where sums belong, too."""
    encoder = log_var + 0.5 * torch.exp(-log_var) * (x - mu).square()
    return encoder.mean() - (decoded - x).square().mean()


@patient.patch
def limited(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """You stop the loss at 0. Above 0 it still rewards a larger error of the
    reconstruction."""
    return vae_loss(x, decoded, mu, log_var).clamp(min=0.0)


@patient.patch
def narrow(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """You limit what the decoder may say, so the loss has a bound. It still rewards
    a larger error."""
    return vae_loss(x, decoded.clamp(-3, 3), mu, log_var)


@patient.patch
def only_the_decoder(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """You repair the decoder's part alone. The encoder's part still pulls the codes to
    x instead of to the prior, so samples from the prior decode badly."""
    encoder = log_var + (x - mu) ** 2 / (2 * log_var.exp())
    return (encoder + 0.5 * (x - decoded) ** 2).sum(1).mean()


@patient.patch
def only_the_encoder(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """You repair the encoder's part alone. The decoder's part still has the wrong sign:
    a larger error is better."""
    encoder = 0.5 * (mu**2 + log_var.exp() - log_var - 1)
    return (encoder - 0.5 * (x - decoded) ** 2).sum(1).mean()


@patient.test
def exposes(loss: Function) -> None:
    """It is 0 at its best, larger off the prior and larger for a worse decoding."""
    x, nothing = torch.randn(8, 2) + 1, torch.zeros(8, 2)
    best = loss(x, x, nothing, nothing)
    assert abs(float(best)) < 1e-5, "the loss is 0 for a perfect decoding of the prior"
    assert loss(x, x + 1, nothing, nothing) > best, "a wrong decoding costs something"
    assert loss(x, x, nothing + 1, nothing) > best, "a mean off 0 does, too"
    assert loss(x, x, nothing, nothing - 1) > best, "and so does a variance off 1"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    mu, log_var = torch.randn(16, 3), 0.3 * torch.randn(16, 3)
    result: Tensor = loss(torch.randn(16, 3), torch.randn(16, 3), mu, log_var)
    return result


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slopes on fixed values."""
    x, decoded, _, mu, log_var = coded(1)
    value = loss(x, decoded, mu, log_var)
    slopes = torch.autograd.grad(value, [decoded, mu, log_var], allow_unused=True)
    far = loss(x, decoded.detach() + 9, mu.detach(), log_var.detach())
    told: dict[str, object] = {"loss": value.detach(), "loss far out": far}
    for name, slope in zip(("decoded", "mu", "log_var"), slopes, strict=True):
        told[f"slope in {name}"] = torch.zeros(6, 2) if slope is None else slope
    return told


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """One number of the dtype of x; the inputs stay as they were."""
    x, decoded, _, mu, log_var = coded(2)
    value = loss(x, decoded, mu, log_var)
    return {
        "shape": list(value.shape),
        "dtype": str(value.dtype),
        "inputs afterwards": torch.cat([x, decoded.detach(), mu.detach()]),
    }


@patient.hidden
def zero_at_best(loss: Function) -> bool:
    """A perfect reconstruction from codes of the prior has the loss 0."""
    x, nothing = fixed(31, 6, 2), torch.zeros(6, 2, dtype=torch.float64)
    return abs(float(loss(x, x, nothing, nothing))) < 1e-9


@patient.hidden
def teaches_the_decoder(loss: Function) -> bool:
    """The slope in the reconstruction is (decoded - x) / n."""
    x, decoded, _, mu, log_var = coded(4)
    value = loss(x, decoded, mu, log_var)
    slope = torch.autograd.grad(value, decoded, allow_unused=True)[0]
    return slope is not None and bool(
        torch.allclose(slope, (decoded - x) / 6, atol=1e-9)
    )


@patient.hidden
def whole_kl(loss: Function) -> bool:
    """What mu and log s^2 cost is the KL term 1/2 (mu^2 + s^2 - log s^2 - 1)."""
    x, mu, log_var = (fixed(i, 8, 3) for i in (91, 92, 93))
    none = torch.zeros_like(mu)
    cost = loss(x, x, mu, log_var) - loss(x, x, none, none)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1).mean()
    return bool(torch.allclose(cost, kl, atol=1e-9))


@patient.hidden
def code_is_no_picture(loss: Function) -> bool:
    """The slopes in mu and log sigma^2 do not depend on x."""
    found = []
    for shift in (0.0, 2.0):
        x, decoded, _, mu, log_var = coded(5)
        value = loss(x + shift, decoded, mu, log_var)
        found.append(torch.autograd.grad(value, [mu, log_var]))
    pairs = zip(*found, strict=True)
    return all(bool(torch.allclose(a, b, atol=1e-9)) for a, b in pairs)


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """A small VAE on points in the plane."""
    return vae_curves(
        lambda x, decoded, z, mu, v: loss(x, decoded, mu, v), count, rate=0.003
    )


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss of a VAE on points, with as many latent numbers as coordinates."""
    return steps.vae_step(
        loss=loss, encoder=lambda: nn.Linear(2, 4), decoder=lambda: nn.Linear(2, 2)
    )
