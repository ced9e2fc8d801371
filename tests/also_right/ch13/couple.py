"""Other right answers to 13.couple."""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from tests.also_right import also_right


@also_right
def one_problem_with_walls(x0, x1, labels):
    cost = torch.cdist(x0.flatten(1).double(), x1.flatten(1).double()) ** 2
    cost[labels[:, None] != labels[None, :]] = 1e6
    rows, columns = linear_sum_assignment(cost.numpy())
    found = torch.empty_like(x0)
    found[torch.as_tensor(columns)] = x0[torch.as_tensor(rows)]
    return found


@also_right
def by_inner_products(x0, x1, labels):
    order = np.arange(len(x0))
    for c in set(labels.tolist()):
        i = np.flatnonzero(labels.numpy() == c)
        gain = x1.flatten(1).numpy()[i] @ x0.flatten(1).numpy()[i].T
        order[i] = i[linear_sum_assignment(gain, maximize=True)[1]]
    return x0[torch.from_numpy(order)]
