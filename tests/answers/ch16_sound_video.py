"""Answers of other people to chapter 16's exercises on sound and video."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 16.string_loop


@right("16.string_loop")
def subtract_then_split(pitch, rate):
    samples = rate / pitch - 1 / 2
    n = int(samples - 0.1)
    d = samples - n
    return n, (1 - d) / (d + 1)


@right("16.string_loop")
def with_numpy_floor(pitch, rate):
    total = np.divide(rate, pitch)
    N = int(np.floor(total - 0.6))
    frac = total - 0.5 - N
    return N, float((1 - frac) / (1 + frac))


@right("16.string_loop")
def by_modf(pitch, rate):
    rest, whole = math.modf(rate / pitch - 0.6)
    rest += 0.1
    return int(whole), -(rest - 1) / (rest + 1)


@right("16.string_loop")
def by_correcting(pitch, rate):
    length = rate / pitch - 0.5
    n = math.floor(length)
    if length - n < 0.1:
        n -= 1
    return n, (1 - (length - n)) / (1 + (length - n))


@right("16.string_loop")
def as_a_list(pitch, rate):
    period = rate / pitch
    N = math.floor(period - 0.6)
    delta = period - N - 0.5
    return [N, (1 - delta) / (1 + delta)]


@wrong("16.string_loop")
def nearest_length(pitch, rate):
    return round(rate / pitch), 0.0


@wrong("16.string_loop")
def no_half(pitch, rate):
    period = rate / pitch
    N = math.floor(period - 0.1)
    return N, (1 - (period - N)) / (1 + (period - N))


@wrong("16.string_loop")
def plain_floor(pitch, rate):
    rest = rate / pitch - 0.5
    N = int(rest)
    return N, (1 - (rest - N)) / (1 + (rest - N))


@wrong("16.string_loop")
def fraction_only(pitch, rate):
    rest = rate / pitch - 0.5
    N = math.floor(rest - 0.1)
    return N, rest - N


@wrong("16.string_loop")
def inverse_period(pitch, rate):
    rest = pitch / rate - 0.5
    N = math.floor(rest - 0.1)
    return N, (1 - (rest - N)) / (1 + (rest - N))


@wrong("16.string_loop")
def minus_in_front(pitch, rate):
    rest = rate / pitch - 0.5
    N = math.floor(rest - 0.1)
    return N, (rest - N - 1) / (rest - N + 1)


# 16.whole_number_masses


@right("16.whole_number_masses")
def in_numpy(centre, scale, low, high):
    edges = np.arange(low, high) + 0.5
    F = 1 / (1 + np.exp(-np.clip((edges - centre) / scale, -60, 60)))
    return torch.tensor(np.diff(np.r_[0, F, 1])).float()


@right("16.whole_number_masses")
def number_by_number(centre, scale, low, high):
    def cdf(v):
        return torch.sigmoid(torch.tensor((v - centre) / scale)).item()

    table = []
    for x in range(low, high + 1):
        upper = 1.0 if x == high else cdf(x + 0.5)
        lower = 0.0 if x == low else cdf(x - 0.5)
        table.append(upper - lower)
    return torch.tensor(table)


@right("16.whole_number_masses")
def infinite_ends(centre, scale, low, high):
    edges = torch.arange(low, high + 2) - 0.5
    edges[0], edges[-1] = -torch.inf, torch.inf
    return ((edges - centre) / scale).sigmoid().diff()


@right("16.whole_number_masses")
def padded(centre, scale, low, high):
    inner = torch.sigmoid((torch.arange(low, high) + 0.5 - centre) / scale)
    F_ = F.pad(inner, (1, 0), value=0.0)
    return F.pad(F_, (0, 1), value=1.0).diff()


@right("16.whole_number_masses")
def tails_added_after(centre, scale, low, high):
    edges = (torch.arange(low, high + 2).double() - 0.5 - centre) / scale
    F_ = edges.sigmoid()
    p = F_[1:] - F_[:-1]
    p[0] += F_[0]
    p[-1] += (-edges[-1]).sigmoid()
    return p.float()


@wrong("16.whole_number_masses")
def pdf_at_points(centre, scale, low, high):
    z = (torch.arange(low, high + 1) - centre) / scale
    return torch.exp(-z) / (scale * (1 + torch.exp(-z)) ** 2)


@wrong("16.whole_number_masses")
def softmaxed_distance(centre, scale, low, high):
    return torch.softmax(-(torch.arange(low, high + 1) - centre).abs() / scale, 0)


@wrong("16.whole_number_masses")
def without_tails(centre, scale, low, high):
    x = torch.arange(low, high + 1)
    up, down = (x + 0.5 - centre) / scale, (x - 0.5 - centre) / scale
    return up.sigmoid() - down.sigmoid()


@wrong("16.whole_number_masses")
def erf_table(centre, scale, low, high):
    edges = torch.arange(low, high) + 0.5
    F_ = 0.5 * (1 + torch.erf((edges - centre) / scale / 2**0.5))
    return torch.cat([torch.zeros(1), F_, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def shifted_by_half(centre, scale, low, high):
    F_ = torch.sigmoid((torch.arange(low, high).float() - centre) / scale)
    return torch.cat([torch.zeros(1), F_, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def without_the_last(centre, scale, low, high):
    F_ = torch.sigmoid((torch.arange(low, high - 1) + 0.5 - centre) / scale)
    return torch.cat([torch.zeros(1), F_, torch.ones(1)]).diff()


# 16.both_futures


@right("16.both_futures")
def with_lerp(a, b, p):
    gap = F.mse_loss(a, b)
    return torch.lerp(b, a, p), p * (1 - p) * gap, 2 * p * (1 - p) * gap


@right("16.both_futures")
def by_plugging_in(a, b, p):
    c = p * a + (1 - p) * b
    error = p * ((a - c) ** 2).mean() + (1 - p) * ((b - c) ** 2).mean()
    return c, error, error * 2


@right("16.both_futures")
def by_agreement(a, b, p):
    differs = 1 - p**2 - (1 - p) ** 2
    gap = ((a - b) ** 2).mean()
    return a * p + b * (1 - p), gap * differs / 2, gap * differs


@right("16.both_futures")
def by_bias_and_variance(a, b, p):
    mean = p * a + (1 - p) * b
    variance = (p * (1 - p) * (a - b) ** 2).mean()
    return mean, variance, variance + variance


@right("16.both_futures")
def flattened(a, b, p):
    d = a.numel()
    gap = torch.dot((a - b).flatten(), (a - b).flatten()) / d
    return b - p * (b - a), (p - p * p) * gap, (2 * p - 2 * p * p) * gap


@wrong("16.both_futures")
def midpoint(a, b, p):
    gap = F.mse_loss(a, b)
    return (a + b) / 2, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def argmax_future(a, b, p):
    gap = F.mse_loss(a, b)
    return (a if p > 0.5 else b), min(p, 1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def sum_of_squares(a, b, p):
    gap = F.mse_loss(a, b, reduction="sum")
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def draws_are_free(a, b, p):
    gap = F.mse_loss(a, b)
    return p * a + (1 - p) * b, p * (1 - p) * gap, 0 * gap


@wrong("16.both_futures")
def l1_errors(a, b, p):
    gap = F.l1_loss(a, b)
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def draw_half_as_bad(a, b, p):
    gap = F.mse_loss(a, b)
    return p * a + (1 - p) * b, 2 * p * (1 - p) * gap, p * (1 - p) * gap


# 16.bounce


@right("16.bounce")
def with_while(start, speed, frames, low, high):
    out = torch.empty(frames)
    for t in range(frames):
        x = start + speed * t
        while not low <= x <= high:
            x = 2 * low - x if x < low else 2 * high - x
        out[t] = x
    return out


@right("16.bounce")
def with_where(start, speed, frames, low, high):
    L = high - low
    u = torch.remainder(start - low + speed * torch.arange(frames), 2 * L)
    return low + torch.where(u > L, 2 * L - u, u)


@right("16.bounce")
def velocity_flips(start, speed, frames, low, high):
    x, xs = start, [start]
    while len(xs) < frames:
        x = x + speed
        if x > high or x < low:
            wall = high if x > high else low
            x = wall - (x - wall)
            speed *= -1
        xs.append(x)
    return torch.tensor(xs)


@right("16.bounce")
def by_counting_rooms(start, speed, frames, low, high):
    L = high - low
    u = np.arange(frames) * speed + start - low
    room = np.floor(u / L)
    inside = u - room * L
    return torch.tensor(low + np.where(room % 2 == 0, inside, L - inside)).float()


@right("16.bounce")
def with_minimum(start, speed, frames, low, high):
    L = high - low
    u = (start - low + speed * torch.arange(frames)) % (2 * L)
    return torch.minimum(u, 2 * L - u) + low


@wrong("16.bounce")
def flips_too_late(start, speed, frames, low, high):
    xs, x = [], start
    for _ in range(frames):
        xs.append(x)
        if x >= high or x <= low:
            speed = -speed
        x += speed
    return torch.tensor(xs)


@wrong("16.bounce")
def clips_and_flips(start, speed, frames, low, high):
    xs, x = [], start
    for _ in range(frames):
        xs.append(x)
        x += speed
        if x > high or x < low:
            x, speed = min(max(x, low), high), -speed
    return torch.tensor(xs)


@wrong("16.bounce")
def torus(start, speed, frames, low, high):
    return (start - low + speed * torch.arange(frames)) % (high - low) + low


@wrong("16.bounce")
def only_upper_wall(start, speed, frames, low, high):
    x = start + speed * torch.arange(frames)
    return torch.where(x > high, 2 * high - x, x)


@wrong("16.bounce")
def folded_absolute(start, speed, frames, low, high):
    L = high - low
    u = start + speed * torch.arange(frames)
    return high - (u % (2 * L) - L).abs()


@wrong("16.bounce")
def from_frame_one(start, speed, frames, low, high):
    L = high - low
    u = (start - low + speed * torch.arange(1, frames + 1)) % (2 * L)
    return low + torch.minimum(u, 2 * L - u)
