"""Patient: D is part of the model that G's turn trains."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import (
    cloud,
    fixed,
    flat,
    fresh_players,
    players,
)

patient = Patient(
    "combined_model",
    ward="B",
    number=19,
    title="G trained through D, as one model",
    symptom="G's loss falls quickly to 0.15, and D says 0.9 for generated samples,"
    " although they lie far from the real ones at the end.",
    cause="The optimiser of G's turn holds the parameters of the whole combined model,"
    " D included. Training G also teaches D to be fooled. It must hold G's parameters"
    " alone.",
    figure=("step", "D(G(z))"),
)


@patient.shown
class Gan:
    """Trains G through D: z -> G -> D -> a score, the larger the more real."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float):
        self.discriminator = discriminator
        self.combined = nn.Sequential(generator, discriminator)
        self.for_d = Adam(discriminator.parameters(), lr=rate)
        self.for_g = Adam(self.combined.parameters(), lr=rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        loss = softplus(-self.discriminator(real)).mean()
        loss = loss + softplus(self.discriminator(fake)).mean()
        self.for_d.zero_grad()
        loss.backward()
        self.for_d.step()
        return loss.detach()

    def teach_generator(self, z: Tensor) -> Tensor:
        loss = softplus(-self.combined(z)).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        return loss.detach()


@patient.repair
class OfTheGenerator:
    """The reference: G's optimiser holds G's parameters."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float):
        self.discriminator = discriminator
        self.combined = nn.Sequential(generator, discriminator)
        self.for_d = Adam(discriminator.parameters(), lr=rate)
        self.for_g = Adam(generator.parameters(), lr=rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        loss = softplus(-self.discriminator(real)).mean()
        loss = loss + softplus(self.discriminator(fake)).mean()
        self.for_d.zero_grad()
        loss.backward()
        self.for_d.step()
        return loss.detach()

    def teach_generator(self, z: Tensor) -> Tensor:
        loss = softplus(-self.combined(z)).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        return loss.detach()


@patient.repair
class FrozenInItsTurn:
    """D is frozen in G's turn and trainable again afterwards."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float):
        self.discriminator = discriminator
        self.combined = nn.Sequential(generator, discriminator)
        self.for_d = Adam(discriminator.parameters(), lr=rate)
        self.for_g = Adam(self.combined.parameters(), lr=rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        loss = softplus(-self.discriminator(real)).mean()
        loss = loss + softplus(self.discriminator(fake)).mean()
        self.for_d.zero_grad()
        loss.backward()
        self.for_d.step()
        return loss.detach()

    def teach_generator(self, z: Tensor) -> Tensor:
        self.discriminator.requires_grad_(False)
        loss = softplus(-self.combined(z)).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        self.discriminator.requires_grad_(True)
        return loss.detach()


@patient.repair
class FirstPart:
    """The first part of the combined model."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float):
        self.discriminator = discriminator
        self.combined = nn.Sequential(generator, discriminator)
        self.for_d = Adam(discriminator.parameters(), lr=rate)
        self.for_g = Adam(self.combined[0].parameters(), lr=rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        loss = softplus(-self.discriminator(real)).mean()
        loss = loss + softplus(self.discriminator(fake)).mean()
        self.for_d.zero_grad()
        loss.backward()
        self.for_d.step()
        return loss.detach()

    def teach_generator(self, z: Tensor) -> Tensor:
        loss = softplus(-self.combined(z)).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        return loss.detach()


class _Base:
    """What the versions share: two optimisers and D's turn."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, rate: float):
        self.generator, self.discriminator, self.rate = generator, discriminator, rate
        self.for_d = Adam(discriminator.parameters(), lr=rate)
        self.for_g = self.optimizer()

    def optimizer(self) -> Adam:
        return Adam(self.generator.parameters(), lr=self.rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        logits = self.discriminator(real), self.discriminator(fake)
        loss = softplus(-logits[0]).mean() + softplus(logits[1]).mean()
        self.for_d.zero_grad()
        loss.backward()
        self.for_d.step()
        return loss.detach()

    def teach_generator(self, z: Tensor) -> Tensor:
        loss = softplus(-self.discriminator(self.generator(z))).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        return loss.detach()


@patient.right
class WithoutACombinedModel(_Base):
    """Two networks, two optimisers."""


@patient.right
class SlopesByName(_Base):
    """G's slopes are asked for by name, so D has no gradients at all."""

    def teach_generator(self, z: Tensor) -> Tensor:
        logits = self.discriminator(self.generator(z))
        loss = -torch.log(logits.sigmoid()).mean()
        weights = list(self.generator.parameters())
        slopes = torch.autograd.grad(loss, weights)
        for weight, slope in zip(weights, slopes, strict=True):
            weight.grad = slope
        self.for_g.step()
        return loss.detach()


@patient.right
class FunctionalD(_Base):
    """D is called with detached copies of its weights."""

    def teach_generator(self, z: Tensor) -> Tensor:
        weights = {k: w.detach() for k, w in self.discriminator.named_parameters()}
        fake = self.generator(z)
        logits = torch.func.functional_call(self.discriminator, weights, (fake,))
        loss = softplus(-logits).mean()
        self.for_g.zero_grad()
        loss.backward()
        self.for_g.step()
        return loss.detach()


@patient.disguise
class ListOfWeights(_Base):
    """All parameters in one list."""

    def optimizer(self) -> Adam:
        weights = [*self.generator.parameters(), *self.discriminator.parameters()]
        return Adam(weights, lr=self.rate)


@patient.disguise
class StepsBoth(_Base):
    """G's turn ends with a step of both optimisers."""

    def teach_generator(self, z: Tensor) -> Tensor:
        for optimizer in (self.for_g, self.for_d):
            optimizer.zero_grad()
        loss = softplus(-self.discriminator(self.generator(z))).mean()
        loss.backward()
        for optimizer in (self.for_g, self.for_d):
            optimizer.step()
        return loss.detach()


@patient.disguise
class SlowerForD(_Base):
    """D's weights are in a group with a smaller rate."""

    def optimizer(self) -> Adam:
        optimizer = Adam(self.generator.parameters(), lr=self.rate)
        group = {"params": [*self.discriminator.parameters()], "lr": self.rate / 5}
        optimizer.add_param_group(group)
        return optimizer


@patient.patch
class InEvaluation(_Base):
    """You call `eval()` on D in G's turn. That switches dropout and normalisation and
    freezes no weight: G's turn still moves D."""

    def optimizer(self) -> Adam:
        both = nn.ModuleList([self.generator, self.discriminator])
        return Adam(both.parameters(), lr=self.rate)

    def teach_generator(self, z: Tensor) -> Tensor:
        self.discriminator.eval()
        loss = super().teach_generator(z)
        self.discriminator.train()
        return loss


@patient.patch
class FrozenForEver(_Base):
    """You freeze D once and for all. G's turn leaves it alone, and D's own turn does
    not train it either."""

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        logits = self.discriminator(real), self.discriminator(fake)
        loss = softplus(-logits[0]).mean() + softplus(logits[1]).mean()
        return loss.detach()


@patient.patch
class MoreOfD(_Base):
    """You let D take two steps in its turn, to make up for what it loses in G's. It
    still loses it."""

    def optimizer(self) -> Adam:
        both = nn.ModuleList([self.generator, self.discriminator])
        return Adam(both.parameters(), lr=self.rate)

    def teach_discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        super().teach_discriminator(real, fake)
        return super().teach_discriminator(real, fake)


@patient.test
def exposes(gan: Function) -> None:
    """G's turn moves G and leaves D as it is."""
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    trainer = gan(g, d, 0.05)
    trainer.teach_discriminator(torch.randn(8, 2), g(torch.randn(8, 3)).detach())
    before = g.weight.detach().clone(), d.weight.detach().clone()
    trainer.teach_generator(torch.randn(8, 3))
    assert not torch.equal(g.weight, before[0]), "G's turn trains G"
    assert torch.equal(d.weight, before[1]), "G's turn leaves D alone"


@patient.calls
def one_call(gan: Function) -> list[Tensor]:
    """Both losses of a step."""
    g, d = fresh_players()
    trainer = gan(g, d, 0.01)
    loss_d = trainer.teach_discriminator(cloud(8), g(torch.randn(8, 2)).detach())
    return [loss_d, trainer.teach_generator(torch.randn(8, 2))]


@patient.does
def measured(gan: Function) -> dict[str, object]:
    """Both networks after turns of both; D drops out half of its inputs."""
    g, d = players(1)
    d = nn.Sequential(nn.Dropout(0.5), *d)
    trainer = gan(g, d, 0.01)
    losses = []
    for i in range(2):
        z, real = fixed(60 + i, 8, 2), fixed(70 + i, 8, 2)
        losses += [trainer.teach_generator(z)]
        losses += [trainer.teach_discriminator(real, g(z).detach())]
    return {
        "losses": torch.stack(losses),
        "G": flat(g.parameters()),
        "D": flat(d.parameters()),
    }


@patient.elsewhere
def around(gan: Function) -> dict[str, object]:
    """Three turns of D; then one turn of G, what it does to G, and its loss."""
    g, d = players(3)
    trainer, own = gan(g, d, 0.01), []
    for i in range(3):
        fake = g(fixed(20 + i, 8, 2)).detach()
        own.append(trainer.teach_discriminator(fixed(30 + i, 8, 2), fake))
    after_d = flat(d.parameters())
    loss = trainer.teach_generator(fixed(40, 8, 2))
    return {
        "D after its turns": after_d,
        "losses of D": torch.stack(own),
        "loss of G": loss,
        "G after its turn": flat(g.parameters()),
    }


@patient.hidden
def g_leaves_d_alone(gan: Function) -> bool:
    """G's turn changes no weight of D."""
    g, d = players(10)
    trainer = gan(g, d, 0.01)
    trainer.teach_discriminator(fixed(1, 8, 2), fixed(2, 8, 2))
    before = flat(d.parameters())
    for i in range(3):
        trainer.teach_generator(fixed(3 + i, 8, 2))
    return bool(torch.equal(flat(d.parameters()), before))


@patient.hidden
def d_learns(gan: Function) -> bool:
    """D's turns lower D's loss, after turns of G as well."""
    g, d = players(20)
    trainer = gan(g, d, 0.05)
    real, fake = fixed(1, 16, 2) + 2, fixed(2, 16, 2) - 2
    trainer.teach_generator(fixed(3, 8, 2))
    losses = [float(trainer.teach_discriminator(real, fake)) for _ in range(20)]
    return losses[-1] < 0.5 * losses[0]


@patient.hidden
def d_is_trained_in_training_mode(gan: Function) -> bool:
    """G's turn leaves D in training mode and trainable."""
    g, d = players(30)
    gan(g, d, 0.01).teach_generator(fixed(1, 8, 2))
    return d.training and all(weight.requires_grad for weight in d.parameters())


@patient.trains
def training(gan: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the loss that a reader watches is G's."""
    g, d = fresh_players()
    trainer = gan(g, d, 0.02)
    curves: dict[str, list[float]] = {"loss": [], "D(G(z))": [], "distance": []}
    for _ in range(count):
        fake = g(torch.randn(64, 2)).detach()
        trainer.teach_discriminator(cloud(64), fake)
        loss = trainer.teach_generator(torch.randn(64, 2))
        away = fake.mean(dim=0) - torch.tensor([2.0, 0.0])
        curves["loss"].append(float(loss))
        curves["D(G(z))"].append(float(d(fake).detach().sigmoid().mean()))
        curves["distance"].append(float(away.norm()))
    return curves


@patient.step
def opened(gan: Function) -> steps.Step:
    """A turn of the combined model as the step of a player."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        trainer, z = gan(g, d, 1e-3), torch.randn(len(x), steps.LATENT)
        if player == "G":
            trainer.teach_generator(z)
        else:
            trainer.teach_discriminator(x, g(z).detach())

    return steps.gan_step(advance=advance)
