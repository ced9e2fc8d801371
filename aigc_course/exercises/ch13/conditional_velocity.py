"""Exercise on the velocity of a path with any two weights."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.conditional_velocity",
    order=20,
    title="The velocity towards one data point",
    difficulty=2,
    minutes=10,
    asks="derive",
    idea="Differentiate x_t = a x1 + b x0 with x0 and x1 held fixed. The noise x0 is"
    " not an argument: find it from x and x1.",
    formula="x0 = (x - a x1) / b, and dx/dt = a' x1 + b' x0.",
    line="Write `return da * x1 + db * (x - a * x1) / b`.",
    variation="Put in the weights of a diffusion model, a = sin(pi t / 2) and"
    " b = cos(pi t / 2), and plot some paths in one dimension.",
)


@exercise.answer
def conditional_velocity(
    x: Tensor, x1: Tensor, a: float, b: float, da: float, db: float
) -> Tensor:
    """The velocity at x of the path that ends in x1: [N, ...].

    Points move as x_t = a x1 + b x0, where x0 is noise. x, x1: [N, ...]. a, b: the two
    weights at this time, b above 0. da, db: their derivatives with respect to time.
    Lipman et al. 2023, theorem 3.
    """
    noise = (x - a * x1) / b
    return da * x1 + db * noise


@exercise.inputs
def schedules() -> list[tuple[Tensor, Tensor, float, float, float, float]]:
    x, x1 = torch.randn(2, 5, 3)
    images = torch.randn(2, 2, 1, 4, 4)
    return [
        (x, x1, 0.3, 0.7, 1.0, -1.0),
        (x, x1, 0.6, 0.8, 0.9, -0.675),
        (images[0], images[1], 0.2, 1.7, -0.4, 0.5),
    ]


@exercise.must_hold
def straight_paths(f) -> bool:
    """With a = t and b = 1 - t the velocity is (x1 - x) / (1 - t)."""
    x, x1 = torch.randn(2, 4, 2)
    return same(f(x, x1, 0.6, 0.4, 1.0, -1.0), (x1 - x) / 0.4)


@exercise.must_hold
def follows_the_path(f) -> bool:
    """Along x_t = t^2 x1 + (1 - t) x0 it is the derivative of x_t."""
    x0, x1 = torch.randn(2, 4, 2).double()

    def x(t: float) -> Tensor:
        return t**2 * x1 + (1 - t) * x0

    slope = (x(0.5 + 1e-4) - x(0.5 - 1e-4)) / 2e-4
    return same(f(x(0.5), x1, 0.25, 0.5, 1.0, -1.0), slope)


@exercise.mistake(hint="idea")
def point_for_the_noise(x, x1, a, b, da, db):
    """You use x as if it were the noise x0. It is a x1 + b x0: solve this for x0."""
    return da * x1 + db * x


@exercise.mistake(hint="idea")
def data_alone(x, x1, a, b, da, db):
    """You differentiate the weight of the data alone. The weight of the noise changes
    too: add b' x0."""
    return da * x1 + 0 * x


@exercise.mistake(hint="idea")
def noise_alone(x, x1, a, b, da, db):
    """You differentiate the weight of the noise alone. The weight of the data changes
    too: add a' x1."""
    return db * (x - a * x1) / b


@exercise.mistake(hint="formula")
def data_not_weighted(x, x1, a, b, da, db):
    """You subtract x1 from x to find the noise. The data has the weight a in x: the
    noise is (x - a x1) / b."""
    return da * x1 + db * (x - x1) / b


@exercise.mistake(hint="formula")
def noise_not_scaled(x, x1, a, b, da, db):
    """You do not divide by b, so what you call the noise is b x0. Solve
    x = a x1 + b x0 for x0."""
    return da * x1 + db * (x - a * x1)


@exercise.mistake(hint="formula")
def multiplied_by_b(x, x1, a, b, da, db):
    """You multiply by b where you should divide: x = a x1 + b x0 gives
    x0 = (x - a x1) / b."""
    return da * x1 + db * (x - a * x1) * b


@exercise.mistake(hint="idea")
def straight_paths_alone(x, x1, a, b, da, db):
    """Your velocity, x1 - x0, belongs to straight paths, whose weights have the
    derivatives 1 and -1. Use da and db."""
    return x1 - (x - a * x1) / b


@exercise.mistake(hint="idea")
def the_rest_of_the_way(x, x1, a, b, da, db):
    """Your velocity, (x1 - x) / b, belongs to straight paths alone. Differentiate
    a x1 + b x0 with the two given slopes."""
    return (x1 - x) / b


@exercise.mistake(hint="formula")
def minus_the_second(x, x1, a, b, da, db):
    """You subtract the part of the noise. The derivative of a sum is a sum, and db
    itself is negative where the noise fades."""
    return da * x1 - db * (x - a * x1) / b


@exercise.mistake(hint="formula")
def slopes_exchanged(x, x1, a, b, da, db):
    """You exchange the two slopes: da belongs to the data x1, and db to the noise."""
    return db * x1 + da * (x - a * x1) / b


@exercise.mistake(hint="formula")
def weights_for_slopes(x, x1, a, b, da, db):
    """You put the point together again from its weights, which gives x itself. The
    velocity has the slopes da and db in their places."""
    return a * x1 + b * ((x - a * x1) / b)
