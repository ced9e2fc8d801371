"""Answers to the exercises of chapter 13 on densities, couplings and averages."""

import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch.distributions import Normal

from tests.answers import right, wrong

# 13.log_density


def _noise(x):
    return Normal(0.0, 1.0).log_prob(x).sum(1)


@right("13.log_density")
def euler_from_the_end(velocity, divergence, x, steps):
    h, t, total = 1 / steps, 1.0, 0.0
    while t > h / 2:
        total = total + h * divergence(x, t)
        x = x - h * velocity(x, t)
        t -= h
    return _noise(x) - total


@right("13.log_density")
def runge_kutta_together(velocity, divergence, x, steps):
    h, total = -1 / steps, torch.zeros(len(x))
    for i in range(steps):
        t = 1 + i * h
        k1, d1 = velocity(x, t), divergence(x, t)
        k2, d2 = (
            velocity(x + h / 2 * k1, t + h / 2),
            divergence(x + h / 2 * k1, t + h / 2),
        )
        k3, d3 = (
            velocity(x + h / 2 * k2, t + h / 2),
            divergence(x + h / 2 * k2, t + h / 2),
        )
        k4, d4 = velocity(x + h * k3, t + h), divergence(x + h * k3, t + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        total = total + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return _noise(x) + total


@right("13.log_density")
def path_first_then_the_sum(velocity, divergence, x, steps):
    times = torch.linspace(1, 0, steps + 1)
    places = [x]
    for now, after in zip(times[:-1], times[1:], strict=True):
        trial = places[-1] + (after - now) * velocity(places[-1], now)
        slope = (velocity(places[-1], now) + velocity(trial, after)) / 2
        places.append(places[-1] + (after - now) * slope)
    values = [divergence(y, t) for y, t in zip(places, times, strict=True)]
    total = torch.trapezoid(torch.stack(values), dx=1 / steps, dim=0)
    return _noise(places[-1]) - total


@right("13.log_density")
def in_double_precision(velocity, divergence, x, steps):
    x, total = x.double(), torch.zeros(len(x)).double()
    for t in np.linspace(1, 0, steps, endpoint=False):
        x_half = x - velocity(x, float(t)) / (2 * steps)
        total += divergence(x_half, float(t) - 0.5 / steps) / steps
        x = x - velocity(x_half, float(t) - 0.5 / steps) / steps
    square = (x**2).sum(1)
    return -0.5 * (square + x.shape[1] * math.log(2 * math.pi)) - total


@right("13.log_density")
def times_for_each_row(velocity, divergence, x, steps):
    log_p, h = torch.zeros(len(x)), 1 / steps
    for i in reversed(range(steps)):
        t = torch.full((len(x),), (i + 1) * h)
        log_p -= h * divergence(x, t)
        x = x - h * velocity(x, t)
    return log_p + torch.distributions.Independent(
        Normal(torch.zeros(x.shape[1]), 1.0), 1
    ).log_prob(x)


def _back(velocity, divergence, x, steps):
    h, total = 1 / steps, torch.zeros(len(x))
    for i in range(steps, 0, -1):
        total = total + h * divergence(x, i * h)
        x = x - h * velocity(x, i * h)
    return x, total


@wrong("13.log_density")
def plus_the_integral(velocity, divergence, x, steps):
    x, total = _back(velocity, divergence, x, steps)
    return _noise(x) + total


@wrong("13.log_density")
def noise_alone(velocity, divergence, x, steps):
    return _noise(_back(velocity, divergence, x, steps)[0])


@wrong("13.log_density")
def integral_alone(velocity, divergence, x, steps):
    return -_back(velocity, divergence, x, steps)[1]


@wrong("13.log_density")
def forwards(velocity, divergence, x, steps):
    h, total = 1 / steps, 0.0
    for i in range(steps):
        total = total + h * divergence(x, i * h)
        x = x + h * velocity(x, i * h)
    return _noise(x) - total


@wrong("13.log_density")
def no_step_length(velocity, divergence, x, steps):
    x, total = _back(velocity, divergence, x, steps)
    return _noise(x) - total * steps


@wrong("13.log_density")
def without_two_pi(velocity, divergence, x, steps):
    x, total = _back(velocity, divergence, x, steps)
    return -(x**2).sum(1) / 2 - total


@wrong("13.log_density")
def a_density(velocity, divergence, x, steps):
    x, total = _back(velocity, divergence, x, steps)
    return torch.exp(_noise(x) - total)


@wrong("13.log_density")
def of_the_point_itself(velocity, divergence, x, steps):
    return _noise(x) - _back(velocity, divergence, x, steps)[1]


# 13.hutchinson


@right("13.hutchinson")
def by_a_product_with_the_probe(velocity, x, t, probe):
    x = x.clone().requires_grad_()
    dot = (velocity(x, t) * probe).sum()
    (g,) = torch.autograd.grad(dot, x)
    return (g * probe).sum(-1)


@right("13.hutchinson")
def by_vjp(velocity, x, t, probe):
    _, pull = torch.func.vjp(lambda y: velocity(y, t), x)
    return torch.einsum("nd,nd->n", pull(probe)[0], probe)


@right("13.hutchinson")
def whole_jacobians(velocity, x, t, probe):
    rows = []
    for one, z in zip(x, probe, strict=True):
        J = torch.autograd.functional.jacobian(lambda y: velocity(y[None], t)[0], one)
        rows.append(z @ J @ z)
    return torch.stack(rows)


@right("13.hutchinson")
def by_backward(velocity, x, t, probe):
    y = x.detach().clone()
    y.requires_grad = True
    velocity(y, t).backward(probe)
    return (y.grad * probe).sum(1)


@right("13.hutchinson")
def central_differences_in_double(velocity, x, t, probe):
    y, z = x.double(), probe.double()
    moved = (velocity(y + 1e-5 * z, t) - velocity(y - 1e-5 * z, t)) / 2e-5
    return (z * moved).sum(1)


@wrong("13.hutchinson")
def sum_of_the_row(velocity, x, t, probe):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(velocity(x, t), x, probe)
    return g.sum(dim=1)


@wrong("13.hutchinson")
def gradient_of_the_sum(velocity, x, t, probe):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(velocity(x, t).sum(), x)
    return g.sum(dim=1)


@wrong("13.hutchinson")
def one_number(velocity, x, t, probe):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(velocity(x, t), x, probe)
    return (g * probe).sum()


@wrong("13.hutchinson")
def dot_with_the_velocity(velocity, x, t, probe):
    return torch.einsum("nd,nd->n", velocity(x, t), probe)


@wrong("13.hutchinson")
def the_trace_itself(velocity, x, t, probe):
    rows = []
    for one in x:
        J = torch.autograd.functional.jacobian(lambda y: velocity(y[None], t)[0], one)
        rows.append(J.trace())
    return torch.stack(rows)


@wrong("13.hutchinson")
def fresh_probe(velocity, x, t, probe):
    z = torch.randint(0, 2, x.shape).float() * 2 - 1
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(velocity(x, t), x, z)
    return (g * z).sum(1)


@wrong("13.hutchinson")
def averaged(velocity, x, t, probe):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(velocity(x, t), x, probe)
    return (g * probe).mean(-1)


# 13.couple


def _groups(labels):
    return [torch.where(labels == c)[0] for c in torch.unique(labels)]


@right("13.couple")
def loops_of_cost(x0, x1, labels):
    out = torch.zeros_like(x0)
    for i in _groups(labels):
        cost = np.array([[float(((a - b) ** 2).sum()) for b in x1[i]] for a in x0[i]])
        rows, columns = linear_sum_assignment(cost)
        for r, c in zip(rows, columns, strict=True):
            out[i[c]] = x0[i[r]]
    return out


@right("13.couple")
def inverse_of_the_inverse(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        cost = torch.cdist(x0[i].flatten(1), x1[i].flatten(1)).square()
        data_of_noise = linear_sum_assignment(cost)[1]
        out[i] = x0[i[np.argsort(data_of_noise)]]
    return out


@right("13.couple")
def in_numpy(x0, x1, labels):
    a, b, y = x0.numpy(), x1.numpy(), labels.numpy()
    out = a.copy()
    for c in range(int(y.max()) + 1):
        i = np.flatnonzero(y == c)
        gap = b[i][:, None].reshape(len(i), 1, -1) - a[i].reshape(1, len(i), -1)
        out[i] = a[i[linear_sum_assignment((gap**2).sum(-1))[1]]]
    return out


@right("13.couple")
def infinite_walls(x0, x1, labels):
    cost = torch.cdist(x1.flatten(1), x0.flatten(1)).pow(2)
    cost = cost + 1e5 * (labels[:, None] != labels)
    return x0[linear_sum_assignment(cost)[1]]


@right("13.couple")
def swaps_until_nothing_helps_from_a_good_start(x0, x1, labels):
    order = torch.arange(len(x0))
    for i in _groups(labels):
        cost = torch.cdist(x1[i].flatten(1).double(), x0[i].flatten(1).double()) ** 2
        _, noise = linear_sum_assignment(cost - cost.min())
        order[i] = i[torch.from_numpy(noise)]
    return x0.index_select(0, order)


@wrong("13.couple")
def whole_batch(x0, x1, labels):
    cost = torch.cdist(x0.flatten(1), x1.flatten(1)) ** 2
    rows, columns = linear_sum_assignment(cost)
    out = torch.empty_like(x0)
    out[columns] = x0[rows]
    return out


@wrong("13.couple")
def plain_distance(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        cost = torch.cdist(x1[i].flatten(1), x0[i].flatten(1))
        out[i] = x0[i[linear_sum_assignment(cost)[1]]]
    return out


@wrong("13.couple")
def argmin_of_each_row(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        out[i] = x0[i[torch.cdist(x1[i].flatten(1), x0[i].flatten(1)).argmin(1)]]
    return out


@wrong("13.couple")
def rows_and_columns_mixed_up(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        cost = torch.cdist(x0[i].flatten(1), x1[i].flatten(1)) ** 2
        out[i] = x0[i[linear_sum_assignment(cost)[1]]]
    return out


@wrong("13.couple")
def nothing_done(x0, x1, labels):
    return x0


@wrong("13.couple")
def farthest(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        cost = torch.cdist(x1[i].flatten(1), x0[i].flatten(1)) ** 2
        out[i] = x0[i[linear_sum_assignment(cost, maximize=True)[1]]]
    return out


@wrong("13.couple")
def both_sorted_by_the_first_coordinate(x0, x1, labels):
    out = x0.clone()
    for i in _groups(labels):
        a, b = x0[i].flatten(1)[:, 0].argsort(), x1[i].flatten(1)[:, 0].argsort()
        out[i[b]] = x0[i[a]]
    return out


# 13.average_target


def _derivative(average, x, t, r, dx, dt, dr):
    one = torch.ones_like(t)
    return torch.func.jvp(average, (x, t, r), (dx, dt * one, dr * one))[1]


@right("13.average_target")
def by_forward_mode(average, velocity, x, t, r):
    v = velocity(x, t)
    slope = _derivative(average, x, t, r, v, 1.0, 0.0)
    return v + (r - t).view(-1, 1) * slope


@right("13.average_target")
def time_from_data_to_noise_turned_round(average, velocity, x, t, r):
    v = velocity(x, t)
    backwards = _derivative(average, x, t, r, -v, -1.0, 0.0)
    return v - (r - t)[:, None] * backwards


@right("13.average_target")
def two_products(average, velocity, x, t, r):
    v = velocity(x, t)
    along_x = torch.func.jvp(lambda y: average(y, t, r), (x,), (v,))[1]
    along_t = torch.func.jvp(lambda s: average(x, s, r), (t,), (torch.ones_like(t),))[1]
    return torch.addcmul(v, (r - t)[:, None], along_x + along_t)


@right("13.average_target")
def by_double_backward(average, velocity, x, t, r):
    v = velocity(x, t)
    y, s = x.clone().requires_grad_(), t.clone().requires_grad_()
    U = average(y, s, r)
    rows = []
    for j in range(x.shape[1]):
        gx, gt = torch.autograd.grad(U[:, j].sum(), (y, s), retain_graph=True)
        rows.append((gx * v).sum(1) + gt)
    return v + (r - t)[:, None] * torch.stack(rows, 1)


@right("13.average_target")
def along_one_number(average, velocity, x, t, r):
    v = velocity(x, t)

    def moved(e):
        return average(x + e * v, t + e, r)

    zero, one = torch.tensor(0.0), torch.tensor(1.0)
    return v + torch.func.jvp(moved, (zero,), (one,))[1] * (r - t).unsqueeze(1)


@wrong("13.average_target")
def as_in_a_readme(average, velocity, x, t, r):
    v = velocity(x, t)
    return v + _derivative(average, x, t, r, v, 1.0, 0.0)


@wrong("13.average_target")
def minus_as_in_the_paper(average, velocity, x, t, r):
    v = velocity(x, t)
    return v - (r - t)[:, None] * _derivative(average, x, t, r, v, 1.0, 0.0)


@wrong("13.average_target")
def partial_in_time(average, velocity, x, t, r):
    v = velocity(x, t)
    slope = torch.func.jvp(lambda s: average(x, s, r), (t,), (torch.ones_like(t),))[1]
    return v + (r - t)[:, None] * slope


@wrong("13.average_target")
def partial_in_space(average, velocity, x, t, r):
    v = velocity(x, t)
    return (
        v + (r - t)[:, None] * torch.func.jvp(lambda y: average(y, t, r), (x,), (v,))[1]
    )


@wrong("13.average_target")
def tangents_of_one(average, velocity, x, t, r):
    v = velocity(x, t)
    return v + (r - t)[:, None] * _derivative(average, x, t, r, v, 1.0, 1.0)


@wrong("13.average_target")
def the_velocity(average, velocity, x, t, r):
    return velocity(x, t).clone()


@wrong("13.average_target")
def the_network_itself(average, velocity, x, t, r):
    return average(x, t, r)


@wrong("13.average_target")
def gradient_in_the_end_time(average, velocity, x, t, r):
    v = velocity(x, t)
    return v + (r - t)[:, None] * _derivative(average, x, t, r, 0 * v, 0.0, 1.0)
