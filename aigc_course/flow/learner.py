"""Flow matching: a velocity is learnt by regression on straight lines."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.guidance import guided, known
from aigc_course.flow.networks import Velocity
from aigc_course.flow.paths import on_line
from aigc_course.flow.solvers import solve
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    images_and_labels,
    placed,
)
from aigc_course.training.muon import optimiser
from aigc_course.training.shares import common, part, parts, whole

Couple = Callable[[Tensor, Tensor, Tensor | None], Tensor]
STEPS = 16  # of the solver, where nothing is asked for
METHOD = "heun"


class Flow(Learner[Velocity]):
    """Conditional flow matching (Lipman et al. 2023, section 3; Liu et al. 2023).

    networks: the velocity, from `flow.mlp` or `flow.unet`.
    couple: from noise x0, data x1 and labels to the noise in another order, see
        `flow.couplings`; None pairs them at random.
    times: "uniform", or "logit-normal", which draws more t near 1/2 (Esser et al. 2024,
        equation 19, with mean 0 and deviation 1).
    label_dropout: share of the rows that are not told their label, so that the
        network knows the velocity without it too (Ho & Salimans 2022, algorithm 1).
    lr, betas, decay_start, final_lr_factor, max_grad_norm, ema, lr_warmup: see
        `training.Optimiser`; with an ema the averaged weights are sampled from.
    muon: learning rate of the matrices inside the blocks of an MLP, which then move by
        Muon; None moves all weights by Adam.
    bf16: ask `training.fit` to compute inside the network in bfloat16.

    Data are [N, ...] as the network takes them; with classes, pairs (data, labels).
    Raises CourseError for settings that make no sense.
    """

    def __init__(
        self,
        networks: Velocity,
        *,
        couple: Couple | None = None,
        times: str = "uniform",
        label_dropout: float = 0.1,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        decay_start: float = 0.2,
        final_lr_factor: float = 0.0,
        max_grad_norm: float | None = None,
        ema: float | None = 100_000,
        lr_warmup: float = 0,
        muon: float | None = None,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        validate.share(label_dropout, "label_dropout")
        if times not in TIMES:
            raise CourseError(f"times is one of {', '.join(TIMES)}, not {times!r}.")
        descent = optimiser(
            placed(networks, device),
            lr,
            betas,
            decay_start=decay_start,
            final_lr_factor=final_lr_factor,
            max_grad_norm=max_grad_norm,
            ema=ema,
            lr_warmup=lr_warmup,
            muon=muon,
        )
        super().__init__(descent=descent)
        self.couple, self.times, self.bf16 = couple, times, bf16
        self.label_dropout = label_dropout

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from data x1 [B, ...], or a pair (x1, labels [B]).

        Returns the loss, the mean squared error of the velocity per coordinate, over
        all rows and over those with t below and above one half.
        """
        x1, labels = images_and_labels(batch)
        x0 = torch.randn_like(x1)  # noise, [B, ...]
        if self.couple:
            x0 = self.paired(x0, x1, labels)
        t = TIMES[self.times](len(x1)).to(x1.device)  # [B]
        x_t = on_line(x0, x1, t.view(-1, *[1] * (x1.ndim - 1)))
        target = self.target(x0, x1, t)
        v = self.networks(x_t, t, self.untold(labels))

        # L = E || v(x_t, t) - (x1 - x0) ||^2
        errors = (v - target).square().flatten(1).mean(1)  # [B]
        loss = errors.mean()
        self.descent.descend(loss, len(x1))
        return {"loss": loss.detach(), **by_time(errors.detach(), t)}

    def paired(self, x0: Tensor, x1: Tensor, labels: Tensor | None) -> Tensor:
        """The noise x0 [B, ...] in the order of `couple`, within the global batch.

        All processes pair all rows alike, and each takes its own.
        """
        assert self.couple
        told = None if labels is None else whole(labels)
        return part(self.couple(whole(x0), whole(x1), told))

    def target(self, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """What the velocity is compared with at x_t, [B, ...]: x1 - x0."""
        return x1 - x0

    def untold(self, labels: Tensor | None) -> Tensor | None:
        """The labels [B], a share of them replaced by "not told"."""
        classes = self.networks.classes
        if not classes:
            return None
        if labels is None:
            raise CourseError(
                "A conditional flow learns from pairs (data, labels):"
                " data.batches(..., labels=True) gives them."
            )
        hidden = torch.rand(len(labels), device=labels.device) < self.label_dropout
        return labels.masked_fill(hidden, classes)

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        steps: int | Sequence[float] = STEPS,
        guidance: float = 1.0,
        method: str = METHOD,
    ) -> Tensor:
        """Draw n samples [n, ...]: noise, driven by the velocity from t = 0 to 1.

        labels: int [n] of a network with classes; None goes through them in turn.
        steps, method: of `flow.solve`. guidance: of `flow.guided`, 1 for none. Raises
        CourseError for numbers out of range, and labels that do not fit.
        """
        validate.whole(n, "The number of samples")
        device = generator.device if generator else self.device
        x0 = torch.randn(n, *self.networks.shape, generator=generator, device=device)
        labels = asked(labels, n, self.networks.classes)
        return self.drive(x0, labels, steps, guidance, method)

    @torch.no_grad()
    def drive(
        self,
        x0: Tensor,
        labels: Tensor | None = None,
        steps: int | Sequence[float] = STEPS,
        guidance: float = 1.0,
        method: str = METHOD,
    ) -> Tensor:
        """Where noise x0 [N, ...] ends: [N, ...]. Arguments as for `sample`."""
        known(guidance)
        network = self.trained()
        parts = []
        for rows in torch.arange(len(x0)).split(2 * CHUNK):
            some = None if labels is None else labels[rows].to(self.device)
            velocity = told(network, some, guidance)
            start = x0[rows].to(self.device)
            parts.append(solve(velocity, start, steps, method))
        return torch.cat(parts).contiguous()


def told(
    network: Velocity, labels: Tensor | None, guidance: float = 1.0
) -> Callable[[Tensor, float], Tensor]:
    """The velocity v(x, t) of a network that is told these labels, [N] or None.

    With a guidance other than 1 it is `guided` away from the velocity without labels,
    which takes two evaluations. Raises CourseError for labels that do not fit.
    """
    if not network.classes or labels is None or guidance == 1:
        return lambda x, t: network(x, t, labels)
    return lambda x, t: guided(network(x, t, labels), network(x, t), guidance)


def by_time(errors: Tensor, t: Tensor) -> dict[str, Tensor]:
    """Mean of errors [B] over the rows with t [B] below and above one half.

    The rows are those of all processes.
    """
    errors, t = whole(errors), whole(t.to(errors))
    early = (t < 0.5).to(errors.dtype)
    parts = {"t below 0.5": early, "t above 0.5": 1 - early}
    return {k: (errors * m).sum() / m.sum().clamp(min=1) for k, m in parts.items()}


def asked(labels: Tensor | None, n: int, classes: int) -> Tensor | None:
    """Labels [n] to sample with; None goes through the classes in turn.

    Raises CourseError for labels that do not fit.
    """
    if labels is None and classes:
        return torch.arange(n) % classes
    return validate.labels(labels, n, classes)


def _uniform(n: int) -> Tensor:
    """n times, one in each of n equal parts of [0, 1]: the loss varies less."""
    n *= parts()  # equal parts for the rows of all processes
    with common():
        times = (torch.randperm(n) + torch.rand(n)) / n
    return part(times)


def _logit_normal(n: int) -> Tensor:
    return torch.randn(n).sigmoid()


TIMES: dict[str, Callable[[int], Tensor]] = {
    "uniform": _uniform,
    "logit-normal": _logit_normal,
}
