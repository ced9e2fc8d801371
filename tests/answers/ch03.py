"""Answers to the exercises of chapter 03, as different people write them."""

import cmath
import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong


@right("03.log_ratio")
def by_distributions(x, mean_p, std_p, mean_q, std_q):
    real = torch.distributions.Normal(mean_p, std_p)
    fake = torch.distributions.Normal(mean_q, std_q)
    return real.log_prob(x) - fake.log_prob(x)


@right("03.log_ratio")
def by_gaussian_nll(x, mean_p, std_p, mean_q, std_q):
    def nll(mean, std):
        mean, var = torch.full_like(x, mean), torch.full_like(x, std**2)
        return F.gaussian_nll_loss(x, mean, var, reduction="none")

    return nll(mean_q, std_q) - nll(mean_p, std_p)


@right("03.log_ratio")
def by_coefficients_in_double(x, mean_p, std_p, mean_q, std_q):
    wp, wq = std_p**-2, std_q**-2
    a = (wq - wp) / 2
    b = mean_p * wp - mean_q * wq
    c = (mean_q**2 * wq - mean_p**2 * wp) / 2 + math.log(std_q) - math.log(std_p)
    x = x.double()
    return (a * x + b) * x + c


@right("03.log_ratio")
def by_numpy_formula(x, mean_p, std_p, mean_q, std_q):
    values = x.detach().numpy()
    log_p = -0.5 * np.square((values - mean_p) / std_p) - np.log(std_p)
    log_q = -0.5 * np.square((values - mean_q) / std_q) - np.log(std_q)
    return torch.from_numpy(np.asarray(log_p - log_q))


@right("03.log_ratio")
def by_python_numbers(x, mean_p, std_p, mean_q, std_q):
    def one(v):
        zq, zp = (v - mean_q) / std_q, (v - mean_p) / std_p
        return 0.5 * (zq - zp) * (zq + zp) - math.log(std_p / std_q)

    found = [one(v) for v in x.reshape(-1).tolist()]
    return torch.tensor(found).reshape(x.shape)


@wrong("03.log_ratio")
def fake_over_real(x, mean_p, std_p, mean_q, std_q):
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return (zp**2 - zq**2) / 2 + math.log(std_p / std_q)


@wrong("03.log_ratio")
def clipped_densities(x, mean_p, std_p, mean_q, std_q):
    p = torch.exp(-(((x - mean_p) / std_p) ** 2) / 2) / std_p
    q = torch.exp(-(((x - mean_q) / std_q) ** 2) / 2) / std_q
    return torch.log(p + 1e-12) - torch.log(q + 1e-12)


@wrong("03.log_ratio")
def in_decimal_logarithms(x, mean_p, std_p, mean_q, std_q):
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return ((zq**2 - zp**2) / 2 + math.log(std_q / std_p)) / math.log(10)


@wrong("03.log_ratio")
def spreads_taken_as_variances(x, mean_p, std_p, mean_q, std_q):
    real = (x - mean_p) ** 2 / (2 * std_p) + 0.5 * math.log(std_p)
    fake = (x - mean_q) ** 2 / (2 * std_q) + 0.5 * math.log(std_q)
    return fake - real


@wrong("03.log_ratio")
def logarithm_of_the_variances(x, mean_p, std_p, mean_q, std_q):
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return 0.5 * (zq**2 - zp**2) + math.log(std_q**2 / std_p**2)


@right("03.generator_slope")
def slopes_by_autograd(a, loss):
    losses = {
        "minimax": lambda a: F.logsigmoid(-a),
        "non-saturating": lambda a: -F.logsigmoid(a),
        "least-squares": lambda a: 0.5 * (a - 1).square(),
        "wasserstein": lambda a: -a,
    }
    a = a.detach().clone().requires_grad_(True)
    return torch.autograd.grad(losses[loss](a).sum(), a)[0]


@right("03.generator_slope")
def slopes_by_if(a, loss):
    if loss == "minimax":
        return -1 / (1 + torch.exp(-a))
    if loss == "non-saturating":
        return torch.sigmoid(a) - 1
    if loss == "least-squares":
        return a - 1.0
    return torch.full(a.shape, -1.0)


@right("03.generator_slope")
def slopes_by_tanh(a, loss):
    half = torch.tanh(a / 2) / 2
    match loss:
        case "minimax":
            return -0.5 - half
        case "non-saturating":
            return half - 0.5
        case "least-squares":
            return a + -1
        case "wasserstein":
            return a * 0 - 1


@right("03.generator_slope")
def slopes_in_numpy(a, loss):
    v = a.detach().numpy().astype(np.float64)
    found = {
        "minimax": -1 / (1 + np.exp(-v)),
        "non-saturating": -1 / (1 + np.exp(v)),
        "least-squares": v - 1,
        "wasserstein": np.full(v.shape, -1.0),
    }
    return torch.as_tensor(found[loss])


@right("03.generator_slope")
def slopes_by_functorch(a, loss):
    def one(a):
        if loss == "minimax":
            return -F.softplus(a)
        if loss == "non-saturating":
            return F.softplus(-a)
        return (a - 1) ** 2 / 2 if loss == "least-squares" else -a

    flat = torch.func.vmap(torch.func.grad(one))(a.detach().flatten())
    return flat.view(a.shape)


@wrong("03.generator_slope")
def derivative_of_the_sigmoid(a, loss):
    s = torch.sigmoid(a)
    slopes = {
        "minimax": -s * (1 - s),
        "non-saturating": -s * (1 - s),
        "least-squares": a - 1,
        "wasserstein": -torch.ones_like(a),
    }
    return slopes[loss]


@wrong("03.generator_slope")
def downhill_instead_of_slope(a, loss):
    slopes = {
        "minimax": a.sigmoid(),
        "non-saturating": (-a).sigmoid(),
        "least-squares": 1 - a,
        "wasserstein": torch.ones_like(a),
    }
    return slopes[loss]


@wrong("03.generator_slope")
def a_plain_minus_one(a, loss):
    slopes = {
        "minimax": -torch.sigmoid(a),
        "non-saturating": torch.sigmoid(a) - 1,
        "least-squares": a - 1,
        "wasserstein": -1.0,
    }
    return slopes[loss]


@wrong("03.generator_slope")
def squares_of_the_probability(a, loss):
    s = torch.sigmoid(a)
    slopes = {
        "minimax": -s,
        "non-saturating": s - 1,
        "least-squares": (s - 1) * s * (1 - s),
        "wasserstein": -torch.ones_like(a),
    }
    return slopes[loss]


@wrong("03.generator_slope")
def autograd_through_the_sigmoid(a, loss):
    a = a.detach().requires_grad_()
    D = torch.sigmoid(a)
    losses = {
        "minimax": torch.log(1 - D),
        "non-saturating": -torch.log(D),
        "least-squares": (a - 1) ** 2 / 2,
        "wasserstein": -a,
    }
    return torch.autograd.grad(losses[loss].sum(), a)[0]


@right("03.arrows")
def arrows_by_backward_inputs(D, fake):
    x = fake.clone().detach().requires_grad_(True)
    F.logsigmoid(D(x)).sum().backward(inputs=[x])
    return x.grad


@right("03.arrows")
def arrows_by_chain_rule(D, fake):
    x = fake.detach().clone()
    x.requires_grad = True
    a = D(x)
    (slope,) = torch.autograd.grad(a, x, torch.ones_like(a))
    return torch.sigmoid(-a.detach()).reshape(-1, 1) * slope


@right("03.arrows")
def arrows_on_a_copy(D, fake):
    twin = copy.deepcopy(D)
    x = fake.detach().requires_grad_()
    F.binary_cross_entropy_with_logits(
        twin(x).flatten(), torch.ones(len(x)), reduction="sum"
    ).backward()
    return -x.grad


@right("03.arrows")
def arrows_with_flags_put_back(D, fake):
    weights = list(D.parameters()) if isinstance(D, nn.Module) else []
    flags = [w.requires_grad for w in weights]
    for w in weights:
        w.requires_grad_(False)
    x = fake.detach().requires_grad_()
    F.softplus(-D(x)).sum().backward()
    for w, flag in zip(weights, flags, strict=True):
        w.requires_grad_(flag)
    return x.grad.neg()


@right("03.arrows")
def arrows_by_jacobian(D, fake):
    total = torch.autograd.functional.jacobian(
        lambda x: -F.softplus(-D(x)).sum(), fake.detach()
    )
    return total


@wrong("03.arrows")
def arrows_that_wipe(D, fake):
    x = fake.detach().requires_grad_()
    F.softplus(-D(x)).sum().backward()
    if isinstance(D, nn.Module):
        D.zero_grad()
    return -x.grad


@wrong("03.arrows")
def arrows_that_leave_d_frozen(D, fake):
    if isinstance(D, nn.Module):
        D.requires_grad_(False)
    x = fake.detach().requires_grad_()
    F.softplus(-D(x)).sum().backward()
    return -x.grad


@wrong("03.arrows")
def arrows_of_unit_length(D, fake):
    x = fake.detach().requires_grad_()
    (g,) = torch.autograd.grad(F.softplus(-D(x)).sum(), x)
    return -F.normalize(g, dim=1)


@wrong("03.arrows")
def arrows_in_evaluation_mode(D, fake):
    if isinstance(D, nn.Module):
        D.eval()
    x = fake.detach().requires_grad_()
    return -torch.autograd.grad(F.softplus(-D(x)).sum(), x)[0]


@wrong("03.arrows")
def arrows_from_probabilities(D, fake):
    x = fake.detach().requires_grad_()
    loss = -torch.log(torch.sigmoid(D(x))).sum()
    return -torch.autograd.grad(loss, x)[0]


@right("03.softplus")
def softplus_by_logaddexp(a):
    return torch.logaddexp(a, torch.zeros_like(a))


@right("03.softplus")
def softplus_by_library(a):
    return nn.Softplus()(a)


@right("03.softplus")
def softplus_by_logsigmoid(a):
    return -F.logsigmoid(-a)


@right("03.softplus")
def softplus_by_sizes(a):
    size = torch.where(a < 0, -a, a)
    return (a + size) / 2 + torch.special.xlog1py(torch.ones_like(a), (-size).exp())


@right("03.softplus")
def softplus_by_safe_branches(a):
    negative = a.clamp(max=0)
    positive = a.clamp(min=0)
    return torch.where(
        a > 0, a + torch.log1p(torch.exp(-positive)), torch.log1p(torch.exp(negative))
    )


@wrong("03.softplus")
def softplus_in_double(a):
    return torch.log1p(torch.exp(a.double())).to(a.dtype)


@wrong("03.softplus")
def softplus_by_where(a):
    return torch.where(a > 0, a + torch.log1p(torch.exp(-a)), torch.log1p(torch.exp(a)))


@wrong("03.softplus")
def softplus_of_a_clamped_logit(a):
    return torch.log1p(torch.exp(a.clamp(-80, 80)))


@wrong("03.softplus")
def softplus_by_numpy(a):
    v = a.detach().numpy()
    return torch.from_numpy(np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))))


@wrong("03.softplus")
def softplus_without_the_bars(a):
    return torch.relu(a) + torch.log1p(torch.exp(-a))


@right("03.gan_losses")
def losses_by_bce_module(real_logits, fake_logits):
    bce = nn.BCEWithLogitsLoss()
    d = bce(real_logits, torch.ones_like(real_logits))
    d = d + bce(fake_logits, torch.zeros_like(fake_logits))
    return d, bce(fake_logits, torch.ones_like(fake_logits))


@right("03.gan_losses")
def losses_by_logsigmoid_list(real_logits, fake_logits):
    on_real = -F.logsigmoid(real_logits).mean()
    on_fake = -F.logsigmoid(-fake_logits).mean()
    return [on_real + on_fake, -F.logsigmoid(fake_logits).mean()]


@right("03.gan_losses")
def losses_by_two_classes(real_logits, fake_logits):
    def entropy(a, label):
        a = a.reshape(-1)
        two = torch.stack([torch.zeros_like(a), a], dim=1)
        return F.cross_entropy(two, torch.full((len(a),), label))

    return entropy(real_logits, 1) + entropy(fake_logits, 0), entropy(fake_logits, 1)


@right("03.gan_losses")
def losses_by_sums(real_logits, fake_logits):
    n, m = real_logits.numel(), fake_logits.numel()
    zero = torch.zeros(())
    d = torch.logaddexp(-real_logits, zero).sum() / n
    d += torch.logaddexp(fake_logits, zero).sum() / m
    return d, torch.logaddexp(-fake_logits, zero).sum() / m


@right("03.gan_losses")
def losses_by_identity(real_logits, fake_logits):
    # softplus(a) - softplus(-a) = a
    g = F.softplus(-fake_logits).mean()
    d = F.softplus(real_logits).mean() - real_logits.mean() + g + fake_logits.mean()
    return d, g


@wrong("03.gan_losses")
def losses_with_detached_fakes(real_logits, fake_logits):
    d = F.softplus(-real_logits).mean() + F.softplus(fake_logits.detach()).mean()
    return d, F.softplus(-fake_logits).mean()


@wrong("03.gan_losses")
def losses_by_bce_of_sigmoids(real_logits, fake_logits):
    r, f = real_logits.sigmoid(), fake_logits.sigmoid()
    d = F.binary_cross_entropy(r, torch.ones_like(r))
    d = d + F.binary_cross_entropy(f, torch.zeros_like(f))
    return d, F.binary_cross_entropy(f, torch.ones_like(f))


@wrong("03.gan_losses")
def losses_with_averaged_halves(real_logits, fake_logits):
    d = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return d / 2, F.softplus(-fake_logits).mean()


@wrong("03.gan_losses")
def losses_with_generator_last_to_first(real_logits, fake_logits):
    d = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return F.softplus(-fake_logits).mean(), d


@wrong("03.gan_losses")
def losses_with_label_smoothing(real_logits, fake_logits):
    d = F.binary_cross_entropy_with_logits(
        real_logits, torch.full_like(real_logits, 0.9)
    )
    d = d + F.softplus(fake_logits).mean()
    return d, F.softplus(-fake_logits).mean()


@right("03.best_outputs")
def best_by_two_loops(p, q, cost_real, cost_fake, candidates):
    real, fake = cost_real(candidates), cost_fake(candidates)
    found = []
    for i in range(len(p)):
        best, least = 0, math.inf
        for j in range(len(candidates)):
            cost = float(p[i] * real[j] + q[i] * fake[j])
            if cost < least:
                best, least = j, cost
        found.append(candidates[best])
    return torch.stack(found)


@right("03.best_outputs")
def best_by_outer(p, q, cost_real, cost_fake, candidates):
    table = torch.outer(cost_real(candidates), p) + torch.outer(
        cost_fake(candidates), q
    )
    return candidates.index_select(0, table.min(dim=0).indices)


@right("03.best_outputs")
def best_by_matrix_product(p, q, cost_real, cost_fake, candidates):
    costs = torch.stack([cost_real(candidates), cost_fake(candidates)])  # [2, m]
    table = torch.stack([p, q], dim=1) @ costs
    return torch.gather(candidates, 0, torch.argmin(table, dim=-1))


@right("03.best_outputs")
def best_in_numpy(p, q, cost_real, cost_fake, candidates):
    r, f = cost_real(candidates).numpy(), cost_fake(candidates).numpy()
    table = p.numpy()[:, None] * r[None] + q.numpy()[:, None] * f[None]
    return torch.from_numpy(candidates.numpy()[table.argmin(axis=1)])


@right("03.best_outputs")
def best_by_running_minimum(p, q, cost_real, cost_fake, candidates):
    best = candidates[0].expand(len(p)).clone()
    least = p * cost_real(candidates[:1]) + q * cost_fake(candidates[:1])
    for c in candidates[1:]:
        cost = p * cost_real(c) + q * cost_fake(c)
        best = torch.where(cost < least, c, best)
        least = torch.minimum(cost, least)
    return best


@wrong("03.best_outputs")
def best_index_only(p, q, cost_real, cost_fake, candidates):
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return table.argmin(dim=1)


@wrong("03.best_outputs")
def best_softly(p, q, cost_real, cost_fake, candidates):
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return torch.softmax(-table, dim=1) @ candidates


@wrong("03.best_outputs")
def best_for_all_places(p, q, cost_real, cost_fake, candidates):
    cost = p.sum() * cost_real(candidates) + q.sum() * cost_fake(candidates)
    return candidates[cost.argmin()].expand(len(p))


@wrong("03.best_outputs")
def best_with_roles_exchanged(p, q, cost_real, cost_fake, candidates):
    table = p[:, None] * cost_fake(candidates) + q[:, None] * cost_real(candidates)
    return candidates[table.argmin(dim=1)]


@wrong("03.best_outputs")
def best_as_difference(p, q, cost_real, cost_fake, candidates):
    table = p[:, None] * cost_real(candidates) - q[:, None] * cost_fake(candidates)
    return candidates[table.argmin(dim=1)]


@right("03.gradient_penalty")
def penalty_by_lerp(critic, real, fake, u):
    x = torch.lerp(fake.detach(), real.detach(), u).requires_grad_(True)
    a = critic(x)
    g = torch.autograd.grad(
        outputs=a, inputs=x, grad_outputs=torch.ones_like(a), create_graph=True
    )[0]
    norm = torch.sqrt(g.pow(2).sum(dim=1))
    return (norm - 1).pow(2).mean()


@right("03.gradient_penalty")
def penalty_with_epsilon(critic, real, fake, u):
    x = (fake + u * (real - fake)).detach()
    x.requires_grad_()
    g = torch.autograd.grad(
        critic(x).sum(), x, create_graph=True, retain_graph=True, only_inputs=True
    )[0]
    g = g.view(len(g), -1)
    return F.mse_loss(torch.sqrt((g**2).sum(1) + 1e-12), torch.ones(len(g)))


@right("03.gradient_penalty")
def penalty_per_sample(critic, real, fake, u):
    total = 0
    for r, f, share in zip(real, fake, u, strict=True):
        x = (share * r + (1 - share) * f).detach().requires_grad_()
        (g,) = torch.autograd.grad(critic(x[None]).squeeze(), x, create_graph=True)
        total = total + (torch.linalg.vector_norm(g) - 1) ** 2
    return total / len(real)


@right("03.gradient_penalty")
def penalty_multiplied_out(critic, real, fake, u):
    x = torch.autograd.Variable(u * real + (1 - u) * fake, requires_grad=True)
    (g,) = torch.autograd.grad(critic(x).sum(), [x], create_graph=True)
    square = torch.einsum("nd,nd->n", g, g)
    return (square - 2 * square.sqrt() + 1).mean()


@right("03.gradient_penalty")
def penalty_by_functorch(critic, real, fake, u):
    x = (u * real + (1 - u) * fake).detach()
    slope = torch.func.vmap(torch.func.grad(lambda one: critic(one[None]).sum()))
    return (1 - slope(x).norm(dim=1)).square().mean()


@wrong("03.gradient_penalty")
def penalty_on_steep_places_only(critic, real, fake, u):
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return torch.relu(g.norm(dim=1) - 1).square().mean()


@wrong("03.gradient_penalty")
def penalty_with_its_own_u(critic, real, fake, u):
    u = torch.rand(len(real), 1)
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (g.norm(dim=1) - 1).square().mean()


@wrong("03.gradient_penalty")
def penalty_times_ten(critic, real, fake, u):
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return 10 * ((g.norm(2, dim=1) - 1) ** 2).mean()


@wrong("03.gradient_penalty")
def penalty_of_the_mean_slope(critic, real, fake, u):
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (g.norm(dim=1).mean() - 1) ** 2


@wrong("03.gradient_penalty")
def penalty_of_the_mean_score(critic, real, fake, u):
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).mean(), x, create_graph=True)
    return ((g.norm(dim=1) - 1) ** 2).mean()


@right("03.conjugate")
def conjugate_by_loop(f, t, u):
    heights = f(u)
    return torch.stack([(slope * u - heights).max() for slope in t])


@right("03.conjugate")
def conjugate_by_outer(f, t, u):
    return torch.amax(torch.outer(u, t) - f(u).unsqueeze(1), dim=0)


@right("03.conjugate")
def conjugate_in_numpy(f, t, u):
    height = f(u).numpy()
    return torch.tensor([np.max(s * u.numpy() - height) for s in t.numpy()])


@right("03.conjugate")
def conjugate_by_min_of_the_negative(f, t, u):
    return -(f(u)[None, :] - t[:, None] * u[None, :]).min(dim=1)[0]


@right("03.conjugate")
def conjugate_by_running_maximum(f, t, u):
    best = torch.full_like(t, -math.inf)
    for place, height in zip(u, f(u), strict=True):
        best = torch.maximum(best, t * place - height)
    return best


@wrong("03.conjugate")
def conjugate_as_a_named_tuple(f, t, u):
    return (t[:, None] * u - f(u)).max(dim=1)


@wrong("03.conjugate")
def conjugate_at_the_best_place(f, t, u):
    table = t[:, None] * u - f(u)
    return u[table.argmax(dim=1)]


@wrong("03.conjugate")
def conjugate_over_all_slopes(f, t, u):
    return (t[:, None] * u - f(u)).amax(dim=0)


@wrong("03.conjugate")
def conjugate_of_a_grown_f(f, t, u):
    return (t[:, None] * u + f(u)).amax(dim=1)


@wrong("03.conjugate")
def conjugate_smoothed(f, t, u):
    return torch.logsumexp(t[:, None] * u - f(u), dim=1)


@right("03.bound_estimate")
def bound_by_var_mean(t_real, conjugate_fake):
    v1, m1 = torch.var_mean(t_real)
    v2, m2 = torch.var_mean(conjugate_fake)
    n1, n2 = t_real.numel(), conjugate_fake.numel()
    return m1 - m2, torch.hypot((v1 / n1).sqrt(), (v2 / n2).sqrt())


@right("03.bound_estimate")
def bound_in_numpy(t_real, conjugate_fake):
    a, b = t_real.detach().numpy(), conjugate_fake.detach().numpy()
    error = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return a.mean() - b.mean(), error


@right("03.bound_estimate")
def bound_by_statistics(t_real, conjugate_fake):
    import statistics as st

    a, b = t_real.tolist(), conjugate_fake.tolist()
    error = math.sqrt(st.variance(a) / len(a) + st.variance(b) / len(b))
    return st.fmean(a) - st.fmean(b), error


@right("03.bound_estimate")
def bound_by_standard_errors(t_real, conjugate_fake):
    def summary(v):
        mean = v.sum() / len(v)
        spread = ((v - mean) ** 2).sum() / (len(v) - 1)
        return mean, spread.sqrt() / len(v) ** 0.5

    (mean_a, error_a), (mean_b, error_b) = summary(t_real), summary(conjugate_fake)
    return [mean_a - mean_b, (error_a**2 + error_b**2) ** 0.5]


@right("03.bound_estimate")
def bound_as_a_tensor(t_real, conjugate_fake):
    parts = [x.std() ** 2 / x.shape[0] for x in (t_real, conjugate_fake)]
    return torch.stack([t_real.mean() - conjugate_fake.mean(), sum(parts).sqrt()])


@wrong("03.bound_estimate")
def bound_with_pooled_spread(t_real, conjugate_fake):
    both = torch.cat([t_real, conjugate_fake])
    return t_real.mean() - conjugate_fake.mean(), both.std() / len(both) ** 0.5


@wrong("03.bound_estimate")
def bound_from_pairs(t_real, conjugate_fake):
    n = min(len(t_real), len(conjugate_fake))
    gap = t_real[:n] - conjugate_fake[:n]
    return gap.mean(), gap.std() / n**0.5


@wrong("03.bound_estimate")
def bound_with_95_percent(t_real, conjugate_fake):
    error = t_real.var() / len(t_real) + conjugate_fake.var() / len(conjugate_fake)
    return t_real.mean() - conjugate_fake.mean(), 1.96 * error.sqrt()


@wrong("03.bound_estimate")
def bound_with_one_error(t_real, conjugate_fake):
    value = t_real.mean() - conjugate_fake.mean()
    return value, t_real.std() / len(t_real) ** 0.5


@wrong("03.bound_estimate")
def bound_as_a_sum(t_real, conjugate_fake):
    error = t_real.var() / len(t_real) + conjugate_fake.var() / len(conjugate_fake)
    return t_real.mean() + conjugate_fake.mean(), error.sqrt()


@right("03.relativistic_losses")
def pairs_by_logsigmoid(real_logits, fake_logits):
    d = F.logsigmoid(real_logits - fake_logits).mean()
    g = F.logsigmoid(fake_logits - real_logits).mean()
    return -d, -g


@right("03.relativistic_losses")
def pairs_by_bce(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    ones = torch.ones_like(real_logits)
    return bce(real_logits - fake_logits, ones), bce(fake_logits - real_logits, ones)


@right("03.relativistic_losses")
def pairs_by_logaddexp(real_logits, fake_logits):
    both = torch.logaddexp(real_logits, fake_logits)
    return (both - real_logits).mean(), (both - fake_logits).mean()


@right("03.relativistic_losses")
def pairs_by_cross_entropy(real_logits, fake_logits):
    two = torch.stack([real_logits.flatten(), fake_logits.flatten()], dim=1)
    first = torch.zeros(len(two), dtype=torch.long)
    return F.cross_entropy(two, first), F.cross_entropy(two, first + 1)


@right("03.relativistic_losses")
def pairs_by_the_identity(real_logits, fake_logits):
    # softplus(a) = softplus(-a) + a
    lead = real_logits - fake_logits
    d = F.softplus(-lead).mean()
    return d, d + lead.mean()


@wrong("03.relativistic_losses")
def pairs_of_everyone(real_logits, fake_logits):
    lead = real_logits.reshape(-1, 1) - fake_logits.reshape(1, -1)
    return F.softplus(-lead).mean(), F.softplus(lead).mean()


@wrong("03.relativistic_losses")
def pairs_with_the_average(real_logits, fake_logits):
    r = real_logits - fake_logits.mean()
    f = fake_logits - real_logits.mean()
    d = F.softplus(-r).mean() + F.softplus(f).mean()
    return d, F.softplus(r).mean() + F.softplus(-f).mean()


@wrong("03.relativistic_losses")
def pairs_through_the_sigmoid(real_logits, fake_logits):
    s = torch.sigmoid(real_logits - fake_logits)
    return -torch.log(s).mean(), -torch.log(1 - s).mean()


@wrong("03.relativistic_losses")
def pairs_of_probabilities(real_logits, fake_logits):
    lead = real_logits.sigmoid() - fake_logits.sigmoid()
    return F.softplus(-lead).mean(), F.softplus(lead).mean()


@wrong("03.relativistic_losses")
def pairs_as_a_zero_sum(real_logits, fake_logits):
    d = F.softplus(fake_logits - real_logits).mean()
    return d, -d


@right("03.dirac_step")
def dirac_by_tanh(theta, psi, lr):
    def sigmoid(v):
        return 0.5 * (1 + math.tanh(v / 2))

    psi -= lr * theta * sigmoid(theta * psi)
    theta += lr * psi * sigmoid(-theta * psi)
    return theta, psi


@right("03.dirac_step")
def dirac_by_autograd(theta, psi, lr):
    t = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    p = torch.tensor(psi, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(F.softplus(p * t), p)
    p = (p - lr * slope).detach().requires_grad_()
    (slope,) = torch.autograd.grad(F.softplus(-p * t), t)
    return (t - lr * slope).item(), p.item()


@right("03.dirac_step")
def dirac_in_numpy(theta, psi, lr):
    new = psi - lr * theta / (1 + np.exp(-psi * theta))
    return theta + lr * new / (1 + np.exp(new * theta)), new


@right("03.dirac_step")
def dirac_as_a_list(theta, psi, lr):
    def D(v):
        return 1.0 / (1.0 + math.exp(-v))

    state = [theta, psi]
    state[1] = state[1] - lr * state[0] * D(state[0] * state[1])
    state[0] = state[0] + lr * state[1] * (1 - D(state[0] * state[1]))
    return state


@right("03.dirac_step")
def dirac_with_an_optimiser(theta, psi, lr):
    t = nn.Parameter(torch.tensor(float(theta)).double())
    p = nn.Parameter(torch.tensor(float(psi)).double())
    for weight, sign in ((p, 1), (t, -1)):
        adam = torch.optim.SGD([weight], lr=lr)
        adam.zero_grad()
        F.softplus(sign * p * t).backward()
        adam.step()
    return t.detach(), p.detach()


@wrong("03.dirac_step")
def dirac_at_once(theta, psi, lr):
    s = 1 / (1 + math.exp(-psi * theta))
    return theta + lr * psi * (1 - s), psi - lr * theta * s


@wrong("03.dirac_step")
def dirac_generator_first(theta, psi, lr):
    theta = theta + lr * psi / (1 + math.exp(psi * theta))
    psi = psi - lr * theta / (1 + math.exp(-psi * theta))
    return theta, psi


@wrong("03.dirac_step")
def dirac_uphill(theta, psi, lr):
    psi = psi + lr * theta / (1 + math.exp(-psi * theta))
    theta = theta - lr * psi / (1 + math.exp(psi * theta))
    return theta, psi


@wrong("03.dirac_step")
def dirac_linearised(theta, psi, lr):
    psi = psi - lr * theta / 2
    theta = theta + lr * psi / 2
    return theta, psi


@wrong("03.dirac_step")
def dirac_in_the_other_order_of_results(theta, psi, lr):
    psi = psi - lr * theta / (1 + math.exp(-psi * theta))
    theta = theta + lr * psi / (1 + math.exp(psi * theta))
    return psi, theta


@right("03.spectral_radius")
def radius_by_eigvals(lr, gamma):
    step = np.eye(2) + lr * np.array([[0, 0.5], [-0.5, -gamma]])
    return np.abs(np.linalg.eigvals(step)).max()


@right("03.spectral_radius")
def radius_by_torch(lr, gamma):
    J = torch.tensor([[0.0, 0.5], [-0.5, -gamma]], dtype=torch.float64)
    return (1 + lr * torch.linalg.eigvals(J)).abs().max()


@right("03.spectral_radius")
def radius_by_roots(lr, gamma):
    # l^2 + gamma l + 1/4 = 0
    return max(abs(1 + lr * root) for root in np.roots([1, gamma, 0.25]))


@right("03.spectral_radius")
def radius_by_cases(lr, gamma):
    if gamma < 1:
        return math.sqrt(1 - lr * gamma + lr**2 / 4)
    root = math.sqrt(gamma**2 - 1) / 2
    return max(abs(1 - lr * gamma / 2 + lr * root), abs(1 - lr * gamma / 2 - lr * root))


@right("03.spectral_radius")
def radius_by_complex_powers(lr, gamma):
    root = complex(gamma**2 - 1) ** 0.5 / 2
    first, second = -gamma / 2 + root, -gamma / 2 - root
    return float(torch.tensor([1 + lr * first, 1 + lr * second]).abs().max())


@wrong("03.spectral_radius")
def radius_by_singular_values(lr, gamma):
    step = np.eye(2) + lr * np.array([[0, 0.5], [-0.5, -gamma]])
    return float(np.linalg.norm(step, 2))


@wrong("03.spectral_radius")
def radius_of_the_real_part(lr, gamma):
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max(abs(1 + lr * (-gamma / 2 + s * root).real) for s in (1, -1))


@wrong("03.spectral_radius")
def radius_of_infinitely_small_steps(lr, gamma):
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return math.exp(lr * max((-gamma / 2 + s * root).real for s in (1, -1)))


@wrong("03.spectral_radius")
def radius_squared(lr, gamma):
    return 1 - lr * gamma + lr**2 / 4


@wrong("03.spectral_radius")
def radius_with_the_real_root_only(lr, gamma):
    root = math.sqrt(max(gamma**2 / 4 - 1 / 4, 0))
    return max(abs(1 + lr * (-gamma / 2 + s * root)) for s in (1, -1))


@right("03.kl_costs")
def costs_in_numpy(a):
    values = np.asarray(a)
    return -np.exp(values), -values


@right("03.kl_costs")
def costs_by_powers_of_e(a):
    return -(math.e**a), a.neg()


@right("03.kl_costs")
def costs_number_by_number(a):
    first = torch.tensor([-math.exp(v) for v in a.tolist()], dtype=a.dtype)
    return first, torch.tensor([-v for v in a.tolist()], dtype=a.dtype)


@right("03.kl_costs")
def costs_through_log_beliefs(a):
    real, fake = F.logsigmoid(a), F.logsigmoid(-a)
    return -(real - fake).exp(), fake - real


@right("03.kl_costs")
def costs_as_a_list_with_a_constant(a):
    return [torch.ones_like(a) - a.exp(), 3 - a]


@right("03.kl_costs")
def costs_by_integrating_slopes(a):
    """The slope of the first cost is -e^a again, so a sum of many small steps."""
    steps = torch.linspace(0, 1, 20_001).double()
    grid = a.double()[:, None] * (steps[1:] + steps[:-1]) / 2
    return -(grid.exp().sum(1) * a.double() / 20_000).to(a.dtype), -a


@wrong("03.kl_costs")
def ascends_the_ratio(a):
    return a.exp(), a


@wrong("03.kl_costs")
def swapped_by_a_reader_of_kl(a):
    return a.neg(), a.exp().neg()


@wrong("03.kl_costs")
def value_of_kl_under_q(a):
    ratio = torch.sigmoid(a) / torch.sigmoid(-a)
    return ratio * ratio.log(), ratio.reciprocal().log()


@wrong("03.kl_costs")
def goodfellow_both_times(a):
    return torch.log1p(-torch.sigmoid(a)), -a


@wrong("03.kl_costs")
def heuristic_for_reverse(a):
    return -a.exp(), -torch.log(torch.sigmoid(a))


@wrong("03.kl_costs")
def inverse_odds(a):
    return (1 - torch.sigmoid(a)) / torch.sigmoid(a), -a


@wrong("03.kl_costs")
def belief_instead_of_ratio(a):
    return -1 / (1 + (-a).exp()), -a


@wrong("03.kl_costs")
def half_the_exponent(a):
    return -(a / 2).exp(), -a


@wrong("03.kl_costs")
def logits_for_both(a):
    cost = 2.0 - a
    return cost, cost.clone()
