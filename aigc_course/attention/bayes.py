"""The exact answer to in-context learning of Markov chains."""

import torch
from torch import Tensor
from torch.nn import functional as F


def predictive(chains: Tensor, states: int, prior: float = 1.0) -> Tensor:
    """P(next state | chain so far) under a Dirichlet prior, [N, T, states].

    p(b | x_1 .. x_t) = (n_ab + prior) / (n_a + states * prior), with a = x_t and n_ab
    the number of steps from a to b so far    (Edelman et al. 2024, section 2)

    chains: [N, T]. No model that sees only the chain has a smaller expected loss.
    """
    one_hot = F.one_hot(chains, states).double()  # [N, T, states]
    steps = one_hot[:, :-1, :, None] * one_hot[:, 1:, None, :]  # [N, T - 1, from, to]
    none = steps.new_zeros(len(chains), 1, states, states)
    counts = torch.cat([none, steps], dim=1).cumsum(dim=1)  # before t: [N, T, from, to]
    here = (one_hot[..., None] * counts).sum(dim=2)  # n_ab of a = x_t, [N, T, states]
    return (here + prior) / (here.sum(dim=-1, keepdim=True) + states * prior)


def unigram(chains: Tensor, states: int, prior: float = 1.0) -> Tensor:
    """The same without looking at the last state: shares of the chain so far."""
    counts = F.one_hot(chains, states).double().cumsum(dim=1)
    return (counts + prior) / (counts.sum(dim=-1, keepdim=True) + states * prior)


def divergence(exact: Tensor, logits: Tensor) -> Tensor:
    """KL(exact || model) in nats, [N, T]; probabilities and logits [N, T, states]."""
    log_q = logits.double().log_softmax(dim=-1)
    return (torch.special.xlogy(exact, exact) - exact * log_q).sum(dim=-1)
