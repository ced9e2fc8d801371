"""Other right answers to 16.reinforce_loss."""

import torch

from tests.also_right import also_right


@also_right
def name_by_name(log_p, rewards, counts):
    total = 0.0
    n = len(rewards)
    for i in range(n):
        others = [float(rewards[j]) for j in range(n) if j != i]
        advantage = float(rewards[i]) - sum(others) / len(others)
        total = total - advantage * log_p[i][counts[i] > 0].sum()
    return total / n


@also_right
def by_centred_rewards(log_p, rewards, counts):
    # R_n minus the mean of the others is N / (N - 1) times R_n minus the mean of all
    n = rewards.shape[0]
    with torch.no_grad():
        advantage = n / (n - 1) * (rewards - rewards.mean())
    return -torch.einsum("n,nt,nt->", advantage, log_p, counts) / n
