"""Answers to the exercises on prompts of chapter 12 as other people write them."""

import math
import re
from fractions import Fraction
from itertools import product as product_of

import numpy as np
import torch
from scipy import special, stats
from torch.nn import functional as F

from tests.answers import right, wrong

# 12.allowed_tokens


@right("12.allowed_tokens")
def loop_with_break(written, choices, pieces):
    mask = torch.zeros(len(pieces), dtype=torch.bool)
    for t, piece in enumerate(pieces):
        for choice in choices:
            joined = written + piece
            ok = choice == written if piece == "" else choice.find(joined) == 0
            if ok:
                mask[t] = True
                break
    return mask


@right("12.allowed_tokens")
def zip_of_letters(written, choices, pieces):
    def begins(choice, text):
        letters = zip(choice, text, strict=False)
        return len(text) <= len(choice) and all(a == b for a, b in letters)

    def fits(piece):
        if not piece:
            return written in set(choices)
        return any(begins(choice, written + piece) for choice in choices)

    return np.fromiter(map(fits, pieces), dtype=bool)


@right("12.allowed_tokens")
def removeprefix(written, choices, pieces):
    rests = [c.removeprefix(written) for c in choices if c.startswith(written)]
    found = []
    for p in pieces:
        if p:
            found.append(any(rest.startswith(p) for rest in rests))
        else:
            found.append(any(rest == "" for rest in rests))
    return torch.as_tensor(found)


@right("12.allowed_tokens")
def by_regular_expression(written, choices, pieces):
    def fits(piece):
        if piece == "":
            return written in choices
        pattern = re.compile(re.escape(written + piece))
        return any(map(pattern.match, choices))

    return torch.tensor([fits(piece) for piece in pieces])


@right("12.allowed_tokens")
def tree_of_letters(written, choices, pieces):
    tree = {}
    for choice in choices:
        node = tree
        for letter in choice:
            node = node.setdefault(letter, {})
        node["end"] = {}

    def reaches(text):
        node = tree
        for letter in text:
            if letter not in node:
                return None
            node = node[letter]
        return node

    found = []
    for piece in pieces:
        node = reaches(written + piece)
        found.append(node is not None and (piece != "" or "end" in node))
    return np.array(found)


@wrong("12.allowed_tokens")
def piece_in_choice(written, choices, pieces):
    return torch.tensor([any(p in c for c in choices) for p in pieces])


@wrong("12.allowed_tokens")
def no_end(written, choices, pieces):
    joined = [written + p for p in pieces]
    return torch.tensor([any(c.startswith(j) for c in choices) for j in joined])


@wrong("12.allowed_tokens")
def numbers_of_tokens(written, choices, pieces):
    return torch.tensor(
        [
            t
            for t, p in enumerate(pieces)
            if p and any(c.startswith(written + p) for c in choices)
        ]
    )


@wrong("12.allowed_tokens")
def all_choices(written, choices, pieces):
    return torch.tensor(
        [
            all(c.startswith(written + p) for c in choices) if p else written in choices
            for p in pieces
        ]
    )


@wrong("12.allowed_tokens")
def exact_after_joining(written, choices, pieces):
    return torch.tensor([written + p in choices for p in pieces])


@right("12.allowed_tokens")
def with_a_sign_for_the_end(written, choices, pieces):
    ended = [choice + "\0" for choice in choices]
    texts = [written + (piece or "\0") for piece in pieces]
    return torch.tensor([any(e.startswith(t) for e in ended) for t in texts])


@wrong("12.allowed_tokens")
def end_where_nothing_else_fits(written, choices, pieces):
    more = [bool(p) and any(c.startswith(written + p) for c in choices) for p in pieces]
    return torch.tensor(
        [not any(more) if p == "" else m for p, m in zip(pieces, more, strict=True)]
    )


@wrong("12.allowed_tokens")
def letters_stripped(written, choices, pieces):
    rests = [choice.lstrip(written) for choice in choices]
    return torch.tensor(
        [
            any(r.startswith(p) for r in rests) if p else written in choices
            for p in pieces
        ]
    )


@wrong("12.allowed_tokens")
def next_letter_alone(written, choices, pieces):
    following = {c[len(written) :][:1] for c in choices if c.startswith(written)}
    return torch.tensor([p[:1] in following for p in pieces])


# 12.calibrated


@right("12.calibrated")
def scipy_softmax(log_p, log_empty):
    return special.softmax(log_p.numpy() - log_empty.numpy()[None, :], axis=1)


@right("12.calibrated")
def normalised_l1(log_p, log_empty):
    return F.normalize(log_p.exp().div(log_empty.exp()), p=1, dim=1)


@right("12.calibrated")
def log_sum(log_p, log_empty):
    z = log_p - log_empty.expand_as(log_p)
    return torch.exp(z - z.logsumexp(dim=1, keepdim=True))


@right("12.calibrated")
def row_by_row(log_p, log_empty):
    rows = []
    for row in log_p.tolist():
        odds = [math.exp(a - b) for a, b in zip(row, log_empty.tolist(), strict=True)]
        rows.append([odd / sum(odds) for odd in odds])
    return torch.tensor(rows)


@right("12.calibrated")
def renormalised_in_logs(log_p, log_empty):
    shifted = log_p.double() - log_empty.double()
    return shifted.log_softmax(dim=1).exp().float()


@wrong("12.calibrated")
def added(log_p, log_empty):
    return torch.softmax(log_p + log_empty, dim=1)


@wrong("12.calibrated")
def unscaled_ratio(log_p, log_empty):
    return log_p.exp() / log_empty.exp()


@wrong("12.calibrated")
def log_ratio(log_p, log_empty):
    return log_p - log_empty


@wrong("12.calibrated")
def minus_probabilities(log_p, log_empty):
    return (log_p.exp() - log_empty.exp()).clamp(min=0)


@wrong("12.calibrated")
def softmax_over_texts(log_p, log_empty):
    return F.softmax(log_p - log_empty, dim=0)


@right("12.calibrated")
def with_a_diagonal_matrix(log_p, log_empty):
    scaled = log_p.exp() @ torch.diag(torch.exp(-log_empty))
    return scaled / scaled.sum(dim=1)[:, None]


@wrong("12.calibrated")
def softmax_of_the_ratio(log_p, log_empty):
    # as the paper's formula is often read: softmax(W p), with W = diag(1 / p_empty)
    return (log_p.exp() / log_empty.exp()).softmax(dim=-1)


@wrong("12.calibrated")
def divided_by_the_sum_of_all(log_p, log_empty):
    ratio = (log_p - log_empty).exp()
    return ratio / ratio.sum()


@wrong("12.calibrated")
def shifted_and_cut(log_p, log_empty):
    moved = (log_p.exp() - log_empty.exp() + 1 / log_p.shape[1]).clamp(min=0)
    return moved / moved.sum(dim=1, keepdim=True)


# 12.majority


@right("12.majority")
def binomial_cdf(p, n):
    return 1 - stats.binom.cdf((n - 1) / 2, n, p)


@right("12.majority")
def incomplete_beta(p, n):
    return special.betainc((n + 1) / 2, (n + 1) / 2, p)


@right("12.majority")
def by_convolution(p, n):
    shares = np.array([1.0])
    for _ in range(n):
        shares = np.convolve(shares, [1 - p, p])
    return shares[(n + 1) // 2 :].sum()


@right("12.majority")
def fractions(p, n):
    q = Fraction(p)
    terms = (math.comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(n + 1))
    return float(sum(t for k, t in enumerate(terms) if 2 * k > n))


@right("12.majority")
def recursion(p, n):
    def reach(needed, left):
        if needed <= 0:
            return 1.0
        if needed > left:
            return 0.0
        return p * reach(needed - 1, left - 1) + (1 - p) * reach(needed, left - 1)

    return reach(n // 2 + 1, n)


@wrong("12.majority")
def at_least_half_down(p, n):
    return float(stats.binom.sf(n // 2 - 1, n, p))


@wrong("12.majority")
def pmf_of_the_middle(p, n):
    return float(stats.binom.pmf((n + 1) // 2, n, p))


@wrong("12.majority")
def cdf_instead(p, n):
    return float(stats.binom.cdf(n // 2, n, p))


@wrong("12.majority")
def any_of_them(p, n):
    return 1 - (1 - p) ** n


@wrong("12.majority")
def product(p, n):
    return p ** math.ceil(n / 2)


@right("12.majority")
def when_it_is_decided(p, n):
    # the vote is decided when m are right; j are wrong by then
    m = n // 2 + 1
    return sum(math.comb(m - 1 + j, j) * p**m * (1 - p) ** j for j in range(m))


@right("12.majority")
def all_ballots(p, n):
    ballots = product_of((True, False), repeat=n)
    return sum(
        math.prod(p if one else 1 - p for one in ballot)
        for ballot in ballots
        if 2 * sum(ballot) > n
    )


@wrong("12.majority")
def a_bound(p, n):
    return 1 - math.exp(-2 * n * (p - 0.5) ** 2)


@wrong("12.majority")
def for_three_voters(p, n):
    return p * p * (3 - 2 * p)


@wrong("12.majority")
def ways_in_order(p, n):
    return sum(
        math.perm(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1)
    )


@wrong("12.allowed_tokens")
def in_small_letters(written, choices, pieces):
    small = [choice.lower() for choice in choices]
    return torch.tensor(
        [
            any(choice.startswith((written + piece).lower()) for choice in small)
            if piece
            else written in choices
            for piece in pieces
        ]
    )
