"""Answers of other people to chapter 16's exercises on verse and names."""

import math

import numpy as np
import torch

from tests.answers import right, wrong

# 16.tone_pattern


@right("16.tone_pattern")
def from_strings(size, level, first):
    text = {
        (True, True): "·平·仄·平平 ·仄·平·仄平 ·仄·平·仄仄 ·平·仄·平平",
        (True, False): "·平·仄·平仄 ·仄·平·仄平 ·仄·平·仄仄 ·平·仄·平平",
        (False, True): "·仄·平·仄平 ·平·仄·平平 ·平·仄·平仄 ·仄·平·仄平",
        (False, False): "·仄·平·仄仄 ·平·仄·平平 ·平·仄·平仄 ·仄·平·仄平",
    }
    key = (level if size == 7 else not level, first)
    return [["仄·平".index(c) - 1 for c in row[-size:]] for row in text[key].split()]


@right("16.tone_pattern")
def by_parity(size, level, first):
    rows = np.zeros((4, size))
    for line in range(4):
        for place in range(1, size - 1, 2):
            flips = (line in (1, 2)) + place // 2 + (not level)
            rows[line, place] = 1 if flips % 2 == 0 else -1
    rows[:, -1] = (1 if first else -1), 1, -1, 1
    return rows


@right("16.tone_pattern")
def as_a_tensor(size, level, first):
    row = torch.zeros(size, dtype=torch.long)
    row[1::2] = torch.tensor([1, -1, 1])[: size // 2]
    row = row * (1 if level else -1)
    rows = torch.stack([row, -row, -row, row])
    rows[:, -1] = torch.tensor([1 if first else -1, 1, -1, 1])
    return rows


@right("16.tone_pattern")
def couplet_by_couplet(size, level, first):
    def line(start, end):
        inner = [
            0 if place % 2 == 0 else start * (1, -1)[place // 2 % 2]
            for place in range(size - 1)
        ]
        return [*inner, end]

    s = {True: 1, False: -1}[bool(level)]
    return (line(s, 1 if first else -1), line(-s, 1), line(-s, -1), line(s, 1))


@right("16.tone_pattern")
def with_dictionaries(size, level, first):
    tone = {1: 1 if level else -1}
    tone[3] = -tone[1]
    if size == 7:
        tone[5] = tone[1]
    result = []
    for number in (1, 2, 3, 4):
        same = number in (1, 4)
        row = [(tone.get(k, 0) if same else -tone.get(k, 0)) for k in range(size)]
        rhymes = number in (2, 4) or (number == 1 and first)
        row[-1] = 1 if rhymes else -1
        result.append(row)
    return result


@wrong("16.tone_pattern")
def strictly_alternating_lines(size, level, first):
    s = 1 if level else -1
    rows = []
    for line in range(4):
        row = [0] * size
        for k, place in enumerate((1, 3, 5)[: size // 2 - (size == 5) * 0]):
            if place < size - 1:
                row[place] = s * (-1) ** (line + k)
        row[-1] = [1 if first else -1, 1, -1, 1][line]
        rows.append(row)
    return rows


@wrong("16.tone_pattern")
def rhyme_in_all_lines(size, level, first):
    rows = as_a_tensor(size, level, first)
    rows[:, -1] = 1
    return rows


@wrong("16.tone_pattern")
def forgets_the_ends(size, level, first):
    rows = as_a_tensor(size, level, first)
    rows[:, -1] = 0
    return rows


@wrong("16.tone_pattern")
def uses_even_places(size, level, first):
    rows = torch.zeros(4, size, dtype=torch.long)
    for line, s in enumerate((1, -1, -1, 1)):
        for k, place in enumerate(range(0, size - 1, 2)):
            rows[line, place] = s * (-1) ** k * (1 if level else -1)
    rows[:, -1] = torch.tensor([1 if first else -1, 1, -1, 1])
    return rows


@wrong("16.tone_pattern")
def all_lines_alike(size, level, first):
    row = as_a_tensor(size, level, first)[0]
    rows = torch.stack([row] * 4)
    rows[:, -1] = torch.tensor([1 if first else -1, 1, -1, 1])
    return rows


@wrong("16.tone_pattern")
def reads_first_the_other_way(size, level, first):
    return as_a_tensor(size, level, not first)


# 16.draw_weight


@right("16.draw_weight")
def loops(log_p, allowed):
    found = []
    for rows, masks in zip(log_p, allowed, strict=True):
        total = 0.0
        for row, mask in zip(rows, masks, strict=True):
            total += math.log(sum(math.exp(float(v)) for v in row[mask]))
        found.append(total)
    return torch.tensor(found, dtype=log_p.dtype)


@right("16.draw_weight")
def one_minus_forbidden(log_p, allowed):
    lost = log_p.double().exp().masked_fill(allowed, 0).sum(-1)
    return torch.log1p(-lost).sum(-1).to(log_p.dtype)


@right("16.draw_weight")
def product_in_double(log_p, allowed):
    z = (log_p.double().exp() * allowed.double()).sum(-1)
    return z.prod(-1).log().to(log_p.dtype)


@right("16.draw_weight")
def in_numpy(log_p, allowed):
    p = np.exp(np.asarray(log_p, dtype=np.float64))
    return np.log((p * np.asarray(allowed)).sum(axis=2)).sum(axis=1)


@right("16.draw_weight")
def large_penalty(log_p, allowed):
    return torch.logsumexp(log_p - 1e4 * (~allowed), dim=2).sum(dim=1)


@wrong("16.draw_weight")
def reciprocal(log_p, allowed):
    z = (log_p.exp() * allowed).sum(-1)
    return (1 / z).log().sum(-1)


@wrong("16.draw_weight")
def average(log_p, allowed):
    z = (log_p.exp() * allowed).sum(-1)
    return z.log().mean(-1)


@wrong("16.draw_weight")
def plain_product(log_p, allowed):
    return (log_p.exp() * allowed).sum(-1).prod(-1)


@wrong("16.draw_weight")
def log_of_the_mean(log_p, allowed):
    return (log_p.exp() * allowed).sum(-1).mean(-1).log()


@wrong("16.draw_weight")
def log_likelihood_of_allowed(log_p, allowed):
    return (log_p * allowed).sum((1, 2))


@wrong("16.draw_weight")
def how_many_are_allowed(log_p, allowed):
    return torch.log(allowed.sum(-1) / allowed.shape[-1]).sum(-1)


# 16.reinforce_loss


@right("16.reinforce_loss")
def with_a_matrix(log_p, rewards, counts):
    n = len(rewards)
    others = (torch.ones(n, n) - torch.eye(n)).to(rewards) / (n - 1)
    advantage = (rewards - others @ rewards).detach()
    return -(advantage @ (log_p * counts).sum(-1)) / n


@right("16.reinforce_loss")
def masked_fill_first(log_p, rewards, counts):
    names = log_p.masked_fill(counts == 0, 0.0).sum(dim=-1)
    r = rewards.data
    baseline = torch.stack(
        [torch.cat([r[:i], r[i + 1 :]]).mean() for i in range(len(r))]
    )
    return torch.mean((baseline - r) * names)


@right("16.reinforce_loss")
def through_a_ratio(log_p, rewards, counts):
    # the ratio of probabilities has the value 1 and the gradient of log p
    names = (log_p * counts).sum(1)
    ratio = (names - names.detach()).exp()
    r = rewards.detach()
    return -((r - (r.sum() - r) / (r.numel() - 1)) * ratio).mean()


@right("16.reinforce_loss")
def numbers_for_rewards(log_p, rewards, counts):
    r = rewards.tolist()
    loss = torch.zeros((), dtype=log_p.dtype)
    for i, row in enumerate((log_p * counts).sum(1)):
        b = (sum(r) - r[i]) / (len(r) - 1)
        loss = loss - (r[i] - b) * row / len(r)
    return loss


@right("16.reinforce_loss")
def letters_weighted(log_p, rewards, counts):
    with torch.no_grad():
        n = len(rewards)
        weight = (n * rewards - rewards.sum()) / (n - 1)
    return -(weight.unsqueeze(1) * counts * log_p).sum() / n


@wrong("16.reinforce_loss")
def maximises(log_p, rewards, counts):
    return -letters_weighted(log_p, rewards, counts)


@wrong("16.reinforce_loss")
def plain_reward(log_p, rewards, counts):
    return -((log_p * counts).sum(1) * rewards.detach()).mean()


@wrong("16.reinforce_loss")
def batch_mean(log_p, rewards, counts):
    advantage = (rewards - rewards.mean()).detach()
    return -(advantage[:, None] * log_p * counts).sum() / len(rewards)


@wrong("16.reinforce_loss")
def forgets_detach(log_p, rewards, counts):
    n = len(rewards)
    advantage = (n * rewards - rewards.sum()) / (n - 1)
    return -((log_p * counts).sum(1) * advantage).mean()


@wrong("16.reinforce_loss")
def forgets_counts(log_p, rewards, counts):
    return letters_weighted(log_p, rewards, torch.ones_like(counts))


@wrong("16.reinforce_loss")
def mean_per_letter(log_p, rewards, counts):
    return letters_weighted(log_p / counts.sum(1, keepdim=True), rewards, counts)


@wrong("16.reinforce_loss")
def probabilities(log_p, rewards, counts):
    n = len(rewards)
    advantage = ((n * rewards - rewards.sum()) / (n - 1)).detach()
    return -((log_p * counts).sum(1).exp() * advantage).mean()
