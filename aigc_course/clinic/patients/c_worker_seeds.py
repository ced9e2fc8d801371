"""Patient: all workers that load data draw the same random numbers."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient

Numbers = NDArray[np.float64]

patient = Patient(
    "c_worker_seeds",
    ward="C",
    title="The random shifts of several loading workers",
    symptom="The loss falls as usual. A look at a batch of four workers shows the same"
    " shift on several images.",
    cause="Every worker makes its generator from the same seed, so all workers draw the"
    " same augmentations. The number of the worker has to enter the seed.",
    origin="Reported for PyTorch's loader, which copied NumPy's state to its workers"
    " (pytorch/pytorch, issue 5059, 2018), and then for fairseq (issue 1383) and"
    " CenterNet (issue 233).",
    figure=("step", "different shifts"),
    same_draws=False,
)


@patient.shown
def shifts(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """The n random shifts, in pixels, that a worker uses in an epoch: [n]."""
    sequence = np.random.SeedSequence([seed, epoch])
    source = np.random.default_rng(sequence)
    return source.normal(0.0, 2.0, size=n)


@patient.repair
def with_the_worker(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """The reference: the worker's number is part of the seed."""
    sequence = np.random.SeedSequence([seed, epoch, worker])
    source = np.random.default_rng(sequence)
    return source.normal(0.0, 2.0, size=n)


@patient.repair
def worker_first(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """In another order."""
    sequence = np.random.SeedSequence([worker, seed, epoch])
    source = np.random.default_rng(sequence)
    return source.normal(0.0, 2.0, size=n)


@patient.repair
def as_a_key(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """The worker as the key of a child."""
    sequence = np.random.SeedSequence([seed, epoch], spawn_key=(worker,))
    source = np.random.default_rng(sequence)
    return source.normal(0.0, 2.0, size=n)


@patient.right
def spawned(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """One sequence with a child for each worker."""
    children = np.random.SeedSequence([seed, epoch]).spawn(worker + 1)
    return 2.0 * np.random.default_rng(children[worker]).standard_normal(n)


@patient.right
def jumped(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """One stream; each worker begins far behind the one before."""
    bits = np.random.PCG64(np.random.SeedSequence([seed, epoch]))
    return np.random.Generator(bits.jumped(worker + 1)).normal(scale=2.0, size=n)


@patient.right
def by_torch(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """PyTorch's generator with a seed of its own for each worker and epoch."""
    source = torch.Generator().manual_seed(hash((seed, epoch, worker)) % 2**63)
    drawn = torch.randn(n, generator=source, dtype=torch.float64)
    return 2.0 * np.asarray(drawn.numpy(), dtype=np.float64)


@patient.disguise
def global_state(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """A state that is the same in every worker's copy."""
    state = np.random.RandomState((seed * 7919 + epoch) % 2**32)
    return np.asarray(state.normal(0.0, 2.0, n))


@patient.disguise
def worker_left_out(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """The worker's number is multiplied by 0 before it enters."""
    source = np.random.default_rng([seed, epoch, 0 * worker])
    return 2.0 * source.standard_normal(n)


@patient.disguise
def same_for_pairs(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """Two workers share a seed."""
    source = np.random.default_rng([seed, epoch, worker // 2])
    return source.normal(0.0, 2.0, n)


@patient.patch
def shuffled(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """You shuffle each worker's shifts. They are still the same numbers."""
    return np.roll(shifts(worker, epoch, n, seed), worker)


@patient.patch
def scaled(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """You scale the shifts of each worker. They differ then, and are still multiples of
    the same numbers."""
    return (1 + 0.01 * worker) * shifts(worker, epoch, n, seed)


@patient.patch
def one_worker(worker: int, epoch: int, n: int, seed: int) -> Numbers:
    """You let one worker shift images and the others not. No shift comes twice, and
    most images are not augmented at all."""
    return shifts(worker, epoch, n, seed) * (worker == 0)


@patient.test
def exposes(draw: Function) -> None:
    """Two neighbouring workers have no shift in common."""
    seed = int(torch.randint(1000, ()))
    one, other = draw(0, 1, 9, seed), draw(1, 1, 9, seed)
    assert not np.intersect1d(one, other).size, "workers draw the same shifts"


@patient.calls
def one_call(draw: Function) -> torch.Tensor:
    """The shifts of one worker."""
    return torch.from_numpy(np.asarray(draw(0, 0, 16, 1)))


@patient.does
def measured(draw: Function) -> dict[str, object]:
    """The shifts of three workers in an epoch."""
    found = [np.asarray(draw(worker, 2, 6, 3)) for worker in range(3)]
    return {f"worker {i}": torch.from_numpy(rows) for i, rows in enumerate(found)}


@patient.elsewhere
def around(draw: Function) -> dict[str, object]:
    """Sizes and types."""
    rows = [draw(w, 1, n, 2) for w, n in ((0, 3), (2, 5))]
    return {"sizes": str([r.shape for r in rows]), "type": str(rows[0].dtype)}


@patient.hidden
def workers_differ(draw: Function) -> bool:
    """The shifts of eight workers are unrelated."""
    rows = np.stack([draw(w, 0, 500, 4) for w in range(8)])
    correlation = np.corrcoef(rows) - np.eye(8)
    return bool(np.abs(correlation).max() < 0.3 and len(np.unique(rows)) == rows.size)


@patient.hidden
def can_be_repeated(draw: Function) -> bool:
    """Worker, epoch and seed decide; each of them makes a difference."""
    one, again = draw(1, 2, 8, 3), draw(1, 2, 8, 3)
    others = draw(1, 3, 8, 3), draw(1, 2, 8, 4)
    return bool(np.array_equal(one, again)) and not any(
        np.array_equal(one, other) for other in others
    )


@patient.hidden
def right_spread(draw: Function) -> bool:
    """The shifts have mean 0 and deviation 2."""
    rows = np.concatenate([draw(w, 5, 800, 6) for w in range(4)])
    return bool(abs(rows.std() / 2 - 1) < 0.15 and abs(rows.mean()) < 0.3)


@patient.trains
def training(draw: Function, count: int) -> dict[str, list[float]]:
    """A line is fitted to shifted points; four workers load them."""
    net = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "different shifts": []}
    for epoch in range(count):
        rows = np.concatenate([draw(w, epoch, 4, 1) for w in range(4)])
        x = torch.from_numpy(rows).float()[:, None]
        loss = F.mse_loss(net(x), 0.5 * x + 1 + 0.1 * torch.randn(16, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        curves["different shifts"].append(float(len(np.unique(rows))))
    return curves
