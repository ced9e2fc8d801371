"""Answers of a reader to chapter 18: forging, texts, accusations, explanations."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import torch
from scipy import stats

from tests.answers import right, wrong

# 18.forged


@right("18.forged")
def with_einsum(marked, plain, target, strength):
    one, two = torch.ones(len(marked)), torch.ones(len(plain))
    d = torch.einsum("n,nd->d", one / one.sum(), marked)
    d = d - torch.einsum("n,nd->d", two / two.sum(), plain)
    unit = d / torch.linalg.vector_norm(d)
    added = strength * math.sqrt(d.numel()) * unit
    return torch.clamp(target + added[None, :], -1, 1)


@right("18.forged")
def in_double(marked, plain, target, strength):
    d = marked.double().mean(0) - plain.double().mean(0)
    return (target.double() + strength * d / d.pow(2).mean() ** 0.5).clamp(-1, 1)


@right("18.forged")
def by_regression(marked, plain, target, strength):
    """The slope of a regression of the pixels on "marked or not"."""
    x = torch.cat([marked, plain]).numpy()
    y = np.r_[np.ones(len(marked)), np.zeros(len(plain))]
    A = np.stack([y, np.ones_like(y)], 1)
    slope = np.linalg.lstsq(A, x, rcond=None)[0][0]
    rms = np.sqrt(np.mean(slope**2))
    return np.clip(target.numpy() + strength / rms * slope, -1, 1)


@wrong("18.forged")
def divided_by_std(marked, plain, target, strength):
    d = marked.mean(0) - plain.mean(0)
    return (target + strength * d / d.std()).clamp(-1, 1)


@wrong("18.forged")
def mean_over_everything(marked, plain, target, strength):
    d = marked.mean() - plain.mean()
    return (target + strength * d.sign()).clamp(-1, 1)


@wrong("18.forged")
def limited_before_adding(marked, plain, target, strength):
    d = marked.mean(0) - plain.mean(0)
    d = (strength * d / d.square().mean().sqrt()).clamp(-1, 1)
    return target + d


@wrong("18.forged")
def mean_square(marked, plain, target, strength):
    d = marked.mean(0) - plain.mean(0)
    return (target + strength * d / d.square().mean()).clamp(-1, 1)


@wrong("18.forged")
def first_pictures_subtracted(marked, plain, target, strength):
    n = min(len(marked), len(plain))
    d = (marked[:n] - plain[:n]).mean(0)
    return (target + strength * d / d.square().mean().sqrt()).clamp(-1, 1)


# 18.green_p_value


@right("18.green_p_value")
def with_a_counter(tokens, green, share):
    pairs = Counter((tokens[i - 1], tokens[i]) for i in range(1, len(tokens)))
    g = sum(map(lambda pair: int(green(*pair)), pairs))
    return np.float64(stats.binom(len(pairs), share).sf(g - 1)) if pairs else 1


@right("18.green_p_value")
def by_combinations(tokens, green, share):
    seen, g = set(), 0
    for pair in zip(tokens[:-1], tokens[1:], strict=True):
        if pair not in seen:
            seen.add(pair)
            g += 1 if green(pair[0], pair[1]) else 0
    n = len(seen)
    masses = [
        math.comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(g, n + 1)
    ]
    return torch.tensor(math.fsum(masses))


@right("18.green_p_value")
def exact_fractions(tokens, green, share):
    pairs = {(a, b) for a, b in zip(tokens, tokens[1:], strict=False)}
    n, g, p = len(pairs), len([1 for a, b in pairs if green(a, b)]), Fraction(share)
    return float(1 - sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(g)))


@wrong("18.green_p_value")
def different_first_tokens(tokens, green, share):
    following = dict(zip(tokens, tokens[1:], strict=False))
    g = sum(bool(green(a, b)) for a, b in following.items())
    return float(stats.binom.sf(g - 1, len(following), share))


@wrong("18.green_p_value")
def pairs_in_any_order(tokens, green, share):
    pairs = {tuple(sorted(p)) for p in zip(tokens, tokens[1:], strict=False)}
    g = sum(bool(green(a, b)) for a, b in pairs)
    return float(stats.binom.sf(g - 1, len(pairs), share))


@wrong("18.green_p_value")
def around_the_end(tokens, green, share):
    pairs = {(tokens[i - 1], tokens[i]) for i in range(len(tokens))}
    g = sum(bool(green(a, b)) for a, b in pairs)
    return float(stats.binom.sf(g - 1, len(pairs), share))


@wrong("18.green_p_value")
def normal_with_correction(tokens, green, share):
    pairs = set(zip(tokens, tokens[1:], strict=False))
    n, g = len(pairs), sum(bool(green(a, b)) for a, b in pairs)
    if not n:
        return 1.0
    z = (g - 0.5 - n * share) / math.sqrt(n * share * (1 - share))
    return float(stats.norm.sf(z))


@wrong("18.green_p_value")
def repeated_n_only(tokens, green, share):
    """Counts green pairs once and divides by all pairs."""
    pairs = set(zip(tokens, tokens[1:], strict=False))
    g = sum(bool(green(a, b)) for a, b in pairs)
    return float(stats.binom.sf(g - 1, len(tokens) - 1, share))


# 18.bits_needed


@right("18.bits_needed")
def by_convolution(n, rate):
    mass = [1]
    for _ in range(n):
        mass = [a + b for a, b in zip([0, *mass], [*mass, 0], strict=True)]
    limit = Fraction(rate) * 2**n
    return min(k for k in range(n + 2) if sum(mass[k:]) <= limit)


@right("18.bits_needed")
def by_symmetry(n, rate):
    """P(X >= k) = P(X <= n - k), so the lower tail of a table will do."""
    lower = np.cumsum(stats.binom.pmf(np.arange(n + 1), n, 0.5))
    return np.int64(n + 1 - np.searchsorted(lower, rate, side="right"))


@right("18.bits_needed")
def from_ppf(n, rate):
    return float(stats.binom.ppf(1 - rate, n, 0.5) + 1)


@wrong("18.bits_needed")
def capped(n, rate):
    k = 0
    while k < n and stats.binom.sf(k - 1, n, 0.5) > rate:
        k += 1
    return k


@wrong("18.bits_needed")
def sf_of_k(n, rate):
    return next(k for k in range(n + 2) if stats.binom.sf(k, n, 0.5) <= rate)


@wrong("18.bits_needed")
def from_log2(n, rate):
    return math.ceil(-math.log2(rate))


@wrong("18.bits_needed")
def rounded_gauss(n, rate):
    return round(n / 2 + stats.norm.isf(rate) * math.sqrt(n) / 2)


@wrong("18.bits_needed")
def as_a_share(n, rate):
    return (int(stats.binom.isf(rate, n, 0.5)) + 1) / n


# 18.positive_predictive_value


@right("18.positive_predictive_value")
def imagined_pictures(tpr, fpr, prevalence):
    made = 1_000_000 * prevalence
    real = 1_000_000 - made
    return made * tpr / sum([made * tpr, real * fpr])


@right("18.positive_predictive_value")
def with_odds(tpr, fpr, prevalence):
    odds = prevalence / (1 - prevalence) * tpr / fpr
    return np.float64(odds / (1 + odds))


@right("18.positive_predictive_value")
def exactly(tpr, fpr, prevalence):
    t, f, p = (Fraction(str(x)) for x in (tpr, fpr, prevalence))
    return p * t / (p * t + (1 - p) * f)


@wrong("18.positive_predictive_value")
def specificity_for_sensitivity(tpr, fpr, prevalence):
    hit = prevalence * (1 - fpr)
    return hit / (hit + (1 - prevalence) * fpr)


@wrong("18.positive_predictive_value")
def missed_for_found(tpr, fpr, prevalence):
    hit = prevalence * tpr
    return hit / (hit + (1 - prevalence) * (1 - fpr))


@wrong("18.positive_predictive_value")
def divided_by_all_generated(tpr, fpr, prevalence):
    return prevalence * tpr / (prevalence * tpr + prevalence * (1 - tpr))


@wrong("18.positive_predictive_value")
def mean_of_both_rates(tpr, fpr, prevalence):
    return (tpr + (1 - fpr)) / 2


@wrong("18.positive_predictive_value")
def rates_exchanged(tpr, fpr, prevalence):
    return prevalence * fpr / (prevalence * fpr + (1 - prevalence) * tpr)


# 18.accusation_threshold


@right("18.accusation_threshold")
def by_jeffreys(real, made, share, limit):
    """95 % points of the posteriors under Jeffreys' prior."""
    t = torch.arange(-3, 8, 0.05)

    def bound(scores, level):
        k = (scores[:, None] > t).sum(0).numpy()
        return stats.beta.ppf(level, k + 0.5, len(scores) - k + 0.5)

    fpr = np.stack([bound(g, 0.95) for g in real]).max(0)
    wrong_ = (1 - share) * fpr
    good = t.numpy()[wrong_ / (wrong_ + share * bound(made, 0.05)) <= limit]
    return min(good.tolist() or [math.inf])


@right("18.accusation_threshold")
def by_halving(real, made, share, limit):
    """Halves the way between a bad and a good threshold with scipy's intervals."""

    def part(t):
        tests = [stats.binomtest(int((g > t).sum()), len(g)) for g in [*real, made]]
        bounds = [one.proportion_ci(0.9, method="wilson") for one in tests]
        wrong_ = (1 - share) * max(one.high for one in bounds[:-1])
        return wrong_ / (wrong_ + share * bounds[-1].low)

    grid = [t for t in range(-2, 9) if part(t) <= limit]
    if not grid:
        return torch.tensor(math.inf)
    low, high = min(grid) - 1.0, float(min(grid))
    for _ in range(6):
        middle = (low + high) / 2
        low, high = (low, middle) if part(middle) <= limit else (middle, high)
    return torch.tensor(high)


@right("18.accusation_threshold")
def odds_form(real, made, share, limit):
    """fpr <= tpr odds limit / (1 - limit), group by group, then the largest."""
    most = share / (1 - share) * limit / (1 - limit)
    found = []
    for g in real:
        fits = math.inf
        for t in torch.linspace(-2, 8, 101).tolist():
            k, n = int((g > t).sum()), len(g)
            high = stats.beta.ppf(0.95, k + 1, n - k) if k < n else 1.0
            low = 0.96 * float((made > t).double().mean())
            if high <= most * low:
                fits = t
                break
        found.append(fits)
    return max(found)


@wrong("18.accusation_threshold")
def mean_of_the_groups(real, made, share, limit):
    for t in torch.cat([*real, made]).sort().values[::20].tolist():
        highs = [stats.beta.ppf(0.95, int((g > t).sum()) + 1, len(g)) for g in real]
        tpr = 0.95 * float((made > t).double().mean())
        wrong_ = (1 - share) * float(np.mean(highs))
        if tpr and wrong_ <= limit * (share * tpr + wrong_):
            return t
    return math.inf


@wrong("18.accusation_threshold")
def three_deviations(real, made, share, limit):
    return max(float(g.mean() + 3 * g.std()) for g in real)


@wrong("18.accusation_threshold")
def one_for_each_group(real, made, share, limit):
    return [by_jeffreys([g], made, share, limit) for g in real]


@wrong("18.accusation_threshold")
def too_careful(real, made, share, limit):
    """Hoeffding's bound: it holds, and hardly anything can be found with it."""
    for t in torch.cat([*real, made]).sort().values[::20].tolist():
        fpr = max(
            float((g > t).double().mean()) + math.sqrt(math.log(20) / 2 / len(g))
            for g in real
        )
        tpr = float((made > t).double().mean())
        if tpr and (1 - share) * fpr <= limit * (share * tpr + (1 - share) * fpr):
            return t
    return math.inf


@wrong("18.accusation_threshold")
def fpr_of_all_work(real, made, share, limit):
    """Keeps the share of false accusations among all work below the limit."""
    for t in torch.cat([*real, made]).sort().values[::20].tolist():
        if (1 - share) * max(float((g > t).double().mean()) for g in real) <= limit:
            return t
    return math.inf


# 18.integrated_gradients


@right("18.integrated_gradients")
def all_at_once(f, x, baseline, steps):
    s = ((torch.arange(steps) + 0.5) / steps)[:, None, None]
    points = (baseline + s * (x - baseline)).flatten(0, 1).requires_grad_()
    (grad,) = torch.autograd.grad(f(points).sum(), points)
    return (x - baseline) * grad.unflatten(0, (steps, len(x))).mean(0)


@right("18.integrated_gradients")
def in_two_lists(f, x, baseline, steps):
    places = [(2 * i + 1) / (2 * steps) for i in range(steps)]
    points = [((1 - s) * baseline + s * x).requires_grad_() for s in places]
    sum(f(p).sum() for p in points).backward()
    return (x - baseline) * torch.stack([p.grad for p in points]).mean(0)


@right("18.integrated_gradients")
def in_wide_numbers(f, x, baseline, steps):
    a, b = baseline.double(), x.double()
    total = torch.zeros_like(b)
    for s in np.linspace(0.5 / steps, 1 - 0.5 / steps, steps):
        p = torch.lerp(a, b, float(s)).requires_grad_(True)
        f(p).sum().backward()
        total += p.grad
    return (b - a) * (total / steps)


@wrong("18.integrated_gradients")
def left_ends(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for i in range(steps):
        p = (baseline + i / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return (x - baseline) * total / steps


@wrong("18.integrated_gradients")
def linspace_with_both_ends(f, x, baseline, steps):
    total = torch.zeros_like(x)
    for s in torch.linspace(0, 1, steps):
        p = (baseline + s * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(f(p).sum(), p)[0]
    return (x - baseline) * total / steps


@wrong("18.integrated_gradients")
def gradients_pile_up(f, x, baseline, steps):
    """backward() adds to the same leaf, and the sums are added again."""
    way = torch.zeros(steps, requires_grad=True)
    total, x0 = torch.zeros_like(x), x.clone().requires_grad_()
    for i in range(steps):
        f(baseline + (i + 0.5) / steps * (x0 - baseline) + 0 * way[i]).sum().backward()
        total += x0.grad
    return (x - baseline) * total / steps


@wrong("18.integrated_gradients")
def through_x(f, x, baseline, steps):
    """The gradient for x, which contains the factor s."""
    x0, total = x.clone().requires_grad_(), torch.zeros_like(x)
    for i in range(steps):
        y = f(baseline + (i + 0.5) / steps * (x0 - baseline)).sum()
        total += torch.autograd.grad(y, x0)[0]
    return (x - baseline) * total / steps


@wrong("18.integrated_gradients")
def differences_of_scores(f, x, baseline, steps):
    """The same part for each pixel: the difference, divided evenly."""
    d = (f(x) - f(baseline)) / x.shape[1]
    return d[:, None].expand_as(x).clone()


# 18.ablation_effect


@right("18.ablation_effect")
def in_place(network, layer, channel, z, measure):
    def off(module, given, output):
        output[:, channel] = 0

    with torch.inference_mode():
        with_it = measure(network(z))
        handle = layer.register_forward_hook(off)
        try:
            d = measure(network(z)) - with_it
        finally:
            handle.remove()
        return d.mean(), d.std() / math.sqrt(d.numel())


@right("18.ablation_effect")
def another_forward(network, layer, channel, z, measure):
    forward = layer.forward

    def without(*given):
        out = forward(*given)
        mask = torch.ones_like(out)
        mask[:, channel] = 0
        return out * mask

    before = measure(network(z)).detach().numpy()
    layer.forward = without
    try:
        after = measure(network(z)).detach().numpy()
    finally:
        del layer.forward
    return np.array([np.mean(after - before), stats.sem(after - before)])


@right("18.ablation_effect")
def on_a_copy(network, layer, channel, z, measure):
    import copy

    place = next(name for name, part in network.named_modules() if part is layer)
    other = copy.deepcopy(network)
    other.get_submodule(place).register_forward_hook(
        lambda m, i, out: out.masked_fill(
            (torch.arange(out.shape[1]) == channel)[:, None, None], 0.0
        )
    )
    with torch.no_grad():
        d = (measure(other(z)) - measure(network(z))).tolist()
    mean = sum(d) / len(d)
    squares = sum((v - mean) ** 2 for v in d)
    return mean, math.sqrt(squares / (len(d) - 1)) / math.sqrt(len(d))


@wrong("18.ablation_effect")
def hook_returns_nothing(network, layer, channel, z, measure):
    def off(module, given, output):
        output = output.clone()
        output[:, channel] = 0

    with torch.no_grad():
        before = measure(network(z))
        handle = layer.register_forward_hook(off)
        try:
            after = measure(network(z))
        finally:
            handle.remove()
    d = after - before
    return float(d.mean()), float(d.std() / len(d) ** 0.5)


@wrong("18.ablation_effect")
def without_finally(network, layer, channel, z, measure):
    def off(module, given, output):
        output = output.clone()
        output[:, channel] = 0
        return output

    before = measure(network(z)).detach()
    handle = layer.register_forward_hook(off)
    after = measure(network(z)).detach()
    handle.remove()
    d = after - before
    return float(d.mean()), float(d.std() / len(d) ** 0.5)


@wrong("18.ablation_effect")
def divided_by_n(network, layer, channel, z, measure):
    mean, error = on_a_copy(network, layer, channel, z, measure)
    return mean, error / len(z) ** 0.5


@wrong("18.ablation_effect")
def wide_interval(network, layer, channel, z, measure):
    """The half width of the interval for the standard error."""
    mean, error = on_a_copy(network, layer, channel, z, measure)
    return mean, 1.96 * error


@wrong("18.ablation_effect")
def relative(network, layer, channel, z, measure):
    """The effect as a share of the measure before."""
    with torch.no_grad():
        base = float(measure(network(z)).mean())
    mean, error = on_a_copy(network, layer, channel, z, measure)
    return mean / base, error / abs(base)
