"""Learning from preferences: pairs of answers of which one was liked better.

`best_policy` is the exact answer on a table, `dpo_loss` the loss that leads there, and
`Preferring` the learner that uses it on a language model.
"""

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.attention.learner import OnTokens
from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError

Answers = tuple[Tensor, Tensor]  # tokens [B, T + 1], and bool [B, T]: what counts


def best_policy(reference: Tensor, reward: Tensor, beta: float) -> Tensor:
    """The policy with the largest E[r] - beta KL(pi || reference), [..., K].

    pi(y) = reference(y) exp(r(y) / beta) / Z    (Rafailov et al. 2023, equation 4)

    reference: probabilities [..., K]. reward: [..., K]. Raises CourseError for a beta
    that is not above 0.

    >>> best_policy(torch.tensor([0.5, 0.5]), torch.tensor([0.0, 0.0]), 1.0)
    tensor([0.5000, 0.5000])
    """
    _check(beta)
    # softmax divides by Z
    return (reference.log() + reward / beta).softmax(dim=-1)


def preferred(reward: Tensor) -> Tensor:
    """Probability that answer y is liked better than y', [K, K] (Bradley and Terry).

    p(y > y') = sigmoid(r(y) - r(y'))
    """
    return torch.sigmoid(reward[:, None] - reward[None, :])


def dpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float,
) -> Tensor:
    """-log p(chosen is liked better), a number for each pair, [B].

    -log sigmoid(beta [log pi(y) - log ref(y) - log pi(y') + log ref(y')])
    (Rafailov et al. 2023, equation 7)

    All four: log-probabilities of whole answers, [B].
    """
    _check(beta)
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    # -log sigmoid(a) = softplus(-a)
    return F.softplus(-beta * margin)


def tabular(
    reference: Tensor, reward: Tensor, beta: float, iterations: int = 200
) -> Tensor:
    """Minimise the mean DPO loss over all pairs of K answers: the policy, [K].

    Each pair is liked in each order as often as `preferred` says.
    """
    log_reference, liked = reference.double().log(), preferred(reward.double())
    logits = log_reference.clone().requires_grad_(True)
    solver = torch.optim.LBFGS(
        [logits], max_iter=iterations, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        solver.zero_grad()
        log_policy = logits.log_softmax(dim=0)
        one, other = log_policy[:, None], log_policy[None, :]
        ref_one, ref_other = log_reference[:, None], log_reference[None, :]
        each = dpo_loss(one, other, ref_one, ref_other, beta)  # [K, K]
        mean = (liked * each).mean()
        mean.backward()
        return mean

    solver.step(loss)  # type: ignore[arg-type]
    return logits.detach().softmax(dim=0)


def log_probability(model: Transformer, answers: Answers) -> Tensor:
    """log p of the tokens that count, given those before them, [B]."""
    tokens, counts = answers
    each = model(tokens[:, :-1]).log_softmax(dim=-1)  # [B, T, vocabulary]
    taken = each.gather(-1, tokens[:, 1:, None])[..., 0]  # [B, T]
    return (taken * counts).sum(dim=1)


class Preferring(OnTokens[Transformer]):
    """A language model that learns from pairs of answers, by DPO.

    model: where it starts, and the reference that it may not leave far behind. beta:
    the weight of the KL term. Settings as in `OnTokens`.
    """

    def __init__(self, model: Transformer, *, beta: float = 0.1, **settings: Any):
        _check(beta)
        super().__init__(copy.deepcopy(model), **settings)
        self.reference = copy.deepcopy(model).eval().requires_grad_(False)
        self.beta = beta

    def step(self, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Learn from (chosen, its counts, rejected, its counts): see `Answers`.

        Returns the loss, and the share of pairs in which the chosen answer has gained
        more log-probability than the rejected one.
        """
        chosen, rejected = (batch[0], batch[1]), (batch[2], batch[3])
        with torch.no_grad():
            ref_better = log_probability(self.reference, chosen)
            ref_worse = log_probability(self.reference, rejected)
        better = log_probability(self.networks, chosen)
        worse = log_probability(self.networks, rejected)
        loss = dpo_loss(better, worse, ref_better, ref_worse, self.beta).mean()
        gained = (better - ref_better) > (worse - ref_worse)
        self.descent.descend(loss, len(batch[0]))
        return {"loss": loss.detach(), "accuracy": gained.float().mean().detach()}


def _check(beta: float) -> None:
    if not beta > 0:
        raise CourseError(f"beta is above 0, not {beta}.")
