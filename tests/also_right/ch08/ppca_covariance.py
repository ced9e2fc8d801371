"""Other right answers to 08.ppca_covariance."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_the_decoder(S: Tensor, d: int) -> Tensor:
    U, values, _ = torch.linalg.svd(S)  # from the greatest
    noise = values[d:].mean()
    W = U[:, :d] * (values[:d] - noise).sqrt()
    return W @ W.T + noise * torch.eye(len(S), dtype=S.dtype)


@also_right
def by_the_rest(S: Tensor, d: int) -> Tensor:
    values, U = torch.linalg.eigh(S)
    top = U[:, -d:] @ values[-d:].diag() @ U[:, -d:].T
    noise = (S - top).trace() / (len(S) - d)
    return top + noise * (torch.eye(len(S)).to(S) - U[:, -d:] @ U[:, -d:].T)
