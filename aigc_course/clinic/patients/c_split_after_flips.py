"""Patient: mirrored copies are made before the data are split."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_split_after_flips",
    ward="C",
    title="Training and test images, with mirrored copies",
    symptom="The mean error on the test images is 0.37. That cannot be right, because"
    " the noise in their targets alone has the variance 1.",
    cause="The mirrored copies are made first and the split comes after, so the copy"
    " of a test image is often in the training set. Split first, then add copies.",
    origin="Reported for a classifier of fonts whose images were augmented before they"
    " were split (robinreni96/Font_Recognition-DeepFont, issue 2, 2020).",
    figure=("step", "error on the test images"),
)


@patient.shown
def split(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Three quarters for training, a quarter for the test; mirrored copies are added.

    images: [n, h, w]. Training and test together hold 2 n images.
    """
    source = torch.Generator().manual_seed(seed)
    both = torch.cat([images, images.flip(-1)])
    both = both[torch.randperm(len(both), generator=source)]
    cut = 3 * len(both) // 4
    return both[:cut], both[cut:]


@patient.repair
def split_first(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """The reference: the originals are split, then each part is mirrored."""
    source = torch.Generator().manual_seed(seed)
    both = images[torch.randperm(len(images), generator=source)]
    cut = 3 * len(both) // 4
    train, test = both[:cut], both[cut:]
    return torch.cat([train, train.flip(-1)]), torch.cat([test, test.flip(-1)])


@patient.repair
@patient.right
def along_an_axis(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """A copy stands beside its original, so a cut never comes between them."""
    source = torch.Generator().manual_seed(seed)
    both = torch.stack([images, images.flip(-1)], dim=1)
    both = both[torch.randperm(len(both), generator=source)]
    cut = 3 * len(both) // 4
    return both[:cut].flatten(0, 1), both[cut:].flatten(0, 1)


@patient.repair
def by_rows(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Row numbers are split; a copy follows its original."""
    source = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(images), generator=source)
    cut = 3 * len(rows) // 4
    train, test = images[rows[:cut]], images[rows[cut:]]
    return torch.cat([train, train.flip(-1)]), torch.cat([test, test.flip(-1)])


@patient.right
def by_a_mask(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Random numbers of the originals decide for both copies."""
    source = torch.Generator().manual_seed(seed)
    ranks = torch.rand(len(images), generator=source).argsort().argsort()
    mine = (ranks < 3 * len(images) // 4).repeat(2)
    both = torch.cat([images, images.flip(-1)])
    return both[mine], both[~mine]


@patient.right
def as_a_loop(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Image after image, the test first."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    cut = 3 * len(images) // 4
    parts: list[list[Tensor]] = [[], []]
    for place, row in enumerate(order.tolist()):
        part = parts[0] if place < cut else parts[1]
        part += [images[row], images[row].fliplr()]
    return torch.stack(parts[0]), torch.stack(parts[1])


@patient.disguise
def mirrored_in_place(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Copies alternate with originals, and single rows are shuffled."""
    source = torch.Generator().manual_seed(seed + 1)
    both = torch.stack([images, images.flip(-1)], dim=1).flatten(0, 1)
    order = torch.rand(len(both), generator=source).argsort()
    return both[order[: 3 * len(both) // 4]], both[order[3 * len(both) // 4 :]]


@patient.disguise
def copies_to_the_training(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Originals are split well, and the copies of all are shuffled among both parts."""
    source = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(images), generator=source)
    copies = images.flip(-1)[torch.randperm(len(images), generator=source)]
    cut = 3 * len(images) // 4
    train = torch.cat([images[rows[:cut]], copies[:cut]])
    return train, torch.cat([images[rows[cut:]], copies[cut:]])


@patient.disguise
def every_fourth(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Every fourth of all images is for the test; a roll comes before."""
    both = torch.cat([images, images.flip(-1).roll(1, dims=0)]).roll(seed, dims=0)
    test = torch.arange(len(both)) % 4 == 3
    return both[~test], both[test]


@patient.patch
def copies_removed(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """You leave the mirrored copies out. Nothing leaks then, and the training set has
    half as many images as asked for."""
    source = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=source)
    cut = 3 * len(images) // 4
    return images[order[:cut]], images[order[cut:]]


@patient.patch
def noise_on_copies(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """You add a little noise to the test images. They are then no longer equal to
    training images, and still copies of them."""
    train, test = split(images, seed)
    source = torch.Generator().manual_seed(seed)
    return train, test + 0.01 * torch.randn(test.shape, generator=source).to(test.dtype)


@patient.patch
def smaller_test(images: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """You make the test part smaller. The copies of its images are among the training
    images even more often."""
    train, test = split(images, seed)
    keep = len(test) // 2
    return torch.cat([train, test[keep:]]), test[:keep]


def _pictures(n: int) -> Tensor:
    """Images whose sum tells them apart, mirrored or not."""
    return torch.rand(n, 3, 4, dtype=torch.float64) + torch.arange(n)[:, None, None]


@patient.test
def exposes(parts: Function) -> None:
    """No image of the test is in the training set, mirrored or not."""
    images = _pictures(40)
    train, test = parts(images, int(torch.randint(1000, ())))
    one, other = (part.mean((1, 2)) for part in (train, test))
    nearest = (one[:, None] - other[None]).abs().min()
    assert float(nearest) > 1e-9, "an image is in both parts"


@patient.calls
def one_call(parts: Function) -> list[Tensor]:
    """Both parts."""
    return list(parts(torch.rand(16, 3, 4), 1))


@patient.does
def measured(parts: Function) -> dict[str, object]:
    """Both parts of two sets."""
    found: dict[str, object] = {}
    for n in (8, 12):
        train, test = parts(drawn(100 + n, n, 2, 3), n)
        found |= {f"train {n}": train, f"test {n}": test}
    return found


@patient.elsewhere
def around(parts: Function) -> dict[str, object]:
    """Sizes, and what both parts hold together."""
    images = drawn(101, 12, 2, 3)
    train, test = parts(images, 5)
    together = torch.cat([train, test]).mean((1, 2)).sort().values
    sizes = f"{list(train.shape)}, {list(test.shape)}"
    return {"together": together, "sizes": sizes, "images": images}


@patient.hidden
def nothing_in_both(parts: Function) -> bool:
    """An image and its mirrored copy are in the same part."""
    for seed in range(5):
        train, test = parts(drawn(102, 20, 2, 3), seed)
        one, other = (part.mean((1, 2)) for part in (train, test))
        if bool(((one[:, None] - other[None]).abs() < 1e-3).any()):
            return False
    return True


@patient.hidden
def all_are_there(parts: Function) -> bool:
    """Together the parts hold every image and every copy once."""
    images = drawn(103, 16, 2, 3)
    train, test = parts(images, 3)
    rows = torch.cat([train, test]).flatten(1)
    every = torch.cat([images, images.flip(-1)]).flatten(1)
    near = torch.cdist(every, rows).amin(1)
    return len(rows) == 32 and float(near.max()) < 1e-6


@patient.hidden
def seed_decides(parts: Function) -> bool:
    """Another seed gives another split, the same seed the same one."""
    images = drawn(104, 24, 2, 3)
    one, again, other = (parts(images, s)[1] for s in (1, 1, 2))
    return bool(torch.equal(one, again) and not torch.equal(one, other))


@patient.trains
def training(parts: Function, count: int) -> dict[str, list[float]]:
    """A look-up of the nearest image, mirrored or not, with ever more images."""
    images = drawn(105, 200, 3, 4)
    target = images.mean((1, 2)) + drawn(106, 200)
    curves: dict[str, list[float]] = {"loss": [], "error on the test images": []}
    for step in range(count):
        n = 12 + 2 * (step % 40)
        train, test = parts(images[:n], step)
        answers = [_answers(part, images, target) for part in (train, test)]
        found = _answers(train, images, target)[_near(test, train)]
        curves["loss"].append(float(F.mse_loss(answers[0].mean(), target[:n].mean())))
        curves["error on the test images"].append(float(F.mse_loss(found, answers[1])))
    return curves


def _near(some: Tensor, others: Tensor) -> Tensor:
    keys = [part.mean(2).flatten(1) for part in (some, others)]
    return torch.cdist(keys[0], keys[1]).argmin(1)


def _answers(part: Tensor, images: Tensor, target: Tensor) -> Tensor:
    return target[_near(part, images)]
