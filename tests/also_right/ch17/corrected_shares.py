"""Other right answers to 17.corrected_shares."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def by_the_inverse(read, confusion):
    return torch.linalg.inv(confusion).T @ read


@also_right
def by_least_squares(read, confusion):
    A = confusion.numpy().T
    return torch.from_numpy(np.linalg.lstsq(A, read.numpy(), rcond=None)[0])
