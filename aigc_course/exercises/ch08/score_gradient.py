"""Exercise on the score-function estimator of a gradient."""

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.score_gradient",
    order=70,
    title="A gradient without slopes",
    difficulty=3,
    minutes=10,
    idea="Multiply each value by the slope of log q(z) in the mean, at that z. The"
    " value itself is not differentiated.",
    formula="f(z) d log q(z) / dm = f(z) (z - m) / sigma^2.",
    line="Return `values * (z - mean) / sigma**2`.",
    variation="Subtract a constant from the values first. The mean of the estimates"
    " stays, and their variance does not. Find the constant that is best.",
    asks="derive",
)


@exercise.answer
def score_gradient(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """Estimates of dE[f(z)]/dmean, one for each z ~ N(mean, sigma^2): [n].

    values: f at z, [n]. Williams 1992, section 4, with a normal for the policy.
    """
    # d log N(z; m, s^2) / dm = (z - m) / s^2
    return values * (z - mean) / sigma**2


@exercise.inputs
def draws() -> list[tuple[Tensor, Tensor, float, float]]:
    z = 1.5 + 0.4 * torch.randn(7)
    return [(z.square(), z, 1.5, 0.4), (torch.randn(5), torch.randn(5), -0.3, 2.0)]


@exercise.must_hold
def right_on_average(f) -> bool:
    """Its mean for f(z) = z^2 is the true slope 2 m, within four standard errors."""
    z = 0.7 + 0.5 * torch.randn(50_000)
    found = f(z.square(), z, 0.7, 0.5)
    error = found.std() / len(found) ** 0.5
    return bool((found.mean() - 1.4).abs() < 4 * error)


@exercise.must_hold
def constants_have_no_slope(f) -> bool:
    """Its mean for a constant f is 0, within four standard errors."""
    z = 2 + 0.5 * torch.randn(50_000)
    found = f(torch.full_like(z, 3.0), z, 2.0, 0.5)
    return bool(found.mean().abs() < 4 * found.std() / len(found) ** 0.5)


@exercise.must_hold
def one_for_each(f) -> bool:
    """There is one estimate for each z."""
    return f(torch.randn(6), torch.randn(6), 0.0, 1.0).shape == (6,)


@exercise.mistake(hint="formula")
def deviation_for_variance(
    values: Tensor, z: Tensor, mean: float, sigma: float
) -> Tensor:
    """You divide by sigma; the slope of the logarithm has sigma squared beneath it."""
    return values * (z - mean) / sigma


@exercise.mistake(hint="formula")
def mean_not_subtracted(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """You multiply by z / sigma^2; it is the distance from the mean that counts,
    z - m."""
    return values * z / sigma**2


@exercise.mistake(hint="formula")
def slope_in_z(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """The sign is turned. The slope of log q in the mean is (z - m) / sigma^2; its
    negative is the slope in z, or the gradient of a loss."""
    return -values * (z - mean) / sigma**2


@exercise.mistake(hint="idea")
def values_forgotten(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """This is the score alone, whose mean is 0 for every f. Weight it with the values
    of f."""
    return (z - mean) / sigma**2


@exercise.mistake(hint="idea")
def slope_of_the_density(
    values: Tensor, z: Tensor, mean: float, sigma: float
) -> Tensor:
    """You differentiate the density; with samples from it, its logarithm is wanted:
    dq = q d log q, and the factor q is already in the drawing."""
    density = Normal(mean, sigma).log_prob(z).exp()
    return values * density * (z - mean) / sigma**2


@exercise.mistake(hint="line")
def averaged(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """You return the mean of the estimates. Return all of them: the experiment below
    asks for their variance."""
    return score_gradient(values, z, mean, sigma).mean()


@exercise.mistake(hint="idea")
def log_density(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """You weight the values with log q(z) itself. That product is what one lets
    autograd differentiate; the estimate needs its slope in the mean,
    (z - m) / sigma^2."""
    return values * Normal(mean, sigma).log_prob(z)


@exercise.mistake(hint="idea")
def baseline_of_the_batch(
    values: Tensor, z: Tensor, mean: float, sigma: float
) -> Tensor:
    """You subtract the mean of the values, a baseline, which the chapter adds later.
    Write (8.17) as it stands, so that both can be compared."""
    return (values - values.mean()) * (z - mean) / sigma**2


@exercise.mistake(hint="line")
def added_up(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """You return the sum of the estimates. Return all of them, [n]: the experiment
    below asks for their variance."""
    return score_gradient(values, z, mean, sigma).sum()


@exercise.mistake(hint="formula")
def variance_above(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """You multiply by sigma squared; the slope of the logarithm is divided by it."""
    return values * (z - mean) * sigma**2


@exercise.mistake(hint="formula")
def slope_in_sigma(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    """This estimates the slope in sigma. Asked is the slope in the mean, whose score is
    (z - m) / sigma^2."""
    return values * ((z - mean) ** 2 / sigma**3 - 1 / sigma)
