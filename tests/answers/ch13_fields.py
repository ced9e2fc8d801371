"""Answers to the exercises of chapter 13 on scores, denoisers, guidance and density."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong

# 13.score_from_velocity


@right("13.score_from_velocity")
def minus_noise_over_deviation(u, x, t):
    return -(x - t * u) / (1 - t)


@right("13.score_from_velocity")
def in_numpy_and_double(u, x, t):
    return (t * u.double().numpy() - x.double().numpy()) / (1.0 - t)


@right("13.score_from_velocity")
def with_a_tensor_of_time(u, x, t):
    t = torch.tensor(t)
    return torch.div(t * u - x, 1 - t)


@right("13.score_from_velocity")
def from_both_ends(u, x, t):
    x1 = x + (1 - t) * u
    x0 = x1 - u
    return -x0 / (1 - t)


@right("13.score_from_velocity")
def sum_with_addcmul(u, x, t):
    return torch.sub(u * t, x) * (1 - t) ** -1


@wrong("13.score_from_velocity")
def expected_noise(u, x, t):
    return x - t * u


@wrong("13.score_from_velocity")
def other_sign(u, x, t):
    return x / (1 - t) - t * u / (1 - t)


@wrong("13.score_from_velocity")
def over_the_variance(u, x, t):
    return -(x - t * u) / (1 - t) ** 2


@wrong("13.score_from_velocity")
def tweedie_data(u, x, t):
    return x + u - t * u


@wrong("13.score_from_velocity")
def over_t(u, x, t):
    return (t * u - x) / t if t else -x


@wrong("13.score_from_velocity")
def no_t_before_u(u, x, t):
    return (u - x) / (1 - t)


@wrong("13.score_from_velocity")
def as_in_reversed_time(u, x, t):
    return -((1 - t) * u + x) / (t + 1e-6)


# 13.ddpm_noise


@right("13.ddpm_noise")
def with_the_log(x, betas, k, noise):
    log_a = torch.log1p(-betas[:k]).sum()
    return torch.exp(0.5 * log_a) * x + torch.sqrt(-torch.expm1(log_a)) * noise


@right("13.ddpm_noise")
def with_math_prod(x, betas, k, noise):
    a = math.prod(1 - b for b in betas[:k].tolist())
    return math.sqrt(a) * x + math.sqrt(1 - a) * noise


@right("13.ddpm_noise")
def extract_as_in_labml(x, betas, k, noise):
    alpha_bar = torch.cumprod(1 - betas, 0).gather(-1, torch.tensor([k - 1]))
    mean, var = alpha_bar**0.5 * x, 1 - alpha_bar
    return mean + var**0.5 * noise


@right("13.ddpm_noise")
def in_numpy_arrays(x, betas, k, noise):
    a = np.cumprod(1 - betas.double().numpy())[k - 1]
    return np.sqrt(a) * x.numpy() + np.sqrt(1 - a) * noise.numpy()


@right("13.ddpm_noise")
def scale_and_deviation(x, betas, k, noise):
    scale = torch.ones(())
    for i in range(k):
        scale = scale * (1 - betas[i]).sqrt()
    return x * scale + noise * (1 - scale**2).sqrt()


@wrong("13.ddpm_noise")
def variance_as_factor(x, betas, k, noise):
    a = torch.cumprod(1 - betas, 0)[k - 1]
    return a.sqrt() * x + (1 - a) * noise


@wrong("13.ddpm_noise")
def indexed_by_k(x, betas, k, noise):
    a = torch.cumprod(1 - betas, 0)[min(k, len(betas) - 1)]
    return a.sqrt() * x + (1 - a).sqrt() * noise


@wrong("13.ddpm_noise")
def alpha_not_cumulative(x, betas, k, noise):
    a = 1 - betas[k - 1]
    return a.sqrt() * x + (1 - a).sqrt() * noise


@wrong("13.ddpm_noise")
def product_of_betas(x, betas, k, noise):
    b = torch.cumprod(betas, 0)[k - 1]
    return b.sqrt() * x + (1 - b).sqrt() * noise


@wrong("13.ddpm_noise")
def draws_noise(x, betas, k, noise):
    a = torch.cumprod(1 - betas, 0)[k - 1]
    return a.sqrt() * x + (1 - a).sqrt() * torch.randn_like(x)


@wrong("13.ddpm_noise")
def no_roots(x, betas, k, noise):
    a = torch.prod(1 - betas[:k])
    return a * x + (1 - a) * noise


@wrong("13.ddpm_noise")
def mean_of_betas(x, betas, k, noise):
    a = (1 - betas[:k].mean()) ** k
    return a.sqrt() * x + (1 - a).sqrt() * noise


# 13.optimal_denoiser


@right("13.optimal_denoiser")
def by_cdist(x, t, data):
    d2 = torch.cdist(x, t * data).pow(2)
    return F.softmax(-0.5 * d2 / (1 - t) ** 2, dim=-1) @ data


@right("13.optimal_denoiser")
def logsumexp_by_hand(x, t, data):
    e = -(x[:, None, :] - t * data[None, :, :]).pow(2).sum(-1) / 2 / (1 - t) ** 2
    w = torch.exp(e - torch.logsumexp(e, 1, keepdim=True))
    return torch.einsum("nm,md->nd", w, data)


@right("13.optimal_denoiser")
def by_normal_log_prob(x, t, data):
    normal = torch.distributions.Normal(t * data[None], 1 - t)
    log_w = normal.log_prob(x[:, None]).sum(-1)
    return (log_w - log_w.amax(1, keepdim=True)).softmax(1) @ data


@right("13.optimal_denoiser")
def in_double_with_the_largest_taken_off(x, t, data):
    x, data = x.double().numpy(), data.double().numpy()
    d = ((x[:, None] - t * data) ** 2).sum(2) / (2 * (1 - t) ** 2)
    w = np.exp(d.min(1, keepdims=True) - d)
    return w @ data / w.sum(1, keepdims=True)


@right("13.optimal_denoiser")
def one_row_at_a_time(x, t, data):
    def one(point):
        squares = ((point - t * data) ** 2).sum(-1)
        return torch.softmax(-squares / (2 * (1 - t) ** 2), 0) @ data

    return torch.stack([one(point) for point in x])


@wrong("13.optimal_denoiser")
def exp_and_divide(x, t, data):
    w = torch.exp(-(torch.cdist(x, t * data) ** 2) / (2 * (1 - t) ** 2))
    return (w / w.sum(1, keepdim=True)) @ data


@wrong("13.optimal_denoiser")
def clamped_sum(x, t, data):
    w = torch.exp(-(torch.cdist(x, t * data) ** 2) / (2 * (1 - t) ** 2))
    return (w / w.sum(1, keepdim=True).clamp(min=1e-12)) @ data


@wrong("13.optimal_denoiser")
def distance_from_data(x, t, data):
    return (-(torch.cdist(x, data) ** 2) / (2 * (1 - t) ** 2)).softmax(1) @ data


@wrong("13.optimal_denoiser")
def by_distance(x, t, data):
    return (-torch.cdist(x, t * data) / (2 * (1 - t) ** 2)).softmax(1) @ data


@wrong("13.optimal_denoiser")
def nearest(x, t, data):
    return data[torch.cdist(x, t * data).argmin(dim=1)]


@wrong("13.optimal_denoiser")
def softmax_down_the_columns(x, t, data):
    return (-(torch.cdist(x, t * data) ** 2) / (2 * (1 - t) ** 2)).softmax(0) @ data


@wrong("13.optimal_denoiser")
def mse_for_distance(x, t, data):
    squares = ((x[:, None] - t * data) ** 2).mean(-1)
    return (-squares / (2 * (1 - t) ** 2)).softmax(1) @ data


@wrong("13.optimal_denoiser")
def as_attention(x, t, data):
    return (x @ data.T / data.shape[1] ** 0.5).softmax(1) @ data


# 13.to_velocity


def _column(t, x):
    return t.reshape(len(t), *[1] * (x.ndim - 1))


@right("13.to_velocity")
def by_if(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "data":
        v = (prediction - x) / (1 - t)
    elif kind == "noise":
        v = (x - prediction) / t
    else:
        v = prediction
    return v


@right("13.to_velocity")
def functions_in_a_dict(prediction, x, t, kind):
    t = _column(t, x)
    ways = {
        "velocity": lambda: prediction,
        "data": lambda: prediction / (1 - t) - x / (1 - t),
        "noise": lambda: x / t - prediction / t,
    }
    return ways[kind]()


@right("13.to_velocity")
def noise_by_way_of_data(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "velocity":
        return prediction
    if kind == "noise":
        prediction = (x - (1 - t) * prediction) / t
    return (prediction - x) / (1 - t)


@right("13.to_velocity")
def with_moved_axes(prediction, x, t, kind):
    p, y = prediction.movedim(0, -1), x.movedim(0, -1)
    v = {"data": (p - y) / (1 - t), "noise": (y - p) / t, "velocity": p}[kind]
    return v.movedim(-1, 0)


@right("13.to_velocity")
def numpy_in_double(prediction, x, t, kind):
    p, y, s = (a.double().numpy() for a in (prediction, x, _column(t, x)))
    if kind == "velocity":
        return p
    return (p - y) / (1 - s) if kind == "data" else (y - p) / s


@wrong("13.to_velocity")
def difference_only(prediction, x, t, kind):
    return {"data": prediction - x, "noise": x - prediction}.get(kind, prediction)


@wrong("13.to_velocity")
def t_for_data(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "data":
        return (prediction - x) / t
    return (x - prediction) / (1 - t) if kind == "noise" else prediction


@wrong("13.to_velocity")
def noise_minus_x(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "data":
        return (prediction - x) / (1 - t)
    return (prediction - x) / t if kind == "noise" else prediction


@wrong("13.to_velocity")
def denoised_point(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "data":
        return (prediction - x) / (1 - t)
    return (x - (1 - t) * prediction) / t if kind == "noise" else prediction


@wrong("13.to_velocity")
def as_it_is(prediction, x, t, kind):
    return prediction


@wrong("13.to_velocity")
def words_mixed_up(prediction, x, t, kind):
    t = _column(t, x)
    if kind == "noise":
        return (prediction - x) / (1 - t)
    return (x - prediction) / t if kind == "data" else prediction


@wrong("13.to_velocity")
def data_left_in_place(prediction, x, t, kind):
    t = _column(t, x)
    return (x - prediction) / t if kind == "noise" else prediction


# 13.velocity_network


class _Body(nn.Module):
    def __init__(self, inputs, width, d):
        super().__init__()
        self.fc1 = nn.Linear(inputs, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, d)


def _rows(t, x):
    return torch.as_tensor(t, dtype=x.dtype).reshape(-1, 1).expand(len(x), 1)


@right("13.velocity_network")
def three_layers_with_relu(d, width):
    class Net(_Body):
        def forward(self, x, t):
            h = F.relu(self.fc1(torch.cat((x, _rows(t, x)), dim=-1)))
            return self.fc3(F.relu(self.fc2(h)))

    return Net(d + 1, width, d)


@right("13.velocity_network")
def torchcfm_style(d, width):
    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(d + 1, width),
                nn.SELU(),
                nn.Linear(width, width),
                nn.SELU(),
                nn.Linear(width, width),
                nn.SELU(),
                nn.Linear(width, d),
            )

        def forward(self, x, t):
            if not isinstance(t, torch.Tensor):
                t = torch.tensor(float(t))
            if t.dim() < 1:
                t = t.repeat(x.shape[0])
            return self.net(torch.cat([x, t.view(-1, 1).to(x)], 1))

    return MLP()


@right("13.velocity_network")
def time_added_to_the_hidden(d, width):
    class Net(_Body):
        def __init__(self):
            super().__init__(d, width, d)
            self.embed = nn.Sequential(
                nn.Linear(1, width), nn.SiLU(), nn.Linear(width, width)
            )

        def forward(self, x, t):
            h = self.fc1(x) + self.embed(_rows(t, x))
            return self.fc3(F.silu(self.fc2(F.silu(h))))

    return Net()


@right("13.velocity_network")
def random_waves(d, width):
    class Net(_Body):
        def __init__(self):
            super().__init__(d + 6, width, d)
            self.register_buffer("f", torch.randn(1, 3))

        def forward(self, x, t):
            a = _rows(t, x) * self.f.to(x) * 6.28
            z = torch.cat([x, torch.sin(a), torch.cos(a)], -1)
            return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(z)))))

    return Net()


@right("13.velocity_network")
def bare_parameters(d, width):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = [(d + 1, width), (width, width), (width, d)]
            self.W = nn.ParameterList([torch.randn(a, b) / a**0.5 for a, b in sizes])
            self.b = nn.ParameterList([torch.zeros(b) for _, b in sizes])

        def forward(self, x, t):
            h = torch.hstack([x, _rows(t, x)])
            for i in range(3):
                h = h @ self.W[i] + self.b[i]
                h = F.gelu(h) if i < 2 else h
            return h

    return Net()


@wrong("13.velocity_network")
def forgot_the_time(d, width):
    class Net(_Body):
        def forward(self, x, t):
            return self.fc3(F.silu(self.fc2(F.silu(self.fc1(x)))))

    return Net(d, width, d)


@wrong("13.velocity_network")
def tanh_at_the_end(d, width):
    class Net(_Body):
        def forward(self, x, t):
            h = F.silu(self.fc1(torch.cat([x, _rows(t, x)], 1)))
            return torch.tanh(self.fc3(F.silu(self.fc2(h))))

    return Net(d + 1, width, d)


@wrong("13.velocity_network")
def needs_a_tensor(d, width):
    class Net(_Body):
        def forward(self, x, t):
            h = F.silu(self.fc1(torch.cat([x, t.view(-1, 1).to(x)], 1)))
            return self.fc3(F.silu(self.fc2(h)))

    return Net(d + 1, width, d)


@wrong("13.velocity_network")
def normalised_over_the_batch(d, width):
    class Net(_Body):
        def __init__(self):
            super().__init__(d + 1, width, d)
            self.norm = nn.BatchNorm1d(width)

        def forward(self, x, t):
            h = F.silu(self.norm(self.fc1(torch.cat([x, _rows(t, x)], 1))))
            return self.fc3(F.silu(self.fc2(h)))

    return Net()


@wrong("13.velocity_network")
def linear_all_through(d, width):
    class Net(_Body):
        def forward(self, x, t):
            return self.fc3(self.fc2(self.fc1(torch.cat([x, _rows(t, x)], 1))))

    return Net(d + 1, width, d)


@wrong("13.velocity_network")
def shallow(d, width):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(d + 1, width), nn.Linear(width, d)

        def forward(self, x, t):
            return self.b(F.silu(self.a(torch.cat([x, _rows(t, x)], 1))))

    return Net()


@wrong("13.velocity_network")
def embedding_of_steps(d, width):
    class Net(_Body):
        def __init__(self):
            super().__init__(d + 4, width, d)
            self.table = nn.Embedding(10, 4)

        def forward(self, x, t):
            steps = _rows(t, x)[:, 0].long()
            z = torch.cat([x, self.table(steps).to(x)], 1)
            return self.fc3(F.silu(self.fc2(F.silu(self.fc1(z)))))

    return Net()


@wrong("13.velocity_network")
def too_few_outputs(d, width):
    class Net(_Body):
        def forward(self, x, t):
            h = F.silu(self.fc1(torch.cat([x, _rows(t, x)], 1)))
            return self.fc3(F.silu(self.fc2(h)))

    return Net(d + 1, width, 1)


# 13.guided_velocity


@right("13.guided_velocity")
def with_w(unconditional, conditional, guidance):
    w = guidance - 1
    return (1 + w) * conditional - w * unconditional


@right("13.guided_velocity")
def stretched_difference(unconditional, conditional, guidance):
    d = conditional - unconditional
    return unconditional + d * guidance


@right("13.guided_velocity")
def from_the_other_end(unconditional, conditional, guidance):
    return conditional + (guidance - 1) * (conditional - unconditional)


@right("13.guided_velocity")
def torch_add(unconditional, conditional, guidance):
    return torch.add(unconditional, conditional - unconditional, alpha=guidance)


@right("13.guided_velocity")
def stacked(unconditional, conditional, guidance):
    weights = torch.tensor([1 - guidance, guidance])
    return torch.einsum(
        "k,k...->...", weights, torch.stack([unconditional, conditional])
    )


@wrong("13.guided_velocity")
def one_plus_w(unconditional, conditional, guidance):
    return (1 + guidance) * conditional - guidance * unconditional


@wrong("13.guided_velocity")
def swapped(unconditional, conditional, guidance):
    return guidance * unconditional + (1 - guidance) * conditional


@wrong("13.guided_velocity")
def louder(unconditional, conditional, guidance):
    return conditional * guidance


@wrong("13.guided_velocity")
def without_the_base(unconditional, conditional, guidance):
    return (conditional - unconditional) * guidance


@wrong("13.guided_velocity")
def wrong_difference(unconditional, conditional, guidance):
    return unconditional - guidance * (conditional - unconditional)


@wrong("13.guided_velocity")
def root_of_guidance(unconditional, conditional, guidance):
    return unconditional + guidance**0.5 * (conditional - unconditional)


# 13.guided_variance


@right("13.guided_variance")
def geometric(unconditional, conditional, guidance):
    return unconditional * (conditional / unconditional) ** guidance


@right("13.guided_variance")
def with_torch(unconditional, conditional, guidance):
    u, c = torch.tensor([unconditional, conditional]).log()
    return torch.exp(torch.lerp(u, c, guidance))


@right("13.guided_variance")
def numpy_power(unconditional, conditional, guidance):
    return np.power(unconditional, 1 - guidance) * np.power(conditional, guidance)


@right("13.guided_variance")
def solved_numerically(unconditional, conditional, guidance, steps=20_000):
    def rate(square, t):
        return (t * square - (1 - t)) / ((1 - t) ** 2 + t**2 * square)

    t = (np.arange(steps) + 0.5) / steps
    both = (1 - guidance) * rate(unconditional, t) + guidance * rate(conditional, t)
    return float(np.exp(2 * both.mean()))


@right("13.guided_variance")
def squared_deviation(unconditional, conditional, guidance):
    s_u, s_c = unconditional**0.5, conditional**0.5
    return (s_u ** (1 - guidance) * s_c**guidance) ** 2


@wrong("13.guided_variance")
def of_the_tilted_law(unconditional, conditional, guidance):
    precision = 1 / unconditional + guidance * (1 / conditional - 1 / unconditional)
    return 1 / precision


@wrong("13.guided_variance")
def arithmetic(unconditional, conditional, guidance):
    return unconditional + guidance * (conditional - unconditional)


@wrong("13.guided_variance")
def standard_deviation(unconditional, conditional, guidance):
    return math.sqrt(unconditional * (conditional / unconditional) ** guidance)


@wrong("13.guided_variance")
def taken_for_deviations(unconditional, conditional, guidance):
    return unconditional ** (2 - 2 * guidance) * conditional ** (2 * guidance)


@wrong("13.guided_variance")
def sharpened(unconditional, conditional, guidance):
    return conditional / guidance if guidance else unconditional


@wrong("13.guided_variance")
def exponent_of_w(unconditional, conditional, guidance):
    return conditional * (conditional / unconditional) ** guidance
