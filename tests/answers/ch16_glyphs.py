"""Answers of other people to chapter 16's exercises on a new glyph."""

import copy

import numpy as np
import torch

from tests.answers import right, wrong

# 16.vector_step


def between(x0, x1, t):
    return torch.stack([(1 - s) * a + s * b for a, b, s in zip(x0, x1, t, strict=True)])


@right("16.vector_step")
def frozen_copy(velocity, c, x0, x1, t, lr):
    frozen = copy.deepcopy(velocity).eval()
    for weight in frozen.parameters():
        weight.requires_grad = False
    new = c.clone().requires_grad_()
    guess = frozen(between(x0, x1, t), t, new)
    loss = torch.mean(torch.pow(guess - (x1 - x0), 2))
    loss.backward()
    with torch.no_grad():
        new -= lr * new.grad
    return new.detach()


@right("16.vector_step")
def gradient_row_by_row(velocity, c, x0, x1, t, lr):
    c = c.detach().requires_grad_(True)
    total = torch.zeros_like(c)
    for i in range(len(x1)):
        point = (x0[i] + t[i] * (x1[i] - x0[i])).unsqueeze(0)
        guess = velocity(point, t[i : i + 1], c)
        loss = ((guess[0] - x1[i] + x0[i]) ** 2).mean()
        total = total + torch.autograd.grad(loss, c)[0]
    return (c - lr * total / len(x1)).detach()


@right("16.vector_step")
def by_jacobian(velocity, c, x0, x1, t, lr):
    x_t = between(x0, x1, t)

    def loss(told):
        return torch.nn.functional.mse_loss(velocity(x_t, t, told), x1 - x0)

    return c - lr * torch.autograd.functional.jacobian(loss, c)


@right("16.vector_step")
def from_the_residual(velocity, c, x0, x1, t, lr):
    told = torch.nn.Parameter(c.clone())
    v = velocity(between(x0, x1, t), t, told)
    residual = (v - (x1 - x0)).detach()
    v.backward(2 * residual / residual.numel())
    for weight in velocity.parameters():
        weight.grad = None
    return (told - lr * told.grad).detach()


@right("16.vector_step")
def with_optimiser(velocity, c, x0, x1, t, lr):
    told = torch.nn.Parameter(c.clone())
    descent = torch.optim.SGD([told], lr)
    weights = [w.requires_grad_(False) for w in velocity.parameters()]
    loss = (velocity(between(x0, x1, t), t, told) - (x1 - x0)).square().mean()
    loss.backward()
    descent.step()
    for weight in weights:
        weight.requires_grad_(True)
    return told.detach().clone()


@wrong("16.vector_step")
def adam_instead(velocity, c, x0, x1, t, lr):
    told = torch.nn.Parameter(c.clone())
    descent = torch.optim.Adam([told], lr=lr)
    loss = (velocity(between(x0, x1, t), t, told) - (x1 - x0)).square().mean()
    loss.backward()
    descent.step()
    return told.detach()


@wrong("16.vector_step")
def whole_network_learns(velocity, c, x0, x1, t, lr):
    told = torch.nn.Parameter(c.clone())
    descent = torch.optim.SGD([told, *velocity.parameters()], lr=lr)
    loss = (velocity(between(x0, x1, t), t, told) - (x1 - x0)).square().mean()
    descent.zero_grad()
    loss.backward()
    descent.step()
    return told.detach()


@wrong("16.vector_step")
def distance_of_means(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_()
    v = velocity(between(x0, x1, t), t, told)
    loss = (v.mean(0) - (x1 - x0).mean(0)).square().mean()
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def absolute_loss(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_()
    loss = (velocity(between(x0, x1, t), t, told) - (x1 - x0)).abs().mean()
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def half_the_square(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_()
    loss = 0.5 * (velocity(between(x0, x1, t), t, told) - (x1 - x0)).square().mean()
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def rest_of_the_way(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_()
    x_t = between(x0, x1, t)
    loss = (velocity(x_t, t, told) - (x1 - x_t)).square().mean()
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def returns_the_loss_too(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_()
    loss = (velocity(between(x0, x1, t), t, told) - (x1 - x0)).square().mean()
    return c - lr * torch.autograd.grad(loss, told)[0], loss


# 16.preserved_loss


@right("16.preserved_loss")
def with_weights(errors, old, weight):
    n_old, n = int(old.sum()), len(old)
    w = torch.full((n,), 1 / (n - n_old))
    if n_old:
        w[old] = weight / n_old
    return torch.dot(w, errors)


@right("16.preserved_loss")
def with_masked_select(errors, old, weight):
    parts = [torch.masked_select(errors, ~old).mean()]
    if old.sum() > 0:
        parts.append(weight * torch.masked_select(errors, old).mean())
    return torch.stack(parts).sum()


@right("16.preserved_loss")
def by_index(errors, old, weight):
    rows = torch.nonzero(old).flatten()
    rest = torch.nonzero(~old).flatten()
    loss = errors[rest].sum() / rest.numel()
    if rows.numel():
        loss = loss + errors[rows].sum() / rows.numel() * weight
    return loss


@right("16.preserved_loss")
def nan_replaced(errors, old, weight):
    before = errors[old].mean() if old.any() else torch.tensor(0.0)
    return torch.add(errors[torch.logical_not(old)].mean(), before, alpha=weight)


@right("16.preserved_loss")
def as_two_lists(errors, old, weight):
    new = [e for e, is_old in zip(errors, old, strict=True) if not is_old]
    before = [e for e, is_old in zip(errors, old, strict=True) if is_old]
    total = torch.stack(new).mean()
    return total if not before else total + torch.stack(before).mean() * weight


@wrong("16.preserved_loss")
def old_and_new_mixed_up(errors, old, weight):
    if not old.any():
        return errors.mean()
    return errors[old].mean() + weight * errors[~old].mean()


@wrong("16.preserved_loss")
def all_rows_with_weight(errors, old, weight):
    return errors.mean() * (1 + weight)


@wrong("16.preserved_loss")
def old_rows_per_batch(errors, old, weight):
    kept = errors[old].sum() / len(errors)
    return errors[~old].mean() + weight * kept


@wrong("16.preserved_loss")
def medians(errors, old, weight):
    loss = errors[~old].median()
    return loss + weight * errors[old].median() if old.any() else loss


@wrong("16.preserved_loss")
def all_rows_as_new(errors, old, weight):
    loss = errors.mean()
    return loss + weight * errors[old].mean() if old.any() else loss


@wrong("16.preserved_loss")
def larger_of_the_two(errors, old, weight):
    loss = errors[~old].mean()
    return torch.maximum(loss, weight * errors[old].mean()) if old.any() else loss


@wrong("16.preserved_loss")
def in_numpy(errors, old, weight):
    e, o = errors.detach().numpy(), old.numpy()
    return float(np.mean(e[~o]) + (weight * np.mean(e[o]) if o.any() else 0))
