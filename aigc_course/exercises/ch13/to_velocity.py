"""Exercise on three things that a network may predict."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import pairs, per_row

exercise = Exercise(
    "13.to_velocity",
    order=100,
    title="Three predictions, one velocity",
    difficulty=2,
    minutes=10,
    asks="derive",
    idea="x is known, and x = (1 - t) x0 + t x1. Put in what was predicted, solve for"
    " the other one, and subtract.",
    formula="From the data: x1 - x0 = (x1 - x) / (1 - t). From the noise:"
    " x1 - x0 = (x - x0) / t.",
    line="Write `s = t.reshape(-1, *[1] * (x.ndim - 1))`, then `return {'data':"
    " (prediction - x) / (1 - s), 'noise': (x - prediction) / s, 'velocity':"
    " prediction}[kind]`.",
    variation="Let the prediction of x1 be wrong by 0.1. Plot the error of the velocity"
    " against t, and do the same for the noise.",
)


@exercise.answer
def to_velocity(prediction: Tensor, x: Tensor, t: Tensor, kind: str) -> Tensor:
    """The velocity that a network's prediction means: [N, ...].

    prediction: of x1 when kind is "data", of x0 when it is "noise", of x1 - x0 when it
    is "velocity", [N, ...]. x: x_t = (1 - t) x0 + t x1, [N, ...]. t: [N], above 0 and
    below 1.
    """
    t = t.reshape(-1, *[1] * (x.ndim - 1))  # [N, 1, ...]
    if kind == "data":
        return (prediction - x) / (1 - t)
    if kind == "noise":
        return (x - prediction) / t
    return prediction


KINDS = ("data", "noise", "velocity")


@exercise.inputs
def predictions() -> list[tuple[Tensor, Tensor, Tensor, str]]:
    found = []
    for shape in ((4, 2), (3, 1, 5, 5)):
        for kind in KINDS:
            x0, x1, t = pairs(*shape)
            found.append((torch.randn(shape), x0 + x1, t, kind))
    return found


@exercise.must_hold
def perfect_predictions_agree(f) -> bool:
    """The true x1, the true x0 and the true x1 - x0 give the same velocity."""
    x0, x1, t = pairs(6, 2)
    s = per_row(t, x1)
    x = (1 - s) * x0 + s * x1
    known = {"data": x1, "noise": x0, "velocity": x1 - x0}
    return all(same(f(known[kind], x, t, kind), x1 - x0) for kind in KINDS)


@exercise.must_hold
def errors_are_scaled(f) -> bool:
    """An error of 0.1 in the predicted x1 becomes 0.1 / (1 - t) in the velocity."""
    x0, x1, t = pairs(5, 2)
    gap = f(x1 + 0.1, x0, t, "data") - f(x1, x0, t, "data")
    return same(gap, (0.1 / (1 - t))[:, None].expand(5, 2), 1e-3)


def _by_kind(data, noise):
    """An answer from what it does with a prediction of data, and of noise."""

    def answer(prediction, x, t, kind):
        s = per_row(t, x)
        if kind == "velocity":
            return prediction
        return (data if kind == "data" else noise)(prediction, x, s)

    return answer


def _data(p, x, s):
    return (p - x) / (1 - s)


def _noise(p, x, s):
    return (x - p) / s


@exercise.mistake(hint="idea")
def not_divided(prediction, x, t, kind):
    """You return the way that is left, x1 - x, or the way so far, x - x0. Divide each
    by its share of the time, 1 - t or t."""
    return _by_kind(lambda p, x, s: p - x, lambda p, x, s: x - p)(
        prediction, x, t, kind
    )


@exercise.mistake(hint="idea")
def data_not_divided(prediction, x, t, kind):
    """For a prediction of the data you return x1 - x, the way that is left. It takes
    the time 1 - t: divide by it."""
    return _by_kind(lambda p, x, s: p - x, _noise)(prediction, x, t, kind)


@exercise.mistake(hint="formula")
def times_exchanged(prediction, x, t, kind):
    """You exchange t and 1 - t. From x to the data the time that is left is 1 - t; from
    the noise to x it was t."""
    return _by_kind(lambda p, x, s: (p - x) / s, lambda p, x, s: (x - p) / (1 - s))(
        prediction, x, t, kind
    )


@exercise.mistake(hint="formula")
def noise_backwards(prediction, x, t, kind):
    """For a prediction of the noise your velocity points to the noise. It points away
    from it: x - x0, divided by t."""
    return _by_kind(_data, lambda p, x, s: (p - x) / s)(prediction, x, t, kind)


@exercise.mistake(hint="formula")
def data_backwards(prediction, x, t, kind):
    """For a prediction of the data your velocity points away from it. It points to the
    data: x1 - x, divided by 1 - t."""
    return _by_kind(lambda p, x, s: (x - p) / (1 - s), _noise)(prediction, x, t, kind)


@exercise.mistake(hint="formula")
def noise_over_the_rest(prediction, x, t, kind):
    """For a prediction of the noise you divide by 1 - t. The way from x0 to x took the
    time t."""
    return _by_kind(_data, lambda p, x, s: (x - p) / (1 - s))(prediction, x, t, kind)


@exercise.mistake(hint="idea")
def data_from_noise(prediction, x, t, kind):
    """For a prediction of the noise you return the data, (x - (1 - t) x0) / t. Subtract
    the noise from it."""
    return _by_kind(_data, lambda p, x, s: (x - (1 - s) * p) / s)(
        prediction, x, t, kind
    )


@exercise.mistake(hint="idea")
def x_for_the_noise(prediction, x, t, kind):
    """For a prediction of the noise you subtract it from x and do not divide. x is the
    point at time t, not the data: divide by t."""
    return _by_kind(_data, lambda p, x, s: x - p)(prediction, x, t, kind)


@exercise.mistake(hint="idea")
def kinds_exchanged(prediction, x, t, kind):
    """You treat a prediction of the data as noise and the other way round. x0 is noise
    and x1 is data."""
    return _by_kind(_noise, _data)(prediction, x, t, kind)


@exercise.mistake(hint="idea")
def kind_ignored(prediction, x, t, kind):
    """You return the prediction as it is, whatever it means. Only a predicted velocity
    may stay as it is."""
    return prediction + 0 * x


@exercise.mistake(hint="idea")
def always_from_data(prediction, x, t, kind):
    """You treat every prediction as one of the data. Look at `kind`: there are three
    cases."""
    return _data(prediction, x, per_row(t, x))


@exercise.mistake(hint="formula")
def diffusion_weights(prediction, x, t, kind):
    """You take the weight of the noise to be sqrt(1 - t^2), as on a diffusion path. On
    the straight path it is 1 - t."""
    return _by_kind(_data, lambda p, x, s: (x - (1 - s**2).sqrt() * p) / s - p)(
        prediction, x, t, kind
    )


@exercise.mistake(hint="line")
def one_axis_for_all_shapes(prediction, x, t, kind):
    """You give t one new axis, which is right for points [N, d] only. Images
    [N, 1, H, W] need three: add as many as x has beyond its first."""
    s = t[:, None]
    if kind == "data":
        return (prediction - x) / (1 - s)
    return (x - prediction) / s if kind == "noise" else prediction


@exercise.mistake(hint="line")
def times_along_the_last_axis(prediction, x, t, kind):
    """You divide by t without new axes, so it runs along the last axis of x. Reshape t
    to [N, 1, ...]."""
    if kind == "data":
        return (prediction - x) / (1 - t)
    return (x - prediction) / t if kind == "noise" else prediction
