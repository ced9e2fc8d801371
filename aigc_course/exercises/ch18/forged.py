"""Exercise on stealing a mark by averaging, and putting it on other pictures."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.forged",
    order=70,
    title="Steal a mark",
    difficulty=3,
    minutes=18,
    asks="derive",
    idea="What is the same in all marked pictures is their mean picture and the mark."
    " The mean picture can be found from unmarked ones.",
    formula="d = mean of marked - mean of plain. Scale it to the root mean square"
    " `strength` and add it to each target. Limit the result to [-1, 1].",
    line="Write `d = marked.mean(0) - plain.mean(0)`, then `d = strength * d /"
    " d.square().mean().sqrt()`, then `return (target + d).clamp(-1, 1)`.",
    variation="Remove the mark from marked pictures with the same estimate.",
)


@exercise.answer
def forged(marked: Tensor, plain: Tensor, target: Tensor, strength: float) -> Tensor:
    """The targets with the mark of somebody else, estimated from their pictures.

    marked: [N, D], pictures that all carry one mark. plain: [M, D], unmarked pictures
    of the same kind, and not the same pictures. target: [K, D], to be marked. strength:
    the root mean square over the pixels of what is added. Pixels stay in [-1, 1].
    """
    pattern = marked.mean(0) - plain.mean(0)
    pattern = strength * pattern / pattern.square().mean().sqrt()
    return (target + pattern).clamp(-1, 1)


def drawn(n: int, d: int, seed: int) -> Tensor:
    """Pictures [n, d] around a mean picture."""
    chance = torch.Generator().manual_seed(seed)
    centre = torch.linspace(-0.8, 0.3, d)
    return (centre + 0.3 * torch.randn(n, d, generator=chance)).clamp(-1, 1)


def key(d: int) -> Tensor:
    """A mark."""
    return torch.randn(d, generator=torch.Generator().manual_seed(d))


@exercise.inputs
def thefts() -> list[tuple[Tensor, Tensor, Tensor, float]]:
    mark = 0.15 * key(20)
    return [
        (drawn(40, 20, 1) + mark, drawn(60, 20, 2), drawn(3, 20, 3), 0.1),
        (drawn(200, 20, 4) - mark, drawn(90, 20, 5), drawn(5, 20, 6), 0.3),
        (drawn(7, 9, 7) + 0.05 * key(9), drawn(9, 9, 8), 0.99 * drawn(2, 9, 9), 0.6),
    ]


@exercise.must_hold
def the_targets_get_the_mark(f) -> bool:
    """What was added correlates with the mark, and has the strength asked for."""
    mark, target = 0.2 * key(50), 0.1 * drawn(4, 50, 10)
    marked, plain = drawn(800, 50, 11) + mark, drawn(900, 50, 12)
    added = torch.as_tensor(f(marked, plain, target, 0.05)).float() - target
    together = torch.corrcoef(torch.stack([added[0], mark]))[0, 1]
    return bool(together > 0.95) and same(
        added.square().mean().sqrt(), torch.tensor(0.05), 0.01
    )


@exercise.must_hold
def pixels_stay_pixels(f) -> bool:
    """Every pixel stays between -1 and 1."""
    got = torch.as_tensor(f(*thefts()[1][:3], 0.9))
    return bool(got.min() >= -1 and got.max() <= 1)


def _scaled(pattern, strength) -> Tensor:
    return strength * pattern / pattern.square().mean().sqrt()


@exercise.mistake(hint="idea")
def mean_of_the_marked(marked, plain, target, strength):
    """You add the mean of the marked pictures. It contains the mean picture, which is
    much stronger than the mark: subtract the mean of unmarked ones."""
    return (target + _scaled(marked.mean(0), strength)).clamp(-1, 1)


@exercise.mistake(hint="formula")
def sign_reversed(marked, plain, target, strength):
    """You subtract in the wrong order. That removes a mark, or adds its negative."""
    pattern = plain.mean(0) - marked.mean(0)
    return (target + _scaled(pattern, strength)).clamp(-1, 1)


@exercise.mistake(hint="formula")
def not_scaled(marked, plain, target, strength):
    """You multiply the difference of the means by the strength. Its own root mean
    square comes on top: divide by it."""
    return (target + strength * (marked.mean(0) - plain.mean(0))).clamp(-1, 1)


@exercise.mistake(hint="formula")
def scaled_by_the_length(marked, plain, target, strength):
    """You divide by the length of the pattern. The strength is a root mean square,
    which does not grow with the number of pixels."""
    pattern = marked.mean(0) - plain.mean(0)
    return (target + strength * pattern / pattern.norm()).clamp(-1, 1)


@exercise.mistake(hint="formula")
def scaled_by_the_deviation(marked, plain, target, strength):
    """You divide by the standard deviation of the pattern, which leaves out its mean.
    The root mean square is the root of the mean of the squares."""
    pattern = marked.mean(0) - plain.mean(0)
    return (target + strength * pattern / pattern.std()).clamp(-1, 1)


@exercise.mistake(hint="formula")
def scaled_by_the_largest(marked, plain, target, strength):
    """You divide by the largest pixel of the pattern. The strength is a root mean
    square."""
    pattern = marked.mean(0) - plain.mean(0)
    return (target + strength * pattern / pattern.abs().max()).clamp(-1, 1)


@exercise.mistake(hint="formula")
def not_limited(marked, plain, target, strength):
    """You do not limit the pixels. A file stores them in [-1, 1] and would change
    them."""
    return target + _scaled(marked.mean(0) - plain.mean(0), strength)


@exercise.mistake(hint="formula")
def limited_to_zero_and_one(marked, plain, target, strength):
    """You limit the pixels to [0, 1]. The pictures of this course lie in [-1, 1]."""
    pattern = _scaled(marked.mean(0) - plain.mean(0), strength)
    return (target + pattern).clamp(0, 1)


@exercise.mistake(hint="idea")
def compared_with_the_targets(marked, plain, target, strength):
    """You take the targets as the unmarked pictures. They are few, so their mean
    contains what they show: use the plain ones."""
    pattern = marked.mean(0) - target.mean(0)
    return (target + _scaled(pattern, strength)).clamp(-1, 1)


@exercise.mistake(hint="idea")
def from_one_picture(marked, plain, target, strength):
    """You use one marked picture. What it shows is much stronger than the mark: the
    mean of many is needed."""
    pattern = marked[0] - plain.mean(0)
    return (target + _scaled(pattern, strength)).clamp(-1, 1)


@exercise.mistake(hint="idea")
def signs_only(marked, plain, target, strength):
    """You keep the signs only. Pixels where the estimate is mostly noise then count as
    much as the others: keep the values."""
    pattern = (marked.mean(0) - plain.mean(0)).sign()
    return (target + strength * pattern).clamp(-1, 1)


@exercise.mistake(hint="formula")
def centred_pattern(marked, plain, target, strength):
    """You subtract the mean over the pixels from the pattern. A part of the mark is
    lost with it."""
    pattern = marked.mean(0) - plain.mean(0)
    return (target + _scaled(pattern - pattern.mean(), strength)).clamp(-1, 1)


@exercise.mistake(hint="formula")
def one_strength_for_each_pixel(marked, plain, target, strength):
    """You divide by the deviation of each pixel. This changes the shape of the pattern:
    one factor scales all of it."""
    pattern = (marked.mean(0) - plain.mean(0)) / plain.std(0)
    return (target + _scaled(pattern, strength)).clamp(-1, 1)
