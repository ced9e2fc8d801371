"""Answers to the exercises of chapter 13 on paths, the loss and its step."""

import math

import numpy as np
import torch
from scipy.stats import norm
from torch.nn import functional as F

from tests.answers import right, wrong

# 13.interpolate


@right("13.interpolate")
def four_cases(x0, x1, t):
    if x1.ndim == 1:
        s = t
    elif x1.ndim == 2:
        s = t[:, None]
    else:
        s = t[:, None, None, None]
    return x0 * (1 - s) + x1 * s, x1 - x0


@right("13.interpolate")
def moved_axes(x0, x1, t):
    a, b = x0.movedim(0, -1), x1.movedim(0, -1)
    return ((1 - t) * a + t * b).movedim(-1, 0), (b - a).movedim(-1, 0)


@right("13.interpolate")
def in_a_loop(x0, x1, t):
    rows = [a + s * (b - a) for a, b, s in zip(x0, x1, t, strict=True)]
    return torch.stack(rows), torch.stack([b - a for a, b in zip(x0, x1, strict=True)])


@right("13.interpolate")
def flattened(x0, x1, t):
    a, b = x0.reshape(len(t), -1), x1.reshape(len(t), -1)
    x = a + (b - a) * t.unsqueeze(1)
    return [x.reshape(x0.shape), (b - a).view_as(x0)]


@right("13.interpolate")
def in_numpy(x0, x1, t):
    a, b, s = (one.double().numpy() for one in (x0, x1, t))
    s = s.reshape((-1,) + (1,) * (a.ndim - 1))
    return (1 - s) * a + s * b, b - a


@right("13.interpolate")
def way_left_over_time_left(x0, x1, t):
    while t.ndim < x0.ndim:
        t = t.unsqueeze(-1)
    x = t * x1 + (1 - t) * x0
    return x, (x1 - x) / (1 - t)


@wrong("13.interpolate")
def lerp_from_data(x0, x1, t):
    s = t.view(-1, *[1] * (x0.ndim - 1))
    return torch.lerp(x1, x0, s.expand_as(x0)), x1 - x0


@wrong("13.interpolate")
def what_is_left(x0, x1, t):
    while t.ndim < x0.ndim:
        t = t[..., None]
    x = x0 + t * (x1 - x0)
    return x, x1 - x


@wrong("13.interpolate")
def minus_sign(x0, x1, t):
    while t.ndim < x0.ndim:
        t = t[..., None]
    return x0 + t * (x1 - x0), -(x1 - x0)


@wrong("13.interpolate")
def plain_product(x0, x1, t):
    return (1 - t) * x0 + t * x1, x1 - x0


@wrong("13.interpolate")
def cosine_path(x0, x1, t):
    s = t.view(-1, *[1] * (x0.ndim - 1)) * math.pi / 2
    return s.cos() * x0 + s.sin() * x1, x1 - x0


@wrong("13.interpolate")
def root_weights(x0, x1, t):
    s = t.view(-1, *[1] * (x0.ndim - 1))
    return torch.sqrt(1 - s * s) * x0 + s * x1, x1 - x0


@wrong("13.interpolate")
def the_point_alone(x0, x1, t):
    s = t.view(-1, *[1] * (x0.ndim - 1))
    return (1 - s) * x0 + s * x1


@wrong("13.interpolate")
def mean_time(x0, x1, t):
    s = t.mean()
    return (1 - s) * x0 + s * x1, x1 - x0


# 13.conditional_velocity


@right("13.conditional_velocity")
def noise_first(x, x1, a, b, da, db):
    x0 = (x - x1 * a) / b
    return x1 * da + x0 * db


@right("13.conditional_velocity")
def with_numpy(x, x1, a, b, da, db):
    x, x1 = x.numpy().astype(np.float64), x1.numpy().astype(np.float64)
    return da * x1 + (db / b) * (x - a * x1)


@right("13.conditional_velocity")
def over_b(x, x1, a, b, da, db):
    return (b * da * x1 + db * x - db * a * x1) / b


@right("13.conditional_velocity")
def log_slope(x, x1, a, b, da, db):
    mean, rate = a * x1, db / b
    return rate * (x - mean) + da * x1


@right("13.conditional_velocity")
def by_jvp(x, x1, a, b, da, db):
    noise = (x - a * x1) / b

    def path(one, other):
        return one * x1 + other * noise

    at = torch.tensor(a), torch.tensor(b)
    return torch.func.jvp(path, at, (torch.tensor(da), torch.tensor(db)))[1]


@wrong("13.conditional_velocity")
def straight(x, x1, a, b, da, db):
    return (x1 - x) / (1 - a)


@wrong("13.conditional_velocity")
def x_as_noise(x, x1, a, b, da, db):
    return x1 * da + x * db


@wrong("13.conditional_velocity")
def only_the_data(x, x1, a, b, da, db):
    return da * x1


@wrong("13.conditional_velocity")
def without_a(x, x1, a, b, da, db):
    return x1 * da + db / b * (x - x1)


@wrong("13.conditional_velocity")
def times_b(x, x1, a, b, da, db):
    return x1 * da + db * b * (x - a * x1)


@wrong("13.conditional_velocity")
def no_b(x, x1, a, b, da, db):
    return db * (x - a * x1) + da * x1


@wrong("13.conditional_velocity")
def left_over_b(x, x1, a, b, da, db):
    return (x1 - x) / b


@wrong("13.conditional_velocity")
def x1_for_both(x, x1, a, b, da, db):
    return da * x1 + db * x1


# 13.marginal_velocity


@right("13.marginal_velocity")
def by_a_mixture_of_torch(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    each = torch.distributions.Normal(t * means, v**0.5)
    log_joint = each.log_prob(x[:, None]) + weights.log()
    r = (log_joint - log_joint.logsumexp(1, keepdim=True)).exp()
    gain = (t * deviations**2 - (1 - t)) / v
    return r @ (means - gain * t * means) + x * (r @ gain)


@right("13.marginal_velocity")
def by_scipy(x, t, weights, means, deviations):
    x, w, m, s = (a.double().numpy() for a in (x, weights, means, deviations))
    v = (1 - t) ** 2 + t**2 * s**2
    log_r = np.log(w) + norm.logpdf(x[:, None], t * m, np.sqrt(v))
    r = np.exp(log_r - log_r.max(1, keepdims=True))
    r /= r.sum(1, keepdims=True)
    return (r * (m + (t * s**2 - 1 + t) / v * (x[:, None] - t * m))).sum(1)


@right("13.marginal_velocity")
def point_by_point(x, t, weights, means, deviations):
    out = []
    for one in x.tolist():
        logs, each = [], []
        for w, m, s in zip(
            weights.tolist(), means.tolist(), deviations.tolist(), strict=True
        ):
            v = (1 - t) ** 2 + (t * s) ** 2
            logs.append(math.log(w) - 0.5 * math.log(v) - (one - t * m) ** 2 / (2 * v))
            each.append(m + (t * s * s - (1 - t)) / v * (one - t * m))
        top = max(logs)
        r = [math.exp(value - top) for value in logs]
        total = sum(r)
        out.append(sum(a * b for a, b in zip(r, each, strict=True)) / total)
    return torch.tensor(out)


@right("13.marginal_velocity")
def by_the_courses_own_field(x, t, weights, means, deviations):
    from aigc_course.flow.exact import Mixture

    law = Mixture(
        weights.double() / weights.double().sum(),
        means.double()[:, None],
        deviations.double(),
    )
    return law.velocity(x.double()[:, None], t)[:, 0]


@right("13.marginal_velocity")
def by_the_noise(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    r = (torch.log(weights / v.sqrt()) - z.square() / v / 2).softmax(1)
    data = means + t * deviations**2 * z / v
    noise = (1 - t) * z / v
    return torch.einsum("nk,nk->n", r, data - noise)


@wrong("13.marginal_velocity")
def of_the_mean(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    each = means + (t * deviations**2 - (1 - t)) / v * (x[:, None] - t * means)
    return (weights * each).sum(1)


@wrong("13.marginal_velocity")
def towards_the_means(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    r = (weights.log() - 0.5 * v.log() - z**2 / (2 * v)).softmax(1)
    return (r @ means - x) / (1 - t)


@wrong("13.marginal_velocity")
def without_logarithms(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    p = torch.distributions.Normal(t * means, v.sqrt()).log_prob(x[:, None]).exp()
    r = weights * p / (weights * p).sum(1, keepdim=True)
    each = means + (t * deviations**2 - (1 - t)) / v * (x[:, None] - t * means)
    return (r * each).sum(1)


@wrong("13.marginal_velocity")
def plus_covariance(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    r = (weights.log() - 0.5 * v.log() - z**2 / (2 * v)).softmax(1)
    return (r * (means + (t * deviations**2 + 1 - t) / v * z)).sum(1)


@wrong("13.marginal_velocity")
def expected_data(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    r = (weights.log() - 0.5 * v.log() - z**2 / (2 * v)).softmax(1)
    return (r * (means + t * deviations**2 * z / v)).sum(1)


@wrong("13.marginal_velocity")
def softmax_over_points(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    r = (weights.log() - 0.5 * v.log() - z**2 / (2 * v)).softmax(0)
    return (r * (means + (t * deviations**2 - 1 + t) / v * z)).sum(1)


@wrong("13.marginal_velocity")
def component_of_most_weight(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    z = x[:, None] - t * means
    k = (weights.log() - 0.5 * v.log() - z**2 / (2 * v)).argmax(1)
    each = means + (t * deviations**2 - 1 + t) / v * z
    return each[torch.arange(len(x)), k]


# 13.cfm_loss


@right("13.cfm_loss")
def as_in_the_torchcfm_notebook(velocity, x0, x1, t):
    t_ = t.reshape(-1, *([1] * (x0.dim() - 1)))
    xt = t_ * x1 + (1 - t_) * x0
    ut = x1 - x0
    vt = velocity(xt, t)
    return torch.mean((vt - ut) ** 2)


@right("13.cfm_loss")
def mean_of_row_means(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    gap = velocity(s * x1 + (1 - s) * x0, t) - x1 + x0
    return (gap**2).mean(dim=tuple(range(1, gap.ndim))).mean()


@right("13.cfm_loss")
def sum_over_count(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    gap = (x1 - x0) - velocity(x0 + s * (x1 - x0), t=t)
    return gap.pow(2).sum() / gap.numel()


@right("13.cfm_loss")
def loss_module(velocity, x0, x1, t):
    s = t.reshape(len(t), *(1,) * (x1.ndim - 1))
    return torch.nn.MSELoss()(velocity((1 - s) * x0 + s * x1, s), x1 - x0)


@right("13.cfm_loss")
def row_by_row(velocity, x0, x1, t):
    parts = []
    for i in range(len(t)):
        x = (1 - t[i]) * x0[i : i + 1] + t[i] * x1[i : i + 1]
        parts.append((velocity(x, t[i : i + 1]) - x1[i] + x0[i]).square().mean())
    return torch.stack(parts).mean()


@wrong("13.cfm_loss")
def feeds_the_data(velocity, x0, x1, t):
    return F.mse_loss(velocity(x1, t), x1 - x0)


@wrong("13.cfm_loss")
def reversed_target(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return F.mse_loss(velocity((1 - s) * x0 + s * x1, t), x0 - x1)


@wrong("13.cfm_loss")
def sum_reduction(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return F.mse_loss(velocity((1 - s) * x0 + s * x1, t), x1 - x0, reduction="sum")


@wrong("13.cfm_loss")
def one_number_per_row(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return (velocity((1 - s) * x0 + s * x1, t) - x1 + x0).square().flatten(1).mean(1)


@wrong("13.cfm_loss")
def l1(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return F.l1_loss(velocity((1 - s) * x0 + s * x1, t), x1 - x0)


@wrong("13.cfm_loss")
def an_item(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return F.mse_loss(velocity((1 - s) * x0 + s * x1, t), x1 - x0).item()


@wrong("13.cfm_loss")
def square_of_the_mean(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    gap = velocity((1 - s) * x0 + s * x1, t) - (x1 - x0)
    return gap.mean(dim=0).pow(2).mean()


@wrong("13.cfm_loss")
def from_x_t(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    x = (1 - s) * x0 + s * x1
    return F.mse_loss(velocity(x, t), x1 - x)


# 13.heun_step


@right("13.heun_step")
def runge_kutta_of_order_two(velocity, x, t, h):
    k1 = h * velocity(x, t)
    k2 = h * velocity(x + k1, t + h)
    return x + (k1 + k2) / 2


@right("13.heun_step")
def times_as_0d_tensors(velocity, x, t, h):
    t = torch.tensor(t)
    d = velocity(x, t)
    d_next = velocity(x + h * d, t + h)
    return x + h * (0.5 * d + 0.5 * d_next)


@right("13.heun_step")
def corrected_trial(velocity, x, t, h):
    a = velocity(x=x, t=t)
    trial = x + h * a
    return trial + h * (velocity(x=trial, t=t + h) - a) / 2


@right("13.heun_step")
def in_double(velocity, x, t, h):
    y = x.double()
    a = velocity(y, t)
    return y + h * torch.stack([a, velocity(y + h * a, t + h)]).mean(0)


@right("13.heun_step")
def with_lerp(velocity, x, t, h):
    a = velocity(x, t)
    return x + h * torch.lerp(a, velocity(x + a * h, t + h), 0.5)


@wrong("13.heun_step")
def euler_again(velocity, x, t, h):
    return torch.add(x, velocity(x, t), alpha=h)


@wrong("13.heun_step")
def halfway(velocity, x, t, h):
    k = velocity(x, t)
    return x + h * velocity(x + 0.5 * h * k, t + 0.5 * h)


@wrong("13.heun_step")
def same_time_twice(velocity, x, t, h):
    k1 = velocity(x, t)
    k2 = velocity(x + h * k1, t)
    return x + h / 2 * (k1 + k2)


@wrong("13.heun_step")
def same_point_twice(velocity, x, t, h):
    return x + h / 2 * (velocity(x, t) + velocity(x, t + h))


@wrong("13.heun_step")
def twice_as_far(velocity, x, t, h):
    k1 = velocity(x, t)
    return x + h * k1 + h * velocity(x + h * k1, t + h)


@wrong("13.heun_step")
def ralston(velocity, x, t, h):
    k1 = velocity(x, t)
    k2 = velocity(x + 2 / 3 * h * k1, t + 2 / 3 * h)
    return x + h * (k1 / 4 + 3 * k2 / 4)


@wrong("13.heun_step")
def from_where_euler_ended(velocity, x, t, h):
    k1 = velocity(x, t)
    y = x + h * k1
    return y + h * (velocity(y, t + h) + k1) / 2


# 13.flow_step


def _path(x1):
    x0, t = torch.randn_like(x1), torch.rand(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return x0, t, (1 - s) * x0 + s * x1


def _update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


@right("13.flow_step")
def the_usual_loop_body(network, optimizer, x1):
    optimizer.zero_grad()
    x0, t, xt = _path(x1)
    loss = torch.mean((network(xt, t) - (x1 - x0)) ** 2)
    loss.backward()
    optimizer.step()
    return loss.item()


@right("13.flow_step")
def times_on_the_data_device(network, optimizer, x1):
    t = torch.rand(x1.shape[0], device=x1.device, dtype=x1.dtype)
    x0 = torch.empty_like(x1).normal_()
    s = t[(...,) + (None,) * (x1.ndim - 1)]
    loss = F.mse_loss(network(torch.lerp(x0, x1, s.expand_as(x1)), t), x1 - x0)
    _update(optimizer, loss)
    return loss.detach()


@right("13.flow_step")
def cleared_afterwards(network, optimizer, x1):
    x0, t, xt = _path(x1)
    loss = (network(xt, t) - x1 + x0).square().mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss)


@right("13.flow_step")
def network_cleared(network, optimizer, x1):
    x0, t, xt = _path(x1)
    network.zero_grad()
    loss = F.mse_loss(network(xt, t), x1 - x0)
    loss.backward()
    optimizer.step()
    return loss


@right("13.flow_step")
def gradients_by_hand(network, optimizer, x1):
    x0, t, xt = _path(x1)
    loss = F.mse_loss(network(xt, t), x1 - x0)
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    for w, g in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        w.grad = g
    optimizer.step()
    return loss.detach().numpy()


@wrong("13.flow_step")
def never_cleared(network, optimizer, x1):
    x0, t, xt = _path(x1)
    loss = F.mse_loss(network(xt, t), x1 - x0)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("13.flow_step")
def cleared_too_late(network, optimizer, x1):
    x0, t, xt = _path(x1)
    loss = F.mse_loss(network(xt, t), x1 - x0)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong("13.flow_step")
def rand_like(network, optimizer, x1):
    x0, t = torch.rand_like(x1), torch.rand(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    loss = F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0)
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def a_single_time(network, optimizer, x1):
    x0, t = torch.randn_like(x1), torch.rand(1)
    loss = F.mse_loss(network((1 - t) * x0 + t * x1, t.expand(len(x1))), x1 - x0)
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def clean_input(network, optimizer, x1):
    x0, t, _ = _path(x1)
    loss = F.mse_loss(network(x1, t), x1 - x0)
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def predicts_the_noise(network, optimizer, x1):
    x0, t, xt = _path(x1)
    loss = F.mse_loss(network(xt, t), x0)
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def noise_shared_by_the_batch(network, optimizer, x1):
    x0, t = torch.randn(x1.shape[1:]), torch.rand(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    loss = F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0.expand_as(x1))
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def normal_times(network, optimizer, x1):
    x0, t = torch.randn_like(x1), torch.randn(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    loss = F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0)
    _update(optimizer, loss)
    return loss.item()


@wrong("13.flow_step")
def diffusion_path(network, optimizer, x1):
    x0, t = torch.randn_like(x1), torch.rand(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    loss = F.mse_loss(network((1 - s * s).sqrt() * x0 + s * x1, t), x1 - x0)
    _update(optimizer, loss)
    return loss.item()
