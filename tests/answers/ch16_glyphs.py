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


def loss_of(velocity, c, x0, x1, t):
    return (velocity(between(x0, x1, t), t, c) - (x1 - x0)).pow(2).mean()


@right("16.vector_step")
def with_functional_gradient(velocity, c, x0, x1, t, lr):
    slope = torch.func.grad(lambda v: loss_of(velocity, v, x0, x1, t))(c)
    return torch.sub(c, slope, alpha=lr)


@right("16.vector_step")
def gradients_left_in_the_weights(velocity, c, x0, x1, t, lr):
    c = c.detach().clone().requires_grad_(True)
    loss_of(velocity, c, x0, x1, t).backward()
    return c.detach() - lr * c.grad


@right("16.vector_step")
def moved_in_its_own_data(velocity, c, x0, x1, t, lr):
    new = torch.tensor(c.tolist(), requires_grad=True)
    loss = torch.nn.functional.mse_loss(
        velocity(torch.lerp(x0, x1, t.unsqueeze(-1)), t, new), x1 - x0
    )
    loss.backward()
    new.data.sub_(new.grad, alpha=lr)
    return new.data


@right("16.vector_step")
def marked_and_unmarked(velocity, c, x0, x1, t, lr):
    c.requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of(velocity, c, x0, x1, t), [c])
    c.requires_grad_(False)
    return c - lr * slope


@right("16.vector_step")
def in_float64(velocity, c, x0, x1, t, lr):
    told = c.detach().float().requires_grad_()
    e = velocity(between(x0, x1, t), t, told).double() - (x1 - x0).double()
    (slope,) = torch.autograd.grad((e * e).sum() / e.numel(), told)
    return c.detach().double() - lr * slope.double()


@right("16.vector_step")
def new_parameter(velocity, c, x0, x1, t, lr):
    told = torch.nn.Parameter(c.detach().clone())
    (slope,) = torch.autograd.grad(loss_of(velocity, told, x0, x1, t), told)
    return torch.nn.Parameter(told.detach() - lr * slope)


@wrong("16.vector_step")
def never_detached(velocity, c, x0, x1, t, lr):
    c = c if c.requires_grad else c.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of(velocity, c, x0, x1, t), c)
    return c - lr * slope


@wrong("16.vector_step")
def cannot_go_on(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)  # no leaf where c is a parameter
    loss_of(velocity, told, x0, x1, t).backward()
    return torch.nn.Parameter(told.detach() - lr * told.grad)


@wrong("16.vector_step")
def graph_of_the_gradient_kept(velocity, c, x0, x1, t, lr):
    c = c.clone().requires_grad_(True)
    loss = loss_of(velocity, c, x0, x1, t)
    (slope,) = torch.autograd.grad(loss, c, create_graph=True)
    return c - lr * slope


@wrong("16.vector_step")
def gradient_left_in_the_given_vector(velocity, c, x0, x1, t, lr):
    c.requires_grad_(True)
    loss_of(velocity, c, x0, x1, t).backward()
    return (c - lr * c.grad).detach()


@wrong("16.vector_step")
def noise_overwritten(velocity, c, x0, x1, t, lr):
    target = x1 - x0
    x_t = x0.lerp_(x1, t[:, None])
    told = c.clone().requires_grad_(True)
    loss = (velocity(x_t, t, told) - target).square().mean()
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def decays_the_vector(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    descent = torch.optim.SGD([told], lr=lr, weight_decay=0.1)
    loss_of(velocity, told, x0, x1, t).backward()
    descent.step()
    return told.detach()


@wrong("16.vector_step")
def length_of_the_error(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    loss = loss_of(velocity, told, x0, x1, t) ** 0.5
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def predicts_noise(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    loss = torch.nn.functional.mse_loss(velocity(between(x0, x1, t), t, told), x0)
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def network_without_gradient(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    with torch.no_grad():
        v = velocity(between(x0, x1, t), t, told)
    (v - (x1 - x0)).square().mean().backward()
    return (told - lr * told.grad).detach()


@wrong("16.vector_step")
def noise_of_its_own(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    loss = loss_of(velocity, told, torch.randn_like(x1), x1, t)
    return c - lr * torch.autograd.grad(loss, told)[0]


@wrong("16.vector_step")
def list_of_numbers(velocity, c, x0, x1, t, lr):
    told = c.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of(velocity, told, x0, x1, t), told)
    return (c - lr * slope).tolist()


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


@right("16.preserved_loss")
def products_with_the_mask(errors, old, weight):
    o, n = old.float(), 1 - old.float()
    new = (errors * n).sum() / n.sum()
    return new + weight * (errors * o).sum() / o.sum().clamp(min=1)


@right("16.preserved_loss")
def nan_to_zero(errors, old, weight):
    return errors[~old].mean() + weight * torch.nan_to_num(errors[old].mean())


@right("16.preserved_loss")
def sums_by_group(errors, old, weight):
    sums = torch.zeros(2).index_add(0, old.long(), errors)
    counts = torch.bincount(old.long(), minlength=2).clamp(min=1)
    return (sums / counts) @ torch.tensor([1.0, float(weight)])


@right("16.preserved_loss")
def in_double_precision(errors, old, weight):
    e = errors.double()
    loss = e[old.logical_not()].mean()
    return loss if old.sum().item() == 0 else loss + float(weight) * e[old].mean()


@right("16.preserved_loss")
def means_without_nan(errors, old, weight):
    hole = torch.tensor(float("nan"))
    loss = torch.where(old, hole, errors).nanmean()
    if old.any():
        loss += weight * torch.where(old, errors, hole).nanmean()
    return loss


@right("16.preserved_loss")
def one_row_after_another(errors, old, weight):
    n_old = int(old.sum())
    loss = torch.zeros(())
    for error, is_old in zip(errors, old.tolist(), strict=True):
        loss = loss + error * (weight / n_old if is_old else 1 / (len(old) - n_old))
    return loss


@wrong("16.preserved_loss")
def squares_the_squares(errors, old, weight):
    loss = (errors[~old] ** 2).mean()
    return loss + weight * (errors[old] ** 2).mean() if old.any() else loss


@wrong("16.preserved_loss")
def old_part_without_gradient(errors, old, weight):
    before = errors[old].detach().mean() if old.any() else 0
    return errors[~old].mean() + weight * before


@wrong("16.preserved_loss")
def divides_by_the_new_rows(errors, old, weight):
    n = (~old).sum()
    return errors[~old].sum() / n + weight * errors[old].sum() / n


@wrong("16.preserved_loss")
def mask_as_row_numbers(errors, old, weight):
    loss = errors[(~old).long()].mean()
    return loss + weight * errors[old.long()].mean() if old.any() else loss


@wrong("16.preserved_loss")
def mask_the_other_way_round(errors, old, weight):
    return errors[old].mean() + weight * errors[~old].mean()


@wrong("16.preserved_loss")
def zeros_in_the_means(errors, old, weight):
    return (errors * ~old).mean() + weight * (errors * old).mean()


@wrong("16.preserved_loss")
def two_results(errors, old, weight):
    return errors[~old].mean(), weight * errors[old].mean() if old.any() else 0


@wrong("16.preserved_loss")
def not_reduced(errors, old, weight):
    return torch.where(old, weight * errors, errors)


@wrong("16.preserved_loss")
def new_rows_when_there_are_no_old(errors, old, weight):
    new = errors[~old].mean()
    return new + weight * (errors[old].mean() if old.any() else new)


@wrong("16.preserved_loss")
def times_instead_of_plus(errors, old, weight):
    new = errors[~old].mean()
    return new * (weight * errors[old].mean()) if old.any() else new
