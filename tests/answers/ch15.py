"""Answers to the exercises of chapter 15, as other people write them."""

import itertools
import math
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.answers import right, wrong

# 15.inversion_loss


@right("15.inversion_loss")
def selects_then_means(picture, x, hidden, z, weight):
    known = torch.logical_not(hidden)
    fit = (picture[:, 0][:, known] - x[:, 0][:, known]).pow(2).mean(dim=1)
    return fit + weight * z.pow(2).mean(dim=1)


@right("15.inversion_loss")
def means_over_rows_of_nan(picture, x, hidden, z, weight):
    errors = ((picture - x) ** 2).masked_fill(hidden, float("nan"))
    return errors.flatten(1).nanmean(1) + weight * (z**2).mean(-1)


@right("15.inversion_loss")
def by_einsum(picture, x, hidden, z, weight):
    known = (~hidden).to(picture.dtype)
    gap = picture - x
    fit = torch.einsum("nchw,nchw,hw->n", gap, gap, known) / known.sum()
    return fit + weight / z.size(1) * torch.einsum("nd,nd->n", z, z)


@right("15.inversion_loss")
def one_after_the_other(picture, x, hidden, z, weight):
    losses = []
    for painted, given, latent in zip(picture, x, z, strict=True):
        gap = (painted - given).squeeze(0)[hidden.logical_not()]
        losses.append(
            gap.norm() ** 2 / gap.numel()
            + weight * latent.var(correction=0)
            + weight * latent.mean() ** 2
        )
    return torch.stack(losses)


@right("15.inversion_loss")
def by_the_library_unreduced(picture, x, hidden, z, weight):
    fit = F.mse_loss(picture, x, reduction="none").flatten(1)[:, ~hidden.flatten()]
    prior = F.mse_loss(z, torch.zeros_like(z), reduction="none")
    return fit.mean(1) + weight * prior.mean(1)


@wrong("15.inversion_loss")
def sums_the_latents(picture, x, hidden, z, weight):
    errors = (picture - x).square()[..., ~hidden].flatten(1).mean(1)
    return errors + weight * z.square().sum(1)


@wrong("15.inversion_loss")
def sums_the_pixels(picture, x, hidden, z, weight):
    errors = (picture - x).square()[..., ~hidden].flatten(1).sum(1)
    return errors + weight * z.square().mean(1)


@wrong("15.inversion_loss")
def absolute_errors(picture, x, hidden, z, weight):  # as Yeh et al. write it
    errors = (picture - x).abs()[..., ~hidden].flatten(1).mean(1)
    return errors + weight * z.square().mean(1)


@wrong("15.inversion_loss")
def a_scalar_from_mse_loss(picture, x, hidden, z, weight):
    known = ~hidden
    return F.mse_loss(picture[..., known], x[..., known]) + weight * z.pow(2).mean()


@wrong("15.inversion_loss")
def a_norm_without_a_square(picture, x, hidden, z, weight):
    errors = (picture - x).square()[..., ~hidden].flatten(1).mean(1)
    return errors + weight * z.norm(dim=1)


# 15.agreement


@right("15.agreement")
def by_combinations(read):
    pairs = itertools.combinations(read.tolist(), 2)
    return float(np.mean([np.equal(a, b).mean() for a, b in pairs]))


@right("15.agreement")
def by_counters(read):
    K, N = read.shape
    total = 0
    for column in read.T.tolist():
        total += sum(c * (c - 1) for c in Counter(column).values())
    return total / (N * K * (K - 1))


@right("15.agreement")
def by_the_upper_triangle(read):
    i, j = torch.triu_indices(len(read), len(read), 1)
    return (read[i] == read[j]).float().mean().item()


@right("15.agreement")
def by_shares(read):
    K = read.size(0)
    p = torch.stack([(read == c).double().mean(0) for c in range(10)])  # [10, N]
    return float(((K * p.square().sum(0) - 1) / (K - 1)).mean())


@right("15.agreement")
def by_masking_the_diagonal(read):
    same = (read.unsqueeze(0) == read.unsqueeze(1)).double().mean(2)  # [K, K]
    off = ~torch.eye(len(read), dtype=torch.bool)
    return same[off].mean()


@wrong("15.agreement")
def forgets_that_pairs_come_twice(read):
    K, N = read.shape
    hits = sum((read[i] == read[j]).sum().item() for i in range(K) for j in range(i))
    return hits / (N * K * (K - 1))


@wrong("15.agreement")
def neighbours_only(read):
    return (read[1:] == read[:-1]).double().mean().item()


@wrong("15.agreement")
def with_the_mode(read):
    mode = read.mode(0).values
    return (read == mode).double().mean().item()


@wrong("15.agreement")
def divides_by_k_squared(read):
    K = len(read)
    alike = (read[:, None] == read[None]).double().sum((0, 1))
    return float(((alike - K) / K**2).mean())


@wrong("15.agreement")
def disagreement(read):
    K = len(read)
    differ = (read[:, None] != read[None]).double().sum((0, 1))
    return float((differ / (K * (K - 1))).mean())


# 15.best_answer


@right("15.best_answer")
def by_numpy(answers, w, power):
    y, p = answers.numpy(), w.numpy()
    if power == 2:
        return torch.from_numpy(np.average(y, axis=0, weights=p))
    order = np.argsort(y, axis=0)
    up_to = np.cumsum(p[order], axis=0)
    row = np.argmax(up_to >= 0.5, axis=0)
    return torch.from_numpy(np.take_along_axis(y, order, 0)[row, np.arange(y.shape[1])])


@right("15.best_answer")
def by_searchsorted(answers, w, power):
    if power == 2:
        return torch.einsum("m,md->d", w, answers)
    values, order = torch.sort(answers, dim=0)
    up_to = torch.cumsum(w[order], 0).T.contiguous()  # [D, M]
    half = torch.full((len(up_to), 1), 0.5, dtype=up_to.dtype)
    place = torch.searchsorted(up_to, half)[:, 0]
    return values[place, torch.arange(values.shape[1])]


@right("15.best_answer")
def counting_from_below(answers, w, power):
    if power == 2:
        return (answers * w.unsqueeze(1)).sum(dim=0)
    values, order = answers.sort(dim=0)
    below = (w[order].cumsum(0) < 0.5).sum(0)
    return values[below, torch.arange(answers.shape[1])]


@right("15.best_answer")
def normalised_first(answers, w, power):
    w = w / w.sum()
    if power == 2:
        return answers.T @ w
    out = torch.empty_like(answers[0])
    for j in range(answers.shape[1]):
        order = torch.argsort(answers[:, j])
        k = int((w[order].cumsum(0) >= 0.5).nonzero()[0])
        out[j] = answers[order[k], j]
    return out


@right("15.best_answer")
def tries_every_answer(answers, w, power):
    if power == 2:
        return torch.stack([torch.dot(w, y) for y in answers.T])
    costs = torch.stack([(w[:, None] * (answers - y).abs()).sum(0) for y in answers])
    return answers[costs.argmin(0), range(answers.shape[1])]


@wrong("15.best_answer")
def the_librarys_median(answers, w, power):
    return w @ answers if power == 2 else answers.median(0).values


@wrong("15.best_answer")
def divides_by_the_number(answers, w, power):
    if power == 2:
        return (w[:, None] * answers).mean(0)
    values, order = answers.sort(0)
    first = (w[order].cumsum(0) >= 0.5).double().argmax(0)
    return values.gather(0, first[None])[0]


@wrong("15.best_answer")
def weights_stay_where_they_were(answers, w, power):
    if power == 2:
        return w @ answers
    values = answers.sort(0).values
    first = int((w.cumsum(0) >= 0.5).double().argmax())
    return values[first]


@wrong("15.best_answer")
def one_place_too_far(answers, w, power):
    if power == 2:
        return w @ answers
    values, order = answers.sort(0)
    first = (w[order].cumsum(0) > 0.5).double().argmax(0) + 1
    return values.gather(0, first.clamp(max=len(values) - 1)[None])[0]


@wrong("15.best_answer")
def root_of_mean_square(answers, w, power):
    if power == 2:
        return (w @ answers.square()).sqrt()
    values, order = answers.sort(0)
    first = (w[order].cumsum(0) >= 0.5).double().argmax(0)
    return values.gather(0, first[None])[0]


# 15.cycle_loss


@right("15.cycle_loss")
def by_the_class(there, back, a, b):
    l1 = torch.nn.L1Loss()
    return l1(back(there(a)), a) + l1(there(back(b)), b)


@right("15.cycle_loss")
def named_stations(there, back, a, b):
    fake_b, fake_a = there(a), back(b)
    rec_a, rec_b = back(fake_b), there(fake_a)
    loss_a = torch.mean(torch.abs(rec_a - a))
    return loss_a + torch.mean(torch.abs(rec_b - b))


@right("15.cycle_loss")
def pictures_first(there, back, a, b):
    one = (a - back(there(a))).abs().flatten(1).mean(1).mean()
    return one.add((b - there(back(b))).abs().flatten(1).mean(1).mean())


@right("15.cycle_loss")
def by_a_list(there, back, a, b):
    trips = [(back(there(a)), a), (there(back(b)), b)]
    return sum(F.l1_loss(home, start) for home, start in trips)


@right("15.cycle_loss")
def by_norms(there, back, a, b):
    one = torch.norm(back(there(a)) - a, p=1) / a.numel()
    return one + torch.norm(there(back(b)) - b, p=1) / b.numel()


@wrong("15.cycle_loss")
def lambda_of_the_paper(there, back, a, b):
    one = (back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs().mean()
    return 10 * one


@wrong("15.cycle_loss")
def pooled(there, back, a, b):
    one, two = (back(there(a)) - a).abs(), (there(back(b)) - b).abs()
    return torch.cat([one.flatten(), two.flatten()]).mean()


@wrong("15.cycle_loss")
def half_of_it(there, back, a, b):
    return (F.l1_loss(back(there(a)), a) + F.l1_loss(there(back(b)), b)) / 2


@wrong("15.cycle_loss")
def detached_on_the_way(there, back, a, b):
    fake_b, fake_a = there(a).detach(), back(b).detach()
    return (back(fake_b) - a).abs().mean() + (there(fake_a) - b).abs().mean()


@wrong("15.cycle_loss")
def identity_loss(there, back, a, b):
    return F.l1_loss(there(b), b) + F.l1_loss(back(a), a)


# 15.gram


@right("15.gram")
def by_bmm(F):
    n, c, h, w = F.size()
    rows = F.reshape(n, c, h * w)
    return torch.bmm(rows, rows.permute(0, 2, 1)).div(h * w)


@right("15.gram")
def picture_by_picture(F):
    return torch.stack([f.flatten(1) @ f.flatten(1).T / f[0].numel() for f in F])


@right("15.gram")
def scaled_before(F):
    rows = F.flatten(2) / math.sqrt(F.shape[-2] * F.shape[-1])
    return rows @ rows.mT


@right("15.gram")
def by_numpy_einsum(F):
    f = F.numpy().reshape(F.shape[0], F.shape[1], -1)
    return torch.from_numpy(np.einsum("nip,njp->nij", f, f) / f.shape[2])


@right("15.gram")
def place_by_place(F):
    n, c, h, w = F.shape
    G = torch.zeros(n, c, c)
    for i in range(h):
        for j in range(w):
            v = F[:, :, i, j]
            G += v[:, :, None] * v[:, None, :]
    return G / (h * w)


@wrong("15.gram")
def as_the_pytorch_tutorial(F):
    a, b, c, d = F.size()
    features = F.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


@wrong("15.gram")
def divides_by_channels_too(F):
    n, c, h, w = F.shape
    rows = F.view(n, c, h * w)
    return rows @ rows.transpose(1, 2) / (c * h * w)


@wrong("15.gram")
def by_cov(F):
    return torch.stack([torch.cov(f.flatten(1)) for f in F])


@wrong("15.gram")
def cosines(F):
    rows = torch.nn.functional.normalize(F.flatten(2), dim=2)
    return rows @ rows.transpose(1, 2)


@wrong("15.gram")
def of_the_means(F):
    m = F.mean((2, 3))
    return m[:, :, None] * m[:, None, :]


# 15.adain


@right("15.adain")
def with_the_usual_names(content, style):
    def mean_std(feat, eps=1e-6):
        n, c = feat.shape[:2]
        rows = feat.reshape(n, c, -1)
        std = (rows.var(dim=2, correction=0) + eps).sqrt()
        return rows.mean(dim=2).view(n, c, 1, 1), std.view(n, c, 1, 1)

    mu, sigma = mean_std(content)
    style_mu, style_sigma = mean_std(style)
    return (content - mu) / sigma * style_sigma + style_mu


@right("15.adain")
def by_the_module(x, y):
    unit = torch.nn.InstanceNorm2d(x.shape[1], eps=1e-6)(x)
    var = y.var((2, 3), unbiased=False, keepdim=True) + 1e-6
    return unit * var**0.5 + y.mean((2, 3), keepdim=True)


@right("15.adain")
def by_group_norm(x, y):
    c = x.shape[1]
    unit = torch.nn.functional.group_norm(x, c, eps=1e-6)
    mean = y.mean((-1, -2))[..., None, None]
    spread = ((y - mean) ** 2).mean((-1, -2), keepdim=True).add(1e-6).sqrt()
    return torch.addcmul(mean, unit, spread)


@right("15.adain")
def channel_by_channel(x, y):
    out = torch.empty_like(x)
    for i, (f, g) in enumerate(zip(x, y, strict=True)):
        for c in range(len(f)):
            sigma = math.sqrt(float(f[c].var(correction=0)) + 1e-6)
            wanted = math.sqrt(float(g[c].var(correction=0)) + 1e-6)
            out[i, c] = (f[c] - f[c].mean()) / sigma * wanted + g[c].mean()
    return out


@right("15.adain")
def by_numpy_moments(x, y):
    a, b = x.numpy().astype(float), y.numpy().astype(float)
    ax = {"axis": (2, 3), "keepdims": True}
    unit = (a - a.mean(**ax)) / np.sqrt(a.var(**ax) + 1e-6)
    return torch.from_numpy(unit * np.sqrt(b.var(**ax) + 1e-6) + b.mean(**ax))


@wrong("15.adain")
def sample_spread(x, y):
    unit = (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)
    return unit * y.std((2, 3), keepdim=True) + y.mean((2, 3), keepdim=True)


@wrong("15.adain")
def variances_for_spreads(x, y):
    vx, mx = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    vy, my = torch.var_mean(y, (2, 3), correction=0, keepdim=True)
    return vy * (x - mx) / (vx + 1e-6) + my


@wrong("15.adain")
def forgets_the_styles_mean(x, y):
    vx, mx = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    vy = y.var((2, 3), correction=0, keepdim=True)
    return (vy + 1e-6).sqrt() * (x - mx) / (vx + 1e-6).sqrt()


@wrong("15.adain")
def adds_back_its_own_mean(x, y):
    vx, mx = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    vy = y.var((2, 3), correction=0, keepdim=True)
    return (vy + 1e-6).sqrt() * (x - mx) / (vx + 1e-6).sqrt() + mx


@wrong("15.adain")
def whole_pictures(x, y):  # one mean and spread for a picture
    (vx, mx), (vy, my) = (
        torch.var_mean(p, (1, 2, 3), correction=0, keepdim=True) for p in (x, y)
    )
    return (vy + 1e-6).sqrt() * (x - mx) / (vx + 1e-6).sqrt() + my


# 15.information


@right("15.information")
def by_scipy_entropy(joint):
    from scipy.stats import entropy

    alone = np.outer(joint.sum(1), joint.sum(0))
    return entropy(joint.numpy().ravel(), alone.ravel())


@right("15.information")
def by_masking(joint):
    product = torch.outer(joint.sum(1), joint.sum(0))
    there = joint > 0
    return float((joint[there] * torch.log(joint[there] / product[there])).sum())


@right("15.information")
def by_scipy(joint):
    from scipy.special import rel_entr

    p = joint.numpy()
    return rel_entr(p, p.sum(1, keepdims=True) * p.sum(0, keepdims=True)).sum()


@right("15.information")
def marginal_less_conditional(joint):
    rows = joint.sum(1)
    given = (joint / rows[:, None]).nan_to_num()
    h_b = torch.special.entr(joint.sum(0)).sum()
    return (h_b - (rows * torch.special.entr(given).sum(1)).sum()).item()


@right("15.information")
def by_logarithms_apart(joint):
    p = joint.clamp(min=1e-12)
    row, column = joint.sum(1, keepdim=True).log(), joint.sum(0).log()
    return (joint * (p.log() - row - column)).sum().item()


@wrong("15.information")
def not_a_number(joint):  # 0 log 0
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    return float((joint * (joint / alone).log()).sum())


@wrong("15.information")
def weighted_by_the_product(joint):
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    ratio = joint.clamp(min=1e-30) / alone
    return float((alone * ratio.log()).sum())


@wrong("15.information")
def the_other_sign(joint):
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    return float(-torch.xlogy(joint, joint / alone).sum())


@wrong("15.information")
def one_margin_for_both(joint):
    rows = joint.sum(1, keepdim=True)
    return float(torch.xlogy(joint, joint / (rows * rows)).sum())


@wrong("15.information")
def normalised(joint):
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    info = torch.xlogy(joint, joint / alone).sum()
    h = torch.special.entr(joint.sum(0)).sum() * torch.special.entr(joint.sum(1)).sum()
    return float(info / h.sqrt())


# 15.advantage


@right("15.advantage")
def by_roc_curve(members, strangers):
    from sklearn.metrics import roc_curve

    scores = torch.cat([members, strangers]).numpy()
    truth = [1] * len(members) + [0] * len(strangers)
    fpr, tpr, _ = roc_curve(truth, scores)
    return max(tpr - fpr)


@right("15.advantage")
def by_ks(members, strangers):
    from scipy.stats import ks_2samp

    test = ks_2samp(members.numpy(), strangers.numpy(), alternative="less")
    return test.statistic


@right("15.advantage")
def by_numpy_grid(members, strangers):
    m, s = members.numpy(), strangers.numpy()
    gaps = [(m >= t).mean() - (s >= t).mean() for t in np.r_[m, s, np.inf]]
    return np.max(gaps)


@right("15.advantage")
def above_strictly(members, strangers):
    t = torch.cat([members, strangers, torch.tensor([-math.inf])])
    gap = (members[:, None] > t).float().mean(0) - (
        strangers[:, None] > t
    ).float().mean(0)
    return gap.max()


@right("15.advantage")
def by_walking_down(members, strangers):
    marked = [(-float(s), 1 / len(members)) for s in members]
    marked += [(-float(s), -1 / len(strangers)) for s in strangers]
    best = gap = 0.0
    for _, group in itertools.groupby(sorted(marked), key=lambda one: one[0]):
        gap += sum(step for _, step in group)
        best = max(best, gap)
    return best


@wrong("15.advantage")
def auc_instead(members, strangers):
    over = (members[:, None] > strangers).double().mean()
    ties = (members[:, None] == strangers).double().mean()
    return float(over + ties / 2)


@wrong("15.advantage")
def gini(members, strangers):
    over = (members[:, None] > strangers).double().mean()
    under = (members[:, None] < strangers).double().mean()
    return max(0.0, float(over - under))


@wrong("15.advantage")
def ties_stepped_through(members, strangers):
    scores = torch.cat([members, strangers])
    step = torch.cat(
        [
            torch.full((len(members),), 1 / len(members)),
            torch.full((len(strangers),), -1 / len(strangers)),
        ]
    )
    order = scores.argsort(descending=True, stable=True)
    return max(0.0, float(step[order].cumsum(0).max()))


@wrong("15.advantage")
def difference_of_means(members, strangers):
    return max(0.0, float(members.double().mean() - strangers.double().mean()))


@wrong("15.advantage")
def best_of_each(members, strangers):
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return float(caught.max() - accused.min())


# 15.epsilon_for


@right("15.epsilon_for")
def by_numpy_arctanh(a):
    return 2 * np.arctanh(a)


@right("15.epsilon_for")
def by_logit(a):
    from scipy.special import logit

    return logit((1 + a) / 2)


@right("15.epsilon_for")
def by_torch(a):
    a = torch.tensor(a, dtype=torch.float64)
    return torch.log((1 + a) / (1 - a))


@right("15.epsilon_for")
def by_bisection(a):
    low, high = 0.0, 50.0
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (mid, high) if math.tanh(mid / 2) < a else (low, mid)
    return high


@right("15.epsilon_for")
def by_root_finding(a):
    from scipy.optimize import brentq

    return brentq(lambda e: np.expm1(e) / (np.exp(e) + 1) - a, 0, 60, xtol=1e-14)


@wrong("15.epsilon_for")
def odds(a):
    return (1 + a) / (1 - a)


@wrong("15.epsilon_for")
def half_of_it_atanh(a):
    return math.atanh(a)


@wrong("15.epsilon_for")
def logit_of_the_advantage(a):
    return math.log(a / (1 - a)) if a > 0 else -math.inf


@wrong("15.epsilon_for")
def from_e_to_the_minus(a):  # advantage <= 1 - e^-eps
    return -math.log(1 - a)


@wrong("15.epsilon_for")
def common_logarithm(a):
    return math.log10((1 + a) / (1 - a))


# 15.wrapped


@right("15.wrapped")
def by_numpy_pad(x, p):
    return torch.from_numpy(np.pad(x.numpy(), [(0, 0), (0, 0), (p, p), (p, p)], "wrap"))


@right("15.wrapped")
def by_repeating(x, p):
    h, w = x.shape[-2:]
    return x.repeat(1, 1, 3, 3)[..., h - p : 2 * h + p, w - p : 2 * w + p]


@right("15.wrapped")
def by_rolling(x, p):
    n, c, h, w = x.shape
    out = x.new_empty(n, c, h + 2 * p, w + 2 * p)
    for i in range(h + 2 * p):
        for j in range(w + 2 * p):
            out[:, :, i, j] = x[:, :, (i - p) % h, (j - p) % w]
    return out


@right("15.wrapped")
def by_index_select(x, p):
    for dim in (2, 3):
        n = x.size(dim)
        x = x.index_select(dim, torch.arange(-p, n + p).remainder(n))
    return x


@right("15.wrapped")
def by_narrow(x, p):
    for dim in (-1, -2):
        n = x.shape[dim]
        x = torch.cat([x.narrow(dim, n - p, p), x, x.narrow(dim, 0, p)], dim)
    return x


@wrong("15.wrapped")
def rows_alone(x, p):
    return torch.cat([x[..., -p:, :], x, x[..., :p, :]], -2)


@wrong("15.wrapped")
def symmetric(x, p):
    pads = [(0, 0), (0, 0), (p, p), (p, p)]
    return torch.from_numpy(np.pad(x.numpy(), pads, "symmetric"))


@wrong("15.wrapped")
def one_side(x, p):  # 2p at the end
    x = torch.cat([x, x[..., : 2 * p]], -1)
    return torch.cat([x, x[..., : 2 * p, :]], -2)


@wrong("15.wrapped")
def corners_empty(x, p):
    out = F.pad(x, [p] * 4)
    out[..., :p, p:-p], out[..., -p:, p:-p] = x[..., -p:, :], x[..., :p, :]
    out[..., p:-p, :p], out[..., p:-p, -p:] = x[..., -p:], x[..., :p]
    return out


@wrong("15.wrapped")
def signs_turned(x, p):  # (i + p) mod H
    rows, columns = (torch.arange(p, n + 3 * p) % n for n in x.shape[2:])
    return x[:, :, rows][..., columns]


# 15.seam


@right("15.seam")
def by_numpy_diff(x):
    a = x.numpy()
    across = np.abs(a[..., 0] - a[..., -1]).mean()
    across += np.abs(a[..., 0, :] - a[..., -1, :]).mean()
    within = np.abs(np.diff(a, axis=3)).mean() + np.abs(np.diff(a, axis=2)).mean()
    return across / within


@right("15.seam")
def by_l1_loss(x):
    across = F.l1_loss(x[:, :, :, 0], x[:, :, :, -1])
    across += F.l1_loss(x[:, :, 0], x[:, :, -1])
    within = F.l1_loss(x[:, :, :, 1:], x[:, :, :, :-1])
    within += F.l1_loss(x[:, :, 1:], x[:, :, :-1])
    return across / within


@right("15.seam")
def averages_of_two(x):
    outer = [(x.select(d, 0) - x.select(d, -1)).abs().mean() for d in (2, 3)]
    inner = [torch.diff(x, dim=d).abs().mean() for d in (2, 3)]
    return (torch.stack(outer).mean() / torch.stack(inner).mean()).item()


@right("15.seam")
def by_circular_padding(x):
    y = F.pad(x, (0, 1, 0, 1), mode="circular")
    right, down = y[..., :-1, :].diff(dim=3).abs(), y[..., :-1].diff(dim=2).abs()
    across = right[..., -1].mean() + down[..., -1, :].mean()
    return float(across / (right[..., :-1].mean() + down[..., :-1, :].mean()))


@right("15.seam")
def in_double(x):
    x = x.double()
    h, w = x.shape[2:]
    across = (x[..., 0] - x[..., w - 1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., h - 1, :]).abs().mean()
    dx, dy = (x[..., 1:] - x[..., :-1]).abs(), (x[..., 1:, :] - x[..., :-1, :]).abs()
    return across / (dx.sum() / dx.numel() + dy.mean())


@wrong("15.seam")
def two_ratios(x):
    one = (x[..., 0] - x[..., -1]).abs().mean() / x.diff(dim=3).abs().mean()
    two = (x[..., 0, :] - x[..., -1, :]).abs().mean() / x.diff(dim=2).abs().mean()
    return float((one + two) / 2)


@wrong("15.seam")
def sums(x):
    across = (x[..., 0] - x[..., -1]).abs().sum()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().sum()
    return float(across / (x.diff(dim=3).abs().sum() + x.diff(dim=2).abs().sum()))


@wrong("15.seam")
def averaged_before(x):  # |mean of columns| and not mean of |.|
    across = (x[..., 0] - x[..., -1]).mean().abs()
    across = across + (x[..., 0, :] - x[..., -1, :]).mean().abs()
    within = x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean()
    return float(across / within)


@wrong("15.seam")
def seam_counted_within(x):  # rolls, so that the seam is among those within
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = (x - x.roll(1, 3)).abs().mean() + (x - x.roll(1, 2)).abs().mean()
    return float(across / within)


@wrong("15.seam")
def difference_for_ratio(x):
    across = (x[..., 0] - x[..., -1]).abs().mean()
    across = across + (x[..., 0, :] - x[..., -1, :]).abs().mean()
    within = x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean()
    return float(across - within)


# 15.decoder


class _Decoder(nn.Module):
    """Layers under any name, and a function of (module, F)."""

    def __init__(self, way, **layers):
        super().__init__()
        self.way = way
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, F):
        return self.way(self, F)


def _conv(inputs, outputs, side=3):
    return nn.Conv2d(inputs, outputs, side, padding=side // 2)


@right("15.decoder")
def decoder_of_one_transposed_convolution():
    # each pixel mixes two by two places; the bend is tanh's
    return nn.Sequential(nn.ConvTranspose2d(48, 1, 4, 2, 1), nn.Tanh())


@right("15.decoder")
def with_a_shortcut():
    def way(net, F):
        return net.shuffle(net.last(F + net.two(net.one(F).relu()).relu()))

    parts = {"one": _conv(48, 24), "two": _conv(24, 48), "last": _conv(48, 4)}
    return _Decoder(way, **parts, shuffle=nn.PixelShuffle(2))


@right("15.decoder")
def nearest_then_two_convolutions():
    def way(net, F):
        big = net.a(F).relu().repeat_interleave(2, 2).repeat_interleave(2, 3)
        return net.c(torch.relu(net.b(big)))

    return _Decoder(way, a=_conv(48, 40), b=_conv(40, 20), c=_conv(20, 1))


@right("15.decoder")
def one_wide_transposed_kernel():
    layers = [nn.Conv2d(48, 64, 5, padding=2), nn.SiLU()]
    layers.append(nn.ConvTranspose2d(64, 1, 6, stride=2, padding=2))
    return nn.Sequential(*layers)


@right("15.decoder")
def shuffled_by_hand():
    def way(net, F):
        four = net.body(F)  # [N, 4, 14, 14]
        grid = four.view(-1, 2, 2, 14, 14).permute(0, 3, 1, 4, 2)
        return grid.reshape(-1, 1, 28, 28)

    body = nn.Sequential(_conv(48, 32), nn.LeakyReLU(0.1), _conv(32, 4))
    return _Decoder(way, body=body)


@right("15.decoder")
def parameters_and_functions():
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.k1 = nn.Parameter(torch.randn(30, 48, 3, 3) / 20)
            self.k2 = nn.Parameter(torch.randn(30, 1, 4, 4) / 10)

        def forward(self, maps):
            h = nn.functional.conv2d(maps, self.k1, padding=1).tanh()
            x = nn.functional.conv_transpose2d(h, self.k2, stride=2, padding=1)
            return x.clamp(-1, 1)

    return Decoder()


@wrong("15.decoder")
def sigmoid_at_the_end():
    return nn.Sequential(
        _conv(48, 16), nn.ReLU(), _conv(16, 4), nn.PixelShuffle(2), nn.Sigmoid()
    )


@wrong("15.decoder")
def upsampled_last():
    return nn.Sequential(
        _conv(48, 16), nn.ReLU(), _conv(16, 1), nn.Upsample(scale_factor=2)
    )


@wrong("15.decoder")
def linear_layers_only():
    return nn.Sequential(_conv(48, 16), _conv(16, 4), nn.PixelShuffle(2))


@wrong("15.decoder")
def kernels_of_one():
    return nn.Sequential(
        _conv(48, 90, 1), nn.ReLU(), _conv(90, 4, 1), nn.PixelShuffle(2)
    )


@wrong("15.decoder")
def pooled_to_one_place():
    layers = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 100), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(100, 784), nn.Unflatten(1, (1, 28, 28)))


@wrong("15.decoder")
def still_small():
    return nn.Sequential(_conv(48, 24), nn.ReLU(), _conv(24, 1))


@wrong("15.decoder")
def too_many_weights():
    layers = [nn.Flatten(), nn.Linear(48 * 196, 100), nn.ReLU(), nn.Linear(100, 784)]
    return nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28)))


# 15.decoder_step


@right("15.decoder_step")
def by_a_loss_module(network, optimiser, extract, pictures):
    loss = nn.MSELoss()(network(extract(pictures)), pictures)
    network.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


@right("15.decoder_step")
def by_a_closure(network, optimiser, extract, pictures):
    def closure():
        optimiser.zero_grad()
        loss = torch.mean((network(extract(pictures)) - pictures) ** 2)
        loss.backward()
        return loss

    return float(optimiser.step(closure))


@right("15.decoder_step")
def each_picture_counts_alike(network, optimiser, extract, pictures):
    optimiser.zero_grad(set_to_none=False)
    each = (pictures - network(extract(pictures))).pow(2).flatten(1).mean(1)
    (sum(each) / len(each)).backward()
    optimiser.step()
    return each.mean().detach()


@right("15.decoder_step")
def in_two_halves(network, optimiser, extract, pictures):
    optimiser.zero_grad()
    total = 0.0
    for part in pictures.split(4):
        share = len(part) / len(pictures)
        loss = share * (network(extract(part)) - part).square().mean()
        loss.backward()
        total += loss.item()
    optimiser.step()
    return total


@right("15.decoder_step")
def backward_with_the_exact_slope(network, optimiser, extract, pictures):
    optimiser.zero_grad()
    made = network(extract(pictures))
    gap = (made - pictures).detach()
    made.backward(2 * gap / gap.numel())
    optimiser.step()
    return gap.square().mean()


@wrong("15.decoder_step")
def l1_loss(network, optimiser, extract, pictures):
    loss = nn.functional.l1_loss(network(extract(pictures)), pictures)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@wrong("15.decoder_step")
def sum_reduction(network, optimiser, extract, pictures):
    loss = nn.MSELoss(reduction="sum")(network(extract(pictures)), pictures)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@wrong("15.decoder_step")
def no_zero_grad(network, optimiser, extract, pictures):
    loss = nn.functional.mse_loss(network(extract(pictures)), pictures)
    loss.backward()
    optimiser.step()
    return loss.item()


@wrong("15.decoder_step")
def cleared_between(network, optimiser, extract, pictures):
    loss = nn.functional.mse_loss(network(extract(pictures)), pictures)
    loss.backward()
    optimiser.zero_grad()
    optimiser.step()
    return loss.item()


@wrong("15.decoder_step")
def clipped_pixels(network, optimiser, extract, pictures):
    made = torch.clip(network(extract(pictures)), -1.0, 1.0)
    loss = nn.functional.mse_loss(made, pictures)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@wrong("15.decoder_step")
def perceptual_loss(network, optimiser, extract, pictures):
    loss = nn.functional.mse_loss(
        extract(network(extract(pictures))), extract(pictures)
    )
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


@wrong("15.decoder_step")
def root_of_the_error(network, optimiser, extract, pictures):
    loss = nn.functional.mse_loss(network(extract(pictures)), pictures).sqrt()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


# 15.paired_gain


@right("15.paired_gain")
def by_the_standard_error_of_scipy(without, with_it):
    from scipy.stats import sem

    gaps = (with_it - without).numpy()
    return gaps.mean(), 1.96 * sem(gaps)


@right("15.paired_gain")
def by_statistics(without, with_it):
    from statistics import fmean, stdev

    gaps = [b - a for a, b in zip(without.tolist(), with_it.tolist(), strict=True)]
    return [fmean(gaps), 1.96 * stdev(gaps) / math.sqrt(len(gaps))]


@right("15.paired_gain")
def by_the_covariance(without, with_it):
    joint = torch.stack([without, with_it]).double().cov()
    variance = joint[0, 0] + joint[1, 1] - 2 * joint[0, 1]
    gain = with_it.double().mean() - without.double().mean()
    return float(gain), float(1.96 * (variance / len(without)).sqrt())


@right("15.paired_gain")
def sums_alone(without, with_it):
    d, n = with_it - without, without.shape[0]
    mean = d.sum() / n
    spread = ((d - mean) ** 2).sum() / (n - 1)
    return mean.item(), 1.96 * math.sqrt(spread.item() / n)


@right("15.paired_gain")
def by_std_mean(without, with_it):
    spread, mean = torch.std_mean(with_it.double() - without.double())
    return torch.stack([mean, 1.96 * spread / len(without) ** 0.5])


@wrong("15.paired_gain")
def two_separate_errors(without, with_it):
    a, b = (one.std() / len(one) ** 0.5 for one in (without, with_it))
    return float(with_it.mean() - without.mean()), 1.96 * float((a**2 + b**2).sqrt())


@wrong("15.paired_gain")
def without_less_with(without, with_it):
    d = without - with_it
    return float(d.mean()), 1.96 * float(d.std()) / len(d) ** 0.5


@wrong("15.paired_gain")
def forgot_the_root(without, with_it):
    d = with_it - without
    return float(d.mean()), 1.96 * float(d.std() / len(d))


@wrong("15.paired_gain")
def numpy_default_divisor(without, with_it):
    d = np.asarray(with_it - without)
    return d.mean(), 1.96 * np.std(d) / np.sqrt(len(d))


@wrong("15.paired_gain")
def both_sides(without, with_it):
    d = with_it - without
    return float(d.mean()), 2 * 1.96 * float(d.std()) / len(d) ** 0.5


@wrong("15.paired_gain")
def ratio_of_means(without, with_it):
    d = with_it - without
    return float(with_it.mean() / without.mean() - 1), 1.96 * float(d.std()) / len(
        d
    ) ** 0.5


@wrong("15.decoder")
def first_layer_frozen():
    network = nn.Sequential(
        nn.Conv2d(48, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 4, 3, padding=1),
        nn.PixelShuffle(2),
    )
    network[0].requires_grad_(False)
    return network
