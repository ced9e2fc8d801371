"""Exercise on counting modes."""

import math

import torch
from torch import Tensor, cdist

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "04.count_modes",
    order=90,
    title="How many modes are reached",
    difficulty=3,
    minutes=12,
    idea="Measure how far each sample is from each centre. A sample is good when its"
    " nearest centre is near; a mode is reached when a good sample belongs to it.",
    formula="good: min_k |x - c_k| <= 3 std. Modes: how many centres are the nearest"
    " one of some good sample. Share: the mean of good.",
    line="Write `nearest, mode = torch.cdist(samples, centres).min(dim=1)`, `good ="
    " nearest <= 3 * std` and `return len(mode[good].unique()),"
    " float(good.float().mean())`.",
    variation="Count a mode only when at least one in a hundred samples lies there, and"
    " see which of your results change.",
    asks="method",
)


Count = tuple[int, float]


@exercise.answer
def count_modes(samples: Tensor, centres: Tensor, std: float) -> Count:
    """Modes with a sample within 3 std of their centre, and the share of such samples.

    samples: [n, 2]. centres: [k, 2]. Lin et al. 2018, section 4.1.
    """
    nearest, mode = cdist(samples, centres).min(dim=1)  # [n], [n]
    good = nearest <= 3 * std
    return len(mode[good].unique()), float(good.float().mean())


def ring(k: int = 8) -> Tensor:
    """k centres on the unit circle, [k, 2]."""
    angle = torch.arange(k) * (2 * math.pi / k)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


@exercise.inputs
def clouds() -> list[tuple[Tensor, Tensor, float]]:
    centres, std = ring(), 0.05
    which = torch.tensor([0, 0, 0, 1, 1, 2, 5]).repeat_interleave(40)
    near = centres[which] + std * torch.randn(len(which), 2)
    # round samples have corners: inside the square of 3 std, outside the circle
    corner = centres[3] + torch.tensor([[2.5 * std, 2.5 * std]])
    # three times too far for 3 std, and near for whoever forgets a square
    stray = centres[4:5] + torch.tensor([[0.25, 0.0]])
    samples = torch.cat([near, corner, stray])
    return [
        (samples, centres, std),
        (samples[torch.randperm(len(samples))], centres, std),
    ]


@exercise.must_hold
def real_data(f) -> bool:
    """Real points reach every mode, and 1 - exp(-9/2) = 98.9 % of them are good."""
    centres, n = ring(), 20_000
    samples = centres[torch.randint(8, (n,))] + 0.01 * torch.randn(n, 2)
    covered, share = f(samples, centres, 0.01)
    inside = 1 - math.exp(-4.5)
    error = math.sqrt(inside * (1 - inside) / n)
    return bool(covered == 8) and bool(abs(share - inside) < 5 * error)


@exercise.must_hold
def one_point_many_times(f) -> bool:
    """A thousand samples at one centre reach one mode, all of them good."""
    return same(f(ring()[:1].repeat(1000, 1), ring(), 0.01), (1, 1.0))


@exercise.must_hold
def nothing_near(f) -> bool:
    """Samples far from every centre reach none."""
    return same(f(torch.zeros(50, 2), ring(), 0.01), (0, 0.0))


@exercise.must_hold
def scale(f) -> bool:
    """Samples, centres and std ten times as large give the same answer."""
    samples, centres, std = clouds()[0]
    return same(f(10 * samples, 10 * centres, 10 * std), f(samples, centres, std))


@exercise.mistake(hint="idea")
def nearest_is_enough(samples: Tensor, centres: Tensor, std: float) -> Count:
    """A mode counts for you as soon as some sample has it as its nearest centre,
    however far away; even noise then reaches all modes. Ask for a distance of at most
    3 std."""
    nearest, mode = cdist(samples, centres).min(dim=1)
    return len(mode.unique()), float((nearest <= 3 * std).float().mean())


@exercise.mistake(hint="formula")
def a_square_for_a_circle(samples: Tensor, centres: Tensor, std: float) -> Count:
    """You compare each coordinate by itself, which allows the corners of a square. The
    distance is the length of the whole difference."""
    gaps = (samples[:, None] - centres).abs().amax(dim=2)  # [n, k]
    nearest, mode = gaps.min(dim=1)
    good = nearest <= 3 * std
    return len(mode[good].unique()), float(good.float().mean())


@exercise.mistake(hint="formula")
def root_forgotten(samples: Tensor, centres: Tensor, std: float) -> Count:
    """You compare a squared distance with 3 std: a root is missing, and samples count
    that lie far outside. Compare distances with 3 std, or squares with (3 std)^2."""
    nearest, mode = cdist(samples, centres).square().min(dim=1)
    good = nearest <= 3 * std
    return len(mode[good].unique()), float(good.float().mean())


@exercise.mistake(hint="formula")
def one_deviation(samples: Tensor, centres: Tensor, std: float) -> Count:
    """You ask for a distance of at most one std. In the plane only 39 % of the real
    points are that near; three std hold 98.9 % of them."""
    nearest, mode = cdist(samples, centres).min(dim=1)
    good = nearest <= std
    return len(mode[good].unique()), float(good.float().mean())


@exercise.mistake(hint="idea")
def share_of_modes(samples: Tensor, centres: Tensor, std: float) -> Count:
    """Your second number is the share of modes that are reached. It should be the share
    of samples that are good: the two say different things, and a collapsed generator
    can have one good and the other bad."""
    covered, _ = count_modes(samples, centres, std)
    return covered, covered / len(centres)


@exercise.mistake(hint="idea")
def samples_counted(samples: Tensor, centres: Tensor, std: float) -> Count:
    """Your first number counts good samples; count the modes that they reach, each mode
    once."""
    good = cdist(samples, centres).min(dim=1).values <= 3 * std
    return int(good.sum()), float(good.float().mean())


@exercise.mistake(hint="line")
def in_percent(samples: Tensor, centres: Tensor, std: float) -> Count:
    """Your share is in percent. Return it as a number from 0 to 1; format specifiers
    such as `:.1%` turn it into percent where it is shown."""
    covered, share = count_modes(samples, centres, std)
    return covered, 100 * share
