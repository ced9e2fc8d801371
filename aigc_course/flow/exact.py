"""Laws of data for which the flow-matching field is a formula.

A mixture of normals (any dimension), a finite set of points, and in one dimension the
map of the whole flow. Everything that a network learns or a solver computes is held
against these. Tensors are float64 unless the caller gives others.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.paths import as_times

LOG_2PI = math.log(2 * math.pi)
_BISECTIONS = 80  # halvings of the bracket: below float64's rounding


@dataclass(frozen=True, eq=False)
class Mixture:
    """Data x1 ~ sum_k w_k N(m_k, s_k^2 I), noise x0 ~ N(0, I), drawn independently.

    weights w: [K], above 0, sum 1. means m: [K, D]. stds s: [K], above 0.

    With x_t = (1 - t) x0 + t x1 the law at time t is again a mixture,

        p_t = sum_k w_k N(t m_k, v_k I),   v_k = (1 - t)^2 + t^2 s_k^2,

    so its density, score and velocity are formulas. x is [N, D]; t is [N] or a number.

    Raises CourseError for other shapes, NaN, weights that do not sum to 1, and
    deviations that are not above 0.
    """

    weights: Tensor
    means: Tensor
    stds: Tensor

    def __post_init__(self) -> None:
        K = len(self.weights)
        if self.means.ndim != 2 or self.means.shape[0] != K or self.stds.shape != (K,):
            raise CourseError(
                f"A mixture has weights [K], means [K, D] and stds [K]; got"
                f" {list(self.weights.shape)}, {list(self.means.shape)} and"
                f" {list(self.stds.shape)}."
            )
        validate.finite(self.means, "means of the mixture")
        if not bool((self.stds > 0).all()):
            raise CourseError("The deviations of a mixture are above 0.")
        total = float(self.weights.sum())
        if not bool((self.weights > 0).all()) or abs(total - 1) > 1e-6:
            raise CourseError("The weights of a mixture are above 0 and sum to 1.")

    @property
    def dim(self) -> int:
        """Number of coordinates D."""
        return self.means.shape[1]

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n independent points of the data, [n, D]."""
        validate.whole(n, "The number of samples")
        kind = torch.multinomial(self.weights, n, True, generator=generator)
        noise = torch.randn(n, self.dim, generator=generator, dtype=self.means.dtype)
        return self.means[kind] + self.stds[kind, None] * noise

    def log_density(self, x: Tensor, t: float | Tensor = 1.0) -> Tensor:
        """log p_t(x), [N]."""
        return self._joint(x, t).logsumexp(1)

    def responsibilities(self, x: Tensor, t: float | Tensor) -> Tensor:
        """r_k(x, t) = probability of component k given x_t = x, [N, K]."""
        return self._joint(x, t).softmax(1)

    def score(self, x: Tensor, t: float | Tensor) -> Tensor:
        """grad log p_t(x) = -sum_k r_k (x - t m_k)/v_k, [N, D]."""
        r, off, v, _ = self._parts(x, t)
        return -(r[..., None] * off / v[..., None]).sum(1)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """u_t(x) = E[x1 - x0 | x_t = x], [N, D].

        u_t(x) = sum_k r_k [m_k + b_k (x - t m_k)],   b_k = (t s_k^2 - (1 - t))/v_k
        """
        r, off, _, b = self._parts(x, t)
        return (r[..., None] * (self.means + b[..., None] * off)).sum(1)

    def denoised(self, x: Tensor, t: float | Tensor) -> Tensor:
        """E[x1 | x_t = x] = x + (1 - t) u_t(x), [N, D]."""
        return x + (1 - as_times(t, x)) * self.velocity(x, t)

    def divergence(self, x: Tensor, t: float | Tensor) -> Tensor:
        """div u_t(x) = sum_k r_k [D b_k + (g_k - score) . u_k], [N].

        g_k = -(x - t m_k)/v_k is the score of one component and u_k its velocity.
        """
        r, off, v, b = self._parts(x, t)
        g = -off / v[..., None]  # [N, K, D]
        score = (r[..., None] * g).sum(1, keepdim=True)
        u = self.means + b[..., None] * off
        return (r * (self.dim * b + ((g - score) * u).sum(2))).sum(1)

    def conditional_variance(self, x: Tensor, t: float | Tensor) -> Tensor:
        """E[|x1 - x0 - u_t(x)|^2 | x_t = x], [N]: what no network can predict.

        sum_k r_k (D s_k^2/v_k + |u_k|^2) - |u|^2
        """
        r, off, v, b = self._parts(x, t)
        u = self.means + b[..., None] * off
        within = self.dim * self.stds**2 / v
        mean = (r[..., None] * u).sum(1)
        return (r * (within + u.square().sum(2))).sum(1) - mean.square().sum(1)

    def _joint(self, x: Tensor, t: float | Tensor) -> Tensor:
        """log w_k + log N(x; t m_k, v_k I), [N, K]."""
        off, v = self._offsets(x, t)
        squares = off.square().sum(2) / v
        return self.weights.log() - (squares + self.dim * (v.log() + LOG_2PI)) / 2

    def _offsets(self, x: Tensor, t: float | Tensor) -> tuple[Tensor, Tensor]:
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise CourseError(
                f"Points of this mixture are [N, {self.dim}]; got {list(x.shape)}."
            )
        at = as_times(t, x)  # [N or 1, 1]
        off = x[:, None] - at[..., None] * self.means  # [N, K, D]
        return off, (1 - at) ** 2 + at**2 * self.stds**2

    def _parts(
        self, x: Tensor, t: float | Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """r [N, K], x - t m_k [N, K, D], v and b [N or 1, K]."""
        off, v = self._offsets(x, t)
        at = as_times(t, x)
        return (
            self.responsibilities(x, t),
            off,
            v,
            (at * self.stds**2 - (1 - at)) / v,
        )


class Line(Mixture):
    """A mixture on a line (D = 1), where the map of the flow is known as well.

    A velocity on a line never lets two particles cross, so the flow keeps their order:
    it maps each quantile of p_s to the same quantile of p_t.

    Raises CourseError for a mixture of more than one dimension.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dim != 1:
            raise CourseError(f"A line has 1 coordinate; this mixture has {self.dim}.")

    def cdf(self, x: Tensor, t: float | Tensor) -> Tensor:
        """F_t(x) = P(x_t <= x), [N, 1]."""
        off, v = self._offsets(x, t)
        below = torch.special.ndtr(off[..., 0] / v.sqrt())  # [N, K]
        return (self.weights * below).sum(1, keepdim=True)

    def quantile(self, p: Tensor, t: float | Tensor) -> Tensor:
        """F_t^-1(p), [N, 1], by bisection. p: [N, 1], above 0 and below 1."""
        if not bool(((p > 0) & (p < 1)).all()):
            raise CourseError("A quantile is asked for p above 0 and below 1.")
        at = as_times(t, p)
        reach = 40 * ((1 - at) + at * float(self.stds.max()))  # 40 deviations
        low = at * float(self.means.min()) - reach + 0 * p
        high = at * float(self.means.max()) + reach + 0 * p
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            left = self.cdf(middle, t) < p
            low, high = torch.where(left, middle, low), torch.where(left, high, middle)
        return (low + high) / 2

    def flow(self, x: Tensor, start: float | Tensor, end: float | Tensor) -> Tensor:
        """Where x at time start has moved to at time end: F_end^-1(F_start(x)), [N, 1].

        Exact to rounding for x within about 7 deviations of the law at start; beyond
        that F is 0 or 1 in float64, and CourseError is raised.
        """
        return self.quantile(self.cdf(x, start), end)


def line_mixture(weights: list[float], means: list[float], stds: list[float]) -> Line:
    """A mixture on a line from three lists of the same length, in float64.

    >>> line_mixture([0.5, 0.5], [-1.0, 1.0], [0.2, 0.2]).dim
    1
    """
    w, m, s = (torch.tensor(v, dtype=torch.float64) for v in (weights, means, stds))
    return Line(w, m[:, None], s)


def toy_mixture(name: str) -> Mixture:
    """The ring or the grid of `data.toys` as the mixture it is, float64.

    Raises CourseError for a toy set that has no separate modes, or an unknown one.
    """
    from aigc_course.data.toys import toy_modes, toy_std

    centres = toy_modes(name)
    if centres is None:
        raise CourseError(f"{name} is not a mixture of normals; ring and grid are.")
    K = len(centres)
    ones = torch.ones(K, dtype=torch.float64)
    return Mixture(ones / K, centres.double(), toy_std(name) * ones)


@dataclass(frozen=True, eq=False)
class FiniteData:
    """Data that are n given points, each with probability 1/n.

    points: [n, ...], any shape of a point. Here the minimiser of the flow-matching loss
    is a formula, and its samples are copies of the points (Bertrand et al. 2025,
    arXiv 2506.03719, equation 3).

    Raises CourseError for no points, or NaN among them.
    """

    points: Tensor

    def __post_init__(self) -> None:
        if self.points.ndim < 2 or not len(self.points):
            raise CourseError(f"Points are [n, ...]; got {list(self.points.shape)}.")
        validate.finite(self.points, "points")

    def weights(self, x: Tensor, t: float | Tensor) -> Tensor:
        """P(x1 = x_i | x_t = x) = softmax_i(-|x - t x_i|^2 / 2 (1 - t)^2), [N, n].

        Raises CourseError at t = 1, where x is one of the points.
        """
        at = self._before_end(x, t).flatten(1)  # [N or 1, 1]
        flat, every = x.flatten(1), self.points.flatten(1)
        # |x - t x_i|^2 = |x|^2 - 2 t x.x_i + t^2 |x_i|^2; the first is common to all i
        logits = at * (flat @ every.T) - at**2 * every.square().sum(1) / 2
        return (logits / (1 - at) ** 2).softmax(1)

    def denoised(self, x: Tensor, t: float | Tensor) -> Tensor:
        """E[x1 | x_t = x] = sum_i weight_i x_i, of x's shape."""
        mean = self.weights(x, t) @ self.points.flatten(1)
        return mean.reshape(x.shape)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """u_t(x) = (E[x1 | x_t = x] - x)/(1 - t), of x's shape."""
        return (self.denoised(x, t) - x) / (1 - self._before_end(x, t))

    def _before_end(self, x: Tensor, t: float | Tensor) -> Tensor:
        if x.shape[1:] != self.points.shape[1:]:
            raise CourseError(
                f"Points have shape {list(self.points.shape[1:])}; got"
                f" {list(x.shape[1:])}."
            )
        at = as_times(t, x)
        if bool((at == 1).any()):
            raise CourseError("This field ends before t = 1; use times below 1.")
        return at
