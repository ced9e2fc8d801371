"""Exercise on probabilistic PCA, the linear VAE's best decoder."""

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08._shapes import covariance

exercise = Exercise(
    "08.ppca_covariance",
    order=80,
    title="The best linear decoder",
    difficulty=4,
    minutes=15,
    idea="Keep the d largest eigenvalues with their directions. All others become one"
    " number, the noise, and that is their mean.",
    formula="C = U diag(l_1, ..., l_d, s^2, ..., s^2) U^T, s^2 the mean of the D - d"
    " least eigenvalues.",
    line="After `values, U = torch.linalg.eigh(S)`, which sorts from the least, set"
    " `values[: len(S) - d] = values[: len(S) - d].mean()` on a clone and return"
    " `U @ values.diag() @ U.T`.",
    variation="Compute the mean log-likelihood of the data for every d. Say why it"
    " cannot tell you which d to take, and what could.",
    asks="formula",
)


@exercise.answer
def ppca_covariance(S: Tensor, d: int) -> Tensor:
    """C = W W^T + s^2 I of the maximum-likelihood linear model with d latents: [D, D].

    S: covariance of the data, [D, D]; 1 <= d < D. Tipping and Bishop 1999, section 3.2.
    """
    values, U = torch.linalg.eigh(S)  # from the least to the greatest
    noise = values[:-d].mean().expand(len(S) - d)
    return (U * torch.cat([noise, values[-d:]])) @ U.T


@exercise.inputs
def data_covariances() -> list[tuple[Tensor, int]]:
    return [(covariance(5), 2), (covariance(4), 1)]


@exercise.must_hold
def all_but_one(f) -> bool:
    """With one latent less than dimensions nothing has to be averaged: C is S."""
    S = covariance(4)
    return same(f(S, 3), S)


@exercise.must_hold
def variance_kept(f) -> bool:
    """No variance is lost: C and S have the same trace."""
    S = covariance(6)
    return same(f(S, 2).trace(), S.trace())


@exercise.must_hold
def most_probable(f) -> bool:
    """No other model with d latents gives the data a higher likelihood: neither more
    nor less noise, nor another W."""
    S, eye = covariance(4), torch.eye(4).double()
    C = f(S, 2)

    def mean_log(model: Tensor) -> float:  # of data with covariance S, up to a constant
        return float(-(torch.logdet(model) + torch.linalg.solve(model, S).trace()))

    s2 = torch.linalg.eigvalsh(C)[0]
    others = [C + 0.05 * eye, C - 0.1 * s2 * eye, 1.1 * C]
    return all(mean_log(other) < mean_log(C) for other in others)


@exercise.must_hold
def a_covariance(f) -> bool:
    """C is symmetric, and a normal can have it."""
    C = f(covariance(5), 2)
    MultivariateNormal(torch.zeros(5).double(), C)
    return same(C, C.T)


@exercise.mistake(hint="idea")
def rest_dropped(S: Tensor, d: int) -> Tensor:
    """This is PCA: the other directions get variance 0, and a point beside the plane
    has no probability at all. Give them the noise s^2, the mean of their
    eigenvalues."""
    values, U = torch.linalg.eigh(S)
    return U[:, -d:] @ values[-d:].diag() @ U[:, -d:].T


@exercise.mistake(hint="formula")
def noise_on_top(S: Tensor, d: int) -> Tensor:
    """You add the noise to the d large eigenvalues too, which already contain it: W has
    the roots of l - s^2. Your C has more variance than the data."""
    values, U = torch.linalg.eigh(S)
    return rest_dropped(S, d) + values[:-d].mean() * torch.eye(len(S)).to(S)


@exercise.mistake(hint="idea")
def least_kept(S: Tensor, d: int) -> Tensor:
    """You keep the least eigenvalues and average the greatest: `torch.linalg.eigh`
    sorts from the least. The d greatest are at the end."""
    values, U = torch.linalg.eigh(S)
    noise = values[d:].mean().expand(len(S) - d)
    return (U * torch.cat([values[:d], noise])) @ U.T


@exercise.mistake(hint="formula")
def noise_of_all(S: Tensor, d: int) -> Tensor:
    """Your noise is the mean of all eigenvalues; it is that of the D - d which no
    latent explains."""
    values, U = torch.linalg.eigh(S)
    return (U * torch.cat([values.mean().expand(len(S) - d), values[-d:]])) @ U.T


@exercise.mistake(hint="formula")
def least_for_the_mean(S: Tensor, d: int) -> Tensor:
    """Your noise is the least eigenvalue. Maximum likelihood takes the mean of all that
    are left over, so that no variance is lost."""
    values, U = torch.linalg.eigh(S)
    return (U * torch.cat([values[0].expand(len(S) - d), values[-d:]])) @ U.T


@exercise.mistake(hint="formula")
def deviations(S: Tensor, d: int) -> Tensor:
    """You take roots of the eigenvalues: those are standard deviations. A covariance is
    made of the variances themselves."""
    values, U = torch.linalg.eigh(ppca_covariance(S, d))
    return (U * values.sqrt()) @ U.T


@exercise.mistake(hint="formula")
def divided_by_all(S: Tensor, d: int) -> Tensor:
    """You divide the sum of the left-over eigenvalues by D. There are D - d of them,
    and the noise is their mean."""
    values, U = torch.linalg.eigh(S)
    noise = values[:-d].sum() / len(S)
    return (U * torch.cat([noise.expand(len(S) - d), values[-d:]])) @ U.T


@exercise.mistake(hint="line")
def factors_transposed(S: Tensor, d: int) -> Tensor:
    """You multiply in the wrong order, U^T (...) U. The eigenvectors are the columns of
    U, so the matrix is U diag(...) U^T."""
    values, U = torch.linalg.eigh(S)
    noise = values[:-d].mean().expand(len(S) - d)
    return U.T @ torch.cat([noise, values[-d:]]).diag() @ U


@exercise.mistake(hint="idea")
def noise_left_out(S: Tensor, d: int) -> Tensor:
    """You return W W^T alone. The model also has noise in every direction: add
    s^2 I."""
    values, U = torch.linalg.eigh(S)
    W = U[:, -d:] * (values[-d:] - values[:-d].mean()).sqrt()
    return W @ W.T


@exercise.mistake(hint="idea")
def least_taken_for_most(S: Tensor, d: int) -> Tensor:
    """You take the first d eigenvalues for the greatest; `torch.linalg.eigh` sorts from
    the least. Take the last d, and the mean of the others as noise."""
    values, U = torch.linalg.eigh(S)
    noise = values[d:].mean()
    W = U[:, :d] * (values[:d] - noise).clamp(min=0).sqrt()
    return W @ W.T + noise * torch.eye(len(S)).to(S)


@exercise.mistake(hint="idea")
def of_the_latents(S: Tensor, d: int) -> Tensor:
    """This is M = W^T W + s^2 I, the matrix [d, d] of the latents in (8.7). Asked is
    the covariance of the data, C = W W^T + s^2 I, [D, D]."""
    values, U = torch.linalg.eigh(S)
    noise = values[:-d].mean()
    W = U[:, -d:] * (values[-d:] - noise).sqrt()
    return W.T @ W + noise * torch.eye(d).to(S)
