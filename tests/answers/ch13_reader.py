"""Answers to the exercises of chapter 13 by a reader who saw headers and hints only."""

import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F

from tests.answers import right, wrong


class Base(nn.Module):
    def __init__(self, d, w):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(d + 1, w), nn.Linear(w, w), nn.Linear(w, d)

    def t(self, x, t):
        t = torch.as_tensor(t, dtype=x.dtype)
        return t.reshape(-1, 1).expand(len(x), 1)

    def forward(self, x, t):
        h = F.silu(self.a(torch.cat([self.t(x, t), x], 1)))
        return self.c(F.silu(self.b(h)))


def _loss(network, x1, t, x0):
    s = t.view(-1, *[1] * (x1.ndim - 1))
    return F.mse_loss(network((1 - s) * x0 + s * x1, t), x1 - x0)


@right("13.interpolate")
def row_by_vmap(x0, x1, t):
    x = torch.vmap(lambda a, b, s: a + s * (b - a))(x0, x1, t)
    v = x1.clone()
    v -= x0
    return x, v


@right("13.cfm_loss")
def inner_product(velocity, x0, x1, t):
    xt = x0 + torch.einsum("n,n...->n...", t, x1 - x0)
    e = (velocity(xt, t) - (x1 - x0)).reshape(-1)
    return e @ e / e.numel()


@wrong("13.cfm_loss")
def told_the_other_time(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.dim() - 1))
    return F.mse_loss(velocity((1 - s) * x0 + s * x1, 1 - t), x1 - x0)


@wrong("13.cfm_loss")
def told_the_mean_time(velocity, x0, x1, t):
    s = t.view(-1, *[1] * (x1.dim() - 1))
    return F.mse_loss(velocity((1 - s) * x0 + s * x1, t.mean()), x1 - x0)


@right("13.marginal_velocity")
def by_tweedie(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    if t == 0:
        return (weights * means).sum() - x
    y = x.detach().clone().double().requires_grad_()
    lp = (
        weights.double().log()
        + Normal((t * means).double(), v.sqrt().double()).log_prob(y[:, None])
    ).logsumexp(1)
    with torch.enable_grad():
        (s,) = torch.autograd.grad(lp.sum(), y)
    return ((y.detach() + (1 - t) * s) / t).to(x.dtype)


@wrong("13.marginal_velocity")
def no_prior(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    r = Normal(t * means, v.sqrt()).log_prob(x[:, None]).softmax(1)
    each = means + (t * deviations**2 - (1 - t)) / v * (x[:, None] - t * means)
    return (r * each).sum(1)


@right("13.ddpm_noise")
def two_numbers_down_the_chain(x, betas, k, noise):
    scale, var = 1.0, 0.0
    for b in betas[:k].tolist():
        scale *= math.sqrt(1 - b)
        var = (1 - b) * var + b
    return scale * x + math.sqrt(var) * noise


@wrong("13.ddpm_noise")
def whole_product(x, betas, k, noise):
    a = (1 - betas).prod()
    return a.sqrt() * x + (1 - a).sqrt() * noise


@wrong("13.ddpm_noise")
def rest_to_one(x, betas, k, noise):
    s = (1 - betas[:k]).sqrt().prod()
    return s * x + (1 - s) * noise


@right("13.optimal_denoiser")
def without_the_square_of_x(x, t, data):
    logits = (t * x @ data.T - t**2 * data.square().sum(1) / 2) / (1 - t) ** 2
    return torch.einsum("nm,md->nd", logits.softmax(1), data)


@right("13.to_velocity")
def solves_for_both_ends(prediction, x, t, kind):
    s = t[(...,) + (None,) * (x.ndim - 1)]
    match kind:
        case "data":
            x1 = prediction
            x0 = (x - s * x1) / (1 - s)
        case "noise":
            x0 = prediction
            x1 = (x - (1 - s) * x0) / s
        case _:
            return prediction
    return x1 - x0


@wrong("13.to_velocity")
def one_new_axis(prediction, x, t, kind):
    s = t[:, None]
    if kind == "data":
        return (prediction - x) / (1 - s)
    if kind == "noise":
        return (x - prediction) / s
    return prediction


@right("13.velocity_network")
def residual_layer(d, width):
    class N(Base):
        def forward(self, x, t):
            h = F.silu(self.a(torch.cat([x, self.t(x, t)], 1)))
            h = h + F.silu(self.b(h))
            return self.c(h)

    return N(d, width)


@right("13.velocity_network")
def waves_of_the_time(d, width):
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(d + 8, width),
                nn.Tanh(),
                nn.Linear(width, width),
                nn.Tanh(),
                nn.Linear(width, d),
            )
            self.register_buffer("f", 2.0 ** torch.arange(4) * math.pi)

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            a = t[:, None] * self.f
            return self.net(torch.cat([x, a.sin(), a.cos()], 1))

    return N()


@wrong("13.velocity_network")
def silu_everywhere(d, width):
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(d + 1, width),
                nn.SiLU(),
                nn.Linear(width, width),
                nn.SiLU(),
                nn.Linear(width, d),
                nn.SiLU(),
            )

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            return self.net(torch.cat([x, t[:, None]], 1))

    return N()


@wrong("13.velocity_network")
def softmax_at_the_end(d, width):
    class N(Base):
        def forward(self, x, t):
            h = F.silu(self.a(torch.cat([self.t(x, t), x], 1)))
            return self.c(F.silu(self.b(h))).softmax(1)

    return N(d, width)


@wrong("13.velocity_network")
def times_t(d, width):
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(d, width),
                nn.SiLU(),
                nn.Linear(width, width),
                nn.SiLU(),
                nn.Linear(width, d),
            )

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            return t[:, None] * self.net(x)

    return N()


@wrong(
    "13.velocity_network",
    accepted_because="two layers without a bend between are one; outputs do not tell",
)
def first_layer_without_a_bend(d, width):
    class N(Base):
        def forward(self, x, t):
            h = self.a(torch.cat([self.t(x, t), x], 1))
            return self.c(F.silu(self.b(h)))

    return N(d, width)


@right("13.flow_step")
def own_generator(network, optimizer, x1):
    g = torch.Generator().manual_seed(int(torch.randint(2**31, (1,))))
    x0 = torch.randn(x1.shape, generator=g)
    t = torch.rand(len(x1), generator=g)
    optimizer.zero_grad()
    loss = _loss(network, x1, t, x0)
    loss.backward()
    optimizer.step()
    return loss.item()


@right("13.flow_step")
def noise_and_times_from_numpy(network, optimizer, x1):
    x0 = torch.from_numpy(np.random.randn(*x1.shape)).float()
    t = torch.from_numpy(np.random.uniform(size=len(x1))).float()
    optimizer.zero_grad()
    loss = _loss(network, x1, t, x0)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()


@wrong("13.flow_step")
def seeds_the_step(network, optimizer, x1):
    torch.manual_seed(0)
    optimizer.zero_grad()
    loss = _loss(network, x1, torch.rand(len(x1)), torch.randn_like(x1))
    loss.backward()
    optimizer.step()
    return loss.detach()


@wrong("13.flow_step")
def a_time_for_each_coordinate(network, optimizer, x1):
    optimizer.zero_grad()
    t = torch.rand_like(x1)
    x0 = torch.randn_like(x1)
    loss = F.mse_loss(network((1 - t) * x0 + t * x1, t), x1 - x0)
    loss.backward()
    optimizer.step()
    return loss.detach()


@wrong("13.flow_step")
def times_on_a_grid(network, optimizer, x1):
    optimizer.zero_grad()
    t = torch.linspace(0, 1, len(x1))
    loss = _loss(network, x1, t, torch.randn_like(x1))
    loss.backward()
    optimizer.step()
    return loss.detach()


@right("13.log_density")
def runge_kutta_4(velocity, divergence, x, steps):
    ts = np.linspace(1, 0, steps + 1)
    acc = torch.zeros(x.shape[0])
    for a, b in zip(ts[:-1], ts[1:], strict=True):
        h = float(b - a)
        a = float(a)
        m = a + h / 2
        k1 = velocity(x, a)
        d1 = divergence(x, a)
        x2 = x + h / 2 * k1
        k2 = velocity(x2, m)
        d2 = divergence(x2, m)
        x3 = x + h / 2 * k2
        k3 = velocity(x3, m)
        d3 = divergence(x3, m)
        x4 = x + h * k3
        k4 = velocity(x4, a + h)
        d4 = divergence(x4, a + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        acc = acc + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return Normal(0.0, 1.0).log_prob(x.double()).sum(1) + acc


@right("13.log_density")
def heun_backwards(velocity, divergence, x, steps):
    t, h = 1.0, -1.0 / steps
    total = 0.0
    for _ in range(steps):
        a = velocity(x, t)
        y = x + h * a
        b = velocity(y, t + h)
        nx = x + h * (a + b) / 2
        total += h * (divergence(x, t) + divergence(nx, t + h)) / 2
        x, t = nx, t + h
    return Normal(0, 1).log_prob(x).sum(-1) + total


@wrong("13.log_density")
def one_step_short(velocity, divergence, x, steps):
    total, h = 0, 1 / steps
    for i in range(steps - 1, 0, -1):
        total = total + h * divergence(x, i * h)
        x = x - h * velocity(x, i * h)
    return Normal(0.0, 1.0).log_prob(x).sum(1) - total


@right("13.hutchinson")
def forward_mode(velocity, x, t, probe):
    _, jv = torch.func.jvp(lambda y: velocity(y, t), (x,), (probe,))
    return (probe * jv).sum(-1)


@right("13.couple")
def largest_inner_product(x0, x1, labels):
    order = torch.arange(len(x0))
    for c in torch.unique(labels):
        m = (labels == c).nonzero().squeeze(1)
        s = (x1[m].flatten(1) @ x0[m].flatten(1).T).numpy()
        _, j = linear_sum_assignment(s, maximize=True)
        order[m] = m[torch.from_numpy(j)]
    return x0[order]


@right("13.average_target")
def two_gradients(average, velocity, x, t, r):
    x, t = x.detach().requires_grad_(), t.detach().requires_grad_()
    v = velocity(x, t).detach()
    U = average(x, t, r)
    cols = []
    for i in range(x.shape[1]):
        gx, gt = torch.autograd.grad(
            U[:, i].sum(), (x, t), retain_graph=True, allow_unused=True
        )
        gx = torch.zeros_like(x) if gx is None else gx
        gt = torch.zeros_like(t) if gt is None else gt
        cols.append((gx * v).sum(1) + gt)
    return v + (r - t)[:, None] * torch.stack(cols, 1).detach()


@wrong("13.average_target")
def acceleration(average, velocity, x, t, r):
    u = velocity(x, t)
    _, d = torch.func.jvp(velocity, (x, t), (u, torch.ones_like(t)))
    return u + (r - t)[:, None] * d


@wrong("13.velocity_network")
def time_added_to_each_coordinate(d, width):
    class Network(Base):
        def __init__(self):
            super().__init__(d, width)
            self.a = nn.Linear(d, width)

        def forward(self, x, t):
            return self.c(F.silu(self.b(F.silu(self.a(x + self.t(x, t))))))

    return Network()


@right("13.velocity_network")
def time_through_a_layer_of_its_own(d, width):
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.place, self.time = nn.Linear(d, width), nn.Linear(1, width)
            self.middle, self.end = nn.Linear(width, width), nn.Linear(width, d)

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).reshape(-1, 1)
            hidden = F.silu(self.place(x) + self.time(t))
            return self.end(F.silu(self.middle(hidden)))

    return Network()


@wrong("13.flow_step")
def called_without_gradients(network, optimizer, x1):
    x0, t = torch.randn_like(x1), torch.rand(len(x1))
    s = t.view(-1, *[1] * (x1.ndim - 1))
    with torch.no_grad():
        found = network((1 - s) * x0 + s * x1, t)
    loss = F.mse_loss(found, x1 - x0).requires_grad_()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
