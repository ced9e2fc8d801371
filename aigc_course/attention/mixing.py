"""Several distributions of the next token, mixed into one.

Log-linear: log p = sum_e w_e log p_e - log Z, where Z makes it sum to 1. A token must
please all experts with much weight (a product of experts, Hinton 2002). The weights may
depend on how sure each expert is: w = a + B H, where H holds the experts' entropies.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError

ROUNDS = 60  # of L-BFGS; the loss is convex in the weights


def log_linear(log_p: Tensor, weights: Tensor) -> Tensor:
    """log p of the mixture, [..., V].

    log p_i = sum_e w_e log p_e,i - log sum_j exp(sum_e w_e log p_e,j)

    log_p: [E, ..., V], of E experts. weights: [E], or [E, ...] for each place.

    >>> two = torch.tensor([[0.5, 0.5], [0.9, 0.1]]).log()
    >>> log_linear(two, torch.tensor([0.0, 1.0])).exp()
    tensor([0.9000, 0.1000])
    """
    if log_p.ndim < 2 or weights.shape[:1] != log_p.shape[:1]:
        raise CourseError(
            f"Each expert has one weight; got {list(log_p.shape)} and"
            f" {list(weights.shape)}."
        )
    if weights.ndim == 1:
        weights = weights.view(-1, *[1] * (log_p.ndim - 2))
    # sum_e w_e log p_e - log Z
    return (weights[..., None] * log_p).sum(dim=0).log_softmax(dim=-1)


def linear(log_p: Tensor, weights: Tensor) -> Tensor:
    """log p of the mixture sum_e w_e p_e, [..., V]; the weights [E] sum to 1.

    log_p: [E, ..., V].
    """
    if bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > 1e-6:
        raise CourseError("Weights of a linear mixture are at least 0 and sum to 1.")
    log_w = weights.log().view(-1, *[1] * (log_p.ndim - 1))
    # log sum_e w_e p_e
    return (log_w + log_p).logsumexp(dim=0)


def entropies(log_p: Tensor) -> Tensor:
    """How unsure each distribution is, in nats: [...] for log_p [..., V]."""
    return -(log_p.exp() * log_p).sum(dim=-1)


@dataclass
class Mixture:
    """Weights w = a + B H of E experts: a is `base` [E], B is `slopes` [E, E]."""

    base: Tensor
    slopes: Tensor

    @classmethod
    def fit(cls, log_p: Tensor, targets: Tensor, by_entropy: bool = True) -> "Mixture":
        """The weights that make targets [N] likeliest, for log_p [E, N, V].

        On a text that no expert has learnt from: on one that an expert knows by heart
        it would get all the weight. by_entropy: let the weights depend on entropies.
        """
        experts = len(log_p)
        log_p = log_p.double()
        unsure = entropies(log_p)  # [E, N]
        base = torch.full((experts,), 1 / experts).double().requires_grad_()
        slopes = torch.zeros(experts, experts).double().requires_grad_(by_entropy)
        free = [base, slopes] if by_entropy else [base]
        descent = torch.optim.LBFGS(
            free, max_iter=ROUNDS, line_search_fn="strong_wolfe"
        )

        def loss() -> Tensor:
            descent.zero_grad()
            w = base[:, None] + slopes @ unsure  # [E, N]
            chosen = log_linear(log_p, w).gather(-1, targets[:, None])
            value = -chosen.mean()
            value.backward()
            return value

        descent.step(loss)  # type: ignore[arg-type]
        return cls(base.detach(), slopes.detach())

    def log_probabilities(self, log_p: Tensor) -> Tensor:
        """log p of the mixture [N, V], for log_p [E, N, V]."""
        log_p = log_p.double()
        a, B = self.base.double(), self.slopes.double()
        w = a[:, None] + B @ entropies(log_p)  # w = a + B H
        return log_linear(log_p, w)

    def nats(self, log_p: Tensor, targets: Tensor) -> Tensor:
        """-log p of each target, float64 [N]."""
        return -self.log_probabilities(log_p).gather(-1, targets[:, None])[:, 0]
