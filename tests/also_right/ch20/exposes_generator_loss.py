"""Other right answers to 20.exposes_generator_loss."""

import torch

from tests.also_right import also_right


@also_right
def by_the_slope(loss):
    fake = torch.zeros(8, 1, requires_grad=True)
    loss(torch.randn(8, 1), fake).backward()
    assert (fake.grad < 0).all()


@also_right
def at_the_ends(loss):
    real = torch.zeros(4, 1)
    fooled, caught = (loss(real, torch.full((4, 1), a)) for a in (6.0, -6.0))
    if not fooled < caught:
        raise AssertionError("a fooled D must be cheaper")
