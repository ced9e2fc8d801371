"""From logits to the distribution that a token is drawn from.

Each rule keeps some tokens, and what it keeps is scaled to sum to 1. All look at the
same distribution p, that of the logits divided by the temperature; a token stays if
every rule keeps it. The likeliest token always stays.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    temperature: the logits are divided by it; 0 takes the likeliest token. top_k: keep
    the k likeliest (Fan et al. 2018). top_p: keep the fewest likeliest tokens whose
    probabilities sum to at least top_p (Holtzman et al. 2020). min_p: keep tokens at
    least min_p times as probable as the likeliest (Nguyen et al. 2024). None keeps all.

    Raises CourseError for settings out of range.

    >>> logits = torch.tensor([[0.5, 0.3, 0.2]]).log()
    >>> Decoding(top_k=2).probabilities(logits)
    tensor([[0.6250, 0.3750, 0.0000]])
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise CourseError(f"The temperature is at least 0, not {self.temperature}.")
        if self.top_k is not None:
            validate.whole(self.top_k, "top_k", 1)
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise CourseError(f"top_p is above 0 and at most 1, not {self.top_p}.")
        if self.min_p is not None and not 0 <= self.min_p <= 1:
            raise CourseError(f"min_p is from 0 to 1, not {self.min_p}.")

    def probabilities(self, logits: Tensor, allowed: Tensor | None = None) -> Tensor:
        """What a token is drawn from, [B, V], for logits [B, V].

        allowed: bool [B, V] or [V]; the other tokens are as if they did not exist.
        Raises CourseError where a row allows none.
        """
        if allowed is not None:
            logits = logits.masked_fill(~_some(allowed), -torch.inf)
        if self.temperature == 0:
            best = logits.argmax(dim=-1, keepdim=True)
            return torch.zeros_like(logits).scatter(-1, best, 1.0)
        p = (logits / self.temperature).softmax(dim=-1)
        if self.top_k is None and self.top_p is None and self.min_p is None:
            return p
        kept = torch.where(self.kept(p), p, 0)
        return kept / kept.sum(dim=-1, keepdim=True)

    def kept(self, p: Tensor) -> Tensor:
        """Which tokens of the distributions [..., V] stay: bool [..., V]."""
        keep = torch.ones_like(p, dtype=torch.bool)
        if self.top_k is not None:
            keep &= within_top_k(p, self.top_k)
        if self.top_p is not None:
            keep &= within_top_p(p, self.top_p)
        if self.min_p is not None:
            # p_i >= min_p max_j p_j
            keep &= p >= self.min_p * p.amax(dim=-1, keepdim=True)
        return keep


def within_top_k(p: Tensor, k: int) -> Tensor:
    """The k likeliest tokens of each row of p [..., V]; equal ones in their order."""
    order = p.sort(dim=-1, descending=True, stable=True).indices
    first = torch.arange(p.shape[-1], device=p.device) < k
    return torch.zeros_like(first).expand_as(p).scatter(-1, order, first.expand_as(p))


def within_top_p(p: Tensor, share: float) -> Tensor:
    """The fewest likeliest tokens that reach the share, for each row of p [..., V].

    A token stays while the probabilities before it sum to less than the share.

    >>> within_top_p(torch.tensor([0.2, 0.5, 0.3]), 0.7)
    tensor([False,  True,  True])
    """
    ordered, order = p.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    first = before < share
    return torch.zeros_like(first).scatter(-1, order, first)


def draw(p: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A token for each distribution, [B] for p [B, V]."""
    return torch.multinomial(p, 1, generator=generator)[:, 0]


def _some(allowed: Tensor) -> Tensor:
    if allowed.dtype != torch.bool or not bool(allowed.any(dim=-1).all()):
        raise CourseError(
            "Allowed tokens are bool, and every sequence has at least one that may"
            " follow."
        )
    return allowed
