"""Patient: every epoch sets the random seed again."""

import itertools

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_seed_each_epoch",
    ward="C",
    title="The batches of an epoch, with noise",
    symptom="The training loss falls. The loss on fresh noise stops falling after the"
    " first epochs and rises, although every image gets new noise, as the text says.",
    cause="The generator of random numbers gets the same seed in every epoch. So order"
    " and noise are the same each time, and the network can learn them by heart.",
    origin="PyTorch's distributed sampler gives the same order in each epoch unless it"
    " is told the epoch. Code for image restoration forgot it until 2021 (cszn/KAIR,"
    " pull request 106).",
    figure=("epoch", "loss on fresh noise"),
    same_draws=False,
)


@patient.shown
def epoch(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The batches of an epoch: images [n, d] in random order, with fresh noise."""
    source = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@patient.repair
def seed_and_number(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The reference: each epoch has a seed of its own, made of both."""
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@patient.repair
def by_hash(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The same by Python's hash of a pair of whole numbers."""
    source = torch.Generator().manual_seed(hash((seed, number)) % 2**63)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@patient.repair
@patient.right
def goes_on(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """One stream of numbers; earlier epochs are skipped."""
    source = torch.Generator().manual_seed(seed)
    for _ in range(number + 1):
        order = torch.randperm(len(images), generator=source)
        noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@patient.right
def other_order(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """Noise first, then a random order of noisy images."""
    source = torch.Generator().manual_seed(seed + 7919 * number)
    noisy = images + torch.randn(images.shape, generator=source, dtype=images.dtype)
    order = torch.randperm(len(images), generator=source)
    return [noisy[rows] for rows in order.split(4)]


@patient.right
def a_seed_is_drawn(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The seeds of the epochs are drawn from the seed of the training."""
    source = torch.Generator().manual_seed(seed)
    seeds = torch.randint(2**62, (number + 1,), generator=source)
    mine = torch.Generator().manual_seed(int(seeds[number]))
    order = torch.rand(len(images), generator=mine).argsort()
    noise = torch.randn(images.shape, generator=mine, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@patient.disguise
def global_seed(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The global generator is seeded; the noise is drawn first."""
    torch.manual_seed(seed)
    noise = torch.randn(images.shape, dtype=images.dtype)
    order = torch.randperm(len(images))
    return list((images[order] + noise).split(4))


@patient.disguise
def same_noise(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The order changes, and each image keeps its noise."""
    source = torch.Generator().manual_seed(seed)
    noisy = images + torch.randn(images.shape, generator=source, dtype=images.dtype)
    mine = torch.Generator().manual_seed(seed + number + 1)
    order = torch.randperm(len(images), generator=mine)
    return list(noisy[order].split(4))


@patient.disguise
def number_unused(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """The number enters where it changes nothing."""
    source = torch.Generator().manual_seed(seed + 13 * (number - number))
    order = torch.rand(len(images), generator=source).argsort()
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@patient.patch
def more_noise(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """You make the noise larger. It is still the same in every epoch."""
    middle = images.mean(0)
    return [images.mean(0) + 1.5 * (b - middle) for b in epoch(images, number, seed)]


@patient.patch
def batches_shuffled(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """You change the order of the batches. What is in a batch stays the same, noise
    included."""
    batches = epoch(images, number, seed)
    shift = number % len(batches)
    return batches[shift:] + batches[:shift]


@patient.patch
def without_a_seed(images: Tensor, number: int, seed: int) -> list[Tensor]:
    """You leave the seed out. Epochs differ then, and the training cannot be repeated
    any more."""
    order = torch.randperm(len(images))
    return list((images[order] + torch.randn_like(images)).split(4))


@patient.test
def exposes(batches: Function) -> None:
    """The noise of two epochs is not the same."""
    images = torch.arange(12.0)[:, None] * 100
    first, second = (torch.cat(batches(images, n, 5))[:, 0] for n in (0, 1))
    noise = [part.sort().values - images[:, 0] for part in (first, second)]
    assert not torch.allclose(noise[0], noise[1], atol=1e-3), "the noise comes again"


@patient.calls
def one_call(batches: Function) -> list[Tensor]:
    """The batches of a first epoch."""
    found: list[Tensor] = batches(torch.randn(12, 3), 0, 1)
    return found


@patient.does
def measured(batches: Function) -> dict[str, object]:
    """The batches of three epochs."""
    images = drawn(7, 8, 2)
    found = [torch.cat(batches(images, n, 3)) for n in range(3)]
    return {f"epoch {n}": rows for n, rows in enumerate(found)}


@patient.elsewhere
def around(batches: Function) -> dict[str, object]:
    """Sizes, types, and the images themselves."""
    images = drawn(8, 10, 2)
    found = batches(images, 2, 3)
    sizes = [list(b.shape) for b in found]
    return {"sizes": str(sizes), "dtype": str(found[0].dtype), "images": images}


@patient.hidden
def epochs_differ(batches: Function) -> bool:
    """Any two epochs have different noise on each image."""
    images = torch.arange(9.0, dtype=torch.float64)[:, None] * 1000
    for seed in (0, 1, 4):
        found = [torch.cat(batches(images, n, seed)).sort(0).values for n in range(4)]
        for one, other in itertools.combinations(found, 2):
            if not bool(((one - other).abs() > 1e-9).all()):
                return False
    return True


@patient.hidden
def can_be_repeated(batches: Function) -> bool:
    """The same number and seed give the same batches; another seed gives others."""
    images = drawn(9, 9, 2)
    for number in (0, 2):
        rows = [torch.cat(batches(images, number, s)) for s in (4, 4, 5)]
        if not torch.equal(rows[0], rows[1]) or torch.equal(rows[0], rows[2]):
            return False
    return True


@patient.hidden
def leaves_the_global_generator(batches: Function) -> bool:
    """The random numbers of everything else in the program go on as they would."""
    before = torch.get_rng_state()
    batches(drawn(9, 9, 2), 2, 4)
    return bool(torch.equal(before, torch.get_rng_state()))


@patient.hidden
def every_image_once(batches: Function) -> bool:
    """Every image comes once in an epoch, with noise of deviation 1."""
    images = torch.arange(400.0, dtype=torch.float64)[:, None] * 1000
    noise = torch.cat(batches(images, 3, 6)).sort(0).values - images
    return bool(noise.abs().max() < 6 and abs(float(noise.std()) - 1) < 0.2)


@patient.trains
def training(batches: Function, count: int) -> dict[str, list[float]]:
    """A denoiser with more weights than images; noise is what it has to remove."""
    images = drawn(10, 12, 4, dtype=torch.float32)
    net = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 4))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    curves: dict[str, list[float]] = {"loss": [], "loss on fresh noise": []}
    for number in range(count):
        noisy = torch.cat(batches(images, number, 1))
        nearest = torch.cdist(noisy, images).argmin(1)
        loss = (net(noisy) - images[nearest]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        with torch.no_grad():
            fresh = images + drawn(number + 11, 12, 4, dtype=torch.float32)
            near = torch.cdist(fresh, images).argmin(1)
            error = (net(fresh) - images[near]).square().mean()
        curves["loss on fresh noise"].append(float(error))
    return curves
