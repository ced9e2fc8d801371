"""Exercise on a network for a velocity: to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08 import _traits

exercise = Exercise(
    "13.velocity_network",
    order=110,
    title="A network for a velocity",
    difficulty=3,
    minutes=18,
    asks="network",
    idea="The velocity changes with the place and with the time, and with both"
    " together. Give the network the time as one more coordinate of its input. Nothing"
    " may bound its output.",
    formula="h = silu(W_1 [x, t] + b_1), g = silu(W_2 h + b_2), u = W_3 g + b_3, with"
    " d + 1 inputs, two hidden layers of `width` units and d outputs.",
    line="In `forward(self, x, t)` write `t = torch.as_tensor(t,"
    " dtype=x.dtype).expand(len(x))`, then return"
    " `self.layers(torch.cat([x, t[:, None]], dim=1))`.",
    line_is_part="a class around three linear layers",
    variation="Give the network sin(2 pi k t) and cos(2 pi k t) for k = 1 to 8 beside"
    " t. Compare the losses of both networks after equal training.",
    agree=False,
)

D, WIDTH = 3, 24


@exercise.answer
def velocity_network(d: int, width: int) -> nn.Module:
    """A network u(x, t): a module called with x [N, d] and t, which returns [N, d].

    Two hidden layers of `width` units with SiLU (or another function that bends). t is
    a tensor [N], or one number for all rows. Each row is computed by itself. The
    velocity has no bounds.
    """

    class Velocity(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Linear(d + 1, width),
                nn.SiLU(),  # [N, width]
                nn.Linear(width, width),
                nn.SiLU(),  # [N, width]
                nn.Linear(width, d),
            )

        def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            return self.layers(torch.cat([x, t[:, None]], dim=1))

    return Velocity()


class _At(nn.Module):
    """A velocity network at given times, as a network of x alone."""

    def __init__(self, network: nn.Module, t: Tensor) -> None:
        super().__init__()
        self.network, self.t = network, t

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x, self.t[: len(x)].to(x.dtype))


def built(f) -> tuple[nn.Module, Tensor, Tensor]:
    """The learner's network with weights drawn anew, points and times."""
    network = _traits.module(f(D, WIDTH))
    x, t = torch.randn(8, D), 0.05 + 0.9 * torch.rand(8)
    out = network(x, t)
    assert isinstance(out, Tensor) and out.shape == (8, D), (
        f"For 8 points in {D} dimensions your network returned {_traits.shapes(out)};"
        f" a tensor [8, {D}] is expected."
    )
    return _traits.stir(network), x, t


@exercise.observe
def behaviour(f) -> dict[str, object]:
    network, x, t = built(f)
    at = _At(network, t)
    free = [_traits.limits(*pair) for pair in _traits.reach(at, 3 * x)]
    return {
        "bends": _traits.bends(at, x),
        "bounds": sorted({one for one in free if one != "free"}),
        "draws": _traits.draws(at, x),
        "alone": _traits.alone(at, x),
        "idle": _traits.idle(at, x) > 0,
        "time": time_matters(network),
        "rows": own_times(network),
        "number": takes_a_number(network),
        "wide": _traits.count(network) >= WIDTH**2 + 2 * WIDTH * D,
    }


@torch.no_grad()
def time_matters(network: nn.Module) -> str:
    """Whether the velocity changes with time, and by more than a shift or a factor."""
    network.eval()
    x = torch.randn(6, D)
    early, soon, end = (network(x, torch.full((6,), t)) for t in (0.2, 0.3, 1.0))
    change = end - early
    if float(change.abs().max()) < 1e-5:
        return "ignored"
    if float((soon - early).abs().max()) < 1e-5:
        return "in whole steps"
    if bool((change - change[:1]).abs().max() < 1e-4):
        return "a shift"
    moved = network(x - 0.3, torch.full((6,), 0.5))
    if torch.allclose(moved, early, atol=1e-4):
        return "added to x"
    factor = (end * early).sum() / early.square().sum()  # by least squares
    return "a factor" if torch.allclose(end, factor * early, atol=1e-4) else "matters"


@torch.no_grad()
def own_times(network: nn.Module) -> bool:
    """Whether each row is computed with its own time."""
    network.eval()
    x, t = torch.randn(4, D), torch.tensor([0.1, 0.35, 0.6, 0.9])
    every = network(x, t)
    each = [network(x[i : i + 1], t[i : i + 1]) for i in range(4)]
    return torch.allclose(every, torch.cat(each), atol=1e-4)


@torch.no_grad()
def takes_a_number(network: nn.Module) -> bool:
    """Whether one number stands for the time of all rows."""
    network.eval()
    x = torch.randn(4, D)
    try:
        out = network(x, 0.3)
    except (TypeError, AttributeError, IndexError, RuntimeError):
        return False
    wanted = network(x, torch.full((4,), 0.3))
    return out.shape == wanted.shape and torch.allclose(out, wanted, atol=1e-4)


@exercise.must_hold
def bends(f) -> bool:
    """The velocity is not a linear function of x: something that bends stands between
    the layers."""
    network, x, t = built(f)
    return _traits.bends(_At(network, t), x)


@exercise.must_hold
def time_is_used(f) -> bool | str:
    """The velocity depends on the time, and by more than a shift or a factor that is
    the same for all points, or a shift of x."""
    found = time_matters(built(f)[0])
    if found in ("ignored", "in whole steps"):
        return "the velocity depends on the time; yours is the same at 0.2 and at 0.3."
    return found == "matters"


@exercise.must_hold
def each_row_has_its_time(f) -> bool:
    """Each row is computed with its own time: t is [N]."""
    return own_times(built(f)[0])


@exercise.must_hold
def a_number_is_a_time(f) -> bool:
    """One number may stand for the time of all rows, as in velocity(x, 0.3)."""
    return takes_a_number(built(f)[0])


@exercise.must_hold
def no_bounds(f) -> bool:
    """The velocity may have any size and sign: behind the last layer stands nothing."""
    network, x, t = built(f)
    reach = _traits.reach(_At(network, t), 3 * x)
    return all(_traits.limits(*pair) == "free" for pair in reach)


@exercise.must_hold
def nothing_drawn(f) -> bool:
    """The same input gives the same velocity twice."""
    network, x, t = built(f)
    return not _traits.draws(_At(network, t), x)


@exercise.must_hold
def rows_are_apart(f) -> bool:
    """The velocity of one row does not depend on the other rows."""
    network, x, t = built(f)
    return _traits.alone(_At(network, t), x)


@exercise.must_hold
def all_weights_learn(f) -> bool:
    """An optimiser is given every weight, and a gradient reaches each."""
    network, x, t = built(f)
    given = _traits.count(network) >= WIDTH**2 + 2 * WIDTH * D
    if not given:
        raise AssertionError(
            f"two hidden layers of {WIDTH} units have at least"
            f" {WIDTH**2 + 2 * WIDTH * D:,} weights; your network gives"
            f" {_traits.count(network):,} to an optimiser."
        )
    return _traits.idle(_At(network, t), x) == 0


class _Plain(nn.Module):
    """The reference, with switches for what is done otherwise."""

    def __init__(
        self,
        d: int,
        width: int,
        *,
        time: Callable[[Tensor], Tensor] = lambda t: t,
        act: Callable[[], nn.Module] = nn.SiLU,
        end: nn.Module | None = None,
        between: Callable[[int], nn.Module] = lambda _: nn.Identity(),
        middle: bool = True,
        numbers: bool = True,
        late: bool = False,
    ) -> None:
        super().__init__()
        layers = [nn.Linear(d + (not late), width), between(width), act()]
        if middle:
            layers += [nn.Linear(width, width), between(width), act()]
        self.layers = nn.Sequential(*layers, nn.Linear(width, d), end or nn.Identity())
        self.shift = nn.Linear(1, d) if late else None
        self.time, self.numbers = time, numbers

    def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
        if not self.numbers and not isinstance(t, Tensor):
            raise TypeError("a number has no shape")
        t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
        t = self.time(t)[:, None]
        if self.shift is not None:
            return self.layers(x) + self.shift(t)
        return self.layers(torch.cat([x, t], dim=1))


@exercise.mistake(hint="idea")
def time_ignored(d, width):
    """Your network does not use the time. The velocity at one place changes from noise
    to data: give t to the first layer."""
    return _Plain(d, width, time=lambda t: 0 * t)


@exercise.mistake(hint="idea")
def time_added_at_the_end(d, width):
    """Your time shifts the velocity of all points by the same amount. Bring it in
    before the layers that bend, so that its effect depends on the place."""
    return _Plain(d, width, late=True)


class _Moved(_Plain):
    """Its time is added to every coordinate of the place."""

    def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
        t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
        return self.layers(x + t[:, None])


@exercise.mistake(hint="idea")
def time_added_to_the_place(d, width):
    """You add the time to every coordinate of x, so the network cannot distinguish a
    later time from a point further on. Give t an input of its own beside x."""
    network = _Moved(d, width, late=True)
    network.shift = None
    return network


class _Scaled(_Plain):
    """Its time multiplies what a network of the place alone returns."""

    def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
        t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
        return t[:, None] * self.layers(x)


@exercise.mistake(hint="idea")
def time_as_a_factor(d, width):
    """Your time multiplies the velocity of all points, which is then 0 at t = 0. Give
    the time to the first layer, so that its effect depends on the place."""
    network = _Scaled(d, width, late=True)
    network.shift = None
    return network


@exercise.mistake(hint="formula")
def one_time_for_all(d, width):
    """You use one time for all rows. In training each row has its own: t is [N]."""
    return _Plain(d, width, time=lambda t: t[:1].expand(len(t)))


@exercise.mistake(hint="line")
def tensors_only(d, width):
    """Your network cannot be called with one number as the time, as a sampler does.
    `torch.as_tensor(t, dtype=x.dtype).expand(len(x))` makes a tensor [N] of either."""
    return _Plain(d, width, numbers=False)


@exercise.mistake(hint="idea")
def whole_times(d, width):
    """Your time is rounded to a whole number, as for an embedding of numbered steps.
    Here all times lie between 0 and 1: use t itself."""
    return _Plain(d, width, time=lambda t: t.floor())


@exercise.mistake(hint="formula")
def bounded_by_tanh(d, width):
    """Your velocity is kept within bounds on one side or on both, as by a tanh or a
    SiLU behind the last layer. A velocity is a difference of two points and has no
    bounds: leave the last layer linear."""
    return _Plain(d, width, end=nn.Tanh())


@exercise.mistake(hint="formula")
def bounded_by_sigmoid(d, width):
    """Your velocity lies between 0 and 1, as behind a sigmoid or a softmax. It must be
    able to point in every direction: leave the last layer linear."""
    return _Plain(d, width, end=nn.Sigmoid())


@exercise.mistake(hint="formula")
def relu_at_the_end(d, width):
    """A ReLU stands behind your last layer, so points can only move to larger values.
    Leave the last layer linear."""
    return _Plain(d, width, end=nn.ReLU())


@exercise.mistake(hint="formula")
def without_a_bend(d, width):
    """Nothing that bends stands between your layers, so the velocity is linear in x.
    Put a SiLU behind each hidden layer."""
    return _Plain(d, width, act=nn.Identity)


@exercise.mistake(hint="idea")
def batch_norm(d, width):
    """Your network normalises over the batch, whose rows have different times and so
    different amounts of noise. The velocity of a row must not depend on the others."""
    return _Plain(d, width, between=nn.BatchNorm1d)


@exercise.mistake(hint="idea")
def dropout(d, width):
    """Your network drops units at random, so the same point gets another velocity each
    time. Leave dropout out: a sampler needs one velocity field."""
    return _Plain(d, width, between=lambda _: nn.Dropout(0.3))


@exercise.mistake(hint="formula")
def one_hidden_layer(d, width):
    """Your network has one hidden layer. Two of `width` units are asked for."""
    return _Plain(d, width, middle=False)


@exercise.mistake(hint="line")
def layers_in_a_list(d, width):
    """Your layers stand in a Python list, so an optimiser is not given their weights.
    Use `nn.Sequential` or `nn.ModuleList`."""
    held = _Plain(d, width).layers

    class Hidden(nn.Module):
        def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            return held(torch.cat([x, t[:, None]], dim=1).float()).to(x.dtype)

    hidden = Hidden()
    hidden.__dict__["held"] = [held]
    return hidden
