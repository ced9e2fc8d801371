"""Exercise on one turn of each player where both are told the labels."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch04.step import numbers
from aigc_course.exercises.small_gan import (
    ModeShows,
    Net,
    Opt,
    descend,
    disturbed,
    left_behind,
    sgd,
    weights,
)

exercise = Exercise(
    "10.conditional_step",
    order=35,
    title="One turn each, with labels",
    difficulty=4,
    minutes=20,
    idea="Only the calls change. G is asked for the labels of the batch, and D judges"
    " two kinds of pairs: real images with their labels, generated images with the"
    " labels that G was asked for.",
    formula="D: mean softplus(-D(x, y)) + mean softplus(D(G(z, y), y)); then, with the"
    " new D, G: mean softplus(-D(G(z, y), y)).",
    line="""Write `softplus, fake = nn.functional.softplus, G(z, labels)
loss_d = softplus(-D(real, labels)).mean()
loss_d = loss_d + softplus(D(fake.detach(), labels)).mean()
for_d.zero_grad()
loss_d.backward()
for_d.step()
loss_g = softplus(-D(fake, labels)).mean()
for_g.zero_grad()
loss_g.backward()
for_g.step()
return loss_d.detach(), loss_g.detach()`.""",
    variation="Show D a third kind of pair, real images with wrong labels, to be judged"
    " as fakes (Reed et al. 2016).",
    asks="step",
)

Losses = tuple[Tensor, Tensor]


@exercise.answer
def conditional_step(
    G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, labels: Tensor, z: Tensor
) -> Losses:
    """One update of D, then one of G against the new D; returns both losses.

    G(z, labels) draws, D(x, labels) gives logits [N, 1]. G is asked for the labels of
    the real images and plays the non-saturating loss; both turns use the same z.
    """
    fake = G(z, labels)
    loss_d = softplus(-D(real, labels)).mean()
    loss_d = loss_d + softplus(D(fake.detach(), labels)).mean()
    descend(for_d, loss_d)
    loss_g = softplus(-D(fake, labels)).mean()  # by the D that has just learnt
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


CLASSES = 3


class Told(nn.Module):
    """A small network whose first layer sees its input beside the label's mark."""

    def __init__(self, inputs: int, layers: list[nn.Module]) -> None:
        super().__init__()
        self.first = nn.Linear(inputs + CLASSES, 12)
        self.rest = nn.Sequential(nn.Tanh(), ModeShows(), *layers)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        rows = one_hot(labels, CLASSES).to(x)
        return self.rest(self.first(torch.cat([x.flatten(1), rows], dim=1)))


def networks(shift: float = 0.0) -> tuple[nn.Module, nn.Module]:
    """G(z [N, 3], y) draws [N, 1, 4, 4], D(x, y) gives logits [N, 1]."""
    G = Told(3, [nn.Linear(12, 16), nn.Unflatten(1, (1, 4, 4))])
    D = Told(16, [nn.Linear(12, 1)])
    with torch.no_grad():
        for weight in D.parameters():
            weight.mul_(3)  # logits of some size: the losses then differ in slope
        list(D.parameters())[-1].add_(shift)
    return G, D


def batch(size: int = 7) -> tuple[Tensor, Tensor, Tensor]:
    """Real pictures, their labels, and latents."""
    labels = torch.arange(size) % CLASSES
    return torch.randn(size, 1, 4, 4).tanh(), labels, torch.randn(size, 3)


@exercise.observe
def two_rounds(f) -> dict[str, object]:
    G, D = networks()
    for_g, for_d = sgd(G), sgd(D)
    seen: dict[str, object] = {}
    for turn in ("first", "second"):
        told = f(G, D, for_g, for_d, *batch())
        seen |= {f"D after the {turn} step": weights(D)}
        seen |= {f"G after the {turn} step": weights(G)}
        seen |= {f"the losses of the {turn} step": numbers(told)}
    seen |= left_behind(G, D)
    G, D = networks(shift=-120)  # D is sure that everything is generated
    told = f(G, D, sgd(G), sgd(D), *batch())
    return {**seen, "G where D was sure": weights(G), "its losses": numbers(told)}


@exercise.must_hold
def networks_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as they could before."""
    G, D = networks()
    f(G, D, sgd(G), sgd(D), *batch())
    return disturbed(G, D)


@exercise.must_hold
def each_by_its_own_optimiser(f) -> bool:
    """With rate 0 for one player, that player stays and the other learns."""
    for rates in ((0.0, 0.1), (0.1, 0.0)):
        nets = networks()
        before = [weights(network) for network in nets]
        f(*nets, *map(sgd, nets, rates), *batch())
        pairs = zip(nets, before, rates, strict=True)
        if any(same(weights(n), b) != (rate == 0) for n, b, rate in pairs):
            return False
    return True


class Watcher(nn.Module):
    """D, with a record of the pairs that it was shown."""

    def __init__(self, D: nn.Module) -> None:
        super().__init__()
        self.D = D
        self.pairs: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        self.pairs += list(zip(x.detach(), labels, strict=True))
        return self.D(x, labels)


@exercise.must_hold
def the_pairs_that_d_sees(f) -> bool:
    """D is shown each real image with its own label, and each generated image with the
    label that G was asked for."""
    G, D = networks()
    real, labels, z = batch()
    watcher, fake = Watcher(D), G(z, labels).detach()
    f(G, watcher, sgd(G), sgd(D, 0.0), real, labels, z)
    known = torch.cat([real, fake]).flatten(1)
    which = torch.cat([labels, labels])
    for image, label in watcher.pairs:
        gap = (known - image.flatten()).abs().amax(1)
        if gap.min() > 1e-4 or int(which[gap.argmin()]) != int(label):
            return False
    return bool(watcher.pairs)


def _step(
    of_d: Callable[..., Tensor], of_g: Callable[..., Tensor]
) -> Callable[..., Losses]:
    """The step with other losses: of_d(D, real, fake, y), of_g(D, fake, y)."""

    def step(
        G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, labels: Tensor, z: Tensor
    ) -> Losses:
        fake = G(z, labels)
        loss_d = descend(for_d, of_d(D, real, fake.detach(), labels))
        return loss_d, descend(for_g, of_g(D, fake, labels))

    return step


def d_loss(D: Net, real: Tensor, fake: Tensor, y: Tensor) -> Tensor:
    """D's loss on fakes without a graph."""
    return softplus(-D(real, y)).mean() + softplus(D(fake, y)).mean()


def g_loss(D: Net, fake: Tensor, y: Tensor) -> Tensor:
    """G's loss."""
    return softplus(-D(fake, y)).mean()


@exercise.mistake(hint="idea")
def other_labels_for_the_fakes(G, D, for_g, for_d, real, labels, z):
    """D judges the generated images with other labels than those that G was asked for.
    It then learns that they never fit, whatever G draws: give D the labels of the
    request."""
    fake = G(z, labels)
    wrong = labels.roll(1)
    loss_d = (
        softplus(-D(real, labels)).mean() + softplus(D(fake.detach(), wrong)).mean()
    )
    descend(for_d, loss_d)
    loss_g = descend(for_g, g_loss(D, fake, wrong))
    return loss_d.detach(), loss_g


@exercise.mistake(hint="idea")
def other_labels_in_gs_turn(G, D, for_g, for_d, real, labels, z):
    """In G's turn D is asked about other labels than G was. G then learns to draw one
    class where another was asked for: use the same labels in both calls."""
    return _step(d_loss, lambda D, fake, y: g_loss(D, fake, y.roll(1)))(
        G, D, for_g, for_d, real, labels, z
    )


@exercise.mistake(hint="idea")
def one_class_for_all(G, D, for_g, for_d, real, labels, z):
    """You ask G for class 0 in every row, so it never learns the others. Ask for the
    labels of the batch, which then are as common as in the data."""
    fake = G(z, 0 * labels)
    loss_d = softplus(-D(real, labels)).mean()
    loss_d = descend(for_d, loss_d + softplus(D(fake.detach(), 0 * labels)).mean())
    return loss_d, descend(for_g, g_loss(D, fake, 0 * labels))


@exercise.mistake(hint="idea")
def asked_for_nothing(G, D, for_g, for_d, real, labels, z):
    """You ask G for class 0 in every row and let D judge the images as the labels of
    the batch. G has no way to know what D expects: give G the same labels."""
    fake = G(z, 0 * labels)
    loss_d = descend(for_d, d_loss(D, real, fake.detach(), labels))
    return loss_d, descend(for_g, g_loss(D, fake, labels))


@exercise.mistake(hint="idea")
def wrong_labels_as_a_third_pair(G, D, for_g, for_d, real, labels, z):
    """You also show D real images with wrong labels, as fakes. Reed et al. (2016) do
    so, and it is a good idea; here the step of (10.1) is asked for, with two kinds of
    pairs."""

    def three(D: Net, real: Tensor, fake: Tensor, y: Tensor) -> Tensor:
        return d_loss(D, real, fake, y) + softplus(D(real, y.roll(1))).mean()

    return _step(three, g_loss)(G, D, for_g, for_d, real, labels, z)


@exercise.mistake(hint="idea")
def real_images_alone(G, D, for_g, for_d, real, labels, z):
    """D never sees a generated image in its turn, so it learns to call everything real.
    Add the second term, softplus(+D(fake, labels))."""
    return _step(lambda D, x, fake, y: softplus(-D(x, y)).mean(), g_loss)(
        G, D, for_g, for_d, real, labels, z
    )


@exercise.mistake(hint="idea")
def labels_swapped(G, D, for_g, for_d, real, labels, z):
    """Your D is rewarded for calling real pairs generated. softplus(-a) belongs to the
    real ones, softplus(+a) to the generated ones."""

    def swapped(D: Net, real: Tensor, fake: Tensor, y: Tensor) -> Tensor:
        return softplus(D(real, y)).mean() + softplus(-D(fake, y)).mean()

    return _step(swapped, g_loss)(G, D, for_g, for_d, real, labels, z)


@exercise.mistake(hint="idea")
def minimax(G, D, for_g, for_d, real, labels, z):
    """Your G minimises log(1 - D), the minimax loss, whose gradient vanishes where D is
    sure (chapter 04). Use the non-saturating loss, softplus(-D(fake, labels))."""
    return _step(d_loss, lambda D, fake, y: -softplus(D(fake, y)).mean())(
        G, D, for_g, for_d, real, labels, z
    )


@exercise.mistake(hint="idea")
def g_helps_d(G, D, for_g, for_d, real, labels, z):
    """Your G minimises D's loss on the generated pairs, so it learns to be recognised.
    Its own loss is small where D takes its images for real:
    softplus(-D(fake, labels))."""
    return _step(d_loss, lambda D, fake, y: softplus(D(fake, y)).mean())(
        G, D, for_g, for_d, real, labels, z
    )


@exercise.mistake(hint="idea")
def at_the_same_time(G, D, for_g, for_d, real, labels, z):
    """G is judged by the D of before: you compute both losses and then update both.
    Compute G's loss after D's update."""
    fake = G(z, labels)
    loss_g = g_loss(D, fake, labels)
    slopes = torch.autograd.grad(loss_g, list(G.parameters()))
    loss_d = descend(for_d, d_loss(D, real, fake.detach(), labels))
    for weight, slope in zip(G.parameters(), slopes, strict=True):
        weight.grad = slope
    for_g.step()
    return loss_d, loss_g.detach()


@exercise.mistake(hint="idea")
def one_total(G, D, for_g, for_d, real, labels, z):
    """You add the two losses and send one gradient through both networks, so D also
    minimises G's loss. Make two losses and two `backward()` calls, each with its own
    optimiser."""
    fake = G(z, labels)
    loss_d, loss_g = d_loss(D, real, fake.detach(), labels), g_loss(D, fake, labels)
    for_d.zero_grad()
    descend(for_g, loss_d + loss_g)
    for_d.step()
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="idea")
def g_first(G, D, for_g, for_d, real, labels, z):
    """G goes first here, against a D that has not yet seen these pairs. In the usual
    order D learns and G answers."""
    loss_g = descend(for_g, g_loss(D, G(z, labels), labels))
    loss_d = descend(for_d, d_loss(D, real, G(z, labels).detach(), labels))
    return loss_d, loss_g


@exercise.mistake(hint="formula")
def g_never_learns(G, D, for_g, for_d, real, labels, z):
    """G stays as it was: its optimiser never steps, or its loss is computed from
    detached images. Let the gradient flow through D into G."""
    fake = G(z, labels).detach()
    loss_d = descend(for_d, d_loss(D, real, fake, labels))
    return loss_d, g_loss(D, fake, labels).detach()


@exercise.mistake(hint="formula")
def d_never_learns(G, D, for_g, for_d, real, labels, z):
    """D stays as it was, so G learns from a D that has not learnt. Minimise D's loss
    with D's optimiser."""
    fake = G(z, labels)
    loss_d = d_loss(D, real, fake.detach(), labels).detach()
    return loss_d, descend(for_g, g_loss(D, fake, labels))


@exercise.mistake(hint="formula")
def never_cleared(G, D, for_g, for_d, real, labels, z):
    """Gradients of earlier turns are still there: call `zero_grad()` of the optimiser
    before each `backward()`. G's turn leaves gradients in D, too."""
    fake = G(z, labels)
    loss_d = d_loss(D, real, fake.detach(), labels)
    loss_d.backward()
    for_d.step()
    loss_g = g_loss(D, fake, labels)
    loss_g.backward()
    for_g.step()
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="line")
def fresh_latents(G, D, for_g, for_d, real, labels, z):
    """You draw new latents for G's turn, which trains as well. Here the step is given
    one `z` for both turns, so that results can be compared: use it twice."""
    loss_d = descend(for_d, d_loss(D, real, G(z, labels).detach(), labels))
    return loss_d, descend(for_g, g_loss(D, G(torch.randn_like(z), labels), labels))


@exercise.mistake(hint="line")
def losses_exchanged(G, D, for_g, for_d, real, labels, z):
    """Both players learn as they should, but the losses come back in the wrong order:
    D's first."""
    return conditional_step(G, D, for_g, for_d, real, labels, z)[::-1]


@exercise.mistake(hint="formula")
def d_in_evaluation(G, D, for_g, for_d, real, labels, z):
    """You switch D to evaluation mode for G's turn and leave it there: batch norm and
    dropout then work by other rules than those D learns by. Leave its mode alone."""
    fake = G(z, labels)
    loss_d = descend(for_d, d_loss(D, real, fake.detach(), labels))
    D.eval()
    return loss_d, descend(for_g, g_loss(D, fake, labels))


@exercise.mistake(hint="formula")
def halved(G, D, for_g, for_d, real, labels, z):
    """Your loss of D is half of what is asked for: you average the real and the
    generated pairs, and here the two means are added."""
    return _step(lambda *pairs: d_loss(*pairs) / 2, g_loss)(
        G, D, for_g, for_d, real, labels, z
    )
