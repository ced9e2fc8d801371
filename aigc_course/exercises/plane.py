"""What a small fully connected network is and does, for exercises that build one.

Two hidden layers of WIDTH units with leaky ReLUs of slope 0.2, and a linear end.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.exercises import probing

WIDTH, SLOPE = 128, 0.2

Facts = dict[str, object]
Make = Callable[[], object]


def facts(make: Make, inputs: int, outputs: int) -> Facts:
    """What the network is and does, in words and numbers that its writing leaves."""
    network = probing.module(make())
    y = probing.output(network, torch.randn(5, inputs), f"[N, {outputs}]")
    found: Facts = {
        "shape": list(y.shape),
        "sizes": probing.sizes(network),
        "parameters": probing.count(network),
    }
    right = found["parameters"] == parameters(inputs, outputs)
    if (
        found["sizes"] != sizes(inputs, outputs)
        or not right
        or y.numel() != 5 * outputs
    ):
        return found
    return {**found, **_computed(network, inputs, outputs)}


def sizes(inputs: int, outputs: int) -> list[int]:
    """Entries of the three matrices, largest first; they must differ."""
    return sorted((WIDTH * inputs, WIDTH**2, WIDTH * outputs), reverse=True)


def parameters(inputs: int, outputs: int) -> int:
    """Three matrices and three biases."""
    return sum(sizes(inputs, outputs)) + 2 * WIDTH + outputs


@torch.no_grad()
def _computed(network: nn.Module, inputs: int, outputs: int) -> Facts:
    def told(*signs: float, x: float = 1.0) -> Tensor:
        scaled = (signs[0] / inputs, signs[1] / WIDTH, signs[2] / WIDTH)
        layers = (WIDTH * inputs, WIDTH**2, WIDTH * outputs)
        probing.set_weights(network, dict(zip(layers, scaled, strict=True)))
        return network(torch.full((1, inputs), x)).flatten()[0]

    network.eval()
    usual = told(1, 1, 1)
    ends = [told(1, 1, 1e4), told(1, 1, -1e4)]
    bent = [told(-1, -1, 1) / usual, told(1, -1, -1) / usual]
    end = told(1, 1, -1) / usual
    twice = told(1, 1, 1, x=2.0) / usual
    probing.shuffle_weights(network)
    network.train()
    x = torch.randn(6, inputs)
    once, again, alone = network(x), network(x), network(x[:3])
    return {
        "unbounded": [bool(ends[0] > 1e3), bool(ends[1] < -1e3)],
        "at the end": probing.tidy(end),
        "slopes": [probing.tidy(one) for one in bent],
        "in proportion": probing.tidy(twice, 1),
        "nothing drawn": bool(torch.allclose(once, again)),
        "one by one": bool(torch.allclose(alone, once[:3], atol=1e-4)),
    }


WANTED: tuple[tuple[str, object, str], ...] = (
    (
        "unbounded",
        [True, True],
        "the output has no bounds: it grows with the last layer's weights in both"
        " directions, without tanh, sigmoid or ReLU behind it.",
    ),
    ("at the end", -1.0, "behind the last layer stands nothing: it is linear."),
    (
        "slopes",
        [SLOPE, SLOPE],
        "behind both hidden layers stands a leaky ReLU of slope 0.2: negative values"
        " keep a fifth of their size.",
    ),
    (
        "in proportion",
        2.0,
        "positive values pass a leaky ReLU unchanged, so a point twice as far away gets"
        " twice the output while biases are 0.",
    ),
    ("nothing drawn", True, "the same input gives the same output twice."),
    (
        "one by one",
        True,
        "the output for one input does not depend on the others of its batch.",
    ),
)


def amiss(make: Make, inputs: int, outputs: int) -> str | None:
    """The first thing that is not as asked, in a sentence."""
    found = facts(make, inputs, outputs)
    wanted = sizes(inputs, outputs)
    if found["sizes"] != wanted:
        got = ", ".join(f"{n:,}" for n in probing.sizes(probing.module(make())))
        want = ", ".join(f"{n:,}" for n in wanted)
        return (
            f"for {inputs} inputs and {outputs} outputs the three matrices have {want}"
            f" entries: two hidden layers of {WIDTH} units. Yours have {got}."
        )
    if found["shape"] != [5, outputs]:
        return f"five inputs became {found['shape']}; [5, {outputs}] is expected."
    if found["parameters"] != parameters(inputs, outputs):
        return (
            f"there are {parameters(inputs, outputs):,} parameters, three matrices and"
            f" three biases; your network has {found['parameters']:,}."
        )
    wrong = (says for key, want, says in WANTED if not same(found[key], want))
    return next(wrong, None)


def variant(
    inputs: int,
    outputs: int,
    *,
    hidden: Callable[[], nn.Module] = lambda: nn.LeakyReLU(SLOPE),
    widths: tuple[int, ...] = (WIDTH, WIDTH),
    between: Callable[[int], list[nn.Module]] = lambda _: [],
    end: tuple[nn.Module, ...] = (),
    bias: bool = True,
) -> nn.Module:
    """The network, with switches for what is done otherwise."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width, bias=bias), *between(width), hidden()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs, bias=bias), *end)
