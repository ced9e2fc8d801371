"""Answers to the exercises of chapter 08 as other people write them."""

import math

import numpy as np
import torch
from scipy import integrate, special, stats
from torch.nn import functional as F

from tests.answers import right, wrong

# 08.log_likelihood


@right("08.log_likelihood")
def einsum_of_logits(x, logits):
    return torch.einsum("nchw,nchw->n", x, logits) - F.softplus(logits).sum((1, 2, 3))


@right("08.log_likelihood")
def where_ink_is(x, logits):
    each = torch.where(x > 0.5, F.logsigmoid(logits), F.logsigmoid(-logits))
    return each.reshape(len(x), -1).sum(-1)


@right("08.log_likelihood")
def stable_by_hand(x, logits):
    # max(a, 0) + log(1 + exp(-|a|)) is softplus without overflow
    softplus = torch.clamp(logits, min=0) + torch.log1p(torch.exp(-logits.abs()))
    return (x * logits - softplus).view(x.size(0), -1).sum(dim=1)


@right("08.log_likelihood")
def independent_bernoulli(x, logits):
    pixels = torch.distributions.Bernoulli(logits=logits)
    return torch.distributions.Independent(pixels, 3).log_prob(x)


@right("08.log_likelihood")
def in_double(x, logits):
    a, x = logits.double(), x.double()
    return (x * a - torch.logaddexp(a, torch.zeros_like(a))).sum(dim=(1, 2, 3))


@wrong("08.log_likelihood")
def sigmoid_twice(x, logits):
    return -F.binary_cross_entropy_with_logits(
        torch.sigmoid(logits), x, reduction="none"
    ).sum((1, 2, 3))


@wrong("08.log_likelihood")
def mean_over_the_batch(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


@wrong("08.log_likelihood")
def torch_default_reduction(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x)


@wrong("08.log_likelihood")
def arguments_swapped(x, logits):
    return -F.binary_cross_entropy_with_logits(x, logits, reduction="none").sum(
        (1, 2, 3)
    )


@wrong("08.log_likelihood")
def with_an_epsilon(x, logits):
    p = torch.sigmoid(logits)
    each = x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)
    return each.sum((1, 2, 3))


@wrong("08.log_likelihood")
def exp_overflows(x, logits):
    return (x * logits - torch.log(1 + torch.exp(logits))).flatten(1).sum(1)


# 08.mass


@right("08.mass")
def by_the_difference(pi):
    p = pi.double()
    a = p.log() - (1 - p).log()
    safe = torch.where(a == 0, torch.ones_like(a), a)
    return torch.where(a == 0, torch.full_like(a, 0.5), (p - (1 - p)) / safe)


@right("08.mass")
def in_numpy(pi):
    p = pi.numpy().astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (2 * p - 1) / special.logit(p)
    return torch.from_numpy(np.where(np.isclose(p, 0.5), 0.5, ratio))


@right("08.mass")
def scipy_quad(pi):
    flat = [
        integrate.quad(lambda x, p=p: p**x * (1 - p) ** (1 - x), 0, 1)[0]
        for p in pi.flatten().tolist()
    ]
    return torch.tensor(flat, dtype=pi.dtype).view(pi.shape)


@right("08.mass")
def nan_replaced(pi):
    return torch.nan_to_num((2 * pi - 1) / torch.logit(pi), nan=0.5)


@right("08.mass")
def by_expm1(pi):
    a = torch.logit(pi)
    # (1 - pi) (e^a - 1) / a
    out = (1 - pi) * torch.expm1(a) / torch.where(a == 0, torch.ones_like(a), a)
    out[a == 0] = 0.5
    return out


@wrong("08.mass")
def one_at_the_even_coin(pi):
    a = torch.logit(pi)
    return torch.where(a == 0, torch.ones_like(a), (2 * pi - 1) / a)


@wrong("08.mass")
def nought_at_the_even_coin(pi):
    return torch.nan_to_num((2 * pi - 1) / torch.logit(pi))


@wrong("08.mass")
def base_two(pi):
    a = torch.log2(pi / (1 - pi))
    return torch.where(a == 0, torch.full_like(a, 0.5), (2 * pi - 1) / a)


@wrong("08.mass")
def log_of_the_mass(pi):
    a = torch.logit(pi)
    m = torch.where(a == 0, torch.full_like(a, 0.5), (2 * pi - 1) / a)
    return m.log()


@wrong("08.mass")
def at_one_half(pi):
    return (pi * (1 - pi)).sqrt()  # the integrand at x = 1/2


@wrong("08.mass")
def logarithms_divided(pi):
    even = pi == 0.5
    ratio = (2 * pi - 1) / (pi.log() / (1 - pi).log())
    return torch.where(even, torch.full_like(pi, 0.5), ratio)


# 08.posterior


@right("08.posterior")
def as_tensors(x, w, s):
    variance = 1 / (1 + torch.tensor(w) ** 2 / torch.tensor(s) ** 2)
    return variance * w * x / s**2, variance


@right("08.posterior")
def one_variance_each(x, w, s):
    M = w * w + s * s
    return x * (w / M), torch.full_like(x, s * s / M)


@right("08.posterior")
def by_kalman(x, w, s):
    gain = w / (w**2 + s**2)  # of a filter with prior mean 0, variance 1
    return 0 + gain * (x - w * 0), (1 - gain * w) * 1


@right("08.posterior")
def package_in_one_dimension(x, w, s):
    W, eye = np.array([[w]]), np.eye(1)
    S = np.linalg.inv(eye + W.T @ W / s**2)
    return torch.as_tensor((S @ W.T).item() / s**2) * x, S.item()


@right("08.posterior")
def a_list(x, w, s):
    k = 1 / math.hypot(w, s) ** 2
    return [k * w * x, k * s**2]


@wrong("08.posterior")
def variance_with_w(x, w, s):
    M = w**2 + s**2
    return w * x / M, w**2 / M


@wrong("08.posterior")
def mean_with_s(x, w, s):
    M = w**2 + s**2
    return w * x / M * s**2, s**2 / M


@wrong("08.posterior")
def ridge_penalty_inverted(x, w, s):
    M = w**2 + 1 / s**2
    return w * x / M, 1 / M


@wrong("08.posterior")
def standard_deviations_added(x, w, s):
    M = (abs(w) + s) ** 2
    return w * x / M, s**2 / M


@wrong("08.posterior")
def returned_the_other_way(x, w, s):
    M = w**2 + s**2
    return s**2 / M, w * x / M


@wrong("08.posterior")
def least_squares(x, w, s):
    return x / w, (s / w) ** 2


# 08.importance_bound


@right("08.importance_bound")
def mean_exp_in_double(log_w):
    m = log_w.double().amax(0, keepdim=True)
    return (m + torch.log(torch.mean(torch.exp(log_w.double() - m), 0)))[0]


@right("08.importance_bound")
def by_scipy(log_w):
    k = log_w.shape[0]
    return torch.from_numpy(special.logsumexp(log_w.numpy(), axis=0) - np.log(k))


@right("08.importance_bound")
def weights_inside(log_w):
    return torch.logsumexp(log_w - math.log(log_w.size(0)), 0)


@right("08.importance_bound")
def by_softmax(log_w):
    # log sum w = log w_i - log softmax_i, for any i
    total = log_w[0] - F.log_softmax(log_w, dim=0)[0]
    return total - np.log(len(log_w))


@right("08.importance_bound")
def mixture_of_equal_parts(log_w):
    parts = torch.stack([column.logsumexp(0) for column in log_w.unbind(1)])
    return parts - torch.log(torch.tensor(log_w.shape[0], dtype=log_w.dtype))


@wrong("08.importance_bound")
def mean_of_everything(log_w):
    return (torch.logsumexp(log_w, 0) - math.log(len(log_w))).mean()


@wrong("08.importance_bound")
def log_of_images(log_w):
    return torch.logsumexp(log_w, 0) - math.log(log_w.shape[1])


@wrong("08.importance_bound")
def self_normalised(log_w):
    w = torch.softmax(log_w, 0)  # the gradient's weights of an IWAE
    return (w * log_w).sum(0)


@wrong("08.importance_bound")
def log_two_of_k(log_w):
    return torch.logsumexp(log_w, 0) - math.log2(len(log_w))


@wrong("08.importance_bound")
def divided_by_k(log_w):
    return torch.logsumexp(log_w, 0) / len(log_w)


@wrong("08.importance_bound")
def as_a_loss(log_w):
    return math.log(len(log_w)) - torch.logsumexp(log_w, 0)


# 08.kl


@right("08.kl")
def as_in_the_pytorch_example(mean, log_variance):
    return -0.5 * torch.sum(
        1 + log_variance - mean.pow(2) - torch.exp(log_variance), dim=1
    )


@right("08.kl")
def by_a_full_covariance(mean, log_variance):
    q = torch.distributions.MultivariateNormal(
        mean, torch.diag_embed(log_variance.exp())
    )
    d = mean.shape[1]
    p = torch.distributions.MultivariateNormal(torch.zeros(d), torch.eye(d))
    return torch.distributions.kl_divergence(q, p)


@right("08.kl")
def with_sigma(mean, log_variance):
    sigma = torch.exp(0.5 * log_variance)
    return (0.5 * (mean**2 + sigma**2) - torch.log(sigma) - 0.5).sum(-1)


@right("08.kl")
def with_numpy(mean, log_variance):
    m, a = mean.detach().numpy(), log_variance.detach().numpy()
    return torch.as_tensor(0.5 * (m**2 + np.exp(a) - a - 1).sum(axis=1))


@right("08.kl")
def with_expm1(mean, log_variance):
    each = mean.square() + torch.expm1(log_variance) - log_variance
    return 0.5 * torch.einsum("nd->n", each)


@wrong("08.kl")
def sum_over_the_batch(mean, log_variance):
    return -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())


@wrong("08.kl")
def mean_not_squared(mean, log_variance):
    return 0.5 * (mean + log_variance.exp() - log_variance - 1).sum(1)


@wrong("08.kl")
def plus_the_logarithm(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() + log_variance - 1).sum(1)


@wrong("08.kl")
def sampled_once(mean, log_variance):
    z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
    q = torch.distributions.Normal(mean, (log_variance / 2).exp())
    p = torch.distributions.Normal(0.0, 1.0)
    return (q.log_prob(z) - p.log_prob(z)).sum(1)


@wrong("08.kl")
def by_kl_div(mean, log_variance):
    q = torch.distributions.Normal(mean, log_variance.exp())
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return torch.distributions.kl_divergence(q, p).sum(1)


@wrong("08.kl")
def not_summed(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - log_variance - 1)


# 08.reparameterise


@right("08.reparameterise")
def with_torch_lerp(mean, log_variance, e):
    return torch.exp(log_variance * 0.5).mul(e).add(mean)


@right("08.reparameterise")
def power_of_e(mean, log_variance, e):
    return mean + e * math.e ** (log_variance / 2)


@right("08.reparameterise")
def affine_transform(mean, log_variance, e):
    std = log_variance.exp() ** 0.5
    return torch.distributions.AffineTransform(mean, std)(e)


@right("08.reparameterise")
def einsum_of_the_factor(mean, log_variance, e):
    L = torch.diag_embed((0.5 * log_variance).exp())
    return mean + torch.einsum("nij,nj->ni", L, e)


@right("08.reparameterise")
def row_by_row(mean, log_variance, e):
    rows = zip(mean, log_variance, e, strict=True)
    return torch.stack([m + torch.sqrt(torch.exp(a)) * n for m, a, n in rows])


@wrong("08.reparameterise")
def own_noise(mean, log_variance, e):
    std = torch.exp(0.5 * log_variance)
    eps = torch.randn_like(std)
    return mean + eps * std


@wrong("08.reparameterise")
def rsample(mean, log_variance, e):
    return torch.distributions.Normal(mean, (0.5 * log_variance).exp()).rsample()


@wrong("08.reparameterise")
def uniform_noise(mean, log_variance, e):
    return mean + torch.rand_like(mean) * (0.5 * log_variance).exp()


@wrong("08.reparameterise")
def doubled_exponent(mean, log_variance, e):
    return mean + torch.exp(2 * log_variance) * e


@wrong("08.reparameterise")
def scaled_mean(mean, log_variance, e):
    return (mean + e) * (0.5 * log_variance).exp()


@wrong("08.reparameterise")
def detached_deviation(mean, log_variance, e):
    with torch.no_grad():
        std = (0.5 * log_variance).exp()
    return mean + std * e


# 08.score_gradient


@right("08.score_gradient")
def standardised(values, z, mean, sigma):
    return values * ((z - mean) / sigma) / sigma


@right("08.score_gradient")
def by_jacobian(values, z, mean, sigma):
    def log_q(m):
        return -((z - m) ** 2) / (2 * sigma**2)

    J = torch.autograd.functional.jvp(
        log_q, torch.tensor(float(mean)), torch.tensor(1.0)
    )[1]
    return values * J


@right("08.score_gradient")
def numpy_arrays(values, z, mean, sigma):
    v, z = np.asarray(values), np.asarray(z)
    return torch.from_numpy(v * (z - float(mean)) / float(sigma) ** 2)


@right("08.score_gradient")
def with_variance(values, z, mean, sigma):
    variance = torch.as_tensor(sigma, dtype=z.dtype).square()
    return torch.mul(values, torch.div(z.sub(mean), variance))


@right("08.score_gradient")
def in_a_loop(values, z, mean, sigma):
    pairs = zip(values.tolist(), z.tolist(), strict=True)
    return torch.tensor([v * (one - mean) / sigma**2 for v, one in pairs])


@wrong("08.score_gradient")
def log_density_weighted(values, z, mean, sigma):
    return values * torch.distributions.Normal(mean, sigma).log_prob(z)


@wrong("08.score_gradient")
def centred_values(values, z, mean, sigma):
    return (values - values.mean()) * (z - mean) / sigma**2


@wrong("08.score_gradient")
def sum_of_estimates(values, z, mean, sigma):
    return (values * (z - mean) / sigma**2).sum()


@wrong("08.score_gradient")
def negative_for_a_loss(values, z, mean, sigma):
    return -(values * (z - mean) / sigma**2)


@wrong("08.score_gradient")
def variance_in_the_numerator(values, z, mean, sigma):
    return values * (z - mean) * sigma**2


@wrong("08.score_gradient")
def slope_in_sigma(values, z, mean, sigma):
    return values * ((z - mean) ** 2 / sigma**3 - 1 / sigma)


@wrong("08.score_gradient")
def outer_product(values, z, mean, sigma):
    return values[:, None] * (z - mean)[None] / sigma**2


# 08.ppca_covariance


@right("08.ppca_covariance")
def numpy_eigh(S, d):
    values, U = np.linalg.eigh(S.numpy())
    values, U = values[::-1], U[:, ::-1]
    s2 = values[d:].mean()
    W = U[:, :d] @ np.diag(np.sqrt(values[:d] - s2))
    return torch.from_numpy(W @ W.T + s2 * np.eye(len(values)))


@right("08.ppca_covariance")
def clamped_from_below(S, d):
    L, V = torch.linalg.eigh(S)
    s2 = L[: S.size(0) - d].sum() / (S.size(0) - d)
    L = torch.cat([s2.repeat(S.size(0) - d), L[S.size(0) - d :]])
    return torch.einsum("ik,k,jk->ij", V, L, V)


@right("08.ppca_covariance")
def sum_of_outer_products(S, d):
    values, U = torch.linalg.eigh(S)
    order = values.argsort(descending=True)
    s2 = values[order[d:]].mean()
    C = s2 * torch.eye(len(S), dtype=S.dtype)
    for j in order[:d]:
        C = C + (values[j] - s2) * torch.outer(U[:, j], U[:, j])
    return C


@right("08.ppca_covariance")
def by_the_projection(S, d):
    U = torch.linalg.svd(S).U[:, :d]
    P = U @ U.T
    Q = torch.eye(len(S), dtype=S.dtype) - P
    return P @ S @ P + (Q @ S).trace() / (len(S) - d) * Q


@right("08.ppca_covariance")
def general_eigenvalues(S, d):
    values, U = torch.linalg.eig(S)
    values, U = values.real, U.real
    values, order = values.sort(descending=True)
    U = U[:, order]
    new = values.clone()
    new[d:] = values[d:].mean()
    return U @ torch.diag(new) @ U.T


@wrong("08.ppca_covariance")
def divided_by_all(S, d):
    values, U = torch.linalg.eigh(S)
    s2 = values[:-d].sum() / len(S)
    new = torch.cat([s2.expand(len(S) - d), values[-d:]])
    return U @ new.diag() @ U.T


@wrong("08.ppca_covariance")
def loadings_not_shrunk(S, d):
    values, U = torch.linalg.eigh(S)
    W = U[:, -d:] * values[-d:].sqrt()
    return W @ W.T + values[:-d].mean() * torch.eye(len(S), dtype=S.dtype)


@wrong("08.ppca_covariance")
def factors_transposed(S, d):
    values, U = torch.linalg.eigh(S)
    new = torch.cat([values[:-d].mean().expand(len(S) - d), values[-d:]])
    return U.T @ new.diag() @ U


@wrong("08.ppca_covariance")
def noise_subtracted_twice(S, d):
    values, U = torch.linalg.eigh(S)
    s2 = values[:-d].mean()
    W = U[:, -d:] * (values[-d:] - s2).sqrt()
    return W @ W.T


@wrong("08.ppca_covariance")
def from_the_front(S, d):
    values, U = torch.linalg.eigh(S)  # taken for descending
    s2 = values[d:].mean()
    W = U[:, :d] * (values[:d] - s2).clamp(min=0).sqrt()
    return W @ W.T + s2 * torch.eye(len(S), dtype=S.dtype)


@wrong("08.ppca_covariance")
def latent_covariance(S, d):
    values, U = torch.linalg.eigh(S)
    s2 = values[:-d].mean()
    W = U[:, -d:] * (values[-d:] - s2).sqrt()
    return W.T @ W + s2 * torch.eye(d, dtype=S.dtype)


# 08.negative_elbo


def _two_terms(x, encode, decode, e):
    m, a = encode(x)
    z = m + torch.exp(a / 2) * e
    logits = decode(z)
    kl = 0.5 * (m**2 + a.exp() - a - 1).sum(1)
    return m, a, z, logits, kl


@right("08.negative_elbo")
def by_distributions(x, encode, decode, e):
    m, a = encode(x)
    q = torch.distributions.Normal(m, (a / 2).exp())
    z = q.loc + q.scale * e
    p = torch.distributions.Normal(torch.zeros_like(m), torch.ones_like(a))
    kl = torch.distributions.kl_divergence(q, p).sum(1)
    log_px = torch.distributions.Bernoulli(logits=decode(z)).log_prob(x)
    return -(log_px.sum((1, 2, 3)) - kl).mean()


@right("08.negative_elbo")
def as_the_pytorch_example_with_a_mean(x, encode, decode, e):
    mu, logvar = encode(x)
    recon = decode(mu + e * torch.exp(0.5 * logvar))
    bce = F.binary_cross_entropy_with_logits(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce / x.size(0) + kld / x.size(0)


@right("08.negative_elbo")
def two_means(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    each = F.softplus(logits) - x * logits
    return each.flatten(1).sum(1).mean() + kl.mean()


@right("08.negative_elbo")
def mean_of_pixels_times_their_number(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    pixels = x[0].numel()
    return pixels * F.binary_cross_entropy_with_logits(logits, x) + kl.mean()


@right("08.negative_elbo")
def by_log_sigmoid(x, encode, decode, e):
    m, a = encode(x)
    logits = decode(torch.addcmul(m, (0.5 * a).exp(), e))
    log_px = F.logsigmoid((2 * x - 1) * logits).sum(dim=[1, 2, 3])
    kl = 0.5 * torch.einsum("nd->n", m.square() + torch.expm1(a) - a)
    return torch.stack([k - lp for k, lp in zip(kl, log_px, strict=True)]).mean()


@wrong("08.negative_elbo")
def sigmoid_in_the_logits(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    cross = F.binary_cross_entropy_with_logits(
        logits.sigmoid(), x, reduction="none"
    ).sum((1, 2, 3))
    return (cross + kl).mean()


@wrong("08.negative_elbo")
def squared_error(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    return F.mse_loss(logits.sigmoid(), x, reduction="sum") / len(x) + kl.mean()


@wrong("08.negative_elbo")
def decoder_cut_off(x, encode, decode, e):
    _, _, z, _, kl = _two_terms(x, encode, decode, e)
    logits = decode(z.detach())
    cross = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return (cross.sum((1, 2, 3)) + kl).mean()


@wrong("08.negative_elbo")
def noise_of_its_own(x, encode, decode, e):
    m, a = encode(x)
    logits = decode(m + torch.randn_like(m) * (0.5 * a).exp())
    cross = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    kl = 0.5 * (m**2 + a.exp() - a - 1).sum(1)
    return (cross.sum((1, 2, 3)) + kl).mean()


@wrong("08.negative_elbo")
def probabilities_for_logits(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    p = logits.clamp(1e-6, 1 - 1e-6)
    cross = F.binary_cross_entropy(p, x, reduction="none").sum((1, 2, 3))
    return (cross + kl).mean()


@wrong("08.negative_elbo")
def mean_times_784(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    return 784 * F.binary_cross_entropy_with_logits(logits, x) + kl.mean()


@wrong("08.negative_elbo")
def half_the_kl(x, encode, decode, e):
    _, _, _, logits, kl = _two_terms(x, encode, decode, e)
    cross = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return (cross.sum((1, 2, 3)) + kl / 2).mean()


@wrong("08.negative_elbo")
def both_means(x, encode, decode, e):
    m, a, _, logits, _ = _two_terms(x, encode, decode, e)
    kl = -0.5 * torch.mean(1 + a - m.pow(2) - a.exp())
    return F.binary_cross_entropy_with_logits(logits, x) + kl


# 08.latent_grid


@right("08.latent_grid")
def by_scipy_ppf(side):
    q = stats.norm.ppf((np.arange(side) + 0.5) / side)
    x, y = np.meshgrid(q, q)
    return torch.from_numpy(np.column_stack([x.ravel(), y.ravel()]))


@right("08.latent_grid")
def cartesian_turned(side):
    q = torch.special.ndtri(torch.linspace(0.5, side - 0.5, side) / side)
    return torch.cartesian_prod(q, q)[:, [1, 0]]


@right("08.latent_grid")
def by_index(side):
    i = torch.arange(side * side)
    z = torch.stack([i % side, i // side], 1)
    return torch.erfinv(2 * (z + 0.5) / side - 1) * 2**0.5


@right("08.latent_grid")
def from_the_standard_library(side):
    from statistics import NormalDist

    q = [NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)]
    return torch.tensor([(x, y) for y in q for x in q])


@right("08.latent_grid")
def expanded(side):
    q = torch.distributions.Normal(0, 1).icdf((torch.arange(side) + 0.5) / side)
    rows = torch.empty(side, side, 2)
    rows[..., 0] = q
    rows[..., 1] = q[:, None]
    return rows.view(-1, 2)


@wrong("08.latent_grid")
def as_the_keras_example(side):
    q = torch.special.ndtri(torch.linspace(0.05, 0.95, side))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], 1)


@wrong("08.latent_grid")
def one_over_side_plus_one(side):
    q = torch.special.ndtri(torch.arange(1, side + 1) / (side + 1))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], 1)


@wrong("08.latent_grid")
def drawn_at_random(side):
    return torch.randn(side * side, 2)


@wrong("08.latent_grid")
def evenly_to_two(side):
    q = torch.linspace(-2, 2, side)
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], 1)


@wrong("08.latent_grid")
def distribution_function(side):
    q = torch.special.ndtr(torch.linspace(-3, 3, side))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], 1)


@wrong("08.latent_grid")
def left_as_a_grid(side):
    q = torch.special.ndtri((torch.arange(side) + 0.5) / side)
    y, x = torch.meshgrid(q, q, indexing="ij")
    return torch.stack([x, y], dim=-1)
