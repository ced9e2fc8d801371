"""Patient: G's output is replaced by noise where D is fooled."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed, flat, fresh_players, players

patient = Patient(
    "piecewise_output",
    ward="A",
    number=7,
    title="The output of a generator",
    symptom="G's loss falls at first from 4.0 to about 1.3, and then rises above where"
    " it began. D's mean belief in what is put out rises to about 0.3, and falls back"
    " to 0.2.",
    cause="The output is G(z) where D <= 1/2 and random noise where D > 1/2. The"
    " better a sample is, the surer it is thrown away, and no gradient reaches G"
    " through noise. The output of a generator is G(z), whatever D says.",
    figure=("step", "D(output)"),
)


@patient.shown
def generate(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """The samples for latents z: [n, k] -> [n, d]. D gives logits [n, 1]."""
    fake = generator(z)
    score = discriminator(fake).sigmoid()
    return torch.where(score <= 0.5, fake, torch.randn_like(fake))


@patient.repair
def only_g(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """The reference: D has no part in it."""
    fake: Tensor = generator(z)
    return fake


@patient.repair
def unread_score(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """The score may be computed; it changes nothing."""
    fake: Tensor = generator(z)
    discriminator(fake).sigmoid()
    return fake


@patient.repair
def both_ways(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """The same sample in both cases."""
    fake = generator(z)
    score = discriminator(fake).sigmoid()
    return torch.where(score <= 0.5, fake, fake)


@patient.right
def one_by_one(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """A latent at a time."""
    return torch.cat([generator(one) for one in z.split(1)])


@patient.right
def functional(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """The network called with its own parameters by name."""
    weights = {name: w + 0 for name, w in generator.named_parameters()}
    result: Tensor = torch.func.functional_call(generator, weights, (z,))
    return result


@patient.right
def in_halves(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """Two halves of the batch, put together again."""
    half = len(z) // 2
    return torch.cat([generator(z[:half]), generator(z[half:])], dim=0)


@patient.disguise
def by_mask(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """A mask of 0 and 1."""
    fake = generator(z)
    fooled = (discriminator(fake) > 0).to(fake.dtype)
    return fake * (1 - fooled) + fooled * torch.randn(fake.shape, dtype=fake.dtype)


@patient.disguise
def in_a_loop(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """An if for each sample; uniform noise."""
    rows = []
    for one in z.split(1):
        row = generator(one)
        if discriminator(row).sigmoid().item() > 0.5:
            row = 2 * torch.rand_like(row) - 1
        rows.append(row)
    return torch.cat(rows)


@patient.disguise
def by_index(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """Rows are overwritten in place."""
    fake = generator(z).clone()
    rows = (discriminator(fake).flatten() > 0).nonzero().flatten()
    fake[rows] = 0.5 * torch.randn(len(rows), fake.shape[1], dtype=fake.dtype)
    return fake


@patient.patch
def later(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """You raise the threshold to 0.9. G gets further, and its best samples are still
    replaced by noise."""
    fake = generator(z)
    score = discriminator(fake).sigmoid()
    return torch.where(score <= 0.9, fake, torch.randn_like(fake))


@patient.patch
def less_noise(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> Tensor:
    """You make the noise smaller. A sample that fools D is still thrown away."""
    fake = generator(z)
    score = discriminator(fake).sigmoid()
    return torch.where(score <= 0.5, fake, 0.01 * torch.randn_like(fake))


@patient.patch
def kept_without_slope(
    generator: nn.Module, discriminator: nn.Module, z: Tensor
) -> Tensor:
    """You keep the sample and cut its gradient. The values are right now, and G still
    learns nothing from the samples that fool D."""
    fake = generator(z)
    score = discriminator(fake).sigmoid()
    return torch.where(score <= 0.5, fake, fake.detach())


class _Sure(nn.Module):
    """A discriminator with the same logit for every sample."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return 0 * x[:, :1] + self.logit.to(x.dtype)


@patient.test
def exposes(put_out: Function) -> None:
    """A D that believes in everything changes nothing."""
    g, z = nn.Linear(3, 2), torch.randn(6, 3)
    output = put_out(g, _Sure(2.0), z)
    assert torch.allclose(output, g(z), atol=1e-6), "the output is G(z)"
    output.sum().backward()
    assert g.bias.grad is not None and (g.bias.grad - 6).abs().max() < 1e-4


@patient.calls
def one_call(put_out: Function) -> Tensor:
    """Samples of fresh networks."""
    result: Tensor = put_out(*fresh_players(), torch.randn(16, 2))
    return result


@patient.does
def measured(put_out: Function) -> dict[str, object]:
    """Samples and G's gradient for D's that believe, and that believe firmly."""
    told: dict[str, object] = {}
    for logit in (1.0, 3.0):
        g, _ = players(1)
        output = put_out(g, _Sure(logit), fixed(2, 6, 2))
        told[f"output at {logit}"] = output.detach()
        slopes = [torch.zeros(1)]
        if output.requires_grad:
            weights = list(g.parameters())
            slopes = [*torch.autograd.grad(output.sum(), weights, allow_unused=True)]
        told[f"slope at {logit}"] = flat(slopes)
    return told


@patient.elsewhere
def around(put_out: Function) -> dict[str, object]:
    """What G gives where D does not believe, its gradient, and D's weights."""
    g, d = players(3)
    output = put_out(g, _Sure(-1.0), fixed(5, 6, 2))
    slopes = torch.autograd.grad(output.sum(), list(g.parameters()))
    return {"output": output, "slope": flat(slopes), "D": flat(d.parameters())}


@patient.hidden
def whatever_d_says(put_out: Function) -> bool:
    """The output does not depend on D."""
    g, _ = players(10)
    outputs = [put_out(g, _Sure(a), fixed(12, 6, 2)) for a in (-3.0, 0.5, 5.0)]
    return all(bool(torch.allclose(o, outputs[0], atol=1e-12)) for o in outputs)


@patient.hidden
def every_sample_teaches(put_out: Function) -> bool:
    """Every sample carries a gradient to G, also where D believes in it."""
    g, _ = players(20)
    output = put_out(g, _Sure(4.0), fixed(22, 6, 2))
    last = list(g.parameters())[-1]
    if not output.requires_grad:
        return False
    slope = torch.autograd.grad(output.sum(), last, allow_unused=True)[0]
    return slope is not None and bool(torch.allclose(slope, torch.full_like(slope, 6)))


@patient.trains
def training(put_out: Function, count: int) -> dict[str, list[float]]:
    """G learns against a fixed D that believes in points near (2, 0)."""

    class Near(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            away = x - torch.tensor([2.0, 0.0])
            return 2 - away.square().sum(dim=1, keepdim=True)

    g, d = fresh_players()[0], Near()
    optimizer = torch.optim.SGD(g.parameters(), lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "D(output)": []}
    for _ in range(count):
        logits = d(put_out(g, d, torch.randn(64, 2)))
        loss = softplus(-logits).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        curves["D(output)"].append(float(logits.detach().sigmoid().mean()))
    return curves


@patient.step
def opened(put_out: Function) -> steps.Step:
    """G's turn with this output."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        fake = put_out(g, d, torch.randn(len(x), steps.LATENT))
        loss = steps.non_saturating(d(fake), d(x))
        if player == "D":
            loss = steps.cross_entropy(d(x), d(fake.detach()))
        opts[player].zero_grad()
        loss.backward()
        opts[player].step()

    return steps.gan_step(advance=advance)
