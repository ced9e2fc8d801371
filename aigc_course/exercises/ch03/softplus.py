"""Exercise on log(1 + e^a) without overflow."""

import math

import torch
from torch import Tensor
from torch.nn.functional import relu

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "03.softplus",
    order=40,
    title="log(1 + e^a) that never overflows",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Take the larger of the two terms out of the logarithm, so that the"
    " exponential left inside is at most 1. For positive a the larger term is e^a.",
    formula="softplus(a) = max(a, 0) + log(1 + e^(-|a|)), and `torch.log1p(y)` is"
    " log(1 + y) without losing a small y.",
    line="Write `return a.clamp(min=0) + torch.log1p(torch.exp(-a.abs()))`.",
    variation="Look at the slope that autograd gives at exactly a = 0. It ought to be"
    " 1/2; compare `clamp`, `torch.maximum` and `torch.logaddexp`.",
)


@exercise.answer
def softplus(a: Tensor) -> Tensor:
    """log(1 + e^a) at logits of any shape and size, with the right slope."""
    # e^-|a| <= 1: nothing overflows; at a = 0 `maximum` halves the slope, as it should
    return torch.maximum(a, torch.zeros_like(a)) + torch.log1p(torch.exp(-a.abs()))


@exercise.observe
def values_and_slopes(f) -> dict[str, object]:
    found: dict[str, object] = {}
    places = {
        "": torch.linspace(-5, 5, 8),
        " at logits of 60 and 120": torch.tensor([-120.0, -60.0, 60.0, 120.0]),
        " at logits of 2000": torch.tensor([-2000.0, 2000.0]),
    }
    for where, a in places.items():
        a.requires_grad_()
        values = f(a)
        slopes = torch.zeros_like(a)
        if values.requires_grad:
            (slopes,) = torch.autograd.grad(values.sum(), a)
        found[f"softplus(a){where}"] = values.detach()
        found[f"its slope{where}"] = slopes
    tiny = f(torch.tensor([-20.0, -40.0])).detach() * torch.tensor([20.0, 40.0]).exp()
    return {**found, "softplus(a) / e^a at a = -20 and -40": tiny}


@exercise.must_hold
def at_zero(f) -> bool:
    """softplus(0) is log 2 = 0.6931."""
    return same(f(torch.zeros(3)), torch.full((3,), math.log(2)))


@exercise.must_hold
def both_signs(f) -> bool:
    """softplus(a) - softplus(-a) = a, for small and for large a."""
    a = torch.tensor([0.3, 5.0, 150.0, -90.0])
    return same(f(a) - f(-a), a)


@exercise.must_hold
def slope_is_the_belief(f) -> bool:
    """The slope is sigmoid(a), at a = 100 and -100 as well."""
    a = torch.tensor([-100.0, -2.0, 1.0, 100.0], requires_grad=True)
    return same(torch.autograd.grad(f(a).sum(), a)[0], a.detach().sigmoid())


@exercise.must_hold
def small_values(f) -> bool:
    """Far below 0 softplus(a) is e^a, and not 0: 1 + e^(-20) is 1 in float32, so take
    `log1p`."""
    a = torch.tensor([-20.0, -40.0])
    return same(f(a) * torch.exp(-a), torch.ones(2))


@exercise.mistake(hint="idea")
def as_it_stands(a: Tensor) -> Tensor:
    """At a = 120 you get infinity: e^120 is too large for float32. The result would be
    120; take e^a out of the logarithm before it overflows."""
    return torch.log(1 + torch.exp(a))


@exercise.mistake(hint="idea")
def log1p_alone(a: Tensor) -> Tensor:
    """`log1p` saves the small values, and the large ones still overflow: e^120 is
    infinite in float32. Use e^(-|a|), which is at most 1."""
    return torch.log1p(torch.exp(a))


@exercise.mistake(hint="idea")
def through_the_sigmoid(a: Tensor) -> Tensor:
    """This is -log(1 - sigmoid(a)), the same in exact arithmetic. In float32 the
    sigmoid is exactly 1 from about a = 17, and log(0) is -infinity. Do not form the
    probability."""
    return -torch.log(1 - torch.sigmoid(a))


@exercise.mistake(hint="formula")
def both_branches(a: Tensor) -> Tensor:
    """The values are right and the slope is NaN at large a: `torch.where` computes both
    branches, and the unused one overflows; its infinity times 0 is NaN on the way back.
    Use one expression that is safe on both sides."""
    return torch.where(a > 20, a, torch.log1p(torch.exp(a)))


@exercise.mistake(hint="formula")
def each_branch_overflows(a: Tensor) -> Tensor:
    """The values are right and the slope is NaN at both ends: `torch.where` computes
    both branches everywhere, and each overflows where the other is used; 0 times
    infinity is NaN. Put -|a| into the exponential, and no branch is needed."""
    return torch.where(a > 0, a + torch.log1p(torch.exp(-a)), torch.log1p(torch.exp(a)))


@exercise.mistake(hint="formula")
def bars_forgotten(a: Tensor) -> Tensor:
    """For large negative a the exponential e^(-a) overflows: the bars are missing. With
    e^(-|a|) it is at most 1 on both sides."""
    return relu(a) + torch.log1p(torch.exp(-a))


@exercise.mistake(hint="idea")
def in_double(a: Tensor) -> Tensor:
    """float64 only moves the limit: e^a overflows there too, near a = 710, and at 2000
    your result is infinite. With e^(-|a|) no logit overflows in any precision."""
    return torch.log1p(torch.exp(a.double())).to(a.dtype)


@exercise.mistake(hint="idea")
def through_numpy(a: Tensor) -> Tensor:
    """The values are right and carry no gradient: NumPy, `.item()` and `.detach()` lead
    out of the graph, so D would learn nothing. Use the functions of torch."""
    return softplus(a).detach()


def held_back_at(limit: int):
    """The answer that clamps the logit at `limit`."""

    def held_back(a: Tensor) -> Tensor:
        return torch.log1p(torch.exp(a.clamp(max=limit)))

    held_back.__name__ = "held_back" if limit == 50 else f"held_back_at_{limit}"
    held_back.__doc__ = (
        f"You hold the logit back at {limit} before the exponential. Nothing overflows"
        " any more, but beyond the limit the value stays put and the slope is 0: a D"
        " that is badly wrong would learn nothing."
    )
    return held_back


for _limit in (20, 30, 50, 80, 88):
    exercise.mistake(hint="formula")(held_back_at(_limit))


@exercise.mistake(hint="formula")
def no_log1p(a: Tensor) -> Tensor:
    """Nothing overflows, but the small values are lost: beside a 1 or a 20, float32
    has no room for e^(-20) = 2e-9, and you return 0 there. `torch.log1p` of e^(-|a|),
    added to max(a, 0), keeps them."""
    return relu(a) + torch.log(1 + torch.exp(-a.abs()))


@exercise.mistake(hint="formula")
def size_for_height(a: Tensor) -> Tensor:
    """For negative a your result grows again, as |a| does. The larger of a and 0 stands
    in front, not the size of a."""
    return a.abs() + torch.log1p(torch.exp(-a.abs()))


@exercise.mistake(hint="idea")
def cut_straight(a: Tensor) -> Tensor:
    """This is max(a, 0), the corner that softplus rounds off; the term with the
    logarithm is missing. At a = 0 it is log 2."""
    return relu(a)


@exercise.mistake(hint="line")
def turned_round(a: Tensor) -> Tensor:
    """This is softplus(-a), which falls. log(1 + e^a) rises with a."""
    return softplus(-a)


@exercise.mistake(hint="formula")
def the_smaller_taken_out(a: Tensor) -> Tensor:
    """You take the smaller of the two terms out, so the exponential left inside is the
    large one and overflows. Take the larger out: max(a, 0) in front, e^(-|a|)
    inside."""
    return a.clamp(max=0) + torch.log1p(torch.exp(a.abs()))


@exercise.mistake(hint="formula")
def taken_out_twice(a: Tensor) -> Tensor:
    """For a > 0 your result grows by 2 for each unit: the larger term stands in front
    twice. log(1 + e^a) = a + log(1 + e^(-a)), with a once."""
    return 2 * relu(a) + torch.log1p(torch.exp(-a.abs()))
