"""Exercise on translation without pairs: there and back again."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Map = Callable[[Tensor], Tensor]

round_trip = Exercise(
    "15.cycle_loss",
    title="There and back again",
    difficulty=2,
    minutes=8,
    idea="Nobody knows what a picture's translation should be. But translated back it"
    " should be what it was, whichever kind one begins with.",
    formula="E|back(there(a)) - a| + E|there(back(b)) - b|, means over all pixels.",
    line="return `(back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs()"
    ".mean()`.",
    variation="Compare features of the shipped extractor in place of pixels, and say"
    " which differences would then be free.",
)


@round_trip.answer
def cycle_loss(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """The cycle loss of two maps, there (a to b) and back: a scalar.

    a, b: pictures of the two kinds, [N, 1, H, W] and [M, 1, H, W]. Zhu et al. 2017,
    equation 2.
    """
    one = (back(there(a)) - a).abs().mean()
    two = (there(back(b)) - b).abs().mean()
    return one + two


@round_trip.also_right
def by_the_library(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    l1 = torch.nn.functional.l1_loss
    return l1(back(there(a)), a) + l1(there(back(b)), b)


@round_trip.also_right
def by_sums(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    total = torch.zeros(())
    for first, second, x in ((there, back, a), (back, there, b)):
        total = total + torch.linalg.vector_norm(second(first(x)) - x, 1) / x.numel()
    return total


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


@round_trip.inputs
def maps_and_pictures() -> list[tuple[Map, Map, Tensor, Tensor]]:
    return [(*some_maps(), *some_pictures()), (*some_maps(), *some_pictures())]


@round_trip.must_hold
def what_can_be_undone_is_free(f) -> bool:
    """Maps that undo each other have a cycle loss of 0, whatever they do."""

    def turned(x: Tensor) -> Tensor:
        return -x.flip(3)

    return same(float(f(turned, turned, *some_pictures())), 0.0)


@round_trip.must_hold
def both_kinds_count(f) -> bool:
    """Where `back` forgets everything, both round trips go wrong."""

    def same_picture(x: Tensor) -> Tensor:
        return x

    def black(x: Tensor) -> Tensor:
        return torch.zeros_like(x)

    a, b = some_pictures()
    want = a.abs().mean() + b.abs().mean()
    return same(f(same_picture, black, a, b), want)


@round_trip.mistake(hint="idea")
def one_way(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """Your cycle starts from a only. Begin with b, too: otherwise `there` may paint one
    single picture for many a."""
    return (back(there(a)) - a).abs().mean()


@round_trip.mistake(hint="formula")
def wrong_order(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """The order is turned round: `there` takes pictures of kind a, so a goes through it
    first."""
    return (there(back(a)) - a).abs().mean() + (back(there(b)) - b).abs().mean()


@round_trip.mistake(hint="formula")
def squares(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You square the differences. The paper takes absolute values, for sharper
    pictures: section 2 says why."""
    one = (back(there(a)) - a).square().mean()
    return one + (there(back(b)) - b).square().mean()


@round_trip.mistake(hint="idea")
def without_the_return(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You compare a translation with its own original. They are meant to differ;
    compare after the way back."""
    return (there(a) - a).abs().mean() + (back(b) - b).abs().mean()


@round_trip.mistake(hint="line")
def sum_over_pixels(there: Map, back: Map, a: Tensor, b: Tensor) -> Tensor:
    """You sum over pixels and pictures. Take means, so that the weight of the cycle
    does not depend on the size of the batch."""
    return (back(there(a)) - a).abs().sum() + (there(back(b)) - b).abs().sum()
