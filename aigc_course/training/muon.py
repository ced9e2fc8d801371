"""Muon for the matrices inside the blocks, Adam for all other weights.

Muon (Jordan et al. 2024) keeps a running mean of the gradient, as momentum does, and
steps in the nearest direction in which all singular values are about 1. So a matrix
changes along rare directions as much as along frequent ones. It is made for matrices
that map hidden vectors to hidden vectors; embeddings, output matrix and gains stay with
Adam.
"""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.device import bf16_pays
from aigc_course.training.learner import Network, Optimiser

# of the odd polynomial a s + b s^3 + c s^5 on each singular value s (Jordan 2024): its
# steep start lifts small values in few rounds, and leaves all near 1 and not at 1
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalised(matrix: Tensor, rounds: int = 5) -> Tensor:
    """The matrix with all its singular values brought near 1: same shape.

    X <- a X + b (X X^T) X + c (X X^T)^2 X, from X = G / |G|    (Jordan et al. 2024)

    Each round applies the polynomial a s + b s^3 + c s^5 to every singular value s and
    leaves the singular vectors alone. Raises CourseError unless it is a matrix.

    >>> X = orthogonalised(torch.diag(torch.tensor([9.0, 1.0])))
    >>> bool(((torch.linalg.svdvals(X) - 1).abs() < 0.35).all())
    True
    """
    if matrix.ndim != 2:
        raise CourseError(
            f"Only a matrix is made orthogonal, not a tensor {list(matrix.shape)}."
        )
    a, b, c = COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T  # X X^T is then the smaller of the two products
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        square = x @ x.T
        # X <- a X + (b X X^T + c (X X^T)^2) X
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide else x.T


class MuonOptimiser(Optimiser[Network]):
    """`Optimiser` whose hidden matrices move by torch's Muon; the schedule is common.

    muon: learning rate of the hidden matrices; `lr` is that of the other weights.
    decay: the share of a hidden matrix that Muon takes away in each step is this times
    its learning rate. Further settings as in `Optimiser`.

    Raises CourseError for a network without hidden matrices.
    """

    def __init__(
        self,
        network: Network,
        lr: float,
        betas: tuple[float, float],
        *,
        muon: float,
        decay: float = 0.0,
        **settings: Any,
    ) -> None:
        super().__init__(network, lr, betas, **settings)
        validate.at_least_zero(muon, "The learning rate of Muon")
        validate.at_least_zero(decay, "The weight decay of Muon")
        matrices = hidden_matrices(network)
        known = {id(matrix) for matrix in matrices}
        others = [w for w in self.weights if id(w) not in known]
        if not matrices or not others:
            raise CourseError(
                "Muon needs a network with blocks, and weights outside of them."
            )
        self.muon = muon
        self.adam = Both(  # type: ignore[assignment]
            torch.optim.Adam(others, lr, betas, fused=True),
            FloatMuon(matrices, muon, weight_decay=decay),
        )

    def anneal(self, progress: float) -> None:
        """Set both learning rates for this share of the training."""
        super().anneal(progress)
        factor = self.adam.param_groups[0]["lr"] / self.lr if self.lr else 0.0
        for group in self.adam.muon.param_groups:  # type: ignore[attr-defined]
            group["lr"] = self.muon * factor


class FloatMuon(torch.optim.Muon):
    """torch's Muon, whose steps are taken in float32 where bfloat16 is slow.

    torch orthogonalises in bfloat16. A processor without such products needs about ten
    times as long for that as for float32.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Move the matrices."""
        first = self.param_groups[0]["params"][0]
        if closure is not None or bf16_pays(first.device):
            return super().step(closure)
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self._move(w, w.grad, group)
        return None

    def _move(self, w: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        momentum, lr = group["momentum"], group["lr"]
        state = self.state[w]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        mean = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
        ahead = gradient.lerp(mean, momentum)  # Nesterov's look ahead
        w.mul_(1 - lr * group["weight_decay"])
        # a tall matrix has larger steps, so that its outputs move as much
        size = max(1.0, w.shape[0] / w.shape[1]) ** 0.5
        w.sub_(orthogonalised(ahead), alpha=lr * size)


class Both:
    """Two optimisers that are used as one; the groups are those of Adam."""

    def __init__(self, adam: torch.optim.Adam, muon: torch.optim.Muon) -> None:
        self.adam, self.muon = adam, muon
        self.param_groups = adam.param_groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        self.adam.zero_grad(set_to_none=set_to_none)
        self.muon.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """Move all weights."""
        self.adam.step()
        self.muon.step()

    def state_dict(self) -> dict[str, Any]:
        """Moments of both."""
        return {"adam": self.adam.state_dict(), "muon": self.muon.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError if it is that of another optimiser."""
        self.adam.load_state_dict(state["adam"])
        self.muon.load_state_dict(state["muon"])
        self.param_groups = self.adam.param_groups


def optimiser(
    network: Network,
    lr: float,
    betas: tuple[float, float],
    *,
    muon: float | None = None,
    decay: float = 0.0,
    **settings: Any,
) -> Optimiser[Network]:
    """Muon for the hidden matrices, at the rate `muon`; None moves all by Adam.

    decay and further settings as in `MuonOptimiser`.
    """
    if muon is None:
        return Optimiser(network, lr, betas, **settings)
    return MuonOptimiser(network, lr, betas, muon=muon, decay=decay, **settings)


def hidden_matrices(network: nn.Module) -> list[nn.Parameter]:
    """The learning matrices inside the network's blocks, each once.

    A block is a module of a class that says `muon = True`.
    """
    blocks = [part for part in network.modules() if getattr(part, "muon", False)]
    found = {
        id(w): w
        for block in blocks
        for w in block.parameters()
        if w.ndim == 2 and w.requires_grad
    }
    return list(found.values())
