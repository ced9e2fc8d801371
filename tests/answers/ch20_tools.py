"""Answers of other people to chapter 20's exercises on tests and invariants."""

import copy
import math
import statistics
from itertools import product

import numpy as np
import torch

from tests.answers import right, wrong

# 20.score_test


@right("20.score_test")
def three_clauses(test, right, sick, seeds):
    alarms = missed = stopped = 0
    for group, programs in (("right", right), ("sick", sick)):
        for program, seed in product(programs, seeds):
            torch.manual_seed(seed)
            try:
                test(program)
            except AssertionError:
                if group == "right":
                    alarms += 1
            except Exception:
                stopped += 1
            else:
                if group == "sick":
                    missed += 1
    return {"false alarms": alarms, "missed": missed, "stopped": stopped}


@right("20.score_test")
def with_inner_function(test, right, sick, seeds):
    def run(program, seed):
        torch.random.manual_seed(seed)
        try:
            test(program)
        except AssertionError:
            return 1, 0
        except Exception:
            return 0, 1
        return 0, 0

    good = [run(p, s) for p in right for s in seeds]
    bad = [run(p, s) for p in sick for s in seeds]
    return {
        "false alarms": sum(a for a, _ in good),
        "missed": sum(a == 0 and b == 0 for a, b in bad),
        "stopped": sum(b for _, b in good + bad),
    }


@right("20.score_test")
def by_matching(test, right, sick, seeds):
    result = dict.fromkeys(["false alarms", "missed", "stopped"], 0)
    labelled = [(p, "false alarms") for p in right] + [(p, "missed") for p in sick]
    for program, wrong_end in labelled:
        for seed in seeds:
            torch.manual_seed(int(seed))
            accused = False
            try:
                test(program)
            except Exception as e:
                if not isinstance(e, AssertionError):
                    result["stopped"] += 1
                    continue
                accused = True
            if accused == (wrong_end == "false alarms"):
                result[wrong_end] += 1
    return result


@right("20.score_test")
def rest_by_subtraction(test, right, sick, seeds):
    ends = {}
    for name, programs in {"right": right, "sick": sick}.items():
        ends[name] = {"accused": 0, "stopped": 0}
        for p in programs:
            for s in seeds:
                torch.manual_seed(s)
                try:
                    test(p)
                except AssertionError:
                    ends[name]["accused"] += 1
                except Exception:
                    ends[name]["stopped"] += 1
    return {
        "false alarms": ends["right"]["accused"],
        "missed": len(sick) * len(seeds) - sum(ends["sick"].values()),
        "stopped": ends["right"]["stopped"] + ends["sick"]["stopped"],
    }


@right("20.score_test")
def with_numpy_counts(test, right, sick, seeds):
    counts = np.zeros(3, dtype=int)
    for program in list(right) + list(sick):
        sane = any(program is p for p in right) and not any(program is p for p in sick)
        for seed in seeds:
            torch.manual_seed(seed)
            try:
                test(program)
                counts += [0, not sane, 0]
            except AssertionError:
                counts += [sane, 0, 0]
            except Exception:
                counts += [0, 0, 1]
    names = ("false alarms", "missed", "stopped")
    return {name: int(n) for name, n in zip(names, counts, strict=True)}


@wrong("20.score_test")
def bare_except(test, right, sick, seeds):
    alarms = missed = 0
    for p in right:
        for s in seeds:
            torch.manual_seed(s)
            try:
                test(p)
            except Exception:
                alarms += 1
    for p in sick:
        for s in seeds:
            torch.manual_seed(s)
            try:
                test(p)
                missed += 1
            except Exception:
                pass
    return {"false alarms": alarms, "missed": missed, "stopped": 0}


@wrong("20.score_test")
def looks_at_what_is_returned(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for s in seeds:
            torch.manual_seed(s)
            try:
                good = test(p) is not False
            except AssertionError:
                good = False
            except Exception:
                counts["stopped"] += 1
                continue
            if good and not ok:
                counts["missed"] += 1
            if not good and ok:
                counts["false alarms"] += 1
    return counts


@wrong("20.score_test")
def seed_at_the_start(test, right, sick, seeds):
    torch.manual_seed(seeds[0])
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for _ in seeds:
            try:
                test(p)
                counts["missed"] += not ok
            except AssertionError:
                counts["false alarms"] += ok
            except Exception:
                counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def without_any_seed(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for _ in seeds:
            try:
                test(p)
                counts["missed"] += not ok
            except AssertionError:
                counts["false alarms"] += ok
            except Exception:
                counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def finds_instead_of_misses(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for s in seeds:
            torch.manual_seed(s)
            try:
                test(p)
            except AssertionError:
                counts["false alarms" if ok else "missed"] += 1
            except Exception:
                counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def any_error_lets_it_pass(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for s in seeds:
            torch.manual_seed(s)
            end = "passed"
            try:
                test(p)
            except AssertionError:
                end = "failed"
            except Exception:
                counts["stopped"] += 1
            counts["false alarms"] += ok and end == "failed"
            counts["missed"] += (not ok) and end == "passed"
    return counts


# 20.unreached


@right("20.unreached")
def with_a_dictionary(loss, model):
    parameters = dict(model.named_parameters())
    if loss.grad_fn is None:
        return sorted(parameters)
    gradients = torch.autograd.grad(
        loss, list(parameters.values()), allow_unused=True, retain_graph=True
    )
    bad = []
    for name, g in zip(parameters, gradients, strict=True):
        if g is None or bool((g == 0).all()) or not bool(torch.isfinite(g).all()):
            bad.append(name)
    return sorted(bad)


@right("20.unreached")
def with_norms(loss, model):
    out = []
    for name, p in model.named_parameters():
        norm = 0.0
        if loss.requires_grad:
            g = torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)[0]
            norm = 0.0 if g is None else g.double().norm().item()
        if norm == 0 or not math.isfinite(norm):
            out.append(name)
    return sorted(out)


@right("20.unreached")
def zeros_for_none(loss, model):
    ps = list(model.parameters())
    if not loss.requires_grad:
        gs = [torch.zeros_like(p) for p in ps]
    else:
        gs = torch.autograd.grad(
            loss, ps, retain_graph=True, allow_unused=True, materialize_grads=True
        )
    names = [name for name, _ in model.named_parameters()]
    good = {
        n
        for n, g in zip(names, gs, strict=True)
        if g.isfinite().all() and g.count_nonzero() > 0
    }
    return sorted(set(names) - good)


@right("20.unreached")
def in_numpy(loss, model):
    names = []
    for name, p in model.named_parameters():
        g = None
        if loss.requires_grad:
            (g,) = torch.autograd.grad(loss, [p], retain_graph=True, allow_unused=True)
        array = np.zeros(1) if g is None else g.numpy()
        if not np.isfinite(array).all() or not array.any():
            names.append(name)
    return sorted(names)


@right("20.unreached")
def by_catching(loss, model):
    names = [n for n, _ in model.named_parameters()]
    try:
        gs = torch.autograd.grad(
            loss, list(model.parameters()), retain_graph=True, allow_unused=True
        )
    except RuntimeError:
        return sorted(names)
    keep = []
    for n, g in zip(names, gs, strict=True):
        fine = g is not None and torch.isfinite(g).all() and bool((g != 0).any())
        if not fine:
            keep.append(n)
    return sorted(keep)


@wrong("20.unreached")
def after_backward(loss, model):
    loss.backward(retain_graph=True)
    return sorted(n for n, p in model.named_parameters() if p.grad is None)


@wrong("20.unreached")
def not_used_at_all(loss, model):
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    gs = torch.autograd.grad(
        loss, list(model.parameters()), retain_graph=True, allow_unused=True
    )
    pairs = zip(model.named_parameters(), gs, strict=True)
    return sorted(n for (n, _), g in pairs if g is None)


@wrong("20.unreached")
def without_looking_for_nan(loss, model):
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    gs = torch.autograd.grad(
        loss, list(model.parameters()), retain_graph=True, allow_unused=True
    )
    pairs = zip(model.named_parameters(), gs, strict=True)
    return sorted(n for (n, _), g in pairs if g is None or (g == 0).all())


@wrong("20.unreached")
def clears_first(loss, model):
    model.zero_grad(set_to_none=True)
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    loss.backward(retain_graph=True)
    return sorted(
        n
        for n, p in model.named_parameters()
        if p.grad is None or not p.grad.isfinite().all() or not p.grad.any()
    )


@wrong("20.unreached")
def graph_is_consumed(loss, model):
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    gs = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    pairs = zip(model.named_parameters(), gs, strict=True)
    return sorted(
        n for (n, _), g in pairs if g is None or not g.any() or not g.isfinite().all()
    )


@wrong("20.unreached")
def frozen_ones(loss, model):
    return sorted(n for n, p in model.named_parameters() if not p.requires_grad)


# 20.changed_by


@right("20.changed_by")
def with_deepcopy_of_the_dictionary(action, model):
    old = copy.deepcopy(model.state_dict())
    action()
    new = model.state_dict()
    out = []
    for key in old:
        same = (old[key] == new[key]) | (
            (old[key] != old[key]) & (new[key] != new[key])
        )
        if not bool(same.all()):
            out.append(key)
    return sorted(out)


@right("20.changed_by")
def with_numpy_copies(action, model):
    old = {k: v.numpy().copy() for k, v in model.state_dict().items()}
    action()
    new = {k: v.numpy() for k, v in model.state_dict().items()}
    return sorted(k for k in old if not np.array_equal(old[k], new[k], equal_nan=True))


@right("20.changed_by")
def with_testing(action, model):
    old = {k: v.detach().clone() for k, v in model.state_dict().items()}
    action()
    changed = []
    for k, v in model.state_dict().items():
        try:
            torch.testing.assert_close(v, old[k], rtol=0, atol=0, equal_nan=True)
        except AssertionError:
            changed += [k]
    return sorted(changed)


@right("20.changed_by")
def by_lists_of_numbers(action, model):
    def text():
        return {k: str(v.double().tolist()) for k, v in model.state_dict().items()}

    old = text()
    action()
    new = text()
    return sorted(k for k in old if old[k] != new[k])


@right("20.changed_by")
def parameters_and_buffers(action, model):
    def everything():
        yield from model.named_parameters()
        yield from model.named_buffers()

    old = {k: v.data.clone() for k, v in everything()}
    action()
    found = set()
    for k, v in everything():
        a, b = old[k], v.data
        holes = a.isnan() == b.isnan()
        if not (holes.all() and torch.equal(a.nan_to_num(7.25), b.nan_to_num(7.25))):
            found.add(k)
    return sorted(found)


@wrong("20.changed_by")
def shallow_copy(action, model):
    old = model.state_dict().copy()
    action()
    new = model.state_dict()
    return sorted(
        k for k in old if not torch.allclose(old[k], new[k], 0, 0, equal_nan=True)
    )


@wrong("20.changed_by")
def cloned_parameters(action, model):
    old = {k: v.detach().clone() for k, v in model.named_parameters()}
    action()
    return sorted(
        k
        for k, v in model.named_parameters()
        if not torch.allclose(old[k], v, rtol=0, atol=0, equal_nan=True)
    )


@wrong("20.changed_by")
def about_equal(action, model):
    old = {k: v.clone() for k, v in model.state_dict().items()}
    action()
    return sorted(
        k
        for k, v in model.state_dict().items()
        if not torch.isclose(old[k].double(), v.double(), equal_nan=True).all()
    )


@wrong("20.changed_by")
def equal_tensors(action, model):
    old = {k: v.clone() for k, v in model.state_dict().items()}
    action()
    return sorted(k for k, v in model.state_dict().items() if not old[k].equal(v))


@wrong("20.changed_by")
def any_difference(action, model):
    old = {k: v.clone() for k, v in model.state_dict().items()}
    action()
    new = model.state_dict()
    return sorted(k for k in old if (new[k] - old[k]).abs().max().item() > 0)


@wrong("20.changed_by")
def never_acts(action, model):
    old = {k: v.clone() for k, v in model.state_dict().items()}
    return [k for k in old if not torch.equal(old[k], old[k].clone()) and False]


# 20.expected_change


@right("20.expected_change")
def with_norms_squared(gradients, lr):
    return -lr * sum(
        torch.linalg.vector_norm(g) ** 2 for g in gradients if g is not None
    )


@right("20.expected_change")
def with_flatten_and_matmul(gradients, lr):
    flat = torch.cat([g.flatten() for g in gradients if g is not None])
    return -(flat @ flat) * lr


@right("20.expected_change")
def in_double(gradients, lr):
    total = 0.0
    for g in filter(lambda g: g is not None, gradients):
        total += (g.double() ** 2).sum().item()
    return -lr * total


@right("20.expected_change")
def with_numpy_vdot(gradients, lr):
    arrays = [g.numpy().ravel() for g in gradients if g is not None]
    return float(-lr * sum(np.vdot(a, a) for a in arrays))


@right("20.expected_change")
def movement_times_gradient(gradients, lr):
    kept = [g for g in gradients if g is not None]
    moves = [g * (-lr) for g in kept]
    return torch.stack([(g * m).sum() for g, m in zip(kept, moves, strict=True)]).sum()


@wrong("20.expected_change")
def with_the_norm(gradients, lr):
    return -lr * torch.cat([g.flatten() for g in gradients if g is not None]).norm(2)


@wrong("20.expected_change")
def positive(gradients, lr):
    return lr * sum((g**2).sum() for g in gradients if g is not None)


@wrong("20.expected_change")
def means_of_each(gradients, lr):
    return -lr * sum((g**2).mean() for g in gradients if g is not None)


@wrong("20.expected_change")
def plain_sum(gradients, lr):
    return -lr * sum(g.sum() for g in gradients if g is not None)


@wrong("20.expected_change")
def squared_rate(gradients, lr):
    return -sum(((lr * g) ** 2).sum() for g in gradients if g is not None)


@wrong("20.expected_change")
def stops_at_none(gradients, lr):
    return -lr * sum((g**2).sum() for g in gradients)


# 20.tolerance


@right("20.tolerance")
def with_statistics(std, n, rate, comparisons=1):
    p = rate / comparisons / 2
    return -statistics.NormalDist(0, 1).inv_cdf(p) * std / n**0.5


@right("20.tolerance")
def scaled_distribution(std, n, rate, comparisons=1):
    mean = statistics.NormalDist(0, std / math.sqrt(n))
    return mean.inv_cdf(1 - rate / (2 * comparisons))


@right("20.tolerance")
def with_torch_icdf(std, n, rate, comparisons=1):
    p = torch.tensor(1 - rate / comparisons / 2, dtype=torch.float64)
    return float(torch.distributions.Normal(0.0, 1.0).icdf(p)) * std * n**-0.5


@right("20.tolerance")
def with_ndtri(std, n, rate, comparisons=1):
    z = torch.special.ndtri(torch.tensor(rate / comparisons / 2, dtype=torch.float64))
    return abs(float(z)) * std / math.sqrt(n)


@right("20.tolerance")
def by_newton(std, n, rate, comparisons=1):
    alpha, z = rate / comparisons, 1.0
    for _ in range(60):
        tail = math.erfc(z / math.sqrt(2)) - alpha
        slope = -math.sqrt(2 / math.pi) * math.exp(-z * z / 2)
        z -= max(-0.5, min(0.5, tail / slope))
    return z * std / math.sqrt(n)


@wrong("20.tolerance")
def two_standard_errors(std, n, rate, comparisons=1):
    return 2 * std / math.sqrt(n)


@wrong("20.tolerance")
def one_tail(std, n, rate, comparisons=1):
    return statistics.NormalDist().inv_cdf(1 - rate / comparisons) * std / math.sqrt(n)


@wrong("20.tolerance")
def over_n(std, n, rate, comparisons=1):
    return statistics.NormalDist().inv_cdf(1 - rate / comparisons / 2) * (std / n)


@wrong("20.tolerance")
def no_correction(std, n, rate, comparisons=1):
    return statistics.NormalDist().inv_cdf(1 - rate / 2) * std / math.sqrt(n)


@wrong("20.tolerance")
def three_sigma(std, n, rate, comparisons=1):
    return 3 * std * n**-0.5


@wrong("20.tolerance")
def chebyshev(std, n, rate, comparisons=1):
    return std / math.sqrt(n * rate / comparisons)


# 20.runs_needed


@right("20.runs_needed")
def while_loop(share, miss):
    n = 1
    while (1 - share) ** n > miss:
        n += 1
    return n


@right("20.runs_needed")
def with_log10(share, miss):
    if share >= 1:
        return 1
    return max(1, math.ceil(math.log10(miss) / math.log10(1 - share)))


@right("20.runs_needed")
def with_log_base(share, miss):
    return 1 if 1 - share <= miss else math.ceil(math.log(miss, 1 - share))


@right("20.runs_needed")
def floor_and_one(share, miss):
    if share == 1:
        return 1
    return math.floor(np.log(miss) / np.log1p(-share)) + 1


@right("20.runs_needed")
def by_bisection(share, miss):
    low, high = 0, 10**7
    while high - low > 1:
        middle = (low + high) // 2
        if (1 - share) ** middle <= miss:
            high = middle
        else:
            low = middle
    return high


@wrong("20.runs_needed")
def one_over_share(share, miss):
    return math.ceil(1 / share)


@wrong("20.runs_needed")
def whole_part(share, miss):
    if share == 1:
        return 1
    return max(1, int(math.log(miss) / math.log(1 - share)))


@wrong("20.runs_needed")
def not_rounded(share, miss):
    return 1.0 if share == 1 else max(1.0, math.log(miss) / math.log(1 - share))


@wrong("20.runs_needed")
def confidence_for_miss(share, miss):
    if share == 1:
        return 1
    return max(1, math.ceil(math.log(1 - miss) / math.log(1 - share)))


@wrong("20.runs_needed")
def linear(share, miss):
    return math.ceil((1 - miss) / share)


@wrong("20.runs_needed")
def log_of_zero(share, miss):
    return math.ceil(math.log(miss) / math.log(1 - share))
