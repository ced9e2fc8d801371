"""Patient: forbidden places are set to 0 after the softmax."""

import math

import torch
from torch import Tensor, nn

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_mask_after_softmax",
    ward="C",
    title="Masked attention weights",
    symptom="The loss falls, and no place gets a weight from the future. The weights"
    " of the first place sum to less than 1, and to another value at each step.",
    cause="The mask is applied after the softmax. So the weights of an early place sum"
    " to less than 1, and their normaliser has looked at the future. Mask the scores"
    " with -inf before.",
    origin="An attention of timm was masked after the softmax until 2024"
    " (huggingface/pytorch-image-models, pull request 2236). Masks that multiply the"
    " scores are a relative of it.",
    figure=("step", "sum of the first weights"),
)


@patient.shown
def masked_weights(scores: Tensor, allowed: Tensor) -> Tensor:
    """Attention weights [.., T, S]; `allowed` is True where a query may look."""
    weights = scores.softmax(dim=-1)
    return weights * allowed


@patient.repair
def before(scores: Tensor, allowed: Tensor) -> Tensor:
    """The reference: forbidden scores are -inf before the softmax."""
    masked = scores.masked_fill(~allowed, -math.inf)
    return masked.softmax(dim=-1)


@patient.repair
@patient.right
def renormalised(scores: Tensor, allowed: Tensor) -> Tensor:
    """What is left is divided by its sum."""
    weights = scores.softmax(dim=-1) * allowed
    return weights / weights.sum(dim=-1, keepdim=True)


@patient.repair
@patient.right
def with_where(scores: Tensor, allowed: Tensor) -> Tensor:
    """-inf by `where`."""
    scores = torch.where(allowed, scores, -math.inf)
    return scores.softmax(dim=-1)


@patient.right
def with_exponents(scores: Tensor, allowed: Tensor) -> Tensor:
    """Exponents of what is allowed, over their sum."""
    most = scores.amax(dim=-1, keepdim=True)
    parts = (scores - most).exp() * allowed.to(scores.dtype)
    return parts / parts.sum(dim=-1, keepdim=True)


@patient.right
def with_a_bias(scores: Tensor, allowed: Tensor) -> Tensor:
    """A very negative number is added to what is forbidden."""
    bias = (1 - allowed.to(scores.dtype)) * -1e30
    return torch.softmax(scores + bias, dim=-1)


@patient.disguise
def filled_with_zero(scores: Tensor, allowed: Tensor) -> Tensor:
    """The weights are filled with 0 afterwards."""
    return scores.softmax(dim=-1).masked_fill(~allowed, 0.0)


@patient.disguise
def exponents_over_all(scores: Tensor, allowed: Tensor) -> Tensor:
    """The sum runs over the forbidden ones too."""
    parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return torch.where(allowed, parts / parts.sum(dim=-1, keepdim=True), 0.0)


@patient.disguise
def scores_multiplied(scores: Tensor, allowed: Tensor) -> Tensor:
    """Forbidden scores are 0 before the softmax, and the weights are masked."""
    return (scores * allowed).softmax(dim=-1) * allowed


@patient.patch
def divided_by_the_mean(scores: Tensor, allowed: Tensor) -> Tensor:
    """You divide by the mean of the sums. Most rows still do not sum to 1."""
    weights = masked_weights(scores, allowed)
    return weights / weights.sum(dim=-1).mean()


@patient.patch
def every_place_allowed(scores: Tensor, allowed: Tensor) -> Tensor:
    """You leave the mask out. The rows sum to 1, and every token sees the future."""
    return scores.softmax(dim=-1)


@patient.patch
def tiny_added(scores: Tensor, allowed: Tensor) -> Tensor:
    """You add a small number everywhere. Forbidden places then have a weight, and the
    rows still do not sum to 1."""
    return masked_weights(scores, allowed) + 1e-3


@patient.test
def exposes(weigh: Function) -> None:
    """Rows sum to 1, and forbidden places have no weight."""
    allowed = torch.ones(5, 5).tril().bool()
    weights = weigh(torch.randn(2, 5, 5), allowed)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 5), atol=1e-4), (
        "rows do not sum"
    )
    assert float(weights[:, ~allowed].abs().max()) < 1e-6, "the future has a weight"


@patient.calls
def one_call(weigh: Function) -> Tensor:
    """The weights of random scores."""
    found: Tensor = weigh(torch.randn(2, 5, 5), torch.ones(5, 5).tril().bool())
    return found


@patient.does
def measured(weigh: Function) -> dict[str, object]:
    """Weights under a causal and under another mask."""
    causal = torch.ones(4, 4).tril().bool()
    band = causal & ~torch.ones(4, 4).tril(-2).bool()
    return {
        "causal": weigh(drawn(70, 4, 4), causal),
        "band": weigh(drawn(71, 4, 4), band),
    }


@patient.elsewhere
def around(weigh: Function) -> dict[str, object]:
    """Where all is allowed, the last causal row, and what is forbidden."""
    causal = torch.ones(4, 4).tril().bool()
    scores = drawn(72, 3, 4, 4)
    found = weigh(scores, causal)
    full = weigh(scores, torch.ones(4, 4).bool())
    return {
        "full": full,
        "last": found[:, -1],
        "future": found[:, ~causal],
        "in": scores,
    }


@patient.hidden
def rows_sum_to_one(weigh: Function) -> bool:
    """Each row sums to 1."""
    weights = weigh(drawn(73, 5, 5) * 3, torch.ones(5, 5).tril().bool())
    return bool(torch.allclose(weights.sum(-1), torch.ones(5).double(), atol=1e-9))


@patient.hidden
def only_differences_count(weigh: Function) -> bool:
    """A number that is added to all scores changes no weight, so -30 is not -inf."""
    allowed = torch.ones(5, 5).tril().bool()
    scores = drawn(75, 5, 5)
    one, two = weigh(scores, allowed), weigh(scores - 200, allowed)
    return bool(torch.allclose(one, two, atol=1e-9))


@patient.hidden
def future_has_no_effect(weigh: Function) -> bool:
    """Scores of forbidden places change no weight."""
    allowed = torch.ones(5, 5).tril().bool()
    scores = drawn(74, 5, 5)
    other = torch.where(allowed, scores, scores + 3)
    one, two = weigh(scores, allowed), weigh(other, allowed)
    return bool(torch.allclose(one, two, atol=1e-9))


@patient.trains
def training(weigh: Function, count: int) -> dict[str, list[float]]:
    """One attention learns to repeat the token before."""
    width, length = 6, 6
    places, out = nn.Embedding(length, width), nn.Linear(width, 4)
    words = nn.Embedding(4, width)
    weights = [p for net in (places, out, words) for p in net.parameters()]
    optimizer = torch.optim.Adam(weights, lr=0.05)
    allowed = torch.ones(length, length).tril().bool()
    curves: dict[str, list[float]] = {"loss": [], "sum of the first weights": []}
    for _ in range(count):
        tokens = torch.randint(4, (16, length))
        x = words(tokens) + places(torch.arange(length))
        w = weigh(x @ x.transpose(1, 2) / width**0.5, allowed)
        logits = out(w @ x)[:, 1:].flatten(0, 1)
        loss = nn.functional.cross_entropy(logits, tokens[:, :-1].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        curves["sum of the first weights"].append(
            float(w[:, 0].sum(-1).mean().detach())
        )
    return curves


@patient.step
def opened(weigh: Function) -> steps.Step:
    """The weights inside a small causal attention."""

    class Attend(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.query, self.value = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            allowed = torch.ones(x.shape[1], x.shape[1]).tril().bool()
            mixed: Tensor = weigh(self.query(x) @ x.transpose(1, 2), allowed)
            return mixed @ self.value(x)

    return steps.module_step(Attend, torch.randn(8, 5, 4))
