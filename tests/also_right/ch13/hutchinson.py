"""Other right answers to 13.hutchinson."""

import torch

from tests.also_right import also_right


@also_right
def forwards(velocity, x, t, probe):
    _, moved = torch.func.jvp(lambda y: velocity(y, t), (x,), (probe,))
    return (probe * moved).sum(dim=-1)


@also_right
def as_in_torchcfm(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.clone().requires_grad_(True)
        dx = velocity(y, t)
        e_dzdx = torch.autograd.grad(dx, y, probe, create_graph=True)[0]
    return torch.einsum("nd,nd->n", e_dzdx, probe).detach()
