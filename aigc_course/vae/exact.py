"""The linear-Gaussian VAE, where everything that a VAE estimates has a formula.

p(z) = N(0, I), p(x|z) = N(W z + b, s^2 I), q(z|x) = N(A (x - b), diag(v))

Probabilistic PCA (Tipping & Bishop 1999) with an encoder. Estimators are held against
it. All tensors float64.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae import losses


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    """The model p(z) p(x|z): W [D, d], b [D], s > 0.

    Raises CourseError for other shapes, NaN, or s not above 0.
    """

    W: Tensor
    b: Tensor
    s: float

    def __post_init__(self) -> None:
        if self.W.ndim != 2 or self.b.shape != self.W.shape[:1]:
            raise CourseError(
                f"W is [D, d] and b [D]; got {list(self.W.shape)} and"
                f" {list(self.b.shape)}."
            )
        validate.finite(self.W, "entries of W")
        validate.finite(self.b, "entries of b")
        if not 0 < self.s < float("inf"):
            raise CourseError(f"The noise s is above 0, not {self.s}.")

    @property
    def latent(self) -> int:
        """Number of latents d."""
        return self.W.shape[1]

    def covariance(self) -> Tensor:
        """C = W W^T + s^2 I of the marginal p(x), [D, D] (Tipping & Bishop, eq. 4)."""
        return self.W @ self.W.T + self.s**2 * torch.eye(len(self.b)).double()

    def log_marginal(self, x: Tensor) -> Tensor:
        """log p(x) = log N(x; b, C), exactly: [N, D] to [N]."""
        factor = torch.linalg.cholesky(self.covariance())  # C = L L^T
        white = torch.linalg.solve_triangular(factor, self._centred(x).T, upper=False)
        log_det = 2 * factor.diagonal().log().sum()
        return -(white.square().sum(0) + log_det + len(self.b) * losses.LOG_2PI) / 2

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean [N, d] and covariance [d, d] of the true p(z|x).

        N(M^-1 W^T (x - b), s^2 M^-1), M = W^T W + s^2 I    (Tipping & Bishop, eq. 6)
        """
        M = self.W.T @ self.W + self.s**2 * torch.eye(self.latent).double()
        inverse = torch.linalg.inv(M)
        return self._centred(x) @ self.W @ inverse, self.s**2 * inverse

    def log_likelihood(
        self, x: Tensor, z: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x|z): x [N, D] and z [..., N, d] to [..., N]."""
        mean = validate.latents(z, self.latent) @ self.W.T + self.b  # [..., N, D]
        return losses.gaussian(x, mean, 2 * float(torch.tensor(self.s).double().log()))

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw x = W z + b + s e: [n, D]."""
        validate.whole(n, "The number of samples")
        numbers = torch.randn(
            n, self.latent + len(self.b), generator=generator, dtype=torch.float64
        )
        z, e = numbers.split([self.latent, len(self.b)], dim=1)
        return z @ self.W.T + self.b + self.s * e

    def _centred(self, x: Tensor) -> Tensor:
        if x.ndim != 2 or x.shape[1] != len(self.b):
            raise CourseError(
                f"Points of this model are [N, {len(self.b)}]; got {list(x.shape)}."
            )
        validate.finite(x, "points")
        return x - self.b


@dataclass(frozen=True, eq=False)
class LinearVAE:
    """A LinearGaussian with an encoder: A [d, D], log_variance [d] = log v.

    It is a `LatentModel`, so every estimator runs on it. Raises CourseError for other
    shapes.
    """

    model: LinearGaussian
    A: Tensor
    log_variance: Tensor

    def __post_init__(self) -> None:
        D, d = self.model.W.shape
        if self.A.shape != (d, D) or self.log_variance.shape != (d,):
            raise CourseError(
                f"A is [{d}, {D}] and the log-variance [{d}]; got {list(self.A.shape)}"
                f" and {list(self.log_variance.shape)}."
            )

    def encode(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean A (x - b) and log-variance of q(z|x), [N, d] each."""
        mean = self.model._centred(x) @ self.A.T
        return mean, self.log_variance.expand_as(mean)

    def log_likelihood(
        self, x: Tensor, z: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x|z): x [N, D] and z [..., N, d] to [..., N]."""
        return self.model.log_likelihood(x, z)

    def elbo(self, x: Tensor) -> Tensor:
        """E_q[log p(x|z)] - KL(q || p), exactly: [N].

        E_q |x - b - W z|^2 = |x - b - W m|^2 + sum_j v_j |W_j|^2 with q's mean m
        """
        mean, log_variance = self.encode(x)
        at_mean = self.model.log_likelihood(x, mean)
        spread = log_variance.exp() @ self.model.W.square().sum(0)
        expected = at_mean - spread / (2 * self.model.s**2)
        return losses.elbo(expected, losses.kl_standard_normal(mean, log_variance))

    def gap(self, x: Tensor) -> Tensor:
        """KL(q(z|x) || p(z|x)) = log p(x) - ELBO, from its own formula: [N]."""
        mean, log_variance = self.encode(x)
        true_mean, true_covariance = self.model.posterior(x)
        return kl_normals(mean, log_variance.exp(), true_mean, true_covariance)


def kl_normals(
    mean: Tensor, variance: Tensor, other_mean: Tensor, other_covariance: Tensor
) -> Tensor:
    """KL(N(m, diag v) || N(n, S)) of each row: [N].

    1/2 [tr(S^-1 diag v) + (n - m)^T S^-1 (n - m) - d + log det S - sum log v]

    mean, variance, other_mean: [N, d]; other_covariance S: [d, d].
    """
    precision = torch.linalg.inv(other_covariance)
    off = other_mean - mean
    squares = torch.einsum("ni,ij,nj->n", off, precision, off)
    trace = variance @ precision.diagonal()
    logs = torch.linalg.slogdet(other_covariance)[1] - variance.log().sum(-1)
    return (trace + squares - mean.shape[-1] + logs) / 2


def ppca(x: Tensor, latent: int) -> LinearGaussian:
    """The linear-Gaussian model with the highest likelihood of x [N, D].

    s^2 = mean of the D - d least eigenvalues of the data's covariance, W = U (L - s^2
    I)^(1/2) with its d largest, L, and their eigenvectors U    (Tipping & Bishop 1999,
    equations 8 and 7 of section 3.2; any rotation of the latents is as good)

    Raises CourseError unless 1 <= latent < D, and for data that span fewer than
    latent + 1 directions.
    """
    validate.whole(latent, "The number of latents")
    if x.ndim != 2 or len(x) < 2 or not latent < x.shape[1]:
        raise CourseError(
            f"PPCA with {latent} latents takes points [N, D], N > 1 and D > {latent};"
            f" got {list(x.shape)}."
        )
    validate.finite(x, "points")
    b = x.double().mean(0)
    centred = x.double() - b
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(x))  # rising
    noise = float(values[:-latent].mean())
    if noise <= 1e-12 * float(values[-1]):
        raise CourseError(
            f"These points lie in {latent} directions: no noise is left to model."
        )
    W = vectors[:, -latent:] * (values[-latent:] - noise).sqrt()
    return LinearGaussian(W, b, noise**0.5)


def best_encoder(model: LinearGaussian) -> LinearVAE:
    """The encoder with the highest ELBO among those with a diagonal covariance.

    The true posterior's mean, and v_j = 1 / (S^-1)_jj, S its covariance: what minimises
    `kl_normals`. After `ppca` S is diagonal and the gap is 0 (Lucas et al. 2019).
    """
    D, d = model.W.shape
    M = model.W.T @ model.W + model.s**2 * torch.eye(d).double()
    precision = M.diagonal() / model.s**2
    return LinearVAE(model, torch.linalg.solve(M, model.W.T), -precision.log())
