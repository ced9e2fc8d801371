"""Exercise on style: a training step of the decoder."""

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import (
    ModeShows,
    Net,
    Opt,
    descend,
    sgd,
    trainable,
    weights,
)

exercise = Exercise(
    "15.decoder_step",
    order=64,
    title="Teach the decoder",
    difficulty=3,
    minutes=12,
    idea="The picture itself is the answer that the decoder should give to its"
    " features, so no labels are needed.",
    formula="loss = mean over pictures and pixels of (network(extract(x)) - x)^2; clear"
    " the gradients, go back, step.",
    line="`loss = (network(extract(pictures)) - pictures).square().mean()`,"
    " `optimiser.zero_grad()`, `loss.backward()`, `optimiser.step()` and `return"
    " loss.detach()`.",
    variation="Add `transfer.style_distance(network(...), style).mean()` for features"
    " with the style's mean and spread, as Huang and Belongie (2017) do.",
    asks="step",
)


@exercise.answer
def decoder_step(network: Net, optimiser: Opt, extract, pictures: Tensor) -> Tensor:
    """One step of the decoder towards finding pictures from their features.

    extract(pictures) gives features, and is not trained. Minimises the mean squared
    error; returns it, a scalar without a graph, as it was before the update.
    """
    loss = (network(extract(pictures)) - pictures).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


def small() -> tuple[nn.Module, nn.Module]:
    """A decoder of features [N, 3, 2, 2] to pictures [N, 1, 4, 4], and an extractor."""
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.Tanh(),
        ModeShows(),
        nn.Conv2d(6, 4, 3, padding=1),
        nn.PixelShuffle(2),
    )
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(3)  # some pixels then lie outside [-1, 1]
    extract = nn.Sequential(nn.Conv2d(1, 3, 2, stride=2), nn.ReLU())
    return network, extract.requires_grad_(False)


def batch() -> Tensor:
    """Pictures [7, 1, 4, 4] in [-1, 1]."""
    return torch.randn(7, 1, 4, 4).tanh()


def number(told: object) -> object:
    """The returned loss as a number, where it carries no graph."""
    if isinstance(told, Tensor):
        return "with a graph" if told.requires_grad else float(told.sum())
    return told


@exercise.observe
def two_steps(f) -> dict[str, object]:
    network, extract = small()
    optimiser = sgd(network, 0.3)
    seen: dict[str, object] = {}
    for turn in ("first", "second"):
        told = f(network, optimiser, extract, batch())
        assert told is not None, "The step should return its loss."
        seen |= {f"weights after the {turn} step": weights(network)}
        seen |= {f"the loss of the {turn} step": number(told)}
    seen["whether the network is in training mode"] = network.training
    return seen


@exercise.must_hold
def as_before(f) -> bool:
    """The network is in training mode afterwards and can learn, as before."""
    network, extract = small()
    f(network, sgd(network), extract, batch())
    return all(part.training for part in network.modules()) and trainable(network)


@exercise.must_hold
def extractor_stays(f) -> bool:
    """The extractor is as it was, and still not to be trained."""
    network, extract = small()
    before = weights(extract)
    f(network, sgd(network), extract, batch())
    kept = zip(before, extract.parameters(), strict=True)
    return all(torch.equal(a, b) and not b.requires_grad for a, b in kept)


@exercise.must_hold
def the_error_falls(f) -> bool:
    """A few small steps on one batch lower the squared error."""
    network, extract = small()
    pictures, optimiser = batch(), sgd(network, 0.05)

    def error() -> float:
        return float((network(extract(pictures)) - pictures).square().mean())

    start = error()
    for _ in range(5):
        f(network, optimiser, extract, pictures)
    return error() < start


@exercise.mistake(hint="idea")
def absolute_error(network, optimiser, extract, pictures):
    """You minimise the absolute error, whose best answer is the median, (15.4). The
    exercise asks for the squared error."""
    loss = (network(extract(pictures)) - pictures).abs().mean()
    return descend(optimiser, loss)


@exercise.mistake(hint="formula")
def summed(network, optimiser, extract, pictures):
    """You sum the squared errors. The mean over pictures and pixels is asked for, so
    that the size of a step does not depend on the size of the batch."""
    loss = (network(extract(pictures)) - pictures).square().sum()
    return descend(optimiser, loss)


@exercise.mistake(hint="formula")
def summed_over_pixels(network, optimiser, extract, pictures):
    """You sum over the pixels of a picture and average over pictures. The mean over
    both is asked for."""
    error = (network(extract(pictures)) - pictures).square()
    return descend(optimiser, error.flatten(1).sum(1).mean())


@exercise.mistake(hint="formula")
def halved(network, optimiser, extract, pictures):
    """Your loss has a factor 1/2 in front. It is a common form; here the mean squared
    error itself is asked for."""
    loss = (network(extract(pictures)) - pictures).square().mean() / 2
    return descend(optimiser, loss)


@exercise.mistake(hint="idea")
def clamped_too_early(network, optimiser, extract, pictures):
    """You clamp the pictures before the loss. Where a pixel is out of range the
    gradient is then 0, and it never comes back: clamp when showing, not when
    learning."""
    made = network(extract(pictures)).clamp(-1, 1)
    return descend(optimiser, (made - pictures).square().mean())


@exercise.mistake(hint="formula")
def never_cleared(network, optimiser, extract, pictures):
    """Gradients of earlier steps are still there and add up: call
    `optimiser.zero_grad()` before `backward()`."""
    loss = (network(extract(pictures)) - pictures).square().mean()
    loss.backward()
    optimiser.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def never_stepped(network, optimiser, extract, pictures):
    """The weights stay as they were: `optimiser.step()` is missing, or gradients are
    cleared between `backward()` and `step()`."""
    loss = (network(extract(pictures)) - pictures).square().mean()
    optimiser.zero_grad()
    loss.backward()
    return loss.detach()


@exercise.mistake(hint="formula")
def uphill(network, optimiser, extract, pictures):
    """Your step goes uphill: the loss has a minus in front."""
    loss = (network(extract(pictures)) - pictures).square().mean()
    descend(optimiser, -loss)
    return loss.detach()


@exercise.mistake(hint="formula")
def graph_kept(network, optimiser, extract, pictures):
    """The loss that you return still carries its graph, which keeps the whole forward
    pass in memory for as long as somebody keeps the number: return loss.detach()."""
    loss = (network(extract(pictures)) - pictures).square().mean()
    descend(optimiser, loss)
    return loss


@exercise.mistake(hint="line")
def loss_afterwards(network, optimiser, extract, pictures):
    """The network learns as it should, but you compute the loss again after the update.
    Return the one that was descended."""
    loss = (network(extract(pictures)) - pictures).square().mean()
    descend(optimiser, loss)
    return (network(extract(pictures)) - pictures).square().mean().detach()


@exercise.mistake(hint="formula")
def in_evaluation_mode(network, optimiser, extract, pictures):
    """You switch the network to evaluation mode: batch norm and dropout then work by
    other rules than in a training. Leave its mode alone."""
    network.eval()
    loss = (network(extract(pictures)) - pictures).square().mean()
    return descend(optimiser, loss)


@exercise.mistake(hint="idea")
def towards_the_features(network, optimiser, extract, pictures):
    """You compare the features of the result with the features of the picture. That is
    the content loss of Gatys et al.; here the pixels are compared."""
    wanted = extract(pictures)
    loss = (extract(network(wanted)) - wanted).square().mean()
    return descend(optimiser, loss)
