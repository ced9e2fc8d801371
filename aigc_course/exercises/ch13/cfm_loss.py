"""Exercise on the loss of flow matching."""

import torch
from torch import Tensor

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import Learning, pairs, per_row

exercise = Exercise(
    "13.cfm_loss",
    order=15,
    title="The loss of flow matching",
    difficulty=2,
    minutes=10,
    asks="formula",
    idea="Put each pair at its time on its path, ask the network for the velocity"
    " there, and compare with the velocity of that pair: a mean squared error.",
    formula="mean of (u(x_t, t) - (x1 - x0))^2 over all rows and coordinates, with"
    " x_t = (1 - t) x0 + t x1.",
    line="Write `s = t.reshape(-1, *[1] * (x1.ndim - 1))`, then `guess = velocity((1 -"
    " s) * x0 + s * x1, t)`, then `return (guess - (x1 - x0)).square().mean()`.",
    variation="Compute the loss at ten times t apart, for the exact velocity of the"
    " mixture. Say at which times the noise of the targets is largest.",
)


@exercise.answer
def cfm_loss(velocity, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
    """The loss of conditional flow matching on a batch, a scalar with its gradient.

    velocity: called as velocity(x, t) with x [N, ...] and t [N]; it returns [N, ...].
    x0, x1: noise and data, [N, ...]. t: [N]. The mean runs over rows and coordinates.
    Lipman et al. 2023, equation 9.
    """
    s = t.reshape(-1, *[1] * (x1.ndim - 1))  # [N, 1, ...]
    x = (1 - s) * x0 + s * x1
    return (velocity(x, t) - (x1 - x0)).square().mean()


@exercise.observe
def losses(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, shape in (("points", (6, 2)), ("images", (3, 1, 4, 4))):
        velocity = Learning()
        loss = scalar(f(velocity, *pairs(*shape)))
        loss.backward()
        found[f"loss of {name}"] = loss.detach()
        found[f"gradient for {name}"] = velocity.weights.grad
    return found


def scalar(loss: object) -> Tensor:
    """The loss as one number with its graph, or an AssertionError with a sentence."""
    assert isinstance(loss, Tensor), f"The loss is {kind(loss)}; a tensor is expected."
    assert loss.numel() == 1, (
        f"The loss has the shape {list(loss.shape)}; one number is expected, the mean"
        " over rows and coordinates."
    )
    assert loss.requires_grad, (
        "The loss carries no gradient: a `detach`, `item`, `no_grad` or NumPy step cuts"
        " the graph, so the network cannot learn from it."
    )
    return loss.reshape(())


@exercise.must_hold
def zero_for_one_pair(f) -> bool:
    """A velocity that knows the only pair has the loss 0."""
    x0, x1, t = pairs(1, 3)
    found = f(lambda x, t: (x1 - x0) + 0 * x, x0, x1, t)
    return same(torch.as_tensor(found).reshape(()), torch.tensor(0.0))


@exercise.must_hold
def noise_stays(f) -> bool:
    """A velocity of 0 has the mean square of x1 - x0 as its loss, which no cancelling
    between rows can make smaller."""
    x0, x1, t = pairs(50, 2)
    found = f(lambda x, t: 0 * x, x0, x1, t)
    return same(torch.as_tensor(found).reshape(()), (x1 - x0).square().mean())


@exercise.must_hold
def asked_at_the_points_of_the_paths(f) -> bool | str:
    """The network is asked at x_t, not at one of the two ends."""
    seen = []

    def spy(x, t):
        seen.append(x.to(torch.float32))
        return 0 * x

    x0, x1, t = pairs(8, 2)
    f(spy, x0, x1, t)
    s = per_row(t, x1)
    if not seen:
        return "the network is asked for its velocity; here it is never called."
    return same(torch.cat(seen).reshape(8, 2), (1 - s) * x0 + s * x1)


@exercise.must_hold
def told_the_time(f) -> bool:
    """The network is told the time t at which its row is on the path."""
    seen = []

    def spy(x, t):
        seen.append(torch.as_tensor(t, dtype=torch.float32).reshape(-1))
        return 0 * x

    x0, x1, t = pairs(8, 2)
    f(spy, x0, x1, t)
    return same(torch.cat(seen), t)


def _at(x0, x1, t) -> Tensor:
    s = per_row(t, x1)
    return (1 - s) * x0 + s * x1


@exercise.mistake(hint="idea")
def asked_at_the_data(velocity, x0, x1, t):
    """You give the network x1, the data. When samples are drawn, it will see points
    with noise in them: give it x_t."""
    return (velocity(x1, t) - (x1 - x0)).square().mean()


@exercise.mistake(hint="idea")
def asked_at_the_noise(velocity, x0, x1, t):
    """You give the network x0, the noise. It has to know the velocity along the whole
    path: give it x_t."""
    return (velocity(x0, t) - (x1 - x0)).square().mean()


@exercise.mistake(hint="idea")
def averaged_before_squaring(velocity, x0, x1, t):
    """You average the differences over the batch and then square. Errors of opposite
    sign cancel, and the network learns one mean of the batch only: square first."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).mean(0).square().mean()


@exercise.mistake(hint="formula")
def target_backwards(velocity, x0, x1, t):
    """Your target is x0 - x1. Samples are moved from noise to data, so the target is
    x1 - x0."""
    return (velocity(_at(x0, x1, t), t) - (x0 - x1)).square().mean()


@exercise.mistake(hint="formula")
def the_rest_of_the_way(velocity, x0, x1, t):
    """Your target is x1 - x_t, the way that is left. The velocity of a straight path is
    x1 - x0 at every time."""
    x = _at(x0, x1, t)
    return (velocity(x, t) - (x1 - x)).square().mean()


@exercise.mistake(hint="idea")
def data_as_target(velocity, x0, x1, t):
    """Your target is the data x1. That trains a denoiser; the target of a velocity is
    x1 - x0."""
    return (velocity(_at(x0, x1, t), t) - x1).square().mean()


@exercise.mistake(hint="idea")
def noise_as_target(velocity, x0, x1, t):
    """Your target is the noise x0. That trains a predictor of noise; the target of a
    velocity is x1 - x0."""
    return (velocity(_at(x0, x1, t), t) - x0).square().mean()


@exercise.mistake(hint="formula")
def path_backwards(velocity, x0, x1, t):
    """Your point is t x0 + (1 - t) x1, which has noise at t = 1. Here noise is at
    t = 0: exchange the two weights."""
    return (velocity(_at(x1, x0, t), t) - (x1 - x0)).square().mean()


@exercise.mistake(hint="formula")
def all_backwards(velocity, x0, x1, t):
    """Your path and your target both run from data to noise. Other texts count time
    that way; here data are at t = 1."""
    return (velocity(_at(x1, x0, t), t) - (x0 - x1)).square().mean()


@exercise.mistake(hint="line")
def summed_over_coordinates(velocity, x0, x1, t):
    """You sum the squares of the coordinates and average over rows, so the loss grows
    with the number of coordinates. Take the mean over both."""
    gap = velocity(_at(x0, x1, t), t) - (x1 - x0)
    return gap.square().flatten(1).sum(1).mean()


@exercise.mistake(hint="line")
def summed_over_all(velocity, x0, x1, t):
    """You sum over rows and coordinates, so the loss grows with the batch. Take the
    mean."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).square().sum()


@exercise.mistake(hint="formula")
def absolute_differences(velocity, x0, x1, t):
    """You take absolute differences. Their minimum is a median; the mean velocity is
    the minimum of the squared error."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).abs().mean()


@exercise.mistake(hint="formula")
def root_taken(velocity, x0, x1, t):
    """You take a root of the mean square. Its gradient is scaled by the size of the
    loss itself: return the mean square."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).square().mean().sqrt()


@exercise.mistake(hint="formula")
def lengths_not_squared(velocity, x0, x1, t):
    """You average the lengths of the differences, not their squares. The mean velocity
    is the minimum of the squared error alone."""
    gap = velocity(_at(x0, x1, t), t) - (x1 - x0)
    return gap.flatten(1).norm(dim=1).mean()


@exercise.mistake(hint="formula")
def halved(velocity, x0, x1, t):
    """Your loss is half of the mean square. The minimum is the same, but the value is
    not the one asked for: leave the factor 1/2 out."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).square().mean() / 2


@exercise.mistake(hint="idea")
def one_time_for_all(velocity, x0, x1, t):
    """You use one time for the whole batch. Each row has its own: t is [N]."""
    t = t[:1].expand(len(t))
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).square().mean()


@exercise.mistake(hint="idea", draws=True)
def draws_for_itself(velocity, x0, x1, t):
    """You draw noise or times of your own and leave the given ones unused. Here they
    are handed in, so that the loss can be repeated: use x0 and t."""
    noise = torch.randn_like(x0)
    return (velocity(_at(noise, x1, t), t) - (x1 - noise)).square().mean()


@exercise.mistake(hint="line")
def graph_cut(velocity, x0, x1, t):
    """Your loss carries no gradient, so the network cannot learn from it. Compute the
    velocity outside `no_grad`, and return a tensor without `detach` or `item`."""
    return (velocity(_at(x0, x1, t), t) - (x1 - x0)).square().mean().detach()
