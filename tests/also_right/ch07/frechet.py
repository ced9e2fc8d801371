"""Other right answers to 07.frechet."""

import torch
from torch import Tensor

from aigc_course.exercises.ch07.frechet import root
from tests.also_right import also_right


@also_right
def by_the_product(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    # S T has the eigenvalues of S^1/2 T S^1/2, and is not symmetric
    cross = torch.linalg.eigvals(S @ T).real.clamp(min=0).sqrt().sum()
    return (mu - nu) @ (mu - nu) + (S + T).trace() - 2 * cross


@also_right
def by_singular_values(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    cross = torch.linalg.svdvals(root(T) @ root(S)).sum()
    return (mu - nu).pow(2).sum() + S.diagonal().sum() + T.diagonal().sum() - 2 * cross
