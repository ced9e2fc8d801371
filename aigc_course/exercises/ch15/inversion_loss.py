"""Exercise on inpainting: what the inversion of a generator minimises."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.inversion_loss",
    order=10,
    title="What a hidden picture must fit",
    difficulty=2,
    minutes=10,
    idea="Compare the generated picture with the given one where it is known, and there"
    " alone. Add a little for latents that no generator was trained on.",
    formula="mean over known pixels of (G(z) - x)^2 + weight * mean of z^2, for each"
    " picture by itself.",
    line="`errors = (picture - x).square()[..., ~hidden]`, then return"
    " `errors.flatten(1).mean(1) + weight * z.square().mean(1)`.",
    variation="Weigh known pixels near the hole more than those far away, as Yeh et al."
    " (2017) do, and say what that should help.",
    asks="formula",
)


@exercise.answer
def inversion_loss(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """A loss for each picture [N, 1, H, W] made from z [N, d]: [N].

    x: the given pictures. hidden: bool [H, W], True where they are not known.
    """
    errors = (picture - x).square()[..., ~hidden]
    return errors.flatten(1).mean(1) + weight * z.square().mean(1)


def hole() -> Tensor:
    """Bool [4, 4]: a square in the middle and a corner."""
    hidden = torch.zeros(4, 4, dtype=torch.bool)
    hidden[1:3, 1:3] = True
    hidden[0, 3] = True
    return hidden


@exercise.inputs
def painted_and_given() -> list[tuple[Tensor, Tensor, Tensor, Tensor, float]]:
    def pictures(n: int) -> Tensor:
        return torch.randn(n, 1, 4, 4).tanh()

    return [
        (pictures(3), pictures(3), hole(), torch.randn(3, 5), 0.0),
        (pictures(3), pictures(3), hole(), torch.randn(3, 5), 0.7),
        (pictures(2), pictures(2), ~hole(), torch.randn(2, 3), 0.1),
    ]


@exercise.must_hold
def the_hole_is_not_looked_at(f) -> bool:
    """What the given picture holds under the hole changes nothing."""
    picture, x, hidden, z, weight = painted_and_given()[1]
    other = torch.where(hidden, -x, x)
    return same(f(picture, x, hidden, z, weight), f(picture, other, hidden, z, weight))


@exercise.must_hold
def pictures_do_not_mix(f) -> bool:
    """A picture's loss is the same alone and among others."""
    picture, x, hidden, z, weight = painted_and_given()[1]
    alone = f(picture[:1], x[:1], hidden, z[:1], weight)
    return same(f(picture, x, hidden, z, weight)[:1], alone)


@exercise.mistake(hint="idea")
def all_pixels(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You compare hidden pixels as well. What `x` holds there is not known, so it must
    not count: select the pixels of `~hidden`."""
    return (picture - x).square().mean((1, 2, 3)) + weight * z.square().mean(1)


@exercise.mistake(hint="formula")
def over_all_places(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You divide by the number of all pixels. Divide by the number of known ones;
    otherwise a larger hole lowers the weight of the misfit beside the latents."""
    errors = ((picture - x) * ~hidden).square().mean((1, 2, 3))
    return errors + weight * z.square().mean(1)


@exercise.mistake(hint="idea")
def the_hole_alone(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You compare inside the hole, where nothing is known. `~hidden` marks the pixels
    that are."""
    errors = (picture - x).square()[..., hidden].flatten(1)
    return errors.mean(1) + weight * z.square().mean(1)


@exercise.mistake(hint="formula")
def no_prior(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """The term of the latents is missing. Without it z may leave the range on which the
    generator was trained, so add weight * mean of z^2."""
    return (picture - x).square()[..., ~hidden].flatten(1).mean(1)


@exercise.mistake(hint="line")
def one_for_all(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You average over the pictures too. Keep one loss for each of them: the best of
    several starts is chosen picture by picture."""
    errors = (picture - x).square()[..., ~hidden]
    return errors.mean() + weight * z.square().mean()


def misfits(picture: Tensor, x: Tensor, hidden: Tensor) -> Tensor:
    """Mean square error over known pixels, [N]."""
    return (picture - x).square()[..., ~hidden].flatten(1).mean(1)


@exercise.mistake(hint="formula")
def latents_summed(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You add the sum of z^2 over the latents. (15.1) divides |z|^2 by their number d:
    take the mean."""
    return misfits(picture, x, hidden) + weight * z.square().sum(1)


@exercise.mistake(hint="formula")
def pixels_summed(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You sum the squared errors over the known pixels. (15.1) divides by their number
    |K|: take the mean."""
    errors = (picture - x).square()[..., ~hidden].flatten(1).sum(1)
    return errors + weight * z.square().mean(1)


@exercise.mistake(hint="formula")
def absolute_errors(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You take absolute errors, as Yeh et al. (2017) do. (15.1) has squared errors."""
    errors = (picture - x).abs()[..., ~hidden].flatten(1).mean(1)
    return errors + weight * z.square().mean(1)


@exercise.mistake(hint="formula")
def length_not_squared(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You add the length |z| of the latents. (15.1) has its square, divided by d."""
    return misfits(picture, x, hidden) + weight * z.norm(dim=1)
