"""Exercise: which latents survive."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.lengths",
    order=80,
    title="Which latents survive",
    difficulty=3,
    minutes=12,
    idea="A latent is kept while the variance that it explains is more than the noise"
    " it is judged by. beta acts as if the noise had beta times the variance.",
    formula="|w_j| = sqrt(max(lambda_j - beta s^2, 0)).",
    line="Return `(values - beta * s**2).clamp(min=0).sqrt()`.",
    variation="Take the eigenvalues of the digits and draw the number of survivors"
    " against beta. Find the beta that leaves none.",
    asks="formula",
)


@exercise.answer
def lengths(values: Tensor, s: float, beta: float) -> Tensor:
    """Lengths of the best linear decoder's columns, 0 for collapsed latents: [d].

    values: the data's largest eigenvalues, [d]. s: standard deviation of the pixels'
    noise, fixed. beta: weight of the KL. Lucas et al. 2019, section 4.
    """
    return (values - beta * s**2).clamp(min=0).sqrt()


@exercise.inputs
def spectra() -> list[tuple[Tensor, float, float]]:
    values = torch.tensor([5.0, 2.0, 0.9, 0.3, 0.01])
    return [(values, 0.5, 1.0), (values, 0.5, 4.0), (values, 1.5, 0.5)]


@exercise.must_hold
def no_noise(f) -> bool:
    """With beta 0 every column has the root of its eigenvalue: PCA."""
    values = torch.tensor([4.0, 1.0, 0.25])
    return same(f(values, 0.5, 0.0), values.sqrt())


@exercise.must_hold
def all_gone(f) -> bool:
    """A beta large enough leaves nothing: 0 for all."""
    return same(f(torch.tensor([4.0, 1.0]), 1.0, 5.0), torch.zeros(2))


@exercise.must_hold
def noise_or_price(f) -> bool:
    """Four times the beta is the same as twice the noise."""
    values = 3 * torch.rand(6)
    return same(f(values, 0.3, 4.0), f(values, 0.6, 1.0))


@exercise.mistake(hint="idea")
def root_of_less_than_nothing(values: Tensor, s: float, beta: float) -> Tensor:
    """Where the eigenvalue is below the noise you take the root of a negative number,
    NaN. There the latent has collapsed: its column is 0."""
    return (values - beta * s**2).sqrt()


@exercise.mistake(hint="formula")
def beta_forgotten(values: Tensor, s: float, beta: float) -> Tensor:
    """beta is missing. A larger weight on the KL leaves fewer latents alive."""
    return lengths(values, s, 1.0)


@exercise.mistake(hint="formula")
def deviation_for_variance(values: Tensor, s: float, beta: float) -> Tensor:
    """You subtract beta s. Eigenvalues are variances: subtract beta s^2."""
    return lengths(values, s**0.5, beta)


@exercise.mistake(hint="formula")
def squared_lengths(values: Tensor, s: float, beta: float) -> Tensor:
    """These are the squares of the lengths, variances; take their roots."""
    return lengths(values, s, beta).square()


@exercise.mistake(hint="idea")
def all_or_nothing(values: Tensor, s: float, beta: float) -> Tensor:
    """The survivors are the right ones, but too long: the noise explains a part of
    their variance already, so it is subtracted."""
    return torch.where(values > beta * s**2, values.sqrt(), 0.0)


@exercise.mistake(hint="formula")
def beta_squared(values: Tensor, s: float, beta: float) -> Tensor:
    """You square beta as well. It weighs the KL once, and stands beside s^2."""
    return lengths(values, s * beta**0.5, beta)


@exercise.mistake(hint="idea")
def absolute_values(values: Tensor, s: float, beta: float) -> Tensor:
    """You take the absolute value of a negative difference, so a latent below the noise
    gets a column all the same. There the length is 0."""
    return (values - beta * s**2).abs().sqrt()


@exercise.mistake(hint="formula")
def roots_subtracted(values: Tensor, s: float, beta: float) -> Tensor:
    """You subtract the roots. Variances are subtracted first, and then the root is
    taken."""
    return (values.sqrt() - beta**0.5 * s).clamp(min=0)


@exercise.mistake(hint="formula")
def noise_added(values: Tensor, s: float, beta: float) -> Tensor:
    """You add the noise. The eigenvalue contains it already, and the column keeps what
    is left: subtract it."""
    return (values + beta * s**2).sqrt()


@exercise.mistake(hint="formula")
def beta_beneath(values: Tensor, s: float, beta: float) -> Tensor:
    """You divide by beta. A larger beta makes codes cost more, so more latents
    collapse: multiply s^2 by it."""
    return lengths(values, s, 1 / max(beta, 1e-12))


@exercise.mistake(hint="line")
def survivors_counted(values: Tensor, s: float, beta: float) -> Tensor:
    """You count the survivors. Return a length for each latent, 0 for those that
    collapse."""
    return (values > beta * s**2).sum()
