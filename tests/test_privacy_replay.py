"""The one-shot generator against its promise: a transcript, replayed for a neighbour.

All noisy releases of a fit are recorded. A fit to the neighbour, one example more or
less, is given the same releases. How far its own sums lie from those recorded ones, in
deviations of the noise, is the mu that was really spent. What it makes of the recorded
releases has to be the same generator: else data reach it beside them.
"""

import math
from dataclasses import dataclass, field

import pytest
import torch

from aigc_course import data, privacy
from aigc_course.privacy import releases
from aigc_course.privacy.accountant import gaussian_mu

NAMES = "noisy_counts", "centre", "basis", "sums", "scatters"
EPSILONS = 10.0, 1.0, 0.2


def short(rows, bound):
    """Written once more, so that a wrong `clip_norm` shows."""
    return rows / (rows.norm(dim=1, keepdim=True) / bound).clamp(min=1)


def vector(square):
    """Symmetric matrices as vectors whose entries all have the noise's deviation."""
    i, j = torch.triu_indices(square.shape[-1], square.shape[-1], 1)
    beside = math.sqrt(2) * square[..., i, j]
    return torch.cat([square.diagonal(dim1=-2, dim2=-1).flatten(), beside.flatten()])


@dataclass
class Transcript:
    """exact: sums before the noise; noisy: what was published."""

    replayed: "Transcript | None" = None
    exact: list[torch.Tensor] = field(default_factory=list)
    noisy: list[torch.Tensor] = field(default_factory=list)

    def publish(self, exact, noisy):
        if self.replayed is not None:
            noisy = self.replayed.noisy[len(self.noisy)]
        self.exact.append(exact)
        self.noisy.append(noisy)
        return noisy


def fit(monkeypatch, images, labels, epsilon, seed, replayed=None):
    """The generator, and the transcript of its releases."""
    told = Transcript(replayed)
    real = {name: getattr(releases, name) for name in (*NAMES, "symmetric_noise")}

    def noisy_counts(labels, classes, noise, chance):
        found = real["noisy_counts"](labels, classes, noise, chance)
        return told.publish(labels.bincount(minlength=classes).double(), found)

    def centre(rows, labels, classes, bound, noise, chance):
        counts, mean = real["centre"](rows, labels, classes, bound, noise, chance)
        total = told.publish(short(rows, bound).sum(0), mean * counts.sum())
        return counts, total / counts.sum()

    def basis(around, number, bound, noise, settings, chance):
        rows = short(around, bound) / bound
        exact = rows.T @ rows

        def noise_of_it(*given):
            return told.publish(exact, exact + real["symmetric_noise"](*given)) - exact

        with monkeypatch.context() as inner:
            inner.setattr(releases, "symmetric_noise", noise_of_it)
            return real["basis"](around, number, bound, noise, settings, chance)

    def sums(points, labels, classes, bound, noise, chance):
        found = real["sums"](points, labels, classes, bound, noise, chance)
        rows = short(points, bound)
        exact = torch.stack([rows[labels == c].sum(0) for c in range(classes)])
        return told.publish(exact, found)

    def scatters(around, labels, classes, bound, noise, chance):
        found = real["scatters"](around, labels, classes, bound, noise, chance)
        own = [short(around[labels == c], bound) for c in range(classes)]
        return told.publish(torch.stack([part.T @ part for part in own]), found)

    changed = noisy_counts, centre, basis, sums, scatters
    with monkeypatch.context() as patch:
        for name, function in zip(NAMES, changed, strict=True):
            patch.setattr(releases, name, function)
        chance = torch.Generator().manual_seed(seed)
        made = privacy.fit_private(images, labels, epsilon, generator=chance)
    return made, told


def deviations(epsilon):
    """Of the noise of each release, from the shares and the bounds alone."""
    chosen = privacy.settings_for(epsilon)
    mus = [gaussian_mu(epsilon, 1e-5) * math.sqrt(share) for share in chosen.shares]
    a, b, c, d = chosen.bounds
    two = math.sqrt(2)  # where two sums are released together
    found = [two / mus[0], two * a / mus[0], 1 / mus[1], b / mus[2], c**2 / mus[3]]
    if chosen.halvings:
        found += [two / mus[4], two * c / mus[4], d**2 / mus[5]]
    return found


def apart(a, b):
    """Differences of two transcripts' entries, as vectors."""
    pairs = zip(a, b, strict=True)
    return [
        vector(x - y)
        if x.ndim > 1 and x.shape[-1] == x.shape[-2] and i not in (3, 6)
        else (x - y).flatten()
        for i, (x, y) in enumerate(pairs)
    ]


def spent(one, other, epsilon):
    """The mu by which two neighbours' transcripts can be told apart."""
    moved = zip(apart(one.exact, other.exact), deviations(epsilon), strict=True)
    return math.hypot(*(float(d.norm()) / sigma for d, sigma in moved))


@pytest.fixture(scope="module")
def some():
    train = data.load("digits")
    return train.images[:400], train.labels[:400].long()


def strange():
    """Pictures that no digit is: white, half white, a diagonal, noise, and nothing."""
    white = torch.full((28, 28), 255)
    half = white.clone()
    half[:, 14:] = 0
    chance = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (28, 28), generator=chance)
    every = white, half, 255 * torch.eye(28).long(), noise, torch.zeros_like(white)
    return [one.to(torch.uint8)[None, None] for one in every]


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_no_neighbour_costs_more_than_was_promised(monkeypatch, some, epsilon):
    images, labels = some
    mu = gaussian_mu(epsilon, 1e-5)
    made, told = fit(monkeypatch, images, labels, epsilon, 3)
    neighbours = [
        (torch.cat([images, one]), torch.cat([labels, torch.tensor([8])]))
        for one in strange()
    ]
    keep = torch.arange(len(images)) != 17
    neighbours.append((images[keep], labels[keep]))
    costs = []
    for others in neighbours:
        again, other = fit(monkeypatch, *others, epsilon, 3, told)
        costs.append(spent(told, other, epsilon))
        for name, value in made.state_dict().items():  # nothing came beside them
            assert torch.allclose(value, again.state_dict()[name], atol=1e-6), name
    assert max(costs) <= mu * (1 + 1e-9)
    assert max(costs) > 0.9 * mu  # the attack is about as strong as one can be


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_every_release_has_the_noise_that_its_share_asks_for(
    monkeypatch, some, epsilon
):
    images, labels = some[0][:60], some[1][:60]
    drawn = [[] for _ in deviations(epsilon)]
    for seed in range(20):
        _, told = fit(monkeypatch, images, labels, epsilon, 50 + seed)
        for i, noise in enumerate(apart(told.noisy, told.exact)):
            drawn[i].append(noise)
    for noise, sigma in zip(drawn, deviations(epsilon), strict=True):
        every = torch.cat(noise)
        error = 1 / math.sqrt(2 * len(every))
        assert float(every.std()) / sigma == pytest.approx(1, abs=4 * error)
        assert abs(float(every.mean())) < 4 * sigma / math.sqrt(len(every))
