"""Other right answers to 20.exposes_softmax_twice."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def against_torch(loss):
    scores, labels = 3 * torch.randn(8, 5), torch.randint(5, (8,))
    want = F.nll_loss(scores.log_softmax(1), labels)
    assert torch.allclose(loss(scores, labels), want, atol=1e-4)


@also_right
def grows_without_an_end(loss):
    wrong = torch.tensor([[30.0, 0.0]])
    assert loss(wrong, torch.tensor([1])) > 25
