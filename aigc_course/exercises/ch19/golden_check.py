"""Exercise on comparing a shipped model's outputs with golden ones."""

import math

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.golden_check",
    order=10,
    title="Are these the pictures that were shipped?",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="Three things can be wrong: the shape, a number that is not finite, and a"
    " number that is too far away. Every comparison with NaN is False.",
    formula="made passes if its shape is golden's and |made - golden| <= tolerance for"
    " every number. Write the condition so that NaN makes it False.",
    line="Write `return made.shape == golden.shape and bool(((made - golden).abs() <="
    " tolerance).all())`.",
    variation="Let the function return the index of the first wrong picture, or -1.",
)


@exercise.answer
def golden_check(made: Tensor, golden: Tensor, tolerance: float) -> bool:
    """Whether outputs agree with the golden ones.

    made, golden: float tensors of any shape. True if the shapes are equal and no number
    differs by more than the tolerance. A number that is not finite never agrees.
    """
    if made.shape != golden.shape:
        return False
    # NaN <= tolerance is False, so NaN does not pass
    return bool(((made - golden).abs() <= tolerance).all())


GOLDEN = torch.linspace(-0.9, 0.9, 24).view(3, 1, 2, 4)


def moved(places: dict[int, float]) -> Tensor:
    """The golden outputs with a number added at each of these places."""
    made = GOLDEN.clone().view(-1)
    for place, change in places.items():
        made[place] += change
    return made.view_as(GOLDEN)


def one_wrong_of(n: int) -> Tensor:
    """Zeros [n] with one 0.5 among them."""
    made = torch.zeros(n)
    made[n // 2] = 0.5
    return made


@exercise.inputs
def outputs() -> list[tuple[Tensor, Tensor, float]]:
    return [
        (GOLDEN.clone(), GOLDEN, 1e-3),
        (moved({5: 5e-4, 20: -5e-4}), GOLDEN, 1e-3),
        (moved({17: 0.02}), GOLDEN, 1e-3),
        (moved({3: -0.02}), GOLDEN, 1e-3),
        (moved({2: 0.02, 21: -0.02}), GOLDEN, 1e-3),
        (moved({23: float("nan")}), GOLDEN, 1e-3),
        (torch.full_like(GOLDEN, float("nan")), GOLDEN, 1e-3),
        (GOLDEN[:1].clone(), GOLDEN[:1].expand(3, 1, 2, 4), 1e-3),
        (GOLDEN[:2].clone(), GOLDEN, 1e-3),
        (moved({0: 0.02}), GOLDEN, 0.05),
        (moved({12: 0.9}), GOLDEN, 0.5),
        (moved({i: 1.5e-3 for i in range(24)}), GOLDEN, 1e-3),
        (torch.tensor([0.02, 0.5]), torch.tensor([0.01, 0.5]), 0.1),
        (torch.tensor([300.0, 0.002]), torch.tensor([300.002, 0.0]), 1e-3),
        (torch.tensor([300.002, 0.0]), torch.tensor([300.0, 0.0]), 1e-3),
        (-GOLDEN, GOLDEN, 1e-3),
        (moved({4: float("inf")}), GOLDEN, 1e-3),
        (GOLDEN.view(3, 1, 4, 2), GOLDEN, 1e-3),
        (GOLDEN[..., :1].clone(), GOLDEN[..., :1].expand(3, 1, 2, 4), 1e-3),
        (one_wrong_of(900), torch.zeros(900), 1e-3),
    ]


@exercise.must_hold
def nan_fails(f) -> bool:
    """A NaN among the outputs is found, with any tolerance."""
    return not f(moved({7: float("nan")}), GOLDEN, 1e9)


@exercise.must_hold
def nan_never_agrees(f) -> bool:
    """A NaN does not agree with a NaN at the same place of the golden outputs."""
    return not f(torch.tensor([0.0, math.nan]), torch.tensor([0.0, math.nan]), 1.0)


@exercise.must_hold
def shapes_count(f) -> bool:
    """A batch of one does not stand for a batch of three equal pictures."""
    return not f(torch.zeros(1, 2), torch.zeros(3, 2), 0.1)


def _gap(made: Tensor, golden: Tensor) -> Tensor:
    return (made - golden).abs()


@exercise.mistake(hint="formula")
def nan_passes(made, golden, tolerance):
    """You ask whether some number is too far away. NaN is not larger than anything, so
    NaN passes: ask whether every number is near enough."""
    return made.shape == golden.shape and not bool(
        (_gap(made, golden) > tolerance).any()
    )


@exercise.mistake(hint="idea")
def shapes_broadcast(made, golden, tolerance):
    """You subtract without comparing the shapes. One picture is then compared with each
    of three, and a model with a fixed batch of 1 passes."""
    try:
        return bool((_gap(made, golden) <= tolerance).all())
    except RuntimeError:
        return False


@exercise.mistake(hint="idea")
def stops_with_an_error(made, golden, tolerance):
    """You let PyTorch raise an error where the shapes do not fit. The answer to a wrong
    shape is False."""
    return bool((_gap(made, golden) <= tolerance).all())


@exercise.mistake(hint="formula")
def mean_gap(made, golden, tolerance):
    """You compare the mean difference with the tolerance. One wrong pixel vanishes in
    the mean: compare every number."""
    return made.shape == golden.shape and bool(_gap(made, golden).mean() <= tolerance)


@exercise.mistake(hint="formula")
def signed_gap(made, golden, tolerance):
    """You leave out the absolute value, so a number may be too small by any amount."""
    if made.shape != golden.shape:
        return False
    return bool(((made - golden) <= tolerance).all())


@exercise.mistake(hint="idea")
def equal_bits(made, golden, tolerance):
    """You ask for equal numbers. Another machine rounds differently: use the
    tolerance."""
    return torch.equal(made, golden)


@exercise.mistake(hint="formula")
def relative_gap(made, golden, tolerance):
    """You multiply the tolerance by |golden|, so almost nothing is allowed near 0. The
    tolerance is meant in the units of the output."""
    if made.shape != golden.shape:
        return False
    return bool((_gap(made, golden) <= tolerance * golden.abs()).all())


@exercise.mistake(hint="idea")
def first_picture_only(made, golden, tolerance):
    """You compare the first picture only. Compare all of them."""
    if made.shape != golden.shape:
        return False
    return bool((_gap(made[:1], golden[:1]) <= tolerance).all())


@exercise.mistake(hint="formula")
def root_mean_square(made, golden, tolerance):
    """You compare the root of the mean square with the tolerance. It hides a few wrong
    pixels: compare every number."""
    if made.shape != golden.shape:
        return False
    return bool(_gap(made, golden).square().mean().sqrt() <= tolerance)


@exercise.mistake(hint="formula")
def default_of_allclose(made, golden, tolerance):
    """You leave `rtol` of `allclose` at its default, so a large number may differ by
    more than the tolerance. Set rtol=0."""
    return made.shape == golden.shape and torch.allclose(made, golden, atol=tolerance)


@exercise.mistake(hint="idea")
def as_many_numbers(made, golden, tolerance):
    """You compare how many numbers there are, and not the shapes. The same numbers in
    rows of another length are another picture."""
    if made.numel() != golden.numel():
        return False
    return bool((_gap(made.flatten(), golden.flatten()) <= tolerance).all())


@exercise.mistake(hint="idea")
def as_many_pictures(made, golden, tolerance):
    """You compare the number of pictures only. All axes have to agree, or one column is
    compared with several."""
    if len(made) != len(golden):
        return False
    return bool((_gap(made, golden) <= tolerance).all())


@exercise.mistake(hint="formula")
def sizes_compared(made, golden, tolerance):
    """You take absolute values before you subtract, so the sign of a number does not
    count. Take the absolute value of the difference."""
    if made.shape != golden.shape:
        return False
    return bool((_gap(made.abs(), golden.abs()) <= tolerance).all())
