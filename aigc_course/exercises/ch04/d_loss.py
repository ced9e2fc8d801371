"""Exercise: what D minimises."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch04.cross_entropy import cross_entropy
from aigc_course.exercises.small_gan import (
    Net,
    batch,
    disturbed,
    gradients,
    left_behind,
    networks,
)

exercise = Exercise(
    "04.d_loss",
    order=30,
    title="What D minimises",
    difficulty=2,
    minutes=8,
    idea="Real points have the label 1, generated ones 0, and D is judged on both. G"
    " makes the generated points, but no gradient of this loss may reach G.",
    formula="L_D = mean l(D(x), 1) + mean l(D(G(z)), 0), with l the cross-entropy.",
    line="Take `fake = G(z).detach()` and `return cross_entropy(D(real),"
    " torch.ones(len(real))) + cross_entropy(D(fake), torch.zeros(len(fake)))`.",
    variation="Show D three batches of fakes for each batch of real points, and find"
    " out to which belief it then moves where both are equally dense.",
    asks="formula",
)


@exercise.answer
def d_loss(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Loss of D on real points and on G(z), a scalar that sends no gradient into G.

    L_D = mean l(D(x), 1) + mean l(D(G(z)), 0)
    """
    fake = G(z).detach()  # cut: this loss is none of G's business
    on_real = cross_entropy(D(real), torch.ones(len(real)))
    on_fake = cross_entropy(D(fake), torch.zeros(len(fake)))
    return on_real + on_fake


def felt(loss: object, *networks: Net) -> list[object]:
    """The loss, and the gradients it leaves in each network, one row for each."""
    assert isinstance(loss, Tensor), (
        f"The result is {kind(loss)}; expected is the loss as a tensor, so that"
        " `backward()` can be called."
    )
    if loss.requires_grad and loss.numel() == 1:
        loss.backward()
    return [loss.detach(), *(gradients(network) for network in networks)]


@exercise.observe
def d_and_its_gradients(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for shift in (0, -120, 120):
        G, D = networks(shift=shift)
        loss, in_d, in_g = felt(f(D, G, *batch()), D, G)
        where = f" where all logits are near {shift}" if shift else ""
        found |= {f"the loss{where}": loss, f"D's gradients{where}": in_d}
        found |= {f"G's gradients{where}": in_g}
    return {**found, **left_behind(G, D)}


@exercise.must_hold
def both_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as before."""
    G, D = networks()
    f(D, G, *batch())
    return disturbed(G, D)


@exercise.must_hold
def g_feels_nothing(f) -> bool:
    """D's loss leaves no gradient in G."""
    G, D = networks()
    return not any(g.any() for g in felt(f(D, G, *batch()), G)[1])  # type: ignore[attr-defined]


@exercise.must_hold
def descent_helps_d(f) -> bool:
    """A small step of D down its loss raises real logits above generated ones."""
    G, D = networks()
    real, z = batch(64)

    def lead() -> Tensor:
        return (D(real).mean() - D(G(z)).mean()).detach()

    before = lead()
    f(D, G, real, z).backward()
    with torch.no_grad():
        for weight in D.parameters():
            if weight.grad is not None:
                weight.sub_(0.01 * weight.grad)
    return bool(lead() > before)


@exercise.mistake(hint="idea")
def undetached(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """The value is right, but the loss also sends gradients into G, which would make
    the fakes worse. Cut the fakes off with `.detach()`."""
    return softplus(-D(real)).mean() + softplus(D(G(z))).mean()


@exercise.mistake(hint="idea")
def outside_the_graph(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """The value is right and D gets no gradient: the loss was computed with NumPy, with
    `.item()`, under `no_grad`, or from detached logits. Only the fakes are cut off;
    from D's weights to the loss all stays torch."""
    return d_loss(D, G, real, z).detach()


@exercise.mistake(hint="formula")
def glad_to_be_fooled(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your D is rewarded for calling the fakes real: their term is -log D(G(z)), which
    is G's loss. In D's loss they have the label 0: -log(1 - D(G(z)))."""
    return softplus(-D(real)).mean() + softplus(-D(G(z).detach())).mean()


@exercise.mistake(hint="formula")
def labels_exchanged(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your labels are exchanged: 1 belongs to the real points, 0 to the generated."""
    return softplus(D(real)).mean() + softplus(-D(G(z).detach())).mean()


@exercise.mistake(hint="idea")
def fakes_alone(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your D never sees a real point, so calling everything generated is perfect. Add
    the half with the real points."""
    return softplus(D(G(z).detach())).mean()


@exercise.mistake(hint="formula")
def halved(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """This is the mean of the two halves, half the loss of the formula: at beliefs of
    1/2 it should be 2 log 2 = 1.386. Add them."""
    return d_loss(D, G, real, z) / 2


@exercise.mistake(hint="idea")
def verdict_detached(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You detach D's logits of the fakes, so D learns nothing from them. Cut one step
    earlier, between G and D: `D(G(z).detach())`."""
    return softplus(-D(real)).mean() + softplus(D(G(z)).detach()).mean()


@exercise.mistake(hint="formula")
def smoothed(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You use the label 0.9 for real points. Label smoothing is another loss (chapter
    06); in (4.6) the label of real points is 1."""
    logits = D(real)
    fakes = softplus(D(G(z).detach())).mean()
    return softplus(-logits).mean() + 0.1 * logits.mean() + fakes


@exercise.mistake(hint="line")
def other_latents(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You draw latents of your own and leave `z` unused. They serve as well in
    training; here `z` is an argument, so that results can be compared: use it."""
    return d_loss(D, G, real, torch.randn_like(z))


@exercise.mistake(hint="formula")
def g_left_in_evaluation(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You switch G to evaluation mode and leave it there: a G with batch normalisation
    then draws other points, and goes on doing so in its own turn. Leave the mode
    alone; `.detach()` is all that is needed."""
    G.eval()
    return d_loss(D, G, real, z)


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your loss is infinite where D is sure and wrong: sigmoid and logarithm are taken
    one after the other, and the logarithm meets 0. Your `cross_entropy` takes logits
    and does not meet it."""
    on_real = -torch.log(torch.sigmoid(D(real))).mean()
    return on_real - torch.log(1 - torch.sigmoid(D(G(z).detach()))).mean()
