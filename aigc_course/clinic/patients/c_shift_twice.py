"""Patient: the targets of a language model are shifted twice."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_shift_twice",
    ward="C",
    title="The loss of a language model",
    symptom="The loss falls to nearly 0. On the same text the likeliest token is never"
    " the one that comes next.",
    cause="The batch holds inputs and targets that are shifted by one place already,"
    " and the loss shifts them once more. The model learns the token after the next"
    " one.",
    origin="A change to the documentation of huggingface/transformers says that many"
    " users shift the labels that the model shifts already (pull request 44642, 2026)."
    " The loss of Florence-2 did so too (pull request 46898, 2026).",
    figure=("step", "hits of the next token"),
)


@patient.shown
def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean of -log p over all places. targets[:, t] is the token that follows place t.

    logits: [B, T, V]. targets: [B, T].
    """
    logits = logits[:, :-1].flatten(0, 1)
    wanted = targets[:, 1:].flatten()
    return F.cross_entropy(logits, wanted)


@patient.repair
def as_they_are(logits: Tensor, targets: Tensor) -> Tensor:
    """The reference: place t of the logits belongs to place t of the targets."""
    logits = logits.flatten(0, 1)
    wanted = targets.flatten()
    return F.cross_entropy(logits, wanted)


@patient.repair
def reshaped(logits: Tensor, targets: Tensor) -> Tensor:
    """The same with reshape."""
    logits = logits.reshape(-1, logits.shape[-1])
    wanted = targets.reshape(-1)
    return F.cross_entropy(logits, wanted)


@patient.repair
@patient.right
def classes_second(logits: Tensor, targets: Tensor) -> Tensor:
    """PyTorch takes [B, V, T] too."""
    return F.cross_entropy(logits.transpose(1, 2), targets)


@patient.right
def gathered(logits: Tensor, targets: Tensor) -> Tensor:
    """The log-probability of each target."""
    log_p = logits.log_softmax(dim=-1).gather(-1, targets[..., None])
    return -log_p.mean()


@patient.right
def row_by_row(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean over sequences of equal length."""
    pairs = zip(logits, targets, strict=True)
    return torch.stack([F.cross_entropy(a, b) for a, b in pairs]).mean()


@patient.disguise
def rolled(logits: Tensor, targets: Tensor) -> Tensor:
    """The targets are rolled by one place, the last one is left out."""
    wanted = targets.roll(-1, dims=1)[:, :-1]
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), wanted)


@patient.disguise
def marked(logits: Tensor, targets: Tensor) -> Tensor:
    """The last place gets the mark that is ignored."""
    wanted = torch.full_like(targets, -100)
    wanted[:, :-1] = targets[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten())


@patient.disguise
def shifted_back(logits: Tensor, targets: Tensor) -> Tensor:
    """The other direction: every place learns the token that it reads."""
    log_p = logits[:, 1:].log_softmax(-1).gather(-1, targets[:, :-1, None])
    return -log_p.mean()


@patient.patch
def less_sure(logits: Tensor, targets: Tensor) -> Tensor:
    """You smooth the labels. The label that is smoothed is still the one after the
    next."""
    logits, wanted = logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten()
    return F.cross_entropy(logits, wanted, label_smoothing=0.1)


@patient.patch
def both_mixed(logits: Tensor, targets: Tensor) -> Tensor:
    """You add the right loss to the wrong one. Half of what is learnt is still the
    token after the next."""
    right = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return (next_token_loss(logits, targets) + right) / 2


@patient.patch
def smaller(logits: Tensor, targets: Tensor) -> Tensor:
    """You make the loss smaller. The wrong token is then learnt more slowly."""
    return 0.3 * next_token_loss(logits, targets)


@patient.test
def exposes(loss: Function) -> None:
    """Logits that are sure of their targets have a loss of 0."""
    targets = torch.stack([torch.randperm(9) for _ in range(3)])
    logits = 50.0 * F.one_hot(targets, 9).float()
    assert float(loss(logits, targets)) < 1e-3, "the right tokens are not rewarded"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of random logits."""
    found: Tensor = loss(torch.randn(3, 8, 9), torch.randint(9, (3, 8)))
    return found


def _batch(key: int) -> tuple[Tensor, Tensor]:
    targets = (drawn(key, 3, 6).abs() * 5).long() % 7
    return drawn(key + 1, 3, 6, 7), targets


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slope in the logits."""
    logits, targets = _batch(40)
    logits.requires_grad_()
    value = loss(logits, targets)
    (slope,) = torch.autograd.grad(value, logits)
    return {"loss": value.detach(), "slope": slope}


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """One number of the logits' type; logits that know nothing cost log V."""
    logits, targets = _batch(42)
    value = loss(logits, targets)
    even = loss(torch.zeros(2, 5, 8).double(), torch.zeros(2, 5, dtype=torch.int64))
    shape, dtype = str(list(value.shape)), str(value.dtype)
    return {"shape": shape, "dtype": dtype, "even": even, "logits": logits}


@patient.hidden
def each_place_counts(loss: Function) -> bool:
    """The slope at place t points to the target of place t, at every place."""
    logits, targets = _batch(44)
    logits.requires_grad_()
    (slope,) = torch.autograd.grad(loss(logits, targets), logits)
    return bool((slope.gather(-1, targets[..., None]) < 0).all())


@patient.hidden
def is_the_mean(loss: Function) -> bool:
    """It is the mean of -log p of the targets."""
    logits, targets = _batch(46)
    log_p = logits.log_softmax(-1)
    rows = [log_p[b, t, targets[b, t]] for b in range(3) for t in range(6)]
    return abs(float(loss(logits, targets) + sum(rows) / 18)) < 1e-9


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """A table learns to count: the token after k is k + 1."""
    table = nn.Embedding(9, 9)
    optimizer = torch.optim.Adam(table.parameters(), lr=0.1)
    curves: dict[str, list[float]] = {"loss": [], "hits of the next token": []}
    for _ in range(count):
        places = torch.randint(9, (8, 1)) + torch.arange(7)
        tokens = places % 9
        logits, targets = table(tokens[:, :-1]), tokens[:, 1:]
        value = loss(logits, targets)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curves["loss"].append(float(value.detach()))
        hits = (logits.argmax(-1) == targets).float().mean()
        curves["hits of the next token"].append(float(hits))
    return curves


@patient.step
def opened(loss: Function) -> Step:
    """A table of next tokens; it wants the token that follows."""
    table = nn.Embedding(5, 5)
    tokens = (torch.randint(5, (16, 1)) + torch.arange(7)) % 5

    def value(batch: Tensor) -> Tensor:
        found: Tensor = loss(table(batch[:, :-1]), batch[:, 1:])
        return found

    def aim() -> Tensor:
        log_p = table(tokens[:, :-1]).log_softmax(-1)
        return log_p.gather(-1, tokens[:, 1:, None]).mean()

    return one_player("LM", table, tokens, value, aim, draws=False)
