"""Low-rank adaptation: a few weights beside frozen matrices, merged in the end."""

import copy
import math
from typing import TypeVar

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError

Model = TypeVar("Model", bound=nn.Module)

WHERE = ("query", "key", "value", "out")  # the matrices of attention


class LowRank(nn.Module):
    """y = W x + (alpha / r) B A x, with W frozen    (Hu et al. 2022, section 4.1)

    A: [r, in], random. B: [out, r], zero: before the first step nothing has changed.
    Raises CourseError for a rank that is below 1 or not below both sides of W.
    """

    def __init__(self, frozen: nn.Linear, rank: int, alpha: float | None = None):
        super().__init__()
        if not 1 <= rank < min(frozen.in_features, frozen.out_features):
            raise CourseError(
                "The rank is at least 1 and below both sides of the matrix,"
                f" {frozen.out_features} and {frozen.in_features}; got {rank}."
            )
        self.frozen = frozen.requires_grad_(False)
        start = torch.randn(rank, frozen.in_features) / math.sqrt(frozen.in_features)
        self.a = nn.Parameter(start)  # [r, in]
        self.b = nn.Parameter(torch.zeros(frozen.out_features, rank))  # [out, r]
        self.scale = (rank if alpha is None else alpha) / rank

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out]; B A is never formed."""
        # W x + (alpha / r) B (A x)
        y: Tensor = self.frozen(x) + self.scale * ((x @ self.a.T) @ self.b.T)
        return y

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One matrix that does the same: W + (alpha / r) B A."""
        whole = copy.deepcopy(self.frozen)
        whole.weight += self.scale * (self.b @ self.a)
        return whole.requires_grad_(True)


def added(
    model: Model,
    rank: int,
    alpha: float | None = None,
    where: tuple[str, ...] = WHERE,
) -> Model:
    """A copy of the model with a low-rank addition beside each matrix named in `where`.

    Only the additions learn. alpha: None takes the rank, so that the factor is 1.
    Raises CourseError when no matrix has one of the names.
    """
    twin = copy.deepcopy(model).requires_grad_(False)
    found = 0
    for parent in list(twin.modules()):
        for name, child in list(parent.named_children()):
            if name in where and isinstance(child, nn.Linear):
                setattr(parent, name, LowRank(child, rank, alpha))
                found += 1
    if not found:
        raise CourseError(f"No matrix of the model is called {' or '.join(where)}.")
    return twin


def merged(model: Model) -> Model:
    """A copy with plain matrices, as fast and as large as before the addition."""
    twin = copy.deepcopy(model)
    for parent in list(twin.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LowRank):
                setattr(parent, name, child.merged())
    return twin


def share(model: nn.Module) -> float:
    """Weights that learn, as a share of those of the model without additions."""
    parts = [m for m in model.modules() if isinstance(m, LowRank)]
    extra = sum(part.a.numel() + part.b.numel() for part in parts)
    everything = sum(p.numel() for p in model.parameters())
    learns = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return learns / (everything - extra)
