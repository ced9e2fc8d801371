"""Other right answers to 13.flow_step."""

import torch
from torch.nn import functional as F

from aigc_course.exercises.ch13.cfm_loss import cfm_loss
from tests.also_right import also_right


@also_right
def with_the_loss_before(network, optimizer, x1):
    optimizer.zero_grad(set_to_none=True)
    loss = cfm_loss(network, torch.randn(x1.shape), x1, torch.rand(x1.shape[0]))
    loss.backward()
    optimizer.step()
    return loss.item()


@also_right
def stratified_times(network, optimizer, x1):
    n = len(x1)
    t = (torch.randperm(n) + torch.rand(n)) / n
    s = t.view(n, *[1] * (x1.dim() - 1))
    x0 = torch.distributions.Normal(0.0, 1.0).sample(x1.shape)
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = None
    loss = F.mse_loss(network(x0 + s * (x1 - x0), s), x1 - x0)
    loss.backward()
    optimizer.step()
    return loss
