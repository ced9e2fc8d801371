"""Chapter 02's exercises as other people answer them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special, stats
from scipy.spatial import distance

from tests.answers import right, wrong

# --- value ---------------------------------------------------------------------------


@right("02.value")
def by_bce_loss(d_real, d_fake):
    loss = torch.nn.BCELoss()
    return -(
        loss(d_real, torch.ones(d_real.shape, dtype=d_real.dtype))
        + loss(d_fake, torch.zeros(d_fake.shape, dtype=d_fake.dtype))
    )


@right("02.value")
def through_logits(d_real, d_fake):
    return F.logsigmoid(d_real.logit()).mean() + F.logsigmoid(-d_fake.logit()).mean()


@right("02.value")
def with_einsum(d_real, d_fake):
    n, m = d_real.numel(), d_fake.numel()
    a = torch.einsum("i->", torch.log(d_real)) / n
    return a + torch.einsum("i->", (1 - d_fake).log()) / m


@right("02.value")
def as_a_python_number(d_real, d_fake):
    first = sum(math.log(d) for d in d_real.tolist()) / len(d_real)
    return first + sum(math.log(1 - d) for d in d_fake.tolist()) / len(d_fake)


@right("02.value")
def in_numpy(d_real, d_fake):
    return np.log(d_real.numpy()).mean() + np.log1p(-d_fake.numpy()).mean()


@right("02.value")
def log_of_geometric_means(d_real, d_fake):
    one = d_real.double().pow(1 / len(d_real)).prod()
    other = (1 - d_fake.double()).pow(1 / len(d_fake)).prod()
    return torch.log(one * other)


@wrong("02.value")
def halved_as_in_dcgan_code(d_real, d_fake):
    return (torch.log(d_real).mean() + torch.log(1 - d_fake).mean()) / 2


@wrong("02.value")
def minus_between_the_halves(d_real, d_fake):
    return torch.log(d_real).mean() - torch.log(1 - d_fake).mean()


@wrong("02.value")
def wasserstein_instead(d_real, d_fake):
    return d_real.mean() - d_fake.mean()


@wrong("02.value")
def epsilon_added(d_real, d_fake):
    eps = 1e-2
    return torch.log(d_real + eps).mean() + torch.log(1 - d_fake + eps).mean()


@wrong("02.value")
def taken_for_logits(d_real, d_fake):
    return F.logsigmoid(d_real).mean() + F.logsigmoid(-d_fake).mean()


@wrong("02.value")
def one_minus_the_log(d_real, d_fake):
    return torch.log(d_real).mean() + (1 - torch.log(d_fake)).mean()


@wrong("02.value")
def keeps_the_batch(d_real, d_fake):
    return torch.log(d_real) + torch.log(1 - d_fake).mean()


@wrong("02.value")
def accuracy(d_real, d_fake):
    return ((d_real > 0.5).float().mean() + (d_fake < 0.5).float().mean()) / 2


# --- optimal_discriminator -----------------------------------------------------------


@right("02.optimal_discriminator")
def sigmoid_of_the_log_ratio(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p + q == 0, 0.5, special.expit(np.log(p) - np.log(q)))


@right("02.optimal_discriminator")
def nan_to_num(p, q):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(p / (p + q), nan=0.5)


@right("02.optimal_discriminator")
def masked(p, q):
    d = np.full(p.shape, 0.5)
    some = (p > 0) | (q > 0)
    d[some] = p[some] / (p[some] + q[some])
    return d


@right("02.optimal_discriminator")
def in_torch_then_back(p, q):
    p, q = torch.from_numpy(p), torch.from_numpy(q)
    d = p / (p + q)
    return torch.where(torch.isnan(d), torch.full_like(d, 0.5), d).numpy()


@right("02.optimal_discriminator")
def one_less_the_other(p, q):
    total = np.where(p + q > 0, p + q, 2.0)
    return 1 - np.where(p + q > 0, q, 1.0) / total


@wrong("02.optimal_discriminator")
def epsilon_in_both(p, q):
    return (p + 1e-3) / (p + q + 2e-3)


@wrong("02.optimal_discriminator")
def middle_in_the_denominator(p, q):
    m = (p + q) / 2
    return np.where(m > 0, p / np.where(m > 0, m, 1), 0.5)


@wrong("02.optimal_discriminator")
def squares(p, q):
    total = p**2 + q**2
    return np.where(total > 0, p**2 / np.where(total > 0, total, 1), 0.5)


@wrong("02.optimal_discriminator")
def log_ratio(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.log(p) - np.log(q), nan=0.0)


@wrong("02.optimal_discriminator")
def softmax_of_densities(p, q):
    return np.exp(p) / (np.exp(p) + np.exp(q))


@wrong("02.optimal_discriminator")
def one_where_empty(p, q):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(p / (p + q), nan=1.0)


@wrong("02.optimal_discriminator")
def difference(p, q):
    return 0.5 + (p - q) / 2


@wrong("02.optimal_discriminator")
def normalised_first(p, q):
    p, q = p / p.sum(), q / q.sum()
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


# --- logit_gradient ------------------------------------------------------------------


@right("02.logit_gradient")
def with_expit(logits, p, q):
    return p * special.expit(-logits) - q * special.expit(logits)


@right("02.logit_gradient")
def with_autograd(logits, p, q):
    a = torch.tensor(logits, requires_grad=True)
    gain = torch.tensor(p) * F.logsigmoid(a) + torch.tensor(q) * F.logsigmoid(-a)
    gain.sum().backward()
    return a.grad.numpy()


@right("02.logit_gradient")
def by_tanh(logits, p, q):
    return (p - q) / 2 - (p + q) / 2 * np.tanh(logits / 2)


@right("02.logit_gradient")
def as_error_times_weight(logits, p, q):
    total = p + q
    return total * (p / total - special.expit(logits))


@right("02.logit_gradient")
def element_by_element(logits, p, q):
    out = []
    for a, u, v in zip(logits, p, q, strict=True):
        d = 1 / (1 + math.exp(-a))
        out.append(u - (u + v) * d)
    return np.array(out)


@wrong("02.logit_gradient")
def both_pull_up(logits, p, q):
    d = special.expit(logits)
    return p * (1 - d) + q * d


@wrong("02.logit_gradient")
def chain_factor_twice(logits, p, q):
    d = special.expit(logits)
    return (p * (1 - d) - q * d) * d * (1 - d)


@wrong("02.logit_gradient")
def factors_swapped(logits, p, q):
    d = special.expit(logits)
    return p * d - q * (1 - d)


@wrong("02.logit_gradient")
def logit_taken_for_d(logits, p, q):
    return p * (1 - logits) - q * logits


@wrong("02.logit_gradient")
def sigmoid_without_minus(logits, p, q):
    d = 1 / (1 + np.exp(logits))
    return p * (1 - d) - q * d


@wrong("02.logit_gradient")
def gain_itself(logits, p, q):
    d = special.expit(logits)
    return p * np.log(d) + q * np.log(1 - d)


@wrong("02.logit_gradient")
def summed_over_places(logits, p, q):
    d = special.expit(logits)
    return (p * (1 - d) - q * d).sum()


@wrong("02.logit_gradient")
def averaged_as_a_batch(logits, p, q):
    d = special.expit(logits)
    return (p * (1 - d) - q * d) / len(logits)


# --- mean_under_data -----------------------------------------------------------------


@right("02.mean_under_data")
def in_a_loop(h, logits):
    total = 0.0
    for value, a in zip(h, logits, strict=True):
        total += value * math.exp(a)
    return total / len(h)


@right("02.mean_under_data")
def with_einsum_of_weights(h, logits):
    return np.einsum("n,n->", h, np.exp(logits)) / h.shape[0]


@right("02.mean_under_data")
def in_torch_mean(h, logits):
    return (torch.tensor(h) * torch.tensor(logits).exp()).mean()


@right("02.mean_under_data")
def odds_of_beliefs(h, logits):
    d = special.expit(logits)
    return np.average(h * (d / (1 - d)))


@right("02.mean_under_data")
def as_an_array_of_no_axes(h, logits):
    return np.array(np.dot(h, np.exp(logits)) / len(logits))


@wrong("02.mean_under_data")
def softmax_weights(h, logits):
    return float(h @ special.softmax(logits))


@wrong("02.mean_under_data")
def twice_the_belief(h, logits):
    return float(np.mean(h * 2 * special.expit(logits)))


@wrong("02.mean_under_data")
def logs_of_the_odds(h, logits):
    d = special.expit(logits)
    return float(np.mean(h * np.log(d / (1 - d))))


@wrong("02.mean_under_data")
def means_multiplied(h, logits):
    return float(np.mean(h) * np.mean(np.exp(logits)))


@wrong("02.mean_under_data")
def divided_by_the_odds(h, logits):
    d = special.expit(logits)
    return float(np.mean(h / (d / (1 - d))))


@wrong("02.mean_under_data")
def weights_clipped(h, logits):
    return float(np.mean(h * np.exp(logits).clip(max=1)))


@wrong("02.mean_under_data")
def belief_of_fake(h, logits):
    return float(np.mean(h * special.expit(-logits)))


@wrong("02.mean_under_data")
def exponent_of_the_product(h, logits):
    return float(np.mean(np.exp(h * logits)))


@wrong("02.mean_under_data")
def unreduced(h, logits):
    return h * np.exp(logits)


# --- jensen_shannon ------------------------------------------------------------------


@right("02.jensen_shannon")
def scipy_squared(p, q):
    return distance.jensenshannon(p, q) ** 2


@right("02.jensen_shannon")
def rel_entr_both(p, q):
    m = 0.5 * (p + q)
    return 0.5 * np.sum(special.rel_entr(p, m) + special.rel_entr(q, m))


@right("02.jensen_shannon")
def scipy_entropies(p, q):
    return stats.entropy((p + q) / 2) - (stats.entropy(p) + stats.entropy(q)) / 2


@right("02.jensen_shannon")
def torch_xlogy(p, q):
    p, q = torch.from_numpy(p), torch.from_numpy(q)
    m = (p + q) / 2
    parts = [torch.xlogy(a, a) - torch.xlogy(a, m) for a in (p, q)]
    return sum(parts).sum() / 2


@right("02.jensen_shannon")
def place_by_place(p, q):
    js = 0.0
    for a, b in zip(p, q, strict=True):
        m = (a + b) / 2
        if a > 0:
            js += a / 2 * math.log(a / m)
        if b > 0:
            js += b / 2 * math.log(b / m)
    return js


@wrong("02.jensen_shannon")
def the_distance(p, q):
    return distance.jensenshannon(p, q)


@wrong("02.jensen_shannon")
def epsilon_in_the_logs(p, q):
    eps = 1e-3
    p, q = p + eps, q + eps
    m = (p + q) / 2
    return 0.5 * (p * np.log(p / m)).sum() + 0.5 * (q * np.log(q / m)).sum()


@wrong("02.jensen_shannon")
def roles_swapped(p, q):
    m = (p + q) / 2
    return 0.5 * (special.rel_entr(m, p).sum() + special.rel_entr(m, q).sum())


@wrong("02.jensen_shannon")
def geometric_middle(p, q):
    m = np.sqrt(p * q)
    with np.errstate(divide="ignore"):
        return 0.5 * (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum())


@wrong("02.jensen_shannon")
def only_the_overlap(p, q):
    on = (p > 0) & (q > 0)
    p, q = p[on], q[on]
    m = (p + q) / 2
    return 0.5 * np.sum(p * np.log(p / m)) + 0.5 * np.sum(q * np.log(q / m))


@wrong("02.jensen_shannon")
def middle_doubled_by_precedence(p, q):
    m = p + q / 2
    return 0.5 * (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum())


@wrong("02.jensen_shannon")
def same_kl_twice(p, q):
    m = (p + q) / 2
    half = special.rel_entr(p, m).sum()
    return 0.5 * (half + half)


@wrong("02.jensen_shannon")
def as_the_value(p, q):
    m = (p + q) / 2
    js = 0.5 * (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum())
    return 2 * js - np.log(4)


# --- js_bound ------------------------------------------------------------------------


@right("02.js_bound")
def half_plus_log_2(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log1p(-d_fake).mean()
    return 0.5 * v + math.log(2)


@right("02.js_bound")
def as_a_float(d_real, d_fake):
    v = np.log(d_real.numpy()).mean() + np.log(1 - d_fake.numpy()).mean()
    return float(v + np.log(4)) / 2


@right("02.js_bound")
def from_bce(d_real, d_fake):
    loss = F.binary_cross_entropy(d_real, torch.ones_like(d_real))
    loss = loss + F.binary_cross_entropy(d_fake, torch.zeros_like(d_fake))
    return torch.log(torch.tensor(2.0)) - loss / 2


@right("02.js_bound")
def from_logits(d_real, d_fake):
    v = -F.softplus(-d_real.logit()).mean() - F.softplus(d_fake.logit()).mean()
    return (v + 2 * math.log(2)) / 2


@right("02.js_bound")
def mean_of_two_gains(d_real, d_fake):
    gains = [(math.log(2) + torch.log(d)).mean() for d in (d_real, 1 - d_fake)]
    return torch.stack(gains).mean()


@wrong("02.js_bound")
def log_4_taken_off(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return (v - math.log(4)) / 2


@wrong("02.js_bound")
def bracket_missing(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return v + math.log(4) / 2


@wrong("02.js_bound")
def value_halved_alone(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return v / 2 + math.log(4)


@wrong("02.js_bound")
def the_value_itself(d_real, d_fake):
    return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()


@wrong("02.js_bound")
def absolute_value(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return ((v + math.log(4)) / 2).abs()


@wrong("02.js_bound")
def one_mean_over_both(d_real, d_fake):
    v = torch.cat([d_real.log(), (1 - d_fake).log()]).mean()
    return (v + math.log(4)) / 2


@wrong("02.js_bound")
def log_4_to_base_10(d_real, d_fake):
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return (v + math.log10(4)) / 2


@wrong("02.js_bound")
def beliefs_taken_for_logits(d_real, d_fake):
    v = F.logsigmoid(d_real).mean() + F.logsigmoid(-d_fake).mean()
    return (v + math.log(4)) / 2


@wrong("02.js_bound")
def logs_of_means(d_real, d_fake):
    v = torch.log(d_real.mean()) + torch.log(1 - d_fake.mean())
    return (v + math.log(4)) / 2


# --- tabular_step --------------------------------------------------------------------


@right("02.tabular_step")
def with_scipy(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return logits, theta - rate * q * (g - np.sum(q * g))


@right("02.tabular_step")
def torch_functions(logits, theta, p, rate):
    a, t, p = (torch.from_numpy(v) for v in (logits, theta, p))
    q = torch.softmax(t, 0)
    a = a + rate * (p * (1 - a.sigmoid()) - q * a.sigmoid())
    g = F.logsigmoid(-a)
    return a, t - rate * q * (g - (q * g).sum())


@right("02.tabular_step")
def logaddexp_and_loops(logits, theta, p, rate):
    n = len(p)
    e = [math.exp(t) for t in theta]
    q = [v / sum(e) for v in e]
    d = [1 / (1 + math.exp(-a)) for a in logits]
    new = [logits[k] + rate * (p[k] * (1 - d[k]) - q[k] * d[k]) for k in range(n)]
    g = [-np.logaddexp(0, a) for a in new]
    mean = sum(q[k] * g[k] for k in range(n))
    moved = [theta[k] - rate * q[k] * (g[k] - mean) for k in range(n)]
    return np.array(new), np.array(moved)


@right("02.tabular_step")
def log_of_one_less_d(logits, theta, p, rate):
    q = np.exp(theta - special.logsumexp(theta))
    d = special.expit(logits)
    logits = logits + rate * (p - (p + q) * d)
    d = special.expit(logits)
    g = np.log(1 - d)
    jacobian = np.diag(q) - q[:, None] * q[None, :]
    return [logits, theta - rate * (jacobian @ g)]


@right("02.tabular_step")
def by_optimisers(logits, theta, p, rate):
    a = torch.tensor(logits, requires_grad=True)
    t = torch.tensor(theta, requires_grad=True)
    real = torch.tensor(p)
    climb = torch.optim.SGD([a], lr=rate, maximize=True)
    descend = torch.optim.SGD([t], lr=rate)
    for mover in (climb, descend):
        mover.zero_grad()
        q = t.softmax(0)
        v = (real * F.logsigmoid(a)).sum() + (q * F.logsigmoid(-a)).sum()
        v.backward()
        mover.step()
    return a.detach().numpy(), t.detach().numpy()


@wrong("02.tabular_step")
def g_first(logits, theta, p, rate):
    q = special.softmax(theta)
    g = special.log_expit(-logits)
    theta = theta - rate * q * (g - q @ g)
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    return logits, theta


@wrong("02.tabular_step")
def rate_forgotten_for_g(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return logits, theta - q * (g - q @ g)


@wrong("02.tabular_step")
def p_for_q(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return logits, theta - rate * p * (g - p @ g)


@wrong("02.tabular_step")
def theta_taken_for_q(logits, theta, p, rate):
    logits = logits + rate * (
        p * special.expit(-logits) - theta * special.expit(logits)
    )
    g = special.log_expit(-logits)
    return logits, theta - rate * theta * (g - theta @ g)


@wrong("02.tabular_step")
def returns_q(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return logits, special.softmax(theta - rate * q * (g - q @ g))


@wrong("02.tabular_step")
def returned_the_other_way(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return theta - rate * q * (g - q @ g), logits


@wrong("02.tabular_step")
def plain_mean_of_g(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = special.log_expit(-logits)
    return logits, theta - rate * q * (g - g.mean())


@wrong("02.tabular_step")
def d_alone(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    return logits, theta


@wrong("02.tabular_step")
def belief_for_log(logits, theta, p, rate):
    q = special.softmax(theta)
    logits = logits + rate * (p * special.expit(-logits) - q * special.expit(logits))
    g = 1 - special.expit(logits)
    return logits, theta - rate * q * (g - q @ g)


@wrong("02.tabular_step")
def in_beliefs(logits, theta, p, rate):
    q, d = special.softmax(theta), special.expit(logits)
    logits = logits + rate * (p / d - q / (1 - d))
    g = special.log_expit(-logits)
    return logits, theta - rate * q * (g - q @ g)


# --- shifted_blocks ------------------------------------------------------------------


@right("02.shifted_blocks")
def as_an_array(theta):
    return np.array([np.log(2) * np.clip(np.abs(theta), 0, 1), np.abs(theta)])


@right("02.shifted_blocks")
def as_a_tensor(theta):
    t = torch.as_tensor(float(theta)).abs()
    return torch.stack([t.clamp(max=1) * math.log(2), t])


@right("02.shifted_blocks")
def by_pieces(theta):
    t = abs(theta)
    if t >= 1:
        return [math.log(2), t]
    edges = np.array([0, t, 1, 1 + t])
    p, q = np.array([1, 1, 0]), np.array([0, 1, 1])
    m = (p + q) / 2
    width = np.diff(edges)
    js = (width * (special.rel_entr(p, m) + special.rel_entr(q, m))).sum() / 2
    return [js, t]


@right("02.shifted_blocks")
def by_quantile_functions(theta):
    u = (np.arange(1000) + 0.5) / 1000
    w1 = np.abs((theta + u) - u).mean()
    return min(w1, 1.0) * np.log(2), w1


@right("02.shifted_blocks")
def with_scipy_w1(theta):
    w1 = stats.wasserstein_distance([0.5], [theta + 0.5])
    alone = 1 - max(0.0, 1 - w1)
    return np.float32(alone * np.log(2)), np.float32(w1)


@wrong("02.shifted_blocks")
def swapped_pair(theta):
    return abs(theta), min(abs(theta), 1) * np.log(2)


@wrong("02.shifted_blocks")
def twice_js(theta):
    return 2 * min(abs(theta), 1) * np.log(2), abs(theta)


@wrong("02.shifted_blocks")
def half_js(theta):
    return 0.5 * min(abs(theta), 1) * np.log(2), abs(theta)


@wrong("02.shifted_blocks")
def overlap_for_what_is_alone(theta):
    return max(0.0, 1 - abs(theta)) * np.log(2), abs(theta)


@wrong("02.shifted_blocks")
def gap_between_the_blocks(theta):
    return min(abs(theta), 1) * np.log(2), max(abs(theta) - 1, 0)


@wrong("02.shifted_blocks")
def log_4_for_log_2(theta):
    return min(abs(theta), 1) * np.log(4), abs(theta)


@wrong("02.shifted_blocks")
def w1_as_total_variation(theta):
    tv = min(abs(theta), 1)
    return tv * np.log(2), tv


@wrong("02.shifted_blocks")
def only_js(theta):
    return min(abs(theta), 1) * np.log(2)


@wrong("02.shifted_blocks")
def moved_by_theta_over_its_width(theta):
    return min(abs(theta), 1) * np.log(2), abs(theta) / (1 + abs(theta))
