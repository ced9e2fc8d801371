"""Eight invariants of a training step: what holds for healthy ones whatever they learn.

They look at one step, not at a curve, after the idea of Jiang et al. 2025 ("Training
with confidence", OSDI), whose tool finds 18 of 20 silent errors in this way.

    connected  every parameter of a player gets a gradient, finite and not 0
    moves      a step changes every parameter of its player
    separate   and no parameter of another player
    descends   a step lowers the player's own loss on the same batch and draws
    aims       a step raises what the player wants, measured without its loss
    alone      in evaluation an output does not depend on the other samples
    mean       the loss of a batch of twice the size is about as large
    fresh      the same seed gives the same loss, another seed another one
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from aigc_course.checks import guard
from aigc_course.checks.compare import same
from aigc_course.clinic.steps import Step

Make = Callable[[], Step]

SEED = 2025
SLACK = 0.35  # by which the loss of twice the batch may differ: latents are drawn anew
TINY = 1e-6


def broken(make: Make, seed: int = SEED) -> dict[str, str]:
    """The invariants that a step breaks, by id, each with a sentence.

    make: () -> a new step, the same after the same seed. An invariant that stops with
    an exception is broken.
    """
    found: dict[str, str] = {}
    for id, invariant in INVARIANTS.items():
        try:
            said = next(invariant(make, seed), "")
        except Exception as error:  # a sick step may raise anything
            said = f"the step stops with {type(error).__name__}."
        if said:
            found[id] = said
    return found


def _made(make: Make, seed: int) -> Step:
    guard.fresh(seed)
    return make()


def _loss(step: Step, player: str, seed: int, batch: Tensor | None = None) -> Tensor:
    guard.seed(seed)
    return step.losses(step.batch if batch is None else batch)[player]


def connected(make: Make, seed: int) -> Iterator[str]:
    """dL/dw exists, is finite and is not 0 for every parameter tensor of the player.

    Otherwise w stays where it began, whatever the optimiser does.
    """
    for player in _made(make, seed).networks:
        step = _made(make, seed)
        names, weights = zip(*step.networks[player].named_parameters(), strict=True)
        loss = _loss(step, player, seed)
        if not loss.requires_grad:
            yield f"the loss of {player} carries no gradient."
            continue
        found = torch.autograd.grad(loss, weights, allow_unused=True)
        for name, slope in zip(names, found, strict=True):
            if slope is None or not bool(torch.isfinite(slope).all()):
                yield f"`{name}` of {player} gets no finite gradient."
            elif not bool(slope.any()):
                yield f"the gradient of `{name}` of {player} is 0."


def moves(make: Make, seed: int) -> Iterator[str]:
    """w' = w - lr u differs from w for every parameter tensor of the player."""
    for player in _made(make, seed).networks:
        before, after, step = _advanced(make, seed, player)
        names = [name for name, _ in step.networks[player].named_parameters()]
        pairs = zip(names, before[player], after[player], strict=True)
        for name, old, new in pairs:
            if torch.equal(old, new):
                yield f"`{name}` of {player} does not move in a step of {player}."
            elif not bool(torch.isfinite(new).all()):
                yield f"`{name}` of {player} is not finite after a step."


def separate(make: Make, seed: int) -> Iterator[str]:
    """A step of one player leaves the parameters of the others bit for bit."""
    for player in _made(make, seed).networks:
        before, after, _ = _advanced(make, seed, player)
        for other in before.keys() - {player}:
            if not all(map(torch.equal, before[other], after[other])):
                yield f"a step of {player} changes {other}."


def _advanced(
    make: Make, seed: int, player: str
) -> tuple[dict[str, list[Tensor]], dict[str, list[Tensor]], Step]:
    step = _made(make, seed)
    before = step.kept()
    guard.seed(seed + 1)
    step.advance(step.batch, player)
    return before, step.kept(), step


def descends(make: Make, seed: int) -> Iterator[str]:
    """L(w - lr u) < L(w) on the same batch and draws, for a small step.

    By Taylor, L(w - lr u) = L(w) - lr u . grad L + O(lr^2).
    """
    for player in _made(make, seed).networks:
        step = _made(make, seed)
        before = float(_loss(step, player, seed + 1).detach())
        guard.seed(seed + 1)
        step.advance(step.batch, player)
        after = float(_loss(step, player, seed + 1).detach())
        if not after < before:
            yield f"a step of {player} does not lower its loss."


def aims(make: Make, seed: int) -> Iterator[str]:
    """A step of the player raises what it wants, to first order as `descends`."""
    for player in _made(make, seed).aims:
        step = _made(make, seed)
        before = float(step.aims[player]().detach())
        guard.seed(seed + 1)
        step.advance(step.batch, player)
        if not float(step.aims[player]().detach()) > before:
            yield f"a step of {player} does not bring it closer to what it wants."


def alone(make: Make, seed: int) -> Iterator[str]:
    """f(x)_i = f(x_i): in evaluation one sample's output is its own business."""
    step = _made(make, seed)
    for player, network in step.networks.items():
        x, few = step.inputs[player], 3
        network.eval()
        with torch.no_grad():
            guard.seed(seed)
            whole = _first(network(x))
            guard.seed(seed)
            part = _first(network(x[:few]))
        if not same(part, whole[:few], 1e-4):
            yield f"an output of {player} depends on the other samples of its batch."


def _first(output: object) -> Tensor:
    found = output[0] if isinstance(output, tuple | list) else output
    assert isinstance(found, Tensor)
    return found


def mean(make: Make, seed: int) -> Iterator[str]:
    """L(x, x) = L(x) for a mean over the batch; a sum would be twice as large."""
    step = _made(make, seed)
    for player in step.networks:
        one = float(_loss(step, player, seed).detach())
        double = torch.cat([step.batch, step.batch])
        two = float(_loss(step, player, seed, double).detach())
        if not abs(two - one) <= SLACK * max(abs(one), 0.1):
            yield f"the loss of {player} depends on the size of the batch."


def fresh(make: Make, seed: int) -> Iterator[str]:
    """The draws of a step come from the seed, and every step has draws of its own."""
    step = _made(make, seed)
    for player in step.networks:
        with _same_buffers(step.networks[player]):
            one, two, other = (
                float(_loss(step, player, s).detach()) for s in (seed, seed, seed + 1)
            )
        if abs(one - two) > TINY * max(1.0, abs(one)):
            yield f"the loss of {player} is another with the same seed."
        if step.draws and one == other:
            yield f"the loss of {player} is the same with other random numbers."


class _same_buffers:
    """Leaves a network's buffers, such as running means, as they were."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.kept = [buffer.clone() for buffer in network.buffers()]

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        for buffer, old in zip(self.network.buffers(), self.kept, strict=True):
            buffer.copy_(old)


INVARIANTS: dict[str, Callable[[Make, int], Iterator[str]]] = {
    one.__name__: one
    for one in (connected, moves, separate, descends, aims, alone, mean, fresh)
}
