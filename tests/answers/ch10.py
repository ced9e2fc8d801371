"""Chapter 10, asking for what you want: answers as other people write them."""

import math
import re
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import torch
from scipy.stats import truncnorm
from skimage.measure import moments_central
from torch import nn
from torch.distributions import Bernoulli, Categorical, MultivariateNormal
from torch.distributions import kl_divergence as kl_between
from torch.nn import functional as F

from aigc_course import control
from tests.answers import right, wrong

# 10.with_condition


@right("10.with_condition")
def scattered_into_padding(z, labels, classes):
    wide = F.pad(z, (0, classes))
    return wide.scatter(1, labels[:, None] + z.shape[1], 1.0)


@right("10.with_condition")
def compared_with_all_classes(z, labels, classes):
    marks = labels.unsqueeze(-1) == torch.arange(classes)
    return torch.cat((z, marks.type_as(z)), -1)


@right("10.with_condition")
def row_by_row(z, labels, classes):
    rows = []
    for latent, label in zip(z.tolist(), labels.tolist(), strict=True):
        mark = [0.0] * classes
        mark[label] = 1.0
        rows.append(latent + mark)
    return torch.tensor(rows, dtype=z.dtype)


@right("10.with_condition")
def by_numpy(z, labels, classes):
    marks = np.identity(classes)[labels.numpy()]
    return torch.from_numpy(np.concatenate([z.numpy(), marks], axis=1))


@right("10.with_condition")
def by_a_frozen_embedding(z, labels, classes):
    table = nn.Embedding.from_pretrained(torch.eye(classes))
    return torch.column_stack([z, table(labels)])


@wrong("10.with_condition")
def a_learnt_embedding(z, labels, classes):
    return torch.cat([z, nn.Embedding(classes, classes)(labels).to(z)], 1)


@wrong("10.with_condition")
def labels_scaled_to_one(z, labels, classes):
    return torch.cat([z, (labels / (classes - 1)).unsqueeze(1).to(z)], dim=1)


@wrong("10.with_condition")
def counted_from_one(z, labels, classes):
    return torch.cat([z, F.one_hot((labels - 1) % classes, classes).to(z)], dim=1)


@wrong("10.with_condition")
def multiplied(z, labels, classes):
    marks = F.one_hot(labels, classes).to(z)
    return (z[:, :, None] * marks[:, None, :]).flatten(1)


@wrong("10.with_condition")
def all_marks_in_every_row(z, labels, classes):
    marks = torch.zeros(len(z), classes, dtype=z.dtype)
    marks[:, labels] = 1
    return torch.cat([z, marks], dim=1)


# 10.projection


@right("10.projection")
def by_batched_products(h, labels, w, b, V):
    fit = torch.bmm(V[labels].unsqueeze(1), h.unsqueeze(2)).flatten()
    return fit + torch.mv(h, w) + b


@right("10.projection")
def by_layers(h, labels, w, b, V):
    score = F.linear(h, w[None], b.reshape(1)).squeeze(1)
    return score + torch.sum(F.embedding(labels, V) * h, dim=-1)


@right("10.projection")
def one_image_at_a_time(h, labels, w, b, V):
    return torch.stack(
        [x @ w + b + x @ V[int(y)] for x, y in zip(h, labels, strict=True)]
    )


@right("10.projection")
def by_one_hot_rows(h, labels, w, b, V):
    marks = F.one_hot(labels, len(V)).to(V)
    return ((marks @ V + w) * h).sum(dim=1) + b


@right("10.projection")
def the_diagonal(h, labels, w, b, V):
    every = h.double() @ V.double()[labels].T
    return (every.diagonal() + h.double() @ w.double() + b).float()


@wrong("10.projection")
def log_posterior_of_the_label(h, labels, w, b, V):
    named = F.log_softmax(h @ V.T, dim=1)
    return h @ w + b + named.gather(1, labels[:, None]).squeeze(1)


@wrong("10.projection")
def averaged_over_features(h, labels, w, b, V):
    return h @ w + b + (V[labels] * h).mean(1)


@wrong("10.projection")
def directions_only(h, labels, w, b, V):
    return h @ w + b + (F.normalize(V[labels], dim=1) * h).sum(1)


@wrong("10.projection")
def a_probability(h, labels, w, b, V):
    return torch.sigmoid(h @ w + b + (V[labels] * h).sum(1))


@wrong("10.projection")
def the_best_class(h, labels, w, b, V):
    return h @ w + b + (h @ V.T).max(dim=1).values


# 10.auxiliary_loss


@right("10.auxiliary_loss")
def by_the_losses_of_torch(real_logits, fake_logits, real_guess, fake_guess, labels):
    adversarial, named = nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss()
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    real = adversarial(real_logits, ones) + named(real_guess, labels)
    fake = adversarial(fake_logits, zeros) + named(fake_guess, labels)
    return real + fake


@right("10.auxiliary_loss")
def by_logsigmoid(real_logits, fake_logits, real_guess, fake_guess, labels):
    source = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    named = 0
    for guess in (real_guess, fake_guess):
        named = named + guess.log_softmax(-1).gather(1, labels[:, None]).mean()
    return -(source + named)


@right("10.auxiliary_loss")
def by_logsumexp(real_logits, fake_logits, real_guess, fake_guess, labels):
    zero = torch.zeros(())
    loss = torch.logaddexp(zero, -real_logits).mean()
    loss = loss + torch.logaddexp(zero, fake_logits).mean()
    rows = range(len(labels))
    for guess in (real_guess, fake_guess):
        loss = loss + (guess.logsumexp(1) - guess[rows, labels]).mean()
    return loss


@right("10.auxiliary_loss")
def by_the_distributions(real_logits, fake_logits, real_guess, fake_guess, labels):
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    likelihood = (
        Bernoulli(logits=real_logits).log_prob(ones).mean()
        + Bernoulli(logits=fake_logits).log_prob(zeros).mean()
        + Categorical(logits=real_guess).log_prob(labels).mean()
        + Categorical(logits=fake_guess).log_prob(labels).mean()
    )
    return -likelihood


@right("10.auxiliary_loss")
def in_double(real_logits, fake_logits, real_guess, fake_guess, labels):
    r, f = real_logits.double(), fake_logits.double()
    source = (F.softplus(-r) + F.softplus(f)).sum() / len(r)
    picked = real_guess.double().log_softmax(1) + fake_guess.double().log_softmax(1)
    marks = F.one_hot(labels, picked.shape[1])
    return source - (marks * picked).sum(1).mean()


@wrong("10.auxiliary_loss")
def halved_as_on_github(real_logits, fake_logits, real_guess, fake_guess, labels):
    bce, ce = F.binary_cross_entropy_with_logits, F.cross_entropy
    real = bce(real_logits, torch.ones_like(real_logits)) + ce(real_guess, labels)
    fake = bce(fake_logits, torch.zeros_like(fake_logits)) + ce(fake_guess, labels)
    return (real / 2 + fake / 2) / 2


@wrong("10.auxiliary_loss")
def nll_of_logits(real_logits, fake_logits, real_guess, fake_guess, labels):
    source = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return source + F.nll_loss(real_guess, labels) + F.nll_loss(fake_guess, labels)


@wrong("10.auxiliary_loss")
def log_of_sigmoid(real_logits, fake_logits, real_guess, fake_guess, labels):
    source = -torch.log(torch.sigmoid(real_logits)).mean()
    source = source - torch.log(1 - torch.sigmoid(fake_logits)).mean()
    ce = F.cross_entropy
    return source + ce(real_guess, labels) + ce(fake_guess, labels)


@wrong("10.auxiliary_loss")
def the_generators_loss(real_logits, fake_logits, real_guess, fake_guess, labels):
    return F.softplus(-fake_logits).mean() + F.cross_entropy(fake_guess, labels)


@wrong("10.auxiliary_loss")
def source_minus_class(real_logits, fake_logits, real_guess, fake_guess, labels):
    source = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    ce = F.cross_entropy
    return source - (ce(real_guess, labels) + ce(fake_guess, labels))


# 10.true_share


@right("10.true_share")
def two_equations(agreement, accuracy, classes=10):
    # right + wrong = 1, p right + slip wrong = a
    system = np.array([[1, 1], [accuracy, (1 - accuracy) / (classes - 1)]])
    return np.linalg.solve(system, np.array([1, agreement]))[0]


@right("10.true_share")
def by_bisection(agreement, accuracy, classes=10):
    low, high = -1.0, 2.0
    for _ in range(60):
        s = (low + high) / 2
        reported = s * accuracy + (1 - s) * (1 - accuracy) / (classes - 1)
        low, high = (s, high) if reported < agreement else (low, s)
    return s


@right("10.true_share")
def in_fractions(agreement, accuracy, classes=10):
    a, p, k = Fraction(agreement), Fraction(accuracy), classes
    return (a * (k - 1) - 1 + p) / (p * k - 1)


@right("10.true_share")
def as_a_tensor(agreement, accuracy, classes=10):
    a = torch.tensor(agreement, dtype=torch.float64)
    p = torch.tensor(accuracy, dtype=torch.float64)
    slip = (1 - p) / (classes - 1)
    return (a - slip) / (p - slip)


@right("10.true_share")
def by_the_inverse_confusions(agreement, accuracy, classes=10):
    slip = (1 - accuracy) / (classes - 1)
    confusion = np.full((classes, classes), slip)
    np.fill_diagonal(confusion, accuracy)
    reported = np.full(classes, (1 - agreement) / (classes - 1))
    reported[0] = agreement  # class 0 was asked for
    return np.linalg.solve(confusion.T, reported)[0]


@wrong("10.true_share")
def clipped_to_one(agreement, accuracy, classes=10):
    slip = (1 - accuracy) / (classes - 1)
    return min(1.0, max(0.0, (agreement - slip) / (accuracy - slip)))


@wrong("10.true_share")
def corrected_for_chance(agreement, accuracy, classes=10):
    return (agreement - 1 / classes) / (1 - 1 / classes)


@wrong("10.true_share")
def slip_left_in_the_denominator(agreement, accuracy, classes=10):
    return (agreement - (1 - accuracy) / (classes - 1)) / accuracy


@wrong("10.true_share")
def by_bayes_rule(agreement, accuracy, classes=10):
    slip = (1 - accuracy) / (classes - 1)
    joint = agreement * accuracy
    return joint / (joint + (1 - agreement) * slip)


@wrong("10.true_share")
def error_subtracted(agreement, accuracy, classes=10):
    return agreement - (1 - accuracy)


# 10.conditional_bound


@right("10.conditional_bound")
def by_full_gaussians(x, logits, mean, log_variance, prior_mean):
    q = MultivariateNormal(mean, torch.diag_embed(log_variance.exp()))
    p = MultivariateNormal(prior_mean, torch.eye(mean.shape[1]))
    return Bernoulli(logits=logits).log_prob(x).sum(-1) - kl_between(q, p)


@right("10.conditional_bound")
def two_logsigmoids(x, logits, mean, log_variance, prior_mean):
    log_px = x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)
    gap = mean - prior_mean
    kl = -0.5 * (1 + log_variance - gap.pow(2) - log_variance.exp())
    return log_px.sum(dim=1) - kl.sum(dim=1)


@right("10.conditional_bound")
def by_signed_logits(x, logits, mean, log_variance, prior_mean):
    sign = 2 * x - 1
    log_px = -torch.logaddexp(torch.zeros_like(logits), -sign * logits)
    std = (log_variance / 2).exp()
    kl = -std.log() + (std**2 + (mean - prior_mean) ** 2) / 2 - 0.5
    return torch.sum(log_px, 1) - torch.sum(kl, 1)


@right("10.conditional_bound")
def image_by_image(x, logits, mean, log_variance, prior_mean):
    found = []
    for i in range(len(x)):
        cost = F.binary_cross_entropy_with_logits(logits[i], x[i], reduction="sum")
        kl = 0.0
        for m, v, p in zip(mean[i], log_variance[i], prior_mean[i], strict=True):
            kl = kl + ((m - p) ** 2 + torch.exp(v) - v - 1) / 2
        found.append(-cost - kl)
    return torch.stack(found)


@right("10.conditional_bound")
def with_the_stable_formula(x, logits, mean, log_variance, prior_mean):
    # max(a, 0) - a x + log(1 + exp(-|a|))
    cost = logits.clamp(min=0) - logits * x + torch.log1p((-logits.abs()).exp())
    kl = 0.5 * ((mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1)
    return -torch.einsum("nd->n", cost) - torch.einsum("nd->n", kl)


@wrong("10.conditional_bound")
def log_one_plus_exp(x, logits, mean, log_variance, prior_mean):
    log_px = (x * logits - torch.log(1 + torch.exp(logits))).sum(1)
    kl = (mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1
    return log_px - kl.sum(1) / 2


@wrong("10.conditional_bound")
def sigmoid_then_log(x, logits, mean, log_variance, prior_mean):
    p = torch.sigmoid(logits)
    log_px = (x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)).sum(1)
    kl = (mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1
    return log_px - kl.sum(1) / 2


@wrong("10.conditional_bound")
def half_forgotten(x, logits, mean, log_variance, prior_mean):
    log_px = (x * logits - F.softplus(logits)).sum(1)
    kl = (mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1
    return log_px - kl.sum(1)


@wrong("10.conditional_bound")
def mean_over_the_batch(x, logits, mean, log_variance, prior_mean):
    log_px = (x * logits - F.softplus(logits)).sum(1)
    kl = ((mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1).sum(1)
    return (log_px - kl / 2).mean()


@wrong("10.conditional_bound")
def squared_error(x, logits, mean, log_variance, prior_mean):
    log_px = -((torch.sigmoid(logits) - x) ** 2).sum(1)
    kl = (mean - prior_mean) ** 2 + log_variance.exp() - log_variance - 1
    return log_px - kl.sum(1) / 2


# 10.slant


@right("10.slant")
def by_sums(ink):
    _, H, W = ink.shape
    y, x = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    s, sx, sy, sxy, syy = (
        (ink * v).sum(dim=(1, 2)) for v in (x**0, x, y, x * y, y * y)
    )
    return (sx * sy - s * sxy) / (s * syy - sy**2)


@right("10.slant")
def by_weighted_covariances(ink):
    _, H, W = ink.shape
    y, x = np.mgrid[:H, :W]
    places = np.stack([x.ravel(), y.ravel()])
    found = [np.cov(places, aweights=one.numpy().ravel()) for one in ink]
    return torch.tensor([-c[0, 1] / c[1, 1] for c in found])


@right("10.slant")
def by_polyfit(ink):
    _, H, W = ink.shape
    y, x = np.mgrid[:H, :W]
    slopes = []
    for one in ink.numpy():
        fit = np.polyfit(y.ravel(), x.ravel(), 1, w=np.sqrt(one.ravel()))
        slopes.append(-fit[0])
    return torch.tensor(slopes, dtype=torch.float32)


@right("10.slant")
def by_skimage(ink):
    found = [moments_central(one.double().numpy(), order=2) for one in ink]
    return torch.tensor([-m[1, 1] / m[2, 0] for m in found], dtype=ink.dtype)


@right("10.slant")
def with_rows_counted_upwards(ink):
    up = torch.arange(ink.shape[1]).flip(0).to(ink)
    across = torch.arange(ink.shape[2]).to(ink)
    p = ink / ink.sum(dim=(-2, -1), keepdim=True)
    of_rows, of_columns = p.sum(2), p.sum(1)
    u = up - (of_rows @ up)[:, None]
    a = across - (of_columns @ across)[:, None]
    covariance = torch.einsum("nhw,nh,nw->n", p, u, a)
    return covariance / (of_rows * u**2).sum(1)


@wrong("10.slant")
def as_an_angle(ink):
    return torch.rad2deg(torch.atan(by_sums(ink)))


@wrong("10.slant")
def ink_above_a_half(ink):
    return by_sums((ink > 0.5).float())


@wrong("10.slant")
def around_the_middle_of_the_image(ink):
    _, H, W = ink.shape
    y, x = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    dy, dx = y - (H - 1) / 2, x - (W - 1) / 2
    return -(ink * dx * dy).sum((1, 2)) / (ink * dy**2).sum((1, 2))


@wrong("10.slant")
def coordinates_from_minus_one_to_one(ink):
    _, H, W = ink.shape
    y, x = torch.linspace(-1, 1, H)[:, None], torch.linspace(-1, 1, W)
    p = ink / ink.sum((1, 2), keepdim=True)
    dx = x - (p * x).sum((1, 2), keepdim=True)
    dy = y - (p * y).sum((1, 2), keepdim=True)
    return -(p * dx * dy).sum((1, 2)) / (p * dy * dy).sum((1, 2))


@wrong("10.slant")
def as_a_correlation(ink):
    _, H, W = ink.shape
    y, x = torch.arange(H)[:, None], torch.arange(W)
    p = ink / ink.sum((1, 2), keepdim=True)
    dx = x - (p * x).sum((1, 2), keepdim=True)
    dy = y - (p * y).sum((1, 2), keepdim=True)
    xx, yy = (p * dx * dx).sum((1, 2)), (p * dy * dy).sum((1, 2))
    return -(p * dx * dy).sum((1, 2)) / (xx * yy).sqrt()


# 10.move


@right("10.move")
def by_numpy_least_squares(z, values, change):
    columns = np.c_[z.numpy(), np.ones(len(z))]
    w = np.linalg.lstsq(columns, values.numpy(), rcond=None)[0][:-1]
    return z + torch.from_numpy(change * w / (w @ w))


@right("10.move")
def by_the_pseudoinverse_of_the_reading(z, values, change):
    columns = torch.cat([z, torch.ones_like(z[:, :1])], 1)
    w = torch.linalg.lstsq(columns, values.unsqueeze(1)).solution[:-1]  # [d, 1]
    return z + change * torch.linalg.pinv(w)


@right("10.move")
def by_qr(z, values, change):
    Q, R = torch.linalg.qr(torch.cat([torch.ones(len(z), 1), z], dim=1).double())
    solved = torch.linalg.solve_triangular(
        R, (Q.T @ values.double())[:, None], upper=True
    )
    w = solved[1:, 0].float()
    return z + (change / w.norm() ** 2) * w


@right("10.move")
def by_the_package(z, values, change):
    return control.direction(z, values, ridge=0.0).move(z, change)


@right("10.move")
def by_inverting_the_gram_matrix(z, values, change):
    Z = (z - z.mean(dim=0, keepdim=True)).double()
    a = (values - values.mean()).double()
    w = torch.inverse(Z.T @ Z) @ Z.T @ a
    return torch.stack([row + change * w / torch.sum(w * w) for row in z.double()])


@wrong("10.move")
def between_the_means_of_two_groups(z, values, change):
    large = values > values.median()
    w = z[large].mean(0) - z[~large].mean(0)
    return z + change * w / w.square().sum()


@wrong("10.move")
def constant_counted_in_w(z, values, change):
    columns = torch.cat([z, torch.ones(len(z), 1)], dim=1)
    w = torch.linalg.lstsq(columns, values[:, None]).solution[:, 0]
    return z + change * w[:-1] / w.square().sum()


@wrong("10.move")
def to_the_value_not_by_it(z, values, change):
    found = control.direction(z, values, ridge=0.0)
    return found.move(z, change - found.read(z))


@wrong("10.move")
def latents_fitted_to_the_attribute(z, values, change):
    gap = values - values.mean()
    slopes = (z - z.mean(0)).T @ gap / gap.square().sum()
    return z + change * slopes


@wrong("10.move")
def in_place(z, values, change):
    columns = torch.cat([z, torch.ones(len(z), 1)], dim=1)
    w = torch.linalg.lstsq(columns, values[:, None]).solution[:-1, 0]
    z += change * w / w.square().sum()
    return z


# 10.truncated


@right("10.truncated")
def by_scipy(u, limit):
    return torch.from_numpy(truncnorm.ppf(u.numpy(), -limit, limit))


@right("10.truncated")
def by_the_standard_library(u, limit):
    normal = NormalDist()
    low, high = normal.cdf(-limit), normal.cdf(limit)
    found = [normal.inv_cdf(low + v * (high - low)) for v in u.flatten().tolist()]
    return torch.tensor(found, dtype=u.dtype).view_as(u)


@right("10.truncated")
def a_half_normal_with_a_sign(u, limit):
    share = torch.erf(torch.tensor(limit, dtype=u.dtype) / 2**0.5)
    size = 2**0.5 * torch.erfinv((2 * u - 1).abs() * share)
    return torch.sign(u - 0.5) * size


@right("10.truncated")
def by_halving(u, limit):
    def cdf(z):
        return (1 + torch.erf(z / math.sqrt(2))) / 2

    edge = torch.full_like(u, limit)
    goal = cdf(-edge) + u * (cdf(edge) - cdf(-edge))
    low, high = -edge, edge.clone()
    for _ in range(60):
        middle = (low + high) / 2
        above = cdf(middle) > goal
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return middle


@right("10.truncated")
def stretched_uniform(u, limit):
    normal = torch.distributions.Normal(0.0, 1.0)
    ends = normal.cdf(torch.tensor([-limit, limit], dtype=torch.float64))
    return normal.icdf(ends[0] * (1 - u) + ends[1] * u)


@wrong("10.truncated")
def redrawn(u, limit):
    z = torch.randn(u.shape, dtype=u.dtype)
    while (outside := z.abs() > limit).any():
        z[outside] = torch.randn(int(outside.sum()), dtype=u.dtype)
    return z


@wrong("10.truncated")
def by_trunc_normal(u, limit):
    return nn.init.trunc_normal_(torch.empty_like(u), a=-limit, b=limit)


@wrong("10.truncated")
def squashed(u, limit):
    return limit * torch.tanh(torch.special.ndtri(u) / limit)


@wrong("10.truncated")
def wrapped_around(u, limit):
    return torch.fmod(torch.special.ndtri(u), limit)


@wrong("10.truncated")
def width_is_the_upper_end(u, limit):
    low, high = torch.special.ndtr(torch.tensor([-limit, limit], dtype=u.dtype))
    return torch.special.ndtri((low + u * high).clamp(max=1 - 1e-9))


# 10.read_request


@right("10.read_request")
def word_by_word(text, numbers):
    count, digit = 1, None
    for word in text.lower().split():
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in numbers:
                count = 1 if digit is None else digit
                digit = numbers[form]
                break
    return count, digit


@right("10.read_request")
def with_plurals_in_the_dictionary(text, numbers):
    forms = dict(numbers)
    for word, value in numbers.items():
        for ending in ("s", "es"):
            forms.setdefault(word + ending, value)
    values = [forms[word] for word in text.lower().split() if word in forms]
    *before, digit = values
    return (before[-1] if before else 1), digit


@right("10.read_request")
def by_one_pattern(text, numbers):
    words = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    found = re.findall(rf"(?<!\S)({words})(?:e?s)?(?!\S)", text.lower())
    values = [numbers[word] for word in found]
    return (values[-2] if len(values) >= 2 else 1, values[-1])


@right("10.read_request")
def backwards(text, numbers):
    def value(word):
        for ending in ("", "s", "es"):
            stem = word.removesuffix(ending)
            if stem in numbers:
                return numbers[stem]
        return None

    values = (value(word) for word in text.lower().split()[::-1])
    known = [v for v in values if v is not None] + [1]
    return [known[1], known[0]]


@right("10.read_request")
def as_an_array(text, numbers):
    words = np.array(text.lower().split())
    found = np.full(len(words), -1)
    for word, value in numbers.items():
        found[np.isin(words, [word, word + "s", word + "es"])] = value
    found = found[found >= 0]
    return np.array([found[0] if len(found) == 2 else 1, found[-1]])


@wrong("10.read_request")
def looks_for_parts_of_words(text, numbers):
    text = text.lower()
    places = sorted((text.find(word), n) for word, n in numbers.items() if word in text)
    values = [n for _, n in places]
    return (values[0] if len(values) > 1 else 1), values[-1]


@wrong("10.read_request")
def each_number_once(text, numbers):
    found = []
    for word in text.lower().split():
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in numbers and numbers[form] not in found:
                found.append(numbers[form])
    return (found[0] if len(found) > 1 else 1), found[-1]


@wrong("10.read_request")
def capitals_unknown(text, numbers):
    found = []
    for word in text.split():
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in numbers:
                found.append(numbers[form])
                break
    return (found[0] if len(found) > 1 else 1), found[-1]


@wrong("10.read_request")
def digit_first(text, numbers):
    found = []
    for word in text.lower().split():
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in numbers:
                found.append(numbers[form])
                break
    return found[-1], (found[0] if len(found) > 1 else 1)


@wrong("10.read_request")
def figures_only(text, numbers):
    found = [int(n) for n in re.findall(r"\d+", text)]
    return (found[0] if len(found) > 1 else 1), (found or [0])[-1]


# 10.conditional_generator


def _generator(first, body, call):
    """A module of layers and a function of (module, z, labels)."""

    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.body = first, body

        def forward(self, z, labels):
            return call(self, z, labels)

    return G()


def _body(channels=24):
    return nn.Sequential(
        nn.ReLU(),
        nn.Unflatten(1, (channels, 7, 7)),
        nn.ConvTranspose2d(channels, 12, 4, 2, 1),
        nn.LeakyReLU(0.1),
        nn.ConvTranspose2d(12, 1, 4, 2, 1),
        nn.Tanh(),
    )


@right("10.conditional_generator")
def two_linear_layers_added(latent, classes):
    first = nn.ModuleList([nn.Linear(latent, 24 * 49), nn.Embedding(classes, 24 * 49)])

    def call(net, z, labels):
        return net.body(net.first[0](z) + net.first[1](labels))

    return _generator(first, _body(), call)


@right("10.conditional_generator")
def noise_times_embedding(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(classes, latent)
            self.net = nn.Sequential(nn.Linear(latent, 24 * 49), _body())

        def forward(self, z, labels):
            return self.net(z * self.embed(labels))

    return G()


class _ConditionalNorm(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Embedding(classes, channels)
        self.shift = nn.Embedding(classes, channels)

    def forward(self, x, labels):
        scale, shift = self.scale(labels), self.shift(labels)
        return self.norm(x) * (1 + scale[..., None, None]) + shift[..., None, None]


@right("10.conditional_generator")
def conditional_batch_norm(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(latent, 24 * 49)
            self.n1, self.n2 = (_ConditionalNorm(c, classes) for c in (24, 12))
            self.c1 = nn.ConvTranspose2d(24, 12, 4, 2, 1)
            self.c2 = nn.ConvTranspose2d(12, 1, 4, 2, 1)

        def forward(self, z, y):
            x = self.n1(self.fc(z).unflatten(1, (24, 7, 7)), y).relu()
            return self.c2(self.n2(self.c1(x), y).relu()).tanh()

    return G()


@right("10.conditional_generator")
def raw_parameters_and_einsum(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.W = nn.Parameter(torch.randn(classes, latent, 30) * 0.1)
            self.out = nn.Parameter(torch.randn(30, 784) * 0.1)

        def forward(self, z, labels):
            h = torch.einsum("nd,ndk->nk", z, self.W[labels]).relu()
            return (h @ self.out).tanh().reshape(-1, 1, 28, 28)

    return G()


@right("10.conditional_generator")
def with_dropout_and_pixel_shuffle(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.start = nn.Linear(latent + classes, 16 * 49)
            self.rest = nn.Sequential(
                nn.Dropout(0.2),
                nn.LeakyReLU(0.2),
                nn.Unflatten(1, (16, 7, 7)),
                nn.Conv2d(16, 16, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(16, 16, 1),
                nn.PixelShuffle(4),
                nn.Hardtanh(),
            )

        def forward(self, z, labels):
            rows = F.one_hot(labels, num_classes=classes).type_as(z)
            return self.rest(self.start(torch.cat([rows, z], -1)))

    return G()


@wrong("10.conditional_generator")
def label_divided_by_classes(latent, classes):
    def call(net, z, labels):
        share = labels.float().div(classes).unsqueeze(-1)
        return net.body(net.first(torch.cat([z, share], 1)))

    return _generator(nn.Linear(latent + 1, 24 * 49), _body(), call)


@wrong("10.conditional_generator")
def label_forgotten_in_forward(latent, classes):
    def call(net, z, labels):
        nothing = torch.zeros(len(z), classes)
        return net.body(net.first(torch.cat([z, nothing], 1)))

    return _generator(nn.Linear(latent + classes, 24 * 49), _body(), call)


@wrong("10.conditional_generator")
def a_template_for_each_class(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(latent, 64), nn.ReLU(), nn.Linear(64, 784)
            )
            self.template = nn.Parameter(torch.randn(classes, 784) * 0.3)

        def forward(self, z, labels):
            return (self.net(z) + self.template[labels]).tanh().view(-1, 1, 28, 28)

    return G()


@wrong("10.conditional_generator")
def probabilities_of_ink(latent, classes):
    def call(net, z, labels):
        marks = F.one_hot(labels, classes).float()
        return (net.body(net.first(torch.cat([z, marks], 1))) + 1) / 2

    return _generator(nn.Linear(latent + classes, 24 * 49), _body(), call)


@wrong("10.conditional_generator")
def thirty_two_pixels(latent, classes):
    body = nn.Sequential(
        nn.ReLU(),
        nn.Unflatten(1, (16, 8, 8)),
        nn.ConvTranspose2d(16, 8, 4, 2, 1),
        nn.ConvTranspose2d(8, 1, 4, 2, 1),
        nn.Tanh(),
    )

    def call(net, z, labels):
        return net.body(net.first(torch.cat([z, F.one_hot(labels, classes)], 1)))

    return _generator(nn.Linear(latent + classes, 16 * 64), body, call)


@wrong("10.conditional_generator")
def ends_linear(latent, classes):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(classes, 20)
            self.net = nn.Sequential(
                nn.Linear(latent + 20, 100), nn.GELU(), nn.Linear(100, 784)
            )

        def forward(self, z, y):
            return self.net(torch.cat([z, self.e(y)], dim=1)).view(len(z), 1, 28, 28)

    return G()


@wrong("10.conditional_generator")
def mean_of_the_labels(latent, classes):
    def call(net, z, labels):
        marks = F.one_hot(labels, classes).float().mean(0).expand(len(z), -1)
        return net.body(net.first(torch.cat([z, marks], 1)))

    return _generator(nn.Linear(latent + classes, 24 * 49), _body(), call)


@wrong("10.conditional_generator")
def table_that_is_not_learnt(latent, classes):
    table = nn.Embedding(classes, 10)

    def call(net, z, labels):
        return net.body(net.first(torch.cat([z, table(labels).detach()], 1)))

    network = _generator(nn.Linear(latent + 10, 24 * 49), _body(), call)
    network.table = table
    return network


# 10.projection_discriminator


def _phi(width=40):
    return nn.Sequential(
        nn.Conv2d(1, 10, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(10, 10, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(490, width),
        nn.LeakyReLU(0.2),
    )


class _Judge(nn.Module):
    """phi, psi and rows for the labels, put together by a function."""

    def __init__(self, classes, way, width=40):
        super().__init__()
        self.phi, self.psi = _phi(width), nn.Linear(width, 1)
        self.rows, self.classes, self.way = nn.Embedding(classes, width), classes, way

    def forward(self, x, y):
        return self.way(self, self.phi(x), y)


@right("10.projection_discriminator")
def batched_products(classes):
    def way(net, h, y):
        fit = torch.bmm(net.rows(y)[:, None], h[:, :, None])[:, 0]
        return net.psi(h) + fit

    return _Judge(classes, way)


@right("10.projection_discriminator")
def bilinear_layer(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.phi, self.psi = _phi(), nn.Linear(40, 1)
            self.fit = nn.Bilinear(40, classes, 1, bias=False)

        def forward(self, x, y):
            h = self.phi(x)
            return self.psi(h) + self.fit(h, F.one_hot(y, classes).float())

    return D()


@right("10.projection_discriminator")
def with_batch_norm_and_global_sums(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(1, 16, 3, 2, 1),
                nn.ReLU(),
                nn.Conv2d(16, 48, 3, 2, 1, bias=False),
                nn.BatchNorm2d(48),
                nn.ReLU(),
            )
            self.linear, self.embed = nn.Linear(48, 1), nn.Embedding(classes, 48)

        def forward(self, x, y):
            h = self.body(x).sum((2, 3))
            output = self.linear(h)
            output += torch.sum(self.embed(y) * h, dim=1, keepdim=True)
            return output

    return D()


@right("10.projection_discriminator")
def einsum_with_parameters(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Parameter(torch.randn(784, 50) / 28)
            self.V = nn.Parameter(torch.randn(50, classes) / 7)
            self.w = nn.Parameter(torch.randn(50, 1) / 7)

        def forward(self, x, y):
            h = torch.tanh(x.flatten(1) @ self.a)
            return h @ self.w + torch.einsum("nk,kn->n", h, self.V[:, y])[:, None]

    return D()


@right("10.projection_discriminator")
def a_list_of_heads(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.phi, self.real = _phi(), nn.Linear(40, 1)
            self.heads = nn.ModuleList(
                [nn.Linear(40, 1, bias=False) for _ in range(classes)]
            )

        def forward(self, x, y):
            h = self.phi(x)
            rows = [self.heads[int(c)](h[i : i + 1]) for i, c in enumerate(y)]
            return self.real(h) + torch.cat(rows)

    return D()


@wrong("10.projection_discriminator")
def number_for_each_label(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.phi, self.psi, self.u = (
                _phi(),
                nn.Linear(40, 1),
                nn.Embedding(classes, 1),
            )

        def forward(self, x, y):
            return self.psi(self.phi(x)) + self.u(y)

    return D()


@wrong("10.projection_discriminator")
def label_as_a_channel(classes):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.maps = nn.Embedding(classes, 784)
            self.net = nn.Sequential(
                nn.Conv2d(2, 10, 4, 2, 1),
                nn.LeakyReLU(0.2),
                nn.Conv2d(10, 10, 4, 2, 1),
                nn.LeakyReLU(0.2),
                nn.Flatten(),
                nn.Linear(490, 1),
            )

        def forward(self, x, y):
            return self.net(torch.cat([x, self.maps(y).view(-1, 1, 28, 28)], dim=1))

    return D()


@wrong("10.projection_discriminator")
def only_the_fit(classes):
    return _Judge(
        classes, lambda net, h, y: torch.einsum("nk,nk->n", net.rows(y), h)[:, None]
    )


@wrong("10.projection_discriminator")
def class_log_probability_added(classes):
    def way(net, h, y):
        named = -F.cross_entropy(h @ net.rows.weight.T, y, reduction="none")
        return net.psi(h) + named[:, None]

    return _Judge(classes, way)


@wrong("10.projection_discriminator")
def squeezed(classes):
    return _Judge(
        classes, lambda net, h, y: net.psi(h).squeeze(1) + (net.rows(y) * h).sum(1)
    )


@wrong("10.projection_discriminator")
def broadcast_to_a_square(classes):
    return _Judge(classes, lambda net, h, y: net.psi(h) + (net.rows(y) * h).sum(1))


@wrong("10.projection_discriminator")
def probability_of_being_real(classes):
    return _Judge(
        classes,
        lambda net, h, y: torch.sigmoid(
            net.psi(h) + (net.rows(y) * h).sum(1, keepdim=True)
        ),
    )


@wrong("10.projection_discriminator")
def label_never_read(classes):
    return _Judge(classes, lambda net, h, y: net.psi(h) + 0 * net.rows(y).sum())


# 10.conditional_step


def _both(D, real, fake, labels, other=None):
    """What D minimises; `other`: the labels that it is told for the fakes."""
    other = labels if other is None else other
    return F.softplus(-D(real, labels)).mean() + F.softplus(D(fake, other)).mean()


def _fooled(D, fake, labels):
    return F.softplus(-D(fake, labels)).mean()


def _descend(optimiser, loss):
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss)


@right("10.conditional_step")
def two_forward_passes_of_g(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels).detach()
    told = _descend(for_d, _both(D, real, fake, labels))
    return told, _descend(for_g, F.softplus(-D(G(z, labels), labels)).mean())


@right("10.conditional_step")
def gradients_by_hand(G, D, for_g, for_d, real, labels, z):
    fake, weights = G(z, labels), list(D.parameters())
    loss_d = -F.logsigmoid(D(real, labels)).mean()
    loss_d = loss_d - F.logsigmoid(-D(fake.detach(), labels)).mean()
    for weight, slope in zip(
        weights, torch.autograd.grad(loss_d, weights), strict=True
    ):
        weight.grad = slope
    for_d.step()
    loss_g = -F.logsigmoid(D(fake, labels)).mean()
    mine = list(G.parameters())
    for weight, slope in zip(mine, torch.autograd.grad(loss_g, mine), strict=True):
        weight.grad = slope
    for_g.step()
    return loss_d.item(), loss_g.item()


@right("10.conditional_step")
def two_backward_calls_for_d(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    D.zero_grad()
    one = F.softplus(-D(real, labels)).mean()
    one.backward()
    two = F.softplus(D(fake.detach(), labels)).mean()
    two.backward()
    for_d.step()
    G.zero_grad()
    three = _fooled(D, fake, labels)
    three.backward()
    for_g.step()
    return torch.stack([(one + two).detach(), three.detach()])


@right("10.conditional_step")
def bce_with_filled_targets(G, D, for_g, for_d, real, labels, z):
    def bce(logits, target):
        goal = torch.full_like(logits, target)
        return F.binary_cross_entropy_with_logits(logits, goal)

    fake = G(z, labels)
    d = _descend(for_d, bce(D(real, labels), 1.0) + bce(D(fake.detach(), labels), 0.0))
    return d, _descend(for_g, bce(D(fake, labels), 1.0))


@right("10.conditional_step")
def undetached_but_cleared(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    loss_d = _both(D, real, fake, labels)
    d = _descend(for_d, loss_d)
    g = _descend(for_g, F.softplus(-D(G(z, labels), labels)).mean())
    return [d, g]


@wrong("10.conditional_step")
def labels_shuffled_for_d(G, D, for_g, for_d, real, labels, z):
    fake, other = G(z, labels), (labels + 1) % 3
    loss = _both(D, real, fake.detach(), labels, other)
    return _descend(for_d, loss), _descend(for_g, _fooled(D, fake, labels))


@wrong("10.conditional_step")
def g_wants_to_be_caught(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    loss = (
        F.softplus(-D(real, labels)).mean()
        + F.softplus(D(fake.detach(), labels)).mean()
    )
    d = _descend(for_d, loss)
    bce = nn.BCEWithLogitsLoss()
    a = D(fake, labels)
    return d, _descend(for_g, bce(a, torch.zeros_like(a)))


@wrong("10.conditional_step")
def minimax_game(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    value = F.logsigmoid(D(real, labels)).mean()
    value = value + F.logsigmoid(-D(fake.detach(), labels)).mean()
    d = _descend(for_d, -value)
    return d, _descend(for_g, F.logsigmoid(-D(fake, labels)).mean())


@wrong("10.conditional_step")
def one_backward_for_both(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    loss_d = F.softplus(-D(real, labels)).mean()
    loss_d = loss_d + F.softplus(D(fake.detach(), labels)).mean()
    loss_g = _fooled(D, fake, labels)
    for_d.zero_grad()
    for_g.zero_grad()
    (loss_d + loss_g).backward()
    for_d.step()
    for_g.step()
    return loss_d.detach(), loss_g.detach()


@wrong("10.conditional_step")
def g_is_cut_off(G, D, for_g, for_d, real, labels, z):
    with torch.no_grad():
        fake = G(z, labels)
    loss = _both(D, real, fake, labels)
    d = _descend(for_d, loss)
    loss_g = _fooled(D, fake, labels)
    loss_g.backward()
    for_g.step()
    return d, float(loss_g)


@wrong("10.conditional_step")
def real_images_against_other_labels(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    pairs = [(real, labels, -1), (fake.detach(), labels, 1), (real, labels.roll(1), 1)]
    loss = sum(F.softplus(side * D(x, y)).mean() for x, y, side in pairs)
    return _descend(for_d, loss), _descend(for_g, _fooled(D, fake, labels))


@wrong("10.conditional_step")
def generated_pairs_counted_half(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    loss = (
        F.softplus(-D(real, labels)).mean()
        + F.softplus(D(fake.detach(), labels)).mean()
    )
    return _descend(for_d, loss / 2), _descend(for_g, _fooled(D, fake, labels))
