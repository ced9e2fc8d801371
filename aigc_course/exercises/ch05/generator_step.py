"""Exercise on one step of the generator."""

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    softplus,
)

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import (
    LR,
    Net,
    Opt,
    batch,
    descend,
    disturbed,
    left_behind,
    networks,
    other_loss,
    sgd,
    weights,
)

exercise = Exercise(
    "05.generator_step",
    order=80,
    title="One lesson for the generator",
    difficulty=3,
    minutes=12,
    idea="Let D judge fresh fakes, with the graph to G intact. The gradient runs back"
    " through D into G; the optimiser then moves G alone.",
    formula="L_G = -E[log D(G(z))], and -log sigmoid(a) = softplus(-a).",
    line="Write `loss = nn.functional.softplus(-D(G(z))).mean()`,"
    " `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` and `return"
    " loss.detach()`.",
    variation="Freeze D during the step and thaw it afterwards, then measure the time"
    " that its weight gradients have cost.",
    asks="step",
)


@exercise.answer
def generator_step(
    G: nn.Module, D: nn.Module, optimizer: torch.optim.Optimizer, z: Tensor
) -> Tensor:
    """One update of G by `optimizer`, which holds G's weights; D stays as it is.

    L_G = -E[log D(G(z))]. z: latents [N, latent]. Returns the loss, a scalar.
    """
    fake_logits = D(G(z))  # not detached: the gradient reaches G through D
    loss = nn.functional.softplus(-fake_logits).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


@exercise.observe
def two_steps(f) -> dict[str, object]:
    G, D = networks()
    latents, after = [batch()[1], batch()[1]], []
    opt = sgd(G)
    for z in latents:
        f(G, D, opt, z)
        after.append(weights(G))
    sure = networks(shift=-120)  # D is sure that everything is fake
    f(*sure, sgd(sure[0]), batch()[1])
    return {
        "G after one step": after[0],
        "G after two steps": after[1],
        "D": weights(D),
        **left_behind(G, D),
        "G where D was sure": weights(sure[0]),
    }


@exercise.must_hold
def d_untouched(f) -> str | None:
    """D keeps its weights and can still learn."""
    G, D = networks()
    before = weights(D)
    f(G, D, sgd(G), batch()[1])
    if not same(weights(D), before):
        return "a step of G leaves the weights of D as they are."
    return disturbed(G, D)


@exercise.must_hold
def more_belief(f) -> bool:
    """After a small step D believes more in the fakes of the same latents."""
    G, D = networks()
    z = batch(32)[1]
    before = D(G(z)).mean()
    f(G, D, sgd(G, 0.01), z)
    return bool(D(G(z)).mean() > before)


@exercise.must_hold
def tells_the_loss(f) -> str | None:
    """The function returns G's loss, as it was before the update."""
    G, D = networks()
    z = batch()[1]
    want = softplus(-D(G(z))).mean().item()
    return other_loss(f(G, D, sgd(G), z), want)


@exercise.must_hold
def does_not_saturate(f) -> bool:
    """Where D is sure that all is fake (logits near -20), G still learns at full
    strength: the loss falls as fast as the mean logit rises."""
    G, D = networks()
    z = batch()[1]
    with torch.no_grad():
        list(D.parameters())[-1].sub_(20)  # the bias of the logit
    # dL_G/da = -(1 - sigmoid(a)) = -1 at a = -20
    slopes = torch.autograd.grad(-D(G(z)).mean(), list(G.parameters()))
    want = [w - LR * s for w, s in zip(weights(G), slopes, strict=True)]
    f(G, D, sgd(G), z)
    return same(weights(G), want)


@exercise.mistake(hint="idea")
def fakes_detached(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """G is the same after your step: no gradient has reached it, or
    `optimizer.step()` is missing. `.detach()` and `no_grad` belong to D's step; here
    the gradient has to run through D back into the fakes."""
    return descend(opt, softplus(-D(G(z).detach())).mean())


@exercise.mistake(hint="idea")
def graph_cut(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """`backward()` finds no way to G's weights, because the loss is detached or was
    computed under `no_grad`. Leave the whole path from z through G and D
    attached."""
    return descend(opt, softplus(-D(G(z)).detach()).mean())


@exercise.mistake(hint="idea")
def helps_d(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """Your G minimises D's loss on the fakes, -log(1 - D(G(z))), and so learns to be
    recognised. G wants the opposite of D: its fakes get the label 1."""
    return descend(opt, softplus(D(G(z))).mean())


@exercise.mistake(hint="formula")
def saturating(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You minimise log(1 - D(G(z))), the minimax loss: its gradient vanishes where D
    recognises every fake, which is where G has most to learn. Minimise -log D(G(z))
    instead."""
    return descend(opt, -softplus(D(G(z))).mean())


@exercise.mistake(hint="idea")
def both_losses(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You add D's loss on the fakes to G's: the two pull in opposite directions and
    cancel where D is undecided. Each player has a loss of its own; here it is
    -log D(G(z)) alone."""
    logits = D(G(z))
    return descend(opt, softplus(-logits).mean() + softplus(logits).mean())


@exercise.mistake(hint="formula")
def raw_logits(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You push up the mean logit itself, as with a Wasserstein critic: fakes that D
    already believes in pull as hard as the others. Put the logit through
    -log sigmoid, which is softplus(-logit)."""
    return descend(opt, -D(G(z)).mean())


@exercise.mistake(hint="formula")
def never_cleared(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """The first step is right and the second is not: the gradients of the first are
    still there, and `backward()` adds to them. Call `optimizer.zero_grad()` before
    it."""
    loss = softplus(-D(G(z))).mean()
    loss.backward()
    opt.step()
    return loss.detach()


@exercise.mistake(hint="idea")
def d_moves_too(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """Your step also moves D down G's loss, which teaches D to be fooled. Only G's
    optimiser may step here; D keeps its weights until its own turn."""
    D.zero_grad()
    loss = descend(opt, softplus(-D(G(z))).mean())
    sgd(D, opt.param_groups[0]["lr"]).step()
    return loss


@exercise.mistake(hint="idea")
def d_stays_frozen(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You freeze D for the step, which saves time, and leave it frozen, so D never
    learns again. Call `D.requires_grad_(True)` afterwards."""
    D.requires_grad_(False)
    return descend(opt, softplus(-D(G(z))).mean())


@exercise.mistake(hint="idea")
def d_left_in_evaluation(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You switch D to evaluation mode and leave it there: its batch normalisation then
    uses old statistics, and D judges by another function than the one it learns. Leave
    its mode alone; D stands still because only G's optimiser steps."""
    D.eval()
    return descend(opt, softplus(-D(G(z))).mean())


@exercise.mistake(hint="idea")
def d_in_evaluation(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You let D judge in evaluation mode: with batch normalisation or dropout it is
    then another function than the one that has just learnt (chapter 06). Leave its mode
    alone."""
    D.eval()
    loss = softplus(-D(G(z))).mean()
    D.train()
    return descend(opt, loss)


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """Where D is sure of every fake, your step makes G's weights NaN: its sigmoid is 0
    in float32, and 0 has no logarithm. -log sigmoid(a) is softplus(-a)."""
    return descend(opt, -torch.log(torch.sigmoid(D(G(z)))).mean())


@exercise.mistake(hint="line")
def other_latents(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    """You draw latents of your own and leave `z` unused. They serve as well in
    training; here `z` is an argument, so that results can be compared: use it."""
    return descend(opt, softplus(-D(G(torch.randn_like(z)))).mean())
