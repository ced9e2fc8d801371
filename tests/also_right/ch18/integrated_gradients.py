"""Other right answers to 18.integrated_gradients."""

import torch

from tests.also_right import also_right


@also_right
def in_one_batch(f, x, baseline, steps):
    s = (torch.arange(steps) + 0.5) / steps
    points = baseline + s[:, None, None] * (x - baseline)
    flat = points.flatten(0, 1).detach().requires_grad_()
    f(flat).sum().backward()
    return (x - baseline) * flat.grad.view_as(points).mean(0)


@also_right
def with_a_function(f, x, baseline, steps):
    def slope(point):
        point = point.clone().requires_grad_()
        return torch.autograd.grad(f(point).sum(), point)[0]

    points = [
        baseline + (k - 0.5) / steps * (x - baseline) for k in range(1, steps + 1)
    ]
    return (x - baseline) * torch.stack([slope(p) for p in points]).mean(0)
