"""Other right answers to 20.unreached."""

import torch

from tests.also_right import also_right


@also_right
def one_by_one(loss, model):
    missing = []
    for name, parameter in model.named_parameters():
        if loss.requires_grad:
            (g,) = torch.autograd.grad(
                loss, parameter, retain_graph=True, allow_unused=True
            )
        else:
            g = None
        if g is None or not torch.isfinite(g).all() or g.abs().max() == 0:
            missing.append(name)
    return sorted(missing)


@also_right
def with_the_gradients_put_back(loss, model):
    kept = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.grad = None
    if loss.grad_fn is not None:
        loss.backward(retain_graph=True)
    found = []
    for name, p in model.named_parameters():
        size = float("nan") if p.grad is None else float(p.grad.abs().sum())
        if not 0 < size < float("inf"):
            found.append(name)
    for p, grad in zip(model.parameters(), kept, strict=True):
        p.grad = grad
    return sorted(found)
