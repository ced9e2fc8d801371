"""Small exercises to test the engine with: a value, a step, a network, noise."""

from functools import partial

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise
from aigc_course.checks.fingerprint import fingerprint
from tests.also_right import also_right

TOYS: dict[str, Exercise] = {}


def toy(name: str, **fields) -> Exercise:
    texts = {key: f"The {key} of {name}." for key in ("idea", "formula", "line")}
    TOYS[name] = Exercise(
        f"98.{name}",
        order=len(TOYS),
        title=name,
        difficulty=2,
        minutes=8,
        variation=f"Vary {name}.",
        **texts,
        **fields,
    )
    return TOYS[name]


mean = toy("halfway")


@mean.answer
def halfway(a: Tensor, b: Tensor) -> Tensor:
    """The point between a and b."""
    return (a + b) / 2


@partial(also_right, id="98.halfway")
def by_lerp(start, end):
    return torch.lerp(start, end, 0.5)


@mean.inputs
def pairs():
    one = torch.randn(3, requires_grad=True)
    return [(one, torch.randn(3)), (torch.randn(2, 2), torch.randn(2, 2))]


@mean.must_hold
def of_equals(f):
    """The point between a and a is a."""
    a = torch.randn(4)
    return torch.allclose(f(a, a), a)


@mean.mistake()
def total(a, b):
    """This is the sum, not the middle."""
    return a + b


@mean.mistake(hint="line")
def precedence(a, b):
    """Division binds more tightly than addition."""
    return a + b / 2


@mean.mistake()
def product(a, b):
    """This multiplies."""
    return a * b


step = toy("descend")


@step.answer
def descend(net: nn.Module, optimiser: torch.optim.Optimizer, x: Tensor) -> None:
    """One step down the mean square of the output."""
    optimiser.zero_grad()
    net(x).square().mean().backward()
    optimiser.step()


@partial(also_right, id="98.descend")
def with_loss(net, optimiser, x):
    loss = (net(x) ** 2).mean()
    net.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@step.inputs
def with_stale_gradients():
    net, x = nn.Linear(3, 1), torch.randn(5, 3)
    net(x).sum().backward()
    return [(net, torch.optim.SGD(net.parameters(), 0.1), x)]


@step.must_hold
def goes_down(f):
    """The loss is smaller after the step."""
    net, x = nn.Linear(3, 1), torch.randn(5, 3)
    before = net(x).square().mean()
    f(net, torch.optim.SGD(net.parameters(), 0.01), x)
    return bool(net(x).square().mean() < before)


@step.mistake()
def stale(net, optimiser, x):
    """Old gradients are still in the buffers."""
    net(x).square().mean().backward()
    optimiser.step()


@step.mistake()
def detached(net, optimiser, x):
    """The graph is cut, so backward has nothing to follow."""
    optimiser.zero_grad()
    net(x).detach().square().mean().backward()
    optimiser.step()


@step.mistake()
def uphill(net, optimiser, x):
    """This climbs."""
    optimiser.zero_grad()
    (-net(x).square().mean()).backward()
    optimiser.step()


network = toy("small_net")


@network.answer
def small_net(width: int) -> nn.Module:
    """Two layers with a tanh between them."""
    return nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 1))


class Named(nn.Module):
    def __init__(self, width, between=torch.tanh):
        super().__init__()
        self.out, self.into = nn.Linear(width, 1), nn.Linear(4, width)
        self.between = between

    def forward(self, x):
        return self.out(self.between(self.into(x)))


@partial(also_right, id="98.small_net")
def named(width):
    return Named(width)


@network.observe
def what_it_computes(f):
    return fingerprint(f(6), torch.randn(5, 4))


@network.must_hold
def width_counts(f):
    """A wider network has more parameters."""
    return len(list(f(9).parameters())) == len(list(f(3).parameters()))


@network.mistake()
def rectified(width):
    """There is a ReLU where tanh belongs."""
    return Named(width, torch.relu)


@network.mistake()
def wide_mouth(width):
    """The last layer has one output, not `width`."""
    return nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, width))


@network.mistake()
def reversed_layers(width):
    """The layers stand in the wrong order, so their shapes do not meet."""
    return nn.Sequential(nn.Linear(width, 1), nn.Tanh(), nn.Linear(4, width))


noise = toy("jitter", agree=False)


@noise.answer
def jitter(x: Tensor) -> Tensor:
    """x with standard normal noise added."""
    return x + torch.randn_like(x)


@partial(also_right, id="98.jitter")
def drawn_elsewhere(x):
    return torch.normal(x, torch.ones_like(x))


@partial(also_right, id="98.jitter")
def mirrored(x):
    return x - torch.randn(x.shape)


@noise.inputs
def zeros():
    return [torch.zeros(1000)]


@noise.must_hold
def spread(f):
    """The spread is 1 within sampling error."""
    drawn = f(torch.zeros(20_000))
    return abs(drawn.std().item() - 1) < 0.05 and abs(drawn.mean().item()) < 0.05


@noise.mistake()
def one_sided(x):
    """Uniform noise has mean 1/2."""
    return x + torch.rand_like(x)


@noise.mistake()
def shared(x):
    """One number for all entries."""
    return x + torch.randn(1)


@noise.mistake()
def silent(x):
    """No noise at all."""
    return x
