"""Answers to the exercises of chapter 12 on pre-training and decoding."""

import math

import numpy as np
import torch
from scipy.optimize import brentq, minimize_scalar
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong

# 12.next_token_nats


@right("12.next_token_nats")
def with_the_loss_module(model, tokens):
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    out = model(inputs)
    return nn.CrossEntropyLoss()(out.reshape(-1, out.shape[-1]), targets.reshape(-1))


@right("12.next_token_nats")
def by_nll_loss(model, tokens):
    log_p = F.log_softmax(model(tokens[:, :-1]), dim=-1)
    return F.nll_loss(log_p.transpose(1, 2), tokens[:, 1:])


@right("12.next_token_nats")
def by_a_distribution(model, tokens):
    d = torch.distributions.Categorical(logits=model(tokens[:, :-1]))
    return -d.log_prob(tokens[:, 1:]).mean()


@right("12.next_token_nats")
def one_hot_product(model, tokens):
    logits = model(tokens[:, :-1])
    wanted = F.one_hot(tokens[:, 1:], logits.shape[-1]).to(logits.dtype)
    return -(wanted * logits.log_softmax(-1)).sum(-1).mean()


@right("12.next_token_nats")
def a_loop_over_positions(model, tokens):
    logits = model(tokens[:, :-1])
    steps = [
        F.cross_entropy(logits[:, t], tokens[:, t + 1]) for t in range(logits.shape[1])
    ]
    return sum(steps) / len(steps)


@right("12.next_token_nats")
def read_all_and_drop_the_last(model, tokens):
    logits = model(tokens)[:, :-1]
    return F.cross_entropy(logits.permute(0, 2, 1), tokens[:, 1:])


@right("12.next_token_nats")
def the_last_target_ignored(model, tokens):
    targets = torch.full_like(tokens, -100)
    targets[:, :-1] = tokens[:, 1:]
    return F.cross_entropy(model(tokens).transpose(1, 2), targets)


@right("12.next_token_nats")
def each_beginning_by_itself(model, tokens):
    losses = [
        F.cross_entropy(model(tokens[:, :t])[:, -1], tokens[:, t])
        for t in range(1, tokens.shape[1])
    ]
    return torch.stack(losses).mean()


@wrong("12.next_token_nats")
def rolled_round_the_end(model, tokens):
    return F.cross_entropy(model(tokens).transpose(1, 2), tokens.roll(-1, 1))


@wrong("12.next_token_nats")
def divided_by_all_tokens(model, tokens):
    logits = model(tokens[:, :-1]).transpose(1, 2)
    total = F.cross_entropy(logits, tokens[:, 1:], reduction="sum")
    return total / tokens.numel()


@wrong("12.next_token_nats")
def token_zero_as_padding(model, tokens):
    logits = model(tokens[:, :-1]).transpose(1, 2)
    return F.cross_entropy(logits, tokens[:, 1:], ignore_index=0)


@wrong("12.next_token_nats")
def backwards(model, tokens):
    logits = model(tokens[:, 1:]).transpose(1, 2)
    return F.cross_entropy(logits, tokens[:, :-1])


@wrong("12.next_token_nats")
def no_shift(model, tokens):
    x = tokens[:, :-1]
    return F.cross_entropy(model(x).transpose(1, 2), x)


@wrong("12.next_token_nats")
def summed_over_positions(model, tokens):
    logits = model(tokens[:, :-1]).transpose(1, 2)
    return F.cross_entropy(logits, tokens[:, 1:], reduction="none").sum(1).mean()


@wrong("12.next_token_nats")
def log_of_the_mean(model, tokens):
    p = model(tokens[:, :-1]).softmax(-1)
    return -p.gather(-1, tokens[:, 1:, None]).mean().log()


@wrong("12.next_token_nats")
def twice_a_softmax(model, tokens):
    p = torch.softmax(model(tokens[:, :-1]), dim=2)
    return nn.CrossEntropyLoss()(p.transpose(1, 2), tokens[:, 1:])


@wrong("12.next_token_nats")
def whole_text_against_itself(model, tokens):
    return F.cross_entropy(model(tokens).transpose(1, 2), tokens)


@wrong("12.next_token_nats")
def base_two(model, tokens):
    log_p = model(tokens[:, :-1]).log_softmax(-1) / math.log(2)
    return -log_p.gather(-1, tokens[:, 1:, None]).mean()


@wrong("12.next_token_nats")
def the_last_position(model, tokens):
    return F.cross_entropy(model(tokens[:, :-1])[:, -1, :], tokens[:, -1])


@wrong("12.next_token_nats")
def positive_log(model, tokens):
    log_p = model(tokens[:, :-1]).log_softmax(-1)
    return log_p.gather(-1, tokens[:, 1:, None]).mean()


# 12.nucleus


@right("12.nucleus")
def by_argsort(p, share):
    order = torch.argsort(p, dim=1, descending=True)
    s = torch.gather(p, 1, order)
    out = (torch.cumsum(s, 1) - s) >= share
    s = s.masked_fill(out, 0.0)
    back = torch.argsort(order, dim=1)
    kept = torch.gather(s, 1, back)
    return kept / kept.sum(1, keepdim=True)


@right("12.nucleus")
def as_in_common_libraries(p, share):
    s, i = torch.sort(p, descending=True)
    remove = s.cumsum(-1) >= share
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = False
    logits = p.log().masked_fill(remove.scatter(1, i, remove), float("-inf"))
    return logits.softmax(-1)


@right("12.nucleus")
def from_the_small_end(p, share):
    s, i = torch.sort(p)  # ascending
    remove = s.cumsum(-1) <= 1 - share
    remove[..., -1] = False
    remove = remove.scatter(1, i, remove)
    kept = p * ~remove
    return kept / kept.sum(-1, keepdim=True)


@right("12.nucleus")
def in_numpy(p, share):
    rows = []
    for row in p.double().numpy():
        order = np.argsort(-row)
        count = int(np.searchsorted(np.cumsum(row[order]), share)) + 1
        kept = np.zeros_like(row)
        kept[order[:count]] = row[order[:count]]
        rows.append(kept / kept.sum())
    return torch.tensor(np.array(rows))


@right("12.nucleus")
def with_a_threshold(p, share):
    s = p.sort(dim=-1, descending=True).values
    count = (s.cumsum(-1) - s < share).sum(-1, keepdim=True)
    least = s.gather(-1, count - 1)
    kept = p * (p >= least)
    return kept / kept.sum(-1, keepdim=True)


@right("12.nucleus")
def compared_in_pairs(p, share):
    likelier = p[:, None, :] > p[:, :, None]
    before = (p[:, None, :] * likelier).sum(-1)
    kept = p.masked_fill(before >= share, 0.0)
    return F.normalize(kept, p=1, dim=-1)


@right("12.nucleus")
def one_token_after_another(p, share):
    kept = torch.zeros_like(p)
    for r, row in enumerate(p):
        total = 0.0
        for i in row.argsort(descending=True):
            if total >= share:
                break
            kept[r, i] = row[i]
            total += float(row[i])
    return kept / kept.sum(-1, keepdim=True)


@wrong("12.nucleus")
def a_share_of_the_vocabulary(p, share):
    s, i = p.topk(max(1, math.ceil(share * p.shape[-1])))
    kept = torch.zeros_like(p).scatter(1, i, s)
    return kept / kept.sum(-1, keepdim=True)


@wrong("12.nucleus")
def equally_many_in_all_rows(p, share):
    s = p.sort(descending=True).values
    s, i = p.topk(int((s.cumsum(-1) - s < share).sum(-1).max()))
    kept = torch.zeros_like(p).scatter(1, i, s)
    return kept / kept.sum(-1, keepdim=True)


@wrong("12.nucleus")
def put_back_by_gather(p, share):
    s, i = p.sort(descending=True)
    kept = (s * (s.cumsum(-1) - s < share)).gather(1, i)
    return kept / kept.sum(-1, keepdim=True)


@wrong("12.nucleus")
def divided_by_the_batch(p, share):
    s, i = p.sort(descending=True)
    kept = torch.zeros_like(p).scatter(1, i, s * (s.cumsum(-1) - s < share))
    return kept / kept.sum()


@wrong("12.nucleus")
def the_last_one_dropped(p, share):
    s, i = p.sort(descending=True)
    keep = s.cumsum(-1) <= share
    keep[:, 0] = True
    kept = torch.zeros_like(p).scatter(1, i, s * keep)
    return kept / kept.sum(1, keepdim=True)


@wrong("12.nucleus")
def not_divided(p, share):
    s = p.sort(dim=-1, descending=True).values
    count = (s.cumsum(-1) - s < share).sum(-1, keepdim=True)
    return p * (p >= s.gather(-1, count - 1))


@wrong("12.nucleus")
def sorted_rows(p, share):
    s, _ = torch.sort(p, descending=True)
    s = s * ((s.cumsum(1) - s) < share)
    return s / s.sum(1, keepdim=True)


@wrong("12.nucleus")
def in_vocabulary_order(p, share):
    keep = (p.cumsum(-1) - p) < share
    return p * keep / (p * keep).sum(-1, keepdim=True)


@wrong("12.nucleus")
def ascending(p, share):
    s, i = p.sort(dim=-1)
    keep = (s.cumsum(-1) - s) < share
    kept = torch.zeros_like(p).scatter(1, i, s * keep)
    return kept / kept.sum(1, keepdim=True)


@wrong("12.nucleus")
def divided_by_the_share(p, share):
    s = p.sort(dim=-1, descending=True).values
    count = (s.cumsum(-1) - s < share).sum(-1, keepdim=True)
    return p * (p >= s.gather(-1, count - 1)) / share


@wrong("12.nucleus")
def uniform_on_the_nucleus(p, share):
    s = p.sort(dim=-1, descending=True).values
    count = (s.cumsum(-1) - s < share).sum(-1, keepdim=True)
    keep = (p >= s.gather(-1, count - 1)).float()
    return keep / keep.sum(-1, keepdim=True)


# 12.best_size


@right("12.best_size")
def by_root_finding(A, a, B, b, C):
    def slope(x):
        return math.log(a * A / (b * B)) - (a + b) * x + b * math.log(C / 6)

    return math.exp(brentq(slope, -100, 200))


@right("12.best_size")
def by_minimising(A, a, B, b, C):
    def loss(x):
        return A * math.exp(-a * x) + B * math.exp(b * (x - math.log(C / 6)))

    def steep(x):
        return a * A * math.exp(-a * x) - b * B * math.exp(b * (x - math.log(C / 6)))

    coarse = minimize_scalar(loss, bounds=(0, math.log(C)), method="bounded").x
    return math.exp(brentq(steep, coarse - 1, coarse + 1))


@right("12.best_size")
def powers_apart(A, a, B, b, C):
    k = 1 / (a + b)
    return (a * A) ** k * (b * B) ** -k * (C / 6.0) ** (b * k)


@right("12.best_size")
def under_one_root(A, a, B, b, C):
    return (a * A * (C / 6) ** b / (b * B)) ** (1 / (a + b))


@right("12.best_size")
def through_the_tokens(A, a, B, b, C):
    D = (b * B / (a * A)) ** (1 / (a + b)) * (C / 6) ** (a / (a + b))
    return C / (6 * D)


@right("12.best_size")
def by_a_fine_grid(A, a, B, b, C):
    x = np.linspace(0, math.log(C), 200_001)
    loss = A * np.exp(-a * x) + B * np.exp(b * (x - math.log(C / 6)))
    return float(np.exp(x[loss.argmin()]))


@right("12.best_size")
def a_whole_number(A, a, B, b, C):
    return round((a * A / (b * B)) ** (1 / (a + b)) * (C / 6) ** (b / (a + b)))


@wrong("12.best_size")
def twenty_tokens_for_each_weight(A, a, B, b, C):
    return math.sqrt(C / 120)


@wrong("12.best_size")
def the_six_outside_the_root(A, a, B, b, C):
    return (a * A / (b * B)) ** (1 / (a + b)) * C ** (b / (a + b)) / 6


@wrong("12.best_size")
def forward_operations_alone(A, a, B, b, C):
    return (a * A * (C / 2) ** b / (b * B)) ** (1 / (a + b))


@wrong("12.best_size")
def the_tokens(A, a, B, b, C):
    return (b * B / (a * A)) ** (1 / (a + b)) * (C / 6) ** (a / (a + b))


@wrong("12.best_size")
def without_the_six(A, a, B, b, C):
    return (a * A * C**b / (b * B)) ** (1 / (a + b))


@wrong("12.best_size")
def terms_made_equal(A, a, B, b, C):
    return math.exp((math.log(A / B) + b * math.log(C / 6)) / (a + b))


@wrong("12.best_size")
def inverse_ratio(A, a, B, b, C):
    return (b * B * (C / 6) ** b / (a * A)) ** (1 / (a + b))


@wrong("12.best_size")
def wrong_power_of_the_budget(A, a, B, b, C):
    return (a * A / (b * B)) ** (1 / (a + b)) * (C / 6) ** (a / (a + b))


@wrong("12.best_size")
def square_root_rule(A, a, B, b, C):
    return math.sqrt(C / 6)


# 12.best_weight


@right("12.best_weight")
def by_logsumexp(log_p, log_q, targets, weights):
    best, found = float("inf"), None
    for w in weights:
        m = w * log_p + (1 - w) * log_q
        m = m - torch.logsumexp(m, dim=1, keepdim=True)
        loss = F.nll_loss(m, targets).item()
        if loss < best:
            best, found = loss, w
    return found


@right("12.best_weight")
def by_products(log_p, log_q, targets, weights):
    def likelihood(w):
        p = log_p.double().exp() ** w * log_q.double().exp() ** (1 - w)
        p = p / p.sum(dim=1, keepdim=True)
        return p[torch.arange(len(p)), targets].log().sum().item()

    return sorted(weights, key=likelihood)[-1]


@right("12.best_weight")
def numpy_argmin(log_p, log_q, targets, weights):
    p, q, t = log_p.numpy(), log_q.numpy(), targets.numpy()
    losses = []
    for w in weights:
        m = w * p + (1 - w) * q
        losses.append((np.log(np.exp(m).sum(1)) - m[np.arange(len(t)), t]).mean())
    return weights[int(np.argmin(losses))]


@right("12.best_weight")
def by_categorical(log_p, log_q, targets, weights):
    def score(w):
        d = torch.distributions.Categorical(logits=torch.lerp(log_q, log_p, w))
        return d.log_prob(targets).mean()

    return max(weights, key=score)


@right("12.best_weight")
def a_table_of_losses(log_p, log_q, targets, weights):
    table = {
        w: float(F.cross_entropy(log_q + w * (log_p - log_q), targets)) for w in weights
    }
    return min(table, key=table.get)


@right("12.best_weight")
def all_weights_at_once(log_p, log_q, targets, weights):
    w = torch.tensor(weights)[:, None, None]
    mixed = (w * log_p + (1 - w) * log_q).log_softmax(-1)
    places = torch.arange(len(targets))
    return weights[int(mixed[:, places, targets].sum(1).argmax())]


@wrong("12.best_weight")
def brier_score(log_p, log_q, targets, weights):
    def error(w):
        p = torch.lerp(log_q, log_p, w).softmax(-1)
        return (p - F.one_hot(targets, p.shape[-1])).square().sum().item()

    return min(weights, key=error)


@wrong("12.best_weight")
def mean_probability_of_what_came(log_p, log_q, targets, weights):
    def mean(w):
        p = torch.lerp(log_q, log_p, w).softmax(-1)
        return p.gather(-1, targets[:, None]).mean().item()

    return max(weights, key=mean)


@wrong("12.best_weight")
def at_most_one(log_p, log_q, targets, weights):
    return min(
        [w for w in weights if w <= 1],
        key=lambda w: float(F.cross_entropy(torch.lerp(log_q, log_p, w), targets)),
    )


@wrong("12.best_weight")
def surest_mixture(log_p, log_q, targets, weights):
    def entropy(w):
        m = torch.lerp(log_q, log_p, w).log_softmax(-1)
        return float(-(m.exp() * m).sum())

    return min(weights, key=entropy)


@wrong("12.best_weight")
def first_to_the_power_w_alone(log_p, log_q, targets, weights):
    return min(weights, key=lambda w: float(F.cross_entropy(w * log_p, targets)))


@wrong("12.best_weight")
def without_z(log_p, log_q, targets, weights):
    return min(
        weights, key=lambda w: float(F.nll_loss(w * log_p + (1 - w) * log_q, targets))
    )


@wrong("12.best_weight")
def linear_mixture(log_p, log_q, targets, weights):
    def loss(w):
        p = w * log_p.exp() + (1 - w) * log_q.exp()
        return float(F.nll_loss(p.log(), targets))

    return min(weights, key=loss)


@wrong("12.best_weight")
def the_others_weight(log_p, log_q, targets, weights):
    return min(
        weights,
        key=lambda w: float(F.cross_entropy((1 - w) * log_p + w * log_q, targets)),
    )


@wrong("12.best_weight")
def greatest_loss(log_p, log_q, targets, weights):
    return max(
        weights,
        key=lambda w: float(F.cross_entropy(w * log_p + (1 - w) * log_q, targets)),
    )


@wrong("12.best_weight")
def by_accuracy(log_p, log_q, targets, weights):
    def hits(w):
        return (torch.lerp(log_q, log_p, w).argmax(1) == targets).double().mean()

    return max(weights, key=hits)


@wrong("12.best_weight")
def its_place(log_p, log_q, targets, weights):
    losses = [
        F.cross_entropy(torch.lerp(log_q, log_p, w), targets).item() for w in weights
    ]
    return losses.index(min(losses))
