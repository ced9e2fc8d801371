"""Exercise on the parameters that a loss does not reach."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "20.unreached",
    order=30,
    title="Where does the gradient not arrive?",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="`loss.backward()` writes into `.grad`, adds to what is there, and leaves it"
    " behind. `torch.autograd.grad` returns the gradients instead. And a loss without a"
    " graph reaches no parameter at all.",
    formula="If `loss.requires_grad` is False, all names. Otherwise"
    " `torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)`"
    " gives None where there is no path. Name a parameter if its gradient is None, or"
    " 0 everywhere, or not finite somewhere.",
    line="Write `names, parameters = zip(*model.named_parameters(), strict=True)`,"
    " `if not loss.requires_grad: return sorted(names)`, `found ="
    " torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)` and"
    " `return sorted(n for n, g in zip(names, found, strict=True) if g is None or not"
    " g.isfinite().all() or not g.any())`.",
    variation="Name the units of a layer, row by row, that no sample of the batch"
    " reaches. With ReLU there may be some.",
)


@exercise.answer
def unreached(loss: Tensor, model: nn.Module) -> list[str]:
    """Names of the parameters of the model that the loss does not teach, sorted.

    loss: a scalar, with or without a graph; it may be used again afterwards. A
    parameter counts if it has no gradient, if its gradient is 0 everywhere, or if a
    number of it is not finite. Gradients kept in `.grad` stay as they are.
    """
    names, parameters = zip(*model.named_parameters(), strict=True)
    if not loss.requires_grad:
        return sorted(names)
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    pairs = zip(names, found, strict=True)
    return sorted(n for n, g in pairs if g is None or not teaches(g))


def teaches(gradient: Tensor) -> bool:
    """Whether a gradient is finite and not 0 everywhere."""
    return bool(gradient.isfinite().all() and gradient.any())


class Two(nn.Module):
    """Two layers, and one that is never used."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.spare = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.tanh(self.first(x)))


def losses() -> dict[str, Callable[[Two, Tensor], Tensor]]:
    """Losses of the network, by what is special about them."""

    def cut(model: Two, x: Tensor) -> Tensor:
        return model.second(torch.tanh(model.first(x)).detach()).square().mean()

    def dead(model: Two, x: Tensor) -> Tensor:
        return model.second(torch.relu(model.first(x) - 100)).square().mean()

    def rounded(model: Two, x: Tensor) -> Tensor:
        return (model(x).round() + 0 * model.second.bias.sum()).mean()

    def infinite(model: Two, x: Tensor) -> Tensor:
        return model(x).square().mean() + (0 * model.first.bias[0]).sqrt()

    def some_units(model: Two, x: Tensor) -> Tensor:
        return model(x)[:, 0].mean()

    return {
        "as usual": lambda m, x: m(x).square().mean(),
        "detached in the middle": cut,
        "dead units": dead,
        "rounded": rounded,
        "an infinite slope": infinite,
        "one output": some_units,
        "through NumPy": lambda m, x: torch.tensor(float(m(x).square().mean())),
        "a constant": lambda m, x: torch.tensor(0.7),
        "the second layer alone": lambda m, x: m.second(x.new_ones(2, 4)).mean(),
        "tiny": lambda m, x: 1e-12 * m(x).square().mean(),
        "balanced": lambda m, x: (m(x) * x.new_tensor([1.0, -1.0])).mean(),
    }


@exercise.observe
def names(f: Callable[..., Any]) -> dict[str, list[str]]:
    found = {}
    for what, loss in losses().items():
        torch.manual_seed(3)
        model, x = Two(), torch.randn(5, 3)
        kept = torch.full((4, 3), 0.25)
        model.first.weight.grad = kept.clone()
        model.spare.weight.grad = torch.ones(2, 2)
        found[what] = list(f(loss(model, x), model))
        grad = model.first.weight.grad
        if grad is None or not torch.equal(grad, kept):
            found[what] = [*found[what], "gradients left behind"]
    return found


@exercise.must_hold
def loss_is_used_again(f: Callable[..., Any]) -> bool:
    """The loss can still be used for a backward pass afterwards."""
    model = Two()
    loss = model(torch.ones(2, 3)).square().mean()
    f(loss, model)
    try:
        loss.backward()
    except RuntimeError:
        return False
    return model.first.weight.grad is not None


@exercise.must_hold
def the_spare_layer_is_named(f: Callable[..., Any]) -> bool:
    """A layer that the loss does not use is named, and no other one."""
    model = Two()
    loss = model(torch.randn(4, 3)).square().mean()
    return sorted(f(loss, model)) == ["spare.bias", "spare.weight"]


Bad = Callable[[Tensor | None], bool]


def _those(loss: Tensor, model: nn.Module, bad: Bad, constant: bool = True) -> list:
    names, parameters = zip(*model.named_parameters(), strict=True)
    if not loss.requires_grad:
        return sorted(names) if constant else []
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return sorted(n for n, g in zip(names, found, strict=True) if bad(g))


def _amiss(gradient: Tensor | None) -> bool:
    return gradient is None or not teaches(gradient)


@exercise.mistake(hint="formula")
def none_only(loss, model):
    """You look for gradients that are None. A gradient of zeros, behind dead units or a
    rounding, teaches as little."""
    return _those(loss, model, lambda g: g is None)


@exercise.mistake(hint="formula")
def zero_only(loss, model):
    """You look for gradients of zeros, and leave out the parameters without any path,
    whose gradient is None."""
    return _those(loss, model, lambda g: g is not None and not teaches(g))


@exercise.mistake(hint="formula")
def infinite_accepted(loss, model):
    """You accept a gradient with infinite or undefined numbers. One such number spoils
    the parameter in the next step: name it."""
    return _those(loss, model, lambda g: g is None or not bool(g.any()))


@exercise.mistake(hint="formula")
def nearly_zero(loss, model):
    """You take a tiny gradient for 0, as `allclose` does. A loss may have any scale:
    ask whether all entries are exactly 0."""

    def bad(g):
        return _amiss(g) or torch.allclose(g, torch.zeros_like(g))

    return _those(loss, model, bad)


@exercise.mistake(hint="formula")
def not_sorted(loss, model):
    """Your names stand in the order of the network. They are to be sorted."""
    names = _those(loss, model, _amiss)
    return [name for name, _ in _named(model) if name in names]


@exercise.mistake(hint="formula")
def any_zero(loss, model):
    """You name a parameter when one entry of its gradient is 0. Single zeros are usual,
    behind a ReLU for example: ask whether all are 0."""
    return _those(loss, model, lambda g: g is None or _amiss(g) or not bool(g.all()))


@exercise.mistake(hint="idea")
def reads_old_gradients(loss, model):
    """You read `.grad` after `backward()`, which holds older gradients too: what an
    earlier loss left there hides a parameter that this loss does not reach."""
    kept = {n: None if p.grad is None else p.grad.clone() for n, p in _named(model)}
    if loss.requires_grad:
        loss.backward(retain_graph=True)
    names = sorted(n for n, p in _named(model) if _amiss(p.grad))
    for name, parameter in _named(model):
        parameter.grad = kept[name]
    return names


def _named(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return list(model.named_parameters())


@exercise.mistake(hint="idea")
def leaves_gradients(loss, model):
    """You call `zero_grad()` and `backward()`, so the gradients that were kept in
    `.grad` are lost, and new ones stay behind. `torch.autograd.grad` touches
    neither."""
    model.zero_grad()
    if loss.requires_grad:
        loss.backward(retain_graph=True)
    return sorted(n for n, p in _named(model) if _amiss(p.grad))


@exercise.mistake(hint="idea")
def constant_is_fine(loss, model):
    """You say that a loss without a graph misses no parameter. It reaches none of
    them, so name all."""
    return _those(loss, model, _amiss, constant=False)


@exercise.mistake(hint="idea")
def the_reached(loss, model):
    """You name the parameters that do learn. Those that do not are wanted."""
    learn = _those(loss, model, lambda g: not _amiss(g), constant=False)
    return learn


@exercise.mistake(hint="formula")
def sum_is_zero(loss, model):
    """You add the entries of a gradient and compare the sum with 0. Entries of
    different sign cancel: use `any()`."""

    def bad(g):
        return g is None or not bool(g.isfinite().all()) or abs(float(g.sum())) < 1e-6

    return _those(loss, model, bad)


@exercise.mistake(hint="idea")
def requires_grad_asked(loss, model):
    """You ask for `requires_grad` of the parameters. It says that a gradient is wanted,
    and not that this loss gives one."""
    return sorted(n for n, p in _named(model) if not p.requires_grad)
