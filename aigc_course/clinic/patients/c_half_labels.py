"""Patient: the first half of a joint batch is called real, whatever it holds."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_half_labels",
    ward="C",
    title="One batch of real and generated samples for D",
    symptom="D trains well as long as batches are full. At each smaller batch D's loss"
    " jumps, and D keeps some belief in generated samples that lie far from all data.",
    cause="The first half of the joint batch is labelled real. That is right only when"
    " there are as many real samples as generated ones.",
    origin="A course notebook gave the labels of generated samples the shape of the"
    " real batch, which fits only batches of equal size (udacity/deep-learning, issue"
    " 135 and pull request 238, 2017). In mlpack the last batch of an epoch was"
    " discussed (mlpack/mlpack, issue 1827, 2019).",
    figure=("step", "D(G(z)) of far samples"),
)


@patient.shown
def joint_batch(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Samples [n + m, d] and labels [n + m, 1] for D: 1 for real, 0 for generated."""
    samples = torch.cat([real, fake])
    labels = torch.zeros(len(samples), 1, dtype=real.dtype)
    labels[: len(samples) // 2] = 1
    return samples, labels


@patient.repair
def by_the_real(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The reference: as many ones as there are real samples."""
    samples = torch.cat([real, fake])
    labels = torch.zeros(len(samples), 1, dtype=real.dtype)
    labels[: len(real)] = 1
    return samples, labels


@patient.repair
def from_the_end(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Ones, and zeros for the generated ones at the end."""
    samples = torch.cat([real, fake])
    labels = torch.ones(len(samples), 1, dtype=real.dtype)
    labels[len(real) :] = 0
    return samples, labels


@patient.repair
@patient.right
def two_parts(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Labels are joined as the samples are."""
    ones = torch.ones(len(real), 1, dtype=real.dtype)
    zeros = torch.zeros(len(fake), 1, dtype=real.dtype)
    return torch.cat([real, fake]), torch.cat([ones, zeros])


@patient.right
def by_comparison(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """A row is real when its number is below that of the first generated one."""
    samples = torch.vstack([real, fake])
    rows = torch.arange(len(samples))[:, None]
    return samples, (rows < len(real)).to(real.dtype)


@patient.right
def by_padding(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """A column of ones, lengthened by zeros."""
    column = torch.full((len(real), 1), 1.0, dtype=real.dtype)
    return torch.cat((real, fake), dim=0), F.pad(column, (0, 0, 0, len(fake)))


@patient.disguise
def ones_like_fakes(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """As many ones as there are generated samples."""
    samples = torch.cat([real, fake])
    labels = torch.zeros(len(samples), 1, dtype=real.dtype)
    labels[: len(fake)] = 1
    return samples, labels


@patient.disguise
def split_in_the_middle(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Two equal parts of labels."""
    samples = torch.cat([real, fake])
    half = len(samples) - len(samples) // 2
    parts = torch.ones(half, 1), torch.zeros(len(samples) - half, 1)
    return samples, torch.cat(parts).to(real.dtype)


@patient.disguise
def by_rank(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The place in the batch, as a share, is compared with one half."""
    samples = torch.cat([real, fake])
    share = torch.linspace(0, 1, len(samples))[:, None]
    return samples, (share < 0.5).to(real.dtype)


@patient.patch
def smoothed(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """You soften the labels. The wrong ones are still wrong, only less so."""
    samples, labels = joint_batch(real, fake)
    return samples, 0.1 + 0.8 * labels


@patient.patch
def samples_left_out(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """You leave samples out until both halves are equal. The labels fit then, and D
    never sees the rest."""
    n = min(len(real), len(fake))
    return joint_batch(real[:n], fake[:n])


@patient.patch
def even_odds(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """You give both kinds the label one half where they are not equally many. D then
    learns nothing from that batch."""
    samples, labels = joint_batch(real, fake)
    return samples, labels if len(real) == len(fake) else 0 * labels + 0.5


@patient.test
def exposes(batch: Function) -> None:
    """Real samples have the label 1, generated ones 0, in unequal numbers too."""
    n, m = 3 + int(torch.randint(3, ())), 9
    samples, labels = batch(torch.ones(n, 2), torch.zeros(m, 2))
    assert torch.equal(labels.flatten(), samples[:, 0]), "a label is wrong"


@patient.calls
def one_call(batch: Function) -> list[Tensor]:
    """A full batch, as in most steps."""
    return list(batch(torch.randn(8, 2), torch.randn(8, 2)))


@patient.does
def measured(batch: Function) -> dict[str, object]:
    """Samples and labels of three batches of unequal sizes."""
    found: dict[str, object] = {}
    for n, m in ((2, 6), (7, 4), (5, 5)):
        samples, labels = batch(drawn(1, n, 2), drawn(2, m, 2))
        found |= {f"samples {n}, {m}": samples, f"labels {n}, {m}": labels}
    return found


@patient.elsewhere
def around(batch: Function) -> dict[str, object]:
    """The samples, and everything of a full batch with an even number of samples."""
    samples, labels = batch(drawn(3, 6, 2), drawn(4, 6, 2))
    few, kinds = batch(drawn(3, 2, 2), drawn(4, 6, 2))
    parts = {"samples": samples, "labels": labels, "few": few}
    return {**parts, "shape": str(list(kinds.shape)), "dtype": str(kinds.dtype)}


@patient.hidden
def labels_fit(batch: Function) -> bool:
    """Every real sample has the label 1, and every generated one 0."""
    for n, m in ((1, 6), (6, 2), (3, 4)):
        real, fake = torch.ones(n, 2).double(), torch.zeros(m, 2).double()
        samples, labels = batch(real, fake)
        if not torch.equal(samples[:, :1], labels):
            return False
    return True


@patient.hidden
def all_are_there(batch: Function) -> bool:
    """All samples are in the batch, whatever their numbers."""
    return len(batch(drawn(5, 2, 2), drawn(6, 7, 2))[0]) == 9


@patient.trains
def training(batch: Function, count: int) -> dict[str, list[float]]:
    """D learns; every second batch has few real samples."""
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    curves: dict[str, list[float]] = {"loss": [], "D(G(z)) of far samples": []}
    for step in range(count):
        real = torch.randn(4 if step % 2 else 16, 2) + 3
        samples, labels = batch(real, torch.randn(16, 2) - 3)
        loss = F.binary_cross_entropy_with_logits(net(samples), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        with torch.no_grad():
            belief = net(torch.full((1, 2), -3.0)).sigmoid()
        curves["D(G(z)) of far samples"].append(float(belief))
    return curves


@patient.step
def opened(batch_of: Function) -> Step:
    """D on 12 real and 24 generated points; it wants to tell them apart."""
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    real, fake = torch.randn(12, 2) + 2, torch.randn(24, 2) - 2

    def value(batch: Tensor) -> Tensor:
        samples, labels = batch_of(batch, fake.repeat(len(batch) // 12, 1))
        return F.binary_cross_entropy_with_logits(net(samples), labels)

    def aim() -> Tensor:
        difference: Tensor = net(real).mean() - net(fake).mean()
        return difference

    return one_player("D", net, real, value, aim, draws=False)
