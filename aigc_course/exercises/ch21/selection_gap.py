"""Exercise on how much a chosen score flatters."""

import math
import random
from collections.abc import Callable
from statistics import fmean
from typing import Any

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.selection_gap",
    order=80,
    title="The best of many runs",
    difficulty=4,
    minutes=20,
    asks="derive",
    idea="The chosen run has a public score that is low for two reasons: a good model,"
    " and lucky noise. Ask which part of the deviation is noise on average.",
    formula="For normal q and u, E[u | q + u = s] = noise² / (spread² + noise²) times"
    " the deviation of s from its mean. The smallest of k scores lies largest ·"
    " √(spread² + noise²) below the mean.",
    line="Write `return largest * noise**2 / (spread**2 + noise**2) ** 0.5`.",
    variation="Say how much better the chosen model really is than the mean model.",
)


@exercise.answer
def selection_gap(spread: float, noise: float, largest: float) -> float:
    """By how much the public score of the best of k runs is below its secret score.

    Run i has quality q_i, of standard deviation `spread` between runs. Its public score
    is q_i + u_i, with noise u_i of deviation `noise`. All are normal and independent,
    and the run with the smallest public score is chosen. The secret score has new noise
    of mean 0. largest: the mean of the largest of k standard normal numbers.
    """
    # E[u | s] = noise²/(spread² + noise²) (s - mean), and E[mean - min s] = largest σ_s
    return largest * noise**2 / math.sqrt(spread**2 + noise**2)


# mean of the largest of k standard normal numbers, by numerical integration
LARGEST = {2: 0.564190, 5: 1.162964, 10: 1.538753, 100: 2.507594}


@exercise.inputs
def searches() -> list[tuple[float, float, float]]:
    return [
        (1.0, 0.5, LARGEST[10]),
        (0.3, 0.9, LARGEST[2]),
        (2.0, 0.1, LARGEST[100]),
        (0.0, 0.7, LARGEST[5]),
        (1.5, 1.5, LARGEST[100]),
        (0.4, 0.0, LARGEST[10]),
    ]


@exercise.must_hold
def agrees_with_a_simulation(f: Callable[..., Any]) -> bool:
    """Of 4,000 simulated searches among ten runs, the mean gap is the same within
    5 %."""
    draw, gaps = random.Random(21), []
    for _ in range(4_000):
        pairs = [(draw.gauss(0, 0.8), draw.gauss(0, 0.6)) for _ in range(10)]
        gaps.append(-min(pairs, key=sum)[1])
    return abs(float(f(0.8, 0.6, LARGEST[10])) / fmean(gaps) - 1) < 0.05


@exercise.must_hold
def without_noise_no_gap(f: Callable[..., Any]) -> bool:
    """A score without noise does not flatter."""
    return abs(float(f(1.0, 0.0, 1.5))) < 1e-9


@exercise.must_hold
def equal_models_give_the_largest_gap(f: Callable[..., Any]) -> bool:
    """If all models are equally good, the whole advantage is noise."""
    return same(float(f(0.0, 0.7, 1.5)), 0.7 * 1.5)


@exercise.mistake(hint="idea")
def all_of_it_is_noise(spread, noise, largest):
    """You take the whole advantage of the chosen run for noise. A part of it is a
    better model."""
    return largest * math.hypot(spread, noise)


@exercise.mistake(hint="idea")
def largest_noise(spread, noise, largest):
    """You assume that the run with the luckiest noise is chosen. Its quality counts as
    well, so the chosen noise is smaller unless all models are equal."""
    return largest * noise


@exercise.mistake(hint="formula")
def quality_for_noise(spread, noise, largest):
    """You give the part that is a better model. What the secret score does not confirm
    is the noise: exchange the two in the numerator."""
    both = math.hypot(spread, noise)
    return largest * spread**2 / both if both else 0.0


@exercise.mistake(hint="formula")
def root_forgotten(spread, noise, largest):
    """You divide by the variance of the public score. The smallest score lies `largest`
    standard deviations below the mean, which leaves one root below."""
    both = spread**2 + noise**2
    return largest * noise**2 / both if both else 0.0


@exercise.mistake(hint="formula")
def deviations_added(spread, noise, largest):
    """You add the two standard deviations. Variances of independent numbers add."""
    both = spread + noise
    return largest * noise**2 / both if both else 0.0


@exercise.mistake(hint="formula")
def share_of_deviations(spread, noise, largest):
    """You take noise / (spread + noise) as the share of the noise. The share is one of
    variances."""
    both = spread + noise
    return largest * math.hypot(spread, noise) * noise / both if both else 0.0


@exercise.mistake(hint="formula")
def sign_turned(spread, noise, largest):
    """Your gap is negative. The public score is lower than the secret one: give the
    difference as a positive number."""
    return -selection_gap(spread, noise, largest)


@exercise.mistake(hint="idea")
def secret_noise_added(spread, noise, largest):
    """You count the noise of the secret score too. It is new and has mean 0, so it adds
    nothing to the mean gap."""
    return math.sqrt(2) * selection_gap(spread, noise, largest)


@exercise.mistake(hint="formula")
def one_noise_too_few(spread, noise, largest):
    """Your gap is a number without a unit. Twice the spread and twice the noise give
    twice the gap."""
    both = math.hypot(spread, noise)
    return largest * noise / both if both else 0.0


@exercise.mistake(hint="idea")
def noise_of_one_run(spread, noise, largest):
    """Your gap does not depend on the number of runs. With more runs the chosen one has
    luckier noise: multiply by `largest`."""
    both = math.hypot(spread, noise)
    return noise**2 / both if both else 0.0


@exercise.mistake(hint="formula")
def share_alone(spread, noise, largest):
    """You return the share of the noise in the variance. Multiply it by how far the
    chosen run lies below the mean."""
    return noise**2 / (spread**2 + noise**2)


@exercise.mistake(hint="idea")
def wider_by_the_noise(spread, noise, largest):
    """You compare the best of the public scores with the best of the qualities. These
    are two different runs: the secret score is that of the chosen one."""
    return largest * (math.hypot(spread, noise) - spread)


@exercise.mistake(hint="formula")
def quality_times_noise(spread, noise, largest):
    """You multiply the two standard deviations. The share of the noise is noise² over
    the variance of the public score."""
    both = math.hypot(spread, noise)
    return largest * spread * noise / both if both else 0.0
