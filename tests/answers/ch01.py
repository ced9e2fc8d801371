"""Chapter 01's exercises as other people answer them."""

import math
from itertools import accumulate

import numpy as np
import torch
from scipy import integrate, special, stats

from tests.answers import right, wrong

# --- inverse_cdf ---------------------------------------------------------------------


@right("01.inverse_cdf")
def by_cumulative_trapezoid(x, p, u):
    F = integrate.cumulative_trapezoid(p, x, initial=0)
    return np.interp(u, F / F[-1], x)


@right("01.inverse_cdf")
def by_counting_places(x, p, u):
    F = np.cumsum(p) / np.sum(p)
    return x[(F[None, :] < u[:, None]).sum(axis=1)]


@right("01.inverse_cdf")
def by_a_loop_over_u(x, p, u):
    dx = (x[-1] - x[0]) / (len(x) - 1)
    F = list(accumulate(p * dx))
    found = []
    for one in u:
        i = 0
        while i < len(F) - 1 and F[i] < one:
            i += 1
        found.append(x[i])
    return np.array(found)


@right("01.inverse_cdf")
def by_argmax(x, p, u):
    F = np.cumsum(p * np.gradient(x))
    return x[np.argmax(u[:, None] <= F, axis=1)]


@right("01.inverse_cdf")
def in_torch(x, p, u):
    F = torch.cumsum(torch.from_numpy(p), 0)
    place = torch.searchsorted(F / F[-1], torch.from_numpy(u))
    return torch.from_numpy(x)[place].numpy()


@wrong("01.inverse_cdf")
def drawn_by_weight(x, p, u):
    rng = np.random.default_rng()
    return rng.choice(x, size=len(u), p=p / p.sum())


@wrong("01.inverse_cdf")
def returns_the_index(x, p, u):
    F = np.cumsum(p) * (x[1] - x[0])
    return np.searchsorted(F, u)


@wrong("01.inverse_cdf")
def evaluates_the_density_there(x, p, u):
    F = np.cumsum(p) * (x[1] - x[0])
    return np.interp(np.interp(u, F, x), x, p)


@wrong("01.inverse_cdf")
def cumsum_of_x(x, p, u):
    F = np.cumsum(x * p) * (x[1] - x[0])
    return np.interp(u, F, x)


@wrong("01.inverse_cdf")
def divides_by_n(x, p, u):
    F = np.cumsum(p) / len(p)
    return np.interp(u, F, x)


@wrong("01.inverse_cdf")
def sorted_samples(x, p, u):
    F = np.cumsum(p) * (x[1] - x[0])
    return np.sort(np.interp(u, F, x))


@wrong("01.inverse_cdf")
def inverse_of_a_normal(x, p, u):
    dx = x[1] - x[0]
    mean = (x * p).sum() * dx
    std = math.sqrt(((x - mean) ** 2 * p).sum() * dx)
    return stats.norm.ppf(u, mean, std)


@wrong("01.inverse_cdf")
def rejection(x, p, u):
    rng = np.random.default_rng(0)
    place = x[0] + u * (x[-1] - x[0])
    height = rng.random(len(u)) * p.max()
    return place[height < np.interp(place, x, p)]


# --- push_density --------------------------------------------------------------------


@right("01.push_density")
def with_the_slope_of_the_inverse(x, p_z, inverse, slope):
    dz_dx = 1.0 / slope(inverse(x))
    return p_z(inverse(x)) * abs(dz_dx)


@right("01.push_density")
def point_by_point(x, p_z, inverse, slope):
    out = np.empty(len(x))
    for i in range(len(x)):
        z = inverse(x[i : i + 1])
        out[i] = (p_z(z) / np.abs(slope(z)))[0]
    return out


@right("01.push_density")
def by_sign(x, p_z, inverse, slope):
    z = inverse(x)
    s = slope(z)
    return p_z(z) * np.sign(s) / s


@right("01.push_density")
def with_log_det(x, p_z, inverse, slope):
    z = inverse(x)
    log_det = 0.5 * np.log(slope(z) ** 2)
    return np.exp(np.log(p_z(z)) - log_det)


@right("01.push_density")
def with_where(x, p_z, inverse, slope):
    z = inverse(x)
    s = slope(z)
    return p_z(z) / np.where(s < 0, -s, s)


@wrong("01.push_density")
def slope_by_finite_difference_of_f(x, p_z, inverse, slope):
    z = inverse(x)
    return p_z(z) * np.abs(np.gradient(x, z))


@wrong("01.push_density")
def normalised_afterwards(x, p_z, inverse, slope):
    p = p_z(inverse(x))
    return p / (p.sum() * (x[1] - x[0]))


@wrong("01.push_density")
def maximum_with_zero(x, p_z, inverse, slope):
    z = inverse(x)
    return np.maximum(p_z(z) / slope(z), 0)


@wrong("01.push_density")
def logarithm_returned(x, p_z, inverse, slope):
    z = inverse(x)
    return np.log(p_z(z)) - np.log(np.abs(slope(z)))


@wrong("01.push_density")
def squared_slope(x, p_z, inverse, slope):
    z = inverse(x)
    return p_z(z) / slope(z) ** 2


@wrong("01.push_density")
def root_of_the_slope(x, p_z, inverse, slope):
    z = inverse(x)
    return p_z(z) / np.sqrt(np.abs(slope(z)))


@wrong("01.push_density")
def signs_multiplied(x, p_z, inverse, slope):
    z = inverse(x)
    return -p_z(z) / slope(z)


@wrong("01.push_density")
def absolute_outside(x, p_z, inverse, slope):
    return np.abs(p_z(inverse(x)) / slope(p_z(x)))


# --- fit_pixels ----------------------------------------------------------------------


@right("01.fit_pixels")
def with_einsum(ink):
    k = np.einsum("nhw->hw", ink.astype(int))
    return (2 * k + 1) / (2 * len(ink) + 2)


@right("01.fit_pixels")
def pixel_by_pixel(ink):
    n, height, width = ink.shape
    theta = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            theta[i, j] = (np.count_nonzero(ink[:, i, j]) + 0.5) / (n + 1)
    return theta


@right("01.fit_pixels")
def beta_posterior_mean(ink):
    a, b = 0.5 + ink.sum(0), 0.5 + (~ink).sum(0)
    return a / (a + b)


@right("01.fit_pixels")
def in_torch_pixels(ink):
    x = torch.as_tensor(ink).double()
    return ((x.sum(0) + 0.5) / (x.shape[0] + 1)).numpy()


@right("01.fit_pixels")
def running_mean(ink):
    theta = np.full(ink.shape[1:], 0.5)
    for n, one in enumerate(ink, 1):
        theta = theta + (one - theta) / (n + 1)
    return theta


@wrong("01.fit_pixels")
def laplace(ink):
    return (ink.sum(axis=0) + 1) / (len(ink) + 2)


@wrong("01.fit_pixels")
def share_clipped(ink):
    return ink.mean(axis=0).clip(1e-6, 1 - 1e-6)


@wrong("01.fit_pixels")
def half_for_each_pixel(ink):
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 0.5)


@wrong("01.fit_pixels")
def epsilon_added(ink):
    return ink.mean(axis=0) + 1e-8


@wrong("01.fit_pixels")
def along_the_wrong_axis(ink):
    return (ink.sum(axis=(1, 2)) + 0.5) / (ink[0].size + 1)


@wrong("01.fit_pixels")
def median(ink):
    return np.median(ink, axis=0)


@wrong("01.fit_pixels")
def counts_over_all_ink(ink):
    k = ink.sum(axis=0) + 0.5
    return k / k.sum()


@wrong("01.fit_pixels")
def floor_division(ink):
    return (ink.sum(axis=0) + 1 // 2) / (len(ink) + 1)


# --- log_likelihood ------------------------------------------------------------------


@right("01.log_likelihood")
def scipy_bernoulli(ink, theta):
    return stats.bernoulli.logpmf(ink.astype(int), theta).sum(axis=(1, 2))


@right("01.log_likelihood")
def xlogy(ink, theta):
    parts = special.xlogy(ink, theta) + special.xlog1py(~ink, -theta)
    return parts.reshape(len(ink), -1).sum(1)


@right("01.log_likelihood")
def with_einsum_of_logs(ink, theta):
    x = ink.astype(float)
    on, off = np.log(theta), np.log1p(-theta)
    return np.einsum("nij,ij->n", x, on) + np.einsum("nij,ij->n", 1 - x, off)


@right("01.log_likelihood")
def torch_cross_entropy(ink, theta):
    x, t = torch.tensor(ink).double(), torch.tensor(theta).double()
    loss = torch.nn.functional.binary_cross_entropy
    each = loss(t.expand(x.shape), x, reduction="none")
    return -each.flatten(1).sum(1).numpy()


@right("01.log_likelihood")
def three_loops(ink, theta):
    out = []
    for picture in ink:
        total = 0.0
        for row, chances in zip(picture.tolist(), theta.tolist(), strict=True):
            for x, t in zip(row, chances, strict=True):
                total += math.log(t if x else 1 - t)
        out.append(total)
    return np.array(out)


@wrong("01.log_likelihood")
def epsilon_in_the_logs(ink, theta):
    eps = 1e-3
    x = ink.astype(float)
    each = x * np.log(theta + eps) + (1 - x) * np.log(1 - theta + eps)
    return each.sum(axis=(1, 2))


@wrong("01.log_likelihood")
def colours_swapped(ink, theta):
    return np.where(ink, np.log(1 - theta), np.log(theta)).sum(axis=(1, 2))


@wrong("01.log_likelihood")
def probabilities_added(ink, theta):
    return np.where(ink, theta, 1 - theta).sum(axis=(1, 2))


@wrong("01.log_likelihood")
def log_of_the_sum(ink, theta):
    return np.log(np.where(ink, theta, 1 - theta).sum(axis=(1, 2)))


@wrong("01.log_likelihood")
def last_axis_only(ink, theta):
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=-1)


@wrong("01.log_likelihood")
def minus_for_plus(ink, theta):
    x = ink.astype(float)
    return (x * np.log(theta) - (1 - x) * np.log(1 - theta)).sum(axis=(1, 2))


@wrong("01.log_likelihood")
def log10_taken(ink, theta):
    return np.log10(np.where(ink, theta, 1 - theta)).sum(axis=(1, 2))


@wrong("01.log_likelihood")
def mean_over_pictures(ink, theta):
    each = np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=(1, 2))
    return each.mean()


@wrong("01.log_likelihood")
def log_of_the_mean(ink, theta):
    chances = np.where(ink, theta, 1 - theta).mean(axis=(1, 2))
    return theta.size * np.log(chances)


# --- ancestral -----------------------------------------------------------------------


@right("01.ancestral")
def zeros_and_ones(prior, theta, u_class, u_pixels):
    y = np.digitize(u_class, np.cumsum(prior))
    return (u_pixels < theta[y]).astype(int)


@right("01.ancestral")
def floats(prior, theta, u_class, u_pixels):
    F = np.cumsum(prior)
    y = [int(np.sum(u >= F)) for u in u_class]
    return np.where(u_pixels < theta[y], 1.0, 0.0)


@right("01.ancestral")
def class_by_argmax(prior, theta, u_class, u_pixels):
    y = (u_class[:, None] < np.cumsum(prior)).argmax(axis=1)
    return np.take(theta, y, axis=0) > u_pixels


@right("01.ancestral")
def one_hot_classes(prior, theta, u_class, u_pixels):
    edges = np.concatenate([[0.0], np.cumsum(prior)])
    hot = (u_class[:, None] >= edges[:-1]) & (u_class[:, None] < edges[1:])
    chance = np.einsum("nk,khw->nhw", hot.astype(float), theta)
    return u_pixels < chance


@right("01.ancestral")
def bytes_in_loops(prior, theta, u_class, u_pixels):
    out = np.zeros(u_pixels.shape, np.uint8)
    for n, u in enumerate(u_class):
        total = 0.0
        for k in range(len(prior)):
            total += prior[k]
            if u < total:
                break
        out[n] = u_pixels[n] < theta[k]
    return out


@wrong("01.ancestral")
def own_random_numbers(prior, theta, u_class, u_pixels):
    rng = np.random.default_rng()
    y = rng.choice(len(prior), size=len(u_class), p=prior)
    return rng.random(u_pixels.shape) < theta[y]


@wrong("01.ancestral")
def own_classes_given_pixels(prior, theta, u_class, u_pixels):
    y = torch.multinomial(torch.tensor(prior), len(u_class), replacement=True).numpy()
    return u_pixels < theta[y]


@wrong("01.ancestral")
def searches_the_prior(prior, theta, u_class, u_pixels):
    y = np.searchsorted(prior, u_class).clip(0, len(prior) - 1)
    return u_pixels < theta[y]


@wrong("01.ancestral")
def class_number_plus_one(prior, theta, u_class, u_pixels):
    y = (np.searchsorted(np.cumsum(prior), u_class) + 1).clip(0, len(prior) - 1)
    return u_pixels < theta[y]


@wrong("01.ancestral")
def compares_with_the_class_number(prior, theta, u_class, u_pixels):
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return u_class[:, None, None] < theta[y]


@wrong("01.ancestral")
def weighted_by_the_prior(prior, theta, u_class, u_pixels):
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return u_pixels < prior[y][:, None, None] * theta[y]


@wrong("01.ancestral")
def one_class_for_all(prior, theta, u_class, u_pixels):
    y = np.searchsorted(np.cumsum(prior), u_class[0], side="right")
    return u_pixels < theta[y]


@wrong("01.ancestral")
def a_class_for_each_pixel(prior, theta, u_class, u_pixels):
    y = np.searchsorted(np.cumsum(prior), u_pixels, side="right")
    rows, columns = np.indices(theta.shape[1:])
    return u_pixels < theta[y, rows, columns]


# --- kl ------------------------------------------------------------------------------


@right("01.kl")
def trapezoid(p, q, dx):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0.0)
    return np.trapezoid(terms, dx=dx)


@right("01.kl")
def scipy_rel_entr(p, q, dx):
    return special.rel_entr(p, q).sum() * dx


@right("01.kl")
def scipy_entropy(p, q, dx):
    # scipy divides by the sums, which are 1/dx here
    return stats.entropy(p * dx, q * dx)


@right("01.kl")
def with_kl_div(p, q, dx):
    # p log(p/q) - p + q; the last two cancel in the sum
    return dx * np.sum(special.kl_div(p, q))


@right("01.kl")
def torch_version(p, q, dx):
    a, b = torch.as_tensor(p, dtype=torch.float64), torch.as_tensor(q).double()
    return (torch.xlogy(a, a) - torch.xlogy(a, b)).sum() * dx


@right("01.kl")
def nansum(p, q, dx):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nansum(p * np.log(p / q)) * dx


@wrong("01.kl")
def mean_of_the_terms(p, q, dx):
    on = p > 0
    if np.any(q[on] == 0):
        return np.inf
    return np.mean(p[on] * np.log(p[on] / q[on]))


@wrong("01.kl")
def unweighted_ratio(p, q, dx):
    on = p > 0
    if np.any(q[on] == 0):
        return np.inf
    return np.sum(np.log(p[on] / q[on])) * dx


@wrong("01.kl")
def in_bits(p, q, dx):
    on = p > 0
    if np.any(q[on] == 0):
        return np.inf
    return np.sum(p[on] * np.log2(p[on] / q[on])) * dx


@wrong("01.kl")
def symmetrised(p, q, dx):
    return (special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()) * dx


@wrong("01.kl")
def clipped(p, q, dx):
    p, q = np.clip(p, 1e-10, None), np.clip(q, 1e-10, None)
    return np.sum(p * np.log(p / q)) * dx


@wrong("01.kl")
def torch_kl_div_wrong_way(p, q, dx):
    log_p = torch.tensor(p).clamp_min(1e-30).log()
    return torch.nn.functional.kl_div(log_p, torch.tensor(q), reduction="sum") * dx


@wrong("01.kl")
def jensen_shannon(p, q, dx):
    m = (p + q) / 2
    return (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) * dx / 2


@wrong("01.kl")
def absolute_log_ratio(p, q, dx):
    on = p > 0
    if np.any(q[on] == 0):
        return np.inf
    return np.sum(p[on] * np.abs(np.log(p[on] / q[on]))) * dx


# --- match_moments -------------------------------------------------------------------


@right("01.match_moments")
def as_an_array(weights, means, stds):
    m = weights @ means
    return np.array([m, np.sqrt(weights @ (stds**2 + means**2) - m * m)])


@right("01.match_moments")
def by_averages(weights, means, stds):
    m = np.average(means, weights=weights)
    within = np.average(stds**2, weights=weights)
    between = np.average((means - m) ** 2, weights=weights)
    return m, math.sqrt(within + between)


@right("01.match_moments")
def as_a_list_of_python_numbers(weights, means, stds):
    m = sum(w * a for w, a in zip(weights.tolist(), means.tolist(), strict=True))
    v = sum(
        w * (s * s + (a - m) ** 2)
        for w, a, s in zip(weights.tolist(), means.tolist(), stds.tolist(), strict=True)
    )
    return [m, v**0.5]


@right("01.match_moments")
def in_torch_moments(weights, means, stds):
    w, a, s = (torch.as_tensor(v).double() for v in (weights, means, stds))
    m = torch.dot(w, a)
    return m, (torch.dot(w, s.square()) + torch.dot(w, (a - m).square())).sqrt()


@right("01.match_moments")
def by_cov(weights, means, stds):
    m = np.einsum("k,k->", weights, means)
    between = np.cov(means, aweights=weights, ddof=0) if len(means) > 1 else 0.0
    return m, np.sqrt(between + np.dot(weights, stds**2))


@wrong("01.match_moments")
def stds_averaged(weights, means, stds):
    return float(weights @ means), float(weights @ stds)


@wrong("01.match_moments")
def stds_not_squared(weights, means, stds):
    m = (weights * means).sum()
    return m, (weights * (stds + (means - m) ** 2)).sum() ** 0.5


@wrong("01.match_moments")
def order_reversed(weights, means, stds):
    m = (weights * means).sum()
    return (weights * (stds**2 + (means - m) ** 2)).sum() ** 0.5, m


@wrong("01.match_moments")
def sum_of_normals(weights, means, stds):
    m = (weights * means).sum()
    return m, ((weights * stds) ** 2).sum() ** 0.5


@wrong("01.match_moments")
def product_of_gaussians(weights, means, stds):
    precision = weights / stds**2
    variance = 1 / precision.sum()
    return variance * (precision * means).sum(), variance**0.5


@wrong("01.match_moments")
def plus_for_minus(weights, means, stds):
    m = (weights * means).sum()
    return m, (weights * (stds**2 + means**2)).sum() ** 0.5 + m


@wrong("01.match_moments")
def sample_variance(weights, means, stds):
    m = np.mean(means)
    return m, np.sqrt(np.mean(stds**2) + np.var(means))


@wrong("01.match_moments")
def distances_not_squared(weights, means, stds):
    m = (weights * means).sum()
    return m, (weights * (stds + np.abs(means - m))).sum()


# --- class_posterior -----------------------------------------------------------------


@right("01.class_posterior")
def scipy_softmax(log_px, prior):
    return special.softmax(log_px + np.log(prior), axis=1)


@right("01.class_posterior")
def scipy_logsumexp(log_px, prior):
    joint = np.log(prior) + log_px
    return np.exp(joint - special.logsumexp(joint, axis=-1, keepdims=True))


@right("01.class_posterior")
def torch_softmax(log_px, prior):
    a = torch.tensor(log_px) + torch.tensor(prior).log()
    return torch.softmax(a, dim=1).numpy()


@right("01.class_posterior")
def by_pairs(log_px, prior):
    a = log_px + np.log(prior)
    with np.errstate(over="ignore"):
        ratio = np.exp(a[:, :, None] - a[:, None, :])  # [n, j, k]
    return 1 / ratio.sum(axis=1)


@right("01.class_posterior")
def row_by_row(log_px, prior):
    out = []
    for row in log_px.tolist():
        a = [v + math.log(w) for v, w in zip(row, prior.tolist(), strict=True)]
        top = max(a)
        e = [math.exp(v - top) for v in a]
        out.append([v / sum(e) for v in e])
    return np.array(out)


@wrong("01.class_posterior")
def global_maximum(log_px, prior):
    a = log_px + np.log(prior)
    e = np.exp(a - a.max())
    return e / e.sum(axis=1, keepdims=True)


@wrong("01.class_posterior")
def mean_taken_off(log_px, prior):
    a = log_px + np.log(prior)
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(a - a.mean(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


@wrong("01.class_posterior")
def epsilon_below(log_px, prior):
    e = np.exp(log_px) * prior
    return e / (e.sum(axis=1, keepdims=True) + 1e-12)


@wrong("01.class_posterior")
def prior_squared(log_px, prior):
    a = log_px + 2 * np.log(prior)
    return special.softmax(a, axis=1)


@wrong("01.class_posterior")
def normalised_by_the_maximum(log_px, prior):
    a = log_px + np.log(prior)
    return np.exp(a - a.max(axis=1, keepdims=True))


@wrong("01.class_posterior")
def prior_after_the_softmax(log_px, prior):
    return special.softmax(log_px, axis=1) * prior


@wrong("01.class_posterior")
def logs_divided(log_px, prior):
    a = log_px + np.log(prior)
    return a / a.sum(axis=1, keepdims=True)


@wrong("01.class_posterior")
def softmax_over_everything(log_px, prior):
    return special.softmax(log_px + np.log(prior))


@wrong("01.class_posterior")
def evidence_without_prior(log_px, prior):
    joint = log_px + np.log(prior)
    return np.exp(joint - special.logsumexp(log_px, axis=1, keepdims=True))


# --- mix_with_noise ------------------------------------------------------------------


@right("01.mix_with_noise")
def scipy_weights(log_p, log_noise, share):
    both = np.stack([log_p, log_noise])
    weights = np.array([1 - share, share])[:, None]
    return special.logsumexp(both, axis=0, b=weights)


@right("01.mix_with_noise")
def torch_logaddexp(log_p, log_noise, share):
    a = torch.from_numpy(log_p) + math.log1p(-share)
    b = torch.from_numpy(log_noise) + math.log(share)
    return torch.logaddexp(a, b).numpy()


@right("01.mix_with_noise")
def softplus_of_the_difference(log_p, log_noise, share):
    a, b = np.log1p(-share) + log_p, np.log(share) + log_noise
    return np.maximum(a, b) + np.log1p(np.exp(-np.abs(a - b)))


@right("01.mix_with_noise")
def in_a_loop(log_p, log_noise, share):
    out = []
    for a, b in zip(log_p, log_noise, strict=True):
        top = max(a, b)
        out.append(
            top + math.log((1 - share) * math.exp(a - top) + share * math.exp(b - top))
        )
    return np.array(out)


@right("01.mix_with_noise")
def in_bits_and_back(log_p, log_noise, share):
    a, b = log_p / np.log(2), log_noise / np.log(2)
    both = np.logaddexp2(a + np.log2(1 - share), b + np.log2(share))
    return both * np.log(2)


@wrong("01.mix_with_noise")
def larger_of_the_two(log_p, log_noise, share):
    return np.maximum(np.log(1 - share) + log_p, np.log(share) + log_noise)


@wrong("01.mix_with_noise")
def minus_share_for_log(log_p, log_noise, share):
    return np.logaddexp(1 - share + log_p, share + log_noise)


@wrong("01.mix_with_noise")
def epsilon_inside(log_p, log_noise, share):
    return np.log((1 - share) * np.exp(log_p) + share * np.exp(log_noise) + 1e-300)


@wrong("01.mix_with_noise")
def logs_multiplied(log_p, log_noise, share):
    return np.logaddexp(np.log(1 - share) * log_p, np.log(share) * log_noise)


@wrong("01.mix_with_noise")
def plain_logaddexp(log_p, log_noise, share):
    return np.logaddexp(log_p, log_noise)


@wrong("01.mix_with_noise")
def probability_returned(log_p, log_noise, share):
    return (1 - share) * np.exp(log_p) + share * np.exp(log_noise)


@wrong("01.mix_with_noise")
def even_shares(log_p, log_noise, share):
    return np.logaddexp(log_p, log_noise) - np.log(2)


@wrong("01.mix_with_noise")
def noise_not_weighed(log_p, log_noise, share):
    return np.logaddexp(np.log(1 - share) + log_p, log_noise)
