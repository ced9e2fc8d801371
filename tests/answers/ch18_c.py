"""Answers of other people to chapter 18's exercises on accusations and explanations."""

import math

import numpy as np
import torch
from scipy import stats
from scipy.special import betaincinv

from tests.answers import right, wrong

# 18.positive_predictive_value


@right("18.positive_predictive_value")
def bayes(tpr, fpr, prevalence):
    accused = tpr * prevalence + fpr * (1 - prevalence)
    return tpr * prevalence / accused


@right("18.positive_predictive_value")
def as_one_over(tpr, fpr, prevalence):
    return 1 / (1 + (1 - prevalence) * fpr / (prevalence * tpr))


@right("18.positive_predictive_value")
def with_a_table(tpr, fpr, prevalence):
    table = np.outer([prevalence, 1 - prevalence], [1.0, 1.0])
    table[0] *= tpr, 1 - tpr
    table[1] *= fpr, 1 - fpr
    return table[0, 0] / table[:, 0].sum()


@right("18.positive_predictive_value")
def by_log_odds(tpr, fpr, prevalence):
    logit = math.log(prevalence / (1 - prevalence)) + math.log(tpr / fpr)
    return torch.sigmoid(torch.tensor(logit, dtype=torch.float64))


@right("18.positive_predictive_value")
def one_minus_the_false(tpr, fpr, prevalence):
    false = (1 - prevalence) * fpr
    return 1 - false / (false + prevalence * tpr)


@wrong("18.positive_predictive_value")
def just_the_tpr(tpr, fpr, prevalence):
    return float(tpr)


@wrong("18.positive_predictive_value")
def complement_of_fpr(tpr, fpr, prevalence):
    return 1.0 - fpr


@wrong("18.positive_predictive_value")
def balanced(tpr, fpr, prevalence):
    return 0.5 * tpr / (0.5 * tpr + 0.5 * fpr)


@wrong("18.positive_predictive_value")
def overall_accuracy(tpr, fpr, prevalence):
    return tpr * prevalence + (1 - fpr) * (1 - prevalence)


@wrong("18.positive_predictive_value")
def swapped_prevalence(tpr, fpr, prevalence):
    return (1 - prevalence) * tpr / ((1 - prevalence) * tpr + prevalence * fpr)


@wrong("18.positive_predictive_value")
def f_score(tpr, fpr, prevalence):
    ppv = prevalence * tpr / (prevalence * tpr + (1 - prevalence) * fpr)
    return 2 * ppv * tpr / (ppv + tpr)


# 18.accusation_threshold


def _high(k, n, level=0.95):
    return float(betaincinv(k + 1, n - k, level)) if k < n else 1.0


@right("18.accusation_threshold")
def scans_a_grid(real, made, share, limit):
    for t in np.linspace(-2, 8, 201):
        tpr = 0.95 * float((made > t).float().mean())
        fpr = max(_high(int((g > t).sum()), len(g)) for g in real)
        right_, wrong_ = share * tpr, (1 - share) * fpr
        if wrong_ <= limit * (right_ + wrong_):
            return float(t)
    return float("inf")


@right("18.accusation_threshold")
def by_wilson(real, made, share, limit):
    def upper(k, n, z=1.9):
        p = k / n
        centre = p + z * z / (2 * n)
        return (centre + z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (
            1 + z * z / n
        )

    good = []
    for t in torch.cat([made, *real]).sort().values[::25].tolist():
        tpr = 0.96 * float((made > t).double().mean())
        fpr = max(upper(int((g > t).sum()), len(g)) for g in real)
        if (1 - share) * fpr <= limit * (share * tpr + (1 - share) * fpr):
            good.append(t)
    return min(good, default=math.inf)


@right("18.accusation_threshold")
def bisects(real, made, share, limit):
    def bad(t):
        tpr = 0.95 * float((made > t).double().mean())
        fpr = max(_high(int((g > t).sum()), len(g)) for g in real)
        return (1 - share) * fpr > limit * (share * tpr + (1 - share) * fpr)

    grid = torch.linspace(-1, 7, 161).tolist()
    allowed = [t for t in grid if not bad(t)]
    return allowed[0] if allowed else math.inf


@right("18.accusation_threshold")
def with_a_margin(real, made, share, limit):
    """Adds three to each count, near the upper bound where counts are small."""
    best = math.inf
    for t in torch.cat([made, *real]).sort(descending=True).values[::20].tolist():
        fpr = max(
            (int((g > t).sum()) + 3 + 1.3 * int((g > t).sum()) ** 0.5) / len(g)
            for g in real
        )
        tpr = 0.95 * float((made > t).double().mean())
        if tpr and (1 - share) * fpr / (share * tpr + (1 - share) * fpr) <= limit:
            best = t
    return best


@right("18.accusation_threshold")
def vectorised(real, made, share, limit):
    t = np.sort(np.concatenate([made.numpy(), *(g.numpy() for g in real)]))[::15]
    tpr = (made.numpy()[:, None] > t).mean(0) * 0.95
    fpr = np.zeros(len(t))
    for g in real:
        k = (g.numpy()[:, None] > t).sum(0)
        bound = stats.beta.ppf(0.95, k + 1, np.maximum(len(g) - k, 1e-9))
        fpr = np.maximum(fpr, np.where(k < len(g), bound, 1.0))
    good = (1 - share) * fpr * (1 - limit) <= limit * share * tpr
    return t[good].min() if good.any() else np.inf


@wrong("18.accusation_threshold")
def best_accuracy(real, made, share, limit):
    every = torch.cat(real)
    grid = torch.linspace(-2, 7, 181)
    return max(
        grid.tolist(),
        key=lambda t: float((made > t).float().mean() - (every > t).float().mean()),
    )


@wrong("18.accusation_threshold")
def five_percent(real, made, share, limit):
    return float(np.quantile(torch.cat(real).numpy(), 1 - limit))


@wrong("18.accusation_threshold")
def zero(real, made, share, limit):
    return 0.0


@wrong("18.accusation_threshold")
def nothing_at_all(real, made, share, limit):
    return float("inf")


@wrong("18.accusation_threshold")
def above_all_real(real, made, share, limit):
    return float(max(g.max() for g in real))


@wrong("18.accusation_threshold")
def middle_of_means(real, made, share, limit):
    return (torch.cat(real).mean() + made.mean()).item() / 2


@wrong("18.accusation_threshold")
def observed_shares(real, made, share, limit):
    for t in torch.cat([*real, made]).sort().values[::20].tolist():
        tpr = float((made > t).double().mean())
        fpr = max(float((g > t).double().mean()) for g in real)
        if (1 - share) * fpr <= limit * (share * tpr + (1 - share) * fpr) and tpr:
            return t
    return math.inf


# 18.integrated_gradients


@right("18.integrated_gradients")
def by_backward(f, x, baseline, steps):
    way, total = x - baseline, 0
    for k in range(1, steps + 1):
        p = (baseline + (2 * k - 1) / (2 * steps) * way).detach()
        p.requires_grad = True
        f(p).sum().backward()
        total = total + p.grad
    return way * total / steps


@right("18.integrated_gradients")
def right_ends(f, x, baseline, steps):
    """Another rule for the integral, with many more steps."""
    n, total = 8 * steps, torch.zeros_like(x)
    for k in range(1, n + 1):
        p = (baseline + k / n * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return total * (x - baseline) / n


@right("18.integrated_gradients")
def by_gauss(f, x, baseline, steps):
    nodes, weights = np.polynomial.legendre.leggauss(24)
    total = torch.zeros_like(x)
    for s, w in zip((nodes + 1) / 2, weights / 2, strict=True):
        p = (baseline + float(s) * (x - baseline)).requires_grad_()
        total += float(w) * torch.autograd.grad(f(p).sum(), p)[0]
    return total * (x - baseline)


@right("18.integrated_gradients")
def picture_by_picture(f, x, baseline, steps):
    rows = []
    for one, b in zip(x, baseline, strict=True):
        s = ((torch.arange(steps) + 0.5) / steps)[:, None]
        p = (b + s * (one - b)).requires_grad_()
        rows.append((one - b) * torch.autograd.grad(f(p).sum(), p)[0].mean(0))
    return torch.stack(rows)


@right("18.integrated_gradients")
def with_ones(f, x, baseline, steps):
    gradients = []
    for i in range(steps):
        p = torch.lerp(baseline, x, (i + 0.5) / steps).requires_grad_()
        out = f(p)
        gradients.append(torch.autograd.grad(out, p, torch.ones_like(out))[0])
    return (x - baseline).mul(torch.stack(gradients).mean(dim=0))


@wrong("18.integrated_gradients")
def gradient_times_input(f, x, baseline, steps):
    p = x.clone().requires_grad_()
    return torch.autograd.grad(f(p).sum(), p)[0] * (x - baseline)


@wrong("18.integrated_gradients")
def mean_gradient_only(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for i in range(steps):
        p = (baseline + (i + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return total / steps


@wrong("18.integrated_gradients")
def never_divides(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for i in range(steps):
        p = (baseline + (i + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return total * (x - baseline)


@wrong("18.integrated_gradients")
def mean_of_the_batch(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for i in range(steps):
        p = (baseline + (i + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).mean(), p)[0]
    return total * (x - baseline) / steps


@wrong("18.integrated_gradients")
def ignores_the_baseline(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for i in range(steps):
        p = ((i + 0.5) / steps * x).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return total * x / steps


@wrong("18.integrated_gradients")
def heat(f, x, baseline, steps):
    p = x.clone().requires_grad_()
    return torch.autograd.grad(f(p).sum(), p)[0].abs()


# 18.ablation_effect


def _with_hook(network, layer, z, measure, change):
    with torch.no_grad():
        before = measure(network(z))
        handle = layer.register_forward_hook(lambda m, i, out: change(out.clone()))
        try:
            after = measure(network(z))
        finally:
            handle.remove()
    return before, after


def _off(channel):
    def change(out):
        out[:, channel] = 0
        return out

    return change


@right("18.ablation_effect")
def with_scipy(network, layer, channel, z, measure):
    before, after = _with_hook(network, layer, z, measure, _off(channel))
    d = (after - before).numpy()
    return d.mean(), stats.sem(d)


@right("18.ablation_effect")
def by_index_fill(network, layer, channel, z, measure):
    place = torch.tensor([channel])
    before, after = _with_hook(
        network, layer, z, measure, lambda out: out.index_fill(1, place, 0)
    )
    d = after - before
    return d.mean().item(), (d.var() / len(d)).sqrt().item()


@right("18.ablation_effect")
def in_parts(network, layer, channel, z, measure):
    parts = [
        torch.stack(_with_hook(network, layer, one, measure, _off(channel)))
        for one in z.split(17)
    ]
    before, after = torch.cat(parts, 1)
    d = (after - before).double()
    return d.mean(), d.std(correction=1) / math.sqrt(len(z))


@right("18.ablation_effect")
def as_a_list(network, layer, channel, z, measure):
    before, after = _with_hook(network, layer, z, measure, _off(channel))
    d = [float(b - a) for a, b in zip(before, after, strict=True)]
    mean = math.fsum(d) / len(d)
    return [
        mean,
        math.sqrt(math.fsum((v - mean) ** 2 for v in d) / (len(d) - 1) / len(d)),
    ]


@right("18.ablation_effect")
def hook_that_returns_a_product(network, layer, channel, z, measure):
    def change(out):
        keep = torch.arange(out.shape[1]) != channel
        return out * keep.view(1, -1, 1, 1)

    before, after = _with_hook(network, layer, z, measure, change)
    return torch.std_mean(after - before)[1], torch.std_mean(after - before)[0] / len(
        z
    ) ** 0.5


@wrong("18.ablation_effect")
def forgets_to_remove(network, layer, channel, z, measure):
    before = measure(network(z)).detach()
    layer.register_forward_hook(lambda m, i, out: _off(channel)(out.clone()))
    d = measure(network(z)).detach() - before
    return float(d.mean()), float(d.std() / len(d) ** 0.5)


@wrong("18.ablation_effect")
def two_samples(network, layer, channel, z, measure):
    before, after = _with_hook(network, layer, z, measure, _off(channel))
    error = (before.var() / len(z) + after.var() / len(z)).sqrt()
    return float(after.mean() - before.mean()), float(error)


@wrong("18.ablation_effect")
def only_the_spread(network, layer, channel, z, measure):
    before, after = _with_hook(network, layer, z, measure, _off(channel))
    return float((after - before).mean()), float((after - before).std())


@wrong("18.ablation_effect")
def before_minus_after(network, layer, channel, z, measure):
    before, after = _with_hook(network, layer, z, measure, _off(channel))
    d = before - after
    return float(d.mean()), float(d.std() / math.sqrt(len(d)))


@wrong("18.ablation_effect")
def first_axis(network, layer, channel, z, measure):
    def change(out):
        out[channel] = 0
        return out

    before, after = _with_hook(network, layer, z, measure, change)
    d = after - before
    return float(d.mean()), float(d.std() / math.sqrt(len(d)))


@wrong("18.ablation_effect")
def weights_set_to_zero(network, layer, channel, z, measure):
    with torch.no_grad():
        before = measure(network(z))
        for module in network.modules():
            weight = getattr(module, "weight", None)
            if weight is not None and weight.dim() == 4:
                weight[channel] = 0
        d = measure(network(z)) - before
    return float(d.mean()), float(d.std() / math.sqrt(len(d)))
