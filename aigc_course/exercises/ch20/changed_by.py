"""Exercise on what a step changes, bit by bit."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "20.changed_by",
    order=40,
    title="What did this step change?",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="`state_dict()` gives the tensors themselves and no copies: after the step"
    " they hold the new numbers. Buffers, such as the running means of a batch norm,"
    " stand in it beside the parameters.",
    formula="Clone every entry of `state_dict()` before the action, and compare bit by"
    " bit after it. NaN is not equal to NaN, so compare with `torch.allclose(...,"
    " rtol=0, atol=0, equal_nan=True)` or look at the places of NaN too.",
    line="Write `before = {k: v.clone() for k, v in model.state_dict().items()}`,"
    " `action()`, `after = model.state_dict()` and `return sorted(k for k in before if"
    " not torch.allclose(before[k], after[k], rtol=0, atol=0, equal_nan=True))`.",
    variation="Return by how much each entry changed, relative to its largest number.",
)


@exercise.answer
def changed_by(action: Callable[[], object], model: nn.Module) -> list[str]:
    """Names of the parameters and buffers of the model that action() changes, sorted.

    action: a function without arguments, called once. An entry counts as changed if any
    of its numbers differs at all; NaN that stays NaN has not changed.
    """
    before = {name: entry.clone() for name, entry in model.state_dict().items()}
    action()
    after = model.state_dict()
    return sorted(name for name in before if not _equal(before[name], after[name]))


def _equal(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)


def small() -> nn.Module:
    """A network with parameters and buffers; one weight is NaN."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model.requires_grad_(False)
    last = model[2]
    assert isinstance(last, nn.Linear)
    last.bias[0] = float("nan")
    return model


def actions() -> dict[str, Callable[[nn.Module], object]]:
    """What may happen to a network, by what it changes."""

    def swap(model: Any) -> None:
        weight = model[2].weight
        weight[:, [0, 1]] = weight[:, [1, 0]].clone()

    return {
        "nothing": lambda m: None,
        "one weight": lambda m: m[0].weight[0, 0].add_(0.5),
        "a tiny part of a weight": lambda m: m[2].weight[1, 1].mul_(1 + 1e-6),
        "running statistics": lambda m: m.train()[1](torch.randn(5, 4)),
        "evaluation": lambda m: m.eval()(torch.randn(5, 3)),
        "two places of one weight": swap,
        "a new tensor": lambda m: setattr(
            m[0], "bias", nn.Parameter(m[0].bias + 1, requires_grad=False)
        ),
        "everything": lambda m: [p.add_(0.25) for p in m.parameters()],
        "a number becomes NaN": lambda m: m[1].bias[2].fill_(float("nan")),
        "a gradient": lambda m: setattr(m[0].weight, "grad", torch.ones(4, 3)),
        "loaded": lambda m: m.load_state_dict(
            {name: entry * 2 for name, entry in m.state_dict().items()}
        ),
    }


@exercise.observe
def names(f: Callable[..., Any]) -> dict[str, list[str]]:
    found = {}
    for what, action in actions().items():
        torch.manual_seed(1)
        model, calls = small(), 0

        def once(action: Any = action, model: nn.Module = model) -> None:
            nonlocal calls
            calls += 1
            action(model)

        given = list(f(once, model))
        found[what] = given if calls == 1 else [f"called {calls} times"]
    return found


@exercise.must_hold
def training_moves_its_own_weights(f: Callable[..., Any]) -> bool:
    """A step of an optimiser over one layer changes that layer alone."""
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model[1].parameters(), lr=0.1)

    def step() -> None:
        F.softplus(model(torch.ones(4, 2))).mean().backward()
        optimizer.step()

    return sorted(f(step, model)) == ["1.bias", "1.weight"]


@exercise.must_hold
def leaves_the_networks_numbers(f: Callable[..., Any]) -> bool:
    """The function itself changes nothing in the network."""
    model = small()
    weight = model.state_dict()["0.weight"].clone()
    f(lambda: None, model)
    return torch.equal(model.state_dict()["0.weight"], weight)


Differs = Callable[[Tensor, Tensor], bool]


def _by(action: Any, model: nn.Module, differs: Differs, names: Any = None) -> list:
    before = {name: entry.clone() for name, entry in model.state_dict().items()}
    action()
    after = model.state_dict()
    return sorted(n for n in names or before if differs(before[n], after[n]))


def _unequal(one: Tensor, other: Tensor) -> bool:
    return not _equal(one, other)


@exercise.mistake(hint="idea")
def not_copied(action, model):
    """You keep the network's own tensors, without `.clone()`. They change with the
    network, so an update in place is not seen."""
    before = dict(model.state_dict())
    action()
    after = model.state_dict()
    return sorted(n for n in before if not _equal(before[n], after[n]))


@exercise.mistake(hint="idea")
def parameters_only(action, model):
    """You look at `parameters()` only. The running statistics of a batch norm are
    buffers: a network in the wrong mode changes them without an optimiser."""
    own = [name for name, _ in model.named_parameters()]
    return _by(action, model, _unequal, own)


@exercise.mistake(hint="formula")
def nearly_equal(action, model):
    """You allow a tolerance, such as that of `allclose`. A small learning rate changes
    weights by less: compare bit by bit."""

    def differs(one, other):
        return not torch.allclose(one, other, equal_nan=True)

    return _by(action, model, differs)


@exercise.mistake(hint="formula")
def old_tensors(action, model):
    """You look at the tensors from before the action. An action may put a new tensor
    in the place of an old one: ask the network for its entries again."""
    entries = {n: p for n, p in model.named_parameters()}
    entries |= dict(model.named_buffers())
    before = {name: entry.detach().clone() for name, entry in entries.items()}
    action()
    return sorted(n for n in before if not _equal(before[n], entries[n].detach()))


@exercise.mistake(hint="formula")
def not_sorted(action, model):
    """Your names stand in the order of the network. They are to be sorted."""
    names = _by(action, model, _unequal)
    return [name for name in model.state_dict() if name in names]


@exercise.mistake(hint="formula")
def nan_always_differs(action, model):
    """You report an entry with NaN that has not changed. NaN is not equal to itself,
    so treat it apart."""
    return _by(action, model, lambda a, b: not torch.equal(a, b))


@exercise.mistake(hint="formula")
def nan_never_differs(action, model):
    """You ask whether the largest difference is above 0. Where a number became NaN the
    difference is NaN, and NaN > 0 is False: such a change is not seen."""
    return _by(action, model, lambda a, b: bool((a - b).abs().max() > 0))


@exercise.mistake(hint="formula")
def sums_compared(action, model):
    """You compare a sum of each entry. Two numbers that changed places have the same
    sum: compare number by number."""

    def differs(one, other):
        a, b = (t.nan_to_num().double().sum() for t in (one, other))
        return bool((a - b).abs() > 1e-12) or _holes(one) != _holes(other)

    return _by(action, model, differs)


def _holes(t: Tensor) -> int:
    return int(t.isnan().sum()) if t.is_floating_point() else 0


@exercise.mistake(hint="idea")
def the_unchanged(action, model):
    """You name the entries that stayed as they were. Those that changed are wanted."""
    return _by(action, model, _equal)


@exercise.mistake(hint="idea")
def acts_twice(action, model):
    """You call the action more than once. A step has effects, so call it once."""
    action()
    return _by(action, model, _unequal)


@exercise.mistake(hint="idea")
def forgets_to_act(action, model):
    """You do not call the action, so nothing can change. Copy, call, compare."""
    return _by(lambda: None, model, _unequal)


@exercise.mistake(hint="formula")
def gradients_compared(action, model):
    """You compare the gradients. A step changes the parameters, and a gradient alone
    changes no output."""
    before = {n: p.grad for n, p in model.named_parameters()}
    action()
    after = {n: p.grad for n, p in model.named_parameters()}
    return sorted(n for n in before if before[n] is not after.get(n))
