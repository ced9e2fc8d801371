"""Exercise on one step of the discriminator."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch05.discriminator_loss import discriminator_loss
from aigc_course.exercises.small_gan import (
    Net,
    Opt,
    batch,
    descend,
    disturbed,
    gradients,
    left_behind,
    networks,
    other_loss,
    sgd,
    weights,
)

exercise = Exercise(
    "05.discriminator_step",
    order=70,
    title="One lesson for the discriminator",
    difficulty=3,
    minutes=15,
    idea="Show D the real pictures and fakes that carry no graph back to G; compute its"
    " loss; then the three calls of every step in PyTorch.",
    formula="L_D = -E[log D(x)] - E[log(1 - D(G(z)))]; zero_grad, backward, step.",
    line="Write `loss = discriminator_loss(D(real), D(G(z).detach()))`,"
    " `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` and `return"
    " loss.detach()`.",
    variation="Measure how much time `.detach()` saves, by timing the step with and"
    " without it.",
    asks="step",
)


@exercise.answer
def discriminator_step(
    G: nn.Module,
    D: nn.Module,
    optimizer: torch.optim.Optimizer,
    real: Tensor,
    z: Tensor,
) -> Tensor:
    """One update of D by `optimizer`, which holds D's weights; G stays as it is.

    real: pictures [N, 1, H, W]. z: latents [N, latent]. Returns the loss, a scalar.
    """
    fake = G(z).detach()  # D's loss says nothing to G
    loss = discriminator_loss(D(real), D(fake))
    optimizer.zero_grad()  # G's last step has left gradients in D
    loss.backward()
    optimizer.step()
    return loss.detach()


@exercise.observe
def some_steps(f) -> dict[str, object]:
    (G, D), (G2, D2) = networks(), networks()
    batches, (real, z) = [batch(), batch()], batch()
    opt, after = sgd(D), []
    for pictures, latents in batches:
        f(G, D, opt, pictures, latents)
        after.append(weights(D))
    softplus(-D2(G2(z).detach())).mean().backward()  # as a step of G leaves D
    f(G2, D2, sgd(D2), real, z)
    G3, D3 = networks(norm=True)
    f(G3, D3, sgd(D3), *batch())
    sure = networks(shift=120)  # D is sure that everything is real
    f(*sure, sgd(sure[1]), *batch())
    return {
        "D after one step": after[0],
        "D after two steps": after[1],
        "D with gradients of G's step in it": weights(D2),
        "the gradients of G": gradients(G),
        "G": weights(G),
        **left_behind(G, D),
        "D with batch normalisation": weights(D3),
        "D where it was sure that all is real": weights(sure[1]),
    }


@exercise.must_hold
def g_untouched(f) -> str | None:
    """G keeps its weights, and no gradient is left in it."""
    G, D = networks()
    before = weights(G)
    f(G, D, sgd(D), *batch())
    if not same(weights(G), before):
        return "a step of D leaves the weights of G as they are."
    if any(g.any() for g in gradients(G)):
        return "D's step leaves no gradient in G; cut the fakes off with `.detach()`."
    return disturbed(G, D)


@exercise.must_hold
def d_sees_better(f) -> bool:
    """After a small step D's loss on the same pictures is lower."""
    G, D = networks()
    real, z = batch(32)
    before = discriminator_loss(D(real), D(G(z)))
    f(G, D, sgd(D, 0.01), real, z)
    return bool(discriminator_loss(D(real), D(G(z))) < before)


@exercise.must_hold
def tells_the_loss(f) -> str | None:
    """The function returns D's loss, as it was before the update."""
    G, D = networks()
    real, z = batch()
    want = discriminator_loss(D(real), D(G(z))).item()
    return other_loss(f(G, D, sgd(D), real, z), want)


@exercise.mistake(hint="idea")
def undetached(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """D learns, but its loss also leaves gradients in G, which takes time and makes the
    fakes worse if G's next step does not clear them. Cut the fakes off with
    `.detach()`."""
    return descend(opt, discriminator_loss(D(real), D(G(z))))


@exercise.mistake(hint="formula")
def never_cleared(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """The first step is right and the second is not: gradients of earlier steps are
    still there, and `backward()` adds to them. Call `optimizer.zero_grad()` before
    it."""
    loss = discriminator_loss(D(real), D(G(z).detach()))
    loss.backward()
    opt.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def cleared_too_late(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You clear the gradients after the step; but between two steps of D comes one of
    G, whose loss runs back through D and leaves gradients there. Clear them before
    `backward()`."""
    loss = never_cleared(G, D, opt, real, z)
    opt.zero_grad()
    return loss


@exercise.mistake(hint="idea")
def no_gradient(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """D is the same after your step: no gradient has reached it, or `optimizer.step()`
    is missing. A loss that is made with NumPy, `.item()` or `torch.tensor(...)` is a
    new number without a graph that leads to D's weights."""
    value = discriminator_loss(D(real), D(G(z))).item()
    return descend(opt, torch.tensor(value, requires_grad=True))


@exercise.mistake(hint="idea")
def graph_cut(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """`backward()` finds no way to D's weights, because the loss is detached or was
    computed under `no_grad`. Only G may be cut off: detach the fakes, not D's
    logits."""
    logits = D(real).detach(), D(G(z)).detach()
    return descend(opt, discriminator_loss(*logits))


@exercise.mistake(hint="idea")
def fakes_alone(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your D sees fakes only, and learns to call everything fake. Add the half of the
    loss with the real pictures."""
    return descend(opt, softplus(D(G(z).detach())).mean())


@exercise.mistake(hint="idea")
def reals_alone(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your D sees real pictures only, and learns to call everything real. Add the half
    of the loss with the fakes."""
    return descend(opt, softplus(-D(real)).mean())


@exercise.mistake(hint="formula")
def labels_swapped(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your D learns to call fakes real and real pictures fake. The label 1 belongs to
    the real pictures and 0 to the fakes."""
    return descend(opt, discriminator_loss(D(G(z).detach()), D(real)))


@exercise.mistake(hint="formula")
def glad_to_be_fooled(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your D learns to call the fakes real as well, as if it were on G's side. In D's
    loss the fakes have the label 0: the term is -log(1 - D(G(z)))."""
    fooled = softplus(-D(G(z).detach())).mean()
    return descend(opt, softplus(-D(real)).mean() + fooled)


@exercise.mistake(hint="formula")
def two_updates(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You update D twice, first for the real pictures and then for the fakes: the
    second half is judged by another D than the first. Add both losses, then step
    once."""
    on_real = reals_alone(G, D, opt, real, z)
    return on_real + fakes_alone(G, D, opt, real, z)


@exercise.mistake(hint="formula")
def halved(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your D makes half the step: the loss is the sum of its two halves, not their
    mean. Plain gradient descent would take half the step, and the curve would show half
    the loss."""
    loss = discriminator_loss(D(real), D(G(z).detach())) / 2
    return descend(opt, loss)


@exercise.mistake(hint="idea")
def g_moves_too(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Your step also moves G down D's loss, towards fakes that D recognises sooner.
    Use the optimiser that is passed in, which holds D's weights alone, and detach the
    fakes."""
    both = [*G.parameters(), *D.parameters()]
    shared = torch.optim.SGD(both, lr=opt.param_groups[0]["lr"])
    return descend(shared, discriminator_loss(D(real), D(G(z))))


@exercise.mistake(hint="idea")
def g_stays_frozen(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You switch off G's gradients and leave them off, so G never learns again. Switch
    them on after the step; or use `.detach()`, which leaves G alone."""
    G.requires_grad_(False)
    return descend(opt, discriminator_loss(D(real), D(G(z))))


@exercise.mistake(hint="formula")
def in_one_batch(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You judge real pictures and fakes in one batch. A D with batch normalisation then
    learns on mixed batches and judges G's fakes alone, which makes it two different
    functions (chapter 06): call D twice."""
    logits = D(torch.cat([real, G(z).detach()]))
    return descend(opt, discriminator_loss(logits[: len(real)], logits[len(real) :]))


@exercise.mistake(hint="formula")
def g_left_in_evaluation(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You switch G to evaluation mode and leave it there: its batch normalisation then
    draws other fakes than in G's own training. `.detach()` is all that is needed; leave
    the mode alone."""
    G.eval()
    return descend(opt, discriminator_loss(D(real), D(G(z).detach())))


@exercise.mistake(hint="line")
def other_latents(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """You draw latents of your own and leave `z` unused. They serve as well in
    training; here `z` is an argument, so that results can be compared: use it."""
    fake = G(torch.randn_like(z)).detach()
    return descend(opt, discriminator_loss(D(real), D(fake)))


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    """Where D is sure and wrong, your step makes its weights NaN: sigmoid and logarithm
    are taken one after the other, and the logarithm meets 0. Your `discriminator_loss`
    takes logits and does not meet it."""
    on_real = -torch.log(torch.sigmoid(D(real))).mean()
    on_fake = -torch.log(1 - torch.sigmoid(D(G(z).detach()))).mean()
    return descend(opt, on_real + on_fake)
