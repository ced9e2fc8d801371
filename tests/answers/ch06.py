"""Chapter 06, the written functions: answers as other people write them."""

import math
import statistics

import numpy as np
import torch
import torch.nn.functional as F

from tests.answers import right, wrong

# 06.diagnose


@right("06.diagnose")
def with_numpy_columns(rows, spread):
    values = np.array([[r[k] for k in rows[0]] for r in rows], dtype=float)
    if not np.all(np.isfinite(values)):
        return "not finite"
    names = list(rows[0])
    d_real = values[-10:, names.index("D(x)")].mean()
    d_fake = values[-10:, names.index("D(G(z))")].mean()
    if d_real > 0.98 and d_fake < 0.02:
        return "D has won"
    elif spread < 0.1:
        return "collapse"
    return "nothing seen"


@right("06.diagnose")
def with_statistics(rows, spread):
    for row in rows:
        for value in row.values():
            if math.isnan(value) or math.isinf(value):
                return "not finite"
    tail = rows[-10:]
    if (
        statistics.fmean(r["D(x)"] for r in tail) > 0.98
        and statistics.fmean(r["D(G(z))"] for r in tail) < 0.02
    ):
        return "D has won"
    if spread < 0.1:
        return "collapse"
    return "nothing seen"


@right("06.diagnose")
def nested_conditions(rows, spread):
    bad = [v for row in rows for v in row.values() if v != v or abs(v) == float("inf")]
    n = len(rows[-10:])
    won = (
        sum(r["D(x)"] for r in rows[-10:]) > 0.98 * n
        and sum(r["D(G(z))"] for r in rows[-10:]) < 0.02 * n
    )
    return (
        "not finite"
        if bad
        else "D has won"
        if won
        else "collapse"
        if spread < 0.1
        else "nothing seen"
    )


@right("06.diagnose")
def with_a_loop(rows, spread):
    real = fake = 0.0
    count = 0
    for i, row in enumerate(rows):
        if any(not np.isfinite(row[key]) for key in row):
            return "not finite"
        if i >= len(rows) - 10:
            real, fake, count = real + row["D(x)"], fake + row["D(G(z))"], count + 1
    if real / count > 0.98 and fake / count < 0.02:
        return "D has won"
    return "collapse" if float(spread) < 0.1 else "nothing seen"


@right("06.diagnose")
def by_a_table_of_rules(rows, spread):
    last = rows[-10:]
    real = torch.tensor([r["D(x)"] for r in last]).mean().item()
    fake = torch.tensor([r["D(G(z))"] for r in last]).mean().item()
    values = [v for r in rows for v in r.values()]
    rules = [
        ("not finite", not all(map(math.isfinite, values))),
        ("D has won", real > 0.98 and fake < 0.02),
        ("collapse", spread < 0.1),
        ("nothing seen", True),
    ]
    return next(name for name, holds in rules if holds)


@wrong("06.diagnose")
def looks_for_nan_only(rows, spread):
    if any(math.isnan(v) for r in rows for v in r.values()):
        return "not finite"
    real = sum(r["D(x)"] for r in rows[-10:]) / 10
    fake = sum(r["D(G(z))"] for r in rows[-10:]) / 10
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@wrong("06.diagnose")
def looks_at_the_losses_only_for_nan(rows, spread):
    if not all(math.isfinite(r["D"]) and math.isfinite(r["G"]) for r in rows):
        return "not finite"
    real = sum(r["D(x)"] for r in rows[-10:]) / 10
    fake = sum(r["D(G(z))"] for r in rows[-10:]) / 10
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@wrong("06.diagnose")
def any_row_beyond_the_bound(rows, spread):
    if not all(math.isfinite(v) for r in rows for v in r.values()):
        return "not finite"
    if any(r["D(x)"] > 0.98 and r["D(G(z))"] < 0.02 for r in rows[-10:]):
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@wrong("06.diagnose")
def every_row_beyond_the_bound(rows, spread):
    if not all(math.isfinite(v) for r in rows for v in r.values()):
        return "not finite"
    if all(r["D(x)"] > 0.98 and r["D(G(z))"] < 0.02 for r in rows[-10:]):
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@wrong("06.diagnose")
def the_first_ten(rows, spread):
    if not all(math.isfinite(v) for r in rows for v in r.values()):
        return "not finite"
    real = sum(r["D(x)"] for r in rows[:10]) / 10
    fake = sum(r["D(G(z))"] for r in rows[:10]) / 10
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


# 06.wilson


@right("06.wilson")
def with_numpy_roots(failed, n, z=1.96):
    p = failed / n
    roots = np.roots([1 + z**2 / n, -(2 * p + z**2 / n), p**2])
    roots = np.sort(np.real(roots))
    return roots[0], roots[1]


@right("06.wilson")
def centre_and_margin(failed, n, z=1.96):
    p_hat = failed / n
    denominator = 1 + z * z / n
    centre = (p_hat + z * z / (2 * n)) / denominator
    margin = z / denominator * np.sqrt(p_hat * (1 - p_hat) / n + z * z / (4 * n * n))
    return centre - margin, centre + margin


@right("06.wilson")
def by_bisection(failed, n, z=1.96):
    share = failed / n

    def excess(p):
        return (share - p) ** 2 - z * z * p * (1 - p) / n

    def root(inside, outside):
        for _ in range(100):
            middle = (inside + outside) / 2
            if excess(middle) <= 0:
                inside = middle
            else:
                outside = middle
        return inside

    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    low = 0.0 if failed == 0 else root(middle, 0.0)
    high = 1.0 if failed == n else root(middle, 1.0)
    return low, high


@right("06.wilson")
def as_an_array(failed, n, z=1.96):
    share = failed / n
    ends = np.array([-1.0, 1.0])
    middle = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return np.clip((middle + ends * reach) / (1 + z**2 / n), 0, 1)


@right("06.wilson")
def in_torch(failed, n, z=1.96):
    p = torch.tensor(failed / n, dtype=torch.float64)
    w = z**2 / n
    half = z * torch.sqrt(p * (1 - p) / n + w / (4 * n))
    return ((p + w / 2 - half) / (1 + w)).item(), ((p + w / 2 + half) / (1 + w)).item()


@wrong("06.wilson")
def wald_clipped(failed, n, z=1.96):
    p = failed / n
    se = math.sqrt(p * (1 - p) / n)
    return max(0.0, p - z * se), min(1.0, p + z * se)


@wrong("06.wilson")
def agresti_coull(failed, n, z=1.96):
    n_tilde = n + z**2
    p = (failed + z**2 / 2) / n_tilde
    half = z * math.sqrt(p * (1 - p) / n_tilde)
    return p - half, p + half


@wrong("06.wilson")
def forgets_z_outside(failed, n, z=1.96):
    p = failed / n
    middle = p + z**2 / (2 * n)
    reach = math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


@wrong("06.wilson")
def precedence_of_two_n(failed, n, z=1.96):
    p = failed / n
    middle = p + z**2 / 2 * n
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / 4 * n**2)
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


@wrong("06.wilson")
def of_the_successes(failed, n, z=1.96):
    p = 1 - failed / n
    middle = p + z**2 / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


# 06.r1


@right("06.r1")
def cloned_and_named(D, x, gamma):
    real = x.detach().clone().requires_grad_(True)
    logits = D(real)
    grad = torch.autograd.grad(
        outputs=logits,
        inputs=real,
        grad_outputs=torch.ones_like(logits),
        create_graph=True,
    )[0]
    return 0.5 * gamma * grad.pow(2).reshape(grad.shape[0], -1).sum(1).mean()


@right("06.r1")
def sum_over_len(D, x, gamma):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma * (g * g).sum() / (2 * len(x))


@right("06.r1")
def with_norm(D, x, gamma):
    x = x.detach().requires_grad_()
    g = torch.autograd.grad(D(x).sum(), [x], create_graph=True)[0]
    return gamma / 2 * (torch.linalg.vector_norm(g.flatten(1), dim=1) ** 2).mean()


@right("06.r1")
def sample_by_sample(D, x, gamma):
    total = 0.0
    for one in x.detach():
        one = one[None].requires_grad_()
        (g,) = torch.autograd.grad(D(one).squeeze(), one, create_graph=True)
        total = total + g.square().sum()
    return gamma / 2 * total / len(x)


@right("06.r1")
def with_einsum(D, x, gamma):
    x = x.detach().requires_grad_()
    g = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0].flatten(1)
    return torch.einsum("nd,nd->", g, g) * gamma / (2 * x.shape[0])


@wrong("06.r1")
def by_backward(D, x, gamma):
    x = x.detach().requires_grad_()
    D(x).sum().backward(create_graph=True)
    return gamma / 2 * x.grad.flatten(1).square().sum(1).mean()


@wrong("06.r1")
def of_the_probability(D, x, gamma):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(torch.sigmoid(D(x)).sum(), x, create_graph=True)
    return gamma / 2 * g.flatten(1).square().sum(1).mean()


@wrong("06.r1")
def squared_total(D, x, gamma):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * g.norm(2) ** 2


@wrong("06.r1")
def norm_over_the_channels(D, x, gamma):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * (g.norm(2, dim=1) ** 2).mean()


@wrong("06.r1")
def weight_in_the_square(D, x, gamma):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return (gamma / 2 * g.flatten(1)).square().sum(1).mean()


# 06.spectral_norm


@right("06.spectral_norm")
def with_normalize(W, v, steps):
    for _ in range(steps):
        u = F.normalize(W.mv(v), dim=0)
        v = F.normalize(W.t().mv(u), dim=0)
    return torch.dot(u, W.mv(v))


@right("06.spectral_norm")
def with_columns(W, v, steps):
    v = v[:, None]
    for _ in range(steps):
        u = W @ v / torch.norm(W @ v)
        v = W.T @ u / torch.norm(W.T @ u)
    return (u.T @ W @ v).squeeze()


@right("06.spectral_norm")
def with_einsum_loop(W, v, steps):
    for _ in range(steps):
        u = torch.einsum("ij,j->i", W, v)
        u = u / u.square().sum().sqrt()
        v = torch.einsum("ij,i->j", W, u)
        v = v / v.square().sum().sqrt()
    return torch.einsum("i,ij,j->", u, W, v)


@right("06.spectral_norm")
def norm_before_the_last_division(W, v, steps):
    for _ in range(steps):
        u = W @ v
        u = u / u.norm()
        back = W.T @ u
        sigma = back.norm()
        v = back / sigma
    return sigma


@right("06.spectral_norm")
def in_double(W, v, steps):
    A, w = W.double(), v.double()
    gram = A.T @ A
    for _ in range(steps):
        w = gram @ w
        w = w / w.norm()
    return (A @ w).norm().to(W.dtype)


@wrong("06.spectral_norm")
def by_singular_values(W, v, steps):
    return torch.linalg.svdvals(W)[0]


@wrong("06.spectral_norm")
def by_matrix_norm(W, v, steps):
    return torch.linalg.matrix_norm(W, ord=2)


@wrong("06.spectral_norm")
def one_round(W, v, steps):
    u = F.normalize(W @ v, dim=0)
    v = F.normalize(W.T @ u, dim=0)
    return u @ W @ v


@wrong("06.spectral_norm")
def with_the_old_u(W, v, steps):
    u = torch.ones(W.shape[0])
    for _ in range(steps):
        v = F.normalize(W.T @ u, dim=0)
        u = F.normalize(W @ v, dim=0)
    return u @ W @ v


@wrong("06.spectral_norm")
def eigenvalue_of_the_gram(W, v, steps):
    A = W.T @ W
    for _ in range(steps):
        v = F.normalize(A @ v, dim=0)
    return v @ A @ v


# 06.unrolled_slope


@right("06.unrolled_slope")
def with_backward(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        p = p - lr * t * torch.sigmoid(p * t)
    F.softplus(-p * t).backward()
    return t.grad.item()


@right("06.unrolled_slope")
def gradient_of_d_by_autograd(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = torch.tensor(psi, dtype=torch.float64, requires_grad=True)
    for _ in range(k):
        d_loss = F.softplus(p * t)
        (slope,) = torch.autograd.grad(d_loss, p, create_graph=True)
        p = p - lr * slope
    return float(torch.autograd.grad(F.softplus(-p * t), t)[0])


@right("06.unrolled_slope")
def forward_mode(theta, psi, lr, k):
    def loss(t):
        p = torch.tensor(psi, dtype=torch.float64)
        for _ in range(k):
            p = p - lr * t * torch.sigmoid(p * t)
        return F.softplus(-p * t)

    t = torch.tensor(theta, dtype=torch.float64)
    return torch.func.grad(loss)(t).item()


@right("06.unrolled_slope")
def complex_step(theta, psi, lr, k):
    h = 1e-20
    t, p = complex(theta, h), complex(psi)
    for _ in range(k):
        p = p - lr * t / (1 + np.exp(-p * t))
    return float(np.log(1 + np.exp(-p * t)).imag / h)


@right("06.unrolled_slope")
def returns_the_tensor(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = psi
    for _ in range(k):
        p = p - lr * t * torch.sigmoid(p * t)
    loss = torch.log(1 + torch.exp(-p * t))
    loss.backward()
    return t.grad


@wrong("06.unrolled_slope")
def no_graph_through_the_steps(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = psi
    with torch.no_grad():
        for _ in range(k):
            p = p - lr * t * torch.sigmoid(p * t)
    return float(torch.autograd.grad(F.softplus(-p * t), t)[0])


@wrong("06.unrolled_slope")
def the_saturating_loss(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = psi
    for _ in range(k):
        p = p - lr * t * torch.sigmoid(p * t)
    loss = -F.softplus(p * t)  # log(1 - D)
    return float(torch.autograd.grad(loss, t)[0])


@wrong("06.unrolled_slope")
def sigmoid_of_psi_alone(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        p = p - lr * t * torch.sigmoid(p)
    return float(torch.autograd.grad(F.softplus(-p * t), t)[0])


@wrong("06.unrolled_slope")
def theta_forgotten_in_the_step(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        p = p - lr * torch.sigmoid(p * t)
    return float(torch.autograd.grad(F.softplus(-p * t), t)[0])


@wrong("06.unrolled_slope")
def slope_in_psi(theta, psi, lr, k):
    t = torch.tensor(theta, dtype=torch.float64)
    start = torch.tensor(psi, dtype=torch.float64, requires_grad=True)
    p = start
    for _ in range(k):
        p = p - lr * t * torch.sigmoid(p * t)
    return float(torch.autograd.grad(F.softplus(-p * t), start)[0])


# 06.pack


@right("06.pack")
def with_view(x, m):
    n, c, *rest = x.shape
    return x.contiguous().view(n // m, m * c, *rest)


@right("06.pack")
def with_unflatten(x, m):
    return x.unflatten(0, (-1, m)).flatten(1, 2)


@right("06.pack")
def with_a_loop_of_cats(x, m):
    packs = []
    for start in range(0, len(x), m):
        packs.append(torch.cat(list(x[start : start + m]), dim=0))
    return torch.stack(packs)


@right("06.pack")
def with_split(x, m):
    return torch.cat(torch.split(x, x.shape[0] // m, dim=0), dim=1)


@right("06.pack")
def in_numpy_and_back(x, m):
    a = x.numpy()
    shape = (a.shape[0] // m, m * a.shape[1], *a.shape[2:])
    return torch.from_numpy(a.reshape(shape).copy())


@wrong("06.pack")
def overlapping_windows(x, m):
    return torch.cat([x[i : len(x) - m + 1 + i] for i in range(m)], dim=1)


@wrong("06.pack")
def flattened_altogether(x, m):
    return x.reshape(len(x) // m, -1)


@wrong("06.pack")
def along_the_last_axis(x, m):
    return torch.cat(x.chunk(m), dim=-1)


@wrong("06.pack")
def axes_exchanged(x, m):
    return x.transpose(0, 1).reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@wrong("06.pack")
def only_one_pack_of_each(x, m):
    return torch.cat([x[:1]] * m, dim=1).expand(len(x) // m, -1, *x.shape[2:])


# 06.minibatch_std


@right("06.minibatch_std")
def with_torch_std(h):
    s = torch.sqrt(torch.var(h, dim=0, correction=0) + 1e-8).mean()
    return torch.cat((h, s.repeat(h.size(0), 1)), dim=1)


@right("06.minibatch_std")
def with_a_filled_column(h):
    centred = h - h.mean(0)
    s = (centred.pow(2).mean(0) + 1e-8).sqrt().mean()
    column = s * torch.ones(len(h), 1)
    return torch.cat([h, column], dim=-1)


@right("06.minibatch_std")
def with_einsum_squares(h):
    centred = h - h.mean(dim=0, keepdim=True)
    variance = torch.einsum("nf,nf->f", centred, centred) / h.shape[0]
    s = torch.sqrt(variance + 1e-8).sum() / h.shape[1]
    return torch.hstack([h, s.reshape(1, 1).expand(h.shape[0], 1)])


@right("06.minibatch_std")
def feature_by_feature(h):
    n, f = h.shape
    total = torch.zeros(())
    for j in range(f):
        column = h[:, j]
        total = total + torch.sqrt(((column - column.mean()) ** 2).mean() + 1e-8)
    return torch.cat([h, (total / f).view(1, 1).repeat(n, 1)], dim=1)


@right("06.minibatch_std")
def padded(h):
    s = (h.var(0, unbiased=False) + 1e-8) ** 0.5
    return F.pad(h, (0, 1)) + F.pad(s.mean().expand(len(h), 1), (h.shape[1], 0))


@wrong("06.minibatch_std")
def torch_std_as_it_is(h):
    s = h.std(dim=0).mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@wrong("06.minibatch_std")
def detached_statistic(h):
    s = (h.detach().var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@wrong("06.minibatch_std")
def as_a_float(h):
    s = float((h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean())
    return torch.cat([h, torch.full((len(h), 1), s)], dim=1)


@wrong("06.minibatch_std")
def epsilon_outside_the_root(h):
    s = (h.var(dim=0, unbiased=False).sqrt() + 1e-8).mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@wrong("06.minibatch_std")
def root_of_the_mean_variance(h):
    s = (h.var(dim=0, unbiased=False).mean() + 1e-8).sqrt()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


# 06.smoothed_optimum


@right("06.smoothed_optimum")
def as_an_average(p, q, real_target, fake_target):
    weights = torch.stack([p, q])
    labels = torch.tensor([real_target, fake_target], dtype=p.dtype)
    return labels @ weights / weights.sum(dim=0)


@right("06.smoothed_optimum")
def by_share(p, q, real_target, fake_target):
    share = p / (p + q)
    return share * real_target + (1 - share) * fake_target


@right("06.smoothed_optimum")
def with_lerp(p, q, real_target, fake_target):
    return torch.lerp(
        torch.full_like(p, fake_target), torch.full_like(p, real_target), p / (p + q)
    )


@right("06.smoothed_optimum")
def place_by_place(p, q, real_target, fake_target):
    best = [
        (real_target * a + fake_target * b) / (a + b)
        for a, b in zip(p.tolist(), q.tolist(), strict=True)
    ]
    return torch.tensor(best, dtype=p.dtype)


@right("06.smoothed_optimum")
def through_the_ratio(p, q, real_target, fake_target):
    ratio = torch.exp(torch.log(q) - torch.log(p))
    return (real_target + fake_target * ratio) / (1 + ratio)


@wrong("06.smoothed_optimum")
def scaled_optimum(p, q, real_target, fake_target):
    return real_target * p / (p + q)


@wrong("06.smoothed_optimum")
def both_in_the_denominator(p, q, real_target, fake_target):
    return real_target * p / (real_target * p + fake_target * q)


@wrong("06.smoothed_optimum")
def density_of_the_mixture(p, q, real_target, fake_target):
    return real_target * p + fake_target * q


@wrong("06.smoothed_optimum")
def half_the_sum(p, q, real_target, fake_target):
    return (real_target * p + fake_target * q) / (2 * (p + q))


@wrong("06.smoothed_optimum")
def the_other_label(p, q, real_target, fake_target):
    return (real_target * p + (1 - fake_target) * q) / (p + q)


# 06.r1_step


def _r1(D, x, gamma):
    x = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]
    return 0.5 * gamma * slope.flatten(1).norm(dim=1).pow(2).mean()


def _cross(D, real, fake):
    a, b = D(real), D(fake)
    bce = F.binary_cross_entropy_with_logits
    return bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))


def _down(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@right("06.r1_step")
def r1_step_in_one_line(G, D, optimizer, real, z, gamma):
    return _down(optimizer, _cross(D, real, G(z).detach()) + _r1(D, real, gamma))


@right("06.r1_step")
def r1_step_with_one_pass(G, D, optimizer, real, z, gamma):
    real = real.detach().requires_grad_()
    logits = D(real)
    (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    with torch.no_grad():
        fake = G(z)
    loss = F.softplus(-logits).mean() + F.softplus(D(fake)).mean()
    return _down(optimizer, loss + gamma / 2 * slope.square().flatten(1).sum(1).mean())


@right("06.r1_step")
def r1_step_by_logsigmoid(G, D, optimizer, real, z, gamma):
    fake = G(z).detach()
    loss = -F.logsigmoid(D(real)).mean() - F.logsigmoid(-D(fake)).mean()
    total = loss + _r1(D, real, gamma)
    D.zero_grad()
    total.backward()
    optimizer.step()
    return total


@right("06.r1_step")
def r1_step_by_each_sample(G, D, optimizer, real, z, gamma):
    x = real.detach().requires_grad_()
    ones = torch.ones(len(x), 1)
    slope = torch.autograd.grad(D(x), x, ones, create_graph=True)[0]
    squares = [s.square().sum() for s in slope]
    penalty = gamma / 2 * sum(squares) / len(squares)
    return _down(optimizer, _cross(D, real, G(z).detach()) + penalty)


@right("06.r1_step")
def r1_step_with_frozen_g(G, D, optimizer, real, z, gamma):
    G.requires_grad_(False)
    fake = G(z)
    G.requires_grad_(True)
    return _down(optimizer, _cross(D, real, fake) + _r1(D, real, gamma))


@wrong("06.r1_step")
def r1_step_of_the_root(G, D, optimizer, real, z, gamma):
    x = real.detach().requires_grad_()
    slope = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]
    penalty = gamma / 2 * slope.flatten(1).norm(dim=1).mean()
    return _down(optimizer, _cross(D, real, G(z).detach()) + penalty)


@wrong("06.r1_step")
def r1_step_without_half(G, D, optimizer, real, z, gamma):
    return _down(optimizer, _cross(D, real, G(z).detach()) + _r1(D, real, 2 * gamma))


@wrong("06.r1_step")
def r1_step_without_a_graph(G, D, optimizer, real, z, gamma):
    x = real.detach().requires_grad_()
    slope = torch.autograd.grad(D(x).sum(), x)[0]
    penalty = gamma / 2 * slope.flatten(1).square().sum(1).mean()
    return _down(optimizer, _cross(D, real, G(z).detach()) + penalty)


@wrong("06.r1_step")
def r1_step_at_fakes(G, D, optimizer, real, z, gamma):
    fake = G(z).detach()
    return _down(optimizer, _cross(D, real, fake) + _r1(D, fake, gamma))


@wrong("06.r1_step")
def r1_step_in_the_middle(G, D, optimizer, real, z, gamma):
    fake = G(z).detach()
    return _down(optimizer, _cross(D, real, fake) + _r1(D, (real + fake) / 2, gamma))


@wrong("06.r1_step")
def r1_step_with_labels_exchanged(G, D, optimizer, real, z, gamma):
    return _down(optimizer, _cross(D, G(z).detach(), real) + _r1(D, real, gamma))


@wrong("06.r1_step")
def r1_step_that_forgets_it(G, D, optimizer, real, z, gamma):
    return _down(optimizer, _cross(D, real, G(z).detach()))


@wrong("06.r1_step")
def r1_step_through_g(G, D, optimizer, real, z, gamma):
    return _down(optimizer, _cross(D, real, G(z)) + _r1(D, real, gamma))


@wrong("06.r1_step")
def r1_step_that_adds_up(G, D, optimizer, real, z, gamma):
    loss = _cross(D, real, G(z).detach()) + _r1(D, real, gamma)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("06.r1_step")
def r1_step_that_tells_nothing(G, D, optimizer, real, z, gamma):
    _down(optimizer, _cross(D, real, G(z).detach()) + _r1(D, real, gamma))


# 06.std_discriminator


def _spread(h):
    return ((h - h.mean(0)).square().mean(0) + 1e-8).sqrt().mean()


class _Seeing(torch.nn.Module):
    """Two hidden layers, a statistic of what `of` returns, and a last layer."""

    def __init__(self, spread=_spread, act=None, last=129, end=None, where="h"):
        super().__init__()
        self.l1, self.l2 = torch.nn.Linear(2, 128), torch.nn.Linear(128, 128)
        self.out = torch.nn.Linear(last, 1)
        self.act = act or (lambda x: F.leaky_relu(x, 0.2))
        self.spread, self.end, self.where = spread, end, where

    def forward(self, x):
        first = self.act(self.l1(x))
        h = self.act(self.l2(first))
        s = self.spread({"x": x, "first": first, "h": h}[self.where])
        y = self.out(torch.cat([h, s * torch.ones(len(x), 1)], dim=1))
        return self.end(y) if self.end else y


@right("06.std_discriminator")
def sees_by_a_class():
    return _Seeing()


@right("06.std_discriminator")
def sees_by_torch_std():
    return _Seeing(lambda h: torch.std(h, dim=0, unbiased=False).mean())


@right("06.std_discriminator")
def sees_by_the_raw_moments():
    return _Seeing(
        lambda h: (
            (h.square().mean(0) - h.mean(0).square()).clamp(min=1e-8).sqrt().mean()
        )
    )


@right("06.std_discriminator")
def sees_in_blocks():
    class Statistic(torch.nn.Module):
        def forward(self, h):
            return torch.hstack([_spread(h).expand(h.shape[0], 1), h])

    def block(n):
        return torch.nn.Sequential(torch.nn.Linear(n, 128), torch.nn.LeakyReLU(0.2))

    return torch.nn.Sequential(
        block(2), block(128), Statistic(), torch.nn.Linear(129, 1)
    )


@right("06.std_discriminator")
def sees_with_two_outputs_added():
    class D(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.ModuleList(
                [torch.nn.Linear(2, 128), torch.nn.Linear(128, 128)]
            )
            self.w = torch.nn.Parameter(0.1 * torch.randn(129, 1))
            self.b = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x):
            for layer in self.body:
                x = torch.maximum(layer(x), 0.2 * layer(x))
            return x @ self.w[:128] + _spread(x) * self.w[128] + self.b

    return D()


@wrong("06.std_discriminator")
def sees_nothing():
    return torch.nn.Sequential(
        torch.nn.Linear(2, 128),
        torch.nn.LeakyReLU(0.2),
        torch.nn.Linear(128, 128),
        torch.nn.LeakyReLU(0.2),
        torch.nn.Linear(128, 1),
    )


@wrong("06.std_discriminator")
def sees_coordinates():
    return _Seeing(where="x")


@wrong("06.std_discriminator")
def sees_the_first_layer():
    return _Seeing(where="first")


@wrong("06.std_discriminator")
def sees_by_sample_deviation():
    return _Seeing(lambda h: torch.std(h, dim=0).mean())


@wrong("06.std_discriminator")
def sees_the_whole_deviation():
    return _Seeing(lambda h: h.std())


@wrong("06.std_discriminator")
def sees_a_number():
    return _Seeing(lambda h: _spread(h).item())


@wrong("06.std_discriminator")
def sees_the_mean():
    return _Seeing(lambda h: h.mean())


@wrong("06.std_discriminator")
def sees_and_squeezes():
    return _Seeing(end=lambda y: y.squeeze(1))


@wrong("06.std_discriminator")
def sees_through_tanh():
    return _Seeing(act=torch.tanh)


@wrong("06.std_discriminator")
def sees_as_a_probability():
    return _Seeing(end=torch.sigmoid)


@wrong("06.diagnose")
def always_divides_by_ten(rows, spread):
    if not all(math.isfinite(v) for r in rows for v in r.values()):
        return "not finite"
    real = sum(r["D(x)"] for r in rows[-10:]) / 10
    fake = sum(r["D(G(z))"] for r in rows[-10:]) / 10
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@wrong("06.diagnose")
def asks_for_the_gap(rows, spread):
    if not all(math.isfinite(v) for r in rows for v in r.values()):
        return "not finite"
    gaps = [r["D(x)"] - r["D(G(z))"] for r in rows[-10:]]
    if sum(gaps) / len(gaps) > 0.96:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@right("06.pack")
def packs_of_distant_samples(x, m):
    return torch.cat(x.chunk(m), dim=1)


@wrong("06.std_discriminator")
def sees_before_the_second_relu():
    class Bare(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one = torch.nn.Linear(2, 128)
            self.two = torch.nn.Linear(128, 128)
            self.out = torch.nn.Linear(129, 1)

        def forward(self, x):
            h = self.two(F.leaky_relu(self.one(x), 0.2))
            s = (h.var(0, unbiased=False) + 1e-8).sqrt().mean()
            seen = F.leaky_relu(h, 0.2)
            return self.out(torch.cat([seen, s.expand(len(h), 1)], dim=1))

    return Bare()
