"""The equations of chapter 16 on a new glyph from a few examples."""

import pytest
import torch
from torch import Tensor, nn

from aigc_course.apps.glyphs import base, preserved
from aigc_course.apps.glyphs.learner import Personal, Way
from aigc_course.exercises.ch16.preserved_loss import preserved_loss
from aigc_course.exercises.ch16.vector_step import vector_step
from aigc_course.flow.latent import LatentFlow


class Linear(nn.Module):
    """v(x, t, c) = W x + c, whose best condition vector is known."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(0.3 * torch.randn(3, 3))

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        return x @ self.w.T + c


@pytest.mark.equation("16.32")
def test_steps_of_the_vector_lead_to_the_smallest_loss() -> None:
    torch.manual_seed(0)
    network, c = Linear(), torch.randn(3)
    x0, x1, t = torch.randn(50, 3), 1 + torch.randn(50, 3), torch.rand(50)
    x_t = (1 - t[:, None]) * x0 + t[:, None] * x1
    before = network.w.detach().clone()
    for _ in range(200):
        c = vector_step(network, c, x0, x1, t, 0.5)
    # the mean of what W x leaves over
    best = (x1 - x0 - x_t @ before.T).mean(0)
    assert torch.allclose(c, best, atol=1e-5)
    assert torch.equal(network.w, before)


@pytest.mark.equation("16.32")
def test_the_learner_moves_one_row_of_the_table() -> None:
    torch.manual_seed(0)
    networks = base.networks()
    for name, weight in networks.velocity.named_parameters():
        if name.endswith(("modulation.weight", "last.weight")):  # zero at the start
            nn.init.normal_(weight, std=0.1)
    model = Personal(LatentFlow(networks), 4, Way(lr=0.1))
    before = {k: v.clone() for k, v in model.networks.state_dict().items()}
    for _ in range(3):
        model.step((torch.randn(8, base.LATENT), torch.full((8,), 4)))
    for name, after in model.networks.state_dict().items():
        if name.endswith("label.weight"):
            moved = (after != before[name]).any(1).nonzero()[:, 0].tolist()
            assert moved == [4]
        else:
            assert torch.equal(after, before[name]), name


@pytest.mark.equation("16.33")
def test_the_preserved_loss_is_the_sum_of_two_means() -> None:
    torch.manual_seed(0)
    errors = torch.rand(10).requires_grad_(True)
    old = torch.tensor([False] * 4 + [True] * 6)
    e = errors.tolist()
    for loss in (preserved, preserved_loss):
        found = loss(errors, old, 0.7)
        assert found.item() == pytest.approx(sum(e[:4]) / 4 + 0.7 * sum(e[4:]) / 6)
        (slope,) = torch.autograd.grad(found, errors)
        assert torch.allclose(slope, torch.tensor([1 / 4] * 4 + [0.7 / 6] * 6))
        # equal numbers and a weight of 1: twice the mean of the mixed batch
        even = loss(errors[:8], old[:8], 1.0)
        assert even.item() == pytest.approx(2 * errors[:8].mean().item(), rel=1e-6)
