"""Exercise on publishing a mean and a covariance that betray nobody."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.private_moments",
    order=60,
    title="A mean and a covariance that keep a promise",
    difficulty=4,
    minutes=25,
    asks="step",
    idea="Only sums are published: how many points, their sum, the sum of their"
    " products. Find the most by which one point can change all three together, as"
    " a vector.",
    formula="Clip to norm C and divide by C. One point then changes the three sums"
    " by 1, p and p p^T, whose squared lengths are at most 1 each:"
    " sensitivity sqrt(3). Add noise of deviation s = sqrt(3) / mu to all"
    " three. Mean = C S / n, covariance = C^2 M / n - mean mean^T, all from"
    " noisy numbers.",
    line="Write `s = math.sqrt(3) / mu`, then `p = x / x.norm(dim=1,"
    " keepdim=True).clamp(min=C)`, then `z, v, Z = noise`, then `n = len(x) + s *"
    " z`, then `mean = C * (p.sum(0) + s * v) / n`, then `second = p.T @ p + s *"
    " (Z.triu() + Z.triu(1).T)`, then `return n, mean, C * C * second / n -"
    " torch.outer(mean, mean)`.",
    variation="Publish the three sums with different amounts of noise, so that their"
    " mu^2 add up to the same total. Measure which of them deserves most.",
    tolerance=1e-4,
)

Noise = tuple[Tensor, Tensor, Tensor]
Moments = tuple[Tensor, Tensor, Tensor]


@exercise.answer
def private_moments(x: Tensor, C: float, mu: float, noise: Noise) -> Moments:
    """(number, mean [d], covariance [d, d]) of points x [N, d], with a promise of mu.

    C: each point is first shortened to norm C, a constant that was fixed before anybody
    saw the points. noise: standard normal numbers [], [d] and [d, d] for the three
    sums; of the last the upper triangle counts, and is mirrored. Adding or removing one
    point moves the published numbers by at most mu deviations of their noise.
    """
    s = math.sqrt(3) / mu
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)  # [N, d], norm <= 1
    z, v, Z = noise
    n = len(x) + s * z
    mean = C * (p.sum(0) + s * v) / n
    second = p.T @ p + s * (Z.triu() + Z.triu(1).T)
    return n, mean, C * C * second / n - torch.outer(mean, mean)


def points(number: int, dimension: int) -> Tensor:
    """Points of different lengths, most of them shorter than 3."""
    x = 0.7 + torch.randn(number, dimension).double()
    return x * (0.4 + 1.5 * torch.rand(number, 1).double())


def normal(dimension: int) -> Noise:
    """The noise of one use."""
    shapes = (), (dimension,), (dimension, dimension)
    z, v, Z = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    return z, v, Z


@exercise.inputs
def uses() -> list[tuple[Tensor, float, float, Noise]]:
    return [
        (points(60, 3), 2.0, 0.5, normal(3)),
        (points(200, 2), 1.3, 0.3, normal(2)),
        (points(40, 4), 50.0, 1.0, normal(4)),  # no point is as long as that
        (3 * points(30, 3), 0.5, 0.9, normal(3)),
    ]


@exercise.must_hold
def without_noise(f) -> bool:
    """With noise 0 and a large C, the mean and the covariance of the points come
    out."""
    x = points(50, 3)
    zeros = (
        torch.zeros(()).double(),
        torch.zeros(3).double(),
        torch.zeros(3, 3).double(),
    )
    n, mean, covariance = f(x, 100.0, 1.0, zeros)
    right = same(torch.as_tensor(mean).double(), x.mean(0), 1e-3)
    want = torch.cov(x.T, correction=0)
    return right and same(torch.as_tensor(covariance).double(), want, 1e-2)


@exercise.must_hold
def symmetric(f) -> bool:
    """The published covariance is symmetric."""
    found = torch.as_tensor(f(points(30, 3), 2.0, 0.5, normal(3))[2]).double()
    return same(found, found.T.contiguous())


def _parts(x, C, mu, noise, s=None, p=None) -> Moments:
    s = math.sqrt(3) / mu if s is None else s
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C) if p is None else p
    z, v, Z = noise
    second = p.T @ p + s * (Z.triu() + Z.triu(1).T)
    return len(x) + s * z, p.sum(0) + s * v, second


def _published(n, total, second, C):
    mean = C * total / n
    return n, mean, C * C * second / n - torch.outer(mean, mean)


@exercise.mistake(hint="formula")
def a_sensitivity_of_one(x, C, mu, noise):
    """You add noise as if one person changed the sums by 1. All three change together,
    by a vector of length up to sqrt(3)."""
    return _published(*_parts(x, C, mu, noise, s=1 / mu), C)


@exercise.mistake(hint="formula")
def sensitivities_added(x, C, mu, noise):
    """You take 3 as the sensitivity. The three changes are parts of one vector: the
    squares add up, and its length is sqrt(3)."""
    return _published(*_parts(x, C, mu, noise, s=3 / mu), C)


@exercise.mistake(hint="idea")
def true_number(x, C, mu, noise):
    """You divide by the true number of points. It is not public: use the noisy one."""
    n, total, second = _parts(x, C, mu, noise)
    mean = C * total / len(x)
    return n, mean, C * C * second / len(x) - torch.outer(mean, mean)


@exercise.mistake(hint="idea")
def number_published_without_noise(x, C, mu, noise):
    """You publish the number of points without noise. It tells whether one person was
    added."""
    z, v, Z = noise
    return _published(*_parts(x, C, mu, (0 * z, v, Z)), C)


@exercise.mistake(hint="idea")
def not_clipped(x, C, mu, noise):
    """You do not shorten the points. A single long one then changes the sums without
    limit."""
    return _published(*_parts(x, C, mu, noise, p=x / C), C)


@exercise.mistake(hint="idea")
def each_coordinate_clipped(x, C, mu, noise):
    """You clip each coordinate. The length can still be C times the root of the
    dimension: shorten the whole vector."""
    return _published(*_parts(x, C, mu, noise, p=x.clamp(-C, C) / C), C)


@exercise.mistake(hint="idea")
def all_to_one_length(x, C, mu, noise):
    """You bring every point to norm C. Shorter points have to stay as they are."""
    p = x / x.norm(dim=1, keepdim=True)
    return _published(*_parts(x, C, mu, noise, p=p), C)


@exercise.mistake(hint="idea")
def longest_point_as_constant(x, C, mu, noise):
    """You divide by the length of the longest point. It comes from the data and changes
    when that person leaves: use the constant C."""
    longest = float(x.norm(dim=1).max())
    return _published(*_parts(x, longest, mu, noise), longest)


@exercise.mistake(hint="idea")
def noise_on_the_means(x, C, mu, noise):
    """You add the noise after dividing by the number. It belongs to the sums: on the
    means it is many times larger than needed."""
    s = math.sqrt(3) / mu
    z, v, Z = noise
    n, total, second = _parts(x, C, mu, (z, 0 * v, 0 * Z))
    mean = C * (total / n + s * v)
    noisy = C * C * (second / n + s * (Z.triu() + Z.triu(1).T))
    return n, mean, noisy - torch.outer(mean, mean)


@exercise.mistake(hint="formula")
def all_of_the_matrix(x, C, mu, noise):
    """You add the whole matrix of noise, which is not symmetric. Mirror its upper
    triangle."""
    z, v, Z = noise
    n, total, _ = _parts(x, C, mu, noise)
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    return _published(n, total, p.T @ p + math.sqrt(3) / mu * Z, C)


@exercise.mistake(hint="idea")
def half_of_the_matrix(x, C, mu, noise):
    """You add noise above the diagonal only. Below it stand the true sums, for
    everybody to read: mirror the noise."""
    n, total, _ = _parts(x, C, mu, noise)
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    return _published(n, total, p.T @ p + math.sqrt(3) / mu * noise[2].triu(), C)


@exercise.mistake(hint="formula")
def diagonal_twice(x, C, mu, noise):
    """You add the upper triangle and its transpose, so the diagonal gets its noise
    twice. Mirror without the diagonal: Z.triu() + Z.triu(1).T."""
    n, total, _ = _parts(x, C, mu, noise)
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    Z = noise[2].triu()
    return _published(n, total, p.T @ p + math.sqrt(3) / mu * (Z + Z.T), C)


@exercise.mistake(hint="formula")
def scaled_back_forgotten(x, C, mu, noise):
    """You do not multiply by C and C^2 at the end, so the moments are those of the
    shortened and divided points."""
    return _published(*_parts(x, C, mu, noise), 1.0)


@exercise.mistake(hint="formula")
def second_moment(x, C, mu, noise):
    """You return the second moment. The covariance is what is left after the product of
    the means is subtracted."""
    n, total, second = _parts(x, C, mu, noise)
    return n, C * total / n, C * C * second / n


@exercise.mistake(hint="formula")
def averaged_with_its_transpose(x, C, mu, noise):
    """You average the matrix of noise with its transpose. Beside the diagonal the noise
    is then too small by a factor of sqrt(2): mirror the upper triangle."""
    n, total, _ = _parts(x, C, mu, noise)
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    Z = (noise[2] + noise[2].T) / 2
    return _published(n, total, p.T @ p + math.sqrt(3) / mu * Z, C)


@exercise.mistake(hint="idea")
def two_sums_counted(x, C, mu, noise):
    """You take sqrt(2) as the sensitivity. Three sums are published: the number changes
    too, by 1."""
    return _published(*_parts(x, C, mu, noise, s=math.sqrt(2) / mu), C)


@exercise.mistake(hint="formula")
def noise_without_c(x, C, mu, noise):
    """You shorten points to norm C and add noise as if it were 1. One point changes
    their sum by C and the products by C^2: scale the noise in the same way."""
    s = math.sqrt(3) / mu
    n, _, _ = _parts(x, C, mu, noise)
    short = C * x / x.norm(dim=1, keepdim=True).clamp(min=C)
    second = short.T @ short + s * (noise[2].triu() + noise[2].triu(1).T)
    return _published(n, short.sum(0) + s * noise[1], second, 1.0)
