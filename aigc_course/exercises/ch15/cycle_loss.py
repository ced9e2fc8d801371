"""Exercise on translation without pairs: there and back again."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Map = Callable[[Tensor], Tensor]


exercise = Exercise(
    "15.cycle_loss",
    order=40,
    title="There and back again",
    difficulty=2,
    minutes=8,
    idea="What a picture's translation should be is not known. But translated back it"
    " should be what it was, whichever kind you begin with.",
    formula="E|back(there(a)) - a| + E|there(back(b)) - b|, means over all pixels.",
    line="return `(back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs()"
    ".mean()`.",
    variation="Compare features of the shipped extractor in place of pixels, and say"
    " which differences would then be free.",
    asks="formula",
)


@exercise.answer
def cycle_loss(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """The cycle loss of two maps, there (a to b) and back: a scalar.

    a, b: pictures of the two kinds, [N, 1, H, W] and [M, 1, H, W]. Zhu et al. 2017,
    equation 2.
    """
    one = (back(there(a)) - a).abs().mean()
    two = (there(back(b)) - b).abs().mean()
    return one + two


def some_maps() -> tuple[Map, Map]:
    """Two maps that do not undo each other."""
    shift, scale = torch.randn(4, 4), 0.5 + torch.rand(1)

    def there(x: Tensor) -> Tensor:
        return scale * x + shift

    def back(x: Tensor) -> Tensor:
        return (x - 0.3 * shift).tanh()

    return there, back


def some_pictures() -> tuple[Tensor, Tensor]:
    return torch.randn(3, 1, 4, 4).tanh(), torch.randn(5, 1, 4, 4).tanh()


@exercise.inputs
def maps_and_pictures() -> list[tuple[Map, Map, Tensor, Tensor]]:
    return [(*some_maps(), *some_pictures()), (*some_maps(), *some_pictures())]


@exercise.must_hold
def what_can_be_undone_is_free(f) -> bool:
    """Maps that undo each other have a cycle loss of 0, whatever they do."""

    def turned(x: Tensor) -> Tensor:
        return -x.flip(3)

    return same(float(f(turned, turned, *some_pictures())), 0.0)


@exercise.must_hold
def both_kinds_count(f) -> bool:
    """Where `back` forgets everything, both round trips go wrong."""

    def same_picture(x: Tensor) -> Tensor:
        return x

    def black(x: Tensor) -> Tensor:
        return torch.zeros_like(x)

    a, b = some_pictures()
    want = a.abs().mean() + b.abs().mean()
    return same(f(same_picture, black, a, b), want)


@exercise.mistake(hint="idea")
def one_way(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """Your cycle starts from a only. Add the one that starts from b: there(back(b))."""
    return (back(there(a)) - a).abs().mean()


@exercise.mistake(hint="formula")
def wrong_order(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """The order is reversed: `there` takes pictures of kind a, so a goes through it
    first."""
    return (there(back(a)) - a).abs().mean() + (back(there(b)) - b).abs().mean()


@exercise.mistake(hint="formula")
def squares(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You square the differences. The paper takes absolute values, for sharper
    pictures: section 2 says why."""
    one = (back(there(a)) - a).square().mean()
    return one + (there(back(b)) - b).square().mean()


@exercise.mistake(hint="idea")
def without_the_return(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You compare a translation with its own original. They are meant to differ;
    compare after the way back."""
    return (there(a) - a).abs().mean() + (back(b) - b).abs().mean()


@exercise.mistake(hint="line")
def sum_over_pixels(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You sum over pixels and pictures. Take means, so that the weight of the cycle
    does not depend on the size of the batch."""
    return (back(there(a)) - a).abs().sum() + (there(back(b)) - b).abs().sum()


@exercise.mistake(hint="formula")
def weighed(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """Your loss is ten times (15.6). The weight lambda = 10 of the paper belongs to the
    total loss, to which the cycle loss is added: return the two means alone."""
    return 10 * cycle_loss(there, back, a, b)


@exercise.mistake(hint="formula")
def pooled(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You average the errors of both kinds together. Take one mean for a and one for b,
    and add the two."""
    errors = back(there(a)) - a, there(back(b)) - b
    return torch.cat([error.flatten() for error in errors]).abs().mean()


@exercise.mistake(hint="formula")
def averaged(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You take half of the sum. (15.6) adds the two means."""
    return cycle_loss(there, back, a, b) / 2


@exercise.mistake(hint="idea")
def identity_loss(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """That is the identity loss: you give each map a picture of the kind that it is
    meant to produce. The cycle loss goes there *and* back: back(there(a))."""
    return (there(b) - b).abs().mean() + (back(a) - a).abs().mean()


@exercise.must_hold
def both_maps_learn(f) -> bool | str:
    """Both maps receive the gradient of both round trips: detach no translation."""
    a, b = some_pictures()
    strength = torch.tensor([0.5, 2.0], requires_grad=True)

    def there(x: Tensor) -> Tensor:
        return strength[0] * x

    def back(x: Tensor) -> Tensor:
        return (strength[1] * x).tanh()

    def slope(loss) -> Tensor:
        value = torch.as_tensor(loss(there, back, a, b))
        return torch.autograd.grad(value, strength)[0]

    return same(slope(f), slope(cycle_loss))
