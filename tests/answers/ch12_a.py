"""Answers of other people to the exercises on tokens and counts."""

import itertools
import math
import re

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 12.join_pair


@right("12.join_pair")
def for_with_skip(tokens, pair, new):
    out, skip = [], False
    for i, t in enumerate(tokens):
        if skip:
            skip = False
            continue
        if i + 1 < len(tokens) and t == pair[0] and tokens[i + 1] == pair[1]:
            out.append(new)
            skip = True
        else:
            out.append(t)
    return out


@right("12.join_pair")
def recursion(tokens, pair, new):
    if len(tokens) < 2:
        return list(tokens)
    if (tokens[0], tokens[1]) == tuple(pair):
        return [new, *recursion(tokens[2:], pair, new)]
    return [tokens[0], *recursion(tokens[1:], pair, new)]


@right("12.join_pair")
def deleting_in_a_copy(tokens, pair, new):
    copy, i = list(tokens), 0
    while i < len(copy) - 1:
        if copy[i] == pair[0] and copy[i + 1] == pair[1]:
            copy[i] = new
            del copy[i + 1]
        i += 1
    return copy


@right("12.join_pair")
def through_characters(tokens, pair, new):
    text = "".join(map(chr, tokens)).replace("".join(map(chr, pair)), chr(new))
    return [ord(c) for c in text]


@right("12.join_pair")
def a_stack(tokens, pair, new):
    stack = []
    ends = -1  # where the last new token stands: it is no half of a pair
    for t in tokens:
        if stack and len(stack) - 1 != ends and (stack[-1], t) == pair:
            stack[-1] = new
            ends = len(stack) - 1
        else:
            stack.append(t)
    return stack


@right("12.join_pair")
def by_the_last_token_copied(tokens, pair, new):
    out, last = [], None
    for t in tokens:
        if (last, t) == pair:
            out[-1], last = new, None
        else:
            out.append(t)
            last = t
    return out


@right("12.join_pair")
def an_expression_on_digits(tokens, pair, new):
    text = " ".join(map(str, tokens))
    text = re.sub(rf"(?<!\d){pair[0]} {pair[1]}(?!\d)", str(new), text)
    return [int(t) for t in text.split()]


@wrong("12.join_pair")
def at_most_two_pairs(tokens, pair, new):
    text = "".join(map(chr, tokens))
    return [ord(c) for c in text.replace("".join(map(chr, pair)), chr(new), 2)]


@wrong("12.join_pair")
def runs_of_the_second(tokens, pair, new):
    out = []
    for t in tokens:
        if out and t == pair[1] and out[-1] in (pair[0], new):
            out[-1] = new
        else:
            out.append(t)
    return out


@wrong("12.join_pair")
def zipped_pairs(tokens, pair, new):
    out = [new if (a, b) == pair else a for a, b in zip(tokens, tokens[1:])]  # noqa: B905
    return out


@wrong("12.join_pair")
def keeps_both(tokens, pair, new):
    out = []
    for i in range(len(tokens)):
        out.append(tokens[i])
        if tuple(tokens[i : i + 2]) == pair:
            out[-1] = new
    return out


@wrong("12.join_pair")
def any_of_the_two(tokens, pair, new):
    return [new if t in pair else t for t in tokens]


@wrong("12.join_pair")
def jumps_of_two(tokens, pair, new):
    out = []
    for i in range(0, len(tokens), 2):
        two = tuple(tokens[i : i + 2])
        out += [new] if two == pair else list(two)
    return out


@wrong("12.join_pair")
def range_to_the_last_but_one(tokens, pair, new):
    out, i = [], 0
    while i + 1 < len(tokens):
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


@wrong("12.join_pair")
def unordered(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if set(tokens[i : i + 2]) == set(pair) and i + 1 < len(tokens):
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


@wrong("12.join_pair")
def changes_the_argument(tokens, pair, new):
    for i in range(len(tokens)):
        if tuple(tokens[i : i + 2]) == pair:
            tokens[i : i + 2] = [new]
    return tokens


# 12.bits_per_character


@right("12.bits_per_character")
def numpy_sum(nats, text):
    return np.sum(nats) / np.log(2) / len(text)


@right("12.bits_per_character")
def torch_sum(nats, text):
    return torch.tensor(nats).sum() / math.log(2) / len(text)


@right("12.bits_per_character")
def log_two_of_e(nats, text):
    return math.fsum(nats) * math.log2(math.e) / len(text)


@right("12.bits_per_character")
def of_the_product(nats, text):
    p = math.prod(math.exp(-n) for n in nats)
    return -math.log2(p) / len(text)


@right("12.bits_per_character")
def running_total(nats, text):
    total = list(itertools.accumulate(nats))[-1]
    return total / (math.log(2) * sum(1 for _ in text))


@right("12.bits_per_character")
def each_token_in_bits(nats, text):
    return sum(-math.log2(math.exp(-n)) for n in nats) / len(text)


@right("12.bits_per_character")
def of_the_perplexity(nats, text):
    return math.log2(math.exp(sum(nats) / len(text)))


@wrong("12.bits_per_character")
def per_word(nats, text):
    return sum(nats) / math.log(2) / len(text.split())


@wrong("12.bits_per_character")
def the_first_is_free(nats, text):
    return sum(nats[1:]) / math.log(2) / len(text)


@wrong("12.bits_per_character")
def different_characters(nats, text):
    return sum(nats) / math.log(2) / len(set(text))


@wrong("12.bits_per_character")
def mean_of_tokens(nats, text):
    return np.mean(nats) / np.log(2)


@wrong("12.bits_per_character")
def forgot_the_unit(nats, text):
    return np.sum(nats) / len(text)


@wrong("12.bits_per_character")
def upside_down(nats, text):
    return np.sum(nats) * np.log(2) / len(text)


@wrong("12.bits_per_character")
def bytes_counted(nats, text):
    return np.sum(nats) / np.log(2) / len(text.encode("utf-8"))


@wrong("12.bits_per_character")
def not_divided(nats, text):
    return np.sum(nats) / np.log(2)


@wrong("12.bits_per_character")
def logarithm_taken_again(nats, text):
    return np.log2(np.sum(nats) / len(text))


@wrong("12.bits_per_character")
def base_ten(nats, text):
    return np.sum(nats) / np.log(10) / len(text)


# 12.discounted


@right("12.discounted")
def relu(counts, lower, D):
    s = counts.sum()
    if s <= 0:
        return lower
    return F.relu(counts - D) / s + D * torch.count_nonzero(counts) / s * lower


@right("12.discounted")
def numpy_maximum(counts, lower, D):
    c, low = counts.numpy(), lower.numpy()
    if c.sum() == 0:
        return low
    return np.maximum(c - D, 0) / c.sum() + D * (c > 0).sum() / c.sum() * low


@right("12.discounted")
def masked(counts, lower, D):
    seen = counts > 0
    if not seen.any():
        return lower
    p = D * seen.sum() / counts.sum() * lower
    p[seen] += (counts[seen] - D) / counts.sum()
    return p


@right("12.discounted")
def weight_first(counts, lower, D):
    if not counts.any():
        return lower
    weight = D * (counts != 0).sum() / counts.sum()
    return weight * lower + torch.clip(counts - D, min=0) / counts.sum()


@right("12.discounted")
def rest_of_one(counts, lower, D):
    s = counts.sum()
    high = (counts - D).clamp(min=0) / s if s > 0 else torch.zeros_like(counts)
    return high + (1 - high.sum()) * lower


@right("12.discounted")
def divided_at_the_end(counts, lower, D):
    parts = F.relu(counts - D) + D * (counts > 0).sum() * lower
    return lower if parts.sum() == 0 else parts / parts.sum()


@right("12.discounted")
def nan_replaced(counts, lower, D):
    s = counts.sum()
    p = F.relu(counts - D) / s + D * counts.sign().sum() / s * lower
    return torch.where(p.isnan(), lower, p)


@wrong("12.discounted")
def saved_part_shared_evenly(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * u / s / len(counts)


@wrong("12.discounted")
def saved_part_for_the_unseen_only(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    rest = lower * (counts == 0)
    rest = rest / rest.sum() if rest.sum() > 0 else lower
    return (counts - D).clamp(min=0) / s + D * u / s * rest


@wrong("12.discounted")
def witten_and_bell(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    return lower if s == 0 else (counts + u * lower) / (s + u)


@wrong("12.discounted")
def the_argument_discounted(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    counts -= D
    return counts.clamp(min=0) / s + D * u / s * lower


@wrong("12.discounted")
def constant_mixture(counts, lower, D):
    s = counts.sum().clamp(min=1)
    return (1 - D) * counts / s + D * lower


@wrong("12.discounted")
def no_clamp(counts, lower, D):
    s = counts.sum()
    if s == 0:
        return lower
    return (counts - D) / s + D * (counts > 0).sum() / s * lower


@wrong("12.discounted")
def sum_not_kinds(counts, lower, D):
    s = counts.sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * s / s * lower


@wrong("12.discounted")
def backing_off(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    p = (counts - D) / s
    p[counts == 0] = (D * u / s * lower)[counts == 0]
    return p


@wrong("12.discounted")
def division_by_zero(counts, lower, D):
    s, u = counts.sum(), (counts > 0).sum()
    return (counts - D).clamp(min=0) / s + D * u / s * lower


@wrong("12.discounted")
def renormalised(counts, lower, D):
    c = (counts - D).clamp(min=0)
    return lower if c.sum() == 0 else c / c.sum()


@wrong("12.discounted")
def laplace(counts, lower, D):
    return (counts + 1) / (counts.sum() + len(counts))


@wrong("12.discounted")
def every_token_counted(counts, lower, D):
    s = counts.sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * counts.numel() / s * lower
