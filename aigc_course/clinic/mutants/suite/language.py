"""Properties of the losses of language models."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.mutants.suite.decoding import likely
from aigc_course.clinic.mutants.targets import draw, flat, slope, target, uniform

policy = target(
    "attention.preference",
    "best_policy",
    call="best_policy(reference, reward, beta), [..., K] twice, gives [..., K]",
)


@policy.observed
def _policy_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(likely(seed), draw(seed, 3, 7, key=3), 0.7))


@policy.equals
def _policy_want(seed: int) -> list[Tensor]:
    p = likely(seed) * (draw(seed, 3, 7, key=3) / 0.7).exp()
    return [p / p.sum(1, keepdim=True)]


@policy.must
def _equal_rewards(f: Any, seed: int) -> None:
    """Equal rewards leave the reference as it is."""
    assert torch.allclose(f(likely(seed), torch.ones(3, 7), 0.5), likely(seed))


preferred = target(
    "attention.preference",
    "preferred",
    call="preferred(reward), [K], gives p(y > y') as [K, K]",
)


@preferred.observed
def _preferred_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(draw(seed, 5)))


@preferred.equals
def _preferred_want(seed: int) -> list[Tensor]:
    r = draw(seed, 5).exp()
    return [r[:, None] / (r[:, None] + r[None])]


@preferred.must
def _both_orders(f: Any, seed: int) -> None:
    """p(y > y') + p(y' > y) = 1."""
    p = f(draw(seed, 5))
    assert torch.allclose(p + p.T, torch.ones_like(p))


dpo = target(
    "attention.preference",
    "dpo_loss",
    call="dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta), [B]"
    " each",
)


def _four(seed: int) -> list[Tensor]:
    return [draw(seed, 6, key=k) for k in range(4)]


@dpo.observed
def _dpo_seen(f: Any, seed: int) -> list[Tensor]:
    a, b, c, d = _four(seed)
    return flat(f(a, b, c, d, 0.7), slope(lambda x: f(x, b, c, d, 0.7), a))


@dpo.equals
def _dpo_want(seed: int) -> list[Tensor]:
    a, b, c, d = _four(seed)
    p = 1 / (1 + (-0.7 * ((a - c) - (b - d))).exp())
    return [-p.log(), -0.7 * (1 - p)]


@dpo.must
def _liked_up(f: Any, seed: int) -> None:
    """The gradient raises the chosen answer and lowers the rejected one."""
    a, b, c, d = _four(seed)
    assert bool((slope(lambda x: f(x, b, c, d, 0.7), a) < 0).all())
    assert bool((slope(lambda x: f(a, x, c, d, 0.7), b) > 0).all())


log_p = target(
    "attention.preference",
    "log_probability",
    call="log_probability(model, (tokens [B, T + 1], counts bool [B, T])) gives [B]",
)


class _Table(nn.Module):
    """Logits that depend on the token and on its place."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.table = draw(seed, 12, 9, 9)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.table[torch.arange(tokens.shape[1]), tokens]


def _answers(seed: int) -> tuple[Tensor, Tensor]:
    return (uniform(seed, 3, 6) * 9).long(), uniform(seed, 3, 5, key=1) < 0.6


@log_p.observed
def _log_p_seen(f: Any, seed: int) -> list[Tensor]:
    return flat(f(_Table(seed), _answers(seed)))


@log_p.equals
def _log_p_want(seed: int) -> list[Tensor]:
    tokens, counts = _answers(seed)
    logits = _Table(seed)(tokens[:, :-1]).transpose(1, 2)
    each = F.cross_entropy(logits, tokens[:, 1:], reduction="none")
    return [-(each.where(counts, 0)).sum(1)]


@log_p.must
def _adds_up(f: Any, seed: int) -> None:
    """What counts in two parts has the sum of their log-probabilities."""
    tokens, counts = _answers(seed)
    model, every = _Table(seed), torch.ones_like(counts)
    both = f(model, (tokens, counts)) + f(model, (tokens, ~counts))
    assert torch.allclose(both, f(model, (tokens, every)))
    assert bool((both < 0).all())


next_token = target(
    "attention.learner",
    "next_token_loss",
    call="next_token_loss(logits [B, T, V], targets [B, T], counts bool [B, T]) gives"
    " (loss, accuracy)",
)


def _predictions(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    targets = (uniform(seed, 3, 5) * 9).long()
    return draw(seed, 3, 5, 9), targets, uniform(seed, 3, 5, key=1) < 0.6


@next_token.observed
def _next_seen(f: Any, seed: int) -> list[Tensor]:
    logits, targets, counts = _predictions(seed)
    return flat(f(logits, targets, counts), f(logits, targets))


@next_token.equals
def _next_want(seed: int) -> list[Tensor]:
    logits, targets, counts = _predictions(seed)
    log_p = logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    right = (logits.argmax(-1) == targets).double()
    some = [
        -(log_p * counts).sum() / counts.sum(),
        (right * counts).sum() / counts.sum(),
    ]
    return flat(*some, -log_p.mean(), right.mean())


@next_token.must
def _certain(f: Any, seed: int) -> None:
    """A model that is sure of the right tokens has loss 0 and accuracy 1."""
    _, targets, counts = _predictions(seed)
    loss, accuracy = f(50.0 * F.one_hot(targets, 9).double(), targets, counts)
    assert float(loss) < 1e-6 and float(accuracy) == 1
