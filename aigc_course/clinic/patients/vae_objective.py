"""Patient: a VAE's loss with the encoder's density and a negative KL term."""

import math

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import mse_loss

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import coded, fixed, vae_curves

patient = Patient(
    "vae_objective",
    ward="A",
    number=4,
    title="What a VAE minimises",
    symptom="The loss falls without a bound, far below 0. The KL divergence to the"
    " prior grows, and the reconstructions become worse and worse.",
    cause="The first term is the density of z under the encoder instead of the density"
    " of x under the decoder, so the decoder gets no gradient. The KL term has the"
    " wrong sign and the factor 1/2: the loss rewards codes far from the prior.",
    figure=("step", "KL"),
)


@patient.shown
def vae_loss(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """The loss of a Gaussian decoder of variance 1, without constants.

    x, decoded: [n, d]. z, mu, log_var: [n, k]. The mean over the batch.
    """
    spread = log_var + (z - mu) ** 2 / log_var.exp()
    log_p = -0.5 * (spread + math.log(2 * math.pi)).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1)
    return (-log_p - 0.5 * kl).mean()


@patient.repair
def elbo(x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The reference: -log p(x|z) + KL(q(z|x) || p(z))."""
    log_p = -0.5 * ((x - decoded) ** 2).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1)
    return (-log_p + kl).mean()


@patient.repair
def two_means(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """Each term has its own mean."""
    error = 0.5 * (x - decoded).pow(2).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1)
    return error.mean() + kl.mean()


@patient.right
def mse_of_sum(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """The squared error from PyTorch, summed and divided by the batch."""
    error = 0.5 * mse_loss(decoded, x, reduction="sum") / len(x)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1)
    return error + kl.mean()


@patient.right
def by_distributions(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """Both terms from torch.distributions, the constant of the density taken off."""
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(Normal(mu, (0.5 * log_var).exp()), prior)
    log_p = Normal(decoded, torch.ones_like(decoded)).log_prob(x)
    constant = 0.5 * math.log(2 * math.pi) * x.shape[1]
    return kl.sum(1).mean() - log_p.sum(1).mean() - constant


@patient.repair
def kl_in_other_words(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """The terms of the KL divergence in the order of the paper."""
    log_p = -0.5 * (decoded - x).pow(2).sum(1)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1)
    return -(log_p - kl).mean()


@patient.right
def by_norms(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """Squared lengths, and the KL term as trace, length and log-determinant."""
    k = mu.shape[1]
    trace, log_det = log_var.exp().sum(1), log_var.sum(1)
    twice = (x - decoded).square().sum(1) + trace + mu.square().sum(1) - k - log_det
    return twice.mean() / 2


@patient.right
def one_by_one(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """A loop over the samples."""
    total = x.new_zeros(())
    for a, b, m, v in zip(x, decoded, mu, log_var, strict=True):
        total = total + 0.5 * torch.dot(a - b, a - b)
        total = total + 0.5 * (m * m + torch.exp(v) - v - 1).sum()
    return total / len(x)


@patient.disguise
def density_from_torch(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """The same two terms from torch.distributions."""
    q = Normal(mu, (0.5 * log_var).exp())
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu)))
    return (-q.log_prob(z) - 0.5 * kl).sum(1).mean()


@patient.disguise
def means_over_everything(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """Means where sums belong, too, and no constant."""
    log_p = -0.5 * (log_var + (z - mu) ** 2 * torch.exp(-log_var)).mean()
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean()
    return -(log_p + 0.5 * kl)


@patient.disguise
def half_in_the_variance(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """The KL term as sigma, mu and log sigma, subtracted."""
    sigma = torch.exp(log_var / 2)
    error = 0.5 * ((z - mu) / sigma).square() + sigma.log()
    kl = (sigma.square() + mu.square() - 1) / 2 - sigma.log()
    return error.sum(1).mean() - kl.sum(1).mean() / 2


@patient.patch
def limited(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """You stop the loss at 0. It then no longer falls without an end, and still rewards
    the wrong thing above 0."""
    return vae_loss(x, decoded, z, mu, log_var).clamp(min=0.0)


@patient.patch
def absolute(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """You take the absolute value, so the loss has a smallest value of 0. It is reached
    by codes that have nothing to do with the data."""
    return vae_loss(x, decoded, z, mu, log_var).abs()


@patient.patch
def only_the_sign(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """You give the KL term its sign, and the loss no longer falls without an end. The
    decoder still gets no gradient: the loss has to compare x with its
    reconstruction."""
    spread = log_var + (z - mu) ** 2 / log_var.exp()
    log_p = -0.5 * (spread + math.log(2 * math.pi)).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1)
    return (-log_p + kl).mean()


@patient.patch
def only_the_error(
    x: Tensor, decoded: Tensor, z: Tensor, mu: Tensor, log_var: Tensor
) -> Tensor:
    """You compare x with its reconstruction, and still subtract the KL term: the loss
    rewards codes far from the prior."""
    log_p = -0.5 * ((x - decoded) ** 2).sum(1)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1)
    return (-log_p - 0.5 * kl).mean()


@patient.test
def exposes(loss: Function) -> None:
    """It is 0 at its best, larger off the prior and larger for a worse decoding."""
    x, nothing = torch.randn(8, 3), torch.zeros(8, 2)
    z = torch.randn(8, 2)
    best = loss(x, x, z, nothing, nothing)
    assert abs(float(best)) < 1e-5, "the loss is 0 for a perfect decoding of the prior"
    assert loss(x, x, z, nothing + 1, nothing) > best, "a mean off 0 costs something"
    assert loss(x, x, z, nothing, nothing + 1) > best, "a variance off 1 does, too"
    assert loss(x, x + 1, z, nothing, nothing) > best, "and so does a wrong decoding"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    mu, log_var = torch.randn(16, 2), 0.3 * torch.randn(16, 2)
    z = mu + (0.5 * log_var).exp() * torch.randn(16, 2)
    result: Tensor = loss(torch.randn(16, 4), torch.randn(16, 4), z, mu, log_var)
    return result


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slopes on fixed values."""
    values = coded(1)
    value = loss(*values)
    slopes = torch.autograd.grad(value, values[1:], allow_unused=True)
    names = ("decoded", "z", "mu", "log_var")
    x, decoded, z, mu, log_var = (one.detach() for one in values)
    far = loss(x, decoded, 4 * mu, 4 * mu, log_var - 3)
    told: dict[str, object] = {"loss": value.detach(), "loss far out": far}
    for name, slope in zip(names, slopes, strict=True):
        told[f"slope in {name}"] = torch.zeros(6, 2) if slope is None else slope
    return told


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """One number of the dtype of x; the inputs stay as they were."""
    values = coded(2)
    value = loss(*values)
    kept = torch.cat([value.detach() for value in values])
    return {
        "shape": list(value.shape),
        "dtype": str(value.dtype),
        "inputs afterwards": kept,
    }


@patient.hidden
def zero_at_best(loss: Function) -> bool:
    """A perfect reconstruction from codes of the prior has the loss 0."""
    x, nothing = fixed(31, 6, 3), torch.zeros(6, 2, dtype=torch.float64)
    return abs(float(loss(x, x, fixed(32, 6, 2), nothing, nothing))) < 1e-9


@patient.hidden
def teaches_the_decoder(loss: Function) -> bool:
    """The slope in the reconstruction is (decoded - x) / n."""
    values = coded(4)
    slope = torch.autograd.grad(loss(*values), values.decoded, allow_unused=True)[0]
    wanted = (values.decoded - values.x) / 6
    return slope is not None and bool(torch.allclose(slope, wanted, atol=1e-9))


@patient.hidden
def keeps_to_the_prior(loss: Function) -> bool:
    """The slope in the mean of the codes is mu / n: it pulls them towards 0."""
    x, decoded, z, mu, log_var = coded(5)
    value = loss(x, decoded, z.detach(), mu, log_var)
    slope = torch.autograd.grad(value, mu, allow_unused=True)[0]
    return slope is not None and bool(torch.allclose(slope, mu / 6, atol=1e-9))


@patient.hidden
def whole_kl(loss: Function) -> bool:
    """What mu and log s^2 cost is the KL term 1/2 (mu^2 + s^2 - log s^2 - 1)."""
    x, z, mu, log_var = (fixed(i, 8, 3) for i in (91, 92, 93, 94))
    none = torch.zeros_like(mu)
    cost = loss(x, x, z, mu, log_var) - loss(x, x, z, none, none)
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(1).mean()
    return bool(torch.allclose(cost, kl, atol=1e-9))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """A small VAE on points in the plane."""
    return vae_curves(loss, count)


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss of a VAE on points; the code is drawn anew from mu and log_var."""

    def full(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        result: Tensor = loss(x, decoded, z, mu, log_var)
        return result

    return steps.vae_step(loss=full)
