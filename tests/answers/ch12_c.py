"""Answers to the exercises on fine-tuning and preferences, by other people."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong

# 12.low_rank


@right("12.low_rank")
def with_einsum(x, weight, a, b, alpha):
    delta = torch.einsum("or,ri->oi", b, a) * (alpha / a.size(0))
    return torch.einsum("ni,oi->no", x, weight + delta), weight + delta


@right("12.low_rank")
def in_numpy(x, weight, a, b, alpha):
    x, weight, a, b = (part.numpy() for part in (x, weight, a, b))
    delta = b @ a * (alpha / b.shape[1])
    return x @ weight.T + x @ delta.T, weight + delta


@right("12.low_rank")
def with_addmm(x, weight, a, b, alpha):
    scale = alpha / a.shape[0]
    y = torch.addmm(x @ weight.t(), x @ a.t(), b.t(), alpha=scale)
    return y, torch.addmm(weight, b, a, alpha=scale)


@right("12.low_rank")
def as_modules(x, weight, a, b, alpha):
    down, up = nn.Linear(a.shape[1], len(a), False), nn.Linear(len(a), len(b), False)
    down.weight, up.weight = nn.Parameter(a), nn.Parameter(b * alpha / len(a))
    with torch.no_grad():
        return F.linear(x, weight) + up(down(x)), weight + up.weight @ down.weight


@right("12.low_rank")
def row_by_row(x, weight, a, b, alpha):
    scale = alpha / len(a)
    rows = [weight @ one + scale * (b @ (a @ one)) for one in x]
    return torch.stack(rows), torch.add(weight, b @ a, alpha=scale)


@wrong("12.low_rank")
def alpha_without_rank(x, weight, a, b, alpha):
    delta = alpha * (b @ a)
    return x @ (weight + delta).T, weight + delta


@wrong("12.low_rank")
def plain_sum(x, weight, a, b, alpha):
    return x @ weight.T + x @ a.T @ b.T, weight + b @ a


@wrong("12.low_rank")
def rank_from_the_wrong_axis(x, weight, a, b, alpha):
    r = a.shape[-1]
    return F.linear(x, weight + alpha / r * b @ a), weight + alpha / r * b @ a


@wrong("12.low_rank")
def scale_forgotten_in_the_merge(x, weight, a, b, alpha):
    y = F.linear(x, weight) + F.linear(F.linear(x, a), b) * alpha / len(a)
    return y, weight + b @ a


@wrong("12.low_rank")
def base_left_out(x, weight, a, b, alpha):
    delta = b @ a * alpha / len(a)
    return x @ delta.T, delta


@wrong("12.low_rank")
def everything_scaled(x, weight, a, b, alpha):
    merged = (weight + b @ a) * (alpha / len(a))
    return x @ merged.T, merged


@right("12.low_rank")
def sum_of_outer_products(x, weight, a, b, alpha):
    total = weight.clone()
    for k in range(a.shape[0]):
        total += alpha / a.shape[0] * torch.outer(b[:, k], a[k])
    return x @ total.T, total


@right("12.low_rank")
def columns_as_inputs(x, weight, a, b, alpha):
    scale, down = alpha / b.size(-1), a @ x.T
    return (weight @ x.T + scale * (b @ down)).T, (weight.T + scale * (a.T @ b.T)).T


@wrong("12.low_rank")
def change_in_place_of_the_sum(x, weight, a, b, alpha):
    scale = alpha / len(a)
    return F.linear(x, weight) + scale * F.linear(F.linear(x, a), b), scale * b @ a


@wrong("12.low_rank")
def merged_and_added_again(x, weight, a, b, alpha):
    change = alpha / len(a) * (b @ a)
    whole = weight + change
    return x @ whole.T + x @ change.T, whole


@wrong("12.low_rank")
def a_layer_with_relu(x, weight, a, b, alpha):
    scale = alpha / len(a)
    return x @ weight.T + scale * F.relu(x @ a.T) @ b.T, weight + scale * b @ a


# 12.answer_mask


@right("12.answer_mask")
def with_numpy(tokens, mark, stop):
    array, found = tokens.numpy(), np.zeros(tokens.shape, dtype=bool)
    for row, out in zip(array, found, strict=True):
        on = False
        for k, token in enumerate(row):
            out[k] = on
            if token == mark:
                on = True
            elif token == stop:
                on = False
    return found[:, 1:]


@right("12.answer_mask")
def by_positions_of_marks(tokens, mark, stop):
    mask = torch.zeros(tokens.shape, dtype=torch.bool)
    for n, row in enumerate(tokens):
        for m in (row == mark).nonzero()[:, 0].tolist():
            ends = (row[m:] == stop).nonzero()[:, 0]
            last = m + int(ends[0]) if len(ends) else len(row) - 1
            mask[n, m + 1 : last + 1] = True
    return mask[:, 1:]


@right("12.answer_mask")
def state_machine(tokens, mark, stop):
    state = torch.zeros(len(tokens), dtype=torch.long)
    columns = []
    for t in range(tokens.shape[1] - 1):
        state = torch.where(tokens[:, t] == mark, 1, state)
        state = torch.where(tokens[:, t] == stop, 0, state)
        columns.append(state)
    return torch.stack(columns, 1).bool()


@right("12.answer_mask")
def by_lines(tokens, mark, stop):
    line = (tokens == stop).cumsum(1) - (tokens == stop).long()
    mask = torch.zeros_like(tokens, dtype=torch.bool)
    for n in range(len(tokens)):
        for k in range(int(line[n].max()) + 1):
            on = False
            for t in (line[n] == k).nonzero()[:, 0].tolist():
                mask[n, t] = on
                on = on or int(tokens[n, t]) == mark
    return mask[:, 1:]


@right("12.answer_mask")
def splitting_text(tokens, mark, stop):
    rows = []
    for row in tokens.tolist():
        flags: list[int] = []
        answering = 0
        for token in row[:-1]:
            answering = {mark: 1, stop: 0}.get(token, answering)
            flags.append(answering)
        rows.append(flags)
    return torch.tensor(rows, dtype=torch.bool)


@wrong("12.answer_mask")
def no_mask_at_all(tokens, mark, stop):
    return torch.ones(len(tokens), tokens.shape[1] - 1, dtype=torch.bool)


@wrong("12.answer_mask")
def stop_left_out(tokens, mark, stop):
    rows = []
    for row in tokens.tolist():
        on, out = False, []
        for token in row:
            if token == stop:
                on = False
            out.append(on)
            if token == mark:
                on = True
        rows.append(out[1:])
    return torch.tensor(rows)


@wrong("12.answer_mask")
def aligned_with_inputs(tokens, mark, stop):
    rows = []
    for row in tokens.tolist():
        on, out = False, []
        for token in row:
            out.append(on)
            on = (on or token == mark) and token != stop
        rows.append(out[:-1])
    return torch.tensor(rows)


@wrong("12.answer_mask")
def after_the_mark_everything(tokens, mark, stop):
    first = (tokens == mark).int().argmax(dim=1, keepdim=True)
    return (torch.arange(tokens.shape[1]) > first)[:, 1:]


@wrong("12.answer_mask")
def only_the_last_one(tokens, mark, stop):
    mask = torch.zeros(tokens.shape, dtype=torch.bool)
    for n, row in enumerate(tokens.tolist()):
        start = len(row) - 1 - row[::-1].index(mark)
        end = row.index(stop, start)
        mask[n, start + 1 : end + 1] = True
    return mask[:, 1:]


@wrong("12.answer_mask")
def inverted(tokens, mark, stop):
    rows = []
    for row in tokens.tolist():
        on, out = False, []
        for token in row:
            out.append(not on)
            on = (on or token == mark) and token != stop
        rows.append(out[1:])
    return torch.tensor(rows)


@right("12.answer_mask")
def last_mark_behind_last_stop(tokens, mark, stop):
    place = torch.arange(tokens.shape[1]).expand_as(tokens)
    opened = torch.where(tokens == mark, place, -1).cummax(dim=1).values
    closed = torch.where(tokens == stop, place, -1).cummax(dim=1).values
    return (opened > closed)[:, :-1]


@wrong("12.answer_mask")
def every_stop_counts(tokens, mark, stop):
    on, columns = torch.zeros(len(tokens), dtype=torch.bool), []
    for column in tokens.T:
        columns.append(on | (column == stop))
        on = (on | (column == mark)) & (column != stop)
    return torch.stack(columns[1:], dim=1)


@wrong("12.answer_mask")
def marks_and_stops_in_turn(tokens, mark, stop):
    signs = ((tokens == mark) | (tokens == stop)).long().cumsum(dim=1)
    return (signs % 2 == 0)[:, :-1]


@wrong("12.answer_mask")
def behind_a_mark_and_no_padding(tokens, mark, stop):
    seen = (tokens == mark).cumsum(dim=1) > 0
    return seen[:, :-1] & (tokens[:, 1:] != 0)


# 12.best_policy


@right("12.best_policy")
def by_numpy(reference, reward, beta):
    logits = np.log(reference.numpy()) + reward.numpy() / beta
    e = np.exp(logits - logits.max())
    return e / e.sum()


@right("12.best_policy")
def log_softmax(reference, reward, beta):
    return torch.exp(F.log_softmax(torch.log(reference) + reward / beta, dim=-1))


@right("12.best_policy")
def plain_python(reference, reward, beta):
    top = max(reward.tolist())
    pairs = zip(reference.tolist(), reward.tolist(), strict=True)
    w = [p * math.exp((r - top) / beta) for p, r in pairs]
    return torch.tensor([each / math.fsum(w) for each in w])


@right("12.best_policy")
def in_double(reference, reward, beta):
    score = reference.double().log() + reward.double() / beta
    return torch.softmax(score, 0).float()


@right("12.best_policy")
def by_mirror_steps(reference, reward, beta):
    # exponentiated gradient on the objective, whose fixed point is the optimum
    p = reference.double().log().clone()
    goal = reference.double().log() + reward.double() / beta
    for _ in range(60):
        p = 0.5 * p + 0.5 * goal
    return p.softmax(0)


@wrong("12.best_policy")
def inverse_temperature(reference, reward, beta):
    return F.softmax(torch.log(reference) + beta * reward, 0)


@wrong("12.best_policy")
def boltzmann(reference, reward, beta):
    return F.softmax(reward / beta, dim=0)


@wrong("12.best_policy")
def greedy(reference, reward, beta):
    return F.one_hot(reward.argmax(), len(reward)).float()


@wrong("12.best_policy")
def unnormalised(reference, reward, beta):
    return reference * torch.exp((reward - reward.max()) / beta)


@wrong("12.best_policy")
def naive_exponentials(reference, reward, beta):
    w = reference * torch.exp(reward / beta)
    return w / w.sum()


@wrong("12.best_policy")
def advantage(reference, reward, beta):
    centred = reward - (reference * reward).sum()
    w = (reference * (1 + centred / beta)).clamp_min(0)
    return w / w.sum()


@right("12.best_policy")
def one_over_sums_of_ratios(reference, reward, beta):
    score = torch.log(reference) + reward / beta
    return 1 / torch.exp(score[None] - score[:, None]).sum(dim=1)


@wrong("12.best_policy")
def with_the_other_kl(reference, reward, beta):
    # maximises E[r] - beta KL(reference || policy): p = beta reference / (c - r)
    low, high = reward.double().max(), reward.double().max() + beta
    for _ in range(100):
        middle = (low + high) / 2
        too_much = (beta * reference / (middle - reward)).sum() > 1
        low, high = (middle, high) if too_much else (low, middle)
    found = beta * reference / (high - reward)
    return found / found.sum()


@wrong("12.best_policy")
def centred_by_the_mean(reference, reward, beta):
    weight = reference * ((reward - reward.mean()) / beta).exp()
    return weight / weight.sum()


# 12.preference_loss


@right("12.preference_loss")
def as_in_the_paper(chosen, rejected, ref_chosen, ref_rejected, beta):
    pi_logratios = chosen - rejected
    ref_logratios = ref_chosen - ref_rejected
    return -F.logsigmoid(beta * (pi_logratios - ref_logratios))


@right("12.preference_loss")
def by_logaddexp(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = beta * (chosen - ref_chosen - rejected + ref_rejected)
    return torch.logaddexp(torch.zeros_like(m), -m)


@right("12.preference_loss")
def numpy_logaddexp(chosen, rejected, ref_chosen, ref_rejected, beta):
    one = beta * (chosen - ref_chosen).numpy()
    other = beta * (rejected - ref_rejected).numpy()
    return np.logaddexp(0, other - one)


@right("12.preference_loss")
def as_cross_entropy(chosen, rejected, ref_chosen, ref_rejected, beta):
    rewards = beta * torch.stack([chosen - ref_chosen, rejected - ref_rejected], 1)
    return F.cross_entropy(
        rewards, torch.zeros(len(rewards), dtype=torch.long), reduction="none"
    )


@right("12.preference_loss")
def soft_margin(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = beta * ((chosen - rejected) - (ref_chosen - ref_rejected))
    return F.relu(-m) + torch.log1p(torch.exp(-m.abs()))


@wrong("12.preference_loss")
def no_reference(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -F.logsigmoid(beta * (chosen - rejected))


@wrong("12.preference_loss")
def sign_of_the_sigmoid(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = (chosen - rejected) - (ref_chosen - ref_rejected)
    return -F.logsigmoid(-beta * m)


@wrong("12.preference_loss")
def naive_log(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = (chosen - rejected) - (ref_chosen - ref_rejected)
    return -torch.log(1 / (1 + torch.exp(-beta * m)))


@wrong("12.preference_loss")
def mean_over_the_batch(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = (chosen - rejected) - (ref_chosen - ref_rejected)
    return -F.logsigmoid(beta * m).mean()


@wrong("12.preference_loss")
def beta_left_out(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -F.logsigmoid(chosen - rejected - ref_chosen + ref_rejected)


@wrong("12.preference_loss")
def squared_margin(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = (chosen - rejected) - (ref_chosen - ref_rejected)
    return (m - 1 / (2 * beta)) ** 2


@right("12.preference_loss")
def log_sum_of_two_rewards(chosen, rejected, ref_chosen, ref_rejected, beta):
    rewards = beta * torch.stack([chosen - ref_chosen, rejected - ref_rejected])
    return torch.logsumexp(rewards, dim=0) - rewards[0]


@wrong("12.preference_loss")
def beta_on_the_policy_alone(chosen, rejected, ref_chosen, ref_rejected, beta):
    return F.softplus(-(beta * (chosen - rejected) - (ref_chosen - ref_rejected)))


@wrong("12.preference_loss")
def smoothed_labels(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = beta * ((chosen - ref_chosen) - (rejected - ref_rejected))
    return 0.9 * F.softplus(-m) + 0.1 * F.softplus(m)


@wrong("12.preference_loss")
def small_number_inside(chosen, rejected, ref_chosen, ref_rejected, beta):
    m = beta * ((chosen - ref_chosen) - (rejected - ref_rejected))
    return -torch.log(torch.sigmoid(m) + 1e-8)


@wrong("12.best_policy")
def clamped_exponents(reference, reward, beta):
    weight = reference * torch.exp((reward / beta).clamp(max=20))
    return weight / weight.sum()
