"""Exercise on what a map of a generator causes."""

import contextlib
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.ablation_effect",
    order=115,
    title="What does this map cause?",
    difficulty=4,
    minutes=25,
    asks="step",
    idea="Draw the same latents twice, once with the map switched off. A forward hook"
    " may return another output of a layer. Each latent gives one difference.",
    formula="d_i = measure(picture i without the map) - measure(picture i). Return the"
    " mean of d and its standard error, std(d) / sqrt(n). Remove the hook.",
    line="Write `def off(module, given, output):\n        output = output.clone()\n"
    "        output[:, channel] = 0\n        return output`, then `with"
    " torch.no_grad():\n        before = measure(network(z))\n        handle ="
    " layer.register_forward_hook(off)\n        try:\n            after ="
    " measure(network(z))\n        finally:\n            handle.remove()`, then"
    " `d = after - before`, then `return float(d.mean()), float(d.std() / len(d) **"
    " 0.5)`.",
    variation="Switch off two maps together, and compare with the sum of their"
    " effects.",
    tolerance=0.02,
)


@exercise.answer
def ablation_effect(
    network: nn.Module,
    layer: nn.Module,
    channel: int,
    z: Tensor,
    measure: Callable[[Tensor], Tensor],
) -> tuple[float, float]:
    """(mean effect, its standard error) of setting one map of a layer to 0.

    layer: a part of the network whose output is [N, C, H, W]. channel: the map.
    z: latents [N, D]. measure: pictures [N, 1, H, W] to numbers [N]. The effect is the
    measure without the map minus the measure with it, for the same latents. Afterwards
    the network is as before. Bau et al. 2019, section 3.2.
    """

    def off(module: nn.Module, given: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, channel] = 0
        return output

    with torch.no_grad():
        before = measure(network(z))
        handle = layer.register_forward_hook(off)
        try:
            after = measure(network(z))
        finally:
            handle.remove()
    d = after - before
    return float(d.mean()), float(d.std() / math.sqrt(len(d)))


def small(seed: int = 18) -> nn.Sequential:
    """A generator of pictures of 4 by 4 with three maps of 2 by 2."""
    guard = torch.random.get_rng_state()
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Linear(5, 12),
        nn.Unflatten(1, (3, 2, 2)),
        nn.ReLU(),
        nn.ConvTranspose2d(3, 1, 2, 2),
        nn.Tanh(),
    )
    torch.random.set_rng_state(guard)
    return network.eval()


def brightness(pictures: Tensor) -> Tensor:
    """The mean of each picture, [N]."""
    return pictures.mean((1, 2, 3))


def contrast(pictures: Tensor) -> Tensor:
    """The deviation within each picture, [N]."""
    return pictures.flatten(1).std(1)


def latents(n: int, seed: int = 1) -> Tensor:
    """Latents [n, 5]."""
    return torch.randn(n, 5, generator=torch.Generator().manual_seed(seed))


@exercise.observe
def effects(f) -> dict[str, Tensor]:
    """The effects of maps, and what the network draws afterwards."""
    found: dict[str, Tensor] = {}
    for channel, measure in ((0, brightness), (2, contrast), (1, brightness)):
        network, z = small(18 + channel), latents(60, channel)
        effect = f(network, network[2], channel, z, measure)
        assert len(effect) == 2, "Return two numbers: the mean and its standard error."
        found[f"mean {channel}"] = torch.tensor(float(effect[0]))
        found[f"error {channel}"] = torch.tensor(float(effect[1]))
        with torch.no_grad():
            found[f"afterwards {channel}"] = network(latents(4))
    return found


@exercise.must_hold
def the_hook_is_gone(f) -> bool:
    """Afterwards the network draws what it drew before."""
    network, z = small(), latents(8)
    with torch.no_grad():
        before = network(z)
        f(network, network[2], 1, z, brightness)
        return torch.equal(before, network(z))


@exercise.must_hold
def it_is_gone_after_an_error(f) -> bool:
    """Where the measure stops with an error, the network is as before, too."""
    network, z, calls = small(), latents(8), []

    def fails(pictures: Tensor) -> Tensor:
        calls.append(1)
        if len(calls) > 1:
            raise ZeroDivisionError
        return brightness(pictures)

    with torch.no_grad():
        before = network(z)
        with contextlib.suppress(ZeroDivisionError):
            f(network, network[2], 1, z, fails)
        return torch.equal(before, network(z))


def _effect(network, layer, channel, z, measure, hook=None, other=None) -> Tensor:
    """[n] differences, and the measures before, [2, n]."""

    def off(module, given, output):
        output = output.clone()
        output[:, channel] = 0
        return output

    with torch.no_grad():
        before = measure(network(z))
        handle = layer.register_forward_hook(hook or off)
        try:
            after = measure(network(z if other is None else other))
        finally:
            handle.remove()
    return torch.stack([before, after])


def _told(d: Tensor) -> tuple[float, float]:
    return float(d.mean()), float(d.std() / math.sqrt(len(d)))


@exercise.mistake(hint="idea")
def hook_stays(network, layer, channel, z, measure):
    """After your call the network still draws without the map. Remove the hook, or put
    back what you changed."""

    def off(module, given, output):
        output = output.clone()
        output[:, channel] = 0
        return output

    with torch.no_grad():
        before = measure(network(z))
        layer.register_forward_hook(off)
        after = measure(network(z))
    return _told(after - before)


@exercise.mistake(hint="idea")
def nothing_is_switched_off(network, layer, channel, z, measure):
    """Your pictures are the same with and without the map. A hook has to return the new
    output, or change the given one in place."""
    return 0.0, 0.0


@exercise.mistake(hint="idea")
def not_paired(network, layer, channel, z, measure):
    """Your standard error treats the two sets as independent. They share their latents,
    so take the deviation of the differences."""
    before, after = _effect(network, layer, channel, z, measure)
    error = math.sqrt(float(before.var() + after.var()) / len(z))
    return float((after - before).mean()), error


@exercise.mistake(hint="idea")
def new_latents(network, layer, channel, z, measure):
    """You draw other latents for the pictures without the map. The effect is then mixed
    with the differences of the latents."""
    before, after = _effect(network, layer, channel, z, measure, other=z.flip(0))
    return _told(after - before)


@exercise.mistake(hint="formula")
def deviation(network, layer, channel, z, measure):
    """You return the standard deviation of the differences. The standard error of their
    mean is smaller by sqrt(n)."""
    before, after = _effect(network, layer, channel, z, measure)
    return float((after - before).mean()), float((after - before).std())


@exercise.mistake(hint="formula")
def divided_by_n(network, layer, channel, z, measure):
    """You divide the deviation of the differences by n. The standard error divides it
    by sqrt(n)."""
    before, after = _effect(network, layer, channel, z, measure)
    return float((after - before).mean()), float((after - before).std() / len(z))


@exercise.mistake(hint="formula")
def sign_reversed(network, layer, channel, z, measure):
    """Your effect has the wrong sign: without the map minus with it."""
    before, after = _effect(network, layer, channel, z, measure)
    return _told(before - after)


@exercise.mistake(hint="formula")
def absolute_differences(network, layer, channel, z, measure):
    """You average absolute differences. A map that raises and lowers the measure
    equally often has no mean effect."""
    before, after = _effect(network, layer, channel, z, measure)
    return _told((after - before).abs())


@exercise.mistake(hint="formula")
def one_picture_switched_off(network, layer, channel, z, measure):
    """You set output[channel] to 0, which is one picture of the batch. Maps are the
    second axis: output[:, channel]."""

    def off(module, given, output):
        output = output.clone()
        output[channel] = 0
        return output

    before, after = _effect(network, layer, channel, z, measure, off)
    return _told(after - before)


@exercise.mistake(hint="formula")
def all_maps_off(network, layer, channel, z, measure):
    """You set all maps to 0. The effect of one of them is asked for."""

    def off(module, given, output):
        return torch.zeros_like(output)

    before, after = _effect(network, layer, channel, z, measure, off)
    return _told(after - before)


@exercise.mistake(hint="formula")
def only_this_map(network, layer, channel, z, measure):
    """You keep this map and set the others to 0. Set this one to 0."""

    def off(module, given, output):
        kept = torch.zeros_like(output)
        kept[:, channel] = output[:, channel]
        return kept

    before, after = _effect(network, layer, channel, z, measure, off)
    return _told(after - before)


@exercise.mistake(hint="idea")
def replaced_by_its_mean(network, layer, channel, z, measure):
    """You replace the map by its mean. That removes its shape and keeps its brightness;
    0 was asked for."""

    def off(module, given, output):
        output = output.clone()
        output[:, channel] = output[:, channel].mean()
        return output

    before, after = _effect(network, layer, channel, z, measure, off)
    return _told(after - before)


@exercise.mistake(hint="formula")
def variance_of_the_mean(network, layer, channel, z, measure):
    """You return var(d) / n. The standard error is its root."""
    before, after = _effect(network, layer, channel, z, measure)
    d = after - before
    return float(d.mean()), float(d.var() / len(d))


@exercise.mistake(hint="idea")
def without_the_error(network, layer, channel, z, measure):
    """You return 0 for the standard error. Without it an effect cannot be told from an
    accident of these latents."""
    before, after = _effect(network, layer, channel, z, measure)
    return float((after - before).mean()), 0.0
