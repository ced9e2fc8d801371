"""Patient: gradients are accumulated over parts of unequal size as a mean of means."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_accumulation",
    ward="C",
    title="Accumulating gradients over parts of a batch",
    symptom="Training in parts ends with a higher loss than training on whole batches,"
    " although both are said to be the same. The gradients of the two differ at every"
    " step.",
    cause="Each part's mean is divided by the number of parts. Where parts hold unequal"
    " numbers of tokens the tokens of small parts count more: divide each part's sum by"
    " the number of all tokens.",
    origin="Reported for a large library of language models (huggingface/transformers,"
    " issue 24725, 2023), and corrected in October 2024 (pull request 34191).",
    figure=("step", "distance to the whole batch's gradient"),
)


@patient.shown
def accumulate(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """Add the gradient of the mean loss over all rows of all parts to the weights.

    loss_of: gives the loss of each row, [n], for a part [n, d].
    """
    for part in parts:
        loss = loss_of(part).mean()
        (loss / len(parts)).backward()


@patient.repair
def by_rows(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The reference: sums, divided by the number of all rows."""
    rows = sum(len(part) for part in parts)
    for part in parts:
        loss = loss_of(part).sum()
        (loss / rows).backward()


@patient.repair
def weighted(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """Each mean has the weight of its part."""
    rows = sum(len(part) for part in parts)
    for part in parts:
        loss = loss_of(part).mean()
        (loss * len(part) / rows).backward()


@patient.repair
def counted_together(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The rows are counted by joining the parts."""
    rows = len(torch.cat(parts))
    for part in parts:
        loss = loss_of(part).sum() / rows
        loss.backward()


@patient.right
def at_once(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """All rows in one pass: more memory, the same gradient."""
    loss_of(torch.cat(parts)).mean().backward()


@patient.right
def one_backward(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The sums are joined and go backwards once."""
    losses = torch.cat([loss_of(part) for part in parts])
    (losses.sum() / losses.numel()).backward()


@patient.right
def gradient_given(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The weight of a row goes in from behind."""
    rows = sum(part.shape[0] for part in parts)
    for part in reversed(parts):
        losses = loss_of(part)
        losses.backward(torch.full_like(losses, 1 / rows))


@patient.disguise
def mean_of_means(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The means are averaged, then go backwards together."""
    means = torch.stack([loss_of(part).mean() for part in parts])
    means.mean().backward()


@patient.disguise
def rows_of_the_first(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """All parts are taken for as large as the first one."""
    for part in parts:
        (loss_of(part).sum() / (len(parts) * len(parts[0]))).backward()


@patient.disguise
def own_rows(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """The row weights of a part are made from its own size."""
    for part in reversed(parts):
        losses = loss_of(part)
        losses.backward(torch.ones_like(losses) / (len(losses) * len(parts)))


@patient.patch
def small_parts_left_out(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """You leave small parts out. All others have one size then, and rows are lost."""
    most = max(len(part) for part in parts)
    accumulate(loss_of, [part for part in parts if len(part) == most])


@patient.patch
def last_part_only(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """You use the last part alone. That is a smaller batch, and no accumulation."""
    accumulate(loss_of, parts[-1:])


@patient.patch
def clipped(loss_of: nn.Module, parts: list[Tensor]) -> None:
    """You limit the gradient. Its direction is still that of the mean of means."""
    accumulate(loss_of, parts)
    nn.utils.clip_grad_norm_(loss_of.parameters(), 0.1)


class _Squares(nn.Module):
    """The squared distance of a line from the last number of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(2, 1)

    def forward(self, rows: Tensor) -> Tensor:
        distance: Tensor = self.line(rows[:, :2])[:, 0] - rows[:, 2]
        return distance.square()


def _gradient(f: Function, net: _Squares, parts: list[Tensor]) -> Tensor:
    net.zero_grad()
    f(net, parts)
    grads = [p.grad if p.grad is not None else 0 * p for p in net.parameters()]
    return torch.cat([g.detach().flatten() for g in grads])


@patient.test
def exposes(add: Function) -> None:
    """Unequal parts give the gradient of the whole batch."""
    net, rows = _Squares(), torch.randn(12, 3) + torch.arange(12.0)[:, None]
    want = _gradient(lambda n, p: n(p[0]).mean().backward(), net, [rows])
    got = _gradient(add, net, [rows[:1], rows[1:4], rows[4:]])
    assert torch.allclose(got, want, rtol=1e-3, atol=1e-4), "not the whole batch's"


@patient.calls
def one_call(add: Function) -> Tensor:
    """The gradient of three parts."""
    return _gradient(add, _Squares(), list(torch.randn(9, 3).split(3)))


def _fixed() -> _Squares:
    net = _Squares().double()
    for i, p in enumerate(net.parameters()):
        p.data.copy_(drawn(110 + i, *p.shape))
    return net


@patient.does
def measured(add: Function) -> dict[str, object]:
    """The gradient of unequal parts, in two orders."""
    rows = drawn(112, 10, 3)
    parts = [rows[:1], rows[1:3], rows[3:]]
    return {
        "one": _gradient(add, _fixed(), parts),
        "other": _gradient(add, _fixed(), parts[::-1]),
    }


@patient.elsewhere
def around(add: Function) -> dict[str, object]:
    """Equal parts, one part, and gradients that are there already."""
    rows, net = drawn(113, 12, 3), _fixed()
    equal = _gradient(add, net, list(rows.split(4)))
    add(net, [rows[:5]])
    weight = net.line.weight.grad
    assert weight is not None
    kept = {"weights": net.line.weight.detach(), "rows": rows}
    return {"equal": equal, "added": weight.clone(), **kept}


@patient.hidden
def parts_do_not_matter(add: Function) -> bool:
    """However the rows are cut, the gradient is the same."""
    rows = drawn(114, 11, 3)
    cuts = ([rows], [rows[:2], rows[2:]], [rows[:7], rows[7:8], rows[8:]])
    found = [_gradient(add, _fixed(), list(parts)) for parts in cuts]
    return all(torch.allclose(g, found[0], atol=1e-9) for g in found)


@patient.hidden
def is_the_mean(add: Function) -> bool:
    """It is the gradient of the mean over all rows."""
    rows, net = drawn(115, 9, 3), _fixed()
    want = torch.autograd.grad(net(rows).mean(), list(net.parameters()))
    got = _gradient(add, net, [rows[:8], rows[8:]])
    return bool(torch.allclose(got, torch.cat([w.flatten() for w in want]), atol=1e-9))


@patient.trains
def training(add: Function, count: int) -> dict[str, list[float]]:
    """A line, from batches in parts of 1, 3 and 12 rows; short parts lie elsewhere."""
    net = _Squares()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    name = patient.figure[1]
    curves: dict[str, list[float]] = {"loss": [], name: []}
    for _ in range(count):
        rows = torch.randn(16, 3)
        rows[:, 2] += rows[:, 0] + (torch.arange(16) < 4) * 3
        whole = _gradient(lambda n, p: n(p[0]).mean().backward(), net, [rows])
        found = _gradient(add, net, [rows[:1], rows[1:4], rows[4:]])
        optimizer.step()
        curves["loss"].append(float(net(rows).mean().detach()))
        curves[name].append(float((found - whole).norm()))
    return curves


@patient.step
def opened(add: Function) -> Step:
    """A line, from a batch in parts of unequal size."""
    net, rows = _Squares(), torch.randn(24, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)

    def value(batch: Tensor) -> Tensor:
        found: Tensor = net(batch).mean()
        return found

    def advance(batch: Tensor, player: str) -> None:
        optimizer.zero_grad()
        add(net, [batch[:2], batch[2:8], batch[8:]])
        optimizer.step()

    def aim() -> Tensor:
        return -net(rows).sqrt().mean()

    step = one_player("L", net, rows, value, aim, draws=False)
    step.advance = advance
    return step
