"""Other right answers to 21.permutation_p."""

import torch

from tests.also_right import also_right


@also_right
def by_sorting_numbers(a, b, statistic, rounds, generator):
    rows, n = torch.vstack((a, b)), a.shape[0]
    values = []
    for _ in range(rounds):
        order = torch.rand(rows.shape[0], generator=generator).argsort()
        values.append(float(statistic(rows[order[:n]], rows[order[n:]])))
    observed = float(statistic(a, b))
    return (sum(v >= observed for v in values) + 1) / (rounds + 1)


@also_right
def by_a_mean(a, b, statistic, rounds, generator):
    whole = torch.cat((a, b))
    values = [statistic(a, b)]
    for _ in range(rounds):
        chosen = torch.zeros(len(whole), dtype=torch.bool)
        chosen[torch.randperm(len(whole), generator=generator)[: len(a)]] = True
        values.append(statistic(whole[chosen], whole[~chosen]))
    values = torch.tensor([float(v) for v in values], dtype=torch.float64)
    return (values >= values[0]).double().mean()
