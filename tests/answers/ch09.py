"""Answers to the exercises of chapter 09 as other people write them."""

import math

import numpy as np
import torch
from scipy import special
from sklearn import metrics as sk
from torch.nn import functional as F

from tests.answers import right, wrong

# 09.posterior_mean


@right("09.posterior_mean")
def by_distributions(noisy, known, sigma):
    log_p = torch.distributions.Normal(known, sigma).log_prob(noisy[:, None]).sum(-1)
    return torch.einsum("nm,md->nd", log_p.softmax(-1), known)


@right("09.posterior_mean")
def by_scipy(noisy, known, sigma):
    y, c = noisy.numpy().astype(float), known.numpy().astype(float)
    squares = ((y[:, None] - c[None]) ** 2).sum(-1)
    return torch.from_numpy(special.softmax(-squares / (2 * sigma**2), axis=1) @ c)


@right("09.posterior_mean")
def by_logsumexp(noisy, known, sigma):
    a = -0.5 * (torch.cdist(noisy, known) / sigma).pow(2)
    return torch.exp(a - a.logsumexp(1, keepdim=True)).matmul(known)


@right("09.posterior_mean")
def by_attention(noisy, known, sigma):
    bias = -known.square().sum(1) / (2 * sigma**2)
    mask = bias.expand(len(noisy), -1)
    return F.scaled_dot_product_attention(
        noisy[None], known[None], known[None], attn_mask=mask[None], scale=1 / sigma**2
    )[0]


@right("09.posterior_mean")
def one_vector_at_a_time(noisy, known, sigma):
    out = torch.zeros_like(noisy)
    for i, y in enumerate(noisy):
        w = torch.softmax(-(torch.norm(known - y, dim=1) ** 2) / 2 / sigma**2, 0)
        for weight, c in zip(w, known, strict=True):
            out[i] += weight * c
    return out


@wrong("09.posterior_mean")
def sigma_forgotten(noisy, known, sigma):
    return torch.softmax(-(torch.cdist(noisy, known) ** 2) / 2, 1) @ known


@wrong("09.posterior_mean")
def sigma_cubed_by_precedence(noisy, known, sigma):
    return torch.softmax(-(torch.cdist(noisy, known) ** 2) / 2 * sigma**2, 1) @ known


@wrong("09.posterior_mean")
def mean_over_pixels(noisy, known, sigma):
    squares = (noisy[:, None] - known[None]).square().mean(-1)
    return torch.softmax(-squares / (2 * sigma**2), 1) @ known


@wrong("09.posterior_mean")
def weights_of_inverse_distance(noisy, known, sigma):
    w = 1 / (torch.cdist(noisy, known) ** 2 + sigma**2)
    return w / w.sum(1, keepdim=True) @ known


@wrong("09.posterior_mean")
def mixed_with_the_noisy(noisy, known, sigma):
    w = torch.softmax(-(torch.cdist(noisy, known) ** 2) / (2 * sigma**2), 1)
    return (noisy + w @ known) / 2


@wrong("09.posterior_mean")
def drawn_from_the_weights(noisy, known, sigma):
    w = torch.softmax(-(torch.cdist(noisy, known) ** 2) / (2 * sigma**2), 1)
    return known[torch.multinomial(w, 1)[:, 0]]


@wrong("09.posterior_mean")
def all_alike(noisy, known, sigma):
    return known.mean(0).expand_as(noisy)


# 09.refill


@right("09.refill")
def bernoulli_by_comparison(x, hidden, encode, decode, e, u):
    mu, logvar = encode(x)
    pi = decode(mu + torch.exp(logvar / 2) * e)
    sample = torch.zeros_like(x)
    sample[u < pi] = 1.0
    return sample * hidden + x * (~hidden)


@right("09.refill")
def masked_scatter_of_a_copy(x, hidden, encode, decode, e, u):
    mean, log_variance = encode(x)
    drawn = torch.lt(u, decode(torch.addcmul(mean, (0.5 * log_variance).exp(), e)))
    mask = hidden.expand_as(x)
    return x.masked_scatter(mask, drawn.to(x.dtype)[mask])


@right("09.refill")
def by_a_step(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    ink = torch.heaviside(decode(m + a.exp().sqrt() * e) - u, torch.zeros(()))
    return torch.lerp(x, ink, hidden.float())


@right("09.refill")
def ceil_of_the_difference(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    ink = (decode(m + (a / 2).exp() * e) - u).clamp(min=0).ceil()
    out = x.clone()
    out[:, :, hidden] = ink[:, :, hidden]
    return out


@right("09.refill")
def image_by_image(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    pi = decode(m + (a / 2).exp() * e)
    rows = [
        torch.where(hidden, (v < p).float(), old)
        for old, p, v in zip(x, pi, u, strict=True)
    ]
    return torch.stack(rows)


@wrong("09.refill")
def the_other_coin(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    painted = ((1 - u) < decode(m + (a / 2).exp() * e)).to(x.dtype)
    return torch.where(hidden, painted, x)


@wrong("09.refill")
def rounded(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    painted = decode(m + (a / 2).exp() * e).round()
    return torch.where(hidden, painted, x)


@wrong("09.refill")
def own_coins(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    painted = torch.bernoulli(decode(m + (a / 2).exp() * e))
    return torch.where(hidden, painted, x)


@wrong("09.refill")
def own_latents(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    z = m + (a / 2).exp() * torch.randn_like(m)
    return torch.where(hidden, (u < decode(z)).to(x.dtype), x)


@wrong("09.refill")
def from_the_prior(x, hidden, encode, decode, e, u):
    return torch.where(hidden, (u < decode(e)).to(x.dtype), x)


@wrong("09.refill")
def in_place(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    painted = (u < decode(m + (a / 2).exp() * e)).to(x.dtype)
    x[..., hidden] = painted[..., hidden]
    return x


@wrong("09.refill")
def sigmoid_again(x, hidden, encode, decode, e, u):
    m, a = encode(x)
    painted = (u < torch.sigmoid(decode(m + (a / 2).exp() * e))).to(x.dtype)
    return torch.where(hidden, painted, x)


# 09.code_length


@right("09.code_length")
def by_categorical(symbols, p):
    return -torch.distributions.Categorical(p).log_prob(symbols).sum() / math.log(2)


@right("09.code_length")
def numpy_log2(symbols, p):
    return -np.log2(p.numpy()[np.arange(len(symbols)), symbols.numpy()]).sum()


@right("09.code_length")
def python_sum(symbols, p):
    return sum(-math.log2(row[s]) for s, row in zip(symbols.tolist(), p.tolist()))  # noqa: B905


@right("09.code_length")
def one_hot(symbols, p):
    chosen = F.one_hot(symbols, p.shape[1])
    return -torch.special.xlogy(chosen, p).sum() / math.log(2)


@right("09.code_length")
def cross_entropy_of_logs(symbols, p):
    return F.cross_entropy(p.log(), symbols, reduction="sum") / np.log(2)


@wrong("09.code_length")
def cross_entropy_of_probabilities(symbols, p):
    return F.cross_entropy(p, symbols, reduction="sum") / math.log(2)


@wrong("09.code_length")
def nll_of_probabilities(symbols, p):
    return F.nll_loss(p, symbols, reduction="sum") / math.log(2)


@wrong("09.code_length")
def by_log_ten(symbols, p):
    return -p.gather(1, symbols[:, None]).log10().sum()


@wrong("09.code_length")
def each_symbol(symbols, p):
    return -p.gather(1, symbols[:, None])[:, 0].log2()


@wrong("09.code_length")
def columns_indexed(symbols, p):
    return -p[:, symbols].log2().sum()


@wrong("09.code_length")
def times_log_two(symbols, p):
    return -p.gather(1, symbols[:, None]).log().sum() * math.log(2)


@wrong("09.code_length")
def weighted_by_p(symbols, p):
    q = p.gather(1, symbols[:, None])
    return -(q * q.log2()).sum()


# 09.push


@right("09.push")
def with_divmod(x, c, f, r):
    q, rest = divmod(x, f)
    return q * (1 << r) + c + rest


@right("09.push")
def with_or(x, c, f, r):
    return ((x // f) << r) | (c + x % f)  # c + x % f is below 2 ** r


@right("09.push")
def without_modulo(x, c, f, r):
    q = x // f
    return q * pow(2, r) + c + (x - q * f)


@right("09.push")
def multiplied_out(x, c, f, r):
    total = 2**r
    slot = c + x % f
    return total * ((x - x % f) // f) + slot


@right("09.push")
def as_text(x, c, f, r):
    q, rest = x // f, x % f
    return int(bin(q)[2:] + format(rest + c, f"0{r}b"), 2)


@wrong("09.push")
def precedence_of_the_shift(x, c, f, r):
    return x // f << r + c + x % f


@wrong("09.push")
def power_written_xor(x, c, f, r):
    return (x // f) * (2 ^ r) + c + x % f


@wrong("09.push")
def times_r(x, c, f, r):
    return (x // f) * r + c + x % f


@wrong("09.push")
def modulo_before_division(x, c, f, r):
    return (x // 2**r) * f + c + x % f


@wrong("09.push")
def arithmetic_interval(x, c, f, r):
    return x * f // 2**r + c


@wrong("09.push")
def true_division(x, c, f, r):
    return x / f * 2**r + c + x % f


@wrong("09.push")
def end_of_the_slots(x, c, f, r):
    return (x // f << r) + c + f - x % f


# 09.mask


@right("09.mask")
def triangular(k, kind):
    order = np.arange(k * k).reshape(k, k)
    last = order[k // 2, k // 2]
    seen = order <= last if kind == "B" else order < last
    return torch.tensor(seen, dtype=torch.float32)


@right("09.mask")
def cumulative(k, kind):
    middle = torch.zeros(k * k)
    middle[k * k // 2] = 1
    after = middle.cumsum(0)  # 1 from the middle on
    seen = 1 - after
    return (seen + middle if kind == "B" else seen).view(k, k)


@right("09.mask")
def comparing_places(k, kind):
    i = torch.arange(k)[:, None]
    j = torch.arange(k)[None]
    m = k // 2
    seen = (i < m) | ((i == m) & (j < m))
    if kind == "B":
        seen = seen | ((i == m) & (j == m))
    return seen.float()


@right("09.mask")
def listed(k, kind):
    m = (k - 1) // 2
    return torch.tensor(
        [
            [
                float((i, j) < (m, m) or ((i, j) == (m, m) and kind == "B"))
                for j in range(k)
            ]
            for i in range(k)
        ]
    )


@right("09.mask")
def as_in_the_keras_layer(k, kind):
    mask = torch.zeros((k, k), dtype=torch.float32)
    mask[: k // 2, ...] = 1.0
    mask[k // 2, : k // 2] = 1.0
    if kind == "B":
        mask[k // 2, k // 2] = 1.0
    return mask


@wrong("09.mask")
def half_of_everything(k, kind):
    seen = torch.zeros(k, k)
    seen[: k // 2 + (kind == "B")] = 1
    return seen


@wrong("09.mask")
def lower_triangle(k, kind):
    return torch.tril(torch.ones(k, k), 0 if kind == "B" else -1)


@wrong("09.mask")
def always_b(k, kind):
    seen = torch.zeros(k, k)
    seen[: k // 2] = 1
    seen[k // 2, : k // 2 + 1] = 1
    return seen


@wrong("09.mask")
def lower_case_kind(k, kind):
    seen = torch.zeros(k, k)
    seen[: k // 2] = 1
    seen[k // 2, : k // 2 + (kind == "b")] = 1
    return seen


@wrong("09.mask")
def everything_but_the_middle(k, kind):
    seen = torch.ones(k, k)
    if kind == "A":
        seen[k // 2, k // 2] = 0
    return seen


@wrong("09.mask")
def of_integers(k, kind):
    seen = torch.zeros(k, k, dtype=torch.long)
    seen[: k // 2] = 1
    seen[k // 2, : k // 2 + (kind != "B")] = 1
    return seen


# 09.net_bits


@right("09.net_bits")
def by_log2_e(log_px, log_pz, log_q):
    return (log_q - log_pz - log_px) * 1.4426950408889634


@right("09.net_bits")
def three_lengths(log_px, log_pz, log_q):
    px, pz, q = (-part / math.log(2) for part in (log_px, log_pz, log_q))
    return px + pz - q


@right("09.net_bits")
def numpy_bits(log_px, log_pz, log_q):
    joint = log_px.numpy() + log_pz.numpy()
    return torch.from_numpy((log_q.numpy() - joint) / np.log(2))


@right("09.net_bits")
def by_logaddexp(log_px, log_pz, log_q):
    total = torch.stack([log_q, -log_px, -log_pz]).sum(0)
    return total / torch.tensor(2.0).log()


@right("09.net_bits")
def one_after_the_other(log_px, log_pz, log_q):
    rows = zip(log_px.tolist(), log_pz.tolist(), log_q.tolist(), strict=True)
    return torch.tensor([-(a + b - c) / math.log(2) for a, b, c in rows])


@wrong("09.net_bits")
def times_log_of_two(log_px, log_pz, log_q):
    return (log_q - log_px - log_pz) * math.log(2)


@wrong("09.net_bits")
def exponents_of_two(log_px, log_pz, log_q):
    return -torch.log2(torch.exp(log_px + log_pz - log_q))


@wrong("09.net_bits")
def prior_popped(log_px, log_pz, log_q):
    return (log_pz - log_px - log_q) / math.log(2)


@wrong("09.net_bits")
def kl_subtracted(log_px, log_pz, log_q):
    return (-log_px - (log_q - log_pz)) / math.log(2)


@wrong("09.net_bits")
def sum_over_the_message(log_px, log_pz, log_q):
    return ((log_q - log_px - log_pz) / math.log(2)).sum()


@wrong("09.net_bits")
def log_two_of_the_nats(log_px, log_pz, log_q):
    return torch.log2((log_q - log_px - log_pz).abs())


# 09.auc


@right("09.auc")
def by_sklearn(normal, odd):
    labels = [0] * len(normal) + [1] * len(odd)
    return sk.roc_auc_score(labels, torch.cat([normal, odd]).numpy())


@right("09.auc")
def mann_whitney(normal, odd):
    from scipy.stats import mannwhitneyu

    U = mannwhitneyu(odd.numpy(), normal.numpy()).statistic
    return U / (len(odd) * len(normal))


@right("09.auc")
def ranks_of_scipy(normal, odd):
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([odd, normal]))
    m, n = len(odd), len(normal)
    return torch.tensor((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))


@right("09.auc")
def two_loops(normal, odd):
    won = 0.0
    for o in odd.tolist():
        for s in normal.tolist():
            won += 1.0 if o > s else 0.5 if o == s else 0.0
    return won / (len(odd) * len(normal))


@right("09.auc")
def by_sign(normal, odd):
    return torch.sign(odd[:, None] - normal[None, :]).add(1).div(2).mean()


@wrong("09.auc")
def pairs_in_order(normal, odd):
    n = min(len(normal), len(odd))
    return (odd[:n] > normal[:n]).float().mean()


@wrong("09.auc")
def best_of_both_sides(normal, odd):
    gap = odd[None] - normal[:, None]
    found = (gap > 0).float().mean() + (gap == 0).float().mean() / 2
    return torch.maximum(found, 1 - found)


@wrong("09.auc")
def at_the_median(normal, odd):
    return (odd > normal.median()).float().mean()


@wrong("09.auc")
def accuracy_at_the_best_threshold(normal, odd):
    cuts = torch.cat([normal, odd])
    hits = [((odd > t).sum() + (normal <= t).sum()) / len(cuts) for t in cuts]
    return torch.stack(hits).max()


@wrong("09.auc")
def hard_predictions(normal, odd):
    labels = np.r_[np.zeros(len(normal)), np.ones(len(odd))]
    scores = torch.cat([normal, odd])
    return torch.tensor(sk.roc_auc_score(labels, (scores > scores.mean()).float()))


@wrong("09.auc")
def average_precision(normal, odd):
    labels = np.r_[np.zeros(len(normal)), np.ones(len(odd))]
    return sk.average_precision_score(labels, torch.cat([normal, odd]).numpy())


@wrong("09.auc")
def sigmoid_of_the_gap(normal, odd):
    return torch.sigmoid(odd[None] - normal[:, None]).mean()


# 09.lengths


@right("09.lengths")
def relu(values, s, beta):
    return torch.relu(values - beta * s**2) ** 0.5


@right("09.lengths")
def maximum_of_zeros(values, s, beta):
    return torch.sqrt(torch.maximum(values - beta * s * s, torch.zeros_like(values)))


@right("09.lengths")
def assigned(values, s, beta):
    out = torch.zeros_like(values)
    alive = values > beta * s**2
    out[alive] = (values[alive] - beta * s**2).sqrt()
    return out


@right("09.lengths")
def numpy_maximum(values, s, beta):
    return np.sqrt(np.maximum(values.numpy() - beta * s**2, 0))


@right("09.lengths")
def nan_for_nothing(values, s, beta):
    return torch.nan_to_num((values - beta * s**2).sqrt(), nan=0.0)


@wrong("09.lengths")
def absolute_value(values, s, beta):
    return (values - beta * s**2).abs().sqrt()


@wrong("09.lengths")
def root_first(values, s, beta):
    return (values.sqrt() - beta**0.5 * s).clamp(min=0)


@wrong("09.lengths")
def divided_by_beta(values, s, beta):
    return (values - s**2 / max(beta, 1e-12)).clamp(min=0).sqrt()


@wrong("09.lengths")
def clamp_after_the_root(values, s, beta):
    return (values - beta * s**2).sqrt().clamp(min=0)


@wrong("09.lengths")
def noise_added(values, s, beta):
    return (values + beta * s**2).sqrt()


@wrong("09.lengths")
def survivors_counted(values, s, beta):
    return (values > beta * s**2).sum()


# 09.free_bits


@right("09.free_bits")
def where_below(kl, least):
    mean = kl.mean(dim=0)
    return torch.where(mean > least, mean, torch.full_like(mean, least)).sum()


@right("09.free_bits")
def fmax_over_columns(kl, least):
    floor = torch.tensor(float(least), dtype=kl.dtype)
    return sum(torch.fmax(column.mean(), floor) for column in kl.T)


@right("09.free_bits")
def einsum_mean(kl, least):
    costs = torch.einsum("nd->d", kl) / kl.shape[0]
    return torch.clamp_min(costs, least).sum()


@right("09.free_bits")
def hinge(kl, least):
    m = kl.mean(0)
    return (m + torch.relu(least - m)).sum()


@right("09.free_bits")
def stacked_maximum(kl, least):
    m = kl.double().mean(0)
    return torch.stack([m, torch.full_like(m, least)]).amax(0).sum()


@wrong("09.free_bits")
def floor_over_the_total(kl, least):
    return kl.sum(1).clamp(min=least).mean()


@wrong("09.free_bits")
def floor_of_all_latents_together(kl, least):
    return kl.sum(1).mean().clamp(min=least * kl.shape[1])


@wrong("09.free_bits")
def least_subtracted(kl, least):
    return (kl.mean(0) - least).sum()


@wrong("09.free_bits")
def zeroed_below(kl, least):
    m = kl.mean(0)
    return (m * (m > least)).sum()


@wrong("09.free_bits")
def a_kl_for_each_latent(kl, least):
    return kl.mean(0).clamp(min=least)


@wrong("09.free_bits")
def mean_over_latents_first(kl, least):
    return kl.mean(1).clamp(min=least).sum()


@wrong("09.free_bits")
def as_python_numbers(kl, least):
    return torch.tensor(sum(max(float(c), least) for c in kl.mean(0)) * len(kl))


# 09.gap


@right("09.gap")
def numpy_partition(information, entropy):
    shares = information.numpy() / entropy.numpy()
    top = np.sort(shares, axis=0)[::-1][:2]
    return (top[0] - top[1]).mean()


@right("09.gap")
def kthvalue(information, entropy):
    D = len(information)
    best = information.max(0).values
    second = information.kthvalue(D - 1, dim=0).values
    return torch.mean((best - second) / entropy)


@right("09.gap")
def best_masked(information, entropy):
    best, where = information.max(0)
    rest = information.clone()
    rest[where, torch.arange(len(entropy))] = -math.inf
    return ((best - rest.amax(0)) / entropy).sum() / len(entropy)


@right("09.gap")
def sorted_lists(information, entropy):
    total = 0.0
    for column, h in zip(information.T.tolist(), entropy.tolist(), strict=True):
        a, b = sorted(column, reverse=True)[:2]
        total += (a - b) / h
    return total / len(entropy)


@right("09.gap")
def diff_of_topk(information, entropy):
    top = (information / entropy[None]).topk(2, 0).values
    return -top.diff(dim=0).mean()


@wrong("09.gap")
def weighted_by_the_entropies(information, entropy):
    top = information.topk(2, 0).values
    return (top[0] - top[1]).sum() / entropy.sum()


@wrong("09.gap")
def share_of_the_best(information, entropy):
    top = information.topk(2, 0).values
    return ((top[0] - top[1]) / top[0]).mean()


@wrong("09.gap")
def divided_by_all_that_is_told(information, entropy):
    top = information.topk(2, 0).values
    return ((top[0] - top[1]) / information.sum(0)).mean()


@wrong("09.gap")
def each_factor_left(information, entropy):
    top = information.topk(2, 0).values
    return (top[0] - top[1]) / entropy


@wrong("09.gap")
def entropy_of_latents(information, entropy):
    top = information.T.topk(2, 0).values
    return (top[0] - top[1]).mean() / entropy.mean()


@wrong("09.gap")
def unsorted_rows(information, entropy):
    return ((information[0] - information[1]) / entropy).mean()


@wrong("09.gap")
def first_less_third(information, entropy):
    top = information.topk(3, 0).values
    return ((top[0] - top[2]) / entropy).mean()
